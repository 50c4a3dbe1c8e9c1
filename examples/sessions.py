"""Sessions that the library keeps: a token for the cookie, a list of devices, and when each of them ends.

ThaID is played by the emulator, the mail server by an outbox, the person by a citizen who does not exist; a clock that
is put forward plays the working day.
"""

from __future__ import annotations

import secrets

from elaas_identity import (
    AccountKind,
    Browser,
    ElaasIdentity,
    EmailChanged,
    EnterOneTimeCode,
    Expected,
    Keyring,
    NewAccount,
    PasswordSet,
    Refused,
    SignedIn,
    ThaID,
)
from elaas_identity.providers.memory import MemoryStore
from elaas_identity.testing import CITIZENS, Client, Outbox, SteppingClock, ThaIDEmulator

CALLBACK = "https://portal.example.go.th/auth/callback"
OFFICER = CITIZENS[0]
NEW_PASSWORD = "สามคำ ที่จำได้ และยาวพอ"
OTHER_PASSWORD = "อีกสามคำ ที่จะไม่ลืมแล้ว"


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
            transport=emulator.transport,
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

    def signed_in(password: str, label: str) -> str:
        """A new token at each sign-in, for the cookie; whatever the browser had before has ended."""
        step = elaas.begin("laas-0001", password, browser=browser).step
        assert isinstance(step, SignedIn)
        print(f"signed in: {step.person.display_name}, {step.account.agency_name}, {label}")
        return elaas.sessions.start(step, label=label)

    def is_over(token: str) -> bool:
        """Asked at each request of the person; when it is over, show the sign-in page."""
        try:
            elaas.sessions.of(token)
        except Refused:
            return True
        return False

    office, home = signed_in(NEW_PASSWORD, "office"), signed_in(NEW_PASSWORD, "home")
    session = elaas.sessions.of(office)
    print("signed in at:", ", ".join(each.label for each in elaas.sessions.of_account(session.account_id)))
    elaas.sessions.end(home)
    assert is_over(home)
    print("signed out at home: that cookie is worth nothing")

    home = signed_in(NEW_PASSWORD, "home")
    progress = elaas.change_password(session, NEW_PASSWORD, browser=browser)
    changed = elaas.set_password(progress.flow_id, OTHER_PASSWORD, browser=browser).step
    assert isinstance(changed, PasswordSet)
    office = elaas.sessions.renew(office, changed)
    assert not is_over(office)
    assert is_over(home)
    print("another password, set at the office: the session at home has ended")

    home, session = signed_in(OTHER_PASSWORD, "home"), elaas.sessions.of(office)
    progress = elaas.change_email(session, browser=browser)
    request = elaas.authorize(progress.flow_id, browser=browser)
    came_back_to = emulator.approve(request.url, OFFICER)
    progress = elaas.receive_callback(came_back_to.partition("?")[2], browser=browser)
    progress = elaas.submit_email(progress.flow_id, "new.office@example.go.th", browser=browser)
    moved = elaas.submit_one_time_code(progress.flow_id, outbox.code, browser=browser).step
    assert isinstance(moved, EmailChanged)
    office = elaas.sessions.renew(office, moved)
    assert not is_over(office)
    assert is_over(home)
    print("another address, given at the office: the session at home has ended")

    elaas.accounts.suspend(moved.account.id, by="admin-7", reason="lost laptop")
    assert is_over(office)
    elaas.accounts.restore(moved.account.id, by="admin-7", reason="found again")
    assert is_over(office)
    print("suspended by an administrator: no session is left, and none comes back")

    office = signed_in(OTHER_PASSWORD, "office")
    clock.shift(minutes=30)
    assert is_over(office)
    print("half an hour away: over")

    office = signed_in(OTHER_PASSWORD, "office")
    for _ in range(12 * 4 - 1):
        clock.shift(minutes=15)
        assert not is_over(office)
    clock.shift(minutes=15)
    assert is_over(office)
    print("twelve hours, however busy: over")


if __name__ == "__main__":
    main()
