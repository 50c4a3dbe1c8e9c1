"""The facade of the portal. Here ThaID, the mail server and the database are played by stand-ins."""

from __future__ import annotations

import secrets

from elaas_identity import ElaasIdentity, Keyring, ThaID
from elaas_identity.errors import Message
from elaas_identity.providers.memory import MemoryStore
from elaas_identity.testing import Client, EmulatorTransport, Outbox, ThaIDEmulator
from elaas_identity.web import Site

CALLBACK = "https://portal.example.go.th/auth/callback"

emulator = ThaIDEmulator(
    "https://thaid.test",
    clients=[Client(client_id="portal", client_secret="not a secret", redirect_uris=(CALLBACK,))],
)
outbox = Outbox()
site = Site(name=Message("ระบบของเทศบาลสมมติ", "Portal of an invented municipality"))
elaas = ElaasIdentity(
    identity_provider=ThaID(
        client_id="portal",
        client_secret="not a secret",
        redirect_uri=CALLBACK,
        issuer=emulator.issuer,
        transport=EmulatorTransport(emulator),
    ),
    mailer=outbox,
    store=MemoryStore(),
    keyring=Keyring({"example": secrets.token_bytes(32)}, current="example"),
)
