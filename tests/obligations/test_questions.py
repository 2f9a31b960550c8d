"""Producer and checker derive the same block for every question over all requests, each on its own (sections 8.3 to 8.5)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from caio import checker
from caio.base.canonical import canonical_bytes
from caio.checker.formulas import Formulas
from caio.checker.questions import WITNESSED, Questions
from caio.checker.reader import Value, parse
from caio.ir import documents as d
from caio.ir.encode import document_digest, document_json
from caio.obligations import universal
from caio.obligations.asked import Asked, Policy
from caio.obligations.contract import Contract
from caio.obligations.formula import Conjunction, Formula, Literal
from caio.obligations.meaning import Meaning
from caio.obligations.refinement import refinement
from tests import strategies


def mine(formula: Formula) -> object:
    """A formula of the producer as plain data."""
    match formula:
        case bool():
            return formula
        case Literal(atom, positive):
            found = ["atom", [list(term) for term in atom.terms], Fraction(atom.bound), atom.strict]
            return found if positive else ["not", found]
        case Conjunction(operands, positive):
            parts = ["and", *map(mine, operands)]
            return parts if positive else ["not", parts]


def its(formula: Any) -> object:
    """A formula of the checker as plain data."""
    if formula.op in {"true", "false"}:
        return bool(formula.op == "true")
    if formula.op == "not":
        return ["not", its(formula.opposite)]
    if formula.op == "and":
        return ["and", *map(its, formula.parts)]
    terms = [[variable.name, factor] for variable, factor in formula.atom.terms]
    return ["atom", terms, Fraction(formula.atom.bound), formula.atom.strict]


def contracts(documents: list[d.Document]) -> list[Contract]:
    """Every service with and without its overlays."""
    found = []
    for service in documents:
        if isinstance(service, d.Service):
            own = sorted(
                (
                    one
                    for one in documents
                    if isinstance(one, d.Overlay)
                    and (one.service, one.version) == (service.name, service.version)
                ),
                key=lambda one: one.origin,
            )
            found += [Contract(service, tuple(own)), Contract(service)]
    return found


def fresh(name: str, taken: set[str]) -> str:
    """A name that nothing has yet."""
    return next(
        f"{name[:200]} {i}" for i in range(len(taken) + 1) if f"{name[:200]} {i}" not in taken
    )


def questions(
    data: DataObject, vocabulary: d.Vocabulary, documents: list[d.Document]
) -> Iterator[tuple[Asked, list[d.Document]]]:
    """Questions of every kind about a world, with the documents that they bring."""
    digest, meaning = document_digest(vocabulary), Meaning(vocabulary)
    known = contracts(documents)
    demands = [one for one in documents if isinstance(one, d.Rule | d.Constraint)]
    profiles = [one for one in documents if isinstance(one, d.Profile)]
    requests = [one for one in documents if isinstance(one, d.Request)]
    facts = [one for one in documents if isinstance(one, d.Facts)]
    policy = Policy.of(demands, profiles[0] if profiles else None)
    taken = {one.name for one in documents if isinstance(one, d.Class | d.Property)}
    classes = [
        d.Class(digest, fresh(r.name, taken), r.needs[1:], r.given, r.ensure, r.budget, r.deadline)
        for r in requests
    ]
    for demand in demands:
        yield universal.applicable(demand, meaning), []
        for i in range(len(demand.then)):
            yield universal.implied([r for r in demands if r != demand], demand, i, meaning), []
        condition = d.Property(digest, fresh("p", taken), d.Never(demand.when))
        if isinstance(demand, d.Rule):
            for contract in known:
                yield universal.never(condition, contract, policy, meaning), [condition]
        for contract in known:
            yield universal.meetable(demand, contract, meaning), []
    for contract in known:
        for i in range(len(contract.guarantees)):
            yield universal.matters(contract, i, meaning), []
        for other in known:
            for asked in refinement(contract, other, policy, meaning):
                yield asked, []
            for one in (None, *requests, *classes):
                callers: list[d.Facts | bool] = [False, True, *facts]
                caller = data.draw(st.sampled_from(callers))
                sides = ((contract, policy), (other, Policy()))
                own = [] if not isinstance(one, d.Class) else [one]
                aside = [group for group in classes if group != one][:1]
                found = universal.keeps(one, caller, *sides, meaning, aside)
                yield found, [*own, *aside]
        yield universal.keeps(None, False, (contract, policy), (None, Policy()), meaning), []
        yield universal.keeps(None, True, (None, Policy()), (contract, policy), meaning), []
    for group in classes:
        yield universal.inhabited(group, meaning), [group]
        count = data.draw(st.integers(1, 3))
        claim = d.Property(digest, fresh("a", taken), d.Always(count, document_digest(group)))
        some = {contract.service.name: contract for contract in known}
        if some:
            found = universal.always(claim, group, list(some.values()), policy, meaning)
            yield found, [group, claim]


@given(strategies.world(), st.data())
@settings(max_examples=40)
def test_both_sides_derive_the_same_block(world: strategies.World, data: DataObject) -> None:
    documents = list(world.documents)
    for asked, more in questions(data, world.vocabulary, documents):
        unique = {document_digest(one): one for one in (*world.all, *more)}
        listed = [document_json(one) for one in unique.values()]
        text = canonical_bytes({"format": "caio-documents/v1", "documents": listed})
        loaded = checker.load(text)
        owner = loaded.found[document_digest(world.vocabulary)]
        key: Value = parse(canonical_bytes(list(asked.key)))
        kind, block = Questions(loaded, owner, Formulas(10**9, loaded.formulas)).block(key)
        assert (kind, kind in WITNESSED) == (asked.kind, asked.by_witness)
        assert list(map(its, block)) == list(map(mine, asked.block)), asked.key
