"""Diagnostics as data, as text and as JSON; and a page for every code."""

import importlib
import re
import textwrap
from pathlib import Path

import pytest

from caio.base.diagnostics import CODES, Code, Label, did_you_mean, register
from caio.base.render import render_json, render_text
from caio.base.spans import Source
from caio.syntax import codes
from caio.syntax.parse import parse
from tests.syntax.texts import ROOT, blocks, errors

PAGES = ROOT / "docs" / "errors"
SYNTAX = sorted(code.name for code in vars(codes).values() if isinstance(code, Code))


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    for module in ("caio.sema.codes", "caio.analysis.sanity"):
        importlib.import_module(module)
    pages = {page.stem for page in PAGES.glob("*.md")} - {"README"}
    assert pages == {name for name in CODES if not name.startswith("test-")}


@pytest.mark.parametrize("page", sorted(PAGES.glob("*-*.md")), ids=lambda page: page.stem)
def test_pages_have_one_form(page: Path) -> None:
    text = page.read_text("utf-8")
    headings = re.findall(r"^#+ .*", text, re.MULTILINE)
    assert headings == [
        f"# `{page.stem}`",
        "## An example that fails",
        "## An example that passes",
    ]


@pytest.mark.parametrize("code", SYNTAX)
def test_the_examples_fail_with_this_code_and_pass(code: str) -> None:
    fails, passes = blocks(PAGES / f"{code}.md")
    if code == "too-many-errors":
        fails *= 1001
    assert code in {found for found, _, _ in errors(fails)}
    if code != "too-many-errors":
        assert {found for found, _, _ in errors(fails)} == {code}
    assert errors(passes) == []


def test_codes_are_kebab_and_unique() -> None:
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in CODES)
    register("test-code", "a test")
    with pytest.raises(ValueError, match="twice"):
        register("test-code", "another test")


def test_messages_stand_alone() -> None:
    for code in SYNTAX:
        for diagnostic in parse(Source("<page>", blocks(PAGES / f"{code}.md")[0]))[1]:
            assert diagnostic.message[0] == "`" or diagnostic.message[0].islower()
            assert not diagnostic.message.endswith(".")
            assert "\n" not in diagnostic.message


def test_did_you_mean() -> None:
    assert did_you_mean("latncy", ["accuracy", "latency"]) == "did you mean `latency`?"
    assert did_you_mean("q", ["accuracy", "latency"]) is None


def render(text: str) -> str:
    return render_text(parse(Source("a/b.caio", text))[1])


def test_carets_stand_under_the_place() -> None:
    assert render("service s version 1 {\n  assumes x <= <= 3\n}") == textwrap.dedent("""\
        error[unexpected-token]: expected an expression, found `<=`
         --> a/b.caio:2:16
          |
        2 |   assumes x <= <= 3
          |                ^^
        """)


def test_tabs_wide_characters_and_windows_line_ends_keep_the_place() -> None:
    shown = render('rule\t"日本"\twen { }\r\n')
    lines = shown.splitlines()
    assert lines[3] == '1 | rule    "日本"  wen { }'
    # Two characters of width two: the screen's column is two more than the count of characters.
    assert lines[4] == "  |" + " " * (1 + 16) + "^^^"


def test_secondary_places_are_shown_in_order() -> None:
    shown = render("service s version 1 {\n  cost 1 USD\n  cost 2 USD\n}")
    assert "2 |   cost 1 USD\n  |   ---------- first said here\n3 |" in shown


def test_long_lines_are_cut_around_the_place() -> None:
    shown = render("rule r { always x" + " + x" * 10_000 + " = 3 }")
    assert max(map(len, shown.splitlines())) < 200
    caret_line = shown.splitlines()[4]
    assert shown.splitlines()[3][caret_line.index("^")] == "="


def test_nothing_in_a_text_moves_the_cursor() -> None:
    shown = render('uses "\x1b[31mx"\nuse\u202er x')
    assert all(c.isprintable() or c == "\n" for c in shown)


def test_colors_are_asked_for() -> None:
    _, diagnostics = parse(Source("x", "}"))
    assert "\x1b[" not in render_text(diagnostics)
    colored = render_text(diagnostics, color=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render_text(diagnostics)
    assert colored != render_text(diagnostics)


def test_places_in_several_sources_are_named() -> None:
    one, two = Source("one", "uses a"), Source("two", "uses b")
    label = Label(two.span(5, 6), "and here")
    shown = render_text([codes.UNEXPECTED_TOKEN.at(one.span(5, 6), "twice", labels=[label])])
    assert "--> one:1:6" in shown
    assert "::: two:1:6" in shown


def test_json_says_the_same() -> None:
    _, diagnostics = parse(Source("x.caio", "uses a\nservce b { }"))
    assert render_json(diagnostics) == [
        {
            "code": "unknown-declaration",
            "severity": "error",
            "message": "`servce` begins no declaration",
            "span": {
                "source": "x.caio",
                "start": {"line": 2, "column": 1, "offset": 7},
                "end": {"line": 2, "column": 7, "offset": 13},
            },
            "labels": [],
            "help": "did you mean `service`?",
        }
    ]
