"""The emulator as a transport, in memory: a test of the whole exchange without a socket."""

from __future__ import annotations

from elaas_identity._discreet import discreet
from elaas_identity.errors import ProviderFailed
from elaas_identity.oidc.http import Request, Response
from elaas_identity.testing.thaid_emulator import ThaIDEmulator

LARGEST_ANSWER = 1024 * 1024
"""What a transport takes at most, in bytes (R5.8)."""


@discreet
class EmulatorTransport:
    """Satisfies `ports.Transport`. A request for another host than the emulator's fails, as an unknown name does.

    A hook of the emulator that raises `OSError` (`TimeoutError`, `ConnectionResetError`) is a broken network.
    """

    def __init__(self, emulator: ThaIDEmulator) -> None:
        self._emulator = emulator

    def send(self, request: Request) -> Response:
        """The emulator's answer.

        Raises:
            ProviderFailed: as `ports.Transport` says.
        """
        return _carry(self._emulator, request)

    def close(self) -> None:
        """Nothing to close: the emulator is its owner's."""


@discreet
class AsyncEmulatorTransport:
    """Satisfies `ports.AsyncTransport`: `EmulatorTransport`, awaited."""

    def __init__(self, emulator: ThaIDEmulator) -> None:
        self._emulator = emulator

    async def send(self, request: Request) -> Response:
        """The emulator's answer.

        Raises:
            ProviderFailed: as `ports.Transport` says.
        """
        return _carry(self._emulator, request)

    async def close(self) -> None:
        """Nothing to close: the emulator is its owner's."""


def _carry(emulator: ThaIDEmulator, request: Request) -> Response:
    if not request.url.startswith(emulator.issuer + "/"):
        raise ProviderFailed("identity_provider_unavailable", detail="no emulator answers at that host")
    try:
        response = emulator.handle(request)
    except OSError as fault:
        detail = f"the emulator's hook raised {type(fault).__name__}"
        raise ProviderFailed("identity_provider_unavailable", detail=detail) from None
    if len(response.body) > LARGEST_ANSWER:
        raise ProviderFailed("identity_provider_answer_invalid", detail="the answer is larger than 1 MiB")
    return response
