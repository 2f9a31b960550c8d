"""What crosses the wire besides fields: questions, signals, outcomes, offers (``docs/spec/neighbours-v1.md`` section 1).

Each value has a writer and a reader. Readers take exactly the members that the page lists and raise ``DecodeError`` with a path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from caio.base.canonical import Json, digest
from caio.base.errors import InputError
from caio.base.numbers import format_number
from caio.fields.control import ControlSignal
from caio.fields.rfs import Capacity
from caio.ir import documents as d
from caio.ir import reader as r
from caio.ir.decode import FORMAT as DOCUMENTS
from caio.ir.encode import document_digest, document_json
from caio.ir.reader import DecodeError, Object
from caio.neighbours.arrays import MAX_ITEMS, field_json, read_field
from caio.neighbours.text import MAX_TEXT, MAX_TEXTS
from caio.routing.ports import Acknowledgement, Outcome, Space
from caio.routing.projects import DocumentError, loads

FORMAT: Final = "caio-neighbour/v1"
"""The format that a neighbour says it speaks."""
MAX_BODY: Final = 32 * 1024 * 1024
"""The most bytes of a message."""
MAX_SAMPLES: Final = 65_536
"""The most samples of a capacity."""

_ON_OFFER: Final = (d.Vocabulary, d.Service, d.Overlay, d.State)


@dataclass(frozen=True, slots=True)
class Description:
    """What a neighbour says of itself.

    Attributes:
        port: which one it is.
        space: of its fields.
        axes: of NME, the names of the traits.
        scale: of NME, n.
    """

    port: str
    space: Space
    axes: tuple[str, ...] = ()
    scale: int = 1

    def json(self) -> dict[str, Json]:
        """The message."""
        found: dict[str, Json] = {
            "format": FORMAT,
            "port": self.port,
            "space": self.space.record(),
        }
        if self.port == "nme":
            found |= {"axes": list(self.axes), "scale": self.scale}
        return found


def read_description(value: object, port: str) -> Description:
    """What a neighbour says of itself, which must be of this port.

    Raises:
        DecodeError: it is something else.
    """
    names = {"format", "port", "space"} | ({"axes", "scale"} if port == "nme" else set())
    members = r.members(value, frozenset(names))
    r.member(members, "format", r.one_of(FORMAT))
    r.member(members, "port", r.one_of(port))
    space = r.member(members, "space", _space)
    if port != "nme":
        return Description(port, space)
    axes = r.member(members, "axes", read_names)
    return Description(port, space, axes, r.member(members, "scale", r.integer))


def read_url(text: str) -> SplitResult:
    """The parts of the URL of a neighbour, which says where it is and nothing about a method.

    Raises:
        InputError: it is none.
    """
    try:
        parts = urlsplit(text)
        if parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0:
            return parts
    except ValueError:
        # A port that is no number, or half an address.
        pass
    raise InputError(f"`{text}` is no URL of a neighbour such as `http://127.0.0.1:8080`")


def read_text(value: object) -> str:
    """A text.

    Raises:
        DecodeError: it is none, is too long, or holds a lone surrogate.
    """
    if type(value) is not str:
        raise r.expected("a text", value)
    if len(value) > MAX_TEXT:
        raise DecodeError(f"a text of {len(value)} characters, expected at most {MAX_TEXT}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise DecodeError("a text with a lone surrogate") from None
    return value


def read_texts(value: object) -> tuple[str, ...]:
    """A list of at most 256 texts."""
    _limit(value, MAX_TEXTS)
    return r.array(value, read_text)


def read_user(value: object) -> str:
    """The name of a user, or the empty text for nobody."""
    return "" if value == "" else r.name(value)


def read_names(value: object) -> tuple[str, ...]:
    """A list of 1 to 4,096 names, each once."""
    _limit(value, MAX_ITEMS)
    names = r.distinct(r.array(value, r.name))
    if not names:
        raise DecodeError("expected at least one name")
    return names


def signal_json(signal: ControlSignal) -> dict[str, Json]:
    """The message of a control signal."""
    return {"signal": signal.record(), "digest": signal.digest}


def read_signal(value: object) -> ControlSignal:
    """The control signal of a message, whose digest is that of its content."""
    members = r.members(value, frozenset({"signal", "digest"}))
    signal = r.member(members, "signal", ControlSignal.from_record)
    if r.member(members, "digest", r.digest_name) != signal.digest:
        raise DecodeError("not the digest of this signal", "digest")
    return signal


def outcome_json(outcome: Outcome) -> dict[str, Json]:
    """The message of an outcome."""
    return {
        "call": outcome.call,
        "intent": field_json(outcome.intent),
        "service": outcome.service,
        "version": outcome.version,
        "reward": format_number(outcome.reward),
        "digest": outcome.digest,
    }


def read_outcome(value: object, space: Space) -> Outcome:
    """The outcome of a message, whose digest is that of its content."""
    names = frozenset({"call", "intent", "service", "version", "reward", "digest"})
    members = r.members(value, names)
    arguments = (
        r.member(members, "call", r.name),
        r.member(members, "intent", lambda item: read_field("intent", item, (space.dimension,))),
        r.member(members, "service", r.name),
        r.member(members, "version", r.version),
        r.member(members, "reward", r.number),
    )
    try:
        outcome = Outcome(*arguments)
    except InputError as error:
        raise DecodeError(str(error), "reward") from None
    if r.member(members, "digest", r.digest_name) != outcome.digest:
        raise DecodeError("not the digest of this outcome", "digest")
    return outcome


def acknowledgement_json(found: Acknowledgement) -> dict[str, Json]:
    """The message of an acknowledgement."""
    return {"digest": found.digest, "repeated": found.repeated}


def read_acknowledgement(value: object) -> Acknowledgement:
    """The acknowledgement of a message."""
    members = r.members(value, frozenset({"digest", "repeated"}))
    return Acknowledgement(
        r.member(members, "digest", r.digest_name), r.member(members, "repeated", r.boolean)
    )


def capacity_json(capacity: Capacity) -> dict[str, Json]:
    """The message of a capacity."""
    return {
        "samples": [format_number(sample) for sample in capacity.samples],
        "maximum": format_number(capacity.maximum),
    }


def read_capacity(value: object) -> Capacity:
    """The capacity of a message."""
    members = r.members(value, frozenset({"samples", "maximum"}))
    r.member(members, "samples", lambda item: _limit(item, MAX_SAMPLES))
    samples = r.many(members, "samples", r.number)
    maximum = r.member(members, "maximum", r.number)
    try:
        return Capacity(samples, maximum)
    except InputError as error:
        raise DecodeError(str(error)) from None


def offer_json(documents: Sequence[d.Document]) -> dict[str, Json]:
    """The message of candidates, vocabularies first."""
    ordered = sorted(documents, key=lambda document: not isinstance(document, d.Vocabulary))
    return {
        "documents": [document_json(document) for document in ordered],
        "digests": [document_digest(document) for document in ordered],
    }


def read_offer(value: object) -> tuple[d.Document, ...]:
    """The candidates of a message: decoded, validated against their vocabulary, and of the digests that it says.

    Raises:
        DecodeError: something is wrong with one; the message says what.
    """
    members = r.members(value, frozenset({"documents", "digests"}))
    given = members["documents"]
    if type(given) is not list or not given:
        raise DecodeError("expected an array of at least one document", "documents")
    digests = r.many(members, "digests", r.digest_name)
    try:
        project = loads({"format": DOCUMENTS, "documents": given})
    except DocumentError as error:
        raise DecodeError(error.diagnostics[0].message, "documents") from None
    known = {document_digest(document): document for document in project.documents()}
    if len(digests) != len(given):
        raise DecodeError(f"{len(digests)} digests of {len(given)} documents", "digests")
    if len(set(digests)) != len(digests) or len(known) != len(given):
        raise DecodeError("a document is listed twice", "documents")
    for place, name in enumerate(digests):
        if name != digest(given[place]) or name not in known:
            raise DecodeError(
                f"`{name[:19]}…` is not the digest of document {place}", f"digests[{place}]"
            )
        if not isinstance(known[name], _ON_OFFER):
            raise DecodeError(
                "a document that is no vocabulary, service, overlay or state", f"documents[{place}]"
            )
    return tuple(known[name] for name in digests)


def _space(value: object) -> Space:
    names = frozenset({"dimension", "source", "intent_above", "traits_up_to", "name"})
    members: Object = r.members(value, names)
    arguments = (
        r.member(members, "dimension", r.integer),
        r.member(members, "source", r.integer),
        r.member(members, "intent_above", r.number),
        r.member(members, "traits_up_to", r.number),
        r.member(members, "name", r.name),
    )
    try:
        return Space(*arguments)
    except InputError as error:
        raise DecodeError(str(error)) from None


def _limit(value: object, most: int) -> None:
    if type(value) is list and len(value) > most:
        raise DecodeError(f"{len(value)} items, expected at most {most}")
