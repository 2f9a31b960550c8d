"""Text to tree. Every error of a text is reported; nothing a text may hold raises an exception.

What the tree holds is exactly what could be read: a part in error is left out, as small a part as possible.
"""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

from caio.base.diagnostics import Diagnostic, did_you_mean, sort_key
from caio.base.spans import Source
from caio.syntax import codes, tree
from caio.syntax.build import TreeBuilder
from caio.syntax.engine import Failure, bind, run
from caio.syntax.explain import Explainer
from caio.syntax.grammar import UNKNOWN, Grammar, load
from caio.syntax.recover import Recovery
from caio.syntax.tokens import MAX_ERRORS, Tokens, lex

Wanted: TypeAlias = Literal["expr", "atom", "guarantee", "value"]

RESERVED: Final = frozenset({"workflow"})
"""Declarations that are planned."""

_DECLARATIONS: Final = (
    "vocabulary",
    "uses",
    "service",
    "overlay",
    "rule",
    "constraint",
    "request",
    "class",
    "property",
    "profile",
    "facts",
    "state",
)
_CLOSERS: Final = frozenset({"RBRACE", "RPAR"})


def parse(source: Source) -> tuple[tree.Tree, list[Diagnostic]]:
    """The tree of a text, and everything that is wrong with its syntax, in order of place."""
    reader = _Reader(source)
    declarations = reader.file()
    return tree.Tree(source, tuple(declarations)), reader.diagnostics()


def parse_expression(
    source: Source, wanted: Wanted = "expr"
) -> tuple[Any | None, list[Diagnostic]]:
    """The one expression, atom, guarantee or value that a text holds; None if it is in error.

    The result is a ``tree.Expr``, ``tree.Atom``, ``tree.Guarantee`` or again a ``tree.Expr``.
    """
    reader = _Reader(source)
    value, failure = run(reader.grammar, reader.actions, reader.tokens.kinds, wanted)
    if failure is not None:
        diagnostic = reader.explainer.explain(failure, failure.position)
        if diagnostic is not None:
            reader.report(diagnostic)
    found = reader.diagnostics()
    return (None if found else value), found


class _Reader:
    """One text on its way to a tree."""

    def __init__(self, source: Source) -> None:
        self.grammar: Grammar = load()
        self.tokens: Tokens = lex(source, self.grammar)
        self.builder = TreeBuilder(self.tokens)
        self.actions = bind(self.grammar, self.builder)
        self.explainer = Explainer(self.grammar, self.tokens)
        self.recovery = Recovery(self.grammar, self.tokens, self.builder, self.actions, self.report)
        self.openers = self.grammar.heads(*_DECLARATIONS)
        self.found: list[Diagnostic] = []
        self.unbalanced = False
        self.passed: list[tuple[int, int]] = []

    def report(self, diagnostic: Diagnostic) -> None:
        """Note an error."""
        self.found.append(diagnostic)

    def diagnostics(self) -> list[Diagnostic]:
        """All that is wrong, each once, in order of place."""
        lexical = [d for d in self.tokens.errors if not self._passed_over(d)]
        broken = {d.span and d.span.start for d in lexical}
        later = [
            d for d in self.builder.found + self.found if d.span and d.span.start not in broken
        ]
        distinct = {(d.code.name, d.span): d for d in lexical + later}
        ordered = sorted(distinct.values(), key=sort_key)
        if len(ordered) < MAX_ERRORS:
            return ordered
        last = ordered[MAX_ERRORS - 1].span
        message = f"there are more than {MAX_ERRORS} errors; the others are not shown"
        return [*ordered[:MAX_ERRORS], codes.TOO_MANY_ERRORS.at(last, message)]

    def file(self) -> list[tree.Declaration]:
        """Every declaration that can be read."""
        declarations: list[tree.Declaration] = []
        position = 0
        kinds = self.tokens.kinds
        while True:
            self.builder.index = range(len(kinds))
            value, failure = run(self.grammar, self.actions, kinds, "file", position)
            if failure is None:
                return declarations + value  # type: ignore[no-any-return]
            declarations += failure.values[0] if failure.values else []
            if len(self.found) >= MAX_ERRORS:
                return declarations
            if len(failure.values) < 2:
                position = self._stray(failure)
                continue
            start = failure.begins[1]
            position = self._end_of_declaration(start)
            declaration = self.recovery.declaration(start, position)
            if declaration is not None:
                declarations.append(declaration)

    # --- between declarations ---

    def _stray(self, failure: Failure) -> int:
        """Report something outside of any declaration, and skip it."""
        at = failure.position
        kind = self.tokens.kinds[at]
        text = self.tokens.text(at)
        span = self.tokens.span(at)
        if kind in _CLOSERS:
            self.report(codes.UNMATCHED_DELIMITER.at(span, f"this `{text}` closes nothing"))
            return at + 1
        if text in RESERVED:
            message = f"`{text}` declarations do not exist yet"
            self.report(codes.RESERVED_DECLARATION.at(span, message, help="leave it out for now"))
        elif kind == "NAME" or kind in self.grammar.words:
            words = sorted(self.grammar.spelling[kind] for kind in self.openers)
            known = "declarations: " + ", ".join(f"`{word}`" for word in words)
            self.report(
                codes.UNKNOWN_DECLARATION.at(
                    span,
                    f"{self.explainer.found(at)} begins no declaration",
                    help=did_you_mean(text, words) or known,
                )
            )
        elif kind != UNKNOWN:
            message = f"expected a declaration, found {self.explainer.found(at)}"
            self.report(codes.UNEXPECTED_TOKEN.at(span, message))
        end = self._end_of_declaration(at)
        if text in RESERVED:
            self.passed.append((span.start, self.tokens.starts[end]))
        return end

    def _passed_over(self, diagnostic: Diagnostic) -> bool:
        """Whether it is inside a declaration whose notation does not exist yet."""
        start = -1 if diagnostic.span is None else diagnostic.span.start
        return any(low <= start < high for low, high in self.passed)

    def _end_of_declaration(self, start: int) -> int:
        """The token behind the declaration (or the stray matter) that begins at ``start``."""
        kinds = self.tokens.kinds
        if kinds[start] == "USES" and kinds[start + 1] in ("NAME", "QUOTED"):
            return start + 2
        depth = 0
        closed = False
        for at in range(start, len(kinds) - 1):
            kind = kinds[at]
            if kind == "LBRACE":
                depth += 1
                closed = False
            elif kind == "RBRACE":
                if closed and depth <= 0:
                    return at
                depth -= 1
                closed = depth <= 0
            elif at == start:
                continue
            elif (depth <= 0 and self._begins_declaration(at, closed=closed)) or (
                self.unbalanced and self._looks_like_declaration(at)
            ):
                return at
        if depth > 0 and not self.unbalanced:
            # Some brace is missing: from now on, lines tell declarations apart as well.
            self.unbalanced = True
            return self._end_of_declaration(start)
        return len(kinds) - 1

    def _begins_declaration(self, at: int, *, closed: bool) -> bool:
        kinds = self.tokens.kinds
        if closed:
            return True
        return (
            kinds[at] in self.openers
            and kinds[at - 1] not in self.openers
            and self.tokens.first_on_line(at)
        )

    def _looks_like_declaration(self, at: int) -> bool:
        """Whether a line without indentation begins here as a declaration does."""
        kinds = self.tokens.kinds
        if kinds[at] not in self.openers or not self._starts_line(at):
            return False
        named = kinds[at + 1] in ("NAME", "QUOTED")
        return named and (kinds[at] == "USES" or kinds[at + 2] in ("LBRACE", "VERSION"))

    def _starts_line(self, at: int) -> bool:
        start = self.tokens.starts[at]
        return start == 0 or self.tokens.source.text[start - 1] == "\n"
