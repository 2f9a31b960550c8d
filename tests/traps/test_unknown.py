"""Traps around `unknown`: it is an answer of its own and always fails closed."""

from dataclasses import replace
from fractions import Fraction
from random import Random

from caio.ir import documents as d
from caio.ir import terms as t
from tests.traps.conftest import Decide
from tests.traps.scenes import PROFILE, SERVICE, STATE, Outcome, changed

TINY = 100
"""Solver units that suffice for a plain service, and not for a hard one."""


def hard_assumption(size: int = 20, seed: int = 5) -> t.Formula:
    """An assumption whose negation takes many case distinctions."""
    rng = Random(seed)

    def atom() -> t.Formula:
        coefficients = {
            "request.tokens": Fraction(rng.choice([-2, 1, 3])),
            "count(request.data)": Fraction(rng.randint(1, 5)),
            "request.parts": Fraction(rng.randint(-9, -1)),
            "request.pages": Fraction(rng.randint(1, 9)),
        }
        return t.Compare(t.Comparison.LE, t.Affine.of(Fraction(rng.randint(-3, 3)), coefficients))

    clauses = tuple(t.Or((atom(), t.Not(atom()), atom())) for _ in range(size))
    return t.Not(t.And(clauses))


def hard(name: str, **changes: object) -> d.Service:
    return changed(name=name, assumes=(hard_assumption(),), **changes)


def tiny(*, optional: bool = False, units: int = TINY) -> d.Profile:
    limits = replace(PROFILE.limits, solver_units=units)
    return replace(PROFILE, limits=limits, optional_optimality=optional)


def observed(*names: str) -> list[d.State]:
    return [replace(STATE, service=name) for name in names]


def verdicts(outcome: Outcome) -> list[tuple[str, str]]:
    return [(c["service"], c["verdict"]) for c in outcome.body["candidates"]]


def test_an_unknown_above_the_winner_makes_the_decision_unknown(decide: Decide) -> None:
    outcome = decide(hard("a"), SERVICE, profile=tiny(), states=observed("a", "s"))
    assert verdicts(outcome) == [("a", "unknown"), ("s", "admitted")]
    assert outcome.verdict == "unknown"
    assert outcome.body["selected"] is None
    assert outcome.body["optimality"] is None


def test_a_profile_may_let_a_winner_win_below_an_unknown_and_the_decision_says_so(
    decide: Decide,
) -> None:
    outcome = decide(hard("a"), SERVICE, profile=tiny(optional=True), states=observed("a", "s"))
    assert outcome.verdict == "routed"
    assert outcome.body["selected"]["service"] == "s"
    assert outcome.body["optimality"] == "not_established"


def test_an_unknown_below_the_winner_is_not_even_asked(decide: Decide) -> None:
    outcome = decide(hard("z"), SERVICE, profile=tiny(), states=observed("z", "s"))
    assert verdicts(outcome) == [("s", "admitted"), ("z", "not_examined")]
    assert outcome.body["optimality"] == "established"


def test_what_is_unknown_within_a_small_budget_is_decided_within_a_large_one(
    decide: Decide,
) -> None:
    outcome = decide(hard("a"), SERVICE, states=observed("a", "s"))
    assert outcome.verdict == "routed"
    assert "unknown" not in dict(verdicts(outcome)).values()


def test_a_refuted_obligation_outweighs_an_unknown_one(decide: Decide) -> None:
    service = hard("a", capabilities=())
    outcome = decide(service, profile=tiny(), states=observed("a"))
    assert verdicts(outcome) == [("a", "refuted")]
    assert outcome.verdict == "not_routable"
    assert outcome.failed("a") == [["capability", 0]]
    assert None in outcome.candidate("a")["evidence"]


def test_nobody_admitted_and_somebody_unknown_is_unknown_and_not_unroutable(
    decide: Decide,
) -> None:
    services = (hard("a"), changed(capabilities=()))
    for optional in (False, True):
        outcome = decide(*services, profile=tiny(optional=optional), states=observed("a", "s"))
        assert verdicts(outcome) == [("a", "unknown"), ("s", "refuted")]
        assert outcome.verdict == "unknown"


def test_next_to_no_budget_admits_nobody(decide: Decide) -> None:
    outcome = decide(hard("a"), profile=tiny(units=1), states=observed("a"))
    assert outcome.verdict == "unknown"
    assert outcome.body["selected"] is None


def test_steps_count_a_candidate_that_is_unknown_as_not_refuted(decide: Decide) -> None:
    outcome = decide(hard("a"), SERVICE, profile=tiny(), states=observed("a", "s"))
    assert outcome.body["steps"] == [
        ["contract_matching", 2],
        ["rule_satisfaction", 2],
        ["security", 2],
        ["trait_constraints", 2],
        ["availability", 2],
    ]
