"""The reference interpreter: three values, entailment at a point, and who may call."""

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caio.ir import documents as d
from caio.ir import interpret as i
from caio.ir import terms as t
from tests.strategies import atoms, demands, formulas, points, services, vocabularies

F = Fraction
X = t.Affine.of(-5, {"request.x": F(1)})
BELOW = t.Compare(t.Comparison.LE, X)
DATA = d.Enumeration("Data", (d.Member("open"), d.Member("health", sensitive=True)))
PLACE = d.Enumeration("Place", (d.Member("local"), d.Member("eu"), d.Member("on_device")))
WHO = d.Enumeration("Who", (d.Member("a"), d.Member("b")))
VOCABULARY = d.Vocabulary(
    "v",
    enums=(DATA, PLACE, WHO),
    capabilities=("chat",),
    metrics=(
        d.Metric("speed", "1", F(0), F(10), "lower", d.Statistic.EXPECTED),
        d.Metric("tail", "1", F(0), F(10), "lower", d.Statistic.QUANTILE, F(9, 10)),
    ),
    request=(d.Field("x", d.IntType("1", 0, 100)), d.Field("data", d.SetType("Data"), role="data")),
    facts=(
        d.Field("trust", d.IntType("1", 0, 5), role="trust"),
        d.Field("held", d.SetType("Who"), role="permissions"),
        d.Field("zone", d.EnumType("Place"), role="zone"),
    ),
    attributes=(
        d.Field("place", d.EnumType("Place"), role="locality"),
        d.Field("locked", d.BoolType(), role="encrypted"),
        d.Field("kept", d.RationalType("1", None, None)),
    ),
    cost=d.CostRange("USD", F(10)),
)
LE, LT, GE, GT = t.Relation.LE, t.Relation.LT, t.Relation.GE, t.Relation.GT


def contract(**parts: object) -> i.Contract:
    return i.Contract(VOCABULARY, d.Service("", "s", "1", **parts))  # type: ignore[arg-type]


def constant(value: int) -> t.Affine:
    return t.Affine.of(value)


@pytest.mark.parametrize(("x", "wanted"), [(F(4), True), (F(5), True), (F(6), False), (None, None)])
def test_a_comparison_has_three_values(x: Fraction | None, wanted: bool | None) -> None:
    point: dict[str, d.Value] = {} if x is None else {"request.x": x}
    assert i.truth(BELOW, point) is wanted
    assert i.truth(t.Not(BELOW), point) is (None if wanted is None else not wanted)
    assert i.holds(BELOW, point) is (wanted is True)


def test_junctions_are_kleene() -> None:
    unknown = t.Is("request.y")
    rows: list[tuple[t.Formula, t.Formula, bool | None, bool | None]] = [
        (t.TRUE, unknown, None, True),
        (t.FALSE, unknown, False, None),
        (unknown, unknown, None, None),
        (t.TRUE, t.FALSE, False, True),
    ]
    for a, b, both, some in rows:
        assert i.truth(t.And((a, b)), {}) is both
        assert i.truth(t.Or((a, b)), {}) is some


def test_a_count_counts_members() -> None:
    term = t.Affine.of(1, {"count(request.data)": F(2)})
    assert i.affine_value(term, {"request.data": ("open", "health")}) == 5
    assert i.affine_value(term, {}) is None


GUARANTEE = d.Guarantee("speed", LE, constant(5), BELOW)
HERE: i.Point = {"request.x": F(5)}
THERE: i.Point = {"request.x": F(6)}

ENTAILED = [
    (t.OnMetric("speed", LE, constant(5)), HERE, True),
    (t.OnMetric("speed", LT, constant(5)), HERE, False),
    (t.OnMetric("speed", LT, constant(6)), HERE, True),
    (t.OnMetric("speed", LE, constant(4)), HERE, False),
    (t.OnMetric("speed", LE, constant(5)), THERE, False),
    (t.OnMetric("speed", LE, constant(10)), THERE, True),
    (t.OnMetric("speed", GE, constant(0)), THERE, True),
    (t.OnMetric("speed", GT, constant(0)), THERE, False),
    (t.OnMetric("speed", LE, constant(5)), {}, False),
    (t.OnCapability("chat", True), {}, False),
    (t.OnCapability("chat", False), {}, True),
    (t.OnAttribute("place", ("local", "eu", "on_device")), {}, False),
    (t.OnAttribute("place", ("eu",), negated=True), {}, False),
    (t.OnQuantity("kept", LE, F(10**9)), {}, False),
    (t.OnCost(LE, constant(10**9)), {}, False),
    (t.OnCost(GE, constant(0)), {}, True),
    (t.OnTime(LE, F(0)), {}, False),
    (t.OnTime(LE, F(0)), {"env.at": F(0)}, True),
]


@pytest.mark.parametrize(("atom", "point", "wanted"), ENTAILED)
def test_entailment_at_a_point(atom: t.Atom, point: i.Point, *, wanted: bool) -> None:
    service = contract(guarantees=(GUARANTEE,))
    assert i.entails(atom, service, point) is wanted
    assert i.violable(atom, service, point) is not wanted


def test_a_level_entails_equal_and_lower_levels_only() -> None:
    guarantee = d.Guarantee("tail", LE, constant(5), t.TRUE, F(9, 10))
    service = contract(guarantees=(guarantee,))
    for level, wanted in [(F(1, 2), True), (F(9, 10), True), (F(99, 100), False)]:
        assert i.entails(t.OnMetric("tail", LE, constant(5), level), service, {}) is wanted


def test_what_an_overlay_adds_counts() -> None:
    overlay = d.Overlay("", "s", "1", "o", (("place", "eu"),), (GUARANTEE,))
    service = i.Contract(VOCABULARY, d.Service("", "s", "1"), (overlay,))
    assert i.entails(t.OnAttribute("place", ("eu",)), service, {})
    assert i.entails(t.OnAttribute("place", ("local",), negated=True), service, {})
    assert i.entails(t.OnMetric("speed", LE, constant(5)), service, HERE)


def test_a_cost_case_speaks_only_where_it_applies() -> None:
    service = contract(cost=(d.CostCase(BELOW, constant(2)),))
    atom = t.OnCost(LE, constant(2))
    assert i.entails(atom, service, HERE)
    assert not i.entails(atom, service, THERE)
    assert i.guaranteed(service, HERE, i.Outcome(cost=F(2)))
    assert not i.guaranteed(service, HERE, i.Outcome(cost=F(3)))
    assert i.guaranteed(service, THERE, i.Outcome(cost=F(3)))


def test_outcomes_keep_or_break_guarantees() -> None:
    service = contract(guarantees=(GUARANTEE,))
    assert i.guaranteed(service, HERE, i.Outcome({"speed": F(5)}))
    assert not i.guaranteed(service, HERE, i.Outcome({"speed": F(6)}))
    assert not i.in_domain(VOCABULARY, i.Outcome({"speed": F(11)}))
    assert i.satisfied(
        t.OnMetric("speed", LE, constant(5)), service, HERE, i.Outcome({"speed": F(5)})
    )
    assert not i.satisfied(t.OnMetric("speed", LE, constant(5)), service, HERE, i.Outcome())


PERMITS = [
    (d.Permits(), ("a", "b"), False),
    (d.Permits("public"), (), True),
    (d.Permits("any", ("a", "b")), ("b",), True),
    (d.Permits("any", ("a", "b")), (), False),
    (d.Permits("all", ("a", "b")), ("b",), False),
    (d.Permits("all", ("a", "b")), ("a", "b"), True),
]


@pytest.mark.parametrize(("permits", "held", "wanted"), PERMITS)
def test_who_may_call(permits: d.Permits, held: tuple[str, ...], *, wanted: bool) -> None:
    assert i.authorized(contract(permits=permits), {"fact.held": held}) is wanted


def test_trust_and_zones_need_facts() -> None:
    strict = contract(permits=d.Permits("public", (), F(3), ("eu",)))
    assert not i.trusted(strict, {})
    assert i.trusted(strict, {"fact.trust": F(3)})
    assert not i.trusted(strict, {"fact.trust": F(2)})
    assert not i.accessible(strict, {})
    assert i.accessible(strict, {"fact.zone": "eu"})
    assert i.trusted(contract(), {})
    assert i.accessible(contract(), {})


@pytest.mark.parametrize(
    ("stated", "wanted"),
    [
        ((), False),
        ((("place", "eu"),), False),
        ((("place", "local"),), True),
        ((("place", "on_device"),), True),
        ((("locked", False),), False),
        ((("locked", True),), True),
    ],
)
def test_sensitive_data_stays_local_or_encrypted(
    stated: tuple[tuple[str, d.Value], ...], *, wanted: bool
) -> None:
    service = contract(attributes=stated)
    assert i.private(service, {"request.data": ("health",)}) is wanted
    assert i.private(service, {}) is wanted
    assert i.private(service, {"request.data": ("open",)})


laws = settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))


@pytest.mark.slow
@given(st.data())
@laws
def test_a_complete_point_leaves_nothing_unknown(data: st.DataObject) -> None:
    vocabulary = data.draw(vocabularies())
    formula = data.draw(formulas(vocabulary, "request fact env measured choice"))
    point = data.draw(points(vocabulary, "request fact env measured choice"))
    assert i.in_schema(vocabulary, point)
    assert i.truth(formula, point) is not None


@pytest.mark.slow
@given(st.data())
@laws
def test_what_is_entailed_no_outcome_violates(data: st.DataObject) -> None:
    vocabulary = data.draw(vocabularies())
    service = i.Contract(vocabulary, data.draw(services(vocabulary, "s", "1")))
    atom = data.draw(atoms(vocabulary) | demands(vocabulary))
    point = data.draw(points(vocabulary, "request fact env measured"))
    if i.entails(atom, service, point):
        assert not i.violable(atom, service, point)
