"""Clauses as text where no source is at hand."""

from __future__ import annotations

from caio.base.errors import InputError
from caio.ir import documents as d
from caio.ir import terms as t
from caio.sema.show import show_expression


def write(expression: t.Formula | t.Atom, vocabulary: d.Vocabulary) -> str:
    """An expression in the language; canonical JSON can say a few things that the language cannot."""
    try:
        return show_expression(expression, vocabulary)
    except InputError as error:
        return f"a clause that has no text: {error}"
