"""What a scene is: a world, and who is in it. `beginnings.py` prepares them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from elaas_identity import Browser, FlowPolicy, Keyring, Session, transaction_digest
from elaas_identity.testing.citizens import Citizen
from tests.facade.portal import CHOSEN, SECRET
from tests.world.shared import SharedWorld
from tests.world.stepping import Fault, stepped_facade

NO_CODE = "00000000"
OTHER_USERNAME = "laas-5100102"
RETIRING = Keyring(
    {"k1": SECRET, "k2": "YW5vdGhlciBzZWNyZXQgb2YgdGhlIHRlc3Qgc3VpdGUsIG5vdCBhIHNlY3JldCBlaXRoZXI"},
    current="k2",
)
"""The key of the other scenes is to be retired: `k2` is the current one."""
TRANSACTION = transaction_digest(b"pay 100")


@dataclass(frozen=True)
class Officer:
    """A person in a browser, with one flow."""

    name: str
    citizen: Citizen
    browser: Browser
    email: str
    flow_id: str = ""
    code: str = NO_CODE
    """Of the mail, or of the app."""
    queries: tuple[str, ...] = ()
    """Callbacks that the identity provider sends the browser back with."""
    password: str = ""
    """What the account opens with as the race begins."""
    session: Session | None = None
    token: str = ""
    """Of a session that the library keeps."""
    spare: str = NO_CODE
    """A recovery code of the authenticator app."""

    def query(self, number: int) -> str:
        """One of the callbacks; of nobody's attempt where there is none."""
        return self.queries[number] if number < len(self.queries) else f"code={self.name}&state=none"

    @property
    def chosen(self) -> str:
        """The password they set."""
        return f"{CHOSEN} {self.name}"


@dataclass(frozen=True)
class Scene:
    """A world, and who is in it."""

    name: str
    world: SharedWorld
    now: datetime
    keyring: Keyring
    policy: FlowPolicy
    account_id: str
    officers: tuple[Officer, Officer]
    successor: Officer
    """Whom an administrator hands the account over to."""
    stranger: Browser
    used: int = 0
    """Attempts at the first officer's code that were used before."""
    passwords: tuple[str, ...] = ()
    """What opened the account before the race, the letter apart."""
    other_id: str = ""
    """Another account that the first officer holds."""

    @property
    def people(self) -> tuple[Officer, ...]:
        """Everybody who may hold the account in the end."""
        return (*self.officers, self.successor)

    def facade(
        self,
        seed: int,
        *,
        mail_arrives: bool = True,
        later: timedelta = timedelta(0),
        fault: Fault | None = None,
    ) -> Any:
        """A facade as if in a process of its own, whose calls are stepped."""
        return stepped_facade(
            keyring=self.keyring,
            policy=self.policy,
            now=self.now + later,
            seed=seed,
            citizens={officer.name: officer.citizen for officer in self.people},
            mail_arrives=mail_arrives,
            fault=fault,
            legacy_verifiers=(PlainForTests(),),
        )


class PlainForTests:
    """A legacy verifier, so that a sign-in upgrades the hash."""

    def recognises(self, stored: str) -> bool:
        return stored.startswith("plain:")

    def verify(self, stored: str, password: str) -> bool:
        return stored == f"plain:{password}"
