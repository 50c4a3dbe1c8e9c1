"""What an act leaves for the page that it redirects to: sealed for this browser and this page, in the address.

Recovery codes go in a cookie instead (`sealed_for`): an address stays in histories and logs.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode

from elaas_identity.browser import Browser
from elaas_identity.errors import Misconfigured
from elaas_identity.keyring import Keyring


def carrying(name: str, text: str, keyring: Keyring, browser: Browser, path: str) -> str:
    """The path with the text in its query, under that name."""
    return f"{path}?{urlencode({name: sealed_for(name, text, keyring, browser, path)})}"


def carried(name: str, keyring: Keyring, browser: Browser, path: str, query: str) -> str | None:
    """The text of that name; None where there is none of ours, for this browser and page."""
    return opened_for(name, parse_qs(query).get(name, [""])[0], keyring, browser, path)


def sealed_for(name: str, text: str, keyring: Keyring, browser: Browser, path: str) -> str:
    """The text, to be opened under that name by this browser at this page alone."""
    return keyring.seal(_context(name, browser, path), text)


def opened_for(name: str, sealed: str, keyring: Keyring, browser: Browser, path: str) -> str | None:
    """What `sealed_for` has sealed; None for anything else."""
    try:
        return keyring.open(_context(name, browser, path), sealed)
    except (ValueError, Misconfigured):
        return None


def _context(name: str, browser: Browser, path: str) -> str:
    return f"page.{name}:{path}:{browser.token}"
