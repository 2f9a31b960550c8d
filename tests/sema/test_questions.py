"""Classes and properties: what they lower to, what is wrong with them, and where it stands."""

import re
from typing import Any

import pytest

from caio.ir import documents as d
from caio.ir.encode import document_digest, formula_json
from caio.sema.classes import about_facts
from tests.sema.conftest import VOCABULARY, compile_texts

RULES = """
rule eu_a { when request.tokens > 3 token then service.region == eu }
rule eu_b { always service.region == eu }
invariant eu_all { always service.region in { eu, us } }
constraint careful of traits { always measured.caution < 0.5 }
constraint eu_b of policy { always service.region == eu }
class gold { given level == high facts trust >= 3 needs chat }
"""


def compiled(*texts: str) -> tuple[list[d.Class | d.Property], list[str]]:
    """The classes and properties of these texts, and the codes of what is wrong."""
    items, found = compile_texts(VOCABULARY + RULES, *(f'uses "test" {text}' for text in texts))
    asked = [x.document for x in items if isinstance(x.document, d.Class | d.Property)]
    return asked, [diagnostic.code.name for diagnostic in found]


def only(text: str) -> Any:
    """The one class `c` or property `c` that a text declares, which holds no error."""
    found, codes = compiled(text)
    assert codes == []
    (document,) = [x for x in found if x.name == "c"]
    return document


def digests() -> dict[str, str]:
    """The digests of the rules and constraints above, constraints with a word before their name."""
    items, _ = compile_texts(VOCABULARY + RULES)
    return {
        f"constraint {x.document.name}"
        if isinstance(x.document, d.Constraint)
        else x.document.name: document_digest(x.document)
        for x in items
        if isinstance(x.document, d.Rule | d.Constraint | d.Class)
    }


class TestClasses:
    def test_a_class_may_be_about_everything_but_the_service(self) -> None:
        text = """class c { given level == high, measured.caution > 0.5, choice.route == internal,
            env.healthy, at < 2027-01-01 }"""
        assert [formula_json(f) for f in only(text).given] == [
            ["in", "request.level", ["high"]],
            ["lt", {"constant": "1/2", "terms": {"measured.caution": "-1"}}],
            ["in", "choice.route", ["internal"]],
            ["is", "env.healthy"],
            ["lt", {"constant": "-1798761600000000", "terms": {"env.at": "1"}}],
        ]

    def test_what_is_about_facts_alone_comes_last_wherever_it_is_said(self) -> None:
        text = """class c { facts zone == inside, trust >= 1
            given fact.trust <= 4, stream, fact.trust <= 2 or stream, true }"""
        formulas = only(text).given
        assert [about_facts(formula) for formula in formulas] == [False] * 3 + [True] * 3
        assert [formula_json(f) for f in formulas] == [
            ["is", "request.stream"],
            [
                "or",
                ["le", {"constant": "-2", "terms": {"fact.trust": "1"}}],
                ["is", "request.stream"],
            ],
            True,
            ["le", {"constant": "-4", "terms": {"fact.trust": "1"}}],
            ["in", "fact.zone", ["inside"]],
            ["le", {"constant": "1", "terms": {"fact.trust": "-1"}}],
        ]

    def test_no_default_is_filled_in(self) -> None:
        assert only("class c { needs chat }").given == ()

    def test_a_class_may_ask_nothing_at_all(self) -> None:
        assert only("class c { }") == d.Class(only("class c { }").vocabulary, "c")

    def test_a_class_asks_as_a_request_does(self) -> None:
        asked = """needs vision, any of { vision, chat } given tokens <= 3 token
            ensure latency <= 1 s, provides vision budget 3 USD deadline 2 s"""
        items, found = compile_texts(VOCABULARY + f"class c {{ {asked} }} request r {{ {asked} }}")
        assert not found
        group, request = (
            next(x.document for x in items if isinstance(x.document, kind))
            for kind in (d.Class, d.Request)
        )
        assert isinstance(group, d.Class)
        assert isinstance(request, d.Request)
        for part in ("needs", "ensure", "budget", "deadline"):
            assert getattr(group, part) == getattr(request, part)
        assert group.given == request.given[:1]

    def test_clauses_that_are_repeated_are_joined(self) -> None:
        joined = only(
            "class c { given stream, tokens <= 3 token facts trust >= 1, zone == inside }"
        )
        apart = """class c { facts trust >= 1 given stream facts zone == inside
            given tokens <= 3 token }"""
        assert only(apart) == joined


class TestProperties:
    def test_never_is_about_requests_callers_and_what_services_promise_and_state(self) -> None:
        text = """property c { never admitted when personal in request.data and fact.trust < 2
            and env.healthy and (latency > 500 ms or cost >= 1 USD or metric.accuracy < 0.5)
            and service.region == us and not service.encrypted and service.retention > 1 s }"""
        claim = only(text).claim
        assert isinstance(claim, d.Never)
        assert formula_json(claim.when) == [
            "and",
            ["has", "request.data", "personal"],
            ["lt", {"constant": "-2", "terms": {"fact.trust": "1"}}],
            ["is", "env.healthy"],
            [
                "or",
                ["lt", {"constant": "1/2", "terms": {"metric.latency": "-1"}}],
                ["le", {"constant": "1", "terms": {"cost": "-1"}}],
                ["lt", {"constant": "-1/2", "terms": {"metric.accuracy": "1"}}],
            ],
            ["in", "service.region", ["us"]],
            ["not", ["is", "service.encrypted"]],
            ["lt", {"constant": "1", "terms": {"service.retention": "-1"}}],
        ]

    def test_always_names_its_class_by_digest(self) -> None:
        text = "property c { always at least 1_000 admitted for gold }"
        assert only(text).claim == d.Always(1000, digests()["gold"])

    @pytest.mark.parametrize("verb", ["imply", "equivalent to"])
    def test_rules_are_named_by_digest_in_increasing_order(self, verb: str) -> None:
        text = "property c {{ rules {{ {} }} {} {{ constraint eu_b, careful }} }}"
        first = only(text.format("eu_a, rule eu_b, invariant eu_all", verb))
        assert first == only(text.format("eu_all, eu_a, rule eu_b", verb))
        known = digests()
        assert first.claim == d.Implication(
            tuple(sorted((known["eu_a"], known["eu_b"], known["eu_all"]))),
            tuple(sorted((known["constraint eu_b"], known["constraint careful"]))),
            both=verb != "imply",
        )

    def test_what_is_named_may_stand_in_any_file(self) -> None:
        first = "property c { always at least 1 admitted for late } class early { }"
        late = "class late { needs vision } property d { rules { eu_a } imply { last } }"
        found, codes = compiled(first, late, "rule last { always latency <= 1 s }")
        assert codes == []
        assert [x.name for x in found if isinstance(x, d.Property)] == ["c", "d"]

    def test_the_property_of_another_class_is_another_property(self) -> None:
        text = "property c {{ always at least 1 admitted for k }} class k {{ {} }}"
        one, two = only(text.format("needs chat")), only(text.format("needs vision"))
        assert document_digest(one) != document_digest(two)


CASES = [
    ("unknown-name", "class c { given ⟦tokns⟧ <= 3 token }"),
    ("unknown-name", "class c { given ⟦trust⟧ <= 3 }"),
    ("unknown-name", "class c { facts ⟦truts⟧ <= 3 }"),
    ("unknown-name", "class c { needs ⟦sing⟧ }"),
    ("unknown-name", "class c { ensure ⟦speed⟧ <= 3 s }"),
    ("wrong-origin", "class c { given ⟦service.region⟧ == eu }"),
    ("wrong-origin", "class c { given ⟦latency⟧ <= 1 s }"),
    ("wrong-origin", "class c { given ⟦cost⟧ <= 1 USD }"),
    ("wrong-origin", "class c { facts ⟦request.stream⟧ }"),
    ("wrong-origin", "class c { facts ⟦tokens⟧ <= 3 token }"),
    ("wrong-origin", "class c { facts ⟦at⟧ < 2027-01-01 }"),
    ("wrong-origin", "class c { facts ⟦service.encrypted⟧ }"),
    ("wrong-origin", "class c { ensure latency <= 1 s * ⟦measured.caution⟧ }"),
    ("unit-mismatch", "class c { given ⟦tokens <= 3⟧ }"),
    ("unit-mismatch", "class c { budget ⟦5 EUR⟧ }"),
    ("out-of-range", "class c { deadline ⟦-5 s⟧ }"),
    ("type-mismatch", "class c { given ⟦region⟧ }"),
    ("duplicate-name", "class c { } class ⟦c⟧ { }"),
    ("duplicate-name", "class ⟦gold⟧ { }"),
    ("duplicate-statement", "class c { needs any of { chat, ⟦chat⟧ } }"),
    ("wrong-origin", "property c { never admitted when ⟦measured.caution⟧ > 0.5 }"),
    ("wrong-origin", "property c { never admitted when ⟦choice.route⟧ == internal }"),
    ("unknown-name", "property c { never admitted when ⟦region⟧ == eu }"),
    ("unknown-name", "property c { never admitted when ⟦service.reg⟧ == eu }"),
    ("unknown-member", "property c { never admitted when service.region == ⟦mars⟧ }"),
    ("type-mismatch", "property c { never admitted when ⟦service.retention⟧ }"),
    ("unit-mismatch", "property c { never admitted when ⟦latency > 5⟧ }"),
    ("out-of-range", "property c { always at least ⟦0⟧ admitted for gold }"),
    ("out-of-range", "property c { always at least ⟦2.5⟧ admitted for gold }"),
    ("out-of-range", "property c { always at least ⟦10_001⟧ admitted for gold }"),
    ("out-of-range", "property c { always at least ⟦1e9⟧ admitted for gold }"),
    ("invalid-number", "property c { always at least ⟦1e999999⟧ admitted for gold }"),
    ("unknown-name", "property c { always at least 1 admitted for ⟦golden⟧ }"),
    ("unknown-name", "property c { always at least 1 admitted for ⟦eu_a⟧ }"),
    ("unknown-name", "property c { rules { ⟦eu_c⟧ } imply { eu_a } }"),
    ("unknown-name", "property c { rules { eu_a } imply { ⟦gold⟧ } }"),
    ("unknown-name", "property c { rules { eu_a } imply { ⟦rule careful⟧ } }"),
    ("unknown-name", "property c { rules { ⟦constraint eu_all⟧ } imply { eu_a } }"),
    ("unknown-name", "property c { rules { ⟦rule eu_all⟧ } imply { eu_a } }"),
    ("unknown-name", "property c { rules { ⟦invariant eu_b⟧ } imply { eu_a } }"),
    ("unknown-name", "property c { rules { invariant ⟦eu_c⟧ } imply { eu_a } }"),
    ("ambiguous-name", "property c { rules { ⟦eu_b⟧ } imply { eu_a } }"),
    ("duplicate-statement", "property c { rules { eu_a, ⟦eu_a⟧ } imply { eu_all } }"),
    ("duplicate-statement", "property c { rules { eu_a, ⟦rule eu_a⟧ } imply { eu_all } }"),
    (
        "duplicate-name",
        "property c { never admitted when true } property ⟦c⟧ { never admitted when false }",
    ),
]


@pytest.mark.parametrize(("code", "text"), CASES, ids=[f"{c}:{t[:60]}" for c, t in CASES])
def test_an_error_has_this_code_at_this_place(code: str, text: str) -> None:
    plain = f'uses "test" {re.sub("[⟦⟧]", "", text)}'
    _, found = compile_texts(VOCABULARY + RULES, plain)
    assert [diagnostic.code.name for diagnostic in found] == [code], found
    wanted = re.search("⟦(.*)⟧", text)
    assert wanted is not None
    assert found[0].span is not None
    assert found[0].span.text == wanted[1]


HELP = [
    ("class c { given service.region == eu }", "a class describes requests; what it asks of services is said with `ensure`"),
    ("class c { facts latency <= 1 s }", "a class describes requests; what it asks of services is said with `ensure`"),
    ("class c { facts tokens <= 1 token }", "`facts` is about the caller's facts alone; everything else is said with `given`"),
    ("class c { given trust >= 3 }", "did you mean `fact.trust`?"),
    ("property c { never admitted when measured.caution > 0.5 }", "what is measured and chosen is asked in constraints, and in the `given` of a class"),
    ("property c { never admitted when region == eu }", "did you mean `request.region`?"),
    ("property c { always at least 2 admitted for golf }", "did you mean `gold`?"),
    ("request gift { needs chat } property c { always at least 2 admitted for gift }", "declare what such requests have in common: `class … { given … }`"),
    ("property c { rules { eu_al } imply { eu_a } }", "did you mean `eu_all`?"),
    ("property c { rules { eu_b } imply { eu_a } }", "write `rule eu_b` or `constraint eu_b`"),
    ("constraint eu_all of policy { always provides chat } property c { rules { eu_all } imply { eu_a } }", "write `invariant eu_all` or `constraint eu_all`"),
    ("property c { rules { rule eu_all } imply { eu_a } }", "it is an invariant: write `invariant eu_all`"),
    ("property c { rules { constraint eu_all } imply { eu_a } }", "it is an invariant: write `invariant eu_all`"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "advice"), HELP)
def test_an_error_says_what_to_do(text: str, advice: str) -> None:
    _, found = compile_texts(VOCABULARY + RULES, f'uses "test" {text}')
    assert [diagnostic.help for diagnostic in found] == [advice]


def test_where_there_is_no_class_one_is_to_be_declared() -> None:
    text = VOCABULARY + "property c { always at least 2 admitted for gold }"
    _, found = compile_texts(text)
    assert [(x.code.name, x.message) for x in found] == [
        ("unknown-name", "there is no class `gold`, nor any other")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "class late { given mars } property c { always at least 1 admitted for late }",
        "rule late { always provides sing } property c { rules { eu_a } imply { late } }",
    ],
)
def test_what_failed_is_not_missed_by_its_property(text: str) -> None:
    found, codes = compiled(text)
    assert codes == ["unknown-name"]
    assert not any(isinstance(document, d.Property) for document in found)


def test_a_property_and_what_it_names_have_one_vocabulary() -> None:
    other = """vocabulary "other" { capability chat } class k { needs chat }
        property c { always at least 1 admitted for gold }"""
    _, found = compile_texts(VOCABULARY + RULES, other)
    assert [x.code.name for x in found] == ["unknown-vocabulary"]
    assert found[0].labels[0].span.text == "gold"
