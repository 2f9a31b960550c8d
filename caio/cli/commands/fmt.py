"""``caio fmt``: documents in the one layout, comments kept."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import click

from caio.base.errors import InputError
from caio.base.spans import Source
from caio.cli import streams
from caio.cli.exits import Exit, worst
from caio.cli.failures import DoesNotCompileError, MisuseError, explain, report
from caio.cli.files import STDIN, read, write
from caio.cli.text import count, safe

_SUFFIX: Final = ".caio"


@click.command(
    "fmt",
    help=(
        "Format .caio documents in place; folders are searched, and - reads standard input and writes standard"
        " output.\n\nFormatting twice changes nothing, and no comment is lost."
    ),
)
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a file would change.")
@click.option(
    "--diff", is_flag=True, help="Write nothing; show what would change, and exit 1 then."
)
def command(*, paths: tuple[str, ...], check: bool, diff: bool) -> Exit:
    """Format each file; one that does not parse does not keep the others from it."""
    if STDIN in paths:
        if len(paths) > 1:
            raise MisuseError("`-` stands for standard input and goes with no other path")
        return _standard_input(check=check, diff=diff)
    files = list(_files(paths or (".",)))
    if not files:
        raise InputError("no .caio file is there")
    changed, outcomes = 0, []
    for path in files:
        try:
            different = _file(path, check=check, diff=diff)
        except InputError as error:
            report(explain(error), error, as_json=False)
            outcomes.append(Exit.COULD_NOT_RUN)
            continue
        changed += different
        outcomes.append(Exit.REFUTED if different and (check or diff) else Exit.HOLDS)
    verb = "would change" if check or diff else "changed"
    failed = outcomes.count(Exit.COULD_NOT_RUN)
    unread = f", {count(failed, 'file')} could not be read" if failed else ""
    streams.note(f"{count(len(files), 'file')}: {changed} {verb}{unread}")
    return worst(outcomes)


def _files(paths: Sequence[str]) -> Iterator[Path]:
    for name in paths:
        path = Path(name)
        if path.is_dir():
            yield from sorted(
                found
                for found in path.rglob(f"*{_SUFFIX}")
                if found.is_file()
                and not any(part.startswith(".") for part in found.relative_to(path).parts)
            )
        else:
            yield path


def _file(path: Path, *, check: bool, diff: bool) -> bool:
    """Format one file. Returns whether it was, or would be, changed."""
    source = Source.read(path)
    formatted = _formatted(source)
    if formatted == source.text:
        return False
    if diff:
        _show_diff(str(path), source.text, formatted)
    elif check:
        streams.out_safe(f"{path}")
    else:
        write(str(path), formatted.encode())
    return True


def _standard_input(*, check: bool, diff: bool) -> Exit:
    source = Source.from_bytes("<stdin>", read(STDIN))
    formatted = _formatted(source)
    same = formatted == source.text
    if diff:
        _show_diff("<stdin>", source.text, formatted)
    elif not check:
        streams.out_bytes(formatted.encode())
    return Exit.HOLDS if same or not (check or diff) else Exit.REFUTED


def _formatted(source: Source) -> str:
    from caio.syntax.format import format_source  # noqa: PLC0415 - the grammar loads here

    formatted, diagnostics = format_source(source)
    if formatted is None:
        raise DoesNotCompileError(diagnostics)
    return formatted


def _show_diff(name: str, old: str, new: str) -> None:
    from difflib import unified_diff  # noqa: PLC0415 - rarely asked

    lines = unified_diff(
        old.splitlines(), new.splitlines(), f"{name}", f"{name} (formatted)", lineterm=""
    )
    for line in lines:
        sys.stdout.write(safe(line, lines=True) + "\n")
