"""Templates, static files and the headers of every answer."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from elaas_identity._discreet import discreet
from elaas_identity.authenticator_app.enrolment import qr_svg
from elaas_identity.errors import Misconfigured
from elaas_identity.mail.composing import date_and_time
from elaas_identity.messages import Message, say
from elaas_identity.web.exchange import WebResponse

try:
    from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined
except ImportError:
    raise Misconfigured(
        "extra_missing", detail="the pages need Jinja2: pip install 'elaas-identity[web]'"
    ) from None

BANGKOK = timezone(timedelta(hours=7))
"""Thailand has one time zone and no summer time."""

_STATIC = {"elaas.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}

_HEADERS = (
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
)


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the portal's pages have in common.

    Attributes:
        name: the portal's name, at the top of each page.
        help: who helps, and how to reach them, at the bottom of each page.
        banner: a notice at the very top, for example that this is a demonstration.
    """

    name: Message
    help: Message | None = None
    banner: Message | None = None


@discreet
class Drawing:
    """Makes answers: pages from templates, redirects, static files.

    Args:
        site: what all pages have in common.
        prefix: the path below which the pages live, without a slash at its end.
        form_targets: origins that a form's answer may redirect to. Chromium applies `form-action` to redirects too.
        templates: Jinja2 loaders that are searched before the library's own, to replace templates or add some.
    """

    def __init__(
        self,
        site: Site,
        *,
        prefix: str,
        form_targets: tuple[str, ...],
        templates: tuple[BaseLoader, ...] = (),
    ) -> None:
        self._environment = Environment(
            loader=ChoiceLoader((*templates, PackageLoader("elaas_identity.web"))),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        common: dict[str, Any] = {
            "say": say,
            "site": site,
            "prefix": prefix,
            "static_version": _static_version(),
            "clock": _clock,
            "date": _date,
            "qr": _qr,
        }
        self._environment.globals.update(common)
        self._policy = "; ".join(
            (
                "default-src 'none'",
                "style-src 'self'",
                "img-src 'self'",
                " ".join(("form-action 'self'", *form_targets)),
                "frame-ancestors 'none'",
                "base-uri 'none'",
            )
        )

    def page(self, template: str, *, status: int = 200, **values: object) -> WebResponse:
        """A page. `problem`: what is wrong, said at the top. `onward`: the path that leads back to the portal."""
        body = self._environment.get_template(template).render({"problem": None, "onward": None, **values})
        return WebResponse(
            status=status,
            headers=(
                ("content-type", "text/html; charset=utf-8"),
                ("content-security-policy", self._policy),
                # `no-referrer` would make browsers send `Origin: null` with our own forms.
                ("referrer-policy", "same-origin"),
                *_HEADERS,
            ),
            body=body.encode(),
        )

    def redirect(self, url: str) -> WebResponse:
        """303 See Other. After the callback, it takes the authorization code out of the address bar."""
        return WebResponse(
            status=303, headers=(("location", url), ("referrer-policy", "no-referrer"), *_HEADERS)
        )

    def static(self, name: str) -> WebResponse | None:
        """A static file of the library, or None. Its URL names its version, so browsers may keep it for a year."""
        if name not in _STATIC:
            return None
        return WebResponse(
            status=200,
            headers=(
                ("content-type", _STATIC[name]),
                ("cache-control", "public, max-age=31536000, immutable"),
                ("x-content-type-options", "nosniff"),
            ),
            body=_static(name),
        )


def _clock(at: datetime, *, up: bool = False) -> Message:
    """The time of day, as each language writes it."""
    local = _whole_minute(at, up=up)
    return Message(th=f"{local:%H.%M}\N{NO-BREAK SPACE}น.", en=f"{local:%H:%M}")


def _date(at: datetime) -> Message:
    """The date and the time of day, for times that may be after today."""
    return date_and_time(_whole_minute(at, up=False))


def _qr(uri: str) -> str | None:
    """The QR code of an enrolment. None where segno is not installed: the person types the key instead."""
    try:
        return qr_svg(uri)
    except Misconfigured:
        return None


def _whole_minute(at: datetime, *, up: bool) -> datetime:
    """Bangkok time to the minute: rounded up for "from", down for "until". What a page promises is never too much."""
    local = at.astimezone(BANGKOK)
    whole = local.replace(second=0, microsecond=0)
    return whole + timedelta(minutes=1) if up and whole < local else whole


@cache
def _static(name: str) -> bytes:
    return (files("elaas_identity.web") / "static" / name).read_bytes()


@cache
def _static_version() -> str:
    return urlsafe_b64encode(sha256(b"".join(map(_static, sorted(_STATIC)))).digest()[:9]).decode()
