"""A log as a folder of files that anybody may serve and nobody needs to trust: C2SP tlog-tiles.

``docs/spec/audit-log-v1.md`` section 3 binds. ``publish`` writes what a checkpoint needs and then the checkpoint. A folder
that is there already must be an earlier state of the same log, or nothing is written: so it remembers, outside of
the database, what was signed.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from caio.audit.checkpoint import Checkpoint, read_checkpoint
from caio.audit.faults import AuditError, Fault
from caio.audit.integrity import continues, pages
from caio.audit.merkle import HASH_SIZE
from caio.audit.store import LogStore
from caio.audit.tiles import (
    WIDTH,
    bundle_path,
    read_bundle,
    tile_path,
    tiles_between,
    write_bundle,
)
from caio.base.writing import replace_file
from caio.ir.reader import quoted

CHECKPOINT: Final = "checkpoint"
"""The name of the file of the latest checkpoint."""
_WIDTH: Final = re.compile("[1-9][0-9]{0,2}", re.ASCII)


class TileFolder:
    """The tiles of a log in a folder; nothing of it is verified by reading it."""

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)

    def checkpoint(self) -> bytes | None:
        """The note of the latest checkpoint; None if nothing was published here."""
        try:
            return (self._path / CHECKPOINT).read_bytes()
        except FileNotFoundError:
            return None

    def tile(self, level: int, number: int, width: int) -> bytes:
        """The first hashes of a tile, also from one that has more (``tiles.TileSource``).

        Raises:
            AuditError: ``tile-form``.
        """
        data, found = self._read(tile_path(level, number), width)
        if len(data) != found * HASH_SIZE:
            raise AuditError(
                Fault.TILE_FORM,
                f"{quoted(tile_path(level, number, found))} has {len(data)} bytes, not {found * HASH_SIZE}",
            )
        return data[: width * HASH_SIZE]

    def entries(self, number: int, width: int) -> tuple[bytes, ...]:
        """The first entries of a bundle, also from one that has more.

        Raises:
            AuditError: ``tile-form``.
        """
        data, found = self._read(bundle_path(number), width)
        return read_bundle(data, found)[:width]

    def put(self, path: str, data: bytes) -> None:
        """Write a tile, which is there for good; the same one again changes nothing.

        Raises:
            AuditError: ``tile-conflict``.
        """
        place = self._path / path
        try:
            found = place.read_bytes()
        except FileNotFoundError:
            place.parent.mkdir(parents=True, exist_ok=True)
            replace_file(place, data)
            return
        if found != data:
            raise AuditError(
                Fault.TILE_CONFLICT,
                f"{quoted(str(place))} is there with other content: the folder is that of another history;"
                " name another one, and find out who wrote this",
            )

    def drop_partial(self, path: str) -> None:
        """Remove the parts of a tile that is there in full."""
        shutil.rmtree(self._path / f"{path}.p", ignore_errors=True)

    def finish(self, checkpoint: bytes) -> None:
        """Write the checkpoint, after everything that it needs."""
        replace_file(self._path / CHECKPOINT, checkpoint)

    def _read(self, path: str, width: int) -> tuple[bytes, int]:
        """A tile that has at least this width, the full one if it is there, and its width."""
        full = self._path / path
        try:
            return full.read_bytes(), WIDTH
        except FileNotFoundError:
            pass
        parts = full.with_name(f"{full.name}.p")
        widths = [int(part.name) for part in parts.glob("*") if _WIDTH.fullmatch(part.name)]
        found = min((one for one in widths if width <= one < WIDTH), default=None)
        if found is None:
            raise AuditError(
                Fault.TILE_FORM,
                f"{quoted(path)} is missing, and no part of it has {width} hashes: fetch it from the log again",
            )
        return (parts / str(found)).read_bytes(), found


def publish(store: LogStore, checkpoint: Checkpoint, path: Path | str) -> None:
    """Write the tiles, the entries and the checkpoint of a log to a folder, as far as they are not there yet.

    Args:
        store: of the log.
        checkpoint: the one up to which it is published.
        path: of the folder, made if there is none.

    Raises:
        AuditError: ``log-rolled-back``, ``log-forked`` or ``tile-conflict``: the folder is not an earlier state of this
            log; ``log-busy``: it cannot be written.
    """
    folder = TileFolder(path)
    try:
        old = _published(store, folder, checkpoint)
        for level, number, width in tiles_between(old, checkpoint.size):
            with store.reading() as db:
                hashes = db.tile(level, number, width)
            folder.put(tile_path(level, number, width), hashes)
            if level == 0:
                folder.put(bundle_path(number, width), write_bundle(_bundle(store, number, width)))
            if width == WIDTH:
                folder.drop_partial(tile_path(level, number))
                if level == 0:
                    folder.drop_partial(bundle_path(number))
        folder.finish(checkpoint.data)
    except OSError as error:
        raise AuditError(
            Fault.LOG_BUSY,
            f"the folder {quoted(str(path))} cannot be written ({error}): mend that, and publish again",
        ) from error


def _published(store: LogStore, folder: TileFolder, checkpoint: Checkpoint) -> int:
    """Up to which size the folder has this log."""
    note = folder.checkpoint()
    if note is None:
        return 0
    head = read_checkpoint(note).head
    with store.reading() as db:
        continues(store, db, head)
    if head.size > checkpoint.size:
        raise AuditError(
            Fault.LOG_ROLLED_BACK,
            f"the folder has a checkpoint of {head.size} entries, and this one is of {checkpoint.size}:"
            " publish a later one",
        )
    return head.size


def _bundle(store: LogStore, number: int, width: int) -> list[bytes]:
    rows: Iterator[bytes] = (
        row.data for page in pages(store, number * WIDTH, number * WIDTH + width) for row in page
    )
    return list(rows)
