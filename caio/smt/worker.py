"""The solver process: reads queries, asks Z3, writes answers. Started by `caio.smt.client` alone.

Z3's parameters are global to a process and its proof log is a file, so everything Z3 lives here and
never in a host application. Each query gets a context of its own: an answer depends on the query and
on Z3's version, never on what was asked before. The process ends when its input does, even in the
middle of a query, so that it cannot outlive its owner.
"""

from __future__ import annotations

import os
import queue
import resource
import shutil
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO, Final

from caio.smt.protocol import (
    Answer,
    Core,
    ProtocolError,
    Query,
    Status,
    decode_query,
    encode_answer,
    read_frame,
    write_frame,
)

_LOG_NAME: Final = "proof.smt2"

_MEMORY_MEGABYTES: Final = 4_096
"""Where Z3 stops with an error instead of taking the machine down. A protection, not a budget."""


def serve(source: BinaryIO, sink: BinaryIO, directory: Path) -> None:
    """Answer batches of queries from `source` on `sink` until `source` ends.

    A batch is one frame holding a list of queries; each answer is a frame of its own, in order.
    """
    import z3  # noqa: PLC0415 - only the worker process may load it, and only when it serves

    z3.set_param("memory_max_size", _MEMORY_MEGABYTES)
    z3.set_param("sat.euf", True)
    z3.set_param("tactic.default_tactic", "smt")
    batches: queue.SimpleQueue[list[object]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(source, batches, directory), daemon=True).start()
    while True:
        for item in batches.get():
            try:
                reply = encode_answer(_solve(z3, decode_query(item), directory / _LOG_NAME))
            except (z3.Z3Exception, ProtocolError) as error:
                reply = {"error": str(error)[:500]}
            write_frame(sink, reply)


def _listen(source: BinaryIO, batches: queue.SimpleQueue[list[object]], directory: Path) -> None:
    """Pass batches on; leave at once when the owner closes the pipe, dies or talks garbage."""
    try:
        while isinstance(frame := read_frame(source), list):
            batches.put(frame)
    except (ProtocolError, OSError):
        pass
    shutil.rmtree(directory, ignore_errors=True)
    os._exit(0)


def _solve(z3: Any, query: Query, log: Path) -> Answer:
    """Ask Z3 one query in a fresh context."""
    logging = query.core is Core.LOGGING
    # The parameter is read when the solver is made; the file is complete once `check` returns.
    z3.set_param("solver.proof.log", str(log) if logging else "")
    context = z3.Context()
    # A plain check, without scopes, assumptions or callbacks: with any of them the log of
    # Z3 5.4.1 lacks steps, among them the last one.
    solver = z3.Solver(ctx=context) if logging else z3.SimpleSolver(ctx=context)
    solver.set("rlimit", query.rlimit)
    solver.from_string(query.script)
    outcome = solver.check()
    z3.set_param("solver.proof.log", "")
    if outcome == z3.sat:
        return Answer(Status.SAT, "", solver.model().sexpr(), "")
    if outcome == z3.unsat:
        text = log.read_text("utf-8") if logging else ""
        return Answer(Status.UNSAT, "", "", text)
    return Answer(Status.UNKNOWN, solver.reason_unknown(), "", "")


def main() -> None:
    """Serve on standard input and output, with the private directory as the last argument."""
    # The memory of a crashed solver would be dumped where others can read it.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Z3 may print; whatever it prints must not end up between two frames.
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, sink, Path(sys.argv[-1]))
