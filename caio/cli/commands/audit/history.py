"""``caio audit history``: whether a record of executions hangs together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from caio.base.errors import InputError
from caio.cli import streams
from caio.cli.exits import Exit
from caio.cli.progress import Waiting
from caio.cli.text import count, safe

if TYPE_CHECKING:
    from caio.landscape.records import Record

FORMAT: Final = "caio-audit/v1"


@click.command(
    "history",
    help=(
        "Replay a history: derive every count, judgement and breach in FILE anew from its observations.\n\n"
        "Exit 0 says that the history is what follows from its observations, whatever was broken; 5 that it does not follow:"
        " it is damaged or was tampered with."
    ),
)
@click.argument("file", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(*, file: str, as_json: bool) -> Exit:
    """Open, replay, report (INV-CAIO-0005)."""
    from caio.landscape.history import History, InconsistentError  # noqa: PLC0415

    # A history that is not there would be made.
    if not Path(file).is_file():
        raise InputError(f"there is no history `{file}`: name the file that executions record into")
    rejection: str | None = None
    observations: int | None = None
    records: tuple[Record, ...] = ()
    with Waiting("replaying the history"), History(file) as kept:
        try:
            observations = kept.audit()
            records = kept.records()
        except InconsistentError as error:
            rejection = str(error)
    outcome = Exit.HOLDS if rejection is None else Exit.REJECTED
    body: dict[str, Any] = {
        "format": FORMAT,
        "verdict": "consistent" if rejection is None else "rejected",
        "exit": int(outcome),
        "file": file,
        "observations": observations,
        "services": [record.json() for record in records],
        "breaches": [breach.json() for record in records for breach in record.breaches],
        "rejection": rejection,
    }
    if as_json:
        streams.out_json(body)
    elif rejection is not None:
        streams.out(f"rejected: {safe(rejection)}")
    else:
        _print(file, body, records)
    return outcome


def _print(file: str, body: Mapping[str, Any], records: Sequence[Record]) -> None:
    table = [("service", "version", "calls", "violations", "broken guarantees")]
    for record in records:
        broken = f"{len(record.breaches)} of {len(record.guarantees)}"
        numbers = (f"{record.calls:,}", f"{record.violations:,}")
        table.append((safe(record.service), record.version, *numbers, broken))
    widths = [max(len(row[column]) for row in table) for column in range(5)]
    for row in table:
        words = [f"{row[0]:<{widths[0]}}", f"{row[1]:<{widths[1]}}"]
        words += [f"{row[column]:>{widths[column]}}" for column in (2, 3, 4)]
        streams.out("  ".join(words).rstrip())
    for record in records:
        for breach in record.breaches:
            streams.out(f"broken: {safe(str(breach))}; evidence {breach.chain}")
    streams.out(
        f"\nconsistent: {safe(Path(file).name)}, {count(body['observations'], 'observation')} replayed"
    )
