"""What the conformance suite asks of NME: clauses T1 to T7, G1 and G2."""

from __future__ import annotations

from typing import Final

from caio.fields.arrays import Field, products
from caio.fields.invariants import CONDUCTIVITY
from caio.fields.measure import measure
from caio.fields.modes import conductivity
from caio.fields.readings import MAX_SCALE
from caio.neighbours.conformance import (
    PREFIX,
    RESOLUTION,
    Check,
    require,
    require_field,
    require_invariant,
    require_refused,
)
from caio.routing.ports import Nme, Space, trait_value

STRANGERS: Final = (f"{PREFIX}-nobody", "")
"""Of whom nothing is known: somebody, and nobody."""
USERS: Final = ("alice", "bob", *STRANGERS)
"""Whose traits are asked for."""
TOLERANCE: Final = 1e-9


def describes_itself(nme: Nme) -> None:
    """G1."""
    require(isinstance(nme.space, Space), "there is no `Space`")


def axes_are_named(nme: Nme) -> None:
    """T1."""
    axes, scale = nme.axes, nme.scale
    require(bool(axes), "there is no axis")
    require(len(set(axes)) == len(axes), "an axis is named twice")
    require(
        type(scale) is int and 1 <= scale <= MAX_SCALE, f"a scale of `{scale}`, expected 1 to 1024"
    )
    require(scale**2 >= len(axes), f"a scale of {scale} for {len(axes)} axes")


def probes_are_orthonormal(nme: Nme) -> None:
    """T2."""
    probes = _probes(nme)
    for place, (axis, probe) in enumerate(probes):
        norm = float(probe.norms[0])
        require(abs(norm - 1) <= TOLERANCE, f"the direction of `{axis}` has norm {norm:.9g}")
        for other, second in probes[:place]:
            found = abs(complex((probe.values.conj() * second.values).sum()))
            require(
                found <= TOLERANCE,
                f"the directions of `{axis}` and `{other}` overlap by {found:.3g}",
            )


def fields_lie_in_band(nme: Nme) -> None:
    """T3."""
    fields = [(f"the direction of `{axis}`", probe) for axis, probe in _probes(nme)]
    fields += [(f"the traits of `{user}`", _traits(nme, user)) for user in USERS]
    for what, field in fields:
        found = conductivity(nme.space.low, field)
        require_invariant(CONDUCTIVITY, measure(found, RESOLUTION).only, what)


def traits_have_norm_one(nme: Nme) -> None:
    """T4."""
    for user in USERS:
        norm = float(_traits(nme, user).norms[0])
        require(abs(norm - 1) <= TOLERANCE, f"the traits of `{user}` have norm {norm:.9g}")


def traits_are_bounded(nme: Nme) -> None:
    """T5."""
    for user in USERS:
        field = _traits(nme, user)
        for axis, probe in _probes(nme):
            found = trait_value(axis, field, probe, nme.scale)
            require(
                found.lower[0] <= 1 and found.upper[0] >= -1,
                f"`{axis}` of `{user}` is {found.values[0]:.6g}",
            )


def strangers_are_neutral(nme: Nme) -> None:
    """T6."""
    probes = _probes(nme)
    for user in STRANGERS:
        field = _traits(nme, user)
        for axis, probe in probes:
            overlap = float(products(field.parts, probe.parts)[0])
            require(
                abs(overlap) <= TOLERANCE,
                f"`{axis}` of somebody unknown is not 0 but {overlap * nme.scale:.3g}",
            )


def equal_questions_have_equal_answers(nme: Nme) -> None:
    """G2."""
    first = [_traits(nme, user).digest for user in USERS]
    again = [_traits(nme, user).digest for user in reversed(USERS)]
    require(first == again[::-1], "one user, asked for twice, has two fields")
    probes = [[probe.digest for _, probe in _probes(nme)] for _ in range(2)]
    require(probes[0] == probes[1], "one axis, asked for twice, has two directions")


def refuses_unknown_axes(nme: Nme) -> None:
    """T7."""
    require_refused(lambda: nme.probe(f"{PREFIX}-{len(nme.axes)}"), "an unknown axis")


CHECKS: Final[tuple[Check[Nme], ...]] = (
    Check("describes_itself", ("G1",), "it names its space", describes_itself),
    Check("axes_are_named", ("T1",), "each once, with a scale for all", axes_are_named),
    Check(
        "probes_are_orthonormal",
        ("T2",),
        "orthogonal and of norm 1, to within 10⁻⁹",
        probes_are_orthonormal,
    ),
    Check("fields_lie_in_band", ("T3",), "κ ≥ 0.95 for Π_low", fields_lie_in_band),
    Check("traits_have_norm_one", ("T4",), "‖Ψ_t‖ = 1", traits_have_norm_one),
    Check("traits_are_bounded", ("T5",), "every trait is from −1 to 1", traits_are_bounded),
    Check(
        "strangers_are_neutral", ("T6",), "every trait of a stranger is 0", strangers_are_neutral
    ),
    Check(
        "equal_questions_have_equal_answers",
        ("G2",),
        "two equal questions, to the bit",
        equal_questions_have_equal_answers,
    ),
    Check(
        "refuses_unknown_axes", ("T7", "G4"), "an axis that it does not name", refuses_unknown_axes
    ),
)
"""The suite of NME."""


def _probes(nme: Nme) -> list[tuple[str, Field]]:
    shape = (nme.space.dimension,)
    return [
        (axis, require_field(nme.probe(axis), shape, f"the direction of `{axis}`"))
        for axis in nme.axes
    ]


def _traits(nme: Nme, user: str) -> Field:
    return require_field(nme.traits(user), (nme.space.dimension,), f"the traits of `{user}`")
