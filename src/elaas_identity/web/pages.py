"""The pages of the mandated flow: `parse` reads a request, `perform` calls the facade, `render` makes the answer.

    POST each path of `ROUTES`     the forms
    GET  /sign-in                  the forms of those who are not signed in
    GET  /first-time               what to have at hand for a first sign-in, with a picture of the letter
    GET  /account/password         the form for the current password
    GET  /flow/{flow_id}           where the flow stands
    GET  <callback_path>           back from ThaID
    GET  /problem, /problem/{code}, /static/{name}

An act redirects (303), so that no reload and no back button acts again: to the portal after `SignedIn`, to
`step_up_path` with a `StepUpProof`, else to the flow's page or to ThaID; and a form that is refused, to its page, which
says what to correct. What no later page could know, such as the recovery codes, goes along sealed (`web/outcome.py`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self, TypedDict, Unpack
from urllib.parse import parse_qs, urlsplit

from elaas_identity._discreet import discreet
from elaas_identity.browser import Browser
from elaas_identity.errors import ElaasIdentityError, Misconfigured
from elaas_identity.flow.outcomes import AuthenticatorEnrolled, EmailChanged, PasswordSet, SignedIn
from elaas_identity.flow.real_people import require_no_double
from elaas_identity.flow.steps import AuthorizationRequest, Progress, StepUpProof, VerifyIdentity
from elaas_identity.keyring import Keyring
from elaas_identity.ports import Clock, Random
from elaas_identity.providers.system import SystemRandom, system_clock
from elaas_identity.sessions.session import Session
from elaas_identity.web.api import Api
from elaas_identity.web.browser_cookie import BrowserCookie
from elaas_identity.web.calls import Asked, Problem, mark_of
from elaas_identity.web.devices import app_of, is_on_phone
from elaas_identity.web.drawing import Drawing
from elaas_identity.web.exchange import WebRequest, WebResponse
from elaas_identity.web.forgery import FIELD, form_token, is_cross_site, is_ours
from elaas_identity.web.language import reading_of
from elaas_identity.web.origin import origin_of
from elaas_identity.web.posted_form import posted_form
from elaas_identity.web.refusals import (
    SHOWN_FOR,
    STATUS,
    Refusal,
    is_overtaken,
    is_session_over,
    known_problem,
    opened,
    refusal_of,
    status_of,
)
from elaas_identity.web.routes import SECTIONS, route_of
from elaas_identity.web.showing import Showing
from elaas_identity.web.site import Site

if TYPE_CHECKING:
    from jinja2 import BaseLoader

    from elaas_identity._async.elaas_identity import AsyncElaasIdentity
    from elaas_identity._sync.elaas_identity import ElaasIdentity


class PageSettings(TypedDict, total=False):
    """What `Pages.of` takes besides; each is an argument of `Pages`."""

    prefix: str
    signed_in_path: str
    step_up_path: str
    flow_path: str | None
    templates: tuple[BaseLoader, ...]
    cookie: BrowserCookie | None


@discreet
class Pages:
    """Thai and English pages for one portal. They do no I/O, and threads may share them.

    Args:
        keyring: the facade's, for browser tokens and form tokens.
        origin: the portal's, as browsers see it (`https://portal.example.go.th`): https, or http on loopback. Capitals,
            a Thai name, the default port and a slash at the end are taken.
        site: the portal's name, help and banner.
        identity_provider_origins: where `authorize` redirects to (`https://imauth.bora.dopa.go.th`).
        prefix: the path that the pages are mounted below, for example `/identity`.
        callback_path: the path of the redirect URI that is registered at the identity provider.
        signed_in_path: the portal's page for a person who is signed in: after `SignedIn`, and on leaving a page.
        step_up_path: the portal's page that shows the transaction to confirm. Its query has the flow's id as `flow`.
            It calls `consume_step_up` when the person confirms.
        flow_path: the page of a front end of your own that goes on after the callback, in the place of ours. Its query
            has the flow's id as `flow`, and the code of a refusal as `problem`.
        templates: Jinja2 loaders that are searched before the library's own.
        cookie: the cookie that holds the browser token.
        clock: aware UTC now: a page says for a while what was refused, and for how long to wait.
        random: names each page that is shown, so that a form that is sent twice is known; and suggests a new password.

    Raises:
        Misconfigured: `page_settings`, for what is no origin: with a path, a user name, or http elsewhere;
            `test_double`, for a clock or random of a test where people may be real.
    """

    def __init__(
        self,
        *,
        keyring: Keyring,
        origin: str,
        site: Site,
        identity_provider_origins: tuple[str, ...],
        prefix: str = "",
        callback_path: str = "/auth/callback",
        signed_in_path: str = "/",
        step_up_path: str = "/step-up",
        flow_path: str | None = None,
        templates: tuple[BaseLoader, ...] = (),
        cookie: BrowserCookie | None = None,
        clock: Clock = system_clock,
        random: Random | None = None,
    ) -> None:
        for name, given in (("clock", clock), ("random", random)):
            require_no_double(name, given, *identity_provider_origins)
        self._keyring = keyring
        self._origin = origin_of("origin", origin)
        self.prefix = prefix.rstrip("/")
        self.sign_in_url = f"{self.prefix}/sign-in"
        self.callback_path = callback_path
        self.signed_in_path = signed_in_path
        self.clock = clock
        self.cookie = cookie or BrowserCookie()
        self.drawing = Drawing(
            site,
            prefix=self.prefix,
            form_targets=tuple(
                origin_of("identity_provider_origins", target) for target in identity_provider_origins
            ),
            templates=templates,
        )
        self.api = Api(origin=self._origin, cookie=self.cookie)
        self._shown = Showing(
            self.drawing,
            keyring=keyring,
            cookie=self.cookie,
            prefix=self.prefix,
            signed_in_path=signed_in_path,
            step_up_path=step_up_path,
            flow_path=flow_path,
            clock=clock,
            random=random or SystemRandom(),
        )

    @classmethod
    def of(
        cls, elaas: ElaasIdentity | AsyncElaasIdentity, site: Site, **settings: Unpack[PageSettings]
    ) -> Self:
        """The pages of a portal whose facade is that: its ThaID says where the portal is, and where people are sent.

        A site without `help` has that of the portal's mails.

        Raises:
            Misconfigured: `page_settings`, for an identity provider that has no `issuer` and `redirect_uri`: make the
                `Pages` yourself then.
        """
        provider = elaas.identity_provider
        issuer, redirect_uri = getattr(provider, "issuer", None), getattr(provider, "redirect_uri", None)
        if not isinstance(issuer, str) or not isinstance(redirect_uri, str):
            raise Misconfigured(
                "page_settings",
                detail="the identity provider has no issuer and redirect_uri: give Pages its origin and callback_path",
            )
        back, there = urlsplit(redirect_uri), urlsplit(issuer)
        return cls(
            keyring=elaas.keyring,
            origin=f"{back.scheme}://{back.netloc}",
            site=site if site.help else replace(site, help=elaas.mail_texts.help),
            identity_provider_origins=(f"{there.scheme}://{there.netloc}",),
            callback_path=back.path,
            clock=elaas.clock,
            **settings,
        )

    def parse(
        self,
        request: WebRequest,
        *,
        address: str | None = None,
        correlation_id: str | None = None,
        session: Session | None = None,
    ) -> Asked | WebResponse:
        """What the request asks of the facade; or the answer, where the facade is not needed.

        Args:
            address: the client's network address, as the portal trusts it; never from a header that anybody can send.
            correlation_id: names the request in events.
            session: of a person who is signed in: `elaas.sessions.of(token)`, or a portal's own. Without it, the paths
                below `/account` redirect to the sign-in page.
        """
        browser = self.browser(request, address=address, correlation_id=correlation_id)
        if request.method == "GET" and request.path == self.callback_path:
            return Asked(act="receive_callback", arguments={"raw_query": request.query}, browser=browser)
        if not request.path.startswith(self.prefix):
            return self._shown.problem_page("page.not_found", reading_of(request), status=404)
        path = request.path[len(self.prefix) :]
        if path[1:].partition("/")[0] not in SECTIONS:
            return self._shown.problem_page("page.not_found", reading_of(request), status=404)
        if request.method in ("GET", "HEAD"):
            return self._get(path, request, browser, session)
        if request.method == "POST":
            return self._post(path, request, browser, session)
        return self._shown.problem_page("page.not_found", reading_of(request), status=405)

    def flow_url(self, flow_id: str) -> str:
        """The path of a flow's page, to redirect to after the portal began a flow itself, such as a step-up."""
        return self._shown.flow_url(flow_id)

    def page(self, request: WebRequest, template: str, *, status: int = 200, **values: object) -> WebResponse:
        """A page of the portal's own, from its `templates`, in the person's language.

        Its forms find their token in `csrf`; a browser seen for the first time is sent its cookie.
        """
        return self._shown.page(template, self.browser(request), reading_of(request), status=status, **values)

    def form_token(self, request: WebRequest) -> str:
        """For a form of the portal's own: the value of its hidden field `csrf`."""
        return form_token(self._keyring, self.browser(request))

    def refuse_forged(self, request: WebRequest) -> WebResponse | None:
        """For a POST of the portal's own: the answer where the form is not from the portal's pages, else None."""
        form = self._own_form(request, self.browser(request))
        return form if isinstance(form, WebResponse) else None

    def browser(
        self, request: WebRequest, *, address: str | None = None, correlation_id: str | None = None
    ) -> Browser:
        """The browser that asks, for a call of the portal's own. One that `is_new` still needs the cookie."""
        return Browser.read(
            self._keyring,
            request.cookies.get(self.cookie.name),
            address=address,
            correlation_id=correlation_id,
        )

    def _get(
        self, path: str, request: WebRequest, browser: Browser, session: Session | None
    ) -> Asked | WebResponse:
        route, flow_id = route_of(path)
        reading = reading_of(request)
        now = self.clock()
        refused = opened(self._keyring, browser, request.path, request.query, now)
        problem = None if refused is None else refused.problem(now, self.drawing.say)
        code = "" if refused is None else refused.code
        if path == "/sign-in":
            guessed, in_app = code == "sign_in_throttled", app_of(request.headers)
            return self._shown.sign_in(browser, reading, problem, guessed=guessed, in_app=in_app)
        if path == "/first-time":
            return self.drawing.page("first_time.html", reading)
        if path == "/account/password" and session is not None:
            return self._shown.change_password(browser, reading, problem)
        if path == "/problem" and problem is not None:
            signed_in = session is not None and not is_session_over(code)
            onward = self.signed_in_path if signed_in else None
            return self.drawing.page("problem.html", reading, problem=problem, onward=onward)
        if flow_id is not None and path == f"/flow/{flow_id}":
            named = parse_qs(request.query).get("problem", [""])[0]
            return Asked(
                act="current",
                flow_id=flow_id,
                browser=browser,
                problem=problem or known_problem(named, self.drawing.say),
                in_app=app_of(request.headers),
                left=self._shown.left_for(request, browser),
                reading=reading,
            )
        # The path of a form, entered by hand: loading it changes nothing.
        if flow_id is not None:
            return self.drawing.redirect(self.flow_url(flow_id))
        if route is not None:
            signed_in = route.session and session is not None
            return self.drawing.redirect(self.signed_in_path if signed_in else self.sign_in_url)
        section, _, name = path[1:].partition("/")
        if section == "static" and (file := self.drawing.static(name)):
            return file
        if section == "problem" and (known := known_problem(name, self.drawing.say)):
            return self.drawing.page("problem.html", reading, status=STATUS.get(name, 400), problem=known)
        return self._shown.problem_page("page.not_found", reading, status=404)

    def _post(
        self, path: str, request: WebRequest, browser: Browser, session: Session | None
    ) -> Asked | WebResponse:
        form = self._own_form(request, browser)
        if isinstance(form, WebResponse):
            return form
        route, flow_id = route_of(path)
        if route is None:
            return self._shown.problem_page("page.not_found", reading_of(request), status=404)
        if route.session and session is None:
            return self.drawing.redirect(self.sign_in_url)
        seen = form.get("seen", "")
        if route.act == "set_password" and form.get("new_password", "") != form.get("new_password_again", ""):
            until = (self.clock() + SHOWN_FOR).timestamp()
            differ = Refusal(
                message_id="page.set_password.differ",
                field="new_password_again",
                until=until,
                at=mark_of(seen),
            )
            return self._redirect(browser, differ, self.flow_url(flow_id or ""))
        return Asked(
            act=route.act,
            flow_id=flow_id,
            session=session if route.session else None,
            arguments={parameter: form.get(name, "") for name, parameter in route.fields.items()},
            browser=replace(browser, form=seen),
            seen=seen,
            on_phone=is_on_phone(request.headers),
            reading=reading_of(request),
        )

    def _own_form(self, request: WebRequest, browser: Browser) -> dict[str, str] | WebResponse:
        """The form, if one of our pages sent it from this browser; else the answer that refuses it."""
        reading = reading_of(request)
        if is_cross_site(request.headers, self._origin):
            return self._shown.problem_page("page.cross_site", reading, status=403)
        form = posted_form(request)
        if form is None:
            return self._shown.problem_page("page.form_malformed", reading, status=400)
        if browser.is_new:
            return self._shown.problem_page("page.no_cookie", reading, status=403)
        if not is_ours(self._keyring, browser, form.get(FIELD, "")):
            return self._shown.problem_page("page.form_outdated", reading, status=403)
        return form

    def render(
        self, asked: Asked, result: Progress | AuthorizationRequest | ElaasIdentityError
    ) -> WebResponse:
        """The answer. After `SignedIn`, the portal adds the cookie of a new session (ASVS 7.2.4).

        It is never given `SteppedUp`: the portal itself calls `consume_step_up`.
        """
        match result:
            case AuthorizationRequest() if asked.on_phone:
                return self.drawing.redirect(self._shown.link_to(asked.browser, result))
            case AuthorizationRequest():
                return self.drawing.redirect(result.url)
            case Progress(step=SignedIn()):
                return self.drawing.redirect(self.signed_in_path)
            case Progress(step=StepUpProof()):
                return self._shown.step(asked, result)
            case Progress(step=(PasswordSet() | EmailChanged() | AuthenticatorEnrolled()) as changed):
                return self._shown.after(asked, result, changed)
            case Progress():
                if asked.act == "current":
                    return self._shown.step(asked, result, asked.problem)
                if sent := self._shown.sent_again(asked, result):
                    return self.drawing.redirect(sent)
                came_back = asked.act == "receive_callback"
                url = self._shown.after_callback if came_back else self.flow_url
                return self.drawing.redirect(url(result.flow_id))
            case _:
                return self._refused(asked, result)

    def sign_in_saying(self, request: WebRequest, message_id: str) -> str:
        """The address of the sign-in page that says to this browser why the person is not signed in."""
        browser = self.browser(request)
        if browser.is_new:
            return self.sign_in_url
        until = (self.clock() + SHOWN_FOR).timestamp()
        refusal = Refusal(message_id=message_id, until=until)
        return refusal.sealed(self._keyring, browser, self.sign_in_url)

    def failed(
        self, request: WebRequest, error: ElaasIdentityError, *, status: int | None = None
    ) -> WebResponse:
        """The page that says what is wrong, where no page of a flow can say it: the store is away, say.

        Args:
            status: in the place of the one that the error has by itself.
        """
        problem = known_problem(error.code, self.drawing.say) or Problem(error.message)
        return self.drawing.page(
            "problem.html", reading_of(request), status=status or status_of(error), problem=problem
        )

    def _refused(self, asked: Asked, error: ElaasIdentityError) -> WebResponse:
        progress = error.progress
        if asked.act == "receive_callback":
            # A redirect, so that the authorization code does not stay in the address bar.
            if progress is None:
                return self.drawing.redirect(self._shown.after_callback(None, error.code))
            here = isinstance(progress.step, VerifyIdentity)  # else another tab has been faster
            url = self._shown.after_callback(progress.flow_id, error.code if here else "")
            return self.drawing.redirect(url)
        refusal = refusal_of(asked, error, self.clock())
        if asked.act == "current":
            if asked.browser.is_new:
                return self._shown.problem_page("page.no_cookie", asked.reading, status=403)
            problem = refusal.problem(self.clock(), self.drawing.say)
            return self.drawing.page("problem.html", asked.reading, status=status_of(error), problem=problem)
        flow_id = asked.flow_id if progress is None else progress.flow_id
        if progress is not None and is_overtaken(asked, error, progress):
            return self.drawing.redirect(self.flow_url(progress.flow_id))
        if flow_id is not None:
            return self._redirect(asked.browser, refusal, self.flow_url(flow_id))
        if asked.session is None:  # a form of the sign-in page
            return self._redirect(asked.browser, refusal, self.sign_in_url)
        to_form = asked.act == "change_password" and not is_session_over(error.code)
        path = f"{self.prefix}/account/password" if to_form else f"{self.prefix}/problem"
        return self._redirect(asked.browser, refusal, path)

    def _redirect(self, browser: Browser, refusal: Refusal, path: str) -> WebResponse:
        return self.drawing.redirect(refusal.sealed(self._keyring, browser, path))
