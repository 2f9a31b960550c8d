"""``never``: verdicts against every point of small worlds, and counterexamples that leak and are minimal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.analysis.findings.finding import Finding
from caio.analysis.findings.verdicts import Verdict
from caio.analysis.prove.outcome import LEAK, VACUOUS
from caio.analysis.prove.prove import prove
from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.ir import interpret as i
from caio.obligations.contract import Contract
from caio.sema.project import Project
from tests.prove.worlds import (
    VOCABULARY,
    admitted,
    contracts,
    outcomes,
    project,
    requests,
    rules,
    services,
)

_FORBIDDEN = (
    "service.privacy.locality == us",
    "request.data has health and service.privacy.locality == us",
    "request.tokens >= 2 token and latency > 2 s",
    "request.urgent and (latency >= 2 s or service.privacy.locality not in { local, eu })",
    "not service.privacy.locality == eu and fact.trust < 1",
    "request.tokens > 1 token and request.tokens < 2 token",
)
USUAL: Mapping[str, d.Value] = {
    "request.tokens": Fraction(0),
    "request.urgent": False,
    "request.data": (),
    "fact.trust": Fraction(0),
}


@st.composite
def worlds(draw: st.DrawFn) -> str:
    parts = [draw(services(name)) for name in ("one", "two")]
    parts += [draw(rules(name)) for name in ("first", "second")[: draw(st.integers(0, 2))]]
    condition = draw(st.sampled_from(_FORBIDDEN))
    return "\n".join(
        ['uses "small"', *parts, f"property safe {{ never admitted when {condition} }}"]
    )


def condition_of(found: Project) -> d.Never:
    (claim,) = found.properties
    assert isinstance(claim.claim, d.Never)
    return claim.claim


def leaking(found: Project, contract: Contract, point: Mapping[str, d.Value]) -> bool:
    """Whether a service leaks at a point, whatever it may do there."""
    when = condition_of(found).when
    return admitted(found, contract, None, point) and any(
        i.holds(when, {**point, **outcome}) for outcome in outcomes(contract, point)
    )


def described(counterexample: str) -> Iterator[dict[str, d.Value]]:
    """The points that a pasted counterexample describes."""
    pasted = project(VOCABULARY, counterexample)
    (request,) = pasted.requests
    stated = {f"fact.{k}": v for facts in pasted.facts for k, v in facts.values}
    for point in requests():
        if all(i.holds(one, point) for one in request.given) and stated.items() <= point.items():
            yield point


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_verdicts_are_those_of_looking_at_every_point(prover: Prover, text: str) -> None:
    found = project(VOCABULARY, text)
    (proof,) = prove(found, prover)
    leaks = {
        contract.service.name
        for contract in contracts(found)
        if any(leaking(found, contract, point) for point in requests())
    }
    told = {f.subjects[1] for f in proof.question.findings if f.rule is LEAK}
    assert told == leaks
    vacuous = any(f.rule is VACUOUS for f in proof.question.findings)
    holds = proof.question.verdict is Verdict.PROVED
    assert holds == (not leaks and not vacuous)
    for finding in proof.question.findings:
        if finding.rule is LEAK:
            check_minimal(found, finding)


def check_minimal(found: Project, finding: Finding) -> None:
    """Every point of the pasted request leaks, and no stated field could have its usual value."""
    (contract,) = (c for c in contracts(found) if c.service.name == finding.subjects[1])
    points = list(described(finding.counterexample or ""))
    assert points
    assert all(leaking(found, contract, point) for point in points)
    fixed = {name for name in USUAL if len({str(point[name]) for point in points}) == 1}
    # Fields that are not stated may have any value: their usual one, here.
    base = next(p for p in points if all(p[n] == USUAL[n] for n in USUAL if n not in fixed))
    for name in fixed:
        if base[name] != USUAL[name]:
            assert not leaking(found, contract, {**base, name: USUAL[name]})


def leaks_of(prover: Prover, text: str, *, all_versions: bool = False) -> list[Finding]:
    found = project(VOCABULARY, f'uses "small"\n{text}')
    (proof,) = prove(found, prover, all_versions=all_versions)
    return [finding for finding in proof.question.findings if finding.rule is LEAK]


SILENT = "service quiet version 1 { provides chat permits public }"


def test_silence_is_told_and_statements_are_not(prover: Prover) -> None:
    claim = "property p { never admitted when service.privacy.locality == us }"
    (leak,) = leaks_of(prover, f"{SILENT}\n{claim}")
    assert leak.message.endswith("it states no `privacy.locality`, so it may be `us`")
    assert "state `privacy.locality`" in (leak.help or "")
    loud = SILENT.replace("{", "{ is privacy.locality = us", 1)
    (leak,) = leaks_of(prover, f"{loud}\n{claim}")
    assert "states no" not in leak.message
    assert "add a rule" in (leak.help or "")
    assert not leaks_of(prover, f"{loud.replace('= us', '= eu')}\n{claim}")


def test_an_invariant_is_met_by_no_silence(prover: Prover) -> None:
    claim = "property p { never admitted when service.privacy.locality == us }"
    rule = "invariant near { always service.privacy.locality in { local, eu } }"
    assert not leaks_of(prover, f"{SILENT}\n{rule}\n{claim}")


def test_what_a_promise_leaves_open_is_told(prover: Prover) -> None:
    slow = SILENT.replace("permits", "guarantees latency <= 3 s permits")
    (leak,) = leaks_of(prover, f"{slow}\nproperty p {{ never admitted when latency > 2 s }}")
    assert "it may have `latency` `2100 ms`" in leak.message
    assert not leaks_of(prover, f"{slow}\nproperty p {{ never admitted when latency > 3 s }}")


@pytest.mark.parametrize(("every", "versions"), [(False, {"2"}), (True, {"1", "2"})])
def test_versions_that_do_not_route_are_asked_when_wanted(
    prover: Prover, every: bool, versions: set[str]
) -> None:
    text = "\n".join(
        [
            SILENT,
            SILENT.replace("version 1", "version 2"),
            "property p { never admitted when service.privacy.locality == us }",
        ]
    )
    leaks = leaks_of(prover, text, all_versions=every)
    assert {leak.content[1] for leak in leaks if isinstance(leak.content, list)} == versions


def test_a_pinned_version_routes(prover: Prover) -> None:
    loud = SILENT.replace("version 1 {", "version 2 { is privacy.locality = eu")
    claim = "property p { never admitted when service.privacy.locality == us }"
    profile = "profile {} {{ weights {{ guarantee 1, cost 1, performance 0, reliability 0 }} {} }}"
    assert not leaks_of(prover, f"{SILENT}\n{loud}\n{claim}")
    pinned = profile.format("old", "pin quiet version 1")
    assert leaks_of(prover, f"{SILENT}\n{loud}\n{claim}\n{pinned}")
    both = f"{pinned}\n{profile.format('new', '')}"
    assert leaks_of(prover, f"{SILENT}\n{loud}\n{claim}\n{both}")
    found = project(VOCABULARY, f'uses "small"\n{SILENT}\n{loud}\n{claim}\n{both}')
    (proof,) = prove(found, prover, profile="new")
    assert proof.question.verdict is Verdict.PROVED


def test_every_field_has_a_usual_value() -> None:
    names = {name for point in requests() for name in point if name != "env.at"}
    assert names == set(USUAL)
    assert len(list(requests())) == 64


def test_a_price_is_a_promise_and_no_price_is_none(prover: Prover) -> None:
    claim = "property p { never admitted when cost > 2 USD }"
    (leak,) = leaks_of(prover, f"{SILENT}\n{claim}")
    assert "it may have `cost` `" in leak.message
    priced = SILENT.replace(
        "permits", "cost case { when request.urgent: 3 USD, otherwise: 1 USD } permits"
    )
    fair = priced.replace("3 USD", "2 USD")
    assert not leaks_of(prover, f"{fair}\n{claim}")
    (leak,) = leaks_of(prover, f"{priced}\n{claim}")
    assert "given urgent" in (leak.counterexample or "")
    ruled = "rule cheap { always cost <= 2 USD }"
    assert not leaks_of(prover, f"{priced}\n{ruled}\n{claim}")


def test_a_constraint_about_the_route_governs_the_services_on_it(prover: Prover) -> None:
    inside = SILENT.replace("version 1 {", "version 1 { route internal")
    rule = (
        "constraint near of policy { when choice.route == internal"
        " then service.privacy.locality in { local, eu } }"
    )
    claim = "property p { never admitted when service.privacy.locality == us }"
    assert not leaks_of(prover, f"{inside}\n{rule}\n{claim}")
    assert leaks_of(prover, f"{SILENT}\n{rule}\n{claim}")
