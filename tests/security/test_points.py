"""Which 32 bytes are a key of Ed25519 that is safe to hold."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from caio.security.points import is_safe_point
from tests.security.attacks import SMALL_Y

P = 2**255 - 19

# The points whose order divides eight, in every way to write them (RFC 7748 and RFC 8032 name no others).
TORSION = (
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
)


def negative(data: bytes) -> bytes:
    return data[:31] + bytes([data[31] ^ 128])


@pytest.mark.parametrize("text", TORSION)
def test_points_of_small_order_are_not(text: str) -> None:
    data = bytes.fromhex(text)
    assert not is_safe_point(data)
    assert not is_safe_point(negative(data))


@given(st.binary(min_size=32, max_size=32))
def test_keys_that_somebody_made_are(seed: bytes) -> None:
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    assert is_safe_point(public)
    assert is_safe_point(negative(public))
    assert not is_safe_point(public[:-1])
    assert not is_safe_point(public + b"\0")


def test_a_point_is_written_in_one_way() -> None:
    assert is_safe_point(SMALL_Y.to_bytes(32, "little"))
    assert not is_safe_point((SMALL_Y + P).to_bytes(32, "little"))


def test_half_of_all_numbers_are_no_point() -> None:
    """Euler's criterion for `(y² - 1) / (d·y² + 1)`, which needs no root."""
    d = -121665 * pow(121666, -1, P) % P
    for y in range(2, 200):
        square = (y * y - 1) * pow(d * y * y + 1, -1, P) % P
        assert is_safe_point(y.to_bytes(32, "little")) == (pow(square, (P - 1) // 2, P) == 1)
