"""The pages and the sessions of a portal, ready for a framework to carry: what `fastapi`, `flask` and `django` share.

Each answer is a turn: see `turns`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Self, TypedDict
from urllib.parse import urlsplit

from elaas_identity._discreet import discreet
from elaas_identity.client_address import TrustedProxies
from elaas_identity.errors import ElaasIdentityError, Misconfigured, Refused
from elaas_identity.flow.outcomes import AuthenticatorEnrolled, EmailChanged, PasswordSet, SignedIn
from elaas_identity.flow.steps import AuthorizationRequest, Progress
from elaas_identity.person.assurance import IAL
from elaas_identity.sessions.session import KeptSession, Officer
from elaas_identity.web.admission import Admission
from elaas_identity.web.api import API, DOCUMENT_PATH, SESSION_PATH, SIGN_OUT_PATH
from elaas_identity.web.browser_cookie import BrowserCookie
from elaas_identity.web.calls import perform
from elaas_identity.web.drawing import STATIC
from elaas_identity.web.exchange import WebRequest, WebResponse
from elaas_identity.web.openapi import openapi
from elaas_identity.web.pages import Pages
from elaas_identity.web.return_path import ReturnCookie, asked_for
from elaas_identity.web.routes import SECTIONS
from elaas_identity.web.site import Site
from elaas_identity.web.turns import Turn, ask

if TYPE_CHECKING:
    from jinja2 import BaseLoader

    from elaas_identity._async.elaas_identity import AsyncElaasIdentity
    from elaas_identity._sync.elaas_identity import ElaasIdentity

SIGN_OUT = "/sign-out"

_WORD = re.compile(r"[A-Za-z0-9_]{1,32}")


class MountSettings(TypedDict, total=False):
    """What an integration takes besides the facade and the site; `Mounted.of` says what each means."""

    prefix: str
    root_path: str
    signed_in_path: str
    step_up_path: str
    flow_path: str | None
    templates: tuple[BaseLoader, ...]
    proxies: Iterable[str]
    cookies: str


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to a request, and what becomes of the browser's session by it.

    Attributes:
        response: without the session's cookie.
        token: of the session from now on: a new one, or empty where there is none any more. None: as before.
        signed_in: who has signed in just now.
    """

    response: WebResponse
    token: str | None = field(default=None, repr=False)
    signed_in: SignedIn | None = None


@discreet
class Mounted:
    """The library's pages and sessions at one place of a portal.

    Args:
        pages: the portal's.
        session_cookie: keeps the token of `elaas.sessions`.
        return_cookie: keeps the page that the person comes back to.
        proxies: those in front of the portal, whose X-Forwarded-For is believed; none by default.
        root_path: see `of`.
    """

    def __init__(
        self,
        pages: Pages,
        *,
        session_cookie: BrowserCookie | None = None,
        return_cookie: ReturnCookie | None = None,
        proxies: TrustedProxies | None = None,
        root_path: str = "",
    ) -> None:
        self.pages = pages
        self.admission = Admission(pages)
        self.session_cookie = session_cookie or BrowserCookie("__Host-elaas-session")
        self._proxies = proxies or TrustedProxies(())
        self._returns = return_cookie or ReturnCookie()
        self._root_path = root_path

    @classmethod
    def of(
        cls,
        elaas: ElaasIdentity | AsyncElaasIdentity,
        site: Site,
        *,
        prefix: str = "/identity",
        root_path: str = "",
        signed_in_path: str = "/",
        step_up_path: str = "/step-up",
        flow_path: str | None = None,
        templates: tuple[BaseLoader, ...] = (),
        proxies: Iterable[str] = (),
        cookies: str = "elaas",
    ) -> Self:
        """The pages and sessions of a portal whose facade is that. Its identity provider says where the portal is.

        Args:
            prefix: the path within the portal's application below which everything is the library's. Empty: the
                pages stand beside the portal's own (`/sign-in`, `/flow/…`, `/account/…`, `/static/…`).
            root_path: where browsers find the portal's application, if that is not the root of its host: `/portal`.
                It is what a server is told as `SCRIPT_NAME` or `--root-path`. The other paths are within it.
            signed_in_path: the portal's page for a person who is signed in.
            step_up_path: the portal's page that shows the transaction to confirm; see `Pages`.
            flow_path: the page of a front end of the portal's own that goes on after the callback; see `Pages`.
            templates: Jinja2 loaders that are searched before the library's own.
            proxies: the networks of the proxies in front of the portal, as `TrustedProxies` takes them.
            cookies: a word in the cookies' names, `__Host-elaas-session` for example. Two portals on one host need two.

        Raises:
            Misconfigured: `page_settings`: a path without its slash, a word that is none, or a redirect URI that is
                not below `root_path`; `policy`, for proxies that are no networks.
        """
        root, below = root_path.rstrip("/"), prefix.rstrip("/")
        if any(path and not path.startswith("/") for path in (root, below)) or not _WORD.fullmatch(cookies):
            raise Misconfigured(
                "page_settings",
                detail="prefix and root_path are empty, or begin with a slash; cookies is a word of ASCII letters",
            )
        redirect_path = urlsplit(str(getattr(elaas.identity_provider, "redirect_uri", ""))).path
        if root and not redirect_path.startswith(f"{root}/"):
            raise Misconfigured("page_settings", detail=f"the redirect URI is not below root_path {root!r}")
        pages = Pages.of(
            elaas,
            site,
            prefix=root + below,
            signed_in_path=root + signed_in_path,
            step_up_path=root + step_up_path,
            flow_path=None if flow_path is None else root + flow_path,
            templates=templates,
            cookie=BrowserCookie(f"__Host-{cookies}-browser"),
        )
        return cls(
            pages,
            session_cookie=BrowserCookie(f"__Host-{cookies}-session"),
            return_cookie=ReturnCookie(f"__Host-{cookies}-return"),
            proxies=TrustedProxies(proxies),
            root_path=root,
        )

    def paths(self, anything: str) -> tuple[str, ...]:
        """The paths of the portal's application that are the library's, to be routed to `answer`.

        Args:
            anything: how the framework writes that any further path follows, such as `{path:path}`.
        """
        here = len(self._root_path)
        prefix, callback = self.pages.prefix[here:], self.pages.callback_path[here:]
        if prefix:
            return (callback, f"{prefix}/", f"{prefix}/{anything}")
        # The portal has files of its own below `/static`.
        files = (f"/static/{name}" for name in STATIC)
        below = (f"/{section}/{anything}" for section in SECTIONS if section != "static")
        return (callback, *(f"/{section}" for section in SECTIONS), *files, *below)

    def path(self, script_name: str, path: str) -> str:
        """The path of a request as its browser has it, which `WebRequest` takes.

        Args:
            script_name: what the server says is before the application's own paths (`SCRIPT_NAME`, `root_path`).
            path: with it or without: servers differ.
        """
        for before in (script_name.rstrip("/"), self._root_path):
            if before and path != before and not path.startswith(f"{before}/"):
                path = before + path
        return path

    def answer(self, request: WebRequest, *, peer: str | None) -> Turn[WebResponse]:
        """The answer to a request for one of the library's pages, with the session's cookie.

        Args:
            peer: the other end of the connection. `X-Forwarded-For` counts as far as `proxies` says.
        """
        answer = yield from self.answer_in(self._token(request), request, peer=peer)
        if answer.token is None:
            return answer.response
        cookie = self.session_cookie
        return answer.response.with_header(
            "set-cookie", cookie.set(answer.token) if answer.token else cookie.clear()
        )

    def answer_in(self, token: str, request: WebRequest, *, peer: str | None) -> Turn[Answer]:
        """`answer`, for a portal that keeps the session's token elsewhere than in a cookie of its own.

        Args:
            token: of the browser's session; empty for none.
        """
        try:
            return (yield from self._answer(token, request, peer))
        except ElaasIdentityError as error:  # the sessions', such as a store that is away
            return Answer(response=self.pages.failed(request, error))

    def _answer(self, token: str, request: WebRequest, peer: str | None) -> Turn[Answer]:
        if request.path.startswith(f"{self.pages.prefix}{API}/"):
            below = request.path[len(self.pages.prefix) + len(API) :]
            return (yield from self._answer_json(below, token, request, peer))
        is_sign_out = request.path == f"{self.pages.prefix}{SIGN_OUT}"
        if is_sign_out and request.method == "POST":
            return (yield from self._sign_out(token, request))
        is_file = request.path.startswith(f"{self.pages.prefix}/static/")
        session = None if is_file else (yield from self._session(token))
        if is_sign_out and request.method in ("GET", "HEAD"):
            return Answer(response=self._sign_out_page(request, session))
        asked = self.pages.parse(request, address=self.address(request, peer), session=session)
        if isinstance(asked, WebResponse):
            return Answer(response=self._remembering(request, asked))
        try:
            result = yield from ask(lambda elaas: perform(elaas, asked))
        except ElaasIdentityError as error:
            return Answer(response=self.pages.render(asked, error))
        response = self.pages.render(asked, result)
        if isinstance(result, Progress) and isinstance(result.step, SignedIn):
            response = self._returning(request, response)
        return (yield from self._with_session(token, request, result, response))

    def officer(self, request: WebRequest) -> Turn[Officer | None]:
        """Who is signed in; None: nobody. For the portal's own pages."""
        return (yield from self.officer_of(self._token(request)))

    def officer_of(self, token: str) -> Turn[Officer | None]:
        """Who is signed in by that token; None: nobody."""
        if not token:
            return None
        try:
            return (yield from ask(lambda elaas: elaas.sessions.officer(token)))
        except Refused:
            return None

    def admitted(
        self, request: WebRequest, *, ial: IAL | None = None, max_age: timedelta | None = None
    ) -> Turn[Officer | WebResponse]:
        """Who is signed in, for a page of the portal's own; or the answer in its place.

        A person who is not signed in, or too long ago, is led to the sign-in page, and from there back; a program is
        answered 401. What a sign-in cannot give is 403. Where a provider is away, it is 503.

        Args:
            ial: at least this level. Who has less enrols again at the identity provider.
            max_age: the person proved themselves no longer ago than this.
        """
        return (yield from self.admitted_by(self._token(request), request, ial=ial, max_age=max_age))

    def admitted_by(
        self, token: str, request: WebRequest, *, ial: IAL | None = None, max_age: timedelta | None = None
    ) -> Turn[Officer | WebResponse]:
        """`admitted`, for a portal that keeps the session's token elsewhere than in a cookie of its own."""
        try:
            if not token:
                raise Refused("session_unknown")
            officer = yield from ask(lambda elaas: elaas.sessions.officer(token))
        except Refused as refused:
            return self.admission.to_sign_in(request, refused)
        except ElaasIdentityError as error:
            return self.admission.refused(request, error)
        return self.admission.lacking(request, officer, ial, max_age) or officer

    def visitor(self, request: WebRequest) -> Turn[Officer | WebResponse | None]:
        """Who is signed in, or None, for a page that everybody may see; or the answer where nobody can say."""
        try:
            return (yield from self.officer(request))
        except ElaasIdentityError as error:
            return self.admission.refused(request, error)

    def sign_in_url(self, request: WebRequest) -> str:
        """Where to send who is not signed in: the sign-in page, from which they come back to what they asked for."""
        return self.admission.sign_in_url(request)

    def address(self, request: WebRequest, peer: str | None) -> str | None:
        """The client's network address, for `Browser`."""
        return self._proxies.client_address(peer, (request.headers.get("x-forwarded-for", ""),))

    def _token(self, request: WebRequest) -> str:
        return request.cookies.get(self.session_cookie.name, "")

    def _session(self, token: str) -> Turn[KeptSession | None]:
        if not token:
            return None
        try:
            return (yield from ask(lambda elaas: elaas.sessions.of(token)))
        except Refused:
            return None

    def _sign_out_page(self, request: WebRequest, session: KeptSession | None) -> WebResponse:
        if session is None:
            return self.pages.drawing.redirect(self.pages.sign_in_url)
        return self.pages.page(request, "sign_out.html", onward=self.pages.signed_in_path)

    def _sign_out(self, token: str, request: WebRequest) -> Turn[Answer]:
        if refused := self.pages.refuse_forged(request):
            return Answer(response=refused)
        yield from ask(lambda elaas: elaas.sessions.end(token))
        return Answer(response=self.pages.drawing.redirect(self.pages.sign_in_url), token="")

    def _with_session(
        self,
        token: str,
        request: WebRequest,
        result: Progress | AuthorizationRequest,
        response: WebResponse,
    ) -> Turn[Answer]:
        """The response, with the session that the result begins, or lets go on."""
        step = result.step if isinstance(result, Progress) else None
        if isinstance(step, SignedIn):
            # A new token at each sign-in: one that was planted beforehand is worth nothing (ASVS 7.2.4).
            yield from ask(lambda elaas: elaas.sessions.end(token))
            label = request.headers.get("user-agent", "")
            fresh = yield from ask(lambda elaas: elaas.sessions.start(step, label=label))
            return Answer(response=response, token=fresh, signed_in=step)
        if token and isinstance(step, PasswordSet | EmailChanged | AuthenticatorEnrolled):
            with suppress(Refused):  # another session asked for the change: this one is over
                fresh = yield from ask(lambda elaas: elaas.sessions.renew(token, step))
                return Answer(response=response, token=fresh)
        return Answer(response=response)

    def _answer_json(self, path: str, token: str, request: WebRequest, peer: str | None) -> Turn[Answer]:
        api = self.pages.api
        try:
            if refused := api.refuse_path(path, request):
                return Answer(response=refused)
            if path == DOCUMENT_PATH:
                return Answer(response=api.document(openapi(self.pages.prefix)))
            if path == SESSION_PATH:
                return Answer(response=api.officer(request, (yield from self.officer_of(token))))
            if path == SIGN_OUT_PATH:
                if refused := api.refuse_forged(request):
                    return Answer(response=refused)
                yield from ask(lambda elaas: elaas.sessions.end(token))
                return Answer(response=api.nothing(), token="")
            browser = self.pages.browser(request, address=self.address(request, peer))
            asked = api.parse(path, request, browser, (yield from self._session(token)))
            if isinstance(asked, WebResponse):
                return Answer(response=asked)
            try:
                result = yield from ask(lambda elaas: perform(elaas, asked))
            except ElaasIdentityError as error:
                return Answer(response=api.known(api.failed(request, error), browser))
            return (yield from self._with_session(token, request, result, api.render(asked, result)))
        except ElaasIdentityError as error:
            return Answer(response=api.failed(request, error))

    def _remembering(self, request: WebRequest, answer: WebResponse) -> WebResponse:
        """The sign-in page remembers for which page of the portal the person came."""
        if request.path != self.pages.sign_in_url or (path := asked_for(request.query)) is None:
            return answer
        return answer.with_header("set-cookie", self._returns.set(path))

    def _returning(self, request: WebRequest, answer: WebResponse) -> WebResponse:
        path = self._returns.read(request.cookies.get(self._returns.name, ""))
        if path is None:
            return answer
        return self.pages.drawing.redirect(path).with_header("set-cookie", self._returns.clear())
