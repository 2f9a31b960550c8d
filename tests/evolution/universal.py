"""Questions over all requests, answered by looking at every point: the ground truth of properties and of sets of rules.

``docs/spec/certificate-v1.md`` sections 8.3 and 8.4 name the questions; what admission is, the interpreter says at each point
(``tests.evolution.admission``), and outcomes are tried one by one, between and at whatever bounds them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

from caio.ir import documents as d
from caio.ir import interpret as i
from caio.ir import terms as t
from caio.ir.encode_terms import affine_json, formula_json
from caio.obligations.contract import Contract
from tests.evolution.admission import Demand, Operator, interpreted
from tests.evolution.callers import Side, Values, points

NONE = "none of them"
"""What an enumerated attribute is where nobody says what it is."""


def fewer(
    vocabulary: d.Vocabulary,
    group: d.Class,
    contracts: Sequence[Contract],
    operator: Operator,
    count: int,
) -> Values | None:
    """A point of a class at which fewer services than ``count`` are admitted; None if there is none."""
    sides = [Side(contract, operator) for contract in contracts]
    for point in points(vocabulary, sides, group):
        if not all(i.holds(formula, point) for formula in group.given):
            continue
        if sum(side.admits(vocabulary, group, point) for side in sides) < count:
            return point
    return None


def inhabitant(vocabulary: d.Vocabulary, group: d.Class) -> Values | None:
    """A point of a class, if it has one."""
    for point in points(vocabulary, [], group):
        if all(i.holds(formula, point) for formula in group.given):
            return point
    return None


def leak(
    vocabulary: d.Vocabulary, contract: Contract, operator: Operator, when: t.Formula
) -> Values | None:
    """A point at which a contract is admitted for nothing in particular, with an outcome that it allows, where a condition holds."""
    side, promising = Side(contract, operator), interpreted(vocabulary, contract)
    simple, mixed = _atoms(when)
    open_parts = _Outcomes(vocabulary, promising, when, mixed)
    besides = [formula_json(formula) for formula in simple]
    for point in points(vocabulary, [side], None, besides=besides, bounds=open_parts.bounds):
        if not side.admits(vocabulary, None, point):
            continue
        for outcome in open_parts.at(point):
            if i.holds(when, {**point, **outcome}):
                return {**point, **outcome}
    return None


def _atoms(formula: t.Formula) -> tuple[list[t.Formula], list[t.Compare]]:
    """The parts of a formula over the point alone, and its comparisons of what a service promises."""
    match formula:
        case t.Not(operand):
            return _atoms(operand)
        case t.And(operands) | t.Or(operands):
            pairs = [_atoms(operand) for operand in operands]
            return [f for one, _ in pairs for f in one], [f for _, two in pairs for f in two]
        case t.Compare(_, term) if any(_promised(name) for name, _ in term.terms):
            return [], [formula]
        case t.Constant():
            return [], []
    return ([] if any(map(_promised, t.variables_of(formula))) else [formula]), []


def _promised(name: str) -> bool:
    return name == d.COST or name.startswith(("metric.", "service."))


class _Outcomes:
    """The values that metrics, cost and attributes of a condition may have at a point, as far as they differ."""

    def __init__(
        self,
        vocabulary: d.Vocabulary,
        contract: i.Contract,
        when: t.Formula,
        compared: Sequence[t.Compare],
    ) -> None:
        self._vocabulary = vocabulary
        self._contract = contract
        self._mentioned = sorted(filter(_promised, set(t.variables_of(when))))
        self._edges: dict[str, list[t.Affine]] = {name: [] for name in self._mentioned}
        for formula in compared:
            (name,) = [name for name, _ in formula.term.terms if _promised(name)]
            factor = dict(formula.term.terms)[name]
            rest = t.Affine(
                formula.term.constant, tuple(x for x in formula.term.terms if x[0] != name)
            )
            self._edges[name].append(rest.times(-1 / factor))

    @property
    def bounds(self) -> dict[str, list[Any]]:
        """The terms with which metrics and the cost are compared."""
        return {name: [affine_json(edge) for edge in edges] for name, edges in self._edges.items()}

    def at(self, point: Values) -> Iterator[Values]:
        """Every combination."""
        choices = [list(self._some(name, point)) for name in self._mentioned]
        for combination in product(*choices):
            yield dict(zip(self._mentioned, combination, strict=True))

    def _some(self, name: str, point: Values) -> Iterator[d.Value]:
        edges = [i.affine_value(edge, point) for edge in self._edges[name]]
        known = [edge for edge in edges if edge is not None]
        if name == d.COST:
            yield from self._costs(known, point)
        elif name.startswith("metric."):
            yield from self._metric(name.removeprefix("metric."), known, point)
        else:
            yield from self._attribute(name.removeprefix("service."), known)

    def _costs(self, edges: Sequence[Fraction], point: Values) -> Iterator[Fraction]:
        cases = [case for case in self._contract.service.cost if i.holds(case.when, point)]
        most = [i.affine_value(case.amount, point) for case in cases]
        limits = [amount for amount in most if amount is not None]
        yield from (v for v in around([*edges, *limits]) if all(v <= limit for limit in limits))

    def _metric(self, name: str, edges: Sequence[Fraction], point: Values) -> Iterator[Fraction]:
        metric = self._vocabulary.metric(name)
        promises = [
            promise
            for promise in self._contract.guarantees
            if promise.metric == name
            and (metric.level is None or (promise.level or Fraction(0)) >= metric.level)
            and (promise.relation.upper or not _halved(metric))
        ]
        bounds = [i.affine_value(promise.bound, point) for promise in promises]
        known = [bound for bound in bounds if bound is not None]
        for value in around([*edges, *known, metric.lower, metric.upper]):
            outcome = i.Outcome({name: value})
            if i.in_domain(self._vocabulary, outcome) and all(
                i.kept(promise, point, outcome) for promise in promises
            ):
                yield value

    def _attribute(self, name: str, edges: Sequence[Fraction]) -> Iterator[d.Value]:
        stated, kind = self._contract.attribute(name), self._vocabulary.attribute(name).type
        if stated is not None:
            yield stated
            return
        match kind:
            case d.BoolType():
                yield from (True, False)
            case d.EnumType(enum):
                yield from (*self._vocabulary.enum(enum).names(), NONE)
            case _:
                yield from around(edges, integral=not isinstance(kind, d.RationalType))


def _halved(metric: d.Metric) -> bool:
    """Whether bounds from both sides may each be kept by half of the calls, so that nothing follows from both."""
    return metric.level is not None and 2 * metric.level <= 1


def around(edges: Sequence[Fraction], *, integral: bool = False) -> list[Fraction]:
    """Numbers at, between and beyond some edges; integers, if only these are asked for."""
    ends = sorted(set(edges)) or [Fraction(0)]
    if integral:
        near = {Fraction(edge.__floor__() + step) for edge in ends for step in (-1, 0, 1, 2)}
        return sorted(near)
    middles = [(a + b) / 2 for a, b in pairwise(ends)]
    return sorted([ends[0] - 1, *ends, *middles, ends[-1] + 1])


# --- rules ----------------------------------------------------------------------------------------


def unmet(
    vocabulary: d.Vocabulary, premises: Sequence[Demand], demand: Demand, index: int
) -> Values | None:
    """A point at which a rule applies, and whatever bears on one of its actions allows what the action forbids."""
    atom = demand.then[index]
    bearing = [(one.when, a) for one in premises for a in one.then if bears(a, atom)]
    terms = [affine_json(bound) for bound in _bounds([atom, *(a for _, a in bearing)])]
    name = f"metric.{atom.metric}" if isinstance(atom, t.OnMetric) else d.COST
    operator = Operator([*premises, demand])
    for point in points(vocabulary, [Side(None, operator)], None, bounds={name: terms}):
        if not i.holds(demand.when, point):
            continue
        applying = [a for when, a in bearing if i.holds(when, point)]
        if _allowed(vocabulary, atom, applying, point):
            return point
    return None


def _bounds(atoms: Sequence[t.Atom]) -> list[t.Affine]:
    return [atom.bound for atom in atoms if isinstance(atom, t.OnMetric | t.OnCost)]


def bears(other: t.Atom, atom: t.Atom) -> bool:
    """Whether an action says something of what another one demands, on the side that matters."""
    match atom, other:
        case t.OnMetric(), t.OnMetric():
            enough = atom.level is None or (other.level is not None and other.level >= atom.level)
            return atom.metric == other.metric and _same_side(atom, other) and enough
        case t.OnCost(), t.OnCost():
            return _same_side(atom, other)
        case t.OnAttribute() | t.OnQuantity(), t.OnAttribute() | t.OnQuantity():
            return atom.attribute == other.attribute
        case t.OnCapability(), t.OnCapability():
            return atom.capability == other.capability
    return isinstance(atom, t.OnTime) and isinstance(other, t.OnTime)


def _same_side(atom: t.OnMetric | t.OnCost, other: t.OnMetric | t.OnCost) -> bool:
    return atom.relation.upper == other.relation.upper


def _allowed(
    vocabulary: d.Vocabulary, atom: t.Atom, applying: Sequence[t.Atom], point: Values
) -> bool:
    """Whether some value of what an atom is about meets all that applies, and not the atom."""
    every = [atom, *applying]
    for value in _candidates(vocabulary, atom, every, point):
        if all(_met(a, value, point) for a in applying) and not _met(atom, value, point):
            return True
    return False


def _candidates(
    vocabulary: d.Vocabulary, atom: t.Atom, every: Sequence[t.Atom], point: Values
) -> list[Any]:
    match atom:
        case t.OnMetric(name):
            metric = vocabulary.metric(name)
            ends = [metric.lower, metric.upper]
            found = around([*ends, *_limits(every, point)])
            return [value for value in found if metric.lower <= value <= metric.upper]
        case t.OnCost():
            return around(_limits(every, point))
        case t.OnAttribute(name):
            kind = vocabulary.attribute(name).type
            if isinstance(kind, d.EnumType):
                return [*vocabulary.enum(kind.enum).names(), NONE]
            return [True, False, NONE]
        case t.OnQuantity(name):
            whole = not isinstance(vocabulary.attribute(name).type, d.RationalType)
            return around([a.bound for a in every if isinstance(a, t.OnQuantity)], integral=whole)
        case t.OnCapability():
            return [True, False]
    return [None]


def _limits(atoms: Sequence[t.Atom], point: Values) -> list[Fraction]:
    values = [i.affine_value(bound, point) for bound in _bounds(atoms)]
    return [value for value in values if value is not None]


def _met(atom: t.Atom, value: Any, point: Mapping[str, d.Value]) -> bool:
    """Whether a value of what an atom is about meets it; nothing stated meets nothing."""
    match atom:
        case t.OnMetric(_, relation, bound, _) | t.OnCost(relation, bound):
            limit = i.affine_value(bound, point)
            return limit is not None and i.related(value, relation, limit)
        case t.OnAttribute(_, values, negated):
            return value != NONE and (value in values) != negated
        case t.OnQuantity(_, relation, bound):
            return i.related(value, relation, bound)
        case t.OnCapability(_, provided):
            return bool(value == provided)
        case t.OnTime(relation, bound):
            now = point["env.at"]
            return isinstance(now, Fraction) and i.related(now, relation, bound)
    raise ValueError(f"no action of a rule: {atom!r}")


def meets(vocabulary: d.Vocabulary, contract: Contract, demand: Demand) -> Values | None:
    """A point that triggers a rule, and at which a contract that assumes it entails all that the rule demands."""
    promising = interpreted(vocabulary, contract)
    for point in points(vocabulary, [Side(contract, Operator([demand]))], None):
        here = {**point, d.CHOICE_ROUTE: contract.service.route}
        if (
            i.assumed(promising, here)
            and i.holds(demand.when, here)
            and all(i.entails(atom, promising, here) for atom in demand.then)
        ):
            return point
    return None


def matters(vocabulary: d.Vocabulary, contract: Contract, index: int) -> Values | None:
    """A point at which a guarantee says more than all others of the contract together."""
    promising = interpreted(vocabulary, contract)
    promise = promising.guarantees[index]
    others = tuple(g for j, g in enumerate(promising.guarantees) if j != index)
    rest = i.Contract(vocabulary, _with(contract.service, others))
    atom = t.OnMetric(promise.metric, promise.relation, promise.bound, promise.level)
    for point in points(vocabulary, [Side(contract)], None):
        applies = i.assumed(promising, point) and i.holds(promise.when, point)
        if applies and i.violable(atom, rest, point):
            return point
    return None


def _with(service: d.Service, guarantees: tuple[d.Guarantee, ...]) -> d.Service:
    return replace(service, guarantees=guarantees)
