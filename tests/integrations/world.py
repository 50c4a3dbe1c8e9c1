"""What stands behind a portal in this suite: ThaID's emulator, an outbox, one store, and an administrator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from elaas_identity import (
    AccountKind,
    AsyncElaasIdentity,
    AsyncThaID,
    Browser,
    ElaasIdentity,
    Expected,
    Keyring,
    NewAccount,
    ThaID,
)
from elaas_identity.errors import Message, ProviderFailed
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.testing import (
    CITIZENS,
    AsyncOutbox,
    Client,
    Outbox,
    SteppingClock,
    ThaIDEmulator,
)
from elaas_identity.web import Site

ORIGIN = "https://portal.example.go.th"
USERNAME = "laas-5100101"
ISSUED = "issued letter password 2567"
CHOSEN = "ข้าวเหนียวมะม่วง อร่อยที่สุดในโลก"
OFFICER, STRANGER = CITIZENS[0], CITIZENS[1]
WHY: dict[str, Any] = {"by": "admin-1", "reason": "order 7/2568"}


@dataclass(frozen=True)
class Answer:
    """What came back, to the byte."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """The first of that name; empty where there is none."""
        return next((value for key, value in self.headers if key.lower() == name), "")


class Send(Protocol):
    """A client of a framework: one request, and what came back. It keeps no cookies, and follows no redirect."""

    def __call__(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], cookies: Mapping[str, str]
    ) -> Answer: ...


class Breakable(MemoryStore):
    """A store that can be away."""

    away = False

    def load(self, *keys: Any) -> Any:
        if self.away:
            raise ProviderFailed("store_unavailable")
        return super().load(*keys)


def letter() -> NewAccount:
    """The account as the letter brings it."""
    return NewAccount(
        username=USERNAME,
        password=ISSUED,
        kind=AccountKind.LOCAL_GOVERNMENT,
        agency_code="5100101",
        agency_name="เทศบาลตำบลสมมติ",
        person=Expected(OFFICER.national_id),
    )


@dataclass
class World:
    """Everything around a portal. `root_path` is where its application is mounted, as browsers see it."""

    root_path: str = ""
    clock: SteppingClock = field(default_factory=SteppingClock)
    store: Any = field(default_factory=Breakable)
    sent: AsyncOutbox = field(default_factory=AsyncOutbox)
    site: Site = field(default_factory=lambda: Site(name=Message("ระบบทดสอบ", "Test portal")))
    keyring: Keyring = field(default_factory=lambda: Keyring({"k": b"k" * 32}, current="k"))

    def __post_init__(self) -> None:
        callback = f"{ORIGIN}{self.root_path}/auth/callback"
        registered = Client(client_id="portal", client_secret="not a secret", redirect_uris=(callback,))
        self.emulator = ThaIDEmulator("https://thaid.test", clients=[registered], clock=self.clock)
        self._registration: dict[str, Any] = {
            "client_id": "portal",
            "client_secret": "not a secret",
            "redirect_uri": callback,
            "issuer": self.emulator.issuer,
        }
        self._same: dict[str, Any] = {"keyring": self.keyring, "policy": FOR_TESTS, "clock": self.clock}
        self.administrator = self.facade()

    @property
    def outbox(self) -> Outbox:
        """What was mailed."""
        return self.sent.outbox

    def facade(self) -> ElaasIdentity:
        """For a framework that is synchronous."""
        thaid = ThaID(**self._registration, transport=self.emulator.transport)
        return ElaasIdentity(identity_provider=thaid, mailer=self.sent.outbox, store=self.store, **self._same)

    def async_facade(self) -> AsyncElaasIdentity:
        """For one that is not; over the same records."""
        thaid = AsyncThaID(**self._registration, transport=self.emulator.async_transport)
        return AsyncElaasIdentity(
            identity_provider=thaid, mailer=self.sent, store=AsyncMemoryStore(self.store), **self._same
        )

    def provision(self) -> str:
        """An issued account for the officer; its id."""
        (made,) = self.administrator.accounts.provision([letter()], **WHY)
        return made.account.id

    def onboard(self) -> None:
        """The account, taken up by the officer in some other browser."""
        self.provision()
        elaas, browser = self.administrator, Browser.new(self.keyring)
        flow_id = elaas.begin(USERNAME, ISSUED, browser=browser).flow_id
        back = self.emulator.approve(elaas.authorize(flow_id, browser=browser).url, OFFICER)
        elaas.receive_callback(back.partition("?")[2], browser=browser)
        elaas.submit_email(flow_id, "clerk@sommut.example.go.th", browser=browser)
        elaas.confirm_and_set_password(flow_id, self.outbox.code, CHOSEN, browser=browser)


Serving: TypeAlias = Callable[..., AbstractContextManager[Send]]
"""An adapter: `serving(world, **settings)` gives a client of a portal that has these pages besides the library's.

    /payments   who is signed in alone: "{username} {name}"
    /open       everybody: the username, or "nobody"
    /fresh      who proved themselves in the last ten minutes: "fresh"
    /strict     who has an IAL of 3: "strict"
    /kept       who is signed in alone, with `Cache-Control: private, max-age=60`: "kept"

The peer of each request is `PEER`; `settings` are those of `Mounted.of`.
"""

PEER = "192.0.2.1"
