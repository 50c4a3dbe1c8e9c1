"""The emulator in memory, without a socket: as our own transport, as one of httpx and httpx2, as a route of respx."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

import httpx

from elaas_identity._discreet import discreet
from elaas_identity.errors import ProviderFailed
from elaas_identity.oidc.http import MAX_ANSWER_BYTES, Request, Response

if TYPE_CHECKING:
    import respx
    from httpx2 import AsyncBaseTransport as _AsyncOfHTTPX2
    from httpx2 import BaseTransport as _OfHTTPX2

    from elaas_identity.testing.thaid_emulator import ThaIDEmulator
else:  # httpx2 asks for no class, and need not be installed
    _OfHTTPX2 = _AsyncOfHTTPX2 = object


@discreet
class MemoryTransport(httpx.BaseTransport, _OfHTTPX2):
    """Satisfies `ports.Transport`, and is a transport of httpx and of httpx2.

    A request for another host than the emulator's fails, as an unknown name does. A fault or a hook of the emulator
    that raises `OSError` is a broken network; `TimeoutError` is a time-out, for which nobody waits.
    """

    def __init__(self, emulator: ThaIDEmulator) -> None:
        self._emulator = emulator

    def send(self, request: Request) -> Response:
        """The emulator's answer.

        Raises:
            ProviderFailed: as `ports.Transport` says.
        """
        return _carried(self._emulator, request)

    def handle_request(self, request: Any) -> Any:
        """The emulator's answer, in the classes of the library whose request it is.

        Raises:
            ConnectError, ReadTimeout, ReadError: of that library, for a broken network.
        """
        return _answered(self._emulator, request, request.read())

    def close(self) -> None:
        """Nothing to close: the emulator is its owner's."""


@discreet
class AsyncMemoryTransport(httpx.AsyncBaseTransport, _AsyncOfHTTPX2):
    """`MemoryTransport`, awaited. Satisfies `ports.AsyncTransport`."""

    def __init__(self, emulator: ThaIDEmulator) -> None:
        self._emulator = emulator

    async def send(self, request: Request) -> Response:
        """The emulator's answer.

        Raises:
            ProviderFailed: as `ports.Transport` says.
        """
        return _carried(self._emulator, request)

    async def handle_async_request(self, request: Any) -> Any:
        """The emulator's answer, in the classes of the library whose request it is.

        Raises:
            ConnectError, ReadTimeout, ReadError: of that library, for a broken network.
        """
        return _answered(self._emulator, request, await request.aread())

    async def close(self) -> None:
        """Nothing to close: the emulator is its owner's."""


def mounted(emulator: ThaIDEmulator, router: respx.MockRouter) -> respx.Route:
    """One route, since a router complains of those that nobody asks for."""

    def answer(request: httpx.Request) -> Any:
        return _answered(emulator, request, request.read())

    route: respx.Route = router.route(url__startswith=f"{emulator.issuer}/")
    return route.mock(side_effect=answer)


def _carried(emulator: ThaIDEmulator, request: Request) -> Response:
    try:
        response = _handled(emulator, request)
    except OSError as fault:
        detail = f"the emulator was not reached: {type(fault).__name__}"
        raise ProviderFailed("identity_provider_unavailable", detail=detail) from None
    if len(response.body) > MAX_ANSWER_BYTES:
        raise ProviderFailed("identity_provider_answer_invalid", detail="the answer is larger than 1 MiB")
    return response


def _answered(emulator: ThaIDEmulator, request: Any, body: bytes) -> Any:
    library: ModuleType = httpx if isinstance(request, httpx.Request) else import_module("httpx2")
    asked = Request(
        method=request.method, url=str(request.url), headers=dict(request.headers.items()), body=body
    )
    try:
        response = _handled(emulator, asked)
    except OSError as fault:
        error = _ERRORS.get(type(fault), "ReadError")
        raise getattr(library, error)("the emulator was not reached", request=request) from None
    return library.Response(response.status, headers=dict(response.headers), content=response.body)


_ERRORS: dict[type[OSError], str] = {ConnectionRefusedError: "ConnectError", TimeoutError: "ReadTimeout"}


def _handled(emulator: ThaIDEmulator, request: Request) -> Response:
    if not request.url.startswith(emulator.issuer + "/"):
        raise ConnectionRefusedError("no emulator answers at that host")
    return emulator.handle(request)
