"""Canonical document sets, read one document at a time: a large one never stands in memory as a whole."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final, NoReturn

from caio.ir import reader
from caio.ir.reader import DecodeError, Object

_decoder: Final = json.JSONDecoder(
    object_pairs_hook=reader.unique, parse_float=reader.no_float, parse_constant=reader.no_float
)
_plain: Final = json.JSONDecoder()
_SPACE: Final = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Head:
    """What a JSON file of ours says at its top level: members, the list of documents left aside."""

    members: Object
    documents: tuple[tuple[int, object], ...] | None
    """Where each item of the array ``documents`` begins in the text, and its kind; None without such an array."""


def read_head(text: str) -> Head | None:
    """The top-level members of a JSON object, or None if the text is JSON but no object.

    Raises:
        DecodeError: the text is no strict JSON.
    """
    try:
        return _head(text)
    except (IndexError, RecursionError, ValueError) as error:
        raise _explained(error) from None


def _head(text: str) -> Head | None:
    at = _skip(text, 0)
    if text[at] != "{":
        _end(text, _decoder.raw_decode(text, at)[1])
        return None
    members: Object = {}
    documents = None
    at = _skip(text, at + 1)
    while text[at] != "}":
        key, at = _decoder.raw_decode(text, at)
        if type(key) is not str:
            raise DecodeError("a key of an object must be a string")
        at = _expect(text, at, ":")
        if key in members:
            raise DecodeError(f"the key {reader.quoted(key)} occurs twice in one object")
        if key == "documents" and text[at] == "[":
            members[key] = None
            documents, at = _survey(text, at)
        else:
            members[key], at = _decoder.raw_decode(text, at)
        at = _next(text, at, "}")
    _end(text, at + 1)
    return Head(members, documents)


def read_document(text: str, at: int) -> object:
    """The document that begins at an offset.

    Raises:
        DecodeError: it is no strict JSON.
    """
    try:
        return _decoder.raw_decode(text, at)[0]
    except (IndexError, RecursionError, ValueError) as error:
        raise _explained(error) from None


def _survey(text: str, at: int) -> tuple[tuple[tuple[int, object], ...], int]:
    """Where the items of an array begin and of which kind they are; and where the array ends."""
    found = []
    at = _skip(text, at + 1)
    while text[at] != "]":
        value, end = _plain.raw_decode(text, at)
        found.append((at, value.get("kind") if type(value) is dict else None))
        at = _next(text, end, "]")
    return tuple(found), at + 1


def _skip(text: str, at: int) -> int:
    while text[at] in _SPACE:
        at += 1
    return at


def _expect(text: str, at: int, mark: str) -> int:
    at = _skip(text, at)
    if text[at] != mark:
        _wrong(text, at, f"expected `{mark}`")
    return _skip(text, at + 1)


def _next(text: str, at: int, close: str) -> int:
    """The offset of what follows a member: the closing mark, or the next member behind a comma."""
    at = _skip(text, at)
    if text[at] == close:
        return at
    at = _expect(text, at, ",")
    if text[at] == close:
        _wrong(text, at, "nothing follows the comma")
    return at


def _end(text: str, at: int) -> None:
    if text[at:].strip(_SPACE):
        _wrong(text, at, "something follows the end")


def _wrong(text: str, at: int, message: str) -> NoReturn:
    raise json.JSONDecodeError(message, text, at)


def _explained(error: Exception) -> DecodeError:
    match error:
        case DecodeError():
            return error
        case json.JSONDecodeError():
            place = f"line {error.lineno}, column {error.colno}"
            return DecodeError(f"not JSON at {place}: {error.msg[:1].lower()}{error.msg[1:]}")
        case IndexError():
            return DecodeError("not JSON: it ends too early")
        case RecursionError():
            return DecodeError("nested too deeply")
    return DecodeError("an integer of too many digits")
