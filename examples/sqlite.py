"""The records in a SQLite file, which outlives the process: `pip install 'elaas-identity[sql]'`.

ThaID is played by the emulator, the mail server by an outbox, the person by a citizen who does not exist.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from tempfile import TemporaryDirectory

from elaas_identity import (
    AccountKind,
    Browser,
    ElaasIdentity,
    EnterOneTimeCode,
    Expected,
    Keyring,
    NewAccount,
    PasswordSet,
    SignedIn,
    ThaID,
)
from elaas_identity.providers.sql import SQLStore, upgrade
from elaas_identity.testing import CITIZENS, Client, Outbox, ThaIDEmulator

CALLBACK = "https://portal.example.go.th/auth/callback"
OFFICER = CITIZENS[0]
NEW_PASSWORD = "สามคำ ที่จำได้ และยาวพอ"


def main(folder: str) -> None:
    emulator = ThaIDEmulator(
        "https://thaid.test",
        clients=[Client(client_id="portal", client_secret="not a secret", redirect_uris=(CALLBACK,))],
    )
    outbox = Outbox()
    keyring = Keyring({"example": secrets.token_bytes(32)}, current="example")
    url = f"sqlite:///{Path(folder) / 'elaas.db'}"
    upgrade(url)  # once, when a version is installed: `elaas-identity db upgrade --url …`
    store = SQLStore(url)
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

    step = elaas.begin("laas-0001", NEW_PASSWORD, browser=browser).step
    assert isinstance(step, SignedIn)
    print(f"signed in: {step.person.display_name}, {step.account.agency_name}")
    store.close()


if __name__ == "__main__":
    with TemporaryDirectory() as somewhere:
        main(somewhere)
