"""A small portal: the pages of `web/` over FastAPI, and a session of `elaas.sessions` once somebody is in.

The client's address is the socket's peer: no header is believed.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response

from elaas_identity import (
    AsyncElaasIdentity,
    AuthenticatorEnrolled,
    EmailChanged,
    PasswordSet,
    Progress,
    SignedIn,
)
from elaas_identity.demo.mailbox import MailboxPages
from elaas_identity.demo.office import OfficePages
from elaas_identity.demo.payments import Bridge, PaymentPages
from elaas_identity.demo.sessions import Sessions
from elaas_identity.errors import ElaasIdentityError
from elaas_identity.sessions import KeptSession
from elaas_identity.web.browser_cookie import BrowserCookie
from elaas_identity.web.calls import perform
from elaas_identity.web.exchange import MAXIMUM_BODY, WebRequest, WebResponse
from elaas_identity.web.pages import Pages

SESSION = BrowserCookie("__Host-elaas-demo-session")
STEP_UP_PATH = "/step-up"


class Closable(Protocol):
    """What the portal made, and ends."""

    async def close(self) -> None: ...


def portal(
    elaas: AsyncElaasIdentity,
    pages: Pages,
    mailbox: MailboxPages,
    *,
    origin: str,
    clock: Callable[[], datetime],
    owned: Sequence[Closable] = (),
) -> FastAPI:
    """The application. At its end it closes the facade, then the providers that it owns."""
    exchange = _Exchange(elaas, pages, mailbox, origin, clock)
    host = urlsplit(origin).netloc

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        for one in (elaas, *owned):
            await one.close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)

    @app.api_route("/{path:path}", methods=["GET", "HEAD", "POST"])
    async def answer(request: Request) -> Response:
        if request.headers.get("host") != host:  # another name for this machine: its cookies would be others
            return _response(pages.drawing.redirect(f"{origin}/"))
        address = request.client.host if request.client else None
        return _response(await exchange.answer(await _web_request(request), address))

    return app


class _Exchange:
    """Request in, answer out: the portal's own pages, or the flow's."""

    def __init__(
        self,
        elaas: AsyncElaasIdentity,
        pages: Pages,
        mailbox: MailboxPages,
        origin: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._elaas = elaas
        self._pages = pages
        self._mailbox = mailbox
        self._sessions = Sessions(elaas)
        self._office = OfficePages(elaas, pages)
        self._payments = PaymentPages(elaas, pages, Bridge(origin, elaas.assertions.jwks(), clock))

    async def answer(self, request: WebRequest, address: str | None) -> WebResponse:
        """The answer."""
        token = request.cookies.get(SESSION.name, "")
        session = await self._sessions.of(token)
        own = await self._own_page(request, address, token, session)
        return own or await self._flow(request, address, token, session)

    async def _flow(
        self, request: WebRequest, address: str | None, token: str, session: KeptSession | None
    ) -> WebResponse:
        asked = self._pages.parse(request, address=address, session=session)
        if isinstance(asked, WebResponse):
            return asked
        try:
            result = await perform(self._elaas, asked)
        except ElaasIdentityError as error:
            return self._pages.render(asked, error)
        response = self._pages.render(asked, result)
        match result:
            case Progress(step=SignedIn() as step):
                label = request.headers.get("user-agent", "")
                fresh = await self._sessions.begin(step, token, label)
            case Progress(step=PasswordSet() | EmailChanged() | AuthenticatorEnrolled() as step):
                fresh = await self._sessions.renew(token, step)
            case _:
                return response
        return response.with_header("set-cookie", SESSION.set(fresh)) if fresh else response

    async def _own_page(
        self, request: WebRequest, address: str | None, token: str, session: KeptSession | None
    ) -> WebResponse | None:
        """What the portal answers by itself; None: the page is the flow's."""
        section, _, rest = request.path[1:].partition("/")
        reading = request.method in ("GET", "HEAD")
        if section == "mailbox" and reading:
            return self._mail(rest, request)
        if section not in ("", "sign-out", "sign-out-elsewhere", "office", "payments", "step-up"):
            return None
        if not reading and (refused := self._pages.refuse_forged(request)):
            return refused
        if section == "office":
            browser = self._pages.browser(request)
            if browser.is_new:  # its forms want a browser that is known
                cookie = self._pages.cookie.set(browser.token)
                return self._pages.drawing.redirect("/office").with_header("set-cookie", cookie)
            return await self._office.answer(request)
        if section == "sign-out" and not reading:
            await self._elaas.sessions.end(token)
            return self._pages.drawing.redirect("/sign-in")
        if session is None:
            return self._pages.drawing.redirect("/sign-in")
        if section == "" and reading:
            return self._pages.page(
                request,
                "home.html",
                signed_in=self._sessions.person(session),
                session=session,
                sessions=await self._elaas.sessions.of_account(session.account_id),
            )
        if section == "sign-out-elsewhere" and not reading:
            await self._elaas.sessions.end_others(token)
            return self._pages.drawing.redirect("/")
        browser = self._pages.browser(request, address=address)
        return await self._payments.answer(request, browser, session)

    def _mail(self, rest: str, request: WebRequest) -> WebResponse | None:
        number, _, part = rest.partition("/")
        if not rest:
            return self._mailbox.listed(request)
        if number.isascii() and number.isdigit() and len(number) < 9 and part in ("", "html"):
            return self._mailbox.html(int(number)) if part else self._mailbox.shown(int(number), request)
        return None


async def _web_request(request: Request) -> WebRequest:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAXIMUM_BODY:
            break
    return WebRequest(
        method=request.method,
        path=request.url.path,
        query=request.scope["query_string"].decode("latin-1"),
        headers=dict(request.headers),
        cookies=request.cookies,
        body=body,
    )


def _response(answer: WebResponse) -> Response:
    response = Response(answer.body, answer.status)
    for name, value in answer.headers:
        response.headers.append(name, value)
    return response
