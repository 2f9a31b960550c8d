"""The page of the command line has all of it: every command's help, every exit code, every format.

That a help text is the current one is tested with all other commands that pages show; ``CAIO_UPDATE_DOCS=1 pytest tests/docs``
writes them anew.
"""

from __future__ import annotations

import json
import re
from importlib import import_module
from pkgutil import iter_modules

import click
from click.testing import CliRunner

from caio.cli import commands as package
from caio.cli import failures
from caio.cli.exits import Exit
from caio.cli.main import cli
from caio.landscape.history import History
from tests.docs.pages import ROOT, blocks, commands
from tests.docs.shell import Shell
from tests.docs.test_pages import all_commands

PAGE = ROOT / "docs" / "cli.md"


def test_every_command_has_its_help_in_the_page() -> None:
    shown = {
        command.text
        for block in blocks(PAGE)
        if block.language == "console"
        for command in commands(block)
        if any(command.shown)
    }
    for name, command in {"": None, **all_commands()}.items():
        if not isinstance(command, click.Group):
            wanted = " ".join(["caio", *name.split(), "--help"])
            assert wanted in shown, f"show `$ {wanted}` and what it prints in a console block"


def test_every_exit_code_and_format_is_in_the_page() -> None:
    text = PAGE.read_text("utf-8")
    for code in Exit:
        assert f"\n| {int(code)} | " in text
    for signal in (failures.INTERRUPTED, failures.READER_GONE, failures.TERMINATED):
        assert str(signal) in text
    modules = [
        import_module(f"{package.__name__}.{m.name}") for m in iter_modules(package.__path__)
    ]
    for module in (failures, *modules):
        if hasattr(module, "FORMAT"):
            assert f'"{module.FORMAT}"' in text


def test_every_variable_that_is_read_is_in_the_page() -> None:
    text = PAGE.read_text("utf-8")
    read = {
        name
        for path in (ROOT / "caio").rglob("*.py")
        for name in re.findall(r'"(CAIO_[A-Z_]+|XDG_[A-Z_]+)"', path.read_text("utf-8"))
    }
    assert "CAIO_DEBUG" in read
    assert not {name for name in read if name not in text}


SHAPES = {
    "caio-check/v1": ("check", "contracts", "--json"),
    "caio-verify/v1": ("verify", "decision.json", "--json"),
    "caio-audit-check/v1": ("audit", "check", "gateway.log", "--json"),
    "caio-audit-entries/v1": ("audit", "log", "gateway.log", "--json"),
    "caio-audit-show/v1": ("audit", "show", "gateway.log", "1", "--json"),
    "caio-audit-replay/v1": ("audit", "replay", "gateway.log", "1", "--json"),
    "caio-audit-export/v1": ("audit", "export", "gateway.log", "-o", "evidence.zip", "--json"),
    "caio-evidence-report/v1": ("audit", "verify", "evidence.zip", "--json"),
    "caio-audit-erase/v1": (
        *("audit", "erase", "gateway.log", "1", "--reason", "asked for", "--yes", "--json"),
    ),
    "caio-audit/v1": ("audit", "history", "history.db", "--json"),
    "caio-init/v1": ("init", "new", "--json"),
    "caio-doctor/v1": ("doctor", "--json"),
    "caio-error/v1": ("check", "nowhere", "--json"),
}
"""By format of an answer in JSON, a command that gives one."""


def keys(notation: str) -> list[str]:
    """The names on the outermost level of an object in the page's notation."""
    depth, found = 0, []
    for piece in re.findall(r'"[^"]*" *:|"[^"]*"|[{}\[\]]', notation):
        depth += (piece in "{[") - (piece in "}]")
        if depth == 1 and piece.endswith(":"):
            found.append(piece.split('"')[1])
    return found


def test_answers_in_json_have_the_shape_of_the_page(shell: Shell) -> None:
    shell.enter_copy("tests/cli")
    shell.provide("tests/cli/market", "contracts")
    question = "--request triage --facts alice --at 2026-11-22"
    for line in (
        "caio audit key create gateway.pem --name audit.example.com/gateway",
        "caio audit init gateway.log --key gateway.pem --name audit.example.com/gateway",
        f"caio route contracts {question} -o decision.json --record gateway.log",
        "caio audit checkpoint gateway.log --key gateway.pem",
    ):
        assert shell.run(line).code == 0, line
    History("history.db").close()
    notations = [block.text for block in blocks(PAGE) if block.text.startswith('{"format": ')]
    shapes = {text.split('"')[3]: keys(text) for text in notations}
    assert shapes.keys() == SHAPES.keys()
    for name, words in SHAPES.items():
        answer = CliRunner().invoke(cli, list(words), prog_name="caio").stdout
        assert list(json.loads(answer)) == shapes[name]
        assert json.loads(answer)["format"] == name


def test_the_names_of_a_notation() -> None:
    assert keys('{"a": "x" | {"b": 1}, "c": [{"d", "e"}, …], "f": g}') == ["a", "c", "f"]
