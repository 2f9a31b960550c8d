"""The compile cache: what unchanged files compiled to, so that they need not be parsed again.

An entry is named by everything that its content depends on: the bytes of all files, the grammar and CAIO's own code. It
holds canonical documents and the places of their clauses, and the digest of both. An entry that is damaged, foreign or
written by another version is never believed: it counts as missing and is written anew. Writing is atomic, so that
processes can share a folder. Nothing here may fail a command: a cache that cannot be used is not used.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

import caio
from caio.base.canonical import Json, canonical_bytes, digest_bytes
from caio.ir import documents as d
from caio.ir.decode import decode_document
from caio.ir.encode import document_bytes, keep_bytes
from caio.ir.reader import DecodeError
from caio.sema.discover import Input
from caio.sema.places import File, Places
from caio.sema.registry import Item

FORMAT: Final = "caio-cache/v1"
KEPT: Final = 16
"""How many entries a folder keeps, the youngest ones."""
_ROOMS: Final = ("base", "ir", "sema", "syntax")


def default_folder() -> Path:
    """Where a user's cache is: ``CAIO_CACHE_DIR``, or what the platform says."""
    named = os.environ.get("CAIO_CACHE_DIR")
    if named:
        return Path(named)
    if sys.platform == "win32":  # pragma: no cover - another platform
        return Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "caio" / "Cache"
    if sys.platform == "darwin":  # pragma: no cover - another platform
        return Path.home() / "Library" / "Caches" / "caio"
    base = os.environ.get("XDG_CACHE_HOME") or ""
    # The convention demands an absolute path and ignores any other.
    folder = Path(base) if Path(base).is_absolute() else Path.home() / ".cache"
    return folder / "caio"


@cache
def compiler_digest() -> str:
    """What the result depends on besides the files: the version, the code that compiles, the grammar."""
    root = Path(caio.__file__).parent
    digest = hashlib.sha256(caio.__version__.encode())
    sources = [path for room in _ROOMS for path in sorted((root / room).glob("*.py"))]
    grammars = [root / "syntax" / "caio.lark", root.parent / "grammar" / "caio.lark"]
    for path in [*sources, *grammars]:
        with suppress(OSError):
            digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return "sha256:" + digest.hexdigest()


class Cache:
    """A folder of compiled projects."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, inputs: Sequence[Input]) -> Path:
        """Where the entry of these files is, whether it exists or not."""
        # Whether a file was named decides if foreign JSON is an error, so it is part of the question.
        parts: Json = [[item.digest, item.named, item.name.endswith(".json")] for item in inputs]
        key = digest_bytes(canonical_bytes([FORMAT, compiler_digest(), parts]))
        return self.folder / f"{key.removeprefix('sha256:')}.caiocache"

    def load(self, inputs: Sequence[Input]) -> list[Item] | None:
        """What these files compiled to; None if that is not known."""
        path = self.path(inputs)
        try:
            data = path.read_bytes()
            items = _decode(path.name, data, inputs)
            os.utime(path)
        except (OSError, ValueError, KeyError, TypeError, IndexError, DecodeError):
            return None
        return items

    def save(self, inputs: Sequence[Input], items: Sequence[Item]) -> None:
        """Remember what these files compiled to."""
        path = self.path(inputs)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            temporary.write_bytes(_encode(path.name, inputs, items))
            temporary.replace(path)
            self._prune()
        except OSError:
            with suppress(OSError):
                temporary.unlink()

    def _prune(self) -> None:
        entries = sorted(
            self.folder.glob("*.caiocache"), key=lambda entry: entry.stat().st_mtime, reverse=True
        )
        for entry in entries[KEPT:]:
            with suppress(OSError):
                entry.unlink()


def _encode(name: str, inputs: Sequence[Input], items: Iterable[Item]) -> bytes:
    """A head line with the digest of the rest; then, for each document, its bytes and its places."""
    body = io.BytesIO()
    numbers = {item.name: index for index, item in enumerate(inputs)}
    for item in items:
        places = item.places
        where: Json = [
            numbers[places.file.name],
            None if places.offsets is None else list(places.offsets),
            places.base,
            None if places.inner is None else dict(places.inner),
        ]
        body.write(document_bytes(item.document) + b"\n" + canonical_bytes(where) + b"\n")
    rest = body.getvalue()
    head: Json = {"format": FORMAT, "name": name, "digest": digest_bytes(rest)}
    return canonical_bytes(head) + b"\n" + rest


def _decode(name: str, data: bytes, inputs: Sequence[Input]) -> list[Item] | None:
    end = data.index(b"\n")
    head = json.loads(data[:end])
    rest = memoryview(data)[end + 1 :]
    digest = "sha256:" + hashlib.sha256(rest).hexdigest()
    if head != {"format": FORMAT, "name": name, "digest": digest}:
        return None
    files = [File(item.name, item.digest) for item in inputs]
    vocabularies: dict[str, d.Vocabulary] = {}
    stream = io.BytesIO(data)
    stream.seek(end + 1)
    pairs = list(_pairs(stream))
    # Documents are sorted by kind, so that vocabularies do not come first of themselves.
    for line, _ in pairs:
        if b'"kind":"vocabulary"' in line:
            document = decode_document(json.loads(line), {})
            if isinstance(document, d.Vocabulary):
                vocabularies[keep_bytes(document, line)] = document
    return [_item(line, where, files, vocabularies) for line, where in pairs]


def _pairs(stream: io.BytesIO) -> Iterable[tuple[bytes, bytes]]:
    while line := stream.readline():
        yield line.rstrip(b"\n"), stream.readline()


def _item(
    line: bytes, where: bytes, files: Sequence[File], vocabularies: Mapping[str, d.Vocabulary]
) -> Item:
    file, offsets, base, inner = json.loads(where)
    known = vocabularies.get(digest_bytes(line))
    document = known or decode_document(json.loads(line), vocabularies)
    if known is None:
        keep_bytes(document, line)
    places = Places(files[file], None if offsets is None else array("q", offsets), base, inner)
    return Item(document, places)
