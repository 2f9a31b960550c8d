"""Cold runs: the stages of ``caio route`` one by one, each run in a fresh process with an empty cache.

Times are of this machine while it did whatever else it did. Medians are printed with their noise (the largest over the
smallest); ratios are of seconds of computing within one run.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.table import spread
from tests.bench.world import EXAMPLE, ROOT, import_registry

QUESTIONS = (
    ("support_answer", "balanced"),
    ("eu_triage", "cheapest"),
    ("nightly_report", "balanced"),
    ("impossible", "cheapest"),
    ("patient_note", "cheapest"),
)
"""Requests of the example, with the profile they are routed by; `impossible` refutes every candidate."""

MEGABYTES = 400.0
SHARE = 0.2


def cold_table(rounds: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        registry = Path(folder) / "registry.json"
        _row("import of the registry", *_times(lambda: import_registry(registry), rounds))
        runs = {name: _runs(registry, name, profile, rounds) for name, profile in QUESTIONS}
        for name, (cold, second) in runs.items():
            _report(name, cold, second)
        _end_to_end(registry, Path(folder), rounds)


def _runs(registry: Path, request: str, profile: str, rounds: int) -> tuple[list[Any], list[Any]]:
    """Cold runs with an empty cache each, and second runs on the same documents."""
    cold, second = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as cache:
            order = {
                "paths": [str(registry), str(EXAMPLE)],
                "cache": cache,
                "request": request,
                "at": "2026-11-22",
                "facts": "support_desk",
                "profile": profile,
            }
            cold.append(_cold(order))
            second.append(_cold(order))
    return cold, second


def _cold(order: dict[str, Any]) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.cold"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def _report(name: str, cold: list[Any], second: list[Any]) -> None:
    first = cold[0]
    steps = first["steps"] or [0]
    print(f"\n{name}: {first['verdict']}, {first['services']:,} services")
    _fact("examined", f"{first['examined']:,} candidates, {first['obligations']:,} obligations")
    _fact(
        "evidence",
        f"{first['proofs']:,} proofs ({median(steps):.0f} steps at the median, {max(steps)} at most), "
        f"{first['witnesses']:,} witnesses, {first['evidence'] / 1024:,.0f} KiB "
        f"of a certificate of {first['certificate'] / 1024:,.0f} KiB",
    )
    print(
        f"  {'seconds':<42} {'computing':>12}     (max/min)       {'clock':>10}       {'peak MB so far'}"
    )
    for stage in first["worked"]:
        worked, noise = spread([run["worked"][stage] for run in cold])
        peak = max(run["peaks"][stage] for run in cold)
        elapsed = median([run["elapsed"][stage] for run in cold])
        print(
            f"  {stage:<42} {worked:>12.3f}     ({noise:.2f})       {elapsed:>13.3f}       {peak:>14.0f}"
        )
    _row("prove, per obligation", *spread([_per(run, "prove") for run in cold]), digits=6)
    _row("check, per obligation", *spread([_per(run, "check evidence") for run in cold]), digits=6)
    _ratio("check evidence / prove", [_share(run, ["prove"]) for run in cold], SHARE)
    produced = ["import", "compile", "snapshot", "score", "prove", "write"]
    _ratio("check evidence / all of production", [_share(run, produced) for run in cold], SHARE)
    _ratio(
        "all that the checker does / all of production",
        [
            _share(run, produced, ["load documents", "check evidence", "recompute scores"])
            for run in cold
        ],
    )
    for who in ("parent", "worker"):
        peak = max(run[f"{who}_peak"] for run in cold)
        _fact(
            f"peak memory, {who}",
            f"{peak:.0f} MB (bar < {MEGABYTES:.0f}) {_mark(peak < MEGABYTES)}",
        )
    pairs = zip(cold, second, strict=True)
    ratios = [again["worked"]["compile"] / run["worked"]["compile"] for run, again in pairs]
    _ratio("second run: compile / cold compile", ratios)
    parsed = sum(run["parsed"] or not run["cached"] for run in second)
    _fact("second run: runs that parsed", f"{parsed} of {len(second)} (bar 0) {_mark(not parsed)}")


def _per(run: Any, stage: str) -> float:
    """Seconds of computing per obligation."""
    return float(run["worked"][stage] / run["obligations"])


def _share(run: Any, produced: list[str], checked: Sequence[str] = ("check evidence",)) -> float:
    """What the checker computes over what production does, in one run."""
    worked = run["worked"]
    return float(sum(worked[stage] for stage in checked) / sum(worked[stage] for stage in produced))


def _end_to_end(registry: Path, folder: Path, rounds: int) -> None:
    """The command itself, as a person starts it."""
    name, profile = QUESTIONS[0]
    command = [
        sys.executable,
        "-m",
        "caio",
        "route",
        str(registry),
        str(EXAMPLE),
        "--request",
        name,
        "--at",
        "2026-11-22",
        "--facts",
        "support_desk",
        "--profile",
        profile,
        "--bundle",
        str(folder / "decision.json"),
    ]
    print(f"\ncaio route --request {name} --bundle, as a command")

    def run(cache: str) -> None:
        environment = {**os.environ, "CAIO_CACHE_DIR": cache, "COLUMNS": "100"}
        done = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(done.stderr)

    cold: list[float] = []
    warm: list[float] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as cache:
            cold += _times(lambda cache=cache: run(cache), 1)[:1]
            warm += _times(lambda cache=cache: run(cache), 1)[:1]
    _row("cold", *spread(cold))
    _row("second, unchanged documents", *spread(warm))
    _ratio("second / cold", [b / a for a, b in zip(cold, warm, strict=True)])
    verify = [sys.executable, "-m", "caio", "verify", str(folder / "decision.json")]
    _row("caio verify of the bundle", *_times(lambda: _run(verify), rounds))


def _run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)


def _times(work: Any, rounds: int) -> tuple[float, float]:
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return spread(times)


def _row(what: str, seconds: float, spread: float, digits: int = 3) -> None:
    print(f"  {what:<42} {seconds:>12.{digits}f} s   (max/min {spread:.2f})")


def _ratio(what: str, ratios: Sequence[float], bar: float | None = None) -> None:
    value, worst = median(ratios), max(ratios)
    verdict = "" if bar is None else f"   bar <= {bar} {_mark(value <= bar)}"
    print(f"  {what:<42} {value:>12.3f}     (worst {worst:.3f}){verdict}")


def _fact(what: str, text: str) -> None:
    print(f"  {what:<42} {text}")


def _mark(met: bool) -> str:
    return "met" if met else "NOT MET"
