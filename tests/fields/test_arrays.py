"""What is no field is refused, with its name and place, and never becomes a NaN."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.base.errors import InputError
from caio.fields.arrays import (
    LARGEST,
    MAX_DIMENSION,
    SMALLEST,
    Field,
    FieldError,
    require_alike,
    require_one,
)
from tests.fields import oracle
from tests.fields.draw import fields

GOOD = np.array([1.0, 1j])


def broken(value: complex, *, row: int = 1, component: int = 2) -> np.ndarray:
    values = np.ones((3, 4), dtype=np.complex128)
    values[row, component] = value
    return values


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, 2.0], "a numpy array of complex128, not a value of type `list`"),
        (None, "not a value of type `NoneType`"),
        (np.ma.masked_array([1.0 + 0j]), "not a value of type `MaskedArray`"),
        (np.ones(4), "its numbers are `float64`, expected `complex128`"),
        (np.ones(4, dtype=np.complex64), "its numbers are `complex64`"),
        (np.ones(4, dtype=np.int64), "its numbers are `int64`"),
        (np.array(["a"]), "its numbers are `<U1`"),
        (np.array([1j], dtype=object), "its numbers are `object`"),
        (np.complex128(1.0) * np.ones(()), "not a value of type `complex128`"),
        (np.ones((), dtype=np.complex128), "shape (), expected (D,) or (N, D)"),
        (np.ones((2, 2, 2), dtype=np.complex128), "shape (2, 2, 2), expected"),
        (np.ones(0, dtype=np.complex128), "shape (0,), expected"),
        (np.ones((0, 4), dtype=np.complex128), "shape (0, 4), expected"),
        (np.ones((4, 0), dtype=np.complex128), "shape (4, 0), expected"),
        (np.ones(MAX_DIMENSION + 1, dtype=np.complex128), "shape (1048577,), expected"),
    ],
)
def test_a_wrong_type_or_shape_is_refused(values: np.ndarray, message: str) -> None:
    with pytest.raises(FieldError, match=re.escape(message)) as caught:
        Field("intent", values)
    assert "`intent`" in str(caught.value)
    assert caught.value.field == "intent"
    assert isinstance(caught.value, InputError)


@pytest.mark.parametrize("value", [np.nan, 1j * np.nan, np.inf, -np.inf, complex(1, np.inf)])
def test_what_is_not_finite_is_refused_with_its_place(value: complex) -> None:
    with pytest.raises(FieldError, match="expected a finite number") as caught:
        Field("memory", broken(value))
    assert "row 1 of field `memory`: component 2" in str(caught.value)
    assert (caught.value.row, caught.value.component) == (1, 2)
    with pytest.raises(FieldError, match=r"^field `memory`: component 2") as caught:
        Field("memory", broken(value)[1])
    assert (caught.value.row, caught.value.component) == (None, 2)


def test_a_zero_field_is_refused_also_as_a_row_of_a_batch() -> None:
    with pytest.raises(FieldError, match=r"^field `trait`: a zero field has no direction"):
        Field("trait", np.array([0.0, -0.0j]))
    values = np.ones((3, 4), dtype=np.complex128)
    values[2] = 0
    with pytest.raises(FieldError, match=r"^row 2 of field `trait`: a zero field") as caught:
        Field("trait", values)
    assert (caught.value.row, caught.value.component) == (2, None)


@pytest.mark.parametrize("value", [LARGEST, -1j * LARGEST])
def test_magnitudes_have_a_range(value: complex) -> None:
    Field("intent", broken(value))
    with pytest.raises(FieldError, match=r"component 2 is .* expected parts up to"):
        Field("intent", broken(value * 1.0000001))


def test_a_field_may_not_be_nearly_zero() -> None:
    Field("intent", np.array([SMALLEST + 0j, 0.0]))
    with pytest.raises(FieldError, match="expected at least 2"):
        Field("intent", np.array([SMALLEST / 2 + 0j, 0.0]))
    with pytest.raises(FieldError, match="expected at least 2"):
        Field("intent", np.array([5e-324j]))


@pytest.mark.parametrize("ulps", [-1, 2**40 + 1])
def test_a_field_may_not_be_off_by_less_than_nothing_or_by_too_much(ulps: int) -> None:
    Field("intent", GOOD, ulps=2**40)
    with pytest.raises(FieldError, match=f"off by {ulps} units, expected 0 to"):
        Field("intent", GOOD, ulps=ulps)


def test_a_field_is_a_value_that_nobody_can_change() -> None:
    values = np.array([1.0 + 1j, 2.0])
    field = Field("intent", values)
    values[0] = 7.0
    assert field.values[0] == 1.0 + 1j
    for array in (field.values, field.energies, field.norms, field.rows, field.parts):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0.0
    with pytest.raises(AttributeError):
        field.name = "other"  # type: ignore[misc]


def test_any_memory_layout_is_accepted_and_makes_no_difference() -> None:
    values = oracle.random_rows(1, 5, 8)
    for layout in (np.asfortranarray(values), values[::-1][::-1], values.T.copy().T):
        field = Field("intent", layout)
        assert field.values.flags.c_contiguous
        assert field.digest == Field("other name", values).digest


def test_a_digest_names_shape_and_values_and_ignores_the_sign_of_zero() -> None:
    base = Field("a", np.array([1.0, 0.0, 2j]))
    assert base.digest == Field("b", np.array([1.0 - 0.0j, -0.0, -0.0 + 2j])).digest
    others = [
        np.array([1.0, 0.0, -2j]),
        np.array([[1.0, 0.0, 2j]]),
        np.array([1.0, 2j, 0.0]),
        np.array([1.0, 0.0, 2j, 0.0]),
        np.array([np.nextafter(1.0, 2.0), 0.0, 2j]),
    ]
    digests = {Field("a", other).digest for other in others} | {base.digest}
    assert len(digests) == len(others) + 1
    assert base.digest == base.digest


def test_the_digest_of_known_values_is_the_specified_one() -> None:
    import hashlib
    import struct

    data = b'{"kind":"field","shape":[2]}\n' + struct.pack("<4d", 1.0, -2.0, 0.5, 0.0)
    expected = "sha256:" + hashlib.sha256(data).hexdigest()
    assert Field("a", np.array([1 - 2j, 0.5])).digest == expected


@given(st.integers(1, 9).flatmap(lambda length: fields(length, rows=3)))
def test_energies_are_sums_of_squares(field: Field) -> None:
    for row, value in zip(field.rows, field.energies, strict=True):
        truth = oracle.energy(oracle.exact(row))
        assert oracle.inside(truth, value * (1 - 1e-14), value * (1 + 1e-14))


def test_fields_have_to_fit_together() -> None:
    one, three, four = (
        Field(name, np.ones(shape, dtype=np.complex128))
        for name, shape in [("one", (1, 2)), ("three", (3, 2)), ("four", (4, 2))]
    )
    longer = Field("longer", np.ones(3, dtype=np.complex128))
    require_alike(one, three)
    require_alike(four, one)
    require_alike(four, four)
    with pytest.raises(FieldError, match="field `four`: a batch of 4, expected one field or a bat"):
        require_alike(three, four)
    with pytest.raises(FieldError, match="field `longer`: dimension 3, expected 2 as in `one`"):
        require_alike(one, longer)
    require_one(one)
    require_one(Field("batch of one", GOOD[np.newaxis]))
    with pytest.raises(FieldError, match="a batch of 3 fields, expected one"):
        require_one(three)
