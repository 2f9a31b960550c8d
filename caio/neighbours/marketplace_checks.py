"""What the conformance suite asks of a marketplace: clauses P1 to P8, G1 and G2."""

from __future__ import annotations

from typing import Final

from caio.base.canonical import canonical_bytes, digest_bytes
from caio.fields.arrays import Field
from caio.fields.invariants import CONDUCTIVITY, Verdict
from caio.fields.measure import measure
from caio.fields.modes import conductivity
from caio.ir import documents as d
from caio.ir.encode import document_bytes, document_digest, document_json
from caio.ir.reader import DecodeError
from caio.neighbours.conformance import (
    PREFIX,
    RESOLUTION,
    BrokenClauseError,
    Check,
    UndecidedError,
    require,
    require_field,
    require_refused,
)
from caio.neighbours.messages import offer_json, read_offer
from caio.routing.ports import Marketplace, Space

MAX_ENCODED: Final = 256
"""Of how many services the encodings are examined."""


def describes_itself(marketplace: Marketplace) -> None:
    """G1."""
    require(isinstance(marketplace.space, Space), "there is no `Space`")


def documents_are_listed_once(marketplace: Marketplace) -> None:
    """P1."""
    documents = marketplace.candidates()
    kinds = d.Vocabulary, d.Service, d.Overlay, d.State
    for document in documents:
        require(
            isinstance(document, kinds),
            f"a document of type `{type(document).__name__}` is on offer",
        )
        data = document_bytes(document)
        name = digest_bytes(canonical_bytes(document_json(document)))
        require(
            digest_bytes(data) == document_digest(document) == name,
            f"a {type(document).__name__.lower()} has not the digest of its content",
        )
    require(
        {d.Vocabulary, d.Service} <= {type(document) for document in documents},
        "no vocabulary, or no service, is on offer",
    )
    digests = [document_digest(document) for document in documents]
    require(len(set(digests)) == len(digests), "a document is listed twice")


def documents_are_valid(marketplace: Marketplace) -> None:
    """P2."""
    documents = marketplace.candidates()
    message = offer_json(documents)
    try:
        # Strict reading takes what a parser makes, lists and dictionaries.
        again = read_offer(message)
    except DecodeError as error:
        raise BrokenClauseError(str(error)) from None
    before = {document_bytes(document) for document in documents}
    require(
        {document_bytes(document) for document in again} == before, "documents are not canonical"
    )


def services_are_distinct(marketplace: Marketplace) -> None:
    """P3."""
    seen: set[tuple[str, str, tuple[int, ...]]] = set()
    for service in _services(marketplace):
        key = service.vocabulary, service.name, d.version_key(service.version)
        require(key not in seen, f"`{service.name}` {service.version} is on offer twice")
        seen.add(key)


def additions_have_a_service(marketplace: Marketplace) -> None:
    """P4."""
    known = {(s.vocabulary, s.name, d.version_key(s.version)) for s in _services(marketplace)}
    for document in marketplace.candidates():
        if isinstance(document, d.Overlay | d.State):
            key = document.vocabulary, document.service, d.version_key(document.version)
            kind = type(document).__name__.lower()
            require(
                key in known,
                f"an {kind} is about `{document.service}` {document.version}, which is not on offer",
            )


def encodings_stand_in_order(marketplace: Marketplace) -> None:
    """P5."""
    names = _names(marketplace)
    rows = _encoded(marketplace, names).values
    reverse = _encoded(marketplace, names[::-1]).values
    require(
        bool((rows == reverse[::-1]).all()),
        "the encodings do not stand in the order of the names, or depend on it",
    )
    alone = _encoded(marketplace, names[:1]).values
    require(bool((alone[0] == rows[0]).all()), "an encoding depends on the others asked for")


def encodings_lie_in_band(marketplace: Marketplace) -> None:
    """P6."""
    names = _names(marketplace)
    found = measure(conductivity(marketplace.space.high, _encoded(marketplace, names)), RESOLUTION)
    for name, measured in zip(names, found, strict=True):
        verdict = CONDUCTIVITY.judge(measured).verdict
        if verdict is Verdict.UNKNOWN:
            raise UndecidedError(f"κ of `{name}` is too near to its bound")
        require(verdict is Verdict.HOLDS, f"κ of `{name}` is below 0.95")


def encodings_differ(marketplace: Marketplace) -> None:
    """P7."""
    names = _names(marketplace)
    if len(names) > 1:
        rows = _encoded(marketplace, names).values
        require(bool((rows != rows[0]).any()), f"{len(names)} services all have the same encoding")


def equal_questions_have_equal_answers(marketplace: Marketplace) -> None:
    """G2."""
    offers = [[document_digest(doc) for doc in marketplace.candidates()] for _ in range(2)]
    require(offers[0] == offers[1], "two offers without a change between them differ")
    names = _names(marketplace)[:16]
    fields = {_encoded(marketplace, names).digest for _ in range(2)}
    require(len(fields) == 1, "the same services, asked for twice, have two encodings")


def refuses_unknown_services(marketplace: Marketplace) -> None:
    """P8."""
    known = set(_names(marketplace))
    stranger = PREFIX
    while stranger in known:
        stranger += "-"
    require_refused(lambda: marketplace.encode((stranger,)), "an unknown service")


CHECKS: Final[tuple[Check[Marketplace], ...]] = (
    Check("describes_itself", ("G1",), "it names its space", describes_itself),
    Check(
        "documents_are_listed_once",
        ("P1",),
        "under the digest of its content",
        documents_are_listed_once,
    ),
    Check(
        "documents_are_valid",
        ("P2",),
        "against their vocabulary, and canonical",
        documents_are_valid,
    ),
    Check("services_are_distinct", ("P3",), "by name and version", services_are_distinct),
    Check(
        "additions_have_a_service",
        ("P4",),
        "overlays and states are about what is on offer",
        additions_have_a_service,
    ),
    Check(
        "encodings_stand_in_order",
        ("P5",),
        "of their names, each by itself",
        encodings_stand_in_order,
    ),
    Check("encodings_lie_in_band", ("P6",), "κ ≥ 0.95 for Π_high", encodings_lie_in_band),
    Check("encodings_differ", ("P7",), "not one for all", encodings_differ),
    Check(
        "equal_questions_have_equal_answers",
        ("G2",),
        "two equal questions, to the bit",
        equal_questions_have_equal_answers,
    ),
    Check(
        "refuses_unknown_services", ("P8", "G4"), "whom it does not offer", refuses_unknown_services
    ),
)
"""The suite of a marketplace."""


def _services(marketplace: Marketplace) -> list[d.Service]:
    return [found for found in marketplace.candidates() if isinstance(found, d.Service)]


def _names(marketplace: Marketplace) -> tuple[str, ...]:
    names = sorted({service.name for service in _services(marketplace)})
    if not names:
        raise UndecidedError("there is no service to ask for")
    return tuple(names[:MAX_ENCODED])


def _encoded(marketplace: Marketplace, names: tuple[str, ...]) -> Field:
    shape = (len(names), marketplace.space.dimension)
    return require_field(marketplace.encode(names), shape, "the encodings")
