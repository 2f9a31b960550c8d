"""What can go wrong, turned into a message, an exit code and, on request, a JSON object. Never a traceback."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TextIO

import click

from caio.base.errors import CaioError, EvidenceError, InputError, InternalError, SolverError
from caio.cli.exits import Exit
from caio.cli.streams import out_json, problem
from caio.cli.text import safe
from caio.security.refusal import RefusedError

if TYPE_CHECKING:
    from caio.base.diagnostics import Diagnostic

FORMAT: Final = "caio-error/v1"
"""The format of the JSON object that says what went wrong."""

INTERRUPTED: Final = 130
"""128 + SIGINT, as shells report a program that ctrl-C ended."""
READER_GONE: Final = 141
"""128 + SIGPIPE: nobody read the verdict to its end, so that no verdict may be concluded from the exit code."""
TERMINATED: Final = 143
"""128 + SIGTERM."""


class DoesNotCompileError(InputError):
    """Documents with errors in them; the diagnostics say which."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        errors = sum(diagnostic.is_error for diagnostic in diagnostics)
        super().__init__(f"{errors} error{'' if errors == 1 else 's'} in the documents")
        self.diagnostics = tuple(diagnostics)


class MisuseError(click.UsageError):
    """Options that do not go together; the message stands alone."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a command ended without a verdict."""

    kind: str
    code: int
    message: str
    help: str | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    refusal: str | None = None
    """The code of a token, key or declaration that is refused (``docs/security-facts.md``)."""


def explain(error: BaseException) -> Failure:
    """The failure behind an exception."""
    match error:
        case KeyboardInterrupt() | click.Abort():
            return Failure("interrupted", INTERRUPTED, "interrupted; nothing was written")
        case click.UsageError():
            path = error.ctx.command_path if error.ctx is not None else "caio"
            return Failure("usage", Exit.USAGE, _sentence(error), f"see `{path} --help`")
        case click.ClickException():
            return Failure("input", Exit.COULD_NOT_RUN, _sentence(error))
        case DoesNotCompileError():
            return Failure("compile", Exit.COULD_NOT_RUN, str(error), diagnostics=error.diagnostics)
        case EvidenceError():
            return Failure(
                "evidence",
                Exit.REJECTED,
                str(error),
                "nothing was decided and nothing was written; please report this with the documents",
            )
        case RefusedError():
            code = str(error.code)
            hint = f"the code is `{code}`: docs/security-facts.md lists all of them"
            return Failure("refused", Exit.COULD_NOT_RUN, str(error), hint, refusal=code)
        case InputError():
            return Failure("input", Exit.COULD_NOT_RUN, str(error))
        case SolverError():
            return Failure("solver", Exit.COULD_NOT_RUN, str(error))
        case CaioError() if not isinstance(error, InternalError):
            return Failure("input", Exit.COULD_NOT_RUN, str(error))
        case OSError():
            # Files that are named have messages of their own; what is left is mostly a full disk behind `>`.
            said = error.strerror or str(error) or type(error).__name__
            return Failure("resources", Exit.COULD_NOT_RUN, f"the system refused: {said}")
        case MemoryError():
            return Failure("resources", Exit.COULD_NOT_RUN, "the machine has no memory left")
        case RecursionError():
            return Failure("input", Exit.COULD_NOT_RUN, "the input is nested too deeply")
        case _:
            name = type(error).__name__
            return Failure(
                "internal",
                Exit.COULD_NOT_RUN,
                f"internal error: {name}: {error}",
                "this is a bug in CAIO, no verdict was reached; SECURITY.md says how to report it,"
                " and CAIO_DEBUG=1 shows where it happened",
            )


def report(failure: Failure, error: BaseException, *, as_json: bool) -> None:
    """Say what went wrong: on standard error, and as one JSON object on standard output if asked."""
    if failure.kind == "internal" and os.environ.get("CAIO_DEBUG"):
        traceback.print_exception(error, file=sys.stderr)
    if failure.diagnostics:
        from caio.cli.diagnostics import show  # noqa: PLC0415 - most runs have none

        show(failure.diagnostics)
    if isinstance(error, click.UsageError) and error.ctx is not None:
        sys.stderr.write(safe(error.ctx.get_usage(), lines=True) + "\n")
    problem("interrupted" if failure.kind == "interrupted" else "error", *_lines(failure))
    # Standard output comes last: it may be what failed.
    if as_json:
        out_json(failure_json(failure))


def failure_json(failure: Failure) -> dict[str, object]:
    """The JSON object of a failure (``docs/cli.md``)."""
    error = {"kind": failure.kind, "message": failure.message, "help": failure.help}
    if failure.refusal is not None:
        error["code"] = failure.refusal
    body: dict[str, object] = {
        "format": FORMAT,
        "verdict": "error",
        "exit": int(failure.code),
        "error": error,
        "diagnostics": [],
    }
    if failure.diagnostics:
        from caio.cli.diagnostics import as_json  # noqa: PLC0415 - most runs have none

        body["diagnostics"] = as_json(failure.diagnostics)
    return body


def silence_output() -> None:
    """Keep the interpreter from complaining at its end about output that nobody takes: no reader, a full disk.

    What a stream still holds is written to nowhere: otherwise the last flush fails again, and Python ends with 120.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            if stream is sys.stdout or not _flushed(stream):
                devnull = os.open(os.devnull, os.O_WRONLY)
                os.dup2(devnull, stream.fileno())
                os.close(devnull)


def _flushed(stream: TextIO) -> bool:
    try:
        stream.flush()
    except OSError:
        return False
    return True


def _sentence(error: click.ClickException) -> str:
    """Click's message in the manner of the house: lower case, no final period."""
    text = error.format_message().strip().removesuffix(".")
    return text[:1].lower() + text[1:] if text[:2] != text[:2].upper() else text


def _lines(failure: Failure) -> tuple[str, str | None]:
    if failure.kind == "interrupted":
        return failure.message.removeprefix("interrupted; "), None
    return failure.message, failure.help
