"""A portal in each framework, which writes the page of an officer and nothing else.

The portal, ThaID's emulator and the mail server are real servers of 127.0.0.1.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connections
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path
from fastapi import Depends, FastAPI
from fastapi.responses import HTMLResponse
from flask import Flask

from elaas_identity import AsyncElaasIdentity, AsyncThaID, ElaasIdentity, Keyring, ThaID
from elaas_identity.demo.issued import ISSUED
from elaas_identity.django import OfficerRequest, officer_required
from elaas_identity.fastapi import Officer, elaas_router
from elaas_identity.fastapi import current_officer as officer_of_fastapi
from elaas_identity.flask import ElaasFlask, current_officer
from elaas_identity.flask import officer_required as officer_of_flask_required
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.messages import Message
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.providers.smtp import AsyncSMTPMailer, SMTPMailer
from elaas_identity.testing import Client, LoopbackSMTP, ThaIDEmulator
from elaas_identity.web import Site
from tests.browser.servers import asgi, wsgi
from tests.integrations.django_portal import routed

SITE = Site(name=Message("ระบบทดสอบ", "Test portal"))


def home(officer: Officer) -> str:
    return (
        '<!doctype html><link rel="icon" href="data:,"><title>ทดสอบ</title><h1>ท่านเข้าสู่ระบบแล้ว</h1>'
        f'<p>{officer.person.display_name}</p><a href="/identity/sign-out">ออกจากระบบ</a>'
    )


@dataclass
class Around:
    """What is around the portal at an origin: ThaID, a mailbox, and an account that was issued."""

    origin: str
    opened: ExitStack
    store: MemoryStore = field(default_factory=MemoryStore)

    def __post_init__(self) -> None:
        callback = f"{self.origin}/auth/callback"
        client = Client(client_id="portal", client_secret="not a secret", redirect_uris=(callback,))
        thaid = self.opened.enter_context(ThaIDEmulator.served(clients=(client,)))
        self.identity_provider_url = thaid.issuer
        self.smtp = self.opened.enter_context(LoopbackSMTP())
        self._registration: dict[str, Any] = {
            "issuer": thaid.issuer,
            "client_id": "portal",
            "client_secret": "not a secret",
            "redirect_uri": callback,
        }
        self._mail: dict[str, Any] = {
            "host": self.smtp.host,
            "port": self.smtp.port,
            "sender": "no-reply@portal.example.go.th",
            "security": "none",
        }
        keyring = Keyring({"test": secrets.token_bytes(32)}, current="test")
        self._same: dict[str, Any] = {"keyring": keyring, "policy": FOR_TESTS}
        letters = [one.new_account() for one in ISSUED]
        self.facade().accounts.provision(letters, by="admin-1", reason="letters")

    def facade(self) -> ElaasIdentity:
        thaid = ThaID(**self._registration)
        self.opened.callback(thaid.close)
        mailer = SMTPMailer(**self._mail)
        return ElaasIdentity(identity_provider=thaid, mailer=mailer, store=self.store, **self._same)

    def async_facade(self) -> AsyncElaasIdentity:
        thaid, mailer = AsyncThaID(**self._registration), AsyncSMTPMailer(**self._mail)
        store = AsyncMemoryStore(self.store)
        return AsyncElaasIdentity(identity_provider=thaid, mailer=mailer, store=store, **self._same)


def fastapi_portal(around: Around) -> FastAPI:
    elaas = around.async_facade()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        await elaas.identity_provider.close()

    app = FastAPI(lifespan=lifespan)
    app.include_router(elaas_router(elaas, SITE))

    @app.get("/", response_class=HTMLResponse)
    async def page(officer: Annotated[Officer, Depends(officer_of_fastapi)]) -> str:
        return home(officer)

    return app


def flask_portal(around: Around) -> Flask:
    app = Flask(__name__)
    ElaasFlask(app, around.facade(), SITE)

    @app.get("/")
    @officer_of_flask_required
    def page() -> str:
        return home(current_officer)

    return app


class DjangoServer(ThreadedWSGIServer):
    """Django's own, which closes the connections to the database with the thread that has them."""

    def _close_connections(self) -> None:
        for wrapper in connections.all(initialized_only=True):
            if wrapper.connection is not None:
                wrapper.connection.close()  # Django's `close` leaves a database in memory open
                wrapper.connection = None


def django_portal(around: Around) -> Any:
    @officer_required
    def page(request: OfficerRequest) -> HttpResponse:
        return HttpResponse(home(request.officer))

    chosen = {"ELAAS": around.facade(), "SITE": SITE}
    around.opened.enter_context(override_settings(ELAAS_IDENTITY=chosen, ALLOWED_HOSTS=["127.0.0.1"]))
    around.opened.enter_context(routed(path("", page)))
    return WSGIHandler()


FRAMEWORKS: dict[str, tuple[Callable[..., AbstractContextManager[str]], Callable[[Around], Any]]] = {
    "fastapi": (asgi, fastapi_portal),
    "flask": (wsgi, flask_portal),
    "django": (partial(wsgi, server_class=DjangoServer), django_portal),
}


@contextmanager
def serving(framework: str) -> Iterator[Around]:
    """The portal in that framework, running."""
    server, portal = FRAMEWORKS[framework]
    made: list[Around] = []

    def application(origin: str) -> Any:
        made.append(Around(origin, opened))
        return portal(made[0])

    with ExitStack() as opened, server(application):
        yield made[0]
