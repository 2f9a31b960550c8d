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

_DIGEST: Final = re.compile(r"sha256:([0-9a-f]{64})")


def peek(path: str) -> Mapping[str, Any] | None:
    """The object in a file if it is a decision, else None: what is wrong with it is for the checker to say.

    Raises:
        InputError: the file cannot be read.
    """
    try:
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
