"""Fixtures: the command line in this process, and a node."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import caio
from tests.cli.conftest import run
from tests.security import secured

__all__ = ["run"]


@pytest.fixture(scope="session")
def node() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


@pytest.fixture(scope="session")
def router(node: Ed25519PrivateKey) -> Iterator[caio.Router]:
    """A router of the example of verified callers."""
    with caio.Router(secured.clinic(), node=node) as made:
        yield made
