"""Expressions: affine terms, formulas and requirement atoms (documents-v1 section 4).

Reading one checks sorts, order and origins, and gives the formula that it means.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias

from .formulas import FALSE, TRUE, Affine, Formula, Formulas, Line, Variable, short_line, term
from .reader import Number, Reader, Record, Value, canonical, increasing
from .vocabulary import Field

_ORIGINS: Final = {
    "request": "request",
    "environment": "env",
    "guard": "request env",
    "choosing": "request fact env measured choice",
    "property": "request fact env metric cost service",
    "aim": "request fact env measured metric cost service",
}
_MAGNITUDES: Final = ("int", "rational", "instant")
_BOUND: Final = "relation:<=|<|>=|> bound"
SHAPES: Final = {
    "guarantee": f"metric:text {_BOUND}:affine/request when:formula/guard level:?level",
    "case": "when:formula/guard amount:affine/request",
    "metric": f"on:text name:text {_BOUND}:affine/guard level:?level",
    "cost": f"on:text {_BOUND}:affine/guard",
    "attribute": f"on:text name:text {_BOUND}:constant",
    "time": f"on:text {_BOUND}:constant",
    "capability": "on:text name:one/capabilities provided:flag",
}


class Requirement(NamedTuple):
    """A requirement atom, or a guarantee or cost case with its guard.

    A metric, the cost, a numeric attribute or the time (`on`) is bounded; an enumerated attribute
    (`member`) is inside `values` or known to be not, a `capability` is provided or not: `positive`.
    An `expression` is at most 0, and `about` has what its metrics, cost and attributes may be.
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
    line: Line | None = None  # Of the bound of a cost case, unless it has many variables.
    about: "About" = ((), ())

    @property
    def gap(self) -> Affine:  # What is at most (if strict: less than) 0 where the bound is kept.
        variable = term(self.variable) if self.variable else Affine(0)
        return variable.minus(self.bound) if self.upper else self.bound.minus(variable)


About: TypeAlias = tuple[tuple[Requirement, ...], tuple[Field, ...]]


class Expressions(Reader):  # Reads the expressions of one vocabulary.
    def __init__(self, vocabulary: Record, formulas: Formulas) -> None:
        self.vocabulary, self._make, self._seen = vocabulary, formulas, set[str]()
        self._known: dict[tuple[str, str], tuple[Formula, frozenset[str]]] = {}
        self._tables = dict[str, dict[str, int]]()  # The places of names in lists.

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
        field: Field = name.known(self.vocabulary.named)
        self._seen.add(name.a(str))
        allowed = _ORIGINS.get(origins, "request fact env")
        name.need(name.a(str).partition(".")[0] in allowed.split(), "origin", f"one of {allowed}")
        name.need(field.sort in sorts, "sort", f"a variable of sort {' or '.join(sorts)}")
        return field

    def _read_formula(self, value: Value, origins: str) -> Formula:
        key, self._make.at = (origins, canonical(value.raw)), value
        if key not in self._known:
            self._seen = set[str]()  # The fields that the formula mentions.
            self._known[key] = self._formula(value, origins), frozenset(self._seen)
        return self._known[key][0]

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
            left, equal = self._read_affine(items[0], origins), head == "eq"
            return self._make.equation(left) if equal else self._make.compare(left, head == "lt")
        field = self._field(items[0], origins, {"in": "enum", "has": "set", "is": "bool"}[head])
        if head == "in":
            values = items[1].ordered(field.members, filled=True)
            return self._make.member(field.variables[0], values)
        index = items[1].known(field.members) if head == "has" else 0
        return self._make.holds(field.variables[index])

    def _bound(self, value: Value, on: str, own: Record | Field, row: Record) -> Requirement:
        value.need(on != "cost" or self.vocabulary.cost, "reference", "a declared cost")
        level, when = (vars(row).get(name) for name in ("level", "when"))
        fitting = not isinstance(own, Record) or (level is None) == (own.level is None)
        value.need(fitting, "shape", "a level iff a quantile")
        upper, strict = row.relation[0] == "<", len(row.relation) == 1
        variable, guard = own.variables[0], when or TRUE
        return Requirement(on, own.name, variable, upper, strict, row.bound, level, guard)

    def _read_guarantee(self, value: Value) -> Requirement:
        row, metric = self.record("guarantee", value), value.entries()["metric"]
        return self._bound(value, "metric", metric.known(self.vocabulary.metrics), row)

    def _read_case(self, value: Value) -> Requirement:
        row = self.record("case", value).plus(relation="<=")
        found = self._bound(value, "cost", self.vocabulary.price, row.plus(bound=row.amount))
        few = sum(len(variables) for variables, _ in found.bound.terms) < 33
        return found._replace(line=short_line(found.bound.terms) if few else None)

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

    def _read_aim(self, value: Value) -> Requirement:
        fields = value.entries()
        if fields.get("on", value).choice("expression attribute capability") != "expression":
            found = self._read_requirement(value)
            value.need(found.on != "attribute", "shape", "an expression for a bound")
            return found
        _, relation, terms = value.record("on relation terms")
        strict = relation.choice("<= <") == "<"
        bound = self._read_affine(terms, "aim")
        factors = {name: at.number() for name, at in terms.entries()["terms"].entries().items()}
        about = self._about({name: (factor > 0,) for name, factor in factors.items()}, value)
        return Requirement("expression", strict=strict, bound=bound, about=about)

    def _about(self, signs: Mapping[str, tuple[bool, ...]], value: Value) -> About:
        """What bounds the quantities of these names, from above or below, and what states them."""
        own = self.vocabulary
        value.need("cost" not in signs or own.cost, "reference", "a declared cost")
        self._make.spend(len(own.metrics) + len(own.attributes))
        parts = [
            Requirement("metric", metric.name, upper=upper, level=metric.level)
            for name, metric in own.metrics.items()
            for upper in signs.get(f"metric.{name}", ())
        ]
        parts += [Requirement("cost", "cost", upper=True)] if True in signs.get("cost", ()) else []
        stated = (f for name, f in own.attributes.items() if f"service.{name}" in signs)
        return tuple(parts), tuple(stated)
