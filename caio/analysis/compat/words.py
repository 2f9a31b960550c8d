"""Clauses of contracts in words, as the language writes them, and what bounds a quantity at a point."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from caio.base.errors import InputError
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.interpret import affine_value, holds
from caio.obligations.contract import Contract
from caio.sema.show import show_cost_case, show_expression, show_guarantee
from caio.sema.show_terms import Shower

_LONGEST = 120


def quoted(text: str) -> str:
    """A clause in backticks on one line, cut off where it is long."""
    flat = " ".join(text.split())
    return f"`{flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1].rstrip() + '…'}`"


def said(expression: t.Formula | t.Atom, vocabulary: d.Vocabulary) -> str:
    """An expression; a word for it where the language has no text."""
    try:
        return quoted(show_expression(expression, vocabulary))
    except InputError:
        return "an expression that the language cannot say"


def promise(guarantee: d.Guarantee, vocabulary: d.Vocabulary) -> str:
    """A guarantee with its guard."""
    try:
        return quoted(show_guarantee(guarantee, vocabulary))
    except InputError:
        return f"a bound on `{guarantee.metric}`"


def price(case: d.CostCase, vocabulary: d.Vocabulary) -> str:
    """A cost case; the only one without its condition."""
    if case.when == t.TRUE:
        return quoted(f"cost {Shower(vocabulary).affine(case.amount, _currency(vocabulary))}")
    return quoted(show_cost_case(case, vocabulary))


def money(amount: Fraction, vocabulary: d.Vocabulary) -> str:
    """An amount of cost."""
    return Shower(vocabulary).affine(t.Affine(amount), _currency(vocabulary))


def value(stated: d.Value, field: d.Field, vocabulary: d.Vocabulary) -> str:
    """The value of an attribute."""
    return Shower(vocabulary).value(stated, field.type)


def permits(permitted: d.Permits) -> str:
    """Whose permissions are enough."""
    names = ", ".join(permitted.permissions)
    match permitted.mode:
        case "public":
            return "everybody"
        case "any" | "all":
            return f"whoever has {permitted.mode} of {{ {names} }}"
    return "nobody"


def tightest(
    wanted: d.Guarantee, contract: Contract, values: Mapping[str, d.Value]
) -> tuple[int, d.Guarantee] | None:
    """The tightest guarantee like a wanted one that applies at a point, with its index; None if none does.

    Like it is a guarantee on the same metric in the same direction at a level that is not lower.
    """
    found: tuple[Fraction, int, d.Guarantee] | None = None
    for index, one in enumerate(contract.guarantees):
        low = wanted.level is not None and one.level is not None and one.level < wanted.level
        if one.metric != wanted.metric or one.relation.upper != wanted.relation.upper or low:
            continue
        bound = affine_value(one.bound, values)
        if bound is None or not holds(one.when, values):
            continue
        slack = bound if one.relation.upper else -bound
        if found is None or slack < found[0]:
            found = slack, index, one
    return None if found is None else (found[1], found[2])


def bound_at(
    guarantee: d.Guarantee, vocabulary: d.Vocabulary, values: Mapping[str, d.Value]
) -> str:
    """What a guarantee amounts to at a point, without its guard."""
    bound = affine_value(guarantee.bound, values)
    if bound is None:
        return promise(guarantee, vocabulary)
    plain = d.Guarantee(
        guarantee.metric, guarantee.relation, t.Affine(bound), t.TRUE, guarantee.level
    )
    return promise(plain, vocabulary)


def _currency(vocabulary: d.Vocabulary) -> str:
    return "1" if vocabulary.cost is None else vocabulary.cost.dimension
