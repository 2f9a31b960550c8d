"""Classes and properties as texts: their trees, their layout, and what to do about a claim that is none."""

import pytest

from caio.base.spans import Source
from caio.syntax import tree
from caio.syntax.parse import parse
from tests.syntax.texts import formatted, read


def claim(text: str) -> tree.PropertyClaim:
    (declared,) = read(f"property p {{ {text} }}").declarations
    assert isinstance(declared, tree.Property)
    assert declared.name.text == "p"
    return declared.claim


def advice(text: str) -> list[str | None]:
    _, diagnostics = parse(Source("<test>", text))
    return [diagnostic.help for diagnostic in diagnostics]


def test_clauses_of_a_class_stand_in_any_order_and_join() -> None:
    text = (
        "class c { needs a facts x given y, facts z deadline 2 s needs any of { b, d } budget 1 }"
    )
    (declared,) = read(text).declarations
    assert isinstance(declared, tree.Class)
    assert [node.span.text for node in declared.facts] == ["x", "z"]
    assert [node.span.text for node in declared.given] == ["y"]
    assert [[name.text for name in need.choices] for need in declared.needs] == [["a"], ["b", "d"]]
    assert (declared.ensure, declared.budget is None, declared.deadline is None) == (
        (),
        False,
        False,
    )


def test_commas_between_clauses_make_no_difference() -> None:
    plain = "class c { given a facts b needs d ensure e <= 1 budget 1 USD deadline 2 s }"
    commas = "class c { given a, facts b, needs d, ensure e <= 1, budget 1 USD, deadline 2 s, }"
    assert read(plain) == read(commas)
    assert formatted(plain) == formatted(commas)


def test_a_budget_is_said_once() -> None:
    _, diagnostics = parse(Source("<test>", "class c { budget 1 USD needs a budget 2 USD }"))
    assert [x.code.name for x in diagnostics] == ["repeated-clause"]


def test_the_claims_of_properties() -> None:
    never = claim("never admitted when a and b <= 1 s")
    assert isinstance(never, tree.Never)
    assert isinstance(never.condition, tree.And)
    always = claim("always at least 1_000 admitted for gold")
    assert isinstance(always, tree.Always)
    assert always.count.value == 1000
    assert always.group.text == "gold"
    imply = claim('rules { a, rule b, constraint "c d", invariant f } imply { e }')
    assert isinstance(imply, tree.Implication)
    named = [(rule.name.text, rule.kind) for rule in imply.premises]
    assert named == [("a", None), ("b", "rule"), ("c d", "constraint"), ("f", "invariant")]
    assert not imply.both
    same = claim("rules { a } equivalent to { b }")
    assert isinstance(same, tree.Implication)
    assert same.both


def test_a_claim_ends_before_its_comma() -> None:
    for text in (
        "never admitted when a",
        "always at least 1 admitted for b",
        "rules { a } imply { b, }",
    ):
        assert claim(f"{text},").span.text == claim(text).span.text == text


def test_their_words_are_ordinary_names_elsewhere() -> None:
    words = "class, property, never, admitted, always, at, least, for, rules, imply, equivalent, to, rule"
    read(f"vocabulary v {{ enum E {{ {words} }} }}")
    read(f"class class {{ needs any of {{ {words} }} given never, to == for, least in rules }}")
    read(
        f"property property {{ rules {{ never, to, {words.replace(', rule', '')}, rule rule }} imply {{ imply }} }}"
    )


@pytest.mark.parametrize(
    "text",
    [
        "property p { never admitted when a and b }\n",
        "property p { always at least 2 admitted for gold }\n",
        "property p { rules { a, rule b } imply { constraint c } }\n",
        "property p { rules { a } equivalent to { b } }\n",
        "property p {\n  // why\n  never admitted when a  // and this\n}\n",
        "class c {}\n",
        "class c {\n  given    a,  // one\n           b\n  deadline 2 s\n}\n",
        f"property p {{\n  rules         {{ a, {'b' * 60} }}\n  equivalent to {{ c, {'d' * 60} }}\n}}\n",
        f"property p {{\n  rules {{ a }}\n  imply {{\n    b,  // because\n    {'c' * 90},\n  }}\n}}\n",
        f"property p {{\n  always at least 10 admitted for {'gold' * 20}\n}}\n",
    ],
)
def test_this_is_the_layout(text: str) -> None:
    assert formatted(text) == text


def test_a_long_condition_is_broken_before_its_operators() -> None:
    text = f"property p {{ never admitted when {' and '.join(['request.tokens <= 5'] * 6)} }}"
    lines = formatted(text).splitlines()
    assert len(lines) > 3
    assert max(map(len, lines)) <= 100
    assert read(formatted(text)) == read(text)


NEVER = "write `never admitted when …`"
ALWAYS = "write `always at least N admitted for CLASS`"
RULES = "write `rules { … } imply { … }`, or `rules { … } equivalent to { … }`"
SLIPS = [
    ("never a", NEVER),
    ("never when a", NEVER),
    ("never admitted if a", NEVER),
    ("always gold", ALWAYS),
    ("always latency <= 1 s", ALWAYS),
    ("always at most 2 admitted for gold", ALWAYS),
    ("always at least two admitted for gold", ALWAYS),
    ("always at least 2 for gold", ALWAYS),
    ("always at least 2 admitted", "name the class of requests that is meant: `admitted for CLASS`"),
    ("rules a imply b", RULES),
    ("rules { a }", RULES),
    ("rules { a } implies { b }", RULES),
    ("rules { a } imply b", RULES),
    ("rules { a } equivalent { b }", RULES),
    ("rules { a } equivalent to b", RULES),
    ("never admitted when a always at least 2 admitted for gold", "a property makes one claim; another is a property of its own"),
    ("never admitted when latency > 1 s at quantile 0.9", "a condition speaks of a metric at its declared level"),
    ("nevr admitted when a", "did you mean `never`?"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), SLIPS)
def test_a_claim_that_is_none_says_how_it_is_written(text: str, expected: str) -> None:
    assert advice(f"property p {{ {text} }}")[0] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("class c { givn a }", "did you mean `given`?"),
        ("clas c { given a }", "did you mean `class`?"),
        ("proprty p { never admitted when a }", "did you mean `property`?"),
        ("class c { provides a }", "clauses: `budget`, `deadline`, `ensure`, `facts`, `given`, `needs`"),
        ("workflow w { a }", "leave it out for now"),
    ],
)  # fmt: skip
def test_a_word_that_is_none_is_asked_about(text: str, expected: str) -> None:
    assert advice(text) == [expected]
