"""``caio diff``: what changes is described exactly, what does not is proved, and winners are compared by decisions."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from caio.analysis.diff.admissions import compare
from caio.analysis.diff.sides import pairs
from caio.analysis.diff.winners import Asking, compare_winners
from caio.analysis.findings.finding import Finding
from caio.analysis.findings.verdicts import Verdict
from caio.base.errors import InputError
from caio.certify.answers import Answers
from caio.certify.asking import Asker
from caio.certify.prover import Prover
from caio.cli.main import cli
from caio.obligations.formula import evaluate
from caio.obligations.meaning import Meaning
from caio.routing.projects import loads
from caio.sema.project import Project

VOCABULARY = """
vocabulary "desk" {
  enum Data { public, personal }
  enum Region { eu, us, asia }
  enum Permission { use, admin }
  unit token
  capability chat, vision
  metric latency: time in 0 s .. 10 s, lower is better, quantile 0.99, role latency
  cost in 0 USD .. 100 USD
  request fields { tokens: int in 0 .. 12 token, data: set of Data, urgent: bool }
  facts { permissions: set of Permission role permissions, trust: int in 0 .. 3 role trust }
  service attributes { region: Region }
}
"""
ALPHA = """
service alpha version 1.0 {
  is region = us
  provides chat
  assumes request.tokens <= 8 token
  guarantees latency <= 2 s, latency <= 1 s when request.tokens <= 4 token
  cost 1 USD
  permits any of { use }
}
"""
BETA = "service beta version 1.0 { provides chat  guarantees latency <= 3 s  cost 2 USD  permits public }"
CHOICE = """
profile standard { weights { guarantee 0, cost 1, performance 0, reliability 0 }  limits { facts asserted } }
facts somebody { permissions = { use }, trust = 1 }
request question { needs chat  given tokens <= 4 token }
"""


def project(*texts: str) -> Project:
    return loads("\n".join(texts)) if texts else Project()


@pytest.fixture(scope="module")
def prover() -> object:
    with Prover() as one:
        yield one


CHANGES: dict[str, Callable[[str], str]] = {
    "assumes less": lambda s: s.replace("<= 8 token", "<= 10 token"),
    "assumes more": lambda s: s.replace("<= 8 token", "<= 5 token and not request.urgent"),
    "permits others": lambda s: s.replace("any of { use }", "all of { use, admin }, trust >= 2"),
    "slower": lambda s: s.replace("latency <= 2 s", "latency <= 4 s"),
    "rule gone": lambda s: s.replace("rule quick", "rule other"),
    "gone": lambda s: s.replace("service alpha", "service gamma"),
}
RULE = "rule quick { when request.data has personal or request.urgent then latency <= 2 s }"


@pytest.mark.parametrize("change", CHANGES)
def test_regions_are_exactly_what_changed(change: str, prover: Prover) -> None:
    before = VOCABULARY + ALPHA + BETA + RULE
    after = CHANGES[change](before)
    if change == "rule gone":
        after = after.replace("latency <= 2 s }", "latency <= 5 s }")
    ((old, new),) = pairs(project(before), project(after))
    asker = Asker(old.vocabulary, [old.documents, new.documents], prover)
    found = list(compare(old, new, asker))
    assert any(one.question.verdict is Verdict.REFUTED for one in found)
    for one in found:
        assert one.answered.certificate is not None
        by_service = {
            name: finding for finding in one.question.findings for name in finding.subjects
        }
        for answer in one.answered.answers:
            names = answer.asked.key[3]
            assert isinstance(names, dict)
            holders = [
                c.service.name
                for c in (*old.contracts.values(), *new.contracts.values())
                if c.subject == names
            ]
            finding = by_service.get(holders[0])
            assert (finding is None) == (answer.holds is True)
            content = {} if finding is None else finding.content
            assert isinstance(content, dict)
            regions = content.get("regions", [])
            assert content.get("whole", True) is True
            classes = "".join(
                f"rule r{i} {{ when {text} then latency <= 1 s }}\n"
                if text != "always"
                else f"rule r{i} {{ always latency <= 1 s }}\n"
                for i, text in enumerate(regions)
            )
            meaning = Meaning(old.vocabulary)
            described = [meaning.formula(r.when) for r in project(VOCABULARY + classes).rules]
            for point in points():
                block = [evaluate(formula, point) for formula in answer.asked.block]
                # What is described is a part of what one side admits, unless the other has no such service.
                said = any(evaluate(formula, point) for formula in described)
                assert all(block) == (said and (len(block) == 1 or block[0])), point


def points() -> list[dict[str, Fraction]]:
    found = []
    for tokens, public, personal, urgent, use, admin, trust in itertools.product(
        (0, 3, 4, 5, 6, 8, 9, 10, 11, 12), (0, 1), (0, 1), (0, 1), (0, 1), (0, 1), (0, 1, 2, 3)
    ):
        found.append(
            {
                "request.tokens": Fraction(tokens),
                "request.data:public": Fraction(public),
                "request.data:personal": Fraction(personal),
                "request.urgent": Fraction(urgent),
                "fact.permissions:use": Fraction(use),
                "fact.permissions:admin": Fraction(admin),
                "fact.trust": Fraction(trust),
            }
        )
    return found


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s,
        lambda s: s.replace("cost 1 USD", "cost 3 USD"),
        lambda s: s.replace("version 1.0 {\n  is", "version 1.1 {\n  is"),
        lambda s: s.replace(
            "latency <= 2 s, latency <= 1 s when request.tokens <= 4 token", "latency <= 2 s"
        ),
    ],
)
def test_what_admits_as_before_is_proved(change: Callable[[str], str], prover: Prover) -> None:
    before = VOCABULARY + ALPHA + BETA + RULE
    ((old, new),) = pairs(project(before), project(change(before)))
    asker = Asker(old.vocabulary, [old.documents, new.documents], prover)
    for one in compare(old, new, asker):
        assert one.question.verdict is Verdict.PROVED
        assert one.question.obligations == 2


def test_winners_are_compared_by_decisions() -> None:
    before = project(VOCABULARY, ALPHA, BETA, CHOICE)
    asking = Asking(("question",), 0, "somebody")
    findings: tuple[Finding, ...] = ()
    for price, verdict in (("1.5", Verdict.PROVED), ("3", Verdict.REFUTED)):
        after = project(VOCABULARY, ALPHA.replace("cost 1", f"cost {price}"), BETA, CHOICE)
        (question,) = compare_winners(before, after, asking)
        assert question.verdict is verdict
        findings = question.findings
    assert "goes to `beta` 1.0, and went to `alpha` 1.0" in findings[0].message
    gone = project(VOCABULARY, BETA, CHOICE)
    (question,) = compare_winners(before, gone, asking)
    assert question.findings[0].message.endswith("`alpha` is gone")
    refused = project(VOCABULARY, ALPHA.replace("<= 8 token", "<= 2 token"), BETA, CHOICE)
    (question,) = compare_winners(before, refused, asking)
    assert "`alpha` 1.0 fails assumption now" in question.findings[0].message
    with pytest.raises(InputError, match="no request is named `nobody`"):
        list(compare_winners(before, before, Asking(("nobody",), 0)))


def test_other_words_are_not_compared() -> None:
    old = project(VOCABULARY + ALPHA)
    with pytest.raises(InputError, match="differs between OLD and NEW"):
        list(pairs(old, project(VOCABULARY.replace("0 .. 12", "0 .. 13") + ALPHA)))
    with pytest.raises(InputError, match="in NEW alone"):
        list(pairs(project(), old))
    with pytest.raises(InputError, match="nothing to compare"):
        list(pairs(project(), project()))


def test_the_second_run_proves_nothing_anew(tmp_path: Path) -> None:
    before = VOCABULARY + ALPHA + BETA + RULE
    results = []
    first = 0
    for _ in range(2):
        with Prover() as own:
            decided: list[int] = []
            real = own.decide_many

            def counting(
                forms: object, *, budget: int, real: object = real, seen: list[int] = decided
            ) -> object:
                listed = list(forms)  # type: ignore[call-overload]
                seen.append(len(listed))
                return real(listed, budget=budget)  # type: ignore[operator]

            own.decide_many = counting  # type: ignore[method-assign, assignment]
            ((old, new),) = pairs(project(before), project(CHANGES["gone"](before)))
            asker = Asker(
                old.vocabulary, [old.documents, new.documents], own, answers=Answers(tmp_path)
            )
            found = list(compare(old, new, asker))
            results.append([one.answered.certificate for one in found])
            first = sum(decided)
    assert results[0] == results[1]
    # What is left are the questions of minimal examples and regions, which are not claims.
    assert first < 60


def run(*words: str) -> tuple[int, dict[str, object]]:
    result = CliRunner().invoke(
        cli, ["diff", *words, "--json", "--no-cache"], catch_exceptions=False
    )
    return result.exit_code, json.loads(result.stdout)


def test_the_command(tmp_path: Path) -> None:
    old, new = tmp_path / "old.caio", tmp_path / "new.caio"
    old.write_text(VOCABULARY + ALPHA + BETA + CHOICE)
    new.write_text(VOCABULARY + CHANGES["gone"](ALPHA) + BETA + CHOICE)
    asked = ("--request", "*", "--facts", "somebody", "--at", "2027-01-01")
    code, report = run(str(old), str(old), *asked)
    assert (code, report["verdict"]) == (0, "proved")
    code, report = run(str(old), str(new), *asked)
    assert (code, report["verdict"]) == (1, "refuted")
    text = json.dumps(report)
    assert all(rule in text for rule in ("newly-admitted", "newly-refused", "winner-changed"))
    code, report = run(str(old), str(tmp_path / "none.caio"))
    assert (code, report["verdict"]) == (4, "could-not-run")
    empty = tmp_path / "empty"
    empty.mkdir()
    code, report = run(str(empty), str(empty))
    assert (code, report["verdict"]) == (4, "could-not-run")
    code, report = run(str(old), str(new), "--budget", "1")
    assert code in {1, 3}
    assert report["verdict"] != "proved"
