"""What the solver process and its owner say to each other: JSON in frames of a stated length.

No pickle: a frame can carry text and numbers, never code. Both sides check what they read.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final, Protocol

_LENGTH: Final = struct.Struct(">I")
MAX_FRAME: Final = 1 << 30
"""The longest frame in bytes; a longer announcement is garbage."""


class Readable(Protocol):
    """Where frames come from."""

    def read(self, count: int, /) -> bytes:
        """At most `count` bytes, none only at the end."""


class Writable(Protocol):
    """Where frames go; a write may take fewer bytes than it is given, as that of a raw pipe does."""

    def write(self, data: bytes, /) -> int | None:
        """Write some bytes and return their number."""

    def flush(self) -> None:
        """Pass on what is buffered."""


class ProtocolError(Exception):
    """A frame that is cut short, too long, or does not say what its sender may say."""


class Core(StrEnum):
    """The two ways in which Z3 can be asked."""

    LOGGING = "logging"
    """The core of `sat.euf`, which writes a log of its reasoning that can be elaborated."""
    PLAIN = "plain"
    """The default core: faster and better tested, but it gives no reasons."""


class Status(StrEnum):
    """What Z3 says of a script; never believed without evidence."""

    SAT = "sat"
    UNSAT = "unsat"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Query:
    """One SMT-LIB script of declarations and assertions, to be decided within `rlimit` units.

    The unit is Z3's own resource counter, so that a budget means the same on every machine.
    """

    script: str
    core: Core
    rlimit: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Z3's word on a query, as text: `model` if sat, `log` if unsat under the logging core."""

    status: Status
    reason: str
    model: str
    log: str


def write_frame(stream: Writable, value: object) -> None:
    """Write one value and flush it."""
    data = json.dumps(value).encode()
    data = _LENGTH.pack(len(data)) + data
    sent = 0
    while sent < len(data):
        sent += stream.write(data[sent:] if sent else data) or 0
    stream.flush()


def read_frame(stream: Readable) -> object | None:
    """The next value, or None at the end of the stream.

    Raises:
        ProtocolError: the stream ends inside a frame, or the frame is not JSON.
    """
    head = _read_exactly(stream, _LENGTH.size)
    if not head:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > MAX_FRAME:
        raise ProtocolError(f"a frame of {length} bytes, at most {MAX_FRAME} expected")
    data = _read_exactly(stream, length)
    if not data and length:
        raise ProtocolError("the stream ends inside a frame")
    try:
        value: object = json.loads(data)
    except ValueError as error:
        raise ProtocolError("a frame that is not JSON") from error
    return value


def _read_exactly(stream: Readable, count: int) -> bytes:
    """Exactly `count` bytes, or none at all at the end of the stream."""
    parts: list[bytes] = []
    missing = count
    while missing:
        part = stream.read(missing)
        if not part:
            if parts:
                raise ProtocolError("the stream ends inside a frame")
            return b""
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def encode_query(query: Query) -> object:
    """The query as JSON."""
    return asdict(query)


def decode_query(value: object) -> Query:
    """The query that a JSON value denotes.

    Raises:
        ProtocolError: it denotes none.
    """
    match value:
        case {
            "script": str(script),
            "core": ("logging" | "plain") as core,
            "rlimit": int(rlimit),
            **others,
        } if not others:
            return Query(script, Core(core), rlimit)
    raise ProtocolError("a frame that is no query")


def encode_answer(answer: Answer) -> object:
    """The answer as JSON."""
    return asdict(answer)


def decode_answer(value: object) -> Answer:
    """The answer that a JSON value denotes.

    Raises:
        ProtocolError: it denotes none; `{"error": …}` is how the worker reports a refused script.
    """
    match value:
        case {
            "status": ("sat" | "unsat" | "unknown") as status,
            "reason": str(reason),
            "model": str(model),
            "log": str(log),
            **others,
        } if not others:
            return Answer(Status(status), reason, model, log)
        case {"error": str(message)}:
            raise ProtocolError(f"the worker refused a script: {message}")
    raise ProtocolError("a frame that is no answer")
