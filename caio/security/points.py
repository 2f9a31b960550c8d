"""Public keys of Ed25519 that are safe to hold: points of the curve, written canonically, not of small order.

The curve is ``-x² + y² = 1 + d·x²·y²`` over the integers modulo ``2**255 - 19`` (RFC 8032, section 5.1). A key of small
order accepts signatures that nobody made, and libraries load it without complaint.
"""

from __future__ import annotations

from typing import Final

_P: Final = 2**255 - 19
_D: Final = -121665 * pow(121666, -1, _P) % _P
_ROOT: Final = pow(2, (_P - 1) // 4, _P)
"""A square root of -1."""


def is_safe_point(data: bytes) -> bool:
    """Whether 32 bytes are the canonical text of a point of the curve whose order is above 8."""
    if len(data) != 32:
        return False
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    x = _abscissa(y, sign) if y < _P else None
    if x is None:
        return False
    for _ in range(3):
        x, y = _doubled(x, y)
    return (x, y) != (0, 1)


def _abscissa(y: int, sign: int) -> int | None:
    """The x of the point with this y and this parity of x, if there is one (RFC 8032, section 5.1.3)."""
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if x * x % _P != square:
        x = x * _ROOT % _P
    if x * x % _P != square or (x == 0 and sign):
        return None
    return x if x & 1 == sign else _P - x


def _doubled(x: int, y: int) -> tuple[int, int]:
    """A point added to itself. The law is complete: no denominator is zero, for ``d`` is no square."""
    product = _D * x * x * y * y % _P
    return (
        2 * x * y * pow(1 + product, -1, _P) % _P,
        (x * x + y * y) * pow(1 - product, -1, _P) % _P,
    )
