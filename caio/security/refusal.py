"""Why something from outside is refused: a stable code, a place, and what to do.

A message is made of words that are written here and of the names of members that a format defines. It never quotes what
was refused: a token is a secret, a key set may hold a private key by mistake, and messages end in logs.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from caio.base.errors import InputError


class Refusal(StrEnum):
    """The codes of all refusals of this room; ``docs/security-facts.md`` lists them."""

    TIME = "time"
    TOKEN_SIZE = "token-size"  # noqa: S105 - a code
    TOKEN_FORM = "token-form"  # noqa: S105 - a code
    TOKEN_ENCRYPTED = "token-encrypted"  # noqa: S105 - a code
    HEADER_JSON = "header-json"
    HEADER_MEMBER = "header-member"
    HEADER_TYPE = "header-type"
    ALGORITHM = "algorithm"
    KEY_ID = "key-id"
    KEY_UNKNOWN = "key-unknown"
    KEY_PURPOSE = "key-purpose"
    KEY_ALGORITHM = "key-algorithm"
    SIGNATURE = "signature"
    CLAIMS_JSON = "claims-json"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    SUBJECT = "subject"
    EXPIRY_MISSING = "expiry-missing"
    TIME_CLAIM = "time-claim"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    ISSUED_LATER = "issued-later"
    CLAIM_MISSING = "claim-missing"
    CLAIM_TYPE = "claim-type"
    CLAIM_MEMBER = "claim-member"
    CLAIM_RANGE = "claim-range"
    KEYS_SIZE = "keys-size"
    KEYS_JSON = "keys-json"
    KEYS_FORM = "keys-form"
    KEYS_PRIVATE = "keys-private"
    KEYS_DUPLICATE = "keys-duplicate"
    KEYS_WEAK = "keys-weak"
    KEYS_POINT = "keys-point"
    KEYS_ALGORITHM = "keys-algorithm"
    DECLARATION = "declaration"
    NODE_KEY = "node-key"
    ATTESTATION_FORM = "attestation-form"
    ATTESTATION_NODE = "attestation-node"
    ATTESTATION_SIGNATURE = "attestation-signature"
    ATTESTATION_SUBJECT = "attestation-subject"


MESSAGES: Final = MappingProxyType(
    {
        Refusal.TIME: "the time of a decision is an integer of microseconds UTC in the years 1 to 9999: pass it as `at`",
        Refusal.TOKEN_SIZE: "the token is longer than 8,192 characters: ask its issuer for one with fewer claims",
        Refusal.TOKEN_FORM: "the token is not three canonical base64url segments joined by dots: send the compact form,"
        " without `Bearer`, blanks or padding",
        Refusal.TOKEN_ENCRYPTED: "the token is encrypted (JWE): send a signed one (JWS)",
        Refusal.HEADER_JSON: "the token's header is not a strict JSON object: no repeated key, no unusual number, no deep nesting",
        Refusal.HEADER_MEMBER: "the token's header has a member other than `alg`, `kid`, `typ`, `x5t` and `x5t#S256`, or one"
        " that is no string: keys and extensions never come with a token",
        Refusal.HEADER_TYPE: "the token's `typ` is none that its issuer's declaration permits: ask for an access token",
        Refusal.ALGORITHM: "the token's `alg` is none that its issuer's declaration permits: sign with RS256, ES256 or EdDSA",
        Refusal.KEY_ID: "the token's `kid` is missing or empty: it must name the key",
        Refusal.KEY_UNKNOWN: "no key of the issuer has the token's `kid`: fetch the issuer's key set again, or ask for a new token",
        Refusal.KEY_PURPOSE: "the key that the token names is not declared for signatures with RS256, ES256 or EdDSA",
        Refusal.KEY_ALGORITHM: "the token's `alg` is not the algorithm that its key is bound to",
        Refusal.SIGNATURE: "the signature is not one of this token by this key: the token was changed, or another key made it",
        Refusal.CLAIMS_JSON: "the token's claims are not a strict JSON object: no repeated key, no unusual number, no deep nesting",
        Refusal.ISSUER: "the token's `iss` is missing or names nobody who is trusted here: declare the issuer, or ask it for a token",
        Refusal.AUDIENCE: "the token's `aud` is missing or does not name this node: ask for a token for it",
        Refusal.SUBJECT: "the token's `sub` is missing, or is no string of 1 to 1,024 characters",
        Refusal.EXPIRY_MISSING: "the token has no `exp`: a token without an end is refused",
        Refusal.TIME_CLAIM: "a time in the token is no number of seconds in the years 1 to 9999",
        Refusal.EXPIRED: "the token has expired at the time of the decision: ask for a new one",
        Refusal.NOT_YET_VALID: "the token is not yet valid at the time of the decision: wait, or compare the clocks",
        Refusal.ISSUED_LATER: "the token was issued after the time of the decision: compare the clocks",
        Refusal.CLAIM_MISSING: "a claim that the issuer's declaration needs is missing from the token",
        Refusal.CLAIM_TYPE: "a claim has another type than the fact it becomes",
        Refusal.CLAIM_MEMBER: "a claim names something that the issuer's declaration does not grant",
        Refusal.CLAIM_RANGE: "a claim lies outside the range of the fact it becomes",
        Refusal.KEYS_SIZE: "the key set is larger than 262,144 bytes, or has more than 128 keys",
        Refusal.KEYS_JSON: "the key set is not strict JSON: no repeated key, no unusual number, no deep nesting",
        Refusal.KEYS_FORM: 'the key set is not `{"keys": […]}` with at least one well-formed key',
        Refusal.KEYS_PRIVATE: "the key set holds a secret, which must be replaced at once: publish public keys only",
        Refusal.KEYS_DUPLICATE: "two keys of the set have one `kid`: each needs its own",
        Refusal.KEYS_WEAK: "an RSA key of the set is weak: 2,048 to 8,192 bits, an odd modulus, an odd exponent from 65,537 below 2**32",
        Refusal.KEYS_POINT: "a key of the set is no point of its curve, not written canonically, or of small order",
        Refusal.KEYS_ALGORITHM: "a key of the set is declared for an algorithm of another kind of key",
        Refusal.DECLARATION: "the declaration is malformed",
        Refusal.NODE_KEY: "this is no Ed25519 key of a node in PEM: `caio security node-key FILE` makes one, and its public"
        " key is in `FILE.pub`",
        Refusal.ATTESTATION_FORM: "this is no attestation as a node makes one: `caio-attestation/v1`",
        Refusal.ATTESTATION_NODE: "the attestation names another node than the key it is to be verified with, or that key is of small order",
        Refusal.ATTESTATION_SIGNATURE: "the signature is not one of this attestation by this node",
        Refusal.ATTESTATION_SUBJECT: "the attestation is about other facts, or about another time",
    }
)
"""What each code says; the place comes before it."""


class RefusedError(InputError):
    """Something from outside that is not accepted; nothing is known about whoever sent it.

    >>> authenticator = caio.Authenticator(
    ...     clinic.vocabularies[0], [caio.load_authority("authority.json", "jwks.json")]
    ... )
    >>> try:
    ...     authenticator.authenticate("Bearer " + token, at=1795305600_000000)
    ... except caio.RefusedError as error:
    ...     print(error.code, "|", error)
    token-form | the token is not three canonical base64url segments joined by dots: send the compact form, without \
`Bearer`, blanks or padding

    Attributes:
        code: which rule it breaks, stable; ``docs/security-facts.md`` lists all of them.
        place: where, in names that a format or a declaration defines, such as ``claims.exp`` or ``keys[2].n``.
        detail: what is wrong with a declaration, which is no secret; empty for everything else.
    """

    def __init__(self, code: Refusal, place: str = "", detail: str = "") -> None:
        self.code = code
        self.place = place
        self.detail = detail
        message = detail or MESSAGES[code]
        super().__init__(f"{place}: {message}" if place else message)


def without_frames(error: RefusedError) -> RefusedError:
    """The same refusal without the frames it came through, whose variables hold what was refused."""
    return RefusedError(error.code, error.place, error.detail)
