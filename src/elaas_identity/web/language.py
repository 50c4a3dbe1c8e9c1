"""In which language a page is read: as the person chose by a link, else their cookie, else as their browser asks.

A page is in one language, and has a link to the same page in the other one. Thai where nothing is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode

from elaas_identity._discreet import discreet
from elaas_identity.messages import Language
from elaas_identity.web.exchange import WebRequest

PARAMETER: Final = "lang"
COOKIE: Final = "__Host-elaas-language"
KEPT_FOR: Final = 365 * 24 * 60 * 60
"""Seconds that a browser keeps the choice. Ours: it says nothing of the person."""

_LANGUAGES: Final[dict[str, Language]] = {"th": "th", "en": "en"}
_RANGE = re.compile(
    r"[ \t]*(\*|[A-Za-z]{1,8})(?:-[A-Za-z0-9]{1,8})*[ \t]*(?:;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)[ \t]*)?"
)
"""A language range and its weight (RFC 9110 §12.5.4)."""


@discreet
@dataclass(frozen=True, slots=True)
class Reading:
    """How one page is read.

    Attributes:
        language: of the page.
        chosen: the person has just chosen it: the answer keeps it in a cookie.
        other: where the same page is in the other language, relative to its path; None for what answers a form, since
            following a link from there would lose the page.
    """

    language: Language = "th"
    chosen: bool = False
    other: str | None = None

    def cookie(self) -> str:
        """The value of a `Set-Cookie` header."""
        return f"{COOKIE}={self.language}; Path=/; Max-Age={KEPT_FOR}; Secure; HttpOnly; SameSite=Lax"


def reading_of(request: WebRequest) -> Reading:
    """How the page that this request leads to is read. What is no language of ours is as good as nothing."""
    query = parse_qsl(request.query, keep_blank_values=True)
    asked = next((value for name, value in query if name == PARAMETER), "")
    chosen = asked in _LANGUAGES
    said = asked if chosen else request.cookies.get(COOKIE, "")
    language = _LANGUAGES.get(said) or accepted(request.headers.get("accept-language", ""))
    others = [
        (PARAMETER, "th" if language == "en" else "en"),
        *(pair for pair in query if pair[0] != PARAMETER),
    ]
    return Reading(language, chosen, f"?{urlencode(others)}" if request.method in ("GET", "HEAD") else None)


def accepted(header: str) -> Language:
    """Which of our languages an `Accept-Language` header asks for: by weight, then by place; Thai where it has none."""
    weights: dict[str, float] = {}
    for part in header.split(","):
        if found := _RANGE.fullmatch(part):
            name = found[1].lower()
            weights[name] = max(weights.get(name, 0.0), float(found[2] or 1))
    any_other = weights.get("*", 0.0)
    order = {name: place for place, name in enumerate(weights)}
    wanted: dict[Language, float] = {one: weights.get(one, any_other) for one in _LANGUAGES.values()}
    best = min(wanted, key=lambda one: (-wanted[one], order.get(one, len(order))))
    return best if wanted[best] > 0 else "th"
