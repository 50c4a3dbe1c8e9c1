"""Templates, static files and the headers of every answer."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import cache, partial
from hashlib import sha256
from importlib.resources import files
from typing import Any

from elaas_identity._discreet import discreet
from elaas_identity.authenticator_app.enrolment import qr_svg
from elaas_identity.errors import Misconfigured
from elaas_identity.mail.composing import date_and_time
from elaas_identity.messages import Language, Message, Say
from elaas_identity.web.exchange import WebResponse
from elaas_identity.web.language import Reading
from elaas_identity.web.site import Site

try:
    from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined
except ImportError:
    raise Misconfigured(
        "extra_missing", detail="the pages need Jinja2: pip install 'elaas-identity[web]'"
    ) from None

BANGKOK = timezone(timedelta(hours=7))
"""Thailand has one time zone and no summer time."""

STATIC = {
    "computer.svg": "image/svg+xml",
    "elaas.css": "text/css; charset=utf-8",
    "elaas.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "letter.svg": "image/svg+xml",
    "phone.svg": "image/svg+xml",
}

_LANGUAGES: tuple[Language, ...] = ("th", "en")
_THAI = Reading()

_HEADERS = (
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
)


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
        loader = ChoiceLoader((*templates, PackageLoader("elaas_identity.web")))
        common = {"prefix": prefix, "static_version": _static_version(), "qr": _qr}
        self.say = site.say
        # One for each language: macros see globals, and nothing else.
        self._environments = {
            language: _environment(language, site, loader, common) for language in _LANGUAGES
        }
        self._policy = "; ".join(
            (
                "default-src 'none'",
                "style-src 'self'",
                "img-src 'self'",
                " ".join(("form-action 'self'", *form_targets)),
                "frame-ancestors 'none'",
                "base-uri 'none'",
                "script-src 'self'",
            )
        )

    def page(
        self, template: str, reading: Reading = _THAI, *, status: int = 200, **values: object
    ) -> WebResponse:
        """A page. `problem`: what is wrong, said at the top. `onward`: the path that leads back to the portal."""
        drawn = self._environments[reading.language].get_template(template)
        body = drawn.render({"problem": None, "onward": None, "in_other_language": reading.other, **values})
        response = WebResponse(
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
        return response.with_header("set-cookie", reading.cookie()) if reading.chosen else response

    def redirect(self, url: str) -> WebResponse:
        """303 See Other. After the callback, it takes the authorization code out of the address bar."""
        return WebResponse(
            status=303, headers=(("location", url), ("referrer-policy", "no-referrer"), *_HEADERS)
        )

    def static(self, name: str) -> WebResponse | None:
        """A static file of the library, or None. Its URL names its version, so browsers may keep it for a year."""
        if name not in STATIC:
            return None
        return WebResponse(
            status=200,
            headers=(
                ("content-type", STATIC[name]),
                ("cache-control", "public, max-age=31536000, immutable"),
                ("x-content-type-options", "nosniff"),
            ),
            body=_static(name),
        )


def _environment(
    language: Language, site: Site, loader: BaseLoader, common: Mapping[str, Any]
) -> Environment:
    """The templates in one language, where `say` gives the text of a message, or of an id."""

    def said(what: str | Message, /, **values: object) -> str:
        message = what if isinstance(what, Message) else site.say(what, **values)
        return message.text(language)

    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    known: dict[str, Any] = {
        **common,
        "language": language,
        "site": site,
        "say": said,
        "clock": partial(_clock, site.say),
        "date": partial(_date, site.say),
    }
    environment.globals.update(known)
    return environment


def _clock(say: Say, at: datetime, *, up: bool = False) -> Message:
    """The time of day, as each language writes it."""
    local = _whole_minute(at, up=up)
    return say("date.clock", time=Message(th=f"{local:%H.%M}", en=f"{local:%H:%M}"))


def _date(say: Say, at: datetime) -> Message:
    """The date and the time of day, for times that may be after today."""
    return date_and_time(_whole_minute(at, up=False), say)


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
    return urlsafe_b64encode(sha256(b"".join(map(_static, sorted(STATIC)))).digest()[:9]).decode()
