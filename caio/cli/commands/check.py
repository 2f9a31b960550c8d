"""``caio check``: compile the documents, and prove them sane."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from caio.base.errors import InputError
from caio.cli import streams
from caio.cli.exits import Exit, worst
from caio.cli.files import check_output
from caio.cli.progress import Waiting
from caio.cli.text import count, listing

if TYPE_CHECKING:
    from caio.analysis.sanity import Finding, Report
    from caio.base.diagnostics import Diagnostic

FORMAT: Final = "caio-check/v1"

_VERDICTS: Final = {Exit.HOLDS: "sane", Exit.REFUTED: "refuted", Exit.UNKNOWN: "unknown"}


@click.command(
    "check",
    help=(
        "Compile documents and prove them sane.\n\n"
        "PATHS are documents (.caio, .json) or folders of them. Proved of every contract: it can be used, it never"
        " contradicts itself, its prices exclude each other. Of every rule and constraint: it applies to some request;"
        " no minimal set of rules makes demands that cannot be met together. The checker accepts each claim."
    ),
)
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@click.option("-o", "--output", metavar="FILE", help="Write the certificate, documents included.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--no-cache", is_flag=True, help="Parse all documents anew.")
def command(*, paths: tuple[str, ...], output: str | None, as_json: bool, no_cache: bool) -> Exit:
    """Compile, prove, have the proofs checked, report."""
    from caio.analysis.sanity import check_documents  # noqa: PLC0415 - solver loads here
    from caio.certify.acceptance import accept  # noqa: PLC0415
    from caio.certify.prover import Prover  # noqa: PLC0415
    from caio.cli.documents import compile_documents  # noqa: PLC0415
    from caio.routing.files import document_set  # noqa: PLC0415

    if output is not None:
        check_output(output)
    with Waiting("reading documents") as waiting:
        project = compile_documents(paths, cache=not no_cache)
        waiting.step("proving")
        with Prover() as prover:
            reports = check_documents(project, prover, progress=waiting)
        waiting.step("checking the evidence")
        for report in reports:
            # Where nothing was decided there is no claim to check, and every question is a finding.
            if report.claims:
                accept([document_set(report.documents)], report.certificate)
    if output is not None:
        _write(output, reports)
    findings = [finding for report in reports for finding in report.findings]
    outcome = worst(
        [Exit.HOLDS, *(Exit.UNKNOWN if f.undecided else Exit.REFUTED for f in findings)]
    )
    if as_json:
        streams.out_json(_json(reports, outcome, project.diagnostics))
    else:
        _print(reports, findings)
    if output is not None:
        streams.note(f"written: {output}")
    return outcome


def _write(target: str, reports: tuple[Report, ...]) -> None:
    from caio.cli.files import write  # noqa: PLC0415 - only where it is asked for
    from caio.routing.files import with_documents  # noqa: PLC0415

    if len(reports) > 1:
        names = ", ".join(f"`{report.vocabulary.name}`" for report in reports)
        raise InputError(
            f"one certificate is about one vocabulary, and there are several: {names};"
            " check the documents of each by themselves"
        )
    (report,) = reports
    if not report.claims:
        raise InputError("nothing was decided, so that there is no certificate to write")
    write(target, with_documents(report.certificate, report.documents))


def _print(reports: tuple[Report, ...], findings: list[Finding]) -> None:
    from caio.cli.diagnostics import show  # noqa: PLC0415 - only where there is something to show

    for report in reports:
        for note in report.notes:
            show([note], sys.stdout)
        for finding in report.findings:
            show([finding.diagnostic], sys.stdout)
            if example := _example(report, finding):
                streams.out_safe(f"  for example: {example}\n")
    open_ = sum(finding.undecided for finding in findings)
    wrong = len(findings) - open_
    claims = sum(report.claims for report in reports)
    services = sum(type(d).__name__ == "Service" for r in reports for d in r.documents)
    rules = sum(type(d).__name__ == "Rule" for r in reports for d in r.documents)
    about = f"{count(services, 'service')} and {count(rules, 'rule')}"
    constraints = sum(type(d).__name__ == "Constraint" for r in reports for d in r.documents)
    if constraints:
        named = [count(services, "service"), count(rules, "rule"), count(constraints, "constraint")]
        about = listing(named)
    if not findings:
        streams.out(f"sane: {count(claims, 'claim')} about {about}, each proved and checked")
        return
    parts = [count(wrong, "finding")] if wrong else []
    parts += [f"{open_:,} not decided"] if open_ else []
    streams.out(f"not sane: {', '.join(parts)} ({count(claims, 'claim')} about {about}, checked)")


def _example(report: Report, finding: Finding) -> str:
    """A request that shows what was found."""
    from caio.cli.values import point  # noqa: PLC0415

    pairs = point(report.vocabulary, dict(finding.witness))
    return ", ".join(f"{name} = {value}" for name, value in pairs)


def _json(
    reports: tuple[Report, ...], outcome: Exit, warnings: tuple[Diagnostic, ...]
) -> dict[str, object]:
    from caio.cli.diagnostics import as_json  # noqa: PLC0415

    return {
        "format": FORMAT,
        "verdict": _VERDICTS[outcome],
        "exit": int(outcome),
        "claims": sum(report.claims for report in reports),
        "findings": [
            {
                **as_json([finding.diagnostic])[0],
                "vocabulary": report.vocabulary.name,
                "undecided": finding.undecided,
                "witness": {name: str(value) for name, value in finding.witness},
            }
            for report in reports
            for finding in report.findings
        ],
        "diagnostics": as_json([*warnings, *(note for report in reports for note in report.notes)]),
    }
