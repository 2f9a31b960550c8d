"""``caio audit check``: everything that a log says, derived anew from its entries."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import click

from caio.cli import streams
from caio.cli.audit_places import json_option, log_argument, opened_log, rejecting
from caio.cli.exits import Exit
from caio.cli.files import read
from caio.cli.progress import Waiting
from caio.cli.text import count, safe

if TYPE_CHECKING:
    from caio.audit.integrity import Verified

FORMAT: Final = "caio-audit-check/v1"


@click.command(
    "check",
    help=(
        "Derive everything in LOG anew: every hash, every node, the keys, each checkpoint with its signature.\n\n"
        "Exit 0 says that the log follows from its entries, and continues each `--checkpoint`; 5 that it does not."
    ),
)
@log_argument
@click.option(
    "--checkpoint",
    "notes",
    metavar="FILE",
    multiple=True,
    type=click.Path(),
    help="A checkpoint that was kept elsewhere (repeatable).",
)
@json_option
@rejecting
def command(*, log: str, notes: tuple[str, ...], as_json: bool) -> Exit:
    """Open, hold against what was kept, derive, report."""
    known = [read(name) for name in notes]
    with Waiting("deriving the log anew") as waiting, opened_log(log, known=known) as opened:
        found = opened.verify(waiting)
    if as_json:
        streams.out_json(_json(log, found, len(known)))
    else:
        _print(log, found, len(known))
    return Exit.HOLDS


def _json(log: str, found: Verified, known: int) -> dict[str, object]:
    return {
        "format": FORMAT,
        "verdict": "consistent",
        "exit": int(Exit.HOLDS),
        "file": log,
        "origin": found.head.origin,
        "size": found.head.size,
        "root": base64.b64encode(found.head.root).decode(),
        "kinds": {str(kind): number for kind, number in sorted(found.kinds.items())},
        "checkpoints": found.checkpoints,
        "continued": known,
        "keys": [
            {
                "key": tenure.key.text,
                "since": tenure.start,
                "until": tenure.end,
                "revoked": tenure.revoked,
            }
            for tenure in found.keyring.tenures
        ],
    }


def _print(log: str, found: Verified, known: int) -> None:
    size = count(found.head.size, "entry", "entries")
    kinds = _listed((str(kind), number) for kind, number in sorted(found.kinds.items()))
    active = len(found.keyring.active)
    for text in (
        f"{size}: {kinds}",
        "every hash and every node of the tree",
        f"{count(active, 'active key')}, of {len(found.keyring.tenures):,} that the log has had",
        f"{count(found.checkpoints, 'checkpoint')} of this history, signed by keys active then",
        *([f"{count(known, 'checkpoint')} kept elsewhere, continued by this log"] if known else ()),
    ):
        streams.out(f"ok  {text}")
    root = base64.b64encode(found.head.root).decode()
    streams.out(f"\nconsistent: {safe(log)}, {safe(found.head.origin)}, root {root}")
    if not found.checkpoints:
        streams.note("nobody has signed it yet: `caio audit checkpoint` does")


def _listed(kinds: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{number:,} {kind}" for kind, number in kinds)
