"""Each fault of ThaID, over each way to reach the emulator: what a portal is told, and that nothing is lost by it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
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
from elaas_identity.errors import ElaasIdentityError, ProviderFailed
from elaas_identity.oidc.authorization import new_proof
from elaas_identity.oidc.http import Request
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
    Endpoint,
    Fault,
    NotRedirected,
    Outbox,
    SteppingClock,
    ThaIDEmulator,
)
from elaas_identity.testing.thaid_faults import FITS

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


FITS_EVERYWHERE: tuple[Fault, ...] = ("down", "slow", "truncated", "huge", "redirect", "html", "server_error")


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


def test_every_fault_is_written_down() -> None:
    """Whoever writes a test would have to read the source."""
    page = (Path(__file__).parents[2] / "docs" / "thaid_emulator.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert [] == [fault for fault in FITS if not any(f"`{fault}`" in row.split("|")[1] for row in rows)]
    assert set(get_args(Fault)) == {*FITS}


# Elsewhere than at the token endpoint


@pytest.mark.parametrize("fault", FITS_EVERYWHERE)
@pytest.mark.parametrize("endpoint", ["discovery", "jwks"])
def test_a_fault_of_what_is_fetched(fault: Fault, endpoint: Endpoint) -> None:
    """R5.8: metadata or keys that cannot be had would be believed, or end the flow."""
    with ExitStack() as stack:
        portal = Portal(stack, (in_memory, False))
        flow_id = portal.begin()
        portal.emulator.fail(fault, at=endpoint)
        assert EXPECTED[fault] == portal.failed(flow_id)
        portal.emulator.check_faults_met()
        portal.clock.shift(minutes=1)  # what could not be fetched is asked for again after a pause
        assert isinstance(portal.trip(flow_id).step, ProvideEmail)


@pytest.mark.parametrize("fault", FITS_EVERYWHERE)
def test_a_fault_of_the_revocation_loses_nothing(fault: Fault) -> None:
    """Who proved themselves would have to do so again, because a token could not be given back."""
    with ExitStack() as stack:
        portal = Portal(stack, (in_memory, False))
        portal.emulator.fail(fault, at="revoke")
        assert isinstance(portal.trip(portal.begin()).step, ProvideEmail)
        portal.emulator.check_faults_met()


def test_metadata_of_another_issuer() -> None:
    """R5.4: whoever answers for the metadata would become the identity provider."""
    emulator = ThaIDEmulator()
    emulator.fail("wrong_iss", at="discovery")
    thaid = emulator.relying_party(metadata=None)
    with pytest.raises(ProviderFailed, match=UNBELIEVABLE):
        thaid.authorization_url(new_proof(Keyring({"k": b"k" * 32}, current="k"), bytes(32)), max_age=None)
    assert () == emulator.faults_left


@pytest.mark.parametrize("fault", ["down", "slow", "html", "server_error"])
def test_the_page_can_be_away(fault: Fault) -> None:
    """A person's browser, too, may find nobody there; then they press again."""
    with ExitStack() as stack:
        portal = Portal(stack, (in_memory, False))
        flow_id = portal.begin()
        portal.emulator.fail(fault, at="auth")
        with pytest.raises((OSError, NotRedirected)):
            portal.trip(flow_id)
        portal.emulator.check_faults_met()
        assert isinstance(portal.trip(flow_id).step, ProvideEmail)


def test_each_of_many_requests_at_once_meets_one_fault_at_most() -> None:
    """Two that come together would share a fault, or one would be met twice."""
    emulator = ThaIDEmulator()
    keys = Request(method="GET", url=f"{emulator.issuer}/jwks/")
    emulator.fail(*("server_error", "html", "redirect") * 10, at="jwks")
    with ThreadPoolExecutor(8) as pool:
        statuses = Counter(answer.status for answer in pool.map(emulator.handle, [keys] * 64))
    assert {500: 10, 302: 10, 200: 10 + 34} == statuses
    emulator.check_faults_met()


def test_faults_are_met_in_their_order_one_a_request() -> None:
    """Two at once would hide the second; one met by a request that it cannot spoil would show nothing."""
    with ExitStack() as stack:
        portal = Portal(stack, (in_memory, False))
        emulator, flow_id = portal.emulator, portal.begin()
        emulator.fail("expired", "down")
        emulator.fail("html", at="introspect")
        unknown_code = Request(method="POST", url=f"{emulator.issuer}/api/v2/oauth2/token/")
        assert 400 == emulator.handle(unknown_code).status
        assert 3 == len(emulator.faults_left)
        assert UNBELIEVABLE == portal.failed(flow_id)
        assert [("token", "down"), ("introspect", "html")] == list(emulator.faults_left)
        assert UNAVAILABLE == portal.failed(flow_id)
        assert isinstance(portal.trip(flow_id).step, ProvideEmail)
        with pytest.raises(AssertionError, match="'html' at 'introspect'"):
            emulator.check_faults_met()


@pytest.mark.parametrize(
    ("faults", "at", "said"),
    [
        ((), "token", "name a fault"),
        (("expird",), "token", "there is no fault 'expird'"),
        (("down", "expired"), "jwks", "'expired' does not happen at 'jwks', but at token"),
        (("wrong_iss",), "revoke", "token, discovery"),
        (("redirect",), "auth", "does not happen"),
        (("huge",), "auth", "does not happen"),
        (("down",), "unknown", "does not happen"),
        (("down",), "tokens", "does not happen"),
        (("another_citizen",), "token", "knows two"),
    ],
)
def test_a_fault_that_cannot_happen_is_refused_at_once(faults: Any, at: Any, said: str) -> None:
    """A test would go on without it, and be green."""
    emulator = ThaIDEmulator(citizens=CITIZENS[:1])
    with pytest.raises(ValueError, match=said):
        emulator.fail(*faults, at=at)
    assert () == emulator.faults_left
    emulator.check_faults_met()
