"""Questions that would take for ever, or numbers that nothing can write, end as `budget` or `limit`: never in a hang or a crash."""

import time

from caio.checker import load
from tests.checker.forge import (
    Json,
    World,
    affine,
    constraint,
    document_set,
    expression,
    field,
    guarantee,
    number,
    on_metric,
)
from tests.checker.posing import Posed, group, plain_world, rule

SMALL_BUDGET = 10**7


def metered(count: int) -> World:
    """A world in which there are many metrics, called m0, m1 and so on."""
    world = plain_world()
    model = world.vocabulary["metrics"][0]
    for index in range(count):
        world.vocabulary["metrics"].append({**model, "name": f"m{index}"})
    return world


def within(seconds: float, posed: Posed, *key: Json, budget: int = SMALL_BUDGET) -> str:
    started = time.process_time()
    code = posed.code(*key, budget=budget)
    assert time.process_time() - started < seconds
    return code


def sum_of(count: int, factor: str = "1") -> Json:
    return expression("0", {f"metric.m{index}": factor for index in range(count)})


def test_choices_of_bounds_for_an_expression_are_paid_for_one_by_one() -> None:
    world = metered(12)
    world.services[0]["guarantees"] = [
        guarantee(f"m{index}", "<=", affine("0", tokens=f"1/{n}"))
        for index in range(12)
        for n in range(2, 12)
    ]
    demand = constraint("all", "safety", sum_of(12))
    posed = Posed(world, demand)
    names = posed.key(demand)
    key: list[Json] = ["keeps", None, None, posed.one, names, None, [], []]
    assert within(30, posed, *key, budget=10**6) == "budget"


def test_sums_of_fractions_that_nothing_can_write_are_limits() -> None:
    """A denominator of five thousand digits is more than Python turns into text."""
    world = metered(30)
    factor = f"1/{10**250 + 1}"
    world.services[0]["guarantees"] = [
        guarantee(f"m{index}", "<=", affine(f"1/{10**250 + 2 * index + 3}")) for index in range(30)
    ]
    demand = constraint("all", "safety", sum_of(30, factor))
    posed = Posed(world, demand)
    names = posed.key(demand)
    assert within(30, posed, "keeps", None, None, posed.one, names, None, [], []) in {
        "limit",
        "budget",
    }


def test_a_sum_of_a_few_long_fractions_is_a_limit_and_no_crash() -> None:
    world = metered(12)
    world.vocabulary["request"].append(field("share", number("rational", "0", "1")))
    world.services[0]["guarantees"] = [
        guarantee(f"m{index}", "<=", affine(f"1/{10**490 + 2 * index + 3}", share="1/1000"))
        for index in range(12)
    ]
    demand = constraint("all", "safety", sum_of(12))
    posed = Posed(world, demand)
    names = posed.key(demand)
    code = within(30, posed, "keeps", None, None, posed.one, names, None, [], [], budget=10**9)
    assert code == "limit"


def test_sums_of_factors_are_paid_for() -> None:
    world = metered(300)
    world.services[0]["guarantees"] = [
        guarantee(f"m{index}", "<=", affine("0", tokens=f"1/{10**500 + 2 * index + 3}"))
        for index in range(300)
    ]
    demand = constraint("all", "safety", sum_of(300))
    posed = Posed(world, demand)
    names = posed.key(demand)
    assert within(30, posed, "keeps", None, None, posed.one, names, None, [], []) == "budget"


def test_naming_a_large_service_costs_its_size() -> None:
    world = plain_world()
    world.services[0]["guarantees"] = [guarantee("accuracy", ">=", affine("0"))] * 5_000
    posed = Posed(world)
    assert within(10, posed, "service_assumable", posed.one, budget=5_000) == "budget"
    assert within(10, posed, "service_assumable", posed.one, budget=6_000) == "accepted"


def test_naming_a_rule_of_many_actions_costs_them() -> None:
    demand = rule("r", *[on_metric("accuracy", ">=", affine("0"))] * 5_000)
    posed = Posed(plain_world(), demand)
    assert within(10, posed, "rule_applicable", demand, budget=5_000) == "budget"


def test_conditions_that_are_true_are_not_free() -> None:
    some = group(given=[True] * 5_000)
    posed = Posed(plain_world(), some)
    assert within(10, posed, "inhabited", some, budget=4_999) == "budget"
    assert within(10, posed, "inhabited", some, budget=5_000) == "accepted"


def test_groups_of_capabilities_are_paid_for() -> None:
    world = plain_world()
    names = [f"c{index}" for index in range(5_000)]
    world.vocabulary["capabilities"] += names
    some = group(needs=[names])
    posed = Posed(world, some)
    key: list[Json] = ["keeps", some, None, posed.one, [], None, [], []]
    assert within(10, posed, *key, budget=5_000) == "budget"
    assert within(10, posed, *key, budget=6_000) == "accepted"


def test_what_bears_on_an_expression_is_paid_for() -> None:
    world = metered(400)
    premise = constraint("p", "safety", *[sum_of(400)] * 40)
    goal = constraint("q", "safety", sum_of(400))
    posed = Posed(world, premise, goal)
    key: list[Json] = ["implied", posed.key(premise), goal, 0]
    assert within(10, posed, *key, budget=40 * 400 * 400) == "budget"


def test_tables_are_not_made_anew_for_every_document() -> None:
    """20,000 capabilities, and as many services as say that they have none of them."""
    world = plain_world()
    world.vocabulary["capabilities"] += [f"c{index}" for index in range(20_000)]
    model = world.services[0] | {"capabilities": []}
    world.services = [{**model, "name": f"s{index:05}"} for index in range(2_000)]
    world.states = []
    data = document_set(*world.documents())
    started = time.process_time()
    load(data)
    assert time.process_time() - started < 10


def test_expressions_are_charged_for_the_vocabulary_that_they_are_held_against() -> None:
    world = metered(2_000)
    world.constraints = [constraint("c", "safety", *[sum_of(1)] * 500)]
    spent = load(document_set(*world.documents())).formulas.spent
    world.constraints[0]["then"] = [sum_of(1)]
    less = load(document_set(*world.documents())).formulas.spent
    assert spent - less > 499 * 2_000
