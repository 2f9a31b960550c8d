"""A report as JUnit XML, for every CI server: a suite per question, a case per finding.

Refuted is a *failure*; unknown, could-not-run and rejected are *errors* with that type; waived is *skipped* with the waiver as
its reason; only what is proved passes. A question without findings is one case. Neither time nor host is recorded: the same
run gives the same bytes. The elements and attributes are those that both the schema of Jenkins and that of Ant know.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from caio.analysis.findings.finding import Finding
from caio.analysis.findings.plain import block, plain
from caio.analysis.findings.report import Question, Report
from caio.analysis.findings.verdicts import Verdict

_ELEMENTS: Final = {
    Verdict.PROVED: None,
    Verdict.WAIVED: "skipped",
    Verdict.REFUTED: "failure",
    Verdict.UNKNOWN: "error",
    Verdict.COULD_NOT_RUN: "error",
    Verdict.REJECTED: "error",
}
_LONGEST: Final = 20_000


@dataclass(frozen=True, slots=True)
class _Case:
    name: str
    classname: str
    verdict: Verdict
    message: str = ""
    details: tuple[str, ...] = ()


def render(report: Report) -> str:
    """The report as an XML document, in UTF-8 when encoded."""
    suites = [(_name(question), _cases(question)) for question in report.questions]
    if not report.questions:
        suites = [("caio", [_case(finding, "") for _, finding in report.shown])]
    every = [case for _, cases in suites for case in cases]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f"<testsuites{_attributes(name=plain(report.title), **_numbers(every))}>")
    for name, cases in suites:
        numbers = {**_numbers(cases), "skipped": _number(cases, "skipped")}
        lines.append(f"  <testsuite{_attributes(name=name, **numbers)}>")
        for case in cases:
            lines += _lines(case)
        lines.append("  </testsuite>")
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """A safe text as character data or as an attribute between quotation marks."""
    for char, entity in (("&", "amp"), ("<", "lt"), (">", "gt"), ('"', "quot"), ("'", "apos")):
        text = text.replace(char, f"&{entity};")
    return text


def _name(question: Question) -> str:
    return plain(question.title, 200)


def _cases(question: Question) -> list[_Case]:
    """The cases of a question; notes of what does not count pass, for they fail nothing."""
    cases = [_case(finding, question.id) for finding in question.shown]
    return cases or [_Case(_name(question), plain(question.id, 200), question.verdict)]


def _case(finding: Finding, question: str) -> _Case:
    verdict = finding.verdict if finding.counts else Verdict.PROVED
    # Servers tell cases apart by their names: the fingerprint's beginning keeps equal messages apart.
    name = f"{plain(finding.message, 300)} [{finding.fingerprint[7:19]}]"
    classname = f"{plain(question, 200)}.{finding.rule.id}".lstrip(".")
    message = f"{finding.verdict.value}: {plain(finding.message, 1_000)}"
    return _Case(name, classname, verdict, message, tuple(_details(finding)))


def _details(finding: Finding) -> Iterator[str]:
    yield f"rule: {finding.rule.id} ({finding.rule.page})"
    if finding.span is not None:
        yield f"at: {plain(str(finding.span))}"
    for label in finding.labels:
        yield f"at: {plain(str(label.span))}: {plain(label.message)}"
    if finding.waiver is not None:
        waiver = finding.waiver
        yield f"waived by: {plain(waiver.owner)} until {waiver.expires}: {plain(waiver.reason)}"
    if finding.help is not None:
        yield f"help: {plain(finding.help)}"
    if finding.evidence is not None:
        yield f"evidence: {plain(finding.evidence)}"
    yield f"fingerprint: {finding.fingerprint}"
    if finding.counterexample is not None:
        yield "counterexample:"
        yield from block(finding.counterexample, _LONGEST)


def _lines(case: _Case) -> Iterator[str]:
    opening = f"    <testcase{_attributes(name=case.name, classname=case.classname, time='0')}"
    element = _ELEMENTS[case.verdict]
    text = escape("\n".join(case.details))
    if element is None:
        if not text:
            yield f"{opening}/>"
            return
        yield f"{opening}>"
        yield f"      <system-out>{escape(case.message)}\n{text}</system-out>"
    elif element == "skipped":
        yield f"{opening}>"
        yield f"      <skipped{_attributes(message=case.message)}/>"
        yield f"      <system-out>{text}</system-out>"
    else:
        attributes = _attributes(type=case.verdict.value, message=case.message)
        yield f"{opening}>"
        yield f"      <{element}{attributes}>{text}</{element}>"
    yield "    </testcase>"


def _attributes(**values: str) -> str:
    return "".join(f' {key}="{escape(value)}"' for key, value in values.items())


def _number(cases: Sequence[_Case], element: str) -> str:
    return str(sum(_ELEMENTS[case.verdict] == element for case in cases))


def _numbers(cases: Sequence[_Case]) -> dict[str, str]:
    return {
        "tests": str(len(cases)),
        "failures": _number(cases, "failure"),
        "errors": _number(cases, "error"),
        "time": "0",
    }
