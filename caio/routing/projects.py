"""The library's way to documents: from files, from folders, from memory; all of them compile, or none is handed out."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from caio.base.canonical import digest_bytes
from caio.base.diagnostics import Diagnostic
from caio.base.errors import InputError
from caio.base.render import render_text
from caio.sema.discover import Input
from caio.sema.project import Project, compile_inputs, load_project


class DocumentError(InputError):
    """Documents that do not compile; the message shows every error with its place.

    Mend what it points at: each code has a page under ``docs/errors``.

    >>> try:
    ...     caio.loads('vocabulary "v" { unit token }  uses "w"')
    ... except caio.DocumentError as error:
    ...     print(error.diagnostics[0].message)
    there is no vocabulary `w`

    Attributes:
        diagnostics: what is wrong, as data: ``code``, ``message``, ``span``, ``help``.
    """

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        errors = [found for found in self.diagnostics if found.is_error]
        plural = "" if len(errors) == 1 else "s"
        super().__init__(f"{len(errors)} error{plural} in the documents\n{render_text(errors)}")

    def __reduce__(self) -> tuple[type[DocumentError], tuple[tuple[Diagnostic, ...]]]:
        return type(self), (self.diagnostics,)


def load(*paths: str | os.PathLike[str], cache: bool | str | os.PathLike[str] = True) -> Project:
    """The documents in files and folders, compiled.

    >>> project = caio.load("shop.caio")
    >>> [service.name for service in project.services]
    ['large', 'small']

    Args:
        *paths: ``.caio`` and ``.json`` files, and folders of them; their order does not matter.
        cache: True remembers what unchanged files compile to in the user's cache folder, a path remembers it there,
            False parses everything anew. The result is the same.

    Raises:
        DocumentError: something does not compile; every error of every file is in it.
        InputError: no path is given.
    """
    if not paths:
        raise InputError("there is nothing to load: name at least one file or folder")
    names = [os.fspath(path) for path in paths]
    place = cache if isinstance(cache, bool) else Path(cache)
    return _whole(load_project(names, cache=place))


def loads(*documents: str | Mapping[str, object]) -> Project:
    """Documents from memory, compiled: texts in the language, or JSON values of one of the two JSON forms.

    >>> project = caio.loads(shop)
    >>> [request.name for request in project.requests]
    ['question', 'summary']

    In messages, the documents are called ``<document 1>`` and so on.

    Args:
        *documents: each a text as in a ``.caio`` file, or the object of a ``.json`` file, already parsed.

    Raises:
        DocumentError: something does not compile; every error of every document is in it.
        InputError: no document is given, or one is neither a text nor a JSON object.
    """
    if not documents:
        raise InputError("there is nothing to load: give at least one document")
    return _whole(compile_inputs([_input(i, item) for i, item in enumerate(documents, 1)]))


def _whole(project: Project) -> Project:
    if not project.ok:
        raise DocumentError(project.diagnostics)
    return project


def _input(number: int, document: object) -> Input:
    name = f"<document {number}>"
    if isinstance(document, str):
        try:
            data = document.encode()
        except UnicodeEncodeError as error:
            raise InputError(
                f"`{name}` is no text: character {error.start} is half of a pair, as left over by"
                " decoding with `surrogateescape` or `surrogatepass`"
            ) from error
    else:
        data = json_bytes(document, name)
        name += ".json"
    return Input(name, data, digest_bytes(data), named=True)


def json_bytes(value: object, name: str) -> bytes:
    """The bytes of a JSON object that came as a Python value, in the order of its members.

    Raises:
        InputError: it is no JSON object, or holds what JSON cannot say exactly.
    """
    if not isinstance(value, Mapping):
        raise InputError(f"`{name}` is of type `{type(value).__name__}`, not a text or JSON object")
    try:
        return json.dumps(_plain(value, name), ensure_ascii=True, allow_nan=False).encode()
    except RecursionError as error:
        raise InputError(f"`{name}` is nested too deeply") from error


def _plain(value: object, name: str) -> object:
    """The value made of JSON's own types: a key or number that would silently become another is refused."""
    match value:
        case None | bool() | str():
            return value
        case int():
            if value.bit_length() > 4096:
                raise InputError(f"`{name}` holds an integer of too many digits")
            return int(value)
        case float():
            raise InputError(
                f'`{name}` holds the float {value!r}, which is not exact: write a string, `"0.4"`'
            )
        case Mapping():
            strange = [key for key in value if not isinstance(key, str)]
            if strange:
                raise InputError(f"`{name}` holds the key {strange[0]!r:.40}, which is no string")
            return {key: _plain(item, name) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item, name) for item in value]
    raise InputError(f"`{name}` holds a value of type `{type(value).__name__}`, which is no JSON")
