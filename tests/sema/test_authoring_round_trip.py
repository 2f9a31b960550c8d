"""Constraints and profiles of any shape, written as authoring JSON, compile to the same documents."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caio.base.numbers import format_number
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.sema.profiles import objective_of, weights_of
from caio.sema.show import show_documents, show_expression
from tests.sema.conftest import compile_texts
from tests.strategies import constraints, profiles, vocabularies

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


@given(st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_authoring_json_says_what_the_documents_say(data: st.DataObject) -> None:
    vocabulary = data.draw(vocabularies())
    constraint = data.draw(constraints(vocabulary, "c"))
    profile = data.draw(profiles(vocabulary, "p"))
    authored = {
        "format": "caio-authoring/v1",
        "uses": vocabulary.name,
        "constraints": [constraint_json(constraint, vocabulary)],
        "profiles": [profile_json(profile, vocabulary)],
    }
    items, found = compile_texts(show_documents([vocabulary]), json.dumps(authored))
    assert not found, (found, authored)
    assert {document_digest(item.document) for item in items} == {
        document_digest(document) for document in (vocabulary, constraint, profile)
    }
