"""A key's file is for its owner alone, is never written over, and never leaves by another way."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from caio.audit.faults import Fault
from caio.audit.keys import create_signer, load_signer
from caio.audit.log import Log
from caio.audit.notes import Signer, Verifier, sign_note, verify
from tests.audit.keys import ORIGIN
from tests.audit.logs import entry, refused


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.pem"


def test_a_new_key_signs_and_is_read_back(path: Path) -> None:
    signer: Signer = create_signer(path, ORIGIN)
    assert path.stat().st_mode & 0o777 == 0o600
    again = load_signer(path, ORIGIN)
    assert (again.name, again.public) == (signer.name, signer.public)
    note = sign_note("text\n", [again])
    assert verify(note, [Verifier.of(signer)])
    # A plain PKCS #8 file, for every other tool.
    other = load_pem_private_key(path.read_bytes(), None)
    assert other.public_key().public_bytes_raw() == signer.public  # type: ignore[union-attr]
    assert path.with_name("log.pem.pub").read_bytes().startswith(b"-----BEGIN PUBLIC KEY")


def test_a_log_lives_by_its_file(path: Path, tmp_path: Path) -> None:
    with Log.open(tmp_path / "log", create_signer(path, ORIGIN)) as log:
        log.append(entry(1))
    with Log.open(tmp_path / "log", load_signer(path, ORIGIN)) as log:
        log.rotate(create_signer(tmp_path / "new.pem", ORIGIN))
        assert log.checkpoint().size == 3


def test_a_key_is_never_written_over(path: Path) -> None:
    create_signer(path, ORIGIN)
    before = path.read_bytes()
    message = refused(Fault.KEY_FILE, lambda: create_signer(path, ORIGIN))
    assert "never written over" in message
    assert path.read_bytes() == before
    other = path.with_name("other")
    other.with_name("other.pub").write_text("x")
    refused(Fault.KEY_FILE, lambda: create_signer(other, ORIGIN))
    assert not other.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_key_that_others_can_use_is_refused(path: Path, mode: int) -> None:
    create_signer(path, ORIGIN)
    path.chmod(mode)
    assert "chmod 600" in refused(Fault.KEY_FILE, lambda: load_signer(path, ORIGIN))


@pytest.mark.parametrize("data", [b"", b"no key", b"x" * 20_000])
def test_what_is_no_key_is_refused_and_not_quoted(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    path.chmod(0o600)
    message = refused(Fault.KEY_FILE, lambda: load_signer(path, ORIGIN))
    assert "no key" not in message.replace("no private", "")
    path.unlink()
    refused(Fault.KEY_FILE, lambda: load_signer(path, ORIGIN))
    refused(Fault.KEY_FILE, lambda: create_signer(path / "nowhere" / "key", ORIGIN))


def test_the_public_half_is_no_signer(path: Path) -> None:
    create_signer(path, ORIGIN)
    public = path.with_name("log.pem.pub")
    public.chmod(0o600)
    refused(Fault.KEY_FILE, lambda: load_signer(public, ORIGIN))


def test_a_name_is_that_of_a_log(path: Path) -> None:
    for name in ("", "a b", "caio-audit-key/v1"):
        refused(Fault.NOTE_KEY, lambda n=name: create_signer(path, n))  # type: ignore[misc]
        assert not os.path.lexists(path)


def test_the_key_is_neither_printed_nor_pickled(path: Path) -> None:
    signer = create_signer(path, ORIGIN)
    secret = load_pem_private_key(path.read_bytes(), None)
    assert "PRIVATE" not in repr(signer)
    assert secret.private_bytes_raw().hex() not in repr(signer)  # type: ignore[union-attr]
    with pytest.raises(TypeError, match="load its file"):
        pickle.dumps(signer)
