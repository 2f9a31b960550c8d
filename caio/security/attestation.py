"""A node's signed word that it verified a token: canonical bytes that others can hold it to (``docs/security-facts.md``).

An attestation says *attested by this node*; it never says *proved*. Whoever believes it believes that the node kept its
key and did what it says. It holds digests, names and times, and neither a token nor a subject. Equal verifications give
equal bytes: Ed25519 signs without randomness, and the statement is canonical JSON.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from caio.base.canonical import Json, canonical_bytes
from caio.base.instants import INSTANT_MAX, INSTANT_MIN
from caio.base.sealed import SEAL, Sealed, sealed
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.security.authentication import ORIGIN, Authenticated
from caio.security.keys import ALGORITHMS
from caio.security.notation import read_base64url, read_object, write_base64url
from caio.security.points import is_safe_point
from caio.security.refusal import Refusal, RefusedError

FORMAT: Final = "caio-attestation/v1"
MAX_ATTESTATION: Final = 64 * 1024
"""The most bytes of an attestation."""

_DOMAIN: Final = FORMAT.encode() + b"\n"
"""What is signed before the statement, so that no signature made for something else is one of an attestation."""
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]{0,17}")
_DIGESTS: Final = ("facts", "key", "subject", "token", "vocabulary")
_TIMES: Final = ("at", "end", "start")
_STATEMENT: Final = frozenset({*_DIGESTS, *_TIMES, "algorithm", "claims", "issuer", "kid"})
_ATTESTATION: Final = frozenset({"format", "node", "signature", "statement"})


@dataclass(frozen=True, slots=True)
class Statement:
    """What a node says: which key and algorithm it verified a token with, and which facts came of it.

    Attributes:
        facts: the digest of the facts document; ``vocabulary`` is that of its vocabulary.
        claims: the claims that became facts.
        key: the thumbprint of the issuer's key; ``kid`` is its name, ``algorithm`` what it was used with.
        issuer: who vouches for the caller; ``subject`` is the digest of issuer and subject.
        token: the digest of the token.
        at: the time of the decision, in microseconds; the token holds from ``start`` to before ``end``.
    """

    facts: str
    vocabulary: str
    claims: tuple[str, ...]
    key: str
    kid: str
    algorithm: str
    issuer: str
    subject: str
    token: str
    at: int
    start: int
    end: int


@final
class Attested(Sealed, seal=SEAL):
    """An attestation whose signature was verified; made by ``verify_attestation`` alone."""

    __slots__ = ()
    _origin = "only `verify_attestation` returns one, after it has verified a signature"
    _instead = "Send a signed attestation instead"

    @property
    def node(self) -> str:
        """The digest of the node's public key."""
        return self._read()[0]

    @property
    def statement(self) -> Statement:
        """What the node says."""
        return self._read()[1]

    def cover(self, facts: d.Facts, *, at: int) -> str:
        """The sentence that may be reported about these facts at this time: ``attested by sha256:…``.

        Raises:
            RefusedError: ``attestation-subject``: the node spoke of other facts, or of another time.
        """
        said = self.statement
        if document_digest(facts) != said.facts or facts.origin != ORIGIN:
            raise RefusedError(Refusal.ATTESTATION_SUBJECT, "statement.facts")
        if facts.vocabulary != said.vocabulary:
            raise RefusedError(Refusal.ATTESTATION_SUBJECT, "statement.vocabulary")
        if type(at) is not int or at != said.at:
            raise RefusedError(Refusal.ATTESTATION_SUBJECT, "statement.at")
        return f"attested by {self.node}"

    def _read(self) -> tuple[str, Statement]:
        held: tuple[str, Statement] = self._content()
        return held

    def __repr__(self) -> str:
        return f"<Attested by {self.node}: facts {self.statement.facts}>"


def node_digest(key: Ed25519PublicKey) -> str:
    """The digest that names a node: the SHA-256 of the 32 bytes of its public key."""
    return "sha256:" + hashlib.sha256(key.public_bytes_raw()).hexdigest()


def attest(caller: Authenticated, key: Ed25519PrivateKey) -> bytes:
    """The attestation of a verified caller under a node's key, as canonical JSON."""
    statement: Mapping[str, Json] = {
        "algorithm": caller.algorithm,
        "at": str(caller.at),
        "claims": list(caller.claims),
        "end": str(caller.end),
        "facts": caller.facts_digest,
        "issuer": caller.issuer,
        "key": caller.key,
        "kid": caller.kid,
        "start": str(caller.start),
        "subject": caller.subject,
        "token": caller.token,
        "vocabulary": caller.vocabulary,
    }
    return canonical_bytes(
        {
            "format": FORMAT,
            "node": node_digest(key.public_key()),
            "signature": write_base64url(key.sign(_DOMAIN + canonical_bytes(statement))),
            "statement": statement,
        }
    )


def verify_attestation(data: bytes, key: Ed25519PublicKey) -> Attested:
    """What a node attested, if these are the very bytes that it made.

    Raises:
        RefusedError: ``attestation-form``, ``attestation-node`` or ``attestation-signature``.
    """
    if type(data) is not bytes or len(data) > MAX_ATTESTATION:
        raise RefusedError(Refusal.ATTESTATION_FORM)
    given = read_object(data, Refusal.ATTESTATION_FORM)
    said = given.get("statement")
    if given.keys() != _ATTESTATION or given["format"] != FORMAT or type(said) is not dict:
        raise RefusedError(Refusal.ATTESTATION_FORM)
    statement = _statement(said)
    if given["node"] != node_digest(key) or not is_safe_point(key.public_bytes_raw()):
        raise RefusedError(Refusal.ATTESTATION_NODE, "node")
    signature = read_base64url(given["signature"])
    if signature is None or len(signature) != 64:
        raise RefusedError(Refusal.ATTESTATION_FORM, "signature")
    signed = canonical_bytes(said)
    if canonical_bytes(given) != data:  # type: ignore[arg-type]
        raise RefusedError(Refusal.ATTESTATION_FORM)
    try:
        key.verify(signature, _DOMAIN + signed)
    except InvalidSignature:
        raise RefusedError(Refusal.ATTESTATION_SIGNATURE, "signature") from None
    return sealed(Attested, (node_digest(key), statement))


def _statement(given: dict[str, object]) -> Statement:
    if given.keys() != _STATEMENT:
        raise RefusedError(Refusal.ATTESTATION_FORM, "statement")
    texts: dict[str, str] = {}
    for name in sorted(_STATEMENT - {"claims"}):
        value = given[name]
        if type(value) is not str:
            raise RefusedError(Refusal.ATTESTATION_FORM, f"statement.{name}")
        texts[name] = value
    claims = given["claims"]
    if type(claims) is not list or not all(type(item) is str for item in claims):
        raise RefusedError(Refusal.ATTESTATION_FORM, "statement.claims")
    if claims != sorted({*claims}):
        raise RefusedError(Refusal.ATTESTATION_FORM, "statement.claims")
    for name in _DIGESTS:
        if _DIGEST.fullmatch(texts[name]) is None:
            raise RefusedError(Refusal.ATTESTATION_FORM, f"statement.{name}")
    for name in _TIMES:
        if _INTEGER.fullmatch(texts[name]) is None:
            raise RefusedError(Refusal.ATTESTATION_FORM, f"statement.{name}")
    at, start, end = int(texts["at"]), int(texts["start"]), int(texts["end"])
    if not (INSTANT_MIN <= at <= INSTANT_MAX and start <= at < end):
        raise RefusedError(Refusal.ATTESTATION_FORM, "statement.at")
    if texts["algorithm"] not in ALGORITHMS or not texts["issuer"] or not texts["kid"]:
        raise RefusedError(Refusal.ATTESTATION_FORM, "statement")
    return Statement(
        facts=texts["facts"],
        vocabulary=texts["vocabulary"],
        claims=tuple(claims),
        key=texts["key"],
        kid=texts["kid"],
        algorithm=texts["algorithm"],
        issuer=texts["issuer"],
        subject=texts["subject"],
        token=texts["token"],
        at=at,
        start=start,
        end=end,
    )
