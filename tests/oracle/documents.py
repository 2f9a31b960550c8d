"""The obligations of documents, asked over all requests (``docs/spec/certificate-v1.md`` section 8.3)."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any

from tests.oracle.candidate import Breach, Entry, incoherent, overlapping
from tests.oracle.expressions import Document, Point, affine, constant, number
from tests.oracle.space import Space

Bound = tuple[Fraction, bool, Fraction | None]
"""A value, whether it is strict, and the level at which it is promised."""


def _found(vocabulary: Document, breach: Breach) -> bool:
    space = Space(vocabulary, {})
    return any(breach.broken(x) for x in space.points(breach.formulas, breach.families))


def coherent(vocabulary: Document, entry: Entry) -> bool:
    return not _found(vocabulary, incoherent(vocabulary, entry).under(entry.service["assumes"]))


def assumable(vocabulary: Document, service: Document) -> bool:
    return _found(vocabulary, Breach(lambda _: True).under(service["assumes"]))


def cost_disjoint(vocabulary: Document, service: Document) -> bool:
    return not _found(vocabulary, overlapping(service).under(service["assumes"]))


def applicable(vocabulary: Document, rule: Document) -> bool:
    return _found(vocabulary, Breach(lambda _: True).under([rule["when"]]))


def consistent(
    vocabulary: Document, rules: Sequence[Document], aside: Sequence[Sequence[str]]
) -> bool:
    """No request triggers rules with contradictory actions, but for supersets of the sets left aside."""
    return not any(
        _found(vocabulary, _contradiction(vocabulary, chosen))
        for size in range(1, len(rules) + 1)
        for chosen in combinations(rules, size)
        if not any(set(names) <= {rule["name"] for rule in chosen} for names in aside)
    )


def _contradiction(vocabulary: Document, rules: Sequence[Document]) -> Breach:
    """All of these rules apply, and no outcome of any contract satisfies all their actions."""
    atoms = [atom for rule in rules for atom in rule["then"]]
    metrics = {m["name"]: m for m in vocabulary["metrics"]}
    families: list[list[Document]] = []
    for on in ("metric", "cost"):
        for name in {atom.get("name") for atom in atoms if atom["on"] == on}:
            bounds = [a["bound"] for a in atoms if a["on"] == on and a.get("name") == name]
            ends = [metrics[name]["lower"], metrics[name]["upper"]] if name in metrics else []
            families.append([*bounds, *(constant(number(end)) for end in ends)])

    def impossible(x: Point) -> bool:
        return _no_outcome(vocabulary, atoms, x)

    return Breach(impossible, [], families).under([rule["when"] for rule in rules])


def _no_outcome(vocabulary: Document, atoms: list[Document], x: Point) -> bool:
    for metric in vocabulary["metrics"]:
        own = [a for a in atoms if a["on"] == "metric" and a["name"] == metric["name"]]
        declared = (number(metric["lower"]), number(metric["upper"]))
        if _no_value(own, x, *declared):
            return True
    if _no_value([a for a in atoms if a["on"] == "cost"], x, None, None):
        return True
    for field in vocabulary["attributes"]:
        own = [a for a in atoms if a["on"] == "attribute" and a["name"] == field["name"]]
        if own and _no_attribute(vocabulary, field, own, x):
            return True
    for name in vocabulary["capabilities"]:
        wanted = {a["provided"] for a in atoms if a["on"] == "capability" and a["name"] == name}
        if len(wanted) > 1:
            return True
    return False


def _no_value(
    atoms: list[Document], x: Point, least: Fraction | None, most: Fraction | None
) -> bool:
    """Two bounds contradict each other; a promise may fail where another one, of low level, is kept."""
    lows: list[Bound] = [] if least is None else [(least, False, None)]
    highs: list[Bound] = [] if most is None else [(most, False, None)]
    for atom in atoms:
        bound = atom["bound"]
        value = number(bound) if isinstance(bound, str) else affine(bound, x)
        level = None if atom.get("level") is None else number(atom["level"])
        side = highs if atom["relation"] in ("<=", "<") else lows
        side.append((value, atom["relation"] in ("<", ">"), level))
    return any(
        (low > high or (low == high and (open_low or open_high)))
        and (level is None or other is None or level + other > 1)
        for low, open_low, level in lows
        for high, open_high, other in highs
    )


def _no_attribute(vocabulary: Document, field: Document, atoms: list[Document], x: Point) -> bool:
    kind = field["type"]
    if kind["sort"] not in ("enum", "bool"):
        return _no_value(atoms, x, None, None)
    values: list[Any] = [False, True]
    if kind["sort"] == "enum":
        enum = next(e for e in vocabulary["enums"] if e["name"] == kind["enum"])
        values = [member["name"] for member in enum["members"]]
    return all(
        any(value not in atom["in"] if "in" in atom else value in atom["not_in"] for atom in atoms)
        for value in values
    )
