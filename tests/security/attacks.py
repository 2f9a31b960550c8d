"""Attacks on tokens and key sets, as data: what is sent, and the code it is refused with."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from caio.security.refusal import Refusal as R  # noqa: N817 - a table reads better with short names
from tests.security import forge as f


@dataclass(frozen=True)
class Sent:
    """What a node gets to see.

    Attributes:
        token: the token.
        published: the issuer's key set, the good one by default.
        declared: changes to the declaration of the issuer.
        at: the time of the decision.
    """

    token: Any
    published: bytes | None = None
    declared: dict[str, object] = field(default_factory=dict)
    at: Any = f.AT


@dataclass(frozen=True)
class Attack:
    """One attack.

    Attributes:
        name: what the attacker tries.
        make: how it is made; keys are not there before the tests run.
        code: why it is refused.
    """

    name: str
    make: Callable[[], Sent]
    code: R


def _claims(name: str, code: R, **changes: object) -> Attack:
    """Good signature, bad claims."""
    return Attack(name, lambda: Sent(f.token(claims=changes)), code)


def _without(name: str, code: R, claim: str) -> Attack:
    return Attack(name, lambda: Sent(f.token(claims={claim: None})), code)


def _raw_claims(name: str, text: str, code: R = R.CLAIMS_JSON) -> Attack:
    return Attack(name, lambda: Sent(f.token(claims=text.encode("utf-8", "surrogatepass"))), code)


def _header(name: str, code: R, **changes: object) -> Attack:
    """Good signature, bad header."""
    return Attack(name, lambda: Sent(f.token(header=changes)), code)


def _raw_header(name: str, text: str, code: R = R.HEADER_JSON) -> Attack:
    return Attack(name, lambda: Sent(f.token(header=text.encode())), code)


def _text(name: str, code: R, change: Callable[[str], object]) -> Attack:
    """A good token whose text is changed."""
    return Attack(name, lambda: Sent(change(f.token())), code)


def _set(name: str, code: R, *make: Callable[[], object]) -> Attack:
    """A good token of a key set that is changed."""
    return Attack(name, lambda: Sent(f.token(), f.jwks(*(item() for item in make))), code)


def _parts(token: str) -> list[str]:
    return token.split(".")


def _swapped(token: str) -> str:
    """The signature of another token of the same issuer."""
    other = f.token(claims={"level": 9})
    return ".".join([*_parts(other)[:2], _parts(token)[2]])


def _der(token: str) -> str:
    head, body, _ = _parts(token)
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    signature = f.keys().p256.sign(f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
    return f"{head}.{body}.{f.b64(signature)}"


def _last_bit(token: str) -> str:
    """The same bytes in another text: base64 leaves bits of the last character unused."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]


def _self_signed() -> Sent:
    """A key in the token, and a signature by it."""
    mine = f.keys().other_p256
    header = {"jwk": f.ec_jwk(mine)}
    return Sent(f.token(header=header, secret=mine))


def _x5c() -> Sent:
    mine = f.keys().other_p256
    return Sent(f.token(header={"x5c": ["MIIB"]}, secret=mine))


def _small_order() -> Sent:
    """The key is the neutral element, for which anybody can make a signature: R = B·s, with any s."""
    point = (1).to_bytes(32, "little")
    return Sent(f.token("EdDSA"), f.jwks(f.ed_jwk(x=f.b64(point))))


def _order_eight() -> Sent:
    point = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
    return Sent(f.token("EdDSA"), f.jwks(f.ed_jwk(x=f.b64(point))))


def _private_jwk() -> dict[str, Any]:
    numbers = f.keys().p256.private_numbers()
    return f.ec_jwk(d=f.number(numbers.private_value, 32))


def _off_curve() -> dict[str, Any]:
    numbers = f.keys().p256.public_key().public_numbers()
    return f.ec_jwk(y=f.number(numbers.y ^ 1, 32))


def _p384_as_es256() -> Sent:
    secret = f.keys().p384
    jwk = f.ec_jwk(secret, crv="P-384")
    return Sent(f.token(secret=secret), f.jwks(jwk))


def _repeated_set() -> Sent:
    good = json.dumps(f.ec_jwk())
    return Sent(f.token(), f'{{"keys": [{good}], "keys": [{good}]}}'.encode())


SMALL_Y = 3
"""The y of a point of Ed25519 that is no harm when it is written canonically."""
_BODY = json.dumps(f.CLAIMS)[1:-1]

TOKENS = (
    _text("an empty token", R.TOKEN_FORM, lambda _: ""),
    _text("no text at all", R.TOKEN_FORM, lambda _: None),
    _text("bytes instead of text", R.TOKEN_FORM, lambda t: t.encode()),
    _text("only dots", R.HEADER_JSON, lambda _: ".."),
    _text("a scheme before the token", R.TOKEN_FORM, lambda t: f"Bearer {t}"),
    _text("a newline behind the token", R.TOKEN_FORM, lambda t: f"{t}\n"),
    _text("no signature segment", R.TOKEN_FORM, lambda t: t.rpartition(".")[0]),
    _text("an empty signature", R.SIGNATURE, lambda t: t.rpartition(".")[0] + "."),
    _text("a fourth segment", R.TOKEN_FORM, lambda t: f"{t}.AAAA"),
    _text("an encrypted token", R.TOKEN_ENCRYPTED, lambda t: f"{t}.AAAA.AAAA"),
    _text("padding", R.TOKEN_FORM, lambda t: t.replace(".", "==.", 1)),
    _text("the alphabet of plain base64", R.TOKEN_FORM, lambda t: t[:-2] + "+/"),
    _text("unused bits set in the last character", R.TOKEN_FORM, _last_bit),
    _text("a full-width letter", R.TOKEN_FORM, lambda t: t[:-1] + "Ａ"),
    _text("a lone surrogate", R.TOKEN_FORM, lambda t: t + "\ud800"),
    _text("a megabyte", R.TOKEN_SIZE, lambda t: t + "A" * 1_000_000),
    _text("one character too many", R.TOKEN_SIZE, lambda t: t + "A" * (8193 - len(t))),
    _text("JSON serialization", R.TOKEN_FORM, lambda t: json.dumps({"payload": _parts(t)[1]})),
    _text("header and claims exchanged", R.HEADER_MEMBER, lambda t: ".".join([_parts(t)[1], _parts(t)[0], _parts(t)[2]])),
    _text("a signature of another token", R.SIGNATURE, _swapped),
    _text("a signature in DER", R.SIGNATURE, _der),
    _text("half a signature", R.SIGNATURE, lambda t: t[:-46]),
    _text("a signature of zeros", R.SIGNATURE, lambda t: ".".join([*_parts(t)[:2], f.b64(bytes(64))])),
)  # fmt: skip

CONFUSIONS = (
    Attack("alg none without a signature", lambda: Sent(f.token("none")), R.ALGORITHM),
    Attack("alg nOnE", lambda: Sent(f.token("nOnE")), R.ALGORITHM),
    Attack("alg none with a real signature", lambda: Sent(f.token("none", signer="RS256")), R.ALGORITHM),
    Attack("HS256 with the public RSA key as the secret", lambda: Sent(f.token("HS256")), R.ALGORITHM),
    Attack("RS256 stated, HS256 with the public key inside", lambda: Sent(f.token("RS256", signer="HS256")), R.SIGNATURE),
    Attack("PS256 with the key of RS256", lambda: Sent(f.token("PS256")), R.ALGORITHM),
    Attack("RS256 stated, PS256 inside", lambda: Sent(f.token("RS256", signer="PS256")), R.SIGNATURE),
    Attack("RS384 with the key of RS256", lambda: Sent(f.token("RS384")), R.ALGORITHM),
    Attack("RS256 stated, RS384 inside", lambda: Sent(f.token("RS256", signer="RS384")), R.SIGNATURE),
    Attack("ES384 with a P-384 key", lambda: Sent(f.token("ES384", secret=f.keys().p384)), R.ALGORITHM),
    Attack("ES256 stated, P-384 inside", lambda: Sent(f.token(secret=f.keys().p384)), R.SIGNATURE),
    Attack("ES256 stated, SHA-384 inside", lambda: Sent(f.token(signer="ES384")), R.SIGNATURE),
    Attack("ES256 with the kid of an RSA key", lambda: Sent(f.token(header={"kid": "rs"})), R.KEY_ALGORITHM),
    Attack("RS256 with the kid of an EC key", lambda: Sent(f.token("RS256", header={"kid": "es"})), R.KEY_ALGORITHM),
    Attack("EdDSA with the kid of an EC key", lambda: Sent(f.token("EdDSA", header={"kid": "es"})), R.KEY_ALGORITHM),
    Attack("another EC key of the same curve", lambda: Sent(f.token(secret=f.keys().other_p256)), R.SIGNATURE),
    Attack("another Ed25519 key", lambda: Sent(f.token("EdDSA", secret=f.keys().other_ed)), R.SIGNATURE),
    Attack("an algorithm that the issuer may not use", lambda: Sent(f.token("RS256"), declared={"algorithms": ["ES256"]}), R.ALGORITHM),
    _header("Ed25519 as the name of EdDSA", R.ALGORITHM, alg="Ed25519"),
    _header("an empty alg", R.ALGORITHM, alg=""),
    _header("alg with a blank", R.ALGORITHM, alg="ES256 "),
    _header("alg in lower case", R.ALGORITHM, alg="es256"),
    _header("no alg", R.ALGORITHM, alg=None),
    _header("alg as a list", R.HEADER_MEMBER, alg=["ES256"]),
)  # fmt: skip

HEADERS = (
    _header("no kid", R.KEY_ID, kid=None),
    _header("an empty kid", R.KEY_ID, kid=""),
    _header("a kid of 257 characters", R.KEY_ID, kid="k" * 257),
    _header("a number as kid", R.HEADER_MEMBER, kid=7),
    _header("an unknown kid", R.KEY_UNKNOWN, kid="nobody"),
    _header("a path as kid", R.KEY_UNKNOWN, kid="../../../../dev/null"),
    _header("a query as kid", R.KEY_UNKNOWN, kid="es' UNION SELECT 'x"),
    _header("a kid in other letters", R.KEY_UNKNOWN, kid="ES"),
    _header("crit", R.HEADER_MEMBER, crit=["exp"]),
    _header("an empty crit", R.HEADER_MEMBER, crit=[]),
    _header("b64 false", R.HEADER_MEMBER, b64=False, crit=["b64"]),
    _header("b64 true", R.HEADER_MEMBER, b64=True),
    _header("jku", R.HEADER_MEMBER, jku="https://evil.example/jwks.json"),
    _header("x5u", R.HEADER_MEMBER, x5u="https://evil.example/cert.pem"),
    Attack("jwk, and a signature by it", _self_signed, R.HEADER_MEMBER),
    Attack("x5c, and a signature by it", _x5c, R.HEADER_MEMBER),
    _header("zip", R.HEADER_MEMBER, zip="DEF"),
    _header("a nested token", R.HEADER_MEMBER, cty="JWT"),
    _header("enc in a signed token", R.TOKEN_ENCRYPTED, enc="A256GCM"),
    _header("an unknown member", R.HEADER_MEMBER, nonce="1"),
    _header("an identity token", R.HEADER_TYPE, typ="id+jwt"),
    _header("a logout token", R.HEADER_TYPE, typ="logout+jwt"),
    _header("no typ", R.HEADER_TYPE, typ=None),
    _header("a number as typ", R.HEADER_MEMBER, typ=1),
    _raw_header("alg twice", '{"alg":"none","alg":"ES256","typ":"JWT","kid":"es"}'),
    _raw_header("kid twice", '{"alg":"ES256","typ":"JWT","kid":"nobody","kid":"es"}'),
    _raw_header("alg twice, once escaped", '{"alg":"ES256","\\u0061lg":"none","typ":"JWT","kid":"es"}'),
    _raw_header("a header that is an array", '["ES256"]'),
    _raw_header("a header that is no JSON", "alg=ES256"),
    _raw_header("text behind the header", '{"alg":"ES256","typ":"JWT","kid":"es"}{}'),
    _raw_header("a byte order mark", '\ufeff{"alg":"ES256","typ":"JWT","kid":"es"}'),
    _raw_header("a header nested 2,000 levels deep", '{"alg":' + "[" * 2000 + "]" * 2000 + "}"),
    Attack("a header that is not UTF-8", lambda: Sent(f.token(header=b'{"alg":"\xff"}')), R.HEADER_JSON),
    Attack("UTF-16", lambda: Sent(f.token(header='{"alg":"ES256"}'.encode("utf-16"))), R.HEADER_JSON),
)  # fmt: skip

CLAIMS = (
    _without("no exp", R.EXPIRY_MISSING, "exp"),
    _claims("expired a second ago", R.EXPIRED, exp=f.NOW - 1),
    _claims("expires now", R.EXPIRED, exp=f.NOW),
    _claims("exp of zero", R.EXPIRED, exp=0),
    _claims("a negative exp", R.EXPIRED, exp=-1),
    _claims("exp as text", R.TIME_CLAIM, exp=str(f.NOW + 600)),
    _claims("exp as a Boolean", R.TIME_CLAIM, exp=True),
    _claims("exp as a list", R.TIME_CLAIM, exp=[f.NOW + 600]),
    _claims("exp in milliseconds", R.TIME_CLAIM, exp=(f.NOW + 600) * 1000),
    _raw_claims("exp of null", f'{{{_BODY.replace(str(f.NOW + 600), "null")}}}', R.TIME_CLAIM),
    _raw_claims("exp of NaN", f'{{{_BODY.replace(str(f.NOW + 600), "NaN")}}}'),
    _raw_claims("exp of Infinity", f'{{{_BODY.replace(str(f.NOW + 600), "Infinity")}}}'),
    _raw_claims("exp of 1e308", f'{{{_BODY.replace(str(f.NOW + 600), "1e308")}}}'),
    _raw_claims("exp of 1e999999999", f'{{{_BODY.replace(str(f.NOW + 600), "1e999999999")}}}'),
    _raw_claims("exp of 1e18", f'{{{_BODY.replace(str(f.NOW + 600), "1e18")}}}', R.TIME_CLAIM),
    _raw_claims("exp of 4,000 digits", f'{{{_BODY.replace(str(f.NOW + 600), "9" * 4000)}}}'),
    _raw_claims("an exp that a float rounds up", f'{{{_BODY.replace(str(f.NOW + 600), f"{f.NOW - 1}.999999999999999999")}}}', R.EXPIRED),
    _claims("not valid before the next second", R.NOT_YET_VALID, nbf=f.NOW + 1),
    _claims("nbf as text", R.TIME_CLAIM, nbf="0"),
    _claims("issued in the next second", R.ISSUED_LATER, iat=f.NOW + 1),
    _claims("iat as a Boolean", R.TIME_CLAIM, iat=False),
    _without("no iss", R.ISSUER, "iss"),
    _claims("another iss", R.ISSUER, iss="https://evil.example"),
    _claims("iss with a slash behind", R.ISSUER, iss=f.ISSUER + "/"),
    _claims("iss as a list", R.ISSUER, iss=[f.ISSUER]),
    _without("no aud", R.AUDIENCE, "aud"),
    _claims("another aud", R.AUDIENCE, aud="billing"),
    _claims("an empty list of aud", R.AUDIENCE, aud=[]),
    _claims("aud as a number", R.AUDIENCE, aud=1),
    _claims("a number among aud", R.AUDIENCE, aud=["caio", 1]),
    _claims("aud as an object", R.AUDIENCE, aud={"caio": True}),
    _claims("an aud that begins well", R.AUDIENCE, aud="caio-evil"),
    _without("no sub", R.SUBJECT, "sub"),
    _claims("an empty sub", R.SUBJECT, sub=""),
    _claims("sub as a number", R.SUBJECT, sub=7),
    _claims("a sub of 1,025 characters", R.SUBJECT, sub="s" * 1025),
    _claims("jti as a number", R.CLAIM_TYPE, jti=1),
    _raw_claims("exp twice", f'{{{_BODY},"exp":{f.NOW + 99999}}}'),
    _raw_claims("scope twice", f'{{"scope":"admin",{_BODY}}}'),
    _raw_claims("a key twice, deep inside", f'{{{_BODY},"x":{{"a":[{{"b":1,"b":2}}]}}}}'),
    _raw_claims("claims that are text", '"claims"'),
    _raw_claims("claims nested nine levels deep", f'{{{_BODY},"x":' + "[" * 8 + "]" * 8 + "}"),
    _raw_claims("claims nested 2,000 levels deep", f'{{{_BODY},"x":' + "[" * 2000 + "]" * 2000 + "}"),
    _raw_claims("a lone surrogate in a claim", f'{{{_BODY},"x":"\\ud800"}}'),
    _raw_claims("an overlong surrogate", f'{{{_BODY},"x":"\ud800"}}'),
    _raw_claims("no claims", "", R.CLAIMS_JSON),
    _without("no scope", R.CLAIM_MISSING, "scope"),
    _claims("scope as a list", R.CLAIM_TYPE, scope=["read"]),
    _claims("scope with two blanks", R.CLAIM_TYPE, scope="read  write"),
    _claims("an unknown permission", R.CLAIM_MEMBER, scope="read root"),
    _claims("a permission in capitals", R.CLAIM_MEMBER, scope="READ"),
    _claims("trust as text", R.CLAIM_TYPE, level="10"),
    _claims("trust as a Boolean", R.CLAIM_TYPE, level=True),
    _claims("trust as a float", R.CLAIM_TYPE, level=3.0),
    _claims("trust out of range", R.CLAIM_RANGE, level=11),
    _claims("negative trust", R.CLAIM_RANGE, level=-1),
    _claims("the vocabulary's zone instead of the issuer's", R.CLAIM_MEMBER, org={"zone": "internal"}),
    _claims("a zone that is a list", R.CLAIM_TYPE, org={"zone": ["hq"]}),
    _claims("no object on the way to a claim", R.CLAIM_MISSING, org="hq"),
    _claims("a dotted name instead of a path", R.CLAIM_MISSING, org=None, **{"org.zone": "hq"}),
    Attack("a time beyond the calendar", lambda: Sent(f.token(), at=10**18), R.TIME),
    Attack("a float as the time", lambda: Sent(f.token(), at=float(f.AT)), R.TIME),
    Attack("a Boolean as the time", lambda: Sent(f.token(), at=True), R.TIME),
)  # fmt: skip

KEY_SETS = (
    Attack("an RSA key of 1,024 bits", lambda: Sent(f.token("RS256", secret=f.keys().weak), f.jwks(f.rsa_jwk(f.keys().weak))), R.KEYS_WEAK),
    _set("an exponent of one", R.KEYS_WEAK, lambda: f.rsa_jwk(e=f.number(1))),
    _set("an exponent of three", R.KEYS_WEAK, lambda: f.rsa_jwk(e=f.number(3))),
    _set("an even exponent", R.KEYS_WEAK, lambda: f.rsa_jwk(e=f.number(65538))),
    _set("an even modulus", R.KEYS_WEAK, lambda: f.rsa_jwk(n=f.number(1 << 2047))),
    _set("a modulus of 16,384 bits", R.KEYS_WEAK, lambda: f.rsa_jwk(n=f.number((1 << 16384) - 1))),
    _set("a modulus with a zero before it", R.KEYS_FORM, lambda: f.rsa_jwk(n=f.b64(bytes(1) + bytes([255] * 256)))),
    _set("a modulus that is a number", R.KEYS_FORM, lambda: f.rsa_jwk(n=12345)),
    _set("a point that is not on the curve", R.KEYS_POINT, _off_curve),
    _set("a point of zeros", R.KEYS_POINT, lambda: f.ec_jwk(x=f.b64(bytes(32)), y=f.b64(bytes(32)))),
    _set("a coordinate of 31 octets", R.KEYS_POINT, lambda: f.ec_jwk(x=f.b64(bytes(31)))),
    _set("no y", R.KEYS_POINT, lambda: f.ec_jwk(y=None)),
    Attack("the neutral element of Ed25519", _small_order, R.KEYS_POINT),
    Attack("a point of order eight", _order_eight, R.KEYS_POINT),
    _set("an Ed25519 key whose y is written with the prime added", R.KEYS_POINT, lambda: f.ed_jwk(x=f.b64((2**255 - 19 + SMALL_Y).to_bytes(32, "little")))),
    _set("the neutral element, not canonical", R.KEYS_POINT, lambda: f.ed_jwk(x=f.b64((2**255 - 18).to_bytes(32, "little")))),
    _set("an Ed25519 key off the curve", R.KEYS_POINT, lambda: f.ed_jwk(x=f.b64((2).to_bytes(32, "little")))),
    _set("a private part", R.KEYS_PRIVATE, _private_jwk),
    _set("a symmetric key", R.KEYS_PRIVATE, lambda: {"kty": "oct", "kid": "es", "k": f.b64(b"secret" * 8)}),
    _set("a key to sign with", R.KEYS_PRIVATE, lambda: f.ec_jwk(key_ops=["sign", "verify"])),
    _set("one kid for two keys", R.KEYS_DUPLICATE, f.ec_jwk, lambda: f.ed_jwk(kid="es")),
    _set("one kid twice for one key", R.KEYS_DUPLICATE, f.ec_jwk, f.ec_jwk),
    _set("one kid for a key and one that is set aside", R.KEYS_DUPLICATE, f.ec_jwk, lambda: f.ed_jwk(kid="es", use="enc")),
    _set("one kid for a key that is set aside and another", R.KEYS_DUPLICATE, lambda: f.ed_jwk(kid="es", use="enc"), f.ec_jwk),
    _set("a key without kid", R.KEYS_FORM, lambda: f.ec_jwk(kid=None)),
    _set("a kid with a control character", R.KEYS_FORM, lambda: f.ec_jwk(kid="e\x00s")),
    _set("a P-256 key for RS256", R.KEYS_ALGORITHM, lambda: f.ec_jwk(alg="RS256")),
    _set("an RSA key for ES256", R.KEYS_ALGORITHM, lambda: f.rsa_jwk(alg="ES256")),
    Attack("a P-384 key for ES256", _p384_as_es256, R.KEYS_ALGORITHM),
    _set("a curve that is a list", R.KEYS_FORM, lambda: f.ec_jwk(crv=["P-256"])),
    _set("an EC key without a curve", R.KEYS_FORM, lambda: f.ec_jwk(crv=None)),
    _set("a key of an unknown kind for ES256", R.KEYS_ALGORITHM, lambda: f.ec_jwk(kty="AKP")),
    _set("a key of an unknown kind", R.KEY_PURPOSE, lambda: f.ec_jwk(kty="AKP", alg="ML-DSA-44")),
    _set("a key of no kind", R.KEYS_FORM, lambda: f.ec_jwk(kty=None)),
    _set("a key that is text", R.KEYS_FORM, lambda: "key"),
    Attack("no keys", lambda: Sent(f.token(), b'{"keys": []}'), R.KEYS_FORM),
    Attack("keys as an object", lambda: Sent(f.token(), b'{"keys": {}}'), R.KEYS_FORM),
    Attack("a key instead of a set", lambda: Sent(f.token(), json.dumps(f.ec_jwk()).encode()), R.KEYS_FORM),
    Attack("keys twice", _repeated_set, R.KEYS_JSON),
    Attack("a set that is no JSON", lambda: Sent(f.token(), b"<html>"), R.KEYS_JSON),
    Attack("a set of a megabyte", lambda: Sent(f.token(), b" " * 1_000_000 + f.jwks()), R.KEYS_SIZE),
    _set("129 keys", R.KEYS_SIZE, *(lambda n=n: f.ec_jwk(kid=f"k{n}") for n in range(129))),
    _set("a key for encryption", R.KEY_PURPOSE, lambda: f.ec_jwk(use="enc")),
    _set("a key for wrapping", R.KEY_PURPOSE, lambda: f.ec_jwk(key_ops=["wrapKey"])),
    Attack("an RSA key for PS256, used with RS256", lambda: Sent(f.token("RS256"), f.jwks(f.rsa_jwk(alg="PS256"))), R.KEY_PURPOSE),
    Attack("the key set of another issuer", lambda: Sent(f.token(), f.jwks(f.ec_jwk(f.keys().other_p256))), R.SIGNATURE),
)  # fmt: skip

KINDS = {
    "the form of the token": TOKENS,
    "algorithm and key: `none`, confusion, keys of others": CONFUSIONS,
    "the header": HEADERS,
    "the claims: time, issuer, audience, what becomes a fact": CLAIMS,
    "the key set": KEY_SETS,
}
"""All attacks, by what is attacked."""
ATTACKS = tuple(attack for attacks in KINDS.values() for attack in attacks)
"""All of them."""
