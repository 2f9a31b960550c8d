"""Kinds of findings one by one: what is found, what is not, and whom it blames."""

from pathlib import Path

import pytest

from caio.analysis.findings.verdicts import Verdict
from caio.analysis.lint.linting import lint
from caio.base.diagnostics import Severity
from caio.base.errors import InputError
from caio.certify.answers import Answers
from caio.certify.prover import Decided, Model, Prover, Refutation
from tests.lint.worlds import VOCABULARY, linted, messages, project_of, subjects

UNION = """
rule low { when request.tokens <= 3 token then latency <= 1 s }
rule high { when request.tokens >= 3 token then latency <= 2 s }
rule elsewhere { always provides chat }
rule middle { when request.tokens in 1 .. 4 token then latency <= 3 s }
"""


def test_a_union_shadows_what_no_rule_shadows_alone(prover: Prover) -> None:
    found = linted(VOCABULARY + UNION, prover)
    assert messages(found, "shadowed-rule") == [
        "rule `middle` says nothing that rule `high` and rule `low` do not say together"
    ]
    for name in ("low", "high"):
        less = "\n".join(line for line in UNION.splitlines() if f"rule {name} " not in line)
        assert subjects(linted(VOCABULARY + less, prover), "shadowed-rule") == []


def test_the_removal_of_each_member_is_refuted_in_the_certificate(prover: Prover) -> None:
    found = linted(VOCABULARY + UNION, prover)
    (certificate,) = {one.certificate.decode() for _, one in found.certificates}
    project = project_of(VOCABULARY + UNION)
    assert certificate.count('"implied"') >= 5
    assert all(rule.name not in certificate for rule in project.rules), "digests name rules"


def test_of_rules_that_shadow_each_other_one_stays(prover: Prover) -> None:
    rules = "".join(f"rule same{n} {{ always latency <= 3 s }}\n" for n in range(4))
    found = linted(VOCABULARY + rules, prover)
    assert subjects(found, "shadowed-rule") == ["same1", "same2", "same3"]
    assert messages(found, "shadowed-rule")[0] == "rule `same1` says the same as rule `same0`"


@pytest.mark.parametrize(
    ("one", "other", "gone"),
    [
        ("rule a { always latency <= 1 s }", "invariant b { always latency <= 2 s }", []),
        ("invariant a { always latency <= 1 s }", "rule b { always latency <= 2 s }", ["b"]),
        ("invariant a { always latency <= 1 s }", "invariant b { always latency <= 2 s }", ["b"]),
        ("rule a { always latency <= 2 s }", "invariant b { always latency <= 2 s }", ["a"]),
        ("rule a { priority 9 always latency <= 2 s }", "rule b { always latency <= 2 s }", ["b"]),
        (
            "constraint a of safety { always latency <= 1 s }",
            "constraint b of policy { always latency <= 2 s }",
            [],
        ),
        (
            "constraint a of safety { always latency <= 1 s }",
            "constraint b of safety { always latency <= 2 s }",
            ["b"],
        ),
        (
            "constraint a of safety { always service.region == eu }",
            "rule b { always service.region in { eu, us } }",
            ["b"],
        ),
        (
            "rule a { always latency <= 1 s }",
            "constraint b of safety { always latency <= 2 s }",
            [],
        ),
        (
            "rule a { always latency <= 2 s at quantile 0.999 }",
            "rule b { always latency <= 2 s }",
            ["b"],
        ),
        (
            "rule a { always latency <= 2 s at quantile 0.9 }",
            "rule b { always latency <= 2 s }",
            ["a"],
        ),
    ],
)
def test_only_what_weighs_as_much_makes_a_rule_superfluous(
    one: str, other: str, gone: list[str], prover: Prover
) -> None:
    found = linted(f"{VOCABULARY}{one}\n{other}\n", prover)
    assert subjects(found, "shadowed-rule") == gone


def test_a_rule_that_a_property_names_has_no_fix(prover: Prover) -> None:
    text = (
        f"{VOCABULARY}rule a {{ always latency <= 1 s }}\nrule b {{ always latency <= 2 s }}\n"
        "property p { rules { a } imply { b } }\n"
    )
    found = linted(text, prover)
    assert subjects(found, "shadowed-rule") == ["b"]
    assert not found.removals


def test_a_number_that_must_be_stated_is_not_kept_by_its_range(prover: Prover) -> None:
    text = f"{VOCABULARY}rule a {{ always service.safety >= 0 }}\n"
    assert subjects(linted(text, prover), "rule-always-kept") == []


def test_of_a_range_one_end_may_be_that_of_the_declared_range(prover: Prover) -> None:
    text = f"""{VOCABULARY}
constraint a of safety {{ always quality in 0 .. 0.5 }}
service s version 1 {{ provides chat guarantees latency in 0 s .. 2 s permits public }}
"""
    found = linted(text, prover)
    assert messages(found, "threshold-without-effect") == []
    assert messages(found, "guarantee-without-effect") == []


def test_services_are_out_of_reach_for_a_set_of_rules(prover: Prover) -> None:
    text = f"""{VOCABULARY}
service "one" version 1 {{ provides chat guarantees latency <= 3 s permits public }}
service "two" version 1 {{ provides chat guarantees latency <= 3 s permits public }}
service "three" version 1 {{ provides chat guarantees latency <= 1 s permits public }}
service "shut" version 1 {{ provides chat guarantees latency <= 1 s }}
rule a {{ when request.tokens <= 3 token then latency <= 2 s }}
rule b {{ when request.tokens >= 2 token then latency <= 2 s }}
rule c {{ always provides chat }}
"""
    assert sorted(messages(linted(text, prover), "unreachable-service")) == [
        "no request can reach 2 services (`one` 1, `two` 1): rule `a` and rule `b` together shut them out",
        "no request can reach `shut` 1: nobody is permitted",
    ]


def test_of_equal_guarantees_one_stays_and_ranks_stay(prover: Prover) -> None:
    text = f"""{VOCABULARY}
service "one" version 1 {{
  provides   chat
  guarantees latency <= 2 s, latency <= 2 s at quantile 0.9, latency <= 2 s when request.urgent,
             latency <= 1 s when request.tokens <= 3 token,
             latency <= 1 s when request.tokens >= 3 token,
             quality >= 0
  permits    public
}}
"""
    found = linted(text, prover)
    findings = [
        f for q in found.questions for f in q.findings if f.rule.id == "guarantee-without-effect"
    ]
    assert len(findings) == 4
    # The general one follows from both special ones, but only it counts where tokens are open.
    (kept,) = [f for f in findings if not f.fixes]
    assert "at quantile" not in kept.message
    assert "ranked" in (kept.help or "")


SERVICE = """service s version 1 {
  provides chat
  cost     case { when request.tokens > 7 token: 1 USD, otherwise: 2 USD }
  permits  public
}"""


@pytest.mark.parametrize(
    ("text", "rule", "help_"),
    [
        ("rule a { when request.tokens > 7 token then latency <= 1 s }", "rule-never-applies", ""),
        (
            "rule a { when request.urgent or request.tokens > 7 token then latency <= 1 s }",
            "threshold-out-of-reach",
            "",
        ),
        (
            "rule a { when request.urgent and request.tokens < 7 token then latency <= 1 s }",
            "threshold-without-effect",
            "",
        ),
        ("rule a { always quality > 1 }", "threshold-out-of-reach", ""),
        ("rule a { always service.safety >= 80 }", "threshold-out-of-reach", "`80%`"),
        ("rule a { always latency <= 6 s, provides chat }", "threshold-without-effect", ""),
        ("request r { needs chat ensure latency <= 6 s }", "threshold-without-effect", "`6 ms`"),
        ("request r { needs chat ensure quality > 1 }", "threshold-out-of-reach", ""),
        ("request r { needs chat deadline 1 min }", "threshold-without-effect", "`1 s`"),
        ("class k { ensure quality >= 0 }", "threshold-without-effect", ""),
        ("request r { needs chat budget 100 USD }", "threshold-without-effect", ""),
        (
            SERVICE,
            "threshold-out-of-reach",
            "",
        ),
        ("profile p { weights { guarantee 1, cost 1, performance 1, reliability 0 } }", "", ""),
    ],
)
def test_thresholds(text: str, rule: str, help_: str, prover: Prover) -> None:
    found = linted(VOCABULARY + text, prover)
    findings = [f for q in found.questions for f in q.findings if f.rule.id == rule]
    if not rule:
        names = {f.rule.id for q in found.questions for f in q.findings}
        assert names <= {"unused-declaration"}
        return
    assert findings
    assert help_ in (findings[0].help or "")


def test_what_is_unused_is_a_note_for_each_list(prover: Prover) -> None:
    text = f"{VOCABULARY}rule a {{ when request.region == eu then latency <= 1 s }}\nclass k {{ needs chat }}\n"
    found = linted(text, prover)
    (question,) = [q for q in found.questions if q.id == "declarations:v"]
    assert question.verdict is Verdict.PROVED
    said = {f.message for f in question.findings}
    assert "2 request fields of vocabulary `v` are used nowhere: `tokens`, `urgent`" in said
    assert "member `us` of enumeration `Region` of vocabulary `v` is used nowhere" in said
    assert "capability `vision` of vocabulary `v` is used nowhere" in said
    assert "no property names class `k`" in said
    assert all(f.level is Severity.NOTE for f in question.findings)


def test_nothing_is_asked_of_nothing() -> None:
    with Prover() as prover, pytest.raises(InputError, match="no vocabulary"):
        lint(project_of(""), prover)


class Liar(Answers):
    """Remembers that everything was refuted by the same proof."""

    def read(self, name: str) -> dict[str, Decided]:
        """What was kept, with every witness replaced by some proof."""
        known = super().read(name)
        proof = next((one for one in known.values() if isinstance(one, Refutation)), None)
        if proof is None:
            return known
        return {key: proof if isinstance(one, Model) else one for key, one in known.items()}


def test_kept_evidence_that_lies_leads_nobody_astray(tmp_path: Path, prover: Prover) -> None:
    project = project_of(VOCABULARY + UNION)
    honest = lint(project, prover, answers=Answers(tmp_path))
    again = lint(project, prover, answers=Answers(tmp_path))
    deceived = lint(project, prover, answers=Liar(tmp_path))
    for found in (again, deceived):
        assert [q.verdict for q in found.questions] == [q.verdict for q in honest.questions]
        assert messages(found, "shadowed-rule") == messages(honest, "shadowed-rule")


def test_a_small_budget_is_no_success() -> None:
    text = VOCABULARY + "\n".join(
        f"rule r{n} {{ when request.tokens + {n} token >= {n + 1} token or request.urgent"
        f" then latency <= {1 + n % 4} s + 1 s per token * request.tokens / {n + 2} }}"
        for n in range(6)
    )
    with Prover(direct=False) as prover:
        found = lint(project_of(text), prover, budget=1)
    unknown = [q for q in found.questions if q.verdict is Verdict.UNKNOWN]
    assert unknown
    assert all(q.verdict is not Verdict.PROVED or q.obligations for q in found.questions)
    assert {f.rule.id for q in unknown for f in q.findings} >= {"not-decided"}
