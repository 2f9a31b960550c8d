"""Pieces of declarations as text: blocks, clauses, names in braces, stated values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from caio.base.units import RATIO
from caio.ir import documents as d
from caio.sema.show_terms import Shower
from caio.syntax.text import quote_name


def cost_dimension(vocabulary: d.Vocabulary) -> str:
    """The dimension of amounts; that of plain numbers where the vocabulary declares no cost."""
    return RATIO if vocabulary.cost is None else vocabulary.cost.dimension


def block(head: str, clauses: Iterable[str]) -> str:
    """A declaration: its head, and its clauses in braces."""
    body = "".join(f"  {clause}\n" for clause in clauses)
    return f"{head} {{\n{body}}}"


def clause(word: str, items: Sequence[str]) -> list[str]:
    """The clause that lists these items; nothing for none."""
    return [f"{word} {', '.join(items)}"] if items else []


def braced(names: Iterable[str]) -> str:
    """Names in braces."""
    return f"{{ {', '.join(map(quote_name, names))} }}"


def assigned(
    values: tuple[tuple[str, d.Value], ...], fields: tuple[d.Field, ...], vocabulary: d.Vocabulary
) -> list[str]:
    """``name = value`` for each of these values of these fields."""
    types = {field.name: field.type for field in fields}
    shower = Shower(vocabulary)
    return [f"{quote_name(name)} = {shower.value(value, types[name])}" for name, value in values]
