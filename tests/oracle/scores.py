"""Scores by the letter of ``docs/spec/score-v1.md``, one candidate at a time, in fractions."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor, isqrt, lcm
from typing import Any

from tests.oracle.candidate import Entry, Question
from tests.oracle.expressions import Document, counted_set, number
from tests.oracle.space import FIRST_INSTANT, LAST_INSTANT, PREFIXES

Range = tuple[Fraction | None, Fraction | None]
INTEGRAL = {"bool", "int", "enum", "set", "instant"}


WEIGHTS = {
    "eq1.5": ("guarantee", "cost", "performance", "reliability"),
    "eq1.1": ("intent", "attention", "policy", "resonance", "cost", "risk", "latency"),
}


@dataclass(frozen=True)
class Terms:
    """The terms of an objective by the names of their weights, and their weighted sum."""

    terms: dict[str, int]
    total: int


def score(question: Question, entry: Entry, control: str = "none") -> Terms:
    profile = question.profile
    box = Box(question, entry)
    units = int(1 / number(profile["resolution"]))
    names = WEIGHTS[profile["objective"]]
    terms = dict.fromkeys(names, 0)
    if not box.empty:
        terms["cost"] = _cost(question, entry, box, units)
        if profile["objective"] == "eq1.5":
            terms["guarantee"] = _guarantee(question, entry, box, units)
            terms["performance"] = _performance(question, profile["performance"], entry, box, units)
            terms["reliability"] = reliability(entry.state, units)
        else:
            terms |= _measured(question, entry, control)
            latency = [m["name"] for m in question.vocabulary["metrics"] if m["role"] == "latency"]
            terms["risk"] = reliability(entry.state, units)
            terms["latency"] = _performance(question, latency, entry, box, units)
    weights = [number(profile["weights"][name]) for name in names]
    common = lcm(*(weight.denominator for weight in weights))
    total = sum(
        int(weight * common) * terms[name] for name, weight in zip(names, weights, strict=True)
    )
    return Terms(terms, total)


def controls_of(profile: Document) -> list[str]:
    """The controls under which each entry is a candidate."""
    return sorted(control["name"] for control in profile["controls"]) or ["none"]


def _measured(question: Question, entry: Entry, control: str) -> dict[str, int]:
    if question.measurements is None:
        raise ValueError("Eq. 1.1 needs measurements")
    if question.measurements["resolution"] != question.profile["resolution"]:
        raise ValueError("the measurements have another resolution")
    nothing = {"intent": 0, "attention": 0, "resonance": 0, "policy": {}}
    found = question.measurements["terms"].get(control, nothing)
    return {**found, "policy": found["policy"].get(entry.service["name"], 0)}


def promised(question: Question, entry: Entry) -> list[dict[str, str]]:
    """What an entry promises of the metrics that the request ensures, whatever call it describes (Eq. 5.1)."""
    box = Box(replace(question, request={**question.request, "nominal": None}), entry)
    asked = {atom["name"] for atom in question.request["ensure"] if atom["on"] == "metric"}
    return [
        {
            "metric": metric["name"],
            "lower": str(_lower(metric, metric["level"], entry, box)),
            "upper": str(_upper(metric, metric["level"], entry, box)),
        }
        for metric in question.vocabulary["metrics"]
        if metric["name"] in asked
    ]


class Box:
    """The box of a request for one entry: a closed range per variable, members of sets included."""

    def __init__(self, question: Question, entry: Entry) -> None:
        self._indices = {
            enum["name"]: {m["name"]: i for i, m in enumerate(enum["members"])}
            for enum in question.vocabulary["enums"]
        }
        self._types: Document = {"env.at": {"sort": "instant"}}
        for prefix, part in PREFIXES.items():
            for field in question.vocabulary[part]:
                self._types[f"{prefix}.{field['name']}"] = field["type"]
        self.ranges: dict[str, Range] = {}
        for name, kind in self._types.items():
            if name.startswith(("request.", "env.")):
                self._declare(name, kind)
        self._point("env.at", str(question.at))
        for name, value in ({} if entry.state is None else entry.state["values"]).items():
            self._point(f"env.{name}", value)
        nominal = question.request["nominal"]
        if nominal is not None:
            for name, value in nominal.items():
                self._point(f"request.{name}", value)
        else:
            for formula in question.request["given"]:
                for variable, end in self._narrowed(formula):
                    self._meet(variable, end)
        self.empty = any(
            low is not None and high is not None and low > high
            for low, high in self.ranges.values()
        )

    def _declare(self, name: str, kind: Document) -> None:
        match kind["sort"]:
            case "bool":
                self.ranges[name] = (Fraction(0), Fraction(1))
            case "enum":
                self.ranges[name] = (Fraction(0), Fraction(len(self._indices[kind["enum"]]) - 1))
            case "set":
                for member in self._indices[kind["enum"]]:
                    self.ranges[f"{name}:{member}"] = (Fraction(0), Fraction(1))
            case "instant":
                self.ranges[name] = (FIRST_INSTANT, LAST_INSTANT)
            case _:
                low, high = kind["lower"], kind["upper"]
                self.ranges[name] = (
                    None if low is None else number(low),
                    None if high is None else number(high),
                )

    def _point(self, name: str, value: Any) -> None:
        kind = self._types[name]
        match kind["sort"]:
            case "set":
                for member in self._indices[kind["enum"]]:
                    held = Fraction(int(member in value))
                    self.ranges[f"{name}:{member}"] = (held, held)
                return
            case "bool":
                exact = Fraction(int(value))
            case "enum":
                exact = Fraction(self._indices[kind["enum"]][value])
            case _:
                exact = number(value)
        self.ranges[name] = (exact, exact)

    def _narrowed(self, formula: Any) -> Iterator[tuple[str, Range]]:
        one, nought = (Fraction(1), Fraction(1)), (Fraction(0), Fraction(0))
        match formula:
            case ["and", *parts]:
                for part in parts:
                    yield from self._narrowed(part)
            case ["le" | "lt" | "eq" as operator, {"constant": shift, "terms": terms}]:
                if len(terms) == 1 and counted_set(next(iter(terms))) is None:
                    (name, slope) = next(iter(terms.items()))
                    end = -number(shift) / number(slope)
                    below = operator == "eq" or number(slope) < 0
                    above = operator == "eq" or number(slope) > 0
                    yield name, (end if below else None, end if above else None)
            case ["in", name, members]:
                places = [self._indices[self._types[name]["enum"]][m] for m in members]
                yield name, (Fraction(min(places)), Fraction(max(places)))
            case ["is", name]:
                yield name, one
            case ["has", name, member]:
                yield f"{name}:{member}", one
            case ["not", ["is", name]]:
                yield name, nought
            case ["not", ["has", name, member]]:
                yield f"{name}:{member}", nought

    def _meet(self, name: str, bounds: Range) -> None:
        low, high = bounds
        if self._types[name.split(":", maxsplit=1)[0]]["sort"] in INTEGRAL:
            low = None if low is None else Fraction(ceil(low))
            high = None if high is None else Fraction(floor(high))
        old_low, old_high = self.ranges[name]
        lows = [end for end in (low, old_low) if end is not None]
        highs = [end for end in (high, old_high) if end is not None]
        self.ranges[name] = (max(lows) if lows else None, min(highs) if highs else None)

    def span(self, term: Document) -> Range:
        """The least and the greatest value of an affine term, None where it has none."""
        low: Fraction | None = number(term["constant"])
        high = low
        for name, text in term["terms"].items():
            slope, counted = number(text), counted_set(name)
            if counted is None:
                parts = [name]
            else:
                parts = [f"{counted}:{m}" for m in self._indices[self._types[counted]["enum"]]]
            for part in parts:
                least, most = self.ranges[part] if slope > 0 else self.ranges[part][::-1]
                low = None if low is None or least is None else low + slope * least
                high = None if high is None or most is None else high + slope * most
        return low, high

    def surely(self, formula: Any) -> bool | None:
        """True or False where the formula surely is; None where it is open."""
        if isinstance(formula, bool):
            return formula
        match formula:
            case ["not", part]:
                inner = self.surely(part)
                return None if inner is None else not inner
            case ["and", *parts]:
                values = [self.surely(part) for part in parts]
                return False if False in values else (None if None in values else True)
            case ["or", *parts]:
                values = [self.surely(part) for part in parts]
                return True if True in values else (None if None in values else False)
            case ["in", name, members]:
                low, high = self.ranges[name]
                assert low is not None
                assert high is not None
                places = {self._indices[self._types[name]["enum"]][m] for m in members}
                inside = [i in places for i in range(int(low), int(high) + 1)]
                return True if all(inside) else (None if any(inside) else False)
            case ["is", name]:
                return self._bit(name)
            case ["has", name, member]:
                return self._bit(f"{name}:{member}")
            case [operator, term]:
                return self._compare(operator, *self.span(term))
        raise ValueError(f"no formula: {formula!r}")

    def _bit(self, name: str) -> bool | None:
        low, high = self.ranges[name]
        return True if low == 1 else (False if high == 0 else None)

    @staticmethod
    def _compare(operator: str, low: Fraction | None, high: Fraction | None) -> bool | None:
        if operator == "le":
            if high is not None and high <= 0:
                return True
            return False if low is not None and low > 0 else None
        if operator == "lt":
            if high is not None and high < 0:
                return True
            return False if low is not None and low >= 0 else None
        if low == 0 and high == 0:
            return True
        outside = (low is not None and low > 0) or (high is not None and high < 0)
        return False if outside else None


def _upper(metric: Document, level: str | None, entry: Entry, box: Box) -> Fraction:
    ends = [number(metric["upper"])]
    for g in _usable(metric, level, entry, box, ("<=", "<")):
        high = box.span(g["bound"])[1]
        if high is not None:
            ends.append(high)
    return max(min(ends), number(metric["lower"]))


def _lower(metric: Document, level: str | None, entry: Entry, box: Box) -> Fraction:
    ends = [number(metric["lower"])]
    for g in _usable(metric, level, entry, box, (">=", ">")):
        low = box.span(g["bound"])[0]
        if low is not None:
            ends.append(low)
    return min(max(ends), number(metric["upper"]))


def _usable(
    metric: Document, level: str | None, entry: Entry, box: Box, relations: tuple[str, str]
) -> Iterator[Document]:
    for g in entry.guarantees():
        if g["metric"] != metric["name"] or g["relation"] not in relations:
            continue
        if level is not None and number(g["level"]) < number(level):
            continue
        if box.surely(g["when"]) is True:
            yield g


def _metric(question: Question, name: str) -> Document:
    return next(m for m in question.vocabulary["metrics"] if m["name"] == name)


def _clip(value: Fraction) -> Fraction:
    return min(max(value, Fraction(0)), Fraction(1))


def _guarantee(question: Question, entry: Entry, box: Box, units: int) -> int:
    atoms = [atom for atom in question.request["ensure"] if atom["on"] == "metric"]
    margins = []
    for atom in atoms:
        metric = _metric(question, atom["name"])
        width = number(metric["upper"]) - number(metric["lower"])
        low, high = box.span(atom["bound"])
        margin = Fraction(0)
        if atom["relation"] in ("<=", "<"):
            if low is not None:
                margin = (low - _upper(metric, atom["level"], entry, box)) / width
        elif high is not None:
            margin = (_lower(metric, atom["level"], entry, box) - high) / width
        margins.append(_clip(margin))
    return floor(Fraction(units, len(atoms)) * sum(margins)) if atoms else 0


def _cost(question: Question, entry: Entry, box: Box, units: int) -> int:
    declared = question.vocabulary["cost"]
    if declared is None:
        return 0
    worst = number(declared["upper"])
    amounts = [worst]
    cases = [(box.surely(c["when"]), box.span(c["amount"])[1]) for c in entry.service["cost"]]
    possible = [(sure, high) for sure, high in cases if sure is not False]
    if any(sure for sure, _ in possible) and all(high is not None for _, high in possible):
        amounts = [high for _, high in possible if high is not None]
    cost = min(max(*amounts, Fraction(0)), worst) if amounts else worst
    return floor(units * (worst - cost) / worst)


def _performance(question: Question, names: list[str], entry: Entry, box: Box, units: int) -> int:
    total = Fraction(0)
    for name in names:
        metric = _metric(question, name)
        low, high = number(metric["lower"]), number(metric["upper"])
        if metric["better"] == "lower":
            total += (high - _upper(metric, metric["level"], entry, box)) / (high - low)
        else:
            total += (_lower(metric, metric["level"], entry, box) - low) / (high - low)
    return floor(Fraction(units, len(names)) * total) if names else 0


def reliability(state: Document | None, units: int) -> int:
    """The lower end of Wilson's interval at z = 2, in whole units."""
    if state is None:
        return 0
    calls, violations = int(state["history"]["calls"]), int(state["history"]["violations"])
    if calls == 0:
        return 0
    kept = calls - violations
    square = ceil(Fraction(4 * units**2 * (kept * violations + calls), calls))
    root = isqrt(square)
    if root * root < square:
        root += 1
    return max(0, floor(Fraction(units * (kept + 2) - root, calls + 4)))
