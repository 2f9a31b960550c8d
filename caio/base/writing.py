"""Writing files whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path


def replace_file(target: Path, data: bytes) -> None:
    """Put a file in the place of another, or where there was none; a reader sees the old one or the new one.

    The permissions of a file that is replaced are kept. When this returns, the content survives a power cut.

    Raises:
        OSError: it cannot be written. What was there before is untouched, and nothing else is left behind.
    """
    temporary = target.with_name(f".{target.name[:64]}.{secrets.token_hex(6)}.tmp")
    # Created with the usual permissions, and not those of a private file: others may read a decision.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if target.exists():
                os.fchmod(file.fileno(), stat.S_IMODE(target.stat().st_mode))
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut, where the system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
