"""How much evidence a refuted candidate takes: bytes of the checked certificates of classes (b) and (c)."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from typing import Final

from tests.bench.classes import Measured
from tests.bench.table import Bar, Figures, Section

BYTES: Final = 250.0


def sizes(classes: Iterable[Measured]) -> Section:
    """The average over all refuted candidates of a class, winners' evidence counted in."""
    section = Section("evidence")
    rows = []
    for measured in classes:
        if measured.kind not in "bc" or not measured.samples:
            continue
        evidence = sum(sample.evidence for sample in measured.samples)
        refuted = sum(len(sample.refuted) for sample in measured.samples)
        failures = sum(sample.failures for sample in measured.samples)
        each = [sample.evidence / len(sample.refuted) for sample in measured.samples]
        average = evidence / refuted
        rows.append(
            [
                f"({measured.kind})",
                f"{refuted:,}",
                f"{evidence / 1024:,.0f} KiB",
                f"{average:.0f} bytes",
                f"{median(each):.0f} bytes",
                f"{max(each):.0f} bytes",
                f"{(evidence + failures) / refuted:.0f} bytes",
            ]
        )
        what = f"({measured.kind}) evidence per refuted candidate"
        detail = f"{len(measured.samples)} requests"
        section.bars.append(Bar(what, average, BYTES, False, "bytes", detail))
    note = (
        "counted, as canonical JSON: proofs and witnesses (the winner's included), and each examined candidate's "
        "references to them; the last column counts the lists of what failed, by name, as well; names, scores and "
        "digests are in neither"
    )
    columns = (
        *("class", "refuted", "evidence", "average", "median request", "largest request"),
        "average with what failed",
    )
    section.figures.append(Figures("evidence per refuted candidate", columns, rows, [note]))
    return section
