"""``caio audit checkpoint``: the log as it is now, signed."""

from __future__ import annotations

import click

from caio.cli import streams
from caio.cli.audit_places import key_option, log_argument, opened_log, rejecting
from caio.cli.exits import Exit
from caio.cli.files import check_output, write


@click.command(
    "checkpoint",
    help=(
        "Sign LOG as it is now, and print the note.\n\n"
        "A log that does not continue what it has signed before signs nothing, and the command ends with 5. Keep the"
        " notes elsewhere: a log that was put back to an earlier state is found out by them."
    ),
)
@log_argument
@key_option
@click.option("-o", "--output", metavar="FILE", help="Write the note to a file as well.")
@rejecting
def command(*, log: str, key: str, output: str | None) -> Exit:
    """Sign, write, print."""
    if output is not None:
        check_output(output)
    with opened_log(log, key) as opened:
        note = opened.checkpoint().data
    if output is not None:
        write(output, note)
    streams.out_bytes(note)
    return Exit.HOLDS
