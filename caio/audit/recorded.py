"""Reading a log: entries by place and kind, each held against its hash, and places by time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from caio.audit.entries import Kind
from caio.audit.integrity import damaged, pages, read_row
from caio.audit.merkle import check_size
from caio.audit.store import LogStore
from caio.base.canonical import Json


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry as it is in the log; ``data`` are the bytes whose hash is the leaf."""

    index: int
    time: int
    kind: Kind
    digests: Mapping[str, str]
    details: Mapping[str, Json]
    data: bytes = field(repr=False)


def read_entries(
    store: LogStore, start: int, stop: int | None, kind: Kind | None
) -> Iterator[Recorded]:
    """The entries from ``start`` below ``stop``, in order, as far as there are any when the first is read.

    Raises:
        AuditError: ``proof-range``; ``log-damaged``: an entry is not the one that was taken in.
    """
    with store.reading() as db:
        size = db.head().size
    end = size if stop is None else stop
    check_size(start)
    check_size(end)
    for page in pages(store, start, min(size, end), kind):
        for row in page:
            read = read_row(store, row)
            yield Recorded(row.index, row.time, row.kind, read.digests, read.details, row.data)


def find_span(store: LogStore, first: int, last: int) -> tuple[int, int]:
    """Where the entries begin and end that were taken from one time up to another, this one included.

    Times never decrease, so that a few entries are looked at; whoever needs more than the word of the store reads the
    entries on both sides of either end.

    Raises:
        AuditError: ``log-damaged``: an entry is missing.
    """
    with store.reading() as db:

        def time_of(index: int) -> int:
            found = db.rows(index, index + 1, kind=None, limit=1)
            if not found:
                raise damaged(store, f"entry {index} is missing")
            return found[0].time

        indices = range(db.head().size)
        start = bisect_left(indices, first, key=time_of)
        return start, bisect_right(indices, last, lo=start, key=time_of)
