"""Real keys, and tokens made by hand: whatever a forger could write, signed with whatever key.

Nothing here goes through PyJWT, which would refuse to make most of it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from caio.ir import documents as d
from caio.security.authentication import Authenticator, Trusted
from caio.security.declarations import Authority, Fixed, FromClaim
from caio.security.keys import read_keys

SECOND = 1_000_000
NOW = 1_795_348_800
"""The time of the tests' decisions, in seconds."""
AT = NOW * SECOND
ISSUER = "https://issuer.example"
CANARY = "canary-8f3a61"
"""A claim's text that must never be seen outside of its token."""

VOCABULARY = d.Vocabulary(
    name="shop",
    enums=(
        d.Enumeration("Permission", (d.Member("read"), d.Member("write"), d.Member("admin"))),
        d.Enumeration("Zone", (d.Member("public"), d.Member("partner"), d.Member("internal"))),
        d.Enumeration(
            "Data",
            (
                d.Member("notes"),
                d.Member("health", True),
                d.Member("payment", True),
                d.Member("logs"),
            ),
        ),
    ),
    capabilities=("storage",),
    request=(d.Field("data", d.SetType("Data"), role="data"),),
    facts=(
        d.Field("permissions", d.SetType("Permission"), role="permissions"),
        d.Field("trust", d.IntType("1", 0, 10), role="trust"),
        d.Field("zone", d.EnumType("Zone"), role="zone"),
        d.Field("staff", d.BoolType()),
        d.Field("share", d.RationalType("1", Fraction(0), Fraction(1))),
        d.Field("hired", d.InstantType()),
    ),
)


@dataclass(frozen=True)
class Keys:
    """One set of private keys for a whole run; making RSA keys takes long."""

    rs: rsa.RSAPrivateKey
    weak: rsa.RSAPrivateKey
    p256: ec.EllipticCurvePrivateKey
    p384: ec.EllipticCurvePrivateKey
    ed: ed25519.Ed25519PrivateKey
    other_p256: ec.EllipticCurvePrivateKey
    other_ed: ed25519.Ed25519PrivateKey


@cache
def keys() -> Keys:
    return Keys(
        rsa.generate_private_key(65537, 2048),
        rsa.generate_private_key(65537, 1024),  # noqa: S505 - to be refused
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
        ec.generate_private_key(ec.SECP256R1()),
        ed25519.Ed25519PrivateKey.generate(),
    )


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int, size: int | None = None) -> str:
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


def pem() -> bytes:
    """The public RSA key as text: the secret of the classic HS256 confusion."""
    return (
        keys()
        .rs.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def rsa_jwk(private: rsa.RSAPrivateKey | None = None, **changes: object) -> dict[str, Any]:
    numbers = (private or keys().rs).public_key().public_numbers()
    jwk = {"kty": "RSA", "kid": "rs", "use": "sig", "alg": "RS256"}
    return changed(jwk | {"n": number(numbers.n), "e": number(numbers.e)}, changes)


def ec_jwk(private: ec.EllipticCurvePrivateKey | None = None, **changes: object) -> dict[str, Any]:
    numbers = (private or keys().p256).public_key().public_numbers()
    size = (numbers.curve.key_size + 7) // 8
    jwk = {"kty": "EC", "kid": "es", "use": "sig", "alg": "ES256", "crv": "P-256"}
    return changed(jwk | {"x": number(numbers.x, size), "y": number(numbers.y, size)}, changes)


def ed_jwk(private: ed25519.Ed25519PrivateKey | None = None, **changes: object) -> dict[str, Any]:
    data = (private or keys().ed).public_key().public_bytes_raw()
    jwk = {"kty": "OKP", "kid": "ed", "use": "sig", "alg": "EdDSA", "crv": "Ed25519"}
    return changed(jwk | {"x": b64(data)}, changes)


def changed(value: Mapping[str, Any], changes: Mapping[str, object]) -> dict[str, Any]:
    """An object with members replaced, or left out where the change is None."""
    return {key: item for key, item in {**value, **changes}.items() if item is not None}


def jwks(*given: object) -> bytes:
    """A key set of these keys; of the three good ones by default."""
    return json.dumps({"keys": list(given) or [rsa_jwk(), ec_jwk(), ed_jwk()]}).encode()


CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "sub": f"user-{CANARY}",
    "aud": "caio",
    "exp": NOW + 600,
    "nbf": NOW - 60,
    "iat": NOW - 60,
    "scope": "read write",
    "level": 3,
    "org": {"zone": "hq"},
    "note": CANARY,
}
KID = {"RS256": "rs", "ES256": "es", "EdDSA": "ed"}
ALGORITHMS = tuple(KID)


def sign(algorithm: str, message: bytes, secret: Any = None) -> bytes:
    """A signature as JWS writes it."""
    ring = keys()
    match algorithm:
        case "RS256" | "RS384":
            kind = hashes.SHA256() if algorithm == "RS256" else hashes.SHA384()
            return (secret or ring.rs).sign(message, padding.PKCS1v15(), kind)
        case "PS256":
            salted = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
            return (secret or ring.rs).sign(message, salted, hashes.SHA256())
        case "ES256" | "ES384":
            private = secret or ring.p256
            digest = hashes.SHA256() if algorithm == "ES256" else hashes.SHA384()
            size = (private.curve.key_size + 7) // 8
            r, s = decode_dss_signature(private.sign(message, ec.ECDSA(digest)))
            return r.to_bytes(size, "big") + s.to_bytes(size, "big")
        case "EdDSA":
            return (secret or ring.ed).sign(message)
        case "HS256":
            return hmac.new(secret or pem(), message, hashlib.sha256).digest()
        case _:
            return b""


def text_of(value: object) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()


def token(
    algorithm: str = "ES256",
    *,
    header: object = None,
    claims: object = None,
    signer: str | None = None,
    secret: Any = None,
) -> str:
    """A signed token; ``header`` and ``claims`` are changes to good ones, or bytes instead of them."""
    first = {"alg": algorithm, "typ": "JWT", "kid": KID.get(algorithm, "rs")}
    head = header if isinstance(header, bytes) else changed(first, header or {})  # type: ignore[arg-type]
    body = claims if isinstance(claims, bytes) else changed(CLAIMS, claims or {})  # type: ignore[arg-type]
    signed = f"{b64(text_of(head))}.{b64(text_of(body))}"
    return f"{signed}.{b64(sign(signer or algorithm, signed.encode(), secret))}"


AUTHORITY = Authority(
    name="headquarters",
    issuer=ISSUER,
    audiences=["caio", "caio-eu"],
    algorithms=["RS256", "ES256", "EdDSA"],
    facts=[
        FromClaim(fact="permissions", claim=["scope"], form="words"),
        FromClaim(fact="trust", claim=["level"]),
        FromClaim(fact="zone", claim=["org", "zone"], members={"hq": "internal", "shop": "public"}),
        FromClaim(fact="share", claim=["share"], absent="leave"),
        FromClaim(fact="hired", claim=["hired"], absent="leave"),
        Fixed(fact="staff", fixed=True),
    ],
)


def authenticator(published: bytes | None = None, **changes: object) -> Authenticator:
    authority = Authority.model_validate({**dict(AUTHORITY), **changes})
    return Authenticator(VOCABULARY, [Trusted(authority, read_keys(published or jwks()))])
