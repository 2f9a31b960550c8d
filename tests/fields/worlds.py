"""A small state, a vocabulary with every role, and a profile: what tests of states begin with."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from caio.base.canonical import digest
from caio.fields.arrays import ComplexArray, Field, FloatArray
from caio.fields.encoding import Encoder
from caio.fields.projectors import high_pass, low_pass
from caio.fields.rfs import Capacity
from caio.fields.scaled import LearnedPolicy, Marketplace
from caio.fields.state import FieldState
from caio.ir import documents as d
from caio.ir.encode import document_digest
from tests.fields.oracle import random_rows

LENGTH = 16
STEPS = 1000
STEP = Fraction(1, STEPS)
HIGH = high_pass(LENGTH, Fraction(1, 8))
LOW = low_pass(LENGTH, Fraction(1, 4))
"""The bands overlap, so that something can be damped."""
SERVICES = ("maker/b", "maker/a", "other/c")
FOCUS = d.Control("focus", Fraction(2), Fraction(0))
CALM = d.Control("calm", Fraction(0), Fraction(1, 2))
AXIS = Field("caution", random_rows(8, LENGTH))


class Learner:
    """A Q-function that says what it is told to."""

    def __init__(self, says: Any, name: object = digest({"theta": 1})) -> None:
        self.says, self.digest = says, name
        self.asked: list[tuple[ComplexArray, Sequence[str]]] = []

    def values(self, state: ComplexArray, services: Sequence[str]) -> FloatArray:
        self.asked.append((state, services))
        found: FloatArray = self.says
        return found


def learned(*values: float) -> LearnedPolicy:
    """Values by service, in a range from 0 to 10."""
    return LearnedPolicy(Learner(np.array(values)), Fraction(0), Fraction(10))  # type: ignore[arg-type]


def parts(**changed: Any) -> dict[str, Any]:
    """The arguments of a state."""
    found: dict[str, Any] = {
        "intent": Field("intent", random_rows(1, LENGTH)),
        "traits": Field("traits", random_rows(2, LENGTH)),
        "high": HIGH,
        "low": LOW,
        "intent_encoder": Encoder("intent", 6, HIGH),
        "context_encoder": Encoder("context", 4, HIGH),
        "context": Field("context", random_rows(3, 4)),
        "marketplace": Marketplace(SERVICES, Field("services", random_rows(4, 3, LENGTH))),
        "memory": Field("memory", random_rows(5, LENGTH)),
        "components": Field("components", random_rows(6, 2, LENGTH)),
        "capacity": Capacity((Fraction(1, 3),), Fraction(1)),
    }
    return {**found, **changed}


def state(**changed: Any) -> FieldState:
    """A state with everything but a Q-function."""
    return FieldState(**parts(**changed))


def number(name: str, low: int | None, high: int | None, role: str | None = None) -> d.Field:
    ends = (None if end is None else Fraction(end) for end in (low, high))
    return d.Field(name, d.RationalType("1", *ends), role=role)


MEASURED = (
    number("kappa", 0, 1, "conductivity"),
    number("energy", 0, 1, "passband_energy"),
    number("quality", 1, 10**9, "resonance_quality"),
    number("eta", 0, 1, "interference"),
    number("load", 0, None, "capacity_margin"),
    number("caution", -3, 5),
    d.Field("zeal", d.IntType("1", 0, 10)),
)


def vocabulary(measured: tuple[d.Field, ...] = MEASURED) -> d.Vocabulary:
    return d.Vocabulary("small", measured=measured, controls=("calm", "focus"))


def profile(of: d.Vocabulary, *controls: d.Control, resolution: Fraction = STEP) -> d.Profile:
    weights = d.FieldWeights(*[Fraction(1)] * 7)
    return d.Profile(
        document_digest(of), "small", weights, resolution=resolution, controls=controls
    )


def measured(
    of: FieldState, *controls: d.Control, fields: tuple[d.Field, ...] = MEASURED, **options: Any
) -> d.Measurements:
    """The document of a state under some controls."""
    known = vocabulary(fields)
    return of.measurements(known, profile(known, *controls), "now", **options)
