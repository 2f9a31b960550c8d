"""For a request that nobody takes: the smallest changes that admit somebody, cheapest first.

Thousands of services may be in question, and each costs a search. Failing obligations are known for all of them, so that
a lower bound on the number of clauses that must change is known, too; services are tried in its order, the more hopeful
ones first by interval arithmetic, until what is left cannot be cheaper or a stated number has been tried.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from caio.analysis.explain.changes import Change, Kind, apply
from caio.analysis.explain.clauses import clause_of, relaxable
from caio.analysis.explain.inquiry import Inquiry, UndecidedError
from caio.analysis.explain.repair import Repair, repair
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.obligations.candidate import Key, Question
from caio.obligations.contract import Contract

_TRIES_PER_ANSWER = 4
"""How many services are tried for each relaxation that is asked for, at most."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A refuted service: its contract, its rank, and every obligation that is refuted."""

    contract: Contract
    rank: int
    failed: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A changed request and whom it admits.

    Attributes:
        changes: the irreducible set.
        repairs: the services that were found to be admitted, best-ranked first.
        implied: how many services fail for nothing but clauses that are dropped: they are admitted as well.
    """

    changes: tuple[Change, ...]
    repairs: tuple[Repair, ...]
    implied: int

    @property
    def amount(self) -> Fraction:
        """How much is given up in all, in shares of declared ranges."""
        return sum((change.amount for change in self.changes), start=Fraction(0))


@dataclass(frozen=True, slots=True)
class Relaxations:
    """The relaxations that were found, and how far was looked.

    Attributes:
        found: cheapest first: by the number of clauses, by how much is given up, by rank.
        eligible: how many services fail for nothing but the caller's own clauses.
        tried: for how many of them a set of changes was sought.
        undecided: for how many of these the prover gave up.
        complete: whether everything cheaper than the last one shown is known to be shown.
    """

    found: tuple[Relaxation, ...]
    eligible: int
    tried: int
    undecided: int
    complete: bool


def relaxations(
    inquiry: Inquiry,
    question: Question,
    refused: Sequence[Refused],
    *,
    limit: int,
    progress: Callable[[int, int], None] | None = None,
) -> Relaxations:
    """The cheapest relaxations, at most so many."""
    eligible = [one for one in refused if all(relaxable(key) for key in one.failed)]
    hopeful = sorted(
        (
            (_least(one, question.request), _hint(inquiry, question, one), one.rank, one)
            for one in eligible
        ),
        key=lambda entry: entry[:3],
    )
    found: dict[str, list[tuple[int, Repair]]] = {}
    hopeless: set[frozenset[str]] = set()
    tried = undecided = place = 0
    most = _TRIES_PER_ANSWER * limit
    while place < len(hopeful):
        least, _, rank, one = hopeful[place]
        if tried >= most or _enough(found, limit, least):
            break
        place += 1
        if _needless(one, question.request):
            continue
        clauses = frozenset(map(clause_of, one.failed))
        silent = all(_silent(key, one.contract, question.request) for key in one.failed)
        if silent and clauses in hopeless:
            # It would be admitted by a relaxation that is known, and by no cheaper one.
            continue
        tried += 1
        if progress is not None:
            progress(tried, min(most, len(hopeful)))
        try:
            mended = repair(inquiry, question, one.contract, one.failed)
        except UndecidedError:
            undecided += 1
            continue
        if not mended.admits:
            continue
        if all(change.kind is Kind.DROP for change in mended.changes):
            hopeless.add(clauses)
        name = document_digest(apply(question, mended.changes).request)
        found.setdefault(name, []).append((rank, mended))
    ordered = sorted(found.values(), key=lambda those: _price(those[0][1], those[0][0]))
    failing = [(one.contract, frozenset(map(clause_of, one.failed))) for one in eligible]
    listed = tuple(
        _relaxation([mended for _, mended in those], failing) for those in ordered[:limit]
    )
    cheap = place >= len(hopeful) or _enough(found, limit, hopeful[place][0])
    return Relaxations(listed, len(eligible), tried, undecided, cheap)


def _relaxation(
    repairs: list[Repair], failing: Sequence[tuple[Contract, frozenset[str]]]
) -> Relaxation:
    changes = repairs[0].changes
    dropped = {change.clause for change in changes if change.kind is Kind.DROP}
    known = {mended.contract.service.name for mended in repairs}
    implied = sum(
        clauses <= dropped and contract.service.name not in known for contract, clauses in failing
    )
    return Relaxation(changes, tuple(repairs), implied)


def _enough(found: dict[str, list[tuple[int, Repair]]], limit: int, least: int) -> bool:
    """Whether there are as many as asked for, none of which the services left could undercut in clauses."""
    return sum(len(those[0][1].changes) <= least for those in found.values()) >= limit


def _price(mended: Repair, rank: int) -> tuple[int, Fraction, int]:
    amount = sum((change.amount for change in mended.changes), start=Fraction(0))
    return len(mended.changes), amount, rank


def _least(one: Refused, request: d.Request) -> int:
    """A lower bound on the number of clauses that must change: cutting a range may mend several bounds at once."""
    clauses = {clause_of(key) for key in one.failed}
    if "given" not in clauses:
        return len(clauses)
    fixed = {clause_of(key) for key in one.failed if _steadfast(key, one.contract, request)}
    return 1 + len(fixed)


def _needless(one: Refused, request: d.Request) -> bool:
    """Whether a service provides nothing of what is needed: a request needs something, and cannot drop it all."""
    return sum(key[0] == "capability" for key in one.failed) >= len(request.needs)


def _steadfast(key: Key, contract: Contract, request: d.Request) -> bool:
    """Whether an obligation fails for every call alike, whatever the request leaves out."""
    match key:
        case ("capability", _):
            return True
        case ("budget", *_):
            return not contract.service.cost
        case ("requirement", int(i)):
            atom = request.ensure[i]
            varies = isinstance(atom, t.OnMetric | t.OnCost)
            return not varies or says_nothing(atom, contract)
        case _:
            return False


def _silent(key: Key, contract: Contract, request: d.Request) -> bool:
    """Whether nothing is stated that a looser bound could be met by."""
    match key:
        case ("capability", _):
            return True
        case ("budget", *_):
            return not contract.service.cost
        case ("requirement", int(i)):
            return says_nothing(request.ensure[i], contract)
        case _:
            return False


def says_nothing(atom: t.Atom, contract: Contract) -> bool:
    """Whether a contract states nothing about what a requirement is about."""
    match atom:
        case t.OnMetric(name, relation):
            return not contract.bounding(name, upper=relation.upper)
        case t.OnCost():
            return not contract.service.cost
        case t.OnAttribute(name) | t.OnQuantity(name):
            return name not in contract.attributes
        case t.OnExpression(_, terms):
            return any(_unstated(name, factor, contract) for name, factor in terms.terms)
        case _:
            return False


def _unstated(name: str, factor: Fraction, contract: Contract) -> bool:
    """Whether a contract states nothing about a variable of an expression, on the side that matters."""
    origin, _, rest = name.partition(".")
    match origin:
        case "metric":
            return not contract.bounding(rest, upper=factor > 0)
        case "service":
            return rest not in contract.attributes
        case d.COST:
            return factor > 0 and not contract.service.cost
        case _:
            return False


def _hint(inquiry: Inquiry, question: Question, one: Refused) -> Fraction:
    """About how much would have to be given up, by interval arithmetic; orders what is tried and decides nothing."""
    total = Fraction(0)
    for clause in {clause_of(key): key for key in one.failed}.values():
        dial = None
        if not _silent(clause, one.contract, question.request):
            dial = next(inquiry.dials(question, one.contract, clause), None)
        if dial is None or dial.guess is None or dial.guess > dial.last or dial.asked is None:
            total += 1
        else:
            total += min(Fraction(1), abs(dial.value(dial.guess) - dial.asked) / dial.width)
    return total
