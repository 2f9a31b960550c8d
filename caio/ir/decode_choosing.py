"""Canonical JSON to profiles and measurements: how to choose, and what was measured for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from fractions import Fraction
from typing import Final, TypeVar

from caio.ir import documents as d
from caio.ir import reader as r
from caio.ir.decode_terms import decode_formula
from caio.ir.reader import DecodeError, Object

PROFILE: Final = frozenset(
    [
        "kind",
        "vocabulary",
        "name",
        "objective",
        "weights",
        "controls",
        "resolution",
        "performance",
        "limits",
        "optimality",
        "pins",
    ]
)
"""The members of a profile."""
MEASUREMENTS: Final = frozenset(
    ["kind", "vocabulary", "name", "procedure", "resolution", "inputs", "intervals", "terms"]
)
"""The members of measurements."""
_LIMITS: Final = frozenset(["available", "routing_allowance", "facts", "solver_units"])
_WEIGHTS: Final[dict[str, type[d.Weights | d.FieldWeights]]] = {
    "eq1.5": d.Weights,
    "eq1.1": d.FieldWeights,
}
_T = TypeVar("_T")


def decode_profile(members: Object, digest: str, _: d.Vocabulary) -> d.Profile:
    """A profile.

    Raises:
        DecodeError: the value is none.
    """
    objective = r.member(members, "objective", r.one_of(*_WEIGHTS))
    optimality = r.member(members, "optimality", r.one_of("required", "optional"))
    return d.Profile(
        vocabulary=digest,
        name=r.member(members, "name", r.name),
        weights=r.member(members, "weights", lambda value: _weights(value, objective)),
        resolution=r.member(members, "resolution", r.number),
        performance=r.member(members, "performance", _distinct_names),
        limits=r.member(members, "limits", _limits),
        optional_optimality=optimality == "optional",
        pins=r.member(members, "pins", lambda value: _entries(value, r.version)),
        controls=r.many(members, "controls", _control),
    )


def decode_measurements(members: Object, digest: str, _: d.Vocabulary) -> d.Measurements:
    """Measurements.

    Raises:
        DecodeError: the value is none.
    """
    return d.Measurements(
        vocabulary=digest,
        name=r.member(members, "name", r.name),
        procedure=r.member(members, "procedure", r.string),
        resolution=r.member(members, "resolution", r.number),
        inputs=r.member(members, "inputs", lambda value: _entries(value, r.digest_name)),
        intervals=r.member(members, "intervals", lambda value: _entries(value, _interval)),
        terms=r.member(members, "terms", lambda value: _entries(value, _terms)),
    )


def _weights(value: object, objective: str) -> d.Weights | d.FieldWeights:
    kind = _WEIGHTS[objective]
    names = [field.name for field in fields(kind)]
    members = r.members(value, frozenset(names))
    return kind(*(r.member(members, name, r.natural) for name in names))


def _control(value: object) -> d.Control:
    members = r.members(value, frozenset({"name", "excitation", "damping"}))
    return d.Control(
        r.member(members, "name", r.name),
        r.member(members, "excitation", r.natural),
        r.member(members, "damping", r.natural),
    )


def _limits(value: object) -> d.Limits:
    members = r.members(value, _LIMITS)
    return d.Limits(
        r.many(members, "available", decode_formula),
        r.member(members, "routing_allowance", r.natural),
        r.member(members, "facts", _distinct_names),
        r.member(members, "solver_units", r.whole),
    )


def _interval(value: object) -> tuple[Fraction, Fraction]:
    ends = r.array(value, r.number)
    if len(ends) != 2 or ends[0] > ends[1]:
        raise DecodeError("expected an interval: two numbers, the lower one first")
    return ends[0], ends[1]


def _terms(value: object) -> d.FieldTerms:
    members = r.members(value, frozenset({"intent", "attention", "resonance", "policy"}))
    return d.FieldTerms(
        r.member(members, "intent", _steps),
        r.member(members, "attention", _steps),
        r.member(members, "resonance", _steps),
        r.member(members, "policy", lambda value: _entries(value, _steps)),
    )


def _steps(value: object) -> int:
    result = r.integer(value)
    if result < 0:
        raise DecodeError(f"`{result}` is negative")
    return result


def _distinct_names(value: object) -> tuple[str, ...]:
    return r.distinct(r.array(value, r.name))


def _entries(value: object, decode: Callable[[object], _T]) -> tuple[tuple[str, _T], ...]:
    """An object with any names as pairs, in order of name."""
    if type(value) is not dict:
        raise r.expected("an object", value)
    return tuple(sorted((r.name(key), r.member(value, key, decode)) for key in value))
