"""The page of the audit log names every fault, so that a program's reader finds what it means."""

from __future__ import annotations

import re
from pathlib import Path

from caio.audit.faults import Fault

PAGE = Path(__file__).resolve().parents[2] / "docs" / "audit-log.md"


def test_the_page_lists_all_faults_and_no_others() -> None:
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    named = {
        name for row in rows for name in re.findall(r"`([a-z]+(?:-[a-z]+)*)`", row.split(" | ")[0])
    }
    assert named == {fault.value for fault in Fault}
