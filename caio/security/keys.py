"""An issuer's public keys, read from a JSON Web Key Set (RFC 7517) that nobody has checked yet.

Every key is bound to the one algorithm its kind permits: RSA to RS256, P-256 to ES256, Ed25519 to EdDSA. A set is refused as
a whole if one of its keys is malformed, weak, private, symmetric or named twice; a sound key that is declared for
something else (encryption, another algorithm) is set aside, and a token that names it is refused. Members that are not
understood are ignored, as RFC 7517 asks; addresses among them are never followed.

What this does not do: fetch anything, or decide when a key set is too old. That is for whoever keeps the issuers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias, final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from caio.base.canonical import Json, canonical_bytes
from caio.base.sealed import SEAL, Sealed, sealed
from caio.ir.reader import is_name
from caio.security.notation import Object, read_base64url, read_object
from caio.security.points import is_safe_point
from caio.security.refusal import Refusal, RefusedError, without_frames

PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

ALGORITHMS: Final = ("RS256", "ES256", "EdDSA")
"""The algorithms that there are here, by their names in RFC 7518 and RFC 8037."""
MAX_SET: Final = 256 * 1024
"""The most bytes of a key set."""
MAX_KEYS: Final = 128
"""The most keys of a key set."""
MIN_BITS: Final = 2048
"""The fewest bits of an RSA modulus (NIST SP 800-131A)."""
MAX_BITS: Final = 8192
"""The most, so that a verification stays cheap."""

_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})


@dataclass(frozen=True, slots=True)
class Key:
    """A public key.

    Attributes:
        kid: its name in the set.
        algorithm: the one that it verifies.
        digest: its thumbprint (RFC 7638) as ``sha256:…``, the same wherever the key is published.
        public: the key itself.
    """

    kid: str
    algorithm: str
    digest: str
    public: PublicKey = field(repr=False)


@final
class KeySet(Sealed, seal=SEAL):
    """The keys of one issuer; made by ``read_keys``."""

    __slots__ = ()
    _origin = "only `read_keys` makes one, from a document that it has checked"
    _instead = "Send a signed attestation instead"

    @property
    def keys(self) -> Mapping[str, Key]:
        """The keys by ``kid``."""
        return self._read()[0]

    @property
    def set_aside(self) -> frozenset[str]:
        """The names of the keys that are declared for something else."""
        return self._read()[1]

    def _read(self) -> tuple[Mapping[str, Key], frozenset[str]]:
        held: tuple[Mapping[str, Key], frozenset[str]] = self._content()
        return held

    def __repr__(self) -> str:
        keys = ", ".join(f"{key.digest} ({key.algorithm})" for key in self.keys.values())
        return f"<KeySet {keys}>"

    def find(self, kid: str) -> Key:
        """The key of this name.

        Raises:
            RefusedError: ``key-unknown`` or ``key-purpose``.
        """
        keys, set_aside = self._read()
        if kid in set_aside:
            raise RefusedError(Refusal.KEY_PURPOSE, "header.kid")
        if kid not in keys:
            raise RefusedError(Refusal.KEY_UNKNOWN, "header.kid")
        return keys[kid]


def read_keys(data: bytes) -> KeySet:
    """The keys of a key set.

    Raises:
        RefusedError: one of the codes ``keys-…``; the message names the place and quotes nothing.
    """
    outcome = _read(data)
    # A document that holds a private key by mistake must not stay in the frames of an error report.
    del data
    if isinstance(outcome, RefusedError):
        raise outcome
    return outcome


def _read(data: bytes) -> KeySet | RefusedError:
    try:
        return _checked(data)
    except RefusedError as error:
        return without_frames(error)


def _checked(data: bytes) -> KeySet:
    if type(data) is not bytes:
        raise RefusedError(Refusal.KEYS_FORM)
    if len(data) > MAX_SET:
        raise RefusedError(Refusal.KEYS_SIZE)
    given = read_object(data, Refusal.KEYS_JSON).get("keys")
    if type(given) is not list or not given:
        raise RefusedError(Refusal.KEYS_FORM, "keys")
    if len(given) > MAX_KEYS:
        raise RefusedError(Refusal.KEYS_SIZE, "keys")
    keys: dict[str, Key] = {}
    set_aside: set[str] = set()
    for index, jwk in enumerate(given):
        place = f"keys[{index}]"
        if type(jwk) is not dict:
            raise RefusedError(Refusal.KEYS_FORM, place)
        if _PRIVATE & jwk.keys() or jwk.get("kty") == "oct":
            raise RefusedError(Refusal.KEYS_PRIVATE, place)
        kid = jwk.get("kid")
        if type(kid) is not str or not is_name(kid):
            raise RefusedError(Refusal.KEYS_FORM, f"{place}.kid")
        if kid in keys or kid in set_aside:
            raise RefusedError(Refusal.KEYS_DUPLICATE, f"{place}.kid")
        key = _key(jwk, kid, place)
        if key is None:
            set_aside.add(kid)
        else:
            keys[kid] = key
    return sealed(KeySet, (MappingProxyType(keys), frozenset(set_aside)))


def _key(jwk: Object, kid: str, place: str) -> Key | None:
    """The key, or None if it is declared for something else than a signature that is verified here."""
    for name in ("kty", "use", "alg", "crv"):
        if name in jwk and type(jwk[name]) is not str:
            raise RefusedError(Refusal.KEYS_FORM, f"{place}.{name}")
    operations = jwk.get("key_ops", ["verify"])
    if type(operations) is not list or not all(type(item) is str for item in operations):
        raise RefusedError(Refusal.KEYS_FORM, f"{place}.key_ops")
    if "sign" in operations:
        raise RefusedError(Refusal.KEYS_PRIVATE, f"{place}.key_ops")
    kind = (jwk.get("kty"), None if jwk.get("kty") == "RSA" else jwk.get("crv"))
    if kind[0] is None or (kind[0] in {"EC", "OKP"} and kind[1] is None):
        raise RefusedError(Refusal.KEYS_FORM, f"{place}.kty")
    algorithm, load = _KINDS.get(kind, ("", None))
    stated = jwk.get("alg", algorithm)
    if stated in ALGORITHMS and stated != algorithm:
        raise RefusedError(Refusal.KEYS_ALGORITHM, f"{place}.alg")
    if load is None:
        return None
    # A weak key spoils the set even where it is for another purpose: its issuer does not know better.
    public, thumb = load(jwk, place)
    if jwk.get("use", "sig") != "sig" or "verify" not in operations or stated != algorithm:
        return None
    digest = "sha256:" + hashlib.sha256(canonical_bytes(thumb)).hexdigest()
    return Key(kid, algorithm, digest, public)


_Loaded: TypeAlias = tuple[PublicKey, dict[str, Json]]


def _rsa(jwk: Object, place: str) -> _Loaded:
    modulus, exponent = _number(jwk, "n", place), _number(jwk, "e", place)
    if not MIN_BITS <= modulus.bit_length() <= MAX_BITS or modulus % 2 == 0:
        raise RefusedError(Refusal.KEYS_WEAK, f"{place}.n")
    if not 65537 <= exponent < 2**32 or exponent % 2 == 0:
        raise RefusedError(Refusal.KEYS_WEAK, f"{place}.e")
    public: PublicKey | None = None
    with suppress(ValueError):
        public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    if public is None:
        raise RefusedError(Refusal.KEYS_WEAK, place)
    return public, {"e": str(jwk["e"]), "kty": "RSA", "n": str(jwk["n"])}


def _p256(jwk: Object, place: str) -> _Loaded:
    x, y = (int.from_bytes(_octets(jwk, name, place), "big") for name in ("x", "y"))
    public: PublicKey | None = None
    with suppress(ValueError):
        public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    if public is None:
        raise RefusedError(Refusal.KEYS_POINT, place)
    return public, {"crv": "P-256", "kty": "EC", "x": str(jwk["x"]), "y": str(jwk["y"])}


def _ed25519(jwk: Object, place: str) -> _Loaded:
    data = _octets(jwk, "x", place)
    if not is_safe_point(data):
        raise RefusedError(Refusal.KEYS_POINT, f"{place}.x")
    public = ed25519.Ed25519PublicKey.from_public_bytes(data)
    return public, {"crv": "Ed25519", "kty": "OKP", "x": str(jwk["x"])}


def _octets(jwk: Object, name: str, place: str) -> bytes:
    """A coordinate: 32 octets."""
    data = read_base64url(jwk.get(name))
    if data is None or len(data) != 32:
        raise RefusedError(Refusal.KEYS_POINT, f"{place}.{name}")
    return data


def _number(jwk: Object, name: str, place: str) -> int:
    """A positive integer in as few octets as it needs (RFC 7518, section 2)."""
    data = read_base64url(jwk.get(name))
    if not data or data[0] == 0:
        raise RefusedError(Refusal.KEYS_FORM, f"{place}.{name}")
    return int.from_bytes(data, "big")


_KINDS: Final[Mapping[tuple[object, object], tuple[str, Callable[[Object, str], _Loaded]]]] = (
    MappingProxyType(
        {
            ("RSA", None): ("RS256", _rsa),
            ("EC", "P-256"): ("ES256", _p256),
            ("OKP", "Ed25519"): ("EdDSA", _ed25519),
        }
    )
)
"""By kind of key and curve: the algorithm it is bound to, and how it is read."""
