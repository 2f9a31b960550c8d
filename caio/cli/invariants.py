"""Which of the six invariants a check has just established of a decision or trace, and which it could not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from caio.base.canonical import digest
from caio.cli.text import listing

NAMES: Final = {
    1: "determinism",
    2: "correctness",
    3: "traceability",
    4: "security",
    5: "guarantee preservation",
    6: "performance bounds",
}
"""INV-CAIO-0001 to 0006."""

HOLDS: Final = "holds"
BROKEN: Final = "broken"
NOT_CHECKED: Final = "not_checked"
SILENT: Final = "nothing_selected"
_WORDS: Final = {
    HOLDS: "ok",
    BROKEN: "refuted",
    NOT_CHECKED: "not checked",
    SILENT: "none",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found out about an invariant.

    Attributes:
        number: 1 for INV-CAIO-0001.
        status: ``holds``, ``broken``, ``not_checked``, or ``nothing_selected`` where it speaks of a selected service alone.
        text: what was checked, or what would be needed.
    """

    number: int
    status: str
    text: str

    def json(self) -> dict[str, str]:
        """The finding as ``caio verify --json`` prints it."""
        return {
            "id": f"INV-CAIO-{self.number:04}",
            "name": NAMES[self.number],
            "status": self.status,
            "text": self.text,
        }


def findings(
    answer: Mapping[str, Any], bounds: Sequence[str], *, again: bool | None
) -> tuple[Finding, ...]:
    """What an accepted answer about a decision or trace says about each invariant.

    Args:
        answer: the checker's, with what was found out besides.
        bounds: which of deadline and budget the request states.
        again: whether deciding anew gave the same bytes; None where that was not asked for.
    """
    trace = answer["kind"] == "trace"
    anew = {
        None: (NOT_CHECKED, "`--again` decides anew, and needs the solver"),
        True: (HOLDS, "decided anew from the recorded inputs: the same bytes"),
        False: (BROKEN, "decided anew from the recorded inputs: other bytes"),
    }
    traced = "the trace has its hash, and its proofs verify" if trace else "its proofs verify"
    found = [Finding(1, *anew[again]), Finding(3, HOLDS, traced)]
    if answer["verdict"] != "routed":
        nothing = (SILENT, "nothing was selected")
        found += [Finding(number, *nothing) for number in (2, 4, 5, 6)]
    else:
        stated = listing(list(bounds)) if bounds else "no bound is stated"
        executed = (
            (HOLDS, "what was handed out broke nothing that is recorded")
            if answer.get("executed")
            else (NOT_CHECKED, "an execution shows it: its trace, or `caio audit history`")
        )
        found += [
            Finding(2, HOLDS, "every obligation of the selected service is proved"),
            Finding(4, HOLDS, "every security obligation is proved, from the facts as stated"),
            Finding(5, *executed),
            Finding(6, HOLDS, f"proved for every call: {stated}"),
        ]
    return tuple(sorted(found, key=lambda one: one.number))


def lines(found: Iterable[Finding]) -> Iterator[tuple[str, str]]:
    """The findings in a few lines: a word, and which invariants it goes for, with the reason where one is needed."""
    groups: dict[tuple[str, str], list[int]] = {}
    for one in found:
        reason = "of this decision" if one.status == HOLDS else one.text
        groups.setdefault((one.status, reason), []).append(one.number)
    order = (HOLDS, BROKEN, SILENT, NOT_CHECKED)
    for (status, reason), numbers in sorted(groups.items(), key=lambda g: order.index(g[0][0])):
        shown = listing([f"{number:04}" for number in numbers])
        text = f"INV-CAIO-{shown}"
        verb = "hold" if len(numbers) > 1 else "holds"
        yield _WORDS[status], f"{text} {verb} {reason}" if status == HOLDS else f"{text}: {reason}"


def bounds_of(file: str) -> tuple[str, ...]:
    """Which of deadline and budget the request of an accepted decision states."""
    body = json.loads(Path(file).read_bytes())
    wanted = body["inputs"]["request"]
    requests = (one for one in body.get("documents") or () if one.get("kind") == "request")
    own = next((one for one in requests if digest(one) == wanted), None)
    if own is None:
        return ()
    return tuple(name for name in ("deadline", "budget") if own.get(name) is not None)
