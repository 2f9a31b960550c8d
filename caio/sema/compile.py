"""Compiling: the files of a project to documents, every error of every file reported.

Vocabularies first, from wherever they come; then everything else, each document under the vocabulary that its file
uses; properties last, because they name other documents. Canonical JSON is read strictly and held against the same rules as a text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from caio.base.diagnostics import Code
from caio.base.errors import InputError
from caio.base.spans import Source, Span
from caio.ir import documents as d
from caio.ir.decode import FORMAT, decode_document
from caio.ir.decode_vocabulary import decode_vocabulary
from caio.ir.encode import document_digest
from caio.ir.reader import DecodeError
from caio.sema import codes
from caio.sema.classes import Classes
from caio.sema.constraints import Constraints
from caio.sema.discover import Input
from caio.sema.json_sets import Head, read_document, read_head
from caio.sema.places import File, Places, json_span, offsets_of
from caio.sema.profiles import Profiles
from caio.sema.properties import Properties, check_references
from caio.sema.registry import Item, Registry
from caio.sema.report import Report, shown
from caio.sema.requests import Requests
from caio.sema.scope import Scope
from caio.sema.services import Services
from caio.sema.validate import Validator
from caio.sema.validate_vocabulary import validate_vocabulary
from caio.sema.values import Lowered
from caio.sema.vocabulary import lower_vocabulary
from caio.syntax import tree
from caio.syntax.parse import parse

AUTHORING: Final = "caio-authoring/v1"
"""The format of authoring JSON."""


_OF_PARTS: Final = frozenset({codes.EMPTY_LIST, codes.MISSING_PART})
"""What a declaration may look like whose parts could not be read."""
_OF_VOCABULARIES: Final = frozenset(
    {
        codes.UNKNOWN_NAME,
        codes.UNKNOWN_MEMBER,
        codes.UNKNOWN_UNIT,
        codes.BAD_LEVEL,
        codes.NO_ROLE,
        codes.NO_COST,
    }
)
"""What documents may look like whose vocabulary has errors."""


@dataclass(frozen=True, slots=True)
class _Text:
    """A file that was read into a tree: text, or authoring JSON."""

    file: File
    source: Source
    declarations: tuple[tree.Declaration, ...]
    broken: bool
    """Whether it has errors of syntax, so that parts of its declarations may be missing."""


@dataclass(frozen=True, slots=True)
class _Set:
    """A canonical document set."""

    file: File
    source: Source
    documents: tuple[tuple[int, object], ...]


class _Meaning:
    """How the documents of one vocabulary are lowered."""

    def __init__(self, scope: Scope, report: Report, registry: Registry) -> None:
        self.services = Services(scope, report)
        self.requests = Requests(scope, report)
        self.constraints = Constraints(scope, report)
        self.classes = Classes(scope, report)
        self.properties = Properties(scope, report, registry)
        self.profiles = Profiles(scope, report)

    def lower(self, node: tree.Declaration) -> Lowered | None:
        match node:
            case tree.Service():
                return self.services.service(node)
            case tree.Overlay():
                return self.services.overlay(node)
            case tree.Rule():
                return self.requests.rule(node)
            case tree.Constraint():
                return self.constraints.constraint(node)
            case tree.Request():
                return self.requests.request(node)
            case tree.Class():
                return self.classes.lower(node)
            case tree.Property():
                return self.properties.lower(node)
            case tree.Profile():
                return self.profiles.profile(node)
            case tree.Facts():
                return self.profiles.facts(node)
            case tree.State():
                return self.profiles.state(node)
            case tree.Vocabulary() | tree.Uses():
                return None


class Compiler:
    """Compiles the files of one project."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.registry = Registry(report)
        self._texts: list[_Text] = []
        self._sets: list[_Set] = []
        self._properties: list[tuple[_Text, tree.Property, Scope]] = []
        self._scopes: dict[str, Scope] = {}
        self._by_digest: dict[str, d.Vocabulary] = {}
        self._broken: set[str] = set()
        self._meanings: dict[str, _Meaning] = {}
        self._spoilt: set[str] = set()

    def compile(self, inputs: Iterable[Input]) -> list[Item]:
        """The documents of these files, by kind and name."""
        for item in inputs:
            self._open(item)
        for text in self._texts:
            self._vocabularies_of_text(text)
        for one in self._sets:
            self._vocabularies_of_set(one)
        while self._texts:
            self._documents_of_text(self._texts.pop(0))
        for one in self._sets:
            if one.file.name not in self._spoilt:
                self._documents_of_set(one)
        self.registry.partial = any(found.is_error for found in self.report.diagnostics)
        for text, node, scope in self._properties:
            self._lower(text, node, scope)
        self.registry.check()
        check_references(self.registry, self.report)
        return list(self.registry.items())

    # --- opening -------------------------------------------------------------------------------

    def _open(self, item: Input) -> None:
        try:
            source = Source.from_bytes(item.name, item.data)
        except InputError as error:
            self.report.add(codes.UNREADABLE, Source(item.name, "").span(), str(error))
            return
        file = File(item.name, item.digest, source)
        if not item.name.endswith(".json"):
            parsed, diagnostics = parse(source)
            self.report.diagnostics += diagnostics
            broken = any(found.is_error for found in diagnostics)
            self._texts.append(_Text(file, source, parsed.declarations, broken))
            return
        try:
            head = read_head(source.text)
        except DecodeError as error:
            self.report.add(codes.BAD_JSON, source.span(0, 0), f"`{item.name}` is {error}")
            return
        self._open_json(item, file, source, head)

    def _open_json(self, item: Input, file: File, source: Source, head: Head | None) -> None:
        form = None if head is None else head.members.get("format")
        if head is not None and form == FORMAT and head.documents is not None:
            extra = sorted(head.members.keys() - {"format", "documents"})
            if extra:
                message = f"a document set has no member `{shown(extra[0])}`"
                self.report.add(codes.BAD_JSON, source.span(0, 0), message)
                return
            self._sets.append(_Set(file, source, head.documents))
        elif form == AUTHORING:
            # pydantic is loaded only where authoring JSON is really there.
            from caio.sema.authoring import read_authoring  # noqa: PLC0415

            before = len(self.report.diagnostics)
            declarations = read_authoring(source, self.report)
            broken = len(self.report.diagnostics) > before
            self._texts.append(_Text(file, source, declarations, broken))
        elif item.named:
            seen = "none" if form is None else f"`{shown(str(form))}`"
            self.report.add(
                codes.BAD_JSON,
                source.span(0, 0),
                f"`{shown(item.name)}` holds no documents: its `format` is {seen}",
                help=f"expected `{AUTHORING}` or `{FORMAT}`",
            )

    # --- vocabularies --------------------------------------------------------------------------

    def _vocabularies_of_text(self, text: _Text) -> None:
        for node in text.declarations:
            if not isinstance(node, tree.Vocabulary):
                continue
            before = len(self.report.diagnostics)
            lowered = lower_vocabulary(node, self.report)
            if text.broken or len(self.report.diagnostics) > before:
                self._drop(before, _OF_PARTS if text.broken else frozenset())
                self._broken.add(node.name.text)
                if isinstance(lowered.document, d.Vocabulary):
                    self._scopes.setdefault(node.name.text, Scope(lowered.document, ""))
            else:
                self._add_lowered(text, lowered)
                self._know(lowered.document)

    def _vocabularies_of_set(self, one: _Set) -> None:
        for index, (offset, kind) in enumerate(one.documents):
            if kind != "vocabulary":
                continue
            try:
                vocabulary = decode_vocabulary(read_document(one.source.text, offset))
                validate_vocabulary(vocabulary)
            except DecodeError as error:
                # Without it, every other document of the set would be an error as well.
                self._spoilt.add(one.file.name)
                self._bad_document(one, index, offset, error)
                continue
            self._add(vocabulary, Places(one.file, base=offset))
            self._know(vocabulary)

    def _know(self, document: d.Document) -> None:
        if isinstance(document, d.Vocabulary):
            digest = document_digest(document)
            self._by_digest[digest] = document
            self._scopes.setdefault(document.name, Scope(document, digest))

    # --- text ----------------------------------------------------------------------------------

    def _documents_of_text(self, text: _Text) -> None:
        scope = self._only_vocabulary(text)
        asked = False
        for node in text.declarations:
            if isinstance(node, tree.Uses):
                asked = True
                scope = self._used(node.vocabulary)
            elif isinstance(node, tree.Vocabulary):
                continue
            elif scope is None:
                if not asked:
                    self._no_vocabulary(node)
                    asked = True
            elif isinstance(node, tree.Property):
                # What it names may stand in any file: it waits until everything else is there.
                self._properties.append((replace(text, declarations=()), node, scope))
            else:
                self._lower(text, node, scope)

    def _only_vocabulary(self, text: _Text) -> Scope | None:
        """The vocabulary that a file declares itself, if it is one and the file uses no other."""
        names = {node.name.text for node in text.declarations if isinstance(node, tree.Vocabulary)}
        return self._scopes.get(names.pop()) if len(names) == 1 else None

    def _used(self, name: tree.Name) -> Scope | None:
        scope = self._scopes.get(name.text)
        if scope is None:
            self.report.unknown(
                codes.UNKNOWN_VOCABULARY, name.span, "vocabulary", name.text, sorted(self._scopes)
            )
        return scope

    def _no_vocabulary(self, node: tree.Declaration) -> None:
        known = sorted(self._scopes)
        hint = f'begin the file with `uses "{known[0]}"`' if known else 'such as `uses "llm"`'
        message = "nothing says which vocabulary the declarations here use"
        self.report.add(codes.NO_VOCABULARY, _name_of(node), message, help=hint)

    def _lower(self, text: _Text, node: tree.Declaration, scope: Scope) -> None:
        name = scope.vocabulary.name
        meaning = self._meanings.get(name)
        if meaning is None:
            meaning = self._meanings[name] = _Meaning(scope, self.report, self.registry)
        before = len(self.report.diagnostics)
        lowered = meaning.lower(node)
        errors = self.report.diagnostics[before:]
        if lowered is not None and not errors and name not in self._broken:
            self._add_lowered(text, lowered)
        if name in self._broken:
            self._drop(before, _OF_VOCABULARIES)
        if text.broken:
            self._drop(before, _OF_PARTS)

    def _drop(self, start: int, names: frozenset[Code]) -> None:
        """Forget errors of these kinds, which others before them have caused."""
        found = self.report.diagnostics
        found[start:] = [diagnostic for diagnostic in found[start:] if diagnostic.code not in names]

    def _add_lowered(self, text: _Text, lowered: Lowered) -> None:
        document = lowered.document
        name = lowered.places[""]
        if name.source is text.source:
            self._add(document, Places(text.file, offsets_of(document, lowered.places)), name)
            return
        # Authoring JSON: the source of a span is one string of the file, named by its path there.
        inner = {path: span.source.name.partition("#")[2] for path, span in lowered.places.items()}
        self._add(document, Places(text.file, base=0, inner=inner), name)

    def _add(self, document: d.Document, places: Places, name: Span | None = None) -> None:
        try:
            document_digest(document)
        except InputError as error:
            item = Item(document, places)
            self.report.add(codes.TOO_LARGE, name or item.span(), f"{error} in this document")
            return
        self.registry.add(Item(document, places))

    # --- canonical sets ------------------------------------------------------------------------

    def _documents_of_set(self, one: _Set) -> None:
        validators: dict[str, Validator] = {}
        for index, (offset, kind) in enumerate(one.documents):
            if kind in ("vocabulary", "landscape"):
                continue
            try:
                value = read_document(one.source.text, offset)
                document = decode_document(value, self._by_digest)
                self._validator(document, validators).validate(document)
            except DecodeError as error:
                self._bad_document(one, index, offset, error)
                continue
            self._add(document, Places(one.file, base=offset))

    def _validator(self, document: d.Document, known: dict[str, Validator]) -> Validator:
        digest = "" if isinstance(document, d.Vocabulary) else document.vocabulary
        if digest not in known:
            known[digest] = Validator(Scope(self._by_digest[digest], digest))
        return known[digest]

    def _bad_document(self, one: _Set, index: int, offset: int, error: DecodeError) -> None:
        source = one.source
        span = json_span(source, error.path, offset) or json_span(source, "", offset)
        if span is None or span.end - span.start > 200:
            span = source.span(offset, offset)
        path = error.inside(f"documents[{index}]").path
        self.report.add(codes.NOT_CANONICAL, span, f"`{shown(path)}`: {error.reason}")


def _name_of(node: tree.Declaration) -> Span:
    match node:
        case tree.Uses():
            return node.vocabulary.span
        case tree.Overlay() | tree.State():
            return node.service.span
        case _:
            return node.name.span
