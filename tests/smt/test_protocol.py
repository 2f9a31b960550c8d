"""Frames survive the pipe, and anything that is not a frame is refused."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.smt.protocol import (
    MAX_FRAME,
    Answer,
    Core,
    ProtocolError,
    Query,
    Status,
    decode_answer,
    decode_query,
    encode_answer,
    encode_query,
    read_frame,
    write_frame,
)

texts = st.text(max_size=40)
queries = st.builds(Query, texts, st.sampled_from(Core), st.integers(1, 2**40))
answers = st.builds(Answer, st.sampled_from(Status), texts, texts, texts)


class Trickle(io.BytesIO):
    """A pipe that never gives or takes more than three bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(3 if size is None or size < 0 else min(3, size))

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        return super().write(data[:3])


@given(st.lists(queries, max_size=4), st.lists(answers, max_size=4))
def test_what_is_written_is_read(asked: list[Query], told: list[Answer]) -> None:
    pipe = Trickle()
    for query in asked:
        write_frame(pipe, encode_query(query))
    for answer in told:
        write_frame(pipe, encode_answer(answer))
    pipe.seek(0)
    assert [decode_query(read_frame(pipe)) for _ in asked] == asked
    assert [decode_answer(read_frame(pipe)) for _ in told] == told
    assert read_frame(pipe) is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\0\0", "inside a frame"),
        (struct.pack(">I", 5), "inside a frame"),
        (struct.pack(">I", 5) + b"[1", "inside a frame"),
        (struct.pack(">I", MAX_FRAME + 1), "at most"),
        (struct.pack(">I", 3) + b"[1,", "not JSON"),
        (struct.pack(">I", 2) + b"\xff\xfe", "not JSON"),
        (struct.pack(">I", 0), "not JSON"),
    ],
)
def test_broken_frames_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(ProtocolError, match=message):
        read_frame(io.BytesIO(data))


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"status": "sat"},
        {"status": "maybe", "reason": "", "model": "", "log": ""},
        {"status": "sat", "reason": "", "model": "", "log": 3},
        {"status": "sat", "reason": "", "model": "", "log": "", "more": ""},
        {"error": "unknown constant v7"},
    ],
)
def test_what_is_no_answer_is_refused(value: object) -> None:
    with pytest.raises(ProtocolError):
        decode_answer(value)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "(check-sat)",
        {"script": "", "core": "plain"},
        {"script": "", "core": "best", "rlimit": 1},
        {"script": "", "core": "plain", "rlimit": "1"},
        {"script": "", "core": "plain", "rlimit": 1, "log": "/etc/passwd"},
    ],
)
def test_what_is_no_query_is_refused(value: object) -> None:
    with pytest.raises(ProtocolError):
        decode_query(value)
