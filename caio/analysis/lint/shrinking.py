"""Irreducible sets by deletion: which of many things are to blame, with as few questions as that takes.

``blame`` is Junker's QuickXplain: for k members among n it asks about 2k log(n/k) + 2k questions. Searches are generators that
yield obligations and are sent the answers, so that many of them advance together and are decided in batches.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

from caio.certify.asking import Answer
from caio.obligations.asked import Asked

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

Search = Generator[Sequence[Asked], Sequence[Answer], _Result]
"""Yields obligations, is sent their answers in order, and returns what it found."""

Enough = Callable[[Sequence[_Item]], Search[bool | None]]
"""Whether a set is enough; None where that is not decided."""


def asked_one_by_one(asked: Sequence[Asked]) -> Search[bool | None]:
    """Whether all obligations hold, asked until one does not."""
    for one in asked:
        (answer,) = yield [one]
        if answer.holds is not True:
            return answer.holds
    return True


def blame(items: Sequence[_Item], enough: Enough[_Item]) -> Search[list[_Item]]:
    """An irreducible part of a set that is enough: without any of its members it is not, or that is not decided."""
    if (yield from enough([])) is True:
        return []
    return (yield from _needed([], list(items), enough, asked=False))


def _needed(
    given: list[_Item], items: list[_Item], enough: Enough[_Item], *, asked: bool
) -> Search[list[_Item]]:
    """What is needed of the items beside what is given."""
    if asked and (yield from enough(given)) is True:
        return []
    if len(items) == 1:
        return items
    half = len(items) // 2
    first, second = items[:half], items[half:]
    more = yield from _needed([*given, *first], second, enough, asked=True)
    fewer = yield from _needed([*given, *more], first, enough, asked=bool(more))
    return [*fewer, *more]


def together(
    searches: Sequence[Search[_Result]],
    explore: Callable[[Sequence[Asked]], Sequence[Answer]],
) -> list[_Result]:
    """What searches return that are advanced together, in their order."""
    results: dict[int, _Result] = {}
    waiting: dict[int, Sequence[Asked]] = {}
    for number, search in enumerate(searches):
        try:
            waiting[number] = next(search)
        except StopIteration as end:
            results[number] = end.value
    while waiting:
        answers = iter(explore([one for asked in waiting.values() for one in asked]))
        for number, asked in list(waiting.items()):
            found = [next(answers) for _ in asked]
            try:
                waiting[number] = searches[number].send(found)
            except StopIteration as end:
                results[number] = end.value
                del waiting[number]
    return [results[number] for number in range(len(searches))]
