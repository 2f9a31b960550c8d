"""Services over HTTP: one POST to the endpoint of the contract, by httpx.

Where a contract says ``https``, the certificate is verified. Redirects are not followed, cookies are not kept, the
environment's proxies are not used unless asked for, no content encoding is accepted (so that a small reply cannot become
a large one), and reading stops at the limit. Headers of the host (an authorization, say) are made for each call, go to the
contract's endpoint alone, and appear in no message.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.cookiejar import DefaultCookiePolicy
from typing import Final
from weakref import WeakKeyDictionary

from caio.base.errors import InputError
from caio.execute.adapter import Call, CallError, Reply, Trouble
from caio.execute.extra import needed

with needed():
    import httpx

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
_TEXT: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,8190}[\x21-\x7e])?")
_OURS: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "host",
        "idempotency-key",
        "transfer-encoding",
    }
)
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_NOT_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
"""What httpx raises before a byte of the request is written."""


class HttpAdapter:
    """Calls services over HTTP. Usable from several event loops; ``aclose`` gives back what it holds in the running one."""

    __slots__ = ("_clients", "_environment", "_headers", "_limits", "_plain", "_tls")

    def __init__(
        self,
        *,
        headers: Callable[[Call], Mapping[str, str]] | None = None,
        plain: bool = False,
        environment: bool = False,
        tls: ssl.SSLContext | None = None,
        connections: int = 100,
        idle: float = 2.0,
    ) -> None:
        """Prepare for calls; nothing is opened yet.

        Args:
            headers: more headers of a call, such as an authorization.
            plain: whether endpoints may be ``http`` elsewhere than on this machine.
            environment: whether proxies and certificates of the environment are used.
            tls: another context than the usual one, such as one with a private authority.
            connections: how many may be open at once; a call for which none is left is not sent, and waiting for one is no
                part of the time that a service is judged by.
            idle: for how many seconds a connection is kept for the next call; 0 keeps none. A service that closes idle
                connections sooner is blamed for calls that find theirs closed.

        Raises:
            InputError: the context does not verify certificates.
        """
        if tls is not None and (tls.verify_mode is not ssl.CERT_REQUIRED or not tls.check_hostname):
            raise InputError(
                "the TLS context does not verify certificates: nobody would know who answers"
            )
        self._headers = headers
        self._plain = plain
        self._environment = environment
        self._tls = tls
        self._limits = httpx.Limits(
            max_connections=connections,
            max_keepalive_connections=connections if idle > 0 else 0,
            keepalive_expiry=idle,
        )
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = (
            WeakKeyDictionary()
        )

    async def call(self, call: Call, *, seconds: float, max_bytes: int) -> Reply:
        """The service's reply, read to its end.

        Raises:
            CallError: there is none.
        """
        url = self._url(call)
        headers = self._all_headers(call)
        trouble: CallError | None = None
        try:
            return await self._exchange(url, headers, call, seconds, max_bytes)
        except httpx.PoolTimeout as error:
            trouble = _trouble(Trouble.BUSY, error, sent=False)
        except _NOT_SENT as error:
            trouble = _trouble(Trouble.UNREACHABLE, error, sent=False)
        except httpx.TimeoutException as error:
            trouble = _trouble(Trouble.TIMEOUT, error, sent=True)
        except httpx.HTTPError as error:
            trouble = _trouble(Trouble.BROKEN, error, sent=True)
        # Outside of the handlers: httpx's exceptions hold the request with its headers.
        raise trouble

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    async def _exchange(
        self, url: httpx.URL, headers: dict[str, str], call: Call, seconds: float, max_bytes: int
    ) -> Reply:
        client = self._client()
        # A wait for a connection would count as the service's time: whoever finds none tries again later.
        limits = httpx.Timeout(seconds, pool=0.0)
        request = client.build_request(
            "POST", url, content=call.content, headers=headers, timeout=limits
        )
        response = await client.send(request, stream=True, follow_redirects=False)
        try:
            content = await _read(response, max_bytes)
        finally:
            await response.aclose()
        return Reply(
            content,
            response.headers.get("content-type", ""),
            response.status_code,
            tuple((name.lower(), value) for name, value in response.headers.multi_items()),
        )

    def _url(self, call: Call) -> httpx.URL:
        url: httpx.URL | None = None
        with suppress(httpx.InvalidURL, TypeError):
            url = httpx.URL(call.endpoint or "")
        if url is None or not url.host or url.userinfo or url.fragment:
            raise CallError(
                Trouble.REFUSED, sent=False, note="its contract's endpoint is no plain URL"
            )
        secure = url.scheme == "https"
        if not secure and not (url.scheme == "http" and (self._plain or url.host in _LOOPBACK)):
            raise CallError(
                Trouble.REFUSED, sent=False, note="its contract's endpoint is not `https`"
            )
        return url

    def _all_headers(self, call: Call) -> dict[str, str]:
        found: dict[str, str] | None = {}
        if self._headers is not None:
            # Whatever the host's function stumbles over is no fault of the service, and may hold a secret.
            found = None
            with suppress(Exception):
                found = dict(self._headers(call))
        if found is None or not all(map(_permitted, found.items())):
            note = "the headers that the host adds are missing, malformed, or ours"
            raise CallError(Trouble.REFUSED, sent=False, note=note)
        return found | {
            "Accept": ", ".join(call.accept),
            "Accept-Encoding": "identity",
            "Content-Type": call.media_type,
            "Idempotency-Key": call.key,
        }

    def _client(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            if self._tls is None:
                # Reading the authorities takes as long as a call; all loops share them.
                self._tls = httpx.create_ssl_context(trust_env=self._environment)
            client = httpx.AsyncClient(
                verify=self._tls,
                trust_env=self._environment,
                follow_redirects=False,
                limits=self._limits,
            )
            # A cookie of one caller's reply must not travel with the next caller's request.
            client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
            self._clients[loop] = client
        return client


def _permitted(header: tuple[object, object]) -> bool:
    """Whether a header of the host is well-formed, and none that the call itself determines."""
    name, value = header
    return (
        isinstance(name, str)
        and isinstance(value, str)
        and _TOKEN.fullmatch(name) is not None
        and _TEXT.fullmatch(value) is not None
        and name.lower() not in _OURS
    )


async def _read(response: httpx.Response, max_bytes: int) -> bytes:
    encoding = response.headers.get("content-encoding", "identity")
    if encoding.strip().lower() != "identity":
        raise CallError(Trouble.ENCODED, sent=True)
    stated = response.headers.get("content-length", "")
    if stated.isdecimal() and int(stated[:20]) > max_bytes:
        raise CallError(Trouble.TOO_LARGE, sent=True)
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_raw():
        size += len(part)
        if size > max_bytes:
            raise CallError(Trouble.TOO_LARGE, sent=True)
        parts.append(part)
    return b"".join(parts)


def _trouble(trouble: Trouble, error: Exception, *, sent: bool) -> CallError:
    return CallError(trouble, sent=sent, note=f"`{type(error).__name__}`")
