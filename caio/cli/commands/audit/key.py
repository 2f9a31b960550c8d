"""``caio audit key``: keys in files, and which of them sign for a log. A private key is never printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from caio.audit.faults import AuditError, Fault
from caio.cli import streams
from caio.cli.audit_places import (
    json_option,
    key_option,
    log_argument,
    opened_log,
    rejecting,
)
from caio.cli.exits import Exit
from caio.cli.text import safe

if TYPE_CHECKING:
    from caio.audit.keyring import Keyring, Tenure
    from caio.audit.log import Log
    from caio.audit.notes import Verifier

FORMAT: Final = "caio-audit-keys/v1"


@click.group(
    "key",
    help="Make keys, and change which of them sign for a log; each change is an entry of the log.",
    no_args_is_help=True,
)
def command() -> None:
    """The group of what is done with keys."""


@command.command(
    "create",
    help=(
        "Make a key in FILE, which its owner alone can read, and print its public line.\n\n"
        "The name is that of the log that it is for. A key is used for one log and for nothing else, and no file is"
        " written over."
    ),
)
@click.argument("file", type=click.Path())
@click.option("--name", metavar="ORIGIN", required=True, help="Such as audit.example.com/gateway.")
@rejecting
def create(*, file: str, name: str) -> Exit:
    """Make both files, print the public line."""
    from caio.audit.keys import create_signer  # noqa: PLC0415
    from caio.audit.notes import Verifier  # noqa: PLC0415

    streams.out(Verifier.of(create_signer(file, name)).text)
    streams.note(f"made: {file}, for its owner alone; the line above is public")
    return Exit.HOLDS


@command.command("show", help="Print the keys that LOG has had, as its own entries say.")
@log_argument
@json_option
@rejecting
def show(*, log: str, as_json: bool) -> Exit:
    """Open, derive the keyring, print."""
    with opened_log(log) as opened:
        ring = opened.keyring()
    if as_json:
        streams.out_json(_json(ring))
        return Exit.HOLDS
    for tenure in ring.tenures:
        streams.out(f"{_word(tenure):<8}  {safe(tenure.key.text)}")
        until = "" if tenure.end is None else f", until entry {tenure.end:,}"
        streams.out(f"{'':<8}  since entry {tenure.start:,}{until}")
    return Exit.HOLDS


@command.command("add", help="Let the key in FILE sign for LOG as well.")
@log_argument
@click.argument("file", type=click.Path())
@key_option
@rejecting
def add(*, log: str, file: str, key: str) -> Exit:
    """Both keys sign the change."""
    from caio.audit.keys import load_signer  # noqa: PLC0415

    with opened_log(log, key) as opened:
        return _changed(opened, opened.add_key(load_signer(file, opened.origin)).index)


@command.command(
    "rotate",
    help="Let the key in FILE sign for LOG in the place of `--key`, whose signatures stand.",
)
@log_argument
@click.argument("file", type=click.Path())
@key_option
@rejecting
def rotate(*, log: str, file: str, key: str) -> Exit:
    """The old key and the new one sign the change."""
    from caio.audit.keys import load_signer  # noqa: PLC0415

    with opened_log(log, key) as opened:
        return _changed(opened, opened.rotate(load_signer(file, opened.origin)).index)


@command.command(
    "retire",
    help="End a key of LOG, whose signatures stand. KEY is its line, its id, or its .pub file.",
)
@log_argument
@click.argument("ended", metavar="KEY")
@key_option
@rejecting
def retire(*, log: str, ended: str, key: str) -> Exit:
    """Another active key says so."""
    with opened_log(log, key) as opened:
        return _changed(opened, opened.retire(_named(opened, ended)).index)


@command.command(
    "revoke",
    help=(
        "Declare that a key of LOG is no longer in its owner's hands alone: nothing that it signed counts any more.\n\n"
        "KEY is its line, its id, or its .pub file. Sign a checkpoint right after it: it vouches for the"
        " history up to there."
    ),
)
@log_argument
@click.argument("ended", metavar="KEY")
@key_option
@rejecting
def revoke(*, log: str, ended: str, key: str) -> Exit:
    """Another active key says so, and signs what is left."""
    with opened_log(log, key) as opened:
        return _changed(opened, opened.revoke(_named(opened, ended)).index)


def _changed(log: Log, index: int) -> Exit:
    for key in log.keyring().active:
        streams.out(key.text)
    streams.note(f"recorded: entry {index:,}; the keys above sign from now on")
    return Exit.HOLDS


def _named(log: Log, words: str) -> Verifier:
    """The key of the log that somebody means.

    Raises:
        AuditError: ``key-change``: the log never had it, or several fit.
    """
    tenures = log.keyring().tenures
    found = [one.key for one in tenures if words in (one.key.text, one.key.id.hex())]
    if not found:
        public = _public(words)
        found = [one.key for one in tenures if one.key.public == public]
    if len(found) != 1:
        had = ", ".join(one.key.id.hex() for one in tenures)
        raise AuditError(
            Fault.KEY_CHANGE,
            f"`{safe(words)[:90]}` is no key of this log, which has had {had}: `caio audit key show` prints their lines",
        )
    return found[0]


def _public(file: str) -> bytes | None:
    """The public key in a file, None if there is none."""
    from caio.base.errors import CaioError  # noqa: PLC0415
    from caio.security.files import load_node_public  # noqa: PLC0415

    try:
        return load_node_public(file).public_bytes_raw()
    except CaioError:
        return None


def _word(tenure: Tenure) -> str:
    if tenure.revoked:
        return "revoked"
    return "active" if tenure.end is None else "ended"


def _json(ring: Keyring) -> dict[str, object]:
    return {
        "format": FORMAT,
        "origin": ring.origin,
        "keys": [
            {
                "key": tenure.key.text,
                "state": _word(tenure),
                "since": tenure.start,
                "until": tenure.end,
            }
            for tenure in ring.tenures
        ],
    }
