"""``caio audit erase``: what is personal of entries, destroyed for good, and an entry that says so."""

from __future__ import annotations

import sys
from typing import Final

import click

from caio.audit.erasure import ITEMS, Erasure, erase, planned
from caio.base.errors import InputError
from caio.cli import streams
from caio.cli.audit_evidence import find_entry
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
from caio.cli.progress import Waiting
from caio.cli.text import count, listing

FORMAT: Final = "caio-audit-erase/v1"


@click.command(
    "erase",
    help=(
        "Destroy what is personal of entries of LOG, for good, and record that it was destroyed.\n\n"
        "ID is an entry's index, or six digits or more of the digest of its decision. The entries stay, and so does every"
        " proof: what is left is *inclusion ok, evidence erased*. What would tell an erased item is erased with it."
        " Copies elsewhere, such as exported files, are not reached."
    ),
)
@log_argument
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@click.option("--reason", metavar="TEXT", required=True, help="Why; recorded for all to read.")
@click.option("--items", metavar="NAME,...", help="Only these, and what would tell them.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@vault_option
@json_option
@rejecting
def command(
    *,
    log: str,
    ids: tuple[str, ...],
    reason: str,
    items: str | None,
    yes: bool,
    vault: str | None,
    as_json: bool,
) -> Exit:
    """Find what goes, ask, record, destroy."""
    names = _names(items)
    if as_json and not yes:
        raise MisuseError("`--json` asks nobody: say `--yes` as well")
    with opened_log(log) as opened, opened_vault(log, vault, opened.origin) as found:
        with Waiting("looking for the entries") as waiting:
            entries = [find_entry(opened, found, words, waiting) for words in dict.fromkeys(ids)]
        what = planned(found(), entries, names)
        if what.seals and not yes:
            _ask(what)
        receipt = erase(opened, found(), what, reason)
    if as_json:
        streams.out_json(
            {
                "format": FORMAT,
                "verdict": "erased",
                "exit": int(Exit.HOLDS),
                "file": log,
                "entry": receipt.index,
                "entries": list(what.entries),
                "items": list(what.names),
                "seals": list(what.seals),
            }
        )
    else:
        streams.out(f"erased: {_said(what)}; recorded as entry {receipt.index:,}")
    return Exit.HOLDS


def _names(items: str | None) -> tuple[str, ...]:
    if items is None:
        return ()
    names = tuple(name.strip() for name in items.split(","))
    for name in names:
        if name not in ITEMS:
            known = listing(list(ITEMS), "or")
            raise click.BadParameter(f"`{name}` is none of {known}", param_hint="'--items'")
    return names


def _ask(what: Erasure) -> None:
    """Go on only if somebody says so.

    Raises:
        InputError: nobody does.
    """
    streams.note(f"to be erased for good: {_said(what)}")
    sys.stderr.write("go on? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise InputError("nothing was erased: answer `y`, or say `--yes`")


def _said(what: Erasure) -> str:
    entries = listing([f"{index:,}" for index in what.entries[:20]])
    more = f" and {len(what.entries) - 20:,} more" if len(what.entries) > 20 else ""
    names = listing([f"`{name}`" for name in what.names])
    noun = "entry" if len(what.entries) == 1 else "entries"
    return f"{count(len(what.seals), 'item')} ({names}) of {noun} {entries}{more}"
