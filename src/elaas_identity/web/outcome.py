"""What an act hands out once, on its way to the page that shows it: every form answers with a redirect.

A new password and a changed address are said by the address of the page, so that a reload says them again. Recovery
codes are in a cookie, which the page that shows them takes away: they stand in no history and no log, and a later visit
of the page shows none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from elaas_identity._discreet import discreet
from elaas_identity.browser import Browser
from elaas_identity.flow.outcomes import AuthenticatorEnrolled, OwnChange
from elaas_identity.json_form import json_form
from elaas_identity.keyring import Keyring
from elaas_identity.web.browser_cookie import ATTRIBUTES
from elaas_identity.web.carried import carried, carrying, opened_for, sealed_for

CODES_SHOWN_WITHIN = timedelta(minutes=2)
"""How long the browser may take to ask for the page with the recovery codes. Our choice: a slow line and one retry."""

_SHOWN = ("kind", "account", "email_masked", "person_name", "recovery_codes")
_NAME = "outcome"


@discreet
@dataclass(frozen=True, slots=True)
class Outcomes:
    """Takes an outcome to its page.

    Args:
        keyring: seals it, for one browser and one page.
        cookie_name: of the cookie that recovery codes are in.
    """

    keyring: Keyring
    cookie_name: str

    def address(self, step: OwnChange, browser: Browser, path: str) -> str:
        """The address of the page that says what has come of it; for recovery codes, the cookie goes along."""
        if isinstance(step, AuthenticatorEnrolled):
            return path
        return carrying(_NAME, _text(step), self.keyring, browser, path)

    def cookie(self, step: OwnChange, browser: Browser, path: str, now: datetime) -> str | None:
        """The value of a `Set-Cookie` header that takes recovery codes to the page; None where there are none."""
        if not isinstance(step, AuthenticatorEnrolled):
            return None
        until = (now + CODES_SHOWN_WITHIN).timestamp()
        text = json.dumps([until, _text(step)], ensure_ascii=False)
        sealed = sealed_for(_NAME, text, self.keyring, browser, path)
        seconds = int(CODES_SHOWN_WITHIN.total_seconds())
        return f"{self.cookie_name}={sealed}; Max-Age={seconds}; {ATTRIBUTES}"

    def read(
        self, cookies: Mapping[str, str], browser: Browser, path: str, query: str, now: datetime
    ) -> str | None:
        """The outcome that the page shows, as JSON; None where there is none of ours, or it comes too late."""
        in_cookie = opened_for(_NAME, cookies.get(self.cookie_name, ""), self.keyring, browser, path)
        if in_cookie is None:
            return carried(_NAME, self.keyring, browser, path, query)
        until, text = json.loads(in_cookie)
        return str(text) if now.timestamp() < until else None

    def taken(self, outcome: Mapping[str, Any]) -> str | None:
        """The value of a `Set-Cookie` header once the page has shown that; None where there is no cookie to forget."""
        if "recovery_codes" not in outcome:
            return None
        return f"{self.cookie_name}=; Max-Age=0; {ATTRIBUTES}"


def _text(step: OwnChange) -> str:
    form = json_form(step)
    return json.dumps({name: form[name] for name in _SHOWN if name in form}, ensure_ascii=False)
