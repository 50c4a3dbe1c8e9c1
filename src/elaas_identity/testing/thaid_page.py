"""The emulator's authorization page: one form, no script, nothing fetched, and marked as what it is."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib import resources
from string import Template
from urllib.parse import urlsplit

from elaas_identity.oidc.http import Response
from elaas_identity.testing.citizens import Citizen

PAGE_REFERENCE = re.compile(rb'name="page" value="([\w-]+)"')
"""Where the page's reference stands in its form."""

_PANEL_SIDE = 25  # modules a side, as a small QR code has
_EYE_SIDE = 7


def page(
    client_id: str,
    redirect_uri: str,
    scopes: Sequence[str],
    citizens: Sequence[Citizen],
    denial: str,
    reference: str,
) -> Response:
    """The page on which a person says yes, as one of the citizens, or no. Its form posts to its own URL."""
    origin = _origin(redirect_uri)
    return _drawn(
        "thaid_page.html",
        origin,
        200,
        client_id=escape(client_id),
        returns_to=escape(origin),
        scopes=escape(", ".join(scopes)),
        panel=_panel(client_id + redirect_uri),
        people="\n".join(_person(number, citizen) for number, citizen in enumerate(citizens)),
        denial=escape(denial),
        reference=escape(reference),
    )


def too_late(redirect_uri: str) -> Response:
    """What a person sees who answers a page that is gone: to go back, and to press again."""
    origin = _origin(redirect_uri)
    return _drawn("thaid_page_too_late.html", origin, 400, returns_to=escape(origin))


def _drawn(name: str, origin: str, status: int, **parts: str) -> Response:
    style = _part("thaid_page.css")
    html = Template(_part(name)).substitute(style=style, **parts)
    style_hash = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{style_hash}'; base-uri 'none'; frame-ancestors 'none'; "
        # A browser holds the redirect that answers the form against this list too.
        f"form-action 'self' {origin}"
    )
    headers = {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "content-security-policy": policy,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    return Response(status=status, headers=headers, body=html.encode())


@cache
def _part(name: str) -> str:
    return resources.files("elaas_identity.testing").joinpath(name).read_text("utf-8")


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


def _person(number: int, citizen: Citizen) -> str:
    level = f"IAL {escape(citizen.ial)}" if citizen.ial else 'ไม่ระบุ IAL <span lang="en">no IAL</span>'
    return (
        f'<button class="person" name="approve" value="{number}"><span>{escape(citizen.name)} '
        f'<span lang="en">{escape(citizen.name_en)}</span></span><span class="level">{level}</span></button>'
    )


def _panel(seed: str) -> str:
    """Squares that look like a QR code and are none: the same ones for the same client."""
    shade = hashlib.shake_256(seed.encode()).digest(_PANEL_SIDE * _PANEL_SIDE)
    dark = "".join(
        f"M{x} {y}h1v1h-1z"
        for y in range(_PANEL_SIDE)
        for x in range(_PANEL_SIDE)
        if shade[y * _PANEL_SIDE + x] % 2 and not _is_eye(x, y) and not _is_label(y)
    )
    far = _PANEL_SIDE - _EYE_SIDE
    eyes = "".join(
        f"M{x} {y}h7v7h-7zM{x + 1} {y + 1}v5h5v-5zM{x + 2} {y + 2}h3v3h-3z"
        for x, y in ((0, 0), (far, 0), (0, far))
    )
    return (
        f'<svg class="panel" viewBox="0 0 {_PANEL_SIDE} {_PANEL_SIDE}" role="img" '
        f'aria-label="ภาพแทน QR ใช้สแกนไม่ได้ / a picture in place of a QR code: it cannot be scanned">'
        f'<path fill="#52606d" d="{dark}{eyes}"/><text x="12.5" y="13.7" text-anchor="middle" font-size="2.1" '
        f'font-weight="700" fill="#92400e">ภาพจำลอง · NOT A QR</text></svg>'
    )


def _is_eye(x: int, y: int) -> bool:
    near, far = range(_EYE_SIDE + 1), range(_PANEL_SIDE - _EYE_SIDE - 1, _PANEL_SIDE)
    return (x in near and (y in near or y in far)) or (x in far and y in near)


def _is_label(y: int) -> bool:
    return y in range(11, 15)
