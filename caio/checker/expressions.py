"""Canonical expressions: affine terms, formulas and requirement atoms (documents-v1 section 4).

Reading checks sorts, order and origins, and gives the formula that an expression means; only linear
terms can be written. Equal texts give one object.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final, NamedTuple

from .formulas import FALSE, TRUE, Affine, Formula, Formulas, Variable
from .reader import Number, Record, Rejection, Value, canonical, increasing
from .vocabulary import Field, Levels

_ORIGINS: Final = {
    **{"request": ("request",), "environment": ("env",), "guard": ("request", "env")},
    "condition": ("request", "fact", "env"),
}
_MAGNITUDES: Final = ("int", "rational", "instant")


class Requirement(NamedTuple):
    """A requirement atom, or a guarantee or cost case with its guard.

    A metric, the cost, a numeric attribute or the time (`on`) is bounded from above or below; an
    enumerated attribute (`member`) is inside `values` or known to be not, and a `capability` is
    provided or not: `positive`.
    """

    on: str
    name: str
    variable: Variable | None = None
    upper: bool = False
    strict: bool = False
    bound: Affine = Affine(0)
    level: Number | None = None
    when: Formula = TRUE
    values: frozenset[int] = frozenset()
    positive: bool = True

    @property
    def gap(self) -> Affine:
        """What is at most (if strict: less than) 0 where the bound is kept."""
        variable = Affine.of(self.variable) if self.variable else Affine(0)
        return variable.minus(self.bound) if self.upper else self.bound.minus(variable)


def mentioned(raw: object) -> Iterator[str]:
    """The variables that occur in a formula as it is written, already found to be one."""
    if isinstance(raw, dict):
        yield from (name.removeprefix("count(").removesuffix(")") for name in raw["terms"])
    elif isinstance(raw, list):
        known = raw[0] in {"in", "has", "is"}
        yield from raw[1:2] if known else chain.from_iterable(map(mentioned, raw[1:]))


class Expressions(Levels):
    """Reads the expressions over one vocabulary."""

    def __init__(self, vocabulary: Record, formulas: Formulas) -> None:
        self.vocabulary = vocabulary
        self._make = formulas
        self._affine: dict[tuple[str, str], Affine] = {}
        self._formulas: dict[tuple[str, str], Formula] = {}

    def _read_affine(self, value: Value, origins: str) -> Affine:
        key = origins, canonical(value.raw)
        if key not in self._affine:
            constant, terms = value.record("constant terms")
            sides: list[tuple[tuple[Variable, ...], Number]] = []
            for name, factor in terms.entries().items():
                count = name.startswith("count(") and name.endswith(")")
                own = Value(name[6:-1] if count else name, name, terms)
                field = self._field(own, origins, *(("set",) if count else _MAGNITUDES))
                factor.need(factor.number() != 0, "canonical", "a factor that is not 0")
                sides.append((field.variables, factor.number()))
            self._affine[key] = Affine(constant.number(), tuple(sides))
        return self._affine[key]

    def _field(self, name: Value, origins: str, *sorts: str) -> Field:
        field: Field = name.known(self.vocabulary.variables)
        origin = name.a(str).partition(".")[0]
        name.need(origin in _ORIGINS[origins], "origin", f"one of {', '.join(_ORIGINS[origins])}")
        name.need(field.sort in sorts, "sort", f"a variable of sort {' or '.join(sorts)}")
        return field

    def _read_formula(self, value: Value, origins: str) -> Formula:
        key = origins, canonical(value.raw)
        if key not in self._formulas:
            try:
                self._formulas[key] = self._formula(value, origins)
            except Rejection as rejection:
                raise rejection if rejection.path else rejection.within(value.path) from None
        return self._formulas[key]

    def _formula(self, value: Value, origins: str) -> Formula:
        if isinstance(value.raw, bool):
            return TRUE if value.raw else FALSE
        first, *items = value.items(filled=True)
        head, many = first.choice("not and or le lt eq in has is"), max(2, len(items))
        size = {"and": many, "or": many, "in": 2, "has": 2}.get(head, 1)
        value.need(len(items) == size, "shape", f"the parts of `{head}`")
        if head in {"not", "and", "or"}:
            parts = [self._formula(item, origins) for item in items]
            join = self._make.conjunction if head == "and" else self._make.disjunction
            return parts[0].opposite if head == "not" else join(parts)
        if head in {"le", "lt", "eq"}:
            affine, strict = self._read_affine(items[0], origins), head == "lt"
            equal = head == "eq"
            return self._make.equation(affine) if equal else self._make.compare(affine, strict)
        field = self._field(items[0], origins, {"in": "enum", "has": "set", "is": "bool"}[head])
        if head == "in":
            return self._make.member(field.variable, items[1].ordered(field.members, filled=True))
        index = items[1].known(field.members) if head == "has" else 0
        return self._make.holds(field.variables[index])

    def _bound(
        self, on: str, relation: Value, bound: Affine, name: str, variable: Variable
    ) -> Requirement:
        word = relation.choice("<= < >= >")
        return Requirement(on, name, variable, word[0] == "<", len(word) == 1, bound)

    def _on_metric(self, name: Value, relation: Value, bound: Affine, level: Value) -> Requirement:
        metric = name.known(self.vocabulary.metrics)
        fits = (level.raw is None) == (metric.level is None)
        level.need(fits, "shape", "a level iff the metric is a quantile")
        found = self._bound("metric", relation, bound, metric.name, metric.variable)
        return found._replace(level=self.read("?level", level))

    def _read_guarantee(self, value: Value) -> Requirement:
        name, relation, bound, when, level = value.record("metric relation bound when level")
        found = self._on_metric(name, relation, self._read_affine(bound, "request"), level)
        return found._replace(when=self._read_formula(when, "guard"))

    def _read_case(self, value: Value) -> Requirement:
        """A cost case, as the bound on the cost that it is."""
        value.need(self.vocabulary.cost, "reference", "a vocabulary that declares a cost")
        when, amount = value.record("when amount")
        guard, affine = self._read_formula(when, "guard"), self._read_affine(amount, "request")
        variable = self.vocabulary.cost_variable
        return Requirement("cost", "", variable, True, bound=affine, when=guard)

    def _read_requirement(self, value: Value) -> Requirement:
        row, own = value.entries(), self.vocabulary
        on = row.get("on", value).choice("metric cost attribute capability time")
        if on == "capability":
            _, name, provided = value.record("on name provided")
            name.known(own.capabilities)
            return Requirement(on, name.a(str), positive=provided.a(bool))
        if on == "metric":
            _, name, relation, bound, level = value.record("on name relation bound level")
            return self._on_metric(name, relation, self._read_affine(bound, "guard"), level)
        if on != "attribute":
            _, relation, bound = value.record("on relation bound")
            if on == "time":
                now = own.variables["env.at"].variable
                return self._bound(on, relation, Affine(bound.number()), "", now)
            value.need(own.cost, "reference", "a vocabulary that declares a cost")
            affine = self._read_affine(bound, "guard")
            return self._bound(on, relation, affine, "", own.cost_variable)
        field: Field = row.get("name", value).known(own.attributes)
        if field.sort in _MAGNITUDES:
            *_, relation, bound = value.record("on name relation bound")
            affine = Affine(bound.number())
            return self._bound(on, relation, affine, field.name, field.variable)
        key = "in" if "in" in row else "not_in"
        values = value.record(f"on name {key}")[2]
        items = values.items(filled=True)
        if field.sort == "enum":
            indices = values.ordered(field.members)
        else:
            indices = tuple(int(item.a(bool)) for item in items)
            increasing(items, indices)
        inside = frozenset(indices)
        return Requirement("member", field.name, values=inside, positive=key == "in")
