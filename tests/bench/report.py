"""Renews the tables and drawings of a page from what was measured: ``python -m tests.bench.report``.

A page has blocks between ``<!-- bench: NAME -->`` and ``<!-- end -->``; the block of a section's name is replaced by the
section's tables, ``bars`` by the table of all bars. Text outside of blocks is for people.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.bench.plotting import draw
from tests.bench.table import Section, bars, load, markdown
from tests.bench.world import ROOT

_BLOCK = re.compile(r"(<!-- bench: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

_DRAWINGS = (
    "![How time grows with the landscape](performance/time.svg)",
    "![How memory grows with the landscape](performance/memory.svg)",
)


def main(arguments: Sequence[str]) -> int:
    """Rewrite the page and its drawings."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.report", description=__doc__)
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "bench.json")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "performance.md")
    options = parser.parse_args(arguments)
    machines, sections = load(options.json)
    page = options.page.read_text("utf-8")
    options.page.write_text(renewed(page, machines, sections), "utf-8")
    for section in sections:
        if section.curves:
            draw(section.curves, options.page.parent / "performance")
    return 0


def renewed(page: str, machines: dict[str, dict[str, str]], sections: Sequence[Section]) -> str:
    """The page with the blocks of these sections replaced; blocks of others stay as they are."""
    blocks = {
        section.name: "\n\n".join(
            [
                _machine(machines[section.name]),
                *(markdown(one) for one in section.figures),
                *(_DRAWINGS if section.curves else ()),
            ]
        )
        for section in sections
    }
    blocks["bars"] = markdown(bars(bar for section in sections for bar in section.bars))

    def replaced(match: re.Match[str]) -> str:
        start, name, end = match.groups()
        return f"{start}\n{blocks[name]}\n\n{end}" if name in blocks else match[0]

    return _BLOCK.sub(replaced, page)


def _machine(machine: dict[str, str]) -> str:
    return "Measured on: " + ", ".join(f"{name} {value}" for name, value in machine.items()) + "."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
