"""The formatter: one layout, the same meaning, every comment kept."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.base.spans import Source
from caio.syntax import tree
from caio.syntax.format import WIDTH, format_source
from caio.syntax.grammar import load
from caio.syntax.parse import parse
from caio.syntax.tokens import lex
from tests.syntax.texts import LANGUAGE, ROOT, blocks, formatted, read
from tests.syntax.unparse import declaration, declarations

EXAMPLES = sorted((ROOT / "examples").rglob("*.caio"))


def comments(text: str) -> list[str]:
    """The words of all comments; where two met on one line, they are one comment now."""
    tokens = lex(Source("<test>", text), load())
    return sorted(
        word.strip()
        for start, end in tokens.comments
        for word in text[start:end].split("//")
        if word.strip()
    )


def check(text: str) -> str:
    """Format, and check all that must hold of every result."""
    result = formatted(text)
    assert formatted(result) == result
    assert read(result) == read(text)
    assert comments(result) == comments(text)
    return result


@settings(max_examples=150, deadline=None)
@given(st.lists(declarations, min_size=1, max_size=3))
def test_a_tree_printed_and_read_is_the_same_tree(
    made: list[tree.Rule | tree.Service | tree.Request],
) -> None:
    text = " ".join(map(declaration, made))
    assert list(read(text).declarations) == made
    check(text)


@pytest.mark.parametrize("seed", range(60))
def test_comments_anywhere_are_kept(seed: int) -> None:
    """Comments and line ends between any two tokens: all kept, the layout stable."""
    chance = random.Random(seed)
    density = chance.choice([0.01, 0.05, 0.3])
    tokens = lex(Source("<test>", LANGUAGE), load())
    parts: list[str] = []
    for index in range(len(tokens.kinds)):
        if chance.random() < density:
            gap = chance.choice([" ", "\n", "\n\n", "\n  "])
            parts.append(
                f"{gap}// c{index}.{chance.choice(['', ' '])}\n" + "\n" * chance.randrange(2)
            )
        parts += [chance.choice([" ", "\n", "  ", "\n\n\n", "\t", "\r\n"]), tokens.text(index)]
    text = "".join(parts)
    result = check(text)
    assert read(result) == read(LANGUAGE)


def test_the_reference_is_in_the_layout() -> None:
    for block in blocks(ROOT / "docs" / "language.md"):
        assert check(block) == block


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_survive(path: Path) -> None:
    check(path.read_text("utf-8"))


def test_lines_are_short_where_there_is_a_choice() -> None:
    condition = " and ".join(f"request.field_{i} <= {i} token" for i in range(20))
    names = ", ".join(f"capability_{i}" for i in range(40))
    text = f"service s version 1 {{ provides {names} assumes {condition} }}"
    assert max(map(len, check(text).splitlines())) <= WIDTH


def test_what_people_wrote_in_expressions_stays() -> None:
    text = 'rule r { always latency <= ((1_000 ms)) + "x" * 1/3 - -2.50 % }\n'
    assert check(text) == text.replace("2.50 %", "2.50%")


def test_nothing_stays_nothing() -> None:
    assert formatted("") == ""
    assert formatted("\n\n  \r\n") == ""
    assert formatted("// only this") == "// only this\n"


def test_a_text_with_errors_is_refused() -> None:
    text = "service s version 1 { provide chat }"
    source = Source("<test>", text)
    result, diagnostics = format_source(source)
    assert result is None
    assert diagnostics == parse(source)[1] != []


def test_the_layout() -> None:
    text = (
        "uses 'x'\n".replace("'", '"')
        + "rule r{when a==b then x<=1 ms,provides c} // why\n"
        + "// about s\n"
        + 'service "s" version 1{// head\nprovides a,// first\n b\ncost 1 USD,}'
    )
    assert check(text) == (
        'uses "x"\n'
        "rule r { when a == b then x <= 1 ms, provides c }  // why\n"
        "\n"
        "// about s\n"
        'service "s" version 1 {  // head\n'
        "  provides a,  // first\n"
        "           b\n"
        "  cost     1 USD\n"
        "}\n"
    )
