"""Carries HTTP requests by httpx or httpx2: TLS verified, no redirects, no retry, bounded in time and size (R5.8).

The two libraries have the same interface and exceptions of different classes, so an adapter is told its library.
A client of the portal's own lends its connections, proxies and trust store; its redirects, cookies, headers,
authentication, time-outs and base URL have no say here.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from importlib import import_module, metadata
from types import ModuleType
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import httpx

from elaas_identity._discreet import discreet
from elaas_identity.errors import Misconfigured, ProviderFailed
from elaas_identity.oidc.http import MAX_ANSWER_BYTES, Request, Response
from elaas_identity.providers.flavour import require_flavour
from elaas_identity.providers.http_exchange import DEFAULT_TIME_LIMITS, Exchange, TimeLimits, bound
from elaas_identity.providers.http_proxies import require_readable_proxies

if TYPE_CHECKING:
    import httpx2

__all__ = [
    "DEFAULT_TIME_LIMITS",
    "AsyncHTTPX2Transport",
    "AsyncHTTPXTransport",
    "HTTPX2Transport",
    "HTTPXTransport",
    "TimeLimits",
]


@discreet
class HTTPXTransport:
    """`Transport` by `httpx.Client`: the given one, or one of its own, made when first needed.

    Making a client costs some 20 ms (the trust store), so one is kept for each process; a forked process makes its
    own and leaves its parent's connections alone.

    Raises:
        Misconfigured: `identity_provider_settings`: no client is given, and the environment names a proxy that
            cannot be read. The detail names the variable.
    """

    def __init__(
        self, client: httpx.Client | None = None, *, time_limits: TimeLimits = DEFAULT_TIME_LIMITS
    ) -> None:
        self._wire = _Wire(self._library(), time_limits)
        require_flavour(client, ("send",), "identity_provider_settings", awaited=False)
        self._given = client
        if client is None:
            require_readable_proxies(self._wire.library)
        self._own: dict[int, httpx.Client] = {}

    def send(self, request: Request) -> Response:
        """Carry one request.

        Raises:
            ProviderFailed: `identity_provider_unavailable`, whatever goes wrong on the way; `…_answer_invalid`, for an
                answer that is too large or encoded.
            Misconfigured: the given client is closed.
        """
        with self._wire.failures(request), Exchange(self._wire.limits) as exchange:
            client = self._client()
            sent = self._wire.request(request, exchange.extensions(awaited=False))
            answer = client.send(sent, stream=True, auth=None, follow_redirects=False)
            try:
                bound(answer.extensions.get("network_stream"))
                body = _Body(answer)
                for part in answer.iter_bytes():
                    body.take(part)
                    exchange.left()
                return body.response()
            finally:
                answer.close()

    def close(self) -> None:
        """Close the client if this object made it in this process; a given one is its owner's."""
        own = self._own.pop(os.getpid(), None)
        if own is not None:
            own.close()

    @staticmethod
    def _library() -> ModuleType:
        return httpx

    def _client(self) -> httpx.Client:
        if self._given is not None:
            _require_open(self._given)
            return self._given
        own = self._own.get(os.getpid())
        if own is None:
            require_readable_proxies(self._wire.library)
            own = self._own.setdefault(os.getpid(), self._wire.library.Client())
        return own


@discreet
class AsyncHTTPXTransport:
    """`AsyncTransport` by `httpx.AsyncClient`: the given one, or one of its own for each process and event loop.

    Raises:
        Misconfigured: `identity_provider_settings`, as `HTTPXTransport`.
    """

    def __init__(
        self, client: httpx.AsyncClient | None = None, *, time_limits: TimeLimits = DEFAULT_TIME_LIMITS
    ) -> None:
        self._wire = _Wire(self._library(), time_limits)
        require_flavour(client, ("send",), "identity_provider_settings", awaited=True)
        self._given = client
        if client is None:
            require_readable_proxies(self._wire.library)
        self._own: dict[int, WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient]] = {}

    async def send(self, request: Request) -> Response:
        """Carry one request.

        Raises:
            ProviderFailed: `identity_provider_unavailable`, whatever goes wrong on the way; `…_answer_invalid`, for an
                answer that is too large or encoded.
            Misconfigured: the given client is closed.
        """
        with self._wire.failures(request), Exchange(self._wire.limits) as exchange:
            client = self._client()
            sent = self._wire.request(request, exchange.extensions(awaited=True))
            async with asyncio.timeout(self._wire.limits.total):
                answer = await client.send(sent, stream=True, auth=None, follow_redirects=False)
                try:
                    bound(answer.extensions.get("network_stream"))
                    body = _Body(answer)
                    async for part in answer.aiter_bytes():
                        body.take(part)
                    return body.response()
                finally:
                    await answer.aclose()

    async def close(self) -> None:
        """Close the client if this object made it in this event loop; a given one is its owner's."""
        own = self._clients().pop(asyncio.get_running_loop(), None)
        if own is not None:
            await own.aclose()

    @staticmethod
    def _library() -> ModuleType:
        return httpx

    def _client(self) -> httpx.AsyncClient:
        if self._given is not None:
            _require_open(self._given)
            return self._given
        loop, clients = asyncio.get_running_loop(), self._clients()
        own = clients.get(loop)
        if own is None:
            require_readable_proxies(self._wire.library)
            own = clients[loop] = self._wire.library.AsyncClient()
        return own

    def _clients(self) -> WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient]:
        return self._own.setdefault(os.getpid(), WeakKeyDictionary())


@discreet
class HTTPX2Transport(HTTPXTransport):
    """`HTTPXTransport` by `httpx2.Client`.

    Raises:
        Misconfigured: `extra_missing`: httpx2 is not installed. `identity_provider_settings`, as there.
    """

    def __init__(
        self, client: httpx2.Client | None = None, *, time_limits: TimeLimits = DEFAULT_TIME_LIMITS
    ) -> None:
        super().__init__(client, time_limits=time_limits)  # type: ignore[arg-type]

    @staticmethod
    def _library() -> ModuleType:
        return _httpx2()


@discreet
class AsyncHTTPX2Transport(AsyncHTTPXTransport):
    """`AsyncHTTPXTransport` by `httpx2.AsyncClient`.

    Raises:
        Misconfigured: `extra_missing`: httpx2 is not installed. `identity_provider_settings`, as there.
    """

    def __init__(
        self, client: httpx2.AsyncClient | None = None, *, time_limits: TimeLimits = DEFAULT_TIME_LIMITS
    ) -> None:
        super().__init__(client, time_limits=time_limits)  # type: ignore[arg-type]

    @staticmethod
    def _library() -> ModuleType:
        return _httpx2()


class _Wire:
    """What a library's requests and failures look like; the same for threads and tasks."""

    def __init__(self, library: ModuleType, limits: TimeLimits) -> None:
        self.library: Any = library
        self.limits = limits

    def request(self, request: Request, extensions: dict[str, Any]) -> Any:
        """Made without the client, so that none of the client's own settings comes in."""
        return self.library.Request(
            request.method,
            request.url,
            # `identity`: what is not compressed cannot be a bomb.
            headers={
                "User-Agent": _user_agent(),
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                **request.headers,
            },
            content=request.body or None,
            extensions=extensions,
        )

    @contextmanager
    def failures(self, request: Request) -> Generator[None]:
        """The one place where a library's exceptions become ours; the cause may hold the request, and is left out."""
        library = self.library
        try:
            yield
        except (library.HTTPError, library.InvalidURL, library.StreamError, OSError) as error:
            host = request.url.partition("//")[2].partition("/")[0]
            detail = f"{host} could not be asked: {type(error).__name__}"
            raise ProviderFailed("identity_provider_unavailable", detail=detail) from None


class _Body:
    """An answer as it arrives, up to the limit."""

    def __init__(self, answer: httpx.Response) -> None:
        self._answer = answer
        self._parts: list[bytes] = []
        self._size = 0
        encoding = answer.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            raise _too_much("the answer is compressed, although it was asked not to be")
        length = answer.headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > MAX_ANSWER_BYTES:
            raise _too_much("the answer is larger than 1 MiB")

    def take(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > MAX_ANSWER_BYTES:
            raise _too_much("the answer is larger than 1 MiB")
        self._parts.append(part)

    def response(self) -> Response:
        headers = {name.lower(): value for name, value in self._answer.headers.items()}
        return Response(status=self._answer.status_code, headers=headers, body=b"".join(self._parts))


def _require_open(client: httpx.Client | httpx.AsyncClient) -> None:
    if client.is_closed:
        raise Misconfigured("identity_provider_settings", detail="the HTTP client that was given is closed")


def _too_much(detail: str) -> ProviderFailed:
    return ProviderFailed("identity_provider_answer_invalid", detail=detail)


def _httpx2() -> ModuleType:
    try:
        return import_module("httpx2")
    except ImportError:
        raise Misconfigured("extra_missing", detail="install httpx2 to use its clients") from None


@cache
def _user_agent() -> str:
    try:
        return f"elaas-identity/{metadata.version('elaas-identity')}"
    except metadata.PackageNotFoundError:  # run from a source tree
        return "elaas-identity"
