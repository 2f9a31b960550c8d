"""A solver that errs gets evidence asked of it, or *unknown* said of it; it is never believed."""

import random
from collections.abc import Generator, Sequence
from fractions import Fraction

import pytest

from caio.certify.prover import Decided, Model, Prover, Refutation, Unknown, proof_json
from caio.obligations.clauses import ClauseForm, clause_form
from caio.obligations.formula import Sort, Variable, at_least, at_most, no_more
from caio.smt.client import Worker
from caio.smt.protocol import Answer, Core, Query, Status
from tests.certify.forms import FAMILIES, interval_argmax
from tests.certify.rules import check_proof

NO_MODEL = Answer(Status.SAT, "", "", "")
NO_LOG = Answer(Status.UNSAT, "", "", "")
NO_IDEA = Answer(Status.UNKNOWN, "canceled", "", "")


class Impostor(Worker):
    """Answers as it was told, each core its own answer, and starts no process."""

    def __init__(self, logging: Answer, plain: Answer) -> None:
        super().__init__()
        self.answers = {Core.LOGGING: logging, Core.PLAIN: plain}

    def run(self, queries: Sequence[Query]) -> Generator[Answer, None, None]:
        for query in queries:
            yield self.answers[query.core]


def forms() -> list[ClauseForm]:
    return [FAMILIES[name](random.Random(seed)).form() for name in FAMILIES for seed in range(25)]


@pytest.fixture(scope="module")
def truth() -> list[Decided]:
    with Prover() as prover:
        return prover.decide_many(forms())


def confirmed(form: ClauseForm, decided: Decided, expected: Decided) -> bool:
    """Whether an answer is right and evident; *unknown* is neither right nor wrong."""
    if isinstance(decided, Refutation):
        check_proof(form, proof_json(decided.proof))
    assert isinstance(decided, Unknown) or type(decided) is type(expected)
    return not isinstance(decided, Unknown)


@pytest.mark.parametrize("logging", [NO_LOG, NO_MODEL, NO_IDEA])
@pytest.mark.parametrize("plain", [NO_LOG, NO_MODEL, NO_IDEA])
def test_no_answer_is_believed(logging: Answer, plain: Answer, truth: list[Decided]) -> None:
    found = Prover(Impostor(logging, plain), direct=False).decide_many(forms())
    certain = [confirmed(*each) for each in zip(forms(), found, truth, strict=True)]
    # Our own search takes the word "unsat" as an occasion to look for itself.
    if NO_LOG in (logging, plain):
        assert all(certain)


def test_a_false_model_is_replaced_by_that_of_the_other_core() -> None:
    form = next(
        form
        for form, decided in zip(forms(), Prover().decide_many(forms()), strict=True)
        if isinstance(decided, Model) and len(form.variables) > 1
    )
    with Worker() as worker:

        class Half(Impostor):
            def run(self, queries: Sequence[Query]) -> Generator[Answer, None, None]:
                plain = queries[0].core is Core.PLAIN
                yield from worker.run(queries) if plain else super().run(queries)

        assert isinstance(Prover(Half(NO_MODEL, NO_IDEA), direct=False).decide(form), Model)


def test_evidence_that_no_certificate_can_hold_is_unknown(prover: Prover) -> None:
    name = "x"
    scope = {name: Variable(name, Sort.REAL, None, None)}
    low, high = Fraction(10**600), Fraction(10**600 + 1)
    far = [at_least(name, low, scope), no_more(name, high, scope)]
    assert isinstance(prover.decide(clause_form([far], scope)), Unknown)
    split = [at_most({name: Fraction(10**600 + 1)}, Fraction(-1), scope), at_least(name, 2, scope)]
    decided = prover.decide(clause_form([split], scope))
    assert isinstance(decided, Refutation)
    assert proof_json(decided.proof)


def test_a_log_cut_short_is_completed() -> None:
    form = interval_argmax(6).form()
    with Worker() as worker:

        class Cut(Impostor):
            def run(self, queries: Sequence[Query]) -> Generator[Answer, None, None]:
                for answer in worker.run(queries):
                    assert answer.status is Status.UNSAT
                    lines = answer.log.split("\n")
                    yield Answer(Status.UNSAT, "", "", "\n".join(lines[: len(lines) * 4 // 5]))

        decided = Prover(Cut(NO_IDEA, NO_IDEA), direct=False).decide(form)
        assert isinstance(decided, Refutation)
        check_proof(form, proof_json(decided.proof))
