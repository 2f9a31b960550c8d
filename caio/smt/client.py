"""The owner's side of the solver process: start it, ask it, restart it when it dies.

A worker that crashes, hangs or talks garbage is killed and replaced, and the query it failed on is
asked once more. A query that fails twice is reported as an error: nothing was decided, which is not
the same as *unknown*.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Final

from caio.base.closing import Closing
from caio.base.errors import SolverError
from caio.smt.protocol import (
    Answer,
    ProtocolError,
    Query,
    decode_answer,
    encode_query,
    read_frame,
    write_frame,
)

WATCHDOG_SECONDS: Final = 600.0
"""How long one query may take before its process counts as hung. A protection, not a budget."""

_ATTEMPTS: Final = 2

# The search path travels as an argument because `-I` shields the process from the environment.
_BOOT: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from caio.smt.worker import main; main()"
)

# A context of Z3 is a few megabytes that live for a few milliseconds. Giving them back to the
# system after each query would cost more than solving it.
_ENVIRONMENT: Final = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_TRIM_THRESHOLD_": "268435456",
    "MALLOC_MMAP_THRESHOLD_": "268435456",
    "MALLOC_TOP_PAD_": "16777216",
}


class _Process:
    """One solver process and its private directory."""

    __slots__ = ("__weakref__", "_finalizer", "_popen", "_stdout", "_watchdog", "stdin")

    def __init__(self, watchdog: float) -> None:
        self._watchdog = watchdog
        shared = Path("/dev/shm")  # noqa: S108 - only the parent of a directory made safely
        parent = shared if os.access(shared, os.W_OK) else None
        directory = tempfile.mkdtemp(prefix="caio-smt-", dir=parent)
        command = [sys.executable, "-I", "-c", _BOOT, json.dumps(sys.path), directory]
        self._popen = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Unbuffered: `select` sees what the pipe holds and nothing waits unseen beside it.
            bufsize=0,
            env={**os.environ, **_ENVIRONMENT},
            # A Ctrl-C at the terminal is the owner's to handle.
            start_new_session=True,
        )
        if self._popen.stdin is None or self._popen.stdout is None:
            raise SolverError("the solver process has no pipes")
        self.stdin = self._popen.stdin
        self._stdout = self._popen.stdout
        self._finalizer = weakref.finalize(self, _end, self._popen, directory, os.getpid())

    @property
    def pid(self) -> int:
        return self._popen.pid

    def read(self, count: int) -> bytes:
        """Up to `count` bytes of output, none at its end.

        Raises:
            ProtocolError: nothing came until the watchdog barked.
        """
        if not select.select([self._stdout], [], [], self._watchdog)[0]:
            raise ProtocolError(f"no answer for {self._watchdog} seconds")
        return self._stdout.read(count)

    def end(self) -> None:
        """Kill the process and remove its directory."""
        self._finalizer()

    def forget(self) -> None:
        """Close the pipes inherited by a fork; the process belongs to the parent."""
        self._finalizer.detach()
        for stream in (self.stdin, self._stdout):
            with contextlib.suppress(OSError):
                stream.close()
        # Popen would warn about a child that is not ours to wait for.
        self._popen.returncode = 0


def _end(popen: subprocess.Popen[bytes], directory: str, owner: int) -> None:
    if os.getpid() != owner:
        return
    popen.kill()
    for stream in (popen.stdin, popen.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    popen.wait()
    shutil.rmtree(directory, ignore_errors=True)


class Worker(Closing):
    """A solver process that starts at the first query.

    Threads may share a worker: one batch is answered at a time. A fork gets a worker of its own.
    """

    def __init__(self, *, watchdog: float = WATCHDOG_SECONDS) -> None:
        self._watchdog = watchdog
        self._process: _Process | None = None
        self._lock = threading.Lock()
        _WORKERS.add(self)

    @property
    def pid(self) -> int | None:
        """The process id, if a process is running."""
        return None if self._process is None else self._process.pid

    def run(self, queries: Sequence[Query]) -> Generator[Answer, None, None]:
        """The answers, in order, each as soon as it is there.

        The worker is locked while the generator lives; closing it early ends the process, because
        the answers that are still to come would be taken for those of the next batch.

        Raises:
            SolverError: a query killed, hung or confused the process twice.
        """
        with self._lock:
            done = 0
            failures = 0
            while done < len(queries):
                try:
                    for answer in self._batch(queries[done:]):
                        done += 1
                        failures = 0
                        yield answer
                except (ProtocolError, OSError) as error:
                    self._stop()
                    failures += 1
                    if failures == _ATTEMPTS:
                        raise SolverError(f"the solver process failed twice: {error}") from error
                except BaseException:
                    self._stop()
                    raise

    def _batch(self, queries: Sequence[Query]) -> Generator[Answer, None, None]:
        process = self._process
        if process is None:
            process = self._process = _Process(self._watchdog)
        write_frame(process.stdin, [encode_query(query) for query in queries])
        for _ in queries:
            frame = read_frame(process)
            if frame is None:
                raise ProtocolError("the process ended")
            yield decode_answer(frame)

    def _stop(self) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None

    def close(self) -> None:
        """End the process; a later query starts another."""
        with self._lock:
            self._stop()

    def _after_fork(self) -> None:
        self._lock = threading.Lock()
        if self._process is not None:
            self._process.forget()
            self._process = None


_WORKERS: Final[weakref.WeakSet[Worker]] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for worker in list(_WORKERS):
        worker._after_fork()  # noqa: SLF001 - the fork concerns every instance of this module


os.register_at_fork(after_in_child=_after_fork_in_child)
