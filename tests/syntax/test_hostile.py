"""Nothing a text may hold raises, hangs, or passes for something it is not."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.base.errors import InputError
from caio.base.render import render_json, render_text
from caio.base.spans import MAX_BYTES, Source
from caio.syntax.format import format_source
from caio.syntax.parse import parse, parse_expression
from tests.syntax.texts import LANGUAGE, formatted, read

MANY = 20_000


def survive(text: str) -> int:
    """Do everything that can be done with a text; the number of its errors."""
    source = Source("<test>", text)
    parsed, diagnostics = parse(source)
    render_text(diagnostics, color=True)
    render_json(diagnostics)
    for wanted in ("expr", "atom", "guarantee", "value"):
        parse_expression(Source("<test>", text[:200]), wanted)
    result, _ = format_source(source)
    assert (result is None) == bool(diagnostics)
    if result is not None:
        assert read(result) == parsed
        assert formatted(result) == result
    return len(diagnostics)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    survive(text)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    try:
        source = Source.from_bytes("<test>", data)
    except InputError:
        return
    survive(source.text)


@pytest.mark.parametrize("seed", range(60))
def test_broken_texts(seed: int) -> None:
    chance = random.Random(seed)
    characters = list(LANGUAGE)
    words = LANGUAGE.split()
    for _ in range(chance.choice([1, 3, 20])):
        at = chance.randrange(len(characters))
        characters[at] = chance.choice(["", *'{}(),;:"=<>\\/\n\x00\té“.1-_#x'])
        at = chance.randrange(len(words))
        words[at] = chance.choice(["", *words])
    survive("".join(characters))
    survive("".join(word + chance.choice("  \n") for word in words))


@pytest.mark.parametrize(
    "text",
    [
        "rule r { when " + "(" * MANY,
        "rule r { when " + "not " * MANY + "x then y }",
        "rule r { when " + "a implies " * MANY + "b then x }",
        "vocabulary v { facts {" + "a: {" * MANY,
        "{" * MANY,
        "}" * MANY,
        '"' * (MANY + 1),
        '\\"' * MANY,
        "\0" * MANY,
        "é " * MANY,
        "; " * MANY,
        "x " * MANY,
        "x" * 1_000_000,
        " " * 1_000_000 + "x",
        "\n" * MANY + "@",
        "9" * 1_000_000,
        "workflow x { } " * MANY,
        "class x { givn y } " * MANY,
        "property x { rules { a, " * MANY,
        "property x { never admitted when " * MANY,
        "rule r { } " * MANY,
        "service s version 1 {" + "\n budgt 1" * MANY + "}",
        "service s version 1 { is " + "a = , " * MANY + "}",
        "service s version 1 { provides " + "," * MANY + "}",
        "service s version 1 { is a = 1\n" * MANY,
        "\r" * MANY + "\ufeff",
        "//" + "x" * 1_000_000 + "\n@",
        "uses \ud800",
    ],
    ids=range(28),
)
def test_monsters_are_refused_in_time_about_linear(text: str) -> None:
    start = time.process_time()
    assert 0 < survive(text) <= 1001
    assert time.process_time() - start < 20


@pytest.mark.parametrize(
    "text",
    ["rule r { always x <= 1" + " + 1" * MANY + " }", "uses a " * MANY, "\n" * MANY, "// \0"],
    ids=range(4),
)
def test_large_and_strange_texts_without_errors_are_read(text: str) -> None:
    assert survive(text) == 0


def test_what_is_too_large_or_no_text_is_refused() -> None:
    with pytest.raises(InputError, match="more than"):
        Source.from_bytes("x", bytes(MAX_BYTES + 1))
    with pytest.raises(InputError, match="byte 2 is wrong"):
        Source.from_bytes("x", b"ab\xff")
