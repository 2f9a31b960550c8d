"""How fast a log takes entries in, proves and verifies, and how much room an entry needs.

Usage: python -m tests.audit.rate [ENTRIES …]

Without sizes, 1,000, 10,000 and 100,000; 1,000,000 takes a few minutes. Times of proofs are medians; rates are of elapsed
time, for waiting for the disk is a part of them.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path

from caio.audit.entries import Entry, Kind
from caio.audit.log import Log
from caio.audit.merkle import leaf_hash, verify_inclusion
from caio.base.canonical import Json
from tests.audit.logs import ONE

BATCH = 1000
SAMPLES = 200
HEADER = (
    "entries",
    "batched/s",
    "bytes/entry",
    "file/entry",
    "open ms",
    "checkpoint ms",
    "prove µs",
    "check µs",
    "hashes",
    "verify/s",
    "publish/s",
)


def decisions(count: int) -> Iterator[Entry]:
    """Entries as a gateway writes them: three digests and a few words."""
    for number in range(count):
        digests = {
            name: "sha256:" + sha256(b"%s %d" % (name.encode(), number)).hexdigest()
            for name in ("certificate", "decision", "request")
        }
        details: dict[str, Json] = {
            "request": f"r-{number}",
            "selected": {"service": "acme/large", "version": "1.2"},
            "verdict": "routed",
        }
        yield Entry(Kind.DECISION, digests, details)


def timed(act: Callable[[], object]) -> float:
    """The seconds that a call takes."""
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def measured(folder: Path, count: int) -> tuple[str, ...]:
    """A row of the table."""
    path = folder / f"log-{count}"
    with Log.open(path, ONE) as log:
        waiting = decisions(count)
        appended = 0.0
        while batch := list(islice(waiting, BATCH)):
            appended += timed(lambda b=batch: log.append_many(b))  # type: ignore[misc]
        signing = timed(log.checkpoint)
        end = log.latest()
        chance = random.Random(count)
        proving, checking, hashes = [], [], []
        for _ in range(SAMPLES):
            index = chance.randrange(end.size)
            (one,) = log.entries(index, index + 1)
            begin = time.perf_counter()
            proof = log.prove_inclusion(index, end.size)
            middle = time.perf_counter()
            verify_inclusion(leaf_hash(one.data), index, end.size, proof, end.root)
            proving.append(middle - begin)
            checking.append(time.perf_counter() - middle)
            hashes.append(len(proof))
        verifying = timed(log.verify)
        publishing = timed(lambda: log.publish(folder / f"tiles-{count}"))
        length = sum(len(one.data) for one in log.entries(0, min(count, BATCH)))
    opening = timed(lambda: Log.open(path, ONE).close())
    return (
        f"{count:,}",
        f"{count / appended:,.0f}",
        f"{length / min(count, BATCH):,.0f}",
        f"{path.stat().st_size / count:,.0f}",
        f"{opening * 1e3:,.1f}",
        f"{signing * 1e3:,.1f}",
        f"{statistics.median(proving) * 1e6:,.0f}",
        f"{statistics.median(checking) * 1e6:,.0f}",
        f"{max(hashes)}",
        f"{count / verifying:,.0f}",
        f"{count / publishing:,.0f}",
    )


def durable(folder: Path, threads: int, count: int) -> float:
    """The rate at which so many threads append one entry after the other, each waiting until it is on the disk."""
    with Log.open(folder / f"threads-{threads}", ONE) as log:

        def work() -> None:
            for entry in decisions(count):
                log.append(entry)

        workers = [threading.Thread(target=work) for _ in range(threads)]

        def run() -> None:
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()

        return threads * count / timed(run)


def main(sizes: list[int]) -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [HEADER, *(measured(folder, size) for size in sizes)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
            sys.stdout.write("  ".join(cells) + "\n")
        sys.stdout.write("\none entry per call, on the disk before the call returns\n")
        for threads in (1, 4, 16):
            sys.stdout.write(f"{threads:>3} threads  {durable(folder, threads, 100):>8,.0f}/s\n")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [1_000, 10_000, 100_000])
