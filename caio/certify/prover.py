"""Decides clause forms, with evidence: a proof, an evaluated model, or an honest *unknown*.

Stages, each deterministic: a direct search; Z3's logging core, whose log is elaborated and completed;
Z3's default core, as an oracle for models. The budget is counted in Z3's resource units (and in steps
of our own searches), never in seconds, and each stage gets all of it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from typing import Final

from caio.base.closing import Closing
from caio.certify.assembly import assemble
from caio.certify.atoms import AtomTable
from caio.certify.derivation import Derivation
from caio.certify.direct import decide_directly
from caio.certify.elaborate import elaborate
from caio.certify.evaluate import satisfies
from caio.certify.hypothesis import Hypothesis
from caio.certify.proof import (
    Decided,
    Model,
    Proof,
    Refutation,
    Unknown,
    proof_json,
    sayable,
    witness_json,
)
from caio.certify.search import Outcome, Search
from caio.certify.skeletons import Deductions, Goal, Skeletons
from caio.obligations.clauses import ClauseForm
from caio.smt.client import Worker
from caio.smt.prooflog import LogReader
from caio.smt.protocol import Answer, Core, Query, Status
from caio.smt.render import Rendering, read_model, render

__all__ = [
    "DEFAULT_BUDGET",
    "Decided",
    "Model",
    "Proof",
    "Prover",
    "Refutation",
    "Unknown",
    "proof_json",
    "witness_json",
]

DEFAULT_BUDGET: Final = 20_000_000
"""Resource units for one clause form: far beyond what any obligation of a routing decision takes."""

MEMORY: Final = 4_096
"""How many outcomes are remembered, the youngest ones: a prover may live as long as a gateway."""

_COMPLETION: Final = 5_000_000
"""The most effort that our own search spends on what the solver left open."""


class Prover(Closing):
    """Decides clause forms and remembers the outcome for identical ones.

    A context manager: it owns a solver process, which starts when it is first needed.
    """

    def __init__(self, worker: Worker | None = None, *, direct: bool = True) -> None:
        self._worker = Worker() if worker is None else worker
        self._direct = direct
        self._memo: OrderedDict[Hashable, Decided] = OrderedDict()
        self._skeletons = Skeletons()

    def close(self) -> None:
        """End the solver process and forget all outcomes."""
        self._worker.close()
        self._memo.clear()
        self._skeletons.clear()

    def decide(self, form: ClauseForm, *, budget: int = DEFAULT_BUDGET) -> Decided:
        """Whether a clause form is satisfiable, with evidence.

        Raises:
            SolverError: the solver process could not do its work.
            ValueError: the budget is not positive.
        """
        return self.decide_many([form], budget=budget)[0]

    def under(self, hypothesis: Hypothesis) -> Deductions:
        """What decides goals under this hypothesis, and shares the work between hypotheses of one shape."""
        return self._skeletons.under(hypothesis)

    def decide_goals(
        self,
        deductions: Deductions,
        goals: Sequence[Goal],
        *,
        budget: int = DEFAULT_BUDGET,
        lasting: bool = False,
    ) -> list[Decided]:
        """The outcome for each goal under a hypothesis, in order.

        Args:
            deductions: what ``under`` gave for the hypothesis.
            goals: for each obligation, the block that follows H; empty for H itself.
            budget: as for ``decide``.
            lasting: whether the same goals will be asked again under hypotheses of the same shape.

        Raises:
            SolverError: the solver process could not do its work.
            ValueError: the budget is not positive.
        """
        if budget <= 0:
            raise ValueError(f"a budget of `{budget}`, but it must be positive")
        found = [
            deductions.decide(goal, effort=budget, lasting=lasting) if self._direct else None
            for goal in goals
        ]
        left = [index for index, decided in enumerate(found) if decided is None]
        forms = [deductions.extend(goals[index]) for index in left]
        for index, decided in zip(left, self.decide_many(forms, budget=budget), strict=True):
            found[index] = decided
        return [decided for decided in found if decided is not None]

    def decide_many(
        self, forms: Iterable[ClauseForm], *, budget: int = DEFAULT_BUDGET
    ) -> list[Decided]:
        """The outcome for each form, in order; one round trip serves all that need the solver.

        Raises:
            SolverError: the solver process could not do its work.
            ValueError: the budget is not positive.
        """
        if budget <= 0:
            raise ValueError(f"a budget of `{budget}`, but it must be positive")
        found: list[Decided | None] = []
        waiting: dict[Hashable, list[int]] = {}
        pending: list[ClauseForm] = []
        for index, form in enumerate(forms):
            key = _key(form, budget)
            decided = self._memo.get(key)
            if decided is None and self._direct and key not in waiting:
                decided = decide_directly(form, effort=budget)
                if decided is not None:
                    self._memo[key] = decided
            if decided is None:
                places = waiting.setdefault(key, [])
                if not places:
                    pending.append(form)
                places.append(index)
            found.append(decided)
        for (key, places), decided in zip(
            waiting.items(), self._solve(pending, budget), strict=True
        ):
            self._memo[key] = decided
            for index in places:
                found[index] = decided
        while len(self._memo) > MEMORY:
            self._memo.popitem(last=False)
        return [decided for decided in found if decided is not None]

    def _solve(self, forms: list[ClauseForm], budget: int) -> list[Decided]:
        """Ask the logging core about all forms, then the default core about what it left open."""
        renderings = [render(form) for form in forms]
        outcomes: list[Decided] = []
        for form, rendering, answer in zip(
            forms, renderings, self._ask(renderings, Core.LOGGING, budget), strict=True
        ):
            outcomes.append(_judge(form, rendering, answer, budget))
        left = [index for index, outcome in enumerate(outcomes) if isinstance(outcome, Unknown)]
        again = [renderings[index] for index in left]
        for index, answer in zip(left, self._ask(again, Core.PLAIN, budget), strict=True):
            outcomes[index] = _judge_plain(forms[index], renderings[index], answer, budget)
        return outcomes

    def _ask(self, renderings: list[Rendering], core: Core, budget: int) -> Iterable[Answer]:
        queries = [Query(rendering.script, core, budget) for rendering in renderings]
        return self._worker.run(queries) if queries else []


def _judge(form: ClauseForm, rendering: Rendering, answer: Answer, budget: int) -> Decided:
    """What the answer of the logging core amounts to once it is checked."""
    if answer.status is not Status.UNSAT:
        return _judge_plain(form, rendering, answer, budget)
    table = AtomTable(form)
    derivation = Derivation(table)
    reader = LogReader(rendering.variables, table.literal)
    if not elaborate(derivation, reader.inferences(answer.log)):
        return _search(derivation, budget)
    return sayable(Refutation(assemble(derivation)))


def _judge_plain(form: ClauseForm, rendering: Rendering, answer: Answer, budget: int) -> Decided:
    """What the answer of the default core amounts to: it gives models, but no reasons."""
    if answer.status is Status.SAT:
        point = read_model(answer.model, rendering, form)
        if point is not None and satisfies(form, point):
            return sayable(Model(point))
        return Unknown("the solver's model does not satisfy the obligation")
    if answer.status is Status.UNKNOWN:
        return Unknown(f"the solver gave up: {answer.reason}")
    return _search(Derivation(AtomTable(form)), budget)


def _search(derivation: Derivation, budget: int) -> Decided:
    """Complete a derivation, or find a model after all, by our own search."""
    found = Search(derivation, effort=min(budget, _COMPLETION)).run()
    if found is Outcome.REFUTED:
        return sayable(Refutation(assemble(derivation)))
    if isinstance(found, Outcome):
        return Unknown("the refutation could not be completed within the budget")
    return sayable(Model(found))


def _key(form: ClauseForm, budget: int) -> Hashable:
    return (
        tuple(form.atoms.items()),
        form.size,
        form.clauses,
        tuple(form.variables.values()),
        budget,
    )
