"""Recording what a command decides, before it says anything: the log and its vault, opened before any work is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import click

from caio.cli.failures import MisuseError

if TYPE_CHECKING:
    from caio.certify.acceptance import Verdict
    from caio.cli.deciding import Decided

_Command = TypeVar("_Command", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Recording:
    """Where decisions are recorded; nowhere if there is no log.

    Attributes:
        log: the file of the log.
        vault: that of its vault, beside the log unless given.
        key: the file of the key that attests each decision, if one does.
    """

    log: str | None = None
    vault: str | None = None
    key: str | None = None


Record = Callable[["Decided"], str | None]
"""Records a decision; what is said of it."""


def recording_options(command: _Command) -> _Command:
    """The options of a command that decides."""
    for option in (
        click.option(
            "--record-key",
            metavar="FILE",
            type=click.Path(),
            envvar="CAIO_AUDIT_KEY",
            help="Sign an attestation of the decision as well.",
        ),
        click.option("--vault", metavar="FILE", type=click.Path(), help="The log's vault."),
        click.option(
            "--record",
            metavar="LOG",
            type=click.Path(),
            envvar="CAIO_AUDIT_LOG",
            help="Record the decision in this audit log first.",
        ),
    ):
        option(command)
    return command


def recording(log: str | None, vault: str | None, key: str | None) -> Recording:
    """Where it is recorded.

    Raises:
        MisuseError: a vault without a log.
    """
    if not log and vault:
        raise MisuseError("`--vault` is that of the log of `--record`: name the log as well")
    # An empty variable of the environment names nothing.
    return Recording(log or None, vault, (key or None) if log else None)


@contextmanager
def recorder(where: Recording) -> Iterator[Record]:
    """What records decisions; whatever keeps it from doing so is found before anything is decided.

    Raises:
        AuditError: log, vault or key cannot be used.
    """
    if where.log is None:
        yield lambda _: None
        return
    from caio.audit.entries import Kind  # noqa: PLC0415
    from caio.audit.faults import AuditError, Fault  # noqa: PLC0415
    from caio.audit.trail import Accepted, Trail  # noqa: PLC0415 - cryptography loads here
    from caio.audit.vault import Vault  # noqa: PLC0415
    from caio.cli.audit_places import opened_log, vault_of  # noqa: PLC0415

    place = vault_of(where.log, where.vault)
    with ExitStack() as stack, opened_log(where.log, where.key) as log:
        # A vault that was lost must be missed now, and not when an auditor asks.
        if not place.exists() and next(log.entries(kind=Kind.DECISION), None) is not None:
            raise AuditError(
                Fault.VAULT_FOREIGN,
                f"there is no vault `{place}`, and the log has decisions already: name their vault with `--vault`,"
                " or restore it",
            )
        vault = stack.enter_context(Vault.open(place, log.origin))
        trail = Trail(log, vault, attest=_attest(where.key, log.origin))

        def record(decided: Decided) -> str:
            accepted = Accepted(decided.question, decided.snapshot, decided.files, decided.verdict)
            return f"recorded: entry {trail.record(accepted).index:,} of {where.log}"

        yield record


def _attest(key: str | None, origin: str) -> Callable[[bytes, Verdict], bytes] | None:
    if key is None:
        return None
    from caio.audit.attestation import attest  # noqa: PLC0415 - only who attests pays for it
    from caio.audit.keys import load_signer  # noqa: PLC0415

    signer = load_signer(key, origin)
    return lambda data, verdict: attest(data, verdict, [signer]).data
