"""What a caller would have to change for one service: an irreducible set of changes.

Irreducible: with all of them every obligation that the caller's clauses cause holds, and without any one of them one is
refuted. The bound of each is least while the others stay: one step less, and one is refuted, too. There may be other such
sets, and smaller ones; the order of the clauses decides which is found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caio.analysis.explain.changes import Change, Kind, apply, cut, loosened
from caio.analysis.explain.clauses import clause_of, relaxable
from caio.analysis.explain.dial import Dial
from caio.analysis.explain.inquiry import Inquiry
from caio.analysis.explain.least import Least, least
from caio.ir import terms as t
from caio.obligations.candidate import Key, Question
from caio.obligations.contract import Contract

_NON_EMPTY: Key = ("non_empty",)


@dataclass(frozen=True, slots=True)
class Repair:
    """What would have to change for a service.

    Attributes:
        contract: the service.
        changes: the irreducible set, in the order of the obligations; empty where there is none.
        blocked: the failing obligations that no change of the caller's clauses meets.
        impossible: the caller's own among them: no range, and no request without the clause, meets them.
    """

    contract: Contract
    changes: tuple[Change, ...]
    blocked: tuple[Key, ...] = ()
    impossible: tuple[Key, ...] = ()

    @property
    def admits(self) -> bool:
        """Whether the changes admit the service."""
        return bool(self.changes) and not self.blocked and not self.impossible


def repair(
    inquiry: Inquiry, question: Question, contract: Contract, failed: Sequence[Key]
) -> Repair:
    """An irreducible set of changes for a service whose refuted obligations are these.

    Raises:
        UndecidedError: an answer on the way is unknown.
    """
    blocked = tuple(key for key in failed if not relaxable(key))
    mine = [key for key in failed if relaxable(key)]
    if _NON_EMPTY in blocked:
        # Of no call everything is true: there is nothing that could be changed for the better.
        return Repair(contract, (), blocked, tuple(mine))
    assumed = [key for key in mine if key[0] == "assumption"]
    cuts = _cuts(inquiry, question, contract, assumed)
    if cuts is None:
        return Repair(contract, (), blocked, tuple(assumed))
    inside = apply(question, cuts)
    changes, impossible = list(cuts), []
    clauses = dict.fromkeys(clause_of(key) for key in mine if key[0] != "assumption")
    needed = len(question.request.needs)
    for clause in clauses:
        keys = [key for key in mine if clause_of(key) == clause]
        if inquiry.holds(inside, contract, keys):
            continue
        change = _loosen(inquiry, inside, contract, clause, keys)
        if change.key[0] == "capability":
            needed -= 1
            if needed == 0:
                # A request that needs nothing is none.
                impossible += keys
                continue
        changes.append(change)
    if impossible:
        changes = []
    return Repair(contract, tuple(changes), blocked, tuple(impossible))


def _loosen(
    inquiry: Inquiry, question: Question, contract: Contract, clause: str, keys: Sequence[Key]
) -> Change:
    key = next((key for key in keys if key != ("budget", "covered")), keys[0])
    if ("budget", "covered") in keys and not inquiry.holds(question, contract, [keys[0]]):
        # No amount is enough where no price is stated.
        return Change(Kind.DROP, clause, key)
    dial = next(inquiry.dials(question, contract, key), None)
    if dial is None:
        return Change(Kind.DROP, clause, key)
    return loosened(clause, key, least(inquiry, dial, contract, keys))


# --- ranges that are cut --------------------------------------------------------------------------


def _cuts(
    inquiry: Inquiry, question: Question, contract: Contract, failed: Sequence[Key]
) -> list[Change] | None:
    """Cuts under which all these assumptions hold for some call: irreducible, and each the least; None if there are none."""
    cuts: list[Change] = []
    for key in failed:
        inside = apply(question, cuts)
        if inquiry.holds(inside, contract, [key]):
            continue
        change = cut_for(inquiry, inside, contract, key)
        if change is None:
            return None
        cuts.append(change)
    for change in list(cuts):
        others = [other for other in cuts if other is not change]
        around = apply(question, others)
        if inquiry.holds(around, contract, failed):
            cuts = others
        elif change.least is not None:
            again = _recut(inquiry, around, contract, change, failed)
            cuts = [again if other is change else other for other in cuts]
    return cuts


def _recut(
    inquiry: Inquiry, around: Question, contract: Contract, change: Change, failed: Sequence[Key]
) -> Change:
    """The same cut, the least while the others stay."""
    if change.least is None:
        return change
    old = change.least.dial
    for dial in inquiry.dials(around, contract, change.key):
        if (dial.subject, dial.rising) == (old.subject, old.rising):
            found = least(inquiry, dial, contract, failed)
            return _of_cut(change.key, found) or change
    return change


def cut_for(inquiry: Inquiry, question: Question, contract: Contract, key: Key) -> Change | None:
    """The cut of one variable that loses the least of its range, else the assumption itself as a condition.

    None where the assumption is about more than what a request can leave out.

    Raises:
        UndecidedError: an answer on the way is unknown.
    """
    found: list[Change] = []
    for dial in inquiry.dials(question, contract, key):
        change = _of_cut(key, least(inquiry, dial, contract, [key]))
        if change is not None and _some_call(inquiry, question, contract, change):
            found.append(change)
    if found:
        return min(found, key=lambda change: (change.amount, _name(change)))
    index = key[1]
    formula = contract.service.assumes[index] if isinstance(index, int) else t.TRUE
    if all(name.startswith("request.") for name in t.variables_of(formula)):
        change = Change(Kind.NARROW, "given", key, None, formula)
        if _some_call(inquiry, question, contract, change):
            return change
    return None


def _of_cut(key: Key, found: Least) -> Change | None:
    if found.bound is None:
        return None
    return Change(Kind.NARROW, "given", key, found, cut(found, found.bound))


def _some_call(inquiry: Inquiry, question: Question, contract: Contract, change: Change) -> bool:
    """Whether the request still describes a call: of none, every assumption is true."""
    return inquiry.holds(apply(question, [change]), contract, [_NON_EMPTY])


def _name(change: Change) -> tuple[str, bool]:
    dial: Dial | None = None if change.least is None else change.least.dial
    return ("", False) if dial is None else (dial.subject, dial.rising)
