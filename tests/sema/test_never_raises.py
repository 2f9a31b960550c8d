"""Whatever a text or a JSON file says, compiling it gives documents and diagnostics, never a traceback."""

import json
import random
import re
from typing import Any

import pytest

from caio.base.diagnostics import CODES
from tests.sema.conftest import SERVICE, VOCABULARY, compile_texts
from tests.sema.test_authoring import TEXT, VALUE

TOKENS = re.findall(r'"[^"]*"|[\w.]+|[^\w\s]+', VOCABULARY + SERVICE + TEXT)
STRANGE = [
    "0",
    "-1",
    "1e9",
    "99999999999999999999",
    "{ }",
    '""',
    "at",
    "cost",
    "env.at",
    "not",
    "==",
]
JUNK: list[Any] = [None, True, 0, -1, 10**30, "", "x", "{ }", "1 s", [], {}, [[]], {"a": 1}, "at"]


def mutated(text: str, rng: random.Random) -> str:
    """The text with a few of its tokens replaced, dropped or doubled."""
    parts = re.findall(r'\s+|"[^"]*"|[\w.]+|[^\w\s]+', text)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(parts))
        match rng.randrange(3):
            case 0:
                parts[place] = rng.choice(TOKENS + STRANGE)
            case 1:
                del parts[place]
            case _:
                parts.insert(place, f" {rng.choice(parts)} ")
    return "".join(parts)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


def check(*texts: str) -> None:
    items, found = compile_texts(*texts)
    for diagnostic in found:
        assert diagnostic.code.name in CODES
        assert diagnostic.span is not None
        assert diagnostic.span.source.name
        assert "\n" not in diagnostic.message
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(diagnostic.span.source.text)
    for item in items:
        item.span()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_no_broken_text_raises(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(60):
        check(mutated(TEXT, rng))
        check(VOCABULARY, mutated('uses "test"' + SERVICE, rng))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_no_broken_authoring_json_raises(seed: int) -> None:
    rng = random.Random(seed)
    paths = places(VALUE)
    for _ in range(60):
        copy = json.loads(json.dumps(VALUE))
        *steps, last = rng.choice(paths)
        place = copy
        for step in steps:
            place = place[step]
        place[last] = rng.choice(JUNK)
        check(json.dumps(copy))
