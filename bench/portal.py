"""A portal whose identity provider and mail server are elsewhere: what they take is counted, to be taken off."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from time import perf_counter

from elaas_identity import (
    AccountKind,
    Browser,
    ElaasIdentity,
    Expected,
    FlowPolicy,
    Keyring,
    NewAccount,
    SignedIn,
    ThaID,
)
from elaas_identity.oidc.http import Request, Response
from elaas_identity.passwords.hashing import LegacyVerifier
from elaas_identity.ports import Store
from elaas_identity.testing import CITIZENS, Client, ThaIDEmulator
from elaas_identity.testing.citizens import Citizen
from elaas_identity.testing.outbox import Outbox

CALLBACK = "https://portal.example.go.th/auth/callback"
ISSUED, CHOSEN = "of the letter", "three words that fit well"


class CountedTransport:
    """The emulator, and how many seconds it took."""

    def __init__(self, emulator: ThaIDEmulator) -> None:
        self.seconds = 0.0
        self._inner = emulator.transport

    def send(self, request: Request) -> Response:
        start = perf_counter()
        try:
            return self._inner.send(request)
        finally:
            self.seconds += perf_counter() - start

    def close(self) -> None: ...


class Portal:
    """A facade over a store, with the means to onboard an account."""

    def __init__(
        self,
        store: Store,
        policy: FlowPolicy | None = None,
        citizens: Sequence[Citizen] = CITIZENS,
        legacy_verifiers: Sequence[LegacyVerifier] = (),
    ) -> None:
        self.emulator = ThaIDEmulator(
            "https://thaid.test",
            clients=[Client(client_id="portal", client_secret="bench", redirect_uris=(CALLBACK,))],
            citizens=citizens,
        )
        self.transport = CountedTransport(self.emulator)
        self.outbox = Outbox()
        self.store = store
        self.keyring = Keyring({"bench": secrets.token_bytes(32)}, current="bench")
        self.elaas = ElaasIdentity(
            identity_provider=ThaID(
                client_id="portal",
                client_secret="bench",
                redirect_uri=CALLBACK,
                issuer=self.emulator.issuer,
                transport=self.transport,
            ),
            mailer=self.outbox,
            store=store,
            keyring=self.keyring,
            policy=policy or FlowPolicy(),
            legacy_verifiers=legacy_verifiers,
        )

    def provision(self, *usernames: str, citizen: Citizen = CITIZENS[0]) -> list[str]:
        """Issue accounts for a citizen; answers their ids."""
        accounts = [
            NewAccount(
                username=username,
                password=ISSUED,
                kind=AccountKind.LOCAL_GOVERNMENT,
                agency_code="0001",
                agency_name="เทศบาลตำบลสมมติ",
                person=Expected(citizen.national_id),
            )
            for username in usernames
        ]
        done = self.elaas.accounts.provision(accounts, by="bench", reason="bench")
        return [each.account.id for each in done]

    def onboard(self, username: str, citizen: Citizen = CITIZENS[0], *, checked: bool = True) -> float:
        """From the issued password to the new one; answers the seconds that were the library's own.

        Checked, the person signs in with the new one afterwards, which is not counted.
        """
        browser = Browser.new(self.keyring)
        elsewhere, start = self.transport.seconds, perf_counter()
        flow_id = self.elaas.begin(username, ISSUED, browser=browser).flow_id
        url = self.elaas.authorize(flow_id, browser=browser).url
        approving = perf_counter()
        query = self.emulator.approve(url, citizen).partition("?")[2]
        approved = perf_counter() - approving
        self.elaas.receive_callback(query, browser=browser)
        self.elaas.submit_email(flow_id, f"{username}@example.go.th", browser=browser)
        self.elaas.submit_one_time_code(flow_id, self.outbox.code, browser=browser)
        self.elaas.set_password(flow_id, CHOSEN, browser=browser)
        own = perf_counter() - start - approved - (self.transport.seconds - elsewhere)
        if checked:
            assert isinstance(self.elaas.begin(username, CHOSEN, browser=browser).step, SignedIn)
        return own
