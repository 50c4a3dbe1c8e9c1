"""A small portal: the pages of `web/` over FastAPI, and a session of its own once somebody is in.

Sessions live in memory, so they end with the process. The client's address is the socket's peer: no header is believed.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response

from elaas_identity import AsyncElaasIdentity, Progress, SignedIn
from elaas_identity.demo.mailbox import MailboxPages
from elaas_identity.errors import ElaasIdentityError
from elaas_identity.web.browser_cookie import BrowserCookie
from elaas_identity.web.calls import perform
from elaas_identity.web.exchange import MAXIMUM_BODY, WebRequest, WebResponse
from elaas_identity.web.pages import Pages

SESSION = BrowserCookie("__Host-elaas-demo-session")


class Sessions:
    """Who is signed in, by session id."""

    def __init__(self) -> None:
        self._signed_in: dict[str, SignedIn] = {}

    def begin(self, signed_in: SignedIn, old_id: str) -> str:
        """A new id at each sign-in, so that one planted beforehand is worth nothing (ASVS 7.2.4)."""
        self.end(old_id)
        session_id = secrets.token_urlsafe(32)
        self._signed_in[session_id] = signed_in
        return session_id

    def of(self, session_id: str) -> SignedIn | None:
        """Who is signed in there."""
        return self._signed_in.get(session_id)

    def end(self, session_id: str) -> None:
        """Sign out."""
        self._signed_in.pop(session_id, None)

    async def end_if_over(self, session_id: str, elaas: AsyncElaasIdentity) -> None:
        """After a new password (ASVS 7.4.3), or an administrator's act, the account's epoch is another."""
        if signed_in := self.of(session_id):
            account = await elaas.accounts.find(signed_in.account.username)
            if account is None or account.epoch != signed_in.account.epoch:
                self.end(session_id)


class Closable(Protocol):
    """What the portal made, and ends."""

    async def close(self) -> None: ...


def portal(
    elaas: AsyncElaasIdentity,
    pages: Pages,
    mailbox: MailboxPages,
    *,
    origin: str,
    owned: Sequence[Closable] = (),
) -> FastAPI:
    """The application. At its end it closes the facade, then the providers that it owns."""
    sessions = Sessions()
    host = urlsplit(origin).netloc

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        for one in (elaas, *owned):
            await one.close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)

    @app.api_route("/{path:path}", methods=["GET", "HEAD", "POST"])
    async def exchange(request: Request) -> Response:
        if request.headers.get("host") != host:  # another name for this machine: its cookies would be others
            return _response(pages.drawing.redirect(f"{origin}/"))
        asked = await _web_request(request)
        await sessions.end_if_over(asked.cookies.get(SESSION.name, ""), elaas)
        own = _own_page(asked, pages, mailbox, sessions)
        return _response(own or await _flow(asked, request))

    async def _flow(web_request: WebRequest, request: Request) -> WebResponse:
        asked = pages.parse(web_request, address=request.client.host if request.client else None)
        if isinstance(asked, WebResponse):
            return asked
        try:
            result = await perform(elaas, asked)
        except ElaasIdentityError as error:
            return pages.render(asked, error)
        response = pages.render(asked, result)
        match result:
            case Progress(step=SignedIn() as step):
                session_id = sessions.begin(step, web_request.cookies.get(SESSION.name, ""))
                return response.with_header("set-cookie", SESSION.set(session_id))
            case _:
                return response

    return app


def _own_page(
    request: WebRequest, pages: Pages, mailbox: MailboxPages, sessions: Sessions
) -> WebResponse | None:
    """What the portal answers by itself; None: the page is the flow's."""
    session_id = request.cookies.get(SESSION.name, "")
    signed_in = sessions.of(session_id)
    reading = request.method in ("GET", "HEAD")
    section, _, rest = request.path[1:].partition("/")
    if request.path == "/" and reading:
        if signed_in is None:
            return pages.drawing.redirect("/sign-in")
        return pages.drawing.page("home.html", signed_in=signed_in, csrf=pages.form_token(request))
    if request.path == "/sign-out" and request.method == "POST":
        if refused := pages.refuse_forged(request):
            return refused
        sessions.end(session_id)
        return pages.drawing.redirect("/sign-in")
    if section == "mailbox" and reading:
        number, _, part = rest.partition("/")
        if not rest:
            return mailbox.listed()
        if number.isascii() and number.isdigit() and len(number) < 9 and part in ("", "html"):
            return mailbox.html(int(number)) if part else mailbox.shown(int(number))
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
