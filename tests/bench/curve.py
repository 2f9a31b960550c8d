"""One size of landscape in a process of its own: ``python -m tests.bench.curve``.

Reads what to do as JSON from standard input and writes what it measured as JSON to standard output. A fresh process, so that
nothing is warm and the peak of its memory is its own; loading the documents in the checker is measured in yet another one.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import numpy as np
from scipy.sparse import csr_array

from caio import checker
from caio.obligations.candidate import Question
from caio.obligations.meaning import Meaning
from caio.routing.box import box_of
from caio.routing.bulk import Scorer
from caio.routing.engine import Engine
from caio.routing.files import document_set
from tests.bench.landscapes import grown
from tests.bench.workloads import is_of, requests
from tests.bench.world import World, chat_world

_Result = TypeVar("_Result")
_PART = 256
_REPETITIONS = 31


def measure(order: dict[str, Any]) -> dict[str, Any]:
    """Measure one size; ``what`` says which half."""
    world = chat_world(Path(order["registry"]), Path(order["cache"]))
    generated, world = _clock(lambda: grown(world, order["size"], seed=order["seed"]))
    half = _load if order["what"] == "load" else _decide
    return {"size": order["size"], "generate": generated, **half(world, order)}


def _load(world: World, _: dict[str, Any]) -> dict[str, Any]:
    """Writing the landscape's documents, and reading them in the checker."""
    written, parts = _clock(lambda: _parts(world))
    before = _resident()
    read, documents = _clock(lambda: checker.load(*parts))
    after = _resident()
    del documents
    return {
        "encode": written,
        "load": read,
        "document_bytes": sum(map(len, parts)),
        "memory loading": after - before,
    }


def _parts(world: World) -> list[bytes]:
    every = world.snapshot.documents()
    return [document_set(every[i : i + _PART]) for i in range(0, len(every), _PART)]


def _decide(world: World, order: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"memory generated": _peak()}
    seconds, engine = _clock(lambda: Engine(world.snapshot))
    found |= {"compile": seconds, "memory compiled": _peak()}
    with engine:
        for kind in order["kinds"]:
            found |= _class(world, engine, kind, order)
    found["memory"] = _peak()
    (posed,) = islice(requests(world.vocabulary, order["kinds"][0], seed=order["seed"]), 1)
    question = world.question(posed.request, posed.profile)
    found["bare"] = _bare(world, question)
    scorer = Scorer(world.snapshot, Meaning(world.vocabulary))
    scorer.scores(question)
    found["scores"] = median(_clock(lambda: scorer.scores(question))[0] for _ in range(5))
    return found


def _class(world: World, engine: Engine, kind: str, order: dict[str, Any]) -> dict[str, Any]:
    """The first decision, and the median of those that are of the class, after one of each shape."""
    times: list[float] = []
    refuted: list[int] = []
    first = 0.0
    began = time.perf_counter()
    for number, posed in enumerate(requests(world.vocabulary, kind, seed=order["seed"])):
        question = world.question(posed.request, posed.profile)
        started = time.perf_counter()
        elapsed, checked = _clock(lambda question=question: engine.decide(question))  # type: ignore[misc]
        first = first or time.perf_counter() - started
        if number >= order["warm"] and is_of(kind, checked.decision):
            times.append(elapsed)
            refuted.append(len(checked.decision.examined) - (checked.decision.winner is not None))
        late = time.perf_counter() - began > order["limit"]
        if len(times) == order["requests"] or number > 4 * order["requests"] or (late and times):
            break
    return {
        f"first {kind}": first,
        f"decide {kind}": median(times) if times else None,
        f"requests {kind}": len(times),
        f"refuted {kind}": median(refuted) if refuted else None,
    }


def _bare(world: World, question: Question) -> float:
    """The bare ranking: one sparse product of all coefficients that scoring needs with one vector, and one argsort.

    A row per cost case and per guarantee on a metric, a column per quantity, ``float64``; the vector holds the upper ends of
    the request's box. The values of the first row of each service are sorted, whatever they mean.
    """
    meaning = Meaning(world.vocabulary)
    box = box_of(question, meaning)
    columns = {name: i for i, name in enumerate(sorted(box.intervals))}
    rows: list[int] = []
    cells: list[int] = []
    values: list[float] = []
    first: list[int] = []
    row = 0
    for contract in world.snapshot.contracts:
        first.append(row)
        bounds = [case.amount for case in contract.service.cost]
        for bound in [*bounds, *(promise.bound for promise in contract.guarantees)]:
            for name, value in meaning.affine(bound)[0].items():
                rows.append(row)
                cells.append(columns[name])
                values.append(float(value))
            row += 1
        row += not bounds
    matrix = csr_array((values, (rows, cells)), shape=(row + 1, len(columns)))
    ends = np.array([float(box.intervals[name][1] or 0) for name in columns])
    places = np.array(first)
    return median(
        _clock(lambda: np.argsort((matrix @ ends)[places]))[0] for _ in range(_REPETITIONS)
    )


def _clock(work: Callable[[], _Result]) -> tuple[float, _Result]:
    """Seconds of computing in this process; only a first decision needs another one, and is timed by the clock."""
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def _peak() -> float:
    """The peak of memory so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _resident() -> float:
    """The memory in use now, in megabytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(json.load(sys.stdin))))
