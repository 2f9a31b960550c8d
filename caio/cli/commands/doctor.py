"""``caio doctor``: what works here, what does not, and what to do about it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Final

import click

from caio.cli import streams
from caio.cli.doctor.finding import Finding
from caio.cli.exits import Exit, worst
from caio.cli.progress import Waiting
from caio.cli.text import count, safe

FORMAT: Final = "caio-doctor/v1"

_VERDICTS: Final = {
    Exit.HOLDS: "healthy",
    Exit.COULD_NOT_RUN: "broken",
    Exit.REJECTED: "unsound",
}


@click.command(
    "doctor",
    help=(
        "Examine this installation: versions, files, the solver's process, the cache, and whether the checker still"
        " refuses what it must refuse.\n\n"
        "The checker judges a built-in set of good and bad certificates in a fresh interpreter. Exit 0 says that all is"
        " well, 4 that the environment is broken, 5 that the checker judges wrongly and nothing it says may be used."
    ),
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def command(*, as_json: bool) -> Exit:
    """Examine one thing after the other, report all of them."""
    with Waiting("examining the installation"):
        findings = list(_examine())
    outcome = worst(finding.code for finding in findings)
    if as_json:
        streams.out_json(
            {
                "format": FORMAT,
                "verdict": _VERDICTS[outcome],
                "exit": int(outcome),
                "findings": [finding.json() for finding in findings],
            }
        )
    else:
        _print(findings, outcome)
    return outcome


def _examine() -> Iterator[Finding]:
    from caio.cli.doctor import evidence, installation  # noqa: PLC0415

    yield installation.program()
    yield installation.namesakes()
    yield installation.python()
    yield from installation.dependencies()
    yield installation.files()
    yield from _surroundings()
    yield from evidence.examine()


def _surroundings() -> Iterator[Finding]:
    from caio.cli.doctor import surroundings  # noqa: PLC0415 - loads the solver's client

    yield surroundings.solver()
    yield surroundings.cache()


def _print(findings: Sequence[Finding], outcome: Exit) -> None:
    colours = {"ok": "\x1b[32m", "note": "\x1b[33m", "problem": "\x1b[1;31m"}
    coloured = streams.coloured(sys.stdout)
    plain = "\x1b[0m" if coloured else ""
    for finding in findings:
        tone = colours[finding.status] if coloured else ""
        streams.out(f"{tone}{finding.status:<7}{plain}  {finding.name:<10}  {safe(finding.text)}")
        if finding.help:
            streams.out(f"{'':<7}  {'':<10}  help: {safe(finding.help)}")
    problems = sum(finding.status == "problem" for finding in findings)
    said = count(problems, "problem") if problems else "no problem"
    streams.out(f"\n{_VERDICTS[outcome]}: {said} in {count(len(findings), 'examination')}")
