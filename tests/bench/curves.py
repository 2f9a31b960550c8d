"""How time and memory grow with the landscape: one process per size, and per half of what is measured."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tests.bench.table import Bar, Figures, Section, progress, seconds
from tests.bench.workloads import SHAPES
from tests.bench.world import ROOT

BARE: Final = 20.0
"""How many times the bare ranking the decision of class (a) may take, at the largest size of the issue."""
LARGEST: Final = 100_000


def curves(
    registry: Path, cache: Path, sizes: Sequence[int], *, requests: int, limit: float = 40
) -> Section:
    """Measure all sizes.

    Args:
        registry: the imported registry.
        cache: a folder for compiled documents.
        sizes: of landscapes.
        requests: decisions of each class per size.
        limit: seconds per class and size, after which fewer have to do.
    """
    section = Section("landscapes")
    for size in sizes:
        order = {
            "registry": str(registry),
            "cache": str(cache),
            "size": size,
            "seed": 1,
            "requests": requests,
            "warm": 2 * len(SHAPES["a"]),
            "limit": limit,
            "kinds": ["a", "b"],
        }
        found: dict[str, Any] = {}
        for what in ("load", "decide"):
            progress(f"landscape of {size:,}: {what}")
            found |= _run({**order, "what": what})
        section.curves.append(found)
    section.figures += [_times(section.curves), _memory(section.curves)]
    for found in section.curves:
        if found["size"] == LARGEST and found["decide a"] is not None:
            ratio = found["decide a"] / found["bare"]
            what = f"(a) at {LARGEST:,} services, to the bare ranking"
            detail = f"{found['requests a']} requests"
            section.bars.append(Bar(what, ratio, BARE, False, "x", detail))
    return section


def _run(order: dict[str, Any]) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.curve"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def _times(found: Sequence[dict[str, Any]]) -> Figures:
    rows = [
        [
            f"{one['size']:,}",
            *(_time(one[key]) for key in ("compile", "encode", "load", "first a")),
            *(_time(one[key]) for key in ("decide a", "decide b")),
            "" if one["refuted b"] is None else f"{one['refuted b']:,.0f}",
            *(_time(one[key]) for key in ("scores", "bare")),
            "" if one["decide a"] is None else f"{one['decide a'] / one['bare']:.3g}",
        ]
        for one in found
    ]
    columns = (
        "services",
        "compile",
        "write documents",
        "load in checker",
        "first (a)",
        "(a)",
        "(b)",
        "(b) refutes",
        "our scores",
        "bare ranking",
        "(a) / bare",
    )
    note = (
        "bare ranking: one float64 product of a scipy CSR matrix, a row per cost case and per guarantee, with the request's "
        "quantities, then one numpy argsort of a value per service; medians"
    )
    return Figures("landscapes: time", columns, rows, [note])


def _memory(found: Sequence[dict[str, Any]]) -> Figures:
    keys = ("memory generated", "memory compiled", "memory")
    rows = [
        [
            f"{one['size']:,}",
            *(f"{one[key]:,.0f} MB" for key in keys),
            f"{one['memory loading']:,.0f} MB",
            f"{one['document_bytes'] / 1e6:,.0f} MB",
        ]
        for one in found
    ]
    columns = (
        "services",
        "generated",
        "compiled",
        "after decisions",
        "loading in checker adds",
        "documents as bytes",
    )
    note = "peaks of resident memory; what loading adds to memory in use is measured in a process of its own"
    return Figures("landscapes: memory", columns, rows, [note])


def _time(value: float | None) -> str:
    return "none" if value is None else seconds(value)
