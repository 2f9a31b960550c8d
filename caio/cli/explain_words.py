"""Changes and bounds of an explanation in words: ``latency <= 214 ms instead of 200 ms``."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from caio.cli.text import listing, one_line, safe
from caio.cli.values import instant, quantity, short
from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.candidate import Key, Question

if TYPE_CHECKING:
    from caio.analysis.explain.changes import Change
    from caio.analysis.explain.dial import Dial
    from caio.analysis.explain.least import Least

_CLAUSE: Final = 80

Write = Callable[[t.Formula | t.Atom, d.Vocabulary], str]


class Words:
    """How the changes of one question's documents are said.

    Args:
        question: what the decision is about.
        write: writes expressions in the language.
    """

    def __init__(self, question: Question, write: Write) -> None:
        self._question = question
        self._write = write

    def change(self, change: Change) -> tuple[str, str]:
        """What to write, and in place of what; the second may be empty."""
        if change.kind.value == "drop":
            return f"drop {self.clause(change.key)}", self._why_drop(change)
        if change.least is None:
            condition = "" if change.condition is None else self._text(change.condition)
            return f"given {condition}", "which is what it assumes"
        return self.bound(change.least, change.key)

    def bound(self, least: Least, key: Key) -> tuple[str, str]:
        """The least bound as a clause, and what is asked instead."""
        dial = least.dial
        value = dial.value(dial.last) if least.bound is None else least.bound
        asked = "" if dial.asked is None else f"instead of {self.amount(dial, dial.asked)}"
        if dial.clause in ("budget", "deadline"):
            return f"{dial.clause} {self.amount(dial, value)}", asked
        if dial.owner in ("facts", "measurements"):
            name = safe(short(dial.subject).removeprefix("measured."))
            had = "which is not stated" if dial.asked is None else asked
            return f"{name} {dial.relation} {self.amount(dial, value)}", had
        if dial.clause == "given":
            text = f"{safe(short(dial.subject))} {dial.relation} {self.amount(dial, value)}"
            return f"given {text}", asked
        atom = self._atom(key)
        if isinstance(atom, t.OnExpression):
            return self._text(_moved(atom, value)), f"instead of {self._text(atom)}"
        if isinstance(atom, t.OnMetric | t.OnCost) and not atom.bound.is_constant:
            return self._text(_moved(atom, value)), f"instead of {self._text(atom)}"
        if self._usual_level(atom):
            # One unit for all, and the largest: the language's own spelling prefers whole numbers.
            subject = safe(short(dial.subject))
            return f"{subject} {dial.relation} {self.amount(dial, value)}", asked
        return self._text(_moved(atom, value)), asked

    def failing(self, least: Least, key: Key) -> str:
        """The bound at which the obligation still fails: its value, or a whole expression of a constraint."""
        if least.refuted is None:
            raise ValueError("nothing was refuted")
        if least.dial.owner == "constraint":
            return f"`{self._text(_moved(self._atom(key), least.refuted))}`"
        return self.amount(least.dial, least.refuted)

    def _usual_level(self, atom: t.Atom) -> bool:
        """Whether a bound says nothing of a level, or says the metric's own."""
        if not isinstance(atom, t.OnMetric):
            return True
        return atom.level == self._question.vocabulary.metric(atom.metric).level

    def amount(self, dial: Dial, value: Fraction) -> str:
        """A value of a bound with its unit."""
        if dial.dimension == "instant":
            return instant(value)
        return quantity(value, dial.dimension)

    def step(self, dial: Dial) -> str:
        """The resolution of a bound, with its unit."""
        if dial.dimension == "instant":
            return "1 us"
        return quantity(dial.step, dial.dimension)

    def clause(self, key: Key) -> str:
        """A clause of the request, as it stands."""
        request = self._question.request
        match key:
            case ("capability", int(i)):
                group = [safe(name) for name in request.needs[i]]
                return f"needs {listing(group, 'or')}"
            case ("requirement", int(i)):
                return f"ensure {self._text(request.ensure[i])}"
            case _:
                return str(key[0])

    def _why_drop(self, change: Change) -> str:
        if change.key[0] == "budget" and change.least is None:
            return "no price is stated that covers every call"
        return "" if change.least is None else "no bound would do"

    def _atom(self, key: Key) -> t.Atom:
        match key:
            case ("requirement", int(i)):
                return self._question.request.ensure[i]
            case ("safety" | "policy" | "traits" as of, str(name), int(i)):
                those = self._question.constraints
                return next(one for one in those if (one.of, one.name) == (of, name)).then[i]
            case (_, str(name), int(i)):
                rule = next(rule for rule in self._question.policy if rule.name == name)
                return rule.then[i]
        raise ValueError(f"{key} has no requirement behind it")

    def _text(self, expression: t.Formula | t.Atom) -> str:
        return one_line(self._write(expression, self._question.vocabulary), _CLAUSE)


def _moved(atom: t.Atom, value: Fraction) -> t.Atom:
    from caio.analysis.explain.dial import moved  # noqa: PLC0415 - numpy loads with it

    return moved(atom, value)
