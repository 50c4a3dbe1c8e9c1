"""The facade of the portal. Here ThaID is an emulator on this machine, and the terminal plays the mailbox."""

from __future__ import annotations

import os
import secrets

from elaas_identity import AccountKind, ElaasIdentity, Expected, Keyring, NewAccount, ThaID
from elaas_identity.errors import Message
from elaas_identity.ports import Mail
from elaas_identity.providers.memory import MemoryStore
from elaas_identity.testing import CITIZENS, Client, Outbox, ThaIDEmulator
from elaas_identity.web import Site

CALLBACK = os.environ.get("PORTAL", "http://127.0.0.1:8000") + "/auth/callback"


class Terminal(Outbox):
    """Shows the mails that it is given."""

    def send(self, mail: Mail) -> None:
        super().send(mail)
        print(mail.text)


thaid = ThaIDEmulator.served(
    clients=[Client(client_id="portal", client_secret="not a secret", redirect_uris=(CALLBACK,))]
)
thaid.start()
outbox = Terminal()
site = Site(name=Message("ระบบของเทศบาลสมมติ", "Portal of an invented municipality"))
elaas = ElaasIdentity(
    identity_provider=ThaID(
        client_id="portal", client_secret="not a secret", redirect_uri=CALLBACK, issuer=thaid.issuer
    ),
    mailer=outbox,
    store=MemoryStore(),
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
elaas.accounts.provision([letter], by="provincial office", reason="first letters")
