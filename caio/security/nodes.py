"""The keys of nodes: what a node signs attestations with, and the digest that names it.

A node's key is an Ed25519 key in PEM. It is made for a node and used for nothing else; whoever holds it can attest anything
in the node's name. Messages about a key never quote it, and no exception that leaves this module holds its text.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from caio.security.points import is_safe_point
from caio.security.refusal import Refusal, RefusedError

__all__ = [
    "MAX_PEM",
    "Ed25519PrivateKey",
    "Ed25519PublicKey",
    "as_node_key",
    "is_signed",
    "new_node_key",
    "node_digest",
    "raw_node_public",
    "read_node_key",
    "read_node_public",
]

MAX_PEM: Final = 16 * 1024
"""The most bytes of a key in PEM."""


def node_digest(key: Ed25519PublicKey) -> str:
    """The digest that names a node: the SHA-256 of the 32 bytes of its public key."""
    return "sha256:" + hashlib.sha256(key.public_bytes_raw()).hexdigest()


def new_node_key() -> tuple[bytes, bytes]:
    """A new key in PEM: the private one (PKCS #8, not encrypted), and the public one for those who verify."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private, public


def read_node_key(data: bytes) -> Ed25519PrivateKey:
    """The private key of a node, from PEM.

    Raises:
        RefusedError: ``node-key``.
    """
    found: object = None
    if len(data) <= MAX_PEM:
        with suppress(ValueError, TypeError, UnsupportedAlgorithm):
            found = load_pem_private_key(data, password=None)
    # What stands in the frame of a refusal is sent by reporters of errors.
    del data
    if not isinstance(found, Ed25519PrivateKey):
        del found
        raise RefusedError(Refusal.NODE_KEY)
    return found


def read_node_public(data: bytes) -> Ed25519PublicKey:
    """The public key of a node, from PEM.

    Raises:
        RefusedError: ``node-key``, also for a private key: whoever verifies has no use for it.
    """
    found: object = None
    if len(data) <= MAX_PEM:
        with suppress(ValueError, TypeError, UnsupportedAlgorithm):
            found = load_pem_public_key(data)
    del data
    if not isinstance(found, Ed25519PublicKey) or not is_safe_point(found.public_bytes_raw()):
        raise RefusedError(Refusal.NODE_KEY)
    return found


def raw_node_public(data: bytes) -> Ed25519PublicKey:
    """The public key that 32 bytes are, as formats write it that have no room for PEM.

    Raises:
        RefusedError: ``node-key``.
    """
    if type(data) is not bytes or not is_safe_point(data):
        raise RefusedError(Refusal.NODE_KEY)
    return Ed25519PublicKey.from_public_bytes(data)


def is_signed(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether the holder of a key has signed a message."""
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def as_node_key(key: object) -> Ed25519PrivateKey:
    """A value that is to be the private key of a node.

    Raises:
        RefusedError: ``node-key``: it is none.
    """
    if not isinstance(key, Ed25519PrivateKey):
        del key
        raise RefusedError(Refusal.NODE_KEY)
    return key
