"""What an act leaves for the page that it redirects to: in the address, sealed for this browser and this page."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode

from elaas_identity.browser import Browser
from elaas_identity.errors import Misconfigured
from elaas_identity.keyring import Keyring


def carrying(name: str, text: str, keyring: Keyring, browser: Browser, path: str) -> str:
    """The path with the text in its query, under that name."""
    return f"{path}?{urlencode({name: keyring.seal(_context(name, browser, path), text)})}"


def carried(name: str, keyring: Keyring, browser: Browser, path: str, query: str) -> str | None:
    """The text of that name; None where there is none of ours, for this browser and page."""
    try:
        return keyring.open(_context(name, browser, path), parse_qs(query)[name][0])
    except (KeyError, ValueError, Misconfigured):
        return None


def _context(name: str, browser: Browser, path: str) -> str:
    return f"page.{name}:{path}:{browser.token}"
