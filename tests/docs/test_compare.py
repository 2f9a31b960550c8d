"""The comparison of pages with what happens says no when it should."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.compare import agree
from tests.docs.contracts import mistakes
from tests.docs.pages import ROOT, Block, PageError, blocks, commands
from tests.docs.shell import Shell, vouched_for

PAGE = ROOT / "README.md"
FENCE = "```"


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("a\nb", "a\nb  \n\n"),
        ("a\n…\nd", "a\nb\nc\nd"),
        ("a\n…\nd", "a\nd"),
        ("…\nd", "a\nd"),
        ("a\n…", "a\nb\nc"),
        ("digest …9", "digest 0123456789"),
        ("checked, 1,000 steps of work", "checked, 7 steps of work"),
        ('{"a": 1, "b": [true]}', '{"b":[true],\n"a":1}'),
        ('{"a": "…"}', '{"a": {"b": 2}}'),
    ],
)
def test_what_agrees(shown: str, printed: str) -> None:
    assert agree(shown.splitlines(), printed.splitlines())


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("a", "a\nb"),
        ("a\nb", "a"),
        ("a\n…\nd", "a\nb\nc"),
        ("a\n…\nd", "b\nd"),
        ("digest …9", "digest 012\n9"),
        ("1,000 steps", "7 steps"),
        ("a.c", "abc"),
        ('{"a": 1}', '{"a": 1, "b": 2}'),
        ('{"a": 1}', '{"a": true}'),
        ('["…"]', "[1, 2]"),
    ],
)
def test_what_does_not(shown: str, printed: str) -> None:
    assert not agree(shown.splitlines(), printed.splitlines())


@pytest.mark.parametrize(
    "text",
    [
        f"<!-- run: exti 1 -->\n\n{FENCE}console\n$ x\n{FENCE}\n",
        f"<!-- run: exit 1 -->\n\nwords between\n\n{FENCE}console\n$ x\n{FENCE}\n",
        f"{FENCE}bash\ncaio check\n{FENCE}\n",
    ],
)
def test_a_marker_or_a_language_that_nobody_knows_is_refused(text: str) -> None:
    with pytest.raises(PageError):
        blocks(PAGE, text)


@pytest.mark.parametrize("text", ["caio check\n", "", "# a remark\n$ caio check\n"])
def test_a_console_block_begins_with_a_command(text: str) -> None:
    with pytest.raises(PageError):
        commands(Block(PAGE, 1, "console", text))


def test_blocks_within_a_list_lose_their_margin() -> None:
    (block,) = blocks(
        PAGE, f"- x\n\n  <!-- run: exit 3; slow -->\n\n  {FENCE}console\n  $ a\n  b\n  {FENCE}\n"
    )
    assert (block.text, block.items) == ("$ a\nb\n", (("exit", "3"), ("slow", "")))


def test_what_is_vouched_for_is_named_in_full() -> None:
    assert vouched_for("make test")
    assert vouched_for("pip install --no-deps caio-router")
    assert vouched_for(".venv/bin/python -m tests.tamper.generate --cases")
    assert not vouched_for(".venv/bin/python -m tests.tamper.generate --caces")
    assert not vouched_for(".venv/bin/python -m tests.tamper.generator")
    for text in ("make tset", "make test; rm x", "pip install caio", "pip install", "caio check"):
        assert not vouched_for(text)


def test_a_contract_that_does_not_compile_is_found() -> None:
    text = 'vocabulary "v" { capability chat }\nrequest r { needs char }\n'
    assert mistakes([Block(PAGE, 1, "caio", text)])
    assert not mistakes([Block(PAGE, 1, "caio", text.replace("char", "chat"))])
    assert mistakes([Block(PAGE, 1, "caio", "request r { needs chat }\n")])
    assert mistakes([Block(PAGE, 1, "caio", "a >= ", (("fragment", ""),))])
    assert not mistakes([Block(PAGE, 1, "caio", "a >= 1", (("fragment", ""),))])
    market = (("among", "tests/cli/market"),)
    assert mistakes([Block(PAGE, 1, "caio", "request triage { needs chat }\n", market)])


def test_a_terminal_has_both_streams_and_the_status(shell: Shell, tmp_path: Path) -> None:
    shell.enter_repository()
    assert shell.run("caio check nowhere").code == 4
    assert "cannot read" in shell.run("caio check nowhere").shown
    ran = shell.run("echo out; echo err >&2; echo x > /tmp/x; exit 3")
    assert (ran.code, ran.shown) == (3, "out\nerr\n")
    assert (tmp_path / "tmp" / "x").is_file()
    assert shell.run("cd docs").code == 0
    assert shell.folder.name == "docs"
    assert shell.run("ls /tmp/x").shown == "/tmp/x\n"  # noqa: S108 - what the page says
