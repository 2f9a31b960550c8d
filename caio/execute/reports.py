"""What replies say about themselves, and where: cost, locality and metrics, as the host declares it.

A report is read from a header or a member of the reply's JSON. Numbers are exact, in base units after ``scale``. A report
that is declared and then missing, or no number, is a broken reply: silence must not be the way around a promise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from caio.base.errors import InputError
from caio.execute.adapter import Reply
from caio.execute.strict import exact_decimal


@dataclass(frozen=True, slots=True)
class Report:
    """Where to read one thing.

    Attributes:
        read: from the reply and its JSON value (None if it is no JSON) to what is stated; None states nothing.
        scale: how many base units one of the stated is; times are in seconds, so ``Fraction(1, 1000)`` for milliseconds.
    """

    read: Callable[[Reply, object], object]
    scale: Fraction = Fraction(1)

    def text(self, reply: Reply, value: object) -> str | None:
        """The word that is stated, if one is."""
        found = self._found(reply, value)
        return found if isinstance(found, str) else None

    def number(self, reply: Reply, value: object) -> Fraction | None:
        """The exact number that is stated, in base units, if one is."""
        found = self._found(reply, value)
        if isinstance(found, str):
            try:
                found = exact_decimal(found)
            except ValueError:
                return None
        if isinstance(found, bool) or not isinstance(found, int | Fraction):
            return None
        return found * self.scale

    def _found(self, reply: Reply, value: object) -> object:
        try:
            return self.read(reply, value)
        except Exception:  # noqa: BLE001 - whatever a host's function stumbles over, nothing is stated
            return None


def header(name: str, scale: Fraction = Fraction(1)) -> Report:
    """A report in a header. One that is given twice states nothing."""
    return Report(lambda reply, _: reply.header(name), scale)


def member(pointer: str, scale: Fraction = Fraction(1)) -> Report:
    """A report in the reply's JSON, at a JSON pointer (RFC 6901) such as ``/usage/cost``.

    Raises:
        InputError: the text is no pointer.
    """
    if not pointer.startswith("/"):
        raise InputError(f"`{pointer[:60]}` is no JSON pointer: write one such as `/usage/cost`")
    steps = [s.replace("~1", "/").replace("~0", "~") for s in pointer[1:].split("/")]

    def read(_: Reply, value: object) -> object:
        for step in steps:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
                value = value[int(step)]
            else:
                return None
        return value

    return Report(read, scale)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """What the replies of a service state.

    Attributes:
        cost: what this call costs, in the currency's unit.
        locality: where it was processed: a member of the locality's enumeration.
        metrics: values of this call by metric; the one of role ``latency`` is measured and never believed.
    """

    cost: Report | None = None
    locality: Report | None = None
    metrics: Mapping[str, Report] = field(default_factory=dict)
