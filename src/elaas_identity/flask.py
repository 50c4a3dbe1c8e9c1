"""The pages and sessions of a portal in Flask. Extra: `flask`.

ElaasFlask(app, elaas, site)


@app.get("/payments")
@officer_required
def payments() -> str:
    return current_officer.account.agency_name
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, Unpack, cast, overload

from elaas_identity.errors import Misconfigured

try:
    from flask import Blueprint, Flask, Response, after_this_request, current_app, request
    from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
    from werkzeug.local import LocalProxy
except ImportError:
    raise Misconfigured(
        "extra_missing", detail="Flask is not installed: pip install 'elaas-identity[flask]'"
    ) from None

from elaas_identity._discreet import discreet
from elaas_identity.browser import Browser
from elaas_identity.person.assurance import IAL
from elaas_identity.sessions.session import Officer
from elaas_identity.web.exchange import MAXIMUM_BODY, METHODS, WebRequest, WebResponse
from elaas_identity.web.mounted import Mounted, MountSettings
from elaas_identity.web.site import Site
from elaas_identity.web.turns import Turn, answered

if TYPE_CHECKING:
    from elaas_identity._sync.elaas_identity import ElaasIdentity

__all__ = [
    "ElaasFlask",
    "Officer",
    "current_browser",
    "current_officer",
    "form_token",
    "officer_required",
    "optional_officer",
]

P = ParamSpec("P")
R = TypeVar("R")

_NAME = "elaas_identity"
_KEPT = "elaas_identity.officer"
"""Where a request keeps its officer. Not `flask.g`: a test that holds an application context shares that among its
requests."""


@discreet
class ElaasFlask:
    """The pages and sessions of a portal, as an extension of Flask.

    With an application, it is there at once; without one, `init_app` gives it to each that a factory makes. The facade
    stays open when an application ends: it is the portal's to close.

    Args:
        app: the portal's.
        elaas: the portal's facade.
        site: the portal's name, and whom to ask.
        settings: as `elaas_identity.web.Mounted.of` takes them.

    Raises:
        Misconfigured: as `init_app`.
    """

    def __init__(
        self,
        app: Flask | None = None,
        elaas: ElaasIdentity | None = None,
        site: Site | None = None,
        **settings: Unpack[MountSettings],
    ) -> None:
        self._elaas = elaas
        self._site = site
        self._settings = settings
        if app is not None:
            self.init_app(app)

    def init_app(
        self,
        app: Flask,
        elaas: ElaasIdentity | None = None,
        site: Site | None = None,
        **settings: Unpack[MountSettings],
    ) -> None:
        """Give an application the pages. What is given here goes before what the extension was made with.

        Raises:
            Misconfigured: `page_settings`: the facade or the site is missing, the facade is the asynchronous one, the
                application has its pages already, or as `Mounted.of`; `policy`, for proxies that are no networks.
        """
        elaas, site = elaas or self._elaas, site or self._site
        if elaas is None or site is None or inspect.iscoroutinefunction(type(elaas).close):
            raise Misconfigured("page_settings", detail="ElaasFlask takes an ElaasIdentity and a Site")
        if _NAME in app.extensions:
            raise Misconfigured("page_settings", detail="one application has one ElaasFlask")
        merged = cast("MountSettings", {**self._settings, **settings})
        mount = _Mount(elaas, Mounted.of(elaas, site, **merged))
        pages = Blueprint(_NAME, __name__)
        for path in mount.mounted.paths("<path:path>"):
            pages.add_url_rule(
                path,
                view_func=mount.answer,
                endpoint="answer",
                methods=METHODS,
                provide_automatic_options=False,
            )
        app.register_blueprint(pages)
        app.extensions[_NAME] = mount


class _Mount:
    """The pages with the facade that they ask."""

    def __init__(self, elaas: ElaasIdentity, mounted: Mounted) -> None:
        self.elaas = elaas
        self.mounted = mounted

    def answer(self, **_: object) -> Response:
        """Any request for one of the library's pages."""
        turn = self.mounted.answer(self.read(_body()), peer=request.remote_addr)
        return _response(answered(self.elaas, turn))

    def admitted(self, ial: IAL | None = None, max_age: timedelta | None = None) -> Officer:
        """Who is signed in, for a page that asks for that much; else the request is answered so, here and now."""
        officer = self._kept(self.mounted.admitted(self.read(), ial=ial, max_age=max_age))
        assert officer is not None
        return officer

    def officer(self) -> Officer | None:
        """Who is signed in, asked of the store once for each request; None where nobody is."""
        if _KEPT in request.environ:
            kept: Officer | None = request.environ[_KEPT]
            return kept
        return self._kept(self.mounted.visitor(self.read()))

    def _kept(self, turn: Turn[Officer | WebResponse | None]) -> Officer | None:
        found = answered(self.elaas, turn)
        if isinstance(found, WebResponse):
            raise HTTPException(response=_response(found))
        request.environ[_KEPT] = found
        if found is not None:
            after_this_request(_not_stored)
        return found

    def read(self, body: bytes = b"") -> WebRequest:
        """The request, with the path that the browser has."""
        return WebRequest(
            method=request.method,
            path=self.mounted.path(request.script_root, request.path),
            query=request.query_string.decode("latin-1"),
            headers={name.lower(): value for name, value in request.headers.items()},
            cookies=request.cookies,
            body=body,
        )


def _mount() -> _Mount:
    mount = current_app.extensions.get(_NAME)
    if not isinstance(mount, _Mount):
        raise Misconfigured("page_settings", detail="the application has no ElaasFlask: call init_app")
    return mount


def _body() -> bytes:
    """The body, as far as anything looks at it."""
    request.max_content_length = MAXIMUM_BODY
    try:
        body: bytes = request.get_data()
    except RequestEntityTooLarge:
        return b" " * (MAXIMUM_BODY + 1)
    return body


def _not_stored(response: Response) -> Response:
    """After the sign-out, the back button would show the page to whoever comes next."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _response(answer: WebResponse) -> Response:
    return Response(answer.body, answer.status, list(answer.headers))


def _current_officer() -> Officer:
    mount = _mount()
    return mount.officer() or mount.admitted()


current_officer: Officer = cast("Officer", LocalProxy(_current_officer))
"""Who is signed in, while a request is answered: the same attributes as an `Officer`.

It is asked of the store once for each request. Where nobody is signed in, or the store is away, the request is answered
as `officer_required` does it.
"""


@discreet
def optional_officer() -> Officer | None:
    """Who is signed in; None where nobody is. For a page that everybody may see.

    For who is signed in, the page is `no-store`, as with `officer_required`.

    Raises:
        Misconfigured: `page_settings`: the application has no `ElaasFlask`.
    """
    return _mount().officer()


@overload
def officer_required(view: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def officer_required(
    *, ial: str | None = None, max_age: timedelta | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
@discreet
def officer_required(
    view: Callable[..., Any] | None = None, /, *, ial: str | None = None, max_age: timedelta | None = None
) -> Any:
    """A view that only who is signed in may see; below the route's decorator, with arguments or without.

    Who is not signed in is led to the sign-in page, and from there back; a program is answered 401 with a problem (RFC
    9457). Where the store is away, the answer is 503. The page is `Cache-Control: no-store`, unless it says otherwise.

    Args:
        ial: at least this identity assurance level, such as `"2.3"`. Who has less is answered 403: no sign-in raises
            it, they enrol again at the identity provider.
        max_age: the person proved themselves no longer ago than this. Who did so earlier signs in again.

    Raises:
        ValueError: `ial` is no such level.
    """
    level = None if ial is None else IAL.parse(ial)

    def required(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def shown(*args: Any, **kwargs: Any) -> Any:
            _mount().admitted(level, max_age)
            return current_app.ensure_sync(view)(*args, **kwargs)

        return shown

    return required if view is None else required(view)


@discreet
def current_browser() -> Browser:
    """Who asks, for a call of the portal's own, such as `elaas.step_up(…, browser=current_browser())`."""
    mount = _mount()
    asked = mount.read()
    return mount.mounted.pages.browser(asked, address=mount.mounted.address(asked, request.remote_addr))


@discreet
def form_token() -> str:
    """The value of the hidden field `csrf` of a form that posts to one of the library's pages."""
    mount = _mount()
    return mount.mounted.pages.form_token(mount.read())
