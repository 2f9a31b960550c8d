"""A folder of results by content: what was computed once and need not be computed again.

An entry is named by the digest of everything that its content depends on (the caller's business) and carries the digest
of its own body. Whatever is not exactly what was written counts as missing: half an entry, a damaged one, one under
another's name, one of another format, one that is too large, a link, somebody else's file. So a reader never has to
trust a writer, and processes share a folder without locks: entries appear whole, by renaming, and two writers of one
name write the same. Nothing here fails a command: a folder that cannot be used is not used.

The digest finds damage, not forgery: only the user's own files are read, and whoever can write those can as well change
the user's programs. Evidence is nevertheless checked anew on every use (``caio.certify.cache``). Compiled documents are
believed here; a decision names them by digest, so that compiling on another machine shows any difference.
"""

from __future__ import annotations

import os
import secrets
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import caio
from caio.base.canonical import Json, canonical_bytes, digest_bytes

_HEAD: Final = 1024
"""More bytes than the first line of an entry ever has."""
_STALE: Final = 3600
"""Seconds after which an unfinished file was left behind by a process that was killed."""
_NO_LINKS: Final = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT: Final = getattr(os, "O_NONBLOCK", 0)


def default_folder() -> Path:
    """Where a user's cache is: ``CAIO_CACHE_DIR``, or what the platform says; a place that never exists if it knows none."""
    named = os.environ.get("CAIO_CACHE_DIR")
    if named:
        return Path(named)
    try:
        return _usual_folder()
    except RuntimeError:
        # A user whom the system does not know, as in many containers, has no home.
        return Path(os.devnull) / "caio"


def _usual_folder() -> Path:
    if sys.platform == "win32":  # pragma: no cover - another platform
        return Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "caio" / "Cache"
    if sys.platform == "darwin":  # pragma: no cover - another platform
        return Path.home() / "Library" / "Caches" / "caio"
    base = os.environ.get("XDG_CACHE_HOME") or ""
    # The convention demands an absolute path and ignores any other.
    folder = Path(base) if Path(base).is_absolute() else Path.home() / ".cache"
    return folder / "caio"


def code_digest(rooms: Iterable[str], *more: str) -> str:
    """What a result depends on besides its inputs: CAIO's version, the code of these rooms, and more.

    Args:
        rooms: names of packages of ``caio``, with all that is in them; with ``syntax`` comes the grammar.
        more: what else takes part, such as the versions of a solver.
    """
    root = Path(caio.__file__).parent
    found: list[Json] = [caio.__version__, list(more)]
    for room in rooms:
        sources = sorted((root / room).rglob("*.py"))
        if room == "syntax":
            sources += [root / room / "caio.lark", root.parent / "grammar" / "caio.lark"]
        for path in sources:
            with suppress(OSError):
                # The grammar stands in one of two places, and that does not matter.
                name = path.name if path.suffix == ".lark" else path.relative_to(root).as_posix()
                found.append([name, digest_bytes(path.read_bytes())])
    return digest_bytes(canonical_bytes(found))


@dataclass(frozen=True, slots=True)
class Store:
    """The entries of one kind in a folder that other kinds may share.

    Attributes:
        folder: where they are. It is made when the first entry is written, for its owner alone.
        format: the name of the body's format; entries of another one count as missing.
        suffix: the end of the names of the kind's files, such as ``.certificate``.
        most: how many entries are kept, the last used ones.
        total: how many bytes are kept in all.
        limit: how many bytes one entry may have; larger ones are neither written nor read.
    """

    folder: Path
    format: str
    suffix: str
    most: int
    total: int
    limit: int

    def path(self, key: str) -> Path:
        """Where the entry of a key (``sha256:…``) is, whether it exists or not."""
        return self.folder / (key.removeprefix("sha256:") + self.suffix)

    def read(self, key: str) -> bytes | None:
        """The body of an entry exactly as it was written; None if there is none."""
        path = self.path(key)
        try:
            if not self._ours(self.folder):
                return None
            data = self._bytes(path)
            if data is None:
                return None
            end = data.index(b"\n", 0, _HEAD)
        except (OSError, ValueError):
            return None
        body = data[end + 1 :]
        return body if data[:end] == self._head(path.name, body) else None

    def write(self, key: str, body: bytes) -> bool:
        """Keep a body; whether that was possible. Entries that have not been used for longest make room."""
        path = self.path(key)
        data = self._head(path.name, body) + b"\n" + body
        if len(data) > self.limit:
            return False
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._ours(self.folder):
                return False
            try:
                self._draft(draft, data)
                draft.replace(path)
            except BaseException:
                # Interrupted, or no room left on the device: nothing half-made stays behind.
                with suppress(OSError):
                    draft.unlink()
                raise
            self._prune(path.name)
        except OSError:
            return False
        return True

    def remove(self, key: str) -> None:
        """Forget an entry that turned out to be of no use."""
        with suppress(OSError):
            self.path(key).unlink()

    def _head(self, name: str, body: bytes) -> bytes:
        head = {"digest": digest_bytes(body), "format": self.format, "name": name}
        return canonical_bytes({**head, "size": len(body)})

    def _bytes(self, path: Path) -> bytes | None:
        # Neither a link is followed nor a writer of a pipe waited for.
        handle = os.open(path, os.O_RDONLY | _NO_LINKS | _NO_WAIT)
        try:
            about = os.fstat(handle)
            if not (stat.S_ISREG(about.st_mode) and _owned(about) and about.st_size <= self.limit):
                return None
            data = _read(handle, about.st_size)
            # The time of last use decides what is kept.
            with suppress(OSError):
                os.utime(handle if os.utime in os.supports_fd else path)
        finally:
            os.close(handle)
        return data

    @staticmethod
    def _draft(path: Path, data: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINKS
        # Not forced to the disk: after a loss of power a damaged entry is found out and made anew.
        with open(os.open(path, flags, 0o600), "wb") as file:  # noqa: PTH123 - made with its mode
            file.write(data)

    @staticmethod
    def _ours(folder: Path) -> bool:
        """Whether it is a folder of this user: a program run as another one leaves nothing in it.

        Others may be able to write there (a group, a shared temporary folder): of what they put there nothing is read.
        """
        about = folder.stat()
        return stat.S_ISDIR(about.st_mode) and _owned(about)

    def _prune(self, written: str) -> None:
        """Let go of what was used longest ago, never of what has just been written.

        Another process that reads such an entry has it open, or finds it missing.
        """
        found = sorted(self._entries(), reverse=True)
        newest = max((used for used, *_ in found), default=0.0)
        count, size = 0, 0
        for used, name, length in sorted(found, key=lambda entry: entry[1] != written):
            if not name.endswith(self.suffix):
                gone = newest - used > _STALE
            else:
                count, size = count + 1, size + length
                gone = name != written and (count > self.most or size > self.total)
                # A large entry that goes must not take smaller ones with it.
                size -= length if gone else 0
            if gone:
                with suppress(OSError):
                    (self.folder / name).unlink()

    def _entries(self) -> Iterator[tuple[float, str, int]]:
        """The time of last use, name and size of every entry and unfinished file of this kind."""
        with os.scandir(self.folder) as listing:
            for item in listing:
                draft = item.name.startswith(".") and f"{self.suffix}." in item.name
                if not draft and not item.name.endswith(self.suffix):
                    continue
                with suppress(OSError):
                    about = item.stat(follow_symlinks=False)
                    if stat.S_ISREG(about.st_mode):
                        yield about.st_mtime, item.name, about.st_size


def _owned(about: os.stat_result) -> bool:
    """Whether something belongs to the user of this process; where there are no users, everything does."""
    return not hasattr(os, "geteuid") or about.st_uid == os.geteuid()


def _read(handle: int, size: int) -> bytes | None:
    """All bytes of a file of this size; None if it has another one by now."""
    parts = []
    left = size
    while left and (part := os.read(handle, left)):
        parts.append(part)
        left -= len(part)
    return None if left else b"".join(parts)
