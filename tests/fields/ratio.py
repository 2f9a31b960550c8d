"""What the field terms of 10,000 candidates cost beside the matrix product they need: ``python -m tests.fields.ratio``.

Both read the same array, in turns, in one process; a ratio compares medians of elapsed time. What is done once per marketplace
(validating and digesting it) is shown apart. numpy shares a matrix product among cores, the terms use one, so that their bits do not
depend on how many there are; ``OPENBLAS_NUM_THREADS=1`` compares one core with one.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from fractions import Fraction
from statistics import median

from caio.fields.arrays import Field
from caio.fields.encoding import Encoder
from caio.fields.projectors import high_pass
from caio.fields.resonance import resonance_quality
from caio.fields.terms import Surroundings, field_terms
from tests.fields.oracle import random_rows

CANDIDATES, DIMENSION, ROUNDS = 10_000, 1024, 15


def elapsed(action: Callable[[], object]) -> float:
    """Milliseconds."""
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1e3


def main() -> None:
    rows = random_rows(0, CANDIDATES, DIMENSION)
    made: list[Field] = []
    validated = elapsed(lambda: made.append(Field("marketplace", rows)))
    marketplace = made[0]
    digested = elapsed(lambda: marketplace.digest)
    intent = Field("intent", random_rows(1, DIMENSION))
    memory = Field("memory", random_rows(2, DIMENSION))
    context = Field("context", random_rows(3, 256))
    band = high_pass(DIMENSION, Fraction(1, 8))
    encoders = Encoder("intent", 512, band), Encoder("context", 256, band)
    one = Surroundings(*encoders, context, marketplace, memory)
    each = Surroundings(*encoders, context, marketplace, marketplace)
    resolution = Fraction(1, 10**6)
    values, conjugate = marketplace.values, intent.values.conj()
    actions: dict[str, Callable[[], object]] = {
        "bare product": lambda: values @ conjugate,
        "terms": lambda: field_terms(intent, one, resolution),
        "bare products, two": lambda: (values @ conjugate, values @ conjugate),
        "terms, a memory each": lambda: field_terms(intent, each, resolution),
    }
    times: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(ROUNDS):
        for name, action in actions.items():
            times[name].append(elapsed(action))
    middle = {name: median(found) for name, found in times.items()}
    lines = [f"{name:22} {value:8.2f} ms" for name, value in middle.items()]
    lines += [
        f"{'ratio':22} {middle['terms'] / middle['bare product']:8.2f}",
        f"{'ratio, a memory each':22} {middle['terms, a memory each'] / middle['bare products, two']:8.2f}",
        f"{'once: validated':22} {validated:8.2f} ms",
        f"{'once: digested':22} {digested:8.2f} ms",
        f"{'Q of each (Def. 1.2)':22} {elapsed(lambda: resonance_quality(intent, marketplace)):8.2f} ms",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
