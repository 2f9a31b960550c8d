"""A checkpoint is accepted if the policy's keys have signed it, and witnesses where it wants them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace

import pytest

from caio.audit import checkpoint as cp
from caio.audit import notes
from caio.audit.checkpoint import Policy, read_checkpoint, sign_checkpoint
from caio.audit.faults import AuditError, Fault
from caio.audit.notes import KeyType, Note, Verifier
from tests.audit.keys import ORIGIN, TestSigner

ROOT = bytes(range(32))
ONE, TWO = TestSigner("one"), TestSigner("two")
WITNESSES = [TestSigner(f"w{n}", f"w{n}.example") for n in range(3)]
COSIGNING = tuple(Verifier.of(one, KeyType.COSIGNATURE) for one in WITNESSES)
KEYS = (Verifier.of(ONE), Verifier.of(TWO))
POLICY = Policy(ORIGIN, KEYS)

# The example of C2SP tlog-checkpoint.
SPEC = (
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)


def refused(fault: Fault, act: Callable[[], object]) -> None:
    with pytest.raises(AuditError) as caught:
        act()
    assert caught.value.fault is fault


def signed(size: int = 7, *signers: TestSigner) -> Note:
    return sign_checkpoint(ORIGIN, size, ROOT, signers or [ONE])


def test_the_example_of_the_specification_is_read() -> None:
    claimed = read_checkpoint(SPEC.encode())
    assert claimed.head.origin == "example.com/behind-the-sofa"
    assert claimed.head.size == 20852163
    assert claimed.head.text == claimed.note.text


def test_a_signed_checkpoint_is_accepted() -> None:
    found = POLICY.accept(signed().data)
    assert (found.size, found.root) == (7, ROOT)
    assert [one.key for one in found.signed] == [KEYS[0]]
    assert found.witnessed is None
    text = f"{ORIGIN}\n7\n{base64.b64encode(ROOT).decode()}\n"
    assert found.data.decode().startswith(text + "\n— ")


def test_several_keys_sign_and_one_counts_once() -> None:
    strict = replace(POLICY, signatures=2)
    assert len(strict.accept(signed(7, ONE, TWO).data).signed) == 2
    refused(Fault.NOTE_UNSIGNED, lambda: strict.accept(signed(7, ONE).data))
    refused(Fault.NOTE_UNSIGNED, lambda: strict.accept(signed(7, ONE, ONE).data))


def test_nobody_else_can_sign() -> None:
    refused(Fault.NOTE_UNSIGNED, lambda: POLICY.accept(signed(7, TestSigner("eve")).data))


def test_another_log_is_another_log() -> None:
    other = sign_checkpoint("other.example", 7, ROOT, [TestSigner("one", "other.example")])
    refused(Fault.CHECKPOINT_ORIGIN, lambda: POLICY.accept(other.data))


def test_witnesses_are_required_where_the_policy_says_so() -> None:
    policy = replace(POLICY, witnesses=COSIGNING, quorum=2)
    note = signed()
    refused(Fault.CHECKPOINT_UNWITNESSED, lambda: policy.accept(note.data))
    first = notes.cosign(note, WITNESSES[0], at=100)
    refused(Fault.CHECKPOINT_UNWITNESSED, lambda: policy.accept(first.data))
    # The same witness twice is one witness.
    twice = notes.cosign(first, WITNESSES[0], at=200)
    refused(Fault.CHECKPOINT_UNWITNESSED, lambda: policy.accept(twice.data))
    # A stranger does not count.
    strange = notes.cosign(first, TestSigner("w9", "w9.example"), at=200)
    refused(Fault.CHECKPOINT_UNWITNESSED, lambda: policy.accept(strange.data))
    both = notes.cosign(first, WITNESSES[1], at=300)
    found = policy.accept(both.data)
    assert [one.time for one in found.cosigned] == [100, 300]
    assert found.witnessed == 300
    # Cosignatures never stand for the log's own signature.
    alone = Note(both.text, both.lines[1:])
    refused(Fault.NOTE_UNSIGNED, lambda: policy.accept(alone.data))


def test_a_cosignature_of_another_checkpoint_refuses_the_note() -> None:
    policy = replace(POLICY, witnesses=COSIGNING, quorum=1)
    moved = notes.cosign(signed(8), WITNESSES[0], at=100).lines[1]
    note = signed(7)
    refused(Fault.NOTE_SIGNATURE, lambda: policy.accept(Note(note.text, (*note.lines, moved)).data))


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n7\n",
        f"{ORIGIN}\n\n7\nAAAA\n",
        f"{ORIGIN}\n07\nROOT\n",
        f"{ORIGIN}\n+7\nROOT\n",
        f"{ORIGIN}\n7 \nROOT\n",
        f"{ORIGIN}\n-1\nROOT\n",
        f"{ORIGIN}\n٧\nROOT\n",
        f"{ORIGIN}\n9223372036854775808\nROOT\n",
        f"{ORIGIN}\n7.0\nROOT\n",
        f"{ORIGIN}\n7\nROOT=\n",
        f"{ORIGIN}\n7\nAAAA\n",
        f"{ORIGIN}\n7\n{bytes(32).hex()}\n",
        f"\n{ORIGIN}\n7\nROOT\n",
        f"{ORIGIN}\n7\nROOT\n\nmore\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    note = notes.sign_note(text.replace("ROOT", base64.b64encode(ROOT).decode()), [ONE])
    refused(Fault.CHECKPOINT_FORM, lambda: POLICY.accept(note.data))


def test_extensions_are_covered_and_mean_nothing() -> None:
    text = f"{ORIGIN}\n7\n{base64.b64encode(ROOT).decode()}\nmore\n"
    found = POLICY.accept(notes.sign_note(text, [ONE]).data)
    assert found.head.extensions == ("more",)
    assert found.head.text == text


@pytest.mark.parametrize(
    "make",
    [
        lambda: Policy(ORIGIN, ()),
        lambda: Policy(ORIGIN, KEYS, signatures=0),
        lambda: Policy(ORIGIN, KEYS, signatures=3),
        lambda: Policy(ORIGIN, KEYS, quorum=1),
        lambda: Policy(ORIGIN, KEYS, COSIGNING, quorum=-1),
        lambda: Policy(ORIGIN, (*KEYS, KEYS[0])),
        lambda: Policy(ORIGIN, KEYS, (*COSIGNING, COSIGNING[0])),
        lambda: Policy(ORIGIN, KEYS, (Verifier("w.example", ONE.public, KeyType.COSIGNATURE),)),
        lambda: Policy(ORIGIN, COSIGNING),
        lambda: Policy(ORIGIN, KEYS, (Verifier.of(WITNESSES[0]),)),
        lambda: Policy("other.example", KEYS),
    ],
)
def test_a_policy_that_counts_wrong_is_none(make: Callable[[], Policy]) -> None:
    refused(Fault.POLICY, make)


@pytest.mark.parametrize("origin", ["", "a b", "a+b", cp.KEY_TEXT, "cosignature/v1", "x\ny"])
def test_names_that_begin_other_texts_are_no_origins(origin: str) -> None:
    refused(Fault.NOTE_KEY, lambda: sign_checkpoint(origin, 1, ROOT, [ONE]))


def test_only_the_log_signs_and_only_roots_of_trees() -> None:
    refused(Fault.NOTE_KEY, lambda: sign_checkpoint("other.example", 1, ROOT, [ONE]))
    refused(Fault.CHECKPOINT_FORM, lambda: sign_checkpoint(ORIGIN, 1, ROOT[1:], [ONE]))
    refused(Fault.PROOF_RANGE, lambda: sign_checkpoint(ORIGIN, -1, ROOT, [ONE]))
    refused(Fault.NOTE_FORM, lambda: sign_checkpoint(ORIGIN, 1, ROOT, []))
