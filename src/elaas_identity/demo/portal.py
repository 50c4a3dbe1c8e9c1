"""A small portal over FastAPI: the library's pages by its router, and pages of its own that they draw.

The client's address is the socket's peer: no header is believed.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Protocol
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, HTTPException, Request, Response

from elaas_identity import AsyncElaasIdentity, Browser
from elaas_identity.demo.issued import Issued
from elaas_identity.demo.mailbox import MailboxPages
from elaas_identity.demo.office import OfficePages
from elaas_identity.demo.payments import Bridge, PaymentPages
from elaas_identity.fastapi import (
    Officer,
    asked_of,
    current_browser,
    current_officer,
    response_of,
    router_of,
)
from elaas_identity.web import BrowserCookie, Mounted, Pages, WebRequest, WebResponse

SESSION = BrowserCookie("__Host-elaas-demo-session")
STEP_UP_PATH = "/step-up"


class Closable(Protocol):
    """What the portal made, and ends."""

    async def close(self) -> None: ...


Asking = Annotated[WebRequest, Depends(asked_of)]
SignedIn = Annotated[Officer, Depends(current_officer)]
ThisBrowser = Annotated[Browser, Depends(current_browser)]


def portal(
    elaas: AsyncElaasIdentity,
    pages: Pages,
    mailbox: MailboxPages,
    *,
    origin: str,
    clock: Callable[[], datetime],
    letters: Sequence[Issued] = (),
    owned: Sequence[Closable] = (),
) -> FastAPI:
    """The application; `/start` shows the letters.

    At its end the router closes the facade, and the portal the providers that it owns.
    """
    office = OfficePages(elaas, pages)
    payments = PaymentPages(elaas, pages, Bridge(origin, elaas.assertions.jwks(), clock))
    host = urlsplit(origin).netloc

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        for one in owned:
            await one.close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)

    @app.middleware("http")
    async def at_one_address(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.headers.get("host") != host:  # another name for this machine: its cookies would be others
            return response_of(pages.drawing.redirect(f"{origin}/"))
        return await go_on(request)

    @app.api_route("/start", methods=["GET", "HEAD"])
    async def start(asked: Asking) -> Response:
        return response_of(pages.page(asked, "start.html", letters=letters))

    @app.api_route("/", methods=["GET", "HEAD"])
    async def home(asked: Asking, officer: SignedIn) -> Response:
        sessions = await elaas.sessions.of_account(officer.session.account_id)
        return response_of(
            pages.page(asked, "home.html", signed_in=officer, session=officer.session, sessions=sessions)
        )

    @app.post("/sign-out-elsewhere")
    async def sign_out_elsewhere(asked: Asking, _: SignedIn) -> Response:
        refused = pages.refuse_forged(asked)
        if refused is None:
            await elaas.sessions.end_others(asked.cookies.get(SESSION.name, ""))
        return response_of(refused or pages.drawing.redirect("/"))

    @app.api_route("/payments", methods=["POST"])
    @app.api_route(STEP_UP_PATH, methods=["GET", "POST"])
    async def payment(asked: Asking, officer: SignedIn, browser: ThisBrowser) -> Response:
        refused = pages.refuse_forged(asked) if asked.method == "POST" else None
        return _found(refused or await payments.answer(asked, browser, officer.session))

    @app.api_route("/office{path:path}", methods=["GET", "HEAD", "POST"])
    async def administration(asked: Asking, browser: ThisBrowser) -> Response:
        refused = pages.refuse_forged(asked) if asked.method == "POST" else None
        if refused is None and browser.is_new:  # its forms want a browser that is known
            cookie = pages.cookie.set(browser.token)
            refused = pages.drawing.redirect("/office").with_header("set-cookie", cookie)
        return _found(refused or await office.answer(asked))

    @app.api_route("/mailbox", methods=["GET", "HEAD"])
    async def mails(asked: Asking) -> Response:
        return response_of(mailbox.listed(asked))

    @app.api_route("/mailbox/{number}", methods=["GET", "HEAD"])
    async def mail(number: int, asked: Asking) -> Response:
        return _found(mailbox.shown(number, asked))

    @app.api_route("/mailbox/{number}/html", methods=["GET", "HEAD"])
    async def html(number: int) -> Response:
        return _found(mailbox.html(number))

    app.include_router(router_of(elaas, Mounted(pages, session_cookie=SESSION)))
    return app


def _found(answer: WebResponse | None) -> Response:
    if answer is None:
        raise HTTPException(404)
    return response_of(answer)
