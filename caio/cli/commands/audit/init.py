"""``caio audit init``: an empty log that begins with its key, and the vault beside it."""

from __future__ import annotations

from pathlib import Path

import click

from caio.base.errors import InputError
from caio.cli import streams
from caio.cli.audit_places import log_argument, rejecting, vault_of, vault_option
from caio.cli.exits import Exit
from caio.cli.files import check_target


@click.command(
    "init",
    help=(
        "Begin an audit log in the file LOG, and its vault beside it.\n\n"
        "The log begins with its key and has its name for good. Give auditors the line that this prints: with it they"
        " verify everything that the log will ever sign. Nothing that exists is written over."
    ),
)
@log_argument
@click.option(
    "--key", metavar="FILE", type=click.Path(), required=True, help="The private key that signs."
)
@click.option("--name", metavar="ORIGIN", required=True, help="Such as audit.example.com/gateway.")
@vault_option
@rejecting
def command(*, log: str, key: str, name: str, vault: str | None) -> Exit:
    """Load the key, make the log, make the vault, say who can verify."""
    from caio.audit.keys import load_signer  # noqa: PLC0415
    from caio.audit.log import Log  # noqa: PLC0415
    from caio.audit.notes import Verifier  # noqa: PLC0415
    from caio.audit.vault import Vault  # noqa: PLC0415

    beside = vault_of(log, vault)
    for place in (Path(log), beside):
        check_target(str(place))
        if place.exists():
            raise InputError(f"`{place}` is there already: name a file that is not")
    signer = load_signer(key, name)
    with Log.open(log, signer) as made, Vault.open(beside, made.origin):
        streams.out(Verifier.of(signer).text)
    streams.note(f"begun: {log}, with its vault {beside}; the line above is for auditors")
    return Exit.HOLDS
