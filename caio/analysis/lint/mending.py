"""``--fix``: taking out what the topics found superfluous, again and again until nothing is left to take out.

Every step is verified: the changed texts must compile, and to exactly the documents that are meant, so that what is written is
what was proved. Texts change in memory; whoever calls writes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from caio.analysis.findings.finding import Edit
from caio.analysis.lint.linting import Linted
from caio.analysis.lint.removing import Removals
from caio.analysis.lint.topics import Removal
from caio.base.canonical import digest_bytes
from caio.base.spans import Source
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.sema.discover import Input
from caio.sema.project import Project, compile_inputs
from caio.syntax.format import format_source

_BOM: Final = b"\xef\xbb\xbf"
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Mended:
    """What became of the texts.

    Attributes:
        inputs: all texts as they are now.
        project: what they say.
        linted: what is still found.
        removed: how many findings were mended.
        left: fingerprints of findings whose fix could not be applied.
    """

    inputs: tuple[Input, ...]
    project: Project
    linted: Linted
    removed: int
    left: frozenset[str]


def mend(inputs: Sequence[Input], project: Project, look: Callable[[Project], Linted]) -> Mended:
    """Take out what is superfluous until nothing can be taken out any more.

    Args:
        inputs: the texts.
        project: what they say, compiled with the texts kept.
        look: finds what is superfluous.
    """
    texts, removed = tuple(inputs), 0
    left: set[str] = set()
    while True:
        linted = look(project)
        wanted = {name: one for name, one in linted.removals.items() if name not in left}
        if not wanted:
            return Mended(texts, project, linted, removed, frozenset(left))
        taken = _step(texts, project, wanted)
        if taken is None:
            # Some of them do not go together or at all: one after the other tells which.
            for name, removal in sorted(wanted.items()):
                taken = _step(texts, project, {name: removal})
                if taken is not None:
                    wanted = {name: removal}
                    break
                left.add(name)
        if taken is not None:
            texts, project = taken
            removed += len(wanted)


def _step(
    inputs: tuple[Input, ...], project: Project, removals: Mapping[str, Removal]
) -> tuple[tuple[Input, ...], Project] | None:
    """The texts without these, and what they say; None if that is not what was meant."""
    places = Removals(project)
    paths = _by_document(removals.values())
    edits: dict[str, list[Edit]] = {}
    for document, own in paths.items():
        found = places.edits(document, own)
        if found is None:
            return None
        edits.setdefault(found[0].span.source.name, []).extend(found)
    changed = []
    for one in inputs:
        data = _applied(one, edits[one.name]) if one.name in edits else one.data
        if data is None:
            return None
        changed.append(
            one if data is one.data else replace(one, data=data, digest=digest_bytes(data))
        )
    after = compile_inputs(changed, keep=True)
    if not after.ok or _names(after.documents()) != _names(_meant(project, paths)):
        return None
    return tuple(changed), after


def _applied(one: Input, edits: list[Edit]) -> bytes | None:
    """The text with its edits, in the layout of ``caio fmt`` if it was in it before; None if they overlap."""
    source = Source.from_bytes(one.name, one.data)
    text, end = source.text, len(source.text)
    for edit in sorted(edits, key=lambda edit: edit.span.start, reverse=True):
        if edit.span.end > end:
            return None
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
        end = edit.span.start
    if format_source(source)[0] == source.text:
        text = format_source(Source(one.name, text))[0] or text
    return (_BOM if one.data.startswith(_BOM) else b"") + text.encode()


def _by_document(removals: Iterable[Removal]) -> dict[str, set[str]]:
    """What is taken out of each document."""
    paths: dict[str, set[str]] = {}
    for removal in removals:
        paths.setdefault(removal.document, set()).add(removal.path)
    return paths


def _meant(project: Project, paths: Mapping[str, set[str]]) -> list[d.Document]:
    """The documents without what is taken out."""
    found: list[d.Document] = []
    for document in project.documents():
        gone = paths.get(document_digest(document), set())
        if "" in gone:
            continue
        if not gone:
            found.append(document)
            continue
        match document:
            case d.Service() | d.Overlay():
                kept = _without(document.guarantees, "guarantees", gone)
                found.append(replace(document, guarantees=kept))
            case d.Rule() | d.Constraint():
                found.append(replace(document, then=_without(document.then, "then", gone)))
            case _:
                found.append(document)
    return found


def _without(items: tuple[_Item, ...], name: str, gone: set[str]) -> tuple[_Item, ...]:
    return tuple(one for i, one in enumerate(items) if f"{name}[{i}]" not in gone)


def _names(documents: Iterable[d.Document]) -> set[str]:
    return {document_digest(one) for one in documents}
