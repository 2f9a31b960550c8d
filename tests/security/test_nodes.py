"""The keys of nodes: made, read, and nothing else taken for one."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from caio.security.nodes import (
    MAX_PEM,
    as_node_key,
    new_node_key,
    node_digest,
    read_node_key,
    read_node_public,
)
from caio.security.refusal import Refusal, RefusedError
from tests.security.forge import keys
from tests.security.test_attacks import everything_seen


def pem(key: Any) -> bytes:
    made: bytes = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return made


def public_pem(key: Any) -> bytes:
    made: bytes = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return made


def test_a_new_key_is_read_back_and_no_two_are_alike() -> None:
    private, public = new_node_key()
    key = read_node_key(private)
    assert key.public_key() == read_node_public(public)
    assert node_digest(key.public_key()) == node_digest(read_node_public(public))
    assert new_node_key()[0] != private


@pytest.mark.parametrize("name", ["rs", "p256", "p384"])
def test_a_key_of_another_kind_is_none(name: str) -> None:
    other = getattr(keys(), name)
    for read, data in (
        (read_node_key, pem(other)),
        (read_node_public, public_pem(other.public_key())),
    ):
        with pytest.raises(RefusedError) as caught:
            read(data)
        assert caught.value.code is Refusal.NODE_KEY


def test_what_is_no_key_is_refused_and_not_shown() -> None:
    private, public = new_node_key()
    encrypted = keys().ed.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    weak = public_pem(Ed25519PublicKey.from_public_bytes((1).to_bytes(32, "little")))
    cases: list[tuple[Any, bytes]] = [
        (read_node_key, b""),
        (read_node_key, public),
        (read_node_key, encrypted),
        (read_node_key, private[:60]),
        (read_node_key, private + b" " * MAX_PEM),
        (read_node_key, pem(ec.generate_private_key(ec.SECP256R1()))),
        (read_node_public, private),
        (read_node_public, weak),
        (read_node_public, b"-----BEGIN PUBLIC KEY-----"),
    ]
    for read, data in cases:
        with pytest.raises(RefusedError) as caught:
            read(data)
        assert caught.value.code is Refusal.NODE_KEY
        lines = [
            line for line in data.decode().splitlines() if len(line) > 20 and "-----" not in line
        ]
        seen = everything_seen(caught.value)
        assert not any(line in seen for line in lines)


def test_a_router_takes_a_private_key_and_nothing_else() -> None:
    key = keys().ed
    assert as_node_key(key) is key
    for other in (key.public_key(), pem(key), "node.pem", keys().p256, None):
        with pytest.raises(RefusedError) as caught:
            as_node_key(other)
        assert caught.value.code is Refusal.NODE_KEY
