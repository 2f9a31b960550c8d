"""Attacks on evidence files: what an attacker changes, and the claim and code by which each is detected and named.

Most attackers here make everything else fit: digests, counts and proofs are those of the changed file, and where the log itself lies,
its entries and its checkpoint are signed by the log's own key. An attack is given a good case, and changes it, or gives
bytes of its own.
"""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from caio.audit.checkpoint import sign_checkpoint
from caio.audit.entries import read_entry
from caio.audit.keyring import Change, Keyring
from caio.audit.notes import Verifier
from caio.base.canonical import canonical_bytes, digest_bytes
from tests.audit.keys import ORIGIN, TestSigner
from tests.audit.oracle import entries as others
from tests.audit.oracle import mth, proof
from tests.evidence.making import (
    FROM,
    ONE,
    SECOND,
    TWO,
    Case,
    bundled,
    envelope,
    hashes,
    lines,
    packed,
    salt,
    signed,
    statement,
    zipped,
)

MALLORY = TestSigner("mallory")


@dataclass(frozen=True)
class Attack:
    name: str
    claim: str
    code: str
    act: Callable[[Case], bytes | None]
    older: Callable[[Case], bytes] | None = None


ATTACKS: list[Attack] = []


def attack(
    claim: str, code: str, *, older: Callable[[Case], bytes] | None = None
) -> Callable[[Callable[[Case], bytes | None]], Callable[[Case], bytes | None]]:
    def kept(act: Callable[[Case], bytes | None]) -> Callable[[Case], bytes | None]:
        ATTACKS.append(Attack(act.__name__, claim, code, act, older))
        return act

    return kept


# --- the range -----------------------------------------------------------------------------------


def _lines(case: Case) -> list[bytes]:
    return case.entries[case.first : case.first + case.count]


def _relined(case: Case, found: list[bytes]) -> None:
    case.members["entries.jsonl"] = b"".join(one + b"\n" for one in found)
    case.manifest["count"] = len(found)


@attack("inclusion", "proof-form")
def entry_dropped(case: Case) -> None:
    found = _lines(case)
    _relined(case, found[:3] + found[4:])


@attack("inclusion", "proof-root")
def entry_dropped_from_the_log_after_it_was_signed(case: Case) -> None:
    case.checkpoint = case.head().replace(b"\n14\n", b"\n13\n")
    del case.entries[4]
    case.count -= 1


@attack("inclusion", "proof-root")
def entries_reordered(case: Case) -> None:
    found = _lines(case)
    found[3], found[5] = found[5], found[3]
    _relined(case, found)


@attack("inclusion", "proof-root")
def entry_duplicated(case: Case) -> None:
    found = _lines(case)
    _relined(case, [*found[:3], found[2], *found[3:]])


@attack("inclusion", "proof-root")
def entry_exchanged(case: Case) -> None:
    _relined(case, [*_lines(case)[:4], case.entries[0], *_lines(case)[5:]])


@attack("completeness", "neighbour")
def range_truncated_at_the_front(case: Case) -> None:
    case.first, case.count = 3, 7
    _only_within(case)


@attack("completeness", "neighbour")
def range_truncated_at_the_back(case: Case) -> None:
    case.count = 7
    _only_within(case)


@attack("completeness", "neighbour")
def no_neighbour_in_front(case: Case) -> None:
    case.first, case.count, case.before = 3, 7, False
    _only_within(case)


@attack("completeness", "neighbour")
def no_neighbour_behind(case: Case) -> None:
    case.count, case.after = 6, False
    _only_within(case)


def _only_within(case: Case) -> None:
    within = range(case.first + case.before, case.first + case.count - case.after)
    for found in (case.items, case.decisions, case.attestations):
        for index in set(found) - set(within):
            del found[index]


@attack("completeness", "neighbour")
def neighbour_inside_of_the_range(case: Case) -> None:
    case.stop = "2026-11-22T01:00:00Z"


@attack("completeness", "range")
def entry_outside_of_the_range(case: Case) -> None:
    case.start = "2026-11-22T00:00:02Z"


@attack("inclusion", "proof-form")
def range_proof_swapped(case: Case) -> None:
    sides = json.loads(case.whole()["range.json"])
    case.members["range.json"] = canonical_bytes({"left": sides["right"], "right": sides["left"]})


def _proof_changed(case: Case, side: str) -> None:
    sides = json.loads(case.whole()["range.json"])
    sides[side][-1] = hashes([bytes(32)])[0]
    case.members["range.json"] = canonical_bytes(sides)


@attack("inclusion", "proof-root")
def range_proof_changed_on_the_left(case: Case) -> None:
    _proof_changed(case, "left")


@attack("inclusion", "proof-root")
def range_proof_changed_on_the_right(case: Case) -> None:
    _proof_changed(case, "right")


@attack("form", "proof-form")
def range_proof_of_no_hashes(case: Case) -> None:
    case.members["range.json"] = canonical_bytes({"left": ["AA=="], "right": []})


@attack("inclusion", "proof-root")
def first_is_a_lie(case: Case) -> None:
    case.manifest["first"] = 2


@attack("form", "count")
def count_is_a_lie(case: Case) -> None:
    case.manifest["count"] = 8


@attack("form", "checkpoint")
def size_is_a_lie(case: Case) -> None:
    case.manifest["size"] = 15


@attack("form", "count")
def number_of_decisions_is_a_lie(case: Case) -> None:
    case.manifest["decisions"] = 3


@attack("form", "count")
def number_of_redacted_is_a_lie(case: Case) -> None:
    case.items[4] = [one for one in case.items[4] if one[1] != "caller"]
    case.manifest["redacted"] = 0


@attack("form", "manifest")
def range_beyond_the_tree(case: Case) -> None:
    case.manifest["count"] = 40


@attack("form", "manifest")
def range_ends_before_it_begins(case: Case) -> None:
    case.stop = "2026-11-21T00:00:00Z"


@attack("form", "time-form")
def time_of_another_form(case: Case) -> None:
    case.stop = "2026-11-22 00:10"


@attack("completeness", "time-order")
def times_going_backwards(case: Case) -> None:
    case.rewrite(5, lambda e: e.update(time=FROM))


# --- the checkpoint, the log, its keys -----------------------------------------------------------


@attack("inclusion", "proof-root")
def checkpoint_forged(case: Case) -> None:
    root = base64.b64encode(mth(others(14)))
    found = case.head().split(b"\n")
    case.checkpoint = b"\n".join([*found[:2], root, *found[3:]])


@attack("signature", "note-signature")
def checkpoint_of_a_changed_log(case: Case) -> None:
    line = case.head().split(b"\n\n")[1]
    case.rewrite(3, lambda e: e["content"]["details"].update(found=7))
    case.checkpoint = case.head().split(b"\n\n")[0] + b"\n\n" + line


@attack("signature", "note-unsigned")
def log_signed_by_a_stranger(case: Case) -> None:
    case.rewrite(3, lambda e: e["content"]["details"].update(found=7))
    case.signers = (MALLORY,)


@attack("form", "checkpoint")
def checkpoint_of_another_log(case: Case) -> None:
    other = TestSigner("one", "audit.example/gateway-2")
    case.checkpoint = sign_checkpoint(other.name, case.size, mth(case.entries), [other]).data


@attack("form", "checkpoint-form")
def checkpoint_that_is_none(case: Case) -> None:
    case.checkpoint = b"audit.example/gateway-1\n14\n"


@attack("consistency", "rolled-back", older=lambda _: signed(others(20)))
def log_rolled_back(_: Case) -> None:
    return None


@attack("consistency", "split-view", older=lambda _: signed(others(5)))
def split_view_within_the_range(_: Case) -> None:
    return None


@attack("consistency", "split-view", older=lambda _: signed(others(14)))
def split_view_of_the_same_size(_: Case) -> None:
    return None


@attack("consistency", "split-view", older=lambda _: signed(others(12)))
def split_view_behind_the_range(case: Case) -> None:
    row = {"proof": hashes(proof(12, case.entries)), "size": 12}
    case.members["consistency.jsonl"] = lines([row])


@attack("consistency", "split-view", older=lambda case: signed(case.entries[:12]))
def proof_of_consistency_is_too_short(case: Case) -> None:
    row = {"proof": hashes(proof(12, case.entries))[1:], "size": 12}
    case.members["consistency.jsonl"] = lines([row])


@attack("consistency", "no-proof", older=lambda _: signed(others(12)))
def split_view_that_nothing_shows(_: Case) -> None:
    """Not established, and never verified."""


@attack(
    "consistency",
    "another-log",
    older=lambda case: sign_checkpoint("other", 5, mth(case.entries[:5]), [_named("other")]).data,
)
def older_checkpoint_of_another_log(_: Case) -> None:
    return None


def _named(name: str) -> TestSigner:
    return TestSigner("one", name)


def _keys(case: Case, change: Callable[[list[Any]], object]) -> None:
    rows = [json.loads(line) for line in case.whole()["keys.jsonl"].splitlines()]
    change(rows)
    case.members["keys.jsonl"] = lines(rows)


@attack("inclusion", "key-proof")
def key_with_a_wrong_proof(case: Case) -> None:
    _keys(case, lambda rows: rows[1]["proof"].reverse())


@attack("inclusion", "key-proof")
def key_that_the_log_never_had(case: Case) -> None:
    entry = Keyring(ORIGIN).change(Change.BEGIN, Verifier.of(MALLORY), [MALLORY]).at(FROM)
    _keys(case, lambda rows: rows[0].update(entry=entry.decode()))


@attack("inclusion", "key-missing")
def key_left_out(case: Case) -> None:
    _keys(case, lambda rows: rows.pop())


@attack("inclusion", "key-missing")
def first_key_left_out(case: Case) -> None:
    _keys(case, lambda rows: rows.pop(0))


@attack("signature", "note-unsigned")
def key_revoked(case: Case) -> None:
    ring = Keyring.of(ORIGIN, [(i, read_entry(case.entries[i])) for i in (0, 5)])
    entry = ring.change(Change.REVOKE, Verifier.of(ONE), [TWO])
    case.entries.append(entry.at(FROM + 10_000 * SECOND))
    case.checkpoint, case.signers = None, (ONE,)


# --- attestations --------------------------------------------------------------------------------


def _body(case: Case, index: int) -> Any:
    return json.loads(case.decisions[index])


def _attest(case: Case, index: int, data: bytes) -> None:
    case.attestations[index] = data
    case.reseal(index, "statement", digest_bytes(data))


@attack("attestations", "attestation-subject")
def valid_signature_over_wrong_evidence(case: Case) -> None:
    _attest(case, 4, envelope(statement(_body(case, 4), case.decisions[8])))


@attack("attestations", "attestation-predicate")
def predicate_that_lies(case: Case) -> None:
    body = {**_body(case, 4), "verdict": "routed"}
    _attest(case, 4, envelope(statement(body, case.decisions[4])))


@attack("attestations", "attestation-predicate")
def attestation_of_another_log(case: Case) -> None:
    found = statement(_body(case, 4), case.decisions[4])
    found["predicate"]["origin"] = "audit.example/gateway-2"
    _attest(case, 4, envelope(found))


@attack("attestations", "attestation-digest")
def attestation_exchanged(case: Case) -> None:
    case.attestations[4] = case.attestations[6]


@attack("attestations", "attestation-signature")
def attestation_by_a_stranger(case: Case) -> None:
    _attest(case, 4, envelope(statement(_body(case, 4), case.decisions[4]), MALLORY))


@attack("attestations", "attestation-signature")
def attestation_by_a_key_that_came_later(case: Case) -> None:
    _attest(case, 4, envelope(statement(_body(case, 4), case.decisions[4]), TWO))


@attack("attestations", "attestation-missing")
def attestation_missing(case: Case) -> None:
    del case.attestations[4]


@attack("attestations", "attestation-bundle")
def bundle_of_another_attestation(case: Case) -> None:
    case.members["attestations/4.sigstore.json"] = bundled(case.attestations[6])


def _enveloped(case: Case, **changes: Any) -> None:
    _attest(case, 4, canonical_bytes({**json.loads(case.attestations[4]), **changes}))


@attack("attestations", "attestation")
def attestation_of_another_kind(case: Case) -> None:
    _enveloped(case, payloadType="text/plain")


@attack("attestations", "attestation")
def attestation_without_signatures(case: Case) -> None:
    _enveloped(case, signatures=[])


@attack("attestations", "attestation")
def attestation_with_two_signatures_under_one_id(case: Case) -> None:
    _enveloped(case, signatures=json.loads(case.attestations[4])["signatures"] * 2)


@attack("attestations", "shape")
def attestation_with_a_member_of_its_own(case: Case) -> None:
    _enveloped(case, note="")


@attack("attestations", "attestation-bundle")
def bundle_with_entries_of_another_log(case: Case) -> None:
    found = json.loads(bundled(case.attestations[4]))
    found["verificationMaterial"]["tlogEntries"].append({})
    case.members["attestations/4.sigstore.json"] = canonical_bytes(found)


@attack("attestations", "canonical")
def payload_with_blanks(case: Case) -> None:
    payload = base64.b64decode(json.loads(case.attestations[4])["payload"]) + b" "
    _enveloped(case, payload=base64.b64encode(payload).decode())


# --- decisions, items, documents -----------------------------------------------------------------


@attack("evidence", "entry-differs")
def valid_evidence_of_another_request(case: Case) -> None:
    case.redecide(4, case.decisions[8])


@attack("evidence", "decision-digest")
def decision_file_exchanged(case: Case) -> None:
    case.decisions[4] = case.decisions[8]


@attack("evidence", "decision-digest")
def decision_file_rendered_anew(case: Case) -> None:
    case.decisions[4] = canonical_bytes(_body(case, 4))


@attack("evidence", "decision-missing")
def decision_file_missing(case: Case) -> None:
    del case.decisions[4]


@attack("form", "member-extra")
def decision_file_of_an_entry_that_is_none(case: Case) -> None:
    case.decisions[3] = case.decisions[4]


@attack("evidence", "checker")
def decision_without_evidence(case: Case) -> None:
    body = _body(case, 2)
    body["candidates"][0]["evidence"] = [None] * len(body["candidates"][0]["evidence"])
    case.redecide(2, json.dumps(body).encode())


@attack("evidence", "checker")
def decision_with_evidence_null(case: Case) -> None:
    case.redecide(2, json.dumps(_body(case, 2) | {"evidence": None}).encode())


@attack("evidence", "checker")
def decision_and_entry_lie_together(case: Case) -> None:
    case.redecide(4, json.dumps(_body(case, 4) | {"verdict": "unknown"}).encode())
    case.rewrite(4, lambda e: e["content"]["details"].update(verdict="unknown"))


@attack("evidence", "decision")
def certificate_in_the_place_of_a_decision(case: Case) -> None:
    case.redecide(4, b'{"format":"caio-certificate/v1"}')


@attack("evidence", "json")
def decision_of_nested_brackets(case: Case) -> None:
    case.redecide(4, b"[" * 100_000 + b"]" * 100_000)


@attack("evidence", "json")
def decision_with_a_key_twice(case: Case) -> None:
    case.redecide(4, case.decisions[4].replace(b"{", b'{"verdict": "routed",', 1))


def _entry_says(case: Case, index: int, **details: Any) -> None:
    case.rewrite(index, lambda e: e["content"]["details"].update(details))


@attack("evidence", "entry-differs")
def verdict_of_the_entry_changed(case: Case) -> None:
    _entry_says(case, 4, verdict="unknown")


@attack("evidence", "entry-differs")
def selection_of_the_entry_changed(case: Case) -> None:
    selected = case.entry(2)["content"]["details"]["selected"]
    _entry_says(case, 2, selected={**selected, "service": "good/two"})


@attack("evidence", "entry-differs")
def time_of_the_decision_changed(case: Case) -> None:
    _entry_says(case, 4, at="2026-11-22T00:00:04Z")


@attack("evidence", "entry-differs")
def profile_of_the_entry_changed(case: Case) -> None:
    case.rewrite(4, lambda e: e["content"]["digests"].update(profile=digest_bytes(b"")))


@attack("evidence", "entry-differs")
def policy_of_the_entry_changed(case: Case) -> None:
    case.rewrite(4, lambda e: e["content"]["digests"].update(policy=digest_bytes(b"")))


@attack("evidence", "entry-differs")
def contract_of_the_entry_changed(case: Case) -> None:
    case.rewrite(2, lambda e: e["content"]["digests"].update(contract=digest_bytes(b"")))


@attack("evidence", "entry-differs")
def facts_left_out_of_the_entry(case: Case) -> None:
    case.rewrite(4, lambda e: e["content"]["digests"].pop("facts"))
    case.items[4].remove(case.item(4, "facts"))


@attack("evidence", "entry-members")
def entry_with_a_digest_of_its_own(case: Case) -> None:
    case.rewrite(4, lambda e: e["content"]["digests"].update(approval=digest_bytes(b"")))


@attack("time", "backdated")
def decision_dated_back(case: Case) -> None:
    case.rewrite(8, lambda e: e.update(time=e["time"] + 400 * SECOND))


@attack("time", "postdated")
def decision_dated_forward(case: Case) -> None:
    case.start = "2026-11-21T23:05:00Z"
    case.rewrite(1, lambda e: e.update(time=FROM - 3500 * SECOND))
    case.rewrite(2, lambda e: e.update(time=FROM - 3000 * SECOND))


@attack("evidence", "seal")
def item_of_another_entry(case: Case) -> None:
    one = case.item(8, "request")
    case.items[4] = [one if item[1] == "request" else item for item in case.items[4]]


@attack("evidence", "seal")
def item_with_another_salt(case: Case) -> None:
    case.item(4, "request")[0] = salt(0, "")


@attack("evidence", "seal")
def item_with_another_value(case: Case) -> None:
    case.item(4, "caller")[2] = "Bob in accounts"


@attack("evidence", "seal")
def item_with_another_name(case: Case) -> None:
    case.item(4, "request")[1] = "attestation"


@attack("evidence", "seal")
def item_of_what_is_no_seal(case: Case) -> None:
    case.items[4].append([salt(4, "profile"), "profile", digest_bytes(b"")])


@attack("evidence", "record-order")
def item_disclosed_twice(case: Case) -> None:
    case.items[4].append(case.item(4, "caller"))


@attack("evidence", "item")
def item_that_is_none(case: Case) -> None:
    case.items[4].append(["00", "zone", 1])


@attack("evidence", "disclosure-astray")
def item_of_a_neighbour(case: Case) -> None:
    case.items[9] = [case.item(8, "request")]


@attack("evidence", "disclosure-astray")
def item_of_no_entry(case: Case) -> None:
    case.items[40] = [case.item(8, "request")]


@attack("evidence", "erasure")
def erased_item_that_is_disclosed(case: Case) -> None:
    seal = case.entry(4)["content"]["digests"]["request"]
    case.erased[4] = [("request", seal)]


@attack("evidence", "erasure")
def erased_item_of_another_entry(case: Case) -> None:
    seal = case.entry(8)["content"]["digests"]["request"]
    case.items[4].remove(case.item(4, "request"))
    case.erased[4] = [("request", seal)]


@attack("evidence", "erasure")
def nothing_erased_keeps_the_evidence_away(case: Case) -> None:
    """What is said to be erased is not established, and cannot hide what is wrong elsewhere: the member has no seal."""
    case.erased[3] = [("request", digest_bytes(b""))]


def _service(case: Case) -> str:
    found = [d for d, data in case.documents.items() if b'"name":"good/two"' in data]
    return next(d for d in found if json.loads(case.documents[d])["kind"] == "service")


@attack("evidence", "document-missing")
def document_of_the_same_name_in_its_place(case: Case) -> None:
    data = case.documents.pop(_service(case)).replace(b'"eu"', b'"us"')
    case.documents[digest_bytes(data)[7:]] = data


@attack("form", "document-digest")
def document_of_the_same_name_under_its_digest(case: Case) -> None:
    own = _service(case)
    case.documents[own] = case.documents[own].replace(b'"eu"', b'"us"')


@attack("evidence", "document-missing")
def document_missing(case: Case) -> None:
    del case.documents[_service(case)]


@attack("form", "member-extra")
def document_that_nobody_names(case: Case) -> None:
    data = b'{"kind":"rule"}'
    case.documents[digest_bytes(data)[7:]] = data


@attack("form", "document-digest")
def document_with_blanks(case: Case) -> None:
    case.documents[_service(case)] += b"\n"


# --- members and JSON ----------------------------------------------------------------------------


def _changed_after(case: Case, change: Callable[[dict[str, bytes]], object]) -> None:
    """Change members behind the manifest's back."""

    def pack(members: Mapping[str, bytes]) -> bytes:
        found = dict(members)
        change(found)
        return zipped(found)

    case.pack = pack


@attack("form", "member-digest")
def member_changed_behind_the_manifest(case: Case) -> None:
    _changed_after(case, lambda m: m.update({"report.html": b"<p>all is well</p>"}))


@attack("form", "member-missing")
def member_missing(case: Case) -> None:
    _changed_after(case, lambda m: m.pop("report.html"))


@attack("form", "member-missing")
def required_member_missing(case: Case) -> None:
    case.members["erased.jsonl"] = None


@attack("form", "member-missing")
def manifest_missing(case: Case) -> None:
    _changed_after(case, lambda m: m.pop("manifest.json"))


@attack("form", "member-extra")
def member_that_the_manifest_does_not_name(case: Case) -> None:
    _changed_after(case, lambda m: m.update({"caio-check.pyz": b"print('verified')"}))


@attack("form", "member-extra")
def member_without_a_place(case: Case) -> None:
    case.members["decisions/04.json"] = case.decisions[4]


@attack("form", "shape")
def manifest_with_a_member_of_its_own(case: Case) -> None:
    case.manifest["verified"] = True


@attack("form", "canonical")
def manifest_that_is_not_canonical(case: Case) -> None:
    _changed_after(case, lambda m: m.update({"manifest.json": m["manifest.json"] + b"\n"}))


@attack("form", "json")
def manifest_of_nested_brackets(case: Case) -> None:
    bomb = b"[" * 1_000_000 + b"]" * 1_000_000
    _changed_after(case, lambda m: m.update({"manifest.json": bomb}))


@attack("form", "canonical")
def entry_that_is_not_canonical(case: Case) -> None:
    case.entries[3] = case.entries[3].replace(b":", b": ", 1)
    case.checkpoint = None


@attack("form", "shape")
def entry_with_a_member_of_its_own(case: Case) -> None:
    case.rewrite(3, lambda e: e.update(note=""))


@attack("form", "entry")
def entry_of_an_unknown_kind(case: Case) -> None:
    case.rewrite(3, lambda e: e.update(kind="approval"))


@attack("form", "line")
def entries_without_an_end(case: Case) -> None:
    case.members["entries.jsonl"] = case.whole()["entries.jsonl"][:-1]


@attack("form", "line")
def line_without_limit(case: Case) -> None:
    case.members["disclosures.jsonl"] = b'"' + b"a" * (1 << 21) + b'"\n'


@attack("form", "record-order")
def disclosures_out_of_order(case: Case) -> None:
    found = case.whole()["disclosures.jsonl"].splitlines(keepends=True)
    case.members["disclosures.jsonl"] = b"".join(found[::-1])


# --- the archive ---------------------------------------------------------------------------------


def _repacked(case: Case, change: Callable[[list[tuple[str, bytes]]], Any]) -> None:
    def pack(members: Mapping[str, bytes]) -> bytes:
        found = sorted(members.items())
        change(found)
        return packed(found)

    case.pack = pack


@attack("form", "archive-duplicate")
def member_twice(case: Case) -> bytes:
    # Written under a name of the same length, which is changed afterwards in both of its places.
    case.members["checkpoinu"] = b"another checkpoint"
    return case.build().replace(b"checkpoinu", b"checkpoint")


@attack("form", "archive-order")
def members_out_of_order(case: Case) -> None:
    _repacked(case, lambda m: m.reverse())


@attack("form", "archive-name")
def member_outside_of_the_folder(case: Case) -> None:
    _repacked(case, lambda m: m.insert(0, ("../report.html", b"")))


@attack("form", "archive-name")
def member_with_an_absolute_name(case: Case) -> None:
    _repacked(case, lambda m: m.insert(0, ("/etc/passwd", b"")))


@attack("form", "archive-name")
def member_with_an_odd_name(case: Case) -> None:
    _repacked(case, lambda m: m.append(("windows\\name", b"")))


@attack("form", "archive-encrypted")
def member_encrypted(case: Case) -> bytes:
    return _in_directory(case.build(), 8, b"\1\0")


@attack("form", "archive")
def bytes_in_front(case: Case) -> bytes:
    return b"#!/bin/sh\n" + case.build()


@attack("form", "archive")
def bytes_behind(case: Case) -> bytes:
    return case.build() + b"\0"


@attack("form", "archive")
def comment_behind(case: Case) -> bytes:
    return case.build()[:-2] + b"\3\0abc"


@attack("form", "archive")
def archive_behind_another(case: Case) -> bytes:
    return case.copy().build() + case.build()


@attack("form", "archive")
def gap_between_members(case: Case) -> bytes:
    data = case.build()
    start = _directory(data)
    grown = data[:start] + b"\0" * 7 + data[start:]
    return grown[:-6] + struct.pack("<L", start + 7) + grown[-2:]


@attack("form", "archive-time")
def member_with_another_time(case: Case) -> None:
    case.pack = lambda members: packed(sorted(members.items()), date_time=(2026, 11, 22, 0, 0, 0))


@attack("form", "archive-method")
def member_of_another_method(case: Case) -> None:
    case.pack = lambda members: packed(sorted(members.items()), compress_type=12)


@attack("form", "archive")
def member_that_is_a_link(case: Case) -> None:
    case.pack = lambda members: packed(sorted(members.items()), external_attr=0o120777 << 16)


@attack("form", "archive")
def member_with_another_name_in_its_header(case: Case) -> bytes:
    data = case.build()
    start = _directory(data)
    return data[:start].replace(b"keys.jsonl", b"kays.jsonl") + data[start:]


@attack("form", "archive-limit")
def member_that_states_too_much(case: Case) -> bytes:
    return _in_directory(case.build(), 24, b"\xff\xff\xff\xfe")


@attack("form", "member-data")
def member_that_unpacks_to_more_than_it_states(case: Case) -> bytes:
    """A bomb: a million zeros, of which the headers say that they are ten."""
    bomb = bytes(1_000_000)
    case.members["caio-check.pyz"] = bomb
    wrong = struct.pack("<L", 10)
    return case.build().replace(struct.pack("<L", len(bomb)), wrong)


@attack("form", "member-data")
def member_with_another_checksum(case: Case) -> bytes:
    own = struct.pack("<L", zlib.crc32(case.whole()["report.html"]))
    return case.build().replace(own, b"\0\0\0\0")


@attack("form", "member-data")
def member_whose_data_have_no_end(case: Case) -> bytes:
    data = case.build()
    return data.replace(_deflated(data, b"report.html"), b"\0" * 12, 1)


@attack("form", "archive")
def archive_truncated(case: Case) -> bytes:
    return case.build()[:-200]


@attack("form", "archive")
def no_archive_at_all(_: Case) -> bytes:
    return b"PK\3\4"


def _directory(data: bytes) -> int:
    return int(struct.unpack("<L", data[-6:-2])[0])


def _in_directory(data: bytes, offset: int, value: bytes) -> bytes:
    """Change the first record of the directory."""
    place = _directory(data) + offset
    return data[:place] + value + data[place + len(value) :]


def _deflated(data: bytes, name: bytes) -> bytes:
    start = data.index(name) + len(name)
    return data[start : start + 12]
