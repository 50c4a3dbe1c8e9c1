"""A portal for tests: the facade over in-memory or SQLite stores, with a scripted identity provider and an outbox.

The same tests run over the sync and the async facade: an asynchronous object is driven to the end of each call.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit

from elaas_identity import (
    AccountKind,
    AsyncElaasIdentity,
    Browser,
    ElaasIdentity,
    Expected,
    FirstUse,
    FlowPolicy,
    Keyring,
    NewAccount,
    Progress,
    VerifiedIdentity,
)
from elaas_identity.events import Event
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.oidc.authorization import AttemptProof, Callback
from elaas_identity.oidc.token import Grant
from elaas_identity.person.assurance import IAL
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.testing.citizens import CITIZENS, Citizen
from elaas_identity.testing.clock import SeededRandom, SteppingClock
from elaas_identity.testing.outbox import AsyncOutbox, Outbox

USERNAME = "laas-5100101"
ISSUED = "issued letter password 2567"
CHOSEN = "ข้าวเหนียวมะม่วง อร่อยที่สุดในโลก"
OFFICER, STRANGER = CITIZENS[0], CITIZENS[1]
SECRET = "c2VjcmV0IG9mIHRoZSB0ZXN0IHN1aXRlLCBub3QgYSBzZWNyZXQ"


class Driven:
    """An object whose coroutine methods are run to their end, so that one test serves both facades."""

    def __init__(self, driven: Any, run: Callable[[Any], Any]) -> None:
        self._driven, self._run = driven, run

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._driven, name)
        if not callable(found):
            return (
                Driven(found, self._run) if name in ("accounts", "assertions", "audit", "sessions") else found
            )

        def call(*args: Any, **kwargs: Any) -> Any:
            answer = found(*args, **kwargs)
            return self._run(answer) if inspect.isawaitable(answer) else answer

        return call


@dataclass
class ScriptedIdentityProvider:
    """Answers as told; counts what was asked of it."""

    issuer = "https://thaid.example"
    redirect_uri = "https://portal.example.go.th/auth/callback"

    clock: SteppingClock
    citizen: Citizen = OFFICER
    identity: VerifiedIdentity | None = None
    failure: Exception | None = None
    url_failure: Exception | None = None
    auth_time: datetime | str | None = "now"
    redeemed: int = 0
    revoked: int = 0
    open_to_code_injection: bool = False
    before_redeem: Callable[[], None] = field(default=lambda: None)

    def authorization_url(self, proof: AttemptProof, *, max_age: timedelta | None) -> str:
        if self.url_failure is not None:
            raise self.url_failure
        return f"https://thaid.example/auth?state={proof.state}&nonce={proof.nonce}"

    def redeem(self, callback: Callback, proof: AttemptProof, *, now: datetime) -> Grant:
        self.redeemed += 1
        self.before_redeem()
        if self.failure is not None:
            raise self.failure
        return Grant(
            identity=self.identity or self.identity_of(self.citizen, now),
            tokens=("access-token",),
            open_to_code_injection=self.open_to_code_injection,
        )

    def identity_of(self, citizen: Citizen, now: datetime) -> VerifiedIdentity:
        return VerifiedIdentity(
            issuer="https://thaid.example",
            subject=f"subject-{citizen.national_id.reveal()[-4:]}",
            national_id=citizen.national_id,
            name_th=citizen.name,
            name_en=citizen.name_en,
            ial=IAL.parse_or_none(citizen.ial) if citizen.ial else None,
            auth_time=now if self.auth_time == "now" else self.auth_time,  # type: ignore[arg-type]
            verified_at=now,
        )

    def revoke(self, grant: Grant) -> None:
        self.revoked += 1

    def close(self) -> None:
        pass


class AsyncScriptedIdentityProvider:
    """The same, awaited."""

    issuer = ScriptedIdentityProvider.issuer
    redirect_uri = ScriptedIdentityProvider.redirect_uri

    def __init__(self, scripted: ScriptedIdentityProvider) -> None:
        self._scripted = scripted

    async def authorization_url(self, proof: AttemptProof, *, max_age: timedelta | None) -> str:
        return self._scripted.authorization_url(proof, max_age=max_age)

    async def redeem(self, callback: Callback, proof: AttemptProof, *, now: datetime) -> Grant:
        return self._scripted.redeem(callback, proof, now=now)

    async def revoke(self, grant: Grant) -> None:
        self._scripted.revoke(grant)

    async def close(self) -> None:
        pass


@dataclass
class Portal:
    """Everything a test needs, and the person's steps up to where it begins."""

    elaas: Any
    store: Any
    outbox: Any
    idp: ScriptedIdentityProvider
    clock: SteppingClock
    keyring: Keyring
    events: list[Event]
    policy: FlowPolicy
    flavour: str = ""

    def browser(self, address: str | None = "192.0.2.1") -> Browser:
        """A new browser."""
        return Browser.new(self.keyring, address=address, correlation_id="req-1")

    def provision(self, username: str = USERNAME, **changes: Any) -> str:
        """An issued account for the officer; answers its id."""
        new = NewAccount(
            **{
                "username": username,
                "password": ISSUED,
                "kind": AccountKind.LOCAL_GOVERNMENT,
                "agency_code": "5100101",
                "agency_name": "เทศบาลตำบลสมมติ",
                "province": "ลำพูน",
                "person": Expected(OFFICER.national_id),
                **changes,
            }
        )
        (made,) = self.elaas.accounts.provision([new], by="admin-1", reason="letter 1/2567")
        return str(made.account.id)

    def begin(self, browser: Browser, username: str = USERNAME, password: str = ISSUED) -> Progress:
        return progress_of(self.elaas.begin(username, password, browser=browser))

    def callback_query(self, flow_id: str, browser: Browser) -> str:
        """An authorization request made, and the query that the identity provider sends the person back with."""
        request = self.elaas.authorize(flow_id, browser=browser)
        (state,) = parse_qs(urlsplit(request.url).query)["state"]
        return f"code=authorization-code&state={state}"

    def identify(self, browser: Browser) -> Progress:
        """Up to the step that asks for an address."""
        flow_id = self.begin(browser).flow_id
        return progress_of(
            self.elaas.receive_callback(self.callback_query(flow_id, browser), browser=browser)
        )

    def mailed(self, browser: Browser, email: str = "clerk@sommut.example.go.th") -> Progress:
        """Up to the step that asks for the one-time code."""
        return progress_of(self.elaas.submit_email(self.identify(browser).flow_id, email, browser=browser))

    def confirmed(self, browser: Browser) -> Progress:
        """Up to the step that asks for the new password."""
        progress = self.mailed(browser)
        return progress_of(self.elaas.submit_one_time_code(progress.flow_id, self.code(), browser=browser))

    def onboarded(self, browser: Browser | None = None) -> Progress:
        """All of it."""
        browser = browser or self.browser()
        return progress_of(self.elaas.set_password(self.confirmed(browser).flow_id, CHOSEN, browser=browser))

    def code(self) -> str:
        """The one-time code of the latest mail."""
        return code_in(self.outbox.latest.text)

    def wrong_code(self) -> str:
        return wrong(self.code())

    def kinds(self) -> list[str]:
        """What happened so far, in order."""
        return [event.kind for event in self.events]


def progress_of(answer: object) -> Progress:
    """The answer of a facade's method, whose type the driven one hides."""
    assert isinstance(answer, Progress)
    return answer


def code_in(text: str) -> str:
    """The code as a person finds it in the mail: six to ten digits, in two groups."""
    import re

    found = re.search(r"\b(\d{3,5}) (\d{3,5})\b", text)
    assert found is not None, text
    return found[1] + found[2]


def wrong(code: str) -> str:
    """Another code of the same length."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"


@cache
def empty_database() -> bytes:
    """A database with our tables and nothing in them: made once, since Alembic takes longer than most tests."""
    from elaas_identity.providers.sql import upgrade

    with TemporaryDirectory() as folder:
        path = Path(folder) / "elaas.db"
        upgrade(f"sqlite:///{path}")
        return path.read_bytes()


FLAVOURS = ("sync-memory", "async-memory", "sync-sqlite", "async-sqlite")


@contextmanager
def made(flavour: str, folder: Path, policy: FlowPolicy = FOR_TESTS, **options: Any) -> Iterator[Portal]:
    """A portal of one of the four flavours."""
    clock, keyring, events = SteppingClock(), Keyring({"k1": SECRET}, current="k1"), list[Event]()
    idp, outbox = ScriptedIdentityProvider(clock), Outbox()
    common: dict[str, Any] = {
        "keyring": keyring,
        "policy": policy,
        "clock": clock,
        "random": SeededRandom(7),
        "listeners": [events.append],
        **options,
    }
    url = f"sqlite:///{folder / 'elaas.db'}"
    if flavour.endswith("sqlite") and not (folder / "elaas.db").exists():
        (folder / "elaas.db").write_bytes(empty_database())
    with asyncio.Runner() as runner:
        if flavour.startswith("sync"):
            store: Any = _sync_store(flavour, url)
            elaas: Any = ElaasIdentity(identity_provider=idp, mailer=outbox, store=store, **common)
            portal = Portal(elaas, store, outbox, idp, clock, keyring, events, policy, flavour)
        else:
            store = _async_store(flavour, url)
            async_outbox = AsyncOutbox()
            elaas = AsyncElaasIdentity(
                identity_provider=AsyncScriptedIdentityProvider(idp),
                mailer=async_outbox,
                store=store,
                **common,
            )
            portal = Portal(
                Driven(elaas, runner.run),
                Driven(store, runner.run),
                async_outbox,
                idp,
                clock,
                keyring,
                events,
                policy,
                flavour,
            )
        try:
            yield portal
        finally:
            portal.elaas.close()
            portal.store.close()


def _sync_store(flavour: str, url: str) -> Any:
    if flavour.endswith("memory"):
        return MemoryStore()
    from elaas_identity.providers.sql import SQLStore

    return SQLStore(url)


def _async_store(flavour: str, url: str) -> Any:
    if flavour.endswith("memory"):
        return AsyncMemoryStore()
    from elaas_identity.providers.sql import AsyncSQLStore

    return AsyncSQLStore(url)


__all__ = ["Expected", "FirstUse", "Portal", "code_in", "made", "wrong"]
