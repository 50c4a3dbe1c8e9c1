"""How a page of the portal's own answers who may not see it: a person is led on, a program is told why."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from elaas_identity._discreet import discreet
from elaas_identity.errors import ElaasIdentityError, Refused
from elaas_identity.person.assurance import IAL
from elaas_identity.sessions.session import Officer
from elaas_identity.web.exchange import WebRequest, WebResponse
from elaas_identity.web.pages import Pages
from elaas_identity.web.return_path import return_path


@discreet
class Admission:
    """Makes those answers. A program's are the problems of the JSON interface (RFC 9457)."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def to_sign_in(self, request: WebRequest, refused: Refused) -> WebResponse:
        """Who is not signed in goes to the sign-in page, and from there back; a program is answered 401."""
        if not is_navigation(request):
            return self._pages.api.failed(request, refused)
        because = None if refused.code == "session_unknown" else refused
        return self._pages.drawing.redirect(self.sign_in_url(request, because))

    def refused(
        self, request: WebRequest, error: ElaasIdentityError, *, status: int | None = None
    ) -> WebResponse:
        """The page that says what is wrong, or the problem."""
        shown = self._pages.failed if is_navigation(request) else self._pages.api.failed
        return shown(request, error, status=status)

    def lacking(
        self, request: WebRequest, officer: Officer, ial: IAL | None, max_age: timedelta | None
    ) -> WebResponse | None:
        """The answer in the place of a page that asks for more than the sign-in rests on; None where that is enough."""
        now = self._pages.clock()
        unmet = officer.session.assurance.require(now=now, ial=ial, max_age=max_age)
        if unmet is None:
            return None
        if unmet.max_age is None:
            return self.refused(request, Refused("identity_assurance_low"), status=403)
        if now - officer.session.started_at > unmet.max_age:
            return self.to_sign_in(request, Refused("session_expired"))
        # They have only just signed in, by an older proof: once more would lead here again.
        return self.refused(request, Refused("identity_stale"), status=403)

    def sign_in_url(self, request: WebRequest, because: Refused | None = None) -> str:
        """The sign-in page, from which they come back to what they asked for; `because`: what it says of it."""
        url = self._pages.sign_in_url
        if because is not None:
            url = self._pages.sign_in_saying(request, f"error.{because.code}")
        here = f"{quote(request.path)}{'?' if request.query else ''}{request.query}"
        back = return_path(here) if request.method in ("GET", "HEAD") else None
        return f"{url}{'&' if '?' in url else '?'}next={quote(back, safe='/')}" if back else url


def is_navigation(request: WebRequest) -> bool:
    """Whether a person will look at the answer: the browser says so, and an old one asks for HTML."""
    mode = request.headers.get("sec-fetch-mode")
    if mode is not None:
        return mode == "navigate"
    return "text/html" in request.headers.get("accept", "")
