"""``caio init``: a project to begin with, that checks, routes and verifies as it is."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from caio.base.errors import InputError
from caio.cli import streams
from caio.cli.exits import Exit
from caio.cli.progress import Waiting
from caio.cli.starter import Planned, Starter, demo, plan, project, write_all
from caio.cli.text import safe

FORMAT: Final = "caio-init/v1"
_DECISION: Final = "decision.json"


@click.command(
    "init",
    help=(
        "Begin a project in DIR (default: the current folder): documents to learn from and to change, and a README"
        " with the next three commands.\n\n"
        "DIR must be new or empty; what is hidden in it does not count. Either all files are written or none."
    ),
)
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path())
@click.option(
    "--demo",
    "wants_demo",
    is_flag=True,
    help="A real registry of 4,551 language models, with a policy and requests.",
)
@click.option(
    "--force",
    is_flag=True,
    help="Write into a folder that is not empty; files that are replaced are listed.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def command(*, folder: str, wants_demo: bool, force: bool, as_json: bool) -> Exit:
    """Plan, write, say what to do next."""
    if not folder:
        # Mostly a variable of a script that is not set; it must not mean the current folder.
        raise InputError("the name of the folder is empty")
    target = Path(folder)
    with Waiting("importing the registry" if wants_demo else "writing the project"):
        starter = demo() if wants_demo else project()
        planned = plan(target, starter, force=force)
        write_all(target, planned)
    following = _next(folder, starter)
    if as_json:
        streams.out_json(_json(folder, planned, following))
    else:
        _print(folder, planned)
        streams.suggest(*following)
    return Exit.HOLDS


def _next(folder: str, starter: Starter) -> list[str]:
    """What to type now, quoted for a shell."""
    commands = [
        ["caio", "check", "contracts"],
        ["caio", "route", "contracts", *starter.question, "-o", _DECISION],
        ["caio", "verify", _DECISION],
    ]
    if Path(folder) != Path():
        commands.insert(0, ["cd", f"./{folder}" if folder.startswith("-") else folder])
    return [shlex.join(words) for words in commands]


def _print(folder: str, planned: Sequence[Planned]) -> None:
    yellow, plain = ("\x1b[33m", "\x1b[0m") if streams.coloured(sys.stdout) else ("", "")
    place = "this folder" if Path(folder) == Path() else f"{safe(folder)}"
    streams.out(f"project in {place}")
    for file in planned:
        tone = yellow if file.state == "replaced" else ""
        streams.out(f"  {tone}{file.state:<9}{plain if tone else ''}  {safe(file.name)}")


def _json(folder: str, planned: Sequence[Planned], following: Sequence[str]) -> dict[str, object]:
    return {
        "format": FORMAT,
        "verdict": "created",
        "exit": int(Exit.HOLDS),
        "folder": folder,
        "files": [{"path": file.name, "state": file.state} for file in planned],
        "next": list(following),
    }
