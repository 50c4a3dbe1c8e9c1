"""The same in asynchronous code: `Async` before the names, `await` before the calls.

ThaID is played by the emulator, the mail server by an outbox, the person by a citizen who does not exist.
"""

from __future__ import annotations

import asyncio
import secrets

from elaas_identity import (
    AccountKind,
    AsyncElaasIdentity,
    AsyncThaID,
    Browser,
    EnterOneTimeCode,
    Expected,
    Keyring,
    NewAccount,
    PasswordSet,
    SignedIn,
)
from elaas_identity.providers.memory import AsyncMemoryStore
from elaas_identity.testing import CITIZENS, AsyncOutbox, Client, ThaIDEmulator

CALLBACK = "https://portal.example.go.th/auth/callback"
OFFICER = CITIZENS[0]
NEW_PASSWORD = "สามคำ ที่จำได้ และยาวพอ"


async def main() -> None:
    emulator = ThaIDEmulator(
        "https://thaid.test",
        clients=[Client(client_id="portal", client_secret="not a secret", redirect_uris=(CALLBACK,))],
    )
    outbox = AsyncOutbox()
    keyring = Keyring({"example": secrets.token_bytes(32)}, current="example")
    store = AsyncMemoryStore()
    elaas = AsyncElaasIdentity(
        identity_provider=AsyncThaID(
            client_id="portal",
            client_secret="not a secret",
            redirect_uri=CALLBACK,
            issuer=emulator.issuer,
            transport=emulator.async_transport,
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
    await elaas.accounts.provision([letter], by="provincial office", reason="first letters")

    browser = Browser.new(keyring)
    progress = await elaas.begin("laas-0001", "of the letter", browser=browser)
    print("1. username and password: right")

    request = await elaas.authorize(progress.flow_id, browser=browser)
    came_back_to = emulator.approve(request.url, OFFICER)
    progress = await elaas.receive_callback(came_back_to.partition("?")[2], browser=browser)
    print("2. ThaID: the person is the expected one")

    progress = await elaas.submit_email(progress.flow_id, "officer@example.go.th", browser=browser)
    print("3. e-mail address: given")
    assert isinstance(progress.step, EnterOneTimeCode)
    print("4. one-time code: in the mailbox, reference", progress.step.reference)

    progress = await elaas.submit_one_time_code(progress.flow_id, outbox.code, browser=browser)
    print("5. one-time code: confirmed")
    progress = await elaas.set_password(progress.flow_id, NEW_PASSWORD, browser=browser)
    print("6. new password: set")
    assert isinstance(progress.step, PasswordSet)

    step = (await elaas.begin("laas-0001", NEW_PASSWORD, browser=browser)).step
    assert isinstance(step, SignedIn)
    print(f"signed in: {step.person.display_name}, {step.account.agency_name}")
    await elaas.close()


if __name__ == "__main__":
    asyncio.run(main())
