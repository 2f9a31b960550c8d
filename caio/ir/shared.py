"""Many documents as bytes in which no part is written twice: what is kept of compiled projects.

The contracts of a registry consist of the same few thousand parts over and over. A canonical document is an object;
here it is a row of references to **pieces**: the canonical JSON of a member, or of each item where a member is an array
of arrays or objects. Pieces stand once each, one per line, and are parsed, decoded and kept in memory once. The
canonical bytes of every document come out exactly as they went in.

The text is line by line canonical JSON: the sets of keys that occur, the documents (number of the set of keys, then per
key in order a piece or a list of pieces), and the pieces.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Final

from caio.base.canonical import Json, canonical_bytes
from caio.ir import documents as d
from caio.ir.decode import decode_document
from caio.ir.encode import document_bytes, keep_bytes
from caio.ir.memo import Memo

_scan: Final = json.JSONDecoder().raw_decode


def write_shared(documents: Iterable[d.Document]) -> bytes:
    """The documents, in this order, each part once."""
    pieces: dict[str, int] = {}
    shapes: dict[tuple[str, ...], int] = {}
    rows: list[Json] = []
    for document in documents:
        keys: list[str] = []
        row: list[Json] = []
        for key, parts, several in _split(document_bytes(document).decode()):
            keys.append(key)
            numbers = [pieces.setdefault(part, len(pieces)) for part in parts]
            row.append(numbers if several else numbers[0])
        rows.append([shapes.setdefault(tuple(keys), len(shapes)), *row])
    lines = (canonical_bytes([list(keys) for keys in shapes]), canonical_bytes(rows))
    return b"\n".join(chain(lines, (piece.encode() for piece in pieces)))


def read_shared(data: bytes) -> list[d.Document]:
    """The documents that ``write_shared`` wrote, with their canonical bytes and shared parts.

    Only for bytes that are known to be its own: every part is decoded strictly, but that a document has a canonical
    order is not asked again.

    Raises:
        DecodeError: a part is none of a document.
        LookupError, TypeError, ValueError: the bytes are of another form.
    """
    shapes, rows, *pieces = data.split(b"\n")
    values = json.loads(b"[" + b",".join(pieces) + b"]")
    if len(values) != len(pieces):
        raise ValueError("a piece is no line")
    keys = json.loads(shapes)
    heads = [_head(names) for names in keys]
    kinds = [names.index("kind") + 1 for names in keys]
    table = json.loads(rows)
    del data
    vocabularies: dict[str, d.Vocabulary] = {}
    memo = Memo()

    def restore(row: list[Any]) -> d.Document:
        text, value = _restore(heads[row[0]], row, pieces, values)
        document = decode_document(value, vocabularies, memo)
        digest = keep_bytes(document, text)
        if isinstance(document, d.Vocabulary):
            vocabularies[digest] = document
        return document

    # Documents are sorted by kind, so that vocabularies do not come first of themselves.
    first = {
        index: restore(row)
        for index, row in enumerate(table)
        if values[row[kinds[row[0]]]] == "vocabulary"
    }
    return [first.get(index) or restore(row) for index, row in enumerate(table)]


def _split(text: str) -> Iterator[tuple[str, list[str], bool]]:
    """The members of a canonical object: key, pieces, and whether they are the items of an array."""
    at = 1
    while text[at] != "}":
        key, at = _scan(text, at + (text[at] == ","))
        start = at + 1
        if text[start] == "[" and text[start + 1] in "[{":
            parts, at = [], start
            while text[at] != "]":
                begin = at + 1
                _, at = _scan(text, begin)
                parts.append(text[begin:at])
            at += 1
            yield key, parts, True
        else:
            _, at = _scan(text, start)
            yield key, [text[start:at]], False


def _head(keys: Sequence[str]) -> tuple[tuple[str, bytes], ...]:
    """The keys, each with the text before its value."""
    return tuple(
        (key, (b"," if index else b"{") + canonical_bytes(key) + b":")
        for index, key in enumerate(keys)
    )


def _restore(
    head: Sequence[tuple[str, bytes]],
    row: Sequence[Any],
    pieces: Sequence[bytes],
    values: Sequence[Any],
) -> tuple[bytes, dict[str, Any]]:
    """The canonical bytes of a document, and its JSON."""
    text: list[bytes] = []
    value: dict[str, Any] = {}
    for (key, start), part in zip(head, row[1:], strict=True):
        text.append(start)
        if isinstance(part, int):
            text.append(pieces[part])
            value[key] = values[part]
        else:
            text += (b"[", b",".join([pieces[number] for number in part]), b"]")
            value[key] = [values[number] for number in part]
    text.append(b"}")
    return b"".join(text), value
