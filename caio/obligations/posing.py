"""Posing the obligations of thousands of candidates: each distinct goal once, by number.

What no request changes (promises, policy, security, availability) is derived once per contract and policy. What a request
adds depends on little of a contract, mostly on its prices, and is derived once for each of these. The goals and their
order are those of ``caio.obligations.candidate.goals``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from caio.ir import terms as t
from caio.obligations.candidate import (
    Goal,
    Key,
    Question,
    assumption,
    budget,
    capability,
    coherent,
    deadline,
    governed,
    requirement,
)
from caio.obligations.contract import Contract
from caio.obligations.formula import Formula
from caio.obligations.meaning import Meaning

Block: TypeAlias = tuple[Formula, ...]
"""The second block of an obligation, which follows H."""

CONTEXTS: Final = 8
"""How many policies and profiles a `Standing` remembers the goals of."""


@dataclass(frozen=True, slots=True)
class Posed:
    """The obligations of a candidate: their keys, and for each the number of its block."""

    contract: Contract
    keys: tuple[Key, ...]
    blocks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """Consecutive obligations of a candidate."""

    keys: tuple[Key, ...]
    blocks: tuple[int, ...]


class Blocks:
    """Blocks by number, each once."""

    def __init__(self, first: int = 0, step: int = 1) -> None:
        self._first, self._step = first, step
        self._numbers: dict[Block, int] = {}
        self._blocks: list[Block] = []
        self._keys: dict[tuple[Key, ...], tuple[Key, ...]] = {}

    def __len__(self) -> int:
        return len(self._blocks)

    def part(self, goals: Iterable[Goal]) -> _Part:
        """Goals by number."""
        listed = list(goals)
        numbers = tuple(self._number(goal.goal or ()) for goal in listed)
        keys = tuple(goal.key for goal in listed)
        return _Part(self._keys.setdefault(keys, keys), numbers)

    def block(self, number: int) -> Block:
        """The block that has this number."""
        return self._blocks[(number - self._first) // self._step]

    def _number(self, block: Block) -> int:
        number = self._numbers.get(block)
        if number is None:
            number = self._numbers[block] = self._first + self._step * len(self._blocks)
            self._blocks.append(block)
        return number


class _Context:
    """The goals of one policy, profile and origin of facts."""

    def __init__(self, question: Question, held: tuple[object, ...]) -> None:
        self.question = question
        self.held = held
        """What the context is known by; holding it keeps its identity from being given to another."""
        self.blocks = Blocks()
        self.parts: dict[int, tuple[Contract, tuple[_Part, _Part, _Part]]] = {}


class Standing:
    """What is remembered between the questions of one vocabulary: the obligations that no request changes."""

    def __init__(self, meaning: Meaning) -> None:
        self.meaning = meaning
        self._contexts: dict[Hashable, _Context] = {}

    def context(self, question: Question) -> _Context:
        """The goals that this question's policy, profile and origin of facts bring."""
        origin = None if question.facts is None else question.facts.origin
        held = question.lasting
        name = (*map(id, held), origin)
        found = self._contexts.get(name)
        if found is None:
            if len(self._contexts) >= CONTEXTS:
                del self._contexts[next(iter(self._contexts))]
            found = self._contexts[name] = _Context(question, held)
        return found


class Posing:
    """Poses the obligations of candidates for one question.

    Blocks that last (see ``Standing``) have numbers from 0, those of this question alone have negative ones.
    """

    def __init__(self, question: Question, standing: Standing) -> None:
        self._question = question
        self._meaning = standing.meaning
        self._context = standing.context(question)
        self._own = Blocks(-1, -1)
        self._parts: dict[Hashable, _Part] = {}
        self._keys: dict[tuple[int, ...], tuple[Key, ...]] = {}
        self._empty = self._own.part([Goal(("non_empty",), None)])

    def block(self, number: int) -> Block:
        """The block that has this number."""
        return self._own.block(number) if number < 0 else self._context.blocks.block(number)

    def pose(self, contract: Contract) -> Posed:
        """Every obligation of a candidate, in the order of certificate-v1 section 8.1."""
        coherence, assumed, rest = self._lasting(contract)
        needed = self._capability(contract)
        required = self._requirement(contract)
        priced, timely = self._budget(contract), self._deadline(contract)
        parts = (self._empty, coherence, needed, assumed, required, rest, priced, timely)
        # Equal lists of keys are one object, see `Blocks`.
        names = tuple([id(part.keys) for part in parts])
        keys = self._keys.get(names)
        if keys is None:
            keys = self._keys[names] = sum((part.keys for part in parts), start=())
        blocks = (
            *self._empty.blocks,
            *coherence.blocks,
            *needed.blocks,
            *assumed.blocks,
            *required.blocks,
            *rest.blocks,
            *priced.blocks,
            *timely.blocks,
        )
        return Posed(contract, keys, blocks)

    def _lasting(self, contract: Contract) -> tuple[_Part, _Part, _Part]:
        context = self._context
        found = context.parts.get(id(contract))
        if found is None:
            part = context.blocks.part
            parts = (
                part([coherent(contract, self._meaning)]),
                part(assumption(contract, self._meaning)),
                part(governed(context.question, contract, self._meaning)),
            )
            # Holding the contract keeps its identity from being given to another one.
            found = context.parts[id(contract)] = contract, parts
        return found[1]

    def _capability(self, contract: Contract) -> _Part:
        name = "capability", contract.capabilities
        found = self._parts.get(name)
        if found is None:
            # True and false are the same for every question.
            goals = capability(self._question.request, contract)
            found = self._parts[name] = self._context.blocks.part(goals)
        return found

    def _requirement(self, contract: Contract) -> _Part:
        request = self._question.request
        needed: list[Hashable] = ["requirement"]
        for atom in request.ensure:
            match atom:
                case t.OnMetric():
                    needed.append(contract.guarantees)
                case t.OnCost():
                    needed.append(contract.service.cost)
                case t.OnAttribute() | t.OnQuantity():
                    needed.append(contract.attributes.get(atom.attribute))
                case t.OnCapability():
                    needed.append(atom.capability in contract.capabilities)
        return self._once(tuple(needed), lambda: requirement(request, contract, self._meaning))

    def _budget(self, contract: Contract) -> _Part:
        request = self._question.request
        cases = () if request.budget is None else contract.service.cost
        return self._once(("budget", cases), lambda: budget(request, contract, self._meaning))

    def _deadline(self, contract: Contract) -> _Part:
        promised = () if self._question.request.deadline is None else contract.guarantees
        return self._once(
            ("deadline", promised), lambda: deadline(self._question, contract, self._meaning)
        )

    def _once(self, name: Hashable, goals: Callable[[], Iterable[Goal]]) -> _Part:
        found = self._parts.get(name)
        if found is None:
            found = self._parts[name] = self._own.part(goals())
        return found
