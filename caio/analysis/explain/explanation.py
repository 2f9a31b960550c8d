"""The whole explanation of a decision: what is known of it, what is sought, and what is shown.

The decision is accepted by the checker before it gets here. Everything else that an explanation claims has a certificate
of its own, accepted when it was made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from caio.analysis.explain.changes import apply
from caio.analysis.explain.clauses import relaxable
from caio.analysis.explain.evidence import Claim, Evidence, choosing
from caio.analysis.explain.grouping import Reason, reasons
from caio.analysis.explain.inquiry import Inquiry, UndecidedError
from caio.analysis.explain.margin import Margin, margin
from caio.analysis.explain.relax import Refused, Relaxation, Relaxations, relaxations
from caio.analysis.explain.standings import Standing, standings
from caio.analysis.explain.study import Mended, Study, prove, study
from caio.base.diagnostics import did_you_mean
from caio.base.errors import InputError
from caio.certify.prover import Prover
from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Question
from caio.obligations.meaning import Meaning
from caio.routing.bulk import Scorer
from caio.routing.examine import Examiner, Verdict

LIMIT = 5
"""How many relaxations are sought unless something else is said."""

_BATCH = 256

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A decision that the checker has accepted, as JSON without its documents, and what it is about."""

    question: Question
    snapshot: Snapshot
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be explained.

    Attributes:
        service: the one service in question; None for all.
        everybody: whether candidates that the decision did not examine are examined.
        limit: how many relaxations are sought.
    """

    service: str | None = None
    everybody: bool = False
    limit: int = LIMIT


@dataclass(frozen=True, slots=True)
class Offer:
    """A relaxation with its evidence: for each service that it admits a claim, for the first one each change's need."""

    relaxation: Relaxation
    mended: Mended
    admits: tuple[tuple[Standing, Claim], ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that is said of a decision.

    Attributes:
        accepted: the decision.
        wish: what was asked for.
        standings: every candidate, in the order of the ranking.
        winner: the selected one.
        margin: the winner against the next candidate that is not refuted, or against the service in question.
        reasons: why candidates are refused.
        unobjected: how many of those examined besides are not refuted; nothing is certified of them.
        service: the service in question under the control that speaks for it best: the first in the ranking under
            which it is admitted, else the first.
        others: the same service under its other controls, as it was examined.
        study: why it is refused, if it is.
        relaxations: how far was looked for relaxations; None where none were sought.
        offers: the relaxations.
        evidence: the certificates.
    """

    accepted: Accepted
    wish: Wish
    standings: tuple[Standing, ...]
    winner: Standing | None
    margin: Margin | None
    reasons: tuple[Reason, ...]
    unobjected: int
    service: Standing | None
    others: tuple[Standing, ...]
    study: Study | None
    relaxations: Relaxations | None
    offers: tuple[Offer, ...]
    evidence: Evidence

    @property
    def refused(self) -> tuple[Standing, ...]:
        """The refuted candidates."""
        return tuple(s for s in self.standings if s.verdict == "refuted")


def explain(
    accepted: Accepted,
    wish: Wish,
    prover: Prover,
    *,
    scorer: Scorer | None = None,
    progress: Progress | None = None,
    step: Callable[[str], None] = lambda _: None,
) -> Explanation:
    """Explain an accepted decision.

    Args:
        accepted: the decision.
        wish: what is to be explained of it.
        prover: finds proofs and witnesses.
        scorer: of the decision's snapshot, if there is one already.
        progress: called with how much is done, of how much.
        step: called with what is being done now.

    Raises:
        InputError: there is no such service.
        SolverError: the solver could not do its work.
        EvidenceError: the checker rejected a certificate.
    """
    question, snapshot = accepted.question, accepted.snapshot
    evidence = Evidence(prover)
    base = evidence.add(question, snapshot, accepted.body)
    ranked = standings(question, snapshot, accepted.body, base)
    mine = [] if wish.service is None else _find(ranked, wish.service)
    winner = _winner(ranked, accepted.body)
    unobjected = 0
    if wish.everybody and not mine:
        step("examining those that the decision left out")
        ranked, unobjected = _examine_rest(question, ranked, prover, evidence, progress)
    inquiry = Inquiry(prover, Meaning(question.vocabulary))
    examined: Study | None = None
    named: Standing | None = None
    if mine:
        step("examining the service")
        mine = [_examined(question, standing, evidence) for standing in mine]
        for standing in mine:
            ranked[standing.rank - 1] = standing
        named = next((one for one in mine if one.verdict == "admitted"), mine[0])
        if named.verdict == "refuted":
            examined = study(inquiry, question, named, evidence)
    sought: Relaxations | None = None
    offers: tuple[Offer, ...] = ()
    if winner is None and named is None:
        step("looking for the smallest changes")
        sought, offers = _offers(inquiry, question, ranked, wish.limit, evidence, progress)
    return Explanation(
        accepted,
        wish,
        tuple(ranked),
        winner,
        _margin(accepted, winner, named, ranked, scorer),
        reasons(question, [s for s in ranked if s.verdict == "refuted"]),
        unobjected,
        named,
        tuple(standing for standing in mine if standing is not named),
        examined,
        sought,
        offers,
        evidence,
    )


def _winner(ranked: Sequence[Standing], body: Mapping[str, Any]) -> Standing | None:
    selected = body["selected"]
    if not isinstance(selected, dict):
        return None
    chosen = (selected["service"], selected["control"])
    return next(s for s in ranked if _identity(s) == chosen)


def _identity(standing: Standing) -> tuple[str, str]:
    """What tells candidates of a landscape apart: the service and the control."""
    return standing.contract.service.name, standing.contract.control


def _margin(
    accepted: Accepted,
    winner: Standing | None,
    named: Standing | None,
    ranked: Sequence[Standing],
    scorer: Scorer | None,
) -> Margin | None:
    """The winner against whom one would ask about."""
    if winner is None:
        return None
    rival = next(
        (s for s in ranked[winner.rank :] if s.verdict in ("admitted", "not_examined")), None
    )
    ahead, behind = winner, rival
    if named is not None and named is not winner and named.rank != winner.rank:
        ahead, behind = (winner, named) if winner.rank < named.rank else (named, winner)
    scorer = scorer or Scorer(accepted.snapshot, Meaning(accepted.question.vocabulary))
    return margin(accepted.question, accepted.snapshot, scorer, ahead, behind)


def _find(ranked: Sequence[Standing], name: str) -> list[Standing]:
    """The candidates of the service of this name, with or without its version: one under each control."""
    found = []
    for standing in ranked:
        service = standing.contract.service
        if name in (service.name, f"{service.name} {service.version}"):
            found.append(standing)
    if found:
        return found
    names = [standing.contract.service.name for standing in ranked]
    base, _, version = name.rpartition(" ")
    if base in names:
        here = ranked[names.index(base)].contract.service.version
        raise InputError(
            f"version {version} of `{base}` is not in the landscape: {here} is the one that routes"
        )
    hint = did_you_mean(name, names)
    if hint is None:
        shown = ", ".join(f"`{other}`" for other in sorted(names)[:6])
        more = f" and {len(names) - 6:,} more" if len(names) > 6 else ""
        hint = f"there are: {shown}{more}"
    raise InputError(f"no service of the landscape is named `{name}` ({hint})")


def _examined(question: Question, standing: Standing, evidence: Evidence) -> Standing:
    """The candidate with all its obligations decided, which a decision does not do below its winner."""
    if standing.verdict != "not_examined":
        return standing
    return _restated(standing, evidence.about(question, standing.contract))


def _restated(standing: Standing, shown: Standing) -> Standing:
    """The candidate at its place in the ranking, as another certificate shows it."""
    return replace(shown, rank=standing.rank)


def _examine_rest(
    question: Question,
    ranked: list[Standing],
    prover: Prover,
    evidence: Evidence,
    progress: Progress | None,
) -> tuple[list[Standing], int]:
    """Everybody examined: the refuted ones with a certificate, and how many others there are.

    A decision stops at the first candidate that it admits, so that one about the refuted ones alone is made.
    """
    rest = [s for s in ranked if s.verdict == "not_examined"]
    examiner = Examiner(question, Meaning(question.vocabulary), prover)
    refused: dict[str, dict[str, Standing]] = {}
    for start in range(0, len(rest), _BATCH):
        part = rest[start : start + _BATCH]
        for standing, judged in zip(
            part, examiner.examine([s.contract for s in part]), strict=True
        ):
            if any(one.verdict is Verdict.REFUTED for one in judged):
                name, control = _identity(standing)
                refused.setdefault(control, {})[name] = standing
        if progress is not None:
            progress(min(start + _BATCH, len(rest)), len(rest))
    for control, those in sorted(refused.items()):
        contracts = tuple(standing.contract for _, standing in sorted(those.items()))
        among = Snapshot(question.vocabulary, contracts)
        for shown in evidence.among(choosing(question, control), among):
            standing = those[shown.contract.service.name]
            ranked[standing.rank - 1] = _restated(standing, shown)
    return ranked, len(rest) - sum(map(len, refused.values()))


def _offers(
    inquiry: Inquiry,
    question: Question,
    ranked: Sequence[Standing],
    limit: int,
    evidence: Evidence,
    progress: Progress | None,
) -> tuple[Relaxations, tuple[Offer, ...]]:
    refused = _once([s for s in ranked if s.verdict == "refuted" and not s.undecided])
    sought = relaxations(
        inquiry,
        question,
        [Refused(s.contract, s.rank, s.failed) for s in refused],
        limit=limit,
        progress=progress,
    )
    standing_of = {s.contract.service.name: s for s in refused}
    offers = []
    for relaxation in sought.found:
        before = len(evidence)
        try:
            offers.append(_offer(question, relaxation, standing_of, evidence))
        except UndecidedError:
            evidence.forget(before)
            sought = replace(sought, undecided=sought.undecided + 1)
    return sought, tuple(offers)


def _once(refused: Sequence[Standing]) -> list[Standing]:
    """Each service once: under the first control under which only the request keeps it out, else under the first.

    What the request demands does not depend on controls, so that the same changes admit it under each of the former.
    """
    found: dict[str, Standing] = {}
    for standing in refused:
        name = standing.contract.service.name
        known = found.setdefault(name, standing)
        if all(map(relaxable, standing.failed)) and not all(map(relaxable, known.failed)):
            found[name] = standing
    return list(found.values())


def _offer(
    question: Question,
    relaxation: Relaxation,
    standing_of: Mapping[str, Standing],
    evidence: Evidence,
) -> Offer:
    """A relaxation with its evidence."""
    first, *others = relaxation.repairs
    standing = standing_of[first.contract.service.name]
    proven = prove(first, question, standing.failed, evidence)
    changed = apply(question, relaxation.changes)
    admits = [(standing, proven.holds[0])]
    for other in others:
        claim = evidence.admitted(changed, other.contract)
        admits.append((standing_of[other.contract.service.name], claim))
    return Offer(relaxation, proven, tuple(admits))
