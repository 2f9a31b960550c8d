"""Text to tokens, as parallel lists: a token is an index.

Nothing here fails: characters that belong to no token become tokens of kind ``UNKNOWN``, reported once, at which the
parser then stops without reporting them again. Time is linear in the length of the text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from caio.base.diagnostics import Diagnostic
from caio.base.spans import Source, Span
from caio.syntax import codes
from caio.syntax.grammar import END, UNKNOWN, Grammar

MAX_ERRORS: Final = 1000
"""The most diagnostics for one text."""


@dataclass(slots=True)
class Tokens:
    """The tokens of a source; the last one has kind ``END`` and is empty."""

    source: Source
    kinds: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    comments: list[tuple[int, int]] = field(default_factory=list)
    errors: list[Diagnostic] = field(default_factory=list)

    def text(self, index: int) -> str:
        """The characters of a token."""
        return self.source.text[self.starts[index] : self.ends[index]]

    def span(self, first: int, end: int | None = None) -> Span:
        """The span of a token, or of the tokens from ``first`` up to but excluding ``end``."""
        last = first if end is None else end - 1
        return Span(self.source, self.starts[first], self.ends[last])

    def first_on_line(self, index: int) -> bool:
        """Whether no other token precedes it on its line."""
        before = self.ends[index - 1] if index else 0
        return index == 0 or self.source.text.find("\n", before, self.starts[index]) >= 0


def lex(source: Source, grammar: Grammar) -> Tokens:
    """The tokens of a source, with what is wrong with them."""
    tokens = Tokens(source)
    position = 0
    while position >= 0:
        position = _lex_from(tokens, grammar, position)
    return tokens


def _lex_from(tokens: Tokens, grammar: Grammar, position: int) -> int:
    """Read until the end (-1), or until the scan must start again elsewhere."""
    text = tokens.source.text
    groups = grammar.groups
    name_group = groups.index("NAME")
    symbol_group = groups.index("SYMBOL")
    comment_group = groups.index("COMMENT")
    keywords = grammar.keywords.get
    symbols = grammar.symbols
    add_kind = tokens.kinds.append
    add_start = tokens.starts.append
    add_end = tokens.ends.append
    for match in grammar.pattern.finditer(text, position):
        group = match.lastindex or 0
        start, end = match.span(group)
        if group == name_group:
            add_kind(keywords(text[start:end], "NAME"))
        elif group == symbol_group:
            add_kind(symbols[text[start:end]])
        elif group == comment_group:
            tokens.comments.append((start, end))
            continue
        elif groups[group] == UNKNOWN:
            if text[start] == '"':
                return _unterminated(tokens, start)
            _unknown(tokens, start, end)
            continue
        else:
            add_kind(groups[group])
        add_start(start)
        add_end(end)
        if groups[group] == END:
            break
    return -1


def _unterminated(tokens: Tokens, start: int) -> int:
    """Take the rest of the line as the string, but for what plainly is punctuation behind it."""
    text = tokens.source.text
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    kept = text[start:end].rstrip().rstrip("{,").rstrip()
    end = start + max(len(kept), 1)
    _report(
        tokens,
        codes.UNTERMINATED_STRING.at(
            Span(tokens.source, start, end),
            "this quoted name has no end",
            help='close it with `"` on the same line',
        ),
    )
    tokens.kinds.append("QUOTED")
    tokens.starts.append(start)
    tokens.ends.append(end)
    return end


def _unknown(tokens: Tokens, start: int, end: int) -> None:
    """Report characters that begin nothing; letters beyond ASCII make a name, to read on."""
    text = tokens.source.text
    character = text[start]
    kinds, ends = tokens.kinds, tokens.ends
    if kinds and kinds[-1] == UNKNOWN and ends[-1] == start:
        ends[-1] = end
        return
    follows = bool(ends) and ends[-1] == start and (text[start - 1].isalnum())
    if character.isalpha():
        if follows:
            start = tokens.starts[-1]
            kinds[-1], ends[-1] = "NAME", end
        else:
            kinds.append("NAME")
            tokens.starts.append(start)
            ends.append(end)
        message = f"`{text[start:end][:60]}` is no bare name"
        help_text = f'quote it: `"{text[start:end][:60]}"`'
        _report(
            tokens,
            codes.UNKNOWN_CHARACTER.at(Span(tokens.source, start, end), message, help=help_text),
        )
        return
    kinds.append(UNKNOWN)
    tokens.starts.append(start)
    ends.append(end)
    _report(
        tokens,
        codes.UNKNOWN_CHARACTER.at(
            Span(tokens.source, start, start + 1 if end - start > 2 else end),
            f"{_describe(text[start:end][:2] if end - start == 2 else character)} begins nothing",
            help=_HELP.get(character),
        ),
    )


_HELP: Final = {
    "#": "a comment begins with `//`",
    ";": "items are separated by `,`; clauses need no separator",
    "'": 'names are quoted with `"`',
    "`": 'names are quoted with `"`',
    "“": 'names are quoted with `"`',
    "”": 'names are quoted with `"`',
    "$": "an amount of money is written `0.4 USD`",
    "&": "conditions are joined with `and`",
    "|": "conditions are joined with `or`",
    "!": "a condition is negated with `not`, and a difference written `!=`",
    "≤": "write `<=`",
    "≥": "write `>=`",
    "≠": "write `!=`",
}


def _describe(character: str) -> str:
    """A character (or two) for a message: itself if it can be seen, else its number."""
    if character.isprintable() and not character.isspace():
        return f"`{character}`"
    return f"the character U+{ord(character[0]):04X}"


def _report(tokens: Tokens, diagnostic: Diagnostic) -> None:
    if len(tokens.errors) < MAX_ERRORS:
        tokens.errors.append(diagnostic)
