"""What the commands about compatibility have in common: sides, callers, the engine, and answers for the gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from caio.cli.documents import compile_documents
from caio.cli.evidence import kept_answers
from caio.cli.gate import Answers, Certificate, Gate
from caio.cli.progress import Waiting

if TYPE_CHECKING:
    from caio.analysis.compat.engine import Engine, Found
    from caio.analysis.compat.sides import Side
    from caio.certify.prover import Prover
    from caio.ir.documents import Request


@dataclass(frozen=True, slots=True)
class Asking:
    """The requests in the documents that callers were named by, compiled with a side.

    Attributes:
        side: the side, these documents included.
        requests: all of theirs, with a caller or without.
    """

    side: Side
    requests: tuple[Request, ...]


def side_of(paths: Sequence[str], gate: Gate) -> Side:
    """A side from these files and folders, the first of which names it.

    Raises:
        DoesNotCompileError: there are errors in the documents.
        InputError: a path cannot be read.
    """
    from caio.analysis.compat.sides import Side  # noqa: PLC0415 - the solver's room loads here

    return Side(compile_documents(paths, cache=gate.cache), paths[0])


def requests_of(callers: Sequence[str], paths: Sequence[str], gate: Gate) -> Asking:
    """The requests in files and folders of callers, compiled with those of a side.

    Raises:
        DoesNotCompileError: there are errors in the documents.
        InputError: a path cannot be read, or there is no request in those of callers.
    """
    from caio.base.errors import InputError  # noqa: PLC0415
    from caio.ir.encode import document_digest  # noqa: PLC0415
    from caio.sema.discover import discover  # noqa: PLC0415
    from caio.sema.report import Report  # noqa: PLC0415

    side = side_of((*paths, *callers), gate)
    files = {Path(found.name).resolve() for found in discover(callers, Report())}
    requests = []
    for request in side.project.requests:
        file = side.project.file_of(document_digest(request))
        if file is not None and Path(file).resolve() in files:
            requests.append(request)
    if not requests:
        named = ", ".join(f"`{path}`" for path in callers)
        raise InputError(f"there is no request in {named}: state one with `caller NAME` per caller")
    return Asking(side, tuple(requests))


def engine_of(prover: Prover, gate: Gate, waiting: Waiting) -> Engine:
    """What decides, with the evidence of earlier runs where the options permit it."""
    from caio.analysis.compat.engine import Engine  # noqa: PLC0415

    return Engine(prover, kept_answers(gate.cache), gate.budget, waiting)


def answers_of(found: Found) -> Answers:
    """What was found out, for the gate."""
    certificates = (
        Certificate(one.about, one.certificate, one.documents) for one in found.evidence
    )
    return Answers(found.questions, tuple(certificates), found.tables)
