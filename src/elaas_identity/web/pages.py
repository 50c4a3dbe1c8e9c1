"""The pages of the mandated flow: `parse` says what a request asks, `render` answers it. In between, `perform`.

    GET  /sign-in               the form                POST /sign-in, /recover
    GET  /flow/{id}             where the flow stands   POST /flow/{id}/authorize, …/account, …/email, …/resend,
                                                             …/one-time-code, …/password, …/cancel
    GET  <callback_path>        back from ThaID         GET  /problem/{code}, /static/{name}

Every POST that is taken answers 303 to the flow's page. A refused one shows that page at once, with what to change.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote

from elaas_identity.browser import Browser
from elaas_identity.errors import ElaasIdentityError
from elaas_identity.flow.outcomes import Ended, SignedIn
from elaas_identity.flow.steps import AuthorizationRequest, Progress
from elaas_identity.messages import say
from elaas_identity.person.keyring import Keyring
from elaas_identity.web.browser_cookie import BrowserCookie
from elaas_identity.web.calls import (
    Asked,
    Authorize,
    Begin,
    Call,
    Cancel,
    ChoosePassword,
    Problem,
    ReceiveCallback,
    Recover,
    RecoverAccount,
    ResendOneTimeCode,
    Show,
    SubmitEmail,
    SubmitOneTimeCode,
    mark,
)
from elaas_identity.web.drawing import Drawing, Site
from elaas_identity.web.exchange import WebRequest, WebResponse
from elaas_identity.web.forgery import FIELD, form_token, is_cross_site, is_ours
from elaas_identity.web.posted_form import posted_form
from elaas_identity.web.refusals import STATUS, is_overtaken, known_problem, problem_of, status_of

if TYPE_CHECKING:
    from jinja2 import BaseLoader

_FLOW = re.compile(r"/flow/([A-Za-z0-9_-]{1,64})(?:/([a-z-]{1,32}))?")
_IN_APP = re.compile(r"\bLine/|\bFBA[NV]\b|\bFB_IAB\b|\bInstagram\b")


class Pages:
    """Thai and English pages for one portal. Pure: no I/O, safe to share between threads.

    Args:
        keyring: the facade's, for browser tokens and form tokens.
        origin: of the portal, as browsers see it (`https://portal.example.go.th`).
        site: the portal's name, help and banner.
        identity_provider_origins: where `authorize` leads to (`https://imauth.bora.dopa.go.th`).
        prefix: the path that the pages are mounted below, for example `/identity`.
        callback_path: the path of the redirect URI that is registered at the identity provider.
        signed_in_path: where to go after `SignedIn`, once the portal has made its session.
        templates: Jinja2 loaders looked into before the library's own.
        cookie: how the browser token is kept.
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
        templates: tuple[BaseLoader, ...] = (),
        cookie: BrowserCookie | None = None,
    ) -> None:
        self._keyring = keyring
        self._origin = origin
        self._prefix = prefix.rstrip("/")
        self._callback_path = callback_path
        self._signed_in_path = signed_in_path
        self.cookie = cookie or BrowserCookie()
        self.drawing = Drawing(
            site, prefix=self._prefix, form_targets=identity_provider_origins, templates=templates
        )

    def parse(
        self, request: WebRequest, *, address: str | None = None, correlation_id: str | None = None
    ) -> Asked | WebResponse:
        """What the request asks of the facade, or at once the answer, where the facade is not needed.

        Args:
            address: the client's, as the portal trusts it; never from a header that anybody can send.
            correlation_id: names the request in events.
        """
        browser = self._browser(request, address=address, correlation_id=correlation_id)
        if request.method == "GET" and request.path == self._callback_path:
            return Asked(call=ReceiveCallback(request.query), browser=browser)
        if not request.path.startswith(self._prefix):
            return self._problem_page("page.not_found", status=404)
        path = request.path[len(self._prefix) :]
        if request.method in ("GET", "HEAD"):
            return self._get(path, request, browser)
        if request.method == "POST":
            return self._post(path, request, browser)
        return self._problem_page("page.not_found", status=405)

    def form_token(self, request: WebRequest) -> str:
        """For a form of the portal's own: the value of its hidden field `csrf`."""
        return form_token(self._keyring, self._browser(request))

    def refuse_forged(self, request: WebRequest) -> WebResponse | None:
        """For a POST of the portal's own: the answer where no page of ours sent it, else None."""
        form = self._own_form(request, self._browser(request))
        return form if isinstance(form, WebResponse) else None

    def _browser(
        self, request: WebRequest, *, address: str | None = None, correlation_id: str | None = None
    ) -> Browser:
        return Browser.read(
            self._keyring,
            request.cookies.get(self.cookie.name),
            address=address,
            correlation_id=correlation_id,
        )

    def _get(self, path: str, request: WebRequest, browser: Browser) -> Asked | WebResponse:
        if path == "/sign-in":
            return self._sign_in(browser)
        if path == "/recover":  # The address bar of a refused POST, entered again.
            return self.drawing.redirect(f"{self._prefix}/sign-in")
        if named := _FLOW.fullmatch(path):
            flow_id, act = named.groups()
            if act is not None:  # As above.
                return self.drawing.redirect(self._flow_url(flow_id))
            code = parse_qs(request.query).get("problem", [""])[0]
            return Asked(
                call=Show(flow_id),
                browser=browser,
                problem=known_problem(code),
                in_app=_IN_APP.search(request.headers.get("user-agent", "")) is not None,
            )
        section, _, name = path[1:].partition("/")
        if section == "static" and (file := self.drawing.static(name)):
            return file
        if section == "problem" and (problem := known_problem(name)):
            return self.drawing.page("problem.html", status=STATUS.get(name, 400), problem=problem)
        return self._problem_page("page.not_found", status=404)

    def _post(self, path: str, request: WebRequest, browser: Browser) -> Asked | WebResponse:
        form = self._own_form(request, browser)
        if isinstance(form, WebResponse):
            return form
        if path == "/sign-in":
            return Asked(call=Begin(form.get("username", ""), form.get("password", "")), browser=browser)
        if path == "/recover":
            return Asked(call=Recover(), browser=browser)
        named = _FLOW.fullmatch(path)
        if named is None:
            return self._problem_page("page.not_found", status=404)
        flow_id, act = named.groups()
        asked = Asked(call=Show(flow_id), browser=browser, seen=form.get("seen", ""))
        if act == "password" and form.get("new_password", "") != form.get("new_password_again", ""):
            return replace(asked, problem=Problem(say("page.set_password.differ"), "new_password_again"))
        call = _flow_call(act, flow_id, form)
        return self._problem_page("page.not_found", status=404) if call is None else replace(asked, call=call)

    def _own_form(self, request: WebRequest, browser: Browser) -> dict[str, str] | WebResponse:
        """The form that one of our pages sent from this browser, or the answer to any other."""
        if is_cross_site(request.headers, self._origin):
            return self._problem_page("page.cross_site", status=403)
        form = posted_form(request)
        if form is None:
            return self._problem_page("page.form_malformed", status=400)
        if browser.is_new:
            return self._problem_page("page.no_cookie", status=403)
        if not is_ours(self._keyring, browser, form.get(FIELD, "")):
            return self._problem_page("page.form_outdated", status=403)
        return form

    def render(
        self, asked: Asked, result: Progress | AuthorizationRequest | ElaasIdentityError
    ) -> WebResponse:
        """The answer. With `SignedIn` the portal adds its own, new session to it (ASVS 7.2.4)."""
        match result:
            case AuthorizationRequest():
                return self.drawing.redirect(result.url)
            case Progress(step=SignedIn()):
                return self.drawing.redirect(self._signed_in_path)
            case Progress():
                if isinstance(asked.call, Show):
                    return self._step(asked, result, asked.problem, status=_shown_status(asked))
                return self.drawing.redirect(self._flow_url(result.flow_id))
            case _:
                return self._refused(asked, result)

    def _refused(self, asked: Asked, error: ElaasIdentityError) -> WebResponse:
        progress = error.progress
        if isinstance(asked.call, ReceiveCallback):
            # At once, so that the authorization code does not stay in the address bar.
            if progress is None:
                return self.drawing.redirect(f"{self._prefix}/problem/{quote(error.code)}")
            shown = "" if is_overtaken(asked, error, progress) else f"?problem={quote(error.code)}"
            return self.drawing.redirect(self._flow_url(progress.flow_id) + shown)
        problem = problem_of(error)
        if progress is not None:
            if isinstance(asked.call, Show):
                return self._step(asked, progress, problem, status=200)
            if is_overtaken(asked, error, progress):
                return self.drawing.redirect(self._flow_url(progress.flow_id))
            response = self._step(asked, progress, problem, status=status_of(error))
        elif isinstance(asked.call, Begin | Recover):
            typed = asked.call.username if isinstance(asked.call, Begin) else ""
            response = self._sign_in(asked.browser, problem, status=status_of(error), username=typed)
        elif asked.browser.is_new:
            response = self._problem_page("page.no_cookie", status=403)
        else:
            response = self.drawing.page("problem.html", status=status_of(error), problem=problem)
        if error.retry_after is not None:
            seconds = -int(-error.retry_after.total_seconds() // 1)
            response = response.with_header("retry-after", str(seconds))
        return response

    def _sign_in(
        self, browser: Browser, problem: Problem | None = None, *, status: int = 200, username: str = ""
    ) -> WebResponse:
        response = self.drawing.page(
            "sign_in.html",
            status=status,
            problem=problem,
            username=username,
            csrf=form_token(self._keyring, browser),
        )
        if browser.is_new:
            response = response.with_header("set-cookie", self.cookie.set(browser.token))
        return response

    def _step(self, asked: Asked, progress: Progress, problem: Problem | None, *, status: int) -> WebResponse:
        return self.drawing.page(
            f"{progress.step.kind}.html",
            status=status,
            # What is over has nothing to be put right.
            problem=None if isinstance(progress.step, Ended) else problem,
            progress=progress,
            step=progress.step,
            flow_url=self._flow_url(progress.flow_id),
            seen=mark(progress),
            csrf=form_token(self._keyring, asked.browser),
            in_app=asked.in_app,
            typed_email=asked.call.email if problem and isinstance(asked.call, SubmitEmail) else "",
        )

    def _problem_page(self, message_id: str, *, status: int) -> WebResponse:
        return self.drawing.page("problem.html", status=status, problem=Problem(say(message_id)))

    def _flow_url(self, flow_id: str) -> str:
        return f"{self._prefix}/flow/{quote(flow_id, safe='')}"


def _flow_call(act: str | None, flow_id: str, form: dict[str, str]) -> Call | None:
    match act:
        case "authorize":
            return Authorize(flow_id)
        case "account":
            return RecoverAccount(flow_id, form.get("account", ""))
        case "email":
            return SubmitEmail(flow_id, form.get("email", ""))
        case "resend":
            return ResendOneTimeCode(flow_id)
        case "one-time-code":
            return SubmitOneTimeCode(flow_id, form.get("one_time_code", ""))
        case "password":
            return ChoosePassword(flow_id, form.get("new_password", ""))
        case "cancel":
            return Cancel(flow_id)
        case _:
            return None


def _shown_status(asked: Asked) -> int:
    # A problem of the request's own (two passwords that differ) is a refused POST; one named in the URL is a GET.
    return 422 if asked.seen and asked.problem else 200
