"""Canonical expressions: affine terms, formulas and requirement atoms (documents-v1 section 4).

Reading checks sorts, order and origins, and gives the formula that an expression means; only linear
terms can be written.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Final, NamedTuple

from .formulas import FALSE, TRUE, Affine, Formula, Formulas, Variable, term
from .reader import Number, Reader, Record, Rejection, Value, canonical, increasing
from .vocabulary import Field

_ORIGINS: Final = {
    "request": ("request",),
    "environment": ("env",),
    "guard": ("request", "env"),
    "condition": ("request", "fact", "env"),
}
_MAGNITUDES: Final = ("int", "rational", "instant")
_BOUND: Final = "relation:<=|<|>=|> bound"


class Requirement(NamedTuple):
    """A requirement atom, or a guarantee or cost case with its guard.

    A metric, the cost, a numeric attribute or the time (`on`) is bounded from above or below; an
    enumerated attribute (`member`) is inside `values` or known to be not, and a `capability` is
    provided or not: `positive`.
    """

    on: str
    name: str = ""
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
        variable = term(self.variable) if self.variable else Affine(0)
        return variable.minus(self.bound) if self.upper else self.bound.minus(variable)


def mentioned(raw: object) -> Iterator[str]:
    """The variables that occur in a formula as it is written, already found to be one."""
    if isinstance(raw, dict):
        yield from (name.removeprefix("count(").removesuffix(")") for name in raw["terms"])
    elif isinstance(raw, list):
        named = raw[0] in {"in", "has", "is"}
        yield from raw[1:2] if named else chain.from_iterable(map(mentioned, raw[1:]))


class Expressions(Reader):
    """Reads the expressions over one vocabulary; equal formulas are read once."""

    shapes = {  # noqa: RUF012 - read by the base class alone
        "guarantee": f"metric:text {_BOUND}:affine/request when:formula/guard level:?level",
        "case": "when:formula/guard amount:affine/request",
        "metric": f"on:text name:text {_BOUND}:affine/guard level:?level",
        "cost": f"on:text {_BOUND}:affine/guard",
        "attribute": f"on:text name:text {_BOUND}:constant",
        "time": f"on:text {_BOUND}:constant",
        "capability": "on:text name:one/capabilities provided:flag",
    }

    def __init__(self, vocabulary: Record, formulas: Formulas) -> None:
        self.vocabulary, self._make = vocabulary, formulas
        self._known: dict[tuple[str, str], Formula] = {}

    def _read_one(self, value: Value, table: str) -> str:
        value.known(getattr(self.vocabulary, table))
        return value.a(str)

    def _read_constant(self, value: Value) -> Affine:
        return Affine(value.number())

    def _read_affine(self, value: Value, origins: str) -> Affine:
        constant, terms = value.record("constant terms")
        sides: list[tuple[tuple[Variable, ...], Number]] = []
        for name, factor in terms.entries().items():
            count = name.startswith("count(") and name.endswith(")")
            own = Value(name[6:-1] if count else name, name, terms)
            field = self._field(own, origins, *(("set",) if count else _MAGNITUDES))
            factor.need(factor.number() != 0, "canonical", "a factor that is not 0")
            sides.append((field.variables, factor.number()))
        return Affine(constant.number(), tuple(sides))

    def _field(self, name: Value, origins: str, *sorts: str) -> Field:
        field: Field = name.known(self.vocabulary.fields)
        origin = name.a(str).partition(".")[0]
        name.need(origin in _ORIGINS[origins], "origin", f"one of {', '.join(_ORIGINS[origins])}")
        name.need(field.sort in sorts, "sort", f"a variable of sort {' or '.join(sorts)}")
        return field

    def _read_formula(self, value: Value, origins: str) -> Formula:
        key = origins, canonical(value.raw)
        try:
            self._known[key] = self._known.get(key) or self._formula(value, origins)
        except Rejection as rejection:
            raise rejection if rejection.path else rejection.within(value.path) from None
        return self._known[key]

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
            left = self._read_affine(items[0], origins)
            equal = head == "eq"
            return self._make.equation(left) if equal else self._make.compare(left, head == "lt")
        field = self._field(items[0], origins, {"in": "enum", "has": "set", "is": "bool"}[head])
        if head == "in":
            return self._make.member(field.variable, items[1].ordered(field.members, filled=True))
        index = items[1].known(field.members) if head == "has" else 0
        return self._make.holds(field.variables[index])

    def _bound(self, value: Value, on: str, own: Record | Field, row: Record) -> Requirement:
        priced = on != "cost" or self.vocabulary.cost
        value.need(priced, "reference", "a vocabulary that declares a cost")
        upper, strict = row.relation[0] == "<", len(row.relation) == 1
        found = Requirement(on, own.name, own.variable, upper, strict, row.bound)
        if on != "metric":
            return found
        fits = isinstance(own, Record) and (row.level is None) == (own.level is None)
        value.need(fits, "shape", "a level iff the metric is a quantile")
        return found._replace(level=row.level)

    def _read_guarantee(self, value: Value) -> Requirement:
        row, metric = self.record("guarantee", value), value.entries()["metric"]
        found = self._bound(value, "metric", metric.known(self.vocabulary.metrics), row)
        return found._replace(when=row.when)

    def _read_case(self, value: Value) -> Requirement:
        """A cost case, as the bound on the cost that it is."""
        row, price = self.record("case", value), self.vocabulary.price
        value.need(self.vocabulary.cost, "reference", "a vocabulary that declares a cost")
        return Requirement(
            "cost", price.name, price.variable, True, False, row.amount, None, row.when
        )

    def _read_requirement(self, value: Value) -> Requirement:
        fields, own = value.entries(), self.vocabulary
        on = fields.get("on", value).choice("metric cost attribute capability time")
        field: Field | Record = own.price if on == "cost" else own.fields["env.at"]
        if on in {"metric", "attribute"}:
            field = fields.get("name", value).known(getattr(own, f"{on}s"))
        if isinstance(field, Field) and field.sort not in _MAGNITUDES:
            return self._membership(value, field)
        row = self.record(on, value)
        if on == "capability":
            return Requirement(on, row.name, positive=row.provided)
        return self._bound(value, on, field, row)

    def _membership(self, value: Value, field: Field) -> Requirement:
        inside = "in" in value.entries()
        *_, values = value.record(f"on name {'in' if inside else 'not_in'}")
        items = values.items(filled=True)
        if field.sort == "enum":
            indices = values.ordered(field.members)
        else:
            indices = increasing(items, tuple(int(item.a(bool)) for item in items))
        return Requirement("member", field.name, values=frozenset(indices), positive=inside)
