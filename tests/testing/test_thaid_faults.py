"""Each fault of ThaID, over each way to reach the emulator: what a portal is told, and that nothing is lost by it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, get_args

import httpx
import httpx2
import pytest
import respx

from elaas_identity import (
    AccountKind,
    AsyncElaasIdentity,
    Browser,
    ElaasIdentity,
    Expected,
    Keyring,
    NewAccount,
    ProvideEmail,
    VerifyIdentity,
)
from elaas_identity.errors import ElaasIdentityError
from elaas_identity.policy import FOR_TESTS
from elaas_identity.providers.http import (
    AsyncHTTPX2Transport,
    AsyncHTTPXTransport,
    HTTPX2Transport,
    HTTPXTransport,
    TimeLimits,
)
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.testing import (
    CITIZENS,
    AsyncOutbox,
    Fault,
    Outbox,
    SteppingClock,
    ThaIDEmulator,
)

OFFICER = CITIZENS[0]
PATIENCE = TimeLimits(read=0.1)
UNAVAILABLE, UNBELIEVABLE = "identity_provider_unavailable", "identity_provider_answer_invalid"

Reached = tuple[ThaIDEmulator, Any]
"""An emulator, and the transport that goes there; None: the one that the emulator itself gives."""


def in_memory(stack: ExitStack, awaited: bool) -> Reached:
    return ThaIDEmulator(clock=SteppingClock()), None


def by_httpx(stack: ExitStack, awaited: bool) -> Reached:
    emulator = ThaIDEmulator(clock=SteppingClock())
    if awaited:
        return emulator, AsyncHTTPXTransport(httpx.AsyncClient(transport=emulator.async_transport))
    return emulator, HTTPXTransport(stack.enter_context(httpx.Client(transport=emulator.transport)))


def by_httpx2(stack: ExitStack, awaited: bool) -> Reached:
    emulator = ThaIDEmulator(clock=SteppingClock())
    if awaited:
        return emulator, AsyncHTTPX2Transport(httpx2.AsyncClient(transport=emulator.async_transport))
    return emulator, HTTPX2Transport(stack.enter_context(httpx2.Client(transport=emulator.transport)))


def by_respx(stack: ExitStack, awaited: bool) -> Reached:
    emulator = ThaIDEmulator(clock=SteppingClock())
    emulator.mount(stack.enter_context(respx.mock))
    return emulator, AsyncHTTPXTransport() if awaited else HTTPXTransport()


def served(stack: ExitStack, awaited: bool) -> Reached:
    emulator = stack.enter_context(ThaIDEmulator.served(clock=SteppingClock()))
    kind: Any = AsyncHTTPXTransport if awaited else HTTPXTransport
    return emulator, kind(time_limits=PATIENCE)


def served_to_httpx2(stack: ExitStack, awaited: bool) -> Reached:
    emulator = stack.enter_context(ThaIDEmulator.served(clock=SteppingClock()))
    kind: Any = AsyncHTTPX2Transport if awaited else HTTPX2Transport
    return emulator, kind(time_limits=PATIENCE)


DEPTHS: tuple[Callable[[ExitStack, bool], Reached], ...] = (
    in_memory,
    by_httpx,
    by_httpx2,
    by_respx,
    served,
    served_to_httpx2,
)
WAYS = [
    pytest.param((depth, awaited), id=f"{depth.__name__}-{'async' if awaited else 'sync'}")
    for depth in DEPTHS
    for awaited in (False, True)
]


class Portal:
    """A portal whose ThaID is the emulator, in either flavour."""

    def __init__(self, stack: ExitStack, way: tuple[Callable[[ExitStack, bool], Reached], bool]) -> None:
        depth, awaited = way
        runner = stack.enter_context(asyncio.Runner())
        self.run: Callable[[Any], Any] = runner.run if awaited else lambda answer: answer
        self.emulator, transport = depth(stack, awaited)
        keyring = Keyring({"k": b"k" * 32}, current="k")
        self.clock: Any = self.emulator._now
        common: dict[str, Any] = {"keyring": keyring, "policy": FOR_TESTS, "clock": self.clock}
        self.elaas: Any
        if awaited:
            thaid: Any = self.emulator.async_relying_party(transport=transport, metadata=None)
            self.elaas = AsyncElaasIdentity(
                identity_provider=thaid, mailer=AsyncOutbox(), store=AsyncMemoryStore(), **common
            )
        else:
            thaid = self.emulator.relying_party(transport=transport, metadata=None)
            self.elaas = ElaasIdentity(
                identity_provider=thaid, mailer=Outbox(), store=MemoryStore(), **common
            )
        if transport is not None:
            stack.callback(lambda: self.run(transport.close()))
        stack.callback(lambda: self.run(self.elaas.close()))
        self.browser = Browser.new(keyring)
        self._accounts = 0

    def begin(self) -> str:
        """A flow of an account that is new."""
        self._accounts += 1
        letter = NewAccount(
            username=f"laas-{self._accounts}",
            password="of the letter",
            kind=AccountKind.LOCAL_GOVERNMENT,
            agency_code=f"{self._accounts}",
            agency_name="เทศบาลตำบลสมมติ",
            person=Expected(OFFICER.national_id),
        )
        self.run(self.elaas.accounts.provision([letter], by="admin", reason="letter"))
        begun = self.elaas.begin(letter.username, letter.password, browser=self.browser)
        return str(self.run(begun).flow_id)

    def trip(self, flow_id: str) -> Any:
        """To ThaID, where the officer says yes, and back."""
        url = self.run(self.elaas.authorize(flow_id, browser=self.browser)).url
        query = self.emulator.approve(url, OFFICER).partition("?")[2]
        return self.run(self.elaas.receive_callback(query, browser=self.browser))

    def failed(self, flow_id: str) -> str:
        """The code of the error that the trip ends in."""
        with pytest.raises(ElaasIdentityError) as caught:
            self.trip(flow_id)
        return caught.value.code


@pytest.fixture(scope="module", params=WAYS)
def portal(request: pytest.FixtureRequest) -> Iterator[Portal]:
    with ExitStack() as stack:
        yield Portal(stack, request.param)


EXPECTED: dict[Fault, str] = {
    "down": UNAVAILABLE,
    "slow": UNAVAILABLE,
    "truncated": UNBELIEVABLE,
    "huge": UNBELIEVABLE,
    "redirect": UNBELIEVABLE,
    "html": UNBELIEVABLE,
    "server_error": UNAVAILABLE,
    "replayed_code": UNBELIEVABLE,
    "another_citizen": "person_mismatch",
    "wrong_iss": UNBELIEVABLE,
    "wrong_aud": UNBELIEVABLE,
    "wrong_nonce": UNBELIEVABLE,
    "missing_nonce": UNBELIEVABLE,
    "wrong_at_hash": UNBELIEVABLE,
    "expired": UNBELIEVABLE,
    "missing_pid": "identity_evidence_missing",
    "bad_checksum": "identity_evidence_missing",
    "unknown_kid": UNBELIEVABLE,
    "wrong_signature": UNBELIEVABLE,
    "alg_none": UNBELIEVABLE,
    "hs256": UNBELIEVABLE,
}


@pytest.mark.parametrize("fault", get_args(Fault))
def test_a_fault_costs_one_trip_and_nothing_else(portal: Portal, fault: Fault) -> None:
    """R9.5: a fault at the token endpoint would advance the flow, strand the person, or be told differently over
    another transport."""
    emulator = portal.emulator
    flow_id, asked = portal.begin(), emulator.count("token")
    emulator.fail(fault)
    assert EXPECTED[fault] == portal.failed(flow_id)
    emulator.check_faults_met()
    step = portal.run(portal.elaas.current(flow_id, browser=portal.browser)).step
    assert isinstance(step, VerifyIdentity)
    assert asked + 1 == emulator.count("token")
    assert isinstance(portal.trip(flow_id).step, ProvideEmail)
