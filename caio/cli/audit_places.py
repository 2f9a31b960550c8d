"""The log and the vault that a command is about: opened if they are there, with messages for the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from caio.audit.faults import AuditError, Fault
from caio.audit.keys import load_signer
from caio.audit.log import Log
from caio.audit.notes import Signer
from caio.audit.sqlite import SqliteStore
from caio.audit.vault import Vault
from caio.base.errors import InputError
from caio.cli.exits import Exit
from caio.cli.failures import Failure, report
from caio.cli.text import safe

SUFFIX: Final = ".vault"
"""What the name of a vault has behind that of its log."""

_BROKEN: Final = frozenset(
    {
        *(Fault.LOG_DAMAGED, Fault.LOG_FORKED, Fault.LOG_ROLLED_BACK, Fault.VAULT_DAMAGED),
        *(Fault.NOTE_SIGNATURE, Fault.NOTE_FORM, Fault.CHECKPOINT_FORM, Fault.CHECKPOINT_ORIGIN),
        *(Fault.PROOF_ROOT, Fault.TILE_FORM, Fault.ENTRY_FORM, Fault.ENTRY_DECISION),
        *(Fault.STATEMENT_SUBJECT, Fault.STATEMENT_PREDICATE, Fault.STATEMENT_ORIGIN),
        *(Fault.STATEMENT_FORM, Fault.STATEMENT_CLAIMS, Fault.ENVELOPE_FORM, Fault.ENVELOPE_TYPE),
        *(Fault.ENVELOPE_SIGNATURE, Fault.ENVELOPE_KEY),
    }
)
"""What says that evidence is not what it claims to be, and not that it cannot be had."""

Command = TypeVar("Command", bound=Callable[..., Exit])

log_argument = click.argument("log", type=click.Path())
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
vault_option = click.option(
    "--vault", metavar="FILE", type=click.Path(), help="The log's vault (default: LOG.vault)."
)
key_option = click.option(
    "--key",
    metavar="FILE",
    type=click.Path(),
    required=True,
    help="A private key that signs for the log.",
)


def rejecting(command: Command) -> Command:
    """Let a command end with 5 where a log or a vault turns out to be damaged or changed."""

    @wraps(command)
    def guarded(*words: Any, **settings: Any) -> Exit:
        try:
            return command(*words, **settings)
        except AuditError as error:
            if error.fault not in _BROKEN:
                raise
            failure = Failure("evidence", Exit.REJECTED, str(error), refusal=str(error.fault))
            report(failure, error, as_json=bool(settings.get("as_json")))
            return Exit.REJECTED

    return guarded  # type: ignore[return-value]  # the same signature


def vault_of(log: str, vault: str | None = None) -> Path:
    """Where the vault of a log lies."""
    return Path(vault) if vault is not None else Path(f"{log}{SUFFIX}")


@contextmanager
def opened_log(path: str, key: str | None = None, *, known: Sequence[bytes] = ()) -> Iterator[Log]:
    """An audit log that is there, signing with a key if one is named, and continuing what is known of it.

    Raises:
        AuditError: there is none, or it cannot be used; the key is none of it.
    """
    place = _present(path)
    signers: list[Signer] = []
    if key is not None:
        store = SqliteStore.open(place)
        try:
            signers.append(load_signer(key, store.origin))
        finally:
            store.close()
    with Log.open(place, signers, known=known) as log:
        yield log


@contextmanager
def opened_vault(log: str, vault: str | None, origin: str) -> Iterator[Callable[[], Vault]]:
    """What opens the vault of a log when it is first needed; it must be there.

    Raises:
        AuditError: it is not, or it is that of another log.
    """
    place = vault_of(log, vault)
    kept: list[Vault] = []

    def opened() -> Vault:
        if not kept:
            if not _is_file(place):
                raise AuditError(
                    Fault.VAULT_FOREIGN,
                    f"there is no vault `{safe(str(place))}`: name the vault of this log with `--vault`",
                )
            kept.append(Vault.open(place, origin))
        return kept[0]

    try:
        yield opened
    finally:
        for one in kept:
            one.close()


def _present(path: str) -> Path:
    place = Path(path)
    if not _is_file(place):
        raise AuditError(
            Fault.LOG_FOREIGN,
            f"there is no audit log `{safe(path)}`: name the file, or make one with `caio audit init`",
        )
    return place


def _is_file(place: Path) -> bool:
    try:
        return place.is_file()
    except (OSError, ValueError) as error:
        raise InputError(f"cannot open `{safe(str(place))}`: {error}") from error
