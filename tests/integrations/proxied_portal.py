"""The portal that stands behind a proxy, in a process of its own, which is told everything by its environment."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.responses import PlainTextResponse

from elaas_identity import AsyncElaasIdentity, AsyncThaID, Keyring
from elaas_identity.errors import Message
from elaas_identity.fastapi import Officer, current_officer, elaas_router
from elaas_identity.flow.policy import FOR_TESTS, Limit
from elaas_identity.providers.smtp import AsyncSMTPMailer
from elaas_identity.providers.sql import AsyncSQLStore
from elaas_identity.web import Site

told = json.loads(os.environ["ELAAS_IDENTITY_TEST_PORTAL"])
elaas = AsyncElaasIdentity(
    identity_provider=AsyncThaID(**told["thaid"]),
    mailer=AsyncSMTPMailer(**told["mail"]),
    store=AsyncSQLStore(told["database"]),
    keyring=Keyring({"k": b"k" * 32}, current="k"),
    policy=replace(FOR_TESTS, client_failures=Limit(told["failures"], timedelta(hours=1))),
)
site = Site(name=Message("ระบบทดสอบ", "Test portal"))
app = FastAPI(default_response_class=PlainTextResponse)
app.include_router(elaas_router(elaas, site, root_path="/elaas", proxies=["127.0.0.1"]))


@app.get("/")
async def home(officer: Annotated[Officer, Depends(current_officer)]) -> str:
    return officer.person.display_name
