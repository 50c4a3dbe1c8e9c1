"""The four HTTP adapters behind one synchronous face, so that one suite runs over all of them."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import httpx2

from elaas_identity.oidc.http import Request, Response
from elaas_identity.providers.http import (
    DEFAULT_TIME_LIMITS,
    AsyncHTTPX2Transport,
    AsyncHTTPXTransport,
    HTTPX2Transport,
    HTTPXTransport,
    TimeLimits,
)

ADAPTERS: dict[str, tuple[Any, Any]] = {
    "httpx": (HTTPXTransport, httpx.Client),
    "httpx2": (HTTPX2Transport, httpx2.Client),
    "async-httpx": (AsyncHTTPXTransport, httpx.AsyncClient),
    "async-httpx2": (AsyncHTTPX2Transport, httpx2.AsyncClient),
}
"""Name → the adapter and its library's client."""


class Carrier:
    """An adapter of that name; what is awaited is awaited here, in one event loop."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_async = name.startswith("async")
        self.adapter, self.client = ADAPTERS[name]
        self._runner = asyncio.Runner()
        self._opened: list[Any] = []

    def run(self, answer: Any) -> Any:
        """The value, or what a coroutine comes to."""
        return self._runner.run(answer) if self.is_async else answer

    def transport(self, given: Any = None, limits: TimeLimits = DEFAULT_TIME_LIMITS) -> Any:
        """A transport, closed with this carrier."""
        transport = self.adapter(given, time_limits=limits)
        self._opened.append(transport.close)
        return transport

    def given(self, **settings: Any) -> Any:
        """A client of the portal's own, closed with this carrier."""
        client = self.client(**settings)
        self._opened.append(self.closing(client))
        return client

    def closing(self, client: Any) -> Any:
        """How the client is closed."""
        return client.aclose if self.is_async else client.close

    def send(self, request: Request, **settings: Any) -> Response:
        """One request by a transport with these settings."""
        response: Response = self.run(self.transport(**settings).send(request))
        return response

    def close(self) -> None:
        """Everything that was opened."""
        for close in self._opened:
            self.run(close())
        self._runner.close()
