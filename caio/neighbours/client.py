"""The ports over HTTP: clients that believe nothing (``docs/spec/neighbours-v1.md``).

A client asks with a limit on time and size, follows no redirect, takes no proxy from the environment, and turns whatever is not an
answer into a ``NeighbourError``. Questions are not sent twice by themselves: whoever retries may, for every method is idempotent.

It needs httpx, which the extra ``execute`` brings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from caio.base.canonical import Json, canonical_bytes
from caio.base.closing import Closing
from caio.base.errors import InputError, InternalError
from caio.fields.arrays import ComplexArray, Field, FloatArray
from caio.fields.control import ControlSignal
from caio.fields.rfs import Capacity
from caio.ir import documents as d
from caio.ir import reader as r
from caio.ir.reader import DecodeError, parse_json
from caio.neighbours import messages as m
from caio.neighbours.arrays import MAX_COMPONENTS, MAX_ITEMS, field_json, read_field, read_values
from caio.neighbours.patience import Patience
from caio.routing.ports import Acknowledgement, NeighbourError, Outcome, Recall, Signal, Space

if TYPE_CHECKING:
    import httpx

TIMEOUT: Final = 5.0
"""Seconds that an answer may take."""

_T = TypeVar("_T")


class Neighbour(Closing):
    """A neighbour behind a URL: what its clients share. Not for several threads at once.

    Args:
        url: such as ``http://127.0.0.1:8080``, without the path of a method.
        timeout: seconds that an answer may take.

    Raises:
        InputError: httpx is missing, or the URL is none.
    """

    port = ""

    def __init__(self, url: str, *, timeout: float = TIMEOUT) -> None:
        try:
            import httpx  # noqa: PLC0415 - whoever asks nobody over HTTP does not need it
        except ImportError:
            raise InputError(
                "asking a neighbour over HTTP needs httpx: install `caio-router[execute]`"
            ) from None
        m.read_url(url)
        self._patience = Patience(timeout)
        self._client = httpx.Client(
            base_url=url,
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
            # Bytes are taken as they come: what is small on the wire and large here would escape the limit.
            headers={"Accept-Encoding": "identity"},
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @cached_property
    def description(self) -> m.Description:
        """What the neighbour says of itself, asked once.

        Raises:
            NeighbourError: it says nothing, or is another port.
        """
        return self.ask("describe", {}, lambda value: m.read_description(value, self.port))

    @property
    def space(self) -> Space:
        """The space of its fields."""
        return self.description.space

    def ask(self, method: str, question: Json, read: Callable[[object], _T]) -> _T:
        """The answer to a question.

        Args:
            method: its name.
            question: the message.
            read: the reader of the answer; raises ``DecodeError`` for what is none.

        Raises:
            NeighbourError: there is no answer.
            InputError: a text of the question is none.
        """
        try:
            body = canonical_bytes(question)
        except InternalError:
            raise InputError(
                "a text with a lone surrogate cannot be sent: mend its encoding"
            ) from None
        status, data = self.send(f"/v1/{self.port}/{method}", body)
        try:
            value = parse_json(data)
            if status != 200:
                raise _refusal(self.port, method, value)
            return read(value)
        except DecodeError as error:
            raise NeighbourError(
                f"{self.port}/{method} answered with status {status} what is no answer: {error}",
                code="malformed",
            ) from None

    def send(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of what comes back for a body.

        Raises:
            NeighbourError: nothing comes, too late, or too much.
        """
        import httpx  # noqa: PLC0415 - as above

        try:
            with (
                self._patience.limit(),
                self._client.stream(
                    "POST",
                    path,
                    content=body,
                    headers={"Content-Type": "application/json"},
                    extensions={"trace": self._patience.trace},
                ) as response,
            ):
                return response.status_code, b"".join(_limited(response, self._patience))
        except httpx.TimeoutException:
            raise _late(path) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            if self._patience.over:
                raise _late(path) from None
            raise NeighbourError(
                f"{self._client.base_url.join(path)} cannot be asked: {str(error) or type(error).__name__}",
                code="unreachable",
            ) from None


class HttpMaia(Neighbour):
    """MAIA behind a URL; a ``Maia``."""

    port = "maia"

    def intent(self, query: str, context: Sequence[str]) -> Field:
        """Ψ_i, shape (D,)."""
        shape = (self.space.dimension,)
        question: Json = {"query": query, "context": list(context)}
        return self.ask("intent", question, lambda value: read_field("intent", value, shape))

    def context(self, texts: Sequence[str]) -> Field:
        """C, shape (d,)."""
        shape = (self.space.source,)
        question: Json = {"texts": list(texts)}
        return self.ask("context", question, lambda value: read_field("context", value, shape))

    def policy(self) -> HttpPolicy:
        """Q(·, ·, θ) with θ as it is now."""
        return HttpPolicy(self, self.ask("policy", {}, _read_digest))

    def control(self, signal: Signal) -> Acknowledgement:
        """Send u(t).

        Raises:
            InputError: it is no signal of CAIO.
            NeighbourError: it was not taken over, or another one was.
        """
        if not isinstance(signal, ControlSignal):
            raise InputError("only a `caio.fields.control.ControlSignal` has a message")
        return self._acknowledged("control", m.signal_json(signal), signal.digest)

    def feedback(self, outcome: Outcome) -> Acknowledgement:
        """Send an outcome.

        Raises:
            NeighbourError: it was not taken over, or another one was.
        """
        return self._acknowledged("feedback", m.outcome_json(outcome), outcome.digest)

    def _acknowledged(self, method: str, question: Json, expected: str) -> Acknowledgement:
        found = self.ask(method, question, m.read_acknowledgement)
        if found.digest != expected:
            raise NeighbourError(
                f"maia/{method} acknowledged something else than what was sent", code="malformed"
            )
        return found


@dataclass(frozen=True, slots=True)
class HttpPolicy:
    """Q(·, ·, θ) behind a URL, for one θ; a ``QFunction``. Once MAIA has learned more, it is stale.

    Attributes:
        maia: whom to ask.
        digest: of θ.
    """

    maia: HttpMaia
    digest: str

    def values(self, state: ComplexArray, services: Sequence[str]) -> FloatArray:
        """Q(s, m, θ) per service, shape (N,).

        Raises:
            NeighbourError: there is no answer; with code ``stale`` where θ has changed.
        """
        message = field_json(Field("state", state)) if state.any() else None
        if message is None:
            raise InputError("a state of zeros says nothing: there was no intent")
        found = [
            self.maia.ask(
                "values",
                {"policy": self.digest, "state": message, "services": list(page)},
                partial(read_values, count=len(page)),
            )
            for page in _pages(services, MAX_ITEMS)
        ]
        return np.concatenate(found)


class HttpNme(Neighbour):
    """NME behind a URL; an ``Nme``."""

    port = "nme"

    @property
    def axes(self) -> tuple[str, ...]:
        """The names of the traits."""
        return self.description.axes

    @property
    def scale(self) -> int:
        """The n of ``trait_value``."""
        return self.description.scale

    def probe(self, axis: str) -> Field:
        """The direction of an axis."""
        shape = (self.space.dimension,)
        return self.ask("probe", {"axis": axis}, lambda v: read_field(f"axis {axis}", v, shape))

    def traits(self, user: str) -> Field:
        """Ψ_t of a user."""
        shape = (self.space.dimension,)
        return self.ask("traits", {"user": user}, lambda v: read_field("traits", v, shape))


class HttpRfs(Neighbour):
    """RFS behind a URL; an ``Rfs``."""

    port = "rfs"

    def store(self, field: Field, key: str) -> Acknowledgement:
        """Store a field under a key."""
        question: Json = {"field": field_json(field), "key": key}
        return self.ask("store", question, m.read_acknowledgement)

    def recall(self, probe: Field) -> Recall | None:
        """The best match, if anything is stored."""
        return self.ask("recall", {"probe": field_json(probe)}, self._read_recall)

    def memory(self, probe: Field) -> Field:
        """Ψ_RFS as a probe meets it."""
        shape = (self.space.dimension,)
        question: Json = {"probe": field_json(probe)}
        return self.ask("memory", question, lambda value: read_field("memory", value, shape))

    def memories(self, keys: Sequence[str]) -> Field:
        """What is stored under each key, shape (N, D)."""
        return _batch(self, "memories", "keys", keys)

    def components(self) -> Field:
        """What is superposed, shape (K, D)."""
        shape = (0, self.space.dimension)
        return self.ask("components", {}, lambda value: read_field("components", value, shape))

    def capacity(self) -> Capacity:
        """The energy in use, and the most there may be."""
        return self.ask("capacity", {}, m.read_capacity)

    def _read_recall(self, value: object) -> Recall | None:
        if value is None:
            return None
        members = r.members(value, frozenset({"key", "field"}))
        shape = (self.space.dimension,)
        field = r.member(members, "field", lambda item: read_field("recalled", item, shape))
        return Recall(r.member(members, "key", r.name), field)


class HttpMarketplace(Neighbour):
    """A marketplace behind a URL; a ``Marketplace``."""

    port = "marketplace"

    def candidates(self) -> tuple[d.Document, ...]:
        """The documents on offer, validated."""
        return self.ask("candidates", {}, m.read_offer)

    def encode(self, services: Sequence[str]) -> Field:
        """E_m(m) of each service, shape (N, D)."""
        return _batch(self, "encode", "services", services)


def _batch(neighbour: Neighbour, method: str, member: str, names: Sequence[str]) -> Field:
    """A batch of fields, asked for in pages that fit a message."""
    dimension = neighbour.space.dimension
    label = "marketplace" if method == "encode" else method
    found = [
        neighbour.ask(
            method,
            {member: list(page)},
            partial(read_field, label, shape=(len(page), dimension)),
        )
        for page in _pages(names, min(MAX_ITEMS, max(1, MAX_COMPONENTS // dimension)))
    ]
    return found[0] if len(found) == 1 else Field(label, np.concatenate([f.values for f in found]))


def _pages(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    if not names or len(set(names)) != len(names):
        raise InputError("expected at least one name, and each name once")
    for start in range(0, len(names), size):
        yield names[start : start + size]


def _late(path: str) -> NeighbourError:
    return NeighbourError(
        f"{path} did not answer in time: look after the neighbour, or give it more time",
        code="late",
    )


def _limited(response: httpx.Response, patience: Patience) -> Iterator[bytes]:
    length = 0
    for part in response.iter_raw():
        if patience.over:
            raise _late(response.url.path)
        length += len(part)
        if length > m.MAX_BODY:
            raise NeighbourError(
                f"an answer of more than {m.MAX_BODY} bytes: ask for less", code="too_large"
            )
        yield part


def _read_digest(value: object) -> str:
    return r.member(r.members(value, frozenset({"digest"})), "digest", r.digest_name)


def _refusal(port: str, method: str, value: object) -> NeighbourError:
    members = r.member(r.members(value, frozenset({"error"})), "error", lambda item: item)
    inner = r.members(members, frozenset({"code", "message"}))
    code = r.member(inner, "code", r.name)
    message = r.member(inner, "message", r.string)
    return NeighbourError(f"{port}/{method} refuses: {message}", code=code)
