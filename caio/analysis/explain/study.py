"""One service under the glass: every obligation that fails, the least bound that would meet it, and what must change."""

from __future__ import annotations

from dataclasses import dataclass, replace

from caio.analysis.explain.changes import Change, Kind, apply
from caio.analysis.explain.clauses import relaxable
from caio.analysis.explain.evidence import Claim, Evidence
from caio.analysis.explain.inquiry import Inquiry, UndecidedError
from caio.analysis.explain.least import Least, least
from caio.analysis.explain.repair import Repair, cut_for, repair
from caio.analysis.explain.standings import Standing
from caio.obligations.candidate import Key, Question


@dataclass(frozen=True, slots=True)
class Failing:
    """An obligation that is refuted, and the least bound that would meet it.

    Attributes:
        key: the obligation.
        claim: that it is refuted.
        least: the bound with its grid; None where no number decides.
        holds: that it holds under the least bound; None where no bound suffices.
        fails: that it is refuted one step before; where no bound suffices, at the last one of the range.
    """

    key: Key
    claim: Claim
    least: Least | None = None
    holds: Claim | None = None
    fails: Claim | None = None


@dataclass(frozen=True, slots=True)
class Proven:
    """A change with what shows that it is needed.

    Attributes:
        change: the change.
        without: that the service is refuted if all changes but this one are made.
        below: that it is refuted if this one is made one step less; None where there is no step.
    """

    change: Change
    without: Claim
    below: Claim | None


@dataclass(frozen=True, slots=True)
class Mended:
    """An irreducible set of changes with its evidence.

    Attributes:
        repair: the set.
        proven: each change with the claims that make the set irreducible.
        holds: that the service is admitted with all of them, where nothing else blocks it; else that each of the
            caller's obligations holds.
    """

    repair: Repair
    proven: tuple[Proven, ...]
    holds: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Study:
    """Everything about one refused service."""

    standing: Standing
    failing: tuple[Failing, ...]
    mended: Mended | None
    undecided: bool
    """Whether the prover gave up on the way, so that bounds or changes may be missing."""


def study(inquiry: Inquiry, question: Question, standing: Standing, evidence: Evidence) -> Study:
    """Explain a refused candidate."""
    undecided = False
    failing = []
    for key in standing.failed:
        before = len(evidence)
        try:
            failing.append(_failing(inquiry, question, standing, key, evidence))
        except UndecidedError:
            evidence.forget(before)
            undecided = True
            failing.append(Failing(key, _claim(standing, key)))
    mended: Mended | None = None
    if any(relaxable(key) for key in standing.failed):
        before = len(evidence)
        try:
            found = repair(inquiry, question, standing.contract, standing.failed)
            # What could not be decided keeps a service out as well, whatever the caller changes.
            found = replace(found, blocked=(*found.blocked, *standing.undecided))
            mended = prove(found, question, standing.failed, evidence)
        except UndecidedError:
            evidence.forget(before)
            undecided = True
    return Study(standing, tuple(failing), mended, undecided)


def prove(found: Repair, question: Question, failed: tuple[Key, ...], evidence: Evidence) -> Mended:
    """The certificates that make a set of changes an irreducible one.

    Raises:
        UndecidedError: one of them leaves open what it should show.
        EvidenceError: the checker rejected one of them.
        InternalError: one of them says something else.
    """
    contract, changes = found.contract, found.changes
    mine = [key for key in failed if relaxable(key)]
    proven = []
    for change in changes:
        others = [other for other in changes if other is not change]
        without = _refuted(question, found, others, mine, evidence)
        below: Claim | None = None
        if change.least is not None and change.least.refuted is not None:
            tighter = [change.tighter() if other is change else other for other in changes]
            below = _refuted(question, found, tighter, mine, evidence)
        proven.append(Proven(change, without, below))
    holds: list[Claim] = []
    if found.admits:
        holds.append(evidence.admitted(apply(question, changes), contract))
    elif changes:
        changed = apply(question, changes)
        keys = [renumbered(key, changes) for key in mine]
        holds += [evidence.holding(changed, contract, key) for key in keys if key is not None]
    return Mended(found, tuple(proven), tuple(holds))


def _refuted(
    question: Question,
    found: Repair,
    changes: list[Change],
    keys: list[Key],
    evidence: Evidence,
) -> Claim:
    """That one of the caller's own obligations is refuted with these changes."""
    wanted = [renumbered(key, changes) for key in keys]
    known = [key for key in wanted if key is not None]
    return evidence.refuted(apply(question, changes), found.contract, known)


def renumbered(key: Key, changes: list[Change] | tuple[Change, ...]) -> Key | None:
    """The key of an obligation in the request as these changes leave it; None where its clause is dropped."""
    dropped = [c.key for c in changes if c.kind is Kind.DROP]
    if key[0] in ("budget", "deadline"):
        return None if any(gone[0] == key[0] for gone in dropped) else key
    if key[0] not in ("requirement", "capability") or not isinstance(key[1], int):
        return key
    if key in dropped:
        return None
    before = sum(g[0] == key[0] and isinstance(g[1], int) and g[1] < key[1] for g in dropped)
    return (key[0], key[1] - before)


def _failing(
    inquiry: Inquiry, question: Question, standing: Standing, key: Key, evidence: Evidence
) -> Failing:
    claim, contract = _claim(standing, key), standing.contract
    if ("non_empty",) in standing.failed:
        # Of no call everything else is true already.
        return Failing(key, claim)
    if key[0] == "assumption":
        change = cut_for(inquiry, question, contract, key)
        found = None if change is None else change.least
    else:
        dial = next(inquiry.dials(question, contract, key), None)
        found = None if dial is None else least(inquiry, dial, contract, [key])
    if found is None:
        return Failing(key, claim)
    holding = found.holding
    return Failing(
        key,
        claim,
        found,
        None if holding is None else evidence.holding(holding, contract, key),
        evidence.refuted(found.failing(question), contract, [key]),
    )


def _claim(standing: Standing, key: Key) -> Claim:
    contract = standing.contract
    return Claim(standing.certificate, contract.service.name, contract.control, key, holds=False)
