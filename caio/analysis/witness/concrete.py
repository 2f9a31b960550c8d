"""A point as the reference interpreter reads it, so that a counterexample can be replayed without any formula of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.interpret import Outcome, holds

NONE_OF_THEM: Final = ""
"""Stands for an enumeration or Boolean that has none of its values: no member is called so, and it is not true."""


@dataclass(frozen=True, slots=True)
class Concrete:
    """An assignment of numbers as values of the language.

    Attributes:
        point: values by qualified variable; metrics, cost and attributes among them, as conditions of properties name them.
        outcome: the metrics and the cost again, as the interpreter takes them for the outcome of a call.
    """

    point: Mapping[str, d.Value]
    outcome: Outcome


def concrete(values: Mapping[str, Fraction], vocabulary: d.Vocabulary) -> Concrete:
    """The values that an assignment stands for.

    A set holds the members whose variables are 1; members that the assignment leaves out are not held. Variables that
    are no values of a document (selectors, capabilities) are left out.

    Args:
        values: numbers by variable (certificate-v1 section 2).
        vocabulary: what the variables mean.
    """
    found: dict[str, d.Value] = {}
    for origin in ("request", "fact", "env", "measured", "choice", "service"):
        for field in vocabulary.fields(origin):
            name = f"{origin}.{field.name}"
            value = _value(name, field.type, values, vocabulary)
            if value is not None:
                found[name] = value
    if "env.at" in values:
        found["env.at"] = values["env.at"]
    metrics = {}
    for metric in vocabulary.metrics:
        known = values.get(f"metric.{metric.name}")
        if known is not None:
            found[f"metric.{metric.name}"] = metrics[metric.name] = known
    cost = values.get(d.COST)
    if cost is not None:
        found[d.COST] = cost
    return Concrete(found, Outcome(metrics, cost))


def replays(
    formulas: Iterable[t.Formula], values: Mapping[str, Fraction], vocabulary: d.Vocabulary
) -> bool:
    """Whether the interpreter finds every one of these expressions true at an assignment.

    The expressions are those of documents, so that this relies neither on their translation nor on any solver.
    """
    point = concrete(values, vocabulary).point
    return all(holds(formula, point) for formula in formulas)


def _value(
    name: str, kind: d.Type, values: Mapping[str, Fraction], vocabulary: d.Vocabulary
) -> d.Value | None:
    if isinstance(kind, d.SetType):
        members = vocabulary.enum(kind.enum).names()
        if not any(f"{name}:{member}" in values for member in members):
            return None
        return tuple(member for member in members if values.get(f"{name}:{member}") == 1)
    value = values.get(name)
    if value is None:
        return None
    match kind:
        case d.BoolType():
            return value == 1 if value >= 0 else NONE_OF_THEM
        case d.EnumType(enum):
            return vocabulary.enum(enum).names()[int(value)] if value >= 0 else NONE_OF_THEM
        case _:
            return value
