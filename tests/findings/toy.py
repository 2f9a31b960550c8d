"""A command for pipelines that finds what it is told to find, for tests of what all such commands share."""

from __future__ import annotations

import click

from caio.analysis.findings.finding import Finding
from caio.analysis.findings.report import Question
from caio.analysis.findings.verdicts import Verdict
from caio.base.errors import EvidenceError, InputError, SolverError
from caio.base.spans import Source
from caio.cli.documents import compile_documents
from caio.cli.exits import Exit
from caio.cli.gate import Answers, Certificate, Gate, conclude, gate_options
from caio.cli.progress import Waiting
from tests.findings.reports import RULE, SPAN

RAISED: dict[str, type[BaseException]] = {
    "input": InputError,
    "solver": SolverError,
    "evidence": EvidenceError,
    "bug": ZeroDivisionError,
    "memory": MemoryError,
    "interruption": KeyboardInterrupt,
    "misuse": click.UsageError,
}


@click.command("toy")
@click.argument("what")
@click.argument("paths", nargs=-1)
@gate_options
def command(*, what: str, paths: tuple[str, ...], gate: Gate) -> Exit:
    """Find WHAT: a verdict, an exception, or nothing at all."""

    def ask(_waiting: Waiting) -> Answers:
        if what in RAISED:
            raise RAISED[what]("a reason ##[error] to stop")
        if what == "documents":
            compile_documents(paths, cache=gate.cache)
        if what == "nothing":
            return Answers(())
        found = Verdict(what)
        findings = () if found.holds else tuple(_finding(found, number) for number in range(3))
        question = Question("toy:q", "the statement", found, 4, findings)
        certificates = tuple(
            Certificate(name, b'{"claims":[],"format":"%s"}' % name.encode(), ()) for name in paths
        )
        return Answers((question,), certificates)

    return conclude(gate, ask, what, *paths)


def _finding(found: Verdict, number: int) -> Finding:
    source = Source("contracts/v2.caio", SPAN.source.text)
    return Finding(
        RULE,
        found,
        f"latency promises less ({number})",
        subjects=("good/one",),
        content=number,
        span=source.span(SPAN.start, SPAN.end),
        help="keep the bound",
    )
