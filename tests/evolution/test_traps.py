"""The traps of refinement: each is answered as its text says, by the oracle, and by the product with evidence."""

from dataclasses import replace
from pathlib import Path

import pytest

from caio.base.errors import EvidenceError
from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.obligations.asked import Policy
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from caio.obligations.refinement import refinement
from caio.obligations.universal import keeps
from tests.differential.asking import oracle_entry, plain
from tests.evolution.admission import Operator
from tests.evolution.asking import certified
from tests.evolution.callers import Side, lost
from tests.evolution.oracle import Verdict, facets, verdict
from tests.evolution.traps import TRAPS, Trap

COMPARABLE = [trap for trap in TRAPS if trap.verdict != "refused"]
CALLED = [trap for trap in COMPARABLE if trap.callers]


def name_of(trap: Trap) -> str:
    return trap.name


@pytest.mark.parametrize("trap", COMPARABLE, ids=name_of)
def test_the_oracle_answers_as_the_text_says(trap: Trap, tmp_path: Path) -> None:
    it = trap.compiled(tmp_path)
    policy = [plain(rule) for rule in it.policy]
    found = facets(plain(it.vocabulary), oracle_entry(it.old), oracle_entry(it.new), policy)
    assert verdict(found).value == trap.verdict
    assert {facet.key[0] for facet in found if not facet.holds} == trap.facets


@pytest.mark.parametrize("trap", COMPARABLE, ids=name_of)
def test_refinement_is_decided_with_evidence_as_the_text_says(trap: Trap, tmp_path: Path) -> None:
    it = trap.compiled(tmp_path)
    asked = list(refinement(it.old, it.new, Policy.of(it.policy), Meaning(it.vocabulary)))
    with Prover() as prover:
        answers = certified(asked, [it.documents()], prover)
    assert {answer.asked.kind for answer in answers if answer.holds is not True} == trap.facets
    assert (trap.verdict == Verdict.COMPATIBLE.value) == all(answer.holds for answer in answers)


@pytest.mark.parametrize("trap", CALLED, ids=name_of)
def test_every_caller_is_kept_or_broken_as_the_text_says(trap: Trap, tmp_path: Path) -> None:
    it = trap.compiled(tmp_path)
    for caller in trap.callers:
        request = it.callers[caller.request]
        facts = None if caller.facts is None else it.facts[caller.facts]
        operator, policy = Operator(it.policy), Policy.of(it.policy)
        point = lost(it.vocabulary, request, facts, Side(it.old, operator), Side(it.new, operator))
        assert (point is None) == caller.kept, (caller, point)
        asked = keeps(
            request, facts or False, (it.old, policy), (it.new, policy), Meaning(it.vocabulary)
        )
        with Prover() as prover:
            (answer,) = certified([asked], [it.documents()], prover)
        assert answer.holds is caller.kept


def test_every_caller_of_the_traps_was_satisfied_before(tmp_path: Path) -> None:
    """A caller whom nobody served is kept by anything, and shows nothing."""
    for trap in COMPARABLE:
        it = trap.compiled(tmp_path)
        for caller in trap.callers:
            facts = None if caller.facts is None else it.facts[caller.facts]
            served = Side(it.old, Operator(it.policy))
            nobody = Side(None)
            request = it.callers[caller.request]
            assert lost(it.vocabulary, request, facts, served, nobody) is not None, trap.name


@pytest.mark.parametrize("name", ["traps", "drifted"])
def test_vocabulary_drift_is_never_compatible(name: str, tmp_path: Path) -> None:
    """The checker takes no claim about contracts of two vocabularies, be they of one name or of two."""
    (trap,) = [trap for trap in TRAPS if trap.verdict == "refused"]
    it = trap.compiled(tmp_path)
    assert it.other != it.vocabulary
    other = replace(it.other, name=name)
    new = Contract(replace(it.new.service, vocabulary=document_digest(other)))
    meaning = Meaning(it.vocabulary)
    asked = list(refinement(it.old, new, Policy(), meaning))
    everything: list[d.Document] = [it.vocabulary, other, it.old.service, new.service]
    without = [document for document in everything if document != other]
    with Prover() as prover:
        for documents in (everything, without):
            with pytest.raises(EvidenceError) as caught:
                certified(asked, [documents], prover)
            assert caught.value.code in ("duplicate", "reference")
