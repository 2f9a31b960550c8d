"""``caio audit replay``: recorded decisions, decided again from their recorded inputs, and compared byte by byte."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import click

from caio.audit.entries import Kind
from caio.base.errors import EvidenceError, InputError
from caio.cli import streams
from caio.cli.audit_places import (
    json_option,
    log_argument,
    opened_log,
    opened_vault,
    rejecting,
    vault_option,
)
from caio.cli.exits import Exit, worst
from caio.cli.progress import Waiting
from caio.cli.text import count, safe

if TYPE_CHECKING:
    from caio.audit.recorded import Recorded
    from caio.audit.vault import Vault

FORMAT: Final = "caio-audit-replay/v1"
_EXITS: Final = {"same": Exit.HOLDS, "differs": Exit.REFUTED, "erased": Exit.UNKNOWN}
_TONES: Final = {"same": "\x1b[32m", "differs": "\x1b[31m", "erased": "\x1b[33m"}


@dataclass(frozen=True, slots=True)
class Replayed:
    """What deciding an entry again came to.

    Attributes:
        index: of the entry.
        state: ``same``, ``differs`` or ``erased``.
        said: how many bytes are the same, or where they differ.
    """

    index: int
    state: str
    said: str


@click.command(
    "replay",
    help=(
        "Decide again what entries of LOG say was decided, from the recorded inputs alone, and compare bytes.\n\n"
        "ID is an entry's index, or six digits or more of the digest of its decision. This needs the solver. Exit 0 says"
        " that all bytes are the same; 1 that a decision differs; 3 that its evidence was erased; 5 that the checker"
        " rejects it."
    ),
)
@log_argument
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@vault_option
@json_option
@rejecting
def command(*, log: str, ids: tuple[str, ...], vault: str | None, as_json: bool) -> Exit:
    """Find, check, decide, compare."""
    from caio.cli.audit_evidence import find_entry  # noqa: PLC0415 - the IR loads here

    with (
        Waiting("looking for the entries") as waiting,
        opened_log(log) as opened,
        opened_vault(log, vault, opened.origin) as found,
    ):
        entries = [find_entry(opened, found, words, waiting) for words in dict.fromkeys(ids)]
        for entry in entries:
            if entry.kind is not Kind.DECISION:
                raise InputError(
                    f"entry {entry.index:,} is of the kind `{entry.kind}`: only a decision can be decided again"
                )
        results = _all(entries, found, waiting)
    outcome = worst(_EXITS[one.state] for one in results)
    if as_json:
        streams.out_json(
            {
                "format": FORMAT,
                "verdict": "same" if outcome is Exit.HOLDS else "not_same",
                "exit": int(outcome),
                "file": log,
                "entries": [
                    {"index": one.index, "state": one.state, "text": one.said} for one in results
                ],
            }
        )
    else:
        _print(results)
    return outcome


def _all(entries: list[Recorded], vault: Callable[[], Vault], waiting: Waiting) -> list[Replayed]:
    waiting.step("deciding again")
    results = []
    for done, entry in enumerate(entries):
        waiting(done, len(entries))
        results.append(_replayed(entry, vault()))
    return results


def _replayed(entry: Recorded, vault: Vault) -> Replayed:
    """Judge the recorded decision, then decide it again.

    Raises:
        AuditError: the vault or the entry is not as it must be.
        EvidenceError: the checker rejected what was recorded.
    """
    from caio.cli.again import decide_again  # noqa: PLC0415 - the solver loads here
    from caio.cli.audit_evidence import agreed, behind  # noqa: PLC0415
    from caio.cli.isolation import check  # noqa: PLC0415

    found = behind(entry, vault)
    if found.decision is None:
        return Replayed(entry.index, "erased", "the evidence was erased, and the inputs with it")
    with TemporaryDirectory(prefix="caio-") as folder:
        decision, landscape = found.write(Path(folder))
        body = check(decision, [decision, landscape]).body
        if body["accepted"] is not True:
            raise EvidenceError(
                f"the checker rejected the evidence of entry {entry.index}: {safe(str(body['path']))}"
            )
        agreed(found, json.loads(found.decision))
        again = decide_again(decision)
    if again.same:
        return Replayed(entry.index, "same", f"all {again.size:,} bytes, decided again")
    return Replayed(entry.index, "differs", f"at `{again.difference}`, decided again")


def _print(results: list[Replayed]) -> None:
    shown = streams.coloured(sys.stdout)
    for one in results:
        tone, plain = (_TONES[one.state], "\x1b[0m") if shown else ("", "")
        streams.out(f"{tone}{one.state:<7}{plain}  entry {one.index:,}: {one.said}")
    same = sum(one.state == "same" for one in results)
    streams.out(f"\n{same:,} of {count(len(results), 'decision')} the same, byte by byte")
