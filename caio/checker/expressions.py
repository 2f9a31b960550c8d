"""Canonical expressions: affine terms, formulas and requirement atoms (documents-v1 section 4).

Reading checks sorts, order and origins; only linear terms can be written. Equal texts become one
object, so that whatever is computed from an expression can be remembered under its identity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from . import canonical
from .reader import Number, Value, increasing
from .vocabulary import Field, Variable, Vocabulary

Origins: TypeAlias = frozenset[str]
REQUEST: Final = frozenset({"request"})
ENVIRONMENT: Final = frozenset({"env"})
GUARD: Final = REQUEST | ENVIRONMENT
CONDITION: Final = GUARD | {"fact"}

_MAGNITUDES: Final = frozenset({"int", "rational", "instant"})
_RELATIONS: Final = "<= < >= >"


@dataclass(frozen=True, slots=True, eq=False)
class Affine:
    """constant + Σ coefficient · (sum of variables); only a count sums all members of a set."""

    constant: Number
    terms: tuple[tuple[tuple[Variable, ...], Number], ...] = ()
    counted: bool = False

    @staticmethod
    def of(variable: Variable) -> Affine:
        """A variable as a term."""
        return Affine(0, (((variable,), 1),))

    def minus(self, other: Affine) -> Affine:
        """The difference, in which a variable may occur twice."""
        negated = tuple((variables, -coefficient) for variables, coefficient in other.terms)
        return Affine(self.constant - other.constant, self.terms + negated)


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A formula as it is written: `head` and whichever of the other parts that head has.

    `["has", v, m]` is read as `is` of the member's variable.
    """

    head: str
    parts: tuple[Expression, ...] = ()
    affine: Affine = Affine(0)
    variables: tuple[Variable, ...] = ()
    values: tuple[int, ...] = ()


TRUE: Final = Expression("true")
FALSE: Final = Expression("false")


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A bound on a metric, the cost, a numeric attribute or the time, required or guaranteed."""

    on: str
    name: str
    variable: Variable
    relation: str
    bound: Affine
    level: Number | None = None
    when: Expression = TRUE

    @property
    def upper(self) -> bool:
        """Whether this bounds from above."""
        return self.relation[0] == "<"

    @property
    def strict(self) -> bool:
        """Whether the bound itself is excluded."""
        return len(self.relation) == 1


@dataclass(frozen=True, slots=True, eq=False)
class Membership:
    """The value of an enumerated or Boolean attribute is inside `values`, or known to be not."""

    name: str
    values: frozenset[int]
    inside: bool


@dataclass(frozen=True, slots=True, eq=False)
class Capability:
    """A capability is provided, or is not."""

    name: str
    provided: bool


Requirement: TypeAlias = Bound | Membership | Capability


class Expressions:
    """The expressions over one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._affine: dict[tuple[Origins, str], Affine] = {}
        self._formulas: dict[tuple[Origins, str], Expression] = {}

    def affine(self, value: Value, origins: Origins) -> Affine:
        """An affine term over variables of `origins`."""
        key = origins, canonical.text(value.raw)
        found = self._affine.get(key)
        if found is not None:
            return found
        constant, written = value.record("constant terms")
        terms: list[tuple[tuple[Variable, ...], Number]] = []
        counted = False
        for name, coefficient in written.entries().items():
            count = name.startswith("count(") and name.endswith(")")
            sorts = frozenset({"set"}) if count else _MAGNITUDES
            field = self._field(coefficient, name[6:-1] if count else name, origins, sorts)
            if coefficient.number() == 0:
                raise coefficient.rejection("canonical", "a coefficient that is not 0")
            terms.append((field.variables, coefficient.number()))
            counted = counted or count
        self._affine[key] = found = Affine(constant.number(), tuple(terms), counted)
        return found

    def _field(self, at: Value, name: str, origins: Origins, sorts: frozenset[str]) -> Field:
        field = self._vocabulary.variables.get(name)
        if field is None:
            raise at.rejection("reference", "a declared variable", name)
        if name.partition(".")[0] not in origins:
            raise at.rejection("origin", f"a variable of {' or '.join(sorted(origins))}", name)
        if field.sort not in sorts:
            raise at.rejection("sort", f"a variable of sort {' or '.join(sorted(sorts))}", name)
        return field

    def formula(self, value: Value, origins: Origins) -> Expression:
        """A formula over variables of `origins`."""
        key = origins, canonical.text(value.raw)
        found = self._formulas.get(key)
        if found is None:
            self._formulas[key] = found = self._read(value, origins)
        return found

    def formulas(self, value: Value, origins: Origins) -> tuple[Expression, ...]:
        """A list of formulas."""
        return tuple(self.formula(item, origins) for item in value.items())

    def _read(self, value: Value, origins: Origins) -> Expression:
        if type(value.raw) is bool:
            return TRUE if value.raw else FALSE
        first, *items = value.items(filled=True)
        head = first.choice("not and or le lt eq in has is")
        size = {"and": len(items), "or": len(items), "in": 2, "has": 2}.get(head, 1)
        if len(items) != size or (head in {"and", "or"} and size < 2):
            raise value.rejection("shape", f"the parts of `{head}`")
        if head in {"not", "and", "or"}:
            return Expression(head, tuple(self._read(item, origins) for item in items))
        if head in {"le", "lt", "eq"}:
            return Expression(head, affine=self.affine(items[0], origins))
        sort = {"in": "enum", "has": "set", "is": "bool"}[head]
        field = self._field(items[0], items[0].text(), origins, frozenset({sort}))
        if head == "in":
            values = items[1].ordered(field.members, filled=True)
            return Expression(head, variables=field.variables, values=values)
        member = field.members[items[1].known(field.members)] if head == "has" else 0
        return Expression("is", variables=(field.variables[member],))

    def guarantee(self, value: Value) -> Bound:
        """A guarantee of a service or an overlay."""
        name, relation, bound, when, level = value.record("metric relation bound when level")
        metric = self._vocabulary.metrics[name.known(self._vocabulary.metrics)]
        affine, guard = self.affine(bound, REQUEST), self.formula(when, GUARD)
        word, share = relation.choice(_RELATIONS), metric.read_level(level)
        return Bound("metric", metric.name, metric.variable, word, affine, share, guard)

    def requirement(self, value: Value) -> Requirement:
        """A requirement atom."""
        row = value.entries()
        on = row["on"].text() if "on" in row else ""
        if on == "capability":
            _, name, provided = value.record("on name provided")
            return Capability(name.known(self._vocabulary.capabilities), provided.boolean())
        if on == "attribute" and ("in" in row or "not_in" in row):
            return self._membership(value, "in" if "in" in row else "not_in")
        word = row["relation"].choice(_RELATIONS) if "relation" in row else ""
        if on == "metric":
            _, name, _, bound, level = value.record("on name relation bound level")
            metric = self._vocabulary.metrics[name.known(self._vocabulary.metrics)]
            affine, share = self.affine(bound, GUARD), metric.read_level(level)
            return Bound(on, metric.name, metric.variable, word, affine, share)
        if on == "cost":
            _, _, bound = value.record("on relation bound")
            if self._vocabulary.cost_upper is None:
                raise value.rejection("reference", "no cost where the vocabulary declares none")
            return Bound(on, "", self._vocabulary.cost, word, self.affine(bound, GUARD))
        if on == "time":
            _, _, bound = value.record("on relation bound")
            at = self._vocabulary.variables["env.at"].variable
            return Bound(on, "", at, word, Affine(bound.number()))
        if on != "attribute":
            raise value.rejection("shape", "a requirement on something known")
        _, name, _, bound = value.record("on name relation bound")
        field = self._attribute(name, _MAGNITUDES)
        return Bound(on, name.text(), field.variable, word, Affine(bound.number()))

    def _attribute(self, name: Value, sorts: frozenset[str]) -> Field:
        field = self._vocabulary.fields["attributes"][
            name.known(self._vocabulary.fields["attributes"])
        ]
        if field.sort not in sorts:
            raise name.rejection("sort", f"an attribute of sort {' or '.join(sorted(sorts))}")
        return field

    def _membership(self, value: Value, key: str) -> Membership:
        _, name, values = value.record(f"on name {key}")
        field = self._attribute(name, frozenset({"enum", "bool"}))
        if field.sort == "enum":
            indices = values.ordered(field.members, filled=True)
        else:
            items = values.items(filled=True)
            indices = tuple(int(item.boolean()) for item in items)
            increasing(items, indices)
        return Membership(name.text(), frozenset(indices), key == "in")
