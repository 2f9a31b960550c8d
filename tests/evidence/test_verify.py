"""A good evidence file is verified where signatures are checked, and says what it leaves open where something is missing."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from caio.audit.checkpoint import sign_checkpoint
from caio.evidence import CLAIMS, Flaw, KeyEntry, Outcome, Policy, Report, Status, verify
from caio.evidence.archive import Archive
from tests.audit.keys import ORIGIN, TestSigner
from tests.audit.oracle import mth, proof
from tests.evidence.making import FROM, ONE, SECOND, TWO, Case, hashes, lines, make, packed, signed
from tests.evidence.signatures import Verifying


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return make(tmp_path_factory.mktemp("log"))


@pytest.fixture
def case(made: Case) -> Case:
    return made.copy()


def judged(case: Case, older: bytes | None = None) -> Report:
    return verify(case.build(), policy=Policy(older=older), signatures=Verifying(ONE))


def statuses(report: Report) -> dict[str, str]:
    return {claim.name: claim.status.value for claim in report.claims}


def test_a_good_file_is_verified(case: Case, tmp_path: Path) -> None:
    data = case.build()
    (tmp_path / "evidence.zip").write_bytes(data)
    report = verify(data, signatures=Verifying(ONE))
    for given in (io.BytesIO(data), tmp_path / "evidence.zip"):
        assert verify(given, signatures=Verifying(ONE)) == report
        assert (report.outcome, report.exit_code) == (Outcome.VERIFIED, 0)
        assert statuses(report) == dict.fromkeys(CLAIMS[:-1], "ok")
    assert [report[name].ok for name in ("inclusion", "completeness")] == [9, 9]
    assert [report[name].ok for name in ("evidence", "time", "attestations")] == [4, 4, 3]
    assert report.about["origin"] == ORIGIN


def test_the_log_of_the_cases_is_the_one_that_is_made_anew(case: Case) -> None:
    own, case.checkpoint, case.signers = case.head(), None, (ONE,)
    assert case.head().split(b"\n\n")[0] == own.split(b"\n\n")[0]


def test_without_cryptography_nothing_is_verified_as_a_whole(case: Case) -> None:
    report = verify(case.build())
    assert (report.outcome, report.exit_code) == (Outcome.INCOMPLETE, 3)
    left = {name for name, status in statuses(report).items() if status != "ok"}
    assert left == {"signature", "attestations"}
    assert report.json()["signatures"] == "not checked"


def test_it_is_not_verified_either_if_nobody_attests(case: Case) -> None:
    for index in (*case.attestations,):
        del case.attestations[index]
        case.rewrite(index, lambda e: e["content"]["digests"].pop("statement"))
        case.items[index].remove(case.item(index, "statement"))
    assert judged(case).outcome is Outcome.VERIFIED
    assert verify(case.build()).outcome is Outcome.INCOMPLETE


class Agreeing:
    """Accepts every signature, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    def checkpoint(self, note: bytes, keys: object) -> None:
        self.asked.append((note, keys))

    def envelope(self, envelope: bytes, index: int, keys: object) -> None:
        self.asked.append((envelope, index, keys))


def test_signatures_are_asked_about_what_the_file_has(case: Case) -> None:
    port = Agreeing()
    verify(case.build(), signatures=port)
    keys = [KeyEntry(i, case.entries[i]) for i in (0, 5)]
    attested = [(data, index, keys) for index, data in case.attestations.items()]
    assert port.asked == [*attested, (case.head(), keys)]


def test_keys_that_nobody_trusts_establish_nothing(case: Case) -> None:
    report = verify(case.build(), signatures=Verifying(TestSigner("mallory")))
    assert report.outcome is Outcome.INCOMPLETE
    assert report["signature"].codes == {"no-key": 1}
    assert report["attestations"].codes == {"no-key": 3}


def test_a_refused_checkpoint_fails(case: Case) -> None:
    class Refusing(Agreeing):
        def checkpoint(self, note: bytes, keys: object) -> None:
            super().checkpoint(note, keys)
            raise Flaw("note-signature", "no")

    assert verify(case.build(), signatures=Refusing()).outcome is Outcome.FAILED


# --- redaction and erasure -----------------------------------------------------------------------


def hide(case: Case, index: int, *names: str) -> None:
    if "request" in names:
        # Each decision has a request of its own.
        del case.documents[case.item(index, "request")[2][7:]]
    case.items[index] = [one for one in case.items[index] if one[1] not in names]
    if "evidence" in names:
        del case.decisions[index]
    if "statement" in names:
        del case.attestations[index]


def test_what_is_not_disclosed_is_not_established(case: Case) -> None:
    hide(case, 4, "evidence", "statement", "request")
    report = judged(case)
    assert report.outcome is Outcome.INCOMPLETE
    assert report["evidence"].codes == report["attestations"].codes == {"redacted": 1}
    assert (report["evidence"].ok, report["evidence"].open) == (3, 1)
    assert report["evidence"].reasons[0].index == 4
    assert report["time"].status is Status.OK


def test_who_called_may_stay_sealed(case: Case) -> None:
    hide(case, 4, "caller")
    assert judged(case).outcome is Outcome.VERIFIED


def test_nothing_disclosed_at_all(case: Case) -> None:
    case.items.clear()
    case.decisions.clear()
    case.attestations.clear()
    for digits, data in list(case.documents.items()):
        # The entries name the landscape and the profile themselves.
        if json.loads(data)["kind"] in {"rule", "request", "facts"}:
            del case.documents[digits]
    report = judged(case)
    assert report["form"].status is Status.OK
    assert report["evidence"].codes == {"redacted": 4}
    assert report["inclusion"].status is report["completeness"].status is Status.OK


def erase(case: Case, index: int, *names: str) -> None:
    digests = case.entry(index)["content"]["digests"]
    hide(case, index, *names)
    case.erased[index] = [(name, digests[name]) for name in names]


def test_what_was_erased_is_not_ok(case: Case) -> None:
    erase(case, 4, "request", "facts", "evidence", "statement", "decision", "caller")
    report = judged(case)
    assert report.outcome is Outcome.INCOMPLETE
    assert report["evidence"].codes == {"erased": 1}
    assert "inclusion ok, evidence erased" in report["evidence"].reasons[0].text
    assert report["inclusion"].status is Status.OK
    assert (report.about["erased"], report.about["redacted"]) == (1, 0)


def test_an_erased_document_leaves_the_others(case: Case) -> None:
    """What only the erased decision named may be gone; who still brings it is told that nothing leads to it."""
    digits = case.item(4, "request")[2][7:]
    data = case.documents[digits]
    erase(case, 4, "request", "facts", "evidence", "statement", "decision", "caller")
    assert judged(case)["form"].status is Status.OK
    case.documents[digits] = data
    assert "member-extra" in judged(case)["form"].codes


# --- ranges --------------------------------------------------------------------------------------


def only(case: Case, first: int, count: int, *, before: bool, after: bool) -> Case:
    case.first, case.count, case.before, case.after = first, count, before, after
    within = range(first + before, first + count - after)
    for found in (case.items, case.decisions, case.attestations):
        for index in set(found) - set(within):
            del found[index]
    if not case.decisions:
        case.documents.clear()
    return case


@pytest.mark.parametrize(
    ("first", "count", "before", "after", "start", "stop"),
    [
        # From the beginning of the log to its end, with the first entry within the range.
        (0, 14, False, False, "2026-11-21T00:00:00Z", "2026-11-23T00:00:00Z"),
        # The first entry of the log is the neighbour.
        (0, 14, True, False, "2026-11-21T23:30:00Z", "2026-11-23T00:00:00Z"),
        # The last entry of the tree is the neighbour.
        (1, 13, True, True, "2026-11-22T00:00:00Z", "2026-11-22T00:10:12Z"),
        # Nothing happened.
        (8, 2, True, True, "2026-11-22T00:01:00Z", "2026-11-22T00:02:00Z"),
        (13, 1, True, False, "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"),
        (0, 1, False, True, "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"),
    ],
)
def test_ranges(
    case: Case, first: int, count: int, before: bool, after: bool, start: str, stop: str
) -> None:
    case.start, case.stop = start, stop
    report = judged(only(case, first, count, before=before, after=after))
    assert report.outcome is Outcome.VERIFIED, report.json()
    assert ("end of the tree" in report["completeness"].text) == (not after)


def test_a_file_is_complete_as_far_as_its_entries_are_those_of_the_log(case: Case) -> None:
    case.checkpoint = signed([*case.entries[:-1], b"another"], (ONE, TWO))
    report = judged(case)
    assert report["inclusion"].status is Status.FAILED
    assert report["completeness"].codes == {"inclusion": 1}


def test_the_skew_is_a_parameter(case: Case) -> None:
    case.rewrite(8, lambda e: e.update(time=e["time"] + 2 * SECOND))
    for skew, status in ((2 * SECOND, Status.OK), (2 * SECOND - 1, Status.FAILED)):
        report = verify(case.build(), policy=Policy(max_skew=skew))
        assert report["time"].status is status


def test_the_budget_of_the_checker_is_a_parameter(case: Case) -> None:
    report = verify(case.build(), policy=Policy(budget=100))
    assert report["evidence"].codes == {"checker": 4}


# --- older checkpoints ---------------------------------------------------------------------------


@pytest.mark.parametrize("size", range(1, 15))
def test_an_older_checkpoint_is_contained(case: Case, size: int) -> None:
    """Within the range the entries themselves show it; elsewhere it takes a proof."""
    older = signed(case.entries[:size])
    report = judged(case, older)
    if size == 14 or 1 <= size <= 10:
        assert report["consistency"].status is Status.OK
        assert report.outcome is Outcome.VERIFIED
    else:
        assert report["consistency"].codes == {"no-proof": 1}
        assert report.outcome is Outcome.INCOMPLETE
        row = {"proof": hashes(proof(size, case.entries)), "size": size}
        case.members["consistency.jsonl"] = lines([{**row, "size": 2}, row])
        assert judged(case, older).outcome is Outcome.VERIFIED


def test_an_older_checkpoint_of_nothing_shows_nothing(case: Case) -> None:
    older = sign_checkpoint(ORIGIN, 0, mth([]), [ONE]).data
    assert judged(case, older)["consistency"].status is Status.OPEN


def test_an_older_checkpoint_that_is_none(case: Case) -> None:
    assert judged(case, b"")["consistency"].codes == {"checkpoint-form": 1}


# --- robustness ----------------------------------------------------------------------------------


def stored(case: Case) -> bytes:
    # What deflates may leave bits unused, which change nothing that is read.
    case.pack = lambda members: packed(sorted(members.items()), compress_type=0)
    return case.build()


def test_no_byte_of_the_directory_can_be_changed(case: Case) -> None:
    data = stored(case)
    for place in range(int.from_bytes(data[-6:-2], "little"), len(data)):
        changed = data[:place] + bytes([data[place] ^ 0x40]) + data[place + 1 :]
        with pytest.raises(Flaw):
            Archive(io.BytesIO(changed))


def test_no_byte_can_be_changed(case: Case) -> None:
    """Wherever a byte is changed, the file fails, and nothing else happens."""
    data = stored(case)
    for place in random.Random(6).sample(range(len(data)), 100):
        changed = data[:place] + bytes([data[place] ^ 0x04]) + data[place + 1 :]
        report = verify(changed, signatures=Verifying(ONE))
        assert report.outcome is Outcome.FAILED, place


BREAKERS: list[Callable[[bytes], bytes]] = [
    lambda data: data[: len(data) // 2],
    lambda data: data[len(data) // 2 :],
    lambda data: data + data,
    lambda data: bytes(len(data)),
    lambda _: b"",
]


@pytest.mark.parametrize("change", BREAKERS)
def test_no_archive_fails(case: Case, change: Callable[[bytes], bytes]) -> None:
    report = verify(change(case.build()), signatures=Verifying(ONE))
    assert report.outcome is Outcome.FAILED
    assert report["form"].status is Status.FAILED
    assert report["evidence"].codes == {"unread": 1}


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"none\.zip"):
        verify(tmp_path / "none.zip")


def test_many_reasons_are_counted_and_some_are_kept(case: Case) -> None:
    case.items[12] = [["0" * 64, "request", n] for n in range(150)]
    report = judged(case)
    assert report["evidence"].codes["disclosure-astray"] == 150
    assert len(report["evidence"].reasons) == 100


def test_the_times_of_a_case_are_what_they_seem(case: Case) -> None:
    assert [case.entry(i)["time"] - FROM for i in (0, 2)] == [-3600 * SECOND, SECOND]
