"""Decisions: what follows from the evidence is accepted with its claims, and nothing else is."""

import copy
import json
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.checker import Rejection, Verdict, check, load
from caio.checker.documents import BUDGET
from caio.checker.formulas import ClauseForm, Formulas
from caio.checker.obligations import Question
from tests.checker.forge import Json, World, dump, seal, truth


def judged(decision: Json, *, budget: int = BUDGET) -> Verdict:
    data = dump(decision)
    return check(load(data), data, budget=budget)


def texts(verdict: Verdict) -> dict[str, str]:
    return {claim.name: claim.text for claim in verdict.claims}


@pytest.fixture(scope="module")
def routed() -> Json:
    return World().decision()


@pytest.fixture
def decision(routed: Json) -> Json:
    return copy.deepcopy(routed)


def test_a_routed_decision_says_what_it_establishes(decision: Json) -> None:
    verdict = judged(decision)
    assert (verdict.kind, verdict.verdict) == ("decision", "routed")
    assert [claim.name for claim in verdict.claims] == [
        "winner",
        "better",
        "order",
        "landscape",
        "facts",
        "digests",
    ]
    told = texts(verdict)
    assert told["winner"] == 'every obligation of "alpha" 1.0 holds (20)'
    assert told["better"] == "every better candidate is refuted (1)"
    assert told["order"] == "scores and order recomputed (2 candidates)"
    assert told["landscape"].endswith(decision["landscape"])
    assert told["facts"] == 'facts "alice" are asserted, not proved'
    assert {claim.status for claim in verdict.claims} == {"holds", "asserted"}
    assert verdict.counts == {"refuted": 1, "admitted": 1}
    assert verdict.digests["decision_digest"] == decision["decision_digest"]
    assert 0 < verdict.cost < 100_000


def test_the_documents_may_come_from_elsewhere(decision: Json) -> None:
    whole = copy.deepcopy(decision)
    documents = decision.pop("documents")
    own = load(dump({"format": "caio-documents/v1", "documents": documents[::-1]}))
    assert check(own, dump(decision)) == judged(whole)
    with pytest.raises(Rejection) as caught:
        check(load(), dump(decision))
    assert caught.value.code == "reference"


def test_documents_that_a_decision_does_not_use_change_nothing(decision: Json) -> None:
    other = World()
    other.request["name"] = "another"
    other.documents()
    before = judged(decision)
    decision["documents"].append(other.request)
    assert judged(decision) == before


def test_nobody_admitted_is_a_verdict() -> None:
    world = World()
    world.request["needs"] = [["vision"]]
    verdict = judged(world.decision())
    assert verdict.verdict == "not_routable"
    assert texts(verdict)["better"] == "every candidate is refuted (2)"
    assert "winner" not in texts(verdict)


def forgetful(optimality: str, *names: str) -> World:
    world = World()
    world.profile["optimality"] = optimality
    world.rules = []
    world.forget = lambda service, key: service in names and key == ("coherent",)
    return world


def test_an_unknown_above_the_winner_leaves_nothing_selected() -> None:
    decision = forgetful("required", "beta").decision()
    assert decision["candidates"][0]["service"] == "beta"
    verdict = judged(decision)
    assert (verdict.verdict, decision["selected"]) == ("unknown", None)
    assert "winner" not in texts(verdict)
    assert [c.status for c in verdict.claims if c.name == "better"] == ["not_established"]


def test_a_profile_may_do_without_optimality() -> None:
    decision = forgetful("optional", "beta").decision()
    verdict = judged(decision)
    assert (verdict.verdict, decision["optimality"]) == ("routed", "not_established")
    assert [c.status for c in verdict.claims if c.name == "better"] == ["not_established"]


def test_nothing_known_is_unknown() -> None:
    world = World()
    world.forget = lambda _service, _key: True
    decision = world.decision()
    assert decision["evidence"] == {"proofs": [], "witnesses": []}
    assert judged(decision).verdict == "unknown"


def test_facts_need_a_profile_that_permits_them() -> None:
    world = World()
    world.profile["limits"]["facts"] = []
    decision = world.decision()
    failed = decision["candidates"][0]["failed"]
    assert ["authentication"] in failed
    assert judged(decision).verdict == "not_routable"


def test_without_facts_nobody_is_permitted() -> None:
    world = World()
    world.facts = None
    decision = world.decision()
    for candidate in decision["candidates"]:
        assert ["authorization"] in candidate["failed"]
        assert ["trust"] in candidate["failed"]
        assert ["access"] in candidate["failed"]
        assert ["authentication"] not in candidate["failed"]
    verdict = judged(decision)
    assert texts(verdict)["facts"] == "no facts are stated"


def test_a_pin_binds() -> None:
    world = World()
    world.profile["pins"] = {"alpha": "1.0.0", "gamma": "7"}
    judged(world.decision())
    world.profile["pins"] = {"alpha": "1.1"}
    assert rejection(world.decision()).code == "landscape"


def test_times_are_written_in_words() -> None:
    world = World()
    world.at += 1
    decision = world.decision()
    assert rejection(decision).path == "at"
    decision["at"] = "2026-11-22T00:00:00.000001Z"
    judged(seal(decision, None))
    for wrong in ("2026-11-22T00:00:00.00001Z", "2026-11-22T00:00:00Z", "now", ""):
        decision["at"] = wrong
        assert rejection(seal(decision, None)).code == "verdict"


def rejection(decision: Json, *, budget: int = BUDGET) -> Rejection:
    with pytest.raises(Rejection) as caught:
        judged(decision, budget=budget)
    return caught.value


def swap(items: list[Json]) -> None:
    items[0], items[1] = items[1], items[0]


TAMPERINGS: list[tuple[str, Callable[[Json], object], str]] = [
    ("another verdict", lambda d: d.update(verdict="not_routable"), "verdict"),
    ("a verdict of words", lambda d: d.update(verdict="fine"), "verdict"),
    ("another winner", lambda d: d["selected"].update(service="beta"), "verdict"),
    ("no winner", lambda d: d.update(selected=None), "verdict"),
    ("optimality of nothing", lambda d: d.update(optimality=None), "verdict"),
    ("a step forged", lambda d: d["steps"][0].__setitem__(1, 1), "verdict"),
    ("steps left out", lambda d: d.update(steps=[]), "verdict"),
    ("a score forged", lambda d: d["candidates"][0].update(score=1), "score"),
    ("a score as text", lambda d: d["candidates"][0].update(score="10631"), "score"),
    ("candidates swapped", lambda d: swap(d["candidates"]), "order"),
    ("a candidate left out", lambda d: d["candidates"].pop(0), "landscape"),
    ("a candidate twice", lambda d: d["candidates"].append(d["candidates"][0]), "landscape"),
    ("no candidates", lambda d: d.update(candidates=[]), "landscape"),
    ("a stranger", lambda d: d["candidates"][0].update(service="gamma"), "landscape"),
    ("another version", lambda d: d["candidates"][0].update(version="1"), "landscape"),
    ("another route", lambda d: d["candidates"][0].update(route="internal"), "landscape"),
    ("a control signal", lambda d: d["candidates"][0].update(control="hold"), "landscape"),
    (
        "a refuted candidate admitted",
        lambda d: d["candidates"][0].update(verdict="admitted"),
        "verdict",
    ),
    ("a failure hidden", lambda d: d["candidates"][0].update(failed=[]), "verdict"),
    ("a failure invented", lambda d: d["candidates"][1].update(failed=[["coherent"]]), "verdict"),
    ("evidence shortened", lambda d: d["candidates"][1]["evidence"].pop(), "shape"),
    ("evidence lengthened", lambda d: d["candidates"][1]["evidence"].append(0), "shape"),
    ("no evidence", lambda d: d["candidates"][1].update(evidence=[]), "shape"),
    (
        "evidence of nothing",
        lambda d: d["candidates"][1]["evidence"].__setitem__(3, 999),
        "reference",
    ),
    ("evidence as text", lambda d: d["candidates"][1]["evidence"].__setitem__(3, "0"), "shape"),
    (
        "evidence of a truth",
        lambda d: d["candidates"][1]["evidence"].__setitem__(3, False),
        "shape",
    ),
    (
        "evidence withdrawn",
        lambda d: d["candidates"][1]["evidence"].__setitem__(0, None),
        "verdict",
    ),
    (
        "a proof too many",
        lambda d: d["evidence"]["proofs"].append(d["evidence"]["proofs"][0]),
        "unused",
    ),
    ("a witness too many", lambda d: d["evidence"]["witnesses"].append({}), "unused"),
    ("the examined skipped", lambda d: skip(d["candidates"][0]), "verdict"),
    ("the last skipped", lambda d: skip(d["candidates"][1]), "verdict"),
    ("a policy without a rule", lambda d: d["inputs"]["policy"].pop(), "shape"),
    ("a policy out of order", lambda d: d["inputs"]["policy"].reverse(), "canonical"),
    (
        "a request as policy",
        lambda d: d["inputs"].update(policy=[d["inputs"]["request"]]),
        "reference",
    ),
    (
        "a profile as request",
        lambda d: d["inputs"].update(request=d["inputs"]["profile"]),
        "reference",
    ),
    ("half a microsecond", lambda d: d["inputs"].update(at="1/2"), "sort"),
    ("after the last day", lambda d: d["inputs"].update(at="253402300800000000"), "sort"),
    ("a fraction of a seed", lambda d: d["inputs"].update(seed="1/2"), "sort"),
    ("a seed of words", lambda d: d["inputs"].update(seed="lucky"), "number"),
    ("another landscape", lambda d: d.update(landscape="sha256:" + "0" * 64), "digest"),
    ("a further field", lambda d: d.update(note="trust me"), "shape"),
    ("no steps", lambda d: d.pop("steps"), "shape"),
    ("another format", lambda d: d.update(format="caio-decision/v2"), "shape"),
]


def skip(candidate: Json) -> None:
    candidate["verdict"] = "not_examined"
    del candidate["failed"], candidate["evidence"]


@pytest.mark.parametrize(
    ("tamper", "code"), [t[1:] for t in TAMPERINGS], ids=[t[0] for t in TAMPERINGS]
)
def test_a_tampered_decision_is_refused_even_with_all_digests_redone(
    decision: Json, tamper: Callable[[Json], object], code: str
) -> None:
    tamper(decision)
    own = load(dump({"format": "caio-documents/v1", "documents": decision["documents"]}))
    with pytest.raises(Rejection) as caught:
        check(own, dump(seal(decision, None)))
    assert caught.value.code == code


@pytest.mark.parametrize("name", ["obligations_digest", "decision_digest", "trace_digest"])
@pytest.mark.parametrize(("digest", "code"), [("sha256:" + "0" * 64, "digest"), (1, "digest")])
def test_digests_are_recomputed(decision: Json, name: str, digest: Json, code: str) -> None:
    decision[name] = digest
    assert rejection(decision).code == code


def test_a_decision_must_look_at_every_entry_of_its_landscape(decision: Json) -> None:
    decision["candidates"] = decision["candidates"][1:]
    told = rejection(seal(decision, None))
    assert (told.code, told.path) == ("landscape", "candidates")


def test_evidence_is_judged_at_its_place(decision: Json) -> None:
    proofs = decision["evidence"]["proofs"]
    for proof in proofs:
        proof["steps"][-1] = ["rup", [], []]
    told = rejection(seal(decision, None))
    assert told.code == "rup"
    assert told.path.startswith("candidates[0].evidence[")
    assert "evidence.proofs[" in str(told)


def test_the_budget_is_a_budget(decision: Json) -> None:
    cost = judged(decision).cost
    assert judged(decision, budget=cost).cost == cost
    for budget in (0, 1, cost // 2, cost - 1):
        assert rejection(decision, budget=budget).code == "budget"


def test_checking_is_the_same_every_time(decision: Json) -> None:
    own = load(dump(decision))
    first = check(own, dump(decision))
    with pytest.raises(Rejection):
        check(own, dump({**decision, "verdict": "unknown"}))
    assert check(own, dump(decision)) == first == judged(json.loads(json.dumps(decision)))


def test_a_candidate_is_refuted_by_any_of_its_obligations() -> None:
    """One refuted obligation is enough, whatever is unknown beside it."""
    world = World()
    world.request["needs"] = [["vision"]]
    world.forget = lambda _service, key: key[0] not in {"non_empty", "capability"}
    assert judged(world.decision()).verdict == "not_routable"


def test_an_empty_hypothesis_proves_nothing() -> None:
    """A request that describes no call holds everything vacuously; `non_empty` refutes it."""
    world = World()
    world.request["given"] += [["is", "request.urgent"]]
    decision = world.decision()
    assert all(["non_empty"] in candidate["failed"] for candidate in decision["candidates"])
    assert judged(decision).verdict == "not_routable"


def bare() -> World:
    """A world whose vocabulary has no roles, no cost and no latency, and whose service is public."""
    world = World()
    for section in ("request", "facts", "attributes", "metrics"):
        for field in world.vocabulary[section]:
            field["role"] = None
    world.vocabulary["cost"] = None
    world.request |= {"budget": None, "deadline": None}
    world.rules = []
    for service in world.services:
        service["cost"] = []
        service["permits"] = {"mode": "public", "permissions": [], "trust": None, "zones": None}
    return world


def test_without_roles_only_what_is_declared_is_asked() -> None:
    world = bare()
    world.request["given"].append(["eq", {"constant": "-2", "terms": {"count(request.data)": "1"}}])
    decision = world.decision()
    assert judged(decision).verdict == "routed"
    keys = {"cost_disjoint", "budget", "deadline", "trust", "access"}
    question, loaded, _ = world.question()
    listed = world.candidates(question.world)
    asking = Question(loaded, question, Formulas(BUDGET), listed)
    for candidate in listed:
        asked = {key[0] for key, _ in asking.obligations(candidate)}
        assert not keys & asked


def test_a_deadline_without_a_latency_is_never_met() -> None:
    world = bare()
    world.request["deadline"] = "10"
    decision = world.decision()
    assert all(candidate["failed"] == [["deadline"]] for candidate in decision["candidates"])
    assert judged(decision).verdict == "not_routable"


def test_one_cost_case_needs_no_other_to_be_apart_from() -> None:
    world = World()
    for service in world.services:
        service["cost"] = [{"when": True, "amount": service["cost"][0]["amount"]}]
    assert judged(world.decision()).verdict == "routed"


@pytest.mark.parametrize(("provided", "verdict"), [(True, "not_routable"), (False, "routed")])
def test_capabilities_can_be_required_and_forbidden(provided: bool, verdict: str) -> None:
    world = World()
    vision = {"on": "capability", "name": "vision", "provided": provided}
    world.request["ensure"].append(vision)
    assert judged(world.decision()).verdict == verdict


@pytest.mark.parametrize(("mode", "held"), [("all", ["invoke"]), ("none", ["invoke", "admin"])])
def test_who_lacks_a_permission_is_refused(mode: str, held: list[str]) -> None:
    world = World()
    world.facts["values"]["permissions"] = held
    for service in world.services:
        service["permits"]["mode"] = mode
        service["permits"]["permissions"] = ["invoke", "admin"] if mode == "all" else []
    decision = world.decision()
    assert all(["authorization"] in candidate["failed"] for candidate in decision["candidates"])
    assert judged(decision).verdict == "not_routable"


VALUES: dict[str, list[Json]] = {
    "request.region": [0, 1],
    "request.urgent": [0, 1],
    "request.tokens": [500, 8000],
    "request.data:public": [0, 1],
    "request.data:health": [0, 1],
    "fact.trust": [0, 2, 3],
    "fact.zone": [0, 1, 2],
    "fact.permissions:invoke": [0, 1],
    "fact.permissions:admin": [0, 1],
    "env.healthy": [0, 1],
    "env.load": [Fraction(0), Fraction(1, 4), Fraction(1)],
    "env.at": [1795305600000000, 0],
    "metric.accuracy": [Fraction(0), Fraction(89, 100), Fraction(9, 10), Fraction(1)],
    "metric.latency": [Fraction(0), Fraction(17, 2), Fraction(10), Fraction(3600)],
    "service.privacy.locality": [-1, 0, 2, 3],
    "service.privacy.encrypted": [-1, 0, 1],
    "service.privacy.retention": [Fraction(0)],
    "cost": [Fraction(-1), Fraction(0), Fraction(10)],
}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_is_proved_has_no_counterexample_among_sampled_points(data: st.DataObject) -> None:
    """Sampled calls, facts and promises never satisfy an obligation that was proved to hold."""
    world = World()
    question, loaded, _ = world.question()
    make = Formulas(BUDGET)
    listed = world.candidates(question.world)
    asking = Question(loaded, question, make, listed)
    decision = DECIDED
    point = {
        name: Fraction(data.draw(st.sampled_from(values), label=name))
        for name, values in VALUES.items()
    }
    for one in listed:
        entry = one.entry
        candidate = next(c for c in decision["candidates"] if c["service"] == entry.service.name)
        first = asking.hypothesis(entry.state)
        goals = [goal for _, goal in asking.obligations(one)]
        for goal, reference in zip(goals, candidate["evidence"], strict=True):
            form = ClauseForm(make, first, goal)
            inside = all(
                (v.lower is None or v.lower <= point[n])
                and (v.upper is None or point[n] <= v.upper)
                for n, v in form.variables.items()
            )
            if inside and all(truth(formula, point) for formula in form.block):
                assert reference < 0


DECIDED = World().decision()
