"""Which files belong to a decision, found without reading more of it than that."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from caio.base.errors import InputError
from caio.cli.files import MAX_BYTES, STDIN

DECISION: Final = "caio-decision/v1"
DOCUMENTS: Final = "caio-documents/v1"
CERTIFICATE: Final = "caio-certificate/v1"

_DIGEST: Final = re.compile(r"sha256:([0-9a-f]{64})")


def peek(path: str) -> Mapping[str, Any] | None:
    """The object in a file if it is a decision, else None: what is wrong with it is for the checker to say.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        if Path(path).exists() and not Path(path).is_file():
            raise InputError(
                f"cannot read `{path}`: it is no file, which the checker could open by itself"
            )
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot read `{path}`: {reason}") from error
    if len(data) > MAX_BYTES:
        return None
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) and body.get("format") == DECISION else None


def split_certificate(path: str) -> tuple[list[bytes], bytes] | None:
    """The document sets and the certificate in a file that holds a certificate of documents with its documents.

    None for anything else and for whatever is not plain JSON: that is for the checker to judge as it is. Both are only
    taken apart; what is in them is what the checker sees. A comparison is about two states of some documents, which have
    the same names: as names are unique in a set, the documents make as many sets as they need.
    """
    try:
        body = json.loads(Path(path).read_bytes(), object_pairs_hook=_distinct)
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or body.get("format") != CERTIFICATE or "documents" not in body:
        return None
    listed = body.pop("documents")
    sets = _states(listed) if isinstance(listed, list) else [listed]
    parts = [json.dumps({"documents": part, "format": DOCUMENTS}).encode() for part in sets]
    return parts, json.dumps(body).encode()


def _states(documents: list[Any]) -> list[list[Any]]:
    """The documents in as few sets as have no name twice; the same document twice stays in one, for the checker to refuse."""
    sets: list[list[Any]] = [[]]
    taken: list[dict[str, Any]] = [{}]
    for document in documents:
        name = _name(document)
        place = next(
            (i for i, own in enumerate(taken) if own.get(name, document) == document), len(sets)
        )
        if place == len(sets):
            sets.append([])
            taken.append({})
        sets[place].append(document)
        taken[place][name] = document
    return sets


def _name(document: Any) -> str:
    """What must be unique in a set: kind and name, with version and origin where a document has them."""
    if not isinstance(document, dict):
        return json.dumps(document)
    kind = "rule" if document.get("kind") == "invariant" else document.get("kind")
    # Versions of equal value are the same one.
    version = re.sub(r"(\.0)+$", "", str(document.get("version")))
    parts = [*(document.get(key) for key in ("name", "service", "origin")), version]
    named = any(part is not None for part in parts[:3])
    return json.dumps([kind, *parts] if named else document, sort_keys=True)


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object, unless it holds a key twice: taking one apart must not hide the other value."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found


def carries_landscape(body: Mapping[str, Any]) -> bool:
    """Whether a decision has its landscape in it, as a bundle does."""
    documents = body.get("documents")
    return isinstance(documents, list) and any(
        isinstance(item, dict) and item.get("kind") == "landscape" for item in documents
    )


def landscape_beside(path: str, body: Mapping[str, Any]) -> Path | None:
    """The landscape file beside a decision that does not carry its landscape; None if there is none."""
    if path == STDIN:
        return None
    # The name is made of a digest that was looked at, and never of text from the file.
    match = _DIGEST.fullmatch(str(body.get("landscape")))
    if match is None:
        return None
    candidate = Path(path).resolve().with_name(f"landscape-{match[1]}.json")
    return candidate if candidate.is_file() else None
