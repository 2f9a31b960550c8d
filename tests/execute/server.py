"""A real server on loopback whose paths behave as badly as servers do, byte by byte."""

from __future__ import annotations

import gzip
import json
import socket
import socketserver
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

ANSWER = b'{"answer": "yes"}'


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


def reply(
    body: bytes = ANSWER,
    *,
    status: str = "200 OK",
    kind: str = "application/json",
    length: int | None = None,
    more: str = "",
) -> bytes:
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n"
    head += f"Connection: close\r\n{more}\r\n"
    return head.encode() + body


Behaviour = Callable[["Server", socket.socket, int], None]
BEHAVIOURS: dict[str, Behaviour] = {}


def behaviour(path: str) -> Callable[[Behaviour], Behaviour]:
    def keep(function: Behaviour) -> Behaviour:
        BEHAVIOURS[path] = function
        return function

    return keep


def says(path: str, data: bytes) -> None:
    BEHAVIOURS[path] = lambda _server, out, _count: out.sendall(data)


says("/ok", reply())
says("/error", reply(status="500 Oh"))
says("/html", reply(b"<p>yes</p>", kind="text/html"))
says("/invalid", reply(b'{"answer": '))
says("/twice", reply(b'{"answer": "yes", "answer": "no"}'))
says("/schema", reply(b'{"answer": 42}'))
says("/eu", reply(more="X-Locality: eu\r\n"))
says("/us", reply(more="X-Locality: us\r\n"))
says("/both", reply(more="X-Locality: eu\r\nX-Locality: us\r\n"))
says("/cheap", reply(b'{"answer": "yes", "usage": {"cost": 0.0005}}'))
says("/dear", reply(b'{"answer": "yes", "usage": {"cost": 0.5}}'))
says("/truncated", reply(length=1_000))
says("/nonsense", b"this is no HTTP\r\n\r\n")
says("/nothing", b"")
says("/gzip", reply(gzip.compress(b" " * 10_000_000 + ANSWER), more="Content-Encoding: gzip\r\n"))
says("/large-stated", reply(length=10**12))
says("/headers", b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 1_000_000 + b"\r\n\r\n")
says("/cookie", reply(more="Set-Cookie: session=theirs; Path=/\r\n"))


@behaviour("/slow-headers")
def _slow_headers(server: Server, out: socket.socket, _: int) -> None:
    server.rest(out)
    out.sendall(reply())


@behaviour("/drip")
def _drip(server: Server, out: socket.socket, _: int) -> None:
    data = reply(b" " * 10_000 + ANSWER)
    out.sendall(data[:200])
    for byte in data[200:]:
        if server.rest(out, 0.02):
            return
        out.sendall(bytes([byte]))


@behaviour("/huge")
def _huge(server: Server, out: socket.socket, _: int) -> None:
    out.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
    out.sendall(b"Transfer-Encoding: chunked\r\n\r\n")
    part = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    while not server.rest(out, 0):
        out.sendall(part)
        server.poured += 0x10000


@behaviour("/reset")
def _reset(_: Server, out: socket.socket, __: int) -> None:
    out.sendall(reply(length=1_000))
    # Closing with a lingering time of zero resets the connection.
    out.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@behaviour("/flaky")
def _flaky(_: Server, out: socket.socket, count: int) -> None:
    out.sendall(reply() if count > 2 else reply(status="503 Busy"))


@behaviour("/breaks-once")
def _breaks_once(_: Server, out: socket.socket, count: int) -> None:
    out.sendall(reply() if count > 1 else reply(length=1_000))


@behaviour("/random")
def _random(_: Server, out: socket.socket, count: int) -> None:
    out.sendall(reply(json.dumps({"answer": str(count)}).encode()))


@behaviour("/redirect")
def _redirect(server: Server, out: socket.socket, _: int) -> None:
    there = f"Location: {server.url('/ok', 'localhost')}\r\n"
    out.sendall(reply(b"", status="307 Elsewhere", more=there))


@behaviour("/moderate")
def _moderate(server: Server, out: socket.socket, _: int) -> None:
    server.rest(out, 0.1)
    out.sendall(reply())


class _Handler(socketserver.BaseRequestHandler):
    request: socket.socket

    def finish(self) -> None:
        # Wrapped, it is not the socket that the server knows of.
        self.request.close()

    def handle(self) -> None:
        server = self.server
        assert isinstance(server, _Listening)
        if server.told.tls is not None:
            try:
                self.request = server.told.tls.wrap_socket(self.request, server_side=True)
            except OSError:
                return
        self.request.settimeout(10)
        with self.request.makefile("rb") as file:
            try:
                first = file.readline().decode("latin-1").split()
                headers: dict[str, str] = {}
                while (line := file.readline().decode("latin-1").strip()) != "":
                    name, _, value = line.partition(":")
                    headers[name.lower()] = value.strip()
                body = file.read(int(headers.get("content-length", 0)))
                if len(first) < 2:
                    return
                path = first[1]
                with server.told.lock:
                    server.told.seen.append(Seen(path, headers, body))
                    count = sum(seen.path == path for seen in server.told.seen)
                BEHAVIOURS[path](server.told, self.request, count)
            except OSError:
                # The client had enough.
                return


class _Listening(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128
    told: Server


@dataclass
class Server:
    """The server, its requests, and how much of the endless reply it got rid of."""

    tls: ssl.SSLContext | None = None
    seen: list[Seen] = field(default_factory=list)
    poured: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._listening = _Listening(("127.0.0.1", 0), _Handler)
        self._listening.told = self
        self._thread = threading.Thread(
            target=self._listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._listening.shutdown()
        self._listening.server_close()
        self._thread.join()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self._listening.server_address[1]}{path}"

    def paths(self) -> list[str]:
        with self.lock:
            return [seen.path for seen in self.seen]

    def rest(self, out: socket.socket, seconds: float = 30) -> bool:
        """Wait; whether the client has gone, or the test is over."""
        end = time.monotonic() + seconds
        while not self._over.is_set():
            out.settimeout(max(0.001, min(0.02, end - time.monotonic())))
            try:
                if out.recv(1, socket.MSG_PEEK) == b"":
                    return True
            except TimeoutError:
                pass
            except OSError:
                return True
            finally:
                out.settimeout(10)
            if time.monotonic() >= end:
                return False
        return True
