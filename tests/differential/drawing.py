"""Drawing values, affine terms and formulas of one vocabulary."""

from collections.abc import Sequence
from fractions import Fraction
from random import Random

from caio.ir import documents as d
from caio.ir import terms as t

AT = 1_795_305_600_000_000
DAY = 86_400_000_000


class Drawer:
    """Draws expressions; at most one of the variables it mixes in a term is wide."""

    def __init__(self, rng: Random, vocabulary: d.Vocabulary) -> None:
        self.rng = rng
        self.vocabulary = vocabulary
        self.at = AT
        self.claimed = self._variables("request")
        self.service_side = (*self.claimed, *self._variables("env"), "env.at")
        self.everything = self.service_side + self._variables("fact")

    def _variables(self, origin: str) -> tuple[str, ...]:
        return tuple(f"{origin}.{field.name}" for field in self.vocabulary.fields(origin))

    # --- values -----------------------------------------------------------------------------------

    def value(self, kind: d.Type) -> d.Value:
        match kind:
            case d.BoolType():
                return self.rng.random() < 0.5
            case d.EnumType(enum):
                return self.rng.choice(self.vocabulary.enum(enum).names())
            case d.SetType():
                return self.members(kind)
            case _:
                return self.number(kind)

    def members(self, kind: d.Type, least: int = 0) -> tuple[str, ...]:
        assert isinstance(kind, d.SetType | d.EnumType)
        names = self.vocabulary.enum(kind.enum).names()
        chosen = set(self.rng.sample(names, self.rng.randint(least, len(names))))
        return tuple(name for name in names if name in chosen)

    def number(self, kind: d.Type) -> Fraction:
        low, high = self.range(kind)
        if isinstance(kind, d.RationalType):
            return low + (high - low) * Fraction(self.rng.randint(0, 6), 6)
        return Fraction(self.rng.randint(int(low), int(high)))

    def range(self, kind: d.Type) -> tuple[Fraction, Fraction]:
        """A range to draw numbers of a type from, within the declared one."""
        match kind:
            case d.IntType(_, lower, upper):
                return Fraction(lower), Fraction(upper)
            case d.RationalType(_, low, high):
                low = Fraction(-2) if low is None else low
                return low, Fraction(2) + low if high is None else high
            case d.InstantType():
                return Fraction(self.at - 3 * DAY), Fraction(self.at + 3 * DAY)
        raise ValueError(kind)

    # --- affine terms -----------------------------------------------------------------------------

    def relation(self, *, upper: bool) -> t.Relation:
        strict = self.rng.random() < 0.25
        if upper:
            return t.Relation.LT if strict else t.Relation.LE
        return t.Relation.GT if strict else t.Relation.GE

    def level(self, metric: d.Metric) -> Fraction | None:
        if metric.level is None:
            return None
        return self.rng.choice(
            [metric.level, metric.level, Fraction(1, 2), Fraction(999, 1000), Fraction(1, 3)]
        )

    def bound(self, low: Fraction, high: Fraction, share: Fraction, *, rising: bool) -> t.Affine:
        """A term about ``share`` of the way from low to high, that may move with a request field.

        Args:
            low: the least value of what is bounded.
            high: its greatest value.
            share: where between them the bound lies.
            rising: whether it mostly grows with the field; for promises that is what keeps them apart.
        """
        width = high - low
        term = t.Affine(low + width * share)
        numeric = self._numeric()
        if numeric and self.rng.random() < 0.6:
            slope = width * Fraction(self.rng.choice([1, 2, 3]), 20)
            direction = 1 if rising == (self.rng.random() < 0.9) else -1
            term = term.plus(self._scaled(self.rng.choice(numeric)), direction * slope)
            if self.rng.random() < 0.3:
                term = term.plus(self._scaled(numeric[0]), direction * width * Fraction(1, 50))
        return term

    def _numeric(self) -> list[str]:
        """Request fields that may occur in a term; sets by their cardinality."""
        found = []
        for name in self.claimed:
            match self.vocabulary.field(name).type:
                case d.IntType() | d.RationalType() | d.InstantType():
                    found.append(name)
                case d.SetType():
                    found.append(f"count({name})")
        return found

    def _scaled(self, name: str) -> t.Affine:
        """A variable moved and scaled so that it ranges over about 0 to 1."""
        counted = t.counted(name)
        low, high = Fraction(0), Fraction(3)
        if counted is None:
            low, high = self.range(self.vocabulary.field(name).type)
        width = high - low or Fraction(1)
        return t.Affine.of(-low / width, {name: 1 / width})

    # --- formulas ---------------------------------------------------------------------------------

    def formula(self, variables: Sequence[str], depth: int = 2) -> t.Formula:
        """Any formula over some of these variables."""
        if depth and self.rng.random() < 0.4:
            parts = tuple(self.formula(variables, depth - 1) for _ in range(2))
            choices: list[t.Formula] = [t.And(parts), t.Or(parts), t.Not(parts[0])]
            return self.rng.choice(choices)
        return self.simple(self.rng.choice(variables)) if variables else t.TRUE

    def lenient(self, variables: Sequence[str]) -> t.Formula:
        """A formula that is true for most values."""
        return t.Or((self.formula(variables), self.formula(variables)))

    def simple(self, variable: str) -> t.Formula:
        """A formula over one variable, or over it and a second numeric one."""
        if variable == "env.at":
            return self.time_limit()
        kind = self.vocabulary.field(variable).type
        match kind:
            case d.BoolType():
                return self._maybe_not(t.Is(variable))
            case d.EnumType():
                return self._maybe_not(t.In(variable, self.members(kind, least=1)))
            case d.SetType(enum):
                if self.rng.random() < 0.3:
                    edge = Fraction(self.rng.randint(0, 2))
                    return self.compare(t.Affine.of(-edge, {f"count({variable})": Fraction(1)}))
                name = self.rng.choice(self.vocabulary.enum(enum).names())
                return self._maybe_not(t.Has(variable, name))
        slope = self.rng.choice([Fraction(1), Fraction(1), Fraction(-1), Fraction(2, 3)])
        term = t.Affine.of(Fraction(0), {variable: slope})
        edge = self.number(kind) * slope
        if self.rng.random() < 0.3:
            small = [
                name
                for name in self.service_side
                if isinstance(self.vocabulary.field(name).type, d.IntType)
                and name not in (variable, "request.tokens")
                and name.split(".")[0] == variable.split(".", maxsplit=1)[0]
            ]
            for name in small[:1]:
                term = term.plus(t.Affine.of(Fraction(0), {name: Fraction(1)}))
        return self.compare(term.plus(t.Affine(-edge)))

    def compare(self, term: t.Affine) -> t.Formula:
        """The term compared with zero, on either side."""
        comparison = self.rng.choice(
            [t.Comparison.LE] * 4 + [t.Comparison.LT] * 2 + [t.Comparison.EQ]
        )
        return t.Compare(comparison, term.times(self.rng.choice([1, 1, -1])))

    def _maybe_not(self, formula: t.Formula) -> t.Formula:
        return t.Not(formula) if self.rng.random() < 0.35 else formula

    def time_limit(self, *, late: bool = False) -> t.Formula:
        """``at`` against an instant that is now, next to now, or far away."""
        edge = self.at + self.rng.choice([0, 1, -1, DAY, DAY, DAY, 400 * DAY])
        if late:
            edge = self.at + 9 * DAY
        return t.Compare(
            self.rng.choice([t.Comparison.LT, t.Comparison.LE]),
            t.Affine.of(Fraction(-edge), {"env.at": Fraction(1)}),
        )

    def limit(self, field: d.Field, *, half: bool) -> t.Formula:
        """An availability limit on an environment field, that most states keep."""
        variable = f"env.{field.name}"
        match field.type:
            case d.BoolType():
                return t.Is(variable)
            case d.EnumType(enum):
                return t.In(variable, self.vocabulary.enum(enum).names())
        low, high = self.range(field.type)
        most = (low + high) / 2 if half else high
        return t.Compare(t.Comparison.LE, t.Affine.of(-most, {variable: Fraction(1)}))

    def given(self, field: d.Field) -> list[t.Formula]:
        """What a request says of a field: nothing, one value, or some of its values."""
        variable = f"request.{field.name}"
        match self.rng.choice(["open", "point", "point", "some"]):
            case "open":
                return []
            case "point":
                return [self.equation(variable, self.value(field.type))]
        match field.type:
            case d.IntType() | d.RationalType() | d.InstantType():
                ends = sorted([self.number(field.type), self.number(field.type)])
                apart = self.rng.choice([Fraction(0), Fraction(0), Fraction(1, 2), Fraction(2, 3)])
                low = t.Affine.of(ends[0] - apart, {variable: Fraction(-1)})
                high = t.Affine.of(-ends[1] - apart, {variable: Fraction(1)})
                scale = self.rng.choice([Fraction(1), Fraction(1), Fraction(3), Fraction(1, 7)])
                comparison = (
                    t.Comparison.LT if apart and self.rng.random() < 0.5 else t.Comparison.LE
                )
                return [t.Compare(comparison, side.times(scale)) for side in (low, high)]
        return [self.simple(variable)]

    def equation(self, variable: str, value: d.Value) -> t.Formula:
        """``variable = value``."""
        match value:
            case bool():
                return t.Is(variable) if value else t.Not(t.Is(variable))
            case str():
                return t.In(variable, (value,))
            case Fraction():
                return t.Compare(t.Comparison.EQ, t.Affine.of(-value, {variable: Fraction(1)}))
        kind = self.vocabulary.field(variable).type
        assert isinstance(kind, d.SetType)
        parts: list[t.Formula] = [
            t.Has(variable, name) if name in value else t.Not(t.Has(variable, name))
            for name in self.vocabulary.enum(kind.enum).names()
        ]
        return t.And(tuple(parts)) if len(parts) > 1 else parts[0]
