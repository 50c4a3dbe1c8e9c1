"""A portal's sessions: when each of them ends, and which one goes on.

ThaID is played by the emulator, the mail server by an outbox, the person by a citizen who does not exist; a clock that
is put forward plays the working day.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from elaas_identity import (
    AccountKind,
    AuthenticatorEnrolled,
    Browser,
    ElaasIdentity,
    EmailChanged,
    EnterOneTimeCode,
    Expected,
    Keyring,
    NewAccount,
    PasswordSet,
    Session,
    SignedIn,
    ThaID,
)
from elaas_identity.providers.memory import MemoryStore
from elaas_identity.sessions import SessionGuidance
from elaas_identity.testing import CITIZENS, Client, EmulatorTransport, Outbox, SteppingClock, ThaIDEmulator

CALLBACK = "https://portal.example.go.th/auth/callback"
OFFICER = CITIZENS[0]
NEW_PASSWORD = "สามคำ ที่จำได้ และยาวพอ"
OTHER_PASSWORD = "อีกสามคำ ที่จะไม่ลืมแล้ว"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A row of the portal's session table. The session's id is a secret: it is the cookie's value, and the key here."""

    session: Session
    username: str
    epoch: int
    started_at: datetime
    last_seen_at: datetime


class Sessions:
    """The portal's sessions. The library keeps none; it says which are out of date."""

    def __init__(self, elaas: ElaasIdentity, clock: Callable[[], datetime]) -> None:
        self._elaas = elaas
        self._clock = clock
        self._guidance = SessionGuidance()  # twelve hours, thirty minutes idle
        self._kept: dict[str, Kept] = {}

    def begin(self, step: SignedIn) -> str:
        """A new id for each sign-in, whatever the browser had before."""
        ref, now = secrets.token_urlsafe(32), self._clock()
        self._kept[ref] = Kept(
            session=step.session(ref),
            username=step.account.username,
            epoch=step.account.epoch,
            started_at=now,
            last_seen_at=now,
        )
        return ref

    def of(self, ref: str) -> Session | None:
        """Asked at each request of the person; None: show the sign-in page."""
        kept, now = self._kept.get(ref), self._clock()
        if kept is None:
            return None
        account = self._elaas.accounts.find(kept.username)
        outdated = account is None or account.epoch != kept.epoch
        if outdated or self._guidance.is_over(kept.started_at, kept.last_seen_at, now):
            del self._kept[ref]
            return None
        self._kept[ref] = replace(kept, last_seen_at=now)
        return kept.session

    def goes_on(self, ref: str, step: PasswordSet | EmailChanged | AuthenticatorEnrolled) -> str:
        """After the person's own change: this session goes on under a new id; the others end by their old epoch."""
        kept, fresh = self._kept.pop(ref), secrets.token_urlsafe(32)
        session = replace(kept.session, ref=fresh)
        if isinstance(step, PasswordSet):
            session = replace(session, credential_version=step.credential_version)
        self._kept[fresh] = replace(kept, session=session, epoch=step.account.epoch)
        return fresh


def main() -> None:
    clock = SteppingClock()
    emulator = ThaIDEmulator(
        "https://thaid.test",
        clients=[Client(client_id="portal", client_secret="not a secret", redirect_uris=(CALLBACK,))],
        clock=clock,
    )
    outbox = Outbox()
    keyring = Keyring({"example": secrets.token_bytes(32)}, current="example")
    store = MemoryStore()
    elaas = ElaasIdentity(
        identity_provider=ThaID(
            client_id="portal",
            client_secret="not a secret",
            redirect_uri=CALLBACK,
            issuer=emulator.issuer,
            transport=EmulatorTransport(emulator),
        ),
        mailer=outbox,
        store=store,
        keyring=keyring,
        clock=clock,
    )

    letter = NewAccount(
        username="laas-0001",
        password="of the letter",
        kind=AccountKind.LOCAL_GOVERNMENT,
        agency_code="0001",
        agency_name="เทศบาลตำบลสมมติ",
        person=Expected(OFFICER.national_id),
    )
    elaas.accounts.provision([letter], by="provincial office", reason="first letters")

    browser = Browser.new(keyring)
    progress = elaas.begin("laas-0001", "of the letter", browser=browser)
    print("1. username and password: right")

    request = elaas.authorize(progress.flow_id, browser=browser)
    came_back_to = emulator.approve(request.url, OFFICER)
    progress = elaas.receive_callback(came_back_to.partition("?")[2], browser=browser)
    print("2. ThaID: the person is the expected one")

    progress = elaas.submit_email(progress.flow_id, "officer@example.go.th", browser=browser)
    print("3. e-mail address: given")
    assert isinstance(progress.step, EnterOneTimeCode)
    print("4. one-time code: in the mailbox, reference", progress.step.reference)

    progress = elaas.submit_one_time_code(progress.flow_id, outbox.code, browser=browser)
    print("5. one-time code: confirmed")
    progress = elaas.set_password(progress.flow_id, NEW_PASSWORD, browser=browser)
    print("6. new password: set")
    assert isinstance(progress.step, PasswordSet)

    sessions = Sessions(elaas, clock)

    def signed_in(password: str) -> str:
        step = elaas.begin("laas-0001", password, browser=browser).step
        assert isinstance(step, SignedIn)
        print(f"signed in: {step.person.display_name}, {step.account.agency_name}")
        return sessions.begin(step)

    office, home = signed_in(NEW_PASSWORD), signed_in(NEW_PASSWORD)
    held = sessions.of(office)
    assert held is not None
    progress = elaas.change_password(held, NEW_PASSWORD, browser=browser)
    changed = elaas.set_password(progress.flow_id, OTHER_PASSWORD, browser=browser).step
    assert isinstance(changed, PasswordSet)
    office = sessions.goes_on(office, changed)
    assert sessions.of(office) is not None
    assert sessions.of(home) is None
    print("another password, set at the office: the session at home has ended")

    home, held = signed_in(OTHER_PASSWORD), sessions.of(office)
    assert held is not None
    progress = elaas.change_email(held, browser=browser)
    request = elaas.authorize(progress.flow_id, browser=browser)
    came_back_to = emulator.approve(request.url, OFFICER)
    progress = elaas.receive_callback(came_back_to.partition("?")[2], browser=browser)
    progress = elaas.submit_email(progress.flow_id, "new.office@example.go.th", browser=browser)
    moved = elaas.submit_one_time_code(progress.flow_id, outbox.code, browser=browser).step
    assert isinstance(moved, EmailChanged)
    office = sessions.goes_on(office, moved)
    assert sessions.of(office) is not None
    assert sessions.of(home) is None
    print("another address, given at the office: the session at home has ended")

    elaas.accounts.suspend(moved.account.id, by="admin-7", reason="lost laptop")
    assert sessions.of(office) is None
    elaas.accounts.restore(moved.account.id, by="admin-7", reason="found again")
    assert sessions.of(office) is None
    print("suspended by an administrator: no session is left, and none comes back")

    office = signed_in(OTHER_PASSWORD)
    clock.advance(timedelta(minutes=30))
    assert sessions.of(office) is None
    print("half an hour away: over")

    office = signed_in(OTHER_PASSWORD)
    for _ in range(12 * 4 - 1):
        clock.advance(timedelta(minutes=15))
        assert sessions.of(office) is not None
    clock.advance(timedelta(minutes=15))
    assert sessions.of(office) is None
    print("twelve hours, however busy: over")


if __name__ == "__main__":
    main()
