"""The loop that runs the automaton over tokens and calls an action for every production.

A builder has one method per action, called with the values of the production's parts (a token's value is its index)
and the first and last token it covers: ``action(parts, first, end)``. Nothing is kept but what the actions return.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from caio.syntax.grammar import END, Grammar

MAX_DEPTH: Final = 200
"""The most symbols that may wait to be completed: bounds the depth of trees."""

BuildAction: TypeAlias = Callable[[list[Any], int, int], Any]


@dataclass(frozen=True, slots=True)
class Failure:
    """The token at which no continuation exists, and the state of the automaton there."""

    position: int
    states: list[int]
    begins: list[int]
    values: list[Any]
    too_deep: bool = False


def bind(grammar: Grammar, builder: object) -> list[Any]:
    """The builder's method for each production; None where it only renames."""
    return [getattr(builder, p.action or "", None) for p in grammar.productions]


def run(
    grammar: Grammar,
    actions: Sequence[Any],
    kinds: Sequence[str],
    start: str,
    position: int = 0,
) -> tuple[Any, Failure | None]:
    """The value of the tokens from ``position`` to the one of kind ``END``, or where they fail."""
    table: Sequence[dict[str, Any]] = grammar.table
    words = grammar.words
    final = grammar.ends[start]
    states = [grammar.starts[start]]
    values: list[Any] = []
    begins: list[int] = []
    row: dict[str, Any] = table[states[0]]
    kind = kinds[position]
    soft = kind in words
    while True:
        action: Any = row.get(kind)
        if soft and "NAME" in row and (action is None or not accepts(grammar, states, kind)):
            kind = "NAME"
            soft = False
            action = row[kind]
        shape = type(action)
        if shape is str:
            states.pop()
            state = table[states[-1]][action]
        elif shape is tuple:
            index, size, origin = action
            if size == 1:
                values[-1] = actions[index]([values[-1]], begins[-1], position)
                states.pop()
            elif size:
                parts = values[-size:]
                del values[-size:], states[-size:], begins[1 - size :]
                values.append(actions[index](parts, begins[-1], position))
            else:
                values.append(actions[index]([], position, position))
                begins.append(position)
            state = table[states[-1]][origin]
        elif shape is int and len(states) < MAX_DEPTH:
            values.append(position)
            begins.append(position)
            position += 1
            kind = kinds[position]
            soft = kind in words
            states.append(action)
            row = table[action]
            continue
        else:
            return None, Failure(position, states, begins, values, action is not None)
        states.append(state)
        row = table[state]
        if state == final and kind == END:
            return values[-1], None


def accepts(grammar: Grammar, states: Sequence[int], kind: str) -> bool:
    """Whether a token of this kind can really follow, not merely in some other context."""
    table: Sequence[dict[str, Any]] = grammar.table
    below = len(states)
    extra: list[int] = []
    while True:
        top = extra[-1] if extra else states[below - 1]
        action = table[top].get(kind)
        if action is None:
            return kind == END and top in grammar.ends.values()
        if isinstance(action, int):
            return True
        size, origin = (1, action) if isinstance(action, str) else action[1:]
        taken = min(size, len(extra))
        if taken:
            del extra[-taken:]
        below -= size - taken
        state = table[extra[-1] if extra else states[below - 1]][origin]
        extra.append(state)


def expected(grammar: Grammar, states: Sequence[int]) -> list[str]:
    """The kinds of tokens that can follow, in a stable order."""
    row = grammar.table[states[-1]]
    kinds = {kind for kind in row if kind.isupper() or kind.startswith("__")} | {END}
    return sorted(kind for kind in kinds if accepts(grammar, states, kind))
