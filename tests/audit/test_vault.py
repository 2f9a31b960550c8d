"""Sealed items and the vault: what is kept is found unchanged, what is erased is gone from the file, and nothing else is."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.audit.faults import AuditError, Fault
from caio.audit.sealing import Item
from caio.audit.vault import Vault
from caio.base.canonical import Json, canonical_bytes, digest_bytes

ORIGIN = "audit.example.com/gateway-1"

values: st.SearchStrategy[Json] = st.one_of(
    st.text(max_size=20), st.integers(-9, 9), st.lists(st.text(max_size=5), max_size=3)
)


def code(error: pytest.ExceptionInfo[AuditError]) -> Fault:
    return error.value.fault


def test_a_seal_says_nothing_and_opens_for_its_item_alone() -> None:
    one, other = Item.of("request", "sha256:x"), Item.of("request", "sha256:x")
    assert one.seal != other.seal
    assert Item(one.salt, one.name, one.value).seal == one.seal
    changed = [
        Item(other.salt, one.name, one.value),
        Item(one.salt, "facts", one.value),
        Item(one.salt, one.name, "sha256:y"),
    ]
    assert one.seal not in {item.seal for item in changed}
    assert one.seal == digest_bytes(canonical_bytes([one.salt, one.name, one.value]))


@pytest.mark.parametrize(
    ("salt", "name"),
    [("", "a"), ("0" * 63, "a"), ("G" * 64, "a"), ("0" * 64, ""), ("0" * 64, "A b")],
)
def test_what_is_no_item_is_refused(salt: str, name: str) -> None:
    with pytest.raises(AuditError) as caught:
        Item(salt, name, 1)
    assert code(caught) is Fault.ITEM_FORM


@settings(max_examples=20)
@given(
    documents=st.lists(st.binary(max_size=50), max_size=4),
    found=st.lists(st.tuples(values, st.none() | st.binary(max_size=50)), max_size=4),
)
def test_what_is_kept_is_found(
    documents: list[bytes],
    found: list[tuple[Json, bytes | None]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("vault") / "v"
    items = [(Item.of("request", value), data) for value, data in found]
    with Vault.open(path, ORIGIN) as vault:
        vault.keep(documents, items)
        vault.keep(documents)
    with Vault.open(path, ORIGIN) as vault:
        for data in documents:
            assert vault.holds(digest_bytes(data))
            assert vault.document(digest_bytes(data)) == data
        for item, body in items:
            kept = vault.find(item.seal)
            assert kept is not None
            assert (kept.item, kept.data, kept.erased) == (item, body, None)
        strange = digest_bytes(b"nobody kept this one")
        assert vault.document(strange) is None
        assert vault.find(strange) is None
        assert not vault.holds(strange)


def test_what_is_erased_is_gone_from_the_files(tmp_path: Path) -> None:
    path = tmp_path / "v"
    secret = b"the patient is called Alice " * 20
    item, other = Item.of("request", "sha256:" + "ab" * 32), Item.of("facts", "kept")
    with Vault.open(path, ORIGIN) as vault:
        vault.keep([], [(item, os.urandom(200) + secret), (other, b"x")])
        assert vault.erase([item.seal, item.seal, "sha256:unknown"], 17) == (item.seal,)
        assert vault.erase([item.seal], 18) == ()
        kept = vault.find(item.seal)
        assert kept is not None
        assert (kept.name, kept.item, kept.data, kept.erased) == ("request", None, None, 17)
        beside = vault.find(other.seal)
        assert beside is not None
        assert beside.item == other
        # Still open: what an attacker finds on the disk now.
        for file in tmp_path.iterdir():
            assert item.salt.encode() not in file.read_bytes()
            assert b"abababababab" not in file.read_bytes()


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "v"
    Vault.open(path, ORIGIN).close()
    with pytest.raises(AuditError) as caught:
        Vault.open(path, "audit.example.com/other")
    assert code(caught) is Fault.VAULT_FOREIGN
    for content in (b"", b"no database at all", os.urandom(5000)):
        strange = tmp_path / f"s{len(content)}"
        strange.write_bytes(content)
        with pytest.raises(AuditError) as caught:
            Vault.open(strange, ORIGIN)
        assert code(caught) in {Fault.VAULT_FOREIGN, Fault.VAULT_DAMAGED}
    with pytest.raises(AuditError) as caught:
        Vault.open(tmp_path / "none" / "v", ORIGIN)
    assert code(caught) is Fault.VAULT_BUSY


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE document SET data = x'00'",
        "UPDATE document SET digest = 'sha256:' || hex(randomblob(32))",
        "UPDATE item SET value = '\"other\"'",
        "UPDATE item SET salt = 'x'",
        "UPDATE item SET name = 'facts'",
    ],
)
def test_what_was_changed_is_found_out(tmp_path: Path, change: str) -> None:
    path = tmp_path / "v"
    item, data = Item.of("request", "value"), b"a document"
    with Vault.open(path, ORIGIN) as vault:
        vault.keep([data], [(item, None)])
        vault._db.execute(change)
    with Vault.open(path, ORIGIN) as vault:
        if "item" in change:
            with pytest.raises(AuditError) as caught:
                vault.find(item.seal)
            assert code(caught) is Fault.VAULT_DAMAGED
        elif "digest =" in change:
            assert vault.document(digest_bytes(data)) is None
        else:
            with pytest.raises(AuditError) as caught:
                vault.document(digest_bytes(data))
            assert code(caught) is Fault.VAULT_DAMAGED


def test_threads_share_a_vault(tmp_path: Path) -> None:
    with Vault.open(tmp_path / "v", ORIGIN) as vault:
        items = [Item.of("request", number) for number in range(40)]

        def keep(part: list[Item]) -> None:
            for item in part:
                vault.keep([canonical_bytes(item.value)], [(item, None)])

        threads = [threading.Thread(target=keep, args=(items[i::4],)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(vault.find(item.seal) is not None for item in items)
