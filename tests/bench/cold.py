"""One run of routing in a process of its own, taken apart: ``python -m tests.bench.cold``.

Reads what to do as JSON from standard input and writes what it measured as JSON to standard output. The stages are those
of ``caio route``. A fresh process, so that nothing is warm and the peak of its memory is its own.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

_Result = TypeVar("_Result")


class Stages:
    """Seconds per stage, of the clock and of computing (the solver's process included), and the peak of memory so far."""

    def __init__(self) -> None:
        self.elapsed: dict[str, float] = {}
        self.worked: dict[str, float] = {}
        self.peaks: dict[str, float] = {}

    def run(self, name: str, work: Callable[[], _Result]) -> _Result:
        """Do something under a name."""
        clock, own = time.perf_counter(), time.process_time()
        result = work()
        self.elapsed[name] = time.perf_counter() - clock
        self.worked[name] = time.process_time() - own
        self.peaks[name] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return result


def peak_of(process: int | None) -> float:
    """The peak resident memory of a living process in megabytes, 0 where the system does not say."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def processor_of(process: int | None) -> float:
    """The seconds that a living process has computed, 0 where the system does not say."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(order: dict[str, Any]) -> dict[str, Any]:
    """Route once and say what it took."""
    stages = Stages()
    began = time.perf_counter()
    stages.run("import", _import)
    from caio import checker
    from caio.base.instants import parse_instant
    from caio.certify.prover import Prover
    from caio.obligations.meaning import Meaning
    from caio.routing.bulk import Scorer
    from caio.routing.files import decision_files
    from caio.routing.question import pose
    from caio.routing.route import route
    from caio.sema.project import load_project

    paths = [Path(path) for path in order["paths"]]
    folder = Path(order["cache"])
    project = stages.run("compile", lambda: load_project(paths, cache=folder))
    question, snapshot = stages.run(
        "snapshot",
        lambda: pose(
            project,
            request=order["request"],
            at=parse_instant(order["at"]),
            facts=order["facts"],
            profile=order["profile"],
        ),
    )
    scorer = stages.run("score", lambda: Scorer(snapshot, Meaning(question.vocabulary)))
    with Prover() as prover:
        decision = stages.run("prove", lambda: route(question, snapshot, prover, scorer=scorer))
        worker_peak = peak_of(prover._worker.pid)
        stages.worked["prove"] += processor_of(prover._worker.pid)
    files = stages.run("write", lambda: decision_files(decision))
    parts = stages.run("cut into parts", lambda: files.parts)
    documents = stages.run("load documents", lambda: checker.load(*parts))
    ordering = _Ordering()
    verdict = stages.run("check evidence", lambda: checker.check(documents, files.certificate))
    # Recomputing the scores of all candidates is not evidence of anybody's admission: it is told apart.
    stages.worked["check evidence"] -= ordering.seconds
    stages.worked["recompute scores"] = ordering.seconds
    stages.elapsed["recompute scores"] = ordering.seconds
    stages.peaks["recompute scores"] = stages.peaks["check evidence"]
    body = json.loads(files.certificate)
    return {
        "elapsed": {**stages.elapsed, "all": time.perf_counter() - began},
        "worked": {**stages.worked, "all": sum(stages.worked.values())},
        "peaks": {**stages.peaks, "all": max(stages.peaks.values())},
        "parent_peak": max(stages.peaks.values()),
        "worker_peak": worker_peak,
        "cached": project.cached,
        "parsed": "lark" in sys.modules,
        "services": len(snapshot.contracts),
        "examined": len(decision.examined),
        "obligations": sum(len(c.obligations) for c in decision.examined),
        "proofs": len(body["evidence"]["proofs"]),
        "witnesses": len(body["evidence"]["witnesses"]),
        "steps": [len(proof["steps"]) for proof in body["evidence"]["proofs"]],
        "certificate": len(files.certificate),
        "evidence": len(json.dumps(body["evidence"], separators=(",", ":"))),
        "documents": sum(map(len, parts)),
        "verdict": verdict.verdict,
        "work": verdict.cost,
    }


class _Ordering:
    """Counts the seconds that the checker computes scores in."""

    def __init__(self) -> None:
        from caio.checker import score

        self.seconds = 0.0
        scored = score.Scores.of

        def of(scores: score.Scores, entry: Any, control: str) -> int:
            began = time.process_time()
            result = scored(scores, entry, control)
            self.seconds += time.process_time() - began
            return result

        score.Scores.of = of  # type: ignore[method-assign, assignment]


def _import() -> None:
    import caio.certify.acceptance
    import caio.routing.bulk
    import caio.routing.files
    import caio.sema.project  # noqa: F401


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(json.load(sys.stdin))))
