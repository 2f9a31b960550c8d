"""Changes what documents say and renames them consistently: the evidence is then of another world.

Each changed document is still canonical; every digest that mentions it is recomputed. In a second
round the scores are corrected as well, so that it is the evidence which must refuse. Where the old
evidence still proves the old claims about the new documents, the decision is true of them, and a
second opinion confirms that.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import chain
from typing import Any, Final

from tests.oracle.candidate import Entry, Question
from tests.oracle.scores import score
from tests.tamper.case import Case, Json, digest, places
from tests.tamper.structure import DIGEST, EVIDENCE, MAPS, NUMBER, general, is_number, near, say
from tests.tamper.vector import ACCEPTED, Operation, Path, Vector, copy, move, remove, replace

WORDS: Final = (
    ("<=", "<", ">=", ">"),
    ("le", "lt", "eq"),
    ("and", "or"),
    ("higher", "lower"),
    ("internal", "external", "hybrid"),
    ("public", "none"),
    ("any", "all"),
    ("required", "optional"),
    ("rule", "invariant"),
    ("safety", "policy", "traits"),
    ("asserted", "attested"),
    ("eq1.5", "eq1.1"),
    ("holds", "refuted"),
)
"""Words that may stand for one another; what changes is the meaning."""

ELSEWHERE: Final = frozenset(
    [
        "score",
        "order",
        "landscape",
        "canonical",
        "sort",
        "origin",
        "name",
        "empty",
        "digest",
        "limit",
        "reference",
    ]
)
CODES: Final = EVIDENCE | ELSEWHERE | {ACCEPTED}


def spread(case: Case) -> Iterator[tuple[str, Vector]]:
    """Vectors, each with the place that it is an example of."""
    for index, document in enumerate(case.documents):
        kind = document["kind"]
        for path, value in places(document):
            for word, desc, operation in _changes(path, value):
                name = f"sealed {word} {general(path, kind)} {_variant(value, operation)}"
                vector = Vector(
                    case.name,
                    f"world-{word}",
                    f"{kind} {desc}",
                    CODES,
                    documents={index: [operation]},
                    sealed=True,
                )
                yield name, vector


def _variant(value: Json, operation: Operation) -> str:
    """Which of several changes of one place; a number's are told apart by direction alone."""
    other = operation.get("value")
    if not isinstance(other, str) or not isinstance(value, str) or not NUMBER.fullmatch(other):
        return say(other)
    return "larger" if Fraction(other) > Fraction(value) else "smaller"


def rescored(case: Case, vector: Vector) -> Vector | None:
    """The same change with the scores that it calls for; none where it leaves no question."""
    broken = vector.apply(case)
    try:
        scores = _scores(broken)
    except (LookupError, ValueError, TypeError, ArithmeticError, StopIteration):
        # The oracle reads only documents that say something; the checker refuses the others.
        return None
    rows = broken.certificate["candidates"]
    operations: list[Operation] = [
        replace(("candidates", index, "score"), total)
        for index, (row, total) in enumerate(zip(rows, scores, strict=True))
        if row["score"] != total
    ]
    order = sorted(
        range(len(rows)), key=lambda i: (-scores[i], rows[i]["service"], rows[i]["control"])
    )
    if order != list(range(len(rows))) or not operations:
        return None
    return Vector(
        vector.case,
        vector.kind.replace("world-", "rescored-"),
        vector.desc,
        vector.codes,
        vector.documents,
        certificate=[*vector.certificate, *operations],
        sealed=True,
    )


def _scores(case: Case) -> list[int]:
    by_digest = {digest(document): document for document in case.documents}
    inputs = case.certificate["inputs"]
    question = Question(
        vocabulary=by_digest[inputs["vocabulary"]],
        request=by_digest[inputs["request"]],
        policy=[by_digest[name] for name in inputs["policy"]],
        profile=by_digest[inputs["profile"]],
        facts=by_digest.get(inputs["facts"]),
        at=int(inputs["at"]),
        measurements=by_digest.get(inputs["measurements"]),
    )
    entries: dict[str, Mapping[str, Any]] = {
        by_digest[entry["service"]]["name"]: entry
        for entry in by_digest[inputs["landscape"]]["entries"]
    }
    return [
        score(question, _entry(entries[row["service"]], by_digest), row["control"]).total
        for row in case.certificate["candidates"]
    ]


def _entry(entry: Mapping[str, Any], by_digest: Mapping[str, Json]) -> Entry:
    return Entry(
        service=by_digest[entry["service"]],
        overlays=[by_digest[name] for name in entry["overlays"]],
        state=by_digest.get(entry["state"]),
    )


def _changes(path: Path, value: Json) -> Iterator[tuple[str, str, Operation]]:
    at = "/".join(map(str, path))
    if isinstance(value, bool):
        yield "flip", f"{at}: {say(not value)}", replace(path, not value)
    elif isinstance(value, str) and not DIGEST.fullmatch(value):
        alike = chain.from_iterable(words for words in WORDS if value in words)
        for other in alike:
            if other != value:
                yield "word", f"{at}: {other}", replace(path, other)
        if is_number(path, value):
            for other in near(value):
                if path[-1] == "solver_units" and "/" in other:
                    continue  # The specification leaves open whether it may be a fraction.
                yield "number", f"{at}: {other}", replace(path, other)
    elif isinstance(value, dict):
        for key in sorted(value) if path and path[-1] in MAPS else ():
            yield "entry-dropped", f"{at}: without {key}", remove((*path, key))
    elif isinstance(value, list):
        yield from _array(path, at, value)
    elif value is not None or path[-1:] != ("role",):
        return
    if value is not None and path and path[-1] in {"role", "trust", "zones", "budget", "deadline"}:
        yield "left-out", f"{at}: null", replace(path, None)


def _array(path: Path, at: str, value: Json) -> Iterator[tuple[str, str, Operation]]:
    for index in range(len(value)):
        here = (*path, index)
        yield "element-dropped", f"{at}: without element {index}", remove(here)
        if path[:-1] != ("needs",):
            # The specification leaves open whether a choice may name the same capability twice.
            yield "element-doubled", f"{at}: element {index} twice", copy(here, here)
        if index:
            operation = move(here, (*path, index - 1))
            yield "elements-swapped", f"{at}: element {index} earlier", operation
