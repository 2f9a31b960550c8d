"""The grammar of ``grammar/caio.lark`` as tables: lark computes them, the engine runs them.

Lark's own parser stops at the first error and builds through layers of callbacks. We must report every error, know
the span of everything, and read megabytes; so lark is used for what it is best at, turning the grammar into a checked
LALR(1) automaton, and a small loop of our own (``caio.syntax.engine``) walks it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final, TypeAlias

from lark import Lark
from lark.lexer import PatternStr
from lark.parsers.lalr_analysis import Shift

from caio.base.errors import InternalError

END: Final = "$END"
"""The kind of the token behind the last one."""
UNKNOWN: Final = "UNKNOWN"
"""The kind of characters that belong to no token."""
STARTS: Final = ("file", "declaration", "expr", "atom", "guarantee", "value")
"""What a text can be asked to be."""


@dataclass(frozen=True, slots=True)
class Production:
    """One alternative of a rule: ``action`` is None where it only renames."""

    action: str | None
    origin: str
    size: int
    head: str | None


Action: TypeAlias = "int | str | tuple[int, int, str]"
"""Shift to a state; or rename to an origin; or reduce: index of the production, its size, its origin."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """The automaton, and how to cut a text into its tokens."""

    table: tuple[dict[str, Action], ...]
    productions: tuple[Production, ...]
    starts: dict[str, int]
    ends: dict[str, int]
    keywords: dict[str, str]
    symbols: dict[str, str]
    spelling: dict[str, str]
    words: frozenset[str]
    groups: tuple[str, ...]
    pattern: re.Pattern[str]

    def actions(self) -> frozenset[str]:
        """The names of all actions."""
        return frozenset(p.action for p in self.productions if p.action is not None)

    def heads(self, *origins: str) -> frozenset[str]:
        """The kinds of the keywords with which the alternatives of these rules begin."""
        heads = {p.head for p in self.productions if p.origin in origins and p.head}
        return frozenset(heads) & self.words


def grammar_text() -> str:
    """The text of the grammar: from the installed package, or from the checkout."""
    packaged = resources.files("caio.syntax") / "caio.lark"
    if packaged.is_file():
        return packaged.read_text("utf-8")
    checkout = Path(__file__).resolve().parents[2] / "grammar" / "caio.lark"
    if checkout.is_file():
        return checkout.read_text("utf-8")
    raise InternalError("`caio.lark` is missing from the installation")


@cache
def load() -> Grammar:
    """The grammar, computed once per process."""
    lark = Lark(grammar_text(), parser="lalr", lexer="basic", start=list(STARTS))
    parse_table = lark.parse_interactive("", start="file").parser_state.parse_conf.parse_table
    productions: dict[object, int] = {}
    made: list[Production] = []
    table: list[dict[str, Action]] = []
    for state in range(len(parse_table.states)):
        row: dict[str, Action] = {}
        for symbol, (kind, argument) in parse_table.states[state].items():
            if kind is Shift:
                row[symbol] = argument
                continue
            if argument not in productions:
                productions[argument] = len(made)
                made.append(
                    Production(
                        argument.alias and str(argument.alias),
                        str(argument.origin.name),
                        len(argument.expansion),
                        argument.expansion[0].name if argument.expansion else None,
                    )
                )
            index = productions[argument]
            made_of = made[index]
            renames = made_of.action is None
            row[symbol] = made_of.origin if renames else (index, made_of.size, made_of.origin)
        table.append(row)
    for production in made:
        if production.action is None and production.size != 1:
            raise InternalError(f"an alternative of `{production.origin}` names no action")
    words, symbols, patterns = _terminals(lark)
    return Grammar(
        table=tuple(table),
        productions=tuple(made),
        starts=dict(parse_table.start_states),
        ends=dict(parse_table.end_states),
        keywords=words,
        symbols=symbols,
        spelling={kind: text for text, kind in (words | symbols).items()},
        words=frozenset(words.values()),
        groups=("", *patterns, "SYMBOL", END, UNKNOWN),
        pattern=_master(patterns, symbols),
    )


def _terminals(lark: Lark) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Keywords and symbols by spelling, and the other terminals' patterns in order of priority."""
    words: dict[str, str] = {}
    symbols: dict[str, str] = {}
    patterns: dict[str, str] = {}
    for terminal in sorted(lark.terminals, key=lambda terminal: -terminal.priority):
        if isinstance(terminal.pattern, PatternStr):
            text = terminal.pattern.value
            (words if text.isalpha() else symbols)[text] = terminal.name
        elif not terminal.name.startswith("__"):
            patterns[terminal.name] = terminal.pattern.to_regexp()
    return words, symbols, patterns


def _master(patterns: dict[str, str], symbols: dict[str, str]) -> re.Pattern[str]:
    """One pattern for everything; it matches at every offset, so that no search ever skips."""
    spellings = "|".join(map(re.escape, sorted(symbols, key=len, reverse=True)))
    # Two characters that begin nothing yet are one mistake, not two.
    unknown = r"[^\x00-\x7f][^\s\"{}(),:;=<>]*|->|\|\||[^\w\s]|."
    groups = "|".join(f"({pattern})" for pattern in (*patterns.values(), spellings, r"\Z", unknown))
    return re.compile(f"[ \\t\\r\\n]*(?:{groups})", re.DOTALL)
