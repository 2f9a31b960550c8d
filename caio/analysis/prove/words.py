"""How findings about properties name services, rules and conditions: short, on one line, with user text in backticks."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from caio.base.errors import InputError
from caio.ir import documents as d
from caio.ir import terms as t
from caio.sema.show import show_expression

SHORTEST: Final = 2_000
"""The most characters of a condition in a message; the documents have the rest."""


def listing(names: Sequence[str], most: int = 5) -> str:
    """The first few names, and how many more there are."""
    told = ", ".join(names[:most])
    left = len(names) - most
    return f"{told} and {left:,} more" if left > 0 else told


def shown(expression: t.Formula | t.Atom, vocabulary: d.Vocabulary) -> str:
    """An expression as text; what the language has no text for is said to have none."""
    try:
        text = show_expression(expression, vocabulary)
    except InputError:
        return "(a condition that the language has no text for)"
    return text if len(text) <= SHORTEST else f"{text[:SHORTEST]}…"


def version_of(service: d.Service) -> str:
    """A service with its version."""
    return f"`{service.name}` version {service.version}"


def kind_of(demand: d.Rule | d.Constraint) -> str:
    """``rule``, ``invariant`` or ``constraint``."""
    if isinstance(demand, d.Constraint):
        return "constraint"
    return "invariant" if demand.invariant else "rule"


def allowance_of(profile: d.Profile | None) -> Fraction:
    """What routing itself may take of a deadline, in the base unit of time."""
    return Fraction(0) if profile is None else profile.limits.routing_allowance
