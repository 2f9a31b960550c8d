"""Reads the ZIP archive of an evidence file as evidence-v1 section 5 has it, and no other.

Rules:

- Every byte of the file is accounted for: local headers, data and directory follow one another without gap or overlap, each header
  says in both places the same, and nothing stands before, between or behind them.
- Sizes are judged before anything is unpacked, and again while it is: a member that unpacks to more than it states is refused
  at that point.
- A member is read in blocks. Nothing is written to disk, and no name is ever a path.

``zipfile`` is not used: it repairs what it finds, and takes the first or the last of two readings.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final, NamedTuple

from .report import Flaw

MAX_MEMBERS: Final = 1 << 20
MAX_MEMBER: Final = (1 << 31) - 1
MAX_TOTAL: Final = 1 << 34
MAX_WHOLE: Final = 64 * 1024 * 1024
"""The most bytes of a member that is read in one piece: the limit of certificate-v1 section 10."""
_BLOCK: Final = 1 << 18
_DATE: Final = 1 << 5 | 1
"""1980-01-01 as a date of DOS."""
_NAME: Final = re.compile(r"[a-z0-9._-]+(/[a-z0-9._-]+)*")
_END: Final = struct.Struct("<4s4H2LH")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR: Final = struct.Struct("<4sLQL")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_FULL: Final = 0xFFFFFFFF
_MADE: Final = frozenset((3 << 8 | 20, 3 << 8 | 45))
"""Made on Unix, for version 2.0 or, with a wide place, 4.5."""
_PLAIN: Final = frozenset(kind << 16 for kind in (0o600, 0o644, 0o100600, 0o100644))
"""The modes of plain files; a link, or a program, is none."""


class Member(NamedTuple):
    """A member: where its data begin, packed and unpacked sizes, whether it is deflated, and its checksum."""

    start: int
    packed: int
    size: int
    deflated: bool
    checksum: int


class Archive:
    """An evidence file, open for reading; its structure is examined when this is made.

    Args:
        file: seekable; it stays open, and is not closed here.

    Raises:
        Flaw: one of the codes ``archive-…``.
        OSError: the file cannot be read.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._length = file.seek(0, 2)
        self.members: Mapping[str, Member] = self._directory()

    def chunks(self, name: str) -> Iterator[bytes]:
        """The data of a member in blocks; behind the last one, size and checksum are found to be right.

        Raises:
            Flaw: ``member-missing``, ``member-data``.
        """
        one = self._member(name)
        size = checksum = 0
        for block in self._inflated(one, name) if one.deflated else self._stored(one):
            size, checksum = size + len(block), zlib.crc32(block, checksum)
            if size > one.size:
                raise _data(name, f"it unpacks to more than the {one.size} bytes that it states")
            yield block
        if (size, checksum) != (one.size, one.checksum):
            raise _data(name, "its size or checksum is another one than it states")

    def read(self, name: str) -> bytes:
        """The data of a member in one piece.

        Raises:
            Flaw: as ``chunks``; ``archive-limit``: there are more than ``MAX_WHOLE`` bytes.
        """
        if self._member(name).size > MAX_WHOLE:
            raise Flaw("archive-limit", f"`{name}` has more than {MAX_WHOLE} bytes")
        return b"".join(self.chunks(name))

    def lines(self, name: str, limit: int) -> Iterator[bytes]:
        """The lines of a member without their newlines; the last line ends with one as well.

        Raises:
            Flaw: as ``chunks``; ``line``: a line is longer than ``limit`` bytes, or the last one has no end.
        """
        rest = b""
        for block in self.chunks(name):
            *lines, rest = (rest + block).split(b"\n")
            if max(map(len, (*lines, rest))) > limit:
                raise Flaw("line", f"`{name}` has a line of more than {limit} bytes")
            yield from lines
        if rest:
            raise Flaw("line", f"the last line of `{name}` does not end with a newline")

    def digest(self, name: str) -> str:
        """The SHA-256 of a member's data, as a digest.

        Raises:
            Flaw: as ``chunks``.
        """
        found = hashlib.sha256()
        for block in self.chunks(name):
            found.update(block)
        return "sha256:" + found.hexdigest()

    def _member(self, name: str) -> Member:
        if name not in self.members:
            raise Flaw("member-missing", f"there is no `{name}`")
        return self.members[name]

    def _stored(self, one: Member) -> Iterator[bytes]:
        for start in range(one.start, one.start + one.packed, _BLOCK):
            yield self._at(start, min(_BLOCK, one.start + one.packed - start))

    def _inflated(self, one: Member, name: str) -> Iterator[bytes]:
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            for block in self._stored(one):
                found, rest = b"\0" * _BLOCK, block
                # A full block of output may leave more behind, of this input or of what is held back.
                while len(found) == _BLOCK or rest:
                    found = inflate.decompress(rest, _BLOCK)
                    if inflate.unused_data:
                        raise _data(name, "there are bytes behind the end of its data")
                    rest = inflate.unconsumed_tail
                    yield found
        except zlib.error:
            raise _data(name, "its data are not deflated") from None
        if not inflate.eof:
            raise _data(name, "its data have no end")

    def _at(self, start: int, size: int) -> bytes:
        self._file.seek(start)
        data = self._file.read(size)
        if len(data) != size or start < 0:
            raise _odd("it ends before it says")
        return data

    def _directory(self) -> dict[str, Member]:
        count, size, start, end = self._end()
        if count > MAX_MEMBERS or size > count * (_CENTRAL.size + 300):
            raise Flaw("archive-limit", f"{count} members; {MAX_MEMBERS} are permitted")
        if start + size != end:
            raise _odd("there are bytes before, between or behind its members")
        data, place, reached, total = self._at(start, size), 0, 0, 0
        members, before = dict[str, Member](), ""
        for _ in range(count):
            name, one, offset, place = _entry(data, place)
            if name <= before:
                code = "archive-duplicate" if name in members else "archive-order"
                raise Flaw(code, f"`{name}` stands behind `{before}`")
            if offset != reached:
                raise _odd(f"`{name}` does not begin where the member before it ends")
            total += one.size
            if one.size > MAX_MEMBER or total > MAX_TOTAL:
                raise Flaw("archive-limit", f"`{name}` unpacks to {one.size} bytes, of {total}")
            members[name] = self._local(name, one, offset)
            reached, before = members[name].start + one.packed, name
        if (place, reached) != (size, start):
            raise _odd("there are bytes before, between or behind its members")
        return members

    def _local(self, name: str, one: Member, offset: int) -> Member:
        """The member with the place of its data, if the header before them says what the directory says."""
        head = self._at(offset, _LOCAL.size + len(name))
        signature, needed, *rest = _LOCAL.unpack_from(head)
        method = 8 if one.deflated else 0
        told = [0, method, 0, _DATE, one.checksum, one.packed, one.size, len(name), 0]
        if signature != b"PK\3\4" or needed not in {20, 45} or rest != told:
            raise _odd(f"`{name}` has another header than the directory says")
        if head[_LOCAL.size :] != name.encode():
            raise _odd(f"`{name}` has another name in its header")
        return one._replace(start=offset + len(head))

    def _end(self) -> tuple[int, int, int, int]:
        """How many members there are, the size and the place of the directory, and where it must end."""
        if self._length < _END.size:
            raise _odd("it is no ZIP archive")
        end = self._length - _END.size
        found = _END.unpack(self._at(end, _END.size))
        signature, disk, disk_of, here, count, size, start, comment = found
        if signature != b"PK\5\6" or comment or disk or disk_of or here != count:
            raise _odd("it does not end as a ZIP archive without a comment")
        place = end - _LOCATOR.size
        if place < 0 or self._at(place, 4) != b"PK\6\7":
            return count, size, start, end
        _, disk, where, disks = _LOCATOR.unpack(self._at(place, _LOCATOR.size))
        if disk or disks != 1 or where + _END64.size != place:
            raise _odd("its end is not that of an archive")
        wide = _END64.unpack(self._at(where, _END64.size))
        signature, length, made, needed, disk, disk_of, here, *told = wide
        short = [min(told[0], 0xFFFF), min(told[1], _FULL), min(told[2], _FULL)]
        right = signature == b"PK\6\6" and length == _END64.size - 12 and (made, needed) == (45, 45)
        if not right or disk or disk_of or here != told[0] or short != [count, size, start]:
            raise _odd("its two ends contradict each other")
        return told[0], told[1], told[2], where


def _entry(data: bytes, place: int) -> tuple[str, Member, int, int]:
    """An entry of the directory: name, member, the place of its header, and where the next entry begins."""
    if place + _CENTRAL.size > len(data):
        raise _odd("its directory ends too early")
    signature, made, needed, flags, method, time, date, *rest = _CENTRAL.unpack_from(data, place)
    checksum, packed, size, length, more, comment, disk, internal, external, offset = rest
    place += _CENTRAL.size
    name = data[place : place + length].decode("latin-1")
    extra = data[place + length : place + length + more]
    if signature != b"PK\1\2" or len(name) != length or len(extra) != more:
        raise _odd("its directory is malformed")
    if not _NAME.fullmatch(name) or length > 255 or {".", ".."} & {*name.split("/")}:
        raise Flaw("archive-name", f"{name[:80]!a} is not the name of a member")
    if flags & 0x2041:
        raise Flaw("archive-encrypted", f"`{name}` is encrypted")
    if method not in {0, 8} or flags or needed not in {20, 45}:
        raise Flaw("archive-method", f"`{name}` is neither stored nor deflated, or has flags")
    if (time, date) != (0, _DATE):
        raise Flaw("archive-time", f"`{name}` has another time than 1980-01-01")
    if comment or disk or internal or made not in _MADE or external not in _PLAIN:
        raise _odd(f"`{name}` is not a plain file, readable by its owner or by everybody")
    if offset == _FULL and more == 12 and struct.unpack_from("<2H", extra) == (1, 8):
        (offset,) = struct.unpack_from("<Q", extra, 4)
    elif extra or offset == _FULL:
        raise _odd(f"`{name}` has additional fields")
    if method == 0 and packed != size:
        raise _odd(f"`{name}` is stored, and states two sizes")
    return name, Member(0, packed, size, method == 8, checksum), offset, place + length + more


def _odd(why: str) -> Flaw:
    return Flaw("archive", why)


def _data(name: str, why: str) -> Flaw:
    return Flaw("member-data", f"`{name}`: {why}")
