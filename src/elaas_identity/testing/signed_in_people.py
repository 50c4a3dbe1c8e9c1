"""Two invented officers who sign in at a facade of their own, for the contract of a portal's sessions."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from elaas_identity import Browser, PasswordSet, Session, SignedIn
from elaas_identity.testing.citizens import CITIZENS
from elaas_identity.testing.doubles import Doubles
from elaas_identity.testing.doubles_at_pages import OWN_PASSWORD

PASSWORDS = (OWN_PASSWORD, "อีกสามคำ ที่จะไม่ลืมแล้ว")
OFFICERS = {"laas-0001": CITIZENS[0], "laas-0002": CITIZENS[1]}


class SignedInPeople:
    """A facade with two onboarded accounts, each of which may sign in again and again.

    Attributes:
        portals: the facade of the portal's sessions: synchronous or not, over the same store.
    """

    def __init__(self, *, asynchronous: bool) -> None:
        self._doubles = Doubles()
        self.elaas, self.clock = self._doubles.elaas, self._doubles.clock
        self.portals: Any = self._doubles.async_elaas if asynchronous else self.elaas
        self._password = OWN_PASSWORD
        self._officers = {
            username: self._doubles.onboarded_account(self._doubles.account(citizen, username=username))
            for username, citizen in OFFICERS.items()
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.elaas.close()

    def sign_in(self, username: str = "laas-0001") -> SignedIn:
        """Who has just signed in."""
        progress = self.elaas.begin(username, self._password, browser=Browser.new(self._doubles.keyring))
        assert isinstance(progress.step, SignedIn)
        return progress.step

    def change_password(self, session: Session) -> PasswordSet:
        """The person changes the password in that session."""
        browser = Browser.new(self._doubles.keyring)
        old, self._password = self._password, PASSWORDS[self._password == PASSWORDS[0]]
        flow_id = self.elaas.change_password(session, old, browser=browser).flow_id
        step = self.elaas.set_password(flow_id, self._password, browser=browser).step
        assert isinstance(step, PasswordSet)
        return step

    def recover(self) -> PasswordSet:
        """The first officer has forgotten the password, and sets another in no session."""
        self._password = PASSWORDS[self._password == PASSWORDS[0]]
        at = self._doubles.flow_at("password", self._officers["laas-0001"], purpose="recovery")
        step = self.elaas.set_password(at.flow_id, self._password, browser=at.browser).step
        assert isinstance(step, PasswordSet)
        return step
