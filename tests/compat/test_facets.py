"""Every facet of refinement on the command line: what fails ends with 1 and its rule, what does not ends with 0."""

from __future__ import annotations

import pytest

from tests.compat.conftest import Run
from tests.compat.documents import findings, rules, service, verdicts, write

RULE = "rule calm { when request.urgent then not provides vision }\n"
OUTSIDE = "constraint blind of policy { when choice.route == external then not provides vision }\n"
MET = "rule quick { when request.urgent then not provides vision, latency <= 1 s }\n"

FACETS: list[tuple[str, list[str], list[str], str]] = [
    ("narrowed-assumption", ["assumes request.tokens <= 8_000 token"], ["assumes request.tokens <= 7_999 token"], ""),
    ("weaker-guarantee", ["guarantees latency <= 1 s"], ["guarantees latency <= 1001 ms"], ""),
    ("weaker-guarantee", ["guarantees accuracy >= 0.9"], ["guarantees accuracy >= 0.89"], ""),
    ("cost-not-covered", ["cost 1 USD"], ["cost case { when request.urgent: 1 USD }"], ""),
    ("dearer", ["cost 1 USD"], ["cost 0.00011 USD per token * request.tokens"], ""),
    ("attribute-changed", ["is region = eu"], ["is region = us"], ""),
    ("attribute-changed", ["is encrypted = true"], ["is encrypted = false"], ""),
    ("attribute-gone", ["is retention = 30 days"], [], ""),
    ("capability-gone", ["provides chat, vision"], ["provides chat"], ""),
    ("capability-forbidden", ["provides chat"], ["provides chat, vision"], RULE),
    ("route-changed", ["provides chat, vision", "route internal"], ["provides chat, vision", "route external"], OUTSIDE),
    ("permissions-narrowed", ["permits any of { invoke, admin }"], ["permits any of { admin }"], ""),
    ("trust-raised", ["permits public, trust >= 1"], ["permits public, trust >= 2"], ""),
    ("zone-closed", ["permits public"], ["permits public, zone in { internal }"], ""),
    ("incoherent-new", ["guarantees latency <= 2 s"], ["guarantees latency <= 1 s, latency >= 2 s when request.urgent"], ""),
    ("overlapping-cost", ["cost 1 USD"], ["cost case { when request.urgent: 1 USD, when request.tokens <= 10 token: 1 USD, when not request.urgent and request.tokens > 10 token: 1 USD }"], ""),
]  # fmt: skip
"""The rule, the clauses that fail it, old and new, and a policy."""


@pytest.mark.parametrize(("rule", "old", "new", "policy"), FACETS, ids=lambda part: str(part)[:24])
def test_a_facet_that_fails_is_a_finding_of_its_rule(
    run: Run, rule: str, old: list[str], new: list[str], policy: str
) -> None:
    files = write("v1.caio", service("1.0", *old), policy), write("v2.caio", service("2.0", *new), policy)  # fmt: skip
    ran = run("compat", *files, "--json")
    assert (ran.code, rules(ran)) == (1, {rule})
    (found,) = findings(ran)
    assert found["verdict"] == "refuted"
    assert found["span"]["path"] == "v2.caio"
    assert found["evidence"].startswith("sha256:")
    assert found["help"]
    assert "request counterexample" in found["counterexample"]
    if rule not in {"overlapping-cost", "incoherent-new", "capability-forbidden", "route-changed"}:
        assert found["labels"][0]["span"]["path"] == "v1.caio"
    # The other way round, and against itself.
    both_ways = {"attribute-changed", "incoherent-new", "overlapping-cost", "dearer"}
    if rule not in {*both_ways, "capability-forbidden"}:
        assert run("compat", *files[::-1], "--json", "--no-bump").code == 0
    if rule not in {"incoherent-new", "overlapping-cost"}:
        assert run("compat", files[1], files[1], "--json").code == 0


def test_a_rule_that_is_met_no_more_is_told_beside_its_cause(run: Run) -> None:
    old, new = (service(v, f"guarantees latency <= {s} s") for v, s in (("1.0", 1), ("2.0", 2)))
    ran = run("compat", write("v1.caio", old, MET), write("v2.caio", new, MET), "--json")
    assert (ran.code, rules(ran)) == (1, {"weaker-guarantee", "rule-no-longer-met"})


def test_a_contract_that_nobody_can_use_is_refined_by_none(run: Run) -> None:
    old = service("1.0", "assumes request.tokens < 0 token")
    ran = run("compat", write("v1.caio", old), write("v2.caio", service("1.1")), "--json")
    assert (ran.code, rules(ran)) == (1, {"empty-assumption", "bump-too-small"})
    assert verdicts(ran) == {"compat:s": "refuted", "bump:s": "proved"}


def test_rules_of_policy_paths_count_for_both_sides(run: Run) -> None:
    old = write("v1.caio", service("1.0"), words=None)
    new = write("v2.caio", service("1.1", "provides chat, vision"), words=None)
    words, policy = write("words.caio"), write("policy.caio", RULE, words=None)
    assert run("compat", old, new, "--policy", words).code == 0
    ran = run("compat", old, new, "--policy", words, "--policy", policy, "--no-bump", "--json")
    assert (ran.code, rules(ran)) == (1, {"capability-forbidden"})


def test_a_message_has_both_values(run: Run) -> None:
    old = service(
        "1.0",
        "guarantees latency <= 1 s when request.tokens <= 100 token",
        "cost 1 USD",
        "is retention = 30 days",
    )
    new = service("2.0", "guarantees latency <= 3 s", "cost 2 USD", "is retention = 10 days")  # fmt: skip
    ran = run("compat", write("v1.caio", old), write("v2.caio", new), "--json")
    told = {found["rule"]: found["message"] for found in findings(ran)}
    assert "`latency <= 1 s when request.tokens <= 100 token`" in told["weaker-guarantee"]
    assert "`latency <= 3 s`" in told["weaker-guarantee"]
    assert "2 USD instead of 1 USD" in told["dearer"]
    assert "`10 days`" in told["attribute-changed"]
    assert "`30 days`" in told["attribute-changed"]


def test_overlays_count_as_what_they_add(run: Run) -> None:
    overlay = 'overlay "s" version {} from "bench" {{\n  guarantees latency <= 1 s\n}}\n'
    old = write("v1.caio", service("1.0"), overlay.format("1.0"))
    bare, kept = write("v2.caio", service("2.0")), write("v3.caio", service("2.0"), overlay.format("2.0"))  # fmt: skip
    ran = run("compat", old, bare, "--json")
    assert (ran.code, rules(ran)) == (1, {"weaker-guarantee"})
    assert run("compat", old, kept).code == 0


def test_fingerprints_survive_layout_and_versions(run: Run) -> None:
    def prints(*texts: str, lines: int) -> set[str]:
        files = [write(f"{lines}-{n}.caio", "\n" * lines, text) for n, text in enumerate(texts)]
        return {found["fingerprint"] for found in findings(run("compat", *files, "--no-bump", "--json"))}  # fmt: skip

    old, new = service("1.0", "cost 1 USD"), service("1.1", "cost 2 USD")
    assert prints(old, new, lines=0) == prints(old, new.replace("1.1", "1.2"), lines=7)
    assert prints(old, new, lines=0) != prints(old, new.replace("2 USD", "3 USD"), lines=1)


def test_services_come_and_go(run: Run) -> None:
    both, one = (service("1.0"), service("1.0", name="r")), service("1.0")
    old, new = write("v1.caio", *both), write("v2.caio", one)
    ran = run("compat", old, new, "--json")
    assert (ran.code, rules(ran)) == (1, {"service-removed"})
    (found,) = findings(ran)
    assert "request counterexample" in found["counterexample"]
    ran = run("compat", new, old, "--json")
    assert (ran.code, rules(ran)) == (0, {"service-added"})
    assert verdicts(ran)["compat:r"] == "proved"
    odd = write("v3.caio", one, service("1.0", "guarantees latency <= 1 s, latency >= 2 s", name="r"))  # fmt: skip
    ran = run("compat", new, odd, "--json")
    assert (ran.code, rules(ran)) == (1, {"service-added", "incoherent-new"})
