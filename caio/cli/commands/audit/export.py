"""``caio audit export``: a range of a log with everything that an auditor needs, in one file."""

from __future__ import annotations

import base64
import shlex
from typing import TYPE_CHECKING, Any, Final

import click

from caio.audit.trail import SEALED
from caio.cli import streams
from caio.cli.audit_places import (
    json_option,
    log_argument,
    opened_log,
    opened_vault,
    rejecting,
    vault_option,
)
from caio.cli.exits import Exit
from caio.cli.failures import MisuseError
from caio.cli.files import check_output, read
from caio.cli.progress import Waiting
from caio.cli.text import count, safe

if TYPE_CHECKING:
    from caio.audit.export import Exported
    from caio.audit.log import Log

FORMAT: Final = "caio-audit-export/v1"


@click.command(
    "export",
    help=(
        "Write what LOG holds of a time, with all that its entries name, as one file that can be checked anywhere.\n\n"
        "Everything is proved against the last checkpoint, or against one that `--key` signs now; entries beyond it are"
        " left out. The checker of the file is in it, and a page to read first. What is withheld, and whatever would tell it, is not in it."
    ),
)
@log_argument
@click.option("--from", "first", metavar="TIME", help="Taken at this time or later.")
@click.option("--to", "last", metavar="TIME", help="Taken at this time or earlier.")
@click.option("-o", "--output", metavar="FILE", required=True, help="The evidence file.")
@click.option(
    "--withhold",
    multiple=True,
    type=click.Choice([*SEALED, "query", "report"]),
    help="Do not disclose these items (repeatable).",
)
@click.option("--key", metavar="FILE", type=click.Path(), help="Sign the log as it is now, first.")
@click.option(
    "--checkpoint",
    "older",
    metavar="OLD",
    multiple=True,
    type=click.Path(),
    help="Prove that this checkpoint is continued (repeatable).",
)
@vault_option
@json_option
@rejecting
def command(*, log: str, output: str, vault: str | None, as_json: bool, **settings: Any) -> Exit:
    """Sign, gather, write, say what is in it."""
    from caio.audit.entries import MAX_TIME  # noqa: PLC0415
    from caio.audit.export import Range, export  # noqa: PLC0415
    from caio.cli.audit_entries import instant  # noqa: PLC0415
    from caio.cli.audit_page import page  # noqa: PLC0415
    from caio.evidence.pack import checker_archive  # noqa: PLC0415

    start, stop = (
        instant(settings["first"], "--from"),
        instant(settings["last"], "--to"),
    )
    wanted = Range(
        0 if start is None else max(start, 0), MAX_TIME if stop is None else min(stop, MAX_TIME)
    )
    if wanted.first > wanted.last:
        raise MisuseError("`--from` is later than `--to`: exchange them")
    check_output(output)
    kept = [read(name) for name in settings["older"]]
    key: str | None = settings["key"]
    with (
        Waiting("gathering evidence") as waiting,
        opened_log(log, key, known=kept) as opened,
        opened_vault(log, vault, opened.origin) as found,
    ):
        checkpoint = opened.latest() if key is None else opened.checkpoint()
        begin, end = (min(one, checkpoint.size) for one in opened.span(wanted.first, wanted.last))
        more = {
            "caio-check.pyz": checker_archive(),
            "report.html": page(opened.origin, opened.entries(begin, end), checkpoint),
        }
        if kept:
            more["consistency.jsonl"] = _consistency(opened, kept, checkpoint.size)
        made = export(
            opened,
            found(),
            output,
            wanted,
            checkpoint=checkpoint,
            more=more,
            withhold=settings["withhold"],
            progress=waiting,
        )
        beyond = opened.size - checkpoint.size
        line = checkpoint.signed[0].key.text
    if as_json:
        streams.out_json(_json(log, output, made, beyond))
        return Exit.HOLDS
    _print(output, made)
    if beyond:
        left = count(beyond, "entry", "entries")
        streams.note(f"nobody has signed the last {left}, which were left out: `--key` signs now")
    streams.suggest(shlex.join(["caio", "audit", "verify", output, "--key", line]))
    return Exit.HOLDS


def _consistency(log: Log, older: list[bytes], size: int) -> bytes:
    """Proofs that the tree of this size continues older ones, a line each."""
    from caio.audit.checkpoint import read_checkpoint  # noqa: PLC0415
    from caio.base.canonical import canonical_bytes  # noqa: PLC0415

    lines = []
    for old in sorted({read_checkpoint(note).head.size for note in older}):
        if 0 < old < size:
            proof = [base64.b64encode(one).decode() for one in log.prove_consistency(old, size)]
            lines.append(canonical_bytes({"proof": [*proof], "size": old}) + b"\n")
    return b"".join(lines)


def _json(log: str, output: str, made: Exported, beyond: int) -> dict[str, object]:
    return {
        "format": FORMAT,
        "verdict": "written",
        "exit": int(Exit.HOLDS),
        "file": log,
        "output": output,
        "entries": made.entries,
        "decisions": made.decisions,
        "redacted": made.redacted,
        "erased": made.erased,
        "size": made.size,
        "beyond": beyond,
    }


def _print(output: str, made: Exported) -> None:
    entries, decisions = count(made.entries, "entry", "entries"), count(made.decisions, "decision")
    streams.out(f"written: {safe(output)}: {decisions} among {entries}")
    if made.redacted:
        streams.out(f"something is withheld of {count(made.redacted, 'decision')}")
    if made.erased:
        streams.out(f"something was erased of {count(made.erased, 'decision')}")
    streams.out(f"proved against the tree of {count(made.size, 'entry', 'entries')}")
