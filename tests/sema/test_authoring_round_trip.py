"""Constraints, profiles, classes and properties of any shape, written as authoring JSON, compile to the same documents."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caio.base.numbers import format_number
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.sema.classes import about_facts
from caio.sema.profiles import objective_of, weights_of
from caio.sema.show import show_documents, show_expression
from caio.syntax.text import quote
from tests.sema.conftest import compile_texts
from tests.strategies import classes, constraints, profiles, properties, vocabularies

pytestmark = pytest.mark.slow


def constraint_json(document: d.Constraint, vocabulary: d.Vocabulary) -> dict[str, Any]:
    value: dict[str, Any] = {
        "name": document.name,
        "of": document.of,
        "then": [show_expression(atom, vocabulary) for atom in document.then],
    }
    if document.when != t.TRUE:
        value["when"] = show_expression(document.when, vocabulary)
    return value


def profile_json(document: d.Profile, vocabulary: d.Vocabulary) -> dict[str, Any]:
    limits = document.limits
    return {
        "name": document.name,
        "objective": objective_of(document.weights),
        "weights": {name: format_number(x) for name, x in weights_of(document.weights).items()},
        "controls": {
            control.name: {
                "excite": format_number(control.excitation),
                "damp": format_number(control.damping),
            }
            for control in document.controls
        },
        "resolution": format_number(document.resolution),
        "performance": list(document.performance),
        "limits": {
            "available": [show_expression(formula, vocabulary) for formula in limits.available],
            "routing_allowance": f"{format_number(limits.routing_allowance)} * 1 s",
            "facts": list(limits.facts),
            "solver_units": limits.solver_units,
        },
        "optimality": "optional" if document.optional_optimality else "required",
        "pins": dict(document.pins),
    }


def class_json(document: d.Class, vocabulary: d.Vocabulary) -> dict[str, Any]:
    value: dict[str, Any] = {
        "name": document.name,
        "needs": [{"any_of": list(group)} for group in document.needs],
        "given": [show_expression(formula, vocabulary) for formula in document.given],
        "ensure": [show_expression(atom, vocabulary) for atom in document.ensure],
    }
    # What stands under `facts` may be written in full there as well.
    split = [about_facts(formula) for formula in document.given]
    value["facts"] = [text for text, facts in zip(value["given"], split, strict=True) if facts]
    value["given"] = [text for text, facts in zip(value["given"], split, strict=True) if not facts]
    if document.budget is not None and vocabulary.cost is not None:
        unit = vocabulary.cost.dimension
        one = {"1": "1", "time": "1 s"}.get(unit) or f"1 {quote(unit)}"
        value["budget"] = f"{format_number(document.budget)} * {one}"
    if document.deadline is not None:
        value["deadline"] = f"{format_number(document.deadline)} * 1 s"
    return value


def property_json(document: d.Property, vocabulary: d.Vocabulary) -> dict[str, Any]:
    """A property; everything that it may name is called as below."""
    match document.claim:
        case d.Never(when):
            return {"name": document.name, "never": show_expression(when, vocabulary)}
        case d.Always(count, _):
            return {"name": document.name, "always": {"at_least": count, "class": "k"}}
        case d.Implication(both=both):
            named: list[Any] = ["c"]
            return {
                "name": document.name,
                "rules": named,
                "equivalent_to" if both else "imply": named,
            }


@given(st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_authoring_json_says_what_the_documents_say(data: st.DataObject) -> None:
    vocabulary = data.draw(vocabularies())
    constraint = data.draw(constraints(vocabulary, "c"))
    profile = data.draw(profiles(vocabulary, "p"))
    group = data.draw(classes(vocabulary, "k"))
    said = data.draw(properties(vocabulary, "q", [constraint, group]))
    authored = {
        "format": "caio-authoring/v1",
        "uses": vocabulary.name,
        "constraints": [constraint_json(constraint, vocabulary)],
        "profiles": [profile_json(profile, vocabulary)],
        "classes": [class_json(group, vocabulary)],
        "properties": [property_json(said, vocabulary)],
    }
    items, found = compile_texts(show_documents([vocabulary]), json.dumps(authored))
    assert not found, (found, authored)
    assert {document_digest(item.document) for item in items} == {
        document_digest(document) for document in (vocabulary, constraint, profile, group, said)
    }
