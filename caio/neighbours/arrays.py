"""Fields and values on the wire: base64 of little-endian doubles, with shape and digest (``docs/spec/neighbours-v1.md`` section 1).

Whoever reads checks exact types, the size before anything is decoded, the length, the digest and every number; what passes is a
``Field``, with all that it promises.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from math import prod
from typing import Final

import numpy as np

from caio.base.canonical import Json, canonical_bytes
from caio.fields.arrays import Field, FieldError, FloatArray
from caio.fields.reinforcement import MAX_VALUE
from caio.ir import reader as r
from caio.ir.reader import DecodeError

MAX_COMPONENTS: Final = 2**20
"""The most components of a field on the wire, 16 MiB."""
MAX_ITEMS: Final = 4096
"""The most items of a list on the wire, and values of an answer."""

_MEMBERS: Final = frozenset({"shape", "values", "digest"})


def given(name: str, field: Field) -> Field:
    """A field as it crosses a port: the same values, taken as given, so that its digest is that of the values."""
    if field.source is None and field.ulps == 0 and field.name == name:
        return field
    return Field(name, field.values)


def field_json(field: Field) -> dict[str, Json]:
    """The message of a field."""
    values = np.ascontiguousarray(field.values.astype("<c16", copy=False))
    return {
        "shape": list(field.values.shape),
        "values": base64.b64encode(values.tobytes()).decode("ascii"),
        "digest": given(field.name, field).digest,
    }


def read_field(name: str, value: object, shape: tuple[int, ...]) -> Field:
    """The field of a message.

    Args:
        name: what messages will call it.
        value: the JSON value.
        shape: the shape that is promised; 0 stands for any length from 1.

    Raises:
        DecodeError: it is none, or another shape; the path says where.
    """
    members = r.members(value, _MEMBERS)
    found = r.member(members, "shape", lambda item: _shape(item, shape))
    data = r.member(members, "values", lambda item: _bytes(item, 16 * prod(found)))
    array = np.frombuffer(data, "<c16").astype(np.complex128).reshape(found)
    try:
        field = Field(name, array)
    except FieldError as error:
        raise DecodeError(str(error), "values") from None
    if field.values.astype("<c16", copy=False).tobytes() != data:
        raise DecodeError("a negative zero, expected 0.0", "values")
    _require_digest(members, field.digest)
    return field


def values_json(values: FloatArray) -> dict[str, Json]:
    """The message of a Q-function's values, shape (N,)."""
    data = np.add(values, 0.0).astype("<f8", copy=False).tobytes()
    shape = list(values.shape)
    return {
        "shape": shape,
        "values": base64.b64encode(data).decode("ascii"),
        "digest": _values_digest(shape, data),
    }


def read_values(value: object, count: int) -> FloatArray:
    """The values of a message, shape (N,), read-only.

    Raises:
        DecodeError: it is none, or has another number of values, or one that is not finite or beyond 2⁵².
    """
    members = r.members(value, _MEMBERS)
    found = r.member(members, "shape", lambda item: _shape(item, (count,)))
    data = r.member(members, "values", lambda item: _bytes(item, 8 * prod(found)))
    values = np.frombuffer(data, "<f8").astype(np.float64)
    if not bool((np.abs(values) <= MAX_VALUE).all()):
        raise DecodeError("a value that is not finite or beyond 2**52", "values")
    _require_digest(members, _values_digest(list(found), data))
    values.setflags(write=False)
    return values


def _values_digest(shape: list[int], data: bytes) -> str:
    found = hashlib.sha256(canonical_bytes({"kind": "values", "shape": shape}) + b"\n" + data)
    return "sha256:" + found.hexdigest()


def _require_digest(members: r.Object, digest: str) -> None:
    claimed = r.member(members, "digest", r.digest_name)
    if claimed != digest:
        raise DecodeError(
            f"the digest `{claimed[:19]}…` is not that of the values, `{digest[:19]}…`", "digest"
        )


def _shape(value: object, promised: tuple[int, ...]) -> tuple[int, ...]:
    found = r.array(value, r.integer)
    fits = len(found) == len(promised) and all(
        size >= 1 and want in {0, size} for size, want in zip(found, promised, strict=True)
    )
    if not fits:
        wanted = ", ".join("N" if want == 0 else str(want) for want in promised)
        raise DecodeError(f"shape {list(found)}, expected [{wanted}]")
    if prod(found) > MAX_COMPONENTS:
        raise DecodeError(f"shape {list(found)} has more than {MAX_COMPONENTS} components")
    return found


def _bytes(value: object, length: int) -> bytes:
    if type(value) is not str:
        raise r.expected("base64 as a string", value)
    if len(value) != 4 * ((length + 2) // 3):
        raise DecodeError(
            f"{len(value)} characters of base64, expected {4 * ((length + 2) // 3)} for {length} bytes"
        )
    try:
        data = base64.b64decode(value.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        raise DecodeError("not base64 as in RFC 4648 section 4") from None
    # A decoder that lets stray bits in the last character pass would give one field several texts.
    if len(data) != length or base64.b64encode(data).decode("ascii") != value:
        raise DecodeError(f"base64 of {len(data)} bytes, expected {length} in canonical form")
    return data
