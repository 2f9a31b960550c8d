"""Issues a token of this example, or its key set: `python issue.py [--issuer NAME] [--level N] [--until TIME] > token`.

The keys are made of numbers that everybody can read here. Trust neither of them anywhere else.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

ISSUERS = {
    "headquarters": ("https://id.clinic.example", bytes(range(32))),
    "laboratory": ("https://id.laboratory.example", bytes(range(100, 132))),
}


def key_set(name: str) -> dict[str, object]:
    """The public key of an issuer, as it publishes it."""
    public = OKPAlgorithm.to_jwk(_key(name).public_key(), as_dict=True)
    return {"keys": [public | {"kid": "2026-11", "use": "sig", "alg": "EdDSA"}]}


def token(name: str = "headquarters", level: int = 7, until: str = "2026-11-22T00:10:00Z") -> str:
    """A token about Alice."""
    claims = {
        "iss": ISSUERS[name][0],
        "sub": "alice",
        "aud": "caio",
        "exp": int(datetime.fromisoformat(until).timestamp()),
        "scope": "llm.invoke email",
        "level": level,
    }
    return jwt.encode(claims, _key(name), "EdDSA", headers={"kid": "2026-11"})


def _key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(ISSUERS[name][1])


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--issuer", choices=ISSUERS, default="headquarters")
    parser.add_argument("--level", type=int, default=7)
    parser.add_argument("--until", default="2026-11-22T00:10:00Z")
    parser.add_argument("--keys", action="store_true", help="print the issuer's key set")
    asked = parser.parse_args()
    keys = json.dumps(key_set(asked.issuer), indent=2)
    sys.stdout.write((keys if asked.keys else token(asked.issuer, asked.level, asked.until)) + "\n")


if __name__ == "__main__":
    main()
