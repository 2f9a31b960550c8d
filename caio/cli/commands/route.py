"""``caio route``: decide where a request goes, have the decision checked, and say why."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from caio.cli import streams
from caio.cli.asking import compile_asked, decision_time
from caio.cli.audit_recording import Recording, recorder, recording, recording_options
from caio.cli.callers import Sources, caller_options, found_text, informed, taken
from caio.cli.deciding import Decided, decide
from caio.cli.exits import Exit
from caio.cli.failures import MisuseError
from caio.cli.files import check_output, check_target, write
from caio.cli.progress import Waiting

if TYPE_CHECKING:
    from caio.routing.files import DecisionFiles
    from caio.security.payload import PayloadData
    from caio.sema.project import Project

_EXITS: Final = {"routed": Exit.HOLDS, "not_routable": Exit.REFUTED, "unknown": Exit.UNKNOWN}


@dataclass(frozen=True, slots=True)
class _Options:
    paths: tuple[str, ...]
    request: str
    at: str | None
    facts: str | None
    measurements: str | None
    profile: str | None
    output: str | None
    bundle: str | None
    as_json: bool
    no_cache: bool
    everything: bool
    sources: Sources
    recording: Recording


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
@caller_options
@click.option("--measurements", metavar="FILE|NAME", help="What was measured of fields.")
@click.option("--profile", metavar="NAME", help="How to choose, where there are several profiles.")
@click.option("-o", "--output", metavar="FILE", help="Write the decision, its landscape beside it.")
@click.option("--bundle", metavar="FILE", help="Write decision and documents as one file.")
@recording_options
@click.option("--json", "as_json", is_flag=True, help="Print the decision as JSON.")
@click.option("--no-cache", is_flag=True, help="Compile and decide anew.")
@click.option("--all", "everything", is_flag=True, help="Show every candidate and every reason.")
def command(**settings: Any) -> Exit:
    """Compile, pose, route, check, record, write, print."""
    sources = taken(settings)
    words = [settings.pop(name) for name in ("record", "vault", "record_key")]
    options = _Options(**settings, sources=sources, recording=recording(*words))
    if options.output and options.bundle:
        raise MisuseError("`-o` and `--bundle` write the same decision: choose one")
    for target in filter(None, (options.output, options.bundle)):
        check_output(target)
    return _route(options, decision_time(options.at))


def _route(options: _Options, at: int) -> Exit:
    from caio.cli.measuring import measurement_files, with_measurements  # noqa: PLC0415
    from caio.routing.question import pose  # noqa: PLC0415

    with recorder(options.recording) as record, Waiting("reading documents") as waiting:
        paths = (*options.paths, *measurement_files(options.measurements))
        project, facts = compile_asked(paths, options.facts, cache=not options.no_cache)
        question, snapshot = pose(
            project, request=options.request, at=at, facts=facts, profile=options.profile
        )
        question = with_measurements(question, project, options.measurements)
        question, found = informed(question, options.sources)
        # The time is an input: a decision of this moment is never asked for again.
        cached = not options.no_cache and options.at is not None
        decided = decide(question, snapshot, waiting, cache=cached)
        said = record(decided)
    _write(options, decided.files)
    if options.as_json:
        streams.out_bytes(decided.files.decision)
    else:
        _print(options, project, decided, found)
    if said is not None:
        streams.note(said)
    return _EXITS[decided.body["verdict"]]


def _write(options: _Options, files: DecisionFiles) -> None:
    if options.bundle:
        write(options.bundle, files.bundle)
    if options.output:
        # The landscape first: a decision never stands there without what it is about.
        beside = check_target(options.output).with_name(files.landscape_name)
        write(str(beside), files.landscape)
        write(options.output, files.decision)


def _print(
    options: _Options, project: Project, decided: Decided, found: PayloadData | None
) -> None:
    from caio.cli.decision_basis import Basis  # noqa: PLC0415 - rich loads here
    from caio.cli.decision_view import view  # noqa: PLC0415
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
        payload=None if found is None else found_text(found),
        width=streams.width(),
    )
    streams.show(view(report, basis))
    streams.suggest(_next(options, decided, project))
    for target in filter(None, (options.output, options.bundle)):
        streams.note(f"written: {target}")


def checked(work: int) -> str:
    """What is said of evidence that the checker has accepted."""
    return f"accepted by the checker, which contains no solver; {work:,} steps of work"


def _next(options: _Options, decided: Decided, project: Project) -> str:
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
    for name, value in (
        ("--facts", options.facts),
        ("--measurements", options.measurements),
        ("--profile", options.profile),
    ):
        if value is not None:
            here += [name, value]
    here += options.sources.words()
    if options.at is not None:
        here += ["--at", options.at]
    return shlex.join([*here, "-o", "decision.json"])
