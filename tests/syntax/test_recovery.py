"""Every error of a text is found, at its place, and none twice."""

import pytest

from caio.base.spans import Source
from caio.syntax import tree
from caio.syntax.parse import parse
from tests.syntax.texts import errors

Place = tuple[str, int, int]

CASES: list[tuple[str, list[Place]]] = [
    ("", []),
    ("// nothing\n", []),
    ("}", [("unmatched-delimiter", 1, 1)]),
    ("service", [("unexpected-token", 1, 8)]),
    ("service s", [("unexpected-token", 1, 10)]),
    ("servce s version 1 { is a = b }\nuses x", [("unknown-declaration", 1, 1)]),
    ("workflow gold { a -> b || c }\nuses x", [("reserved-declaration", 1, 1)]),
    # The comma behind a clause's last item is no reason to read the next clause as another item.
    ("class c { given x = 3, facts y >= 3 }", [("assignment-in-condition", 1, 19)]),
    ("class c { given a, x = 3, facts y >= 3 }", [("assignment-in-condition", 1, 22)]),
    (
        "class c {\n  given x\n  caller y\n  neds z\n}",
        [("unknown-clause", 3, 3), ("unknown-clause", 4, 3)],
    ),
    (
        "class c { given }\nclass d { nominal x = 3 }",
        [("unexpected-token", 1, 17), ("unknown-clause", 2, 11)],
    ),
    (
        "property p { rules { a b, c } imply { } }",
        [("unexpected-token", 1, 24), ("unexpected-token", 1, 39)],
    ),
    ("property p { never admitted }\nuses x", [("unexpected-token", 1, 29)]),
    ("42\nuses x", [("unexpected-token", 1, 1)]),
    ("größe\nuses x", [("unknown-character", 1, 1)]),
    ('uses "x\nuses y', [("unterminated-string", 1, 6)]),
    ('uses ""', [("invalid-name", 1, 6)]),
    ('uses "a\\q"', [("invalid-escape", 1, 8)]),
    ("uses a; uses b", [("unknown-character", 1, 7)]),
    # Two clauses in error, and both neighbours are read.
    (
        (
            "service s version 1 {\n"
            "  provides a b, c\n"
            "  assumes x <= <= 3, y < 2027-13-01\n"
            "  guarantes latency <= 1, cost <= 2\n"
            "  budget 3\n"
            "  cost 1 USD\n"
            "  cost 2 USD\n"
            "}"
        ),
        [
            ("unexpected-token", 2, 14),
            ("unexpected-token", 3, 16),
            ("invalid-instant", 3, 26),
            ("unknown-clause", 4, 3),
            ("unknown-clause", 5, 3),
            ("repeated-clause", 7, 3),
        ],
    ),
    # An unfinished clause is reported where it stands, not where the next one stumbles.
    (
        "request q {\n  budget\n  deadline 2 s\n  needs a,\n  givn x == 1\n}",
        [("unexpected-token", 2, 3), ("unknown-clause", 5, 3)],
    ),
    # Items of braces are left out one by one.
    (
        "facts f { trust = , zone == x, ok = 1, a b = 2 }",
        [("unexpected-token", 1, 19), ("unexpected-token", 1, 26), ("unexpected-token", 1, 42)],
    ),
    # Declarations do not disturb each other.
    (
        (
            "rule r { when a = b then x <= 1 }\n"
            "rule s { when a <= b <= c then x <= 1 }\n"
            "rule t { when a then }\n"
            "rule u { when f(a) then x <= 1 }"
        ),
        [
            ("assignment-in-condition", 1, 17),
            ("chained-comparison", 2, 22),
            ("unexpected-token", 3, 22),
            ("unknown-function", 4, 15),
        ],
    ),
    # A missing brace: the line without indentation begins the next declaration.
    (
        "service a version 1 {\n  provides x\nservice b version 1 {\n  provides y z\n}\n",
        [("unclosed-delimiter", 1, 21), ("unexpected-token", 4, 14)],
    ),
    ("rule r { when ((a) then x <= 1 }", [("unexpected-token", 1, 20)]),
    ("service a version 1 { is x = { a", [("unclosed-delimiter", 1, 30)]),
    ("service a version 1.02 { }", [("invalid-version", 1, 19)]),
    (
        "request r { budget 007 USD deadline 1__0 s }",
        [("invalid-number", 1, 20), ("invalid-number", 1, 37)],
    ),
    ("vocabulary v { metric higher is better }", [("unexpected-token", 1, 23)]),
    ("vocabulary v { metric a: ratio, b: ratio }", [("unexpected-token", 1, 33)]),
    (
        "vocabulary v { enum E { a b, c, } unit }",
        [("unexpected-token", 1, 27), ("unexpected-token", 1, 40)],
    ),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_errors_have_their_code_and_place(text: str, expected: list[Place]) -> None:
    assert errors(text) == expected


def test_what_is_not_in_error_is_kept() -> None:
    text = (
        "service s version 1 {\n"
        "  provides a b, c\n"
        "  assumes  x <= <= 3, y < 3\n"
        "  whatever 3\n"
        "  cost     1 USD\n"
        "}\n"
        "rule broken { when }\n"
        "uses v\n"
    )
    parsed, _ = parse(Source("<test>", text))
    service, uses = parsed.declarations
    assert isinstance(service, tree.Service)
    assert [c.text for c in service.capabilities] == ["c"]
    assert [a.span.text for a in service.assumes] == ["y < 3"]
    assert service.cost is not None
    assert isinstance(uses, tree.Uses)


def test_a_hundred_errors_are_a_hundred_diagnostics() -> None:
    text = "\n".join(f"service s{i} version 1 {{ cost }}" for i in range(100))
    assert len(errors(text)) == 100


def test_a_word_close_to_a_clause_is_suggested() -> None:
    _, (diagnostic,) = parse(Source("<test>", "service s version 1 { garantees x <= 1 }"))
    assert diagnostic.help == "did you mean `guarantees`?"


def test_a_keyword_taken_for_a_clause_says_how_to_name_it() -> None:
    _, (diagnostic,) = parse(Source("<test>", "vocabulary v { unit token, request }"))
    assert diagnostic.help == '`request` begins a clause here; as a name it is written `"request"`'
