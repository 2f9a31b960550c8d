"""What the commands for pipelines have in common: their options, and how their report ends in outputs and an exit code.

The commands are the questions over all requests: ``caio compat``, ``caio can-deploy``, ``caio prove``, ``caio lint``,
``caio diff``. Each builds a report (``caio.analysis.findings``) and leaves everything else to this module::

    @click.command("lint", help="...")
    @click.argument("paths", nargs=-1, required=True, type=click.Path())
    @gate_options
    def command(*, paths: tuple[str, ...], gate: Gate) -> Exit:
        def ask(waiting: Waiting) -> Answers:
            project = compile_documents(paths, cache=gate.cache)
            waiting.step("proving")
            found = examine(
                project, budget=gate.budget, progress=waiting
            )  # a room below; accepts its evidence
            finding = Finding(
                VACUOUS,  # from ``rules.register``: it has a page ``docs/findings/<rule>.md``
                Verdict.REFUTED,
                "no request meets the condition of `large`",
                subjects=("large",),  # names alone, in a fixed order
                content=digest_of_the_clause,  # what tells it from others of its rule; never a place
                span=span,
                counterexample=request_text,  # in the language, to paste into ``caio explain``
                evidence=digest_of_the_certificate,
            )
            question = Question(
                "lint:large", "`large` applies to some request", Verdict.REFUTED, 1, (finding,)
            )
            return Answers((question,), (Certificate("llm", certificate, documents),))

        return conclude(gate, ask, *paths)

A question has a verdict of its own and the number of obligations that were decided for it; *proved* without one is an error.
What a finding's fingerprint covers (rule, subjects, content) must not change with the layout of documents.

Whatever is raised while a question is asked becomes part of the report, so that a host that reads SARIF learns that documents
do not compile. A report is delivered whole: where an output cannot be written, every output says so, and none tells of success.
"""

from __future__ import annotations

import functools
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import click

import caio
from caio.analysis.findings.outputs import FORMATS, Output, parse_outputs
from caio.analysis.findings.report import Question, Report
from caio.base.errors import InputError
from caio.cli.asking import decision_time
from caio.cli.delivery import Answers, Certificate, Delivery, asked, deliver
from caio.cli.exits import Exit
from caio.cli.failures import MisuseError
from caio.cli.pages import home
from caio.cli.progress import Waiting

__all__ = ["BUDGET", "Answers", "Certificate", "Gate", "conclude", "finish", "gate_options"]

BUDGET: Final = 10_000_000
"""Solver units per obligation, unless ``--budget`` says otherwise: what every bar of the project is measured with."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What the options of a command for pipelines say.

    Attributes:
        command: the name of the command, such as ``lint``.
        outputs: which formats go where.
        waivers: the file of waivers that was named.
        without_waivers: whether no waiver counts, also none of a file found in the working directory.
        at: the time for which waivers are judged, in microseconds since 1970 UTC.
        most: how many findings text and Markdown show.
        color: ``auto``, ``always`` or ``never``.
        cache: for ``compile_documents`` and ``load_project``: the folder, True for the user's own, False for none.
        budget: solver units per obligation.
        certificate: where the evidence goes, documents included.
        home: the address under which the pages of rules are published, if they are.
    """

    command: str
    outputs: tuple[Output, ...]
    waivers: Path | None
    without_waivers: bool
    at: int
    most: int | None
    color: str
    cache: bool | Path
    budget: int
    certificate: Path | None
    home: str | None

    @property
    def delivery(self) -> Delivery:
        """The part of the options that says what becomes of a report."""
        waivers = None if self.without_waivers else self.waivers
        if waivers is None and not self.without_waivers:
            usual = Path(f"caio-waivers.{self.command}.toml")
            waivers = usual if usual.exists() else None
        return Delivery(
            self.outputs, waivers, self.at, self.most, self.color, certificate=self.certificate
        )

    def report(self, questions: tuple[Question, ...], *words: str) -> Report:
        """A report of this command about what these words name, with version and address of the pages of rules."""
        title = shlex.join(["caio", self.command, *words])
        return Report(title, caio.__version__, questions, home=self.home)


def gate_options(command: Callable[..., Exit]) -> Callable[..., Exit]:
    """Give a command the options of all commands for pipelines; it is called with one keyword ``gate`` for them."""

    @functools.wraps(command)
    def call(**values: Any) -> Exit:
        taken = {name: values.pop(name) for name in _NAMES}
        return command(gate=_gate(**taken), **values)

    wrapped: Callable[..., Exit] = call
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def conclude(gate: Gate, ask: Callable[[Waiting], Answers], *words: str) -> Exit:
    """Ask, report, deliver; the exit code says how it ended.

    Args:
        gate: the options.
        ask: what the command does. Whatever it raises is reported as a question that could not be asked, or whose evidence
            was rejected; wrong use of the command line and an interruption go their own way.
        words: what the command was given, for the title of the report.

    Raises:
        InputError: an output cannot be written; nothing was asked.
    """
    delivery = gate.delivery
    delivery.probe()
    answers = asked(ask, speaks=delivery.speaks)
    report = replace(gate.report(answers.questions, *words), tables=answers.tables)
    return Exit(deliver(report, delivery, answers.certificates))


def finish(report: Report, gate: Gate, certificates: tuple[Certificate, ...] = ()) -> Exit:
    """Deliver a report that is there already: waivers, outputs, the exit code. ``conclude`` does more."""
    return Exit(deliver(report, gate.delivery, certificates))


_KINDS: Final = ", ".join(FORMATS)

_OPTIONS: Final = (
    click.option(
        "--format",
        "formats",
        metavar="KIND[=FILE]",
        multiple=True,
        help=f"How to report, several times if wanted: {_KINDS} (default: text).",
    ),
    click.option("--json", "as_json", is_flag=True, help="Short for --format json."),
    click.option(
        "--waivers",
        metavar="FILE",
        help="Findings that somebody answers for (default: caio-waivers.COMMAND.toml here).",
    ),
    click.option("--no-waivers", is_flag=True, help="Let no waiver count."),
    click.option(
        "--at", metavar="TIME", help="The time for which waivers are judged (default: now)."
    ),
    click.option(
        "--most",
        metavar="N",
        type=click.IntRange(min=1),
        help="How many findings text and Markdown show; the rest is counted.",
    ),
    click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        help="Colour text on standard output (default: on a terminal, unless NO_COLOR is set).",
    ),
    click.option(
        "--cache", metavar="DIR", help="Keep what was computed here, and not in the user's cache."
    ),
    click.option("--no-cache", is_flag=True, help="Compute everything anew, and keep nothing."),
    click.option(
        "--budget",
        metavar="UNITS",
        type=click.IntRange(min=1),
        default=BUDGET,
        help=f"Solver units per obligation (default: {BUDGET:,}).",
    ),
    click.option(
        "--certificate",
        metavar="FILE",
        help="Write the evidence, documents included, for `caio verify`; FOLDER/ takes several.",
    ),
)
_NAMES: Final = (
    *("formats", "as_json", "waivers", "no_waivers", "at", "most", "color", "cache", "no_cache"),
    *("budget", "certificate"),
)


def _gate(  # noqa: PLR0913 - one argument per option
    *,
    formats: tuple[str, ...],
    as_json: bool,
    waivers: str | None,
    no_waivers: bool,
    at: str | None,
    most: int | None,
    color: str,
    cache: str | None,
    no_cache: bool,
    budget: int,
    certificate: str | None,
) -> Gate:
    for name, value, switch in (("waivers", waivers, no_waivers), ("cache", cache, no_cache)):
        if value is not None and switch:
            raise MisuseError(
                f"`--{name}` and `--no-{name}` contradict each other: give one of them"
            )
        if value is not None and (not value or "\0" in value):
            raise MisuseError(f"`--{name}` names no file: write `--{name} NAME`")
    if certificate is not None and (certificate in ("", "-") or "\0" in certificate):
        raise MisuseError("`--certificate` goes to a file or a folder: name one (`./-` is one)")
    try:
        outputs = parse_outputs([*formats, *(["json"] if as_json else [])])
    except InputError as error:
        raise MisuseError(str(error)) from error
    if certificate is not None and certificate.endswith("/"):
        _make_folder(Path(certificate))
    return Gate(
        command=click.get_current_context().info_name or "",
        outputs=outputs,
        waivers=None if waivers is None else Path(waivers),
        without_waivers=no_waivers,
        at=decision_time(at),
        most=most,
        color=color,
        cache=not no_cache if cache is None else Path(cache),
        budget=budget,
        certificate=None if certificate is None else Path(certificate),
        home=home(),
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(f"cannot make the folder `{folder}`: {reason}; name another") from error
