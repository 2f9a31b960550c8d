"""A declaration that does not fit is refused before any token comes; JSON gives the same one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from caio.ir import documents as d
from caio.security.authentication import Authenticator, Trusted
from caio.security.declarations import Authority, read_authority
from caio.security.keys import read_keys
from caio.security.mapping import ClaimMapping
from caio.security.refusal import Refusal, RefusedError
from tests.security import forge as f

GOOD: dict[str, Any] = {
    "name": "headquarters",
    "issuer": f.ISSUER,
    "audiences": ["caio"],
    "algorithms": ["ES256"],
    "facts": [
        {"fact": "permissions", "claim": ["scope"], "form": "words", "unknown": "drop"},
        {"fact": "zone", "fixed": "partner"},
    ],
}

MALFORMED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("an unknown member", {"clock": "now"}),
    ("no audience", {"audiences": []}),
    ("no algorithm", {"algorithms": []}),
    ("an algorithm that there is not", {"algorithms": ["HS256"]}),
    ("none as an algorithm", {"algorithms": ["none"]}),
    ("text as leeway", {"leeway": "1"}),
    ("a negative leeway", {"leeway": -1}),
    ("an hour of leeway", {"leeway": 3_600_000_000}),
    ("a number as a truth value", {"untyped": 1}),
    ("an empty issuer", {"issuer": ""}),
    ("a path of no steps", {"facts": [{"fact": "zone", "claim": []}]}),
    ("a text as a path", {"facts": [{"fact": "zone", "claim": "zone"}]}),
    (
        "both a claim and a constant",
        {"facts": [{"fact": "zone", "claim": ["z"], "fixed": "partner"}]},
    ),
    ("neither", {"facts": [{"fact": "zone"}]}),
)

UNFIT: tuple[tuple[str, list[dict[str, Any]]], ...] = (
    ("a fact that there is not", [{"fact": "rank", "fixed": 1}]),
    ("a fact twice", [{"fact": "trust", "fixed": 1}, {"fact": "trust", "claim": ["t"]}]),
    ("a fixed member that there is not", [{"fact": "zone", "fixed": "moon"}]),
    ("a fixed value of another type", [{"fact": "trust", "fixed": "3"}]),
    ("a truth value as a number", [{"fact": "trust", "fixed": True}]),
    ("a fixed value out of range", [{"fact": "trust", "fixed": 11}]),
    (
        "a mapped member that there is not",
        [{"fact": "zone", "claim": ["z"], "members": {"hq": "moon"}}],
    ),
    ("members of a number", [{"fact": "trust", "claim": ["t"], "members": {"a": "b"}}]),
    ("words for an enumeration", [{"fact": "zone", "claim": ["z"], "form": "words"}]),
    ("an enumeration that drops", [{"fact": "zone", "claim": ["z"], "unknown": "drop"}]),
)


def accepted(authority: Authority) -> None:
    token = f.token()
    caller = Authenticator(f.VOCABULARY, [Trusted(authority, read_keys(f.jwks()))]).authenticate(
        token, at=f.AT
    )
    assert caller.values == (("permissions", ("read", "write")), ("zone", "partner"))
    assert caller.claims == ("scope",)


def test_a_declaration_in_json_is_the_one_in_python() -> None:
    declared = read_authority(json.dumps(GOOD).encode())
    assert declared == Authority.model_validate(GOOD)
    accepted(declared)


@pytest.mark.parametrize(("name", "change"), MALFORMED, ids=[name for name, _ in MALFORMED])
def test_a_malformed_declaration_is_refused(name: str, change: dict[str, Any]) -> None:
    with pytest.raises(RefusedError) as caught:
        read_authority(json.dumps(GOOD | change).encode())
    assert caught.value.code is Refusal.DECLARATION
    assert caught.value.place.partition(".")[0] in change
    assert name


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'{"name":"a","name":"b"}', b" " * 2_000_000, b'{"leeway": NaN}']
)
def test_what_is_no_declaration_is_refused(data: bytes) -> None:
    with pytest.raises(RefusedError) as caught:
        read_authority(data)
    assert caught.value.code is Refusal.DECLARATION


@pytest.mark.parametrize(("name", "rules"), UNFIT, ids=[name for name, _ in UNFIT])
def test_a_declaration_that_does_not_fit_the_vocabulary_is_refused(
    name: str, rules: list[dict[str, Any]]
) -> None:
    with pytest.raises(RefusedError) as caught:
        f.authenticator(facts=rules)
    assert caught.value.code is Refusal.DECLARATION
    assert caught.value.place.startswith("facts.")
    assert name


@pytest.mark.parametrize(
    "others", [(), ({},), ({"name": "branch"},), ({"issuer": "https://branch.example"},), ({"name": "a\x00b"},)],
    ids=["nobody", "one twice", "one issuer twice", "one name twice", "a control character"],
)  # fmt: skip
def test_issuers_are_told_apart(others: tuple[dict[str, Any], ...]) -> None:
    trusted = [
        Trusted(Authority.model_validate(GOOD | change), read_keys(f.jwks()))
        for change in ({}, *others)
    ]
    with pytest.raises(RefusedError) as caught:
        Authenticator(f.VOCABULARY, trusted if others else [])
    assert caught.value.code is Refusal.DECLARATION


def test_what_an_issuer_can_grant_is_known_beforehand() -> None:
    rules = f.AUTHORITY.facts
    mapping = ClaimMapping(f.VOCABULARY, rules)
    assert mapping.granted("zone") == ("public", "internal")
    assert mapping.granted("permissions") == ("read", "write", "admin")
    assert ClaimMapping(f.VOCABULARY, []).granted("zone") == ()
    fixed = Authority.model_validate(
        GOOD | {"facts": [{"fact": "permissions", "fixed": ["write", "read"]}]}
    )
    assert ClaimMapping(f.VOCABULARY, fixed.facts).granted("permissions") == ("read", "write")
    with pytest.raises(RefusedError):
        mapping.granted("trust")
    stated = {field.name for field in f.VOCABULARY.facts if mapping.states(field.name)}
    assert stated == {"permissions", "trust", "zone", "staff"}


def test_the_order_of_a_set_is_the_vocabularys() -> None:
    caller = f.authenticator().authenticate(f.token(claims={"scope": "write read"}), at=f.AT)
    assert dict(caller.values)["permissions"] == ("read", "write")
    assert isinstance(caller.facts, d.Facts)


@pytest.mark.parametrize(
    ("rule", "claim", "value"),
    [
        ({"fact": "staff"}, True, True),
        ({"fact": "staff"}, 1, None),
        ({"fact": "staff"}, "true", None),
        ({"fact": "permissions"}, ["write", "read", "write"], ("read", "write")),
        ({"fact": "permissions"}, [], ()),
        ({"fact": "permissions"}, "read", None),
        ({"fact": "permissions"}, ["read", 1], None),
        ({"fact": "permissions"}, {"read": True}, None),
        ({"fact": "zone"}, None, None),
        ({"fact": "trust"}, 0, 0),
        ({"fact": "trust"}, 10, 10),
    ],
    ids=str,
)
def test_a_claim_has_the_type_of_its_fact(
    rule: dict[str, Any], claim: object, value: object
) -> None:
    node = f.authenticator(facts=[rule | {"claim": ["x"]}])
    body = f.text_of(f.CLAIMS | {"x": claim})
    if value is None:
        with pytest.raises(RefusedError) as caught:
            node.authenticate(f.token(claims=body), at=f.AT)
        assert caught.value.code is Refusal.CLAIM_TYPE
        assert caught.value.place == "claims.x"
    else:
        assert node.authenticate(f.token(claims=body), at=f.AT).values == ((rule["fact"], value),)


def test_an_empty_text_holds_no_words() -> None:
    caller = f.authenticator().authenticate(f.token(claims={"scope": ""}), at=f.AT)
    assert dict(caller.values)["permissions"] == ()
