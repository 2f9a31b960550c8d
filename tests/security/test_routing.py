"""Verified callers route, and nothing that was changed on the way does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import caio
from caio.base.canonical import canonical_bytes
from caio.certify.acceptance import accept
from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.ir.encode import document_digest, statement_json
from caio.landscape.snapshot import take
from caio.obligations.candidate import Question
from caio.routing.engine import Engine
from caio.routing.files import decision_files
from caio.routing.question import pose
from caio.routing.route import route
from caio.security.attestation import attest
from caio.security.nodes import node_digest
from caio.security.refusal import Refusal
from tests.security import forge as f
from tests.security.secured import FOLDER, NOW, authenticator, caller, clinic, issued

MINUTE = 60_000_000


def documents(answer: caio.Routing) -> dict[str, list[Any]]:
    """The documents of a decision, by kind."""
    found: dict[str, list[Any]] = {}
    for document in json.loads(answer.bundle())["documents"]:
        found.setdefault(document["kind"], []).append(document)
    return found


class TestRoutes:
    def test_a_verified_caller_under_a_profile_that_permits_it(
        self, router: caio.Router, node: Ed25519PrivateKey
    ) -> None:
        known = caller()
        answer = router.route("answer", caller=known, at=NOW)
        assert isinstance(answer, caio.Routed)
        assert answer.service == "hall"
        carried = documents(answer)
        assert [facts["origin"] for facts in carried["facts"]] == ["attested"]
        (attestation,) = carried["attestation"]
        assert attestation["node"] == node_digest(node.public_key())
        inputs = json.loads(answer.bundle())["inputs"]
        assert inputs["facts"] == attestation["statement"]["facts"] == known.facts_digest
        (claim,) = [claim for claim in answer.claims if claim.name == "facts"]
        assert claim.status == "attested"
        assert node_digest(node.public_key()) in claim.text
        assert caio.verify(answer.bundle()).verdict == "routed"

    def test_the_issuer_decides_what_a_caller_can_reach(self, router: caio.Router) -> None:
        """Nobody but the clinic's own callers, and trusted ones, reach the ward."""
        wanted = "request r { needs chat  given tokens <= 10 token, data == { health } }"
        inside = router.route(wanted, caller=caller(), at=NOW)
        assert isinstance(inside, caio.Routed)
        assert inside.service == "ward"
        new = router.route(wanted, caller=caller(level=4), at=NOW)
        assert dict(new.refusals) == {"privacy": 1, "trust": 1}
        outside = router.route(wanted, caller=caller(name="laboratory"), at=NOW)
        assert dict(outside.refusals) == {"access": 1, "privacy": 1, "trust": 1}

    def test_later_calls_while_the_token_holds(self, router: caio.Router) -> None:
        known = caller()
        assert isinstance(router.route("answer", caller=known, at=NOW + 9 * MINUTE), caio.Routed)
        (attestation,) = documents(router.route("answer", caller=known, at=NOW + MINUTE))[
            "attestation"
        ]
        assert attestation["statement"]["at"] == str(NOW + MINUTE)

    def test_the_same_bytes_again_and_from_tasks(self, router: caio.Router) -> None:
        first = router.route("answer", caller=caller(), at=NOW)
        again = asyncio.run(router.route_async("answer", caller=caller(), at=NOW))
        assert first.bundle() == again.bundle()

    def test_asserted_facts_only_where_the_profile_permits_those(self, router: caio.Router) -> None:
        said = {"permissions": ["llm.invoke"], "trust": 7, "zone": "internal"}
        refused = router.route("answer", facts=said, at=NOW)
        assert isinstance(refused, caio.NotRoutable)
        assert refused.refusals["authentication"] == 2
        text = (FOLDER / "clinic.caio").read_text("utf-8")
        project = caio.loads(text.replace("facts attested", "facts asserted"))
        with caio.Router(project, node=f.keys().ed) as other:
            assert isinstance(other.route("answer", facts=said, at=NOW), caio.Routed)
            attested = other.route("answer", caller=caller(), at=NOW)
            assert isinstance(attested, caio.NotRoutable)
            assert attested.refusals["authentication"] == 2


class TestRefuses:
    @pytest.mark.parametrize(
        ("moment", "code"), [(NOW + 10 * MINUTE, Refusal.EXPIRED), (None, Refusal.EXPIRED)]
    )
    def test_a_time_at_which_the_token_holds_no_more(
        self, router: caio.Router, moment: int | None, code: Refusal
    ) -> None:
        """Without a time it is that of the clock: a caller is not routed at the hour of its token for ever."""
        past = NOW - 10**9 * MINUTE
        known = caller(at=past, until="2020-01-01T00:00:00Z") if moment is None else caller()
        with pytest.raises(caio.RefusedError) as caught:
            router.route("answer", caller=known, at=moment)
        assert caught.value.code is code

    def test_facts_beside_a_caller(self, router: caio.Router) -> None:
        with pytest.raises(caio.InputError, match="and not both"):
            router.route("answer", caller=caller(), facts={"trust": 10}, at=NOW)

    @pytest.mark.parametrize("stranger", ["alice", {"trust": 10}, 7])
    def test_what_was_not_verified(self, router: caio.Router, stranger: Any) -> None:
        with pytest.raises(caio.InputError, match="a caller is what"):
            router.route("answer", caller=stranger, at=NOW)

    def test_a_token_in_place_of_a_caller_and_does_not_show_it(self, router: caio.Router) -> None:
        token: Any = issued()
        with pytest.raises(caio.InputError) as caught:
            router.route("answer", caller=token, at=NOW)
        assert not any(part in repr(caught.value) for part in token.split("."))

    def test_attested_facts_without_their_caller(self, router: caio.Router) -> None:
        with pytest.raises(caio.InputError, match="they come with a caller who was verified"):
            router.route("answer", facts=caller().facts, at=NOW)

    def test_a_router_without_a_node(self) -> None:
        with (
            caio.Router(clinic()) as other,
            pytest.raises(caio.InputError, match="give it the key of its node"),
        ):
            other.route("answer", caller=caller(), at=NOW)

    @pytest.mark.parametrize("key", ["node.pem", b"key", object()])
    def test_a_node_that_is_no_key(self, key: Any) -> None:
        with pytest.raises(caio.RefusedError) as caught:
            caio.Router(clinic(), node=key)
        assert caught.value.code is Refusal.NODE_KEY

    def test_a_caller_of_another_vocabulary(self, router: caio.Router) -> None:
        stranger = f.authenticator().authenticate(f.token(), at=f.AT)
        with pytest.raises(caio.InputError, match="another vocabulary"):
            router.route("answer", caller=stranger, at=f.AT)

    def test_facts_that_a_text_calls_attested(self) -> None:
        text = (FOLDER / "clinic.caio").read_text("utf-8")
        with pytest.raises(caio.DocumentError):
            caio.loads(text + "facts alice { origin attested, trust = 10 }")


def asked(at: int = NOW) -> Question:
    question, _ = pose(clinic(), request="answer", at=at)
    return question


def signed(statement: d.Statement, key: Ed25519PrivateKey) -> d.Attestation:
    """Any statement with a true signature: a node that lies, or a thief of its key."""
    message = b"caio-attestation/v1\n" + canonical_bytes(statement_json(statement))
    node = node_digest(key.public_key())
    return d.Attestation(statement.vocabulary, node, f.b64(key.sign(message)), statement)


Change = Callable[[Question, Ed25519PrivateKey], Question]


def _of_statement(**changes: Any) -> Change:
    def change(question: Question, key: Ed25519PrivateKey) -> Question:
        if question.attestation is None:
            raise TypeError
        statement = replace(question.attestation.statement, **changes)
        return replace(question, attestation=signed(statement, key))

    return change


def _facts(question: Question, **changes: Any) -> Question:
    if question.facts is None:
        raise TypeError
    return replace(question, facts=replace(question.facts, **changes))


def _signed_for_asserted(question: Question, key: Ed25519PrivateKey) -> Question:
    """Asserted facts, and a node that signs them all the same."""
    asserted = _facts(question, origin="asserted")
    if asserted.facts is None:
        raise TypeError
    return _of_statement(facts=document_digest(asserted.facts))(asserted, key)


OTHER = "sha256:" + "0" * 64
CHANGES: dict[str, Change] = {
    "more trust than was attested": lambda q, _: _facts(
        q, values=(("permissions", ("llm.invoke",)), ("trust", Fraction(10)), ("zone", "internal"))
    ),
    "a permission more": lambda q, _: _facts(
        q,
        values=(
            ("permissions", ("llm.invoke", "llm.admin")),
            ("trust", Fraction(7)),
            ("zone", "internal"),
        ),
    ),
    "facts under another name": lambda q, _: _facts(q, name="laboratory"),
    "an attestation of other facts": _of_statement(facts=OTHER),
    "an attestation for another vocabulary": _of_statement(vocabulary=OTHER),
    "an attestation for the next microsecond": _of_statement(at=NOW + 1),
    "a replay in the next microsecond": lambda q, _: replace(q, at=NOW + 1),
    "a replay on the next day": lambda q, _: replace(q, at=NOW + 1440 * MINUTE),
    "a token that begins later": _of_statement(start=NOW + 1),
    "a token that has ended": _of_statement(end=NOW),
    "no attestation": lambda q, _: replace(q, attestation=None),
    "an attestation of nothing": lambda q, _: replace(q, facts=None),
    "an attestation of asserted facts": _signed_for_asserted,
    "asserted facts beside an attestation": lambda q, _: _facts(q, origin="asserted"),
}


@pytest.fixture(scope="module")
def permissive() -> caio.Project:
    """Origins are not what changed questions are refused for."""
    text = (FOLDER / "clinic.caio").read_text("utf-8")
    return caio.loads(text.replace("facts attested", "facts asserted, attested"))


class TestTheChecker:
    """Whoever has the producer in hand, and a node's key, gets past neither check."""

    def good(self, project: caio.Project, key: Ed25519PrivateKey) -> Question:
        question, _ = pose(project, request="answer", at=NOW)
        known = caller()
        return replace(question, facts=known.facts, attestation=attest(known, key))

    def decided(self, project: caio.Project, question: Question) -> caio.checker.Verdict:
        """The verdict on the whole decision."""
        snapshot = take(question.vocabulary, project.services)
        with Prover() as prover:
            files = decision_files(route(question, snapshot, prover))
        return accept(files.parts, files.certificate)

    def test_accepts_what_was_not_changed(
        self, permissive: caio.Project, node: Ed25519PrivateKey
    ) -> None:
        question = self.good(permissive, node)
        assert self.decided(permissive, question).verdict == "routed"
        with Engine(take(question.vocabulary, permissive.services)) as engine:
            assert engine.decide(question).verdict.verdict == "admitted"

    @pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
    def test_rejects(
        self, permissive: caio.Project, node: Ed25519PrivateKey, change: Change
    ) -> None:
        question = change(self.good(permissive, node), node)
        with pytest.raises(caio.EvidenceError) as whole:
            self.decided(permissive, question)
        with (
            Engine(take(question.vocabulary, permissive.services)) as engine,
            pytest.raises(caio.EvidenceError) as examined,
        ):
            engine.decide(question)
        assert whole.value.code == examined.value.code
        assert whole.value.code in {"verdict", "reference"}


def test_authenticates_for_both_organisations() -> None:
    assert authenticator().authenticate(issued(name="laboratory"), at=NOW).values[2] == (
        "zone",
        "partner",
    )
