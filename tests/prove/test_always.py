"""``always``: verdicts and regions against every point of small worlds, and what entails against what merely could meet."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.analysis.findings.report import Question
from caio.analysis.findings.verdicts import Verdict
from caio.analysis.prove.outcome import EMPTY, UNCOVERED
from caio.analysis.prove.prove import prove
from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.ir import interpret as i
from caio.sema.project import Project
from tests.prove.worlds import (
    VOCABULARY,
    admitted,
    classes,
    contracts,
    project,
    requests,
    rules,
    services,
    where,
)

_WHEN = re.compile(r"`\w+` is uncovered (?:when (.*)|(for all its requests)): (\d+) of the (\d+) ")


@st.composite
def worlds(draw: st.DrawFn) -> str:
    parts = [draw(services(name)) for name in ("one", "two", "three")[: draw(st.integers(1, 3))]]
    parts += [draw(rules("first")) for _ in range(draw(st.integers(0, 1)))]
    parts.append(draw(classes("some")))
    count = draw(st.integers(1, 2))
    return "\n".join(
        ['uses "small"', *parts, f"property served {{ always at least {count} admitted for some }}"]
    )


def uncovered(found: Project) -> tuple[set[str], set[str]]:
    """The requests of the class, and those of them that too few services take."""
    (claim,), (group,) = found.properties, found.classes
    assert isinstance(claim.claim, d.Always)
    every, few = set(), set()
    for point in requests():
        if all(i.holds(one, point) for one in group.given):
            every.add(str(point))
            taken = sum(admitted(found, c, group, point) for c in contracts(found))
            if taken < claim.claim.count:
                few.add(str(point))
    return every, few


def told(question: Question) -> set[str]:
    """The requests in the regions of findings."""
    found = set()
    for finding in question.findings:
        match = _WHEN.match(finding.message)
        assert match is not None, finding.message
        rule = where(match[1] or "always")
        found |= {str(point) for point in requests() if i.holds(rule.when, point)}
    return found


@settings(max_examples=50, deadline=None)
@given(worlds())
def test_verdicts_and_regions_are_those_of_looking_at_every_point(
    prover: Prover, text: str
) -> None:
    found = project(VOCABULARY, text)
    (proof,) = prove(found, prover)
    every, few = uncovered(found)
    rules_found = {finding.rule for finding in proof.question.findings}
    if not every:
        assert rules_found == {EMPTY}
    elif few:
        assert rules_found == {UNCOVERED}
        assert told(proof.question) & every == few
    else:
        assert not rules_found
    holds = bool(every) and not few
    assert (proof.question.verdict is Verdict.PROVED) == holds
    for finding in proof.question.findings:
        if finding.rule is UNCOVERED:
            pasted = project(VOCABULARY, finding.counterexample or "")
            stated = {f"fact.{k}": v for facts in pasted.facts for k, v in facts.values}
            given_ = pasted.requests[0].given
            points = {
                str(point)
                for point in requests()
                if all(i.holds(one, point) for one in given_) and stated.items() <= point.items()
            }
            assert points
            # Whoever pastes it asks what the class asks, for requests that are uncovered.
            assert points & every <= few


def served(prover: Prover, text: str) -> Question:
    (proof,) = prove(project(VOCABULARY, f'uses "small"\n{text}'), prover)
    return proof.question


def test_a_promise_that_merely_could_meet_a_requirement_does_not_count(prover: Prover) -> None:
    # The service may well be quick: it promises 3 s at most, and 2 s are demanded.
    service = "service s version 1 {{ provides chat guarantees latency <= {} permits public }}"
    asks = "class c { given data == {} ensure latency <= 2 s }\nproperty p { always at least 1 admitted for c }"
    question = served(prover, f"{service.format('3 s')}\n{asks}")
    assert question.verdict is Verdict.REFUTED
    (finding,) = question.findings
    assert "not s: does not guarantee `latency <= 2 s`" in (finding.counterexample or "")
    assert served(prover, f"{service.format('2 s')}\n{asks}").verdict is Verdict.PROVED
    guarded = service.format("2 s when request.urgent")
    (finding,) = served(prover, f"{guarded}\n{asks}").findings
    assert finding.message.startswith("`c` is uncovered when not request.urgent: 0 of the 1 ")


@pytest.mark.parametrize(
    ("clause", "reason"),
    [
        ("assumes request.tokens <= 2 token", "assumes `request.tokens <= 2 token`"),
        ("permits public, trust >= 1", "demands trust of at least 1"),
        ("permits none", "does not permit the caller"),
    ],
)
def test_each_service_is_told_with_the_first_reason_against_it(
    prover: Prover, clause: str, reason: str
) -> None:
    permits = "" if clause.startswith("permits") else "permits public"
    clause = "" if clause == "permits none" else clause
    text = f"service s version 1 {{ provides chat {clause} {permits} }}\nclass c {{ given data == {{}} }}"
    question = served(prover, f"{text}\nproperty p {{ always at least 1 admitted for c }}")
    assert [reason in (f.counterexample or "") for f in question.findings] == [True]


def test_different_services_may_take_different_requests_and_the_title_says_so(
    prover: Prover,
) -> None:
    service = (
        "service {} version 1 {{ provides chat assumes request.tokens {} 2 token permits public }}"
    )
    text = "\n".join(
        [
            service.format("small", "<="),
            service.format("large", ">"),
            "class c { given data == {} }",
            "property p { always at least 1 admitted for c }",
        ]
    )
    question = served(prover, text)
    assert question.verdict is Verdict.PROVED
    assert "not the same for all (assumed: health, origin of facts)" in question.title


def test_a_deadline_leaves_time_for_routing_and_the_title_says_whose(prover: Prover) -> None:
    text = """
      service s version 1 { provides chat guarantees latency <= 2 s permits public }
      class c { given data == {} deadline 2 s }
      property p { always at least 1 admitted for c }
    """
    profile = (
        "profile careful { weights { guarantee 1, cost 1, performance 0, reliability 0 }"
        " limits { routing allowance 5 ms } }"
    )
    assert served(prover, text).verdict is Verdict.PROVED
    question = served(prover, f"{text}\n{profile}")
    assert question.verdict is Verdict.REFUTED
    assert "5 ms of the deadline for routing by `careful`" in question.title


def test_regions_that_are_too_many_are_counted_as_such(
    prover: Prover, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("caio.analysis.prove.always.MOST_REGIONS", 1)
    text = """
      service s version 1 {
        provides chat  permits public  assumes request.tokens != 1 token, not request.urgent
      }
      class c { given data == {} }
      property p { always at least 1 admitted for c }
    """
    question = served(prover, text)
    assert len(question.findings) == 2
    assert any("more of `c` is uncovered" in f.message for f in question.findings)


def test_what_is_too_various_is_shown_by_one_request(
    prover: Prover, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("caio.analysis.prove.always.MOST_CLAUSES", 0)
    text = "service s version 1 { provides chat permits public assumes not request.urgent }"
    asks = "class c { given data == {} }\nproperty p { always at least 1 admitted for c }"
    (finding,) = served(prover, f"{text}\n{asks}").findings
    assert "for some requests, too various to describe" in finding.message
    assert "given urgent, data == {}" in (finding.counterexample or "")


def test_each_way_in_which_profiles_pin_is_asked(prover: Prover) -> None:
    service = "service s version {} {{ provides chat {} permits public }}"
    profile = "profile {} {{ weights {{ guarantee 1, cost 1, performance 0, reliability 0 }} {} }}"
    text = "\n".join(
        [
            service.format("1", "assumes not request.urgent"),
            service.format("2", ""),
            profile.format("newest", ""),
            profile.format("same", ""),
            profile.format("pinned", "pin s version 1"),
            "class c { given data == {} }",
            "property p { always at least 1 admitted for c }",
        ]
    )
    question = served(prover, text)
    (finding,) = question.findings
    assert finding.message.startswith("`c` is uncovered when request.urgent under `pinned`: 0 of")
    # One obligation for the class, and one for each of two ways to pin.
    assert question.obligations == 3
