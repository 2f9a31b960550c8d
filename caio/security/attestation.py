"""A node's signed word that it verified a token: a document that others can hold it to (``docs/security-facts.md``).

An attestation says *attested by this node*; it never says *proved*. Whoever believes it believes that the node kept its
key and did what it says. It holds digests, names and times, and neither a token nor a subject. Equal verifications give
equal documents: Ed25519 signs without randomness, and the statement is canonical JSON.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from caio.base.canonical import canonical_bytes
from caio.base.instants import INSTANT_MAX, INSTANT_MIN
from caio.base.sealed import SEAL, Sealed, sealed
from caio.ir import documents as d
from caio.ir.encode import document_digest, statement_json
from caio.ir.reader import is_digest
from caio.security.authentication import ORIGIN, Authenticated
from caio.security.keys import ALGORITHMS
from caio.security.nodes import is_signed, node_digest
from caio.security.notation import read_base64url, write_base64url
from caio.security.points import is_safe_point
from caio.security.refusal import Refusal, RefusedError

FORMAT: Final = "caio-attestation/v1"
"""The name of what is signed."""

_DOMAIN: Final = FORMAT.encode() + b"\n"
"""What is signed before the statement, so that no signature made for something else is one of an attestation."""
_LIMIT: Final = 10**18
"""Times are below this in absolute value, so that a statement stays short."""
_DIGESTS: Final = ("facts", "key", "subject", "token", "vocabulary")
_TIMES: Final = ("at", "end", "start")
_TEXTS: Final = ("algorithm", "issuer", "kid")


@final
class Attested(Sealed, seal=SEAL):
    """An attestation whose signature was verified; made by ``verify_attestation`` alone."""

    __slots__ = ()
    _origin = "only `verify_attestation` returns one, after it has verified a signature"
    _instead = "Send a signed attestation instead"

    @property
    def node(self) -> str:
        """The digest of the node's public key."""
        return self._read().node

    @property
    def statement(self) -> d.Statement:
        """What the node says."""
        return self._read().statement

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

    def _read(self) -> d.Attestation:
        held: d.Attestation = self._content()
        return held

    def __repr__(self) -> str:
        return f"<Attested by {self.node}: facts {self.statement.facts}>"


def attest(
    caller: Authenticated, key: Ed25519PrivateKey, *, at: int | None = None
) -> d.Attestation:
    """The attestation of a verified caller under a node's key.

    Args:
        caller: who was verified.
        key: the node's.
        at: the time of the decision, in microseconds UTC; None takes that of the verification. The facts are the same
            at each time at which the token holds.

    Raises:
        RefusedError: ``time``, ``expired`` or ``not-yet-valid``: the token does not hold at this time.
    """
    statement = d.Statement(
        algorithm=caller.algorithm,
        at=caller.at,
        claims=caller.claims,
        end=caller.end,
        facts=caller.facts_digest,
        issuer=caller.issuer,
        key=caller.key,
        kid=caller.kid,
        start=caller.start,
        subject=caller.subject,
        token=caller.token,
        vocabulary=caller.vocabulary,
    )
    if at is not None:
        statement = replace(statement, at=_within(at, caller))
    return d.Attestation(
        vocabulary=caller.vocabulary,
        node=node_digest(key.public_key()),
        signature=write_base64url(key.sign(_signed(statement))),
        statement=statement,
    )


def verify_attestation(attestation: d.Attestation, key: Ed25519PublicKey) -> Attested:
    """What a node attested, if it is the very statement that it signed.

    Raises:
        RefusedError: ``attestation-form``, ``attestation-node`` or ``attestation-signature``.
    """
    if type(attestation) is not d.Attestation or type(attestation.statement) is not d.Statement:
        raise RefusedError(Refusal.ATTESTATION_FORM)
    _check(attestation.statement)
    if attestation.vocabulary != attestation.statement.vocabulary:
        raise RefusedError(Refusal.ATTESTATION_FORM, "vocabulary")
    if attestation.node != node_digest(key) or not is_safe_point(key.public_bytes_raw()):
        raise RefusedError(Refusal.ATTESTATION_NODE, "node")
    signature = read_base64url(attestation.signature)
    if signature is None or len(signature) != 64:
        raise RefusedError(Refusal.ATTESTATION_FORM, "signature")
    if not is_signed(key, signature, _signed(attestation.statement)):
        raise RefusedError(Refusal.ATTESTATION_SIGNATURE, "signature")
    return sealed(Attested, attestation)


def _signed(statement: d.Statement) -> bytes:
    return _DOMAIN + canonical_bytes(statement_json(statement))


def _within(at: object, caller: Authenticated) -> int:
    """A time at which the caller's token holds."""
    if type(at) is not int or not INSTANT_MIN <= at <= INSTANT_MAX:
        raise RefusedError(Refusal.TIME, "at")
    if at >= caller.end:
        raise RefusedError(Refusal.EXPIRED, "at")
    if at < caller.start:
        raise RefusedError(Refusal.NOT_YET_VALID, "at")
    return at


def _check(statement: d.Statement) -> None:
    """Refuse a statement that no node makes: a signature under it would say nothing that this page explains."""
    for name in (*_TEXTS, *_DIGESTS):
        value = getattr(statement, name)
        if type(value) is not str or not value:
            raise RefusedError(Refusal.ATTESTATION_FORM, f"statement.{name}")
        if name in _DIGESTS and not is_digest(value):
            raise RefusedError(Refusal.ATTESTATION_FORM, f"statement.{name}")
    for name in _TIMES:
        value = getattr(statement, name)
        if type(value) is not int or not -_LIMIT < value < _LIMIT:
            raise RefusedError(Refusal.ATTESTATION_FORM, f"statement.{name}")
    claims = statement.claims
    if type(claims) is not tuple or not all(type(item) is str for item in claims):
        raise RefusedError(Refusal.ATTESTATION_FORM, "statement.claims")
    if list(claims) != sorted({*claims}):
        raise RefusedError(Refusal.ATTESTATION_FORM, "statement.claims")
    at = statement.at
    if not (INSTANT_MIN <= at <= INSTANT_MAX and statement.start <= at < statement.end):
        raise RefusedError(Refusal.ATTESTATION_FORM, "statement.at")
    if statement.algorithm not in ALGORITHMS:
        raise RefusedError(Refusal.ATTESTATION_FORM, "statement.algorithm")
