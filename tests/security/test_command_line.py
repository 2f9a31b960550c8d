"""Callers, payloads and nodes on the command line: what is asked for, what is shown, and what is refused."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from caio.base.canonical import digest
from caio.base.errors import InputError
from caio.cli.decision_file import landscape_beside
from caio.security.files import load_node_key, load_node_public, write_node_key
from caio.security.nodes import node_digest
from caio.security.refusal import RefusedError
from tests.cli.conftest import Ran, Run
from tests.security.secured import FOLDER, issued

AT = "2026-11-22"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example with a token and a node's key, as the current folder."""
    for path in FOLDER.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "token").write_text(issued() + "\n", "ascii")
    write_node_key(tmp_path / "node.pem")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CAIO_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


CALLER = (
    "--token-file", "token", "--authority", "authority.json", "--keys", "jwks.json", "--node-key", "node.pem",
)  # fmt: skip
PAYLOAD = ("--payload", "letter.txt", "--payload-type", "text/plain", "--classes", "classes.json")
QUESTION = ("clinic.caio", "--request", "answer", "--at", AT)


def route(run: Run, *words: str, caller: tuple[str, ...] = CALLER) -> Ran:
    return run("route", *QUESTION, *caller, *words)


class TestRoute:
    def test_shows_whose_word_the_facts_are(self, run: Run, here: Path) -> None:
        ran = route(run)
        assert ran.code == 0
        name = node_digest(load_node_public(here / "node.pem.pub"))
        assert f"headquarters: attested by {name[:19]}… (profile standard permits it)" in ran.out

    def test_asserted_facts_are_shown_as_asserted(self, run: Run, here: Path) -> None:
        (here / "alice.caio").write_text(
            'uses "clinic"\nfacts alice { permissions = { llm.invoke } }\n', "utf-8"
        )
        ran = run("route", *QUESTION, "alice.caio", "--facts", "alice")
        assert ran.code == 1
        assert "asserted, attested by nobody (profile standard does not permit it)" in ran.out

    def test_callers_of_two_organisations(self, run: Run, here: Path) -> None:
        (here / "token").write_text(issued(name="laboratory"), "ascii")
        both = (*CALLER, "--authority", "partner.json", "--keys", "partner-jwks.json")
        ran = route(run, *PAYLOAD, caller=both)
        assert ran.code == 1
        assert "laboratory: attested by" in ran.out
        assert "the caller's zone is not among those it serves" in ran.out
        assert "ward where fact.zone = partner" in ran.out

    def test_a_payload_changes_who_gets_it_and_says_why(self, run: Run, here: Path) -> None:
        ran = route(run, *PAYLOAD)
        assert ran.code == 0
        assert "routed  answer → ward 1.0" in ran.out
        assert "classified: health (illness, line 2)" in ran.out
        (here / "letter.txt").write_bytes(b"see you")
        assert "nothing found beside what the request says" in route(run, *PAYLOAD).out
        (here / "letter.txt").write_bytes(b"\x00")
        said = route(run, *PAYLOAD).out
        assert "not classified" in said
        assert "health, payment" in said

    def test_a_payload_of_an_asserted_caller(self, run: Run, here: Path) -> None:  # noqa: ARG002
        ran = route(run, *PAYLOAD, caller=())
        assert ran.code == 1
        assert "classified: health" in ran.out

    def test_the_same_question_again_comes_from_the_cache(self, run: Run, here: Path) -> None:
        first, again = route(run, "--json"), route(run, "--json")
        assert first.out == again.out
        assert [*(here / "cache").glob("*.certificate")]
        other = route(run, "--json", "--no-cache")
        assert other.out == first.out

    def test_the_command_that_is_suggested_asks_the_same(self, run: Run, here: Path) -> None:  # noqa: ARG002
        ran = route(run, *PAYLOAD)
        assert " ".join((*CALLER, *PAYLOAD)) in ran.err + ran.out


class TestMisuse:
    def test_attested_facts_by_their_name_alone(self, run: Run, here: Path) -> None:
        """A decision's documents hold them: whoever has those is not their caller."""
        assert route(run, "--bundle", "bundle.json").code == 0
        documents = json.loads((here / "bundle.json").read_bytes())["documents"]
        body = {"format": "caio-documents/v1", "documents": documents}
        (here / "documents.json").write_text(json.dumps(body), "utf-8")
        asked = ("documents.json", "--request", "answer", "--at", AT, "--facts", "headquarters")
        ran = run("route", *asked)
        assert ran.code == 4
        assert "they come with a caller who was verified" in ran.err

    @pytest.mark.parametrize("left_out", range(0, len(CALLER), 2))
    def test_a_caller_needs_all_four(self, run: Run, here: Path, left_out: int) -> None:  # noqa: ARG002
        some = CALLER[:left_out] + CALLER[left_out + 2 :]
        ran = route(run, caller=some)
        assert ran.code == 2
        assert "give all four" in ran.err

    @pytest.mark.parametrize("left_out", range(0, len(PAYLOAD), 2))
    def test_a_payload_needs_all_three(self, run: Run, here: Path, left_out: int) -> None:  # noqa: ARG002
        ran = route(run, *PAYLOAD[:left_out], *PAYLOAD[left_out + 2 :])
        assert ran.code == 2
        assert "give all three" in ran.err

    def test_facts_beside_a_token(self, run: Run, here: Path) -> None:  # noqa: ARG002
        ran = route(run, "--facts", "alice")
        assert ran.code == 2
        assert "a token brings its own facts" in ran.err

    def test_one_standard_input_for_two(self, run: Run, here: Path) -> None:  # noqa: ARG002
        caller = ("--token-file", "-", *CALLER[2:])
        ran = route(run, "--payload", "-", *PAYLOAD[2:], caller=caller)
        assert ran.code == 2
        assert "both want standard input" in ran.err

    def test_an_authority_without_its_keys(self, run: Run, here: Path) -> None:  # noqa: ARG002
        ran = route(run, "--authority", "partner.json")
        assert ran.code == 2
        assert "in the same order" in ran.err

    @pytest.mark.parametrize(
        "name", ["token", "authority.json", "jwks.json", "node.pem", "letter.txt", "classes.json"]
    )
    def test_a_file_that_is_missing(self, run: Run, here: Path, name: str) -> None:
        (here / name).unlink()
        ran = route(run, *PAYLOAD)
        assert ran.code == 4
        assert "No such file" in ran.err

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("authority.json", "declaration"),
            ("jwks.json", "keys-json"),
            ("node.pem", "node-key"),
            ("classes.json", "declaration"),
            ("token", "token-form"),
        ],
    )
    def test_a_file_that_holds_something_else(
        self, run: Run, here: Path, name: str, code: str
    ) -> None:
        (here / name).write_bytes(b"something else")
        ran = route(run, *PAYLOAD, "--json")
        assert ran.code == 4
        assert ran.json["error"]["kind"] == "refused"
        assert ran.json["error"]["code"] == code

    def test_two_declarations_of_one_issuer(self, run: Run, here: Path) -> None:  # noqa: ARG002
        ran = route(run, "--authority", "authority.json", "--keys", "jwks.json", "--json")
        assert (ran.code, ran.json["error"]["code"]) == (4, "declaration")


class TestExplain:
    def test_asks_as_route_does(self, run: Run, here: Path) -> None:  # noqa: ARG002
        ran = run("explain", *QUESTION, *CALLER, *PAYLOAD)
        assert ran.code == 0
        assert "sensitive `request.data` may reach it" in ran.out

    def test_a_decision_has_its_caller_in_it(self, run: Run, here: Path) -> None:  # noqa: ARG002
        assert route(run, "-o", "decision.json").code == 0
        assert run("explain", "decision.json").code == 0
        ran = run("explain", "decision.json", *CALLER)
        assert ran.code == 2
        assert "has its caller and its data in it" in ran.err

    def test_says_how_far_a_caller_would_have_to_be_trusted(self, run: Run, here: Path) -> None:
        """The supposed caller is attested by nobody, and the certificate of what is supposed says so."""
        (here / "token").write_text(issued(level=4), "ascii")
        ran = run("explain", *QUESTION, *CALLER, *PAYLOAD, "--service", "ward", "-o", "e.json")
        assert ran.code == 1
        assert "fact.trust" in ran.out
        assert run("verify", "e.json").code == 0
        certificates = json.loads((here / "e.json").read_bytes())["certificates"]
        words = [one["inputs"]["attestation"] for one in certificates]
        assert words[0] is not None
        assert None in words

    def test_an_explanation_of_attested_facts_is_verified(self, run: Run, here: Path) -> None:  # noqa: ARG002
        assert route(run, *PAYLOAD, "-o", "decision.json").code == 0
        assert run("explain", "decision.json", "-o", "e.json").code == 0
        assert run("verify", "e.json").code == 0


class TestVerify:
    @pytest.fixture
    def decision(self, run: Run, here: Path) -> Path:
        assert route(run, "-o", "decision.json").code == 0
        return here / "decision.json"

    def test_says_that_the_signature_was_not_checked(self, run: Run, decision: Path) -> None:
        ran = run("verify", decision.name, "--json")
        (claim,) = [claim for claim in ran.json["claims"] if claim["name"] == "facts"]
        assert claim["status"] == "attested"
        assert "whose signature was not checked" in claim["text"]
        assert "not established" in run("verify", decision.name).out

    def test_verifies_it_with_the_key_of_the_node(self, run: Run, decision: Path) -> None:
        ran = run("verify", decision.name, "--node", "node.pem.pub", "--json")
        assert ran.code == 0
        name = node_digest(load_node_public("node.pem.pub"))
        (claim,) = [claim for claim in ran.json["claims"] if claim["name"] == "facts"]
        assert claim == {
            "name": "facts",
            "text": f"facts attested by {name}: signature verified",
            "status": "holds",
        }
        assert "signature verified" in run("verify", decision.name, "--node", "node.pem.pub").out

    def test_a_bundle_too(self, run: Run, here: Path) -> None:  # noqa: ARG002
        assert route(run, "--bundle", "bundle.json").code == 0
        assert run("verify", "bundle.json", "--node", "node.pem.pub").code == 0

    def test_another_node_is_rejected(self, run: Run, decision: Path) -> None:
        write_node_key("other.pem")
        ran = run("verify", decision.name, "--node", "other.pem.pub", "--json")
        assert ran.code == 5
        assert ran.json["rejection"]["code"] == "attestation-node"
        assert ran.json["claims"] == []
        text = run("verify", decision.name, "--node", "other.pem.pub")
        assert text.code == 5
        assert "nothing in it is established" in text.out

    def test_a_signature_that_is_none_is_accepted_by_the_checker_and_rejected_here(
        self, run: Run, decision: Path
    ) -> None:
        forge_signature(decision)
        assert run("verify", decision.name).code == 0
        ran = run("verify", decision.name, "--node", "node.pem.pub", "--json")
        assert ran.code == 5
        assert ran.json["rejection"]["code"] == "attestation-signature"

    @pytest.mark.parametrize("facts", [None, "alice"])
    def test_facts_that_nobody_attested_are_rejected(
        self, run: Run, here: Path, facts: str | None
    ) -> None:
        (here / "alice.caio").write_text('uses "clinic"\nfacts alice { trust = 5 }\n', "utf-8")
        given = () if facts is None else ("--facts", facts)
        assert run("route", *QUESTION, "alice.caio", *given, "-o", "d.json").code == 1
        assert run("verify", "d.json").code == 0
        ran = run("verify", "d.json", "--node", "node.pem.pub", "--json")
        assert ran.code == 5
        assert ran.json["rejection"]["code"] == "attestation-subject"

    def test_a_decision_that_the_checker_rejects_is_rejected(
        self, run: Run, decision: Path
    ) -> None:
        text = decision.read_text("utf-8").replace('"trust":"7"', '"trust":"9"')
        decision.write_text(text, "utf-8")
        assert run("verify", decision.name, "--node", "node.pem.pub").code == 5

    def test_the_private_key_is_not_the_public_one(self, run: Run, decision: Path) -> None:
        ran = run("verify", decision.name, "--node", "node.pem", "--json")
        assert (ran.code, ran.json["error"]["code"]) == (4, "node-key")

    def test_other_files_have_no_facts(self, run: Run, decision: Path) -> None:
        assert run("check", "clinic.caio", "-o", "certificate.json").code == 0
        assert run("explain", decision.name, "-o", "explanation.json").code == 0
        for name in ("certificate.json", "explanation.json"):
            ran = run("verify", name, "--node", "node.pem.pub")
            assert ran.code == 2
            assert "`--node` is about" in ran.err

    def test_compares_what_texts_can_say(self, run: Run, decision: Path) -> None:
        ran = run("verify", decision.name, "--node", "node.pem.pub", "--against", "clinic.caio")
        assert ran.code == 0
        assert "5 of 5 documents, compiled again" in ran.out

    def test_a_constraint_that_the_texts_have_by_now_is_found(
        self, run: Run, here: Path, decision: Path
    ) -> None:
        constraint = "constraint encrypted of policy { when request.data has health then service.encrypted == true }\n"
        text = (here / "clinic.caio").read_text("utf-8")
        (here / "clinic.caio").write_text(text + constraint, "utf-8")
        ran = run("verify", decision.name, "--against", "clinic.caio")
        assert ran.code == 1
        assert "constraint encrypted" in ran.out
        assert route(run, "-o", "later.json").code == 0
        later = run("verify", "later.json", "--against", "clinic.caio", "--node", "node.pem.pub")
        assert later.code == 0
        assert "6 of 6 documents" in later.out

    def test_is_shown_with_whose_word_it_is(self, run: Run, decision: Path) -> None:
        assert "headquarters: attested by sha256:" in run("show", decision.name).out


def forge_signature(decision: Path) -> None:
    """Put another signature under what a decision rests on, and make all of its digests right."""
    body: dict[str, Any] = json.loads(decision.read_bytes())
    carried = body.pop("documents")
    (attestation,) = [one for one in carried if one["kind"] == "attestation"]
    attestation["signature"] = ("B" if attestation["signature"][0] == "A" else "A") + attestation[
        "signature"
    ][1:]
    body["inputs"]["attestation"] = digest(attestation)
    summary = {name: body[name] for name in ("inputs", "verdict", "selected", "optimality")}
    rows = [{k: v for k, v in row.items() if k != "evidence"} for row in body["candidates"]]
    summary |= {"candidates": rows, "obligations_digest": body["obligations_digest"]}
    body["decision_digest"] = digest(summary)
    body["trace_digest"] = digest({k: v for k, v in body.items() if k != "trace_digest"})
    assert landscape_beside(str(decision), body) is not None
    decision.write_text(json.dumps({**body, "documents": carried}), "utf-8")


class TestReach:
    BOTH = ("--authority", "authority.json", "--authority", "partner.json")

    def test_says_who_can_reach_what_before_there_is_a_request(self, run: Run, here: Path) -> None:  # noqa: ARG002
        ran = run("security", "reach", "clinic.caio", *self.BOTH)
        assert ran.code == 0
        rows = [line.split(maxsplit=2) for line in ran.out.splitlines()]
        assert rows == [
            ["organisation", "zone", "reaches"],
            ["headquarters", "internal", "hall 1.0, ward 1.0"],
            ["laboratory", "partner", "hall 1.0"],
        ]

    def test_callers_without_a_zone_and_services_that_nobody_reaches(
        self, run: Run, here: Path
    ) -> None:
        loose = json.loads((here / "partner.json").read_bytes())
        loose["facts"] = [
            {"fact": "zone", "claim": ["zone"], "members": {"p": "partner"}, "absent": "leave"}
        ]
        (here / "partner.json").write_text(json.dumps(loose), "utf-8")
        text = (here / "clinic.caio").read_text("utf-8")
        closed = text.replace(
            "any of { llm.invoke }\n", "any of { llm.invoke }, zone in { public }\n"
        )
        (here / "clinic.caio").write_text(closed, "utf-8")
        ran = run("security", "reach", "clinic.caio", "--authority", "partner.json")
        rows = [line.split(maxsplit=2) for line in ran.out.splitlines()[1:]]
        assert rows == [["laboratory", "partner", "nothing"], ["laboratory", "unknown", "nothing"]]

    def test_needs_a_vocabulary_with_zones(self, run: Run, here: Path) -> None:
        text = (
            (here / "clinic.caio").read_text("utf-8").replace("zone: Zone role zone", "zone: Zone")
        )
        (here / "clinic.caio").write_text(text.replace(", zone in { internal }", ""), "utf-8")
        ran = run("security", "reach", "clinic.caio", *self.BOTH)
        assert ran.code == 4
        assert "no fact of role `zone`" in ran.err

    def test_two_organisations_of_one_name(self, run: Run, here: Path) -> None:  # noqa: ARG002
        ran = run("security", "reach", "clinic.caio", *self.BOTH[:2], *self.BOTH[:2])
        assert ran.code == 4
        assert "two organisations" in ran.err


class TestNodeKey:
    def test_is_made_for_its_owner_alone(self, run: Run, tmp_path: Path) -> None:
        previous = os.umask(0)
        try:
            ran = run("security", "node-key", str(tmp_path / "n.pem"))
        finally:
            os.umask(previous)
        assert ran.code == 0
        assert stat.S_IMODE((tmp_path / "n.pem").stat().st_mode) == 0o600
        key = load_node_key(tmp_path / "n.pem")
        assert load_node_public(tmp_path / "n.pem.pub") == key.public_key()
        assert ran.out == f"node {node_digest(key.public_key())}\n"

    @pytest.mark.parametrize("there", ["n.pem", "n.pem.pub"])
    def test_writes_over_nothing(self, run: Run, tmp_path: Path, there: str) -> None:
        (tmp_path / there).write_bytes(b"here before")
        ran = run("security", "node-key", str(tmp_path / "n.pem"))
        assert ran.code == 4
        assert "never written over" in ran.err
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
            there: b"here before"
        }

    def test_needs_a_folder(self, run: Run, tmp_path: Path) -> None:
        ran = run("security", "node-key", str(tmp_path / "nowhere" / "n.pem"))
        assert ran.code == 4
        assert "No such file" in ran.err

    def test_a_key_that_grows_too_large_is_none(self, tmp_path: Path) -> None:
        write_node_key(tmp_path / "n.pem")
        (tmp_path / "n.pem").write_bytes((tmp_path / "n.pem").read_bytes() + b"#" * 20_000)
        with pytest.raises(RefusedError):
            load_node_key(tmp_path / "n.pem")


@pytest.mark.parametrize("full", [1, 2])
def test_a_full_disk_leaves_no_half_of_a_key_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: int
) -> None:
    count = 0

    def fsync(_: int) -> None:
        nonlocal count
        count += 1
        if count == full:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fsync)
    with pytest.raises(InputError, match=r"cannot write .*: No space left on device"):
        write_node_key(tmp_path / "n.pem")
    assert not [*tmp_path.iterdir()]
