"""F54: what a portal's developer plugs in by mistake is told as a mistake, and not as an outage."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, Mock

import httpx
import pytest
import respx

from elaas_identity import (
    AssertionVerifier,
    AsyncAssertionVerifier,
    AsyncElaasIdentity,
    AsyncThaID,
    ElaasIdentity,
    Keyring,
    ThaID,
)
from elaas_identity.errors import Misconfigured
from elaas_identity.events import Event
from elaas_identity.mail.composing import Mail
from elaas_identity.policy import FOR_TESTS
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.providers.smtp import AsyncSMTPMailer, SMTPMailer
from elaas_identity.testing import AsyncOutbox, Outbox, SteppingClock
from tests.facade.portal import SECRET, AsyncScriptedIdentityProvider, Portal, ScriptedIdentityProvider, made

KEYRING = Keyring({"k": SECRET}, current="k")
REGISTERED: dict[str, Any] = {
    "client_id": "portal",
    "client_secret": "not-a-real-secret",
    "redirect_uri": "https://portal.example.go.th/auth/callback",
    "issuer": "https://thaid.example",
}
SENDER = "no-reply@example.go.th"
SYNC: Any = httpx.Client(verify=False)
ASYNC: Any = httpx.AsyncClient(verify=False)
STORE: Any = MemoryStore()
ASYNC_STORE: Any = AsyncMemoryStore()


class PortalsMailer:
    """As a developer writes it, without a word on types."""

    def send(self, mail):  # type: ignore[no-untyped-def]
        pass

    def close(self):  # type: ignore[no-untyped-def]
        pass


def parts(*, awaited: bool) -> dict[str, Any]:
    """What a facade of that flavour takes."""
    scripted = ScriptedIdentityProvider(SteppingClock())
    if awaited:
        scripted_async = AsyncScriptedIdentityProvider(scripted)
        return {"identity_provider": scripted_async, "mailer": AsyncOutbox(), "store": AsyncMemoryStore()}
    return {"identity_provider": scripted, "mailer": Outbox(), "store": MemoryStore()}


WRONG: list[tuple[bool, str, Callable[[], Any]]] = [
    (True, "store", MemoryStore),
    (True, "mailer", Outbox),
    (True, "mailer", PortalsMailer),
    (True, "mailer", lambda: SMTPMailer("smtp.example.go.th", sender=SENDER)),
    (True, "identity_provider", lambda: ThaID(**REGISTERED)),
    (False, "store", AsyncMemoryStore),
    (False, "mailer", AsyncOutbox),
    (False, "mailer", lambda: AsyncSMTPMailer("smtp.example.go.th", sender=SENDER)),
    (False, "identity_provider", lambda: AsyncThaID(**REGISTERED)),
]


@pytest.mark.parametrize(("awaited", "part", "make"), WRONG)
def test_f54_a_part_of_the_other_flavour_is_refused_at_once(
    awaited: bool, part: str, make: Callable[[], Any]
) -> None:
    """F54: each call would say that the store is down, or ThaID, and the developer would look there."""
    facade: Any = AsyncElaasIdentity if awaited else ElaasIdentity
    with pytest.raises(Misconfigured) as wrong:
        facade(keyring=KEYRING, policy=FOR_TESTS, **{**parts(awaited=awaited), part: make()})
    assert f"{part}_settings" == wrong.value.code
    assert ("is synchronous" if awaited else "is asynchronous") in wrong.value.detail


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: AsyncThaID(**REGISTERED, http_client=SYNC), "identity_provider_settings"),
        (lambda: ThaID(**REGISTERED, http_client=ASYNC), "identity_provider_settings"),
        (lambda: AsyncThaID(**REGISTERED, transport=PortalsMailer()), "identity_provider_settings"),
        (lambda: AsyncAssertionVerifier(**VERIFIES, store=STORE), "store_settings"),
        (lambda: AssertionVerifier(**VERIFIES, store=ASYNC_STORE), "store_settings"),
        (
            lambda: AssertionVerifier(**VERIFIES, store=STORE, http_client=ASYNC),
            "assertion_settings",
        ),
        (
            lambda: AsyncAssertionVerifier(**VERIFIES, store=ASYNC_STORE, transport=PortalsMailer()),
            "assertion_settings",
        ),
    ],
)
def test_f54_so_is_a_client_or_a_store_of_the_other_flavour(make: Callable[[], Any], code: str) -> None:
    """F54: wherever one is plugged in."""
    with pytest.raises(Misconfigured) as wrong:
        make()
    assert code == wrong.value.code


VERIFIES: dict[str, Any] = {
    "issuer": "https://portal.example.go.th",
    "audience": "https://other.example.go.th",
    "keys": "https://portal.example.go.th/jwks",
}


class Forwarding:
    """An asynchronous double that is no `async def`: what it answers is awaited all the same."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []

    def send(self, mail: Mail) -> asyncio.Future[None]:
        self.sent.append(mail)
        return asyncio.ensure_future(asyncio.sleep(0))


@pytest.mark.parametrize("mailer", [AsyncMock(), Mock(), Forwarding()], ids=["AsyncMock", "Mock", "Future"])
def test_f54_a_double_that_does_not_tell_its_flavour_is_believed(mailer: Any) -> None:
    """F54: a portal's tests would have to be rewritten."""
    AsyncElaasIdentity(keyring=KEYRING, policy=FOR_TESTS, **{**parts(awaited=True), "mailer": mailer})


MISTAKES = (
    TypeError("send() takes 1 positional argument but 2 were given"),
    AttributeError("no such attribute"),
    AssertionError("expected another mail"),
    NameError("no such name"),
    NotImplementedError(),
)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: type(mistake).__name__)
@pytest.mark.parametrize("flavour", ["sync-memory", "async-memory"])
def test_f54_a_mistake_in_a_double_comes_out(flavour: str, tmp_path: Path, mistake: Exception) -> None:
    """F54: a failed assertion of a test would read as "the mail server is down", and the test would pass."""
    with made(flavour, tmp_path) as portal:
        portal.provision()
        browser = portal.browser()
        flow_id = portal.begin(browser).flow_id
        portal.idp.url_failure = mistake
        with pytest.raises(type(mistake)) as raised:
            portal.elaas.authorize(flow_id, browser=browser)
        assert mistake is raised.value
        portal.idp.url_failure = None
        at_email = portal.identify(browser)
        break_mailer(portal, mistake)
        with pytest.raises(type(mistake)):
            portal.elaas.submit_email(at_email.flow_id, "clerk@sommut.example.go.th", browser=browser)


def break_mailer(portal: Portal, mistake: Exception) -> None:
    """Let each mail end in that mistake."""
    outbox: Any = getattr(portal.outbox, "outbox", portal.outbox)

    def send(_mail: Mail) -> None:
        raise mistake

    outbox.send = send


def test_f54_an_unmocked_route_comes_out(tmp_path: Path) -> None:
    """F54: respx would say which URL was asked, and nobody would hear it."""
    with made("sync-memory", tmp_path) as portal, respx.mock:
        thaid = ThaID(**REGISTERED, metadata=None)
        elaas = ElaasIdentity(
            identity_provider=thaid,
            mailer=portal.outbox,
            store=portal.store,
            keyring=portal.keyring,
            policy=portal.policy,
            clock=portal.clock,
        )
        portal.provision()
        browser = portal.browser()
        flow_id = portal.begin(browser).flow_id
        with pytest.raises(AssertionError, match=r"thaid\.example"):
            elaas.authorize(flow_id, browser=browser)
        thaid.close()


class _Asynchronous:
    async def __call__(self, event: Event) -> None: ...


async def _asynchronous(event: Event) -> None: ...


@pytest.mark.parametrize("listener", [_asynchronous, _Asynchronous(), partial(_asynchronous), "a name"])
@pytest.mark.parametrize("flavour", ["sync-memory", "async-memory"])
def test_f54_a_listener_that_nobody_would_await_is_refused(
    flavour: str, tmp_path: Path, listener: Any
) -> None:
    """F54: no event would ever be heard, and Python would warn of a coroutine now and then."""
    with (
        pytest.raises(Misconfigured, match="listener_settings"),
        made(flavour, tmp_path, listeners=[listener]),
    ):
        pass
