"""Two invented officers who sign in at a facade of their own, for the contract of a portal's sessions."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self, TypedDict

from elaas_identity import (
    AccountKind,
    AsyncElaasIdentity,
    Browser,
    ChooseAccount,
    ElaasIdentity,
    Expected,
    FlowPolicy,
    Keyring,
    NewAccount,
    PasswordSet,
    Progress,
    Session,
    SignedIn,
)
from elaas_identity.passwords.hashing import CHEAPEST_FOR_TESTS
from elaas_identity.policy import PasswordPolicy
from elaas_identity.ports import Clock
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.testing.citizens import CITIZENS
from elaas_identity.testing.clock import SteppingClock
from elaas_identity.testing.outbox import AsyncOutbox, Outbox
from elaas_identity.testing.thaid_emulator import ThaIDEmulator

PASSWORDS = ("สามคำ ที่จำได้ และยาวพอ", "อีกสามคำ ที่จะไม่ลืมแล้ว")
OFFICERS = {"laas-0001": CITIZENS[0], "laas-0002": CITIZENS[1]}
ADDRESS = "officer@example.go.th"


class _Same(TypedDict):
    keyring: Keyring
    policy: FlowPolicy
    clock: Clock


class SignedInPeople:
    """A facade with two onboarded accounts, each of which may sign in again and again.

    Attributes:
        portals: the facade of the portal's sessions: synchronous or not, over the same store.
    """

    def __init__(self, *, asynchronous: bool) -> None:
        self.clock, self._outbox = SteppingClock(), Outbox()
        self._keyring = Keyring({"contract": b"of a contract, known to everybody"}, current="contract")
        self._thaid, store = ThaIDEmulator(clock=self.clock), MemoryStore()
        policy = FlowPolicy(passwords=PasswordPolicy(hashing=CHEAPEST_FOR_TESTS))
        same: _Same = {"keyring": self._keyring, "policy": policy, "clock": self.clock}
        self.elaas = ElaasIdentity(
            identity_provider=self._thaid.relying_party(), mailer=self._outbox, store=store, **same
        )
        self.portals: Any = self.elaas
        if asynchronous:
            self.portals = AsyncElaasIdentity(
                identity_provider=self._thaid.async_relying_party(),
                mailer=AsyncOutbox(self._outbox),
                store=AsyncMemoryStore(store),
                **same,
            )
        self._password = PASSWORDS[0]
        for username in OFFICERS:
            self._onboard(username)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.elaas.close()

    def sign_in(self, username: str = "laas-0001") -> SignedIn:
        """Who has just signed in."""
        progress = self.elaas.begin(username, self._password, browser=Browser.new(self._keyring))
        assert isinstance(progress.step, SignedIn)
        return progress.step

    def change_password(self, session: Session) -> PasswordSet:
        """The person changes the password in that session."""
        browser = Browser.new(self._keyring)
        old, self._password = self._password, PASSWORDS[self._password == PASSWORDS[0]]
        flow_id = self.elaas.change_password(session, old, browser=browser).flow_id
        step = self.elaas.set_password(flow_id, self._password, browser=browser).step
        assert isinstance(step, PasswordSet)
        return step

    def recover(self) -> PasswordSet:
        """The first officer has forgotten the password, and sets another in no session."""
        browser = Browser.new(self._keyring)
        self._password = PASSWORDS[self._password == PASSWORDS[0]]
        flow_id = self.elaas.recover(browser=browser).flow_id
        step = self._come_back(flow_id, "laas-0001", browser).step
        assert isinstance(step, ChooseAccount)
        self.elaas.choose_account(flow_id, step.choices[0].account.id, browser=browser)
        code = self._outbox.code
        done = self.elaas.confirm_and_set_password(flow_id, code, self._password, browser=browser).step
        assert isinstance(done, PasswordSet)
        return done

    def _onboard(self, username: str) -> None:
        browser, issued = Browser.new(self._keyring), "of the letter"
        new = NewAccount(
            username=username,
            password=issued,
            kind=AccountKind.LOCAL_GOVERNMENT,
            agency_code=username[-4:],
            agency_name="เทศบาลตำบลสมมติ",
            person=Expected(OFFICERS[username].national_id),
        )
        self.elaas.accounts.provision([new], by="a contract", reason="a letter")
        flow_id = self.elaas.begin(username, issued, browser=browser).flow_id
        self._come_back(flow_id, username, browser)
        self.elaas.submit_email(flow_id, ADDRESS, browser=browser)
        self.elaas.confirm_and_set_password(flow_id, self._outbox.code, self._password, browser=browser)

    def _come_back(self, flow_id: str, username: str, browser: Browser) -> Progress:
        request = self.elaas.authorize(flow_id, browser=browser)
        back = self._thaid.approve(request.url, OFFICERS[username])
        return self.elaas.receive_callback(back.partition("?")[2], browser=browser)
