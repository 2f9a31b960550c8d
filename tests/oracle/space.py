"""All points of a small space of requests, facts and environments.

Variables with few values are enumerated. A *wide* one (a rational, an instant, a large integer range) is represented by
one value of every cell into which the expressions in question divide it: each compared term is linear in it, so that
its sign cannot change inside a cell. That is exact as long as no term mixes two wide variables, which is checked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, combinations, pairwise, product
from math import floor
from typing import Any

from tests.oracle.expressions import (
    Document,
    Point,
    affine,
    affine_terms,
    affine_variables,
    number,
    variables,
)

FEW = 64
FIRST_INSTANT = Fraction(-62135596800000000)
LAST_INSTANT = Fraction(253402300799999999)
PREFIXES = {"request": "request", "fact": "facts", "env": "environment", "measured": "measured"}


@dataclass(frozen=True)
class Wide:
    """A range of too many values to enumerate."""

    low: Fraction | None
    high: Fraction | None
    integral: bool

    def holds(self, value: Fraction) -> bool:
        return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)

    def representatives(self, roots: set[Fraction]) -> list[Fraction]:
        """One value of every cell between the roots, and every root that is a value."""
        inside = sorted(root for root in roots if self.holds(root))
        if self.integral:
            found = {self.low, *(Fraction(floor(root) + 1) for root in inside)}
            found |= {root for root in inside if root.denominator == 1}
        else:
            first = self.low if self.low is not None else min(inside, default=Fraction(0)) - 1
            last = self.high if self.high is not None else max(inside, default=Fraction(0)) + 1
            ends = sorted({first, *inside, last})
            middles = [(a + b) / 2 for a, b in pairwise(ends)]
            found = {*ends, *middles}
        return sorted(value for value in found if value is not None and self.holds(value))


class Space:
    """Every point that agrees with the stated values."""

    def __init__(self, vocabulary: Document, fixed: Point) -> None:
        self.fixed = dict(fixed)
        self._members = {
            enum["name"]: [member["name"] for member in enum["members"]]
            for enum in vocabulary["enums"]
        }
        self._types: Document = {"env.at": {"sort": "instant"}}
        self._choices = {
            "choice.route": ["internal", "external", "hybrid"],
            "choice.control": [*vocabulary.get("controls", ()), None],
        }
        """What may be chosen; under the control ``none`` any of the controls, or none of them."""
        for prefix, part in PREFIXES.items():
            for field in vocabulary[part]:
                self._types[f"{prefix}.{field['name']}"] = field["type"]

    def domain(self, variable: str) -> list[Any] | Wide:
        if variable in self._choices:
            return list(self._choices[variable])
        kind: dict[str, Any] = self._types[variable]
        match kind["sort"]:
            case "bool":
                return [False, True]
            case "enum":
                return list(self._members[kind["enum"]])
            case "set":
                names = self._members[kind["enum"]]
                return [
                    frozenset(part)
                    for size in range(len(names) + 1)
                    for part in combinations(names, size)
                ]
            case "int":
                low, high = int(kind["lower"]), int(kind["upper"])
                if high - low < FEW:
                    return [Fraction(value) for value in range(low, high + 1)]
                return Wide(Fraction(low), Fraction(high), integral=True)
            case "rational":
                low_end, high_end = kind["lower"], kind["upper"]
                return Wide(
                    None if low_end is None else number(low_end),
                    None if high_end is None else number(high_end),
                    integral=False,
                )
            case "instant":
                return Wide(FIRST_INSTANT, LAST_INSTANT, integral=True)
        raise ValueError(f"no type: {kind!r}")

    def points(
        self, formulas: Sequence[Any], families: Sequence[Sequence[Document]] = ()
    ) -> Iterator[Point]:
        """Every point at which these formulas, or the order within these families of terms, may differ.

        Args:
            formulas: what will be evaluated.
            families: terms whose values will be compared with one another.
        """
        named = set(chain.from_iterable(variables(formula) for formula in formulas))
        for family in families:
            named |= set(chain.from_iterable(affine_variables(term) for term in family))
        free = sorted(named - self.fixed.keys())
        small: dict[str, list[Any]] = {}
        wide: dict[str, Wide] = {}
        for name in free:
            domain = self.domain(name)
            if isinstance(domain, Wide):
                wide[name] = domain
            else:
                small[name] = domain
        cells = _Cells(frozenset(wide), formulas, families)
        for values in product(*small.values()):
            point = {**self.fixed, **dict(zip(small, values, strict=True))}
            chosen = [wide[name].representatives(cells.roots(name, point)) for name in wide]
            for combination in product(*chosen):
                yield {**point, **dict(zip(wide, combination, strict=True))}


class _Cells:
    """Where along a wide variable something may change."""

    def __init__(
        self,
        wide: frozenset[str],
        formulas: Sequence[Any],
        families: Sequence[Sequence[Document]],
    ) -> None:
        self._wide = wide
        self._terms: dict[str, list[Document]] = {name: [] for name in wide}
        self._families: dict[str, list[Sequence[Document]]] = {name: [] for name in wide}
        for formula in formulas:
            for term in affine_terms(formula):
                for name in self._only(affine_variables(term)):
                    self._terms[name].append(term)
        for family in families:
            for name in self._only(chain.from_iterable(affine_variables(t) for t in family)):
                self._families[name].append(family)

    def _only(self, names: Iterator[str]) -> set[str]:
        found = set(names) & self._wide
        if len(found) > 1:
            raise ValueError(f"the oracle cannot mix the wide variables {sorted(found)}")
        return found

    def roots(self, name: str, point: Point) -> set[Fraction]:
        at_zero = {**point, name: Fraction(0)}
        found = set()
        lines = {_line(term, name, at_zero) for term in self._terms[name]}
        for slope, height in lines:
            if slope:
                found.add(-height / slope)
        for family in self._families[name]:
            ordered = {_line(term, name, at_zero) for term in family}
            for (slope, height), (other_slope, other_height) in combinations(ordered, 2):
                if slope != other_slope:
                    found.add((other_height - height) / (slope - other_slope))
        return found


def _line(term: Document, name: str, at_zero: Point) -> tuple[Fraction, Fraction]:
    return number(term["terms"].get(name, "0")), affine(term, at_zero)
