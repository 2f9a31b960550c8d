"""What is refused of a decision's evidence is refused of an examination's, and the reverse."""

import pytest

from caio import checker
from tests.tamper.case import Case, Json, canonical, judge, stored_cases
from tests.tamper.generate import STRUCTURE, SUBSTANCE
from tests.tamper.test_vectors import lines
from tests.tamper.vector import ACCEPTED, patched, read_vector

FIELDS = ("service", "version", "control", "verdict", "failed", "evidence")
CASES = {case.name: case for case in stored_cases() if case.is_decision}
JUDGED_ELSEWHERE = frozenset({"score", "order", "digest"})
"""Codes of what an examination does not hold."""


def examination(decision: Json) -> Json:
    """The evidence of the candidates that a decision examined, without scores and digests."""
    rows = [
        {name: row[name] for name in FIELDS} for row in decision["candidates"] if "evidence" in row
    ]
    kept = {name: decision[name] for name in ("inputs", "evidence")}
    return {"format": "caio-examination/v1", "candidates": rows, **kept}


def shared(path: str, case: Case) -> bool:
    """Whether a place of a decision is one of its examination as well."""
    top, *rest = path.split("/")[1:] or [""]
    if top == "candidates" and len(rest) > 1:
        examined = len(examination(case.certificate)["candidates"])
        return int(rest[0]) < examined and rest[1] in FIELDS
    return top in {"inputs", "evidence"}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_evidence_of_every_good_decision_is_accepted_alone(case: Case) -> None:
    body = examination(case.certificate)
    verdict = checker.check(checker.load(case.document_bytes), canonical(body))
    verdicts = [row["verdict"] for row in body["candidates"]]
    expected = "unknown" if "unknown" in verdicts else "refuted"
    assert verdict.kind == "examination"
    assert verdict.verdict == ("admitted" if verdicts[-1] == "admitted" else expected)
    assert verdict.counts == {word: verdicts.count(word) for word in verdicts}
    assert [c.status for c in verdict.claims if c.name == "order"] == ["not_checked"]
    assert verdict.digests == {}


@pytest.mark.parametrize("file", [STRUCTURE, SUBSTANCE])
def test_what_is_refused_of_a_decision_is_refused_of_an_examination(file: str) -> None:
    tried = refused = 0
    wrong: list[str] = []
    for line in lines(file):
        vector = read_vector(line)
        case = CASES.get(vector.case)
        if case is None or vector.documents or vector.listed:
            continue
        places = [op[name] for op in vector.certificate for name in ("path", "from") if name in op]
        if vector.code in JUDGED_ELSEWHERE or not all(shared(path, case) for path in places):
            continue
        body = patched(examination(case.certificate), vector.certificate)
        code = judge(case.document_bytes, canonical(body))
        if (code == ACCEPTED) != (vector.code == ACCEPTED):
            wrong.append(f"{code}: {line[:300]}")
        tried += 1
        refused += code != ACCEPTED
    assert not wrong, "\n".join(wrong[:20])
    assert refused > 300
    assert refused * 20 > tried * 15


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_examination_is_accepted_warm_and_cold_alike(case: Case) -> None:
    """What was judged before, accepted or not, changes neither the answer nor what it cost."""
    body = examination(case.certificate)
    broken = {**body, "candidates": [{**row, "failed": [["x"]]} for row in body["candidates"]]}
    cold = checker.check(checker.load(case.document_bytes), canonical(body))
    documents = checker.load(case.document_bytes)
    checker.check(documents, case.certificate_bytes)
    for _ in range(2):
        with pytest.raises(checker.Rejection) as refused:
            checker.check(documents, canonical(broken))
        assert refused.value.code == "verdict"
        assert checker.check(documents, canonical(body)) == cold
    for budget in (cold.cost - 1, cold.cost // 2, 0):
        with pytest.raises(checker.Rejection) as refused:
            checker.check(documents, canonical(body), budget=budget)
        assert refused.value.code == "budget"
    assert checker.check(documents, canonical(body), budget=cold.cost) == cold
