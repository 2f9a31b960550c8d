"""Canonical expressions as text of the language; lowering the text gives the same expression again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Final, TypeAlias

from caio.base.errors import InputError
from caio.base.instants import INSTANT_MAX, INSTANT_MIN, format_instant
from caio.base.units import RATIO, TIME
from caio.ir import documents as d
from caio.ir import terms as t
from caio.sema.invariants import invariant_said
from caio.sema.show_numbers import ends, instant, level, number, quantity, rate
from caio.syntax.text import quote_name

Signed: TypeAlias = tuple[bool, str]
"""Whether a summand is subtracted, and its text."""

_PREFIXES: Final = tuple(
    f"{origin}." for origin in ["request", "fact", "env", "measured", "choice", "service", "metric"]
)
"""How the qualified names of variables begin."""
_PROMISED: Final = ("metric.", "service.", d.COST)
"""How the variables begin that a service says something about."""
_MICROSECONDS: Final = 1_000_000


def joined(parts: Iterable[Signed]) -> str:
    """A sum of signed summands."""
    text = ""
    for negative, part in parts:
        if not text:
            text = f"-{part}" if negative else part
        else:
            text += f" - {part}" if negative else f" + {part}"
    return text


class Shower:
    """Writes expressions over one vocabulary; ``bare`` is the origin that a place lets go unsaid."""

    def __init__(self, vocabulary: d.Vocabulary, bare: str | None = None) -> None:
        self.vocabulary = vocabulary
        self.bare = bare

    def variable(self, name: str) -> str:
        """A variable as it may be written here."""
        if name == "env.at":
            return "at"
        origin, _, field = name.partition(".")
        if origin == "metric":
            return self.metric(field)
        if name == d.COST:
            return name
        if origin == self.bare and field != "at":
            return quote_name(field)
        return quote_name(name)

    def metric(self, name: str) -> str:
        """A metric, in full where its bare name would mean something else."""
        taken = name in ("cost", "at") or name.startswith(_PREFIXES)
        return quote_name(f"metric.{name}" if taken else name)

    def _kind(self, name: str) -> str:
        """The dimension of a variable; ``instant`` for instants."""
        if t.counted(name) is not None:
            return RATIO
        match self.vocabulary.field(name).type:
            case d.InstantType():
                return "instant"
            case d.IntType(dimension, _, _) | d.RationalType(dimension, _, _):
                return dimension
        raise InputError(f"`{name}` is no quantity")

    def _operand(self, name: str) -> str:
        counted = t.counted(name)
        return self.variable(name) if counted is None else f"count({self.variable(counted)})"

    def _product(self, name: str, coefficient: Fraction, dimension: str) -> str:
        """A coefficient that is not negative times a variable, in a dimension."""
        kind = self._kind(name)
        operand = self._operand(name)
        if kind == "instant":
            operand, kind = f"({operand} - 1970-01-01)", TIME
            coefficient *= _MICROSECONDS
        if kind == dimension and coefficient == 1:
            return operand
        return f"{rate(coefficient, dimension, kind)} * {operand}"

    def affine(self, term: t.Affine, dimension: str) -> str:
        """An affine term of a dimension, in base units."""
        parts = [
            (value < 0, self._product(name, abs(value), dimension)) for name, value in term.terms
        ]
        if term.constant or not parts:
            negative = term.constant < 0
            constant = (negative, quantity(abs(term.constant), dimension))
            parts = [constant, *parts] if not negative else [*parts, constant]
        return joined(parts)

    def compare(self, comparison: t.Comparison, term: t.Affine, *, negated: bool = False) -> str:
        """``term ≤ 0``, ``term < 0``, ``term = 0``, with what is positive on the left."""
        timed = any(self._kind(name) == "instant" for name, _ in term.terms)
        left, right = self._sides(term, timed=timed)
        if comparison is t.Comparison.EQ:
            return f"{joined(left)} {'!=' if negated else '=='} {joined(right)}"
        relation = "<=" if comparison is t.Comparison.LE else "<"
        if not any(value > 0 for _, value in term.terms) and term.terms:
            # Only subtracted variables: `tokens >= 500` reads better than `500 <= tokens`.
            left, right, relation = right, left, relation.replace("<", ">")
        text = f"{joined(left)} {relation} {joined(right)}"
        return f"not {text}" if negated else text

    def _sides(self, term: t.Affine, *, timed: bool) -> tuple[list[Signed], list[Signed]]:
        """The two sides of a comparison whose difference is the term."""
        write, constant = self._writers(term, timed=timed)
        left: list[Signed] = [
            (False, write(name, value)) for name, value in term.terms if value > 0
        ]
        right = [(False, write(name, -value)) for name, value in term.terms if value < 0]
        if not term.terms:
            return [(term.constant < 0, constant(abs(term.constant)))], [
                (False, constant(Fraction(0)))
            ]
        weight = self._weight(term) if timed else Fraction(0)
        if weight:
            self._balance(term.constant, weight, left, right)
        elif term.constant or not right or not left:
            side, negative = (right, term.constant > 0) if left else (left, term.constant < 0)
            side.append((negative, constant(abs(term.constant))))
        return left, right

    def _writers(
        self, term: t.Affine, *, timed: bool
    ) -> tuple[Callable[[str, Fraction], str], Callable[[Fraction], str]]:
        """How variables with their coefficients, and constants, are written in a comparison."""
        if not timed:
            # Any dimension of a factor would do; that of a quantity with a unit reads best.
            kinds = [self._kind(name) for name, _ in term.terms]
            dimension = next((kind for kind in kinds if kind != RATIO), RATIO)
            return (
                lambda name, value: self._product(name, value, dimension),
                lambda value: quantity(value, dimension),
            )

        # Canonical comparisons of instants count in microseconds.
        def write(name: str, value: Fraction) -> str:
            if self._kind(name) != "instant":
                return self._product(name, value / _MICROSECONDS, TIME)
            operand = self._operand(name)
            return operand if value == 1 else f"{number(value)} * {operand}"

        return write, lambda value: quantity(value / _MICROSECONDS, TIME)

    def _weight(self, term: t.Affine) -> Fraction:
        return sum(
            (value for name, value in term.terms if self._kind(name) == "instant"), Fraction(0)
        )

    def _balance(
        self, constant: Fraction, weight: Fraction, left: list[Signed], right: list[Signed]
    ) -> None:
        """Add the constant of a comparison of instants, so that both sides are points alike."""
        side, needed, rest = (right, weight, -constant) if weight > 0 else (left, -weight, constant)
        if needed == 1 and rest.denominator == 1 and INSTANT_MIN <= rest <= INSTANT_MAX:
            side.append((False, format_instant(int(rest))))
            return
        side.append((False, "1970-01-01" if needed == 1 else f"{number(needed)} * 1970-01-01"))
        if rest:
            side.append((rest < 0, quantity(abs(rest) / _MICROSECONDS, TIME)))

    # --- formulas ------------------------------------------------------------------------------

    def formula(self, formula: t.Formula) -> str:
        """A formula."""
        match formula:
            case t.Constant(value):
                return "true" if value else "false"
            case t.Not(operand):
                return self._negation(operand)
            case t.And(operands):
                return self._compact(operands, negated=False) or " and ".join(
                    map(self._tight, operands)
                )
            case t.Or(operands):
                return self._some_of(operands) or " or ".join(map(self._tight, operands))
            case t.Compare(comparison, term):
                return self.compare(comparison, term)
            case t.In():
                return self._among(formula, negated=False)
            case t.Has(variable, member):
                return f"{self.variable(variable)} has {quote_name(member)}"
            case t.Is(variable):
                return self.variable(variable)

    def _tight(self, formula: t.Formula) -> str:
        """A formula as an operand."""
        text = self.formula(formula)
        match formula:
            case t.And(operands):
                plain = self._compact(operands, negated=False) is not None
            case t.Or(operands):
                plain = self._some_of(operands) is not None
            case _:
                plain = True
        return text if plain else f"({text})"

    def _negation(self, operand: t.Formula) -> str:
        match operand:
            case t.In():
                return self._among(operand, negated=True)
            case t.Compare(comparison, term):
                return self.compare(comparison, term, negated=True)
            case t.And(operands):
                found = self._compact(operands, negated=True)
                if found is not None:
                    return found
        return f"not {self._tight(operand)}"

    def _among(self, formula: t.In, *, negated: bool) -> str:
        variable = self.variable(formula.variable)
        members = [quote_name(member) for member in formula.members]
        if len(members) == 1:
            return f"{variable} {'!=' if negated else '=='} {members[0]}"
        return f"{variable} {'not in' if negated else 'in'} {{ {', '.join(members)} }}"

    def _compact(self, operands: tuple[t.Formula, ...], *, negated: bool) -> str | None:
        """A conjunction that the language says in one comparison: a range, or what a set holds."""
        return self._range(operands, negated=negated) or self._holding(operands, negated=negated)

    def _holding(self, operands: tuple[t.Formula, ...], *, negated: bool) -> str | None:
        """``s == { … }``, ``s within { … }`` or ``s has all of { … }``, where a conjunction says exactly that."""
        variable, said = _members(operands)
        if not said:
            return None
        members = self._declared(variable)
        if [member for member in members if member in said] != list(said):
            return None
        held = [member for member in said if said[member]]
        if len(said) == len(members):
            return f"{self.variable(variable)} {'!=' if negated else '=='} {_braces(held)}"
        if len(held) == len(said):
            text = f"{self.variable(variable)} has all of {_braces(held)}"
        elif not held:
            rest = [member for member in members if member not in said]
            text = f"{self.variable(variable)} within {_braces(rest)}"
        else:
            return None
        return f"not {text}" if negated else text

    def _some_of(self, operands: tuple[t.Formula, ...]) -> str | None:
        """``s has any of { … }``, where a disjunction says exactly that."""
        variable, said = _members(operands)
        if not said or not all(said.values()):
            return None
        if [member for member in self._declared(variable) if member in said] != list(said):
            return None
        return f"{self.variable(variable)} has any of {_braces(list(said))}"

    def _declared(self, variable: str) -> tuple[str, ...]:
        """The members that a set may hold, in the order in which the language writes them into formulas."""
        kind = self.vocabulary.field(variable).type
        return self.vocabulary.enum(kind.enum).names() if isinstance(kind, d.SetType) else ()

    def _range(self, operands: tuple[t.Formula, ...], *, negated: bool) -> str | None:
        """``x [not] in low .. high``, where a conjunction says exactly that."""
        match operands:
            case (
                t.Compare(
                    t.Comparison.LE, t.Affine(low, ((name, Fraction(numerator=-1, denominator=1)),))
                ),
                t.Compare(
                    t.Comparison.LE, t.Affine(high, ((same, Fraction(numerator=1, denominator=1)),))
                ),
            ) if name == same and low <= -high:
                kind = self._kind(name)
                word = "not in" if negated else "in"
                timed = kind == "instant"
                span = f"{instant(low)} .. {instant(-high)}" if timed else ends(low, -high, kind)
                return f"{self._operand(name)} {word} {span}"
        return None

    # --- requirement atoms ---------------------------------------------------------------------

    def atom(self, atom: t.Atom) -> str:
        """A requirement atom.

        Raises:
            InputError: it has a quantile that no decimal number denotes.
        """
        match atom:
            case t.OnMetric(name, relation, bound, at):
                return self.metric_bound(name, relation, bound, at)
            case t.OnCost(relation, bound):
                cost = self.vocabulary.cost
                dimension = RATIO if cost is None else cost.dimension
                return f"cost {relation.value} {self.affine(bound, dimension)}"
            case t.OnAttribute(name, values, negated):
                texts = [self.constant(value) for value in values]
                attribute = quote_name(f"service.{name}")
                if len(texts) == 1:
                    return f"{attribute} {'!=' if negated else '=='} {texts[0]}"
                return f"{attribute} {'not in' if negated else 'in'} {{ {', '.join(texts)} }}"
            case t.OnQuantity(name, relation, value):
                kind = self.vocabulary.attribute(name).type
                text = self.value(value, kind)
                return f"{quote_name(f'service.{name}')} {relation.value} {text}"
            case t.OnCapability(capability, provided):
                return f"{'' if provided else 'not '}provides {quote_name(capability)}"
            case t.OnTime(relation, value):
                return f"at {relation.value} {instant(value)}"
            case t.OnExpression(relation, terms):
                invariant = invariant_said(atom, self.vocabulary)
                if invariant is not None:
                    return f"meets {invariant}"
                return self.expression(relation, terms)

    def expression(self, relation: t.Relation, term: t.Affine) -> str:
        """``term ≤ 0`` or ``term < 0`` of a constraint; what one service promises stands alone, where it can."""
        promised = [item for item in term.terms if item[0].startswith(_PROMISED)]
        match promised:
            case [(name, Fraction(numerator=1 | -1 as sign, denominator=1))] if (
                self._kind(name) != "instant"
            ):
                rest = t.Affine(term.constant, tuple(x for x in term.terms if x[0] != name))
                symbol = relation.value if sign > 0 else relation.value.replace("<", ">")
                bound = self.affine(rest.times(-sign), self._kind(name))
                return f"{self.variable(name)} {symbol} {bound}"
        return self.compare(t.Comparison.LT if relation.strict else t.Comparison.LE, term)

    def metric_bound(
        self, name: str, relation: t.Relation, bound: t.Affine, at: Fraction | None
    ) -> str:
        """A bound on a metric; its level is written where it is not the metric's own.

        Raises:
            InputError: it has a quantile that no decimal number denotes.
        """
        metric = self.vocabulary.metric(name)
        text = f"{self.metric(name)} {relation.value} {self.affine(bound, metric.dimension)}"
        return text if at is None or at == metric.level else f"{text} at quantile {level(at)}"

    def constant(self, value: str | bool) -> str:  # noqa: FBT001 - a value
        """A member or a Boolean."""
        if isinstance(value, bool):
            return "true" if value else "false"
        return quote_name(value)

    def value(self, value: d.Value, kind: d.Type) -> str:
        """A value of a type."""
        if isinstance(value, tuple):
            return f"{{ {', '.join(map(quote_name, value))} }}" if value else "{}"
        if isinstance(value, str | bool):
            return self.constant(value)
        match kind:
            case d.IntType(dimension, _, _) | d.RationalType(dimension, _, _):
                return quantity(value, dimension)
        return instant(value)


def _members(operands: tuple[t.Formula, ...]) -> tuple[str, dict[str, bool]]:
    """The set that all of these speak of, and whether each says that a member is held; nothing where that is not so."""
    variables, said = set(), dict[str, bool]()
    for operand in operands:
        part = operand.operand if isinstance(operand, t.Not) else operand
        if not isinstance(part, t.Has) or part.member in said:
            return "", {}
        variables.add(part.variable)
        said[part.member] = part is operand
    return (variables.pop(), said) if len(variables) == 1 else ("", {})


def _braces(members: list[str]) -> str:
    return f"{{ {', '.join(map(quote_name, members))} }}" if members else "{}"
