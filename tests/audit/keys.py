"""Keys of the tests: from numbers, so that two runs sign alike."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ORIGIN = "audit.example/gateway-1"


class TestSigner:
    """A signer whose key is the hash of a word."""

    __test__ = False

    def __init__(self, word: str, name: str = ORIGIN) -> None:
        self.key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(word.encode()).digest())
        self.name = name
        self.public = self.key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message)


class WrongSigner(TestSigner):
    """One whose device signs with another key than it says."""

    def sign(self, message: bytes) -> bytes:
        return TestSigner("somebody else").sign(message)
