"""``caio audit tail``: the last entries of a log, and with ``-f`` each further one as it is taken."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from typing import Any, Final

import click

from caio.audit.faults import AuditError, Fault
from caio.audit.recorded import Recorded
from caio.cli import streams
from caio.cli.audit_entries import entry_json, filter_options, latest, lines, wanted
from caio.cli.audit_places import log_argument, opened_log, rejecting
from caio.cli.exits import Exit

PAUSE: Final = 0.5
"""Seconds between two looks."""


@click.command(
    "tail",
    help="Show the last entries of LOG; with `-f` each further one as it is taken, until ctrl-C.",
)
@log_argument
@filter_options
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    metavar="COUNT",
    help="Begin with so many.",
)
@click.option("-f", "--follow", is_flag=True, help="Wait for more.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object per line.")
@rejecting
def command(*, log: str, limit: int, follow: bool, as_json: bool, **settings: Any) -> Exit:
    """Open, print, wait."""
    which = wanted(settings)
    with opened_log(log) as opened:
        seen = opened.size
        found, _ = latest(opened, which, limit)
        _print([entry for entry in found if entry.index < seen], seen, as_json=as_json)
        while follow:
            time.sleep(PAUSE)
            size = opened.size
            if size < seen:
                raise AuditError(
                    Fault.LOG_ROLLED_BACK,
                    f"the log had {seen} entries and has {size}: it was put back while it was followed",
                )
            fresh = list(filter(which.fits, opened.entries(seen, size)))
            _print(fresh, size, as_json=as_json)
            seen = size
    return Exit.HOLDS


def _print(entries: Sequence[Recorded], size: int, *, as_json: bool) -> None:
    if as_json:
        for entry in entries:
            streams.out(json.dumps(entry_json(entry), ensure_ascii=True))
    else:
        for line in lines(list(entries), size):
            streams.out(line)
    # Whoever follows wants each entry when it is taken, through a pipe as well.
    sys.stdout.flush()
