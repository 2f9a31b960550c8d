"""The campaign over questions about all requests: product against brute force; checker and interpreter on the evidence."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.ir import interpret as i
from caio.ir import terms as t
from caio.obligations import universal as posed
from caio.obligations.asked import Asked, Policy
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from tests.differential.campaigns import must_agree
from tests.evolution import universal as oracle
from tests.evolution.admission import Demand, Operator, coherent, interpreted, keeps
from tests.evolution.asking import Answer, certified, point_of
from tests.evolution.callers import Side, Values, lost
from tests.evolution.drawing import Drawer
from tests.evolution.vocabulary import VOCABULARY
from tests.evolution.worlds import World, draw_world

STRANGERS = 12
"""Other contracts that are held to what follows from rules."""
POINTS = 4
"""Points at which each of them is."""


@dataclass(frozen=True)
class Question:
    """What is asked, and what is known of the answer.

    Attributes:
        asked: the obligation.
        found: a point that the oracle found for it or against it.
        shows: what every such point must show, that of the solver as well.
        follows: of an implication that holds, what is so of every contract at every point.
        open: whether the oracle does not say.
    """

    asked: Asked
    found: Values | None
    shows: Callable[[Values], bool]
    follows: Callable[[i.Contract, Values], bool] | None = None
    open: bool = False

    @property
    def expected(self) -> bool | None:
        """Whether it holds: by a point, or for want of one; None where the oracle does not say."""
        return None if self.open else (self.found is not None) == self.asked.by_witness


@dataclass
class Universal:
    """Everybody's opinion on questions over all requests."""

    prover: Prover
    counts: Counter[str] = field(default_factory=Counter)
    _meaning: Meaning = field(default_factory=lambda: Meaning(VOCABULARY))

    def run(self, seed: int) -> None:
        """The questions of one seed."""
        world = draw_world(seed)
        questions: dict[str, Question] = {}
        for question in self._questions(world):
            questions.setdefault(repr(question.asked.key), question)
        asked = [question.asked for question in questions.values()]
        answers = certified(asked, [world.documents()], self.prover)
        self.counts["certificates accepted"] += 1
        for question, answer in zip(questions.values(), answers, strict=True):
            self._compare(world, question, answer)
        self.counts["worlds"] += 1

    def _compare(self, world: World, question: Question, answer: Answer) -> None:
        place = f"world {world.seed}, {answer.asked.kind}"
        self.counts["questions"] += 1
        if answer.holds is None:
            self.counts["unknown"] += 1
            return
        if question.expected is not None:
            must_agree(
                f"{place} at {question.found}, {answer.witness}",
                product=answer.holds,
                oracle=question.expected,
            )
        if question.follows is not None and answer.holds:
            self._sample(world, question.follows, place)
        self.counts[f"{answer.asked.kind} {'holds' if answer.holds else 'is refuted'}"] += 1
        for point in (question.found, self._completed(world, answer)):
            if point is not None:
                must_agree(f"{place} at {point}", product=True, interpreter=question.shows(point))
                self.counts["points replayed"] += 1

    def _sample(
        self, world: World, follows: Callable[[i.Contract, Values], bool], place: str
    ) -> None:
        """What follows from rules follows for every contract: for those of the world, and for others."""
        draw = Drawer(Random(world.seed))
        contracts = [*world.contracts, *(Contract(draw.service()) for _ in range(STRANGERS))]
        for contract in contracts:
            promising = interpreted(VOCABULARY, contract)
            for _ in range(POINTS):
                point = {**draw.point(), d.CHOICE_ROUTE: contract.service.route}
                if coherent(promising, point):
                    self.counts["contracts held to rules"] += 1
                    must_agree(
                        f"{place}, {contract} at {point}",
                        product=True,
                        interpreter=follows(promising, point),
                    )

    def _completed(self, world: World, answer: Answer) -> Values | None:
        """The assignment of the solver as a point; what it leaves open does not matter."""
        if answer.witness is None:
            return None
        draw = Drawer(Random(world.seed))
        promised = {
            name: number
            for name, number in answer.witness.items()
            if name == d.COST or name.startswith("metric.")
        }
        return {**draw.point(), **point_of(VOCABULARY, answer.witness), **promised}

    # --- questions --------------------------------------------------------------------------------

    def _questions(self, world: World) -> Iterator[Question]:
        policy, operator = Policy.of(world.policy), Operator(world.policy)
        group, first = world.group, world.contracts[0]
        yield self._inhabited(group)
        yield self._always(world, operator, policy)
        for contract in world.contracts:
            yield self._never(world, contract, operator, policy)
        last, other = world.contracts[-1], world.other
        yield self._keeps(group, False, (first, world.policy), (last, other))
        yield self._keeps(world.caller, world.facts, (first, world.policy), (last, world.policy))
        yield self._keeps(None, True, (first, world.policy), (first, other))
        yield self._keeps(world.caller, world.facts, (None, ()), (first, world.policy))
        yield self._keeps(group, False, (first, ()), (None, ()))
        for demand in world.policy:
            yield self._meetable(demand, first)
            others = [one for one in (*world.policy, *world.other) if one is not demand]
            for index, atom in enumerate(demand.then):
                yield self._implied(list(dict.fromkeys(others)), demand, index, atom)
        for index in range(len(first.guarantees)):
            yield self._matters(first, index)

    def _inhabited(self, group: d.Class) -> Question:
        return Question(
            posed.inhabited(group, self._meaning),
            oracle.inhabitant(VOCABULARY, group),
            lambda point: all(i.holds(formula, point) for formula in group.given),
        )

    def _always(self, world: World, operator: Operator, policy: Policy) -> Question:
        claim, group = world.always.claim, world.group
        assert isinstance(claim, d.Always)
        sides = [Side(contract, operator) for contract in world.contracts]

        def shows(point: Values) -> bool:
            admitted = sum(side.admits(VOCABULARY, group, point) for side in sides)
            return all(i.holds(f, point) for f in group.given) and admitted < claim.count

        asked = posed.always(world.always, group, world.contracts, policy, self._meaning)
        found = oracle.fewer(VOCABULARY, group, world.contracts, operator, claim.count)
        return Question(asked, found, shows)

    def _never(
        self, world: World, contract: Contract, operator: Operator, policy: Policy
    ) -> Question:
        claim = world.never.claim
        assert isinstance(claim, d.Never)
        when, side = claim.when, Side(contract, operator)

        def shows(point: Values) -> bool:
            return side.admits(VOCABULARY, None, point)

        asked = posed.never(world.never, contract, policy, self._meaning)
        return Question(asked, oracle.leak(VOCABULARY, contract, operator, when), shows)

    def _keeps(
        self,
        asked: d.Request | d.Class | None,
        facts: d.Facts | bool,
        before: tuple[Contract | None, tuple[Demand, ...]],
        after: tuple[Contract | None, tuple[Demand, ...]],
    ) -> Question:
        one, other = (Side(contract, Operator(demands)) for contract, demands in (before, after))

        def shows(point: Values) -> bool:
            entered = one.contract is None or one.admits(VOCABULARY, asked, point)
            return entered and not other.admits(VOCABULARY, asked, point)

        question = posed.keeps(
            asked,
            facts,
            (before[0], Policy.of(before[1])),
            (after[0], Policy.of(after[1])),
            self._meaning,
        )
        return Question(question, lost(VOCABULARY, asked, facts, one, other), _with(facts, shows))

    def _implied(
        self, premises: list[Demand], demand: Demand, index: int, atom: t.Atom
    ) -> Question:
        """Of an expression, the oracle does not say; that what follows does follow is tried all the same."""
        unsaid = isinstance(atom, t.OnExpression)

        def follows(contract: i.Contract, point: Values) -> bool:
            kept = all(keeps(one, contract, point) for one in premises)
            applies = i.holds(demand.when, point)
            return not kept or not applies or i.entails(atom, contract, point)

        return Question(
            posed.implied(premises, demand, index, self._meaning),
            None if unsaid else oracle.unmet(VOCABULARY, premises, demand, index),
            lambda point: i.truth(demand.when, point) is not False,
            follows,
            unsaid,
        )

    def _meetable(self, demand: Demand, contract: Contract) -> Question:
        def shows(point: Values) -> bool:
            promising = i.Contract(VOCABULARY, contract.service, contract.overlays)
            here = {**point, d.CHOICE_ROUTE: contract.service.route}
            return i.holds(demand.when, here) and all(
                i.entails(atom, promising, here) for atom in demand.then
            )

        asked = posed.meetable(demand, contract, self._meaning)
        return Question(asked, oracle.meets(VOCABULARY, contract, demand), shows)

    def _matters(self, contract: Contract, index: int) -> Question:
        promise = contract.guarantees[index]
        return Question(
            posed.matters(contract, index, self._meaning),
            oracle.matters(VOCABULARY, contract, index),
            lambda point: i.holds(promise.when, point),
        )


def _with(facts: d.Facts | bool, shows: Callable[[Values], bool]) -> Callable[[Values], bool]:
    """What a point shows of a caller whose facts are known, whatever else stands in the point."""
    if isinstance(facts, bool):
        return shows
    stated = {f"fact.{name}": value for name, value in facts.values}
    stated.setdefault("fact.permissions", ())
    return lambda point: shows({**point, **stated})
