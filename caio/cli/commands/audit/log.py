"""``caio audit log``: the entries of a log, filtered, each on a line of its own."""

from __future__ import annotations

from typing import Any, Final

import click

from caio.cli import streams
from caio.cli.audit_entries import (
    entry_json,
    filter_options,
    latest,
    lines,
    time_options,
    wanted,
)
from caio.cli.audit_places import json_option, log_argument, opened_log, rejecting
from caio.cli.exits import Exit

FORMAT: Final = "caio-audit-entries/v1"


@click.command(
    "log",
    help=(
        "List the entries of LOG: the last ones, in the order in which they were taken.\n\n"
        "Each is held against its hash. Times are those at which entries were taken; `2026-11-22` is the first moment of"
        " that day. Exit 0 says that the log was read, whether anything fits or not."
    ),
)
@log_argument
@filter_options
@time_options
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    metavar="COUNT",
    help="At most so many.",
)
@json_option
@rejecting
def command(*, log: str, limit: int, as_json: bool, **settings: Any) -> Exit:
    """Open, select, print."""
    which = wanted(settings)
    with opened_log(log) as opened:
        size = opened.size
        found, more = latest(opened, which, limit)
        origin = opened.origin
    if as_json:
        body: dict[str, object] = {
            "format": FORMAT,
            "verdict": "read",
            "exit": int(Exit.HOLDS),
            "file": log,
            "origin": origin,
            "size": size,
            "more": more,
            "entries": [entry_json(entry) for entry in found],
        }
        streams.out_json(body)
        return Exit.HOLDS
    for line in lines(found, size):
        streams.out(line)
    if not found:
        streams.note(f"none of the {size:,} entries fits")
    elif more:
        streams.note(f"these are the last {len(found):,}: `--limit` shows more")
    return Exit.HOLDS
