"""What the conformance suite asks of a server: clauses W1 to W5, by raw HTTP that no client of ours would send."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from caio.fields.arrays import Field
from caio.ir import reader as r
from caio.ir.reader import DecodeError, parse_json
from caio.neighbours.arrays import field_json
from caio.neighbours.conformance import PREFIX, Check, require
from caio.neighbours.messages import MAX_BODY, read_url
from caio.routing.ports import NeighbourError, Space

JSON: Final = "application/json"
MAX_ANSWER: Final = 65_536
"""The most bytes that a refusal is expected to have."""


@dataclass(frozen=True, slots=True)
class Wire:
    """A server of one port, as raw HTTP sees it.

    Attributes:
        url: where it is.
        port: which port it serves.
        space: of its fields, for questions that hold one.
        limit: seconds that an answer may take.
    """

    url: str
    port: str
    space: Space
    limit: float = 2.0

    def ask(
        self,
        path: str,
        body: bytes,
        *,
        verb: str = "POST",
        kind: str | None = JSON,
        length: int | None = None,
    ) -> tuple[int, str | None]:
        """Status of an answer, and the code of its refusal if it is one.

        Raises:
            NeighbourError: there is no answer.
        """
        parts = read_url(self.url)
        secure = parts.scheme == "https"
        make = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = make(parts.hostname or "", parts.port, timeout=self.limit)
        try:
            connection.putrequest(verb, path)
            if kind is not None:
                connection.putheader("Content-Type", kind)
            connection.putheader("Content-Length", str(len(body) if length is None else length))
            connection.endheaders(body if length is None else None)
            response = connection.getresponse()
            data = response.read(MAX_ANSWER)
            return response.status, None if response.status == 200 else _code(data)
        except TimeoutError:
            raise NeighbourError(f"{path} did not answer in time", code="late") from None
        except (OSError, http.client.HTTPException) as error:
            raise NeighbourError(f"{path} gives no answer: {error}", code="unreachable") from None
        finally:
            connection.close()

    def refuses(self, what: str, status: int, code: str, answer: tuple[int, str | None]) -> None:
        """Demand a refusal.

        Raises:
            BrokenClauseError: it came otherwise.
        """
        require(
            answer == (status, code),
            f"{what}: {answer[0]} `{answer[1] or 'an answer'}`, expected {status} `{code}`",
        )

    @property
    def path(self) -> str:
        """Of a method whose question has a text or a list of names."""
        return f"/v1/{self.port}/{_QUESTIONS[self.port][0]}"

    @property
    def question(self) -> dict[str, Any]:
        """A question of that method."""
        return deepcopy(dict(_QUESTIONS[self.port][1]))


def unknown_paths_are_refused(wire: Wire) -> None:
    """W1."""
    for path in (f"/v1/{wire.port}/{PREFIX}", f"/v2/{wire.port}/describe", f"{wire.path}/", "/"):
        wire.refuses(path, 404, "unknown_method", wire.ask(path, b"{}"))
    answer = wire.ask(wire.path, b"", verb="GET")
    wire.refuses(f"GET {wire.path}", 405, "not_a_post", answer)


def other_media_are_refused(wire: Wire) -> None:
    """W2."""
    body = json.dumps(wire.question).encode()
    for kind in (None, "text/plain", "application/x-www-form-urlencoded"):
        wire.refuses(f"`{kind}`", 415, "media_type", wire.ask(wire.path, body, kind=kind))


def malformed_messages_are_refused(wire: Wire) -> None:
    """W3."""
    question = wire.question
    first = next(iter(question))
    text = json.dumps(question)
    cases: dict[str, str | bytes] = {
        "no JSON": text[:-1],
        "not UTF-8": b'{"\xff": 1}',
        "a repeated key": f'{text[:-1]}, "{first}": {json.dumps(question[first])}}}',
        "a float": json.dumps({**question, first: 0.5}),
        "a mistyped member": json.dumps({**question, first: 7}),
        "a missing member": json.dumps({k: v for k, v in question.items() if k != first}),
        "an unknown member": json.dumps({**question, PREFIX: 1}),
        "an array": "[]",
    }
    for what, body in cases.items():
        data = body if isinstance(body, bytes) else body.encode()
        wire.refuses(what, 400, "malformed", wire.ask(wire.path, data))


def malformed_fields_are_refused(wire: Wire) -> None:
    """W4."""
    method, member, others = _FIELDS[wire.port]
    length = wire.space.source if member == "state" else wire.space.dimension
    values = np.ones(length, dtype=np.complex128)
    right = field_json(Field("right", values))
    values[0] = 2
    other = field_json(Field("other", values))
    # A field cannot hold what these messages say, so that their bytes are made here.
    strange = deepcopy(right)
    nan = b"\x00\x00\x00\x00\x00\x00\xf8\x7f"
    strange["values"] = _replaced(str(right["values"]), nan)
    negative = deepcopy(right)
    negative["values"] = _replaced(str(right["values"]), b"\x00" * 7 + b"\x80")
    cases = {
        "a NaN": strange,
        "a negative zero": negative,
        "the digest of another": right | {"digest": other["digest"]},
        "too short": right | {"values": str(right["values"])[:-16]},
        "another shape": right | {"shape": [length + 1]},
        "no base64": right | {"values": "?" * len(str(right["values"]))},
    }
    for what, field in cases.items():
        body = json.dumps({**others, member: field}).encode()
        answer = wire.ask(f"/v1/{wire.port}/{method}", body)
        wire.refuses(what, 400, "malformed", answer)


def large_bodies_are_refused(wire: Wire) -> None:
    """W5."""
    answer = wire.ask(wire.path, b"", length=MAX_BODY + 1)
    wire.refuses("a body of more than 32 MiB", 413, "too_large", answer)


def checks(port: str) -> tuple[Check[Wire], ...]:
    """The suite of a server of this port."""
    found = [
        Check(
            "unknown_paths_are_refused",
            ("W1",),
            "404, and 405 for another verb",
            unknown_paths_are_refused,
        ),
        Check(
            "other_media_are_refused", ("W2",), "415, whatever the body is", other_media_are_refused
        ),
        Check(
            "malformed_messages_are_refused",
            ("W3",),
            "400, each with code and message",
            malformed_messages_are_refused,
        ),
        Check(
            "large_bodies_are_refused",
            ("W5",),
            "413, by their declared length",
            large_bodies_are_refused,
        ),
    ]
    if port in _FIELDS:
        fields = Check(
            "malformed_fields_are_refused",
            ("W4",),
            "400, by digest and by number",
            malformed_fields_are_refused,
        )
        found.insert(3, fields)
    return tuple(found)


_NAMES: Final = [f"{PREFIX}-1"]
_QUESTIONS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "maia": ("intent", {"query": "hello", "context": []}),
    "nme": ("traits", {"user": f"{PREFIX}-1"}),
    "rfs": ("memories", {"keys": _NAMES}),
    "marketplace": ("encode", {"services": _NAMES}),
}
_FIELDS: Final[Mapping[str, tuple[str, str, Mapping[str, Any]]]] = {
    "maia": ("values", "state", {"policy": "sha256:" + "0" * 64, "services": _NAMES}),
    "rfs": ("recall", "probe", {}),
}


def _replaced(text: str, first: bytes) -> str:
    """Base64 whose first eight bytes are others."""
    data = base64.b64decode(text)
    return base64.b64encode(first + data[8:]).decode("ascii")


def _code(data: bytes) -> str:
    """The code of a refusal, or what stands in its place."""
    try:
        members = r.members(parse_json(data), frozenset({"error"}))
        error = r.members(members["error"], frozenset({"code", "message"}))
        r.member(error, "message", r.string)
        return r.member(error, "code", r.string)
    except DecodeError as flaw:
        return f"no refusal ({flaw})"
