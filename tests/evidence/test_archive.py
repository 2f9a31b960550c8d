"""Archives are read as evidence-v1 section 5 has them, large ones as well."""

from __future__ import annotations

import io
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.evidence import Flaw
from caio.evidence import archive as room
from caio.evidence.archive import Archive
from tests.evidence.making import packed, zipped

NAMES = st.from_regex(r"[a-z0-9_-]{1,6}(/[a-z0-9._-]{1,6}x)?", fullmatch=True)


@given(st.dictionaries(NAMES, st.binary(max_size=3000), min_size=1, max_size=6), st.booleans())
@settings(max_examples=60, deadline=None)
def test_what_was_packed_is_read(members: dict[str, bytes], deflated: bool) -> None:
    data = packed(sorted(members.items()), compress_type=8 * deflated)
    archive = Archive(io.BytesIO(data))
    assert {name: archive.read(name) for name in archive.members} == members
    with zipfile.ZipFile(io.BytesIO(data)) as other:
        assert other.namelist() == list(archive.members)


@given(st.lists(st.binary(max_size=40).map(lambda b: b.replace(b"\n", b"")), max_size=50))
@settings(max_examples=60, deadline=None)
def test_lines_are_read_across_blocks(lines: list[bytes]) -> None:
    data = b"".join(one + b"\n" for one in lines)
    archive = Archive(io.BytesIO(zipped({"lines": data})))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "_BLOCK", 7)
        assert list(archive.lines("lines", 40)) == lines
        if max(map(len, lines), default=0) > 10:
            with pytest.raises(Flaw) as caught:
                list(archive.lines("lines", 10))
            assert caught.value.code == "line"


def test_more_members_than_16_bits_can_count() -> None:
    """Beyond 65,535 members an archive has a second, wide end."""
    names = [f"documents/{n:05}.json" for n in range(65_600)]
    data = packed([(name, b"") for name in names], compress_type=0)
    assert b"PK\6\6" in data[-200:]
    assert list(Archive(io.BytesIO(data)).members) == names
    for place in range(len(data) - 98, len(data)):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        with pytest.raises(Flaw):
            Archive(io.BytesIO(changed))


def test_a_place_beyond_32_bits_is_read() -> None:
    """The record of a member whose header begins behind 4 GiB."""
    head = room._CENTRAL.pack(
        *(b"PK\1\2", 3 << 8 | 45, 45, 0, 8, 0, 33, 1, 2, 3, 1, 12, 0, 0, 0, 0o600 << 16, 0xFFFFFFFF)
    )
    wide = b"\1\0\x08\0" + (5 << 32).to_bytes(8, "little")
    name, member, offset, _ = room._entry(head + b"a" + wide, 0)
    assert (name, member.size, offset) == ("a", 3, 5 << 32)
    for wrong in (b"\2" + wide[1:], wide[:2] + b"\x09" + wide[3:]):
        with pytest.raises(Flaw):
            room._entry(head + b"a" + wrong, 0)


def test_a_member_is_read_in_one_piece_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Archive(io.BytesIO(zipped({"a": b"12345"})))
    monkeypatch.setattr(room, "MAX_WHOLE", 4)
    with pytest.raises(Flaw) as caught:
        archive.read("a")
    assert caught.value.code == "archive-limit"


@pytest.mark.parametrize(
    ("limit", "value"), [("MAX_MEMBERS", 1), ("MAX_MEMBER", 4), ("MAX_TOTAL", 9)]
)
def test_limits_are_judged_before_anything_is_unpacked(
    limit: str, value: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = zipped({"a": b"12345", "b": b"12345"})
    monkeypatch.setattr(zlib, "decompressobj", None)
    assert Archive(io.BytesIO(data)).members
    monkeypatch.setattr(room, limit, value)
    with pytest.raises(Flaw) as caught:
        Archive(io.BytesIO(data))
    assert caught.value.code == "archive-limit"


def test_a_bomb_is_noticed_at_the_first_byte_too_many() -> None:
    size = 50_000_000
    data = zipped({"a": bytes(size)}).replace(size.to_bytes(4, "little"), b"\5\0\0\0")
    blocks = Archive(io.BytesIO(data)).chunks("a")
    with pytest.raises(Flaw) as caught:
        next(blocks)
    assert caught.value.code == "member-data"
