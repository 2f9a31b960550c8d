"""Ways to break the inputs of a command for pipelines: files as bytes, as words, as JSON, and the folder that they lie in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

Files = dict[str, bytes]
"""The files of a folder by their relative paths."""

_WORD = re.compile(rb"[A-Za-z_.]+|[0-9][0-9_.]*|[<>=!]=?|\S")
_NUMBER = re.compile(rb"[0-9][0-9_]*")
_RELATIONS = (b"<=", b">=", b"<", b">", b"==", b"!=")


def _flip(data: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def _truncate(data: bytes, rng: Random) -> bytes:
    return data[: rng.randrange(len(data))]


def _repeat(data: bytes, rng: Random) -> bytes:
    start = rng.randrange(len(data))
    end = min(len(data), start + rng.randrange(1, 200))
    return data[:end] + data[start:end] + data[end:]


def _drop(data: bytes, rng: Random) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.randrange(1, 60) :]


def _line_gone(data: bytes, rng: Random) -> bytes:
    lines = data.splitlines(keepends=True)
    del lines[rng.randrange(len(lines))]
    return b"".join(lines)


def _line_twice(data: bytes, rng: Random) -> bytes:
    lines = data.splitlines(keepends=True)
    lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines))
    return b"".join(lines)


def _lines_shuffled(data: bytes, rng: Random) -> bytes:
    lines = data.splitlines(keepends=True)
    start = rng.randrange(len(lines))
    part = lines[start : start + 4]
    rng.shuffle(part)
    return b"".join([*lines[:start], *part, *lines[start + 4 :]])


def _number(data: bytes, rng: Random) -> bytes:
    found = list(_NUMBER.finditer(data))
    if not found:
        return data
    one = rng.choice(found)
    own = int(one[0].replace(b"_", b"") or b"0")
    other = rng.choice([0, 1, own + 1, max(0, own - 1), own * 10, own * 1000, 10**40])
    return data[: one.start()] + str(other).encode() + data[one.end() :]


def _relation(data: bytes, rng: Random) -> bytes:
    found = list(re.finditer(rb"[<>=!]=|[<>]", data))
    if not found:
        return data
    one = rng.choice(found)
    return data[: one.start()] + rng.choice(_RELATIONS) + data[one.end() :]


def _words_exchanged(data: bytes, rng: Random) -> bytes:
    found = list(_WORD.finditer(data))
    if len(found) < 2:
        return data
    first, second = sorted(rng.sample(found, 2), key=lambda word: word.start())
    parts = data[: first.start()], second[0], data[first.end() : second.start()], first[0]
    return b"".join([*parts, data[second.end() :]])


def _word_gone(data: bytes, rng: Random) -> bytes:
    one = rng.choice(list(_WORD.finditer(data)) or [None])
    return data if one is None else data[: one.start()] + data[one.end() :]


def _json(data: bytes, rng: Random) -> bytes:
    """One place of a JSON text exchanged for another place of it, dropped, or made something else."""
    try:
        value = json.loads(data)
    except ValueError:
        return _flip(data, rng)
    places = list(_places(value))
    if not places:
        return b"null"
    holder, key = rng.choice(places)
    other, name = rng.choice(places)
    match rng.randrange(4):
        case 0:
            holder[key] = json.loads(json.dumps(other[name]))
        case 1:
            del holder[key]
        case 2:
            holder[key] = rng.choice([None, True, 0, -1, "", "0", "1/2", [], {}, 10**15])
        case _:
            holder[key], other[name] = other[name], holder[key]
    try:
        return json.dumps(value, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return b"{}"


def _places(value: Any) -> Any:
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])


BYTES: Mapping[str, Callable[[bytes, Random], bytes]] = {
    "bit flipped": _flip,
    "truncated": _truncate,
    "repeated": _repeat,
    "cut out": _drop,
    "line gone": _line_gone,
    "line twice": _line_twice,
    "lines shuffled": _lines_shuffled,
}
MEANING: Mapping[str, Callable[[bytes, Random], bytes]] = {
    "number changed": _number,
    "relation changed": _relation,
    "words exchanged": _words_exchanged,
    "word gone": _word_gone,
}
JSON: Mapping[str, Callable[[bytes, Random], bytes]] = {"JSON changed": _json}


def broken_file(data: bytes, rng: Random, ways: Mapping[str, Any]) -> tuple[str, bytes]:
    """A way to break a file, by name, and what it leaves."""
    name = rng.choice(list(ways))
    return name, ways[name](data, rng) if data else data


def broken_folder(files: Files, rng: Random) -> tuple[str, Files]:
    """Another folder: files gone, doubled, renamed, emptied, exchanged, or in each other's place."""
    own, names = dict(files), sorted(files)
    one, other = rng.choice(names), rng.choice(names)
    way = rng.choice(["gone", "doubled", "renamed", "emptied", "exchanged", "joined", "deeper"])
    data = own[one]
    match way:
        case "gone":
            del own[one]
        case "doubled":
            own[one.replace(".", "_again.", 1)] = data
        case "renamed":
            own[rng.choice([one + ".txt", one + "x", "." + one.replace("/", "_")])] = own.pop(one)
        case "emptied":
            own[one] = b""
        case "exchanged":
            own[one], own[other] = own[other], own[one]
        case "joined":
            own[one] = data + b"\n" + own[other]
        case _:
            folder, _, name = one.rpartition("/")
            own["/".join(filter(None, [folder, "deeper", name]))] = own.pop(one)
    return f"file {way}", own
