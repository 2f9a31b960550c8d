"""The fields of a vocabulary as axes: the variables that stand for each, and the value that a reader expects of it.

A field of sort set has one variable per member, every other field one. The usual value of a field is its declared default;
where there is none: false, the value nearest to zero, the first member, the empty set, the instant nearest to the start
of 2000. What may have no value at all (the control of a candidate, an attribute) usually has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from caio.ir import documents as d
from caio.obligations.formula import Formula, Scope, equals
from caio.obligations.meaning import Meaning
from caio.smt.render import nearest_to_zero

ORIGINS: Final = ("request", "fact", "env", "measured", "choice")
"""What describes a call, in the order in which fields are taken up; all else is about services and outcomes."""

USUAL_INSTANT: Final = Fraction(946_684_800_000_000)
"""2000-01-01 in microseconds: no instant is ordinary, so that a fixed one has to do."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A field of a call.

    Attributes:
        name: its qualified name.
        type: its type.
        variables: what stands for it in formulas, members of a set in declaration order.
        usual: the usual value of each variable.
        declared: whether that is its declared default.
    """

    name: str
    type: d.Type
    variables: tuple[str, ...]
    usual: tuple[Fraction, ...]
    declared: bool = False

    @property
    def origin(self) -> str:
        """``request``, ``fact``, ``env``, ``measured`` or ``choice``."""
        return self.name.partition(".")[0]

    @property
    def numeric(self) -> bool:
        """Whether its values are ordered: a number or an instant."""
        return isinstance(self.type, d.IntType | d.RationalType | d.InstantType)

    def is_usual(self, values: Mapping[str, Fraction]) -> bool:
        """Whether it has its usual value; variables without a value count as usual."""
        return all(
            values.get(name, usual) == usual
            for name, usual in zip(self.variables, self.usual, strict=True)
        )

    def defaults(self) -> dict[str, Fraction]:
        """The usual value by variable."""
        return dict(zip(self.variables, self.usual, strict=True))


def axes_of(meaning: Meaning) -> tuple[Axis, ...]:
    """Every field of a call in the fixed order: request, facts, environment (time first), measured fields, choice."""
    found: list[Axis] = []
    for origin in ORIGINS:
        if origin == "env":
            found.append(_axis("env.at", d.Field("at", d.InstantType()), meaning))
        fields = meaning.vocabulary.fields(origin)
        found += [_axis(f"{origin}.{field.name}", field, meaning) for field in fields]
    return tuple(found)


def at_defaults(meaning: Meaning) -> tuple[Formula, ...]:
    """That every quantity of a request with a declared default is at it: a premise for describing ordinary requests.

    A registry has dozens of quantities that an ordinary call does not touch, and a region that speaks of all of them says little.
    """
    return tuple(
        equals(name, value, meaning.scope)
        for axis in axes_of(meaning)
        if axis.declared and axis.numeric
        for name, value in axis.defaults().items()
    )


def usual_of(name: str, scope: Scope) -> Fraction:
    """The usual value of a variable that belongs to no field of a call: no value if it may have none, else near zero.

    Raises:
        KeyError: the variable is not in scope.
    """
    variable = scope[name]
    if name.startswith("service.") and variable.lower is not None:
        return variable.lower
    return nearest_to_zero(variable)


def _axis(name: str, field: d.Field, meaning: Meaning) -> Axis:
    kind, default = field.type, field.default
    if isinstance(kind, d.SetType):
        held = default if isinstance(default, tuple) else ()
        members = meaning.vocabulary.enum(kind.enum).names()
        variables = tuple(f"{name}:{member}" for member in members)
        usual_members = tuple(Fraction(member in held) for member in members)
        return Axis(name, kind, variables, usual_members, declared=default is not None)
    variable = meaning.scope[name]
    if default is not None:
        usual = meaning.number(kind, default)
    elif isinstance(kind, d.EnumType | d.BoolType):
        usual = variable.lower or Fraction(0)
    elif isinstance(kind, d.InstantType):
        usual = USUAL_INSTANT
    else:
        usual = nearest_to_zero(variable)
    return Axis(name, kind, (name,), (usual,), declared=default is not None)
