"""A shop whose vocabulary is that of forged tokens, and a gateway in front of it: what an attacker talks to."""

from __future__ import annotations

import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import caio
from caio.security.authentication import Authenticator, Trusted
from caio.security.declarations import read_authority
from caio.security.keys import read_keys
from tests.security import forge as f
from tests.security.attacks import Sent

SHOP = """
vocabulary "shop" {
  enum Permission { read, write, admin }
  enum Zone { public, partner, internal }
  enum Data { notes, health sensitive, payment sensitive, logs }
  capability storage
  request fields { data: set of Data role data }
  facts {
    permissions: set of Permission role permissions,
    trust: int in 0 .. 10 role trust,
    zone: Zone role zone,
    staff: bool,
    share: ratio in 0 .. 1,
    hired: instant,
  }
}
service archive version 1.0 { provides storage  permits any of { read, write, admin } }
profile standard {
  weights { guarantee 1, cost 0, performance 0, reliability 0 }
  limits  { facts asserted, attested }
}
request look { needs storage  given data == { notes } }
"""
"""Whoever gets past authentication with any permission is admitted."""


def declaration(sent: Sent) -> bytes:
    """The issuer's declaration as JSON."""
    return json.dumps({**f.AUTHORITY.model_dump(mode="json"), **sent.declared}).encode()


class Gateway:
    """What a host does with a token: verify it, and route what is left of it."""

    def __init__(self, node: Ed25519PrivateKey) -> None:
        self.project = caio.loads(SHOP)
        self.router = caio.Router(self.project, node=node)

    def serve(self, sent: Sent) -> caio.Routing:
        trusted = Trusted(read_authority(declaration(sent)), read_keys(sent.published or f.jwks()))
        caller = Authenticator(self.project.vocabularies[0], [trusted]).authenticate(
            sent.token, at=sent.at
        )
        return self.router.route("look", caller=caller, at=sent.at)


def files_of(folder: Path, sent: Sent) -> list[str]:
    """The same for the command line: files in a folder, and the words that name them."""
    token = (
        sent.token if isinstance(sent.token, bytes) else sent.token.encode("utf-8", "surrogatepass")
    )
    contents = {
        "token": token,
        "authority.json": declaration(sent),
        "jwks.json": sent.published or f.jwks(),
    }
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return [
        "--token-file", str(folder / "token"), "--authority", str(folder / "authority.json"),
        "--keys", str(folder / "jwks.json"), "--node-key", str(folder / "node.pem"),
    ]  # fmt: skip
