"""The page of the command line has all of it: every command's help, every exit code, every format.

That a help text is the current one is tested with all other commands that pages show; ``CAIO_UPDATE_DOCS=1 pytest tests/docs``
writes them anew.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import click

from caio.cli import commands as package
from caio.cli import failures
from caio.cli.exits import Exit
from tests.docs.pages import ROOT, blocks, commands
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
