"""Certificates by content: a decision that was made before is looked up, checked anew, and not made again.

A decision is a function of its inputs (``docs/spec/certificate-v1.md`` section 9): documents by digest, the time, the
seed. An entry is named by these, by the code that decides and by the versions of the solver. What an entry says is not
believed for that: the checker judges it in full on every use, as it judges what was found a moment ago, and an entry
that is about something else, or that the checker rejects, is removed and counts as missing.

*Unknown* is the one verdict that needs no evidence, so that no check could tell it from an entry that somebody made up.
A decision with an unknown candidate in it is therefore neither kept nor taken from here.

The time is an input. What is found here is a decision *at the same time*, asked again: with ``--at``, in tests, audits
and replays. Two requests a moment apart are two decisions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from caio.base.canonical import Json, canonical_bytes, digest
from caio.base.errors import EvidenceError
from caio.base.store import Store, code_digest
from caio.certify.acceptance import Verdict, accept

FORMAT: Final = "caio-kept-certificate/v1"
KEPT: Final = 256
"""How many certificates a folder keeps, the last used ones."""
_MEGABYTE: Final = 1 << 20
_ROOMS: Final = (
    *("base", "ir", "obligations", "smt", "certify"),
    *("fields", "security", "landscape", "routing"),
)
"""The rooms whose code decides what a certificate says."""
_SOLVER: Final = ("z3-solver", "pysmt")


@cache
def producer_digest() -> str:
    """What the bytes of a certificate depend on besides the decision's inputs: our code and the solver's version."""
    return code_digest(_ROOMS, *(f"{name} {_version(name)}" for name in _SOLVER))


@dataclass(frozen=True, slots=True)
class Kept:
    """A certificate from the cache that the checker has accepted.

    Attributes:
        certificate: its canonical bytes.
        body: the same as JSON.
        verdict: what the checker said of it, just now.
    """

    certificate: bytes
    body: Mapping[str, Any]
    verdict: Verdict


class Certificates:
    """A folder of certificates of decisions. Threads and processes may share it."""

    def __init__(self, folder: Path) -> None:
        self._store = Store(
            folder,
            FORMAT,
            suffix=".certificate",
            most=KEPT,
            total=256 * _MEGABYTE,
            limit=64 * _MEGABYTE,
        )

    def find(
        self, inputs: Mapping[str, Json], documents: Callable[[], Sequence[bytes]]
    ) -> Kept | None:
        """The certificate of a decision with these inputs, accepted by the checker; None if there is none.

        Args:
            inputs: the decision's inputs object.
            documents: gives the document sets that the decision is about; called if there is an entry.
        """
        key = _key(inputs)
        certificate = self._store.read(key)
        if certificate is None:
            return None
        found = _judge(certificate, inputs, documents)
        if found is None:
            self._store.remove(key)
        return found

    def keep(self, inputs: Mapping[str, Json], certificate: bytes) -> None:
        """Remember an accepted certificate of a decision with these inputs, unless something in it is unknown."""
        if _decided(json.loads(certificate)):
            self._store.write(_key(inputs), certificate)


def _key(inputs: Mapping[str, Json]) -> str:
    return digest([FORMAT, producer_digest(), dict(inputs)])


def _judge(
    certificate: bytes, inputs: Mapping[str, Json], documents: Callable[[], Sequence[bytes]]
) -> Kept | None:
    try:
        body = json.loads(certificate)
        # The checker says whether the evidence supports the decision; that it is the one asked for is said here.
        if not isinstance(body, dict) or body.get("inputs") != dict(inputs) or not _decided(body):
            return None
        if canonical_bytes(body) != certificate:
            return None
        verdict = accept(documents(), certificate)
    except (EvidenceError, ValueError, TypeError, LookupError, RecursionError, AttributeError):
        return None
    return Kept(certificate, body, verdict) if verdict.kind == "decision" else None


def _decided(body: Mapping[str, Any]) -> bool:
    """Whether nothing in a decision is unknown: everything that it says rests on evidence."""
    verdicts = {candidate["verdict"] for candidate in body["candidates"]}
    return body["verdict"] in ("routed", "not_routable") and "unknown" not in verdicts


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
