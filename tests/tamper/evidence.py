"""Breaks proofs and witnesses, with every digest recomputed: the rules of evidence must refuse.

Some changes do no harm: another true proof of the same claim is not tampering. They are the ones
whose codes include `accepted`, and a second opinion confirms each.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from tests.tamper.case import Case, Json
from tests.tamper.structure import EVIDENCE, general
from tests.tamper.vector import (
    Operation,
    Path,
    Vector,
    add,
    copy,
    move,
    pointer,
    remove,
    replace,
)

Forged = Iterator[tuple[str, str, str, list[Operation]]]
"""A kind, the codes it may be refused with, a description, and the operations."""

ANY = " ".join(sorted(EVIDENCE))
LATER = "farkas rup reference incomplete"
"""A step that is wrong, or one that builds on it."""


def spread(case: Case) -> Iterator[tuple[str, Vector]]:
    """Vectors, each with the place that it is an example of."""
    found = case.certificate["evidence"]
    for index, proof in enumerate(found["proofs"]):
        path: Path = ("evidence", "proofs", index)
        yield from _vectors(case, "proof", _atoms(case, (*path, "atoms"), proof))
        yield from _vectors(case, "proof", _steps((*path, "steps"), proof["steps"]))
        for place, (rule, *parts) in enumerate(proof["steps"]):
            here = (*path, "steps", place)
            if rule == "farkas":
                yield from _vectors(case, "farkas", _farkas((*here, 1), parts[0]))
            else:
                yield from _vectors(case, "rup", _rup(here, *parts))
    for index, witness in enumerate(found["witnesses"]):
        path = ("evidence", "witnesses", index)
        yield from _vectors(case, "witness", _witness(path, witness))
    yield from _vectors(case, "table", _tables(found))


def _vectors(case: Case, group: str, forged: Forged) -> Iterator[tuple[str, Vector]]:
    for kind, codes, desc, operations in forged:
        keys = operations[0]["path"].split("/")[1:]
        at = general(tuple(int(key) if key.isdigit() else key for key in keys))
        allowed = frozenset(codes.split())
        vector = Vector(case.name, kind, desc, allowed, certificate=operations, sealed=True)
        yield f"sealed {case.name} {group} {kind} {at}", vector


def _at(path: Path) -> str:
    return pointer(path[1:])[1:]


def _farkas(path: Path, pairs: Json) -> Forged:
    for index, (literal, factor) in enumerate(pairs):
        at = (*path, index)
        for kind, codes, other in (
            ("literal-flipped", "farkas", -literal),
            ("literal-zero", "reference", 0),
            ("literal-off-by-one", "farkas rup reference accepted", literal + 1),
            ("literal-off-by-one", "farkas rup reference accepted", literal - 1),
            ("literal-out-of-range", "reference", 2**31 - 1),
            ("literal-out-of-range", "reference", -(2**31) + 1),
        ):
            yield kind, codes, f"{_at(at)}: literal {other}", [replace((*at, 0), other)]
        for kind, other in (
            ("multiplier-off-by-one", str(int(factor) + 1)),
            ("multiplier-zero", "0"),
            ("multiplier-negative", f"-{factor}"),
            ("multiplier-fraction", "1/2"),
            ("multiplier-huge", "9" * 512),
        ):
            codes = "farkas sort" if "/" in other else "farkas"
            yield kind, codes, f"{_at(at)}: times {other[:9]}", [replace((*at, 1), other)]
        yield "pair-dropped", "farkas", f"{_at(at)}: dropped", [remove(at)]
        yield "pair-doubled", "farkas", f"{_at(at)}: twice", [copy(at, at)]
        opposite = [-literal, factor]
        yield "pair-with-opposite", "farkas", f"{_at(at)}: and its opposite", [add(at, opposite)]
        if index:
            before = (*path, index - 1)
            desc = f"{_at(at)}: before the one before it"
            yield "pairs-swapped", "accepted", desc, [move(at, before)]
    doubled = [[literal, str(2 * int(factor))] for literal, factor in pairs]
    yield "multipliers-doubled", "accepted", f"{_at(path)}: all doubled", [replace(path, doubled)]
    yield "pairs-empty", "farkas", f"{_at(path)}: empty", [replace(path, [])]


def _rup(path: Path, clause: Sequence[int], hints: Sequence[int]) -> Forged:
    at, own = (*path, 2), max(hints, default=0) + 1
    for index, hint in enumerate(hints):
        here = (*at, index)
        for kind, codes, other in (
            ("hint-zero", "reference", 0),
            ("hint-negative", "reference", -hint),
            ("hint-off-by-one", "rup reference accepted", hint + 1),
            ("hint-off-by-one", "rup reference accepted", hint - 1),
            ("hint-out-of-range", "reference", 2**31 - 1),
            ("hint-of-the-future", "reference rup", own + 40),
        ):
            if (kind, other) != ("hint-off-by-one", 0):
                yield kind, codes, f"{_at(here)}: hint {other}", [replace(here, other)]
        yield "hint-dropped", "rup accepted", f"{_at(here)}: dropped", [remove(here)]
        yield "hint-doubled", "rup", f"{_at(here)}: twice", [copy(here, here)]
        if index:
            operation = move(here, (*at, index - 1))
            yield "hints-swapped", "rup accepted", f"{_at(here)}: earlier", [operation]
    yield "hint-after-conflict", "rup", f"{_at(at)}: one more", [add((*at, "-"), 1)]
    yield "hints-empty", "rup", f"{_at(at)}: empty", [replace(at, [])]
    yield "hints-reversed", "rup accepted", f"{_at(at)}: reversed", [replace(at, hints[::-1])]
    at = (*path, 1)
    for index, literal in enumerate(clause):
        here = (*at, index)
        flipped = [replace(here, -literal)]
        yield "clause-literal-flipped", f"{LATER} accepted", f"{_at(here)}: flipped", flipped
        for codes, other in (("reference", 0), ("reference", 2**31 - 1)):
            desc = f"{_at(here)}: literal {other}"
            yield "clause-literal-unknown", codes, desc, [replace(here, other)]
        yield "clause-literal-dropped", f"{LATER} accepted", f"{_at(here)}: dropped", [remove(here)]
        yield "clause-literal-doubled", "duplicate", f"{_at(here)}: twice", [copy(here, here)]
        yield "clause-tautology", "duplicate", f"{_at(here)}: both ways", [add(here, -literal)]
        yield (
            "clause-literal-off-by-one",
            f"{LATER} duplicate accepted",
            f"{_at(here)}: next",
            [replace(here, literal + 1)],
        )
    yield (
        "clause-weaker",
        f"{LATER} duplicate accepted",
        f"{_at(at)}: or atom 1",
        [add((*at, "-"), 1)],
    )
    yield "clause-empty", f"{LATER} accepted", f"{_at(at)}: empty", [replace(at, [])]


def _steps(path: Path, steps: Json) -> Forged:
    last = len(steps) - 1
    for index in range(len(steps)):
        here = (*path, index)
        at = _at(here)
        yield "step-dropped", f"{LATER} farkas accepted", f"{at}: dropped", [remove(here)]
        codes = "incomplete" if index == last else f"{LATER} accepted"
        yield "step-doubled", codes, f"{at}: twice", [copy(here, here)]
        if index:
            earlier = [move(here, (*path, index - 1))]
            yield "steps-swapped", f"{LATER} accepted", f"{at}: earlier", earlier
        for kind, codes, step in (
            ("step-unfounded", "rup", ["rup", [], []]),
            ("step-unfounded", "rup", ["rup", [1], []]),
            ("step-unfounded", "farkas", ["farkas", []]),
            ("step-of-no-rule", "shape reference", ["resolution", [], [1, 2]]),
            ("step-of-no-rule", "shape reference", ["assume", [1]]),
            ("step-of-none", "shape empty reference", []),
            ("step-of-no-rule", "shape", ["rup", []]),
            ("step-of-no-rule", "shape", ["farkas", [[1, "1"]], [1]]),
        ):
            yield kind, codes, f"{at}: before it {step}", [add(here, step)]
    after = [copy((*path, last), (*path, "-")), remove((*path, last))]
    yield "step-after-the-end", "incomplete", "the last step twice", after[:1]
    yield (
        "step-after-the-end",
        "rup incomplete",
        "a step after the last",
        [add((*path, "-"), ["rup", [1], [1]])],
    )
    if last:
        yield "steps-reversed", f"{LATER} accepted", "reversed", [replace(path, steps[::-1])]
        yield "steps-truncated", "incomplete", "all but the last", [remove((*path, last))]
        yield "steps-truncated", ANY, "the last alone", [replace(path, steps[last:])]
    yield "steps-empty", "incomplete", "no step at all", [replace(path, [])]
    unfounded = ["rup", [], []]
    yield "steps-unfounded", "rup", "false by itself", [replace(path, [unfounded])]


def _atoms(case: Case, path: Path, proof: Json) -> Forged:
    atoms = proof["atoms"]
    for index, (terms, bound, strict) in enumerate(atoms):
        at = (*path, index)
        codes = f"{LATER} atom"
        yield "atom-dropped", codes, f"{_at(at)}: dropped", [remove(at)]
        yield "atom-doubled", "atom", f"{_at(at)}: twice", [copy(at, at)]
        for shift in (1, -1):
            other = str(Fraction(bound) + shift)
            moved = [replace((*at, 1), other)]
            yield "atom-bound-off-by-one", f"{codes} accepted", f"{_at(at)}: {other}", moved
        double = [[[name, str(2 * int(c))] for name, c in terms], str(2 * Fraction(bound)), strict]
        minus = [[[name, str(-int(c))] for name, c in terms], str(-Fraction(bound)), strict]
        for kind, atom in (
            ("atom-not-coprime", double),
            ("atom-negated", minus),
            ("atom-strict-over-integers", [terms, bound, True]),
            ("atom-half-over-integers", [terms, str(Fraction(bound) + Fraction(1, 2)), False]),
        ):
            yield kind, "atom", f"{_at(at)}: {atom[0]} {atom[1]}", [replace(at, atom)]
        if index:
            yield (
                "atoms-swapped",
                f"{codes} accepted",
                f"{_at(at)}: earlier",
                [move(at, (*path, index - 1))],
            )
    integer, real = _variables(case, proof)
    for kind, codes, atom in _strangers(integer, real):
        yield kind, codes, f"{_at(path)}: a further {atom}", [add((*path, "-"), atom)]


def _variables(case: Case, proof: Json) -> tuple[str | None, str | None]:
    """Variables that every clause form of a decision has: the time; and a metric, if one has it."""
    del proof
    return ("env.at" if case.is_decision else None), None


def _strangers(integer: str | None, real: str | None) -> Iterator[tuple[str, str, Json]]:
    """Atoms that a proof does not need, most of them not in normal form."""
    del real
    yield "atom-of-unknown-variable", "atom", [[["request.nothing", "1"]], "0", False]
    yield "atom-of-no-variable", "atom", [[], "-1", False]
    if integer is None:
        return
    x = integer
    yield "atom-not-needed", "accepted", [[[x, "1"]], "7", False]
    yield "atom-already-there", "atom", [[[x, "1"]], "253402300799999999", False]
    yield "atom-not-coprime", "atom", [[[x, "2"]], "7", False]
    yield "atom-not-coprime", "atom", [[[x, "2"]], "8", False]
    yield "atom-negated", "atom", [[[x, "-1"]], "7", False]
    yield "atom-zero-coefficient", "atom", [[[x, "0"]], "7", False]
    yield "atom-strict-over-integers", "atom", [[[x, "1"]], "7", True]
    yield "atom-half-over-integers", "atom", [[[x, "1"]], "15/2", False]
    yield "atom-fraction-coefficient", "atom", [[[x, "1/2"]], "7", False]
    yield "atom-variable-twice", "atom", [[[x, "1"], [x, "1"]], "7", False]
    yield "atom-out-of-order", "atom", [[[x, "1"], ["cost", "1"]], "7", False]
    yield "atom-of-a-selector", "atom", [[["select.rule", "1"]], "7", False]


def _witness(path: Path, witness: Json) -> Forged:
    for name, value in sorted(witness.items()):
        at = (*path, name)
        exact = Fraction(value)
        for kind, codes, other in (
            ("witness-off-by-one", "witness accepted", exact + 1),
            ("witness-off-by-one", "witness accepted", exact - 1),
            ("witness-negated", "witness accepted", -exact if exact else exact - 5),
            ("witness-between-integers", "witness accepted", exact + Fraction(1, 2)),
            ("witness-far-away", "witness accepted", Fraction(10**30)),
            ("witness-far-away", "witness accepted", Fraction(-(10**30))),
        ):
            yield kind, codes, f"{_at(path)}: {name} = {other}", [replace(at, str(other))]
        yield "witness-misses", "witness", f"{_at(path)}: no {name}", [remove(at)]
    for name in ("request.nothing", "select.rule", "metric.nothing", "zzz"):
        yield "witness-adds", "witness", f"{_at(path)}: {name}", [add((*path, name), "0")]
    yield "witness-empty", "witness", f"{_at(path)}: empty", [replace(path, {})]


def _tables(found: Json) -> Forged:
    """Evidence that nobody refers to, in another order, or of the other kind."""
    for table in ("proofs", "witnesses"):
        items = found[table]
        path: Path = ("evidence", table)
        for index in range(len(items)):
            here = (*path, index)
            yield "evidence-dropped", ANY, f"{table}/{index}: dropped", [remove(here)]
            yield (
                "evidence-unused",
                "unused",
                f"{table}/{index}: again at the end",
                [copy(here, (*path, "-"))],
            )
            if index:
                operation = move(here, (*path, index - 1))
                codes = f"{ANY} accepted"
                yield "evidence-swapped", codes, f"{table}/{index}: earlier", [operation]
        yield "evidence-empty", ANY, f"no {table}", [replace(path, [])]
    if found["proofs"] and found["witnesses"]:
        proofs, witnesses = ("evidence", "proofs", 0), ("evidence", "witnesses", 0)
        for kind, target, source in (
            ("witness-for-proof", proofs, witnesses),
            ("proof-for-witness", witnesses, proofs),
        ):
            value = found[source[1]][0]
            yield kind, "shape number", f"{target[1]}/0", [replace(target, value)]
