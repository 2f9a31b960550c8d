"""Each limit, call by call: what breaks it is a violation with exact evidence, and the next candidate is called."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from caio.base.canonical import canonical_bytes, digest_bytes
from caio.execute.adapter import CallError, Reply, Trouble
from caio.execute.attempts import Ending
from caio.execute.outcomes import Executed, ExecutionFailed, Reason
from caio.execute.reports import Reports, header, member
from caio.execute.schemas import Schemas
from caio.execute.violations import Kind
from caio.ir import documents as d
from caio.ir import terms as t
from tests.execute import world as w
from tests.execute.world import executed, failed


def paid(cost: str) -> bytes:
    return b'{"answer": "yes", "usage": {"cost": %s}}' % cost.encode()


SCHEMAS = Schemas({"answer.json": w.SCHEMA})

BREAKING: dict[str, tuple[object, Kind, dict[str, Any], dict[str, Any]]] = {
    "status": (Reply(w.ANSWER, status=500), Kind.STATUS, {}, {}),
    "redirect": (Reply(b"", status=302), Kind.STATUS, {}, {}),
    "empty success": (Reply(b"", status=204), Kind.STATUS, {}, {}),
    "media type": (Reply(w.ANSWER, "text/html"), Kind.CONTENT_TYPE, {}, {}),
    "no media type": (Reply(w.ANSWER, ""), Kind.CONTENT_TYPE, {}, {}),
    "no JSON": (b"{", Kind.MALFORMED, {}, {}),
    "empty": (b"", Kind.MALFORMED, {}, {}),
    "key twice": (b'{"answer": "yes", "answer": "no"}', Kind.MALFORMED, {}, {}),
    "NaN": (b'{"answer": NaN}', Kind.MALFORMED, {}, {}),
    "not UTF-8": (b'{"answer": "\xff"}', Kind.MALFORMED, {}, {}),
    "too deep": (b"[" * 200 + b"]" * 200, Kind.MALFORMED, {}, {}),
    "far too deep": (b"[" * 200_000 + b"]" * 200_000, Kind.MALFORMED, {}, {}),
    "schema": (b'{"answer": 1}', Kind.SCHEMA, {}, {"schema": "answer.json"}),
    "member missing": (b"{}", Kind.SCHEMA, {}, {"schema": "answer.json"}),
    "elsewhere": (
        Reply(w.ANSWER, headers=(("x-locality", "us"),)),
        Kind.LOCALITY,
        {"reports": w.LOCALITY},
        {"locality": "eu"},
    ),
    "nowhere said": (w.ANSWER, Kind.LOCALITY, {"reports": w.LOCALITY}, {"locality": "eu"}),
    "two places": (
        Reply(w.ANSWER, headers=(("x-locality", "eu"), ("x-locality", "us"))),
        Kind.LOCALITY,
        {"reports": w.LOCALITY},
        {"locality": "eu"},
    ),
    "dearer": (paid("0.0010001"), Kind.COST, {"reports": w.COST}, {}),
    "negative cost": (paid("-1"), Kind.COST, {"reports": w.COST}, {}),
    "cost not said": (w.ANSWER, Kind.COST, {"reports": w.COST}, {}),
    "cost no number": (paid("true"), Kind.COST, {"reports": w.COST}, {}),
    "huge exponent": (paid("1e99999"), Kind.MALFORMED, {"reports": w.COST}, {}),
    "metric beyond its range": (
        b'{"accuracy": 1.5}',
        Kind.REPORT,
        {"reports": Reports(metrics={"accuracy": member("/accuracy")})},
        {},
    ),
    "metric not said": (
        w.ANSWER,
        Kind.REPORT,
        {"reports": Reports(metrics={"accuracy": header("x-accuracy")})},
        {},
    ),
    "too large": (b" " * 2_000 + w.ANSWER, Kind.FAILURE, {"max_bytes": 1_000}, {}),
    "no reply at all": ("a text", Kind.FAILURE, {}, {}),
    "adapter fails": (ValueError("secret"), Kind.FAILURE, {}, {}),
    "unreachable": (CallError(Trouble.UNREACHABLE, sent=False), Kind.UNREACHABLE, {}, {}),
    "connection breaks": (CallError(Trouble.BROKEN, sent=True), Kind.FAILURE, {}, {}),
    "reading stopped": (CallError(Trouble.TOO_LARGE, sent=True), Kind.SIZE, {}, {}),
    "encoded": (CallError(Trouble.ENCODED, sent=True), Kind.CONTENT_TYPE, {}, {}),
}


@pytest.mark.parametrize("case", BREAKING)
def test_what_breaks_a_limit_is_a_violation_and_the_next_candidate_answers(case: str) -> None:
    step, kind, declared, stated = BREAKING[case]
    bad = w.service("bad", **stated)
    script = w.Scripted([step])
    kept = w.Kept()
    made = w.executor(
        {"bad": w.connection(script, **declared), "good": [w.ANSWER]},
        schemas=SCHEMAS,
        evidence=kept,
        clock=w.HandClock(),
    )
    outcome = executed(made.run(w.order([bad, w.service("good")]), w.payload()))
    assert (outcome.service, outcome.content) == ("good", w.ANSWER)
    assert {violation.kind for violation in outcome.violations} == {kind}
    violation = outcome.violations[0]
    assert (violation.service, violation.version) == ("bad", "1.0")
    assert violation.decision == w.DECISION
    assert violation.evidence == w.Admitted.of(bad).evidence
    if isinstance(step, Reply):
        assert violation.reply == step.digest
    # Alone, it fails closed.
    alone = w.executor(
        {"bad": w.connection(w.Scripted([step]), **declared)}, schemas=SCHEMAS, clock=w.HandClock()
    )
    assert failed(alone.run(w.order([bad]), w.payload())).reason is Reason.EXHAUSTED
    # What is kept is what the outcome says, and quotes nothing that came.
    assert [line["ending"] for line in kept.lines] == [a.ending for a in outcome.attempts]
    assert b"secret" not in canonical_bytes(kept.lines)


KEEPING: dict[str, tuple[object, dict[str, Any], dict[str, Any]]] = {
    "plain": (w.ANSWER, {}, {}),
    "parameters of the media type": (Reply(w.ANSWER, "Application/JSON; charset=utf-8"), {}, {}),
    "schema": (w.ANSWER, {}, {"schema": "answer.json"}),
    "locality": (
        Reply(w.ANSWER, headers=(("x-locality", "eu"),)),
        {"reports": w.LOCALITY},
        {"locality": "eu"},
    ),
    "locality is nobody's business": (w.ANSWER, {}, {"locality": "eu"}),
    "cost at its limit": (paid("0.001"), {"reports": w.COST}, {}),
    "cost below": (paid("1e-6"), {"reports": w.COST}, {}),
    "cost in cents": (
        paid("0.1"),
        {"reports": Reports(cost=member("/usage/cost", Fraction(1, 100)))},
        {},
    ),
    "text": (Reply(b"yes", "text/plain"), {"media_types": ("text/plain",)}, {}),
    "another status": (Reply(w.ANSWER, status=201), {"statuses": frozenset({200, 201})}, {}),
    "as large as may be": (w.ANSWER, {"max_bytes": len(w.ANSWER)}, {}),
}


@pytest.mark.parametrize("case", KEEPING)
def test_what_keeps_every_limit_is_handed_out(case: str) -> None:
    step, declared, stated = KEEPING[case]
    made = w.executor({"good": w.connection(w.Scripted([step]), **declared)}, schemas=SCHEMAS)
    outcome = executed(made.run(w.order([w.service(**stated)]), w.payload()))
    assert not outcome.violations
    assert [attempt.ending for attempt in outcome.attempts] == [Ending.SUCCEEDED]


def test_a_text_never_keeps_to_a_schema() -> None:
    step = Reply(w.ANSWER, "text/plain")
    made = w.executor(
        {"good": w.connection(w.Scripted([step]), media_types=("text/plain",))}, schemas=SCHEMAS
    )
    outcome = failed(made.run(w.order([w.service(schema="answer.json")]), w.payload()))
    assert [v.kind for v in outcome.violations] == [Kind.SCHEMA]


def test_a_reply_that_breaks_several_limits_breaks_each_of_them() -> None:
    step = Reply(b'{"usage": {"cost": 1}}', headers=(("x-locality", "us"),))
    reports = Reports(cost=member("/usage/cost"), locality=header("x-locality"))
    made = w.executor({"good": w.connection(w.Scripted([step]), reports=reports)}, schemas=SCHEMAS)
    good = w.service(schema="answer.json", locality="eu")
    outcome = failed(made.run(w.order([good]), w.payload()))
    found = {v.kind: (dict(v.promised), dict(v.observed)) for v in outcome.violations}
    assert found[Kind.LOCALITY] == ({"locality": "eu"}, {"locality": "us"})
    assert found[Kind.COST] == ({"cost": "1/1000"}, {"cost": "1"})
    assert found[Kind.SCHEMA][0] == {"schema": digest_bytes(w.SCHEMA)}
    assert found[Kind.SCHEMA][1] == {"breaks": "/required", "reply": step.digest}
    assert len({v.digest for v in outcome.violations}) == 3


# --- before anything is sent ----------------------------------------------------------------------


def test_a_schema_that_is_named_and_not_supplied_holds_the_call_back() -> None:
    for schemas in (None, Schemas({"another.json": b"{}"})):
        script = w.Scripted([w.ANSWER])
        made = w.executor({"good": script}, **({} if schemas is None else {"schemas": schemas}))
        outcome = failed(made.run(w.order([w.service(schema="answer.json")]), w.payload()))
        assert not script.calls
        assert "was not supplied" in outcome.attempts[0].reason
        assert outcome.attempts[0].ending is Ending.NOT_SENT


def rule(when: t.Formula = t.TRUE) -> d.Rule:
    return d.Rule(w.NAME, "at_home", when, (t.OnAttribute("locality", ("eu", "local")),))


LOCAL = replace(w.REQUEST, ensure=(t.OnAttribute("locality", ("us",), negated=True),))
URGENT = t.Is("request.urgent")


@pytest.mark.parametrize(
    ("request_", "rules", "constrained"),
    [
        (w.REQUEST, (), False),
        (LOCAL, (), True),
        (w.REQUEST, (rule(),), True),
        (w.REQUEST, (rule(t.Not(URGENT)),), True),
        (w.REQUEST, (rule(URGENT),), False),
        (w.REQUEST, (rule(t.Has("fact.groups", "staff")),), True),
        (w.REQUEST, (d.Constraint(w.NAME, "c", "safety", t.TRUE, rule().then),), True),
        (replace(w.REQUEST, given=()), (), False),
    ],
)
def test_where_locality_is_constrained_silence_is_a_violation(
    request_: d.Request, rules: tuple[d.Rule, ...], constrained: bool
) -> None:
    made = w.executor({"good": [w.ANSWER]})
    good = w.service(locality="eu")
    outcome = made.run(w.order([good], request_, rules=rules), w.payload(urgent=False))
    assert [v.kind for v in outcome.violations] == [Kind.LOCALITY] * constrained
    assert isinstance(outcome, ExecutionFailed) == constrained
    # A contract that does not say where it processes is not called at all.
    silent = w.Scripted([w.ANSWER])
    made = w.executor({"good": silent})
    made.run(w.order([w.service()], request_, rules=rules), w.payload(urgent=False))
    assert bool(silent.calls) != constrained


@pytest.mark.parametrize(("encrypted", "constrained"), [(True, False), (False, True)])
def test_sensitive_data_constrains_locality_unless_it_is_encrypted(
    encrypted: bool, constrained: bool
) -> None:
    made = w.executor({"good": [w.ANSWER]})
    good = w.service(locality="local", encrypted=encrypted)
    anything = replace(w.REQUEST, given=())
    outcome = made.run(w.order([good], anything), w.payload(data={"health"}))
    assert [v.kind for v in outcome.violations] == [Kind.LOCALITY] * constrained


def test_a_place_that_is_no_word_of_the_vocabulary_is_named_by_its_digest() -> None:
    step = Reply(w.ANSWER, headers=(("x-locality", "the patient's name"),))
    made = w.executor({"good": w.connection(w.Scripted([step]), reports=w.LOCALITY)})
    outcome = failed(made.run(w.order([w.service(locality="eu")]), w.payload()))
    (violation,) = outcome.violations
    assert dict(violation.observed) == {"locality": digest_bytes(b"the patient's name")}


HALF = d.CostCase(w.at_most(50), t.Affine.of(Fraction(1)))


@pytest.mark.parametrize(
    ("budget", "cost", "reason"),
    [
        (Fraction(1, 1000), Fraction(1, 100_000), ""),
        (Fraction(999, 1_000_000), Fraction(1, 100_000), "exceed what is left of the budget"),
        (Fraction(1), None, "no cost case of its contract applies"),
        (None, None, ""),
    ],
)
def test_a_call_that_may_exceed_the_budget_is_not_sent(
    budget: Fraction | None, cost: Fraction | None, reason: str
) -> None:
    script = w.Scripted([w.ANSWER])
    made = w.executor({"good": script})
    outcome = made.run(
        w.order([w.service(cost=cost)], replace(w.REQUEST, budget=budget)), w.payload()
    )
    assert reason in outcome.attempts[0].reason
    assert bool(script.calls) == (not reason) == isinstance(outcome, Executed)


def test_no_cost_case_that_applies_is_no_bound_and_never_zero() -> None:
    cheap = replace(w.service(), cost=(HALF,))
    script = w.Scripted([w.ANSWER])
    made = w.executor({"good": script})
    budget = replace(w.REQUEST, budget=Fraction(5))
    failed(made.run(w.order([cheap], budget), w.payload(tokens=51)))
    assert not script.calls
    executed(made.run(w.order([cheap], budget), w.payload(tokens=50)))


def test_attempts_accumulate_and_the_budget_holds_over_all_of_them() -> None:
    scripts = {name: w.Scripted([b"{"]) for name in "abcd"}
    made = w.executor(scripts)
    budget = replace(w.REQUEST, budget=Fraction(25, 10_000))
    outcome = failed(made.run(w.order(map(w.service, "abcd"), budget), w.payload()))
    assert [len(script.calls) for script in scripts.values()] == [1, 1, 0, 0]
    assert outcome.charged == Fraction(2, 1_000)


def test_what_a_service_reports_beyond_its_promise_is_charged() -> None:
    reports = Reports(cost=member("/usage/cost"))
    made = w.executor({"good": w.connection(w.Scripted([paid("0.5")]), reports=reports)})
    outcome = failed(made.run(w.order([w.service()]), w.payload()))
    assert outcome.charged == Fraction(1, 2)
    made = w.executor({"good": w.connection(w.Scripted([paid("0")]), reports=reports)})
    outcome_ = executed(made.run(w.order([w.service()]), w.payload()))
    # What was promised counts, for a report of less is nobody's promise.
    assert outcome_.charged == Fraction(1, 1000)


HELD_BACK = {
    "evidence": (w.Admitted(w.Admitted.of(w.service()).contract), "without evidence"),
    "vocabulary": (
        w.Admitted.of(replace(w.service(), vocabulary=w.DECISION)),
        "another vocabulary",
    ),
    "connection": (w.Admitted.of(w.service("stranger")), "no connection"),
    "assumption": (
        w.Admitted.of(replace(w.service(), assumes=(w.at_most(10),))),
        "beyond what its contract assumes",
    ),
}


@pytest.mark.parametrize("case", HELD_BACK)
def test_a_candidate_that_may_not_have_this_call_is_not_called(case: str) -> None:
    admitted, reason = HELD_BACK[case]
    script = w.Scripted([w.ANSWER])
    made = w.executor({"good": script})
    outcome = failed(made.run(w.order([admitted]), w.payload()))
    assert reason in outcome.attempts[0].reason
    assert outcome.attempts[0].ending is Ending.NOT_SENT
    assert not script.calls
    assert not outcome.violations


def test_a_report_for_a_metric_that_nobody_knows_holds_the_call_back() -> None:
    script = w.Scripted([w.ANSWER])
    reports = Reports(metrics={"colour": header("x-colour")})
    made = w.executor({"good": w.connection(script, reports=reports)})
    outcome = failed(made.run(w.order([w.service()]), w.payload()))
    assert "a metric that the vocabulary does not have" in outcome.attempts[0].reason
    assert not script.calls


def test_a_broken_candidate_is_not_its_own_substitute() -> None:
    script = w.Scripted([b"{", w.ANSWER])
    made = w.executor({"good": script})
    outcome = failed(made.run(w.order([w.service(), w.service()]), w.payload()))
    assert len(script.calls) == 1
    assert outcome.attempts[1].reason == "it has been tried already"


# --- determinism ----------------------------------------------------------------------------------


def test_a_deterministic_service_gives_equal_payloads_equal_replies() -> None:
    script = w.Scripted([w.ANSWER, w.ANSWER, b'{"answer": "no"}', w.ANSWER])
    made = w.executor({"good": script})
    order = w.order([w.service(deterministic=True)])
    executed(made.run(order, w.payload()))
    executed(made.run(order, w.payload()))
    outcome = failed(made.run(order, w.payload()))
    (violation,) = outcome.violations
    assert violation.kind is Kind.DETERMINISM
    assert dict(violation.promised) == {"reply": digest_bytes(w.ANSWER)}
    assert dict(violation.observed) == {"reply": digest_bytes(b'{"answer": "no"}')}
    executed(made.run(order, w.payload()))


def test_what_is_another_question_may_have_another_answer() -> None:
    script = w.Scripted([w.ANSWER, b'{"answer": "no"}', b'{"answer": "maybe"}'])
    made = w.executor({"good": script})
    good = w.service(deterministic=True)
    executed(made.run(w.order([good]), w.payload()))
    executed(made.run(w.order([good]), w.payload(b'{"question": "!"}')))
    executed(made.run(w.order([replace(good, version="1.1")]), w.payload()))
    undeclared = w.executor({"good": w.Scripted([w.ANSWER, b'{"answer": "no"}'])})
    executed(undeclared.run(w.order([w.service()]), w.payload()))
    executed(undeclared.run(w.order([w.service(deterministic=False)]), w.payload()))


def test_a_broken_reply_is_not_what_later_ones_are_compared_with() -> None:
    script = w.Scripted([b'{"answer": 1}', w.ANSWER])
    made = w.executor({"good": script}, schemas=SCHEMAS)
    order = w.order([w.service(deterministic=True, schema="answer.json")])
    failed(made.run(order, w.payload()))
    executed(made.run(order, w.payload()))
