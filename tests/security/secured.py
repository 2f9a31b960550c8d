"""The example of verified callers, for tests: its files, its documents, and tokens that its issuers sign."""

from __future__ import annotations

import runpy
from functools import cache
from pathlib import Path
from typing import Any

import caio
from caio.security.authentication import Authenticated

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "secured"
NOW = 1_795_305_600_000_000
"""2026-11-22T00:00:00Z, ten minutes before its tokens expire."""


@cache
def _issue() -> dict[str, Any]:
    return runpy.run_path(str(FOLDER / "issue.py"))


def issued(**wanted: Any) -> str:
    """A token of one of the example's issuers."""
    token: str = _issue()["token"](**wanted)
    return token


def key_set(name: str) -> dict[str, object]:
    """The key set of one of them."""
    found: dict[str, object] = _issue()["key_set"](name)
    return found


@cache
def clinic() -> caio.Project:
    return caio.load(FOLDER / "clinic.caio", cache=False)


@cache
def authenticator() -> caio.Authenticator:
    """Both issuers, for the example's vocabulary."""
    trusted = [
        caio.load_authority(FOLDER / "authority.json", FOLDER / "jwks.json"),
        caio.load_authority(FOLDER / "partner.json", FOLDER / "partner-jwks.json"),
    ]
    return caio.Authenticator(clinic().vocabularies[0], trusted)


def caller(at: int = NOW, **wanted: Any) -> Authenticated:
    """A verified caller."""
    return authenticator().authenticate(issued(**wanted), at=at)
