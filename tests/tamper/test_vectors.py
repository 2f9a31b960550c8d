"""Broken certificates and documents are refused, each with its code, and nothing else happens."""

import json
from collections import Counter
from collections.abc import Iterator

import pytest

from caio import checker
from caio.certify.prover import Prover
from caio.cli.doctor.evidence import CODES
from tests.tamper.case import FOLDER, Case, judge, read_case, stored_cases
from tests.tamper.generate import (
    BYTES,
    RAW_CASES,
    STRUCTURE,
    SUBSTANCE,
    WORLDS,
    raw_splices,
    sampled,
)
from tests.tamper.good import MAKERS
from tests.tamper.opinion import confirm
from tests.tamper.vector import ACCEPTED, Vector, read_vector, serialised

pytestmark = pytest.mark.slow

HARMLESS = frozenset(
    [
        "pairs-swapped",
        "multipliers-doubled",
        "hints-swapped",
        "hints-reversed",
        "hint-dropped",
        "step-doubled",
        "steps-swapped",
        "step-dropped",
        "atom-not-needed",
        "atoms-swapped",
        "witness-off-by-one",
        "witness-negated",
        "witness-between-integers",
        "evidence-swapped",
        "evidence-of-another-obligation",
        "evidence-of-another-claim",
        "reference-null",
        "references-swapped",
        "claim-dropped",
        "claims-reversed",
        "rules-fewer",
        "seed-changed",
        "swap-elements",
        "reverse-array",
        "drop-element",
        "empty-array",
        "time-forged",
    ]
)
"""Kinds of changes that may leave a true certificate; a changed world may as well be one."""

OTHER_QUESTIONS = (
    *("world-", "rescored-", "element-left-out in ", "overlays-left-out in "),
    *("part-of-another ", "elements-swapped in "),
)
"""Kinds that make another world, or another question that has the same answer for the same reason."""


def lines(file: str) -> list[str]:
    return (FOLDER / f"{file}.jsonl").read_text("utf-8").splitlines()


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    return {case.name: case for case in stored_cases()}


@pytest.fixture(scope="module")
def prover() -> Iterator[Prover]:
    with Prover() as found:
        yield found


def test_the_good_cases_are_accepted_and_confirmed_by_a_second_opinion(
    cases: dict[str, Case],
) -> None:
    assert len(cases) == len(MAKERS)
    for case in cases.values():
        assert judge(*serialised(case)) == ACCEPTED
        confirm(case)


def test_the_product_still_decides_the_good_cases_alike(prover: Prover) -> None:
    """Evidence may be found in other ways; what is decided, and that it is accepted, may not."""
    for make in MAKERS:
        fresh = make(prover)
        assert judge(*serialised(fresh)) == ACCEPTED
        confirm(fresh)
        stored = read_case(fresh.name)
        if fresh.name not in {"unknown", "doubtful"}:  # Their budgets follow the prover's effort.
            assert fresh.documents == stored.documents
        assert claims_of(fresh) == claims_of(stored)


def claims_of(case: Case) -> object:
    """What a certificate claims, its evidence and digests aside."""
    if not case.is_decision:
        return [(claim["obligation"], claim["verdict"]) for claim in case.certificate["claims"]]
    rows = [
        {key: item for key, item in row.items() if key != "evidence"}
        for row in case.certificate["candidates"]
    ]
    return rows, *(case.certificate[key] for key in ("verdict", "selected", "optimality", "steps"))


@pytest.mark.parametrize("file", [STRUCTURE, SUBSTANCE, WORLDS])
def test_every_vector_ends_with_its_code(file: str, cases: dict[str, Case]) -> None:
    wrong: list[str] = []
    for line in lines(file):
        vector = read_vector(line)
        code = judge(*serialised(vector.apply(cases[vector.case])))
        if code != vector.code:
            wrong.append(f"{code}: {line}")
    assert not wrong, "\n".join(wrong[:20])


def test_every_broken_byte_ends_with_its_code(cases: dict[str, Case]) -> None:
    stored = [json.loads(line) for line in lines(BYTES)]
    made = list(raw_splices(cases[name] for name in sorted(RAW_CASES)))
    assert [splice.json() for _, splice in made] == [
        {key: item for key, item in body.items() if key != "code"} for body in stored
    ]
    for (case, splice), body in zip(made, stored, strict=True):
        assert body["code"] in splice.codes
        assert judge(*splice.apply(case)) == body["code"], splice.desc


def test_the_stored_vectors_are_what_the_generator_makes(cases: dict[str, Case]) -> None:
    stored = [vector for file in (STRUCTURE, SUBSTANCE, WORLDS) for vector in lines(file)]
    made = 0
    for line, (_, _, _, vector) in zip(stored, sampled(list(cases.values())), strict=True):
        body = json.loads(line)
        code = body.pop("code")
        assert body == vector.json()
        assert code in vector.codes, line
        made += 1
    assert made == len(stored)


def test_many_are_refused_and_few_accepted(capsys: pytest.CaptureFixture[str]) -> None:
    vectors = [read_vector(v) for file in (STRUCTURE, SUBSTANCE, WORLDS) for v in lines(file)]
    codes = Counter(vector.code for vector in vectors)
    codes.update(json.loads(line)["code"] for line in lines(BYTES))
    with capsys.disabled():
        listed = ", ".join(f"{code} {count}" for code, count in codes.most_common())
        print(f"\n{codes.total()} tampered inputs: {listed}")  # noqa: T201 - the figures of the bar
    assert codes.keys() <= CODES | {ACCEPTED}
    assert codes.keys() >= CODES - {"budget"}
    assert codes.total() > 7_000
    assert codes[ACCEPTED] * 20 < codes.total()


def test_only_harmless_kinds_are_accepted_and_a_second_opinion_confirms_each(
    cases: dict[str, Case],
) -> None:
    for line in (line for file in (STRUCTURE, SUBSTANCE, WORLDS) for line in lines(file)):
        vector = read_vector(line)
        if vector.code == ACCEPTED:
            kind = vector.kind
            assert kind in HARMLESS or kind.startswith(OTHER_QUESTIONS), line
            confirm(vector.apply(cases[vector.case]))


def test_refusals_leave_no_trace_in_the_documents(cases: dict[str, Case]) -> None:
    """The same documents may be used again, and the work is counted alike."""
    case = cases["knapsack"]
    documents = checker.load(case.document_bytes)
    before = checker.check(documents, case.certificate_bytes)
    tried = 0
    for line in lines(SUBSTANCE):
        vector: Vector = read_vector(line)
        if vector.case == case.name and not vector.documents:
            broken = vector.apply(case).certificate_bytes
            try:
                checker.check(documents, broken)
                code = ACCEPTED
            except checker.Rejection as rejection:
                code = rejection.code
            assert code == vector.code
            tried += 1
    assert tried > 50
    assert checker.check(documents, case.certificate_bytes) == before


def test_too_little_budget_is_a_refusal_of_its_own(cases: dict[str, Case]) -> None:
    for case in cases.values():
        documents = checker.load(case.document_bytes)
        cost = checker.check(documents, case.certificate_bytes).cost
        assert checker.check(documents, case.certificate_bytes, budget=cost).cost == cost
        for budget in (cost - 1, cost // 2, 1, 0):
            with pytest.raises(checker.Rejection) as refused:
                checker.check(documents, case.certificate_bytes, budget=budget)
            assert refused.value.code == "budget"
