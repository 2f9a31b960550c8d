"""Authentication (Eq. 4.1): a token, the keys of the issuers that are trusted, and a time; facts, or a refusal.

``valid ⟺ VerifySignature(token, key) ∧ expiry > at``, where ``key`` is the one that the issuer publishes under the token's
``kid``, used with the algorithm it is bound to, and ``at`` is the time of the decision, never a clock. PyJWT verifies the
signature and is asked for nothing else: its own checks of claims read the clock and floats.

What this does not do: ask an issuer whether it has withdrawn a token. A token holds until it expires.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, final

from jwt import PyJWS
from jwt.exceptions import PyJWTError

from caio.base.canonical import digest, digest_bytes
from caio.base.instants import INSTANT_MAX, INSTANT_MIN, format_timestamp
from caio.base.sealed import SEAL, Sealed, sealed
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.ir.reader import is_name
from caio.security.declarations import Authority
from caio.security.keys import ALGORITHMS, Key, KeySet
from caio.security.mapping import ClaimMapping, Values
from caio.security.refusal import Refusal, RefusedError, without_frames
from caio.security.tokens import check_claims, check_header, check_time, read_token

ORIGIN: Final = "attested"
"""The origin of facts that a token states, beside ``asserted``."""

_SIGNATURES: Final = PyJWS(algorithms=list(ALGORITHMS))


@dataclass(frozen=True, slots=True)
class Trusted:
    """An issuer that is trusted: what the operator declares about it, and the keys it publishes."""

    authority: Authority
    keys: KeySet


@dataclass(frozen=True, slots=True)
class _Verified:
    """What an ``Authenticated`` was sealed with."""

    vocabulary: str
    name: str
    values: Values
    claims: tuple[str, ...]
    issuer: str
    kid: str
    key: str
    algorithm: str
    subject: str
    token: str
    at: int
    start: int
    end: int


@final
class Authenticated(Sealed, seal=SEAL):
    """A caller whose token was verified: facts, and what they rest on. Made by ``Authenticator.authenticate`` alone.

    It holds neither the token nor its subject: their digests are enough to recognise both.

    >>> caller.values
    (('permissions', ('llm.invoke',)), ('trust', Fraction(7, 1)), ('zone', 'internal'))
    >>> caller.claims, caller.issuer
    (('level', 'scope'), 'https://id.clinic.example')
    """

    __slots__ = ()
    _origin = "only `Authenticator.authenticate` returns one, after it has verified a token"
    _instead = "Send a signed attestation instead"

    @property
    def values(self) -> Values:
        """The values of facts, by field, in order of name."""
        return self._verified.values

    @property
    def facts(self) -> d.Facts:
        """The same as a document of origin ``attested``, named after the authority."""
        held = self._verified
        return d.Facts(held.vocabulary, held.name, ORIGIN, held.values)

    @property
    def facts_digest(self) -> str:
        """The digest of that document."""
        return document_digest(self.facts)

    @property
    def vocabulary(self) -> str:
        """The digest of the vocabulary of the facts."""
        return self._verified.vocabulary

    @property
    def claims(self) -> tuple[str, ...]:
        """The claims that became facts, as paths joined by dots, in order; their values are the facts."""
        return self._verified.claims

    @property
    def issuer(self) -> str:
        """The issuer that vouches for the caller."""
        return self._verified.issuer

    @property
    def kid(self) -> str:
        """The name of the key in the issuer's set."""
        return self._verified.kid

    @property
    def key(self) -> str:
        """The digest of the key: its thumbprint (RFC 7638)."""
        return self._verified.key

    @property
    def algorithm(self) -> str:
        """The algorithm of the signature."""
        return self._verified.algorithm

    @property
    def subject(self) -> str:
        """The digest of issuer and subject, which names the caller without saying who it is."""
        return self._verified.subject

    @property
    def token(self) -> str:
        """The digest of the token's bytes."""
        return self._verified.token

    @property
    def at(self) -> int:
        """The time of the decision, in microseconds UTC."""
        return self._verified.at

    @property
    def start(self) -> int:
        """The first microsecond at which the token holds."""
        return self._verified.start

    @property
    def end(self) -> int:
        """The first microsecond at which it holds no more."""
        return self._verified.end

    @property
    def _verified(self) -> _Verified:
        held: _Verified = self._content()
        return held

    def __repr__(self) -> str:
        held = self._verified
        when = format_timestamp(held.at)
        return f"<Authenticated by key {held.key} ({held.algorithm}) at {when}: token {held.token}>"


class Authenticator:
    """Verifies tokens of the issuers that are trusted, and maps their claims to facts of one vocabulary.

    It keeps nothing between calls and may be shared by threads.

    >>> trusted = caio.load_authority("authority.json", "jwks.json")
    >>> authenticator = caio.Authenticator(clinic.vocabularies[0], [trusted])
    >>> caller = authenticator.authenticate(token, at=1795305600_000000)
    >>> with caio.Router(clinic, node=caio.load_node_key("node.pem")) as secured:
    ...     secured.route("answer", caller=caller, at=1795305600_000000)
    <Routed 'answer' to 'hall' 1.0>

    Args:
        vocabulary: whose facts the claims become.
        trusted: the issuers, as ``caio.load_authority`` returns them.

    Raises:
        RefusedError: ``declaration``: one does not fit, two have one issuer or name, or there is none.
    """

    __slots__ = ("_issuers", "_vocabulary")

    def __init__(self, vocabulary: d.Vocabulary, trusted: Iterable[Trusted]) -> None:
        self._vocabulary = document_digest(vocabulary)
        self._issuers: dict[str, tuple[Trusted, ClaimMapping]] = {}
        for item in trusted:
            authority = item.authority
            if not is_name(authority.name):
                detail = "the name of an authority is 1 to 256 printable characters"
                raise RefusedError(Refusal.DECLARATION, "name", detail)
            names = {known.authority.name for known, _ in self._issuers.values()}
            if authority.issuer in self._issuers or authority.name in names:
                detail = "two authorities have one issuer or one name"
                raise RefusedError(Refusal.DECLARATION, authority.name, detail)
            self._issuers[authority.issuer] = (item, ClaimMapping(vocabulary, authority.facts))
        if not self._issuers:
            detail = "no issuer is trusted: declare one authority at least"
            raise RefusedError(Refusal.DECLARATION, detail=detail)

    def authenticate(self, token: str, *, at: int) -> Authenticated:
        """The caller that this token is about, at this time in microseconds UTC (Eq. 4.1).

        >>> authenticator.authenticate(token, at=1795305600_000000).algorithm
        'EdDSA'

        Raises:
            RefusedError: the token is not accepted. Neither the message nor the frames of this room hold the token.
        """
        outcome = self._outcome(token, at)
        # The frame of this call stays in the traceback of a refusal, and error reporters send its variables.
        del token
        if isinstance(outcome, RefusedError):
            raise outcome
        return outcome

    def _outcome(self, text: str, at: int) -> Authenticated | RefusedError:
        try:
            return self._authenticated(text, at)
        except RefusedError as error:
            return without_frames(error)

    def _authenticated(self, text: str, at: int) -> Authenticated:
        if type(at) is not int or not INSTANT_MIN <= at <= INSTANT_MAX:
            raise RefusedError(Refusal.TIME, "at")
        token = read_token(text)
        if token.issuer not in self._issuers:
            raise RefusedError(Refusal.ISSUER, "claims.iss")
        trusted, mapping = self._issuers[token.issuer]
        authority = trusted.authority
        check_header(token, authority)
        key = trusted.keys.find(token.kid)
        if token.algorithm != key.algorithm:
            raise RefusedError(Refusal.KEY_ALGORITHM, "header.alg")
        _check_signature(text, key)
        subject = check_claims(token, authority)
        validity = check_time(token, at, authority.leeway)
        mapped = mapping.apply(token.claims)
        verified = _Verified(
            vocabulary=self._vocabulary,
            name=authority.name,
            values=mapped.values,
            claims=mapped.claims,
            issuer=authority.issuer,
            kid=key.kid,
            key=key.digest,
            algorithm=key.algorithm,
            subject=digest([authority.issuer, subject]),
            token=digest_bytes(text.encode()),
            at=at,
            start=validity.start,
            end=validity.end,
        )
        return sealed(Authenticated, verified)


def _check_signature(text: str, key: Key) -> None:
    """Verify that this key made the signature of a token, with the key's own algorithm.

    Raises:
        RefusedError: ``signature``.
    """
    signed = False
    with suppress(PyJWTError, ValueError):
        _SIGNATURES.decode_complete(text, key.public, algorithms=[key.algorithm])
        signed = True
    if not signed:
        raise RefusedError(Refusal.SIGNATURE)
