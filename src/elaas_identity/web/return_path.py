"""Where a person goes back to once they are signed in: a page of the portal's own, and nowhere else (R6.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, unquote

from elaas_identity._discreet import discreet
from elaas_identity.web.browser_cookie import ATTRIBUTES

LONGEST = 1024
"""Characters of a path that are kept. Our choice: a quarter of what browsers keep in a cookie."""

_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")
"""A path as a browser sends it: visible ASCII without a backslash, which browsers read as a slash. Two slashes at its
beginning would name another host (WHATWG URL §4.4)."""


def return_path(text: str) -> str | None:
    """The text, where it is a path of this site with or without a query; else None."""
    return text if len(text) <= LONGEST and _PATH.fullmatch(text) else None


def asked_for(query: str) -> str | None:
    """The path that `next` in a page's query asks for; None where there is none, or two."""
    asked = parse_qs(query, keep_blank_values=True).get("next", [])
    return return_path(asked[0]) if len(asked) == 1 else None


@discreet
@dataclass(frozen=True, slots=True)
class ReturnCookie:
    """The cookie that remembers the path, since the person is away at the identity provider in between.

    It names a page, and lets nobody in: whoever may see that page is asked there.
    """

    name: str = "__Host-elaas-return"

    def set(self, path: str) -> str:
        """The value of a `Set-Cookie` header: for as long as a flow may take (`FlowPolicy.flow_lifetime`)."""
        return f"{self.name}={quote(path, safe='/')}; Max-Age=3600; {ATTRIBUTES}"

    def clear(self) -> str:
        """The value of a `Set-Cookie` header that forgets it."""
        return f"{self.name}=; Max-Age=0; {ATTRIBUTES}"

    def read(self, value: str) -> str | None:
        """The path in the cookie, if it is one."""
        return return_path(unquote(value))
