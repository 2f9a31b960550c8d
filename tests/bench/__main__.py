"""All figures: ``python -m tests.bench`` (``make bench``).

Sections print their tables as they finish, and all bars come last as one table, met or not. Times are of this machine
while it did whatever else it did: medians are printed with their noise (the largest over the smallest), and a ratio compares
what was measured in one run. What was found is kept as JSON, from which ``python -m tests.bench.report`` renews the
tables of ``docs/performance.md``.
"""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

from tests.bench.table import Section, bars, progress, save, text
from tests.bench.world import World, chat_world, import_registry

SECTIONS: Final = ("classes", "shapes", "scaling", "questions", "fields", "landscapes", "cold")
EVERY_SIZE: Final = (1_000, 10_000, 100_000)


def main(arguments: Sequence[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=SECTIONS, help="a section; repeatable")
    parser.add_argument("--quick", action="store_true", help="few requests, small landscapes")
    parser.add_argument("--requests", type=int, default=200, help="requests per class")
    parser.add_argument("--limit", type=float, default=150, help="seconds for ours per class")
    parser.add_argument("--rounds", type=int, default=3, help="repetitions of what is slow")
    parser.add_argument("--sizes", type=int, nargs="+", help="sizes of landscapes")
    parser.add_argument("--registry", type=Path, help="an imported registry, instead of importing")
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"), help="what to keep")
    options = parser.parse_args(arguments)
    machine = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "Python": platform.python_version(),
        "load before": f"{os.getloadavg()[0]:.2f}",
    }
    print(", ".join(f"{name} {value}" for name, value in machine.items()))
    found: list[Section] = []
    with tempfile.TemporaryDirectory() as folder:
        for section in _sections(options, Path(folder)):
            found.append(section)
            for figures in section.figures:
                print(f"\n{text(figures)}", flush=True)
            save(options.json, machine, [section])
    if every := [bar for section in found for bar in section.bars]:
        print(f"\n{text(bars(every))}")
    print(f"\nload after: {os.getloadavg()[0]:.2f}; kept in {options.json}")
    return 0


def _sections(options: argparse.Namespace, folder: Path) -> Iterator[Section]:
    """The chosen sections, one after another; each is imported when it is its turn."""
    chosen: list[str] = options.only or list(SECTIONS)
    rounds = 1 if options.quick else options.rounds
    subject = _Subject(options.registry, folder)
    if "classes" in chosen:
        from tests.bench.comparison import Plan, compare
        from tests.bench.evidence import sizes

        plan = Plan(count=options.requests, limit=options.limit)
        if options.quick:
            plan = Plan(count=8, warm=1, limit=20, naive=1, services=40, patience=5)
        section, measured = compare(subject.world, plan)
        yield section
        yield sizes(measured)
    if "shapes" in chosen:
        from tests.bench.shapes import cold_shapes

        yield cold_shapes(subject.world, per_class=1 if options.quick else 2)
    if "scaling" in chosen:
        from tests.bench.scaling import scaling

        yield scaling(rounds)
    if "questions" in chosen:
        from tests.bench.questions import questions

        yield questions(folder, rounds, every=not options.quick)
    if "fields" in chosen:
        from tests.bench.fields import fields

        yield fields()
    if "landscapes" in chosen:
        from tests.bench.curves import curves

        every = options.sizes or (EVERY_SIZE[:1] if options.quick else EVERY_SIZE)
        requests = 5 if options.quick else 20
        yield curves(subject.registry, subject.cache, every, requests=requests)
    if "cold" in chosen:
        from tests.bench.cold_table import cold_table

        cold_table(rounds)


class _Subject:
    """The imported registry and its world, made when a section first needs them."""

    def __init__(self, registry: Path | None, folder: Path) -> None:
        self._given = registry
        self._folder = folder
        self.cache = folder / "cache"

    @cached_property
    def registry(self) -> Path:
        """The file of the imported registry."""
        if self._given is not None:
            return self._given
        progress("importing the registry")
        target = self._folder / "registry.json"
        import_registry(target)
        return target

    @cached_property
    def world(self) -> World:
        """The services that can chat, with everything that questions about them share."""
        return chat_world(self.registry, self.cache)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
