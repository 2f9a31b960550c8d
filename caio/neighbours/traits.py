"""NME as a reference: traits as slow averages over named axes, and their field Ψ_t.

Each user has one number t_k from −1 to 1 per axis, which follows what is observed by exponential averaging,

    t_k ← t_k + (x_k − t_k) / 2^rate,

rounded towards zero to steps of 10⁻⁶: bounded by what was observed, and slow. The field is

    Ψ_t = a_0 e_0 + Σ_k (t_k / n) e_k,    a_0 = √(1 − Σ_k (t_k / n)²)

with the orthonormal waves e_j[m] = exp(2πi j m / D) / √D of the lowest frequencies, 0 for the remainder e_0 and 1, −1, 2, −2, … for the
axes in their order. Its norm is always 1, it lies in the band of traits, and t_k = n · c(Ψ_t, e_k), whatever the other traits are.

What is known persists as canonical JSON; nothing depends on the order of users.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import isqrt
from typing import Final

import numpy as np

from caio.base.canonical import canonical_bytes
from caio.base.errors import InputError
from caio.fields.arrays import ComplexArray, Field
from caio.fields.transform import synthesis
from caio.ir import reader as r
from caio.ir.reader import DecodeError
from caio.neighbours.arrays import given
from caio.routing.ports import Space

FORMAT: Final = "caio-traits/v1"
"""The format of what persists."""
STEPS: Final = 10**6
"""Steps to one of a trait."""
MAX_USERS: Final = 1_000_000
"""The most users of whom something is known."""
MAX_RATE: Final = 20
"""The slowest rate."""


class AveragedNme:
    """NME with averaged traits; an ``Nme``. Not for several threads at once.

    Args:
        axes: the names of the traits.
        space: of its fields.
        rate: how slowly traits follow: by 1/2^rate of the difference for each observation, 0 to 20.

    Raises:
        InputError: there is no axis, a name twice, or more axes than the band of traits has room for.
    """

    def __init__(self, axes: Sequence[str], space: Space | None = None, *, rate: int = 4) -> None:
        self._space = Space() if space is None else space
        self._axes = tuple(axes)
        if not self._axes or len(set(self._axes)) != len(self._axes):
            raise InputError("the axes of traits: expected at least one, and each name once")
        for axis in self._axes:
            r.name(axis)
        if len(self._axes) >= self._space.low.width:
            raise InputError(
                f"{len(self._axes)} axes do not fit the {self._space.low.width} frequencies of the band"
                " of traits, one of which is the remainder's (widen the band)"
            )
        self._scale = isqrt(len(self._axes) - 1) + 1
        if not 0 <= rate <= MAX_RATE:
            raise InputError(f"a rate of {rate}, expected 0 to {MAX_RATE}")
        self._rate = rate
        self._users: dict[str, tuple[int, ...]] = {}

    @property
    def space(self) -> Space:
        """The space of its fields."""
        return self._space

    @property
    def axes(self) -> tuple[str, ...]:
        """The names of the traits."""
        return self._axes

    @property
    def scale(self) -> int:
        """n, the least with n² at least the number of axes."""
        return self._scale

    def probe(self, axis: str) -> Field:
        """e_k of an axis.

        Raises:
            InputError: there is no such axis.
        """
        amplitudes = np.zeros(1 + len(self._axes))
        amplitudes[1 + self._index(axis)] = 1.0
        return Field(f"axis {axis}", self._wave(amplitudes))

    def traits(self, user: str) -> Field:
        """Ψ_t of a user; the empty name is nobody's.

        Raises:
            InputError: the name is no name.
        """
        if user:
            r.name(user)
        known = self._users.get(user, (0,) * len(self._axes))
        steps = self._scale * STEPS
        # The remainder is positive: Σ t² ≤ K ≤ n², with equality only where every trait is at its end.
        rest = Fraction(1) - sum((Fraction(t, steps) ** 2 for t in known), Fraction(0))
        amplitudes = np.array([float(np.sqrt(float(rest))), *(t / steps for t in known)])
        return given("traits", Field("traits", self._wave(amplitudes)))

    def observe(self, user: str, seen: Mapping[str, Fraction]) -> None:
        """Let traits follow what was observed; axes that are not mentioned stay as they are.

        Raises:
            InputError: an axis is unknown, a number is not exact or beyond −1 to 1, or there are too many users.
        """
        r.name(user)
        if user not in self._users and len(self._users) == MAX_USERS:
            raise InputError(f"traits of {MAX_USERS} users are kept, and of no more")
        traits = list(self._users.get(user, (0,) * len(self._axes)))
        for axis, value in seen.items():
            given: object = value
            if not isinstance(given, Fraction) or abs(given) > 1:
                raise InputError(f"`{axis}` of `{given}`, expected a `Fraction` from -1 to 1")
            index = self._index(axis)
            exact = traits[index] + (value * STEPS - traits[index]) / 2**self._rate
            traits[index] = int(exact)
        self._users[user] = tuple(traits)

    def save(self) -> bytes:
        """Everything that is known, as canonical JSON."""
        return canonical_bytes(
            {
                "format": FORMAT,
                "axes": list(self._axes),
                "rate": self._rate,
                "users": {user: list(traits) for user, traits in self._users.items()},
            }
        )

    @classmethod
    def restore(cls, data: bytes, space: Space | None = None) -> AveragedNme:
        """What ``save`` wrote, and nothing else.

        Raises:
            InputError: it did not write that.
        """
        members = r.members(r.parse_json(data), frozenset({"format", "axes", "rate", "users"}))
        r.member(members, "format", r.one_of(FORMAT))
        made = cls(
            r.many(members, "axes", r.name), space, rate=r.member(members, "rate", r.integer)
        )
        users = r.member(members, "users", made._read_users)
        made._users = users
        if made.save() != data:
            raise DecodeError("not the canonical form of these traits", "users")
        return made

    def _read_users(self, value: object) -> dict[str, tuple[int, ...]]:
        if type(value) is not dict or len(value) > MAX_USERS:
            raise DecodeError(f"expected an object of at most {MAX_USERS} users")
        found = {r.name(user): r.array(traits, r.integer) for user, traits in value.items()}
        for user, traits in found.items():
            if len(traits) != len(self._axes) or max(map(abs, traits)) > STEPS:
                raise DecodeError(
                    f"expected {len(self._axes)} traits from {-STEPS} to {STEPS}", user
                )
        return found

    def _index(self, axis: str) -> int:
        try:
            return self._axes.index(axis)
        except ValueError:
            known = ", ".join(f"`{name}`" for name in self._axes)
            raise InputError(f"there is no axis `{axis}` (there are: {known})") from None

    def _wave(self, amplitudes: np.ndarray[tuple[int], np.dtype[np.float64]]) -> ComplexArray:
        spectrum = np.zeros(self._space.dimension, dtype=np.complex128)
        for place, amplitude in enumerate(amplitudes):
            frequency = (place + 1) // 2 * (1 if place % 2 else -1)
            spectrum[frequency % self._space.dimension] = amplitude
        return synthesis(spectrum)
