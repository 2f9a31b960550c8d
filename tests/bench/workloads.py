"""Requests of four classes, seeded, every one with values that no other one has.

A class is made of shapes: what is needed, stated and demanded. A shape draws its numbers anew for each request, so that
two requests of a shape differ in token counts, bounds and budgets and in nothing else. Which class a request is of is
for the engine to say: a generator aims, and what misses is counted and left out.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.routing.decision import Decision, Standing

Among: TypeAlias = frozenset[str]
"""An enumeration field that is one of these members, or a set field that holds none but these."""


@dataclass(frozen=True, slots=True)
class Range:
    """A whole number that is left open, both ends included."""

    low: int
    high: int


Stated: TypeAlias = Fraction | Range | str | tuple[str, ...] | Among
"""A number, a range, a member, a set's members, or what is left open."""

BETTER: Final = 100
"""How many better-ranked candidates class (b) refutes at least."""

TOKENS: Final = ("fresh_tokens", "output_tokens")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a shape has drawn: the parts of a request, and the profile that it is routed by."""

    needs: tuple[tuple[str, ...], ...]
    stated: Mapping[str, Stated]
    ensure: tuple[t.Atom, ...] = ()
    budget: Fraction | None = None
    profile: str = "balanced"


Shape: TypeAlias = Callable[[random.Random], Draft]


@dataclass(frozen=True, slots=True)
class Posed:
    """A request with its profile, and the shape it was drawn from."""

    request: d.Request
    profile: str
    shape: str


def requests(vocabulary: d.Vocabulary, kind: str, *, seed: int) -> Iterator[Posed]:
    """Requests of a class without end, its shapes in turn; no two of them state the same numbers."""
    shapes = SHAPES[kind]
    rng = random.Random(f"{kind}/{seed}")
    seen: set[tuple[object, ...]] = set()
    count = 0
    while True:
        shape = shapes[count % len(shapes)]
        draft = shape(rng)
        numbers = tuple(draft.stated.get(name) for name in TOKENS)
        if numbers in seen:
            continue
        seen.add(numbers)
        count += 1
        request = request_of(vocabulary, f"{kind} {seed} {count}", draft)
        yield Posed(request, draft.profile, shape.__name__.strip("_"))


def request_of(vocabulary: d.Vocabulary, name: str, draft: Draft) -> d.Request:
    """The request document of a draft; fields that it does not state have their defaults."""
    stated: dict[str, Stated | d.Value] = dict(draft.stated)
    for field in vocabulary.request:
        if field.name not in stated and field.default is not None:
            stated[field.name] = field.default
    given = [_given(vocabulary, name, value) for name, value in stated.items()]
    return d.Request(
        vocabulary=document_digest(vocabulary),
        name=name,
        needs=draft.needs,
        given=tuple(given),
        ensure=draft.ensure,
        budget=draft.budget,
    )


def is_of(kind: str, decision: Decision, *, better: int = BETTER) -> bool:
    """Whether an answer puts its request into a class; ``better`` is how many class (b) refutes at least."""
    above = sum(candidate.standing is Standing.REFUTED for candidate in decision.candidates)
    if decision.winner is None:
        return kind == "c" and above == len(decision.candidates)
    return {"a": above == 0, "b": above >= better, "c": False, "d": above > 0}[kind]


CLASSES: Final[Mapping[str, str]] = {
    "a": "top candidate admitted",
    "b": "at least 100 better-ranked refuted",
    "c": "nothing admitted",
    "d": "open ranges, admitted after some",
}


def _given(vocabulary: d.Vocabulary, name: str, value: Stated | d.Value) -> t.Formula:
    variable = f"request.{name}"
    kind = vocabulary.field(variable).type
    match kind, value:
        case d.EnumType(enum), str():
            return t.In(variable, (value,))
        case d.EnumType(enum), frozenset():
            names = vocabulary.enum(enum).names()
            return t.In(variable, tuple(one for one in names if one in value))
        case d.SetType(enum), frozenset():
            names = vocabulary.enum(enum).names()
            return _conjunction([t.Not(t.Has(variable, one)) for one in names if one not in value])
        case d.SetType(enum), tuple():
            names = vocabulary.enum(enum).names()
            facts: list[t.Formula] = [
                t.Has(variable, one) if one in value else t.Not(t.Has(variable, one))
                for one in names
            ]
            return _conjunction(facts)
        case _, Range(low, high):
            rising = t.Compare(t.Comparison.LE, t.Affine.of(low, {variable: Fraction(-1)}))
            falling = t.Compare(t.Comparison.LE, t.Affine.of(-high, {variable: Fraction(1)}))
            return t.And((rising, falling))
        case _, Fraction():
            return t.Compare(t.Comparison.EQ, t.Affine.of(-value, {variable: Fraction(1)}))
    raise ValueError(f"`{value!r}` does not say what `{name}` is")


def _conjunction(formulas: list[t.Formula]) -> t.Formula:
    return formulas[0] if len(formulas) == 1 else t.And(tuple(formulas))


def accuracy(bound: Fraction) -> t.Atom:
    """``accuracy >= bound``."""
    return t.OnMetric("accuracy", t.Relation.GE, t.Affine(bound))


def latency(bound: Fraction) -> t.Atom:
    """``latency <= bound`` in seconds, at the level that the vocabulary declares."""
    return t.OnMetric("latency", t.Relation.LE, t.Affine(bound), Fraction(99, 100))


def _needs(*names: str) -> tuple[tuple[str, ...], ...]:
    return tuple((name,) for name in names)


def _between(rng: random.Random, low: str, high: str) -> Fraction:
    """A number between two decimals, with their six decimal places."""
    million = 1_000_000
    return Fraction(
        rng.randint(int(Fraction(low) * million), int(Fraction(high) * million)), million
    )


def _call(rng: random.Random, fresh: tuple[int, int], output: tuple[int, int]) -> dict[str, Stated]:
    return {"fresh_tokens": _whole(rng, *fresh), "output_tokens": _whole(rng, *output)}


def _whole(rng: random.Random, low: int, high: int) -> Fraction:
    return Fraction(rng.randint(low, high))


def _range(rng: random.Random, low: tuple[int, int], high: tuple[int, int]) -> Range:
    return Range(rng.randint(*low), rng.randint(*high))


# --- (a) the top candidate is admitted -----------------------------------------------------------


def _answer(rng: random.Random) -> Draft:
    stated = _call(rng, (500, 9_000), (50, 700))
    ensure = (accuracy(_between(rng, "0.5", "0.94")), latency(_between(rng, "15", "60")))
    return Draft(_needs("chat", "function_calling"), stated, ensure, _between(rng, "0.2", "1.9"))


def _plain_answer(rng: random.Random) -> Draft:
    stated = _call(rng, (20, 4_000), (20, 900))
    return Draft(_needs("chat"), stated, (accuracy(_between(rng, "0.3", "0.94")),))


def _seen_answer(rng: random.Random) -> Draft:
    stated = _call(rng, (1_000, 150_000), (50, 800)) | {"cached_tokens": _whole(rng, 1, 9_000)}
    ensure = (latency(_between(rng, "17", "80")),)
    return Draft(_needs("chat", "vision"), stated, ensure, _between(rng, "1.1", "1.9"))


def _urgent_answer(rng: random.Random) -> Draft:
    stated = _call(rng, (100, 9_000), (20, 900)) | {"priority": "high"}
    ensure = (accuracy(_between(rng, "0.6", "0.94")),)
    needs = (*_needs("chat"), ("function_calling", "response_schema"))
    return Draft(needs, stated, ensure, _between(rng, "0.4", "1.9"))


# --- (b) at least 100 better-ranked candidates are refuted, then one is admitted -----------------


def _european(rng: random.Random) -> Draft:
    stated = _call(rng, (100, 4_000), (20, 600)) | {"residency": "eu"}
    needs = _needs("chat", "function_calling", "response_schema")
    return Draft(needs, stated, (), _between(rng, "0.01", "0.2"), "cheapest")


def _american(rng: random.Random) -> Draft:
    stated = _call(rng, (100, 6_000), (20, 900)) | {"residency": "us"}
    return Draft(_needs("chat"), stated, (), _between(rng, "0.02", "0.3"), "cheapest")


def _reasoned(rng: random.Random) -> Draft:
    stated = _call(rng, (200, 20_000), (50, 2_000)) | {"priority": "low"}
    return Draft(_needs("chat", "reasoning", "vision"), stated, profile="cheapest")


def _accurate(rng: random.Random) -> Draft:
    stated = _call(rng, (200, 9_000), (20, 500))
    ensure = (accuracy(_between(rng, "0.72", "0.84")),)
    return Draft(_needs("chat", "function_calling"), stated, ensure, profile="cheapest")


# --- (c) nothing is admitted ---------------------------------------------------------------------


def _too_quick(rng: random.Random) -> Draft:
    stated = _call(rng, (500, 9_000), (100, 900))
    ensure = (accuracy(_between(rng, "0.90", "0.94")), latency(_between(rng, "0.2", "1.9")))
    return Draft(_needs("chat"), stated, ensure)


def _too_cheap(rng: random.Random) -> Draft:
    stated = _call(rng, (20_000, 90_000), (100, 900))
    needs = _needs("chat", "function_calling")
    return Draft(needs, stated, (), _between(rng, "0.000001", "0.000099"), "cheapest")


def _too_long(rng: random.Random) -> Draft:
    stated = _call(rng, (9_000_000, 9_900_000), (100, 9_000)) | {"residency": "eu"}
    return Draft(_needs("chat"), stated, (), _between(rng, "0.5", "1.9"), "cheapest")


def _nowhere(rng: random.Random) -> Draft:
    stated = _call(rng, (100, 9_000), (20, 900)) | {"residency": "us", "data": ("health",)}
    ensure = (accuracy(_between(rng, "0.5", "0.9")),)
    return Draft(_needs("chat"), stated, ensure, _between(rng, "0.2", "1.9"))


# --- (d) open ranges, admitted after some --------------------------------------------------------


def _night(rng: random.Random) -> Draft:
    stated: dict[str, Stated] = {
        "priority": Among({"low", "normal"}),
        "data": Among({"public", "internal"}),
        "fresh_tokens": _range(rng, (1, 2_000), (9_000, 40_000)),
        "cached_tokens": _range(rng, (0, 100), (200, 20_000)),
        "output_tokens": _range(rng, (1, 100), (600, 3_000)),
    }
    needs = (*_needs("chat"), ("function_calling", "response_schema"))
    return Draft(needs, stated, (accuracy(_between(rng, "0.80", "0.87")),))


def _desk(rng: random.Random) -> Draft:
    stated: dict[str, Stated] = {
        "fresh_tokens": _range(rng, (1, 900), (2_000, 9_000)),
        "output_tokens": _range(rng, (0, 90), (100, 600)),
    }
    ensure = (accuracy(_between(rng, "0.6", "0.84")), latency(_between(rng, "7", "11")))
    budget = _between(rng, "0.04", "0.07")
    return Draft(_needs("chat", "function_calling"), stated, ensure, budget)


def _triage(rng: random.Random) -> Draft:
    stated: dict[str, Stated] = {
        "fresh_tokens": _range(rng, (1, 900), (1_000, 4_000)),
        "output_tokens": _range(rng, (0, 90), (100, 600)),
        "residency": Among({"anywhere", "eu"}),
    }
    needs = _needs("chat", "function_calling", "response_schema")
    return Draft(needs, stated, (), _between(rng, "0.01", "0.09"), "cheapest")


def _records(rng: random.Random) -> Draft:
    stated: dict[str, Stated] = {
        "fresh_tokens": _range(rng, (1, 900), (1_000, 4_000)),
        "output_tokens": _range(rng, (0, 90), (100, 400)),
        "data": Among({"internal", "health"}),
    }
    return Draft(_needs("chat"), stated, (accuracy(_between(rng, "0.5", "0.9")),))


SHAPES: Final[Mapping[str, tuple[Shape, ...]]] = {
    "a": (_answer, _plain_answer, _seen_answer, _urgent_answer),
    "b": (_european, _american, _reasoned, _accurate),
    "c": (_too_quick, _too_cheap, _too_long, _nowhere),
    "d": (_night, _desk, _triage, _records),
}
