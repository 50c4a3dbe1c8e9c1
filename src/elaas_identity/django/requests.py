"""Django's requests and responses, as the pages have them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from elaas_identity._discreet import discreet
from elaas_identity.errors import Refused
from elaas_identity.sessions.session import Officer
from elaas_identity.web.exchange import WebRequest, WebResponse


@discreet
class VisitorRequest(HttpRequest):
    """A request, for annotations: the middleware has said who is signed in by this library, if anybody is."""

    officer: Officer | None
    seen: Officer | Refused
    """The same, with the reason why nobody is signed in."""


@discreet
class OfficerRequest(HttpRequest):
    """The request of an officer, for annotations of a view that `officer_required` decorates."""

    officer: Officer


def web_request(request: HttpRequest, body: bytes = b"") -> WebRequest:
    """The request, as the pages take it. Its body is left alone: a view of the portal's own will read it."""
    return WebRequest(
        method=request.method or "",
        path=request.path,
        query=request.META.get("QUERY_STRING", ""),
        headers={name.lower(): value for name, value in request.headers.items()},
        cookies=request.COOKIES,
        body=body,
    )


def http_response(answer: WebResponse) -> HttpResponse:
    """The answer, as Django sends it."""
    headers = {name: value for name, value in answer.headers if name != "set-cookie"}
    response = HttpResponse(answer.body, status=answer.status, headers=headers)
    for name, value in answer.headers:
        if name == "set-cookie":
            response.cookies.load(value)
    return response
