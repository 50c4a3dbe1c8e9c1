"""The pages and sessions of a portal in FastAPI. Extra: `fastapi`.

app.include_router(elaas_router(elaas, site))


@app.get("/payments")
async def payments(officer: Annotated[Officer, Depends(current_officer)]) -> str: ...

Nothing is kept between the requests: a dependency finds the pages among the routes of the application that it is used
in, else among those of the application around it.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeAlias, TypeVar, Unpack

from elaas_identity.errors import Misconfigured

try:
    from fastapi import APIRouter, Depends, HTTPException, Request, Response
except ImportError:
    raise Misconfigured(
        "extra_missing", detail="FastAPI is not installed: pip install 'elaas-identity[fastapi]'"
    ) from None

from elaas_identity._discreet import discreet
from elaas_identity.browser import Browser
from elaas_identity.person.assurance import IAL
from elaas_identity.sessions.session import Officer
from elaas_identity.web.exchange import MAXIMUM_BODY, METHODS, WebRequest, WebResponse
from elaas_identity.web.mounted import Mounted, MountSettings
from elaas_identity.web.site import Site
from elaas_identity.web.turns import Turn, answered_async

try:
    from fastapi.routing import iter_route_contexts
except ImportError:  # an older FastAPI copies the routes of a router into the application's own list
    iter_route_contexts = iter  # type: ignore[assignment]

if TYPE_CHECKING:
    from elaas_identity._async.elaas_identity import AsyncElaasIdentity

__all__ = [
    "Officer",
    "current_browser",
    "current_officer",
    "elaas_router",
    "form_token",
    "optional_officer",
    "require",
]

T = TypeVar("T")


def _page(response: Response) -> Response:
    """What FastAPI takes the headers of a page from."""
    return response


_Page: TypeAlias = Annotated[Response | None, Depends(_page)]
"""None where a route of Starlette calls the function itself."""


@discreet
def elaas_router(elaas: AsyncElaasIdentity, site: Site, **settings: Unpack[MountSettings]) -> APIRouter:
    """The pages and sessions of a portal, for `app.include_router`.

    When the application ends, the facade is closed: its hashing threads end. It may be used again afterwards. Identity
    provider, mailer and store are the portal's, and are its to close.

    Args:
        elaas: the portal's facade.
        site: the portal's name, and whom to ask.
        settings: as `elaas_identity.web.Mounted.of` takes them. The prefix is given here, not to `include_router`.

    Raises:
        Misconfigured: `page_settings`: the facade is the other one, or as `Mounted.of`; `policy`, for proxies that are
            no networks.
    """
    if not inspect.iscoroutinefunction(type(elaas).close):
        raise Misconfigured("page_settings", detail="elaas_router takes an AsyncElaasIdentity")
    return router_of(elaas, Mounted.of(elaas, site, **settings))


def router_of(elaas: AsyncElaasIdentity, mounted: Mounted) -> APIRouter:
    """`elaas_router`, for pages that are made already."""
    mount = _Mount(elaas, mounted)
    router = APIRouter(lifespan=mount.lifespan)
    for path in mounted.paths("{path:path}"):
        # Plain routes: what an application asks of all its operations, such as a signed-in officer, is not for these.
        router.add_route(path, mount.answer, methods=METHODS, include_in_schema=False)
    return router


async def asked_of(request: Request) -> WebRequest:
    """The request with its body, as `Pages` takes it: for a page of the portal's own that is drawn by them."""
    return _mount_of(request).read(request, await _body(request))


@discreet
async def current_officer(request: Request, page: _Page = None) -> Officer:
    """Who is signed in; a dependency of a page that only they may see.

    Who is not is led to the sign-in page, and from there back to this page; a program is answered 401 with a problem
    (RFC 9457). Where the store is away, the answer is 503. The page is `Cache-Control: no-store`, unless it says
    otherwise or returns a `Response` of its own.

    Raises:
        Misconfigured: `page_settings`: the application has no `elaas_router`, or two.
    """
    return await _admitted(request, page)


@discreet
async def optional_officer(request: Request, page: _Page = None) -> Officer | None:
    """Who is signed in; None where nobody is. A dependency of a page that everybody may see.

    For who is signed in, the page is `no-store`, as with `current_officer`.

    Raises:
        Misconfigured: as `current_officer`.
    """
    mount = _mount_of(request)
    officer = await mount.take(request, mount.mounted.visitor(mount.read(request)))
    if officer is not None:
        _not_stored(page)
    return officer


@discreet
def require(
    *, ial: str | None = None, max_age: timedelta | None = None
) -> Callable[[Request], Awaitable[Officer]]:
    """`current_officer` for a page that asks for more.

    Args:
        ial: at least this identity assurance level, such as `"2.3"`. Who has less is answered 403: no sign-in raises
            it, they enrol again at the identity provider.
        max_age: the person proved themselves no longer ago than this. Who did so earlier signs in again.

    Raises:
        ValueError: `ial` is no such level.
    """
    level = None if ial is None else IAL.parse(ial)

    async def required(request: Request, page: _Page = None) -> Officer:
        return await _admitted(request, page, ial=level, max_age=max_age)

    return required


@discreet
async def current_browser(request: Request) -> Browser:
    """Who asks, for a call of the portal's own, such as `elaas.step_up(…, browser=browser)`; a dependency.

    Raises:
        Misconfigured: as `current_officer`.
    """
    mount = _mount_of(request)
    asked = mount.read(request)
    return mount.mounted.pages.browser(asked, address=mount.mounted.address(asked, _peer(request)))


@discreet
async def form_token(request: Request) -> str:
    """The value of the hidden field `csrf` of a form that posts to one of the library's pages; a dependency.

    Raises:
        Misconfigured: as `current_officer`.
    """
    mount = _mount_of(request)
    return mount.mounted.pages.form_token(mount.read(request))


class _Mount:
    """The pages with the facade that they ask."""

    def __init__(self, elaas: AsyncElaasIdentity, mounted: Mounted) -> None:
        self.elaas = elaas
        self.mounted = mounted

    @asynccontextmanager
    async def lifespan(self, _: object) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            await self.elaas.close()

    async def answer(self, request: Request) -> Response:
        """Any request for one of the library's pages."""
        asked = self.read(request, await _body(request))
        return response_of(await answered_async(self.elaas, self.mounted.answer(asked, peer=_peer(request))))

    async def take(self, request: Request, turn: Turn[T | WebResponse]) -> T:
        """What the turn comes to; where that is an answer, it is sent in the place of the page."""
        found = await answered_async(self.elaas, turn)
        if isinstance(found, WebResponse):
            _answer_with(request, found)
        return found

    def read(self, request: Request, body: bytes = b"") -> WebRequest:
        """The request, with the path that the browser has."""
        headers: dict[str, str] = {}
        for name, value in request.headers.items():  # a line that comes twice is one list (RFC 9110 §5.3)
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return WebRequest(
            method=request.method,
            path=self.mounted.path(request.scope.get("root_path", ""), request.scope["path"]),
            query=request.scope["query_string"].decode("latin-1"),
            headers=headers,
            cookies=request.cookies,
            body=body,
        )


async def _admitted(
    request: Request, page: Response | None, *, ial: IAL | None = None, max_age: timedelta | None = None
) -> Officer:
    mount = _mount_of(request)
    turn = mount.mounted.admitted(mount.read(request), ial=ial, max_age=max_age)
    officer = await mount.take(request, turn)
    _not_stored(page)
    return officer


def _not_stored(page: Response | None) -> None:
    """After the sign-out, the back button would show the page to whoever comes next."""
    if page is not None:
        page.headers.setdefault("cache-control", "no-store")


def _mount_of(request: Request) -> _Mount:
    """The pages of the application that answers this request, else of the outermost application around it."""
    found: set[_Mount] = set()
    for routes in (request.app.routes, request.scope["router"].routes):
        found = found or set(_mounts(routes))
    if len(found) != 1:
        raise Misconfigured(
            "page_settings",
            detail="one application has one elaas_router: "
            + ("put each into an application of its own" if found else "include it in this one"),
        )
    return found.pop()


def _mounts(routes: Iterable[Any]) -> Iterable[_Mount]:
    for route in iter_route_contexts(list(routes)):
        mount = getattr(getattr(route, "endpoint", None), "__self__", None)
        if isinstance(mount, _Mount):
            yield mount


async def _body(request: Request) -> bytes:
    """The body, as far as anything looks at it."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAXIMUM_BODY:
            break
    return body[: MAXIMUM_BODY + 1]


def _peer(request: Request) -> str | None:
    return request.client.host if request.client else None


def response_of(answer: WebResponse) -> Response:
    """The answer as FastAPI sends it."""
    response = Response(answer.body, answer.status)
    for name, value in answer.headers:
        response.headers.append(name, value)
    return response


class _Instead(HTTPException):
    """An answer of the library in the place of a page of the portal's."""

    def __init__(self, answer: WebResponse) -> None:
        super().__init__(answer.status, headers=dict(answer.headers))
        self.answer = answer


def _answer_with(request: Request, answer: WebResponse) -> NoReturn:
    """Send this in the place of the page.

    A dependency can only raise. Starlette keeps the handlers of the application at hand in the scope; without them, the
    status and the headers of the exception do.
    """
    handlers: Any = request.scope.get("starlette.exception_handlers", ({},))
    handlers[0].setdefault(_Instead, _sent)
    raise _Instead(answer)


async def _sent(_: Request, instead: _Instead) -> Response:
    return response_of(instead.answer)
