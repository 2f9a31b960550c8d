"""Canonical vocabularies: unique names, known types and units, roles that fit, ranges that hold something."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from caio.base.errors import InputError
from caio.base.units import DURATION, Units, is_reserved
from caio.ir import documents as d
from caio.ir.reader import DecodeError, quoted
from caio.sema.scope import Scope
from caio.sema.types import CHOICES, MAX_MEMBERS
from caio.sema.validate import Validator
from caio.sema.vocabulary import ROLES

SECTIONS = {
    "request": "request",
    "facts": "fact",
    "environment": "env",
    "measured": "measured",
    "attributes": "service",
}
"""The sections of fields, and the prefixes of their variables."""


def validate_vocabulary(vocabulary: d.Vocabulary) -> None:
    """Accept a vocabulary, or say what is wrong with it.

    Raises:
        DecodeError: the first thing that is wrong, with its path.
    """
    units = Units.of(vocabulary.units)
    _unique((unit for unit in vocabulary.units), "units")
    for unit in vocabulary.units:
        if is_reserved(unit):
            raise DecodeError(f"{quoted(unit)} is built in", "units")
    _unique(vocabulary.capabilities, "capabilities")
    _unique(vocabulary.controls, "controls")
    if d.NO_CONTROL in vocabulary.controls:
        raise DecodeError(f"{quoted(d.NO_CONTROL)} stands for no control at all", "controls")
    _unique((enum.name for enum in vocabulary.enums), "enums")
    for index, enum in enumerate(vocabulary.enums):
        path = f"enums[{index}].members"
        if enum.name in CHOICES:
            raise DecodeError(f"{quoted(enum.name)} is built in", f"enums[{index}].name")
        _unique(enum.names(), path)
        if not 0 < len(enum.members) <= MAX_MEMBERS:
            raise DecodeError(f"expected 1 to {MAX_MEMBERS} members", path)
    _metrics(vocabulary.metrics, units)
    if vocabulary.cost is not None:
        _dimension(vocabulary.cost.dimension, units, "cost.dimension")
        if vocabulary.cost.upper <= 0:
            raise DecodeError("the declared worst cost is positive", "cost.upper")
    validator = Validator(Scope(vocabulary, ""))
    for section, origin in SECTIONS.items():
        _fields(vocabulary.fields(origin), section, origin, units, validator)


def _unique(names: Iterable[str], path: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DecodeError(f"{quoted(name)} is declared twice", path)
        seen.add(name)


def _dimension(name: str, units: Units, path: str) -> None:
    try:
        known = units.dimension(name).name == name
    except InputError:
        known = False
    if not known:
        raise DecodeError(f"{quoted(name)} is not a dimension", path)


def _metrics(metrics: tuple[d.Metric, ...], units: Units) -> None:
    _unique((metric.name for metric in metrics), "metrics")
    _unique((metric.role for metric in metrics if metric.role is not None), "metrics")
    for index, metric in enumerate(metrics):
        path = f"metrics[{index}]"
        _dimension(metric.dimension, units, f"{path}.dimension")
        if metric.lower >= metric.upper:
            raise DecodeError("the lower end lies below the upper one", path)
        if (metric.level is not None) != (metric.statistic is d.Statistic.QUANTILE):
            raise DecodeError("a level iff the metric is a quantile", f"{path}.level")
        if metric.level is not None and not 0 < metric.level < 1:
            raise DecodeError("a level lies in (0, 1)", f"{path}.level")
        if metric.role is not None and (
            units.dimension(metric.dimension) != DURATION or metric.better != "lower"
        ):
            raise DecodeError("latency is a time of which less is better", f"{path}.role")


def _fields(
    fields: tuple[d.Field, ...], section: str, origin: str, units: Units, validator: Validator
) -> None:
    _unique((field.name for field in fields), section)
    _unique((field.role for field in fields if field.role is not None), section)
    for index, field in enumerate(fields):
        path = f"{section}[{index}]"
        _type(field.type, origin, units, validator, f"{path}.type")
        if origin == "env" and field.name == "at":
            raise DecodeError("`at` is built in", f"{path}.name")
        if field.role is not None:
            role = ROLES[origin].get(field.role)
            if role is None or not role.fits(field.type):
                raise DecodeError(f"{quoted(field.role)} is no role of this", f"{path}.role")
        if field.default is not None:
            problem = validator.value_problem(field.default, field.type)
            if origin != "request":
                problem = "only request fields have defaults"
            if problem is not None:
                raise DecodeError(problem, f"{path}.default")


def _type(kind: d.Type, origin: str, units: Units, validator: Validator, path: str) -> None:
    match kind:
        case d.EnumType(enum) | d.SetType(enum):
            if enum not in validator.scope.enums:
                raise DecodeError(f"there is no enumeration {quoted(enum)}", path)
            if origin == "service" and isinstance(kind, d.SetType):
                raise DecodeError("an attribute is no set", path)
        case d.IntType(dimension, lower, upper):
            _dimension(dimension, units, path)
            _range(Fraction(lower), Fraction(upper), path)
        case d.RationalType(dimension, low, high):
            _dimension(dimension, units, path)
            _range(low, high, path)
        case d.BoolType() | d.InstantType():
            pass


def _range(low: Fraction | None, high: Fraction | None, path: str) -> None:
    if low is not None and high is not None and low > high:
        raise DecodeError("the lower end lies above the upper one", path)
