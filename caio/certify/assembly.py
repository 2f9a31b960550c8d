"""From a finished derivation to the proof of the specification: trimmed, numbered, in order.

The derivation is walked backwards from the empty clause, so only what is needed is kept. A literal of
level 0 is a node between the steps: with one user it is derived inside that user's step, with several
it becomes a unit clause of its own, derived once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from caio.base.errors import InternalError
from caio.certify.derivation import Chain, Derivation, Lemma
from caio.certify.proof import Farkas, Proof, Rup, Step


@dataclass(slots=True)
class _Block:
    """What becomes one step: a step of the derivation, or a literal of level 0 (a place)."""

    chain: Chain | Lemma
    places: set[int] = field(default_factory=set)
    """The level-0 literals that its hints establish or cite."""


class _Assembly:
    """One backward walk over a refuted derivation."""

    def __init__(self, derivation: Derivation) -> None:
        self._derivation = derivation
        propagator = derivation.propagator
        self._clauses = propagator.clauses
        self._trail = propagator.trail[: propagator.base]
        self._position = propagator.position
        self._reasons = [propagator.reason[literal] for literal in self._trail]
        # A block's key: its step's clause number, or the negated number of its place, minus one.
        self._blocks: dict[int, _Block] = {}
        self._users: dict[int, int] = {}
        """From a place to the key of its only user, or 0 if it has several."""
        self._needed: set[int] = set()
        self._order: list[int] = []

    def proof(self) -> Proof:
        derivation = self._derivation
        inputs = derivation.inputs
        steps = derivation.steps
        place = len(self._trail)
        self._needed.add(inputs + len(steps))
        for index in range(len(steps) - 1, -1, -1):
            # The literals that were assigned after this step come after it.
            while place > 0 and self._reaches(place - 1, index):
                place -= 1
                self._visit_place(place)
            number = inputs + 1 + index
            if number in self._needed:
                self._visit_step(number, steps[index])
        while place > 0:
            place -= 1
            self._visit_place(place)
        self._order.reverse()
        return self._emit()

    def _reaches(self, place: int, index: int) -> bool:
        return place >= self._derivation.made[index]

    def _visit_step(self, number: int, step: Lemma | Chain) -> None:
        block = self._blocks[number] = _Block(step)
        self._order.append(number)
        if isinstance(step, Chain):
            self._needed.update(step.antecedents)
            self._use(number, block, (self._position[literal] for literal in step.roots))

    def _visit_place(self, place: int) -> None:
        user = self._users.get(place)
        if user is None:
            return
        reason = self._reasons[place]
        self._needed.add(reason)
        literal = self._trail[place]
        others = [-other for other in self._clauses[reason] if other != literal]
        if not others:
            return
        if user:
            key, block = user, self._blocks[user]
        else:
            key = -place - 1
            block = self._blocks[key] = _Block(Chain((literal,), (), (reason,)))
            self._order.append(key)
        self._use(key, block, (self._position[other] for other in others))

    def _use(self, key: int, block: _Block, places: Iterable[int]) -> None:
        for place in places:
            block.places.add(place)
            if self._users.setdefault(place, key) != key:
                self._users[place] = 0

    def _emit(self) -> Proof:
        derivation = self._derivation
        form = derivation.table.form
        numbers = {number: number for number in range(1, derivation.inputs + 1)}
        used = {abs(literal) for key in self._order for literal in self._literals(key)}
        fresh = sorted(number for number in used if number > form.size)
        renamed = {number: form.size + 1 + index for index, number in enumerate(fresh)}

        def rename(literal: int) -> int:
            atom = renamed.get(abs(literal), abs(literal))
            return atom if literal > 0 else -atom

        steps: list[Step] = []
        for key in self._order:
            block = self._blocks[key]
            chain = block.chain
            if isinstance(chain, Lemma):
                steps.append(Farkas(tuple((rename(lit), times) for lit, times in chain.pairs)))
            else:
                hints = [self._citation(key, place) for place in sorted(block.places)]
                hints.extend(chain.antecedents)
                clause = tuple(rename(literal) for literal in chain.clause)
                steps.append(Rup(clause, tuple(numbers[hint] for hint in hints)))
            numbers[key] = derivation.inputs + len(steps)
        atoms = tuple(derivation.table.atoms[number] for number in fresh)
        return Proof(atoms, tuple(steps))

    def _citation(self, key: int, place: int) -> int:
        """The clause by which a block establishes a literal of level 0."""
        reason = self._reasons[place]
        if self._users[place] == key or len(self._clauses[reason]) == 1:
            return reason
        return -place - 1

    def _literals(self, key: int) -> Iterable[int]:
        chain = self._blocks[key].chain
        if isinstance(chain, Lemma):
            return (literal for literal, _ in chain.pairs)
        return chain.clause


def assemble(derivation: Derivation) -> Proof:
    """The proof that a refuted derivation amounts to.

    Raises:
        InternalError: the derivation has not derived the empty clause.
    """
    if not derivation.refuted:
        raise InternalError("a derivation without the empty clause is no proof")
    return _Assembly(derivation).proof()
