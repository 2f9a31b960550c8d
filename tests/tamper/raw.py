"""Breaks bytes: what is no strict JSON, too large, too deep, or not what it was.

Small ones are stored as splices `[offset, bytes to leave out, bytes to put in]` of the canonical
bytes of a case; large ones are made when they are needed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tests.tamper.case import Case, Json

DEEP: Final = 100_000
LARGE: Final = 100 * 1024 * 1024


@dataclass(frozen=True)
class Splice:
    """One change of the bytes of a case.

    Attributes:
        part: `documents` or `certificate`.
        edit: offset, length, and what takes the place, in Latin-1 as one character a byte.
    """

    case: str
    part: str
    kind: str
    desc: str
    codes: frozenset[str]
    edit: tuple[int, int, str]

    def apply(self, case: Case) -> tuple[bytes, bytes]:
        documents, certificate = case.document_bytes, case.certificate_bytes
        offset, length, text = self.edit
        old = documents if self.part == "documents" else certificate
        new = old[:offset] + text.encode("latin-1") + old[offset + length :]
        return (new, certificate) if self.part == "documents" else (documents, new)

    def json(self) -> Json:
        return {
            "case": self.case,
            "kind": self.kind,
            "desc": self.desc,
            "part": self.part,
            "splice": list(self.edit),
        }


JSON: Final = frozenset({"json"})


def splices(case: Case) -> Iterator[Splice]:
    """Byte changes of both parts of a case."""
    for part, data in (("documents", case.document_bytes), ("certificate", case.certificate_bytes)):
        for kind, desc, codes, edit in _edits(data):
            yield Splice(case.name, part, kind, desc, codes, edit)


def _edits(data: bytes) -> Iterator[tuple[str, str, frozenset[str], tuple[int, int, str]]]:
    whole = len(data)
    for text, desc in (
        ("\xef\xbb\xbf", "a byte order mark"),
        ("\xff\xfe", "a byte order mark of UTF-16"),
        ("\x00", "a zero byte"),
        ("x", "a letter"),
        (",", "a comma"),
        ("[", "a bracket"),
        ("//\n", "a comment"),
        ("\x0b", "a vertical tab"),
        ("\xc2\xa0", "a no-break space"),
    ):
        yield "before", f"{desc} before", JSON, (0, 0, text)
        yield "after", f"{desc} after", JSON, (whole, 0, text)
    for text in ("{}", "null", "0", "[]", '""', "{", "}"):
        yield "after", f"{text} after", JSON, (whole, 0, text)
    yield "emptied", "nothing at all", JSON, (0, whole, "")
    for text in ("null", "true", "0", '""', "[]", "{}", '[{"format":"caio-decision/v1"}]'):
        yield "replaced", f"{text} instead", frozenset({"shape"}), (0, whole, text)
    for text in (
        "NaN",
        "Infinity",
        "-Infinity",
        "nul",
        "'x'",
        "undefined",
        "1e400",
        "-0",
        "01",
        "+1",
    ):
        yield "replaced", f"{text} instead", JSON, (0, whole, text)
    for share in range(1, 24):
        offset = whole * share // 24
        yield "truncated", f"the first {share}/24", JSON, (offset, whole - offset, "")
    for less in range(1, 9):
        yield "truncated", f"without the last {less} bytes", JSON, (whole - less, less, "")
    yield from _values(data)
    yield from _strings(data)


def _values(data: bytes) -> Iterator[tuple[str, str, frozenset[str], tuple[int, int, str]]]:
    """Numbers that are none, in place of a value; and a key given twice."""
    place = data.index(b':"') + 1
    end = data.index(b'"', place + 1) + 1
    for text in (
        "NaN",
        "Infinity",
        "-Infinity",
        "1e400",
        "-1e400",
        "1.0",
        "1e2",
        "0.5",
        "-0",
        "-0.0",
        "00",
        "01",
        "+1",
        "1.",
        ".5",
        "0x1",
        "1_0",
        "9007199254740992",
        "-9007199254740992",
        "9" * 5000,
        "tru",
        "True",
        "None",
        "nil",
        "'a'",
        "\\u0030",
        "[1,]",
        '{"a":1,}',
        "[,]",
        "{,}",
        "",
        "\t\t",
        '"\x01"',
        '"\n"',
        '"\\x41"',
        '"\\u12"',
        '"\\ud800"',
        '"\\udfff\\ud800"',
        '"\xff"',
        '"\xc0\x80"',
        '"\xed\xa0\x80"',
        '"\xf5\x80\x80\x80"',
        '"\xe2\x82"',
    ):
        shown = text if len(text) < 20 else "5000 digits"
        yield "value", f"{shown!r} as a value", JSON, (place, end - place, text)
    for offset, name in ((data.index(b"{") + 1, "whole"), (data.rindex(b"{") + 1, "last object")):
        key = data[offset : data.index(b":", offset)].decode()
        if key.startswith('"'):
            for value in ("null", '"x"'):
                twice = f"{key}:{value},"
                yield "double-key", f"{key} twice in the {name}", JSON, (offset, 0, twice)
            escaped = f'"\\u{ord(key[1]):04x}{key[2:]}:0,'
            yield "double-key", f"{key} again, escaped", JSON, (offset, 0, escaped)


def _strings(data: bytes) -> Iterator[tuple[str, str, frozenset[str], tuple[int, int, str]]]:
    """Inside a key and inside a value: bytes that are not UTF-8."""
    for offset in (data.index(b'"') + 1, data.index(b':"') + 2):
        for text in ("\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf8", "\x80", "\x1f", "\n", "\\ud834"):
            yield "in-string", f"{text!r} at {offset}", JSON, (offset, 0, text)
    comma = data.index(b",")
    for text in (",,", "", ":", ";", "]", "}"):
        yield "comma", f"{text!r} for the first comma", JSON, (comma, 1, text)


def monsters() -> Iterator[tuple[str, bytes, frozenset[str]]]:
    """Whole inputs too large to be stored: a description, the bytes, and the codes."""
    limit, either = frozenset({"limit"}), frozenset({"json", "limit"})
    yield f"{DEEP} brackets", b"[" * DEEP, either
    yield f"{DEEP} brackets, closed", b"[" * DEEP + b"]" * DEEP, limit
    yield f"{DEEP} braces", b'{"a":' * DEEP, either
    yield f"{DEEP} braces, closed", b'{"a":' * DEEP + b"1" + b"}" * DEEP, limit
    yield "65 brackets", b"[" * 65 + b"]" * 65, limit
    yield "deep behind an escaped quote", b'["\\"",' + b"[" * DEEP + b"]" * DEEP + b"]", limit
    yield "brackets in an open string", b'"' + b"[" * DEEP, frozenset({"json"})
    yield "a comment of brackets", b"//" + b"[" * DEEP, either
    yield "100 MB of spaces", b" " * LARGE, limit
    yield "100 MB of one string", b'"' + b"a" * LARGE + b'"', limit
    yield "100 MB of digits", b"9" * LARGE, limit
    yield "64 MB of digits", b"9" * (1 << 26), frozenset({"json"})
    yield "5,000,000 empty arrays", b"[" + b"[]," * 5_000_000 + b"[]]", limit
    yield "a number of 5,000 digits", b"[" + b"9" * 5_000 + b"]", frozenset({"json"})
    yield "200,000 keys alike", b"{" + b'"a":1,' * 200_000 + b'"a":1}', frozenset({"json"})
