"""Reads a declaration that has errors, and finds all of them.

The declaration is read again and again, each time without the smallest part that held the last error: an item of a
list, else a clause, else everything. What is left is a proper tree, so that nothing is ever built from guesses, and no
error is the echo of another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from caio.base.diagnostics import Diagnostic
from caio.syntax import codes
from caio.syntax.engine import Failure, run
from caio.syntax.explain import Explainer
from caio.syntax.grammar import END, Grammar
from caio.syntax.leaves import ExpressionBuilder
from caio.syntax.tokens import Tokens

MAX_WORK: Final = 2_000_000
"""How many tokens may be read again, in one text, to find further errors."""

_CLAUSES: Final = {
    "VOCABULARY": ("vocabulary_item",),
    "SERVICE": ("service_clause", "statement"),
    "OVERLAY": ("statement",),
    "REQUEST": ("request_clause",),
    "CLASS": ("class_clause",),
    "PROPERTY": ("property_claim",),
    "PROFILE": ("profile_clause",),
    "RULE": ("rule_body", "consequence"),
    "INVARIANT": ("rule_body", "consequence"),
    "CONSTRAINT": ("consequence",),
}
"""The rules whose alternatives are the clauses of a declaration."""

_ONE_BODY: Final = frozenset({"RULE", "INVARIANT", "CONSTRAINT", "PROPERTY"})
"""Declarations whose braces hold one body, and no list of clauses."""

_CONTINUING: Final = frozenset(
    {"AND", "OR", "IMPLIES", "WHEN", "THEN", "AT", "IN", "NOT", "HAS", "WITHIN", "PER"}
)
"""Words that go on with the line before."""
_COMPLETE: Final = frozenset(
    {"NAME", "QUOTED", "NUMBER", "RELEASE", "INSTANT", "TRUE", "FALSE", "RBRACE", "RPAR"}
)
"""What a complete line can end with."""


@dataclass(slots=True)
class _Place:
    """Where a failure is, in positions of the tokens that are still read."""

    position: int
    brace: int | None
    """The innermost open brace."""
    outermost: bool
    """Whether that is the brace of the declaration itself."""
    item: int
    """Where the innermost unfinished item of a list begins."""
    clause: int | None
    """Where the unfinished clause of the declaration begins."""


class Recovery:
    """Finds the errors of single declarations, within a budget of work for the whole text."""

    def __init__(
        self,
        grammar: Grammar,
        tokens: Tokens,
        builder: ExpressionBuilder,
        actions: list[Any],
        report: Callable[[Diagnostic], None],
    ) -> None:
        self.grammar = grammar
        self.tokens = tokens
        self.builder = builder
        self.actions = actions
        self.report = report
        self.explainer = Explainer(grammar, tokens)
        self.work = 0
        self.whole = False
        self.live: list[int] = []
        self.kinds: list[str] = []
        self.clauses: frozenset[str] = frozenset()

    def declaration(self, start: int, end: int) -> Any | None:
        """What the tokens from ``start`` up to ``end`` declare, without the parts in error."""
        self.live = list(range(start, end))
        self.clauses = self.grammar.heads(*_CLAUSES.get(self.tokens.kinds[start], ()))
        closers = 0
        done = -1
        while self.live and self.work < MAX_WORK:
            self.work += len(self.live)
            kinds = self.tokens.kinds
            self.kinds = [kinds[i] for i in self.live] + ["RBRACE"] * closers + [END]
            index = [*self.live, *[end] * (closers + 1)]
            self.builder.index = index
            value, failure = run(self.grammar, self.actions, self.kinds, "declaration")
            if failure is None:
                return value
            if failure.position >= len(self.live):
                if closers or not self._unclosed(failure, end):
                    return None
                closers = self._open_braces(failure)
                continue
            fresh = index[failure.position] > done
            region = self._region(failure, fresh=fresh)
            if region is None or failure.too_deep or region[0] >= region[1]:
                return None
            # An error at once behind a part that was left out is its echo; but whole clauses have none.
            echo = 0 if self.whole else 1
            done = max(done, index[region[1]] - 1 + echo)
            del self.live[region[0] : region[1]]
        return None

    # --- unfinished declarations ---

    def _open_braces(self, failure: Failure) -> int:
        return sum(self._is_open(v, "LBRACE") for v in failure.values)

    def _is_open(self, value: object, kind: str) -> bool:
        return type(value) is int and self.kinds[value] == kind

    def _unclosed(self, failure: Failure, end: int) -> bool:
        """Report what is open at the end; whether braces that close it may be supplied."""
        for value in reversed(failure.values):
            for kind in ("LBRACE", "LPAR"):
                if self._is_open(value, kind):
                    place = self.explainer.span(self.live[value])
                    message = f"this `{self.grammar.spelling[kind]}` is never closed"
                    self.report(codes.UNCLOSED_DELIMITER.at(place, message))
                    return kind == "LBRACE"
        diagnostic = self.explainer.explain(failure, end, self.clauses)
        if diagnostic is not None:
            self.report(diagnostic)
        return False

    # --- what to leave out ---

    def _region(self, failure: Failure, *, fresh: bool) -> tuple[int, int] | None:
        """Report a fresh failure; the positions to leave out, or None if that would be all."""
        place = self._place(failure)
        misspelt = self._unknown_clause(failure, place)
        self.whole = misspelt is not None
        if misspelt is not None:
            if fresh:
                declared = self.tokens.text(self.live[0])
                self.report(
                    self.explainer.unknown_clause(self.live[misspelt], self.clauses, declared)
                )
            return misspelt, self._clause_end(misspelt, any_word=True)
        end = None if place.clause is None else self._clause_end(place.clause)
        if fresh:
            self._report(failure, place, end)
        if place.clause is not None and end is not None and end <= place.position:
            return place.clause, end
        if fresh:
            region = self._item(place)
            if region is not None:
                return region
        if place.clause is None or end is None or end <= place.clause:
            return None
        return place.clause, end

    def _report(self, failure: Failure, place: _Place, end: int | None) -> None:
        index = self.live[place.position]
        if end is not None and end < place.position and place.clause is not None:
            # The next clause's keyword was read as a name, for want of anything else.
            word = self.explainer.found(self.live[end])
            message = f"the clause before {word} is not complete"
            span = self.explainer.span(self.live[place.clause])
            self.report(codes.UNEXPECTED_TOKEN.at(span, message))
            return
        diagnostic = self.explainer.explain(failure, index, self.clauses)
        if diagnostic is not None:
            self.report(diagnostic)

    def _place(self, failure: Failure) -> _Place:
        values, begins = failure.values, failure.begins
        braces = [i for i, value in enumerate(values) if self._is_open(value, "LBRACE")]
        brace = braces[-1] if braces else None
        clause = None
        if braces and self.clauses and self.kinds[0] not in _ONE_BODY:
            # Behind the brace of a declaration stands the list of its finished clauses.
            inside = braces[0] + 2
            clause = begins[inside] if inside < len(begins) else failure.position
        item = (brace or 0) + 1
        for i in range(len(values) - 1, brace or 0, -1):
            if self._is_open(values[i], "COMMA"):
                item = i + 1
                break
        return _Place(
            failure.position,
            None if brace is None else begins[brace],
            len(braces) == 1,
            begins[item] if item < len(begins) else failure.position,
            clause,
        )

    def _unknown_clause(self, failure: Failure, place: _Place) -> int | None:
        """The position of a word that stands where a clause begins and is none, if that is it."""
        if not place.outermost or not self.clauses:
            return None
        words = [self.grammar.spelling[kind] for kind in self.clauses]
        at = place.position
        if self._is_stranger(at) and self.explainer.can_begin_clause(failure, self.clauses):
            word = self.tokens.text(self.live[at])
            alone = self.tokens.first_on_line(self.live[at]) or self.kinds[at - 1] == "LBRACE"
            if alone or get_close_matches(word, words, 1, 0.75):
                return at
        before = at - 1
        if self.kinds[before] == "NAME" and self.tokens.first_on_line(self.live[before]):
            # It was read as an item, or as the unit of the number on the line before.
            word = self.tokens.text(self.live[before])
            complete = self.kinds[before - 1] in _COMPLETE
            if complete or get_close_matches(word, words, 1, 0.75):
                return before
        return None

    def _is_stranger(self, at: int) -> bool:
        """Whether a word stands here that begins no clause of this declaration."""
        kind = self.kinds[at]
        return kind == "NAME" or (kind in self.grammar.words and kind not in self.clauses)

    def _item(self, place: _Place) -> tuple[int, int] | None:
        """The item of a list around the failure, with one comma; None if it is the only one."""
        start, end = place.item, self._item_end(place)
        comma = self.kinds[end] == "COMMA"
        # Behind the comma of a last item stands the next clause, which is no item of this list.
        if comma and not (place.outermost and self._begins_clause(end + 1)):
            if place.clause is not None and place.outermost and start <= place.clause:
                # The first item stands behind the words that begin the clause.
                start = place.clause + 1
            return start, end + 1
        if start > 0 and self.kinds[start - 1] == "COMMA":
            return start - 1, end
        nested = place.brace is not None and not place.outermost
        return (start, end) if nested and start < end else None

    def _item_end(self, place: _Place) -> int:
        depth = 0
        for at in range(place.position, len(self.live)):
            kind = self.kinds[at]
            if kind == "LBRACE":
                depth += 1
            elif kind == "RBRACE":
                if depth == 0:
                    return at
                depth -= 1
            elif depth == 0 and (
                kind == "COMMA"
                or (place.outermost and at > place.position and self._begins_clause(at))
            ):
                return at
        return len(self.live)

    def _clause_end(self, start: int, *, any_word: bool = False) -> int:
        """Where the clause that begins here ends: at the next one, or at the closing brace.

        With ``any_word``, only lines count, but any word may begin one that does not go on with the last.
        """
        depth = 0
        for at in range(start, len(self.live)):
            kind = self.kinds[at]
            if kind == "LBRACE":
                depth += 1
            elif kind == "RBRACE":
                if depth == 0:
                    return at
                depth -= 1
            elif (depth == 0 and at > start) and (
                self._begins_anew(at) if any_word else self._begins_clause(at)
            ):
                return at
        return len(self.live)

    def _begins_anew(self, at: int) -> bool:
        """Whether a line begins here with a word, and the line before is complete."""
        kind = self.kinds[at]
        return (
            (kind == "NAME" or (kind in self.grammar.words and kind not in _CONTINUING))
            and self.kinds[at - 1] in _COMPLETE
            and self.tokens.first_on_line(self.live[at])
        )

    def _begins_clause(self, at: int) -> bool:
        """Whether a clause plausibly begins here: its keyword, at the start of a line or part."""
        return self.kinds[at] in self.clauses and (
            self.tokens.first_on_line(self.live[at]) or self.kinds[at - 1] in ("COMMA", "RBRACE")
        )
