"""For given requests: who is selected before and after a change, and why it is another one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from caio.analysis.findings.finding import Finding
from caio.analysis.findings.report import Question
from caio.analysis.findings.rules import register
from caio.analysis.findings.verdicts import Verdict
from caio.base.diagnostics import Severity
from caio.base.errors import InputError
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.obligations.candidate import Key
from caio.routing.results import NotRoutable, Routed, Routing, checked_of
from caio.routing.router import Router
from caio.sema.project import Project
from caio.sema.report import shown

_Named = TypeVar("_Named", d.Request, d.Facts)

WINNER: Final = register(
    "winner-changed", "a request goes to another service than before", Severity.WARNING
)


@dataclass(frozen=True, slots=True)
class Asking:
    """Which requests are decided on both sides.

    Attributes:
        requests: names, of requests of either side.
        at: the time of all decisions, microseconds UTC.
        facts: the name of facts of either side; None states nothing.
        profile: the name of the profile; None takes the only one.
    """

    requests: tuple[str, ...]
    at: int
    facts: str | None = None
    profile: str | None = None


def compare_winners(old: Project, new: Project, asking: Asking) -> Iterator[Question]:
    """One question per request: is the same service selected, by proof on both sides?

    Raises:
        InputError: a request, facts or a profile are not there, or there is nothing to route to.
        EvidenceError, SolverError: as ``Router.route``.
    """
    requests = [_find("request", (*new.requests, *old.requests), name) for name in asking.requests]
    facts = None
    if asking.facts is not None:
        facts = _find("facts document", (*new.facts, *old.facts), asking.facts)
    # Time spent is no part of what a change does: a clock that stands still never exceeds an allowance.
    with (
        Router(old, profile=asking.profile, clock=lambda: 0) as before,
        Router(new, profile=asking.profile, clock=lambda: 0) as after,
    ):
        for request in requests:
            answers = [
                router.route(request, facts=facts, at=asking.at) for router in (before, after)
            ]
            yield _question(request, answers[0], answers[1], new)


def _find(kind: str, found: Sequence[_Named], name: str) -> _Named:
    for one in found:
        if one.name == name:
            return one
    names = ", ".join(f"`{shown(one)}`" for one in sorted({one.name for one in found})[:8])
    raise InputError(
        f"no {kind} is named `{shown(name)}` in OLD or NEW ({f'there are: {names}' if names else 'there is none'})"
    )


def _question(request: d.Request, before: Routing, after: Routing, new: Project) -> Question:
    title = f"`{shown(request.name)}` goes where it went"
    name = f"diff:winner:{request.name}"
    sides = _selected(before), _selected(after)
    unknown = [not isinstance(one, Routed | NotRoutable) for one in (before, after)]
    evidence = after.decision_digest
    span = new.locate(document_digest(request))
    if any(unknown):
        return Question(name, title, Verdict.UNKNOWN, 2, evidence=evidence, span=span)
    if sides[0] == sides[1]:
        return Question(name, title, Verdict.PROVED, 2, evidence=evidence, span=span)
    message = f"`{shown(request.name)}` goes to {_where(after)}, and went to {_where(before)}"
    finding = Finding(
        WINNER,
        Verdict.REFUTED,
        message + _why(before, after),
        subjects=(request.name,),
        content={"before": list(sides[0]), "after": list(sides[1])},
        span=span,
        evidence=evidence,
        help=f"`caio route NEW --request {request.name}` and `caio explain` say why, in full",
    )
    return Question(name, title, Verdict.REFUTED, 2, (finding,), evidence, span)


def _selected(answer: Routing) -> tuple[str, ...]:
    if not isinstance(answer, Routed):
        return ()
    control = checked_of(answer).decision.winner
    own = "" if control is None else control.contract.control
    return (answer.service, answer.version, answer.route, own)


def _where(answer: Routing) -> str:
    if not isinstance(answer, Routed):
        return "no service"
    return f"`{shown(answer.service)}` {answer.version}"


def _why(before: Routing, after: Routing) -> str:
    """What became of the service that was selected before."""
    if not isinstance(before, Routed):
        return ""
    decision = checked_of(after).decision
    for candidate in decision.examined:
        if candidate.contract.service.name == before.service and candidate.failed:
            kinds = ", ".join(dict.fromkeys(_kind(judged.key) for judged in candidate.failed))
            return f": `{shown(before.service)}` {candidate.contract.service.version} fails {kinds} now"
    for candidate in decision.candidates:
        if candidate.contract.service.name == before.service and isinstance(after, Routed):
            return f": it scores {candidate.score:,} now, and the winner {after.score:,}"
    return f": `{shown(before.service)}` is gone"


def _kind(key: Key) -> str:
    named = key[1] if len(key) > 1 and isinstance(key[1], str) else None
    return f"{key[0]} `{shown(named)}`" if named else str(key[0])
