"""Requests that come with a call, as text or authoring JSON, and documents that come as values from elsewhere.

A document decides what is proved, so that each is held against the vocabulary, whoever made it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, TypeVar

from caio.base.errors import InputError
from caio.base.spans import Source
from caio.ir import documents as d
from caio.ir.decode import decode_document
from caio.ir.encode import document_bytes, document_digest
from caio.routing.projects import DocumentError
from caio.sema.compile import AUTHORING
from caio.sema.report import Report, shown
from caio.sema.requests import Requests
from caio.sema.scope import Scope
from caio.sema.validate import Validator
from caio.syntax import tree
from caio.syntax.parse import parse

_Document = TypeVar("_Document", d.Request, d.Facts, d.Measurements)

_REMEMBERED: Final = 256
"""How many texts are remembered with what they compile to."""
_SHORT: Final = 16 * 1024
"""The longest text that is remembered, in characters."""
_NAME: Final = "<request>"


class Inline:
    """Compiles and checks the documents that come with calls, under one vocabulary."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._remembered = lru_cache(_REMEMBERED)(self._compiled)
        self._valid: dict[str, None] = {}

    def request(self, asked: str | bytes) -> d.Request:
        """The one request in a text, or in authoring JSON where it is bytes.

        Raises:
            DocumentError: it does not compile.
            InputError: it holds something other than one request of this vocabulary.
        """
        return self._remembered(asked) if len(asked) <= _SHORT else self._compiled(asked)

    def mine(self, document: _Document) -> _Document:
        """A document of the project, if it is of this vocabulary.

        Raises:
            InputError: it uses another one.
        """
        if document.vocabulary != self._scope.digest:
            raise InputError(
                f"`{shown(document.name)}` uses another vocabulary than the router's"
                f" `{shown(self._scope.vocabulary.name)}`: a router serves one"
            )
        return document

    def trusted(self, document: _Document) -> _Document:
        """A document that came as a value, once it is found to be one that a text could have made.

        Raises:
            InputError: it is none, or uses another vocabulary.
        """
        digest = document_digest(self.mine(document))
        if digest not in self._valid:
            vocabularies = {self._scope.digest: self._scope.vocabulary}
            decoded = decode_document(json.loads(document_bytes(document)), vocabularies)
            Validator(self._scope).validate(decoded)
            if len(self._valid) >= _REMEMBERED:
                self._valid.clear()
            self._valid[digest] = None
        return document

    def _compiled(self, asked: str | bytes) -> d.Request:
        report = Report()
        if isinstance(asked, bytes):
            declarations = self._from_json(asked, report)
        else:
            parsed, report.diagnostics = parse(Source(_NAME, asked))
            declarations = parsed.declarations
        found: list[tree.Request] = []
        for node in declarations:
            match node:
                case tree.Request():
                    found.append(node)
                case tree.Uses(name, _) if name.text != self._scope.vocabulary.name:
                    raise InputError(
                        f"`{_NAME}` uses the vocabulary `{shown(name.text)}`, and the router's is"
                        f" `{shown(self._scope.vocabulary.name)}`"
                    )
                case tree.Uses():
                    pass
                case _:
                    raise InputError(
                        f"`{_NAME}` declares something other than a request: load everything else"
                        " with `caio.load` or `caio.loads`"
                    )
        lowered = [Requests(self._scope, report).request(node) for node in found]
        if any(problem.is_error for problem in report.diagnostics):
            raise DocumentError(report.diagnostics)
        if len(lowered) != 1:
            many = f"{len(lowered)} requests" if lowered else "no request"
            raise InputError(
                f"`{_NAME}` holds {many}: give one at a time, such as `request r {{…}}`"
            )
        document = lowered[0].document
        document_digest(document)
        if not isinstance(document, d.Request):
            raise InputError(f"`{_NAME}` is no request")
        return document

    def _from_json(self, data: bytes, report: Report) -> Sequence[tree.Declaration]:
        """The declarations of authoring JSON: a whole file's object, or one request's alone."""
        from caio.sema.authoring import read_authoring  # noqa: PLC0415 - pydantic loads here

        value = json.loads(data)
        if "format" not in value:
            data = json.dumps({"format": AUTHORING, "requests": [value]}).encode()
        return read_authoring(Source(f"{_NAME}.json", data.decode()), report)
