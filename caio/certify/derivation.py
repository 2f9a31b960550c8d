"""A proof under construction: clauses with the reasons why each follows.

Every way to add a clause checks it: a Farkas lemma by its sum, a propagated clause by propagating. The
finished proof holds only what the empty clause needs. A literal that follows without assumptions is
derived once, as a unit clause, if several steps need it, and within the step if only one does; so the
length of a proof is near linear in what was used of its clauses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from caio.base.errors import InternalError
from caio.base.exact import Rational
from caio.certify.atoms import AtomTable
from caio.certify.farkas import contradiction
from caio.certify.propagation import Propagator


@dataclass(frozen=True, slots=True)
class Lemma:
    """A clause by Farkas' lemma."""

    pairs: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """A clause by propagation.

    Once the clause is assumed false and the `roots` (literals of level 0) are true, each of the
    `antecedents` becomes a unit in turn, and the last one false.
    """

    clause: tuple[int, ...]
    roots: tuple[int, ...]
    antecedents: tuple[int, ...]


class Derivation:
    """The clauses of a form and what has been derived from them."""

    def __init__(self, table: AtomTable) -> None:
        self.table = table
        self.inputs = len(table.form.clauses)
        self.steps: list[Lemma | Chain] = []
        """Step k derives clause `inputs + 1 + k`, of the propagator too."""
        self.propagator = Propagator(table.form.clauses)
        self.work = 0
        """What arithmetic has cost so far, in changes to its tableaus."""
        self._known: dict[tuple[int, ...], int] = {}
        self.made: list[int] = []
        """For each step, how many literals had level 0 before it: it uses only these."""
        self.propagate()

    @property
    def refuted(self) -> bool:
        """Whether the empty clause has been derived."""
        last = self.steps[-1] if self.steps else None
        return isinstance(last, Chain) and not last.clause

    def propagate(self) -> int | None:
        """Propagate; a conflict at level 0 derives the empty clause, any other is returned."""
        conflict = self.propagator.propagate()
        if conflict is not None and not self.propagator.level and not self.refuted:
            self.learn(self.explain(conflict, ()))
        return conflict

    def lemma(self, pairs: Iterable[tuple[int, Rational]]) -> int | None:
        """Derive a Farkas lemma; its clause's number, or None if the sum is no contradiction."""
        found = contradiction(self.table, pairs)
        if found is None:
            return None
        clause = tuple(-literal for literal, _ in found)
        key = tuple(sorted(clause))
        number = self._known.get(key)
        if number is None:
            number = self._known[key] = self._append(Lemma(found), clause)
        else:
            self.propagator.revisit(number)
        return number

    def rup(self, clause: Sequence[int]) -> bool:
        """Derive a clause, or a part of it, by propagation; whether it follows now.

        Call it without assumptions in force.
        """
        propagator = self.propagator
        if self.refuted or any(literal in propagator.true for literal in clause):
            return True
        conflict = None
        for literal in clause:
            if -literal in propagator.true:
                continue
            if literal in propagator.true:
                # The literals before imply this one, and its reason is false without it.
                conflict = propagator.reason[literal]
                break
            propagator.assume(-literal)
            conflict = propagator.propagate()
            if conflict is not None:
                break
        if conflict is None:
            propagator.undo(0)
            return False
        chain = self.explain(conflict, clause)
        propagator.undo(0)
        self.learn(chain)
        self.propagate()
        return True

    def resolve(self, first: int, second: int, pivot: int) -> int:
        """Derive the resolvent of two clauses, the first with `-pivot`, the second with `pivot`."""
        clauses = self.propagator.clauses
        rest = dict.fromkeys(literal for literal in clauses[first] if literal != -pivot)
        rest.update(dict.fromkeys(literal for literal in clauses[second] if literal != pivot))
        return self.learn(Chain(tuple(rest), (), (first, second)))

    def explain(self, conflict: int, clause: Iterable[int]) -> Chain:
        """Why the assumption that `clause` is false leads to the conflict; unused literals go."""
        propagator = self.propagator
        base, position, reason = propagator.base, propagator.position, propagator.reason
        assumed = {-literal for literal in clause}
        pending = {-literal for literal in propagator.clauses[conflict]}
        used: set[int] = set()
        roots: list[int] = []
        antecedents: list[tuple[int, int]] = []
        stack = list(pending)
        while stack:
            literal = stack.pop()
            # A literal that is asked for negatively can itself be assumed, see `rup`.
            place = position.get(literal)
            if place is not None and place < base:
                roots.append(literal)
            elif literal in assumed:
                used.add(-literal)
            elif place is None or literal not in reason:
                raise InternalError("a conflict rests on a literal that nothing implies")
            else:
                antecedents.append((place, reason[literal]))
                for other in propagator.clauses[reason[literal]]:
                    if other != literal and -other not in pending:
                        pending.add(-other)
                        stack.append(-other)
        antecedents.sort()
        roots.sort(key=position.__getitem__)
        return Chain(
            tuple(literal for literal in clause if literal in used),
            tuple(roots),
            (*(number for _, number in antecedents), conflict),
        )

    def learn(self, chain: Chain) -> int:
        """Add the clause that `explain` has justified."""
        return self._append(chain, chain.clause)

    def _append(self, step: Lemma | Chain, clause: Sequence[int]) -> int:
        self.steps.append(step)
        self.made.append(self.propagator.base)
        return self.propagator.add(clause)
