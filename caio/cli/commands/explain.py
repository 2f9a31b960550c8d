"""``caio explain``: why this one, why not that one, and what would have to change."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from caio.base.errors import EvidenceError, InputError
from caio.cli import streams
from caio.cli.callers import Sources, caller_options, informed, taken
from caio.cli.exits import Exit
from caio.cli.failures import Failure, MisuseError, report
from caio.cli.files import check_output, write
from caio.cli.progress import Waiting

if TYPE_CHECKING:
    from caio.analysis.explain.explanation import Accepted, Explanation
    from caio.base.spans import Span
    from caio.cli.explain_parts import Counterexamples
    from caio.routing.bulk import Scorer

_EXITS: Final = {"routed": Exit.HOLDS, "not_routable": Exit.REFUTED, "unknown": Exit.UNKNOWN}
_OF_SERVICE: Final = {
    "admitted": Exit.HOLDS,
    "refuted": Exit.REFUTED,
    "unknown": Exit.UNKNOWN,
}
_MOST: Final = 64
"""The most relaxations that may be asked for: each costs several decisions."""


@dataclass(frozen=True, slots=True)
class _Options:
    paths: tuple[str, ...]
    request: str | None
    service: str | None
    limit: int | None
    at: str | None
    facts: str | None
    measurements: str | None
    profile: str | None
    output: str | None
    as_json: bool
    no_cache: bool
    everything: bool
    sources: Sources


@dataclass(frozen=True, slots=True)
class _Subject:
    """The accepted decision that is explained, and how its clauses are found in the sources."""

    accepted: Accepted
    work: int
    locate: Callable[[str, str], Span | None] | None
    scorer: Scorer | None


@click.command(
    "explain",
    help=(
        "Say why a request goes where it goes, why not elsewhere, and what would have to change.\n\n"
        "PATHS are one decision that `caio route` wrote, or documents and folders of them with `--request`. For a"
        " request that nobody takes, the smallest changes that admit somebody are sought; for one service (`--service`)"
        " every reason is given, with the least bound that would satisfy it. Each claim is shown by a certificate that"
        " the checker has accepted."
    ),
)
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@click.option("--request", metavar="NAME", help="The request, where PATHS are documents.")
@click.option("--service", metavar="NAME", help="Explain this service alone, and in full.")
@click.option(
    "--limit",
    type=click.IntRange(1, _MOST),
    metavar="N",
    help="Seek so many ways to change the request (default 5).",
)
@click.option("--at", metavar="TIME", help="The decision's time (default: now, and recorded).")
@click.option("--facts", metavar="FILE|NAME", help="What is known of the caller.")
@caller_options
@click.option("--measurements", metavar="FILE|NAME", help="What was measured of fields.")
@click.option("--profile", metavar="NAME", help="How to choose, where there are several profiles.")
@click.option("-o", "--output", metavar="FILE", help="Write the explanation, evidence included.")
@click.option("--json", "as_json", is_flag=True, help="Print the explanation as JSON.")
@click.option("--no-cache", is_flag=True, help="Compile and decide anew.")
@click.option(
    "--all", "everything", is_flag=True, help="Examine every candidate, and show every reason."
)
def command(**settings: Any) -> Exit:
    """Get a decision accepted, explain it, write, print."""
    sources = taken(settings)
    options = _Options(**settings, sources=sources)
    _check(options)
    with Waiting("reading documents") as waiting:
        try:
            subject = _decided(options, waiting) if options.request else _stored(options, waiting)
        except _RejectedError as error:
            return _reject(error, as_json=options.as_json)
        explanation = _explain(options, subject, waiting)
        data = None
        if options.as_json or options.output:
            from caio.analysis.explain.as_json import explanation_bytes  # noqa: PLC0415

            waiting.step("writing the evidence")
            data = explanation_bytes(explanation)
    if options.output and data is not None:
        write(options.output, data)
    if options.as_json and data is not None:
        streams.out_bytes(data)
    else:
        _print(options, subject, explanation)
    return _outcome(explanation)


def _check(options: _Options) -> None:
    if options.output:
        check_output(options.output)
    if options.request is not None:
        return
    if len(options.paths) > 1:
        raise MisuseError("name the request of these documents with `--request`")
    for name, value in (
        ("--at", options.at),
        ("--facts", options.facts),
        ("--measurements", options.measurements),
        ("--profile", options.profile),
    ):
        if value is not None:
            raise MisuseError(f"a decision has what `{name}` says in it: give it with `--request`")
    if options.sources != Sources():
        raise MisuseError("a decision has its caller and its data in it: ask with `--request`")


class _RejectedError(EvidenceError):
    """The checker rejected the decision in a file."""


def _stored(options: _Options, waiting: Waiting) -> _Subject:
    """The decision in a file, as the checker accepts it now.

    Raises:
        InputError: it is no decision, or its landscape is nowhere to be found.
        _RejectedError: the checker rejects it.
    """
    from caio.analysis.explain.explanation import Accepted  # noqa: PLC0415
    from caio.certify.acceptance import accept  # noqa: PLC0415
    from caio.cli.decision_file import carries_landscape, landscape_beside, peek  # noqa: PLC0415
    from caio.cli.files import STDIN, read  # noqa: PLC0415
    from caio.cli.stored import open_stored, posed  # noqa: PLC0415

    file = options.paths[0]
    if file == STDIN:
        raise InputError("a decision is read from a file, for its landscape stands beside it")
    body = peek(file)
    if body is None:
        raise InputError(
            f"`{file}` is no decision of `caio route`; for documents, name the request with `--request`"
        )
    parts = [read(file)]
    if not carries_landscape(body):
        beside = landscape_beside(file, body)
        if beside is None:
            raise InputError(f"the landscape of `{file}` is missing: it is expected beside it")
        parts.append(read(str(beside)))
    waiting.step("checking the decision")
    try:
        work = accept(parts, parts[0]).cost
    except EvidenceError as error:
        raise _RejectedError(f"`{file}` explains nothing: {error}") from error
    stored = open_stored(file)
    question, snapshot = posed(stored.body, stored.documents())
    alone = {name: value for name, value in stored.body.items() if name != "documents"}
    return _Subject(Accepted(question, snapshot, alone), work, None, None)


def _decided(options: _Options, waiting: Waiting) -> _Subject:
    """A decision made now."""
    from caio.analysis.explain.explanation import Accepted  # noqa: PLC0415
    from caio.cli.asking import compile_asked, decision_time  # noqa: PLC0415
    from caio.cli.deciding import decide  # noqa: PLC0415
    from caio.cli.measuring import measurement_files, with_measurements  # noqa: PLC0415
    from caio.routing.question import pose  # noqa: PLC0415

    at = decision_time(options.at)
    paths = (*options.paths, *measurement_files(options.measurements))
    project, facts = compile_asked(paths, options.facts, cache=not options.no_cache)
    question, snapshot = pose(
        project, request=str(options.request), at=at, facts=facts, profile=options.profile
    )
    question = with_measurements(question, project, options.measurements)
    question, _ = informed(question, options.sources)
    cached = not options.no_cache and options.at is not None
    decided = decide(question, snapshot, waiting, cache=cached)
    accepted = Accepted(question, snapshot, decided.body)
    return _Subject(accepted, decided.work, project.locate, decided.scorer)


def _explain(options: _Options, subject: _Subject, waiting: Waiting) -> Explanation:
    from caio.analysis.explain.explanation import LIMIT, Wish, explain  # noqa: PLC0415
    from caio.certify.prover import Prover  # noqa: PLC0415

    limit = LIMIT if options.limit is None else options.limit
    wish = Wish(options.service, everybody=options.everything, limit=limit)
    with Prover() as prover:
        return explain(
            subject.accepted,
            wish,
            prover,
            scorer=subject.scorer,
            progress=waiting,
            step=waiting.step,
        )


def _outcome(explanation: Explanation) -> Exit:
    """As ``caio route`` would end; for one service, what became of it."""
    if explanation.service is not None:
        return _OF_SERVICE[explanation.service.verdict]
    return _EXITS[str(explanation.accepted.body["verdict"])]


def _reject(error: EvidenceError, *, as_json: bool) -> Exit:
    failure = Failure(
        "evidence",
        Exit.REJECTED,
        str(error),
        "nothing in it is established: `caio verify` says what was expected",
    )
    report(failure, error, as_json=as_json)
    return Exit.REJECTED


def _print(options: _Options, subject: _Subject, explanation: Explanation) -> None:
    from caio.cli.explain_parts import Setting  # noqa: PLC0415 - rich loads here
    from caio.cli.explain_view import view  # noqa: PLC0415
    from caio.cli.explain_words import Words  # noqa: PLC0415
    from caio.cli.expressions import write as expression  # noqa: PLC0415
    from caio.cli.reasons import Reasons  # noqa: PLC0415

    question = subject.accepted.question
    work = subject.work + explanation.evidence.work
    setting = Setting(
        Reasons(question, subject.locate, expression),
        Words(question, expression),
        _examples(explanation),
        options.everything,
        f"accepted by the checker, which contains no solver; {work:,} steps of work",
        tuple(control.name for control in question.profile.controls),
    )
    streams.show(view(explanation, setting))
    following = _next(options, explanation)
    if following:
        streams.suggest(following)
    if options.output:
        streams.note(f"written: {options.output}")


def _examples(explanation: Explanation) -> Counterexamples:
    """Calls that show refusals, from the certificates."""
    from caio.cli.counterexamples import counterexample, settled_fields  # noqa: PLC0415
    from caio.obligations.meaning import Meaning  # noqa: PLC0415

    question = explanation.accepted.question
    meaning = Meaning(question.vocabulary)
    settled = settled_fields(question, meaning)
    bodies: list[Any] = explanation.evidence.bodies()
    wanted = [(reason.example, reason.key) for reason in explanation.reasons]
    if explanation.study is not None:
        wanted += [(explanation.study.standing, one.key) for one in explanation.study.failing]
    found: Counterexamples = {}
    for standing, key in wanted:
        body, name = bodies[standing.certificate], standing.contract.service.name
        control = standing.contract.control
        candidate = next(
            c for c in body["candidates"] if (c["service"], c["control"]) == (name, control)
        )
        found[name, control, key] = counterexample(
            question, standing.contract, key, candidate, body, meaning, settled
        )
    return found


def _next(options: _Options, explanation: Explanation) -> str | None:
    """The command that is most likely wanted now: a service in full, or a file with the evidence."""
    here = ["caio", "explain", *options.paths]
    for name, value in (
        ("--request", options.request),
        ("--facts", options.facts),
        ("--measurements", options.measurements),
        ("--profile", options.profile),
        ("--at", options.at),
    ):
        if value is not None:
            here += [name, value]
    here += options.sources.words()
    if options.service is not None:
        return (
            None
            if options.output
            else shlex.join([*here, "--service", options.service, "-o", "explanation.json"])
        )
    if explanation.offers:
        name = explanation.offers[0].admits[0][0].contract.service.name
    elif explanation.refused:
        name = explanation.refused[0].contract.service.name
    else:
        return None
    return shlex.join([*here, "--service", name])
