"""``caio lint``: what is wrong with documents that compile, with evidence, and with a fix where one is safe."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caio.base.errors import InputError
from caio.cli import streams
from caio.cli.evidence import kept_answers
from caio.cli.exits import Exit
from caio.cli.failures import DoesNotCompileError, MisuseError
from caio.cli.files import read, write
from caio.cli.gate import Answers, Certificate, Gate, conclude, gate_options
from caio.cli.progress import Waiting
from caio.cli.text import count, safe

if TYPE_CHECKING:
    from caio.analysis.lint.linting import Linted
    from caio.sema.discover import Input
    from caio.sema.project import Project


@click.command(
    "lint",
    help=(
        "Find what is wrong with documents that compile.\n\n"
        "PATHS are documents (.caio, .json) or folders of them. Found are rules that never apply, forbid nothing, follow"
        " from other rules, contradict each other, or can be satisfied by no service; services that no request can"
        " reach; guarantees and thresholds without effect; declarations that nothing uses. All but the last is"
        " proved, and the checker accepts each claim."
    ),
)
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@click.option("--fix", is_flag=True, help="Take out of .caio files what changes no admission.")
@click.option(
    "--diff",
    is_flag=True,
    help="Write no document; show what --fix would change, and report as it is.",
)
@click.option("--dry-run", is_flag=True, help="With --fix: the same as --diff.")
@gate_options
def command(*, paths: tuple[str, ...], fix: bool, diff: bool, dry_run: bool, gate: Gate) -> Exit:
    """Compile, look, perhaps mend, report."""
    if dry_run and not fix:
        raise MisuseError("`--dry-run` says how to fix: write `--fix --dry-run`, or `--diff`")
    words = [*paths, *(["--fix"] if fix and not dry_run and not diff else [])]

    def ask(waiting: Waiting) -> Answers:
        return _ask(paths, gate, waiting, fix=fix, diff=diff or dry_run)

    return conclude(gate, ask, *words)


def _ask(paths: Sequence[str], gate: Gate, waiting: Waiting, *, fix: bool, diff: bool) -> Answers:
    from caio.analysis.lint.linting import lint  # noqa: PLC0415 - solver loads here
    from caio.analysis.lint.mending import mend  # noqa: PLC0415
    from caio.certify.prover import Prover  # noqa: PLC0415
    from caio.cli.documents import compile_documents  # noqa: PLC0415

    kept = kept_answers(gate.cache)
    with Prover() as prover:

        def look(project: Project) -> Linted:
            return lint(
                project,
                prover,
                answers=kept,
                budget=gate.budget,
                progress=waiting,
                step=waiting.step,
            )

        if not (fix or diff):
            return _answers(look(compile_documents(paths, cache=gate.cache)))
        inputs, project = _read(paths)
        mended = mend(inputs, project, look)
        if diff:
            _show(inputs, mended.inputs)
            return _answers(look(project))
        _write(inputs, mended.inputs, mended.removed)
        return _answers(mended.linted)


def _answers(linted: Linted) -> Answers:
    return Answers(
        linted.questions,
        tuple(
            Certificate(about, one.certificate, one.documents) for about, one in linted.certificates
        ),
    )


def _read(paths: Sequence[str]) -> tuple[list[Input], Project]:
    """The texts behind the paths and what they say, kept in memory to be changed."""
    from caio.cli.diagnostics import show  # noqa: PLC0415 - only where there is something to show
    from caio.sema.discover import discover  # noqa: PLC0415 - the grammar loads here
    from caio.sema.project import compile_inputs  # noqa: PLC0415
    from caio.sema.report import Report  # noqa: PLC0415

    report = Report()
    inputs = discover(paths, report)
    project = compile_inputs(inputs, report, keep=True)
    if not project.ok:
        raise DoesNotCompileError(project.diagnostics)
    if project.diagnostics:
        show(project.diagnostics, sys.stderr)
    return inputs, project


def _changes(before: Sequence[Input], after: Sequence[Input]) -> list[tuple[Input, Input]]:
    return [(old, new) for old, new in zip(before, after, strict=True) if old.data != new.data]


def _show(before: Sequence[Input], after: Sequence[Input]) -> None:
    """The changes as a diff on standard error: standard output may be a report for a machine."""
    from difflib import unified_diff  # noqa: PLC0415 - rarely asked

    for old, new in _changes(before, after):
        name = old.name.lstrip("/")
        lines = unified_diff(
            old.data.decode().splitlines(),
            new.data.decode().splitlines(),
            f"a/{name}",
            f"b/{name}",
            lineterm="",
        )
        for line in lines:
            sys.stderr.write(safe(line, lines=True) + "\n")


def _write(before: Sequence[Input], after: Sequence[Input], removed: int) -> None:
    """Write what has changed, each file whole or not at all."""
    changes = _changes(before, after)
    for old, _ in changes:
        path = Path(old.name)
        if not path.stat().st_mode & 0o222:
            raise InputError(f"cannot fix `{old.name}`: it is read-only; nothing was written")
        if read(old.name) != old.data:
            raise InputError(
                f"cannot fix `{old.name}`: it has changed meanwhile; nothing was written, run again"
            )
    for old, new in changes:
        write(old.name, new.data)
        streams.note(f"fixed: {old.name}")
    streams.note(f"{count(removed, 'finding')} fixed in {count(len(changes), 'file')}")
