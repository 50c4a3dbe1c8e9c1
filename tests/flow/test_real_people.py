"""A test's clock and chance meet nobody real: which issuers cannot be, and everything that takes such a double."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from elaas_identity import (
    AsyncElaasIdentity,
    AsyncThaID,
    ElaasIdentity,
    FlowPolicy,
    Keyring,
    Misconfigured,
    ThaID,
)
from elaas_identity.errors import Message
from elaas_identity.flow.real_people import cannot_be_real
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.providers.system import SystemRandom, system_clock
from elaas_identity.providers.thaid import PRODUCTION, SANDBOX
from elaas_identity.testing import AsyncOutbox, Outbox, SeededRandom, SteppingClock
from elaas_identity.web import Pages, Site

KEYRING = Keyring({"k1": b"0123456789abcdef0123456789abcdef"}, current="k1")
CLIENT: dict[str, Any] = {
    "client_id": "portal",
    "client_secret": "not a secret",
    "redirect_uri": "https://portal.test/back",
}


@pytest.mark.parametrize(
    "issuer",
    [
        "https://thaid.test",
        "https://thaid.test/",
        "https://THAID.Test:8443/realms/a@b",
        "https://a.b.example",
        "https://thaid.invalid.",
        "http://localhost:8000",
        "http://portal.localhost",
        "http://127.0.0.1:40123",
        "https://127.8.9.10",
        "http://[::1]:80/x",
    ],
)
def test_issuers_that_cannot_be_real(issuer: str) -> None:
    """A portal's tests could not be given their own time and chance."""
    assert cannot_be_real(issuer)


@pytest.mark.parametrize(
    "issuer",
    [
        PRODUCTION,
        SANDBOX,
        "https://thaid.example.go.th",
        "https://thaid.test.go.th",
        "https://mytest",
        "https://localhost.example.com",
        "https://127.0.0.1.nip.io",
        "https://10.0.0.1",
        "https://[::2]",
        "https://thaid.test@imauth.bora.dopa.go.th",
        "https://thaid.test:443@imauth.bora.dopa.go.th",
        "https://imauth.bora.dopa.go.th/.test",
        "https://imauth.bora.dopa.go.th?.test",
        "https://imauth.bora.dopa.go.th#.test",
        "https://imauth.bora.dopa.go.th\\.test",
        "https://imauth.bora.dopa.go.th\n.test",
        "https://imauth.bora.dopa.go.th／.test",
        "https://thaid。test",
        "https://thaid.tesT\u0307",
        "https://thaid.test/\\@imauth.bora.dopa.go.th",
        " https://thaid.test",
        "https://thaid.test\n",
        "//thaid.test",
        "thaid.test",
        "",
        None,
        b"https://thaid.test",
        ["https://thaid.test"],
    ],
)
def test_every_other_issuer_may_be_real(issuer: object) -> None:
    """Codes that anybody can compute would be sent to real people."""
    assert not cannot_be_real(issuer)


def facade(issuer: object, **given: Any) -> Any:
    provider = ThaID(**CLIENT, issuer=issuer) if isinstance(issuer, str) else SimpleNamespace()
    return ElaasIdentity(
        identity_provider=provider,
        mailer=Outbox(),
        store=MemoryStore(),
        keyring=KEYRING,
        policy=FlowPolicy(),
        **given,
    )


def async_facade(issuer: object, **given: Any) -> Any:
    provider = AsyncThaID(**CLIENT, issuer=issuer) if isinstance(issuer, str) else SimpleNamespace()
    return AsyncElaasIdentity(
        identity_provider=provider,
        mailer=AsyncOutbox(),
        store=AsyncMemoryStore(),
        keyring=KEYRING,
        policy=FlowPolicy(),
        **given,
    )


def pages(issuer: str, **given: Any) -> Any:
    return Pages(
        keyring=KEYRING,
        origin="https://portal.test",
        site=Site(name=Message("สมมติ", "invented")),
        identity_provider_origins=("https://thaid.test", issuer),
        **given,
    )


def pages_of(issuer: str, **given: Any) -> Any:
    return Pages.of(facade(issuer), Site(name=Message("สมมติ", "invented")), **given)


def closed(made: Any) -> None:
    """Close it, where there is something to close."""
    closing = getattr(made, "close", lambda: None)()
    if asyncio.iscoroutine(closing):
        asyncio.run(closing)


TAKES_A_CLOCK = [
    facade,
    async_facade,
    pages,
    lambda issuer, **given: ThaID(**CLIENT, issuer=issuer, **given),
    lambda issuer, **given: AsyncThaID(**CLIENT, issuer=issuer, **given),
]
TAKES_A_RANDOM = [facade, async_facade, pages, pages_of]


CLOCK_IS_A_DOUBLE = (
    "clock: SteppingClock is for tests only, and people may be real here: the issuer is neither on loopback nor under "
    ".test, .example, .invalid or .localhost"
)


class Renamed(SeededRandom):
    """A portal's own, made of ours."""


@pytest.mark.parametrize("clock", [SteppingClock(), SteppingClock().__call__])
@pytest.mark.parametrize("make", TAKES_A_CLOCK)
def test_a_clock_that_stands_still_is_refused_where_people_are_real(
    make: Callable[..., Any], clock: Any
) -> None:
    """No code, session, lock or budget would ever end, and nobody would notice."""
    with pytest.raises(Misconfigured, match="clock: SteppingClock is for tests only") as refused:
        make(PRODUCTION, clock=clock)
    assert ("test_double", CLOCK_IS_A_DOUBLE) == (refused.value.code, refused.value.detail)
    closed(make("https://thaid.test", clock=clock))
    closed(make(PRODUCTION, clock=system_clock))


@pytest.mark.parametrize("random", [SeededRandom(7), Renamed()])
@pytest.mark.parametrize("make", TAKES_A_RANDOM)
def test_chance_that_repeats_itself_is_refused_where_people_are_real(
    make: Callable[..., Any], random: SeededRandom
) -> None:
    """Whoever knows the seed would know every one-time code, state and token."""
    with pytest.raises(Misconfigured, match=f"random: {type(random).__name__} is for tests only") as refused:
        make(PRODUCTION, random=random)
    assert "test_double" == refused.value.code
    closed(make("https://thaid.test", random=random))
    closed(make(PRODUCTION, random=SystemRandom()))


@pytest.mark.parametrize("make", [facade, async_facade])
@pytest.mark.parametrize("double", [{"random": SeededRandom()}, {"clock": SteppingClock()}])
def test_a_provider_that_does_not_say_its_issuer_counts_as_real(
    make: Callable[..., Any], double: dict[str, Any]
) -> None:
    """A portal's own adapter, or a wrapper around ours, would let the double through."""
    with pytest.raises(Misconfigured, match="test_double"):
        make(None, **double)


def test_pages_that_send_nobody_anywhere_take_no_double() -> None:
    """Without a word on who the people are, none would have to be real."""
    with pytest.raises(Misconfigured, match="test_double"):
        Pages(
            keyring=KEYRING,
            origin="https://portal.test",
            site=Site(name=Message("สมมติ", "invented")),
            identity_provider_origins=(),
            random=SeededRandom(),
        )
