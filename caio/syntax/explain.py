"""Says in words why the automaton stopped at a token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from caio.base.diagnostics import Diagnostic, did_you_mean
from caio.base.spans import Span
from caio.syntax import codes
from caio.syntax.engine import MAX_DEPTH, Failure, accepts, expected
from caio.syntax.grammar import END, UNKNOWN, Grammar
from caio.syntax.tokens import Tokens

_RELATIONS: Final = frozenset({"ORDER", "EQUALITY", "__ANON_1"})
_EXPRESSION: Final = frozenset(
    {
        "NAME",
        "QUOTED",
        "NUMBER",
        "INSTANT",
        "TRUE",
        "FALSE",
        "LPAR",
        "MINUS",
        "NOT",
        "PROVIDES",
        "MEETS",
    }
)
_OPERATORS: Final = (
    frozenset(
        {"PLUS", "MINUS", "STAR", "SLASH", "IN", "NOT", "HAS", "WITHIN", "AND", "OR", "IMPLIES"}
    )
    | _RELATIONS
)
_NAMED: Final = {
    "NAME": "a name",
    "QUOTED": "a quoted text",
    "NUMBER": "a number",
    "RELEASE": "a version",
    "INSTANT": "an instant",
    "ORDER": "`<=`",
    "EQUALITY": "`==`",
    END: "the end of the text",
}
_NEVER: Final = "write `never admitted when …`"
_ALWAYS: Final = "write `always at least N admitted for CLASS`"
_RULES: Final = "write `rules { … } imply { … }`, or `rules { … } equivalent to { … }`"
_CLAIMS: Final = {
    ("NEVER", "ADMITTED"): _NEVER,
    ("ADMITTED", "WHEN"): _NEVER,
    ("ALWAYS", "AT"): _ALWAYS,
    ("AT", "LEAST"): _ALWAYS,
    ("LEAST", "NUMBER"): _ALWAYS,
    ("NUMBER", "ADMITTED"): _ALWAYS,
    ("ADMITTED", "FOR"): "name the class of requests that is meant: `admitted for CLASS`",
    ("RULES", "LBRACE"): _RULES,
    ("RBRACE", "EQUIVALENT"): _RULES,
    ("EQUIVALENT", "TO"): _RULES,
    ("IMPLY", "LBRACE"): _RULES,
    ("TO", "LBRACE"): _RULES,
}
"""How the claims of properties are written: by the token before and the first that can follow."""


class Explainer:
    """Turns failures into diagnostics."""

    def __init__(self, grammar: Grammar, tokens: Tokens) -> None:
        self.grammar = grammar
        self.tokens = tokens

    def found(self, index: int) -> str:
        """What stands at a token, for a message."""
        if self.tokens.kinds[index] == END:
            return "the end of the text"
        text = self.tokens.text(index)
        return f"`{text if len(text) <= 60 else text[:57] + '...'}`"

    def span(self, index: int) -> Span:
        """Where a token stands; the end of the text is just behind the last token."""
        if self.tokens.kinds[index] == END and index > 0:
            end = self.tokens.ends[index - 1]
            return Span(self.tokens.source, end, end)
        return self.tokens.span(index)

    def explain(
        self, failure: Failure, index: int, clauses: frozenset[str] = frozenset()
    ) -> Diagnostic | None:
        """Why no token of this kind can stand there; None if that has been said already."""
        kind = self.tokens.kinds[index]
        span = self.span(index)
        if kind == UNKNOWN:
            return None
        if failure.too_deep:
            return codes.NESTING_TOO_DEEP.at(
                span, f"more than {MAX_DEPTH} parts are open here", help="split it into several"
            )
        kinds = expected(self.grammar, failure.states)
        if kind == "EQUAL" and "EQUALITY" in kinds:
            return codes.ASSIGNMENT_IN_CONDITION.at(span, "`=` does not compare", help="write `==`")
        if kind in _RELATIONS and "AND" in kinds:
            return codes.CHAINED_COMPARISON.at(
                span,
                f"{self.found(index)} continues a comparison that is complete",
                help="write `x in a .. b`, or join two comparisons with `and`",
            )
        message = f"expected {self._expected(kinds, clauses)}, found {self.found(index)}"
        return codes.UNEXPECTED_TOKEN.at(span, message, help=self._help(index, kinds, clauses))

    def _expected(self, kinds: Sequence[str], clauses: frozenset[str]) -> str:
        """The kinds in words: groups first, then what is left."""
        rest = set(kinds)
        parts: list[str] = []
        if {"NUMBER", "NAME", "LPAR"} <= rest:
            parts.append("an expression")
            rest -= _EXPRESSION
        elif "NAME" in rest:
            parts.append("a name")
            rest -= {"NAME", "QUOTED"}
        if len(rest & _OPERATORS) > 2:
            parts.append("an operator")
            rest -= _OPERATORS | {"LPAR", "PER", "PERCENT"}
        if len(rest & clauses) > 1:
            parts.append("a clause")
            rest -= clauses
        if "RELEASE" in rest:
            rest.discard("NUMBER")
        spelling = self.grammar.spelling
        parts += sorted(_NAMED.get(k) or f"`{spelling.get(k, k)}`" for k in rest)
        if not parts:
            return "something else"
        if len(parts) > 6:
            parts = [*parts[:5], "something else"]
        return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " or " + parts[-1]

    def _help(self, index: int, kinds: Sequence[str], clauses: frozenset[str]) -> str | None:
        """The likely slip behind an unexpected token, if one is likely."""
        kind = self.tokens.kinds[index]
        before = self.tokens.kinds[index - 1] if index else END
        if before in clauses and index > 1 and self.tokens.kinds[index - 2] == "COMMA":
            word = self.tokens.text(index - 1)
            return f'`{word}` begins a clause here; as a name it is written `"{word}"`'
        claim = _CLAIMS.get((before, next(iter(kinds), END)))
        if claim is not None:
            return claim
        if kind in clauses and "NEVER" in clauses and "RBRACE" in kinds:
            return "a property makes one claim; another is a property of its own"
        if kind == "AT" and self.tokens.kinds[index + 1] == "QUANTILE":
            return "a condition speaks of a metric at its declared level"
        if kind == "EQUALITY" and "EQUAL" in kinds:
            return "write `=` to give a value"
        if "COMMA" in kinds and (
            kind in ("NAME", "QUOTED", "NUMBER") or kind in self.grammar.words
        ):
            return "separate the items of a list with `,`"
        if kind == "NAME":
            words = [self.grammar.spelling[k] for k in kinds if k in self.grammar.words]
            return did_you_mean(self.tokens.text(index), words)
        return None

    def unknown_clause(self, index: int, clauses: frozenset[str], declared: str) -> Diagnostic:
        """A word where a clause would begin."""
        words = sorted(self.grammar.spelling[kind] for kind in clauses)
        known = "clauses: " + ", ".join(f"`{word}`" for word in words)
        if self.tokens.kinds[index] == "THEN":
            known = "write `when … then …`, or `always …` for what has no condition"
            words = []
        return codes.UNKNOWN_CLAUSE.at(
            self.span(index),
            f"{self.found(index)} begins no clause of `{declared}`",
            help=did_you_mean(self.tokens.text(index), words) or known,
        )

    def can_begin_clause(self, failure: Failure, clauses: frozenset[str]) -> bool:
        """Whether one of these clauses could begin at the failure."""
        return any(accepts(self.grammar, failure.states, kind) for kind in sorted(clauses))
