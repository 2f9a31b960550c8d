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

_TEXT: Final = "text"
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
    outputs = tuple(map(_parse, specifications)) or (Output(_TEXT),)
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


def write_outputs(
    report: Report,
    outputs: Sequence[Output],
    *,
    standard_output: Callable[[str], object],
    color: bool = False,
) -> None:
    """Render a report in every format asked for, and write each to its place; standard output comes last.

    Args:
        report: what to write.
        outputs: from ``parse_outputs``, probed before.
        standard_output: takes the text for standard output.
        color: whether text on standard output has colours; files never have.

    Raises:
        InputError: a file cannot be written; the others are.
    """
    rendered = [
        text.render(report, color=color)
        if output == Output(_TEXT)
        else FORMATS[output.format](report)
        for output in outputs
    ]
    failures = []
    for output, content in zip(outputs, rendered, strict=True):
        if output.target is not None:
            try:
                replace_file(output.target, content.encode())
            except OSError as error:
                failures.append(_cannot_write(output.target, error))
    for output, content in zip(outputs, rendered, strict=True):
        if output.target is None:
            standard_output(content)
    if failures:
        raise failures[0]


def _cannot_write(target: Path, error: OSError) -> InputError:
    reason = error.strerror or type(error).__name__
    return InputError(f"cannot write `{plain(str(target))}`: {reason}")
