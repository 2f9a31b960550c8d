"""Keeping evidence: files that are written whole or not at all, whatever happens in between."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from caio.base.errors import InputError


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
        _replace(target, data)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot write `{target}`: {reason}") from error


def _replace(target: Path, data: bytes) -> None:
    temporary = target.with_name(f".{target.name[:64]}.{secrets.token_hex(6)}.tmp")
    # Created with the usual permissions, and not those of a private file: others may read a decision.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
