"""Over HTTP: the same bytes as in the process, and nothing believed of a server that lies."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, cast

import jsonschema
import numpy as np
import pytest

from caio.base.canonical import canonical_bytes
from caio.base.errors import InputError
from caio.fields.arrays import Field
from caio.fields.reinforcement import policy_values
from caio.neighbours import wire_checks
from caio.neighbours.arrays import field_json
from caio.neighbours.client import HttpMaia, HttpMarketplace, HttpNme, HttpRfs
from caio.neighbours.conformance import Outcome as Came
from caio.neighbours.conformance import run_checks
from caio.neighbours.intents import TextMaia
from caio.neighbours.market import ProjectMarketplace
from caio.neighbours.memory import SuperposedRfs
from caio.neighbours.methods import METHODS, Port
from caio.neighbours.server import Reply, Server, serve
from caio.neighbours.suites import examine_url
from caio.neighbours.traits import AveragedNme
from caio.routing.ports import NeighbourError, Outcome
from tests.neighbours.draw import SPACE, ports, signal, tone

SPEC = Path(__file__).resolve().parents[2] / "docs" / "spec" / "neighbours-v1.md"
CONTEXT = ("the order was placed in March",)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of references that nobody writes to; tests that write have one of their own."""
    with serve(ports()) as running:
        yield running


def test_answers_have_the_bytes_that_they_have_in_the_process(server: Server) -> None:
    here = ports()
    maia, nme = cast("TextMaia", here["maia"]), cast("AveragedNme", here["nme"])
    market = cast("ProjectMarketplace", here["marketplace"])
    with HttpMaia(server.url) as remote:
        assert remote.space == maia.space == SPACE
        there = remote.intent("refund", CONTEXT)
        assert there.digest == maia.intent("refund", CONTEXT).digest
        assert remote.context([]).digest == maia.context([]).digest
        found = policy_values(remote.policy(), SPACE.encoder, there, ("small", "large"))
        assert (
            found.inputs
            == policy_values(maia.policy(), SPACE.encoder, there, ("small", "large")).inputs
        )
    with HttpNme(server.url) as people:
        assert (people.axes, people.scale) == (nme.axes, nme.scale)
        assert people.probe("haste").digest == nme.probe("haste").digest
        for user in ("alice", "bob", ""):
            assert people.traits(user).digest == nme.traits(user).digest
    with HttpMarketplace(server.url) as shop:
        assert shop.candidates() == market.candidates()
        assert shop.encode(market.names).digest == market.encode(market.names).digest


def test_a_memory_over_http_is_the_memory_in_the_process() -> None:
    here = SuperposedRfs(SPACE)
    with serve({"rfs": SuperposedRfs(SPACE)}) as running, HttpRfs(running.url) as there:
        assert there.recall(tone(0)) is None
        for place in range(3):
            field = tone(place, 0.5)
            assert there.store(field, f"key {place}") == here.store(field, f"key {place}")
        assert there.store(tone(0, 0.5), "key 0").repeated
        both = there.recall(tone(1)), here.recall(tone(1))
        assert both[0] is not None
        assert both[1] is not None
        assert (both[0].key, both[0].field.digest) == (both[1].key, both[1].field.digest)
        assert there.memory(tone(1)).digest == here.memory(tone(1)).digest
        names = ["key 1", "nothing", "key 0"]
        assert there.memories(names).digest == here.memories(names).digest
        assert there.components().digest == here.components().digest
        assert there.capacity() == here.capacity()
        with pytest.raises(NeighbourError) as caught:
            there.store(tone(0, 100.0), "large")
        assert caught.value.code == "full"


def test_signals_and_outcomes_arrive_once() -> None:
    maia = TextMaia(SPACE)
    with serve({"maia": maia}) as running, HttpMaia(running.url) as remote:
        louder = signal((70, 90), 1500)
        assert [remote.control(louder).repeated for _ in range(2)] == [False, True]
        intent = remote.intent("refund", [])
        policy = remote.policy()
        outcome = Outcome("call", intent, "small", "1.0", Fraction(1, 2))
        assert [remote.feedback(outcome).repeated for _ in range(2)] == [False, True]
        state = SPACE.encoder.adjoint(intent.values)
        with pytest.raises(NeighbourError) as caught:
            policy.values(state, ["small"])
        assert caught.value.code == "stale"
        learned = remote.policy().values(state, ["small", "large"])
        assert learned.tobytes() == maia.policy().values(state, ["small", "large"]).tobytes()
        assert learned[0] > 0


def test_long_lists_are_asked_for_in_pages() -> None:
    with serve({"rfs": SuperposedRfs()}) as running, HttpRfs(running.url) as rfs:
        # 1,100 fields of 1,024 components are more than a message holds.
        found = rfs.memories([f"key {number}" for number in range(1100)])
        assert found.values.shape == (1100, 1024)


@pytest.mark.parametrize(
    "ask",
    [
        lambda maia: maia.intent("", []),
        lambda maia: maia.intent("x" * 65_537, []),
        lambda maia: maia.intent("refund", ["x"] * 257),
        lambda maia: maia.intent("a \ud800 b", []),
        lambda maia: maia.control(signal((), 0, replace(SPACE, dimension=512))),
        lambda maia: maia.control("louder"),
        lambda maia: maia.policy().values(np.zeros(SPACE.source, dtype=complex), ["a"]),
        lambda maia: maia.policy().values(np.ones(3, dtype=complex), ["a"]),
        lambda maia: maia.policy().values(np.ones(SPACE.source, dtype=complex), []),
        lambda maia: maia.policy().values(np.ones(SPACE.source, dtype=complex), ["a", "a"]),
    ],
)
def test_what_is_no_question_is_refused(server: Server, ask: Callable[[HttpMaia], object]) -> None:
    with HttpMaia(server.url) as maia, pytest.raises((NeighbourError, InputError)):
        ask(maia)


@pytest.mark.parametrize(
    "url",
    ["", "127.0.0.1:80", "ftp://127.0.0.1", "http://", "http://[", "http://a:b", "http://a:0"],
)
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="no URL of a neighbour"):
        HttpMaia(url)


def test_whoever_is_not_there_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with HttpMaia(f"http://127.0.0.1:{port}") as maia, pytest.raises(NeighbourError) as caught:
        maia.intent("refund", [])
    assert caught.value.code == "unreachable"


def test_a_server_listens_on_either_loopback() -> None:
    maias: dict[str, Port] = {"maia": TextMaia(SPACE)}
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        with pytest.raises(OSError, match="address"):
            Server(maias, ("::1", 0))
        return
    with serve(maias, ("::1", 0)) as running, HttpMaia(running.url) as maia:
        assert running.url.startswith("http://[::1]:")
        assert maia.space == SPACE


def test_a_server_names_its_ports() -> None:
    with pytest.raises(InputError, match="expected ports"):
        Server({})
    with pytest.raises(InputError, match="marketplace"):
        Server({"mall": TextMaia(SPACE)})
    with serve({"nme": ports()["nme"]}) as running, HttpMaia(running.url) as maia:
        with pytest.raises(NeighbourError) as caught:
            _ = maia.space
        assert caught.value.code == "unknown_method"


class Failing(TextMaia):
    def intent(self, query: str, context: Any) -> Field:
        raise ZeroDivisionError(query, context)


def test_an_implementation_that_fails_is_answered_for_and_the_server_lives(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with serve({"maia": Failing(SPACE)}) as running, HttpMaia(running.url) as maia:
        with pytest.raises(NeighbourError) as caught:
            maia.intent("a secret", [])
        assert caught.value.code == "internal"
        assert "secret" not in str(caught.value)
        assert maia.context([]).dimension == SPACE.source
    assert "/v1/maia/intent failed" in caplog.text


# --- servers that lie -------------------------------------------------------------------------------


class Lying(Server):
    """A server whose answers are changed on their way."""

    def __init__(self, ports: dict[str, Port], lie: Callable[[str, Reply], Reply]) -> None:
        super().__init__(ports)
        self._lie = lie

    def reply(self, path: str, body: bytes) -> Reply:
        return self._lie(path, super().reply(path, body))


def lying(lie: Callable[[str, Reply], Reply], port: str = "maia") -> Iterator[Server]:
    with Lying({port: ports()[port]}, lie) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield running
        finally:
            running.shutdown()
            thread.join()


def about(method: str, change: Callable[[Any], Any]) -> Callable[[str, Reply], Reply]:
    def lie(path: str, reply: Reply) -> Reply:
        if path.endswith(f"/{method}") and reply.status == 200:
            return Reply(200, change(json.loads(canonical_bytes(reply.value))))
        return reply

    return lie


OTHER = field_json(tone(3))
SMALLER = np.ones(SPACE.dimension, dtype=np.complex64).tobytes()

LIES: list[tuple[str, Callable[[Any], Any], str]] = [
    ("intent", lambda value: value | {"digest": OTHER["digest"]}, "intent_is_one_field"),
    ("intent", lambda value: value | {"values": value["values"][:-8]}, "intent_is_one_field"),
    ("intent", lambda value: value | {"values": SMALLER.hex()}, "intent_is_one_field"),
    ("intent", lambda value: value | {"shape": [1, SPACE.dimension]}, "intent_is_one_field"),
    ("intent", lambda value: value | {"shape": [SPACE.dimension // 2]}, "intent_is_one_field"),
    ("intent", lambda value: value | {"name": "intent"}, "intent_is_one_field"),
    ("intent", lambda _: None, "intent_is_one_field"),
    ("intent", lambda value: value["values"], "intent_is_one_field"),
    ("describe", lambda value: value | {"format": "caio-neighbour/v9"}, "describes_itself"),
    ("describe", lambda value: value | {"port": "rfs"}, "describes_itself"),
    ("policy", lambda _: {"digest": "theta"}, "policy_has_finite_values"),
    ("policy", lambda _: {"digest": "sha256:" + "0" * 64}, "policy_has_finite_values"),
    ("values", lambda value: value | {"shape": [2]}, "policy_has_finite_values"),
    ("control", lambda value: value | {"digest": OTHER["digest"]}, "control_is_acknowledged_once"),
    ("control", lambda value: value | {"repeated": 1}, "control_is_acknowledged_once"),
    ("feedback", lambda value: value | {"digest": OTHER["digest"]}, "outcome_is_learned"),
]


@pytest.mark.parametrize(("method", "change", "check"), LIES)
def test_a_server_that_lies_is_found_out(
    method: str, change: Callable[[Any], Any], check: str
) -> None:
    for running in lying(about(method, change)):
        report = examine_url("maia", running.url, limit=20)
        assert check in report.failed
        assert report.outcome is Came.FAILED


MARKET_LIES: list[Callable[[Any], Any]] = [
    lambda value: value | {"digests": value["digests"][::-1]},
    lambda value: value | {"digests": [value["digests"][0], *(2 * ["sha256:" + "0" * 64])]},
    lambda value: value | {"documents": [value["documents"][0], *(2 * [value["documents"][1]])]},
    lambda value: (
        value
        | {
            "documents": [
                {**doc, "capabilities": ["telepathy"]} if doc["kind"] == "service" else doc
                for doc in value["documents"]
            ]
        }
    ),
]


@pytest.mark.parametrize("change", MARKET_LIES)
def test_documents_that_are_not_what_they_say_are_found_out(change: Callable[[Any], Any]) -> None:
    for running in lying(about("candidates", change), "marketplace"):
        report = examine_url("marketplace", running.url, limit=20)
        assert {"documents_are_listed_once", "documents_are_valid"} <= set(report.failed)


def test_a_server_that_takes_anything_is_found_out() -> None:
    def lie(_: str, reply: Reply) -> Reply:
        return Reply(200, {}) if reply.status == 400 else reply

    for running in lying(lie):
        wire = wire_checks.Wire(running.url, "maia", SPACE, 20)
        report = run_checks("maia", wire_checks.checks("maia"), wire)
        assert report.failed == ("malformed_messages_are_refused", "malformed_fields_are_refused")


def test_a_refusal_needs_its_code() -> None:
    def lie(_: str, reply: Reply) -> Reply:
        return Reply(400, {"error": "no"}) if reply.status == 400 else reply

    for running in lying(lie):
        wire = wire_checks.Wire(running.url, "maia", SPACE, 20)
        report = run_checks("maia", wire_checks.checks("maia"), wire)
        assert "malformed_messages_are_refused" in report.failed


def test_a_late_answer_is_no_answer() -> None:
    def lie(_: str, reply: Reply) -> Reply:
        time.sleep(0.4)
        return reply

    for running in lying(lie):
        with HttpMaia(running.url, timeout=0.1) as maia, pytest.raises(NeighbourError) as caught:
            maia.intent("refund", [])
        assert caught.value.code == "late"


class Raw(BaseHTTPRequestHandler):
    """What no server of ours would send."""

    answers: Callable[[Raw], None]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        type(self).answers(self)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        del format, args


def send(handler: Raw, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def drip(handler: Raw) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(8):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.05)


def drip_headers(handler: Raw) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    try:
        for _ in range(60):
            handler.wfile.write(b"a")
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        pass
    handler.close_connection = True


def flood(handler: Raw) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(2**26))
    handler.end_headers()
    block = b" " * 2**20
    try:
        for _ in range(64):
            handler.wfile.write(block)
    except OSError:
        handler.close_connection = True


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        (lambda handler: send(handler, 302, b"", Location="http://127.0.0.1:9/"), "malformed"),
        (lambda handler: send(handler, 200, b"<html>"), "malformed"),
        (lambda handler: send(handler, 200, b'{"digest": 1e400}'), "malformed"),
        (lambda handler: send(handler, 200, b"[" * 100_000), "malformed"),
        (lambda handler: send(handler, 200, b"\xff\xfe"), "malformed"),
        (lambda handler: send(handler, 500, b"oops"), "malformed"),
        (lambda handler: send(handler, 500, b'{"error": {"code": "internal"}}'), "malformed"),
        (lambda handler: handler.connection.close(), "unreachable"),
        (drip, "late"),
        (drip_headers, "late"),
        (flood, "too_large"),
    ],
)
def test_whatever_comes_back_is_an_answer_or_an_error(
    answers: Callable[[Raw], None], code: str
) -> None:
    handler = type("Answering", (Raw,), {"answers": answers})
    with HTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,))
        thread.start()
        try:
            url = f"http://127.0.0.1:{running.server_address[1]}"
            timeout = 0.2 if code == "late" else 20
            began = time.monotonic()
            with HttpMaia(url, timeout=timeout) as maia, pytest.raises(NeighbourError) as caught:
                maia.policy()
            assert caught.value.code == code
            # The headers alone would take three seconds.
            assert code != "late" or time.monotonic() - began < 2
        finally:
            running.shutdown()
            thread.join()


@pytest.mark.parametrize(
    "headers",
    [
        "",
        "Content-Length: many\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 2\r\nContent-Length: 3\r\n",
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        f"Content-Length: {'9' * 13}\r\n",
    ],
)
def test_a_body_has_one_length(server: Server, headers: str) -> None:
    host, port = server.server_address[:2]
    with socket.create_connection((str(host), port), timeout=20) as raw:
        start = (
            f"POST /v1/maia/policy HTTP/1.1\r\nHost: {host!r}\r\nContent-Type: application/json\r\n"
        )
        raw.sendall(f"{start}{headers}\r\n{{}}".encode())
        said = raw.makefile("rb").read()
    head, _, body = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 411 ")
    assert json.loads(body)["error"]["code"] == "no_length"


def test_exchanges_have_the_shapes_of_the_schema() -> None:
    schema = json.loads(SPEC.with_name("neighbours-v1.schema.json").read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    seen: dict[str, list[dict[str, Any]]] = {}

    class Recording(Server):
        def reply(self, path: str, body: bytes) -> Reply:
            reply = super().reply(path, body)
            method = path.removeprefix("/v1/")
            answer = json.loads(canonical_bytes(reply.value))
            if reply.status != 400:
                exchange = {"method": method, "question": json.loads(body), "answer": answer}
                seen.setdefault(method, []).append(exchange)
            return reply

    with Recording(ports()) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,))
        thread.start()
        try:
            with HttpRfs(running.url) as rfs:
                assert rfs.recall(tone(0)) is None
            for port in METHODS:
                assert examine_url(port, running.url, limit=20).outcome is Came.PASSED
        finally:
            running.shutdown()
            thread.join()
    assert seen.keys() == {f"{port}/{name}" for port in METHODS for name in METHODS[port]}
    for exchanges in seen.values():
        for exchange in exchanges:
            validator.validate(exchange)
        good = exchanges[0]
        for bad in (
            good | {"question": good["question"] | {"more": 1}},
            good | {"answer": 7},
            good | {"method": "maia/guess"},
        ):
            assert not validator.is_valid(bad)


def test_the_room_is_there_without_httpx() -> None:
    source = (
        "import sys; sys.modules['httpx'] = None\n"
        "from caio.neighbours.intents import TextMaia\n"
        "from caio.neighbours.client import HttpMaia\n"
        "TextMaia().intent('refund', [])\n"
        "try: HttpMaia('http://127.0.0.1')\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.startswith("InputError asking a neighbour over HTTP needs httpx")


def test_the_methods_are_those_of_the_specification() -> None:
    said = set()
    for line in SPEC.read_text("utf-8").splitlines():
        if line.startswith("| `") and "/" in line.split("|")[1]:
            said |= {name.strip(" `") for name in line.split("|")[1].split(",")}
    assert said == {f"{port}/{method}" for port, methods in METHODS.items() for method in methods}
