"""Files: read within limits, written whole or not at all.

A file is written beside its place under a temporary name, flushed to the disk and renamed, so that a reader sees the old
content or the new one and nothing in between. What interrupts a command before the rename leaves no file behind.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from caio.base.errors import InputError
from caio.base.writing import replace_file

MAX_BYTES: Final = 64 * 1024 * 1024
"""The largest input that is read, and what the checker reads at most."""

STDIN: Final = "-"
"""The name that means standard input or standard output."""


def read(path: str) -> bytes:
    """The bytes of a file, or of standard input for ``-``.

    Raises:
        InputError: it is missing, a folder, unreadable, or larger than ``MAX_BYTES``.
    """
    if path == STDIN:
        data = sys.stdin.buffer.read(MAX_BYTES + 1)
    else:
        try:
            with Path(path).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:
            raise InputError(f"cannot read `{path}`: {_reason(error)}") from error
    if len(data) > MAX_BYTES:
        raise InputError(f"`{path}` is larger than the {MAX_BYTES:,} bytes that are read")
    return data


def check_target(path: str) -> Path:
    """Where an output goes, refused early: before an hour of work and not after it.

    Raises:
        InputError: it is a folder, or its folder is missing or not writable.
    """
    try:
        target = Path(path).resolve()
        if target.is_dir():
            raise InputError(f"cannot write `{path}`: it is a folder; name a file in it")
        folder = target.parent
        if not folder.is_dir():
            raise InputError(f"cannot write `{path}`: there is no folder `{folder}`")
        if not os.access(folder, os.W_OK | os.X_OK) and not _is_stream(target):
            raise InputError(f"cannot write `{path}`: its folder is not writable")
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"cannot write `{path}`: {_reason(error)}") from error
    return target


def check_output(path: str) -> None:
    """``check_target`` for the output of a command that prints a report as well, and so cannot print the output.

    Raises:
        InputError: as there, or it is ``-``.
    """
    if path == STDIN:
        raise InputError("the report goes to standard output: name a file (`./-` is one)")
    check_target(path)


def write(path: str, data: bytes) -> Path:
    """Write a file whole or not at all; ``/dev/null`` and pipes are written directly.

    Raises:
        InputError: it cannot be written. What was there before is untouched.
    """
    target = check_target(path)
    try:
        if _is_stream(target):
            with target.open("wb") as stream:
                stream.write(data)
        else:
            replace_file(target, data)
    except OSError as error:
        raise InputError(f"cannot write `{path}`: {_reason(error)}") from error
    return target


def _is_stream(target: Path) -> bool:
    return target.exists() and not target.is_file()


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
