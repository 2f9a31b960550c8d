"""The port to services: what is sent, what comes back, and what can go wrong in between.

An adapter carries one call out. It enforces nothing but time and size while it reads; whether a reply is what was promised
is judged elsewhere, the same for every adapter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Protocol

from caio.base.canonical import digest_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of one candidate.

    Attributes:
        service: the name of the service; ``version`` is the one whose contract was proved to suffice.
        control: the name of the control signal.
        endpoint: of the contract's ``api``, if it states one.
        content: what to send; ``media_type`` says what it is.
        accept: the media types that a reply may have.
        key: the same for every try of this payload at this candidate under this decision, and for nothing else.
    """

    service: str
    version: str
    control: str
    endpoint: str | None
    content: bytes = field(repr=False)
    media_type: str
    accept: tuple[str, ...]
    key: str


@dataclass(frozen=True)
class Reply:
    """What a service answered, read to its end.

    Attributes:
        content: the bytes.
        media_type: the value of its content type, as the service wrote it.
        status: as in HTTP.
        headers: names in lower case with their values, in order.
    """

    content: bytes = field(repr=False)
    media_type: str = "application/json"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @cached_property
    def digest(self) -> str:
        """The digest of the content."""
        return digest_bytes(self.content)

    def header(self, name: str) -> str | None:
        """The value of a header; None where it is absent, or given more than once."""
        found = [value for key, value in self.headers if key == name.lower()]
        return found[0] if len(found) == 1 else None


class Trouble(StrEnum):
    """Why a call has no reply."""

    UNREACHABLE = "unreachable"
    """Nothing was sent: the service took no connection."""
    BUSY = "busy"
    """Nothing was sent: too much is on its way from here."""
    REFUSED = "refused"
    """Nothing was sent: the adapter carries out no such call."""
    TIMEOUT = "timeout"
    """The time for the call was over."""
    BROKEN = "broken"
    """The connection broke, or what came was no reply."""
    TOO_LARGE = "too-large"
    """The reply was larger than what is read."""
    FAILED = "failed"
    """The service, or the adapter, failed."""
    ENCODED = "encoded"
    """The reply came in an encoding that was not asked for."""


class CallError(Exception):
    """A call that has no reply.

    Attributes:
        trouble: why.
        sent: whether anything may have been sent; False only where that is certain.
        note: a word for people, never anything that was sent or received.
    """

    def __init__(self, trouble: Trouble, *, sent: bool, note: str = "") -> None:
        super().__init__(note or trouble.value)
        self.trouble = trouble
        self.sent = sent
        self.note = note


class Adapter(Protocol):
    """Whatever carries calls out."""

    async def call(self, call: Call, *, seconds: float, max_bytes: int) -> Reply:
        """The reply to a call.

        Args:
            call: what to send, and where to.
            seconds: how long it may take, until the last byte of the reply.
            max_bytes: how large the reply may be; reading stops beyond that.

        Raises:
            CallError: there is no reply.
        """
        ...

    async def aclose(self) -> None:
        """Give back what the adapter holds in the running event loop."""
        ...
