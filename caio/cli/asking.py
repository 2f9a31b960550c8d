"""What the commands that ask about a request have in common: its time, its documents, the facts about its caller."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from caio.ir.documents import Facts
    from caio.sema.project import Project


def decision_time(text: str | None) -> int:
    """The time that ``--at`` names, in microseconds UTC; without it, that of the clock.

    Raises:
        click.BadParameter: it is no time.
    """
    if text is None:
        return time.time_ns() // 1000
    from caio.base.errors import InputError  # noqa: PLC0415
    from caio.base.instants import parse_instant  # noqa: PLC0415

    try:
        return parse_instant(text)
    except InputError as error:
        raise click.BadParameter(str(error), param_hint="'--at'") from error


def compile_asked(
    paths: Sequence[str], named: str | None, *, cache: bool
) -> tuple[Project, Facts | str | None]:
    """The documents, and the facts that ``--facts`` names: a name as it is, a file as what is in it.

    Raises:
        DoesNotCompileError: there are errors in the documents.
        InputError: a path cannot be read, or the file holds other than one facts document.
    """
    from caio.base.errors import InputError  # noqa: PLC0415
    from caio.cli.documents import compile_documents  # noqa: PLC0415
    from caio.ir.encode import document_digest  # noqa: PLC0415

    if named is None or not _is_file(named):
        return compile_documents(paths, cache=cache), named
    project = compile_documents((*paths, named), cache=cache)
    wanted = Path(named).resolve()
    found = []
    for facts in project.facts:
        span = project.locate(document_digest(facts), "")
        if span is not None and Path(span.source.name).resolve() == wanted:
            found.append(facts)
    if len(found) != 1:
        many = "several facts documents: name one" if found else "no facts document"
        raise InputError(f"`{named}` holds {many}")
    return project, found[0]


def _is_file(named: str) -> bool:
    """Whether a name of facts means a file: it looks like one, or there is one."""
    return "/" in named or named.endswith((".caio", ".json")) or Path(named).exists()
