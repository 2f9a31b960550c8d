"""Posing a question: which request, facts, profile and time a decision is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from caio.base.diagnostics import did_you_mean
from caio.base.errors import InputError
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.landscape.snapshot import Snapshot, take
from caio.obligations.candidate import Question
from caio.sema.project import Project

_Named = TypeVar("_Named", d.Request, d.Profile, d.Facts, d.Measurements)


def pose(
    project: Project,
    *,
    request: str,
    at: int,
    facts: d.Facts | str | None = None,
    profile: str | None = None,
) -> tuple[Question, Snapshot]:
    """The question that a request of a project poses, and the snapshot it is asked about.

    Args:
        project: compiled documents.
        request: the name of a request.
        at: the decision's time, microseconds UTC.
        facts: facts, or the name of a facts document; None states nothing (nothing is permitted).
        profile: the name of a profile; None takes the only one there is.

    Raises:
        InputError: a name that is not there, a choice that is not clear, or nothing to route to.
    """
    asked = find(project.requests, "request", request)
    vocabulary = next(v for v in project.vocabularies if document_digest(v) == asked.vocabulary)
    mine = [p for p in project.profiles if p.vocabulary == asked.vocabulary]
    chosen = only_profile(mine) if profile is None else find(mine, "profile", profile)
    if isinstance(facts, str):
        facts = find(project.facts, "facts document", facts)
    if facts is not None and facts.vocabulary != asked.vocabulary:
        raise InputError(f"facts `{facts.name}` use another vocabulary than `{asked.name}`")
    if facts is not None:
        asserted(facts)
    rules = [rule for rule in project.rules if rule.vocabulary == asked.vocabulary]
    constraints = [one for one in project.constraints if one.vocabulary == asked.vocabulary]
    question = Question(
        vocabulary, asked, policy_of(rules), chosen, facts, at, constraints_of(constraints)
    )
    snapshot = take(
        vocabulary, project.services, project.overlays, project.states, dict(chosen.pins)
    )
    return question, snapshot


def constraints_of(constraints: Iterable[d.Constraint]) -> tuple[d.Constraint, ...]:
    """Constraints by subject, then by name: the order in which obligations come."""
    return tuple(sorted(constraints, key=lambda one: (d.SUBJECTS.index(one.of), one.name)))


def asserted(facts: d.Facts) -> d.Facts:
    """Facts, if they are ones that may come without a caller who was verified.

    Raises:
        InputError: they are attested, and nothing stands behind them here.
    """
    if facts.origin != "asserted":
        raise InputError(
            f"the facts `{facts.name[:80]}` are {facts.origin}: they come with a caller who was verified, and not by themselves"
        )
    return facts


def policy_of(rules: Iterable[d.Rule]) -> tuple[d.Rule, ...]:
    """Rules by name, then invariants by name: the order in which obligations come."""
    return tuple(sorted(rules, key=lambda rule: (rule.invariant, rule.name)))


def find(items: Sequence[_Named], kind: str, name: str) -> _Named:
    """The document of this name. Raises ``InputError`` for a stranger, naming the closest."""
    for item in items:
        if item.name == name:
            return item
    names = [item.name for item in items]
    hint = did_you_mean(name, names)
    if hint is None:
        shown = ", ".join(f"`{other}`" for other in sorted(names)[:8])
        hint = f"there are: {shown}" if names else "there is none"
    raise InputError(f"no {kind} is named `{name[:80]}` ({hint})")


def only_profile(profiles: Sequence[d.Profile], option: str = "--profile") -> d.Profile:
    """The only profile. Raises ``InputError`` if there is none, or several: ``option`` is how one is named."""
    if len(profiles) == 1:
        return profiles[0]
    if not profiles:
        raise InputError(
            "no profile says how to choose; write one, such as"
            " `profile standard { weights { guarantee 1, cost 1 } limits { facts asserted } }`"
        )
    shown = ", ".join(f"`{profile.name}`" for profile in profiles)
    raise InputError(f"there are several profiles, name one with `{option}`: {shown}")
