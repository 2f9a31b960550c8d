"""Colours for the contract language, from the grammar itself: a new keyword is coloured without touching this file."""

from __future__ import annotations

from collections.abc import Iterator

from pygments.lexer import Lexer
from pygments.token import Comment, Keyword, Literal, Name, Number, Operator, String, Text, Token

from caio.syntax.grammar import load

_KINDS = {
    "COMMENT": Comment.Single,
    "INSTANT": Literal.Date,
    "RELEASE": Number,
    "NUMBER": Number,
    "QUOTED": String,
    "EQUALITY": Operator,
    "ORDER": Operator,
    "SYMBOL": Operator,
}


class CaioLexer(Lexer):
    """Cuts a text as the compiler does; text that belongs to no token stays plain, as pages about errors need."""

    name = "CAIO"
    aliases = ("caio",)
    filenames = ("*.caio",)

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, type[Token], str]]:
        """Triples of position, kind and characters, which together are the whole text."""
        rules = load()
        end = 0
        for match in rules.pattern.finditer(text):
            group = match.lastindex or 0
            start, after = match.span(group)
            if start > end:
                yield end, Text, text[end:start]
            word = text[start:after]
            kind = _KINDS.get(rules.groups[group], Text)
            if rules.groups[group] == "NAME":
                kind = Keyword if word in rules.keywords else Name
            yield start, kind, word
            end = after
        if end < len(text):
            yield end, Text, text[end:]
