"""Starts the demonstration's servers on loopback, and ends them: ThaID emulator, SMTP, database, portal."""

from __future__ import annotations

import secrets
import socket
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx
import uvicorn
from fastapi import FastAPI
from jinja2 import PackageLoader

from elaas_identity import (
    AccountKind,
    AssertionKeys,
    AssertionSettings,
    AsyncElaasIdentity,
    AsyncThaID,
    AuditKeys,
    ElaasIdentity,
    Keyring,
    SignInPolicy,
    ThaID,
)
from elaas_identity.demo.issued import ISSUED
from elaas_identity.demo.mailbox import MailboxPages
from elaas_identity.demo.payments import BRIDGE
from elaas_identity.demo.portal import STEP_UP_PATH, portal
from elaas_identity.flow.policy import MANDATED, FlowPolicy
from elaas_identity.messages import say
from elaas_identity.messages.help import Help
from elaas_identity.providers.smtp import AsyncSMTPMailer, SMTPMailer
from elaas_identity.providers.sql import AsyncSQLStore, SQLStore, upgrade
from elaas_identity.providers.system import system_clock
from elaas_identity.testing import Client, LoopbackSMTP, ThaIDEmulator
from elaas_identity.web.pages import Pages
from elaas_identity.web.site import Site

HOST = "127.0.0.1"
CALLBACK_PATH = "/auth/callback"
SENDER = "no-reply@elaas.example.go.th"
SIGN_IN = {
    AccountKind.PROVINCIAL_OFFICE: SignInPolicy.PASSWORD_AND_TOTP,
    AccountKind.SUBORDINATE_AGENCY: SignInPolicy.PASSWORD_AND_THAID,
}
"""So that each way to sign in is met: local governments by their password alone, as the circular has it."""


class CannotStart(Exception):
    """The demonstration cannot start; the text says what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherProvider:
    """An OpenID provider to use in place of the emulator, and our registration there."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str


class World:
    """Everything the demonstration consists of. Ending it ends every server, thread and file.

    Args:
        port: of the portal; 0: any free one.
        other: an OpenID provider in place of the emulator. Its redirect URI decides the portal's port.
        policy: the mandated one, with real password hashing, unless a test is in a hurry.

    Attributes:
        origin: of the portal.
        smtp: the mail server, with what it received.
        thaid: the emulator; None with another provider.
        administrator: what an administrator's own program would hold, over the portal's database.

    Raises:
        CannotStart: on entering, when a port is taken or the provider does not answer.
    """

    origin: str
    smtp: LoopbackSMTP
    thaid: ThaIDEmulator | None
    administrator: ElaasIdentity

    def __init__(
        self, *, port: int = 0, other: OtherProvider | None = None, policy: FlowPolicy = MANDATED
    ) -> None:
        self._port = port
        self._other = other
        self._policy = replace(policy, sign_in_by_kind=SIGN_IN)
        self._open = ExitStack()
        self._ahead = timedelta(0)

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            self._start(opened)
            self._open = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @property
    def identity_provider_url(self) -> str:
        """Where the identity provider is."""
        return self._other.issuer if self._other else self._emulator().issuer

    def later(self, by: timedelta) -> None:
        """Put the demonstration's clock forward, for whoever has been told to wait."""
        self._ahead += by

    def now(self) -> datetime:
        """The demonstration's time."""
        return system_clock() + self._ahead

    def _emulator(self) -> ThaIDEmulator:
        assert self.thaid is not None
        return self.thaid

    def _start(self, opened: ExitStack) -> None:
        wanted = urlsplit(self._other.redirect_uri) if self._other else None
        listening = opened.enter_context(_listening(wanted.port or 80 if wanted else self._port))
        port = listening.getsockname()[1]
        self.origin = f"{wanted.scheme}://{wanted.netloc}" if wanted else f"http://{HOST}:{port}"
        registered = self._registered(opened)
        self.smtp = opened.enter_context(LoopbackSMTP())
        folder = Path(opened.enter_context(TemporaryDirectory(prefix="elaas-identity-demo-")))
        database = f"sqlite:///{folder / 'demo.sqlite'}"
        upgrade(database)

        keyring = Keyring({"demo": secrets.token_bytes(32)}, current="demo")
        identity_provider = AsyncThaID(
            issuer=registered.issuer,
            client_id=registered.client_id,
            client_secret=registered.client_secret,
            redirect_uri=registered.redirect_uri,
        )
        mailer = AsyncSMTPMailer(self.smtp.host, self.smtp.port, sender=SENDER, security="none")
        store = AsyncSQLStore(database)
        elaas = AsyncElaasIdentity(
            identity_provider=identity_provider,
            mailer=mailer,
            store=store,
            keyring=keyring,
            policy=self._policy,
            assertions=AssertionSettings(keys=_assertion_keys(), issuer=self.origin, audiences={BRIDGE}),
            audit_keys=_audit_keys(),
            clock=self.now,
        )
        self.administrator = self._administrator(opened, registered, database, keyring)
        pages = Pages(
            keyring=keyring,
            origin=self.origin,
            site=Site(
                name=say("page.demo.site"),
                help=Help(office=say("page.demo.help_real_provider" if self._other else "page.demo.help")),
                banner=say("page.demo.banner"),
            ),
            identity_provider_origins=_origins(registered.issuer, ask=self._other is not None),
            callback_path=urlsplit(registered.redirect_uri).path,
            step_up_path=STEP_UP_PATH,
            templates=(PackageLoader("elaas_identity.demo"),),
            clock=self.now,
        )
        # Whom another provider knows is not ours to say: there the accounts open for who comes first.
        letters = ISSUED if self._other is None else tuple(replace(one, citizen=None) for one in ISSUED)
        app = portal(
            elaas,
            pages,
            MailboxPages(self.smtp.mails, pages),
            origin=self.origin,
            clock=self.now,
            letters=letters,
            owned=(identity_provider, mailer, store),
        )
        issued = [one.new_account(names_person=self._other is None) for one in ISSUED]
        self.administrator.accounts.provision(issued, by="demo", reason="demonstration")
        opened.enter_context(Serving(app, listening))

    def _administrator(
        self, opened: ExitStack, registered: OtherProvider, database: str, keyring: Keyring
    ) -> ElaasIdentity:
        """The synchronous facade: this thread may have an event loop already."""
        identity_provider = ThaID(
            issuer=registered.issuer,
            client_id=registered.client_id,
            client_secret=registered.client_secret,
            redirect_uri=registered.redirect_uri,
        )
        store = SQLStore(database)
        opened.callback(store.close)
        opened.callback(identity_provider.close)
        return opened.enter_context(
            ElaasIdentity(
                identity_provider=identity_provider,
                mailer=SMTPMailer(self.smtp.host, self.smtp.port, sender=SENDER, security="none"),
                store=store,
                keyring=keyring,
                policy=self._policy,
                clock=self.now,
            )
        )

    def _registered(self, opened: ExitStack) -> OtherProvider:
        """Our registration: at the provider named, or at an emulator that is started for it."""
        self.thaid = None
        if self._other is not None:
            return self._other
        redirect_uri = self.origin + CALLBACK_PATH
        client = Client(
            client_id="elaas-demo", client_secret=secrets.token_urlsafe(32), redirect_uris=(redirect_uri,)
        )
        self.thaid = opened.enter_context(ThaIDEmulator.served(clients=(client,), clock=self.now))
        return OtherProvider(
            issuer=self.thaid.issuer,
            client_id=client.client_id,
            client_secret=client.client_secret,
            redirect_uri=redirect_uri,
        )


class Serving:
    """The portal in a thread of its own, over a socket that listens already. No header is believed, no URL logged."""

    def __init__(self, app: FastAPI, listening: socket.socket) -> None:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,  # URLs of the callback hold authorization codes
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listening],), name="portal")

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)
            if not self._thread.is_alive():
                raise CannotStart("the portal ended while it was starting")
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()


def _assertion_keys() -> AssertionKeys:
    key = AssertionKeys.fresh_key(secrets.token_bytes(40))
    return AssertionKeys({"demo": key}, current="demo")


def _audit_keys() -> AuditKeys:
    return AuditKeys(AuditKeys.fresh_key("demo", secrets.token_bytes(40)))


def _listening(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as problem:
        listening.close()
        raise CannotStart(
            f"port {port} of {HOST} cannot be used ({problem.strerror}): choose another"
        ) from None
    return listening


def _origins(issuer: str, *, ask: bool) -> tuple[str, ...]:
    """Where a form may lead: the issuer, and its authorization endpoint where that is elsewhere."""
    if not ask:
        return (issuer,)
    document = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        endpoint = httpx.get(document, timeout=10).raise_for_status().json()["authorization_endpoint"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as problem:
        raise CannotStart(
            f"{document} does not answer as an OpenID provider does ({type(problem).__name__})"
        ) from None
    return tuple(dict.fromkeys(f"{url.scheme}://{url.netloc}" for url in map(urlsplit, (issuer, endpoint))))
