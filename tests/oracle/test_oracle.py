"""The oracle stands apart, and is right about questions small enough to answer by hand."""

import ast
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from tests.oracle.expressions import Document
from tests.oracle.space import Space, Wide

VOCABULARY: Document = {
    "enums": [{"name": "Data", "members": [{"name": "a"}, {"name": "b"}]}],
    "request": [
        {"name": "n", "type": {"sort": "int", "lower": "0", "upper": "3"}},
        {"name": "wide", "type": {"sort": "int", "lower": "0", "upper": "100000"}},
        {"name": "x", "type": {"sort": "rational", "lower": "0", "upper": None}},
        {"name": "data", "type": {"sort": "set", "enum": "Data"}},
    ],
    "facts": [],
    "environment": [],
    "measured": [],
}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_the_oracle_shares_no_code_with_what_it_judges() -> None:
    modules = [p for p in Path(__file__).parent.glob("*.py") if not p.name.startswith("test_")]
    assert modules
    for path in modules:
        for name in imports(path):
            top = name.split(".", maxsplit=1)[0]
            assert name.startswith("tests.oracle") or top in sys.stdlib_module_names, (path, name)


def compare(operator: str, constant: str, **terms: str) -> list[object]:
    return [
        operator,
        {"constant": constant, "terms": {f"request.{n}": c for n, c in terms.items()}},
    ]


def test_small_domains_are_enumerated_and_nothing_else_is() -> None:
    space = Space(VOCABULARY, {})
    points = list(space.points([compare("le", "-2", n="1"), ["has", "request.data", "a"]]))
    assert len(points) == 4 * 4
    assert {"request.n", "request.data"} == set(points[0])


def test_what_is_stated_is_not_enumerated() -> None:
    space = Space(VOCABULARY, {"request.n": Fraction(1)})
    assert [x["request.n"] for x in space.points([compare("le", "-2", n="1")])] == [1]


def test_a_wide_integer_is_represented_on_both_sides_of_every_root() -> None:
    space = Space(VOCABULARY, {})
    values = {x["request.wide"] for x in space.points([compare("le", "-5", wide="2")])}
    assert values == {0, 3}
    values = {x["request.wide"] for x in space.points([compare("lt", "-6", wide="2")])}
    assert values == {0, 3, 4}


def test_a_rational_is_represented_at_between_and_beyond_the_roots() -> None:
    space = Space(VOCABULARY, {})
    formulas = [compare("le", "-1", x="1"), compare("lt", "-2", x="1")]
    values = sorted(x["request.x"] for x in space.points(formulas))
    assert values == [0, Fraction(1, 2), 1, Fraction(3, 2), 2, Fraction(5, 2), 3]


def test_terms_that_are_compared_with_one_another_cross_at_a_point() -> None:
    space = Space(VOCABULARY, {})
    family = [
        {"constant": "0", "terms": {"request.wide": "1"}},
        {"constant": "10", "terms": {"request.wide": "1/2"}},
    ]
    assert {x["request.wide"] for x in space.points([], [family])} == {0, 20, 21}


def test_two_wide_variables_in_one_term_are_beyond_the_oracle_and_it_says_so() -> None:
    space = Space(VOCABULARY, {})
    with pytest.raises(ValueError, match="cannot mix"):
        list(space.points([compare("le", "-1", x="1", wide="1")]))


@pytest.mark.parametrize(
    ("wide", "roots", "expected"),
    [
        (Wide(Fraction(0), Fraction(9), integral=True), {Fraction(5, 2)}, [0, 3]),
        (Wide(Fraction(0), Fraction(9), integral=True), {Fraction(9)}, [0, 9]),
        (Wide(Fraction(0), Fraction(9), integral=True), {Fraction(10), Fraction(-1)}, [0]),
        (Wide(None, None, integral=False), set(), [-1, 0, 1]),
    ],
)
def test_representatives_lie_within_the_range(
    wide: Wide, roots: set[Fraction], expected: list[int]
) -> None:
    assert wide.representatives(roots) == expected
