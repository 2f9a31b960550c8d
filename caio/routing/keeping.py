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
    check_place(target)
    try:
        if same and target.is_file() and target.read_bytes() == data:
            return
        replace_file(target, data)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot write `{target}`: {reason}") from error


def check_place(target: Path) -> None:
    """Refuse a place where no file can be, before anything else is written on its behalf.

    Raises:
        InputError: it is a folder or a device, its folder does not exist, or its name is none.
    """
    try:
        if target.exists() and not target.is_file():
            raise InputError(f"cannot write `{target}`: it is no file")
        if not target.parent.is_dir():
            raise InputError(f"cannot write `{target}`: there is no folder `{target.parent}`")
        # What the system refuses as a name is found out here, without touching the file.
        target.lstat()
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot write `{target}`: {reason}") from error
