"""What the field terms of 10,000 candidates cost beside the matrix product they need: ``python -m tests.fields.ratio``.

Three things are set against it: the terms of Def. 1.1 to 1.7 with their intervals (``field_terms``), the terms as integers by service, as
a decision records them (``FieldState.terms``), and a whole document of measurements under one control, with state, intervals, digests and
canonical bytes, as it is made for every request.

All read the same array, in turns, in one process; a ratio compares medians, on the clock and of computing. What is done once per marketplace
(validating and digesting it) is shown apart. numpy shares a matrix product among cores, the terms use one, so that their bits do not
depend on how many there are; ``OPENBLAS_NUM_THREADS=1`` compares one core with one.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from statistics import median
from typing import TypeAlias

from caio.fields.arrays import Field
from caio.fields.encoding import Encoder
from caio.fields.invariants import INVARIANTS
from caio.fields.projectors import high_pass, low_pass
from caio.fields.resonance import resonance_quality
from caio.fields.rfs import Capacity
from caio.fields.scaled import Marketplace
from caio.fields.state import FieldState
from caio.fields.terms import Surroundings, field_terms
from caio.ir import documents as d
from caio.ir.encode import document_bytes, document_digest
from tests.fields.oracle import random_rows

Figures: TypeAlias = "dict[str, tuple[float, float]]"
"""Milliseconds on the clock and of computing, by what was done."""
Once: TypeAlias = "dict[str, float]"
CANDIDATES, DIMENSION, ROUNDS = 10_000, 1024, 15
BARE = "bare product"
NOTHING = d.Control("none")
FOCUS = d.Control("focus", Fraction(2), Fraction(1, 2))


def elapsed(action: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds on the clock, and of computing, summed over cores."""
    clock, computing = time.perf_counter(), time.process_time()
    action()
    return (time.perf_counter() - clock) * 1e3, (time.process_time() - computing) * 1e3


def state(intent: Field, traits: Field, around: Surroundings, market: Marketplace) -> FieldState:
    """A state whose bands overlap, so that a control both excites and damps."""
    return FieldState(
        intent=intent,
        traits=traits,
        high=around.intent_encoder.band,
        low=low_pass(DIMENSION, Fraction(1, 4)),
        intent_encoder=around.intent_encoder,
        context_encoder=around.context_encoder,
        context=around.context,
        marketplace=market,
        memory=around.memory,
        components=Field("components", random_rows(5, 8, DIMENSION)),
        capacity=Capacity((Fraction(1, 2),), Fraction(1)),
    )


def documents() -> tuple[d.Vocabulary, d.Profile]:
    """A vocabulary with every role and a trait axis, and a profile with one control."""
    ratio = d.RationalType("1", Fraction(0), Fraction(10**9))
    roles = tuple(d.Field(role, ratio, role=role) for role in INVARIANTS)
    caution = d.Field("caution", d.RationalType("1", Fraction(0), Fraction(1)))
    vocabulary = d.Vocabulary("ratio", measured=(*roles, caution), controls=("focus",))
    weights = d.FieldWeights(*[Fraction(1)] * 7)
    profile = d.Profile(document_digest(vocabulary), "ratio", weights, controls=(FOCUS,))
    return vocabulary, profile


def figures() -> tuple[Figures, Once]:
    """Milliseconds of everything that is set side by side, and of what is done once per marketplace."""
    rows = random_rows(0, CANDIDATES, DIMENSION)
    made: list[Field] = []
    validated = elapsed(lambda: made.append(Field("marketplace", rows)))
    encodings = made[0]
    digested = elapsed(lambda: encodings.digest)
    names = tuple(f"maker/model-{place:05}" for place in range(CANDIDATES))
    market = Marketplace(names, encodings)
    intent = Field("intent", random_rows(1, DIMENSION))
    memory = Field("memory", random_rows(2, DIMENSION))
    context = Field("context", random_rows(3, 256))
    high = high_pass(DIMENSION, Fraction(1, 8))
    encoders = Encoder("intent", 512, high), Encoder("context", 256, high)
    one = Surroundings(*encoders, context, encodings, memory)
    each = Surroundings(*encoders, context, encodings, encodings)
    traits = Field("traits", random_rows(4, DIMENSION))
    held = state(intent, traits, one, market)
    vocabulary, profile = documents()
    axes = {"caution": Field("caution", random_rows(6, DIMENSION))}
    resolution = Fraction(1, 10**6)
    values, conjugate = encodings.values, intent.values.conj()

    def document() -> d.Measurements:
        found = state(intent, traits, one, market)
        return found.measurements(vocabulary, profile, "now", axes=axes)

    actions: dict[str, Callable[[], object]] = {
        BARE: lambda: values @ conjugate,
        "terms": lambda: field_terms(intent, one, resolution),
        "terms as integers": lambda: held.terms(NOTHING, resolution),
        "terms under a control": lambda: held.terms(FOCUS, resolution),
        "document": document,
        "document, its bytes": lambda: document_bytes(document()),
        "bare products, two": lambda: (values @ conjugate, values @ conjugate),
        "terms, a memory each": lambda: field_terms(intent, each, resolution),
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in actions}
    for _ in range(ROUNDS):
        for name, action in actions.items():
            times[name].append(elapsed(action))
    middle = {
        name: (median(one[0] for one in found), median(one[1] for one in found))
        for name, found in times.items()
    }
    return middle, {
        "once: validated": validated[0],
        "once: digested": digested[0],
        "Q of each (Def. 1.2)": elapsed(lambda: resonance_quality(intent, encodings))[0],
    }


def base(name: str) -> str:
    """The product that a figure is compared with."""
    return "bare products, two" if name.endswith("each") else BARE


def main(arguments: Sequence[str]) -> None:
    """Print the figures as a table, or as JSON for ``tests.bench``."""
    middle, once = figures()
    if "--json" in arguments:
        json.dump(middle, sys.stdout)
        return
    lines = [f"{'':22} {'clock':>8} {'ratio':>9} {'computing':>13} {'ratio':>5}"]
    for name, found in middle.items():
        pairs = zip(found, middle[base(name)], strict=True)
        shown = [f"{value:8.2f} ms {value / bare:6.2f}" for value, bare in pairs]
        lines.append(f"{name:22} {'   '.join(shown)}")
    lines += [f"{name:22} {value:8.2f} ms" for name, value in once.items()]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
