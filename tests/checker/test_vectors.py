"""The hand-made vectors of docs/spec/vectors, run against the checker."""

import json
from pathlib import Path
from typing import Any

import pytest

from caio import checker
from caio.checker.formulas import (
    FALSE,
    TRUE,
    Affine,
    ClauseForm,
    Formula,
    Formulas,
    Variable,
)
from caio.checker.reader import Rejection, Value, canonical, digest, parse
from caio.checker.rules import Proof, Witness
from caio.checker.score import _wilson

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "spec" / "vectors"
Json = Any


def vectors(name: str) -> list[Any]:
    """The vectors of a file, each with the variables that it declares."""
    file = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    declared = [
        Variable(own, sort == "int", number(low), number(high))
        for own, sort, low, high in file.get("variables", [])
    ]
    table = {variable.name: variable for variable in declared}
    return [pytest.param(vector, table, id=vector["desc"]) for vector in file["vectors"]]


def number(text: str | None) -> Any:
    return None if text is None else Value(text, "").number()


def term(terms: Json, table: dict[str, Variable], bound: str) -> Affine:
    sides = tuple(((table[name],), number(factor)) for name, factor in terms)
    return Affine(-number(bound), sides)


def build(written: Json, table: dict[str, Variable], make: Formulas) -> Formula:
    if isinstance(written, bool):
        return TRUE if written else FALSE
    head, *parts = written
    if head == "not":
        return build(parts[0], table, make).opposite
    if head in {"and", "or"}:
        built = [build(part, table, make) for part in parts]
        return make.conjunction(built) if head == "and" else make.disjunction(built)
    if head == "member":
        return make.member(table[parts[0]], parts[1])
    left = term(parts[0], table, parts[1])
    return make.equation(left) if head == "eq" else make.compare(left, head == "lt")


def form(blocks: Json, table: dict[str, Variable], make: Formulas) -> ClauseForm:
    built = [tuple(build(written, table, make) for written in block) for block in blocks]
    return ClauseForm(make, *built)


def plain(atom: Any) -> Json:
    sides = [[variable.name, str(factor)] for variable, factor in atom.terms]
    return [sides, str(atom.bound), atom.strict]


@pytest.mark.parametrize(("vector", "table"), vectors("normal-form"))
def test_normal_forms(vector: Json, table: dict[str, Variable]) -> None:
    terms, bound, strict = vector["input"]
    found = Formulas(10**6).compare(term(terms, table, bound), strict)
    if found.op in {"true", "false"}:
        assert vector["expected"] is (found is TRUE)
    else:
        literal = found if found.op == "atom" else found.opposite
        sign = 1 if found.op == "atom" else -1
        assert [sign, plain(literal.atom)] == vector["expected"]


@pytest.mark.parametrize(("vector", "table"), vectors("clause-form"))
def test_clause_forms(vector: Json, table: dict[str, Variable]) -> None:
    found = form(vector["blocks"], table, Formulas(10**6))
    assert [atom and plain(atom) for atom in found.atoms[1:]] == vector["atoms"]
    assert [list(clause) for clause in found.clauses[1:]] == vector["clauses"]
    assert sorted(found.variables) == vector["variables"]


def judge(kind: type[Proof | Witness], written: Json, vector: Json, table: Any) -> str | None:
    make = Formulas(10**6)
    own = form(vector["blocks"], table, make)
    before = list(own.atoms), list(own.clauses)
    try:
        kind(parse(json.dumps(written).encode(), "evidence")).check(own, make)
    except Rejection as rejection:
        return rejection.code
    assert (own.atoms, own.clauses) == before
    return None


@pytest.mark.parametrize(("vector", "table"), vectors("proofs"))
def test_proofs(vector: Json, table: dict[str, Variable]) -> None:
    assert judge(Proof, vector["proof"], vector, table) == vector["expected"]


@pytest.mark.parametrize(("vector", "table"), vectors("witnesses"))
def test_witnesses(vector: Json, table: dict[str, Variable]) -> None:
    assert judge(Witness, vector["witness"], vector, table) == vector["expected"]


@pytest.mark.parametrize(("vector", "table"), vectors("numbers"))
def test_numbers(vector: Json, table: dict[str, Variable]) -> None:
    assert not table
    if vector["expected"] is None:
        assert str(number(vector["input"])) == vector["input"]
    else:
        with pytest.raises(Rejection) as caught:
            number(vector["input"])
        assert caught.value.code == vector["expected"]


@pytest.mark.parametrize(("vector", "table"), vectors("canonical"))
def test_canonical_texts(vector: Json, table: dict[str, Variable]) -> None:
    assert not table
    data = vector["input"].encode("utf-8", "surrogatepass")
    if "code" in vector:
        with pytest.raises(checker.Rejection) as caught:
            parse(data)
        assert caught.value.code == vector["code"]
    else:
        assert canonical(parse(data).raw) == vector["expected"]
        assert digest(parse(data).raw) == vector["digest"]


@pytest.mark.parametrize(("vector", "table"), vectors("wilson"))
def test_reliability(vector: Json, table: dict[str, Variable]) -> None:
    class Of:
        def __init__(self, **fields: object) -> None:
            self.__dict__.update(fields)

    assert not table
    n, calls, violations = vector["input"]
    entry: Any = Of(state=Of(history=Of(calls=calls, violations=violations)))
    assert _wilson(n, entry) == vector["expected"]
