"""Evidence from earlier runs: what was proved once need not be found again, only checked.

One entry holds the evidence of one question, by the digest of each obligation's key. A key names all documents that its
obligation depends on by digest, so that an entry never answers for a document that has changed. Nothing here is believed:
the checker judges evidence from here as it judges what was found a moment ago.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from caio.base.canonical import Json, canonical_bytes, digest
from caio.base.errors import InputError
from caio.base.numbers import parse_number
from caio.base.store import Store, code_digest
from caio.certify.proof import (
    Decided,
    Model,
    Refutation,
    proof_json,
    proof_of,
    witness_json,
)

FORMAT: Final = "caio-kept-answers/v1"
_MEGABYTE: Final = 1 << 20
_ROOMS: Final = ("base", "ir", "obligations", "smt", "certify")
"""The rooms whose code decides which evidence is found."""


@cache
def _producer() -> str:
    return code_digest(_ROOMS)


class Answers:
    """A folder of evidence by question. Processes may share it: the last who writes wins, and nothing but time is lost."""

    def __init__(self, folder: Path) -> None:
        self._store = Store(
            folder,
            FORMAT,
            suffix=".answers",
            most=4_096,
            total=512 * _MEGABYTE,
            limit=64 * _MEGABYTE,
        )

    @staticmethod
    def key(key: Sequence[Json]) -> str:
        """What names an obligation in an entry."""
        return digest(list(key))

    def read(self, name: str) -> dict[str, Decided]:
        """The evidence kept for a question, by obligation; empty if there is none that can be read."""
        data = self._store.read(self._entry(name))
        if data is None:
            return {}
        try:
            return {key: _decided(body) for key, body in json.loads(data).items()}
        except (InputError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
            self._store.remove(self._entry(name))
            return {}

    def write(self, name: str, found: Sequence[tuple[Sequence[Json], Decided]]) -> None:
        """Keep the evidence of a question; what is unknown has none and is asked again."""
        body: dict[str, Json] = {}
        for key, decided in found:
            if isinstance(decided, Refutation):
                body[self.key(key)] = {"proof": proof_json(decided.proof)}
            elif isinstance(decided, Model):
                body[self.key(key)] = {"witness": witness_json(decided.witness)}
        text = canonical_bytes(body)
        # Writing what is there already would only wear the disk and the pruning.
        if self._store.read(self._entry(name)) != text:
            self._store.write(self._entry(name), text)

    @staticmethod
    def _entry(name: str) -> str:
        return digest([FORMAT, _producer(), name])


def _decided(body: Any) -> Decided:
    if "proof" in body:
        return Refutation(proof_of(body["proof"]))
    return Model({name: parse_number(value) for name, value in body["witness"].items()})
