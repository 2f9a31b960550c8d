"""``caio show``: canonical JSON back as text, so that a person reads what was proved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from caio.base.errors import InputError
from caio.cli import streams
from caio.cli.decision_file import CERTIFICATE, DECISION
from caio.cli.exits import Exit

if TYPE_CHECKING:
    from caio.cli.stored import Stored


@click.command(
    "show",
    help=(
        "Print what is in FILE: a decision as the report that `caio route` printed, a document set or landscape in"
        " the language.\n\nNothing is checked here; `caio verify` does that."
    ),
)
@click.argument("file", type=click.Path())
@click.option("--documents", is_flag=True, help="For a decision or certificate: its documents.")
@click.option("--all", "everything", is_flag=True, help="Show every candidate and every reason.")
def command(*, file: str, documents: bool, everything: bool) -> Exit:
    """Read, decode, print."""
    from caio.cli.stored import open_stored  # noqa: PLC0415 - the IR loads here

    stored = open_stored(file)
    if stored.format == CERTIFICATE and not documents:
        raise InputError(
            f"`{file}` is a certificate of documents: `caio verify` reads it, and `--documents` shows what it is about"
        )
    if stored.format == DECISION and not documents:
        _decision(stored, everything=everything)
    else:
        _documents(stored)
    return Exit.HOLDS


def _documents(stored: Stored) -> None:
    from caio.sema.show import show_documents  # noqa: PLC0415

    streams.out_safe(show_documents(stored.documents()).rstrip("\n"))


def _decision(stored: Stored, *, everything: bool) -> None:
    from caio.cli.decision_basis import Basis  # noqa: PLC0415 - rich loads here
    from caio.cli.decision_view import view  # noqa: PLC0415
    from caio.cli.expressions import write  # noqa: PLC0415
    from caio.cli.reasons import Reasons  # noqa: PLC0415
    from caio.cli.report import build  # noqa: PLC0415
    from caio.cli.stored import posed  # noqa: PLC0415

    question, snapshot = posed(stored.body, stored.documents())
    try:
        report = build(question, snapshot, stored.body, Reasons(question, None, write))
        parts = view(report, Basis(everything=everything, width=streams.width()))
    except (
        LookupError,
        TypeError,
        ValueError,
        ArithmeticError,
        AttributeError,
        StopIteration,
    ) as error:
        raise InputError("the decision is malformed: `caio verify` says where") from error
    streams.show(parts)
