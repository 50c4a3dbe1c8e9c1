"""The facade of the portal. Here ThaID is an emulator on this machine, and the terminal plays the mailbox."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from elaas_identity import AccountKind, AsyncElaasIdentity, AsyncThaID, Expected, Keyring, NewAccount
from elaas_identity.errors import Message
from elaas_identity.ports import Mail
from elaas_identity.providers.memory import AsyncMemoryStore
from elaas_identity.testing import CITIZENS, AsyncOutbox, Client, ThaIDEmulator
from elaas_identity.web import Site

CALLBACK = os.environ.get("PORTAL", "http://127.0.0.1:8000") + "/auth/callback"


class Terminal(AsyncOutbox):
    """Shows the mails that it is given."""

    async def send(self, mail: Mail) -> None:
        await super().send(mail)
        print(mail.text)


thaid = ThaIDEmulator.served(
    clients=[Client(client_id="portal", client_secret="not a secret", redirect_uris=(CALLBACK,))]
)
thaid.start()
outbox = Terminal()
site = Site(name=Message("ระบบของเทศบาลสมมติ", "Portal of an invented municipality"))
elaas = AsyncElaasIdentity(
    identity_provider=AsyncThaID(
        client_id="portal", client_secret="not a secret", redirect_uri=CALLBACK, issuer=thaid.issuer
    ),
    mailer=outbox,
    store=AsyncMemoryStore(),
    keyring=Keyring({"example": secrets.token_bytes(32)}, current="example"),
)
letter = NewAccount(
    username="laas-0001",
    password="of the letter",
    kind=AccountKind.LOCAL_GOVERNMENT,
    agency_code="0001",
    agency_name="เทศบาลตำบลสมมติ",
    person=Expected(CITIZENS[0].national_id),
)


@asynccontextmanager
async def lifespan(_: object) -> AsyncGenerator[None]:
    await elaas.accounts.provision([letter], by="provincial office", reason="first letters")
    yield
    await elaas.identity_provider.close()
    thaid.stop()
