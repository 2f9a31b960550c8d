"""The control signal u: excitation and damping of modes (Eq. 1.1, steps 6 and 11: GenerateControlSignal).

A control of a profile says how much modes may be excited, e ≥ 0, and damped, 0 ≤ d ≤ 1. Which modes are is read from two fields, the
intent modes and the trait modes. The source leaves the law open; here it is, for frequency bin k, with N steps to one:

    p_k = ⌊N · |ℱ(intent)_k|² / max_j |ℱ(intent)_j|²⌋            the bin's share of the intent, relative to the strongest bin's
    q_k = ⌊N · |ℱ(trait)_k|² / max_j |ℱ(trait)_j|²⌋              likewise of the traits
    gain_k = N + ⌊r · e · p_k⌋ − ⌊d · min(p_k, q_k)⌋             in steps

Modes are excited in proportion to their energy, the strongest by r · e. Modes are damped as far as both fields have energy there:
that is where traits and intent interfere. A guard band between the projectors leaves nothing to damp; bands that overlap do. The
route enters by r, which is ``ROUTE_SHARE``: all of the excitation for a service inside, half of it for one outside, which sees less
of what MAIA meant, and three quarters for a hybrid. Damping does not depend on the route: it protects traits, wherever the request goes.

Hence N (1 − d) ≤ gain_k ≤ N (1 + e); gains grow with e and fall with d; with e = d = 0 the signal is the identity. A bin outside of the
intent's passband has p_k = 0, since what rounding leaves there is far below a step, and is let alone.

The energies are floats and the two roundings down to p_k and q_k are exact; everything after them is integers. Two machines may differ
by a step where a share lies within rounding of a whole step. Therefore the integers are what is recorded and sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from types import MappingProxyType
from typing import Final

import numpy as np

from caio.base.canonical import Json, digest
from caio.base.errors import InputError
from caio.base.numbers import format_number
from caio.fields.arrays import (
    MAX_DIMENSION,
    Field,
    FieldError,
    require_alike,
    require_one,
)
from caio.fields.measure import IntArray, floor_steps
from caio.fields.modes import modes_of, ulps_of
from caio.fields.projectors import Projector
from caio.fields.transform import blocks, spectrum, synthesis, transform_ulps
from caio.ir import reader
from caio.ir.documents import ROUTES, Control

ROUTE_SHARE: Final = MappingProxyType(
    {"internal": Fraction(1), "hybrid": Fraction(3, 4), "external": Fraction(1, 2)}
)
"""r: how much of a control's excitation a route gets."""
MAX_EXCITATION: Final = 1000
"""The largest excitation that a profile may declare."""
MAX_RESOLUTION: Final = 1_000_000
"""The largest N of a resolution 1/N, as of profiles."""
FINEST: Final = Fraction(1, MAX_RESOLUTION)
_MEMBERS: Final = frozenset(
    ["kind", "control", "service", "version", "route", "dimension", "bins", "gains", "resolution"]
)


@dataclass(frozen=True, slots=True)
class ControlSignal:
    """u(t) for the intent field, as it is recorded and sent.

    Attributes:
        control: the name of u; `none` where a profile has no controls.
        service: the selected service.
        version: its version.
        route: a, one of `internal`, `external`, `hybrid`.
        dimension: D.
        bins: the frequency bins that are changed, increasing, each below D.
        gains: the factor of each, in steps of the resolution, at least 0; above 1 / resolution it excites, below it damps.
            A bin that is let alone is not listed.
        resolution: the size of a step, 1/N with N up to 1,000,000.

    Raises:
        InputError: an attribute has another type or is out of range; the message names it and its place.
    """

    control: str
    service: str
    version: str
    route: str
    dimension: int
    bins: tuple[int, ...]
    gains: tuple[int, ...]
    resolution: Fraction

    def __post_init__(self) -> None:
        steps = _steps_of(self.resolution)
        for what, text in ("control", self.control), ("service", self.service):
            if type(text) is not str or not reader.is_name(text):
                raise _wrong(what, f"`{text}` is no name of 1 to 256 printable characters")
        if type(self.version) is not str or not reader.is_version(self.version):
            raise _wrong("version", f"`{self.version}` is no version such as `2.1.0`")
        if self.route not in ROUTES:
            raise _wrong("route", f"`{self.route}`, expected one of {', '.join(ROUTES)}")
        if type(self.dimension) is not int or not 1 <= self.dimension <= MAX_DIMENSION:
            raise _wrong("dimension", f"`{self.dimension}`, expected 1 to {MAX_DIMENSION}")
        if type(self.bins) is not tuple or type(self.gains) is not tuple:
            raise _wrong("bins", "bins and gains are tuples of integers")
        if len(self.bins) != len(self.gains):
            raise _wrong("gains", f"{len(self.gains)} gains for {len(self.bins)} bins")
        last = -1
        for place, (bin_, gain) in enumerate(zip(self.bins, self.gains, strict=True)):
            if type(bin_) is not int or not last < bin_ < self.dimension:
                raise _wrong(
                    f"bins[{place}]", f"`{bin_}`, expected more than {last}, below {self.dimension}"
                )
            if type(gain) is not int or not 0 <= gain <= (1 + MAX_EXCITATION) * steps:
                raise _wrong(
                    f"gains[{place}]", f"`{gain}`, expected 0 to {(1 + MAX_EXCITATION) * steps}"
                )
            if gain == steps:
                raise _wrong(f"gains[{place}]", "a gain of one, expected that the bin is left out")
            last = bin_

    @property
    def is_identity(self) -> bool:
        """Whether every field is left as it is."""
        return not self.bins

    @property
    def digest(self) -> str:
        """The digest of the record's canonical JSON."""
        return digest(self.record())

    def record(self) -> dict[str, Json]:
        """The signal as a trace holds it and as it is sent."""
        return {
            "kind": "control_signal",
            "control": self.control,
            "service": self.service,
            "version": self.version,
            "route": self.route,
            "dimension": self.dimension,
            "bins": list(self.bins),
            "gains": list(self.gains),
            "resolution": format_number(self.resolution),
        }

    @classmethod
    def from_record(cls, value: object) -> ControlSignal:
        """The signal of a record that comes from outside.

        Raises:
            DecodeError: the record is none; the message names the place.
        """
        members = reader.members(value, _MEMBERS)
        reader.member(members, "kind", reader.one_of("control_signal"))
        parts = (
            reader.member(members, "control", reader.name),
            reader.member(members, "service", reader.name),
            reader.member(members, "version", reader.version),
            reader.member(members, "route", reader.one_of(*ROUTES)),
            reader.member(members, "dimension", reader.integer),
            reader.many(members, "bins", reader.integer),
            reader.many(members, "gains", reader.integer),
            reader.member(members, "resolution", reader.number),
        )
        try:
            return cls(*parts)
        except InputError as error:
            raise reader.DecodeError(str(error)) from None

    def apply(self, field: Field) -> Field:
        """ℱ⁻¹(G ⊙ ℱ(Ψ)), with G the gains: linear, and of at most the largest gain squared times the energy of Ψ.

        The identity gives the very same field. Error, in units u of ‖G Ψ‖, with a the field's ulps, B the transform's
        and g the largest gain: g (2B + a + 4) ‖Ψ‖ / ‖G Ψ‖; twice that is used.

        Args:
            field: Ψ, shape (D,) or (N, D).

        Raises:
            FieldError: the field has another dimension, or nothing of a row is left but rounding.
            InputError: D is a length without a transform.
        """
        if field.dimension != self.dimension:
            raise FieldError(
                f"field `{field.name}`: dimension {field.dimension}, expected {self.dimension} as of"
                f" control signal `{self.control}`",
                field=field.name,
            )
        places = np.array(self.bins, dtype=np.int64)
        gains = np.array(self.gains, dtype=np.int64)
        source = digest({"kind": "applied", "signal": self.digest, "field": field.digest})
        return _applied(field, self.control, places, gains, self.resolution.denominator, source)


def generate_control_signal(
    control: Control,
    selected: tuple[str, str, str],
    intent_modes: Field,
    trait_modes: Field,
    resolution: Fraction,
) -> ControlSignal:
    """GenerateControlSignal of Eq. 1.1, step 6, by the law of this module.

    Args:
        control: u of the selected candidate, with its excitation and damping.
        selected: service, version and route.
        intent_modes: modes(Π_high Ψ_i), shape (D,).
        trait_modes: modes(Π_low Ψ_t), shape (D,).
        resolution: of the gains, 1/N with N up to 1,000,000.

    Raises:
        FieldError: a field is a batch, or the dimensions do not fit.
        InputError: the control is out of range, what is selected is no route, D is a length without a transform, or the
            resolution is no unit fraction.
    """
    service, version, route = selected
    if route not in ROUTE_SHARE:
        raise _wrong("route", f"`{route}`, expected one of {', '.join(ROUTES)}")
    bins, gains = _gains(control, ROUTE_SHARE[route], intent_modes, trait_modes, resolution)
    return ControlSignal(
        control.name,
        service,
        version,
        route,
        intent_modes.dimension,
        tuple(bins.tolist()),
        tuple(gains.tolist()),
        resolution,
    )


def controlled(
    field: Field,
    control: Control,
    trait: Field,
    *,
    high: Projector | None = None,
    low: Projector | None = None,
    resolution: Fraction = FINEST,
) -> Field:
    """Ψ_i^u: the intent field as a control would make it, before a service is selected.

    The terms of Eq. 1.1 are evaluated for it, which is how u takes part in the argmax over (a, u, m). The law is that of
    this module with r = 1, for no route is selected yet: Ψ_i^u is what the signal of an internal service makes of Ψ_i.
    With excitation and damping 0 it is Ψ_i itself.

    Args:
        field: Ψ_i, shape (D,).
        control: u.
        trait: Ψ_t, shape (D,).
        high: Π_high; without it the intent modes are all of Ψ_i.
        low: Π_low; without it the trait modes are all of Ψ_t.
        resolution: of the gains.

    Raises:
        FieldError: a field is a batch, the dimensions do not fit, nothing passes a projector, or nothing is left.
        InputError: as for ``generate_control_signal``.
    """
    intent_modes = field if high is None else modes_of(high, field)
    trait_modes = trait if low is None else modes_of(low, trait)
    bins, gains = _gains(control, Fraction(1), intent_modes, trait_modes, resolution)
    source = digest(
        {
            "kind": "controlled",
            "excitation": format_number(control.excitation),
            "damping": format_number(control.damping),
            "resolution": format_number(resolution),
            "field": field.digest,
            "modes": [intent_modes.digest, trait_modes.digest],
        }
    )
    return _applied(field, control.name, bins, gains, resolution.denominator, source)


def _gains(
    control: Control, route: Fraction, intent: Field, trait: Field, resolution: Fraction
) -> tuple[IntArray, IntArray]:
    """Which bins are changed, increasing, and their gains in steps."""
    steps = _steps_of(resolution)
    excitation, damping = _within(control)
    require_one(intent)
    require_one(trait)
    require_alike(intent, trait)
    shares = _shares(intent, steps)
    both = np.minimum(shares, _shares(trait, steps))
    bins = np.flatnonzero(shares)
    # Python's integers: a declared number may have any denominator.
    excited, damped = route * excitation, damping
    gains = [
        steps
        + share * excited.numerator // excited.denominator
        - common * damped.numerator // damped.denominator
        for share, common in zip(shares[bins].tolist(), both[bins].tolist(), strict=True)
    ]
    found = np.array(gains, dtype=np.int64)
    changed = found != steps
    return bins[changed], found[changed]


def _shares(field: Field, steps: int) -> IntArray:
    """The energy of each bin relative to the strongest, in steps, rounded down exactly; shape (D,)."""
    transform_ulps(field.dimension)
    coefficients = spectrum(field.rows[0])
    squares = coefficients.real**2 + coefficients.imag**2
    return floor_steps(squares / squares.max(), steps)


def _applied(
    field: Field, control: str, bins: IntArray, gains: IntArray, steps: int, source: str
) -> Field:
    if not bins.size:
        return field
    bound = transform_ulps(field.dimension)
    factors = np.ones(field.dimension)
    factors[bins] = gains / float(steps)
    values = np.empty_like(field.rows)
    for block in blocks(len(values), field.dimension):
        values[block] = synthesis(factors * spectrum(field.rows[block]))
    largest = ceil(float(factors.max())) + 1
    shaped = values.reshape(field.values.shape)
    error = largest * (2 * bound + field.ulps + 4)
    return Field(
        f"{field.name} under {control}",
        shaped,
        ulps=ulps_of(field, shaped, error, f"control `{control}` leaves nothing of it (damp less)"),
        source=source,
    )


def _within(control: Control) -> tuple[Fraction, Fraction]:
    given: tuple[tuple[str, object, int], ...] = (
        ("excitation", control.excitation, MAX_EXCITATION),
        ("damping", control.damping, 1),
    )
    for what, value, most in given:
        if not isinstance(value, Fraction) or not 0 <= value <= most:
            raise InputError(
                f"control `{control.name}`: {what} `{value}`, expected a `Fraction` from 0 to {most}"
            )
    return control.excitation, control.damping


def _steps_of(resolution: object) -> int:
    if (
        not isinstance(resolution, Fraction)
        or resolution.numerator != 1
        or resolution.denominator > MAX_RESOLUTION
    ):
        raise _wrong(
            "resolution", f"`{resolution}`, expected a `Fraction` 1/N, N up to {MAX_RESOLUTION}"
        )
    return resolution.denominator


def _wrong(what: str, complaint: str) -> InputError:
    return InputError(f"control signal: {what}: {complaint}")
