"""Authoring JSON: the same documents as the text, errors at JSON paths, a schema that is kept in step."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from caio.ir.encode import document_bytes, document_digest
from caio.sema.authoring_models import authoring_schema
from caio.sema.project import load_project
from tests.sema.conftest import compile_texts

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "spec" / "authoring-v1.schema.json"

TEXT = """
vocabulary "test" {
  unit token
  enum Region { eu, us }
  enum Permission { invoke, admin }
  enum Zone { inside }
  capability chat, vision
  control hold, focus
  metric latency: time in 0 s .. 1 h, lower is better, quantile 0.99, sequence sum, role latency
  metric accuracy: ratio in 0 .. 1, higher is better, expected
  cost in 0 .. 100 USD
  request fields {
    tokens: int in 0 .. 1000 token, region: Region, level: { low, high } default low,
    data: set of { open, personal sensitive } role data,
  }
  facts { trust: int in 0 .. 5 role trust, held: set of Permission role permissions, zone: Zone role zone }
  environment { per service { load: ratio in 0 .. 1, healthy: bool } }
  measured { caution: ratio in 0 .. 1, signal: ratio role conductivity }
  service attributes { region: Region, privacy.retention: time, encrypted: bool }
}
service "a/b" version 1.2 {
  is region = eu, encrypted = true, privacy.retention = 30 days
  provides chat
  assumes request.tokens <= 5 token
  guarantees latency <= 5 ms at quantile 0.9 when request.region == eu
  cost case { when request.region == eu: 1 USD, otherwise: 2 USD }
  permits any of { admin }, trust >= 2, zone in { inside }
  route hybrid
  api http "https://x" response schema "y.json"
}
service free version 1 { cost 0 USD permits public }
overlay free version 1 from bench { is region = us guarantees accuracy >= 0.5 }
rule p { priority 3 when request.region == eu then latency <= 1 s, provides chat }
invariant i { always not provides vision }
constraint c of traits {
  when measured.caution >= 0.5 and choice.control == hold
  then latency <= 1 s - 0.5 s * measured.caution, meets conductivity, not provides vision
}
constraint always_fast of safety { always latency <= 2 s }
request r {
  caller me needs chat, any of { chat, vision } given tokens <= 5 token ensure accuracy >= 0.5
  budget 1 USD deadline 2 s nominal tokens = 3 token
}
class k {
  given tokens <= 5 token, fact.zone == inside facts trust >= 2 needs chat, any of { chat, vision }
  ensure accuracy >= 0.5 budget 1 USD deadline 2 s
}
class everybody { }
rule both { always provides chat }
constraint both of policy { always provides chat }
property leak { never admitted when request.region == us or service.region == us }
property enough { always at least 2 admitted for k }
property tight { rules { p, rule both } imply { i, c } }
property same { rules { constraint both } equivalent to { rule both } }
profile q {
  weights { cost 1, guarantee 0.5 } resolution 1/1000 performance latency
  limits { available healthy routing allowance 5 ms facts asserted solver units 1000 }
  optimality optional pin free version 1
}
profile steering {
  objective field_control weights { intent 1, risk 2 }
  controls { hold: excite 0.5 damp 1, focus: excite 2 } limits { facts asserted, attested }
}
facts f { origin asserted, trust = 3, held = { admin } }
state free version 1 { load = 0.5, healthy = false, calls 10, violations 1 }
"""

VALUE: dict[str, Any] = {
    "$schema": "authoring-v1.schema.json",
    "format": "caio-authoring/v1",
    "vocabularies": [
        {
            "name": "test",
            "enums": [
                {"name": "Region", "members": ["eu", "us"]},
                {"name": "Permission", "members": ["invoke", "admin"]},
                {"name": "Zone", "members": [{"name": "inside"}]},
            ],
            "units": ["token"],
            "capabilities": ["chat", "vision"],
            "controls": ["hold", "focus"],
            "metrics": [
                {
                    "name": "latency",
                    "type": {"name": "time", "low": "0 s", "high": "1 h"},
                    "better": "lower",
                    "quantile": "0.99",
                    "sequence": "sum",
                    "role": "latency",
                },
                {
                    "name": "accuracy",
                    "type": {"name": "ratio", "low": 0, "high": 1},
                    "better": "higher",
                },
            ],
            "cost": {"high": "100 USD"},
            "request": [
                {"name": "tokens", "type": {"name": "int", "low": 0, "high": "1000 token"}},
                {"name": "region", "type": "Region"},
                {"name": "level", "type": {"members": ["low", "high"]}, "default": "low"},
                {
                    "name": "data",
                    "type": {"set_of": ["open", {"name": "personal", "sensitive": True}]},
                    "role": "data",
                },
            ],
            "facts": [
                {"name": "trust", "type": {"name": "int", "low": 0, "high": 5}, "role": "trust"},
                {"name": "held", "type": {"set_of": "Permission"}, "role": "permissions"},
                {"name": "zone", "type": "Zone", "role": "zone"},
            ],
            "per_service": [
                {"name": "load", "type": {"name": "ratio", "low": 0, "high": 1}},
                {"name": "healthy", "type": "bool"},
            ],
            "measured": [
                {"name": "caution", "type": {"name": "ratio", "low": 0, "high": 1}},
                {"name": "signal", "type": "ratio", "role": "conductivity"},
            ],
            "attributes": [
                {"name": "region", "type": "Region"},
                {"name": "privacy.retention", "type": "time"},
                {"name": "encrypted", "type": "bool"},
            ],
        }
    ],
    "services": [
        {
            "name": "a/b",
            "version": "1.2",
            "is": {"region": "eu", "encrypted": True, "privacy.retention": "30 days"},
            "provides": ["chat"],
            "assumes": ["request.tokens <= 5 token"],
            "guarantees": ["latency <= 5 ms at quantile 0.9 when request.region == eu"],
            "cost": [{"when": "request.region == eu", "amount": "1 USD"}, {"amount": "2 USD"}],
            "permits": {"mode": "any", "permissions": ["admin"], "trust": 2, "zones": ["inside"]},
            "route": "hybrid",
            "api": {"protocol": "http", "endpoint": "https://x", "response_schema": "y.json"},
        },
        {"name": "free", "version": "1", "cost": "0 USD", "permits": {"mode": "public"}},
    ],
    "overlays": [
        {
            "service": "free",
            "version": "1",
            "origin": "bench",
            "is": {"region": "us"},
            "guarantees": ["accuracy >= 0.5"],
        }
    ],
    "rules": [
        {
            "name": "p",
            "priority": 3,
            "when": "request.region == eu",
            "then": ["latency <= 1 s", "provides chat"],
        },
        {"name": "both", "then": ["provides chat"]},
    ],
    "classes": [
        {
            "name": "k",
            "needs": ["chat", {"any_of": ["chat", "vision"]}],
            "given": ["tokens <= 5 token", "fact.zone == inside"],
            "facts": ["trust >= 2"],
            "ensure": ["accuracy >= 0.5"],
            "budget": "1 USD",
            "deadline": "2 s",
        },
        {"name": "everybody"},
    ],
    "properties": [
        {"name": "leak", "never": "request.region == us or service.region == us"},
        {"name": "enough", "always": {"at_least": 2, "class": "k"}},
        {"name": "tight", "rules": ["p", {"kind": "rule", "name": "both"}], "imply": ["i", "c"]},
        {
            "name": "same",
            "rules": [{"kind": "constraint", "name": "both"}],
            "equivalent_to": [{"kind": "rule", "name": "both"}],
        },
    ],
    "invariants": [{"name": "i", "then": ["not provides vision"]}],
    "constraints": [
        {
            "name": "c",
            "of": "traits",
            "when": "measured.caution >= 0.5 and choice.control == hold",
            "then": [
                "latency <= 1 s - 0.5 s * measured.caution",
                "meets conductivity",
                "not provides vision",
            ],
        },
        {"name": "always_fast", "of": "safety", "then": ["latency <= 2 s"]},
        {"name": "both", "of": "policy", "then": ["provides chat"]},
    ],
    "requests": [
        {
            "name": "r",
            "caller": "me",
            "needs": ["chat", {"any_of": ["chat", "vision"]}],
            "given": ["tokens <= 5 token"],
            "ensure": ["accuracy >= 0.5"],
            "budget": "1 USD",
            "deadline": "2 s",
            "nominal": {"tokens": "3 token"},
        }
    ],
    "profiles": [
        {
            "name": "q",
            "weights": {"cost": 1, "guarantee": "0.5"},
            "resolution": "1/1000",
            "performance": ["latency"],
            "limits": {
                "available": ["healthy"],
                "routing_allowance": "5 ms",
                "facts": ["asserted"],
                "solver_units": 1000,
            },
            "optimality": "optional",
            "pins": {"free": "1"},
        },
        {
            "name": "steering",
            "objective": "field_control",
            "weights": {"intent": 1, "risk": 2},
            "controls": {"hold": {"excite": "0.5", "damp": 1}, "focus": {"excite": 2}},
            "limits": {"facts": ["asserted", "attested"]},
        },
    ],
    "facts": [{"name": "f", "origin": "asserted", "values": {"trust": 3, "held": "{ admin }"}}],
    "states": [
        {
            "service": "free",
            "version": "1",
            "values": {"load": "0.5", "healthy": False},
            "calls": 10,
            "violations": 1,
        }
    ],
}


def changed(path: str, value: object) -> str:
    """The text of the file with one value replaced, or removed where it is None."""
    copy = json.loads(json.dumps(VALUE))
    *steps, last = [int(x) if x.isdigit() else x for x in path.split("/")]
    place = copy
    for step in steps:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return json.dumps(copy)


def test_json_says_the_same_as_text() -> None:
    items, found = compile_texts(json.dumps(VALUE))
    assert not found
    wanted, _ = compile_texts(TEXT)
    assert [document_bytes(i.document) for i in items] == [
        document_bytes(i.document) for i in wanted
    ]


def test_the_published_schema_is_in_step_and_accepts() -> None:
    published = json.loads(SCHEMA.read_text("utf-8"))
    assert published == authoring_schema()
    jsonschema.Draft202012Validator.check_schema(published)
    jsonschema.validate(VALUE, published)


SHAPES: list[tuple[str, object, str]] = [
    ("services/0/version", 1, "services[0].version"),
    ("services/0/version", None, "services[0]"),
    ("services/0/assumes", "true", "services[0].assumes"),
    ("services/0/assumes/0", True, "services[0].assumes[0]"),
    ("services/0/extra", 1, "services[0].extra"),
    ("services/0/permits/mode", "some", "services[0].permits.mode"),
    ("requests/0/needs", None, "requests[0]"),
    ("vocabularies/0/metrics/0/better", "up", "vocabularies[0].metrics[0].better"),
    ("vocabularies/0/units/0", ["x"], "vocabularies[0].units[0]"),
    ("facts", {}, "facts"),
    ("constraints/0/of", "beauty", "constraints[0].of"),
    ("constraints/0/then", None, "constraints[0]"),
    ("profiles/1/objective", "eq1.1", "profiles[1].objective"),
    ("classes/0/name", None, "classes[0]"),
    ("classes/0/caller", "me", "classes[0].caller"),
    ("classes/0/needs/1/any_of", "chat", "classes[0].needs[1].any_of"),
    ("properties/0/never", None, "properties[0]"),
    ("properties/0/always", {"at_least": 2, "class": "k"}, "properties[0]"),
    ("properties/0/name", None, "properties[0]"),
    ("properties/0/rules", ["p"], "properties[0].rules"),
    ("properties/1/always/class", None, "properties[1].always"),
    ("properties/1/always/at_least", "2", "properties[1].always.at_least"),
    ("properties/2/rules", None, "properties[2]"),
    ("properties/2/imply", "i", "properties[2].imply"),
    ("properties/2/rules/1/kind", "class", "properties[2].rules[1].kind"),
    ("profiles/1/controls/hold", 1, "profiles[1].controls.hold"),
]


@pytest.mark.parametrize(("path", "value", "place"), SHAPES)
def test_a_wrong_shape_names_its_path(path: str, value: object, place: str) -> None:
    text = changed(path, value)
    _, found = compile_texts(text)
    assert {diagnostic.code.name for diagnostic in found} == {"bad-json"}
    assert any(f"`{place}`" in diagnostic.message for diagnostic in found), found
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(text), authoring_schema())


MEANINGS = [
    ("services/0/assumes/0", "request.tokns <= 5 token", "unknown-name", "request.tokns"),
    ("services/0/assumes/0", "request.tokens <=", "unexpected-token", ""),
    ("services/0/is/region", "mars", "unknown-member", "mars"),
    ("services/0/is/privacy.retention", 5, "unit-mismatch", "5"),
    ("services/0/cost/0/amount", "1 s", "unit-mismatch", "1 s"),
    ("services/0/name", "", "bad-name", ""),
    ("services/0/version", "1.x", "bad-name", "1.x"),
    ("services/0/api/endpoint", 5000 * "x", "too-large", 5000 * "x"),
    ("requests/0/needs/1/any_of", [], "empty-list", ""),
    ("requests/0/ensure/0", "accuracy >= 92", "out-of-range", "92"),
    ("rules/0/then", [], "empty-list", "p"),
    ("vocabularies/0/metrics/0/quantile", "most", "bad-level", "most"),
    ("profiles/0/weights", {}, "missing-part", "q"),
    ("profiles/0/objective", "field_control", "unknown-word", "guarantee"),
    ("classes/0/given/0", "service.region == eu", "wrong-origin", "service.region"),
    ("classes/0/facts/0", "tokens <= 5 token", "wrong-origin", "tokens"),
    ("classes/0/deadline", "5 USD", "unit-mismatch", "5 USD"),
    ("properties/0/never", "measured.caution > 0.5", "wrong-origin", "measured.caution"),
    ("properties/0/never", "region ==", "unexpected-token", ""),
    ("properties/1/always/at_least", 0, "out-of-range", "0"),
    ("properties/1/always/at_least", -3, "out-of-range", "-3"),
    ("properties/1/always/class", "kk", "unknown-name", "kk"),
    ("properties/2/rules/0", "both", "ambiguous-name", "both"),
    ("properties/2/imply", [], "empty-list", ""),
    ("properties/2/rules/1/kind", "invariant", "unknown-name", ""),
    ("properties/3/rules/0/name", "c2", "unknown-name", "c2"),
    ("profiles/1/controls/hold/damp", "1.5", "out-of-range", "1.5"),
    ("profiles/1/controls/calm", {}, "unknown-name", "calm"),
    ("constraints/0/then/1", "meets interference", "no-role", "interference"),
    ("constraints/0/when", "latency <= 1 s", "wrong-origin", "latency"),
]


@pytest.mark.parametrize(("path", "value", "code", "text"), MEANINGS)
def test_an_error_of_meaning_names_its_path(path: str, value: object, code: str, text: str) -> None:
    _, found = compile_texts(changed(path, value))
    assert code in [diagnostic.code.name for diagnostic in found]
    span = next(x.span for x in found if x.code.name == code)
    assert span is not None
    assert span.text == text
    file, _, place = span.source.name.partition("#")
    assert file == "0.json"
    steps = path.split("/")
    assert place.startswith(f"{steps[0]}[{steps[1]}]")


@pytest.mark.parametrize("warm", [False, True])
def test_clauses_are_found_in_the_file(tmp_path: Path, *, warm: bool) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps(VALUE, indent=1))
    cache = tmp_path / "cache" if warm else None
    if warm:
        load_project([path], cache=cache)
    project = load_project([path], cache=cache)
    assert project.cached is warm
    digest = document_digest(project.services[0])
    for clause, text in [
        ("assumes[0]", '"request.tokens <= 5 token"'),
        ("cost[1]", '"amount": "2 USD"'),
        ("", '"a/b"'),
    ]:
        span = project.locate(digest, clause)
        assert span is not None
        assert text in span.text
        assert len(span.text) < 60
