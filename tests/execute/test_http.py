"""Over HTTP, against a real server that misbehaves: no reply that breaks anything is handed out, and nothing hangs."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from caio.base.canonical import canonical_bytes
from caio.base.errors import InputError
from caio.execute.adapter import Call, CallError, Reply, Trouble
from caio.execute.attempts import Ending
from caio.execute.http import HttpAdapter
from caio.execute.outcomes import Executed, Reason
from caio.execute.reports import Reports, header, member
from caio.execute.retries import Retry
from caio.execute.schemas import Schemas
from caio.execute.violations import Kind
from tests.execute import world as w
from tests.execute.server import ANSWER, Server
from tests.execute.world import executed, failed

SCHEMAS = Schemas({"answer.json": w.SCHEMA})
REPORTS = Reports(cost=member("/usage/cost"), locality=header("x-locality"))
SOON = replace(w.REQUEST, deadline=Fraction(1, 5))
QUICK = Retry(first=Fraction(1, 1000), longest=Fraction(1, 100))

HOSTILE: dict[str, tuple[Kind, dict[str, Any], dict[str, Any]]] = {
    "/error": (Kind.STATUS, {}, {}),
    "/redirect": (Kind.STATUS, {}, {}),
    "/html": (Kind.CONTENT_TYPE, {}, {}),
    "/gzip": (Kind.CONTENT_TYPE, {}, {}),
    "/invalid": (Kind.MALFORMED, {}, {}),
    "/twice": (Kind.MALFORMED, {}, {}),
    "/schema": (Kind.SCHEMA, {}, {"schema": "answer.json"}),
    "/us": (Kind.LOCALITY, {"reports": w.LOCALITY}, {"locality": "eu"}),
    "/both": (Kind.LOCALITY, {"reports": w.LOCALITY}, {"locality": "eu"}),
    "/ok": (Kind.LOCALITY, {"reports": w.LOCALITY}, {"locality": "eu"}),
    "/dear": (Kind.COST, {"reports": w.COST}, {}),
    "/huge": (Kind.SIZE, {}, {}),
    "/large-stated": (Kind.SIZE, {}, {}),
    "/truncated": (Kind.FAILURE, {}, {}),
    "/reset": (Kind.FAILURE, {}, {}),
    "/nonsense": (Kind.FAILURE, {}, {}),
    "/nothing": (Kind.FAILURE, {}, {}),
    "/headers": (Kind.FAILURE, {}, {}),
}


@pytest.mark.parametrize("path", HOSTILE)
def test_a_hostile_reply_is_a_violation_and_never_a_success(server: Server, path: str) -> None:
    kind, declared, stated = HOSTILE[path]
    bad = w.service("bad", endpoint=server.url(path), **stated)
    good = w.service("good", endpoint=server.url("/ok"))
    http = HttpAdapter()
    made = w.executor(
        {"bad": w.connection(http, max_bytes=200_000, **declared), "good": http}, schemas=SCHEMAS
    )
    began = time.monotonic()
    outcome = executed(made.run(w.order([bad, good]), w.payload()))
    assert time.monotonic() - began < 5
    assert (outcome.service, outcome.content) == ("good", ANSWER)
    assert [violation.kind for violation in outcome.violations] == [kind]
    assert server.paths() == [path, "/ok"]
    assert server.poured < 50_000_000


@pytest.mark.parametrize("path", ["/slow-headers", "/drip"])
def test_the_deadline_ends_a_call_that_takes_its_time(server: Server, path: str) -> None:
    slow = w.service("slow", endpoint=server.url(path), guarantees=(w.latency(Fraction(1, 10)),))
    made = w.executor({"slow": HttpAdapter(), "good": HttpAdapter()})
    began = time.monotonic()
    outcome = failed(made.run(w.order([slow, w.service("good")], SOON), w.payload()))
    assert time.monotonic() - began < 2
    assert outcome.reason is Reason.DEADLINE
    # The other candidate is not called any more.
    (attempt,) = outcome.attempts
    assert [violation.kind for violation in attempt.violations] == [Kind.DEADLINE]
    assert dict(attempt.violations[0].promised) == {"deadline_microseconds": "200000"}
    assert int(dict(attempt.violations[0].observed)["call_microseconds"]) >= 99_000


def test_good_replies_come_through_with_what_they_report(server: Server) -> None:
    for path, reports in {"/cheap": w.COST, "/eu": w.LOCALITY, "/ok": Reports()}.items():
        good = w.service(endpoint=server.url(path), locality="eu")
        made = w.executor({"good": w.connection(HttpAdapter(), reports=reports)})
        executed(made.run(w.order([good]), w.payload(b'{"question": "how?"}')))
    seen = server.seen[0]
    assert seen.body == b'{"question": "how?"}'
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["accept"] == "application/json"
    assert seen.headers["accept-encoding"] == "identity"


def test_a_reply_that_differs_breaks_determinism(server: Server) -> None:
    good = w.service(endpoint=server.url("/random"), deterministic=True)
    made = w.executor({"good": HttpAdapter()})
    executed(made.run(w.order([good]), w.payload()))
    outcome = failed(made.run(w.order([good]), w.payload()))
    assert [violation.kind for violation in outcome.violations] == [Kind.DETERMINISM]


@pytest.mark.parametrize(("idempotent", "calls"), [(True, 3), (False, 1)])
def test_what_may_pass_is_tried_again_only_where_that_does_no_harm(
    server: Server, idempotent: bool, calls: int
) -> None:
    good = w.service(endpoint=server.url("/flaky"))
    made = w.executor({"good": w.connection(HttpAdapter(), idempotent=idempotent)}, retry=QUICK)
    outcome = made.run(w.order([good]), w.payload())
    assert isinstance(outcome, Executed) == idempotent
    assert server.paths() == ["/flaky"] * calls
    # Every try has the same key, and each is an attempt of its own.
    assert len({seen.headers["idempotency-key"] for seen in server.seen}) == 1
    assert [a.ending for a in outcome.attempts][:calls] == [Ending.VIOLATED] * (
        calls - idempotent
    ) + [Ending.SUCCEEDED] * idempotent


@pytest.mark.parametrize("idempotent", [True, False])
def test_a_reply_that_broke_off_may_have_had_its_effect(server: Server, idempotent: bool) -> None:
    good = w.service(endpoint=server.url("/breaks-once"))
    made = w.executor({"good": w.connection(HttpAdapter(), idempotent=idempotent)}, retry=QUICK)
    made.run(w.order([good]), w.payload())
    assert len(server.seen) == 1 + idempotent


def test_a_service_that_is_not_there_is_tried_again_for_nothing_was_sent() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        place = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        made = w.executor({"good": HttpAdapter()}, retry=QUICK)
        outcome = failed(made.run(w.order([w.service(endpoint=place)]), w.payload()))
    assert [v.kind for v in outcome.violations] == [Kind.UNREACHABLE] * 3
    assert outcome.charged == 0
    assert not any(attempt.sent for attempt in outcome.attempts)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://example.invalid/",
        "https://user:word@example.invalid/",
        "ftp://example.invalid/",
        "https:///nowhere",
        "https://example.invalid/#part",
        "not a URL",
        "http://[::1",
        "http://127.0.0.1.example.invalid/",
    ],
)
def test_an_endpoint_that_is_no_plain_secure_url_is_not_called(endpoint: str) -> None:
    made = w.executor({"good": HttpAdapter()})
    outcome = failed(made.run(w.order([w.service(endpoint=endpoint)]), w.payload()))
    assert [attempt.ending for attempt in outcome.attempts] == [Ending.NOT_SENT]
    assert "word" not in str(outcome.result())


def test_a_contract_without_an_endpoint_is_not_called() -> None:
    made = w.executor({"good": HttpAdapter()})
    outcome = failed(made.run(w.order([w.service()]), w.payload()))
    assert [attempt.ending for attempt in outcome.attempts] == [Ending.NOT_SENT]


def test_secrets_reach_the_service_and_nothing_else(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    kept = w.Kept()
    http = HttpAdapter(headers=lambda call: {"Authorization": f"Bearer s3cret-{call.service}"})
    services = [
        w.service(name, endpoint=server.url(path))
        for name, path in {"a": "/redirect", "b": "/truncated", "c": "/ok"}.items()
    ]
    made = w.executor({service.name: http for service in services}, evidence=kept)
    outcome = executed(made.run(w.order(services), w.payload(b'{"question": "s3cret"}')))
    assert [seen.headers["authorization"] for seen in server.seen] == [
        f"Bearer s3cret-{name}" for name in "abc"
    ]
    told = [repr(outcome), repr(outcome.attempts), str(outcome.result()), repr(services), str(kept)]
    told += [record.getMessage() for record in caplog.records]
    assert not [text for text in told if "s3cret" in text]


@pytest.mark.parametrize(
    "headers",
    [
        {"Idempotency-Key": "mine"},
        {"host": "elsewhere"},
        {"X-Split": "a\r\nX-More: b"},
        {"X Bad": "a"},
        {"X-Empty": ""},
        {"Content-Length": "3"},
        {"X-Number": 3},
        None,
    ],
)
def test_headers_of_the_host_cannot_change_the_call(server: Server, headers: Any) -> None:
    made = w.executor({"good": HttpAdapter(headers=lambda _: headers)})
    outcome = failed(made.run(w.order([w.service(endpoint=server.url("/ok"))]), w.payload()))
    assert [attempt.ending for attempt in outcome.attempts] == [Ending.NOT_SENT]
    assert not server.seen


def test_a_cookie_of_one_reply_does_not_travel_with_the_next_call(server: Server) -> None:
    made = w.executor({"good": HttpAdapter()})
    order = w.order([w.service(endpoint=server.url("/cookie"))])

    async def twice() -> None:
        for _ in range(2):
            executed(await made.execute(order, w.payload()))
        await made.aclose()

    asyncio.run(twice())
    assert len(server.seen) == 2
    assert not [seen for seen in server.seen if "cookie" in seen.headers]


def test_the_environment_chooses_no_proxy_unless_asked(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    order = w.order([w.service(endpoint=server.url("/ok"))])
    executed(w.executor({"good": HttpAdapter()}).run(order, w.payload()))
    asked = w.executor({"good": HttpAdapter(environment=True)}, retry=Retry(tries=1))
    failed(asked.run(order, w.payload()))


def test_a_context_that_verifies_nothing_is_refused() -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with pytest.raises(InputError, match="does not verify"):
        HttpAdapter(tls=context)
    HttpAdapter(tls=ssl.create_default_context())


def certified(folder: Path) -> Path:
    """A key and a certificate for this machine that no usual authority has signed, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    place = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(place, critical=False)
        .sign(key, hashes.SHA256())
    )
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "loopback.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *form)
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


def test_tls_without_a_certificate_that_can_be_verified_is_no_connection(tmp_path: Path) -> None:
    file = certified(tmp_path)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(file)
    with Server(tls=theirs) as server:
        good = w.service(endpoint=server.url("/ok").replace("http://", "https://"))
        made = w.executor({"good": HttpAdapter()}, retry=Retry(tries=1))
        outcome = failed(made.run(w.order([good]), w.payload()))
        assert [v.kind for v in outcome.violations] == [Kind.UNREACHABLE]
        assert not server.seen
        ours = ssl.create_default_context(cafile=str(file))
        made = w.executor({"good": HttpAdapter(tls=ours)})
        executed(made.run(w.order([good]), w.payload()))


def test_many_at_once_share_an_executor(server: Server) -> None:
    bad = w.service("bad", endpoint=server.url("/schema"), schema="answer.json")
    good = w.service("good", endpoint=server.url("/moderate"))
    made = w.executor({"bad": HttpAdapter(), "good": HttpAdapter()}, schemas=SCHEMAS)

    async def many() -> list[Any]:
        each = [made.execute(w.order([bad, good]), w.payload()) for _ in range(40)]
        try:
            return await asyncio.gather(*each)
        finally:
            await made.aclose()

    began = time.monotonic()
    outcomes = asyncio.run(many())
    assert time.monotonic() - began < 4
    for outcome in outcomes:
        assert executed(outcome).service == "good"
        assert [a.ending for a in outcome.attempts] == [Ending.VIOLATED, Ending.SUCCEEDED]
    (record,) = [r for r in w.HISTORIES[-1].records() if r.service == "bad"]
    assert (record.calls, record.violations) == (40, 40)


def test_programs_without_a_loop_call_from_many_threads(server: Server) -> None:
    good = w.service(endpoint=server.url("/ok"))
    made = w.executor({"good": HttpAdapter()})
    with ThreadPoolExecutor(8) as threads:
        each = [threads.submit(made.run, w.order([good]), w.payload()) for _ in range(24)]
        for future in each:
            executed(future.result())
    assert w.HISTORIES[-1].record_of("good", "1.0").calls == 24


def test_waiting_for_a_connection_is_no_time_of_the_service(server: Server) -> None:
    http = HttpAdapter(connections=1)
    call = Call(
        service="good",
        version="1.0",
        control="none",
        endpoint=server.url("/moderate"),
        content=b"{}",
        media_type="application/json",
        accept=("application/json",),
        key="k",
    )

    async def several() -> list[object]:
        each = [http.call(call, seconds=30, max_bytes=1_000) for _ in range(5)]
        try:
            return await asyncio.gather(*each, return_exceptions=True)
        finally:
            await http.aclose()

    first, *others = asyncio.run(several())
    assert isinstance(first, Reply)
    troubles = [(e.trouble, e.sent) for e in others if isinstance(e, CallError)]
    assert troubles == [(Trouble.BUSY, False)] * 4
    assert server.paths() == ["/moderate"]


def test_too_many_calls_for_the_connections_there_are_come_again_and_are_nobodys_fault(
    server: Server,
) -> None:
    made = w.executor(
        {"good": HttpAdapter(connections=1)},
        retry=Retry(tries=20, budget=20, first=Fraction(1, 20), longest=Fraction(1, 2)),
    )
    good = w.service(endpoint=server.url("/moderate"))

    async def two() -> Any:
        each = [made.execute(w.order([good]), w.payload()) for _ in range(2)]
        try:
            return await asyncio.gather(*each)
        finally:
            await made.aclose()

    for outcome in asyncio.run(two()):
        assert not executed(outcome).violations
        *held_back, last = outcome.attempts
        assert {attempt.ending for attempt in held_back} <= {Ending.NOT_SENT}
        assert last.ending is Ending.SUCCEEDED
    assert server.paths() == ["/moderate"] * 2


def test_nothing_is_left_open_and_another_loop_opens_its_own(server: Server) -> None:
    http = HttpAdapter()
    call = Call(
        service="good",
        version="1.0",
        control="none",
        endpoint=server.url("/ok"),
        content=b"{}",
        media_type="application/json",
        accept=("application/json",),
        key="k",
    )

    async def once() -> bytes:
        try:
            return (await http.call(call, seconds=5, max_bytes=100)).content
        finally:
            await http.aclose()
            await http.aclose()

    assert [asyncio.run(once()) for _ in range(2)] == [ANSWER, ANSWER]

    async def refused() -> None:
        await http.call(replace(call, endpoint=server.url("/huge")), seconds=5, max_bytes=100)

    async def closing() -> None:
        try:
            await refused()
        finally:
            await http.aclose()

    with pytest.raises(CallError) as error:
        asyncio.run(closing())
    assert error.value.trouble is Trouble.TOO_LARGE
    assert b"question" not in canonical_bytes(str(error.value))
