"""Strict reading of untrusted JSON, and canonical JSON (certificate-v1 sections 1 and 10).

Sizes are capped before anything is built, types are exact, and a rejection names its path.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import gcd
from typing import Any, Final, NoReturn, TypeAlias, TypeVar

Number: TypeAlias = int | Fraction
_Kind = TypeVar("_Kind")
MAX_BYTES: Final = 64 * 1024 * 1024
MAX_DIGITS: Final = 512
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_ODD = re.compile(rb"-0|[0-9]{16}")  # Integers that are not plainly right.
_BRACKETS = bytes.maketrans(b"[]{}", b"()()")
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(/[1-9][0-9]*)?")
_NAME = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,256}")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_BASIC: Final[dict[str, type]] = {"text": str, "flag": bool, "integer": int}
_PLAIN = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
_SORTED = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, sort_keys=True)


class Rejection(Exception):  # noqa: N818 - a rejection is an answer, and the specification's word
    """Not accepted: a code of certificate-v1 section 10, the place, what was expected and seen."""

    def __init__(self, code: str, path: str, expected: str, seen: object) -> None:
        self.code, self.path, self.expected, self.seen = code, path, expected, str(seen)
        super().__init__(f"{path or '(input)'}: {code}: expected {expected}, seen {seen}")


def show(value: object) -> str:  # A short rendering of untrusted JSON, on one line and in ASCII.
    text = f"{len(value)} parts" if isinstance(value, dict | list) else json.dumps(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


def _by_units(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return dict(sorted(pairs, key=lambda pair: pair[0].encode("utf-16-be")))


def canonical(value: object) -> str:
    """The canonical text (documents-v1 section 1) of a value that `parse` accepted."""
    text = _SORTED.encode(value)
    # Keys are sorted by UTF-16 code units, which differs from code points beyond the basic plane.
    beyond = not text.isascii() and max(text) > "\uffff"
    return _PLAIN.encode(json.loads(text, object_pairs_hook=_by_units)) if beyond else text


def digest(value: object) -> str:  # The digest of a value's canonical bytes.
    return "sha256:" + hashlib.sha256(canonical(value).encode("utf-8")).hexdigest()


def parse(data: bytes, path: str = "") -> "Value":
    """The value of a JSON text, or a `Rejection` with code `limit` or `json`."""

    def refuse(seen: object, code: str = "json", expected: str = "strict UTF-8 JSON") -> NoReturn:
        raise Rejection(code, path, expected, seen)

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        fields = dict(pairs)
        return fields if len(fields) == len(pairs) else refuse(f"a key twice, of {len(pairs)}")

    def small(digits: str) -> int:
        fits = len(digits) <= 17 and digits != "-0" and abs(int(digits)) < 1 << 53
        return int(digits) if fits else refuse(f"the integer {digits[:20]}")

    if len(data) > MAX_BYTES:
        refuse(len(data), "limit", f"at most {MAX_BYTES} bytes")
    # The parser recurses, so depth is judged first. Strings are cut out as the parser would read
    # them; then each pass removes exactly the innermost level. An unbalanced rest is no JSON.
    rest = _STRING.sub(b"", data)
    brackets = rest.translate(_BRACKETS, _NO_BRACKETS)
    if brackets.count(b"(") > 1 << 22:
        refuse("more", "limit", "at most 2^22 arrays and objects")
    for _ in range(64):
        brackets = brackets.replace(b"()", b"")
    if brackets:
        deep = b"()" in brackets or brackets.count(b"(") > 64
        refuse("unbalanced or deeper brackets", "limit" if deep else "json", "nesting up to 64")
    hooks: dict[str, Any] = {"parse_float": refuse, "parse_constant": refuse}
    hooks |= {"parse_int": small} if _ODD.search(rest) else {}
    try:
        text = data.decode("utf-8")
        value = json.loads(text, object_pairs_hook=unique, **hooks)
        if _SURROGATE.search(text):
            _PLAIN.encode(value).encode("utf-8")
    except ValueError as error:  # The decoder's, the parser's, and the encoder's at a surrogate.
        refuse(show(str(error)))
    return Value(value, path)


class Value:  # A part of an input and the path to it.
    __slots__ = ("_key", "_parent", "raw")

    def __init__(self, raw: object, key: str | int, parent: "Value | None" = None) -> None:
        self.raw, self._key, self._parent = raw, key, parent

    @property
    def path(self) -> str:
        """Where this is, such as `candidates[3].evidence[7]`."""
        above, key = self._parent.path if self._parent else "", self._key
        if isinstance(key, int) or (self._parent and not re.fullmatch("[A-Za-z0-9_]+", key)):
            return f"{above}[{show(key)}]"
        return f"{above}.{key}" if above else key

    def rejection(self, code: str, expected: str, seen: object = ...) -> Rejection:
        return Rejection(code, self.path, expected, show(self.raw if seen is ... else seen))

    def need(self, condition: object, code: str, expected: str, seen: object = ...) -> None:
        """Reject this value unless the condition holds."""
        if not condition:
            raise self.rejection(code, expected, seen)

    def a(self, kind: type[_Kind]) -> _Kind:
        """The raw value, if it is of exactly this type."""
        if isinstance(self.raw, kind) and type(self.raw) is kind:
            return self.raw
        raise self.rejection("shape", f"a JSON {kind.__name__}")

    def entries(self) -> "dict[str, Value]":
        return {key: Value(item, key, self) for key, item in self.a(dict).items()}

    def record(self, names: str) -> "list[Value]":
        fields, wanted = self.entries(), names.split()
        odd = sorted(fields.keys() ^ set(wanted))
        self.need(not odd, "shape", f"exactly the fields {names}", odd[0] if odd else "")
        return [fields[name] for name in wanted]

    def items(self, *, filled: bool = False, size: int | None = None) -> "list[Value]":
        raw = self.a(list)
        self.need(size is None or len(raw) == size, "shape", f"{size} elements")
        self.need(raw or not filled, "empty", "at least one element")
        return [Value(item, index, self) for index, item in enumerate(raw)]

    def integers(self) -> tuple[int, ...]:
        self.need({*map(type, self.a(list))} <= {int}, "shape", "integers only")
        return tuple(self.a(list))

    def text(self, pattern: re.Pattern[str], code: str, expected: str) -> str:
        self.need(pattern.fullmatch(self.a(str)), code, expected)
        return self.a(str)

    def name(self) -> str:
        return self.text(_NAME, "name", "1 to 256 characters without controls")

    def digest(self) -> str:
        return self.text(DIGEST, "shape", "a digest")

    def choice(self, words: str) -> str:
        self.need(self.a(str) in words.split(), "shape", f"one of {words}")
        return self.a(str)

    def known(self, table: Mapping[str, _Kind]) -> _Kind:  # What `table` has under this name.
        self.need(self.a(str) in table, "reference", "a declared name")
        return table[self.a(str)]

    def ordered(self, indices: Mapping[str, int], *, filled: bool = False) -> tuple[int, ...]:
        items = self.items(filled=filled)
        return increasing(items, tuple(item.known(indices) for item in items))

    def number(self) -> Number:
        """A number of section 1; how many digits it has is judged before any is read."""
        text = self.a(str)
        digits = len(text) - text.count("-") - text.count("/") if len(text) > MAX_DIGITS else 0
        self.need(digits <= MAX_DIGITS, "limit", f"at most {MAX_DIGITS} digits")
        if (found := _number(text)) is None:
            raise self.rejection("number", "a number in lowest terms")
        return found

    def whole(self) -> int:
        self.need(isinstance(self.number(), int), "sort", "an integer")
        return int(self.number())

    def amount(self) -> Number:
        self.need(self.number() >= 0, "sort", "a number that is not negative")
        return self.number()


@lru_cache(maxsize=1 << 14)
def _number(text: str) -> Number | None:
    if not _NUMBER.fullmatch(text) or text == "-0":
        return None
    above, slash, below = text.partition("/")
    lowest = not slash or (below != "1" and gcd(int(above), int(below)) == 1)
    return None if not lowest else Fraction(int(above), int(below)) if slash else int(above)


def plain(raw: object) -> Number | None:  # The number that this is, if it plainly is one.
    return _number(raw) if type(raw) is str and len(raw) <= MAX_DIGITS else None


_Keys = TypeVar("_Keys", bound=Sequence[Any])


def increasing(items: list[Value], keys: _Keys) -> _Keys:
    for item, before, own in zip(items[1:], keys, keys[1:], strict=False):
        item.need(own != before, "duplicate", "each only once")
        item.need(before < own, "canonical", "increasing order")
    return keys


class Record:  # The fields of an object that was read; they never change.
    def __init__(self, fields: Mapping[str, object]) -> None:
        self.__dict__.update(fields)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(name)

    def plus(self, **more: object) -> "Record":
        return Record({**self.__dict__, **more})


@lru_cache
def _fields(shape: str) -> dict[str, str]:
    return dict(field.split(":") for field in shape.split())


class Reader:
    """Reads values by shapes, `field:kind …`, of objects that have exactly these fields.

    A kind is a method `_read_<kind>` (`/` and an argument may follow), a shape, a method of `Value`,
    a basic type or fixed words `a|b`. `?kind` also takes `null`; `*kind` is an array, `+kind` one
    that is not empty, `@kind` one of uniquely named records, `%kind` an object with names as keys.
    """

    shapes: Mapping[str, str]

    def read(self, kind: str, value: Value) -> Any:
        mark, rest = kind[0], kind[1:]
        if mark == "?":
            return None if value.raw is None else self.read(rest, value)
        if mark in "*+":
            return tuple(self.read(rest, item) for item in value.items(filled=mark == "+"))
        if mark == "%":
            parts = value.entries().items()
            return {Value(name, name, value).name(): self.read(rest, item) for name, item in parts}
        if mark == "@":
            found = {row.name: row for row in (self.read(rest, item) for item in value.items())}
            value.need(len(found) == len(value.a(list)), "duplicate", "each name only once")
            return found
        if "|" in kind:
            return value.choice(kind.replace("|", " "))
        name, *argument = kind.split("/")
        if own := getattr(self, f"_read_{name}", None):
            return own(value, *argument)
        if name in self.shapes:
            return self.record(name, value)
        return value.a(_BASIC[name]) if name in _BASIC else getattr(value, name)()

    def record(self, shape: str, value: Value) -> Record:
        kinds = _fields(self.shapes[shape])
        parts = zip(kinds.items(), value.record(" ".join(kinds)), strict=True)
        return Record({name: self.read(kind, part) for (name, kind), part in parts})

    def _read_raw(self, value: Value) -> Value:
        return value

    def _read_level(self, value: Value) -> Number:
        value.need(0 < value.number() < 1, "sort", "a level between 0 and 1")
        return value.number()
