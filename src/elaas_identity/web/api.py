"""The same acts in JSON, for a front end of the portal's own on the same site: `parse` reads, `render` answers.

    POST each path of `OPERATIONS`   a JSON object with the fields of its row
    GET  /flow/{flow_id}             where the flow stands
    GET  /openapi.json               this interface, as OpenAPI 3.1 describes it

All below `Pages.prefix` + `/api`. An answer is a `Progress`, in its one JSON form; a refusal is a problem (RFC 9457)
with the error's own fields. `Mounted` adds what concerns the session.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Final

from elaas_identity._discreet import discreet
from elaas_identity.accounts.account import Account
from elaas_identity.browser import Browser
from elaas_identity.errors import ElaasIdentityError, Misconfigured, ProviderFailed, Refused, whole_seconds
from elaas_identity.flow.steps import AuthorizationRequest, Progress
from elaas_identity.json_form import Instant, json_form
from elaas_identity.messages import Message, say
from elaas_identity.oidc.http import json_object
from elaas_identity.person.assurance import Assurance
from elaas_identity.sessions.session import Officer, Session
from elaas_identity.web.browser_cookie import BrowserCookie
from elaas_identity.web.calls import Asked
from elaas_identity.web.exchange import MAXIMUM_BODY, WebRequest, WebResponse
from elaas_identity.web.forgery import is_same_site
from elaas_identity.web.language import reading_of
from elaas_identity.web.refusals import is_session_over
from elaas_identity.web.routes import ROUTES, Route, route_of

OPERATIONS: Final = (
    *ROUTES,
    Route("/callback", "receive_callback", {"query": "raw_query"}),
    Route(
        "/flow/{flow_id}/confirmation",
        "confirm_and_set_password",
        {"one_time_code": "one_time_code", "new_password": "new_password"},
    ),
)
"""The forms of the pages, and two besides: the callback, where the front end has its page, and the letter's single form
for code and password."""

API: Final = "/api"
"""Where it lives, below `Pages.prefix`."""
DOCUMENT_PATH: Final = "/openapi.json"
SESSION_PATH: Final = "/session"
"""GET: who is signed in."""
SIGN_OUT_PATH: Final = "/sign-out"

OWN_PROBLEMS: Final[Mapping[str, int]] = {
    "malformed": 400,
    "cross_site": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "too_large": 413,
    "not_json": 415,
}
"""What may be wrong with a request itself, and its status."""

STATUS: Final[Mapping[str, int]] = {
    "browser_unknown": 403,
    "callback_other_browser": 403,
    "flow_unknown": 404,
    "out_of_order": 409,
    "flow_expired": 410,
    "flow_superseded": 410,
    "flow_ended": 410,
}
"""The status of a refusal, where it is neither 401 (sign in again), 429 (wait) nor 422 (correct it)."""

_HEADERS = (
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDetails:
    """What is wrong (RFC 9457). Branch on `code`, never on a text.

    Attributes:
        detail: `message` in the language that the browser asks for.
        code: of the error, or of the request itself (`malformed`, `cross_site`, …).
        message: what the person may read, and what they do next.
        field: which input it is about.
        retry_after: seconds to wait.
        progress: where the person stands: show that step.
    """

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    message: Message
    field: str | None = None
    retry_after: int | None = None
    progress: Progress | None = None


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerDetails:
    """Who is signed in. The national ID is not in it.

    Attributes:
        binding_id: the user of your records: this person in this account.
        started_at: when they signed in.
    """

    account: Account
    binding_id: str
    person_name: str = field(repr=False)
    assurance: Assurance
    started_at: Instant


@discreet
class Api:
    """Reads requests and makes answers; does no I/O.

    Args:
        origin: the portal's, as browsers send it.
        cookie: holds the browser token. A browser that has none is sent one with its first answer.
    """

    def __init__(self, *, origin: str, cookie: BrowserCookie) -> None:
        self._origin = origin
        self._cookie = cookie

    def parse(
        self, path: str, request: WebRequest, browser: Browser, session: Session | None
    ) -> Asked | WebResponse:
        """What the request asks of the facade; or the answer, where it is not needed.

        Args:
            path: below `/api`, of an operation: `refuse_path` has answered any other.
        """
        route, flow_id = route_of(path, OPERATIONS)
        if route is None:
            return Asked(act="current", flow_id=flow_id, browser=browser)
        arguments = self._arguments(request, route)
        if isinstance(arguments, WebResponse):
            return arguments
        if route.session and session is None:
            return self.failed(request, Refused("session_unknown"))
        # What is typed twice under one key is a double click (`Browser.form`).
        form = request.headers.get("idempotency-key", "")
        return Asked(
            act=route.act,
            flow_id=flow_id,
            session=session if route.session else None,
            arguments=arguments,
            browser=replace(browser, form=form),
        )

    def refuse_path(self, path: str, request: WebRequest) -> WebResponse | None:
        """The answer where there is no such operation, or it is asked for by another method; else None."""
        method = _method_of(path)
        if method is None:
            return self.problem(request, "not_found")
        if request.method == method or (request.method, method) == ("HEAD", "GET"):
            return None
        return self.problem(request, "method_not_allowed").with_header("allow", method)

    def render(self, asked: Asked, result: Progress | AuthorizationRequest) -> WebResponse:
        """The answer; a browser that is new is sent its cookie."""
        return self.known(self._json(200, json_form(result)), asked.browser)

    def officer(self, request: WebRequest, officer: Officer | None) -> WebResponse:
        """Who is signed in; 401 where nobody is. The national ID is not in it."""
        if officer is None:
            return self.failed(request, Refused("session_unknown"))
        details = OfficerDetails(
            account=officer.account,
            binding_id=officer.session.binding_id,
            person_name=officer.person.display_name,
            assurance=officer.session.assurance,
            started_at=officer.session.started_at,
        )
        return self._json(200, json_form(details))

    def nothing(self) -> WebResponse:
        """Done, and nothing to say of it."""
        return WebResponse(status=204, headers=_HEADERS)

    def document(self, document: Mapping[str, Any]) -> WebResponse:
        """The OpenAPI document."""
        return self._json(200, document)

    def known(self, answer: WebResponse, browser: Browser) -> WebResponse:
        """The answer, with the cookie of a browser that has none yet."""
        return answer.with_header("set-cookie", self._cookie.set(browser.token)) if browser.is_new else answer

    def refuse_forged(self, request: WebRequest) -> WebResponse | None:
        """The answer to what another site's page sent, or no browser at all; else None (ASVS 3.5.1)."""
        if is_same_site(request.headers, self._origin):
            return None
        return self.problem(request, "cross_site")

    def failed(
        self, request: WebRequest, error: ElaasIdentityError, *, status: int | None = None
    ) -> WebResponse:
        """The problem that an error is; `status`: in the place of the one that it has by itself."""
        wait = None if error.retry_after is None else whole_seconds(error.retry_after)
        return self._problem(
            request,
            status or api_status(error),
            error.code,
            error.message,
            field=error.field,
            retry_after=wait,
            progress=error.progress,
        )

    def problem(self, request: WebRequest, code: str) -> WebResponse:
        """One of `OWN_PROBLEMS`, which no call of the facade has seen."""
        return self._problem(request, OWN_PROBLEMS[code], code, say(f"page.api.{code}"))

    def _arguments(self, request: WebRequest, route: Route) -> dict[str, str] | WebResponse:
        if refused := self.refuse_forged(request):
            return refused
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != "application/json":
            return self.problem(request, "not_json")
        if len(request.body) > MAXIMUM_BODY:
            return self.problem(request, "too_large")
        given = _texts(request.body)
        if given is None or set(given) != set(route.fields):
            return self.problem(request, "malformed")
        return {parameter: given[name] for name, parameter in route.fields.items()}

    def _problem(
        self, request: WebRequest, status: int, code: str, message: Message, **more: Any
    ) -> WebResponse:
        details = ProblemDetails(
            title=HTTPStatus(status).phrase,
            status=status,
            detail=message.text(reading_of(request).language),
            code=code,
            message=message,
            **more,
        )
        answer = self._json(status, json_form(details), "application/problem+json")
        wait = details.retry_after
        return answer if wait is None else answer.with_header("retry-after", str(wait))

    def _json(self, status: int, form: object, content_type: str = "application/json") -> WebResponse:
        body = json.dumps(form, ensure_ascii=False, separators=(",", ":")).encode()
        return WebResponse(status=status, headers=(("content-type", content_type), *_HEADERS), body=body)


def _method_of(path: str) -> str | None:
    route, flow_id = route_of(path, OPERATIONS)
    if path in (DOCUMENT_PATH, SESSION_PATH) or path == f"/flow/{flow_id}":
        return "GET"
    return "POST" if route is not None or path == SIGN_OUT_PATH else None


def api_status(error: ElaasIdentityError) -> int:
    """The HTTP status of an error."""
    if isinstance(error, Misconfigured):
        return 500
    if isinstance(error, ProviderFailed):
        return 503
    if error.retry_after is not None:
        return 429
    # With a field it is something to correct: an account that was not offered.
    if error.code in ("session_unknown", "session_expired") or (
        is_session_over(error.code) and error.code != "browser_unknown" and error.field is None
    ):
        return 401
    return STATUS.get(error.code, 422)


def _texts(body: bytes) -> dict[str, str] | None:
    """The JSON object of texts in a body, or None: not JSON, something else in it, a name twice, half a character."""
    try:
        given = json_object(body)
        for value in given.values():
            value.encode()
    except (ValueError, AttributeError):
        return None
    return given
