"""What the reference interpreter says of an obligation at sampled points.

A refuted obligation must be broken at the point of its witness; one that holds must not be broken at any point of H
that is tried.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from random import Random

from caio.ir import documents as d
from caio.ir import interpret as i
from caio.ir import terms as t
from caio.obligations.candidate import Key, Question
from caio.obligations.contract import Contract
from tests.differential.drawing import Drawer

PREFIXES = ("request", "fact", "env", "measured")


def effective(question: Question, contract: Contract) -> i.Contract:
    return i.Contract(question.vocabulary, contract.service, contract.overlays)


def point_of(
    question: Question, contract: Contract, witness: Mapping[str, Fraction], rng: Random
) -> dict[str, d.Value]:
    """The point that a witness describes; what it leaves open is drawn, or as stated."""
    draw = Drawer(rng, question.vocabulary)
    stated = _stated(question, contract)
    point: dict[str, d.Value] = {"env.at": Fraction(question.at)}
    point[d.CHOICE_ROUTE] = contract.service.route
    if contract.control != d.NO_CONTROL:
        point[d.CHOICE_CONTROL] = contract.control
    for prefix in PREFIXES:
        for field in question.vocabulary.fields(prefix):
            variable = f"{prefix}.{field.name}"
            found = _value(question.vocabulary, field.type, variable, witness)
            if found is None:
                found = stated.get(variable)
            point[variable] = draw.value(field.type) if found is None else found
    return point


def _value(
    vocabulary: d.Vocabulary, kind: d.Type, variable: str, witness: Mapping[str, Fraction]
) -> d.Value | None:
    if isinstance(kind, d.SetType):
        names = vocabulary.enum(kind.enum).names()
        if not any(f"{variable}:{name}" in witness for name in names):
            return None
        return tuple(name for name in names if witness.get(f"{variable}:{name}") == 1)
    number = witness.get(variable)
    if number is None:
        return None
    match kind:
        case d.BoolType():
            return number == 1
        case d.EnumType(enum):
            return vocabulary.enum(enum).names()[int(number)]
    return number


def _stated(question: Question, contract: Contract) -> dict[str, d.Value]:
    """What facts, state and measurements say; an unstated permission is not held.

    Of an interval the lower end is taken, where nothing else is known of the field.
    """
    values: dict[str, d.Value] = {}
    if question.measurements is not None:
        values |= {f"measured.{name}": low for name, (low, _) in question.measurements.intervals}
    for field in question.vocabulary.facts:
        if field.role == "permissions":
            values[f"fact.{field.name}"] = ()
    if question.facts is not None:
        values |= {f"fact.{name}": value for name, value in question.facts.values}
    if contract.state is not None:
        values |= {f"env.{name}": value for name, value in contract.state.values}
    return values


def nearby(
    question: Question, contract: Contract, start: Mapping[str, d.Value], rng: Random, count: int
) -> Iterator[dict[str, d.Value]]:
    """Points of H around a point of H: some fields drawn again, kept if the request describes them."""
    draw = Drawer(rng, question.vocabulary)
    stated = _stated(question, contract)
    for _ in range(count):
        point = dict(start)
        for prefix in PREFIXES:
            for field in question.vocabulary.fields(prefix):
                variable = f"{prefix}.{field.name}"
                if variable not in stated and rng.random() < 0.5:
                    point[variable] = draw.value(field.type)
        if i.described(question.request, point):
            yield point


def broken(question: Question, contract: Contract, key: Key, point: i.Point) -> bool | None:
    """Whether an obligation is broken at a point of H; None if the interpreter does not say."""
    promised, request = effective(question, contract), question.request
    service, profile = contract.service, question.profile
    match key:
        case ("non_empty",):
            return None
        case ("coherent",):
            return i.assumed(promised, point) and not _possible(promised, point)
        case ("capability", int(n)):
            return not any(name in service.capabilities for name in request.needs[n])
        case ("assumption", int(n)):
            return not i.holds(service.assumes[n], point)
        case ("requirement", int(n)):
            return i.violable(request.ensure[n], promised, point)
        case ("rule" | "invariant", str(name), int(n)):
            rule = next(rule for rule in question.policy if rule.name == name)
            return i.holds(rule.when, point) and i.violable(rule.then[n], promised, point)
        case ("safety" | "policy" | "traits", str(name), int(n)):
            return _constraint_broken(question, promised, name, n, point)
        case ("authentication" | "authorization" | "privacy" | "trust" | "access" as name,):
            return _insecure(question, promised, name, point)
        case ("available", int(n)):
            return not i.holds(profile.limits.available[n], point)
        case ("cost_disjoint",):
            applying = [case for case in service.cost if i.holds(case.when, point)]
            return i.assumed(promised, point) and len(applying) > 1
        case ("budget", "covered"):
            return not any(i.holds(case.when, point) for case in service.cost)
        case ("budget", int(n)):
            case = service.cost[n]
            amount = i.affine_value(case.amount, point)
            assert amount is not None
            assert request.budget is not None
            return i.holds(case.when, point) and amount > request.budget
        case ("deadline",):
            return _late(question, promised, point)
    raise ValueError(f"no obligation: {key!r}")


def _constraint_broken(
    question: Question, promised: i.Contract, name: str, n: int, point: i.Point
) -> bool | None:
    found = next(one for one in question.constraints if one.name == name)
    if d.CHOICE_CONTROL in t.variables_of(found.when) and d.CHOICE_CONTROL not in point:
        return None  # Under no control there is no such point, and the constraint must be kept.
    return i.holds(found.when, point) and i.violable(found.then[n], promised, point)


def _insecure(question: Question, promised: i.Contract, name: str, point: i.Point) -> bool:
    match name:
        case "authentication":
            origin = "asserted" if question.facts is None else question.facts.origin
            return origin not in question.profile.limits.facts
        case "authorization":
            return not i.authorized(promised, point)
        case "privacy":
            return not i.private(promised, point)
        case "trust":
            return not i.trusted(promised, point)
    return not i.accessible(promised, point)


def _late(question: Question, promised: i.Contract, point: i.Point) -> bool:
    metric = next((m for m in question.vocabulary.metrics if m.role == "latency"), None)
    if metric is None:
        return True
    assert question.request.deadline is not None
    left = question.request.deadline - question.profile.limits.routing_allowance
    atom = t.OnMetric(metric.name, t.Relation.LE, t.Affine(left), metric.level)
    return i.violable(atom, promised, point)


def _possible(promised: i.Contract, point: i.Point) -> bool:
    """Whether some outcome keeps all promises that can all be kept by one outcome.

    Two promises on a quantile whose levels add up to at most one may be kept by different calls; one outcome says
    nothing about them, so that such metrics are left out.
    """
    for metric in promised.vocabulary.metrics:
        guarantees = [g for g in promised.guarantees if g.metric == metric.name]
        levels = [g.level for g in guarantees if g.level is not None]
        if levels and 2 * min(levels) <= 1:
            continue
        bounds = {i.affine_value(g.bound, point) for g in guarantees}
        ends = sorted({metric.lower, metric.upper, *(b for b in bounds if b is not None)})
        values = [*ends, *((a + b) / 2 for a, b in pairwise(ends))]
        outcomes = [i.Outcome({metric.name: value}) for value in values]
        if not any(
            i.in_domain(promised.vocabulary, outcome)
            and all(i.kept(guarantee, point, outcome) for guarantee in guarantees)
            for outcome in outcomes
        ):
            return False
    return True
