"""``caio audit show``: an entry with everything behind it, checked again, as a certificate."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import click

from caio.base.errors import EvidenceError
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
from caio.cli.progress import Waiting
from caio.cli.text import safe

if TYPE_CHECKING:
    from rich.console import RenderableType

    from caio.audit.log import Log
    from caio.audit.recorded import Recorded
    from caio.audit.vault import Vault
    from caio.cli.audit_evidence import Behind
    from caio.cli.audit_view import Found

FORMAT: Final = "caio-audit-show/v1"


@click.command(
    "show",
    help=(
        "Show an entry of LOG, and what stands behind a decision, checked again just now.\n\n"
        "ID is the entry's index, or six digits or more of the digest of its decision. Exit 0 says that everything holds"
        " together; 3 that something was erased, or nothing was decided; 5 that the evidence is not what the entry says."
    ),
)
@log_argument
@click.argument("entry_id", metavar="ID")
@vault_option
@click.option("--all", "everything", is_flag=True, help="Show every candidate and every reason.")
@json_option
@rejecting
def command(*, log: str, entry_id: str, vault: str | None, everything: bool, as_json: bool) -> Exit:
    """Find the entry, unfold it, judge it, show it."""
    from caio.cli.audit_evidence import find_entry, inclusion  # noqa: PLC0415 - the IR loads here
    from caio.cli.audit_view import Found  # noqa: PLC0415

    with (
        TemporaryDirectory(prefix="caio-") as folder,
        Waiting("looking for the entry") as waiting,
        opened_log(log) as opened,
        opened_vault(log, vault, opened.origin) as kept,
    ):
        entry = find_entry(opened, kept, entry_id, waiting)
        body: dict[str, Any] | None = None
        if str(entry.kind) == "decision":
            waiting.step("checking the evidence")
            found, body = _decision(opened, kept(), entry, Path(folder))
        else:
            found = Found(entry, opened.origin, inclusion(opened, entry))
        outcome = _outcome(found)
        if as_json:
            streams.out_json(_json(log, found, body, outcome))
        else:
            parts = _parts(found, body, Path(folder), everything=everything)
            streams.show(parts)
    return outcome


def _decision(
    log: Log, vault: Vault, entry: Recorded, folder: Path
) -> tuple[Found, dict[str, Any] | None]:
    """What stands behind a decision, and its file; None if that was erased."""
    from caio.cli.audit_evidence import agreed, attested, behind, inclusion  # noqa: PLC0415
    from caio.cli.audit_view import Found  # noqa: PLC0415
    from caio.cli.isolation import check  # noqa: PLC0415

    found = behind(entry, vault)
    where = inclusion(log, entry)
    if found.decision is None:
        return Found(entry, log.origin, where, found, unattested="the evidence was erased"), None
    decision, landscape = found.write(folder)
    answer = check(decision, [decision, landscape]).body
    if answer["accepted"] is not True:
        raise EvidenceError(
            f"the checker rejected the evidence of entry {entry.index}: {safe(str(answer['path']))}:"
            f" {safe(str(answer['code']))}, expected {safe(str(answer['expected']))}"
        )
    body = json.loads(found.decision)
    agreed(found, body)
    keys, why = attested(log, found)
    return Found(entry, log.origin, where, found, answer["claims"], keys, why), body


def _parts(
    found: Found, body: dict[str, Any] | None, folder: Path, *, everything: bool
) -> list[RenderableType]:
    from caio.cli import audit_view  # noqa: PLC0415 - rich loads here

    parts = [audit_view.headline(found)]
    if found.behind is None:
        return [*parts, audit_view.particulars(found.entry), audit_view.vouched(found)]
    if body is None:
        parts.append(audit_view.who(found.behind, None, None))
        parts.append(audit_view.particulars(found.entry))
    else:
        parts += _certificate(found.behind, folder, everything=everything)
    if found.claims is not None:
        parts.append(audit_view.judged(found.claims))
    return [*parts, audit_view.vouched(found)]


def _certificate(behind: Behind, folder: Path, *, everything: bool) -> list[RenderableType]:
    """Who, what, why and against whom, from the decision file that was accepted."""
    from caio.cli import audit_view  # noqa: PLC0415
    from caio.cli.decision_basis import Basis  # noqa: PLC0415
    from caio.cli.decision_view import view  # noqa: PLC0415
    from caio.cli.expressions import write  # noqa: PLC0415
    from caio.cli.reasons import Reasons  # noqa: PLC0415
    from caio.cli.report import build  # noqa: PLC0415
    from caio.cli.stored import open_stored, posed  # noqa: PLC0415

    stored = open_stored(str(folder / "decision.json"))
    question, snapshot = posed(stored.body, stored.documents())
    report = build(question, snapshot, stored.body, Reasons(question, None, write))
    basis = Basis(
        checked="accepted by the checker, which contains no solver",
        everything=everything,
        width=streams.width(),
    )
    first, *rest = view(report, basis)
    return [
        audit_view.section("Decision", first),
        audit_view.who(behind, question.facts, question.attestation),
        audit_view.asked(question.request, question.vocabulary),
        *rest,
        audit_view.policies(question.lasting),
    ]


def _outcome(found: Found) -> Exit:
    undecided = found.entry.details.get("verdict") == "unknown"
    return Exit.UNKNOWN if found.erased or (found.behind is not None and undecided) else Exit.HOLDS


def _json(log: str, found: Found, body: dict[str, Any] | None, outcome: Exit) -> dict[str, object]:
    from caio.cli.audit_entries import entry_json  # noqa: PLC0415
    from caio.cli.audit_view import found_json  # noqa: PLC0415

    return {
        "format": FORMAT,
        "verdict": "incomplete" if outcome is Exit.UNKNOWN else "consistent",
        "exit": int(outcome),
        "file": log,
        "origin": found.origin,
        "entry": entry_json(found.entry),
        **found_json(found),
        "decision": body,
    }
