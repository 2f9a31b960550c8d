"""Erasure: what was to go is gone with all that would tell it, the rest stays, and the log says so."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import caio
from caio.audit.entries import Kind
from caio.audit.erasure import ITEMS, Erasure, erase, planned
from caio.audit.export import closed
from caio.audit.faults import Fault
from caio.audit.log import Log
from caio.audit.recorded import Recorded
from caio.audit.trail import SEALED
from caio.audit.vault import Vault
from caio.base.canonical import digest
from tests.audit.logs import refused
from tests.audit.test_trail import DOCUMENTS, ORIGIN, open_trail


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("erasure")
    with open_trail(place) as trail, caio.Router(caio.loads(DOCUMENTS), records=trail) as router:
        for tokens in (1, 2, 3):
            router.route("question", {"tokens": tokens}, facts="somebody")
    return place


@pytest.fixture
def folder(once: Path, tmp_path: Path) -> Path:
    for name in ("log", "vault"):
        (tmp_path / name).write_bytes((once / name).read_bytes())
    return tmp_path


def opened(folder: Path) -> tuple[Log, Vault, list[Recorded]]:
    log = Log.open(folder / "log")
    return log, Vault.open(folder / "vault", ORIGIN), list(log.entries(kind=Kind.DECISION))


@given(st.frozensets(st.sampled_from(ITEMS)), st.frozensets(st.sampled_from(ITEMS)))
def test_closure_is_one(some: frozenset[str], more: frozenset[str]) -> None:
    assert some <= closed(some)
    assert closed(closed(some)) == closed(some)
    assert closed(some) | closed(more) == closed(some | more)


def test_what_tells_the_caller_or_the_facts_goes_with_them() -> None:
    assert closed({"caller"}) == {*SEALED} - {"facts"}
    assert closed({"facts"}) == {"facts", "attestation", "decision", "evidence", "statement"}


@settings(max_examples=12, deadline=None)
@given(
    names=st.frozensets(st.sampled_from(SEALED)),
    places=st.sets(st.integers(0, 2), min_size=1),
)
def test_exactly_what_was_planned_is_gone(
    once: Path, tmp_path_factory: pytest.TempPathFactory, names: frozenset[str], places: set[int]
) -> None:
    folder = tmp_path_factory.mktemp("gone")
    for name in ("log", "vault"):
        (folder / name).write_bytes((once / name).read_bytes())
    log, vault, entries = opened(folder)
    with log, vault:
        chosen = [entries[place] for place in sorted(places)]
        wanted = closed(names) if names else {*SEALED}
        what = planned(vault, chosen, names)
        gone = {seal for one in chosen for name, seal in one.digests.items() if name in wanted}
        if not gone:
            # Nothing here has an attestation.
            assert what == Erasure((), (), ())
            return
        assert set(what.seals) == gone
        receipt = erase(log, vault, what, "asked for")
        for one in entries:
            for name, seal in one.digests.items():
                kept = vault.find(seal)
                if name in SEALED:
                    assert kept is not None
                    assert (kept.item is None) == (seal in gone)
                    assert (kept.data is None) or seal not in gone
                    assert kept.erased == (receipt.time if seal in gone else None)
        (entry,) = log.entries(kind=Kind.ERASURE)
        assert entry.digests == {"seals": digest(list(what.seals))}
        assert entry.details == {"entries": list(what.entries), "reason": "asked for"}
        assert log.verify().kinds[Kind.ERASURE] == 1
        again = planned(vault, chosen, names)
        assert again == Erasure((), (), ())
        refused(Fault.ENTRY_VALUE, lambda: erase(log, vault, again, "asked for"))


def test_nothing_of_it_is_left_in_the_file(folder: Path) -> None:
    log, vault, entries = opened(folder)
    pieces = [b"Alice"]
    with log, vault:
        for one in entries:
            for kept in (vault.find(one.digests[name]) for name in ("caller", "evidence")):
                assert kept is not None
                assert kept.item is not None
                pieces.append(kept.item.salt.encode())
                # Long bytes lie on several pages, so that they are looked for piece by piece.
                packed = b"" if kept.data is None else zlib.compress(kept.data)
                pieces += [packed[at : at + 50] for at in range(0, len(packed) - 50, 50)]
        before = (folder / "vault").read_bytes()
        assert sum(piece in before for piece in pieces) > len(pieces) * 0.9
        erase(log, vault, planned(vault, entries), "asked for")
    for path in folder.iterdir():
        data = path.read_bytes()
        assert not [piece for piece in pieces if piece in data]


def test_an_erasure_is_refused_before_anything_is_gone(folder: Path, tmp_path: Path) -> None:
    log, vault, entries = opened(folder)
    with log, vault, Vault.open(tmp_path / "other", f"{ORIGIN}-2") as other:
        what = planned(vault, entries)
        size = log.size
        refused(Fault.ENTRY_VALUE, lambda: erase(log, vault, what, " "))
        refused(Fault.VAULT_FOREIGN, lambda: erase(log, other, what, "why"))
        refused(Fault.ENTRY_SECRET, lambda: erase(log, vault, what, "Bearer abcdef0123456789"))
        refused(Fault.ENTRY_SIZE, lambda: erase(log, vault, what, "x" * 70_000))
        refused(Fault.VAULT_DAMAGED, lambda: planned(other, entries))
        assert log.size == size
        assert planned(vault, entries) == what
