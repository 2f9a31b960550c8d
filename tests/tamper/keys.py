"""Keys that name something else: another document, another place, more, less, or nothing."""

from collections.abc import Iterator
from copy import deepcopy

from tests.tamper.case import Json
from tests.tamper.evidence import ANY
from tests.tamper.vector import Operation, Path, add, copy, move, remove, replace

Forged = Iterator[tuple[str, str, str, list[Operation]]]

NOTHING = "sha256:" + "0" * 64
ELSEWHERE = f"{ANY} accepted reference duplicate canonical empty shape verdict"
"""Another question: its own answer may be the same, its documents may be none."""


def forged(path: Path, key: Json, claims: Json) -> Forged:
    """Changes of one key, each with the kind of change and of question, the codes allowed and the operations."""
    if key[0] == "rules_consistent":
        yield from _rules(path, key)
    yield from _size(path, key)
    for index, part in enumerate(key[1:], 1):
        yield from _part((*path, index), key[0], part, f"{index}")
    for index in range(2, len(key)):
        if key[index] != key[index - 1]:
            swapped = [move((*path, index), (*path, index - 1))]
            yield f"parts-swapped of {key[0]}", ELSEWHERE, f"{index} earlier", swapped
    for twin in claims:
        other = twin["obligation"]
        if other[0] != key[0]:
            yield (
                "kind-of-another",
                ELSEWHERE,
                f"{key[0]} as {other[0]}",
                [replace((*path, 0), other[0])],
            )
        for index in range(1, min(len(key), len(other))):
            if other[0] == key[0] and other[index] != key[index]:
                yield (
                    f"part-of-another {key[0]}",
                    ELSEWHERE,
                    f"part {index}",
                    [replace((*path, index), other[index])],
                )


def _size(path: Path, key: Json) -> Forged:
    kind = key[0]
    yield f"part-missing of {kind}", "shape", "the last", [remove((*path, len(key) - 1))]
    extras: tuple[Json, ...] = (None, 0, [], "x", key[-1])
    for extra in extras:
        yield f"part-added to {kind}", "shape", f"{extra}"[:20], [add((*path, "-"), extra)]
    yield f"kind-misspelt of {kind}", "shape", kind.upper(), [replace((*path, 0), kind.upper())]
    yield f"kind-misspelt of {kind}", "shape", "no text", [replace((*path, 0), [kind])]
    yield f"key-empty of {kind}", "empty", "nothing", [replace(path, [])]
    yield f"key-an-object of {kind}", "shape", "an object", [replace(path, {"kind": kind})]


def _part(path: Path, kind: str, part: Json, at: str) -> Forged:
    others: tuple[Json, ...] = (None, True, 0, "", [], {}, NOTHING, -1, [NOTHING])
    for other in others:
        if other != part or type(other) is not type(part):
            word = f"part-of-another-type of {kind}"
            yield word, ELSEWHERE, f"{at}: {other}"[:40], [replace(path, other)]
    if type(part) is int:
        for other in (part + 1, part - 1, part + 100):
            yield f"index-off of {kind}", ELSEWHERE, f"{at}: {other}", [replace(path, other)]
        yield f"index-as-text of {kind}", "shape", f"{at}: {part}", [replace(path, str(part))]
        flag = bool(part)
        yield f"index-as-flag of {kind}", "shape", f"{at}: {flag}", [replace(path, flag)]
    elif isinstance(part, str):
        for other in (part.upper(), part[:-1], part + "0"):
            word = f"name-misspelt in {kind}"
            yield word, "shape reference", f"{at}: {other}"[:40], [replace(path, other)]
    elif isinstance(part, list):
        yield from _listed(path, kind, part, at)
    elif isinstance(part, dict):
        yield from _subject(path, kind, part, at)


def _listed(path: Path, kind: str, part: Json, at: str) -> Forged:
    for index in range(len(part)):
        here = (*path, index)
        yield f"element-left-out in {kind}", ELSEWHERE, f"{at}/{index}", [remove(here)]
        yield f"element-doubled in {kind}", "duplicate", f"{at}/{index}", [copy(here, here)]
        if index:
            swapped = [move(here, (*path, index - 1))]
            # Services have an order of their own, in which their variables come.
            codes = ELSEWHERE if isinstance(part[index], dict) else "canonical"
            yield f"elements-swapped in {kind}", codes, f"{at}/{index}", swapped
        if isinstance(part[index], dict):
            yield from _subject(here, kind, part[index], f"{at}/{index}")
    nothing = [add((*path, "-"), NOTHING)]
    yield f"element-of-nothing in {kind}", "reference shape", at, nothing


def _subject(path: Path, kind: str, part: Json, at: str) -> Forged:
    doubled = [replace((*path, "overlays"), part["overlays"] * 2)]
    yield f"overlays-doubled in {kind}", "duplicate accepted", at, doubled
    instead = (part["overlays"] or [NOTHING])[0]
    yield (
        f"service-is-none in {kind}",
        "reference",
        at,
        [replace((*path, "service"), instead)],
    )
    yield f"state-stated in {kind}", "shape", at, [add((*path, "state"), None)]
    yield f"overlays-missing in {kind}", "shape", at, [remove((*path, "overlays"))]
    if part["overlays"]:
        without = deepcopy(part) | {"overlays": []}
        yield f"overlays-left-out in {kind}", ELSEWHERE, at, [replace(path, without)]
    another = [replace((*path, "overlays"), [part["service"]])]
    yield f"overlay-is-a-service in {kind}", "reference", at, another


def _rules(path: Path, key: Json) -> Forged:
    yield "rules-none", "empty", "no rules", [replace((*path, 1), [])]
    reversed_ = [replace((*path, 1), key[1][::-1])]
    yield "rules-reversed", "canonical duplicate accepted", "reversed", reversed_
    if len(key[1]) > 1:
        yield "rules-fewer", f"{ANY} accepted", "without the first", [remove((*path, 1, 0))]
    each = [replace((*path, 2), [[name] for name in key[1]])]
    yield "rules-set-aside", f"{ANY} empty accepted", "each rule alone is set aside", each
    yield "rules-set-aside", "empty", "the empty set is set aside", [replace((*path, 2), [[]])]
