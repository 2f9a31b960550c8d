"""Expressions of constraints at a point, held against every outcome of a small world.

Everything here is a whole number: coefficients, bounds, domains. Between two neighbouring bounds of a metric nothing
changes but the value itself, so that a handful of values per metric stands for all: each bound, and a little beside it.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.ir import documents as d
from caio.ir import interpret as i
from caio.ir import terms as t

F = Fraction
LE, LT, GE, GT = t.Relation.LE, t.Relation.LT, t.Relation.GE, t.Relation.GT
LEVEL = F(9, 10)
BESIDE = F(1, 1000)
"""So little that no sum of coefficients makes a whole number of it."""
FAR = 10**6
"""Beyond what any sum of the others could balance."""

VOCABULARY = d.Vocabulary(
    "v",
    metrics=(
        d.Metric("speed", "1", F(-2), F(3), "lower", d.Statistic.EXPECTED),
        d.Metric("tail", "1", F(0), F(4), "lower", d.Statistic.QUANTILE, LEVEL),
    ),
    request=(d.Field("x", d.IntType("1", 0, 3)),),
    measured=(d.Field("m", d.RationalType("1", F(0), F(2))),),
    attributes=(d.Field("kept", d.IntType("1", -3, 3)), d.Field("flag", d.BoolType())),
    cost=d.CostRange("1", F(10)),
)
POINT: i.Point = {"request.x": F(1), "measured.m": F(2)}
VARIABLES = ("metric.speed", "metric.tail", "cost", "service.kept", "request.x", "measured.m")

small = st.integers(-4, 4).map(Fraction)
bounds = st.builds(
    lambda constant, slope: t.Affine.of(constant, {"request.x": slope}),
    small,
    st.sampled_from([F(0), F(1), F(-2)]),
)
guards = st.sampled_from(
    [t.TRUE, t.FALSE, t.Compare(t.Comparison.LE, t.Affine.of(-1, {"request.x": F(1)}))]
)
guarantees = st.one_of(
    st.builds(d.Guarantee, st.just("speed"), st.sampled_from([LE, LT, GE, GT]), bounds, guards),
    st.builds(
        d.Guarantee,
        st.just("tail"),
        st.sampled_from([LE, LT, GE, GT]),
        bounds,
        guards,
        st.sampled_from([F(1, 2), LEVEL, F(99, 100)]),
    ),
)
contracts = st.builds(
    lambda promised, cases, kept: i.Contract(
        VOCABULARY,
        d.Service(
            "",
            "s",
            "1",
            attributes=() if kept is None else (("kept", kept),),
            guarantees=tuple(promised),
            cost=tuple(cases),
        ),
    ),
    st.lists(guarantees, max_size=4),
    st.lists(st.builds(d.CostCase, guards, bounds), max_size=2),
    st.none() | st.integers(-3, 3).map(Fraction),
)
expressions = st.builds(
    lambda relation, constant, names, factors: t.OnExpression(
        relation, t.Affine.of(constant, dict(zip(names, factors, strict=False)))
    ),
    st.sampled_from([LE, LT]),
    st.integers(-9, 9).map(Fraction),
    st.lists(st.sampled_from(VARIABLES), unique=True, max_size=4),
    st.lists(st.sampled_from([F(1), F(-1), F(2), F(-3)]), min_size=4, max_size=4),
)


def allowed(name: str, contract: i.Contract, *, upper: bool) -> Iterator[Fraction]:
    """The values of a variable that the promises on one side allow, as far as they matter."""
    if name == "service.kept":
        stated = contract.attribute("kept")
        yield from (F(-FAR), F(FAR)) if stated is None else (stated,)  # type: ignore[misc]
        return
    limits: list[tuple[t.Relation, Fraction]] = []
    if name == "cost":
        for case in contract.service.cost if upper else ():
            amount = i.affine_value(case.amount, POINT)
            if i.holds(case.when, POINT) and amount is not None:
                limits.append((LE, amount))
    else:
        metric = VOCABULARY.metric(name.removeprefix("metric."))
        limits += [(GE, metric.lower), (LE, metric.upper)]
        for promise in contract.guarantees:
            bound = i.affine_value(promise.bound, POINT)
            if (
                promise.metric == metric.name
                and promise.relation.upper == upper
                and i.holds(promise.when, POINT)
                and (metric.level is None or (promise.level or F(0)) >= metric.level)
                and bound is not None
            ):
                limits.append((promise.relation, bound))
    tried = {F(-FAR), F(FAR)} | {
        bound + step for _, bound in limits for step in (-BESIDE, F(0), BESIDE)
    }
    for value in sorted(tried):
        if all(i.related(value, relation, bound) for relation, bound in limits):
            yield value


def outcomes(term: t.Affine, contract: i.Contract) -> Iterator[Fraction]:
    """Every value of g that some allowed outcome gives."""
    names = [name for name, _ in term.terms]
    values = [
        [POINT[name]] if name in POINT else list(allowed(name, contract, upper=coefficient > 0))
        for name, coefficient in term.terms
    ]
    # Metrics that the expression does not mention are nobody's business here.
    for chosen in product(*values):
        point = dict(zip(names, chosen, strict=True))
        found = i.affine_value(term, point)
        assert found is not None
        yield found


@given(expressions, contracts)
@settings(deadline=None, max_examples=400)
def test_violable_is_what_some_outcome_breaks(atom: t.OnExpression, contract: i.Contract) -> None:
    values = list(outcomes(atom.terms, contract))
    strict = atom.relation is LT
    broken = any(value >= 0 if strict else value > 0 for value in values)
    assert i.violable(atom, contract, POINT) is broken
    if values:
        assert i.entails(atom, contract, POINT) is not broken
    elif i.entails(atom, contract, POINT):
        assert not i.violable(atom, contract, POINT)


@given(expressions, contracts, st.fixed_dictionaries({"speed": small, "tail": small}), small)
@settings(deadline=None, max_examples=200)
def test_a_satisfied_expression_is_its_value(
    atom: t.OnExpression, contract: i.Contract, metrics: dict[str, Fraction], cost: Fraction
) -> None:
    kept = contract.attribute("kept")
    point = {
        **POINT,
        "metric.speed": metrics["speed"],
        "metric.tail": metrics["tail"],
        "cost": cost,
    }
    if kept is not None:
        point["service.kept"] = kept
    value = i.affine_value(atom.terms, point)
    wanted = value is not None and (value < 0 if atom.relation is LT else value <= 0)
    assert i.satisfied(atom, contract, POINT, i.Outcome(metrics, cost)) is wanted


def expression(relation: t.Relation, constant: int, **terms: int) -> t.OnExpression:
    named = {name.replace("_", ".", 1): F(value) for name, value in terms.items()}
    return t.OnExpression(relation, t.Affine.of(constant, named))


def contract(*promised: d.Guarantee, **parts: object) -> i.Contract:
    return i.Contract(VOCABULARY, d.Service("", "s", "1", guarantees=promised, **parts))  # type: ignore[arg-type]


def on_tail(relation: t.Relation, bound: int, level: Fraction) -> d.Guarantee:
    return d.Guarantee("tail", relation, t.Affine.of(bound), t.TRUE, level)


EXAMPLES: list[tuple[str, t.OnExpression, i.Contract, bool]] = [
    ("the domain bounds", expression(LE, -3, metric_speed=1), contract(), False),
    ("a domain bound is reached", expression(LT, -3, metric_speed=1), contract(), True),
    (
        "the other side bounds nothing",
        expression(LE, -2, metric_tail=1),
        contract(on_tail(GE, 1, LEVEL)),
        True,
    ),
    (
        "at the declared level",
        expression(LE, -2, metric_tail=1),
        contract(on_tail(LE, 2, LEVEL)),
        False,
    ),
    ("below it", expression(LE, -2, metric_tail=1), contract(on_tail(LE, 2, F(1, 2))), True),
    (
        "a strict bound is not reached",
        expression(LT, -2, metric_tail=1),
        contract(on_tail(LT, 2, LEVEL)),
        False,
    ),
    ("two metrics", expression(LE, -7, metric_speed=1, metric_tail=1), contract(), False),
    ("no price is no bound", expression(LE, -10, cost=1), contract(), True),
    (
        "a price is one",
        expression(LE, -3, cost=1),
        contract(cost=(d.CostCase(t.TRUE, t.Affine.of(3)),)),
        False,
    ),
    ("nothing bounds a cost from below", expression(LE, 0, cost=-1), contract(), True),
    ("nobody stated it", expression(LE, -9, service_kept=1), contract(), True),
    (
        "it is stated",
        expression(LE, -2, service_kept=1),
        contract(attributes=(("kept", F(2)),)),
        False,
    ),
    ("a measured value counts", expression(LE, -2, measured_m=1), contract(), False),
    (
        "contradictions leave no outcome",
        expression(LE, 9, metric_tail=1),
        contract(on_tail(LT, 0, LEVEL)),
        False,
    ),
]


@pytest.mark.parametrize(
    ("name", "atom", "service", "wanted"), EXAMPLES, ids=[e[0] for e in EXAMPLES]
)
def test_examples(name: str, atom: t.OnExpression, service: i.Contract, *, wanted: bool) -> None:
    assert i.violable(atom, service, POINT) is wanted, name


def test_what_the_point_leaves_out_is_unknown_and_no_success() -> None:
    atom = expression(LE, -9, measured_m=1)
    assert i.violable(atom, contract(), {})
    assert not i.entails(atom, contract(), {})
    assert not i.satisfied(atom, contract(), {}, i.Outcome())
    assert not i.satisfied(expression(LE, -9, metric_speed=1), contract(), {}, i.Outcome())
