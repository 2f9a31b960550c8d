"""Messages: what is written comes back, and what nobody wrote is refused with the place."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from fractions import Fraction
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.base.canonical import canonical_bytes
from caio.fields.arrays import Field
from caio.fields.rfs import Capacity
from caio.ir.reader import DecodeError, parse_json
from caio.neighbours import messages as m
from caio.neighbours.arrays import MAX_ITEMS, field_json, read_field, read_values, values_json
from caio.neighbours.market import ProjectMarketplace
from caio.neighbours.messages import Description
from caio.routing.ports import Acknowledgement, Outcome, Space
from caio.sema.project import load_project
from tests.fields.draw import arrays
from tests.neighbours.draw import SHOP, SPACE, ports, signal, tone


def sent(message: object) -> Any:
    """What arrives of a message."""
    return parse_json(canonical_bytes(message))  # type: ignore[arg-type]


@given(st.integers(1, 12).flatmap(arrays))
def test_a_field_comes_back_to_the_bit(values: np.ndarray[Any, np.dtype[np.complex128]]) -> None:
    field = Field("field", values)
    again = read_field("field", sent(field_json(field)), values.shape)
    assert again.values.tobytes() == field.values.tobytes()
    assert again.digest == field.digest


@given(st.tuples(st.integers(1, 4), st.integers(1, 6)).flatmap(lambda s: arrays(s[1], s[0])))
def test_a_batch_comes_back_to_the_bit(values: np.ndarray[Any, np.dtype[np.complex128]]) -> None:
    field = Field("batch", values)
    again = read_field("batch", sent(field_json(field)), (0, values.shape[1]))
    assert again.digest == field.digest


@given(st.lists(st.floats(-(2.0**52), 2.0**52), min_size=1, max_size=9))
def test_values_come_back_to_the_bit(numbers: list[float]) -> None:
    values = np.array(numbers) + 0.0
    again = read_values(sent(values_json(values)), len(numbers))
    assert again.tobytes() == values.tobytes()
    assert not again.flags.writeable


def test_a_computed_field_crosses_as_what_its_values_are() -> None:
    field = SPACE.encoder.encode(Field("w", np.ones(SPACE.source, dtype=complex)), "computed")
    again = read_field("computed", sent(field_json(field)), (SPACE.dimension,))
    assert again.ulps == 0
    assert again.digest == Field("x", field.values).digest != field.digest


RIGHT = field_json(Field("f", np.array([1 + 2j, 3.0, -0.5j])))


def patched(place: int, data: bytes) -> dict[str, object]:
    """The message with eight other bytes, and the digest that these would have."""
    raw = bytearray(base64.b64decode(str(RIGHT["values"])))
    raw[8 * place : 8 * place + 8] = data
    return {**RIGHT, "values": base64.b64encode(bytes(raw)).decode()}


@pytest.mark.parametrize(
    ("message", "path"),
    [
        (None, ""),
        ([], ""),
        ({}, ""),
        ({**RIGHT, "more": 1}, ""),
        ({**RIGHT, "shape": [4]}, "shape"),
        ({**RIGHT, "shape": [1, 3]}, "shape"),
        ({**RIGHT, "shape": [3.0]}, "shape"),
        ({**RIGHT, "shape": [True]}, "shape[0]"),
        ({**RIGHT, "shape": "3"}, "shape"),
        ({**RIGHT, "values": 7}, "values"),
        ({**RIGHT, "values": str(RIGHT["values"])[:-4]}, "values"),
        ({**RIGHT, "values": "é" * 64}, "values"),
        ({**RIGHT, "values": "*" * 64}, "values"),
        ({**RIGHT, "values": "A" * 60 + "===="}, "values"),
        ({**RIGHT, "digest": "sha256:" + "0" * 64}, "digest"),
        ({**RIGHT, "digest": "0" * 64}, "digest"),
        (patched(0, np.float64(np.nan).tobytes()), "values"),
        (patched(1, np.float64(np.inf).tobytes()), "values"),
        (patched(2, np.float64(2.0**300).tobytes()), "values"),
        (patched(3, np.float64(-0.0).tobytes()), "values"),
        (patched(0, np.float64(1.5).tobytes()), "digest"),
        ({**RIGHT, "values": base64.b64encode(bytes(48)).decode()}, "values"),
    ],
)
def test_what_is_no_field_is_refused_with_its_place(message: object, path: str) -> None:
    with pytest.raises(DecodeError) as caught:
        read_field("f", message, (3,))
    assert caught.value.path.startswith(path)


def test_complex64_is_no_field() -> None:
    values = np.ones(3, dtype=np.complex64)
    message = {**RIGHT, "values": base64.b64encode(values.tobytes()).decode()}
    with pytest.raises(DecodeError, match="expected 64 for 48 bytes"):
        read_field("f", message, (3,))


def test_a_field_of_too_many_components_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(DecodeError, match="more than 1048576"):
        read_field("f", {**RIGHT, "shape": [2**20, 3]}, (0, 3))


@pytest.mark.parametrize("number", [np.nan, np.inf, 2.0**53])
def test_a_value_that_is_none_is_refused(number: float) -> None:
    with pytest.raises(DecodeError, match="finite"):
        read_values(values_json(np.array([1.0, number])), 2)


SIGNAL = m.signal_json(signal((70, 90), 1500))
OUTCOME = m.outcome_json(Outcome("call", tone(0), "small", "1.0", Fraction(1, 3)))
SPACES = Description("nme", SPACE, ("caution", "haste"), 2).json()
CAPACITY = m.capacity_json(Capacity((Fraction(1, 3), Fraction(2)), Fraction(16)))
OFFER = sent(m.offer_json(ports()["marketplace"].candidates()))  # type: ignore[union-attr]

ROUND_TRIPS: list[tuple[Callable[[Any], Any], Any, Callable[[Any], Any]]] = [
    (m.read_signal, SIGNAL, m.signal_json),
    (lambda value: m.read_outcome(value, SPACE), OUTCOME, m.outcome_json),
    (lambda value: m.read_description(value, "nme"), SPACES, Description.json),
    (m.read_capacity, CAPACITY, m.capacity_json),
    (
        m.read_acknowledgement,
        m.acknowledgement_json(Acknowledgement("sha256:" + "a" * 64, repeated=True)),
        m.acknowledgement_json,
    ),
    (m.read_offer, OFFER, m.offer_json),
]


@pytest.mark.parametrize(("read", "message", "write"), ROUND_TRIPS)
def test_messages_come_back_as_they_were(
    read: Callable[[Any], Any], message: Any, write: Callable[[Any], Any]
) -> None:
    assert canonical_bytes(write(read(sent(message)))) == canonical_bytes(message)


@pytest.mark.parametrize(("read", "message", "write"), ROUND_TRIPS)
def test_every_member_is_needed_none_may_be_added_and_none_is_null(
    read: Callable[[Any], Any], message: Any, write: Callable[[Any], Any]
) -> None:
    del write
    good = sent(message)
    broken = [good | {"more": 1}, [good], None, "text"]
    for name in good:
        broken += [{k: v for k, v in good.items() if k != name}, good | {name: None}]
    for one in broken:
        with pytest.raises(DecodeError):
            read(one)


def changed(message: Any, path: tuple[Any, ...], value: Any) -> Any:
    made = deepcopy(sent(message))
    inner = made
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return made


@pytest.mark.parametrize(
    ("read", "message", "path", "value"),
    [
        (m.read_signal, SIGNAL, ("digest",), "sha256:" + "0" * 64),
        (m.read_signal, SIGNAL, ("signal", "gains"), [1500]),
        (m.read_signal, SIGNAL, ("signal", "gains", 0), 1501),
        (m.read_signal, SIGNAL, ("signal", "bins"), [90, 70]),
        (m.read_signal, SIGNAL, ("signal", "route"), "nowhere"),
        (m.read_signal, SIGNAL, ("signal", "resolution"), "2/1000"),
        (m.read_signal, SIGNAL, ("signal", "dimension"), 80),
        (ROUND_TRIPS[1][0], OUTCOME, ("reward",), "3/2"),
        (ROUND_TRIPS[1][0], OUTCOME, ("reward",), "2/3"),
        (ROUND_TRIPS[1][0], OUTCOME, ("reward",), 1),
        (ROUND_TRIPS[1][0], OUTCOME, ("call",), "another"),
        (ROUND_TRIPS[1][0], OUTCOME, ("intent",), sent(field_json(tone(1)))),
        (ROUND_TRIPS[1][0], OUTCOME, ("version",), "one"),
        (ROUND_TRIPS[2][0], SPACES, ("port",), "maia"),
        (ROUND_TRIPS[2][0], SPACES, ("format",), "caio-neighbour/v2"),
        (ROUND_TRIPS[2][0], SPACES, ("axes",), ["haste", "haste"]),
        (ROUND_TRIPS[2][0], SPACES, ("axes",), []),
        (ROUND_TRIPS[2][0], SPACES, ("space", "source"), 10**6),
        (ROUND_TRIPS[2][0], SPACES, ("space", "dimension"), 2**40),
        (ROUND_TRIPS[2][0], SPACES, ("space", "dimension"), 0),
        (ROUND_TRIPS[2][0], SPACES, ("space", "traits_up_to"), "1/8"),
        (ROUND_TRIPS[2][0], SPACES, ("space", "intent_above"), "3/4"),
        (m.read_capacity, CAPACITY, ("samples",), []),
        (m.read_capacity, CAPACITY, ("samples", 0), "-1"),
        (m.read_capacity, CAPACITY, ("samples",), ["1"] * 65_537),
        (m.read_capacity, CAPACITY, ("maximum",), "0"),
        (m.read_capacity, CAPACITY, ("maximum",), 16),
        (m.read_offer, OFFER, ("digests", 1), "sha256:" + "0" * 64),
        (m.read_offer, OFFER, ("digests"), OFFER["digests"][:-1]),
        (m.read_offer, OFFER, ("documents", 1, "capabilities"), ["telepathy"]),
        (m.read_offer, OFFER, ("documents", 1, "route"), "internal"),
        (m.read_offer, OFFER, ("documents",), []),
        (m.read_offer, OFFER, ("documents",), OFFER["documents"][1:]),
    ],
)
def test_what_is_wrong_inside_is_refused(
    read: Callable[[Any], Any], message: Any, path: tuple[Any, ...] | str, value: Any
) -> None:
    steps = (path,) if isinstance(path, str) else path
    read(sent(message))
    with pytest.raises(DecodeError):
        read(changed(message, steps, value))


def test_documents_are_listed_once_and_are_of_the_kinds_on_offer() -> None:
    twice = OFFER | {
        "documents": [*OFFER["documents"], OFFER["documents"][-1]],
        "digests": [*OFFER["digests"], OFFER["digests"][-1]],
    }
    with pytest.raises(DecodeError):
        m.read_offer(sent(twice))


def test_lists_and_texts_are_limited() -> None:
    with pytest.raises(DecodeError, match="expected at most 4096"):
        m.read_names([str(number) for number in range(MAX_ITEMS + 1)])
    with pytest.raises(DecodeError, match="expected at most 256"):
        m.read_texts(["x"] * 257)
    with pytest.raises(DecodeError, match="65536"):
        m.read_text("x" * 65_537)
    with pytest.raises(DecodeError, match="surrogate"):
        m.read_text(json.loads('"\\ud800"'))
    with pytest.raises(DecodeError, match="at least one"):
        m.read_names([])
    assert m.read_user("") == ""
    with pytest.raises(DecodeError):
        m.read_user("a\nb")


def test_spaces_are_equal_by_value() -> None:
    read = m.read_description(sent(Description("maia", Space()).json()), "maia")
    assert read.space == Space()
    assert read.space != replace(Space(), name="other")
    assert read.space.encoder.digest == Space().encoder.digest


def test_documents_of_other_kinds_are_no_offer() -> None:
    rules = load_project([SHOP]).rules
    documents = [*cast("ProjectMarketplace", ports()["marketplace"]).candidates(), *rules]
    with pytest.raises(DecodeError, match="no vocabulary, service, overlay or state"):
        m.read_offer(sent(m.offer_json(documents)))
