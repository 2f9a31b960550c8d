"""``docs/calculus.md`` has a row for every item of the calculus, and each row leads to code that names it and to tests that run."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "calculus.md"

ITEMS = (
    "s_t",
    "argmax",
    *(f"Def. 1.{n}" for n in range(1, 10)),
    "Def. 2.1",
    "Def. 2.2",
    "Def. 3.1",
    "Def. 4.1",
    "Def. 6.1",
    *(f"Eq. 1.{n}" for n in range(1, 9)),
    "Eq. 2.1",
    "Eq. 3.1",
    "Eq. 3.2",
    "Eq. 4.1",
    "Eq. 4.2",
    "Eq. 4.3",
    "Eq. 5.1",
    "Eq. 5.2",
    "Eq. 6.1",
    *(f"step {n}" for n in range(12)),
    *(f"INV-CAIO-{n:04}" for n in range(1, 7)),
    "6 dB",
    "0.15",
    "1.3",
    "0.95",
)
"""Everything in the source that has a number, read off it by hand; the state, the control equation, and four thresholds."""

_LINK = re.compile(r"\[([^]]+)\]\(([^)]+)\)")


class Row(NamedTuple):
    """A row of the table: code and tests with the files that they are linked to."""

    item: str
    says: str
    code: tuple[tuple[str, str], ...]
    tests: tuple[tuple[str, str], ...]
    reading: str


def rows(text: str) -> Iterator[Row]:
    """The rows of the tables with a column for code."""
    inside = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            inside = False
        elif cells[0] == "number":
            inside = True
        elif inside and not set(line) <= {"|", "-"}:
            assert len(cells) == 5, line
            item, says, code, tests, reading = cells
            yield Row(item, says, tuple(_LINK.findall(code)), tuple(_LINK.findall(tests)), reading)


ROWS = tuple(rows(PAGE.read_text("utf-8")))
CODE = [(row.item, *pair) for row in ROWS for pair in row.code]
TESTS = sorted({pair for row in ROWS for pair in row.tests})


def test_every_item_has_one_row_and_nothing_else_has() -> None:
    found = [row.item for row in ROWS]
    assert sorted(found) == sorted(ITEMS)


@pytest.mark.parametrize("row", ROWS, ids=[row.item for row in ROWS])
def test_every_row_has_words_code_tests_and_a_reading(row: Row) -> None:
    assert row.says
    assert row.code
    assert row.tests
    assert row.reading


# --- code -------------------------------------------------------------------------------------------


def documentation(reference: str) -> str:
    """The docstring of what a reference such as ``caio.fields.modes:modes_of`` names.

    A constant has none of its own: the string behind it counts, or the docstring of its module.
    """
    place, _, name = reference.partition(":")
    module = importlib.import_module(place)
    thing: object = module
    for step in name.split("."):
        thing = inspect.getattr_static(thing, step)
    if isinstance(thing, classmethod | staticmethod):
        thing = thing.__func__
    if inspect.isfunction(thing) or inspect.isclass(thing) or isinstance(thing, property):
        return inspect.getdoc(thing) or ""
    return _behind(module, name) or inspect.getdoc(module) or ""


def _behind(module: ModuleType, name: str) -> str | None:
    """The string that follows the assignment of a constant."""
    body = ast.parse(inspect.getsource(module)).body
    for statement, following in pairwise(body):
        target = statement.target if isinstance(statement, ast.AnnAssign) else None
        if isinstance(target, ast.Name) and target.id == name:
            match following:
                case ast.Expr(value=ast.Constant(value=str(text))):
                    return text
    return None


_SERIES = re.compile(
    r"(Def\.|Eq\.|[Ss]teps?|INV-CAIO-)\s?(\d+(?:\.\d+)?)((?:(?:,| and| to| or)\s\d+(?:\.\d+)?(?![\d:]))*)"
)


def named(text: str) -> set[str]:
    """The items that a docstring names, series such as ``Eq. 1.4, 4.1 to 4.3`` written out."""
    found = {item for item in ("s_t", "argmax", "6 dB", "0.15", "1.3", "0.95") if item in text}
    for kind, first, rest in _SERIES.findall(text):
        numbers = [first]
        for joint, number in re.findall(r"(,| and| to| or)\s(\d+(?:\.\d+)?)", rest):
            if joint == " to":
                numbers += _between(numbers[-1], number)
            numbers.append(number)
        prefix = {"Def.": "Def. ", "Eq.": "Eq. ", "INV-CAIO-": "INV-CAIO-"}.get(kind, "step ")
        found |= {prefix + number for number in numbers}
    return found


def _between(first: str, last: str) -> list[str]:
    head, _, start = first.rpartition(".")
    _, _, end = last.rpartition(".")
    dot = "." if head else ""
    return [f"{head}{dot}{n:0{len(start)}}" for n in range(int(start) + 1, int(end))]


@pytest.mark.parametrize(("item", "reference", "link"), CODE, ids=[f"{i} {c}" for i, c, _ in CODE])
def test_the_code_is_there_and_names_the_number(item: str, reference: str, link: str) -> None:
    assert item in named(documentation(reference))
    assert (PAGE.parent / link).resolve() == ROOT / (
        reference.partition(":")[0].replace(".", "/") + ".py"
    )


# --- tests ------------------------------------------------------------------------------------------


@cache
def collected(file: str) -> frozenset[str]:
    """What pytest collects in a file: test functions, test classes with a test, and state machines as test cases."""
    found = set()
    for node in ast.parse((ROOT / file).read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            inner = {
                f"{node.name}::{method.name}"
                for method in node.body
                if isinstance(method, ast.FunctionDef) and method.name.startswith("test_")
            }
            found |= inner | ({node.name} if inner else set())
        elif isinstance(node, ast.Assign) and _is_test_case(node.value):
            found |= {one.id for one in node.targets if isinstance(one, ast.Name)}
    return frozenset(found)


def _is_test_case(value: ast.expr) -> bool:
    """``Machine.TestCase``, as Hypothesis has it; its name begins with ``Test``."""
    return isinstance(value, ast.Attribute) and value.attr == "TestCase"


@pytest.mark.parametrize(("reference", "link"), TESTS, ids=[reference for reference, _ in TESTS])
def test_the_test_is_one_that_runs(reference: str, link: str) -> None:
    file, _, name = reference.partition("::")
    assert Path(file).name.startswith("test_")
    assert name in collected(file)
    assert (PAGE.parent / link).resolve() == ROOT / file


# --- the test itself --------------------------------------------------------------------------------


def test_a_wrong_row_would_be_noticed() -> None:
    assert named("(Eq. 1.4, 4.1 to 4.3; INV-CAIO-0004)") == {
        "Eq. 1.4",
        "Eq. 4.1",
        "Eq. 4.2",
        "Eq. 4.3",
        "INV-CAIO-0004",
    }
    assert named("steps 6 and 11 of Eq. 1.1") == {"step 6", "step 11", "Eq. 1.1"}
    assert named("Step 3: those") == {"step 3"}
    assert "Eq. 1.1" not in named("Eq. 1.10")
    assert named("nothing of the kind in version 2.1") == set()
    with pytest.raises(AttributeError):
        documentation("caio.fields.modes:nothing_here")
    with pytest.raises(ImportError):
        documentation("caio.nowhere:thing")
    assert "test_nothing" not in collected("tests/calculus/test_table.py")
    assert (
        next(
            rows("| number | a | b | c | d |\n|---|---|---|---|---|\n| x | y | z | [t](u) | w |\n")
        ).code
        == ()
    )
