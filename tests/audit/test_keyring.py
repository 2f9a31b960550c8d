"""Keys change only by whom they may, and a checkpoint counts only if its key was active and was not revoked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from caio.audit.checkpoint import KEY_TEXT
from caio.audit.entries import Entry, Kind, Read
from caio.audit.faults import Fault
from caio.audit.keyring import Change, Keyring
from caio.audit.log import Log
from caio.audit.notes import KeyType, Signer, Verifier, sign_note
from tests.audit.keys import ORIGIN, TestSigner
from tests.audit.logs import KEY, ONE, entries, entry, opened, refused

TWO, THREE, EVE = TestSigner("two"), TestSigner("three"), TestSigner("eve")
K2, K3, KE = Verifier.of(TWO), Verifier.of(THREE), Verifier.of(EVE)


def said(text: str, *signers: Signer, key: Verifier = K2) -> Read:
    """An entry of kind `key` whose note has this last line."""
    note = sign_note(f"{KEY_TEXT}\n{ORIGIN}\n{text}\n", signers)
    return Read(Kind.KEY, 5, {"key": key.digest}, {"note": note.data.decode()})


def begun(*more: Read) -> Keyring:
    entries_ = [said(f"begin {KEY.text}", ONE, key=KEY), *more]
    return Keyring.of(ORIGIN, enumerate(entries_))


BOTH = said(f"add {K2.text}", TWO, ONE)


def test_keys_come_and_go() -> None:
    ring = begun(BOTH)
    assert ring.active == (KEY, K2)
    assert ring.covering(1) == (KEY,)
    assert ring.covering(0) == ()
    rotated = begun(said(f"rotate {K2.text} {KEY.text}", TWO, ONE))
    assert rotated.active == (K2,)
    # What the old key has signed up to there stands.
    assert rotated.covering(1) == (KEY,)
    assert rotated.covering(2) == (K2,)
    retired = begun(BOTH, said(f"retire {KEY.text}", TWO, key=KEY))
    assert retired.covering(2) == (KEY, K2)
    assert retired.covering(3) == (K2,)
    revoked = begun(BOTH, said(f"revoke {KEY.text}", TWO, key=KEY))
    assert revoked.covering(2) == (K2,)
    assert revoked.covering(1) == ()
    assert revoked.holding(1) == (KEY,)
    refused(Fault.KEY_INACTIVE, lambda: revoked.policy(1))
    # A key that was retired can turn out to be stolen.
    late = begun(
        BOTH, said(f"retire {KEY.text}", TWO, key=KEY), said(f"revoke {KEY.text}", TWO, key=KEY)
    )
    assert late.covering(2) == (K2,)


RETIRED = said(f"retire {KEY.text}", TWO, key=KEY)
MESSAGES = [
    ("nobody active adds a key", [said(f"add {K2.text}", TWO)]),
    ("a stranger adds a key", [said(f"add {K2.text}", TWO, EVE)]),
    ("the new key has not signed", [said(f"add {K2.text}", ONE)]),
    ("a key is added twice", [BOTH, BOTH]),
    ("an ended key comes back", [BOTH, RETIRED, said(f"add {KEY.text}", ONE, TWO, key=KEY)]),
    ("an ended key adds another", [BOTH, RETIRED, said(f"add {K3.text}", THREE, ONE, key=K3)]),
    ("the last key retires", [said(f"retire {KEY.text}", ONE, key=KEY)]),
    ("the last key is revoked", [said(f"revoke {KEY.text}", ONE, key=KEY)]),
    ("a key retires itself", [BOTH, said(f"retire {K2.text}", TWO)]),
    ("a stranger revokes", [BOTH, said(f"revoke {K2.text}", EVE)]),
    ("a key ends twice", [BOTH, RETIRED, RETIRED]),
    (
        "an ended key rotates",
        [BOTH, RETIRED, said(f"rotate {K3.text} {KEY.text}", THREE, TWO, key=K3)],
    ),
    ("an unknown key ends", [said(f"retire {KE.text}", ONE, key=KE)]),
    ("an unknown key is rotated", [said(f"rotate {K2.text} {KE.text}", TWO, ONE)]),
    ("a log begins twice", [said(f"begin {K2.text}", TWO)]),
    ("another digest", [said(f"add {K2.text}", TWO, ONE, key=KEY)]),
    ("another word", [said(f"grant {K2.text}", TWO, ONE)]),
    ("two keys are added", [said(f"add {K2.text} {K3.text}", TWO, ONE)]),
    ("one key is rotated", [said(f"rotate {K2.text}", TWO, ONE)]),
    ("two lines", [said(f"add {K2.text}\nadd {K3.text}", TWO, ONE)]),
    (
        "a key of another log",
        [said(f"add {Verifier('other.example', TWO.public).text}", TWO, ONE)],
    ),
    (
        "a key of witnesses",
        [said(f"add {Verifier(ORIGIN, TWO.public, KeyType.COSIGNATURE).text}", TWO, ONE)],
    ),
]


@pytest.mark.parametrize(("what", "more"), MESSAGES, ids=[what for what, _ in MESSAGES])
def test_nobody_changes_keys_who_may_not(what: str, more: list[Read]) -> None:
    before = begun(*more[:-1])
    assert before.active, what
    refused(Fault.KEY_CHANGE, lambda: before.after(len(more), more[-1]))


def test_a_note_about_keys_is_that_of_this_log() -> None:
    other = sign_note(f"{KEY_TEXT}\nother.example\nadd {K2.text}\n", [TWO, ONE])
    read = Read(Kind.KEY, 5, {"key": K2.digest}, {"note": other.data.decode()})
    refused(Fault.KEY_CHANGE, lambda: begun(read))
    checkpoint = sign_note(f"{ORIGIN}\n5\nAAAA\n", [TWO, ONE])
    read = Read(Kind.KEY, 5, {"key": K2.digest}, {"note": checkpoint.data.decode()})
    refused(Fault.KEY_CHANGE, lambda: begun(read))
    refused(Fault.KEY_CHANGE, lambda: begun(Read(Kind.KEY, 5, {"key": K2.digest}, {})))
    refused(
        Fault.KEY_CHANGE,
        lambda: begun(Read(Kind.DECISION, 5, BOTH.digests, BOTH.details)),
    )
    refused(Fault.NOTE_FORM, lambda: begun(Read(Kind.KEY, 5, {"key": K2.digest}, {"note": "add"})))


def test_a_forged_line_refuses_the_change() -> None:
    good = said(f"add {K2.text}", TWO, ONE)
    text = good.details["note"]
    assert type(text) is str
    *lines, last = text.splitlines(keepends=True)
    forged = "".join([*lines, last[:-10] + ("A" if last[-10] != "A" else "B") + last[-9:]])
    read = Read(Kind.KEY, 5, good.digests, {"note": forged})
    refused(Fault.NOTE_SIGNATURE, lambda: begun(read))


def test_a_log_does_not_write_what_its_readers_refuse() -> None:
    ring = begun(BOTH)
    refused(Fault.KEY_CHANGE, lambda: ring.change(Change.ADD, K3, [THREE]))
    refused(Fault.KEY_CHANGE, lambda: ring.change(Change.BEGIN, K3, [THREE]))
    assert type(ring.change(Change.ADD, K3, [THREE, ONE])) is Entry


class TestInALog:
    @pytest.fixture
    def log(self, tmp_path: Path) -> Iterator[Log]:
        with opened(tmp_path / "log") as log:
            log.append_many(entries(3))
            yield log

    def test_after_a_rotation_the_new_key_signs_and_the_old_one_is_refused(
        self, log: Log, tmp_path: Path
    ) -> None:
        before = log.checkpoint()
        log.rotate(TWO)
        after = log.checkpoint()
        assert [one.key for one in after.signed] == [K2]
        assert log.keyring().policy(before.size).accept(before.data) == before
        # The old key signs nothing new, here or in anybody's hands.
        refused(Fault.KEY_INACTIVE, lambda: opened(tmp_path / "log", ONE))
        with opened(tmp_path / "log", TWO) as again:
            assert again.checkpoint() == after
        assert log.verify().checkpoints == 2

    def test_a_revoked_key_takes_its_checkpoints_with_it(self, log: Log, tmp_path: Path) -> None:
        before = log.checkpoint()
        log.add_key(TWO)
        log.revoke(KEY)
        refused(Fault.KEY_INACTIVE, log.latest)
        # The one who revoked signs on, and the revoked key no longer with it.
        assert [one.key for one in log.checkpoint().signed] == [K2]
        with opened(tmp_path / "log", TWO) as again:
            # What it had signed is part of the history, and counts again through a later checkpoint.
            after = again.checkpoint()
            ring = again.keyring()
            refused(Fault.KEY_INACTIVE, lambda: ring.policy(before.size))
            assert again.prove_consistency(before.size, after.size)
            assert again.latest() == after
            assert again.verify().checkpoints == 2
        with opened(tmp_path / "log", None) as reader:
            assert reader.latest() == after

    def test_the_last_key_cannot_be_given_up(self, log: Log) -> None:
        refused(Fault.KEY_CHANGE, lambda: log.retire(KEY))
        refused(Fault.KEY_CHANGE, lambda: log.revoke(KEY))
        refused(Fault.KEY_CHANGE, lambda: log.rotate(ONE))
        refused(Fault.KEY_CHANGE, lambda: log.add_key(ONE))
        refused(Fault.KEY_CHANGE, lambda: log.retire(K2))
        assert log.size == 4

    def test_a_signer_that_was_retired_elsewhere_signs_nothing(
        self, log: Log, tmp_path: Path
    ) -> None:
        log.checkpoint()
        with opened(tmp_path / "log") as other:
            other.add_key(TWO)
            other.retire(KEY)
            assert [one.key for one in other.checkpoint().signed] == [K2]
        refused(Fault.KEY_INACTIVE, log.checkpoint)
        refused(Fault.KEY_CHANGE, lambda: log.add_key(THREE))
        assert log.append(entry(9)).index == 6

    def test_who_retires_a_key_signs_on_without_it(self, log: Log) -> None:
        log.add_key(TWO)
        log.retire(KEY)
        assert [one.key for one in log.checkpoint().signed] == [K2]

    def test_every_change_is_an_entry(self, log: Log) -> None:
        log.add_key(TWO)
        log.rotate(THREE, K2)
        found = [one.details["note"] for one in log.entries(kind=Kind.KEY)]
        words = [str(note).split("\n")[2].split(" ")[0] for note in found]
        assert words == ["begin", "add", "rotate"]
        assert log.keyring().active == (KEY, K3)
        assert {one.key for one in log.checkpoint().signed} == {KEY, K3}
