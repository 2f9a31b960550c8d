"""The terms of Eq. 1.1 as the integers of a decision (``docs/spec/documents-v1.md``, measurements).

Every measured term is brought to [0, 1] and counted in N steps, rounded down: I as the share of the field's energy, which is
‖E_i^H Ψ_i‖² / ‖Ψ_i‖² by Def. 1.3 and κ² by Def. 1.4; correlations as (x + 1) / 2; Q-values by the range that is declared for them,
beyond which they count as its ends. The rounding is exact, the numbers that are rounded are floats: another machine may find the
neighbouring integer, and what a decision records is the one that was measured.

The maximum over M is no term of a candidate (``reinforcement``): RL here is by service.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction

import numpy as np

from caio.base.canonical import digest
from caio.base.errors import InputError
from caio.base.numbers import format_number
from caio.fields.arrays import Field, FieldError, FloatArray
from caio.fields.encoding import Encoder
from caio.fields.intent import matched_filter_energy
from caio.fields.measure import IntArray, floor_steps
from caio.fields.modes import energy_share
from caio.fields.projectors import Projector
from caio.fields.reinforcement import MAX_VALUE, QFunction, policy_correlations, policy_values
from caio.ir import reader


class IntentScore(Enum):
    """Which definition of I(Ψ_i) is taken."""

    MATCHED_FILTER = "Def. 1.3"
    HIGH_FREQUENCY = "Def. 1.4"


@dataclass(frozen=True, slots=True, eq=False)
class Marketplace:
    """M: the services there are, and where each lies in ℂ^D. Made once, when the marketplace changes.

    Attributes:
        services: the names of the N services, each once.
        encodings: E_m(m) by service, shape (N, D).

    Raises:
        InputError: a name is none, or occurs twice.
        FieldError: there is another number of encodings than of services.
    """

    services: tuple[str, ...]
    encodings: Field
    _order: IntArray = field(init=False, repr=False)
    _sorted: tuple[str, ...] = field(init=False, repr=False)
    _digest: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        require_field("marketplace", self.encodings)
        given: object = self.services
        if type(given) is not tuple or not given:
            raise InputError("marketplace: expected a tuple of the names of at least one service")
        for place, name in enumerate(given):
            if type(name) is not str or not reader.is_name(name):
                raise InputError(
                    f"marketplace: services[{place}]: `{name}` is no name of 1 to 256 printable characters"
                )
        if len(set(given)) != len(given):
            twice = next(name for name in given if given.count(name) > 1)
            raise InputError(f"marketplace: service `{twice}` occurs twice, expected each once")
        if len(given) != len(self.encodings.rows):
            raise FieldError(
                f"field `{self.encodings.name}`: {len(self.encodings.rows)} encodings for"
                f" {len(given)} services",
                field=self.encodings.name,
            )

        order = sorted(range(len(given)), key=given.__getitem__)
        object.__setattr__(self, "_order", np.array(order, dtype=np.int64))
        object.__setattr__(self, "_sorted", tuple(given[place] for place in order))

    @property
    def digest(self) -> str:
        """The digest of names and encodings; computed on first use."""
        try:
            return self._digest
        except AttributeError:
            parts = {"services": self.services, "field": self.encodings.digest}
            found = digest({"kind": "marketplace", **parts})
            object.__setattr__(self, "_digest", found)
            return found

    def by_name(self, steps: IntArray) -> tuple[tuple[str, int], ...]:
        """Integers of shape (N,) by service, in order of name."""
        return tuple(zip(self._sorted, steps[self._order].tolist(), strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class LearnedPolicy:
    """Q(s, m, θ) of Def. 1.6, with the range by which its values are scaled.

    Attributes:
        function: the port to whoever learned it.
        lower: the value that counts as 0, as does everything below.
        upper: the value that counts as 1, as does everything above.

    Raises:
        InputError: the range is not exact, empty or beyond ±2⁵², or the digest of Q is none.
    """

    function: QFunction
    lower: Fraction
    upper: Fraction

    def __post_init__(self) -> None:
        for what, value in ("lower", self.lower), ("upper", self.upper):
            given: object = value
            if not isinstance(given, Fraction) or abs(given) > MAX_VALUE:
                raise InputError(
                    f"Q-function: {what} end `{given}`, expected a `Fraction` up to 2**52"
                )
        if float(self.lower) >= float(self.upper):
            raise InputError(
                f"Q-function: values from {self.lower} to {self.upper}, expected a range in which"
                " something lies"
            )
        if not callable(getattr(self.function, "values", None)):
            raise InputError("Q-function: it has no method `values` (see `QFunction`)")
        _ = self.digest

    @property
    def digest(self) -> str:
        """The digest of Q with its θ, and of the range.

        Raises:
            InputError: what Q says of itself is no digest.
        """
        found: object = getattr(self.function, "digest", None)
        if type(found) is not str:
            raise InputError(f"Q-function: its digest is `{found}`, expected a text")
        try:
            name = reader.digest_name(found)
        except reader.DecodeError as error:
            raise InputError(f"Q-function: its digest is `{found[:80]}`: {error}") from None
        return digest(
            {
                "kind": "learned policy",
                "function": name,
                "lower": format_number(self.lower),
                "upper": format_number(self.upper),
            }
        )

    def steps(self, encoder: Encoder, intent: Field, market: Marketplace, count: int) -> IntArray:
        """RL of Def. 1.6 by service in steps, shape (N,).

        Raises:
            InputError: Q answers nonsense (``reinforcement.policy_values``), or its θ changed while it was asked.
        """
        before = self.digest
        found = policy_values(self.function, encoder, intent, market.services).values
        if self.digest != before:
            raise InputError("Q-function: it changed while it was asked (ask a copy that stays)")
        low, high = float(self.lower), float(self.upper)
        return floor_steps(np.clip((found - low) / (high - low), 0.0, 1.0), count)


def intent_steps(
    score: IntentScore, encoder: Encoder, high: Projector, intent: Field, count: int
) -> int:
    """I as a share of the field's energy, in steps.

    Raises:
        FieldError: the dimensions do not fit.
    """
    if score is IntentScore.HIGH_FREQUENCY:
        found = energy_share(high, intent).values
    else:
        found = np.minimum(matched_filter_energy(encoder, intent).values / intent.energies, 1.0)
    return int(floor_steps(found, count)[0])


def policy_steps(intent: Field, market: Marketplace, count: int) -> IntArray:
    """RL of Def. 1.7 by service in steps, shape (N,).

    Raises:
        FieldError: the intent is a batch, or the dimensions do not fit.
    """
    return correlation_steps(policy_correlations(intent, market.encodings).values, count)


def correlation_steps(values: FloatArray, count: int) -> IntArray:
    """⌊N (x + 1) / 2⌋ exactly, for x from −1 to 1: rounding N x down first changes nothing of it."""
    return (floor_steps(values, count) + count) // 2


def require_field(what: str, given: object) -> None:
    """Let pass a field.

    Raises:
        FieldError: it is something else.
    """
    if not isinstance(given, Field):
        raise FieldError(
            f"field `{what}`: expected a `Field`, not a value of type `{type(given).__name__}`"
            f' (say `Field("{what}", array)`)',
            field=what,
        )
