"""The facade of the portal. Here ThaID, the mail server and the database are played by stand-ins."""

from __future__ import annotations

import secrets

from elaas_identity import AsyncElaasIdentity, AsyncThaID, Keyring
from elaas_identity.errors import Message
from elaas_identity.providers.memory import AsyncMemoryStore
from elaas_identity.testing import AsyncEmulatorTransport, AsyncOutbox, Client, ThaIDEmulator
from elaas_identity.web import Site

CALLBACK = "https://portal.example.go.th/auth/callback"

emulator = ThaIDEmulator(
    "https://thaid.test",
    clients=[Client(client_id="portal", client_secret="not a secret", redirect_uris=(CALLBACK,))],
)
outbox = AsyncOutbox()
site = Site(name=Message("ระบบของเทศบาลสมมติ", "Portal of an invented municipality"))
elaas = AsyncElaasIdentity(
    identity_provider=AsyncThaID(
        client_id="portal",
        client_secret="not a secret",
        redirect_uri=CALLBACK,
        issuer=emulator.issuer,
        transport=AsyncEmulatorTransport(emulator),
    ),
    mailer=outbox,
    store=AsyncMemoryStore(),
    keyring=Keyring({"example": secrets.token_bytes(32)}, current="example"),
)
