"""Rules that imply or equal others, and whole policies: against every point and every outcome of small worlds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.analysis.findings.finding import Finding
from caio.analysis.findings.verdicts import Verdict
from caio.analysis.prove.comparison import compare
from caio.analysis.prove.outcome import DIFFERS, VACUOUS, Proof
from caio.analysis.prove.prove import prove
from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.ir import interpret as i
from caio.ir import terms as t
from tests.prove.worlds import (
    NOT_STATED,
    VOCABULARY,
    latencies,
    project,
    requests,
    rules,
    where,
)

_TOLD = re.compile(
    r"(newly \w+): (.*?)(?: when (.*))? \((?:\w+ `(\w+)` forbade it|by \w+ `(\w+)`)\)"
)


def policies(*names: str) -> st.SearchStrategy[str]:
    return st.tuples(*(rules(name) for name in names)).map(
        lambda found: "\n".join(['uses "small"', *found])
    )


def behaviours() -> Iterable[dict[str, d.Value | bool]]:
    for latency, locality, vision in product(
        latencies(), ("local", "eu", "us", NOT_STATED), (False, True)
    ):
        yield {"latency": latency, "locality": locality, "vision": vision}


def meets(atom: t.Atom, does: Mapping[str, d.Value | bool]) -> bool:
    match atom:
        case t.OnMetric(_, relation, bound):
            limit, latency = i.affine_value(bound, {}), does["latency"]
            assert limit is not None
            assert not isinstance(latency, str | bool | tuple)
            return i.related(latency, relation, limit)
        case t.OnAttribute(_, values, negated):
            return does["locality"] != NOT_STATED and (does["locality"] in values) != negated
        case t.OnCapability(_, provided):
            return does["vision"] == provided
    raise AssertionError(atom)


def allows(demands: Iterable[d.Rule], point: i.Point, does: Mapping[str, d.Value | bool]) -> bool:
    return all(
        meets(atom, does) for one in demands if i.holds(one.when, point) for atom in one.then
    )


def possible(demands: Iterable[d.Rule], point: i.Point) -> bool:
    """Whether some service could meet the rules at a point: contradictions imply nothing of what they are not about."""
    return any(allows(demands, point, does) for does in behaviours())


def calls_of(findings: Iterable[Finding], head: str, rule: str) -> set[str]:
    found = set()
    for finding in findings:
        match = _TOLD.fullmatch(finding.message)
        assert match is not None, finding.message
        if match[1] == head and rule in (match[4], match[5]):
            region = where(match[3] or "always")
            found |= {str(point) for point in requests() if i.holds(region.when, point)}
    return found


@settings(max_examples=30, deadline=None)
@given(policies("a", "b"), policies("c", "d"))
def test_differences_of_policies_are_those_of_looking_at_every_point(
    prover: Prover, after: str, before: str
) -> None:
    new, old = project(VOCABULARY, after), project(VOCABULARY, before)
    (proof,) = compare(new, old, prover)
    findings = proof.question.findings
    for head, mine, theirs in (
        ("newly allowed", new.rules, old.rules),
        ("newly forbidden", old.rules, new.rules),
    ):
        for rule in theirs:
            told = calls_of(findings, head, rule.name)
            for point in requests():
                if not possible(mine, point):
                    continue
                broken = i.holds(rule.when, point) and any(
                    allows(mine, point, does) and not allows([rule], point, does)
                    for does in behaviours()
                )
                assert (str(point) in told) == broken
    (stricter,) = compare(new, old, prover, stricter=True)
    allowed = [f for f in findings if f.message.startswith("newly allowed")]
    assert {f.fingerprint for f in stricter.question.findings} == {f.fingerprint for f in allowed}
    assert (proof.question.verdict is Verdict.PROVED) == (not findings)
    assert (stricter.question.verdict is Verdict.PROVED) == (not allowed)


@settings(max_examples=20, deadline=None)
@given(policies("a", "b"))
def test_a_policy_is_equivalent_to_itself(prover: Prover, text: str) -> None:
    (proof,) = compare(project(VOCABULARY, text), project(VOCABULARY, text), prover)
    assert proof.question.verdict is Verdict.PROVED


def claim(prover: Prover, text: str) -> Proof:
    (proof,) = prove(project(VOCABULARY, f'uses "small"\n{text}'), prover)
    return proof


QUICK = "rule quick { when request.urgent then latency <= 1 s }"
SLOW = "rule slow { when request.urgent then latency <= 2 s }"


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("rules { quick } imply { slow }", True),
        ("rules { slow } imply { quick }", False),
        ("rules { quick } equivalent to { slow }", False),
        ("rules { quick, slow } equivalent to { quick }", True),
        ("rules { quick } imply { quick }", True),
    ],
)
def test_claims_about_rules(prover: Prover, text: str, holds: bool) -> None:
    question = claim(prover, f"{QUICK}\n{SLOW}\nproperty p {{ {text} }}").question
    assert question.verdict is (Verdict.PROVED if holds else Verdict.REFUTED)


def test_contracts_are_read_only_where_something_is_asked_of_them(prover: Prover) -> None:
    service = "service one version 1.0 { provides chat permits public }"
    about_rules = "property p { rules { quick } imply { slow } }"
    about_services = "property q { never admitted when request.urgent and latency > 1 s }"
    for claims, read in (
        (about_rules, [False]),
        (f"{about_rules}\n{about_services}", [False, True]),
    ):
        texts = VOCABULARY, f'uses "small"\n{QUICK}\n{SLOW}\n{service}\n{claims}'
        proofs = prove(project(*texts), prover)
        found = [any(isinstance(one, d.Service) for one in proof.documents) for proof in proofs]
        assert found == read
        assert all(proof.question.verdict is Verdict.PROVED for proof in proofs)


def test_a_lower_level_does_not_imply_a_higher_one(prover: Prover) -> None:
    rules_ = (
        "rule median { always latency <= 1 s at quantile 0.5 }\nrule tail { always latency <= 1 s }"
    )
    lower = claim(prover, f"{rules_}\nproperty p {{ rules {{ median }} imply {{ tail }} }}")
    assert lower.question.verdict is Verdict.REFUTED
    higher = claim(prover, f"{rules_}\nproperty p {{ rules {{ tail }} imply {{ median }} }}")
    assert higher.question.verdict is Verdict.PROVED


def test_both_sides_of_an_equivalence_are_told_apart(prover: Prover) -> None:
    near = "rule near { when request.urgent then service.privacy.locality in { local, eu } }"
    far = "rule far { when request.urgent then service.privacy.locality in { eu, us } }"
    found = claim(
        prover, f"{near}\n{far}\nproperty p {{ rules {{ near }} equivalent to {{ far }} }}"
    )
    told = (
        "allowed by the {} rules only: service.privacy.locality == {} when request.urgent"
        " (rule `{}` of the {} forbids it)"
    )
    assert {finding.message for finding in found.question.findings} == {
        told.format("first", "local", "far", "second"),
        told.format("second", "us", "near", "first"),
    }


def test_what_is_not_stated_is_among_what_is_newly_allowed(prover: Prover) -> None:
    old = project(VOCABULARY, 'uses "small"\nrule near { always service.privacy.locality == eu }')
    new = project(VOCABULARY, 'uses "small"\nrule other { always latency <= 1 s }')
    (proof,) = compare(new, old, prover)
    assert [f.message for f in proof.question.findings if "newly allowed" in f.message] == [
        "newly allowed: service.privacy.locality in { local, us } or not stated (rule `near` forbade it)"
    ]


def test_a_conclusion_that_never_applies_says_nothing(prover: Prover) -> None:
    never = "rule never { when request.tokens > 2 token and request.tokens < 2 token then latency <= 1 s }"
    found = claim(prover, f"{QUICK}\n{never}\nproperty p {{ rules {{ quick }} imply {{ never }} }}")
    assert [finding.rule for finding in found.question.findings] == [VACUOUS]
    assert found.question.verdict is Verdict.REFUTED


class TestComparison:
    OLD = f'uses "small"\n{QUICK}'

    def test_other_vocabularies_are_not_compared(self, prover: Prover) -> None:
        other = VOCABULARY.replace("0 .. 3 token", "0 .. 4 token")
        proofs = compare(project(other, self.OLD), project(VOCABULARY, self.OLD), prover)
        assert [proof.question.verdict for proof in proofs] == [Verdict.COULD_NOT_RUN] * 2

    def test_without_any_rule_nothing_is_asked(self, prover: Prover) -> None:
        assert compare(project(VOCABULARY), project(VOCABULARY), prover) == ()

    def test_nothing_is_stricter_than_nothing(self, prover: Prover) -> None:
        old, new = project(VOCABULARY), project(VOCABULARY, self.OLD)
        (stricter,) = compare(new, old, prover, stricter=True)
        assert stricter.question.verdict is Verdict.COULD_NOT_RUN
        (equal,) = compare(new, old, prover)
        assert [f.message.partition(":")[0] for f in equal.question.findings] == ["newly forbidden"]

    def test_without_rules_everything_is_allowed(self, prover: Prover) -> None:
        old, new = project(VOCABULARY, self.OLD), project(VOCABULARY)
        (proof,) = compare(new, old, prover, stricter=True)
        assert [finding.rule for finding in proof.question.findings] == [DIFFERS]
