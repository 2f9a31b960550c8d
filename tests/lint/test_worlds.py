"""What is found in drawn worlds, held against the reference interpreter at every point."""

import json

import pytest

from caio.analysis.findings.verdicts import Verdict
from caio.analysis.lint.linting import Linted, lint
from caio.analysis.lint.mending import mend
from caio.base.canonical import digest_bytes
from caio.certify.acceptance import accept
from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.ir import interpret as i
from caio.routing.files import document_set
from caio.sema.discover import Input
from caio.sema.project import Project, compile_inputs
from tests.lint.worlds import admissions, follows, points, project_of, subjects, world

SEEDS = range(12)


@pytest.fixture(scope="module", params=SEEDS)
def case(request: pytest.FixtureRequest, prover: Prover) -> tuple[str, Project, Linted]:
    text = world(request.param)
    project = project_of(text)
    return text, project, lint(project, prover)


def _rules(project: Project) -> dict[str, d.Rule]:
    return {rule.name: rule for rule in project.rules}


def _silent(found: Linted) -> set[str]:
    """The rules that are found to say nothing, for whatever reason."""
    return {
        name
        for kind in ("shadowed-rule", "rule-always-kept", "rule-never-applies")
        for name in subjects(found, kind)
    }


def test_rules_that_say_nothing_follow_from_those_that_stay(
    case: tuple[str, Project, Linted],
) -> None:
    _, project, found = case
    rules, silent = _rules(project), _silent(found)
    stay = [rule for name, rule in rules.items() if name not in silent]
    for name in silent:
        assert follows(stay, rules[name]), name


def test_no_rule_that_stays_follows_from_the_others(case: tuple[str, Project, Linted]) -> None:
    _, project, found = case
    silent = _silent(found)
    stay = [rule for rule in project.rules if rule.name not in silent]
    for rule in stay:
        others = [one for one in stay if one is not rule and (one.invariant or not rule.invariant)]
        assert not follows(others, rule), rule.name


def test_who_is_blamed_is_an_irreducible_set(case: tuple[str, Project, Linted]) -> None:
    _, project, found = case
    rules = _rules(project)
    for question in found.questions:
        for finding in question.findings:
            if finding.rule.id != "shadowed-rule":
                continue
            _, names = json.loads(json.dumps(finding.content))
            core = [rules[name.split("`")[1]] for name in names]
            rule = rules[finding.subjects[0]]
            assert core
            assert follows(core, rule)
            for member in core:
                assert not follows([one for one in core if one is not member], rule)
            if rule.invariant:
                assert all(one.invariant for one in core)


def test_services_out_of_reach_are_those_that_admit_no_point(
    case: tuple[str, Project, Linted],
) -> None:
    _, project, found = case
    outside = {
        name.split()[0]
        for question in found.questions
        for finding in question.findings
        if finding.rule.id == "unreachable-service"
        for name in json.loads(json.dumps(finding.content))
    }
    assert outside == {name for name, row in admissions(project).items() if not any(row)}


def test_rules_that_nobody_meets_are_met_by_nobody_at_any_point(
    case: tuple[str, Project, Linted],
) -> None:
    _, project, found = case
    (vocabulary,) = project.vocabularies
    contracts = [i.Contract(vocabulary, service) for service in project.services]
    dead = set(subjects(found, "rule-never-applies"))
    absurd = {
        f.subjects[0]
        for q in found.questions
        for f in q.findings
        if f.rule.id == "contradictory-rules" and len(f.subjects) == 1
    }
    unmet = {
        rule.name
        for rule in project.rules
        if not any(
            i.holds(rule.when, point)
            and i.assumed(contract, point)
            and all(i.entails(atom, contract, point) for atom in rule.then)
            for contract in contracts
            for point in points()
        )
    }
    assert set(subjects(found, "unmeetable-rule")) == unmet - dead - absurd


def test_the_checker_accepts_all_evidence_anew(case: tuple[str, Project, Linted]) -> None:
    _, _, found = case
    known = set()
    for _, one in found.certificates:
        accept([document_set(one.documents)], one.certificate)
        assert digest_bytes(one.certificate) == one.digest
        known.add(one.digest)
    unproved = {"unused-declaration", "pin-without-service"}
    for question in found.questions:
        assert question.verdict in (Verdict.PROVED, Verdict.REFUTED)
        for finding in question.findings:
            assert finding.rule.id in unproved or finding.evidence in known


def test_mending_changes_no_admission_and_leaves_nothing_to_mend(
    case: tuple[str, Project, Linted], prover: Prover
) -> None:
    text, project, found = case
    data = text.encode()
    inputs = [Input("a.caio", data, digest_bytes(data), True)]
    mended = mend(inputs, project, lambda one: lint(one, prover))
    assert not mended.left
    assert not mended.linted.removals
    assert mended.removed >= len(found.removals)
    assert admissions(mended.project) == admissions(project)
    (after,) = mended.inputs
    comments = [line.partition("//")[2] for line in text.splitlines() if "//" in line]
    kept = after.data.decode()
    assert all(f"//{comment}" in kept for comment in comments)
    again = mend([after], compile_inputs([after], keep=True), lambda one: lint(one, prover))
    assert again.inputs == mended.inputs
    assert again.removed == 0


def test_the_worlds_hold_what_they_are_drawn_for(prover: Prover) -> None:
    kinds = set()
    several = 0
    for seed in SEEDS:
        for question in lint(project_of(world(seed)), prover).questions:
            for finding in question.findings:
                kinds.add(finding.rule.id)
                if finding.rule.id == "shadowed-rule":
                    _, names = json.loads(json.dumps(finding.content))
                    several += len(names) > 1
    assert {
        "shadowed-rule",
        "rule-always-kept",
        "unmeetable-rule",
        "unreachable-service",
        "guarantee-without-effect",
        "contradictory-rules",
    } <= kinds
    assert several > 0


def test_the_same_documents_give_the_same_bytes(prover: Prover) -> None:
    text = world(3)
    with Prover() as other:
        one, two = lint(project_of(text), prover), lint(project_of(text), other)
    assert [q.id for q in one.questions] == [q.id for q in two.questions]
    assert [c.digest for _, c in one.certificates] == [c.digest for _, c in two.certificates]
    assert {f.fingerprint for q in one.questions for f in q.findings} == {
        f.fingerprint for q in two.questions for f in q.findings
    }
