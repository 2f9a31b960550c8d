"""The differential campaigns: the tests run some seeds of each, ``python -m tests.fuzz`` runs many.

Every campaign raises at the first disagreement and counts what it compared.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from caio.base.canonical import canonical_bytes
from caio.certify.acceptance import accept
from caio.certify.prover import Decided, Model, Prover, Refutation
from caio.ir import documents as d
from caio.ir import interpret
from caio.ir.encode import document_json
from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Goal, Question, goals, hypothesis
from caio.obligations.clauses import clause_form, form_digest
from caio.obligations.contract import Contract
from caio.obligations.formula import Formula
from caio.obligations.meaning import Meaning
from caio.routing.bulk import Scorer
from caio.routing.decision import Decision
from caio.routing.route import route
from tests.differential.asking import oracle_entries, oracle_entry, oracle_question
from tests.differential.governing import governed
from tests.differential.interpreting import broken, nearby, point_of
from tests.differential.measuring import measured
from tests.differential.second_opinion import ask_cvc5
from tests.differential.worlds import World, draw_world
from tests.oracle.candidate import judge
from tests.oracle.decision import decide
from tests.oracle.scores import controls_of, score

SAMPLES = 12
"""Points of H that are tried against an obligation that holds."""


class DisagreementError(AssertionError):
    """Two of those who must agree do not."""


def must_agree(place: str, **opinions: object) -> None:
    """Raise unless all opinions are equal."""
    if len({repr(opinion) for opinion in opinions.values()}) > 1:
        lines = [f"  {name}: {opinion!r}" for name, opinion in opinions.items()]
        raise DisagreementError("\n".join([place, *lines]))


def documents_of(
    world: World, snapshot: Snapshot | None = None, extra: Sequence[d.Document] = ()
) -> bytes:
    """The document set that a decision about a world, or about another snapshot of it, rests on."""
    found = world.documents() if snapshot is None else [*world.documents(), *snapshot.documents()]
    found = [document for document in found if not isinstance(document, d.Rule) or not extra]
    found += extra
    listed = [document_json(document) for document in dict.fromkeys(found)]
    return canonical_bytes({"format": "caio-documents/v1", "documents": listed})


def certificate_of(decision: Decision) -> bytes:
    return canonical_bytes(decision.json())


# --- obligations ----------------------------------------------------------------------------------


@dataclass
class Obligations:
    """Everybody's opinion on every obligation of generated candidates.

    The product's two ways (its own small search first, or the solver at once), cvc5 on the rendered formulas, the
    interpreter at points, the oracle; and the checker on the evidence.
    """

    quick: Prover
    through_solver: Prover
    counts: Counter[str] = field(default_factory=Counter)
    _seen: set[str] = field(default_factory=set)

    def run(self, seed: int) -> None:
        """All candidates of a world, each examined in full."""
        world = draw_world(seed)
        for one in (world, governed(world)):
            for contract in one.snapshot.contracts:
                for control in one.question.profile.control_names:
                    self._candidate(one, contract.under(control))
                self._check(one, contract)

    def _candidate(self, world: World, contract: Contract) -> None:
        question, meaning = world.question, Meaning(world.question.vocabulary)
        block = hypothesis(question, contract.state, meaning)
        posed = list(goals(question, contract, meaning))
        forms = [clause_form(_blocks(block, goal), meaning.scope) for goal in posed]
        limit = question.profile.limits.solver_units
        quick = self.quick.decide_many(forms, budget=limit)
        solved = self.through_solver.decide_many(forms, budget=limit)
        verdicts = judge(oracle_question(world), oracle_entry(contract), contract.control)
        must_agree(
            f"world {world.seed}, {contract.service.name}: the obligations",
            product=[list(goal.key) for goal in posed],
            oracle=[key for key, _ in verdicts],
        )
        rng = Random(world.seed)
        start = solved[0].witness if isinstance(solved[0], Model) else None
        inside = None if start is None else point_of(question, contract, start, rng)
        for goal, form, first, second, (_, holds) in zip(
            posed, forms, quick, solved, verdicts, strict=True
        ):
            place = f"world {world.seed}, {contract.service.name}, {goal.key}"
            digest = form_digest(form)
            self.counts["asked"] += 1
            if digest not in self._seen:
                self._seen.add(digest)
                self.counts["obligations"] += 1
                self.counts[f"kind {goal.key[0]}"] += 1
                answers = {"quick": first, "solver": second}
                opinions = {name: status(answer) for name, answer in answers.items()}
                opinions["cvc5"] = ask_cvc5(_blocks(block, goal), meaning.scope)
                expected = "sat" if holds == goal.holds_by_witness else "unsat"
                self.counts["unknown"] += list(opinions.values()).count("unknown")
                known = {name: said for name, said in opinions.items() if said != "unknown"}
                must_agree(place, **known, oracle=expected)
                self.counts[expected] += 1
            if inside is not None:
                self._interpret(question, contract, goal, second, inside, rng, place)

    def _interpret(
        self,
        question: Question,
        contract: Contract,
        goal: Goal,
        answer: Decided,
        inside: dict[str, d.Value],
        rng: Random,
        place: str,
    ) -> None:
        if isinstance(answer, Model):
            point = point_of(question, contract, answer.witness, rng)
            must_agree(
                f"{place}: the witness",
                given=interpret.described(question.request, point),
                holds=True,
            )
            said = broken(question, contract, goal.key, point)
            self.counts["witnesses replayed"] += 1
            # Promises whose levels add up to at most one are beyond a single outcome.
            if said is not None and goal.key != ("coherent",):
                must_agree(f"{place}: the witness", interpreter=said, product=True)
        elif isinstance(answer, Refutation):
            for point in [inside, *nearby(question, contract, inside, rng, SAMPLES)]:
                self.counts["points tried"] += 1
                said = broken(question, contract, goal.key, point)
                must_agree(f"{place} at {point}", interpreter=bool(said), product=False)

    def _check(self, world: World, contract: Contract) -> None:
        """The checker accepts the evidence of both ways."""
        alone = Snapshot(world.question.vocabulary, (contract,))
        documents = documents_of(world, alone)
        for prover in (self.quick, self.through_solver):
            decision = route(world.question, alone, prover)
            accept([documents], certificate_of(decision))
            self.counts["certificates accepted"] += 1


def status(answer: Decided) -> str:
    """A decided clause form in the solvers' words."""
    match answer:
        case Model():
            return "sat"
        case Refutation():
            return "unsat"
    return "unknown"


def _blocks(block: tuple[Formula, ...], goal: Goal) -> list[tuple[Formula, ...]]:
    return [block] if goal.goal is None else [block, goal.goal]


def _ordered(value: object) -> str:
    return json.dumps(value, sort_keys=True)


# --- routing --------------------------------------------------------------------------------------


@dataclass
class Routing:
    """The whole decision against the oracle's, and the checker's word on it."""

    prover: Prover
    counts: Counter[str] = field(default_factory=Counter)

    def run(self, seed: int) -> None:
        """Decide one world."""
        world = draw_world(seed)
        self._decide(world)
        self._decide(governed(world))

    def _decide(self, world: World) -> None:
        decision = route(world.question, world.snapshot, self.prover)
        body = decision.json()
        expected = decide(oracle_question(world), oracle_entries(world))
        place = f"world {world.seed}"
        must_agree(place, product=body["verdict"], oracle=expected.verdict)
        best = None if decision.winner is None else decision.winner.contract
        winner = None if best is None else (best.service.name, best.control)
        must_agree(f"{place}: the winner", product=winner, oracle=expected.selected)
        must_agree(
            f"{place}: the candidates",
            product=[
                (
                    c.contract.service.name,
                    c.contract.service.version,
                    c.contract.control,
                    c.score,
                    c.standing.value,
                    [list(judged.key) for judged in c.failed] if c.obligations else None,
                    [list(judged.key) for judged in c.obligations] if c.obligations else None,
                )
                for c in decision.candidates
            ],
            oracle=[
                (c.service, c.version, c.control, c.score, c.verdict, c.failed, c.keys)
                for c in expected.candidates
            ],
        )
        for part in ("steps", "proofs", "guarantees"):
            said = json.loads(canonical_bytes(body[part]))
            told = json.loads(json.dumps(getattr(expected, part)))
            must_agree(f"{place}: the {part}", product=_ordered(said), oracle=_ordered(told))
        accept([documents_of(world)], certificate_of(decision))
        self.counts["landscapes"] += 1
        self.counts[expected.verdict] += 1
        self.counts["candidates"] += len(expected.candidates)
        for candidate in expected.candidates:
            self.counts[candidate.verdict] += 1
            self.counts["obligations"] += len(candidate.keys or ())


# --- scores ---------------------------------------------------------------------------------------


@dataclass
class Scores:
    """Every term of every candidate's score, by both objectives. The checker recomputes the sums when it accepts a decision."""

    counts: Counter[str] = field(default_factory=Counter)

    def run(self, seed: int) -> None:
        """Score the candidates of one world."""
        world = draw_world(seed)
        self._compare(world)
        self._compare(measured(world))

    def _compare(self, world: World) -> None:
        found = Scorer(world.snapshot, Meaning(world.question.vocabulary)).scores(world.question)
        question = oracle_question(world)
        for i, entry in enumerate(oracle_entries(world)):
            for control in controls_of(question.profile):
                wanted, place = score(question, entry, control), found.place(i, control)
                where = f"world {world.seed}, {entry.service['name']} under {control}"
                terms = {name: int(found.term(name)[place]) for name in wanted.terms}
                must_agree(f"{where}: the terms", product=terms, oracle=wanted.terms)
                total = int(found.total[place])
                must_agree(f"{where}: the total", product=total, oracle=wanted.total)
                self.counts["scores"] += 1
