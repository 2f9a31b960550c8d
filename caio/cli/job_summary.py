"""The summary of a job in GitHub Actions: a file that the runner names, to which steps append Markdown.

GitHub drops the whole summary of a step that is larger than it takes, so that what other commands of the step wrote counts.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from caio.analysis.findings.markdown import MOST_OF_A_SUMMARY, render_summary
from caio.analysis.findings.outputs import Output
from caio.analysis.findings.report import Report

VARIABLE: Final = "GITHUB_STEP_SUMMARY"
"""Where the runner says which file it is."""
_LEAST: Final = 4_000
"""The bytes below which a summary would say nothing."""
_FULL: Final = "**More reports of this step are left out:** a job summary has no room for more.\n"


@dataclass(frozen=True, slots=True)
class JobSummary:
    """The file that a runner shows as the summary of a job."""

    path: Path

    @classmethod
    def of(cls, outputs: Sequence[Output]) -> Self | None:
        """The runner's, if annotations are wanted and the summary is not written to a file of its own anyway."""
        formats = {output.format for output in outputs}
        named = os.environ.get(VARIABLE)
        if not named or "github" not in formats or "github-summary" in formats:
            return None
        return cls(Path(named))

    def append(self, report: Report, *, most: int | None = None) -> list[str]:
        """Append a report, as much of it as there is room for; what kept it from being appended."""
        try:
            with self.path.open("a+b") as file:
                size = file.seek(0, os.SEEK_END)
                room = MOST_OF_A_SUMMARY - size - 1
                text = render_summary(report, room=room, most=most) if room >= _LEAST else _FULL
                if len(text.encode()) <= room:
                    file.write(b"\n" * (size > 0) + text.encode())
        except OSError as error:
            reason = error.strerror or type(error).__name__
            return [
                f"cannot write the job summary `{self.path}`: {reason}; mend or unset {VARIABLE}"
            ]
        return []
