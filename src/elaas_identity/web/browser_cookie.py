"""Cookies that hold a token: the one that ties flows to one browser, and that of a session."""

from __future__ import annotations

from dataclasses import dataclass

from elaas_identity._discreet import discreet


@discreet
@dataclass(frozen=True, slots=True)
class BrowserCookie:
    """How the browser token is kept (ASVS 3.3.1 to 3.3.4).

    The `__Host-` prefix makes browsers refuse it from another host, another path or an insecure origin.
    `SameSite=Lax`, not `Strict`: the callback is a navigation that comes from the identity provider's site.
    It lives as long as the browser runs; a flow that outlives it has lost its browser and is begun again.

    Chromium and Firefox take it on plain http from loopback too, so that a demo needs no other cookie.
    """

    name: str = "__Host-elaas-browser"

    def set(self, token: str) -> str:
        """The value of a `Set-Cookie` header."""
        return f"{self.name}={token}; {ATTRIBUTES}"

    def clear(self) -> str:
        """The value of a `Set-Cookie` header that makes browsers forget it."""
        return f"{self.name}=; Max-Age=0; {ATTRIBUTES}"


ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax"
