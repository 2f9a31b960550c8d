"""``caio route``: decide where a request goes, have the decision checked, and say why."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from caio.cli import streams
from caio.cli.exits import Exit
from caio.cli.failures import MisuseError
from caio.cli.files import check_output, check_target, write
from caio.cli.progress import Waiting

if TYPE_CHECKING:
    from caio.ir.documents import Facts
    from caio.landscape.snapshot import Snapshot
    from caio.obligations.candidate import Question
    from caio.routing.bulk import Scorer
    from caio.routing.files import DecisionFiles
    from caio.sema.project import Project

_EXITS: Final = {"routed": Exit.HOLDS, "not_routable": Exit.REFUTED, "unknown": Exit.UNKNOWN}


@dataclass(frozen=True, slots=True)
class _Options:
    paths: tuple[str, ...]
    request: str
    at: str | None
    facts: str | None
    profile: str | None
    output: str | None
    bundle: str | None
    as_json: bool
    no_cache: bool
    everything: bool


@click.command(
    "route",
    help=(
        "Decide which service a request goes to, and prove it.\n\n"
        "PATHS are documents (.caio, .json) or folders of them. The winner is proved to satisfy everything asked;"
        " every candidate ranked above it is refuted by a counterexample; the checker, which contains no solver,"
        " accepts the evidence before anything is printed or written."
    ),
)
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@click.option("--request", required=True, metavar="NAME", help="The request to route.")
@click.option("--at", metavar="TIME", help="The decision's time (default: now, and recorded).")
@click.option("--facts", metavar="FILE|NAME", help="What is known of the caller.")
@click.option("--profile", metavar="NAME", help="How to choose, where there are several profiles.")
@click.option("-o", "--output", metavar="FILE", help="Write the decision, its landscape beside it.")
@click.option("--bundle", metavar="FILE", help="Write decision and documents as one file.")
@click.option("--json", "as_json", is_flag=True, help="Print the decision as JSON.")
@click.option("--no-cache", is_flag=True, help="Compile and decide anew.")
@click.option("--all", "everything", is_flag=True, help="Show every candidate and every reason.")
def command(**settings: object) -> Exit:
    """Compile, pose, route, check, write, print."""
    options = _Options(**settings)  # type: ignore[arg-type]
    if options.output and options.bundle:
        raise MisuseError("`-o` and `--bundle` write the same decision: choose one")
    for target in filter(None, (options.output, options.bundle)):
        check_output(target)
    at = _time(options.at)
    return _route(options, at)


def _time(text: str | None) -> int:
    if text is None:
        return time.time_ns() // 1000
    from caio.base.errors import InputError  # noqa: PLC0415
    from caio.base.instants import parse_instant  # noqa: PLC0415

    try:
        return parse_instant(text)
    except InputError as error:
        raise click.BadParameter(str(error), param_hint="'--at'") from error


@dataclass(frozen=True, slots=True)
class _Decided:
    """A decision that the checker has accepted, made now or at an earlier time with the same inputs.

    Attributes:
        question: what was asked.
        snapshot: what it was asked about.
        files: the decision's bytes.
        work: the steps that the checker took just now.
        scorer: the compiled contracts, where they were needed.
    """

    question: Question
    snapshot: Snapshot
    files: DecisionFiles
    work: int
    scorer: Scorer | None = None

    @property
    def body(self) -> Mapping[str, Any]:
        """The decision as JSON."""
        return self.files.body


def _route(options: _Options, at: int) -> Exit:
    from caio.routing.question import pose  # noqa: PLC0415

    with Waiting("reading documents") as waiting:
        project, facts = _compile(options)
        question, snapshot = pose(
            project, request=options.request, at=at, facts=facts, profile=options.profile
        )
        decided = _decide(options, question, snapshot, waiting)
    _write(options, decided.files)
    if options.as_json:
        streams.out_bytes(decided.files.decision)
    else:
        _print(options, project, decided)
    return _EXITS[decided.body["verdict"]]


def _decide(
    options: _Options, question: Question, snapshot: Snapshot, waiting: Waiting
) -> _Decided:
    # The time is an input: a decision of this moment is never asked for again.
    if options.no_cache or options.at is None:
        return _anew(question, snapshot, waiting)
    from caio.base.store import default_folder  # noqa: PLC0415
    from caio.certify.cache import Certificates  # noqa: PLC0415
    from caio.routing.decision import inputs_of  # noqa: PLC0415
    from caio.routing.files import document_parts, files_of  # noqa: PLC0415

    certificates = Certificates(default_folder())
    inputs = inputs_of(question, snapshot)
    waiting.step("checking the evidence")
    kept = certificates.find(inputs, lambda: document_parts(question, snapshot))
    if kept is not None:
        files = files_of(question, snapshot, kept.body)
        return _Decided(question, snapshot, files, kept.verdict.cost)
    decided = _anew(question, snapshot, waiting)
    certificates.keep(inputs, decided.files.certificate)
    return decided


def _anew(question: Question, snapshot: Snapshot, waiting: Waiting) -> _Decided:
    from caio.certify.acceptance import accept  # noqa: PLC0415 - solver and numpy load here
    from caio.certify.prover import Prover  # noqa: PLC0415
    from caio.obligations.meaning import Meaning  # noqa: PLC0415
    from caio.routing.bulk import Scorer  # noqa: PLC0415
    from caio.routing.files import decision_files  # noqa: PLC0415
    from caio.routing.route import route  # noqa: PLC0415

    waiting.step("ranking")
    scorer = Scorer(snapshot, Meaning(question.vocabulary))
    waiting.step("examining candidates")
    with Prover() as prover:
        decision = route(question, snapshot, prover, scorer=scorer, progress=waiting)
    waiting.step("checking the evidence")
    files = decision_files(decision)
    verdict = accept(files.parts, files.certificate)
    return _Decided(question, snapshot, files, verdict.cost, scorer)


def _compile(options: _Options) -> tuple[Project, Facts | str | None]:
    """The documents, and the facts that the option names: a name as it is, a file as what is in it."""
    from caio.base.errors import InputError  # noqa: PLC0415
    from caio.cli.documents import compile_documents  # noqa: PLC0415
    from caio.ir.encode import document_digest  # noqa: PLC0415

    named = options.facts
    if named is None or not _is_file(named):
        return compile_documents(options.paths, cache=not options.no_cache), named
    project = compile_documents((*options.paths, named), cache=not options.no_cache)
    wanted = Path(named).resolve()
    found = []
    for facts in project.facts:
        span = project.locate(document_digest(facts), "")
        if span is not None and Path(span.source.name).resolve() == wanted:
            found.append(facts)
    if len(found) != 1:
        many = "several facts documents: name one" if found else "no facts document"
        raise InputError(f"`{named}` holds {many}")
    return project, found[0]


def _is_file(named: str) -> bool:
    """Whether a name of facts means a file: it looks like one, or there is one."""
    return "/" in named or named.endswith((".caio", ".json")) or Path(named).exists()


def _write(options: _Options, files: DecisionFiles) -> None:
    if options.bundle:
        write(options.bundle, files.bundle)
    if options.output:
        # The landscape first: a decision never stands there without what it is about.
        beside = check_target(options.output).with_name(files.landscape_name)
        write(str(beside), files.landscape)
        write(options.output, files.decision)


def _print(options: _Options, project: Project, decided: _Decided) -> None:
    from caio.cli.decision_view import Basis, view  # noqa: PLC0415 - rich loads here
    from caio.cli.expressions import write as expression  # noqa: PLC0415
    from caio.cli.reasons import Reasons  # noqa: PLC0415
    from caio.cli.report import build  # noqa: PLC0415

    question = decided.question
    report = build(
        question,
        decided.snapshot,
        decided.body,
        Reasons(question, project.locate, expression),
        decided.scorer,
    )
    basis = Basis(
        now=options.at is None,
        checked=checked(decided.work),
        everything=options.everything,
        width=streams.width(),
    )
    streams.show(view(report, basis))
    streams.suggest(_next(options, decided, project))
    for target in filter(None, (options.output, options.bundle)):
        streams.note(f"written: {target}")


def checked(work: int) -> str:
    """What is said of evidence that the checker has accepted."""
    return f"accepted by the checker, which contains no solver; {work:,} steps of work"


def _next(options: _Options, decided: _Decided, project: Project) -> str:
    """The command that is most likely wanted now."""
    written = options.output or options.bundle
    if written:
        return shlex.join(["caio", "verify", written])
    here = ["caio", "route", *options.paths, "--request", options.request]
    closed = any(
        key[0] == "authorization"
        for candidate in decided.body["candidates"]
        for key in candidate.get("failed", ())
    )
    if decided.question.facts is None and closed and project.facts:
        return shlex.join([*here, "--facts", project.facts[0].name])
    for name, value in (("--facts", options.facts), ("--profile", options.profile)):
        if value is not None:
            here += [name, value]
    if options.at is not None:
        here += ["--at", options.at]
    return shlex.join([*here, "-o", "decision.json"])
