"""The measured terms of Eq. 1.1 as arrays (``docs/spec/score-v1.md`` section 3).

Intent, attention and resonance are one number for each control; the policy term RL is one for each control and service, by
the service's name. They are numbers of a document and are looked up, never computed: what is checked here is that they are
there, at the resolution at which they are added up, and no larger than the limits allow that rule out an overflow.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import repeat
from typing import Final

import numpy as np

from caio.base.errors import InputError
from caio.ir import documents as d
from caio.obligations.candidate import Question
from caio.routing.rows import Integers

_REMEMBERED: Final = 8
"""How many measurements are kept as arrays."""

_NOTHING: Final = d.FieldTerms(0, 0, 0)
"""The terms under a control that was not measured."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The measured terms, integers in 0..N, with a row for each control.

    Attributes:
        intent: I, of shape (controls, 1).
        attention: A, likewise.
        resonance: W, likewise.
        policy: RL, of shape (controls, services).
    """

    intent: Integers
    attention: Integers
    resonance: Integers
    policy: Integers


class MeasuredTerms:
    """Looks up the measured terms of services, and keeps those of the latest measurements.

    Args:
        names: the services, in the order in which they are wanted.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)
        # By identity: comparing measurements of thousands of services would cost more than it saves. An entry holds its
        # measurements, so that their identity is not given to others.
        self._kept: OrderedDict[tuple[int, tuple[str, ...]], tuple[d.Measurements, Measured]] = (
            OrderedDict()
        )

    def of(self, question: Question) -> Measured:
        """The terms of a question's measurements under the controls of its profile.

        Raises:
            InputError: as for ``measurements_of``, or a term is not in 0..N.
        """
        measurements = measurements_of(question)
        controls = question.profile.control_names
        key = id(measurements), controls
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = measurements, self._read(measurements, controls)
            if len(self._kept) > _REMEMBERED:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return found[1]

    def _read(self, measurements: d.Measurements, controls: tuple[str, ...]) -> Measured:
        terms = dict(measurements.terms)
        chosen = [(control, terms.get(control, _NOTHING)) for control in controls]
        single = [
            _checked(measurements, control, [one.intent, one.attention, one.resonance])
            for control, one in chosen
        ]
        rows = [self._row(measurements, control, one.policy) for control, one in chosen]
        intent, attention, resonance = np.array(single).T.reshape(3, len(controls), 1)
        return Measured(intent, attention, resonance, np.array(rows))

    def _row(
        self, measurements: d.Measurements, control: str, policy: tuple[tuple[str, int], ...]
    ) -> Integers:
        """The policy term of every service under one control."""
        steps = _checked(measurements, control, [own for _, own in policy])
        # Whoever rates services rates all of them as a rule, in the same order; that is several times as fast.
        if [name for name, _ in policy] == self._names:
            return steps
        found = dict(zip((name for name, _ in policy), steps.tolist(), strict=True))
        return np.fromiter(map(found.get, self._names, repeat(0)), np.int64, len(self._names))


def measurements_of(question: Question) -> d.Measurements:
    """The measurements that the objective of Eq. 1.1 needs.

    Raises:
        InputError: there are none, or they have another resolution than the profile.
    """
    profile, measurements = question.profile, question.measurements
    units = profile.resolution.denominator
    if measurements is None:
        raise InputError(
            f"profile `{profile.name}` maximises Eq. 1.1, which is about measured fields: give measurements at its"
            f" resolution 1/{units}, or a profile that maximises Eq. 1.5"
        )
    if measurements.resolution != profile.resolution:
        raise InputError(
            f"measurements `{measurements.name}` are in steps of {measurements.resolution}, and profile `{profile.name}`"
            f" adds up steps of {profile.resolution}: measure at the profile's resolution, or give a profile with theirs"
        )
    return measurements


def _checked(measurements: d.Measurements, control: str, steps: list[int]) -> Integers:
    """Terms as an array, all of them within the declared magnitudes."""
    units = measurements.resolution.denominator
    with suppress(OverflowError):
        found = np.array(steps, dtype=np.int64)
        if found.min(initial=0) >= 0 and found.max(initial=0) <= units:
            return found
    raise InputError(
        f"measurements `{measurements.name}` have a term under `{control}` that is not from 0 to {units}: scale it"
        " to [0, 1], and round it down to steps of the resolution"
    )
