"""Notes are those of C2SP signed-note, byte by byte, and everything else is refused."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.audit import notes
from caio.audit.faults import AuditError, Fault
from caio.audit.notes import KeyType, Line, Note, Verifier
from tests.audit.keys import ORIGIN, TestSigner, WrongSigner

TEXT = "some text\n\nin three lines\n"
ALICE, BOB = TestSigner("alice", "alice.example/1"), TestSigner("bob", "bob.example")
A, B = Verifier.of(ALICE), Verifier.of(BOB)

# The example of Go's package golang.org/x/mod/sumdb/note, which the specification describes.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
# The example of the specification itself.
SPEC_NOTE = (
    "Ognuno sta solo sul cuor della terra\n"
    "trafitto da un raggio di sole:\n"
    "\n"
    "ed è subito sera.\n"
    "\n"
    "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
)


def refused(fault: Fault, act: Callable[[], object]) -> str:
    with pytest.raises(AuditError) as caught:
        act()
    assert caught.value.fault is fault
    return str(caught.value)


def test_a_note_of_another_program_verifies() -> None:
    note = notes.read_note(GO_NOTE.encode())
    (signed,) = notes.verify(note, [Verifier.parse(GO_KEY)])
    assert signed.key.name == "PeterNeumann"
    assert signed.time is None
    assert note.data == GO_NOTE.encode()
    changed = notes.read_note(GO_NOTE.replace("answer", "Answer").encode())
    refused(Fault.NOTE_SIGNATURE, lambda: notes.verify(changed, [Verifier.parse(GO_KEY)]))


def test_the_example_of_the_specification_is_read() -> None:
    note = notes.read_note(SPEC_NOTE.encode())
    assert note.text.endswith("\n\ned è subito sera.\n")
    assert note.lines[0].name == "quasimodo.example/salvatore"
    assert note.lines[0].id == bytes.fromhex("367ba04b")


def test_a_key_id_is_computed_as_specified() -> None:
    expected = hashlib.sha256(ALICE.name.encode() + b"\n\x01" + ALICE.public).digest()[:4]
    assert A.id == expected
    assert A.text == f"alice.example/1+{expected.hex()}+" + (
        base64.b64encode(b"\x01" + ALICE.public).decode()
    )
    witness = Verifier.of(ALICE, KeyType.COSIGNATURE)
    assert witness.id != A.id
    for key in (A, B, witness):
        assert Verifier.parse(key.text) == key


def test_several_sign_and_unknown_lines_are_ignored() -> None:
    note = notes.sign_note(TEXT, [ALICE, BOB])
    assert notes.read_note(note.data) == note
    assert [one.key for one in notes.verify(note, [B, A])] == [A, B]
    assert [one.key for one in notes.verify(note, [B])] == [B]
    assert notes.verify(note, [Verifier.of(TestSigner("eve"))]) == ()
    # The same key under another name, and another key under the same name, are unknown.
    assert notes.verify(note, [Verifier("alice.example/2", ALICE.public)]) == ()
    assert notes.verify(note, [Verifier(ALICE.name, BOB.public)]) == ()


def test_one_bad_line_of_a_known_key_refuses_the_note() -> None:
    note = notes.sign_note(TEXT, [ALICE, BOB])
    for place in (0, 1):
        line = note.lines[place]
        for bad in (
            line.signature[:-1],
            line.signature + b"\0",
            bytes([line.signature[0] ^ 1]) + line.signature[1:],
            bytes(64),
            b"",
        ):
            lines = list(note.lines)
            lines[place] = Line(line.name, line.id, bad)
            changed = Note(TEXT, tuple(lines))
            refused(Fault.NOTE_SIGNATURE, partial(notes.verify, changed, [A, B]))


def test_another_text_is_refused() -> None:
    note = notes.sign_note(TEXT, [ALICE])
    other = Note(TEXT.replace("three", "four"), note.lines)
    message = refused(Fault.NOTE_SIGNATURE, lambda: notes.verify(other, [A]))
    assert "nothing in it is established" in message


def test_a_cosignature_binds_its_time() -> None:
    note = notes.cosign(notes.sign_note(TEXT, [ALICE]), BOB, at=1_679_315_147)
    witness = Verifier.of(BOB, KeyType.COSIGNATURE)
    assert [(one.key, one.time) for one in notes.verify(note, [A, witness])] == [
        (A, None),
        (witness, 1_679_315_147),
    ]
    line = note.lines[1]
    assert line.signature[:8] == (1_679_315_147).to_bytes(8, "big")
    message = b"cosignature/v1\ntime 1679315147\n" + TEXT.encode()
    assert line.signature[8:] == BOB.key.sign(message)
    for bad in (
        (1_679_315_148).to_bytes(8, "big") + line.signature[8:],
        b"\xff" + line.signature[1:],
        line.signature[8:],
        line.signature[:-1],
        line.signature + b"\0",
    ):
        changed = Note(TEXT, (note.lines[0], Line(line.name, line.id, bad)))
        refused(Fault.NOTE_SIGNATURE, partial(notes.verify, changed, [witness]))
    # Times beyond the specification's are refused, whoever signs them.
    beyond = f"cosignature/v1\ntime {2**63}\n{TEXT}".encode()
    signed = (2**63).to_bytes(8, "big") + BOB.key.sign(beyond)
    late = Note(TEXT, (Line(line.name, line.id, signed),))
    refused(Fault.NOTE_SIGNATURE, lambda: notes.verify(late, [witness]))
    # A signature is no cosignature, and the other way round.
    plain = notes.sign_note(TEXT, [BOB])
    assert notes.verify(plain, [witness]) == ()
    disguised = Note(TEXT, (Line(BOB.name, witness.id, plain.lines[0].signature),))
    refused(Fault.NOTE_SIGNATURE, lambda: notes.verify(disguised, [witness]))
    for time in (-1, 2**63, True):
        refused(Fault.NOTE_FORM, partial(notes.cosign, plain, BOB, at=time))


def good_lines() -> str:
    return "".join(line.text for line in notes.sign_note(TEXT, [ALICE, BOB]).lines)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("— alice", "- alice"),
        ("— alice", "—  alice"),
        ("— alice", "—alice"),
        ("— alice", "–\u00a0alice"),
        ("alice.example/1 ", "alice.example/1  "),
        ("alice.example/1 ", "alice+example/1 "),
        ("alice.example/1 ", "alice\u2003example/1 "),
        ("alice.example/1 ", " "),
        ("=\n", "\n"),
        ("=\n", "=\r\n"),
        ("=\n", "= \n"),
        ("=\n", "==\n"),
        ("some", "so\tme"),
        ("some", "so\0me"),
        ("some", "so\x1bme"),
    ],
)
def test_what_is_written_otherwise_is_no_note(old: str, new: str) -> None:
    good = TEXT + "\n" + good_lines()
    assert notes.read_note(good.encode()).data == good.encode()
    bad = good.replace(old, new, 1)
    assert bad != good
    refused(Fault.NOTE_FORM, lambda: notes.read_note(bad.encode()))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\n\n",
        b"text\n\n",
        b"text\n",
        b"text",
        TEXT.encode(),
        good_lines().encode(),
        (TEXT + good_lines()).encode(),
        (TEXT + "\n" + good_lines() + "\n").encode(),
        (TEXT + "\n" + good_lines()).encode()[:-1],
        b"\xff" + (TEXT + "\n" + good_lines()).encode(),
        "text\n\n— name AAAA\n".encode(),
        "text\n\n— name AAAAAA\n".encode(),
        (TEXT + "\n" + good_lines() * 51).encode(),
        b"x" * 1_000_001,
    ],
)
def test_what_is_no_note_is_refused(data: bytes) -> None:
    refused(Fault.NOTE_FORM, lambda: notes.read_note(data))


def test_base64_is_written_in_one_way_only() -> None:
    # The last character of `…AQ==` holds four bits that no byte needs.
    assert notes.read_base64("AAAAAQ==") == b"\0\0\0\1"
    for text in ("AAAAAR==", "AAAAAQ", "AAAAAQ=", "AAAA AQ==", "AAAAAQ==\n", "AAAA-Q==", "ä"):
        assert notes.read_base64(text) is None


def test_as_many_signatures_as_the_specification_demands_are_accepted() -> None:
    signers = [TestSigner(f"s{n}", f"s{n}.example") for n in range(16)]
    note = notes.sign_note(TEXT, signers)
    keys = [Verifier.of(signer) for signer in signers]
    assert len(notes.verify(notes.read_note(note.data), keys)) == 16


@pytest.mark.parametrize(
    "text",
    [
        A.text[:-1],
        A.text + "\n",
        A.text.replace("+", "-"),
        A.text.replace(A.id.hex(), A.id.hex().upper() if A.id.hex().upper() != A.id.hex() else "0"),
        A.text.replace(A.id.hex(), "00000000"),
        A.text.replace("alice", "al ice"),
        A.text.replace("alice", "malice"),
        "name+00000000+AQ==",
        "",
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    refused(Fault.NOTE_KEY, lambda: Verifier.parse(text))


@pytest.mark.parametrize(
    "public",
    [
        bytes(32),
        b"\1" + bytes(31),
        b"\xff" * 32,
        bytes(31),
        b"\2" + bytes(31),
        bytes([0xEC] + [0xFF] * 30 + [0x7F]),
    ],
)
def test_a_key_that_anybody_can_sign_for_is_refused(public: bytes) -> None:
    refused(Fault.NOTE_KEY, lambda: Verifier(ORIGIN, public))


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\0", "\ud800", "x" * 256])
def test_what_is_no_name_is_refused(name: str) -> None:
    refused(Fault.NOTE_KEY, lambda: Verifier(name, ALICE.public))


def test_a_device_that_signs_something_else_is_found_out() -> None:
    refused(Fault.NOTE_SIGNATURE, lambda: notes.sign_note(TEXT, [WrongSigner("alice")]))
    note = notes.sign_note(TEXT, [ALICE])
    refused(Fault.NOTE_SIGNATURE, lambda: notes.cosign(note, WrongSigner("bob"), at=5))


@pytest.mark.parametrize("text", ["no newline", "tab\t\n", "\ud800\n", "", "x\r\n"])
def test_what_cannot_be_read_back_is_not_signed(text: str) -> None:
    with pytest.raises((AuditError, UnicodeEncodeError)):
        notes.sign_note(text, [ALICE])
    refused(Fault.NOTE_FORM, lambda: notes.sign_note(TEXT, []))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])), st.integers(0, 3))
@settings(max_examples=60)
def test_what_is_signed_is_read_as_it_was(text: str, blanks: int) -> None:
    whole = text + "\n" * (blanks + 1)
    note = notes.sign_note(whole, [ALICE])
    assert notes.read_note(note.data) == note
    assert notes.verify(note, [A])[0].key == A
