"""Was this POST sent from one of our own pages? (ASVS 3.5.1)

Two guards, either of which would do: what the browser says of the sending page (`Sec-Fetch-Site`, `Origin`), and a
token in the form that only a page shown to this very browser carries.
"""

from __future__ import annotations

from collections.abc import Mapping

from elaas_identity.browser import Browser
from elaas_identity.keyring import Keyring

FIELD = "csrf"
"""The name of the form's hidden field."""


def form_token(keyring: Keyring, browser: Browser) -> str:
    """The token of every form that this browser is shown."""
    return keyring.digest("csrf", browser.token)


def is_cross_site(headers: Mapping[str, str], own_origin: str) -> bool:
    """Whether the browser says that another site's page sent this.

    `Sec-Fetch-Site` cannot be set by a page, and all current browsers send it. Older ones send `Origin` with a POST.
    A client that sends neither is judged by its token alone.
    """
    sent_from = headers.get("sec-fetch-site")
    if sent_from is not None:
        return sent_from != "same-origin"
    origin = headers.get("origin")
    return origin is not None and origin != own_origin


def is_same_site(headers: Mapping[str, str], own_origin: str) -> bool:
    """Whether the browser says that a page of this site sent this: for what has no token in it, such as JSON.

    Who says nothing is refused: scripts of this site send `Origin` with every POST (Fetch §3.2).
    """
    said = "sec-fetch-site" in headers or "origin" in headers
    return said and not is_cross_site(headers, own_origin)


def is_ours(keyring: Keyring, browser: Browser, token: str) -> bool:
    """Whether the token is the one of forms shown to this browser. Compares in constant time."""
    return keyring.same_digest(token, "csrf", browser.token)
