"""A reference server: any implementations of ports over HTTP, with the standard library (``docs/spec/neighbours-v1.md`` section 2).

For tests, examples and trying things out, not for the open network: it authenticates nobody, and listens on the loopback interface
unless told otherwise. Questions are answered one at a time, in the order of arrival, because implementations need not be safe for
threads. A body is read only after its declared length was found acceptable, and only as JSON by its declared type, which no web page
can send to it without being asked first.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Final, cast

from caio.base.canonical import Json, canonical_bytes
from caio.base.errors import InputError
from caio.ir.reader import DecodeError, parse_json
from caio.neighbours.messages import MAX_BODY
from caio.neighbours.methods import METHODS, Port
from caio.routing.ports import NeighbourError

LOOPBACK: Final = "127.0.0.1"
"""Where a server listens unless told otherwise."""
PREFIX: Final = "/v1/"
"""What the paths of this version begin with."""
PATIENCE: Final = 30.0
"""Seconds that a connection may say nothing."""

_LOG: Final = logging.getLogger(__name__)
_CONFLICTS: Final = frozenset({"full", "stale"})


@dataclass(frozen=True, slots=True)
class Reply:
    """A status and the value of a message."""

    status: int
    value: Json

    @classmethod
    def error(cls, status: int, code: str, message: str) -> Reply:
        """A refusal: what is wrong, as code and sentence."""
        return cls(status, {"error": {"code": code, "message": message}})


class Server(ThreadingHTTPServer):
    """A server of ports. ``serve`` runs one; ``reply`` is what it answers.

    Args:
        ports: implementations by port: ``maia``, ``nme``, ``rfs``, ``marketplace``.
        address: host and port; port 0 takes a free one.

    Raises:
        InputError: there is no port, or a name is none of a port.
        OSError: the address is taken or not this machine's.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, ports: Mapping[str, Port], address: tuple[str, int] = (LOOPBACK, 0)) -> None:
        strange = sorted(ports.keys() - METHODS.keys())
        if strange or not ports:
            raise InputError(
                f"a server of {strange or 'nothing'}, expected ports: {', '.join(METHODS)}"
            )
        self._ports = dict(ports)
        self._turn = threading.Lock()
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Listen, without asking for the name of this machine, which may take long and is of no use."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    @property
    def url(self) -> str:
        """Where it listens."""
        host = f"[{self.server_name}]" if ":" in self.server_name else self.server_name
        return f"http://{host}:{self.server_port}"

    def known(self, path: str) -> bool:
        """Whether a path is that of a method served here."""
        port, _, method = path.removeprefix(PREFIX).partition("/")
        return path.startswith(PREFIX) and port in self._ports and method in METHODS[port]

    def reply(self, path: str, body: bytes) -> Reply:
        """The answer to a message at a known path."""
        name, _, method = path.removeprefix(PREFIX).partition("/")
        try:
            question = parse_json(body)
            with self._turn:
                return Reply(200, METHODS[name][method](self._ports[name], question))
        except DecodeError as error:
            return Reply.error(400, "malformed", str(error))
        except InputError as error:
            return Reply.error(422, "refused", str(error))
        except NeighbourError as error:
            status = 409 if error.code in _CONFLICTS else 422
            return Reply.error(status, error.code, str(error))
        except Exception:  # noqa: BLE001 - somebody else's code: nothing is known of what it raises
            # Whatever an implementation does, its caller gets an answer and the server lives on.
            _LOG.exception("%s failed", path)
            return Reply.error(500, "internal", "the neighbour failed; its log says why")


@contextmanager
def serve(ports: Mapping[str, Port], address: tuple[str, int] = (LOOPBACK, 0)) -> Iterator[Server]:
    """A server that runs in a thread of its own until the block is left.

    Raises:
        InputError, OSError: as for ``Server``.
    """
    with Server(ports, address) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "caio-neighbours/1"
    sys_version = ""
    timeout = PATIENCE
    # Without it, the last piece of an answer waits for the acknowledgement of the first, 40 ms.
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Answer a question."""
        server = cast("Server", self.server)
        path = self.path
        if not server.known(path):
            self._unknown()
            return
        kind = self.headers.get_content_type()
        if self.headers.get("Content-Type") is None or kind != "application/json":
            self._refuse(415, "media_type", "send `Content-Type: application/json`")
            return
        lengths = self.headers.get_all("Content-Length", [])
        length = lengths[0] if len(lengths) == 1 else ""
        # A body whose end two headers say differently ends where an attacker wants it to.
        plain = self.headers.get("Transfer-Encoding") is None
        if not (plain and length.isascii() and length.isdigit() and len(length) <= 12):
            self._refuse(411, "no_length", "send one `Content-Length`, and the body as it is")
            return
        if int(length) > MAX_BODY:
            self._refuse(413, "too_large", f"a body has at most {MAX_BODY} bytes: ask for less")
            return
        body = self.rfile.read(int(length))
        if len(body) != int(length):
            self.close_connection = True
            return
        self._send(server.reply(path, body))

    def _other(self) -> None:
        if cast("Server", self.server).known(self.path):
            self._refuse(405, "not_a_post", "ask with POST")
        else:
            self._unknown()

    do_GET = _other  # noqa: N815 - http.server looks for these names
    do_HEAD = _other  # noqa: N815
    do_PUT = _other  # noqa: N815
    do_DELETE = _other  # noqa: N815
    do_PATCH = _other  # noqa: N815
    do_OPTIONS = _other  # noqa: N815

    def _unknown(self) -> None:
        self._refuse(404, "unknown_method", "ask for `/v1/PORT/METHOD` of a port served here")

    def _refuse(self, status: int, code: str, message: str) -> None:
        # What the body holds was not read, so that nothing after it could be found.
        self.close_connection = True
        self._send(Reply.error(status, code, message))

    def _send(self, reply: Reply) -> None:
        data = canonical_bytes(reply.value)
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Questions hold what users ask: they are logged nowhere."""
