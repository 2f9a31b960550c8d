"""The naive baseline: ask Z3 about every service, believe it, keep no evidence.

Made as an engineer in a hurry would make it well. The landscape is compiled like ours: everything that does not depend
on the request is a Z3 expression before the first request comes, and expressions are shared. Per request, and in the
time: what the request gives is translated, its demands are put to each service, and a solver per service says whether the
hypothesis and *some obligation does not hold* can be true together. Unsatisfiable means admitted.

What it does not do: no proofs, no models, no list of what failed, no check that contracts are consistent with the
request's hypothesis, and nobody checks Z3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

import numpy as np
import z3

from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.candidate import Question, goals, hypothesis
from caio.obligations.contract import Contract
from caio.obligations.formula import Conjunction, Formula, Literal, Sort, domain
from caio.obligations.goals import unmet
from caio.obligations.meaning import Meaning
from caio.routing.bulk import Scorer
from tests.bench.world import World

_OF_THE_REQUEST: Final = {"non_empty", "capability", "requirement", "budget", "deadline"}
"""Obligations that are posed by the request and not by the landscape and the policy."""


@dataclass(frozen=True)
class _Compiled:
    """A service as Z3 expressions: what it breaks by itself, and its cost cases as guard and amount."""

    contract: Contract
    broken: tuple[Any, ...]
    cost: tuple[tuple[Any, Any], ...]


class Naive:
    """A landscape compiled for Z3, under one policy, profile and caller.

    Args:
        world: the landscape, and what all questions have in common.
        template: any question; its policy, profile and facts are compiled in, its request is not.
        contracts: the services to compile, None for all.
    """

    def __init__(
        self, world: World, template: Question, contracts: Sequence[Contract] | None = None
    ) -> None:
        self._world = world
        self._meaning = Meaning(world.vocabulary)
        self._variables: dict[str, Any] = {}
        self._known: dict[Formula, Any] = {}
        self._promises: dict[tuple[int, str, bool, Fraction | None], Any] = {}
        scope = self._meaning.scope
        self._domains = [self.translate(bound) for name in scope for bound in domain(scope[name])]
        bare = replace(template.request, ensure=(), budget=None, deadline=None)
        question = replace(template, request=bare)
        chosen = world.snapshot.contracts if contracts is None else contracts
        self.services = [self._compile(question, contract) for contract in chosen]

    def admitted(
        self, question: Question, make: Callable[[], Any], places: Iterable[int] | None = None
    ) -> Iterator[bool]:
        """Whether each service (or those at these places) is admitted, one solver made for each.

        Raises:
            ValueError: Z3 does not know.
        """
        given, demands = self._given(question), _Demands(self, question)
        for place in range(len(self.services)) if places is None else places:
            solver = make()
            solver.add(*given)
            solver.add(z3.Or(demands.broken(place)))
            yield _admits(solver.check())

    def admitted_in_scopes(
        self, question: Question, places: Iterable[int] | None = None
    ) -> Iterator[bool]:
        """The same with one solver for all services and a scope for each."""
        given, demands = self._given(question), _Demands(self, question)
        solver = z3.SimpleSolver()
        solver.add(*given)
        for place in range(len(self.services)) if places is None else places:
            solver.push()
            solver.add(z3.Or(demands.broken(place)))
            yield _admits(solver.check())
            solver.pop()

    def best_first(
        self, question: Question, scorer: Scorer, make: Callable[[], Any], *, filtered: bool = False
    ) -> tuple[int | None, int]:
        """The place of the best admitted service, and how many solvers it took; the ranking is ours.

        Args:
            question: what is asked.
            scorer: our bulk scorer, compiled for the same landscape.
            make: makes a solver.
            filtered: whether services that lack a capability are passed over without a solver.
        """
        ranking = np.argsort(-scorer.scores(question).total, kind="stable").tolist()
        if filtered:
            ranking = [place for place in ranking if self.provides(question, place)]
        for asked, admitted in enumerate(self.admitted(question, make, ranking), start=1):
            if admitted:
                return ranking[asked - 1], asked
        return None, len(ranking)

    def provides(self, question: Question, place: int) -> bool:
        """Whether a service has all capabilities that a request needs."""
        held = self.services[place].contract.capabilities
        return not any(held.isdisjoint(group) for group in question.request.needs)

    def translate(self, formula: Formula) -> Any:
        """The Z3 expression of a formula; equal formulas share one."""
        found = self._known.get(formula)
        if found is None:
            match formula:
                case bool():
                    found = z3.BoolVal(formula)
                case Literal(atom, positive):
                    left = z3.Sum([self._times(name, value) for name, value in atom.terms])
                    right = number(atom.bound)
                    bounded = left < right if atom.strict else left <= right
                    found = bounded if positive else z3.Not(bounded)
                case Conjunction(operands, positive):
                    both = z3.And([self.translate(operand) for operand in operands])
                    found = both if positive else z3.Not(both)
            self._known[formula] = found
        return found

    def variable(self, name: str) -> Any:
        """The Z3 constant that stands for a variable."""
        found = self._variables.get(name)
        if found is None:
            integral = self._meaning.scope[name].sort is Sort.INT
            found = self._variables[name] = z3.Int(name) if integral else z3.Real(name)
        return found

    def promised(self, atom: t.OnMetric, place: int) -> Any:
        """What a service's guarantees entail of a metric; compiled once, for any bound."""
        key = (place, atom.metric, atom.relation.upper, atom.level)
        found = self._promises.get(key)
        if found is None:
            contract = self.services[place].contract
            parts = unmet(atom, contract, self._meaning)[:-1]
            found = self._promises[key] = z3.And([self.translate(part) for part in parts])
        return found

    def violated(self, atom: t.OnMetric) -> Any:
        """That a metric is not within an atom's bound, whatever a service promises."""
        return self.translate(unmet(atom, self.services[0].contract, self._meaning)[-1])

    def _given(self, question: Question) -> list[Any]:
        block = hypothesis(question, None, self._meaning)
        return [*self._domains, *(self.translate(formula) for formula in block)]

    def _times(self, name: str, value: int) -> Any:
        return self.variable(name) if value == 1 else value * self.variable(name)

    def _compile(self, question: Question, contract: Contract) -> _Compiled:
        broken = [
            z3.And([self.translate(part) for part in goal.goal])
            for goal in goals(question, contract, self._meaning)
            if goal.goal is not None and goal.key[0] not in _OF_THE_REQUEST
            if False not in goal.goal
        ]
        cost = tuple(
            (self.translate(self._meaning.formula(case.when)), self._affine(case))
            for case in contract.service.cost
        )
        return _Compiled(contract, tuple(broken), cost)

    def _affine(self, case: d.CostCase) -> Any:
        terms, constant = self._meaning.affine(case.amount)
        parts = [number(value) * self.variable(name) for name, value in terms.items()]
        return z3.Sum([*parts, number(constant)])


class _Demands:
    """What a request demands, as Z3 expressions: what is the same for all services is made once."""

    def __init__(self, naive: Naive, question: Question) -> None:
        self._naive = naive
        self._request = question.request
        if question.request.deadline is not None:
            raise ValueError("requests with a deadline are not among the workloads")
        self._atoms: list[tuple[t.OnMetric, Any]] = []
        for atom in question.request.ensure:
            if not isinstance(atom, t.OnMetric):
                raise TypeError("requirements that bound no metric are not among the workloads")
            self._atoms.append((atom, naive.violated(atom)))
        budget = question.request.budget
        self._budget = None if budget is None else number(budget)

    def broken(self, place: int) -> list[Any]:
        """The negated obligations of a service; some of them true means that it is not admitted."""
        service = self._naive.services[place]
        broken = list(service.broken)
        held = service.contract.capabilities
        if any(held.isdisjoint(group) for group in self._request.needs):
            broken.append(z3.BoolVal(True))
        for atom, violated in self._atoms:
            broken.append(z3.And(self._naive.promised(atom, place), violated))
        if self._budget is not None:
            broken.append(z3.Not(z3.Or([guard for guard, _ in service.cost])))
            broken += [z3.And(guard, amount > self._budget) for guard, amount in service.cost]
        return broken


def number(value: Fraction | int) -> Any:
    """A rational as a Z3 numeral, an integer where it is one."""
    if value.denominator == 1:
        return z3.IntVal(value.numerator)
    return z3.RealVal(f"{value.numerator}/{value.denominator}")


def _admits(answer: Any) -> bool:
    """Whether no obligation can fail."""
    if answer == z3.unknown:
        raise ValueError("the baseline does not know")
    return bool(answer == z3.unsat)
