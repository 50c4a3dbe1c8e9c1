"""What the emulator's endpoints have in common: reading a request, and the few kinds of answer."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from elaas_identity.oidc.http import Request, Response

MOST_PARAMETERS = 100
"""How many parameters a query or form may have."""

NO_HEADERS: Mapping[str, str] = {}

UNCACHED = {"cache-control": "no-store", "pragma": "no-cache"}
"""What an answer that holds a token carries (RFC 6749 §5.1)."""


class Problem(Exception):
    """A request is refused; `response` says why in JSON, as ThaID does."""

    def __init__(
        self, status: int, error: str, description: str, headers: Mapping[str, str] = NO_HEADERS
    ) -> None:
        super().__init__(error)
        body = {"error": error, "error_description": description}
        self.response = json_answer(body, status=status, headers=headers)


def json_answer(value: object, *, status: int = 200, headers: Mapping[str, str] = NO_HEADERS) -> Response:
    """An answer in JSON."""
    body = json.dumps(value, ensure_ascii=False).encode()
    return Response(status=status, headers={"content-type": "application/json", **headers}, body=body)


def redirect(redirect_uri: str, answer: Mapping[str, str]) -> Response:
    """Send the browser back with an answer in the query, behind what the registered URI has there already."""
    joint = "&" if urlsplit(redirect_uri).query else "?"
    return Response(status=302, headers={"location": redirect_uri + joint + urlencode(answer), **UNCACHED})


def expect_method(request: Request, *methods: str) -> None:
    """Refuse any other method."""
    if request.method not in methods:
        raise Problem(405, "invalid_request", "the method is not allowed", {"allow": ", ".join(methods)})


def header_of(request: Request, name: str) -> str:
    """The value of a header whatever its case; nothing where it is absent."""
    return next((value for key, value in request.headers.items() if key.lower() == name.lower()), "")


def parameters(encoded: str) -> dict[str, str]:
    """The parameters of a query or form. Unknown ones are as welcome as known; none may come twice (RFC 6749 §3.1)."""
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise Problem(400, "invalid_request", "there are too many parameters") from None
    if len(dict(pairs)) < len(pairs):
        raise Problem(400, "invalid_request", "a parameter is there twice")
    return dict(pairs)


def form(request: Request) -> dict[str, str]:
    """The form in the body of a POST."""
    expect_method(request, "POST")
    if header_of(request, "content-type").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise Problem(400, "invalid_request", "the body is not application/x-www-form-urlencoded")
    return parameters(request.body.decode("utf-8", "replace"))


def same(given: str, expected: str) -> bool:
    """Compare without telling by the time taken how much was right."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode("utf-8", "replace"))
