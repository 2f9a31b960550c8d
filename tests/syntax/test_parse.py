"""What texts mean as trees."""

from fractions import Fraction

import pytest

from caio.base.spans import Source
from caio.syntax import tree
from caio.syntax.parse import Wanted, parse, parse_expression
from tests.syntax.texts import LANGUAGE, read


def expression(text: str, wanted: Wanted = "expr") -> object:
    value, diagnostics = parse_expression(Source("<test>", text), wanted)
    assert [d.message for d in diagnostics] == []
    return value


def name(text: str) -> tree.Name:
    return tree.Name(text, Source("", "").span())


def number(text: str) -> tree.Quantity:
    span = Source("", "").span()
    return tree.Quantity(tree.Number(text, span), None, None, None, span)


def test_the_reference_holds_every_kind_of_declaration() -> None:
    kinds = {type(declaration) for declaration in read(LANGUAGE).declarations}
    assert kinds == {
        tree.Vocabulary,
        tree.Uses,
        tree.Service,
        tree.Overlay,
        tree.Rule,
        tree.Constraint,
        tree.Request,
        tree.Class,
        tree.Property,
        tree.Profile,
        tree.Facts,
        tree.State,
    }


def test_and_binds_tighter_than_or_and_both_than_implies() -> None:
    value = expression("a or b and not c implies d implies e")
    assert isinstance(value, tree.Implies)
    assert isinstance(value.premise, tree.Or)
    assert isinstance(value.premise.operands[1], tree.And)
    assert isinstance(value.premise.operands[1].operands[1], tree.Not)
    assert isinstance(value.conclusion, tree.Implies)


def test_chains_are_flat_and_parentheses_are_not() -> None:
    assert isinstance(flat := expression("a and b and c"), tree.And)
    assert len(flat.operands) == 3
    assert isinstance(nested := expression("a and (b and c)"), tree.And)
    assert len(nested.operands) == 2


def test_terms_keep_their_signs() -> None:
    value = expression("a - -b * 3 / 4 + 2", "value")
    assert isinstance(value, tree.Sum)
    assert [sign for sign, _ in value.terms] == ["+", "-", "+"]
    product = value.terms[1][1]
    assert isinstance(product, tree.Product)
    assert [op for op, _ in product.factors] == ["*", "*", "/"]
    assert isinstance(product.factors[0][1], tree.Negate)


def test_numbers_are_exact_and_keep_their_text() -> None:
    value = expression("1_000_000.250e-3", "value")
    assert isinstance(value, tree.Quantity)
    assert value.number.text == "1_000_000.250e-3"
    assert value.number.value == Fraction("1000.00025")


@pytest.mark.parametrize(
    ("text", "unit", "per_number", "per_unit"),
    [
        ("5", None, None, None),
        ("5 ms", "ms", None, None),
        ("5%", "%", None, None),
        ("5 per token", None, None, "token"),
        ("5 per 10 token", None, "10", "token"),
        ("5 USD per token", "USD", None, "token"),
        ("5 USD per 1_000 token", "USD", "1_000", "token"),
    ],
)
def test_quantities(
    text: str, unit: str | None, per_number: str | None, per_unit: str | None
) -> None:
    value = expression(text, "value")
    assert isinstance(value, tree.Quantity)
    assert (value.unit and value.unit.text) == unit
    assert (value.per_number and value.per_number.text) == per_number
    assert (value.per_unit and value.per_unit.text) == per_unit


def test_instants_are_microseconds_and_dates_mean_midnight() -> None:
    for text, expected in {
        "1970-01-02": 86_400_000_000,
        "1970-01-01T00:00:01.5Z": 1_500_000,
        "1969-12-31T23:59:59.999999Z": -1,
    }.items():
        value = expression(text)
        assert isinstance(value, tree.Instant)
        assert value.microseconds == expected


def test_ranges_sets_and_membership() -> None:
    assert expression("x in 1 .. 2") == tree.InRange(
        name("x"), number("1"), number("2"), False, Source("", "").span()
    )
    assert isinstance(expression("x not in { a, b, }"), tree.InSet)
    assert isinstance(expression("health in request.data"), tree.InSet)
    assert isinstance(expression("x has any of {}"), tree.HasSome)
    assert isinstance(expression("x within { a }"), tree.Within)
    assert isinstance(expression("x == { a }"), tree.Compare)


def test_quoting_makes_no_difference_to_a_name() -> None:
    assert expression('"request.tokens" <= 3') == expression("request.tokens <= 3")


def test_keywords_are_names_where_nothing_else_is_meant() -> None:
    text = """
      vocabulary request {
        enum vocabulary { enum, sensitive sensitive, and, "or" }
        request fields { cost: state, in: service role zone, is: set of rule default {} }
      }
      service service version 1 {
        is         is = not_a_word, cheap = unit
        assumes    request.cost <= 5 request and at < 2027-04-14
        guarantees cost <= 3 token at quantile 0.5 when when in { then, when }
      }
      request request { needs all, "any" given needs == 3 }
    """
    vocabulary, service, request = read(text).declarations
    assert isinstance(vocabulary, tree.Vocabulary)
    assert [m.name.text for m in vocabulary.enums[0].members] == ["enum", "sensitive", "and", "or"]
    assert vocabulary.enums[0].members[1].sensitive
    assert isinstance(service, tree.Service)
    assert [a.name.text for a in service.attributes] == ["is", "cheap"]
    assert isinstance(request, tree.Request)
    assert [n.choices[0].text for n in request.needs] == ["all", "any"]


def test_behind_a_comma_a_keyword_begins_the_next_clause() -> None:
    (service,) = read("service s version 1 { provides chat, cost 1 USD }").declarations
    assert isinstance(service, tree.Service)
    assert [c.text for c in service.capabilities] == ["chat"]
    assert service.cost is not None


def test_lists_said_in_parts_are_joined() -> None:
    (service,) = read("service s version 1 { provides a provides b, c }").declarations
    assert isinstance(service, tree.Service)
    assert [c.text for c in service.capabilities] == ["a", "b", "c"]


def test_spans_are_the_text_of_what_they_belong_to() -> None:
    text = 'rule "r" { when a.b  ==  c then latency <= 5 ms, provides x }'
    (rule,) = read(text).declarations
    assert isinstance(rule, tree.Rule)
    assert rule.span.text == text
    assert rule.when is not None
    assert rule.when.span.text == "a.b  ==  c"
    assert [atom.span.text for atom in rule.then] == ["latency <= 5 ms", "provides x"]


def test_a_byte_order_mark_and_windows_line_ends_are_nothing_special() -> None:
    text = "uses llm\nservice s version 1 { // note\n provides a }\n"
    strange = Source.from_bytes("x", ("\ufeff" + text.replace("\n", "\r\n")).encode())
    assert parse(strange) == (read(text), [])


def test_an_expression_must_be_the_whole_text() -> None:
    for text in ("", "a b", "a and", "(a", "a)", "{", "x <= 1,"):
        value, diagnostics = parse_expression(Source("<json>", text))
        assert value is None
        assert len(diagnostics) == 1
