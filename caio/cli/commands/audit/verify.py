"""``caio audit verify``: what an evidence file establishes, claim by claim, its signatures included."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from caio.base.errors import InputError
from caio.cli import streams
from caio.cli.audit_places import json_option, rejecting
from caio.cli.exits import Exit
from caio.cli.files import read
from caio.cli.progress import Waiting
from caio.cli.text import safe

_MICROSECONDS: Final = 1_000_000
_TONES: Final = {"ok": "\x1b[32m", "failed": "\x1b[31m", "not established": "\x1b[33m"}


@click.command(
    "verify",
    help=(
        "Establish what the evidence file FILE shows, believing nobody but the keys that are given.\n\n"
        "Claims are separate, and none stands for another. Exit 0 says that every claim is established for every entry; 3"
        " that something could not be established, such as what was erased or withheld, or signatures without a key; 5"
        " that something is not as it must be."
    ),
)
@click.argument("file", type=click.Path())
@click.option(
    "--key",
    "keys",
    metavar="LINE|FILE",
    multiple=True,
    help="A public key of the log, from its owner (repeatable).",
)
@click.option("--checkpoint", metavar="OLD", type=click.Path(), help="One kept from earlier.")
@click.option(
    "--max-skew",
    type=click.IntRange(0, 10**12),
    default=300,
    show_default=True,
    metavar="SECONDS",
    help="How far the time of a decision and of its entry may be apart.",
)
@json_option
@rejecting
def command(
    *, file: str, keys: tuple[str, ...], checkpoint: str | None, max_skew: int, as_json: bool
) -> Exit:
    """Read the keys, verify, report."""
    from caio.cli.audit_signatures import Verifying, trusted  # noqa: PLC0415 - cryptography
    from caio.evidence import Policy, verify  # noqa: PLC0415
    from caio.evidence.printing import text  # noqa: PLC0415

    given = [trusted(words) for words in keys]
    older = None if checkpoint is None else read(checkpoint)
    policy = Policy(max_skew=max_skew * _MICROSECONDS, older=older)
    with Waiting("verifying the evidence file"):
        try:
            report = verify(Path(file), policy=policy, signatures=Verifying(given))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise InputError(f"cannot read `{safe(file)}`: {reason}") from error
    outcome = Exit(report.exit_code)
    if as_json:
        body = report.json()
        head = {"verdict": report.outcome.value, "exit": int(outcome), "file": file}
        streams.out_json({"format": body["format"], **head, **body})
    else:
        for line in text(report, safe(file)).rstrip("\n").split("\n"):
            streams.out(_coloured(line))
    return outcome


def _coloured(line: str) -> str:
    """The line with the word that it begins with in the colour of what it says."""
    if streams.coloured(sys.stdout):
        for word, tone in _TONES.items():
            if line.startswith(f"{word}  "):
                return f"{tone}{word}\x1b[0m{line[len(word) :]}"
    return line
