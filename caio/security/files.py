"""Declarations and keys in files, for programs and for the command line.

Reading is bounded, and nothing that was read is quoted. The key of a node is written so that nobody else on the machine
can read it, and no key is ever written over.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from caio.base.errors import InputError
from caio.security.authentication import Trusted
from caio.security.classification import DeclaredClassifier
from caio.security.declarations import MAX_DECLARATION, Authority, read_authority, read_classes
from caio.security.keys import MAX_SET, read_keys
from caio.security.nodes import (
    MAX_PEM,
    new_node_key,
    node_digest,
    read_node_key,
    read_node_public,
)

Place: TypeAlias = str | os.PathLike[str]


def load_authority(declaration: Place, keys: Place) -> Trusted:
    """An issuer that is trusted: what the operator declares about it, and the key set that it publishes.

    >>> caio.load_authority("authority.json", "jwks.json").authority.issuer
    'https://id.clinic.example'

    Args:
        declaration: the file of the declaration (``docs/security-facts.md``).
        keys: the file of the key set (RFC 7517).

    Raises:
        InputError: a file cannot be read.
        RefusedError: ``declaration``, or one of the codes ``keys-…``.
    """
    return Trusted(load_declaration(declaration), read_keys(_read(keys, MAX_SET)))


def load_declaration(path: Place) -> Authority:
    """What an operator declares about an issuer, without its keys.

    Raises:
        InputError: the file cannot be read.
        RefusedError: ``declaration``.
    """
    return read_authority(_read(path, MAX_DECLARATION))


def load_node_key(path: Place) -> Ed25519PrivateKey:
    """The private key with which this node attests what it verified, from a file in PEM.

    >>> router = caio.Router(project, node=caio.load_node_key("node.pem"))

    Raises:
        InputError: the file cannot be read.
        RefusedError: ``node-key``.
    """
    return read_node_key(_read(path, MAX_PEM))


def load_node_public(path: Place) -> Ed25519PublicKey:
    """The public key of a node, to verify what it attested, from a file in PEM.

    Raises:
        InputError: the file cannot be read.
        RefusedError: ``node-key``.
    """
    return read_node_public(_read(path, MAX_PEM))


def load_classifier(path: Place) -> DeclaredClassifier:
    """The classifier of payloads that a file declares.

    >>> classifier = caio.load_classifier("classes.json")
    >>> classifier.classify(b"the blood pressure is fine", "text/plain").members
    frozenset({'health'})

    Raises:
        InputError: the file cannot be read.
        RefusedError: ``declaration``.
    """
    return DeclaredClassifier(read_classes(_read(path, MAX_DECLARATION)))


def write_node_key(path: Place) -> str:
    """A new key of a node in two files: the private one here, which its owner alone can read; the public one at ``….pub``.

    Returns:
        the digest that names the node.

    Raises:
        InputError: one of the files is there already, or cannot be written; then neither is left behind.
    """
    private, public = Path(path), Path(f"{os.fspath(path)}.pub")
    secret, shared = new_node_key()
    _create(private, secret, 0o600)
    try:
        _create(public, shared, 0o644)
    except InputError:
        private.unlink()
        raise
    return node_digest(read_node_public(shared))


def _create(path: Path, data: bytes, mode: int) -> None:
    """A file that was not there before, with these permissions from its first moment on."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise InputError(
            f"`{path}` is there already: a key is never written over, for what it attested could not be verified any more"
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(f"cannot write `{path}`: {_reason(error)}") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink()
        raise InputError(f"cannot write `{path}`: {_reason(error)}") from None


def _read(path: Place, limit: int) -> bytes:
    """The bytes of a file, one more than the limit at most: whoever reads them says that it is too much."""
    try:
        with Path(path).open("rb") as file:
            return file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read `{path}`: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
