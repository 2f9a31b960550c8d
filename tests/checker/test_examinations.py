"""Examinations, and documents that extend others, as a gateway uses them."""

import copy
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.checker import Documents, Rejection, Verdict, check, load, obligations
from caio.checker.reader import digest
from tests.checker.forge import Json, World, document_set, dump

FIELDS = ("service", "version", "control", "verdict", "failed", "evidence")
OWN = {"request", "facts", "attestation", "measurements"}


def examination(decision: Json) -> Json:
    rows = [
        {name: row[name] for name in FIELDS} for row in decision["candidates"] if "evidence" in row
    ]
    kept = {name: decision[name] for name in ("inputs", "evidence")}
    return {"format": "caio-examination/v1", "candidates": rows, **kept}


def split(decision: Json) -> tuple[bytes, bytes]:
    """What all requests share, and what belongs to one."""
    listed = decision["documents"]
    shared = [document for document in listed if document["kind"] not in OWN]
    return document_set(*shared), document_set(*(d for d in listed if d["kind"] in OWN))


DECISION = World().decision()
BODY = examination(DECISION)
SHARED, REQUEST = split(DECISION)
BASE = load(SHARED)


def judged(body: Json, documents: Documents | None = None) -> Verdict:
    return check(documents or load(REQUEST, base=BASE), dump(body))


def code(act: Callable[[], object]) -> str:
    try:
        act()
    except Rejection as rejection:
        return rejection.code
    return "accepted"


# --- examinations ----------------------------------------------------------------------------------


def test_an_examination_says_what_it_leaves_out() -> None:
    verdict = judged(BODY)
    assert (verdict.kind, verdict.verdict) == ("examination", "admitted")
    assert verdict.counts == {"refuted": 1, "admitted": 1}
    told = {claim.name: (claim.text, claim.status) for claim in verdict.claims}
    assert told["winner"] == ('every obligation of "alpha" 1.0 holds (20)', "holds")
    assert told["better"] == ("every other candidate is refuted (1)", "holds")
    assert told["order"] == ("scores and order were not recomputed", "not_checked")
    assert told["facts"][1] == "asserted"
    assert list(told) == ["winner", "better", "order", "landscape", "facts"]


def alone(body: Json, index: int) -> Json:
    """One candidate of an examination, with the evidence that it needs."""
    row = copy.deepcopy(body["candidates"][index])
    used = sorted({n for n in row["evidence"] if n >= 0})
    seen = sorted({-1 - n for n in row["evidence"] if n < 0})
    row["evidence"] = [
        used.index(n) if n >= 0 else -1 - seen.index(-1 - n) for n in row["evidence"]
    ]
    evidence = body["evidence"]
    kept = {
        "proofs": [evidence["proofs"][n] for n in used],
        "witnesses": [evidence["witnesses"][n] for n in seen],
    }
    return {**body, "candidates": [row], "evidence": kept}


def test_some_candidates_are_enough() -> None:
    verdict = judged(alone(BODY, 1))
    assert verdict.counts == {"admitted": 1}
    row = copy.deepcopy(BODY["candidates"][1])
    assert code(lambda: judged({**BODY, "candidates": [row]})) != "accepted"


def forgotten(*names: str) -> Json:
    made = World()
    made.profile["optimality"] = "optional"
    made.rules = []
    made.forget = lambda service, key: service in names and key == ("coherent",)
    return made.decision()


@pytest.mark.parametrize(
    ("names", "verdict"),
    [(("beta",), "admitted"), (("beta", "alpha"), "unknown"), ((), "admitted")],
)
def test_what_is_unknown_stays_so(names: tuple[str, ...], verdict: str) -> None:
    decision = forgotten(*names)
    assert check(load(dump(decision)), dump(examination(decision))).verdict == verdict


def test_everybody_refuted_is_refuted() -> None:
    made = World()
    made.request["needs"] = [["vision"]]
    decision = made.decision()
    verdict = check(load(dump(decision)), dump(examination(decision)))
    assert (verdict.verdict, verdict.counts) == ("refuted", {"refuted": 2})
    assert "winner" not in {claim.name for claim in verdict.claims}


TAMPERINGS: dict[str, tuple[Callable[[Json], object], str]] = {
    "no candidates": (lambda b: b.update(candidates=[]), "empty"),
    "a candidate twice": (lambda b: b["candidates"].append(b["candidates"][0]), "landscape"),
    "nobody of the landscape": (lambda b: b["candidates"][0].update(service="x"), "landscape"),
    "another version": (lambda b: b["candidates"][0].update(version="1.0.0"), "landscape"),
    "a version as a number": (lambda b: b["candidates"][0].update(version=1), "landscape"),
    "the admitted one first": (lambda b: b["candidates"].reverse(), "shape"),
    "a refuted one admitted": (lambda b: b["candidates"][0].update(verdict="admitted"), "verdict"),
    "an admitted one refuted": (lambda b: b["candidates"][1].update(verdict="refuted"), "verdict"),
    "not examined": (lambda b: b["candidates"][1].update(verdict="not_examined"), "verdict"),
    "a failure hidden": (lambda b: b["candidates"][0]["failed"].pop(), "verdict"),
    "a failure as a truth": (
        lambda b: b["candidates"][0].update(failed=[["rule", "fast", False]]),
        "verdict",
    ),
    "evidence forgotten": (lambda b: b["candidates"][1]["evidence"].pop(), "shape"),
    "evidence too much": (lambda b: b["candidates"][1]["evidence"].append(0), "shape"),
    "evidence unknown": (lambda b: b["candidates"][1]["evidence"].__setitem__(3, None), "verdict"),
    "evidence true": (lambda b: b["candidates"][1]["evidence"].__setitem__(1, True), "shape"),
    "evidence of nothing": (
        lambda b: b["candidates"][1]["evidence"].__setitem__(1, 10**6),
        "reference",
    ),
    "a witness for a proof": (
        lambda b: b["candidates"][1]["evidence"].__setitem__(1, -1),
        "witness",
    ),
    "a proof nobody uses": (
        lambda b: b["evidence"]["proofs"].append(b["evidence"]["proofs"][0]),
        "unused",
    ),
    "a score": (lambda b: b["candidates"][0].update(score=1), "shape"),
    "a digest": (lambda b: b.update(trace_digest="sha256:" + "0" * 64), "shape"),
    "documents": (lambda b: b.update(documents=[]), "shape"),
    "no inputs": (lambda b: b.pop("inputs"), "shape"),
    "another request": (
        lambda b: b["inputs"].update(request=b["inputs"]["profile"]),
        "reference",
    ),
    "no facts": (lambda b: b["inputs"].update(facts=None), "rup"),
    "no policy": (lambda b: b["inputs"].update(policy=[]), "shape"),
    "another format": (lambda b: b.update(format="caio-examination/v2"), "shape"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_tampered_examination_is_refused(name: str) -> None:
    tamper, expected = TAMPERINGS[name]
    body = copy.deepcopy(BODY)
    tamper(body)
    found = code(lambda: judged(body))
    assert found != "accepted"
    if name not in {"no facts", "the admitted one first", "a witness for a proof"}:
        assert found == expected


def test_only_the_last_may_be_admitted() -> None:
    """Evidence of both is right, and the admitted one comes first."""
    body = copy.deepcopy(BODY)
    body["candidates"].reverse()
    assert code(lambda: judged(body)) == "verdict"


# --- extensions ------------------------------------------------------------------------------------


def request(**changes: Json) -> Json:
    own: Json = copy.deepcopy(next(d for d in DECISION["documents"] if d["kind"] == "request"))
    return own | changes


def test_requests_of_one_name_do_not_see_one_another() -> None:
    one, other = request(budget="1/7"), request(budget="1/8")
    for extra in (one, other, one):
        load(document_set(extra), base=BASE)
    # Two sets may be two states of the same documents, one set may not.
    assert load(document_set(one), document_set(other), base=BASE).found
    assert load(document_set(other), base=load(document_set(one), base=BASE)).found
    with pytest.raises(Rejection) as caught:
        load(document_set(one, other), base=BASE)
    assert caught.value.code == "duplicate"


def test_a_document_of_the_base_may_be_stated_again() -> None:
    assert judged(BODY, load(REQUEST, SHARED, base=BASE)) == judged(BODY)
    with pytest.raises(Rejection) as caught:
        load(document_set(request(), request()), base=BASE)
    assert caught.value.code == "duplicate"


def test_nothing_leaks_into_the_base() -> None:
    assert code(lambda: judged(BODY, BASE)) == "reference"
    judged(BODY)
    load(document_set(request(budget="1/7")), base=BASE)
    assert code(lambda: judged(BODY, BASE)) == "reference"
    sibling = load(document_set(request(budget="1/7")), base=BASE)
    assert code(lambda: judged(BODY, sibling)) == "reference"


def test_a_set_has_each_name_once_whatever_the_base_has() -> None:
    services = [d for d in DECISION["documents"] if d["kind"] == "service"]
    for change in ({"route": "internal"}, {"version": "1.0.0"}):
        other = {**services[0], **change}
        assert load(document_set(other), base=BASE).found
        with pytest.raises(Rejection) as caught:
            load(document_set(services[0], other), base=BASE)
        assert caught.value.code == "duplicate"
    load(document_set(services[0], {**services[0], "version": "1.1"}), base=BASE)


def test_a_policy_has_each_name_once() -> None:
    # From two sets, which are two states of one document: no decision is about both.
    rules = [d for d in DECISION["documents"] if d["kind"] == "rule"]
    other = {**rules[0], "priority": rules[0]["priority"] + 1}
    body = copy.deepcopy(BODY)
    policy = body["inputs"]["policy"]
    policy.append(digest(other))
    policy.sort()
    assert code(lambda: judged(body, load(document_set(other), base=BASE))) in {
        "duplicate",
        "reference",
    }


def test_a_vocabulary_must_be_known() -> None:
    for strange in ("sha256:" + "0" * 64, DECISION["inputs"]["profile"]):
        with pytest.raises(Rejection) as caught:
            load(document_set(request(vocabulary=strange)), base=BASE)
        assert caught.value.code == "reference"


def changed(decision: Json, at: int, field: str, value: Json) -> list[Json]:
    listed = copy.deepcopy(decision["documents"])
    listed[at][field] = value
    return list(listed)


PARTS = [(at, field) for at, d in enumerate(DECISION["documents"]) for field in d]
VALUES: st.SearchStrategy[Json] = st.sampled_from(
    [None, True, 0, -1, "", "0", "x", "1/2", [], {}, [[]], ["chat"]]
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PARTS), VALUES | st.just("same"), st.integers(0, 2**20))
def test_extending_is_loading_together(part: tuple[int, str], value: Json, cut: int) -> None:
    """Whatever is split off, and whatever is wrong with it: both are accepted or neither is."""
    at, field = part
    listed = DECISION["documents"] if value == "same" else changed(DECISION, at, field, value)
    first = {"vocabulary": 0, "landscape": 2}
    order = sorted(
        listed, key=lambda d: first.get(d["kind"], 1) if isinstance(d["kind"], str) else 1
    )
    size = 1 + cut % len(order)
    together = code(lambda: load(document_set(*order)))
    apart = code(lambda: load(document_set(*order[size:]), base=load(document_set(*order[:size]))))
    assert (together == "accepted") == (apart == "accepted")
    if together == "accepted":
        base = load(document_set(*order[:size]))
        extended = load(document_set(*order[size:]), base=base)
        whole = load(document_set(*order))
        assert code(partial(check, whole, dump(BODY))) == code(partial(check, extended, dump(BODY)))


@pytest.mark.parametrize("limit", [500, 128_000, 200_000])
def test_a_request_may_say_what_contracts_say(limit: int) -> None:
    """Formulas of an extension equal formulas that were derived after it was loaded."""
    made = World()
    bound = {"constant": f"-{limit}", "terms": {"request.tokens": "1"}}
    made.request["given"] += [
        ["le", bound],
        ["not", ["lt", {"constant": "0", "terms": {"request.tokens": "1"}}]],
    ]
    if limit == 500:
        made.request["given"] += [["eq", {"constant": "-500", "terms": {"request.tokens": "1"}}]]
    decision = made.decision()
    shared, own = split(decision)
    base = load(shared)
    waiting = load(own, base=base)
    cold = check(load(dump(decision)), dump(examination(decision)))
    for documents in (waiting, load(own, base=base), waiting):
        assert check(documents, dump(examination(decision))) == cold


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([*TAMPERINGS, ""])), max_size=6))
def test_no_check_leaves_a_trace(steps: list[tuple[int, str]]) -> None:
    """Accepted and refused ones in any order, of several requests: each ends as if it were alone."""
    base = load(SHARED)
    for which, tampering in steps:
        decision, cold = WORLDS[which]
        body = copy.deepcopy(examination(decision))
        if tampering:
            TAMPERINGS[tampering][0](body)
        own = load(split(decision)[1], base=base)
        alone = code(partial(check, load(dump(decision)), dump(body)))
        assert code(partial(check, own, dump(body))) == alone
        assert check(own, dump(examination(decision))) == cold


def _worlds() -> list[tuple[Json, Verdict]]:
    found = []
    for budget, deadline in (("1/10", "12"), ("1/10", None), (None, "12"), ("1/1000", "9")):
        made = World()
        made.request |= {"budget": budget, "deadline": deadline}
        decision = made.decision()
        found.append((decision, check(load(dump(decision)), dump(examination(decision)))))
    return found


WORLDS = _worlds()


def test_the_budget_of_what_lasts_ends_warm_and_cold_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was derived for other candidates neither helps nor harms one that is examined now."""
    bodies = [alone(BODY, 0), alone(BODY, 1), BODY, alone(BODY, 0), BODY]
    apart, cold = 0, list[str]()
    for budget in range(1000, 30_000, 1500):
        monkeypatch.setattr(obligations, "BUDGET", budget)
        cold = [code(partial(judged, body, load(REQUEST, base=load(SHARED)))) for body in bodies]
        base = load(SHARED)
        warm = [code(partial(judged, body, load(REQUEST, base=base))) for body in bodies]
        assert warm == cold
        assert set(cold) <= {"accepted", "budget"}
        apart += cold[:3] == ["accepted", "accepted", "budget"]
    assert apart
    assert set(cold) == {"accepted"}
