"""What a log returns can be verified by whoever has its key, and it signs nothing that contradicts itself."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from caio.audit import integrity, merkle
from caio.audit.checkpoint import Policy, sign_checkpoint
from caio.audit.entries import Entry, Kind
from caio.audit.faults import Fault
from caio.audit.log import Log
from caio.audit.notes import KeyType, Verifier
from caio.audit.witness import Witness
from tests.audit import oracle
from tests.audit.keys import ORIGIN, TestSigner, WrongSigner
from tests.audit.logs import DIGEST, KEY, ONE, entries, entry, opened, refused, ticking

POLICY = Policy(ORIGIN, (KEY,))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def log(path: Path) -> Iterator[Log]:
    with opened(path) as found:
        yield found


def test_a_receipt_is_verified_with_nothing_but_the_key(log: Log) -> None:
    receipts = [log.append(one) for one in entries(5)]
    assert [one.index for one in receipts] == [1, 2, 3, 4, 5]
    checkpoint = POLICY.accept(log.checkpoint().data)
    assert checkpoint.size == 6
    for receipt in receipts:
        proof = log.prove_inclusion(receipt.index, checkpoint.size)
        merkle.verify_inclusion(
            receipt.leaf, receipt.index, checkpoint.size, proof, checkpoint.root
        )
    everything = [one.data for one in log.entries()]
    assert oracle.mth(everything) == checkpoint.root
    assert [merkle.leaf_hash(data) for data in everything[1:]] == [one.leaf for one in receipts]


def test_the_formats_do_not_change_under_their_version(log: Log) -> None:
    # A log that was written once is read and continued by every later program: these bytes are for good.
    log.append_many(entries(5))
    assert log.checkpoint().data.decode() == (
        "audit.example/gateway-1\n"
        "6\n"
        "FsM136ncYhSGTbSI75k6z3o9RE4c6I+PhTKy+XjFFmE=\n"
        "\n"
        "— audit.example/gateway-1 CtisqQcbJWujnTGar4bSKHTcNvZecUjlAgVLIxJI2FfxOH4TyIpvDrNc5SSNqCkM"
        "BqWB1ehEzH7UzWoiNKVV754ePwE=\n"
    )


def test_proofs_are_those_of_the_definition_at_every_size(log: Log) -> None:
    log.append_many(entries(599))
    everything = [one.data for one in log.entries()]
    for size in (1, 2, 255, 256, 257, 511, 512, 513, 600):
        assert log.root(size) == oracle.mth(everything[:size])
        for index in {0, size // 2, size - 1}:
            assert list(log.prove_inclusion(index, size)) == oracle.path(index, everything[:size])
            found = log.prove_consistency(index + 1, size)
            assert list(found) == oracle.proof(index + 1, everything[:size])


@pytest.mark.parametrize("sizes", [(0, 4), (5, 4), (1, 5), (-1, 2), (1, True)])
def test_there_is_no_proof_of_what_is_not_there(log: Log, sizes: tuple[int, int]) -> None:
    log.append_many(entries(3))
    refused(Fault.PROOF_RANGE, lambda: log.prove_consistency(*sizes))
    for index, size in ((4, 4), (0, 5), (-1, 4), (0, 0)):
        refused(Fault.PROOF_RANGE, lambda i=index, s=size: log.prove_inclusion(i, s))  # type: ignore[misc]
    refused(Fault.PROOF_RANGE, lambda: log.root(5))


def test_entries_are_read_by_place_and_kind(log: Log) -> None:
    log.append_many([entry(0), entry(1, Kind.VIOLATION), entry(2), entry(3, Kind.VIOLATION)])
    found = list(log.entries())
    assert [one.index for one in found] == [0, 1, 2, 3, 4]
    assert [one.kind for one in found] == ["key", "decision", "violation", "decision", "violation"]
    assert [one.index for one in log.entries(kind=Kind.VIOLATION)] == [2, 4]
    assert [one.index for one in log.entries(1, 3)] == [1, 2]
    assert [one.index for one in log.entries(3, 100)] == [3, 4]
    assert list(log.entries(2, 2)) == []
    assert list(log.entries(0, 0)) == []
    assert found[2].details == {"number": 1}
    assert found[2].digests == {"decision": DIGEST}
    assert json.loads(found[2].data)["time"] == found[2].time
    refused(Fault.PROOF_RANGE, lambda: list(log.entries(-1)))


def test_time_never_goes_backwards(path: Path) -> None:
    with opened(path, time=5_000) as log:
        log.append(entry(0))
    with opened(path, time=10) as log:
        assert log.append(entry(1)).time == 5_001
        assert log.verify().head.size == 3


def test_entries_are_found_by_time(path: Path) -> None:
    times = iter([10, 10, 20, 20, 30, 40])
    with Log.open(path, ONE, clock=lambda: next(times)) as log:
        for number in range(5):
            log.append(entry(number))
        assert log.span(0, 100) == (0, 6)
        assert log.span(20, 30) == (2, 5)
        assert log.span(11, 19) == (2, 2)
        assert log.span(41, 50) == (6, 6)
        assert [one.time for one in log.entries(*log.span(10, 20))] == [10, 10, 20, 20]


def test_a_clock_that_shows_no_time_records_nothing(path: Path) -> None:
    opened(path).close()
    with Log.open(path, ONE, clock=lambda: 2**53) as log:
        refused(Fault.ENTRY_VALUE, lambda: log.append(entry(1)))
        assert log.size == 1
    # One that is set to before 1970 is one that was set back.
    with Log.open(path, ONE, clock=lambda: -(2**60)) as log:
        assert log.append(entry(1)).time == 1_000
    refused(Fault.ENTRY_VALUE, lambda: Log.open(path.with_name("new"), ONE, clock=lambda: -1))


def test_what_is_no_entry_is_not_recorded_and_neither_are_its_neighbours(log: Log) -> None:
    refused(Fault.ENTRY_VALUE, lambda: log.append_many([entry(0), "entry"]))  # type: ignore[list-item]
    forged = Entry(Kind.KEY, {"key": DIGEST}, {"note": "x"})
    refused(Fault.KEY_CHANGE, lambda: log.append_many([entry(0), forged]))
    assert log.size == 1
    assert log.append_many([]) == ()


def test_the_same_checkpoint_is_signed_once(log: Log) -> None:
    first = log.checkpoint()
    assert log.checkpoint() == first == log.latest()
    log.append(entry(0))
    second = log.checkpoint()
    assert second.size == 2
    assert log.latest() == second
    proof = log.prove_consistency(1, 2)
    merkle.verify_consistency(1, first.root, 2, second.root, proof)


def test_without_a_signer_a_log_is_read_and_appended_to(path: Path) -> None:
    opened(path).close()
    with opened(path, None) as log:
        assert log.append(entry(0)).index == 1
        refused(Fault.KEY_INACTIVE, log.checkpoint)
        refused(Fault.NOTE_UNSIGNED, log.latest)
        refused(Fault.KEY_INACTIVE, lambda: log.rotate(TestSigner("two")))
        assert log.verify().checkpoints == 0


def test_nobody_else_opens_it_to_sign(path: Path) -> None:
    opened(path).close()
    refused(Fault.KEY_INACTIVE, lambda: opened(path, TestSigner("eve")))
    refused(Fault.KEY_INACTIVE, lambda: opened(path, TestSigner("one", "other.example")))
    refused(Fault.NOTE_SIGNATURE, lambda: opened(path, WrongSigner("one")).checkpoint())


def test_there_is_no_log_without_somebody_to_begin_it(path: Path) -> None:
    refused(Fault.LOG_FOREIGN, lambda: opened(path, None))
    refused(Fault.NOTE_KEY, lambda: opened(path, TestSigner("one", "caio-audit-key/v1")))
    refused(Fault.NOTE_SIGNATURE, lambda: opened(path, WrongSigner("one")))
    assert not list(path.parent.iterdir())


def test_several_sign(path: Path) -> None:
    two = TestSigner("two")
    with Log.open(path, [ONE, two], clock=ticking()) as log:
        strict = Policy(ORIGIN, (KEY, Verifier.of(two)), signatures=2)
        assert len(strict.accept(log.checkpoint().data).signed) == 2
        log.append(entry(0))
        size = log.size
    # Those who open it apart sign the same checkpoint one after the other.
    with opened(path) as log:
        refused(Fault.NOTE_UNSIGNED, lambda: strict.accept(log.checkpoint().data))
    with opened(path, two) as log:
        assert strict.accept(log.checkpoint().data).size == size
        assert log.verify().checkpoints == 2


def test_witnesses_cosign_and_are_required(log: Log) -> None:
    witness = Witness(TestSigner("w", "w.example"), {ORIGIN: POLICY})
    refused(Fault.NOTE_UNSIGNED, lambda: log.latest(witnesses=[witness.key], quorum=1))
    first = log.checkpoint()
    refused(Fault.CHECKPOINT_UNWITNESSED, lambda: log.latest(witnesses=[witness.key], quorum=1))
    cosigned = witness.update(first.data, (), at=1_700_000_000)
    log.add_cosignatures(cosigned, [witness.key])
    found = log.latest(witnesses=[witness.key], quorum=1)
    assert found.witnessed == 1_700_000_000
    # Seen again later, the last time counts, in one line.
    again = witness.update(found.data, (), at=1_700_000_100)
    assert log.add_cosignatures(again, [witness.key]).witnessed == 1_700_000_100
    assert len(log.latest().data.splitlines()) == 6
    log.append_many(entries(9))
    second = log.checkpoint()
    proof = log.prove_consistency(first.size, second.size)
    log.add_cosignatures(witness.update(second.data, proof, at=1_700_000_200), [witness.key])
    assert log.latest(witnesses=[witness.key], quorum=1).size == 10
    assert log.verify().checkpoints == 2
    # A line of nobody who is known is not kept.
    stranger = Witness(TestSigner("v", "v.example"), {ORIGIN: POLICY})
    log.add_cosignatures(stranger.update(second.data, (), at=5), [witness.key])
    assert b"v.example" not in log.latest().data


def test_a_witness_finds_a_split_view(tmp_path: Path) -> None:
    witness = Witness(TestSigner("w", "w.example"), {ORIGIN: POLICY})
    with opened(tmp_path / "log") as log:
        log.append_many(entries(3))
        first = log.checkpoint()
        witness.update(first.data, (), at=1)
        assert witness.seen[ORIGIN] == first.head
    # The owner of the key shows somebody else another history of the same length and beyond.
    with opened(tmp_path / "other") as other:
        other.append_many(entries(3, start=50))
        forged = other.checkpoint()
        other.append(entry(9))
        longer = other.checkpoint()
        refused(Fault.PROOF_ROOT, lambda: witness.update(forged.data, (), at=2))
        proof = other.prove_consistency(first.size, longer.size)
        refused(Fault.PROOF_ROOT, lambda: witness.update(longer.data, proof, at=2))
        refused(Fault.PROOF_FORM, lambda: witness.update(longer.data, (), at=2))
    with opened(tmp_path / "short") as short:
        refused(Fault.LOG_ROLLED_BACK, lambda: witness.update(short.checkpoint().data, (), at=2))
    eve = TestSigner("eve")
    with opened(tmp_path / "eve", eve) as log:
        refused(Fault.NOTE_UNSIGNED, lambda: witness.update(log.checkpoint().data, (), at=2))
    stranger = TestSigner("x", "x.example")
    with opened(tmp_path / "x", stranger) as log:
        refused(Fault.CHECKPOINT_ORIGIN, lambda: witness.update(log.checkpoint().data, (), at=2))
    assert witness.seen[ORIGIN] == first.head
    # Another witness, told what the first one had seen, goes on from there.
    second = Witness(TestSigner("w", "w.example"), {ORIGIN: POLICY}, witness.seen)
    refused(Fault.PROOF_ROOT, lambda: second.update(forged.data, (), at=2))


class TestRolledBack:
    def test_a_log_that_was_put_back_is_refused_by_what_was_kept_elsewhere(
        self, path: Path, tmp_path: Path
    ) -> None:
        opened(path).close()
        early = tmp_path / "early"
        shutil.copy(path, early)
        with opened(path) as log:
            log.append_many(entries(5))
            log.rotate(TestSigner("two"))
            note = log.checkpoint().data
        shutil.copy(early, path)
        # The log itself is sound; only what was signed since then shows that it is not the one.
        opened(path).close()
        message = refused(Fault.LOG_ROLLED_BACK, lambda: opened(path, known=[note]))
        assert "sign nothing until then" in message
        path.unlink()
        refused(Fault.LOG_ROLLED_BACK, lambda: opened(path, known=[note]))

    def test_another_history_of_the_same_log_is_refused(self, path: Path, tmp_path: Path) -> None:
        with opened(path) as log:
            log.append_many(entries(5))
            note = log.checkpoint().data
        with opened(tmp_path / "other", time=7) as other:
            other.append_many(entries(50, start=50))
        refused(Fault.LOG_FORKED, lambda: opened(tmp_path / "other", known=[note]))

    def test_the_checkpoint_of_another_log_is_refused(self, path: Path, tmp_path: Path) -> None:
        with opened(tmp_path / "other", TestSigner("one", "other.example")) as other:
            note = other.checkpoint().data
        opened(path).close()
        refused(Fault.CHECKPOINT_ORIGIN, lambda: opened(path, known=[note]))

    def test_a_checkpoint_that_nobody_signed_is_refused(self, path: Path) -> None:
        with opened(path) as log:
            note = log.checkpoint().data
        other = note.replace(KEY.text.encode(), b"").splitlines(keepends=True)
        other[-1] = other[-1].replace(ORIGIN.encode(), b"somebody")
        refused(Fault.NOTE_UNSIGNED, lambda: opened(path, known=[b"".join(other)]))

    def test_a_log_that_is_put_back_while_it_is_open_signs_nothing(self, path: Path) -> None:
        with opened(path) as log:
            log.append_many(entries(5))
            log.checkpoint()
            with opened(path.parent / "other") as other:
                # The file is replaced under the process: what it has signed it remembers.
                log._store = other._store
                refused(Fault.LOG_ROLLED_BACK, log.checkpoint)
                other.append_many(entries(20, start=20))
                refused(Fault.LOG_FORKED, log.checkpoint)


def test_a_checkpoint_of_another_history_is_not_kept(log: Log) -> None:
    log.append_many(entries(3))
    for root, size, fault in (
        (bytes(32), 2, Fault.LOG_FORKED),
        (log.root(4), 5, Fault.LOG_ROLLED_BACK),
    ):
        note = sign_checkpoint(ORIGIN, size, root, [ONE])
        refused(fault, partial(integrity.keep, log._store, note))
        refused(fault, partial(log.add_cosignatures, note.data, ()))
    refused(Fault.NOTE_UNSIGNED, log.latest)


def test_the_errors_of_a_device_are_its_own(log: Log) -> None:
    class Broken(TestSigner):
        def sign(self, message: bytes) -> bytes:
            raise ValueError(f"the device does not sign {len(message)} bytes")

    with pytest.raises(ValueError, match="the device does not sign"):
        log.rotate(Broken("two"))
    assert log.checkpoint().size == log.verify().head.size == 1


def test_a_log_is_not_pickled(log: Log) -> None:
    with pytest.raises(TypeError, match="open its file"):
        pickle.dumps(log)


def test_verifying_counts_what_is_there(log: Log) -> None:
    log.append_many([*entries(300), entry(0, Kind.VIOLATION)])
    log.checkpoint()
    found = log.verify()
    assert found.kinds == {Kind.KEY: 1, Kind.DECISION: 300, Kind.VIOLATION: 1}
    assert (found.head.size, found.checkpoints) == (302, 1)
    assert found.head.root == log.root(302)
    assert found.keyring.active == (KEY,)


def test_a_witness_key_never_signs_for_the_log(log: Log) -> None:
    cosigning = Verifier(ORIGIN, ONE.public, KeyType.COSIGNATURE)
    witness = Witness(ONE, {ORIGIN: POLICY})
    assert witness.key == cosigning
    data = witness.update(log.checkpoint().data, (), at=5)
    refused(Fault.POLICY, lambda: log.add_cosignatures(data, [cosigning]))
