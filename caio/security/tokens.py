"""A compact JSON Web Token, taken apart and held to its form, before anybody is believed.

The rules of RFC 7519 and RFC 8725, on the strict side: three canonical base64url segments; a header of ``alg``, ``kid``,
``typ`` and the certificate thumbprints ``x5t`` and ``x5t#S256`` (which are ignored); claims with exact types. Nothing in
a token says where a key comes from, and no extension is understood. Time is compared exactly: a ``NumericDate`` with a
fraction is read as the rational it denotes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from caio.base.instants import INSTANT_MAX, INSTANT_MIN
from caio.ir.reader import MAX_NAME
from caio.security.declarations import Authority
from caio.security.notation import Object, read_base64url, read_object
from caio.security.refusal import Refusal, RefusedError

MAX_TOKEN: Final = 8192
"""The most characters of a token."""
MICROSECONDS: Final = 1_000_000
"""Of a second."""
MAX_SUBJECT: Final = 1024
"""The most characters of ``sub``."""

_HEADER: Final = frozenset({"alg", "kid", "typ", "x5t", "x5t#S256"})


@dataclass(frozen=True, slots=True)
class Token:
    """A token's parts; nothing about it is verified.

    Attributes:
        algorithm: ``alg``, as the token states it.
        kid: the key it names.
        kind: ``typ`` in lower case without ``application/``, or None.
        claims: the claims, all of them.
        issuer: ``iss``.
    """

    algorithm: str = field(repr=False)
    kid: str = field(repr=False)
    kind: str | None = field(repr=False)
    claims: Object = field(repr=False)
    issuer: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Validity:
    """When a token holds: at the instants from ``start`` to before ``end``, in microseconds."""

    start: int
    end: int


def read_token(text: object) -> Token:
    """A token's parts.

    Raises:
        RefusedError: it is not of the form.
    """
    if type(text) is not str:
        raise RefusedError(Refusal.TOKEN_FORM)
    if len(text) > MAX_TOKEN:
        raise RefusedError(Refusal.TOKEN_SIZE)
    segments = [read_base64url(segment) for segment in text.split(".")]
    if len(segments) == 5:
        raise RefusedError(Refusal.TOKEN_ENCRYPTED)
    if len(segments) != 3 or None in segments:
        raise RefusedError(Refusal.TOKEN_FORM)
    header = read_object(segments[0] or b"", Refusal.HEADER_JSON)
    if not header.keys() <= _HEADER or not all(type(value) is str for value in header.values()):
        if "enc" in header:
            raise RefusedError(Refusal.TOKEN_ENCRYPTED)
        raise RefusedError(Refusal.HEADER_MEMBER)
    if "alg" not in header:
        raise RefusedError(Refusal.ALGORITHM, "header.alg")
    kid = str(header.get("kid", ""))
    if not 0 < len(kid) <= MAX_NAME:
        raise RefusedError(Refusal.KEY_ID, "header.kid")
    kind = str(header["typ"]).lower().removeprefix("application/") if "typ" in header else None
    claims = read_object(segments[1] or b"", Refusal.CLAIMS_JSON)
    issuer = claims.get("iss")
    if type(issuer) is not str:
        raise RefusedError(Refusal.ISSUER, "claims.iss")
    return Token(str(header["alg"]), kid, kind, claims, issuer)


def check_header(token: Token, authority: Authority) -> None:
    """Hold algorithm and type against what the issuer may use.

    Raises:
        RefusedError: ``algorithm`` or ``header-type``.
    """
    if token.algorithm not in authority.algorithms:
        raise RefusedError(Refusal.ALGORITHM, "header.alg")
    if token.kind is None:
        permitted = authority.untyped
    else:
        permitted = token.kind in {kind.lower() for kind in authority.types}
    if not permitted:
        raise RefusedError(Refusal.HEADER_TYPE, "header.typ")


def check_claims(token: Token, authority: Authority) -> str:
    """Hold audience, subject and identifier to their form; the subject.

    Raises:
        RefusedError: ``audience``, ``subject`` or ``claim-type``.
    """
    audience = token.claims.get("aud")
    named = audience if type(audience) is list else [audience]
    if not all(type(item) is str for item in named) or not {*named} & {*authority.audiences}:
        raise RefusedError(Refusal.AUDIENCE, "claims.aud")
    if type(token.claims.get("jti", "")) is not str:
        raise RefusedError(Refusal.CLAIM_TYPE, "claims.jti")
    subject = token.claims.get("sub")
    if type(subject) is not str or not 0 < len(subject) <= MAX_SUBJECT:
        raise RefusedError(Refusal.SUBJECT, "claims.sub")
    return subject


def check_time(token: Token, at: int, leeway: int) -> Validity:
    """Hold ``exp``, ``nbf`` and ``iat`` against the time of the decision, all in microseconds; when the token holds.

    It holds iff ``nbf - leeway ≤ at < exp + leeway`` and ``iat - leeway ≤ at``.

    Raises:
        RefusedError: ``expiry-missing``, ``time-claim``, ``expired``, ``not-yet-valid`` or ``issued-later``.
    """
    if "exp" not in token.claims:
        raise RefusedError(Refusal.EXPIRY_MISSING, "claims.exp")
    end = _instant(token.claims, "exp") + leeway
    starts = {
        name: _instant(token.claims, name) - leeway
        for name in ("nbf", "iat")
        if name in token.claims
    }
    if at >= end:
        raise RefusedError(Refusal.EXPIRED, "claims.exp")
    if at < starts.get("nbf", at):
        raise RefusedError(Refusal.NOT_YET_VALID, "claims.nbf")
    if at < starts.get("iat", at):
        raise RefusedError(Refusal.ISSUED_LATER, "claims.iat")
    return Validity(max(starts.values(), default=INSTANT_MIN), end)


def _instant(claims: Object, name: str) -> int:
    """The first whole microsecond that is not before a ``NumericDate``.

    For whole ``at``, ``at < x`` iff ``at < ⌈x⌉`` and ``at ≥ x`` iff ``at ≥ ⌈x⌉``: rounding up changes no comparison.
    """
    seconds = claims[name]
    if isinstance(seconds, bool) or not isinstance(seconds, int | Fraction):
        raise RefusedError(Refusal.TIME_CLAIM, f"claims.{name}")
    micros = math.ceil(seconds * MICROSECONDS)
    if not INSTANT_MIN <= micros <= INSTANT_MAX:
        raise RefusedError(Refusal.TIME_CLAIM, f"claims.{name}")
    return micros
