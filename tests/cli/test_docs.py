"""The documentation of the command line is the command line's own.

``CAIO_UPDATE_DOCS=1 pytest tests/cli/test_docs.py`` writes help texts anew.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import click
import pytest

from caio.cli import failures
from caio.cli.commands import check, verify
from caio.cli.exits import Exit
from caio.cli.main import cli
from tests.cli.conftest import Run

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "cli.md"
README = ROOT / "README.md"
BLOCK = re.compile(
    r"<!-- help: ?(?P<words>[a-z -]*?) ?-->(?:\n\n```text\n(?P<text>.*?)```)?", re.DOTALL
)



def documented() -> dict[str, str]:
    return {m["words"]: m["text"] or "" for m in BLOCK.finditer(PAGE.read_text("utf-8"))}


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch, run: Run) -> Run:
    monkeypatch.setenv("COLUMNS", "100")
    return run


def test_the_help_texts_are_the_ones_in_the_page(wide: Run) -> None:
    actual = {words: wide(*words.split(), "--help").out for words in documented()}
    if os.environ.get("CAIO_UPDATE_DOCS"):
        PAGE.write_text(
            BLOCK.sub(
                lambda m: f"<!-- help: {m['words']} -->\n\n```text\n{actual[m['words']]}```",
                PAGE.read_text("utf-8"),
            ),
            "utf-8",
        )
    assert documented() == actual


def test_every_command_is_in_the_page() -> None:
    context = click.Context(cli)
    wanted = {""}
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        if isinstance(command, click.Group):
            wanted |= {f"{name} {member}" for member in command.commands}
        else:
            wanted.add(name)
    assert set(documented()) == wanted


def test_every_exit_code_and_format_is_in_the_page() -> None:
    text = PAGE.read_text("utf-8")
    for code in Exit:
        assert f"\n| {int(code)} | " in text
    for signal in (failures.INTERRUPTED, failures.READER_GONE, failures.TERMINATED):
        assert str(signal) in text
    for name in (failures.FORMAT, check.FORMAT, verify.FORMAT):
        assert f'"{name}"' in text


def test_every_link_of_our_pages_leads_somewhere() -> None:
    pages = [README, PAGE, ROOT / "docs" / "architecture.md", ROOT / "examples" / "README.md"]
    for page in [*pages, *(ROOT / "docs" / "adr").glob("*.md")]:
        if page.name == "template.md":
            continue
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to `{target}`"
