"""Keys that sign for a log: in files that their owner alone can read, or wherever a ``Signer`` keeps them.

A key's file is PKCS #8 in PEM, like that of a node, and made by the same code; beside it lies ``….pub``. The name of a key
is that of its log and stands in the log, so that a file has none. A key is used for one log and for nothing else.

``Signer`` (``caio.audit.notes``) is the port for keys that never leave a device or a service: it asks for a name, a public
key and a signature. Whatever comes back is verified before anybody relies on it.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final, Never, TypeAlias

from caio.audit.checkpoint import check_origin
from caio.audit.faults import AuditError, Fault
from caio.base.errors import InputError
from caio.ir.reader import quoted
from caio.security.files import load_node_key, write_node_key
from caio.security.nodes import Ed25519PrivateKey, as_node_key
from caio.security.refusal import RefusedError

Place: TypeAlias = str | os.PathLike[str]

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class KeySigner:
    """A signer with its key in memory; it neither prints nor pickles the key.

    Args:
        name: of the log.
        key: the private key.

    Raises:
        AuditError: ``note-key``: the name is none of a log.
        RefusedError: ``node-key``: the key is none.
    """

    __slots__ = ("_key", "_name", "_public")

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        check_origin(name)
        self._name = name
        self._key = as_node_key(key)
        self._public = self._key.public_key().public_bytes_raw()

    @property
    def name(self) -> str:
        """The name of the log."""
        return self._name

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public key."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature of a message."""
        return self._key.sign(message)

    def __repr__(self) -> str:
        return f"<KeySigner {self._name} {self._public.hex()}>"

    def __reduce__(self) -> Never:
        raise TypeError("a `KeySigner` cannot be pickled: load its file where it is needed")


def create_signer(path: Place, name: str) -> KeySigner:
    """A new key in two files: the private one here, which its owner alone can read; the public one at ``….pub``.

    Args:
        path: of the file.
        name: of the log.

    Raises:
        AuditError: ``note-key``; ``key-file``: one of the files is there already, or cannot be written.
    """
    check_origin(name)
    try:
        write_node_key(path)
    except InputError as error:
        raise AuditError(Fault.KEY_FILE, str(error)) from None
    return load_signer(path, name)


def load_signer(path: Place, name: str) -> KeySigner:
    """The key in a file.

    Args:
        path: of the file.
        name: of the log.

    Raises:
        AuditError: ``note-key``; ``key-file``: the file is missing, holds no Ed25519 key in PEM, or others can read it.
    """
    check_origin(name)
    _check_mode(Path(path))
    try:
        key = load_node_key(path)
    except RefusedError:
        raise AuditError(
            Fault.KEY_FILE,
            f"{quoted(str(path))} holds no private Ed25519 key in PEM (PKCS #8, not encrypted):"
            " `create_signer` makes one",
        ) from None
    except InputError as error:
        raise AuditError(Fault.KEY_FILE, str(error)) from None
    return KeySigner(name, key)


def _check_mode(path: Path) -> None:
    """Refuse a file that others can read, where files have owners."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        raise AuditError(
            Fault.KEY_FILE, f"there is no key {quoted(str(path))}: `create_signer` makes one"
        ) from None
    if os.name == "posix" and mode & _OTHERS:
        raise AuditError(
            Fault.KEY_FILE,
            f"others can use the key {quoted(str(path))}: `chmod 600` it, and if that was so for long,"
            " rotate and revoke it",
        )
