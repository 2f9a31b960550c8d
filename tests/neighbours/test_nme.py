"""NME as a reference: slow, bounded averages that a field carries exactly enough to be read."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.base.errors import InputError
from caio.fields.invariants import CONDUCTIVITY
from caio.fields.measure import measure
from caio.fields.modes import conductivity
from caio.neighbours.traits import STEPS, AveragedNme
from caio.routing.ports import Space, trait_value
from tests.neighbours.draw import NAMES, SPACE

AXES = ("caution", "haste", "thrift", "candour", "patience")
SEEN = st.dictionaries(st.sampled_from(AXES), st.integers(-50, 50).map(lambda n: Fraction(n, 50)))
STORIES = st.lists(st.tuples(st.sampled_from(["alice", "bob"]), SEEN), max_size=8)


def told(stories: list[tuple[str, dict[str, Fraction]]], rate: int = 2) -> AveragedNme:
    nme = AveragedNme(AXES, SPACE, rate=rate)
    for user, seen in stories:
        nme.observe(user, seen)
    return nme


def trait(nme: AveragedNme, user: str, axis: str) -> tuple[Fraction, Fraction]:
    found = trait_value(axis, nme.traits(user), nme.probe(axis), nme.scale)
    return measure(found, Fraction(1, 10**9)).only.interval


@settings(max_examples=30)
@given(STORIES)
def test_a_field_has_norm_one_lies_in_its_band_and_reads_the_averages(
    stories: list[tuple[str, dict[str, Fraction]]],
) -> None:
    nme = told(stories)
    averages = dict.fromkeys(AXES, 0)
    for user, seen in stories:
        if user == "alice":
            for axis, value in seen.items():
                averages[axis] = int(averages[axis] + (value * STEPS - averages[axis]) / 4)
    field = nme.traits("alice")
    assert abs(field.norms[0] - 1) < 1e-12
    found = measure(conductivity(SPACE.low, field), Fraction(1, 10**6)).only
    assert CONDUCTIVITY.judge(found).holds
    for axis in AXES:
        low, high = trait(nme, "alice", axis)
        assert low <= Fraction(averages[axis], STEPS) <= high
        assert high - low < Fraction(1, 10**8)


@settings(max_examples=30)
@given(STORIES)
def test_traits_are_slow_and_stay_within_what_was_observed(
    stories: list[tuple[str, dict[str, Fraction]]],
) -> None:
    nme = AveragedNme(AXES, SPACE, rate=4)
    for user, seen in stories:
        before = {axis: trait(nme, user, axis) for axis in AXES}
        nme.observe(user, seen)
        for axis in AXES:
            low, high = trait(nme, user, axis)
            # At most a sixteenth of the way from one end to the other.
            assert abs(low - before[axis][0]) <= Fraction(1, 8) + Fraction(1, 10**5)
            assert low + Fraction(1, 10**8) >= -1
            assert high - Fraction(1, 10**8) <= 1


@settings(max_examples=30)
@given(STORIES)
def test_what_persists_is_canonical_and_comes_back(
    stories: list[tuple[str, dict[str, Fraction]]],
) -> None:
    nme = told(stories)
    again = AveragedNme.restore(nme.save(), SPACE)
    assert again.save() == nme.save()
    for user in ("alice", "bob", "carol"):
        assert again.traits(user).digest == nme.traits(user).digest
    mine = [one for one in stories if one[0] == "alice"]
    others = [one for one in stories if one[0] != "alice"]
    assert told(mine + others).save() == told(others + mine).save() == nme.save()


@settings(max_examples=30)
@given(st.lists(NAMES, min_size=1, max_size=9, unique=True))
def test_directions_are_orthonormal_and_the_scale_has_room_for_all(axes: list[str]) -> None:
    nme = AveragedNme(axes, SPACE)
    probes = np.array([nme.probe(axis).values for axis in nme.axes])
    assert np.allclose(probes.conj() @ probes.T, np.eye(len(axes)), atol=1e-12)
    assert (nme.scale - 1) ** 2 < len(axes) <= nme.scale**2
    nme.observe("alice", dict.fromkeys(axes, Fraction(1)))
    assert abs(nme.traits("alice").norms[0] - 1) < 1e-12


def test_all_traits_at_their_ends_still_make_a_field() -> None:
    nme = AveragedNme(AXES[:4], SPACE, rate=0)
    nme.observe("alice", dict.fromkeys(AXES[:4], Fraction(-1)))
    assert abs(nme.traits("alice").norms[0] - 1) < 1e-12
    low, high = trait(nme, "alice", "haste")
    assert low <= -1 <= high


def test_nobody_is_neutral() -> None:
    nme = told([("alice", {"haste": Fraction(1)})])
    assert nme.traits("").digest == nme.traits("carol").digest != nme.traits("alice").digest
    low, high = trait(nme, "", "haste")
    assert low <= 0 <= high


@pytest.mark.parametrize(
    ("axes", "options"),
    [
        ((), {}),
        (("a", "a"), {}),
        (("a", "b\n"), {}),
        (tuple(map(str, range(200))), {}),
        (("a",), {"rate": -1}),
        (("a",), {"rate": 21}),
    ],
)
def test_axes_that_are_none_are_refused(axes: tuple[str, ...], options: dict[str, int]) -> None:
    with pytest.raises(InputError):
        AveragedNme(axes, SPACE, **options)


def test_what_is_no_observation_is_refused_and_changes_nothing() -> None:
    nme = told([("alice", {"haste": Fraction(1, 2)})])
    before = nme.save()
    for user, seen in (
        ("alice", {"haste": 0.5}),
        ("alice", {"haste": Fraction(2)}),
        ("alice", {"wit": Fraction(0)}),
        ("", {"haste": Fraction(0)}),
        ("a\nb", {"haste": Fraction(0)}),
    ):
        with pytest.raises(InputError):
            nme.observe(user, seen)  # type: ignore[arg-type]
    assert nme.save() == before
    with pytest.raises(InputError, match="there is no axis `wit`"):
        nme.probe("wit")


def test_what_nobody_wrote_is_not_restored() -> None:
    good = json.loads(told([("alice", {"haste": Fraction(1, 2)})]).save())
    changes: tuple[dict[str, object], ...] = (
        {"format": "caio-traits/v2"},
        {"users": {"alice": [0, 0]}},
        {"users": {"alice": [0, 0, 0, 0, STEPS + 1]}},
        {"users": {"alice": [0, 0, 0, 0, 0.5]}},
        {"users": {"alice": [0, 0, 0, 0, True]}},
        {"users": []},
        {"rate": 99},
        {"axes": []},
        {"more": 1},
    )
    for change in changes:
        with pytest.raises(InputError):
            AveragedNme.restore(json.dumps(good | change).encode(), SPACE)
    with pytest.raises(InputError, match="canonical"):
        AveragedNme.restore(json.dumps(good).encode(), SPACE)


def test_a_space_needs_a_guard_band() -> None:
    with pytest.raises(InputError, match="guard band"):
        Space(256, 16, Fraction(1, 8), Fraction(1, 8))
    with pytest.raises(InputError, match="does not fit"):
        Space(256, 256)


@pytest.mark.parametrize("scale", [0, 1025, 1.0, True])
def test_a_scale_that_is_none_is_refused(scale: int) -> None:
    nme = told([])
    with pytest.raises(InputError, match="a scale of"):
        trait_value("haste", nme.traits("alice"), nme.probe("haste"), scale)
