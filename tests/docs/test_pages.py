"""Every command and every example that a page shows does what the page says.

``CAIO_UPDATE_DOCS=1 pytest tests/docs`` writes what commands print into the pages, wherever a page shows something else.
"""

from __future__ import annotations

import doctest
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from caio.cli.main import cli
from tests.docs.compare import agree
from tests.docs.contracts import mistakes
from tests.docs.pages import ROOT, TEMPLATES, Block, Command, blocks, commands, pages
from tests.docs.shell import Shell, vouched_for

UPDATE = bool(os.environ.get("CAIO_UPDATE_DOCS"))
MAX_NEVER = 2
"""How many commands of all pages may go without being run."""

_SPAN = re.compile(r"(?<!`)`(caio [^`]+|make [a-z]+)`(?!`)")


def executable(page: Path) -> list[Block]:
    return [block for block in blocks(page) if block.language in {"console", "python"}]


def is_slow(page: Path) -> bool:
    """Whether its marker says so, or it is about the real registry and written for readers elsewhere."""
    return page.parent.name == "demo" or any(block.values("slow") for block in executable(page))


def parameters() -> list[Any]:
    return [
        pytest.param(
            page,
            id=str(page.relative_to(ROOT)),
            marks=[pytest.mark.slow] if is_slow(page) else [],
        )
        for page in pages()
        if executable(page)
    ]


@pytest.mark.parametrize("page", parameters())
def test_what_a_page_shows_happens(page: Path, shell: Shell) -> None:
    if page.is_relative_to(ROOT / "examples"):
        shell.enter_copy(str(page.parent.relative_to(ROOT)))
    elif page.is_relative_to(TEMPLATES):
        shell.enter_project(page.parent.name)
    else:
        shell.enter_repository()
    namespace: dict[str, Any] = {"__name__": "__main__"}
    printed: list[tuple[Block, str]] = []
    wrong: list[str] = []
    for block in executable(page):
        for folder in block.values("in"):
            shell.enter_copy(folder)
        for copy in block.values("copy"):
            path, _, name = copy.partition(" as ")
            shell.provide(path, name)
        if block.never is not None:
            continue
        if block.language == "python":
            run_python(block, namespace)
            continue
        told = list(console(block, shell, wrong))
        printed.append((block, "".join(told)))
    if UPDATE and wrong:
        rewrite(page, printed)
    assert not wrong or UPDATE, "\n\n".join(wrong)


def console(block: Block, shell: Shell, wrong: list[str]) -> list[str]:
    """Run the commands of a block; its text as it should be, in pieces."""
    told = []
    all_commands = commands(block)
    rows = block.text.splitlines(keepends=True)
    for index, command in enumerate(all_commands):
        last = index == len(all_commands) - 1
        end = len(rows) if last else all_commands[index + 1].line - block.line
        shown_from = end - len(command.shown)
        told += rows[command.line - block.line : shown_from]
        if vouched_for(command.text):
            told += rows[shown_from:end]
            continue
        ran = shell.run(command.text)
        codes = [int(value) for value in block.values("exit")] if last else []
        place = f"{block.page.relative_to(ROOT)}:{command.line}: $ {command.text}"
        if ran.code != (codes[0] if codes else 0):
            pytest.fail(f"{place}\nends with {ran.code}:\n{ran.shown}")
        if not any(map(str.strip, command.shown)) or agree(command.shown, ran.shown.splitlines()):
            told += rows[shown_from:end]
        else:
            wrong.append(
                f"{place}\nprints\n\n{ran.shown}\nand the page shows\n\n" + "\n".join(command.shown)
            )
            told.append(ran.shown.rstrip("\n") + ("\n" if last else "\n\n"))
    return told


def rewrite(page: Path, printed: list[tuple[Block, str]]) -> None:
    text = page.read_text("utf-8")
    for block, told in reversed(printed):
        body = "".join(
            block.margin + row if row.strip() else row for row in told.splitlines(keepends=True)
        )
        text = text[: block.start] + body + text[block.end :]
    page.write_text(text, "utf-8")


def run_python(block: Block, namespace: dict[str, Any]) -> None:
    if ">>>" in block.text:
        test = doctest.DocTestParser().get_doctest(
            block.text, namespace, block.place, str(block.page), block.line - 1
        )
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
        said: list[str] = []
        runner.run(test, out=said.append, clear_globs=False)
        assert not runner.failures, "".join(said)
        namespace.update(test.globs)
    else:
        # The line numbers of a traceback are those of the page.
        source = "\n" * (block.line - 1) + block.text
        exec(compile(source, str(block.page), "exec"), namespace)  # noqa: S102 - our own pages


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_contracts_compile_and_json_is_json(page: Path) -> None:
    found = blocks(page)
    # The pages of diagnostics and of rules show what fails; the tests of each room run them.
    if page.parent not in (ROOT / "docs" / "errors", ROOT / "docs" / "findings"):
        contracts = [block for block in found if block.language == "caio"]
        assert not mistakes(contracts)
    for block in found:
        if block.language == "json":
            json.loads(block.text)


def test_commands_that_are_not_run_are_few_and_say_why() -> None:
    never = [
        (block.place, block.never)
        for page in pages()
        for block in executable(page)
        if block.never is not None
    ]
    vouched = [
        (f"{page.relative_to(ROOT)}:{command.line}", command.text)
        for page in pages()
        for block in executable(page)
        if block.language == "console" and block.never is None
        for command in commands(block)
        if vouched_for(command.text)
    ]
    told = ["not run:", *(f"  {place}: {why}" for place, why in never)]
    told += ["checked by what they name:", *(f"  {place}: {text}" for place, text in vouched), ""]
    sys.stdout.write("\n".join(told))
    assert len(never) <= MAX_NEVER


def all_commands() -> dict[str, click.Command]:
    context = click.Context(cli)
    found: dict[str, click.Command] = {}
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        found[name] = command
        if isinstance(command, click.Group):
            found |= {f"{name} {member}": inner for member, inner in command.commands.items()}
    return found


def unknown_parts(text: str, known: dict[str, click.Command]) -> list[str]:
    """The words of a command line in the middle of a sentence that the program does not know."""
    words = text.removeprefix("caio ").split()
    if words[0].startswith("-"):
        return [word for word in words if word not in {"--help", "-h", "--version"}]
    name = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
    if name not in known:
        return [name]
    options = {option for parameter in known[name].params for option in parameter.opts}
    return [
        word
        for word in words[1:]
        if re.fullmatch(r"--?[a-z][a-z-]*", word) and word not in options | {"--help", "-h"}
    ]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_in_sentences_exist(page: Path) -> None:
    known = all_commands()
    for match in _SPAN.finditer(page.read_text("utf-8")):
        if match[1].startswith("make"):
            assert vouched_for(match[1]), match[1]
        else:
            assert not unknown_parts(match[1], known), match[1]


def test_what_a_page_may_say_of_a_command() -> None:
    known = all_commands()
    assert unknown_parts("caio route x --request y", known) == []
    assert unknown_parts("caio route --wanted y", known) == ["--wanted"]
    assert unknown_parts("caio rout", known) == ["rout"]
    assert unknown_parts("caio --halp", known) == ["--halp"]


def test_a_command_and_its_remark() -> None:
    block = Block(ROOT / "README.md", 7, "console", "$ make a  # why\n$ caio b \\\n    c\nout\n")
    assert commands(block) == [Command("make a", 7), Command("caio b c", 8, ("out",))]
