"""Who is asking: the browser that a flow is tied to."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

from elaas_identity._discreet import discreet
from elaas_identity.keyring import Keyring
from elaas_identity.not_pickled import NotPickled

_PRINTABLE = re.compile(r"[A-Za-z0-9._:-]{1,64}")


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Browser(NotPickled):
    """One browser, known by a token that this library minted and the portal keeps in a cookie.

    Attributes:
        token: the cookie's value. A secret: it is what ties a flow to this browser.
        address: the client's network address as the portal trusts it, for the budgets of failed sign-ins. Never take
            it from a header that anybody can send (ASVS 15.3.4).
        correlation_id: names the portal's request in events; letters, digits and `._:-` only, at most 64.
        form: names the page whose form was sent, as the form itself says. What is typed on one page twice, by a double
            click or a reload, is counted once; empty where your pages do not say.
        is_new: the token was minted just now: set the cookie (`__Host-…; Secure; HttpOnly; SameSite=Lax; Path=/`).
    """

    token: str = field(repr=False)
    address: str | None = field(default=None, repr=False)
    correlation_id: str | None = None
    form: str = field(default="", repr=False)
    is_new: bool = False

    def __post_init__(self) -> None:
        # What a request header says must not forge a line of the audit trail (ASVS 16.4.1).
        if not isinstance(self.correlation_id, str) or not _PRINTABLE.fullmatch(self.correlation_id):
            object.__setattr__(self, "correlation_id", None)
        # An `ipaddress` object is an address too. What is neither is counted all the same, whatever its text.
        if self.address is not None:
            object.__setattr__(self, "address", str(self.address))
        object.__setattr__(self, "form", str(self.form or ""))

    @classmethod
    def new(
        cls,
        keyring: Keyring,
        *,
        random: bytes | None = None,
        address: str | None = None,
        correlation_id: str | None = None,
    ) -> Browser:
        """A browser seen for the first time. `random`: 32 fresh bytes, from the operating system when left out."""
        return cls(
            token=keyring.mint_browser_token(random or secrets.token_bytes(32)),
            address=address,
            correlation_id=correlation_id,
            is_new=True,
        )

    @classmethod
    def read(
        cls,
        keyring: Keyring,
        cookie: str | None,
        *,
        random: bytes | None = None,
        address: str | None = None,
        correlation_id: str | None = None,
    ) -> Browser:
        """The browser of that cookie; a cookie that is missing, or that we did not mint, makes a new one."""
        if cookie is None or not keyring.is_browser_token(cookie):
            return cls.new(keyring, random=random, address=address, correlation_id=correlation_id)
        return cls(token=cookie, address=address, correlation_id=correlation_id)

    def digest(self, keyring: Keyring) -> str:
        """What a flow keeps of this browser."""
        return keyring.digest("browser", self.token)
