"""The formatter: one layout for every text that says the same, comments kept.

It moves white space, and commas before closing braces and clauses; nothing else. Its result formats to itself.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from caio.base.diagnostics import Diagnostic
from caio.base.errors import InternalError
from caio.base.spans import Source
from caio.syntax.engine import bind, run
from caio.syntax.grammar import load
from caio.syntax.layout import Clause, Group, LayoutBuilder, Node, Run
from caio.syntax.parse import parse
from caio.syntax.tokens import Tokens, lex

WIDTH: Final = 100
"""The longest line that the formatter makes where it has a choice."""

_BREAK_BEFORE: Final = frozenset({"WHEN", "IMPLIES", "OR", "AND", "PLUS", "MINUS"})


def format_source(source: Source) -> tuple[str | None, list[Diagnostic]]:
    """The text in its layout; None, with what is wrong, if the text has errors."""
    _, diagnostics = parse(source)
    if any(diagnostic.is_error for diagnostic in diagnostics):
        return None, diagnostics
    grammar = load()
    tokens = lex(source, grammar)
    builder = LayoutBuilder()
    declarations, _ = run(grammar, bind(grammar, builder), tokens.kinds, "file")
    return _Printer(tokens, builder.unary).file(declarations), diagnostics


@dataclass(slots=True)
class _Comments:
    """The comments around one token."""

    before: list[tuple[bool, str]] = field(default_factory=list)
    """On lines of their own; and whether an empty line precedes."""
    behind: list[str] = field(default_factory=list)
    """On the token's line."""


_Own: TypeAlias = list[tuple[bool, str]]
"""Comments for lines of their own, and whether an empty line precedes each."""


class _Printer:
    """Prints nodes as lines."""

    def __init__(self, tokens: Tokens, unary: set[int]) -> None:
        self.tokens = tokens
        self.unary = unary
        self.comments: dict[int, _Comments] = {}
        self.marked: list[int] = []
        self.printed = 0
        self._attach()

    # --- comments ---

    def _attach(self) -> None:
        """Give each comment to the token on its line, or to the one that follows."""
        text = self.tokens.source.text
        previous_end = 0
        for start, end in self.tokens.comments:
            following = bisect_left(self.tokens.starts, start)
            between_start = max(previous_end, self.tokens.ends[following - 1] if following else 0)
            gap = text[between_start:start].count("\n")
            shown = text[start:end].rstrip()
            fresh = following > 0 and between_start == self.tokens.ends[following - 1]
            if gap == 0 and fresh:
                self.comments.setdefault(following - 1, _Comments()).behind.append(shown)
            else:
                place = self.comments.setdefault(following, _Comments())
                place.before.append((gap > 1, shown))
            previous_end = end
        self.marked = sorted(self.comments)

    def _has_comments(self, first: int, end: int) -> bool:
        """Whether a comment stands inside these tokens: not before the first, nor behind the last."""
        for index in self.marked[bisect_left(self.marked, first) : bisect_left(self.marked, end)]:
            comments = self.comments[index]
            if (comments.before and index > first) or (comments.behind and index < end - 1):
                return True
        return False

    def _blank_before(self, index: int) -> bool:
        """Whether an empty line stands just before a token or its last own comment."""
        text = self.tokens.source.text
        start = self.tokens.starts[index]
        end = start
        while end > 0 and text[end - 1] in " \t\r\n":
            end -= 1
        return text.count("\n", end, start) > 1

    def _take(self, end: int) -> _Own:
        """All comments not printed yet that stand before the last of the tokens up to ``end``.

        They stand on lines of their own from now on. What is behind that last token is not taken.
        """
        taken: _Own = []
        stop = bisect_left(self.marked, end)
        for index in self.marked[self.printed : stop]:
            comments = self.comments[index]
            taken += comments.before
            comments.before = []
            if index < end - 1:
                taken += [(False, text) for text in comments.behind]
                comments.behind = []
        # The last token is looked at again: something may still stand behind it.
        self.printed = max(self.printed, stop - 1, 0)
        return taken

    def _behind(self, end: int) -> tuple[_Own, str]:
        """The comment behind the token before ``end`` or behind its comma; what is too much apart."""
        indices = [end - 1]
        if self.tokens.kinds[end] == "COMMA":
            indices.append(end)
        found: list[str] = []
        early: _Own = []
        for index in indices:
            comments = self.comments.get(index)
            if comments is not None:
                if index == end:
                    early += comments.before
                    comments.before = []
                found += comments.behind
                comments.behind = []
        early += [(False, text) for text in found[:-1]]
        return early, f"  {found[-1]}" if found else ""

    def _hoist(self, end: int) -> _Own:
        """Take the comments between an item and its comma; leave the one behind the comma."""
        early, behind = self._behind(end)
        if behind:
            if end not in self.comments:
                insort(self.marked, end)
            self.comments.setdefault(end, _Comments()).behind.append(behind.strip())
        return early

    def _head_end(self, node: Node) -> int:
        """The token behind those that stand on the first line of a node."""
        if isinstance(node, Group):
            return node.opening + 1
        return node.end if isinstance(node, Run) else self._head_end(node.body[0])

    # --- tokens on a line ---

    def _words(self, first: int, end: int) -> list[str]:
        """The tokens with the space before each, the comma before a closing brace left out."""
        kinds = self.tokens.kinds
        words: list[str] = []
        previous = -1
        for index in range(first, end):
            if kinds[index] == "COMMA" and kinds[index + 1] == "RBRACE":
                continue
            space = previous >= 0 and self._spaced(previous, index)
            words.append(" " * space + self.tokens.text(index))
            previous = index
        return words

    def _spaced(self, left: int, right: int) -> bool:
        """Whether a space belongs between two tokens."""
        kinds = self.tokens.kinds
        before, after = kinds[left], kinds[right]
        if after in ("COMMA", "COLON", "RPAR", "PERCENT") or before == "LPAR" or left in self.unary:
            return False
        if (before, after) == ("LBRACE", "RBRACE"):
            return False
        if after == "LPAR":
            return before not in ("NAME", "QUOTED")
        if "SLASH" in (before, after):
            slash = left if before == "SLASH" else right
            return {kinds[slash - 1], kinds[slash + 1]} != {"NUMBER"}
        return True

    def _flat(self, node: Node) -> str:
        """A node on one line."""
        if isinstance(node, Run):
            return "".join(self._words(node.first, node.end))
        if isinstance(node, Clause):
            word = self._flat(Run(node.first, node.word_end))
            return f"{word} {', '.join(map(self._flat, node.body))}"
        head = self._flat(Run(node.first, node.opening + 1))
        if not node.items:
            return f"{head}}}"
        inner = (" " if node.clauses else ", ").join(map(self._flat, node.items))
        return f"{head} {inner} }}"

    def _fits(self, node: Node, column: int, extra: int = 0) -> bool:
        if isinstance(node, Group) and node.broken and node.items:
            return False
        if isinstance(node, Clause) and any(isinstance(b, Group) and b.broken for b in node.body):
            return False
        if self._has_comments(node.first, node.end):
            return False
        return column + len(self._flat(node)) + extra <= WIDTH

    # --- lines ---

    def _lines(self, node: Node, column: int) -> list[str]:
        """A node as lines, the first without its indentation, the others with theirs."""
        if isinstance(node, Clause):
            raise InternalError("a clause stands where items do")
        return self._run(node, column) if isinstance(node, Run) else self._group(node, column)

    def _run(self, node: Run, column: int) -> list[str]:
        """Tokens on one line, or broken before operators and behind commas where that is too long."""
        words = self._words(node.first, node.end)
        if column + sum(map(len, words)) <= WIDTH:
            return ["".join(words)]
        pieces: list[str] = []
        for word in words:
            kind = word.strip()
            breaks = kind in ("when", "implies", "or", "and", "+", "-") and word[0] == " "
            if not pieces or breaks or pieces[-1].endswith(","):
                pieces.append(word)
            else:
                pieces[-1] += word
        lines = [pieces[0]]
        indent = " " * (column + 2)
        for piece in pieces[1:]:
            start = column if len(lines) == 1 else 0
            if start + len(lines[-1]) + len(piece) + 1 <= WIDTH:
                lines[-1] += piece
            else:
                lines.append(indent + piece.lstrip())
        return lines

    def _clause(self, node: Clause, column: int, pad: int) -> tuple[_Own, list[str]]:
        """A clause as lines, and the comments of its first item, which belong before it."""
        word = self._flat(Run(node.first, node.word_end)).ljust(pad)
        inside = column + len(word) + 1
        body = node.body[0]
        own = self._hoist(body.end) if len(node.body) > 1 else []
        commented = self._has_comments(node.first, node.end)
        flat = ", ".join(map(self._flat, node.body))
        if len(node.body) == 1 and isinstance(body, Group):
            lines = self._group(body, column, inside)
        elif len(node.body) > 1 and inside + len(flat) <= WIDTH and not commented:
            lines = [flat]
        elif node.fill and not commented:
            lines = self._filled(node.body, inside)
        else:
            lines = self._items(node.body, inside, own)
        return own, [f"{word} {lines[0].lstrip()}", *lines[1:]]

    def _filled(self, items: list[Node], column: int) -> list[str]:
        """Items one behind the other, as many on a line as fit."""
        indent = " " * column
        lines: list[str] = []
        for number, item in enumerate(items):
            parts = self._lines(item, column)
            if number < len(items) - 1:
                parts[-1] += ","
            if lines and len(parts) == 1 and len(lines[-1]) + 1 + len(parts[0]) <= WIDTH:
                lines[-1] += f" {parts[0]}"
            else:
                lines += [indent + parts[0], *parts[1:]]
        return lines

    def _items(self, items: list[Node], column: int, before: _Own | None = None) -> list[str]:
        """Items on a line each, with their comments.

        In a clause, the comments of the first item go to ``before``; in braces, a comma follows the last one.
        """
        indent = " " * column
        lines: list[str] = []
        for number, item in enumerate(items):
            own = self._take(self._head_end(item))
            more, behind = self._behind(item.end)
            if before is not None and number == 0:
                before += own + more
            else:
                lines += self._own(own + more, indent, first=not lines)
            parts = self._lines(item, column)
            comma = "," if before is None or number < len(items) - 1 else ""
            parts[-1] += comma + behind
            lines += [indent + parts[0], *parts[1:]]
        return lines

    @staticmethod
    def _own(comments: _Own, indent: str, *, first: bool) -> list[str]:
        """Comments on lines of their own; an empty line before one is kept, but for the first."""
        lines: list[str] = []
        for blank, text in comments:
            if blank and not (first and not lines):
                lines.append("")
            lines.append(indent + text)
        return lines

    def _group(self, node: Group, column: int, start: int | None = None) -> list[str]:
        """A group whose first line begins at ``start`` and whose last stands at ``column``."""
        if self._fits(node, column if start is None else start, 1):
            return [self._flat(node)]
        head = self._flat(Run(node.first, node.opening + 1))
        inside = column + 2
        hoisted, behind = self._behind(node.opening + 1)
        lines = [head + behind]
        lines += self._own(hoisted, " " * inside, first=True)
        if node.clauses:
            lines += self._clauses(node.items, inside)
        else:
            lines += self._items(node.items, inside)
        closing = self._take(node.end)
        lines += self._own(closing, " " * inside, first=len(lines) == 1)
        return [*lines, " " * column + "}"]

    def _clauses(self, clauses: list[Node], column: int) -> list[str]:
        """Clauses on lines of their own, keywords of one width unless they are a vocabulary's."""
        indent = " " * column
        lines: list[str] = []
        pad = self._pad(clauses)
        for clause in clauses:
            if not isinstance(clause, Clause):
                raise InternalError("a part that is no clause stands where clauses do")
            blank = self._blank_before(clause.first)
            own = self._take(self._head_end(clause))
            more, behind = self._behind(clause.end)
            first, parts = self._clause(clause, column, pad)
            lines += self._own(own + first + more, indent, first=not lines)
            if blank and lines:
                lines.append("")
            parts[-1] += behind
            lines += [indent + parts[0], *parts[1:]]
        return lines

    def _pad(self, clauses: list[Node]) -> int:
        """The width of the longest keywords; 0 in a vocabulary, whose items stand for themselves."""
        words = [self._flat(Run(c.first, c.word_end)) for c in clauses if isinstance(c, Clause)]
        kinds = self.tokens.kinds
        if any(kinds[c.first] in ("ENUM", "METRIC", "CAPABILITY", "CONTROL") for c in clauses):
            return 0
        return max(map(len, words), default=0)

    def file(self, declarations: list[Node]) -> str:
        """The whole text."""
        lines: list[str] = []
        was_long = False
        for node in declarations:
            blank = self._blank_before(node.first)
            own = self._take(self._head_end(node))
            more, behind = self._behind(node.end)
            own += more
            parts = self._lines(node, 0)
            parts[-1] += behind
            is_long = len(parts) > 1
            if lines and (was_long or is_long or (own[0][0] if own else blank)):
                lines.append("")
            if own:
                lines += self._own(own, "", first=True)
                lines += [""] * blank
            lines += parts
            was_long = is_long
        end = len(self.tokens.kinds) - 1
        closing = self._take(end + 1)
        if lines and closing:
            lines.append("")
        lines += self._own(closing, "", first=True)
        return "".join(f"{line.rstrip()}\n" for line in lines)
