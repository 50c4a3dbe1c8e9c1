"""A portal for a browser that is as small as one can be: the pages, a session, one page of its own for a step-up.

Its identity provider says yes at once; its clock stands still until a test moves it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.cookies import SimpleCookie
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import parse_qs, urlencode
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from jinja2 import DictLoader

from elaas_identity import (
    AuthenticatorEnrolled,
    Browser,
    ElaasIdentity,
    EmailChanged,
    FlowPolicy,
    Keyring,
    PasswordSet,
    Progress,
    Refused,
    SignedIn,
)
from elaas_identity.assertions.assertion import transaction_digest
from elaas_identity.errors import ElaasIdentityError
from elaas_identity.messages import Message
from elaas_identity.messages.help import Help
from elaas_identity.providers.memory import MemoryStore
from elaas_identity.sessions.session import Session
from elaas_identity.testing.clock import SeededRandom, SteppingClock
from elaas_identity.testing.outbox import Outbox
from elaas_identity.web.browser_cookie import BrowserCookie
from elaas_identity.web.calls import perform
from elaas_identity.web.exchange import WebRequest, WebResponse
from elaas_identity.web.pages import Pages
from elaas_identity.web.site import Site
from tests.facade.portal import SECRET, Portal, ScriptedIdentityProvider

SESSION = BrowserCookie("__Host-session")
PAYMENT = transaction_digest(b"pay 100 baht")

_PAGE = """{% extends "base.html" %}{% from "bits.html" import hidden %}
{% block title %}ทดสอบ{% endblock %}
{% block main %}BODY{% endblock %}"""
_FORM = '<form method="post" action="ACTION">{{ hidden("csrf", csrf) }}<button>NAME</button></form>'
_FORMS = "".join(
    _FORM.replace("ACTION", action).replace("NAME", name)
    for action, name in (
        ("/account/email", "เปลี่ยนอีเมล"),
        ("/account/authenticator", "ลงทะเบียนแอป"),
        ("/pay", "จ่ายเงิน"),
    )
)
_TEMPLATES = {
    "home.html": _PAGE.replace("BODY", "<h1>ท่านเข้าสู่ระบบแล้ว</h1>" + _FORMS),
    "step_up.html": _PAGE.replace(
        "BODY",
        "<h1>จ่าย 100 บาท</h1>" + _FORM.replace("ACTION", "/pay?flow={{ flow }}").replace("NAME", "ยืนยัน"),
    ),
    "paid.html": _PAGE.replace("BODY", "<h1>จ่ายแล้ว</h1>"),
}


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """The test's output is its own."""


class SmallPortal:
    """The application; `test` is the facade and everything around it."""

    def __init__(self, test: Portal, origin: str) -> None:
        self.test = test
        self.origin = origin
        self.once = threading.Lock()
        self.pages = Pages(
            keyring=test.keyring,
            origin=origin,
            site=Site(
                name=Message("ระบบทดสอบ e-LAAS", "e-LAAS test portal"),
                help=Help(office=Message("สำนักทดสอบ", "Test office"), telephone="02-000-0000"),
            ),
            identity_provider_origins=(origin,),
            templates=(DictLoader(_TEMPLATES),),
        )

        def url(proof: Any, **_: Any) -> str:
            return f"{origin}/auth/callback?{urlencode({'code': 'authorization-code', 'state': proof.state})}"

        test.idp.authorization_url = url  # type: ignore[method-assign]

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        cookies = SimpleCookie(environ.get("HTTP_COOKIE", ""))
        request = WebRequest(
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"],
            query=environ.get("QUERY_STRING", ""),
            headers={
                "content-type": environ.get("CONTENT_TYPE", ""),
                **{key[5:].lower().replace("_", "-"): environ[key] for key in environ if key[:5] == "HTTP_"},
            },
            cookies={name: one.value for name, one in cookies.items()},
            body=environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)),
        )
        with self.once:
            answer = self._answer(request)
        start(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(answer.headers))
        return [answer.body]

    def _answer(self, request: WebRequest) -> WebResponse:
        sessions, token = self.test.elaas.sessions, request.cookies.get(SESSION.name, "")
        try:
            session: Session | None = sessions.of(token)
        except Refused:
            session = None
        if session and request.path in ("/", "/step-up", "/pay"):
            return self._own(request, session)
        asked = self.pages.parse(request, address="192.0.2.1", session=session)
        if isinstance(asked, WebResponse):
            return asked
        try:
            result = perform(self.test.elaas, asked)
        except ElaasIdentityError as error:
            return self.pages.render(asked, error)
        answer = self.pages.render(asked, result)
        step = result.step if isinstance(result, Progress) else None
        if isinstance(step, SignedIn):
            return answer.with_header("set-cookie", SESSION.set(sessions.start(step)))
        if session is not None and isinstance(step, PasswordSet | EmailChanged | AuthenticatorEnrolled):
            with suppress(Refused):  # a change that this session did not ask for ends it
                answer = answer.with_header("set-cookie", SESSION.set(sessions.renew(token, step)))
        return answer

    def _own(self, request: WebRequest, session: Session) -> WebResponse:
        drawing, csrf = self.pages.drawing, self.pages.form_token(request)
        flow = parse_qs(request.query).get("flow", [""])[0]
        browser = Browser.read(
            self.test.keyring, request.cookies.get(self.pages.cookie.name), address="192.0.2.1"
        )
        if request.path == "/":
            return drawing.page("home.html", csrf=csrf)
        if request.path == "/step-up":
            return drawing.page("step_up.html", csrf=csrf, flow=flow)
        if flow:
            self.test.elaas.consume_step_up(flow, session, PAYMENT, browser=browser)
            return drawing.page("paid.html")
        begun = self.test.elaas.step_up(session, PAYMENT, browser=browser)
        return drawing.redirect(self.pages.flow_url(begun.flow_id))


@contextmanager
def serving(policy: FlowPolicy) -> Iterator[SmallPortal]:
    """The portal on a free port of loopback. Synchronous throughout: Playwright has this thread's event loop."""
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
        test = Portal(elaas, store, outbox, idp, clock, keyring, [], policy)
        server = make_server("127.0.0.1", 0, lambda *_: [], server_class=_Server, handler_class=_Quiet)
        portal = SmallPortal(test, f"http://127.0.0.1:{server.server_port}")
        server.set_app(portal)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield portal
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
