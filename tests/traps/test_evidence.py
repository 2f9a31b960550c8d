"""Traps in evidence: proofs that would refute what is true, if the checker were less strict.

A service assumes that one field is exactly 1. Some request meets that, so that every proof of the contrary must fall.
Each of these forgeries adds up as long as one rule of the specification is forgotten.
"""

from fractions import Fraction
from typing import Any

import pytest

from caio import checker
from caio.base.canonical import Json, canonical_bytes
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest, document_json
from caio.obligations.clauses import clause_form
from caio.obligations.contract import Contract
from caio.obligations.documents import assumable
from caio.obligations.meaning import Meaning

VOCABULARY = d.Vocabulary(
    "forgery",
    capabilities=("chat",),
    request=(
        d.Field("n", d.IntType("1", 0, 5)),
        d.Field("x", d.RationalType("1", Fraction(0), Fraction(5))),
    ),
)
NAME = document_digest(VOCABULARY)
N, X = "request.n", "request.x"
LOW, HIGH = 2, 1
"""The numbers of ``n <= 0`` (asserted false) and ``n <= 1`` (asserted true) in the clause form."""


def service(variable: str) -> d.Service:
    one = t.Compare(t.Comparison.EQ, t.Affine.of(Fraction(-1), {variable: Fraction(1)}))
    return d.Service(NAME, "s", "1.0", assumes=(one,))


def judge(variable: str, proof: dict[str, Any]) -> str:
    """The checker's word on a proof that no request meets the assumption."""
    subject = service(variable)
    claim: Json = {
        "obligation": ["service_assumable", {"service": document_digest(subject), "overlays": []}],
        "verdict": "refuted",
        "evidence": 0,
    }
    certificate: Json = {
        "format": "caio-certificate/v1",
        "vocabulary": NAME,
        "claims": [claim],
        "evidence": {"proofs": [proof], "witnesses": []},
    }
    documents: Json = [document_json(VOCABULARY), document_json(subject)]
    loaded = checker.load(canonical_bytes({"format": "caio-documents/v1", "documents": documents}))
    try:
        checker.check(loaded, canonical_bytes(certificate))
    except checker.Rejection as rejection:
        return rejection.code
    return "accepted"


def test_the_clause_form_is_the_one_that_the_forgeries_speak_of() -> None:
    form = clause_form(
        [assumable(Contract(service(N)), Meaning(VOCABULARY))], Meaning(VOCABULARY).scope
    )
    bounds = {number: atom.bound for number, atom in form.atoms.items()}
    assert (bounds[HIGH], bounds[LOW]) == (Fraction(1), Fraction(0))
    assert form.clauses[:2] == ((HIGH,), (-LOW,))
    assert (form.size, len(form.clauses)) == (4, 4)


def split(atom: list[Any]) -> dict[str, Any]:
    """A split over a fresh atom that lies between what is asserted: ``n <= 1/2`` and not ``n <= 1/2``."""
    return {
        "atoms": [atom],
        "steps": [
            ["farkas", [[5, "1"], [-LOW, "1"]]],
            ["farkas", [[-5, "1"], [HIGH, "1"]]],
            ["rup", [], [1, 2, 5, 6]],
        ],
    }


@pytest.mark.parametrize(
    ("atom", "code"),
    [
        ([[[N, "1"]], "1/2", False], "atom"),
        ([[[N, "1"]], "1/2", True], "atom"),
        ([[[N, "1"]], "1", True], "atom"),
        ([[[N, "2"]], "1", False], "atom"),
        ([[[N, "-1"]], "-1", False], "atom"),
        ([[[N, "1"], [X, "0"]], "0", False], "atom"),
        ([[[N, "1"], [N, "1"]], "0", False], "atom"),
        ([[], "-1", False], "atom"),
        ([[[N, "1"]], "1", False], "atom"),
        ([[[X, "1"]], "0", False], "atom"),
        ([[["request.m", "1"]], "0", False], "atom"),
    ],
    ids=[
        "bound between integers",
        "strict between integers",
        "strict over integers",
        "coefficients not coprime",
        "first coefficient negative",
        "zero coefficient",
        "variable twice",
        "no variable",
        "atom that is there",
        "variable of no atom",
        "variable of no document",
    ],
)
def test_a_fresh_atom_out_of_normal_form_is_rejected_and_never_repaired(
    atom: list[Any], code: str
) -> None:
    assert judge(N, split(atom)) == code


def test_a_split_over_a_normal_atom_does_not_add_up() -> None:
    assert judge(N, split([[[N, "1"]], "2", False])) == "farkas"
    assert judge(N, split([[[N, "1"]], "-2", False])) == "farkas"


@pytest.mark.parametrize(
    "steps",
    [
        [["farkas", [[HIGH, "1"], [-LOW, "1"]]]],
        [["farkas", [[HIGH, "2"], [-LOW, "1"]]]],
        [["farkas", [[HIGH, "1"], [LOW, "1"]]]],
        [["farkas", [[HIGH, "-1"], [-LOW, "-1"]]]],
        [["farkas", [[HIGH, "0"]]]],
        [["farkas", []]],
        [["rup", [], [1, 2]]],
        [["rup", [], []]],
        [["rup", [LOW], [2]]],
        [],
    ],
)
def test_a_proof_that_proves_nothing_is_rejected(steps: list[Any]) -> None:
    assert judge(N, {"atoms": [], "steps": steps}) in {
        "farkas",
        "rup",
        "number",
        "empty",
        "incomplete",
        "duplicate",
    }


def test_two_bounds_that_meet_are_no_contradiction_over_rationals_either() -> None:
    steps = [["farkas", [[1, "1"], [-2, "1"]]], ["rup", [], [1, 2, 5]]]
    assert judge(X, {"atoms": [], "steps": steps}) == "farkas"
