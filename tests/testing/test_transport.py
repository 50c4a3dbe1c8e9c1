"""The emulator in memory, by one suite for both transports."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from elaas_identity.errors import ProviderFailed
from elaas_identity.oidc.http import Request, Response
from elaas_identity.ports import AsyncTransport, Transport
from elaas_identity.testing import ThaIDEmulator
from elaas_identity.testing.thaid_published import Endpoint
from tests.testing.relying_party import ISSUER, emulator

Carry = Callable[[Request], Response]
JWKS = Request(method="GET", url=f"{ISSUER}/jwks/")


@pytest.fixture
def thaid() -> ThaIDEmulator:
    return emulator()


@pytest.fixture(params=["sync", "async"])
def carry(request: pytest.FixtureRequest, thaid: ThaIDEmulator) -> Iterator[Carry]:
    if request.param == "sync":
        transport: Transport = thaid.transport
        yield transport.send
        transport.close()
        return
    with asyncio.Runner() as runner:
        awaited: AsyncTransport = thaid.async_transport
        yield lambda message: runner.run(awaited.send(message))
        runner.run(awaited.close())


def test_a_request_is_carried(carry: Carry, thaid: ThaIDEmulator) -> None:
    """Both transports answer what the emulator answers."""
    assert thaid.handle(JWKS) == carry(JWKS)


@pytest.mark.parametrize("url", ["https://elsewhere.test/jwks/", f"{ISSUER}.evil.test/jwks/", ISSUER])
def test_another_host_is_not_there(carry: Carry, thaid: ThaIDEmulator, url: str) -> None:
    """A discovery document that points elsewhere must lead nowhere, instead of to the emulator (R5.8)."""
    with pytest.raises(ProviderFailed) as failed:
        carry(replace(JWKS, url=url))
    assert ("identity_provider_unavailable", 0) == (failed.value.code, thaid.count("jwks"))


def test_a_broken_network(carry: Carry, thaid: ThaIDEmulator) -> None:
    """R9.5: what a hook raises as `OSError` looks as a time-out does, and does not carry its text along."""

    def lost(endpoint: Endpoint, response: Response) -> Response:
        raise TimeoutError("canary")

    thaid.alter_response = lost
    with pytest.raises(ProviderFailed) as failed:
        carry(JWKS)
    assert "identity_provider_unavailable" == failed.value.code
    assert "canary" not in str(failed.value)
    assert failed.value.__suppress_context__


@pytest.mark.parametrize("too_many", [0, 1])
def test_an_answer_may_have_one_mebibyte(carry: Carry, thaid: ThaIDEmulator, too_many: int) -> None:
    """R5.8: the contract's limit holds in memory as it does over a socket."""
    thaid.alter_response = lambda endpoint, response: replace(response, body=b"x" * (2**20 + too_many))
    if not too_many:
        assert 2**20 == len(carry(JWKS).body)
        return
    with pytest.raises(ProviderFailed) as failed:
        carry(JWKS)
    assert "identity_provider_answer_invalid" == failed.value.code
