"""What becomes of the answers of a command for pipelines: waivers, every output, the evidence, the exit code.

Nothing that is delivered contradicts the exit code. Files come first, the job summary after them, standard output last; where
one of them cannot be written, a finding says so, and what was written already is written again with that finding in it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from caio.analysis.findings.finding import Finding, Rule
from caio.analysis.findings.outputs import (
    TEXT,
    Output,
    probe_outputs,
    standard_output,
    write_files,
)
from caio.analysis.findings.report import (
    EVIDENCE_REJECTED,
    QUESTION_COULD_NOT_RUN,
    Question,
    Report,
)
from caio.analysis.findings.rules import register
from caio.analysis.findings.table import Table
from caio.analysis.findings.verdicts import Verdict
from caio.analysis.findings.waivers import MOST_BYTES, WaiversError, apply_waivers, read_waivers
from caio.analysis.findings.waivers import unreadable as unreadable_waivers
from caio.base.errors import InputError
from caio.base.spans import Source
from caio.cli.exits import Exit
from caio.cli.failures import Failure, explain
from caio.cli.failures import report as tell
from caio.cli.files import check_target, write
from caio.cli.job_summary import JobSummary
from caio.cli.progress import Waiting
from caio.cli.streams import coloured, note, problem
from caio.cli.text import unicode_ok

if TYPE_CHECKING:
    from caio.ir.documents import Document

NOT_WRITTEN: Final = register(
    "output-not-written", "an output that was asked for and cannot be written"
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Evidence for an auditor.

    Attributes:
        about: what it is about, in a word or two: the name of a vocabulary, of a question.
        certificate: canonical bytes, as the checker takes them.
        documents: the documents that it is about.
    """

    about: str
    certificate: bytes
    documents: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """What a command found out.

    Attributes:
        questions: in the order in which they were asked.
        certificates: the evidence that the checker accepted, in the order of the questions.
        tables: what is shown besides.
    """

    questions: tuple[Question, ...]
    certificates: tuple[Certificate, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where a report goes, and what is done to it on the way.

    Attributes:
        outputs: which formats go where.
        waivers: the file of waivers, if any counts.
        at: the time for which they are judged, in microseconds since 1970 UTC.
        most: how many findings text and Markdown show.
        color: ``auto``, ``always`` or ``never``.
        certificate: where the evidence goes: a file, or a folder for any number of certificates.
    """

    outputs: tuple[Output, ...]
    waivers: Path | None
    at: int
    most: int | None
    color: str
    certificate: Path | None

    def probe(self) -> None:
        """Make sure of what can be made sure of before anything is asked.

        Raises:
            InputError: an output cannot be written, or the file of waivers cannot be read.
        """
        probe_outputs(self.outputs)
        if self.certificate is not None and not self.certificate.is_dir():
            check_target(str(self.certificate))
        if self.waivers is not None:
            _source(self.waivers)

    @property
    def speaks(self) -> bool:
        """Whether people read the report itself on standard output."""
        return any(output == Output(TEXT) for output in self.outputs)

    @property
    def colored(self) -> bool:
        """Whether text on standard output has colours."""
        return self.color == "always" or (self.color == "auto" and coloured(sys.stdout))


def asked(ask: Callable[[Waiting], Answers], *, speaks: bool) -> Answers:
    """The answers, and what kept them from being found as an answer of its own.

    Args:
        ask: finds them.
        speaks: whether the report goes to standard output as text, so that standard error needs one line at most.
    """
    try:
        with Waiting("reading documents") as waiting:
            return ask(waiting)
    except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it was, the report says it
        failure = explain(error)
        if failure.kind == "internal" and os.environ.get("CAIO_DEBUG"):
            tell(failure, error, as_json=False)
        elif not (speaks and sys.stdout.isatty()):
            # A runner reads standard error, too: its commands may stand anywhere in a line.
            problem("error", failure.message.replace("##[", "#\\x23["))
        return Answers((_unasked(failure),))


def deliver(report: Report, delivery: Delivery, certificates: tuple[Certificate, ...] = ()) -> int:
    """Judge a report by the waivers, write it everywhere, and give the exit code that all of it agrees with."""
    report = _judged(report, delivery)
    errors: list[str] = []
    if delivery.certificate is not None and report.exit_code < Exit.COULD_NOT_RUN:
        errors += _write_certificates(delivery.certificate, certificates)
    errors += map(str, write_files(_with(report, errors), delivery.outputs, most=delivery.most))
    summary = JobSummary.of(delivery.outputs)
    if summary is not None:
        errors += summary.append(_with(report, errors), most=delivery.most)
    told = _with(report, errors)
    if errors:
        write_files(told, delivery.outputs, most=delivery.most)
        for error in errors:
            problem("error", error)
    text = standard_output(told, delivery.outputs, color=delivery.colored, most=delivery.most)
    # Where all goes to files, how it ended is still said in the one line that every report ends with.
    text = text or f"{told.last_line}\n"
    sys.stdout.write(
        text if unicode_ok(sys.stdout) else text.encode("ascii", "backslashreplace").decode()
    )
    return told.exit_code


def _unasked(failure: Failure) -> Question:
    """The question of a run that a failure ended."""
    verdict = Verdict.REJECTED if failure.code == Exit.REJECTED else Verdict.COULD_NOT_RUN
    seen: dict[tuple[str, str], int] = {}
    findings = []
    for diagnostic in failure.diagnostics:
        if not diagnostic.is_error:
            continue
        key = diagnostic.code.name, diagnostic.message
        seen[key] = seen.get(key, 0) + 1
        findings.append(
            Finding(
                Rule.of(diagnostic.code),
                verdict,
                diagnostic.message,
                # The same error in two places is two findings.
                content=[diagnostic.message, seen[key]],
                span=diagnostic.span,
                labels=diagnostic.labels,
                help=diagnostic.help,
            )
        )
    if not findings:
        rule = EVIDENCE_REJECTED if verdict is Verdict.REJECTED else QUESTION_COULD_NOT_RUN
        message = " ".join(failure.message.split()) or failure.kind
        findings.append(
            Finding(rule, verdict, message, content=[failure.kind, message], help=failure.help)
        )
    return Question("run", "the command could ask its questions", verdict, 0, tuple(findings))


def _with(report: Report, errors: list[str]) -> Report:
    """The report with a question more, if anything could not be written."""
    if not errors:
        return report
    findings = tuple(
        Finding(
            NOT_WRITTEN,
            Verdict.COULD_NOT_RUN,
            error,
            content=error,
            help="nothing that was written can be relied on; mend this and run again",
        )
        for error in errors
    )
    question = Question(
        "outputs", "every output could be written", Verdict.COULD_NOT_RUN, 0, findings
    )
    return replace(report, questions=(*report.questions, question))


def _judged(report: Report, delivery: Delivery) -> Report:
    if delivery.waivers is None:
        return report
    note(f"waivers: {delivery.waivers}")
    try:
        waivers = read_waivers(_source(delivery.waivers))
    except WaiversError as error:
        questions = (*report.questions, unreadable_waivers(error))
        return report.with_questions(questions, at=delivery.at)
    except InputError as error:
        question = replace(_unasked(explain(error)), id="waivers", title="the waivers can be read")
        return report.with_questions((*report.questions, question), at=delivery.at)
    return apply_waivers(report, waivers, at=delivery.at)


def _source(path: Path) -> Source:
    """The text of a file of waivers, read up to the limit that its reader refuses anyway."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        return Source(str(path), data.decode())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(
            f"cannot read the waivers in `{path}`: {reason}; name another file"
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"the waivers in `{path}` are no UTF-8 text; save them as such") from error


def _write_certificates(target: Path, certificates: tuple[Certificate, ...]) -> list[str]:
    """Write the evidence; what kept it from being written."""
    from caio.base.canonical import digest_bytes  # noqa: PLC0415 - only where it is asked for
    from caio.routing.files import with_documents  # noqa: PLC0415

    if not certificates:
        return [
            "nothing was decided, so that there is no certificate to write; leave out `--certificate`"
        ]
    named = [(target, found) for found in certificates]
    if target.is_dir():
        digests = [
            digest_bytes(found.certificate).removeprefix("sha256:") for found in certificates
        ]
        named = [
            (target / f"{name}.json", found)
            for name, found in zip(digests, certificates, strict=True)
        ]
    elif len(certificates) > 1:
        about = ", ".join(f"`{found.about}`" for found in certificates[:10])
        several = f"there are {len(certificates)} certificates (about {about})"
        return [f"{several}, and `{target}` is one file: name a folder, as in `{target}/`"]
    errors = []
    for path, found in named:
        try:
            write(str(path), with_documents(found.certificate, found.documents))
            note(f"written: {path}")
        except InputError as error:
            errors.append(str(error))
    return errors
