"""Units: the group laws of dimensions, exact scales, and what is no unit."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.base.errors import InputError
from caio.base.units import BUILT_IN, DURATION, NUMBER, TIME_UNITS, Dimension, Units, is_reserved

UNITS = Units.of(["token", "image"])


def _product(parts: list[Dimension]) -> Dimension:
    result = NUMBER
    for part in parts:
        result = result.times(part)
    return result


dimensions = st.lists(
    st.sampled_from([DURATION, Dimension.named("USD"), Dimension.named("token")]), max_size=4
).map(_product)


@given(dimensions, dimensions, dimensions)
def test_products_of_dimensions_are_a_commutative_group(
    a: Dimension, b: Dimension, c: Dimension
) -> None:
    assert a.times(b) == b.times(a)
    assert a.times(b).times(c) == a.times(b.times(c))
    assert a.times(NUMBER) == a
    assert a.per(a) == NUMBER
    assert a.times(b).per(b) == a


@given(st.sampled_from(sorted(BUILT_IN)), st.fractions())
def test_base_units_and_back_is_identity(name: str, magnitude: Fraction) -> None:
    unit = UNITS.unit(name)
    assert unit.from_base(unit.to_base(magnitude)) == magnitude


def test_scales_are_exact() -> None:
    assert UNITS.unit("ms").to_base(Fraction(120)) == Fraction(3, 25)
    assert UNITS.unit("%").to_base(Fraction(5, 2)) == Fraction(1, 40)
    assert [u.scale for u in TIME_UNITS] == sorted(u.scale for u in TIME_UNITS)
    assert UNITS.unit("day").scale == UNITS.unit("days").scale == 86_400


def test_a_dimension_reads_like_a_phrase() -> None:
    assert str(Dimension.named("USD").per(Dimension.named("token"))) == "USD per token"
    assert str(NUMBER) == "a plain number"
    assert str(NUMBER.per(DURATION)) == "1 per time"
    assert str(DURATION.times(DURATION)) == "time^2"


def test_only_one_base_dimension_has_a_written_name() -> None:
    assert NUMBER.name == "1"
    assert DURATION.name == "time"
    assert DURATION.times(DURATION).name is None
    assert Dimension.named("USD").per(DURATION).name is None


@pytest.mark.parametrize("name", ["tokens", "", "usd", "USDT", "US", "time", "1", "Ms"])
def test_a_stranger_is_no_unit(name: str) -> None:
    with pytest.raises(InputError):
        UNITS.unit(name)


@pytest.mark.parametrize("name", ["ms", "", "tokens", "%"])
def test_a_stranger_is_no_dimension(name: str) -> None:
    with pytest.raises(InputError):
        UNITS.dimension(name)


@pytest.mark.parametrize("name", ["ms", "day", "%", "time", "1", "ratio", "EUR"])
def test_a_vocabulary_cannot_declare_what_exists(name: str) -> None:
    assert is_reserved(name)
