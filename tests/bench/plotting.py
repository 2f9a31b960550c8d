"""The curves of landscapes as drawings: the same measurements give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

TIMES: Final = {
    "compile": "compile",
    "load": "load in the checker",
    "decide a": "decision, class (a)",
    "decide b": "decision, class (b)",
    "bare": "bare numpy ranking",
}
MEMORY: Final = {
    "memory generated": "contracts in memory",
    "memory compiled": "and compiled",
    "memory": "and after decisions",
}


def draw(curves: Sequence[dict[str, Any]], folder: Path) -> list[Path]:
    """Write the curves of time and memory as SVG; the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _drawn(curves, TIMES, "seconds", folder / "time.svg"),
        _drawn(curves, MEMORY, "megabytes, peak", folder / "memory.svg"),
    ]


def _drawn(
    curves: Sequence[dict[str, Any]], lines: dict[str, str], unit: str, target: Path
) -> Path:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    # Without these two, identifiers are random and the file carries the time it was made at.
    with mpl.rc_context({"svg.hashsalt": "caio", "svg.fonttype": "none"}):
        figure = Figure(figsize=(7, 4.2), layout="constrained")
        axes = figure.subplots()
        axes.set_xscale("log")
        axes.set_yscale("log")
        for key, label in lines.items():
            points = [(one["size"], one[key]) for one in curves if one.get(key) is not None]
            if not points:
                continue
            axes.plot([x for x, _ in points], [y for _, y in points], marker="o", label=label)
        axes.set_xlabel("services")
        axes.set_ylabel(unit)
        axes.grid(visible=True, which="major", alpha=0.3)
        axes.legend(fontsize="small")
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    return target
