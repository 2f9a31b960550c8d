"""Keeping evidence: files that are written whole or not at all, whatever happens in between."""

from __future__ import annotations

from pathlib import Path

from caio.base.errors import InputError
from caio.base.writing import replace_file


def keep(target: Path, data: bytes, *, same: bool = False) -> None:
    """Write a file, whole or not at all; what was there before is replaced.

    Args:
        target: the file.
        data: its content.
        same: whether a file that holds this content already is left as it is.

    Raises:
        InputError: it cannot be written. What was there before is untouched.
    """
    try:
        if same and target.is_file() and target.read_bytes() == data:
            return
        if target.exists() and not target.is_file():
            raise InputError(f"cannot write `{target}`: it is no file")
        replace_file(target, data)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot write `{target}`: {reason}") from error
