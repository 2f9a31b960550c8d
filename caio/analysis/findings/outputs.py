"""What a user wants where: ``--format sarif=out.sarif --format text``, checked before anything is analysed.

A specification is ``FORMAT`` (to standard output) or ``FORMAT=FILE``. Standard output takes one format, a file one, and each
target is probed first: minutes of proving must not end in *permission denied*. Files are written whole or not at all.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from caio.analysis.findings import as_json, github, gitlab, junit, markdown, sarif, text, web
from caio.analysis.findings.plain import plain
from caio.analysis.findings.report import Report
from caio.analysis.findings.text import MOST_SHOWN
from caio.base.diagnostics import did_you_mean
from caio.base.errors import InputError
from caio.base.writing import replace_file

FORMATS: Final[Mapping[str, Callable[[Report], str]]] = MappingProxyType(
    {
        "text": text.render,
        "json": as_json.render,
        "sarif": sarif.render,
        "junit": junit.render,
        "github": github.render,
        "github-summary": markdown.render_summary,
        "gitlab": gitlab.render,
        "markdown": markdown.render,
        "html": web.render,
    }
)
"""Each format by its name: a pure function of the report."""

TEXT: Final = "text"
"""The format that nobody has to ask for."""
_KNOWN: Final = ", ".join(f"`{name}`" for name in FORMATS)


@dataclass(frozen=True, slots=True)
class Output:
    """A format and where it goes: to a file, or to standard output (None)."""

    format: str
    target: Path | None = None


def parse_outputs(specifications: Sequence[str]) -> tuple[Output, ...]:
    """The outputs that specifications ask for; text on standard output if there is none.

    Raises:
        InputError: a format is unknown, a file has no name, or two outputs have the same target.
    """
    outputs = tuple(map(_parse, specifications)) or (Output(TEXT),)
    seen: dict[Path | None, str] = {}
    for output in outputs:
        place = None if output.target is None else Path(os.path.realpath(output.target))
        if place in seen:
            where = "standard output" if place is None else f"`{plain(str(output.target))}`"
            raise InputError(
                f"`{seen[place]}` and `{output.format}` both go to {where}:"
                f" give one of them a file of its own, as in `--format {output.format}=FILE`"
            )
        seen[place] = output.format
    return outputs


def _parse(specification: str) -> Output:
    name, equals, target = specification.partition("=")
    if name not in FORMATS:
        hint = did_you_mean(name, FORMATS) or f"there are {_KNOWN}"
        raise InputError(f"there is no format `{plain(name, 80)}`: {hint}")
    if not equals or target == "-":
        return Output(name)
    if not target or "\0" in target:
        raise InputError(
            f"`{plain(specification, 80)}` names no file: write `--format {name}=FILE`"
        )
    return Output(name, Path(target))


def probe_outputs(outputs: Sequence[Output]) -> None:
    """Make sure that every target can be written, without changing any.

    Raises:
        InputError: one cannot; the message names it and says why.
    """
    for output in outputs:
        if output.target is not None:
            _probe(output.target)


def _probe(target: Path) -> None:
    shown = plain(str(target))
    try:
        if target.is_dir():
            raise InputError(f"cannot write `{shown}`: it is a folder; name a file in it")
        if target.exists() and not target.is_file():
            raise InputError(
                f"cannot write `{shown}`: it is no ordinary file; `-` stands for standard output"
            )
        if not target.parent.is_dir():
            raise InputError(
                f"cannot write `{shown}`: there is no folder `{plain(str(target.parent))}`; create it first"
            )
        # Permissions do not tell of read-only file systems and full quotas; an attempt does.
        attempt = target.with_name(f".{target.name[:64]}.{secrets.token_hex(6)}.tmp")
        try:
            attempt.touch(exist_ok=False)
        finally:
            with suppress(OSError):
                attempt.unlink()
    except OSError as error:
        raise _cannot_write(target, error) from error


def write_files(
    report: Report, outputs: Sequence[Output], *, most: int | None = None
) -> tuple[InputError, ...]:
    """Write a report to every file asked for; what could not be written, in the order of the outputs.

    All are rendered first, so that a renderer that fails leaves everything as it was, and no file that cannot be written
    keeps another from being written.

    Args:
        report: what to write.
        outputs: from ``parse_outputs``, probed before; those for standard output are left out.
        most: how many findings text and Markdown show; None for as many as each usually does.
    """
    rendered = [
        (output.target, _render(report, output, most=most))
        for output in outputs
        if output.target is not None
    ]
    failures = []
    for target, content in rendered:
        try:
            replace_file(target, content.encode())
        except OSError as error:
            failures.append(_cannot_write(target, error))
    return tuple(failures)


def standard_output(
    report: Report, outputs: Sequence[Output], *, color: bool = False, most: int | None = None
) -> str:
    """What goes to standard output, which is nothing if every output has a file.

    Args:
        report: what to write.
        outputs: from ``parse_outputs``.
        color: whether text has colours; files never have.
        most: how many findings text and Markdown show; None for as many as each usually does.
    """
    chosen = [output for output in outputs if output.target is None]
    return "".join(_render(report, output, color=color, most=most) for output in chosen)


def _render(report: Report, output: Output, *, color: bool = False, most: int | None) -> str:
    match output.format:
        case "text":
            return text.render(report, color=color, most=MOST_SHOWN if most is None else most)
        case "markdown":
            return markdown.render(report, most=most)
        case "github-summary":
            return markdown.render_summary(report, most=most)
        case name:
            return FORMATS[name](report)


def _cannot_write(target: Path, error: OSError) -> InputError:
    reason = error.strerror or type(error).__name__
    return InputError(
        f"cannot write `{plain(str(target))}`: {reason}; make room or name another file"
    )
