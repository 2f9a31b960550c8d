"""Breaks every field, every array and every number, without repairing any digest."""

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from tests.tamper.case import Case, Json, places
from tests.tamper.vector import Operation, Path, Vector, add, copy, move, remove, replace

NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(/[1-9][0-9]*)?")
DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")

VARIABLE: Final = re.compile(r"(request|fact|env|measured|choice)\.[a-z_]+")

STRANGERS: Final = (
    "request.tokens",
    "request.data",
    "request.data:health",
    "request.urgent",
    "count(request.data)",
    "count(request.tokens)",
    "env.at",
    "env.load",
    "env.healthy",
    "fact.trust",
    "fact.zone",
    "measured.seen",
    "measured.kappa",
    "measured.depth",
    "service.expires",
    "service.privacy.locality",
    "service.privacy.retention",
    "metric.latency",
    "metric.accuracy",
    "choice.route",
    "choice.control",
    "cost",
)
"""Variables of every origin and sort, and what only formulas may name."""

MAPS: Final = frozenset(
    ["attributes", "values", "nominal", "pins", "terms", "intervals", "policy", "inputs"]
)
"""Objects of documents whose keys are names; in these a key more or less is another document."""

EVIDENCE: Final = frozenset(
    [
        "farkas",
        "rup",
        "witness",
        "reference",
        "incomplete",
        "atom",
        "polarity",
        "duplicate",
        "verdict",
        "unused",
        "shape",
    ]
)
"""What may be found first where evidence no longer fits."""

OUTCOME: Final = frozenset({"shape", "verdict"})
"""A part that is compared as a whole with what follows from the evidence."""

LONG: Final = "9" * 513
MALFORMED: Final = {
    "-0": "number",
    "01": "number",
    "-01": "number",
    "+1": "number",
    "1.0": "number",
    "1e400": "number",
    "NaN": "number",
    "Infinity": "number",
    "": "number",
    " 1": "number",
    "1\n": "number",
    "1_000": "number",
    "0x10": "number",
    "１": "number",
    "3/1": "number",
    "2/4": "number",
    "0/2": "number",
    "1/0": "number",
    "1/-2": "number",
    "/2": "number",
    "1/": "number",
    "1/2/3": "number",
    LONG: "limit",
    f"1/{LONG}": "limit",
}


def general(path: Path, kind: str = "") -> str:
    """A place with what is only a position left out, to tell alike places by."""
    parts = [kind]
    maps = MAPS - {"inputs"} if kind == "certificate" else MAPS
    for before, key in zip((None, *path), path, strict=False):
        free = isinstance(key, int) or before in maps
        if "witnesses" in path[:2] and len(parts) == 4:
            free = True
        if not free or parts[-1] != "*":
            parts.append("*" if free else str(key))
    return "/".join(parts)


def spread(case: Case) -> Iterator[tuple[str, Vector]]:
    """Vectors, each with the place that it is an example of."""
    for path, value in places(case.certificate):
        place = general(path, "certificate")
        for kind, variant, desc, operation in changes(path, value, "certificate"):
            codes = certificate_codes(path, kind, operation)
            if not case.is_decision and kind in MILD and path[0] in {"claims", "evidence"}:
                codes |= {"accepted"}
            vector = Vector(case.name, kind, desc, codes, certificate=[operation])
            yield f"{kind} {variant} {place}", vector
    for index, document in enumerate(case.documents):
        for path, value in places(document):
            place = general(path, document["kind"])
            for kind, variant, what, operation in changes(path, value, "document"):
                codes = document_codes(path, kind, operation)
                desc = f"{document['kind']} {what}"
                vector = Vector(case.name, kind, desc, codes, documents={index: [operation]})
                yield f"{kind} {variant} {place}", vector
    yield from _listed(case)


def _listed(case: Case) -> Iterator[tuple[str, Vector]]:
    """Documents left out, doubled and brought along; their order is free."""
    for index, document in enumerate(case.documents):
        word = document["kind"]
        for kind, code, operation in (
            ("drop-document", "reference", remove((index,))),
            ("double-document", "duplicate", copy((index,), ("-",))),
        ):
            codes = frozenset({code})
            yield f"{kind} {word}", Vector(case.name, kind, word, codes, listed=[operation])
    kind = "stray-document"
    strays: tuple[Json, ...] = ({"kind": "contract"}, {"kind": None}, {}, None, [], "sha256:")
    for value in strays:
        codes = frozenset({"shape"})
        vector = Vector(case.name, kind, say(value), codes, listed=[add(("-",), value)])
        yield f"{kind} {value}", vector


Change = tuple[str, str, str, Operation]
"""A kind, a variant of it, a description, and the operation."""


def changes(path: Path, value: Json, part: str) -> Iterator[Change]:
    """All that is done to one place."""
    at = "/".join(map(str, path)) or part
    for wrong in _wrong_types(value):
        yield "wrong-type", say(wrong), f"{at}: {say(wrong)}", replace(path, wrong)
    if isinstance(value, dict):
        for key in sorted(value) if path[-1:] == ("terms",) else ():
            for stranger in STRANGERS:
                if stranger not in value:
                    operation = move((*path, key), (*path, stranger))
                    yield "other-variable", stranger, f"{at}: {key} is {stranger}", operation
        for key in sorted(value):
            name = key if path[-1:] and path[-1] not in MAPS else "*"
            name = key if part == "certificate" and path[-1:] == ("inputs",) else name
            yield "drop-field", name, f"{at}: no {key}", remove((*path, key))
            yield "rename-field", name, f"{at}: {key}_", move((*path, key), (*path, key + "_"))
        yield "add-field", "", f"{at}: a field `extra`", add((*path, "extra"), "0")
    elif isinstance(value, list):
        yield from _array(path, at, value)
    elif isinstance(value, bool):
        yield "flip", "", f"{at}: {say(not value)}", replace(path, not value)
    elif isinstance(value, int):
        for other in (value + 1, value - 1, -value):
            if other != value:
                yield "integer-near", str(other - value), f"{at}: {other}", replace(path, other)
        for other in (2**31, -(2**31), 2**53 - 1):
            yield "integer-far", str(other), f"{at}: {other}", replace(path, other)
    elif isinstance(value, str):
        yield from _text(path, at, value)


def _array(path: Path, at: str, value: Json) -> Iterator[Change]:
    for index in range(len(value)):
        here = (*path, index)
        yield "drop-element", "", f"{at}: without element {index}", remove(here)
        yield "double-element", "", f"{at}: element {index} twice", copy(here, here)
        if index and value[index] != value[index - 1]:
            operation = move(here, (*path, index - 1))
            yield "swap-elements", "", f"{at}: elements {index - 1}, {index} swapped", operation
    if len(value) > 2 and value != value[::-1]:
        yield "reverse-array", "", f"{at}: reversed", replace(path, value[::-1])
    if len(value) > 1:
        yield "truncate-array", "", f"{at}: the first alone", replace(path, value[:1])
        yield "extend-array", "", f"{at}: the first at the end", copy((*path, 0), (*path, "-"))
    if value:
        yield "empty-array", "", f"{at}: empty", replace(path, [])


def _text(path: Path, at: str, value: str) -> Iterator[Change]:
    if DIGEST.fullmatch(value):
        other = value[:-1] + ("0" if value[-1] != "0" else "1")
        yield "other-digest", "", f"{at}: the last digit", replace(path, other)
        for text in (value.upper(), value[:-1], value[7:], "sha512" + value[6:], value + "0", ""):
            yield "no-digest", text[:7] + str(len(text)), f"{at}: no digest", replace(path, text)
    elif is_number(path, value):
        for text in MALFORMED:
            shown = text if len(text) < 9 else f"{len(text)} characters"
            yield "malformed-number", shown, f"{at}: {shown!r}", replace(path, text)
        for text in near(value):
            yield "other-number", "", f"{at}: {text}", replace(path, text)
    else:
        for other in STRANGERS if VARIABLE.fullmatch(value) else ():
            if other != value:
                yield "other-variable", other, f"{at}: {other}", replace(path, other)
        for word, text in (
            ("empty", ""),
            ("longer", value + "x"),
            ("control", value + "\u0000"),
            ("long", "y" * 257),
            ("case", value.swapcase() + "!"),
        ):
            yield "other-text", word, f"{at}: {word}", replace(path, text)


def is_number(path: Path, value: str) -> bool:
    """Whether a string is a number, and not a name or version that looks like one."""
    return bool(NUMBER.fullmatch(value)) and path[-1] not in {"version", "name", "dimension"}


def near(value: str) -> list[str]:
    """Well-formed numbers that are not this one."""
    exact = Fraction(value)
    others = (exact + 1, exact - 1, -exact, exact * 2, exact + Fraction(1, 2))
    return [str(other) for other in dict.fromkeys(others) if other != exact]


def _wrong_types(value: Json) -> list[Json]:
    """Values of other types; the first are those that a careless reader would take for it."""
    if isinstance(value, bool):
        return [int(value), str(value).lower(), None]
    if isinstance(value, int):
        return [str(value), bool(value), [value], None, {}]
    if isinstance(value, str):
        number = NUMBER.fullmatch(value) and "/" not in value and len(value) < 16
        return [*([int(value)] if number and value != "-0" else []), [value], None, True, {}]
    if isinstance(value, list):
        return [{}, None, "x", 0]
    if isinstance(value, dict):
        return [[], [[key, item] for key, item in sorted(value.items())][:1], None, "x"]
    return ["null", False, 0, []]


def say(value: Json) -> str:
    """A short word for a value."""
    text = json.dumps(value)
    if len(text) < 20:
        return text
    return (
        "an object" if isinstance(value, dict) else "an array" if isinstance(value, list) else "…"
    )


# --- the codes that the specification allows ------------------------------------------------------

SHAPE: Final = frozenset({"shape"})
MILD: Final = frozenset(
    [
        "drop-element",
        "double-element",
        "swap-elements",
        "reverse-array",
        "truncate-array",
        "extend-array",
        "empty-array",
        "integer-near",
        "other-number",
    ]
)
"""What may leave a true certificate of documents: it has no digests, and its claims no order."""

OUTCOMES: Final = frozenset(
    {"verdict", "selected", "optimality", "steps", "at", "proofs", "guarantees"}
)


def certificate_codes(path: Path, kind: str, operation: Operation) -> frozenset[str]:
    """The codes with which a changed certificate may be refused, no digest being repaired."""
    if kind == "malformed-number":
        code = MALFORMED[operation["value"]]
        return frozenset({code} | ({"verdict"} if path[0] in OUTCOMES else set()))
    if path[:1] and path[0] in OUTCOMES:
        return frozenset({"verdict", "shape"})
    if "failed" in path:
        return frozenset({"verdict", "shape"})
    if path[:2] == ("evidence", "witnesses") and len(path) == 3 and kind.endswith("-field"):
        return frozenset({"witness"})
    if kind == "no-digest":
        return frozenset({"shape", "digest"})
    if kind == "other-digest":
        return frozenset({"reference", "digest"})
    if kind in {"drop-field", "rename-field", "add-field"}:
        return SHAPE
    if kind == "wrong-type":
        return _retyped(path, operation["value"])
    if path[:1] == ("candidates",) or path[:1] == ("claims",):
        return _of_claims(path)
    if path[:1] == ("inputs",):
        return EVIDENCE | {"canonical", "score", "sort", "digest", "landscape", "order"}
    if path[:1] == ("evidence",):
        return EVIDENCE | {"digest", "limit", "number", "sort", "empty", "json"}
    return SHAPE | {"digest", "empty"}


def _retyped(path: Path, wrong: Json) -> frozenset[str]:
    if wrong is None and path in {("inputs", "facts"), ("inputs", "attestation")}:
        return EVIDENCE
    if wrong is None and path == ("inputs", "measurements"):
        return EVIDENCE | {"digest", "score"}
    if path[:1] == ("candidates",):
        return SHAPE | _of_claims(path)
    if path[:1] == ("evidence",):
        codes = {"incomplete", "farkas", "atom", "empty", "sort", "number"}
        return SHAPE | (codes if "proofs" in path else set())
    return SHAPE | {"reference", "empty", "digest"}


def _of_claims(path: Path) -> frozenset[str]:
    """A value of the wrong type may be compared with the right one before its type is seen."""
    match path:
        case ("candidates",):
            return frozenset({"landscape", "order", "verdict", "empty"})
        case ("claims",):
            return frozenset({"duplicate", "unused", "empty"})
        case ("candidates", _, "score"):
            return frozenset({"score"})
        case ("candidates", _, "evidence", *_):
            return EVIDENCE | {"digest"}
        case ("candidates", _, "verdict"):
            return frozenset({"shape", "verdict"})
        case ("candidates", *_):
            return frozenset({"landscape"})
        case ("claims", _, "evidence"):
            return EVIDENCE
        case _:
            return EVIDENCE | {"canonical", "empty", "name"}


def document_codes(path: Path, kind: str, operation: Operation) -> frozenset[str]:
    """The codes with which a changed document may be refused.

    A document that is still one has another digest, so that what refers to it refers to nothing.
    """
    if kind == "malformed-number":
        return frozenset({MALFORMED[operation["value"]]})
    if kind in {"drop-field", "rename-field", "add-field"}:
        named = bool(path) and path[-1] in MAPS
        return SHAPE | ({"reference", "canonical"} if named else set())
    if kind == "no-digest":
        return SHAPE | {"reference"}
    if kind == "wrong-type":
        text = isinstance(operation["value"], str)
        return SHAPE | {"reference", "empty", "sort"} | ({"number"} if text else set())
    codes = "reference shape sort canonical duplicate empty name limit origin landscape"
    return frozenset(codes.split())
