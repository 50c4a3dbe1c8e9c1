"""A small portal in Flask for a browser: the library's pages beside its own, one of them for a step-up.

Its identity provider says yes at once; its clock stands still until a test moves it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask, redirect, request
from werkzeug.wrappers import Response

from elaas_identity import ElaasIdentity, FlowPolicy, Keyring
from elaas_identity.assertions.assertion import transaction_digest
from elaas_identity.flask import ElaasFlask, current_browser, current_officer, form_token, officer_required
from elaas_identity.messages import Message
from elaas_identity.providers.memory import MemoryStore
from elaas_identity.testing.clock import SeededRandom, SteppingClock
from elaas_identity.testing.outbox import Outbox
from elaas_identity.web import Help, Site
from tests.browser.servers import wsgi
from tests.facade.portal import SECRET, Portal, ScriptedIdentityProvider

PAYMENT = transaction_digest(b"pay 100 baht")
SITE = Site(
    name=Message("ระบบทดสอบ e-LAAS", "e-LAAS test portal"),
    help=Help(office=Message("สำนักทดสอบ", "Test office"), telephone="02-000-0000"),
)


@dataclass
class SmallPortal:
    """Where it is; `test` is the facade and everything around it."""

    test: Portal
    origin: str


def page(heading: str, **forms: str) -> str:
    """A page of the portal's own, with a button for each form."""
    buttons = "".join(
        f'<form method="post" action="{action}"><input type="hidden" name="csrf" value="{form_token()}">'
        f"<button>{name}</button></form>"
        for name, action in forms.items()
    )
    return f'<!doctype html><link rel="icon" href="data:,"><title>ทดสอบ</title><h1>{heading}</h1>{buttons}'


def application(elaas: ElaasIdentity) -> Flask:
    app = Flask(__name__)
    ElaasFlask(app, elaas, SITE, prefix="")

    @app.get("/")
    @officer_required
    def home() -> str:
        forms = {"เปลี่ยนอีเมล": "/account/email", "ลงทะเบียนแอป": "/account/authenticator", "จ่ายเงิน": "/pay"}
        return page("ท่านเข้าสู่ระบบแล้ว", **forms)

    @app.get("/step-up")
    @officer_required
    def step_up() -> str:
        return page("จ่าย 100 บาท", ยืนยัน=f"/pay?{urlencode({'flow': request.args['flow']})}")

    @app.post("/pay")
    @officer_required
    def pay() -> str | Response:
        session, browser = current_officer.session, current_browser()
        if flow := request.args.get("flow"):
            elaas.consume_step_up(flow, session, PAYMENT, browser=browser)
            return redirect("/paid", 303)
        begun = elaas.step_up(session, PAYMENT, browser=browser)
        return redirect(f"/flow/{begun.flow_id}", 303)

    @app.get("/paid")
    @officer_required
    def paid() -> str:
        return page("จ่ายแล้ว")

    return app


@contextmanager
def serving(policy: FlowPolicy) -> Iterator[SmallPortal]:
    """The portal on a free port. Synchronous throughout: Playwright has this thread's event loop."""
    clock, keyring, outbox = SteppingClock(), Keyring({"k1": SECRET}, current="k1"), Outbox()
    idp, store = ScriptedIdentityProvider(clock), MemoryStore()
    with ElaasIdentity(
        identity_provider=idp,
        mailer=outbox,
        store=store,
        keyring=keyring,
        policy=policy,
        clock=clock,
        random=SeededRandom(7),
    ) as elaas:

        def made(origin: str) -> Flask:
            def url(proof: Any, **_: Any) -> str:
                return f"{idp.redirect_uri}?{urlencode({'code': 'authorization-code', 'state': proof.state})}"

            idp.redirect_uri = f"{origin}/auth/callback"
            idp.authorization_url = url  # type: ignore[method-assign]
            return application(elaas)

        with wsgi(made) as origin:
            yield SmallPortal(Portal(elaas, store, outbox, idp, clock, keyring, [], policy), origin)
