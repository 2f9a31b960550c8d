"""Claims about documents in words: every kind of obligation has a sentence, with names in place of digests."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from caio.base.canonical import canonical_bytes
from caio.cli.claims import names_of, sentence
from caio.ir.encode import document_json
from tests import strategies
from tests.obligations.test_questions import questions


@given(strategies.world(), st.data())
@settings(max_examples=8)
def test_every_kind_of_obligation_has_a_sentence(world: strategies.World, data: DataObject) -> None:
    for asked, more in questions(data, world.vocabulary, list(world.documents)):
        names = names_of(document_json(one) for one in (*world.all, *more))
        text = canonical_bytes(list(asked.key)).decode()
        said = sentence(text, names)
        assert "sha256:" not in said
        assert not said.startswith("[")


def test_what_is_none_of_ours_stays_as_it_is() -> None:
    for text in (
        "",
        "[",
        "[]",
        '["keeps"]',
        '["never","sha256:0",{},[]]',
        json.dumps({"a": 1}),
        "5",
    ):
        assert sentence(text, {}) == text


def test_two_states_of_one_document_are_told_apart() -> None:
    found = names_of([{"kind": "rule", "name": "a"}, {"kind": "rule", "name": "a", "priority": 1}])
    assert len(set(found.values())) == 2
    assert all(name.startswith("rule `a` (") for name in found.values())
