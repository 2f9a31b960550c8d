"""Two vocabularies in one document set: neither may lend its words to the other."""

from __future__ import annotations

from typing import Any

import pytest

from caio import checker
from caio.base.canonical import Json, canonical_bytes, digest

Document = dict[str, Any]


def _vocabulary(name: str, lower: str, upper: str, sort: str = "int") -> Document:
    kind = {"sort": sort, "dimension": "1", "lower": lower, "upper": upper}
    return {
        "kind": "vocabulary",
        "name": name,
        "enums": [],
        "units": [],
        "capabilities": ["c"],
        "metrics": [],
        "request": [{"name": "x", "type": kind, "default": None, "role": None}],
        "facts": [],
        "environment": [],
        "measured": [],
        "controls": [],
        "attributes": [],
        "cost": None,
    }


def _rule(vocabulary: Document, name: str) -> Document:
    """Applies to requests with x <= 5."""
    return {
        "kind": "rule",
        "vocabulary": digest(vocabulary),
        "name": name,
        "priority": 0,
        "when": ["le", {"constant": "-5", "terms": {"request.x": "1"}}],
        "then": [{"on": "capability", "name": "c", "provided": True}],
    }


def _applicable(rule: Document, x: str) -> bytes:
    """A certificate which says that a rule applies at x."""
    claim: Json = {
        "obligation": ["rule_applicable", digest(rule)],
        "verdict": "holds",
        "evidence": -1,
    }
    return canonical_bytes(
        {
            "format": "caio-certificate/v1",
            "vocabulary": rule["vocabulary"],
            "claims": [claim],
            "evidence": {"proofs": [], "witnesses": [{"request.x": x}]},
        }
    )


OWN = _vocabulary("own", "2", "9")
LOW = _vocabulary("low", "-9", "9")
REAL = _vocabulary("real", "2", "9", "rational")


def _check(documents: list[Document], certificate: bytes) -> checker.Verdict:
    return checker.check(
        checker.load(canonical_bytes({"format": "caio-documents/v1", "documents": documents})),
        certificate,
    )


@pytest.mark.parametrize("alien", [LOW, REAL], ids=["wider", "rational"])
@pytest.mark.parametrize("first", ["own", "alien"])
@pytest.mark.parametrize("x", ["1", "7/2", "6"])
def test_a_witness_is_judged_by_the_vocabulary_of_its_own_rule(
    alien: Document, first: str, x: str
) -> None:
    rule, other = _rule(OWN, "own"), _rule(alien, "other")
    sets = {"own": [OWN, rule, alien, other], "alien": [alien, other, OWN, rule]}
    with pytest.raises(checker.Rejection) as rejected:
        _check(sets[first], _applicable(rule, x))
    assert rejected.value.code == "witness"


@pytest.mark.parametrize("alien", [LOW, REAL], ids=["wider", "rational"])
def test_an_honest_witness_is_accepted_beside_another_vocabulary(alien: Document) -> None:
    rule, other = _rule(OWN, "own"), _rule(alien, "other")
    verdict = _check([alien, other, OWN, rule], _applicable(rule, "3"))
    assert verdict.verdict == "holds"
