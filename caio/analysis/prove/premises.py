"""Few premises that are enough for a conclusion: less to prove, to check and to read than a whole policy.

An obligation ``implied`` about some of the premises shows as much as one about all of them. They are found by counterexamples:
whatever refutes those chosen so far breaks another premise, which is chosen next, or refutes all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from caio.analysis.prove.outcome import Study
from caio.analysis.prove.rules_at import Demand, bears
from caio.analysis.witness.axes import axes_of, usual_of
from caio.certify.prover import Model, Refutation
from caio.ir import terms as t
from caio.obligations import universal
from caio.obligations.clauses import clause_form
from caio.obligations.formula import Formula, Scope, Sort, Variable, evaluate, implication
from caio.obligations.goals import met


@dataclass(frozen=True)
class Premises:
    """Rules from which others may follow.

    Attributes:
        demands: the rules, in the order in which they are tried.
        study: whose prover is asked.
    """

    demands: tuple[Demand, ...]
    study: Study

    def enough_for(self, demand: Demand, index: int) -> tuple[Demand, ...]:
        """Premises from which an action follows, if it follows; all that bear on it otherwise, and where it stays open."""
        if demand in self._known:
            return (demand,)
        atom = demand.then[index]
        bearing = [
            (one, [formula for action, formula in parts if self._bears(action, atom)])
            for one, parts in self._parts
        ]
        bearing = [(one, formulas) for one, formulas in bearing if formulas]
        everything = tuple(one for one, _ in bearing)
        chosen: list[Demand] = []
        while len(chosen) < len(bearing) or not bearing:
            broken = self._broken(chosen, demand, index, bearing)
            if broken is None:
                return tuple(chosen)
            if not broken:
                return everything
            chosen += broken
        return everything

    def _broken(
        self,
        chosen: Sequence[Demand],
        demand: Demand,
        index: int,
        bearing: Sequence[tuple[Demand, list[Formula]]],
    ) -> list[Demand] | None:
        """A premise that what refutes the chosen ones breaks, if any; None if nothing refutes them."""
        asked = universal.implied(chosen, demand, index, self.study.meaning)
        form = clause_form([asked.block], asked.scope)
        answer = self.study.prover.decide(form, budget=self.study.effort)
        if isinstance(answer, Refutation):
            return None
        if not isinstance(answer, Model):
            return []
        values = {**self._usual, **answer.witness}
        for one, formulas in bearing:
            if one not in chosen and not all(evaluate(f, values) for f in formulas):
                return [one]
        return []

    def _bears(self, action: t.Atom, atom: t.Atom) -> bool:
        return bears(action, atom, self.study.meaning)

    @cached_property
    def _known(self) -> frozenset[Demand]:
        return frozenset(self.demands)

    @cached_property
    def _scope(self) -> Scope:
        names = [f"capability.{name}" for name in self.study.world.vocabulary.capabilities]
        flags = {name: Variable(name, Sort.INT, Fraction(0), Fraction(1)) for name in names}
        return {**self.study.meaning.scope, **flags}

    @cached_property
    def _parts(self) -> list[tuple[Demand, list[tuple[t.Atom, Formula]]]]:
        """What each premise demands, action by action."""
        meaning = self.study.meaning
        return [
            (
                one,
                [
                    (a, implication(meaning.formula(one.when), met(a, meaning, self._scope)))
                    for a in one.then
                ],
            )
            for one in self.demands
        ]

    @cached_property
    def _usual(self) -> dict[str, Fraction]:
        """A value for every variable that a model leaves out."""
        found = {name: usual_of(name, self._scope) for name in self._scope}
        for axis in axes_of(self.study.meaning):
            found |= axis.defaults()
        return found
