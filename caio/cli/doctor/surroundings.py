"""Whether what CAIO needs of the machine works: the solver's process, and the cache's folder."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import tempfile
from pathlib import Path
from typing import Final

from caio.base.canonical import digest_bytes
from caio.base.errors import SolverError
from caio.base.store import default_folder
from caio.cli.doctor.finding import Finding, broken, note, ok
from caio.cli.text import count
from caio.smt.client import Worker
from caio.smt.protocol import Core, Query, Status

_WATCHDOG: Final = 60.0
"""Seconds after which the solver's process counts as hung."""
_RLIMIT: Final = 1_000_000
_BETWEEN: Final = "(declare-fun x () Int)(assert (< 0 x))(assert (< x 2))"
_NOWHERE: Final = "(declare-fun x () Int)(assert (< 0 x))(assert (< x 1))"
_ENTRY: Final = re.compile(r"[0-9a-f]{64}\.[a-z-]+")


def solver() -> Finding:
    """Whether the process starts, tells satisfiable from unsatisfiable, and comes back after it was killed.

    Nothing is concluded from its answers here or elsewhere: evidence is checked. A solver that answers wrongly would only
    never find any.
    """
    expected = [Status.SAT, Status.UNSAT]
    questions = [Query(_BETWEEN, Core.PLAIN, _RLIMIT), Query(_NOWHERE, Core.LOGGING, _RLIMIT)]
    help_ = (
        "reinstall `z3-solver`, and see that temporary files can be written and processes started"
    )
    try:
        with Worker(watchdog=_WATCHDOG) as worker:
            first = list(worker.run(questions))
            pid = worker.pid
            if pid is not None:
                os.kill(pid, signal.SIGKILL)
            again = list(worker.run(questions))
            restarted = worker.pid not in {None, pid}
    except (SolverError, OSError) as error:
        return broken("solver", f"the solver's process does not work: {error}", help_)
    answers = [answer.status for answer in (*first, *again)]
    details = {"answers": [str(status.value) for status in answers], "restarted": restarted}
    if answers != expected * 2 or not first[1].log:
        said = ", ".join(status.value for status in answers)
        return broken(
            "solver", f"expected sat and unsat with a log, twice; it said {said}", help_, **details
        )
    if not restarted:
        return broken(
            "solver", "its process did not come back after it was killed", help_, **details
        )
    return ok("solver", "starts, answers, and comes back after it was killed", **details)


def cache(folder: Path | None = None) -> Finding:
    """Where the cache is, what is in it, and whether it can be used; CAIO works without, only slower."""
    folder = default_folder() if folder is None else folder
    details: dict[str, object] = {"folder": str(folder), "entries": 0, "bytes": 0, "damaged": 0}
    try:
        if not folder.exists():
            writable = _can_be_made(folder)
            details["writable"] = writable
            if writable:
                return ok(
                    "cache", f"{folder}, not there yet: made when it is first used", **details
                )
            return note("cache", f"{folder} cannot be made", _ELSEWHERE, **details)
        if not folder.is_dir():
            return note("cache", f"{folder} is no folder", _ELSEWHERE, writable=False, **details)
        sizes, damaged = _survey(folder)
        writable = _writable(folder)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return note("cache", f"{folder} cannot be read: {reason}", _ELSEWHERE, **details)
    details |= {
        "entries": len(sizes),
        "bytes": sum(sizes),
        "damaged": len(damaged),
        "writable": writable,
    }
    held = f"{folder}: {count(len(sizes), 'entry', 'entries')}, {sum(sizes):,} bytes"
    if not writable:
        return note("cache", f"{held}; nothing can be written there", _ELSEWHERE, **details)
    if damaged:
        return note(
            "cache",
            f"{held}; {count(len(damaged), 'damaged entry', 'damaged entries')}, which count as missing",
            "nothing is believed of them; they are replaced when they are next needed, or delete the folder",
            **details,
        )
    return ok("cache", held, **details)


_ELSEWHERE: Final = "CAIO works without a cache, only slower; CAIO_CACHE_DIR names another folder"


def _survey(folder: Path) -> tuple[list[int], list[str]]:
    """The sizes of all entries, and the names of those that are not what was written."""
    sizes, damaged = [], []
    for path in sorted(folder.iterdir()):
        about = path.lstat()
        if not _ENTRY.fullmatch(path.name) or not stat.S_ISREG(about.st_mode):
            continue
        sizes.append(about.st_size)
        if not _intact(path):
            damaged.append(path.name)
    return sizes, damaged


def _intact(path: Path) -> bool:
    """Whether the first line of an entry names the entry and the digest of the rest (``caio.base.store``)."""
    try:
        head, _, body = path.read_bytes().partition(b"\n")
        said = json.loads(head)
        return (said["name"], said["digest"]) == (path.name, digest_bytes(body))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _can_be_made(folder: Path) -> bool:
    above = next((path for path in folder.absolute().parents if path.exists()), None)
    return above is not None and above.is_dir() and os.access(above, os.W_OK | os.X_OK)


def _writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
