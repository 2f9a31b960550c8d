"""The compile cache: what unchanged files compiled to, so that they need not be parsed again.

An entry is named by everything that its content depends on: the bytes of all files, the grammar and CAIO's own code. It
holds the canonical documents and the places of their clauses. How entries are kept, and what counts as none, is the
business of ``caio.base.store``; what cannot be read back for any other reason counts as none as well, and is made anew.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from caio.base.canonical import Json, canonical_bytes, digest_bytes
from caio.base.store import Store, code_digest
from caio.ir.reader import DecodeError
from caio.ir.shared import read_shared, write_shared
from caio.sema.discover import Input
from caio.sema.places import File, Places
from caio.sema.registry import Item

FORMAT: Final = "caio-cache/v3"
KEPT: Final = 16
"""How many entries a folder keeps, the last used ones."""
_MEGABYTE: Final = 1 << 20
_ROOMS: Final = ("base", "ir", "sema", "syntax")


@cache
def compiler_digest() -> str:
    """What the result depends on besides the files: the version, the code that compiles, the grammar."""
    return code_digest(_ROOMS)


class Cache:
    """A folder of compiled projects."""

    def __init__(self, folder: Path) -> None:
        self._store = Store(
            folder,
            FORMAT,
            suffix=".caiocache",
            most=KEPT,
            total=512 * _MEGABYTE,
            limit=256 * _MEGABYTE,
        )

    def load(self, inputs: Sequence[Input]) -> list[Item] | None:
        """What these files compiled to; None if that is not known."""
        body = self._store.read(_key(inputs))
        try:
            return None if body is None else _decode(body, inputs)
        except (ValueError, LookupError, TypeError, RecursionError, DecodeError):
            return None

    def save(self, inputs: Sequence[Input], items: Sequence[Item]) -> None:
        """Remember what these files compiled to, if that is possible."""
        self._store.write(_key(inputs), _encode(inputs, items))


def _key(inputs: Sequence[Input]) -> str:
    # Whether a file was named decides if foreign JSON is an error, so it is part of the question.
    parts: Json = [[item.digest, item.named, item.name.endswith(".json")] for item in inputs]
    return digest_bytes(canonical_bytes([FORMAT, compiler_digest(), parts]))


def _encode(inputs: Sequence[Input], items: Sequence[Item]) -> bytes:
    """One line with the places of every document; then the documents."""
    numbers = {item.name: index for index, item in enumerate(inputs)}
    where: Json = [
        [
            numbers[item.places.file.name],
            None if item.places.offsets is None else list(item.places.offsets),
            item.places.base,
            None if item.places.inner is None else dict(item.places.inner),
        ]
        for item in items
    ]
    return canonical_bytes(where) + b"\n" + write_shared(item.document for item in items)


def _decode(body: bytes, inputs: Sequence[Input]) -> list[Item]:
    end = body.index(b"\n")
    files = [File(item.name, item.digest) for item in inputs]
    return [
        Item(
            document,
            Places(files[file], None if offsets is None else array("q", offsets), base, inner),
        )
        for document, (file, offsets, base, inner) in zip(
            read_shared(body[end + 1 :]), json.loads(body[:end]), strict=True
        )
    ]
