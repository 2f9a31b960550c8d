"""Places: where each clause of a document stands, compactly, and found again on demand.

A **clause path** names a part of a document: ``assumes[2]``, ``when``, ``then[0]``, ``limits.available[0]``,
``attributes.region``, and ``""`` for its name. A registry has a hundred thousand of them, so they are kept as numbers and
the text is read again only when somebody asks.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from caio.base.canonical import digest_bytes
from caio.base.errors import InputError
from caio.base.spans import Source, Span
from caio.ir import documents as d

_NOWHERE: Final = -1


def clause_paths(document: d.Document) -> Iterator[str]:
    """The clause paths of a document, always in the same order."""
    yield ""
    match document:
        case d.Service():
            yield from _named("attributes", document.attributes)
            yield from _listed("capabilities", len(document.capabilities))
            yield from _listed("assumes", len(document.assumes))
            yield from _listed("guarantees", len(document.guarantees))
            yield from _listed("cost", len(document.cost))
            yield from ("permits", "api")
        case d.Overlay():
            yield from _named("attributes", document.attributes)
            yield from _listed("guarantees", len(document.guarantees))
        case d.Rule() | d.Constraint():
            yield "when"
            yield from _listed("then", len(document.then))
        case d.Request():
            yield from _listed("needs", len(document.needs))
            yield from _listed("given", len(document.given))
            yield from _listed("ensure", len(document.ensure))
            yield from ("budget", "deadline", "nominal")
        case d.Class():
            yield from _listed("needs", len(document.needs))
            yield from _listed("given", len(document.given))
            yield from _listed("ensure", len(document.ensure))
            yield from ("budget", "deadline")
        case d.Property(claim=claim):
            yield from ("claim", "claim[1]", "claim[2]")
            if isinstance(claim, d.Implication):
                yield from _listed("claim[1]", len(claim.premises))
                yield from _listed("claim[2]", len(claim.conclusions))
        case d.Profile():
            yield from _listed("limits.available", len(document.limits.available))
            yield from _named("pins", document.pins)
            yield from _listed("controls", len(document.controls))
        case d.Facts() | d.State():
            yield from _named("values", document.values)
        case d.Vocabulary():
            yield from _listed("enums", len(document.enums))
            yield from _listed("metrics", len(document.metrics))
            for origin in ("request", "facts", "environment", "measured", "attributes"):
                yield from _listed(origin, len(getattr(document, origin)))
        case d.Measurements():
            yield from _named("intervals", document.intervals)
            yield from _named("terms", document.terms)
        case d.Landscape() | d.Attestation():
            return


def _named(name: str, values: tuple[tuple[str, object], ...]) -> Iterator[str]:
    return (f"{name}.{key}" for key, _ in values)


def _listed(name: str, count: int) -> Iterator[str]:
    return (f"{name}[{index}]" for index in range(count))


def outer(path: str) -> str | None:
    """The path of the part that encloses another; None beyond the whole."""
    if not path:
        return None
    cut = max(path.rfind("."), path.rfind("["))
    return path[:cut] if cut > 0 else ""


@dataclass(slots=True)
class File:
    """A file that documents came from, by the digest of its bytes; its text is read when needed."""

    name: str
    digest: str
    _source: Source | None = field(default=None, repr=False)

    def source(self) -> Source:
        """The text, or an empty one if the file is no longer what was compiled."""
        if self._source is None:
            try:
                data = Path(self.name).read_bytes()
                same = digest_bytes(data) == self.digest
                self._source = Source.from_bytes(self.name, data) if same else None
            except (OSError, InputError):
                pass
            self._source = self._source or Source(self.name, "")
        return self._source

    def forget(self) -> None:
        """Let the text go until it is needed again."""
        self._source = None


@dataclass(frozen=True, slots=True)
class Places:
    """Where one document stands.

    Text: ``offsets`` are pairs of start and end, in the order of ``clause_paths``. JSON: ``base`` is where in the text the
    value begins that paths lead into (the document, or the whole file), and ``inner`` the path there of every clause
    that has another one.
    """

    file: File
    offsets: array[int] | None = None
    base: int | None = None
    inner: Mapping[str, str] | None = None

    def locate(self, document: d.Document, path: str) -> Span:
        """The place of a clause, or of the smallest part around it that has one."""
        source = self.file.source()
        wanted: str | None = path
        known = {name: index for index, name in enumerate(clause_paths(document))}
        while wanted is not None:
            span = self._span(source, known.get(wanted), wanted)
            if span is not None:
                return span
            wanted = outer(wanted)
        return source.span(0, 0)

    def _span(self, source: Source, index: int | None, path: str) -> Span | None:
        if self.base is not None:
            return json_span(source, (self.inner or {}).get(path, path), self.base)
        if index is None or self.offsets is None or 2 * index >= len(self.offsets):
            return None
        start, end = self.offsets[2 * index], self.offsets[2 * index + 1]
        if start == _NOWHERE or end > len(source.text):
            return None
        return Span(source, start, end)


def offsets_of(document: d.Document, places: Mapping[str, Span]) -> array[int]:
    """The compact form of the places of a document that was lowered from text."""
    numbers = array("q")
    for path in clause_paths(document):
        span = places.get(path)
        numbers.extend((_NOWHERE, _NOWHERE) if span is None else (span.start, span.end))
    return numbers


_decoder: Final = json.JSONDecoder()
_SPACE: Final = " \t\r\n"


def json_span(source: Source, path: str, base: int = 0) -> Span | None:
    """Where the value at a path such as ``documents[3].assumes[0]`` stands, seen from the value at an offset."""
    text = source.text
    try:
        start = _skip(text, base)
        for step in _steps(path):
            found = _enter(text, start, step)
            if found is None:
                return None
            start = found
        _, end = _decoder.raw_decode(text, start)
    except (ValueError, IndexError, RecursionError):
        return None
    return Span(source, start, end)


def _steps(path: str) -> Iterator[str | int]:
    for part in path.replace("[", ".[").split("."):
        if part.startswith("["):
            yield int(part[1:-1])
        elif part:
            yield part


def _skip(text: str, at: int) -> int:
    while text[at] in _SPACE:
        at += 1
    return at


def _enter(text: str, at: int, step: str | int) -> int | None:
    """The offset of a member or an item of the value at an offset."""
    if text[at] != ("{" if isinstance(step, str) else "["):
        return None
    at = _skip(text, at + 1)
    index = 0
    while text[at] not in "}]":
        if isinstance(step, str):
            key, at = _decoder.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
            if key == step:
                return at
        elif index == step:
            return at
        _, at = _decoder.raw_decode(text, at)
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
        index += 1
    return None
