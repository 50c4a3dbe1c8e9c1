"""How a page shows a refusal: its text, its HTTP status, and when the page says nothing of it.

A refused form answers with a redirect, so that no reload and no back button sends it again. What the page says of it
goes along in the address: sealed, for this browser and this page, and good for a short time.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from dataclasses import field as field_of
from datetime import datetime, timedelta
from typing import get_args

from elaas_identity.browser import Browser
from elaas_identity.errors import (
    ElaasIdentityError,
    Misconfigured,
    MisconfiguredCode,
    ProviderFailed,
    ProviderFailedCode,
    RefusedCode,
)
from elaas_identity.flow.steps import Progress
from elaas_identity.keyring import Keyring
from elaas_identity.messages import Message, Say
from elaas_identity.web.calls import Asked, Problem, mark, mark_of
from elaas_identity.web.carried import carried, carrying

SHOWN_FOR = timedelta(minutes=10)
"""How long a page says what was refused, where it says of no wait. Our choice: a reload shows it, a bookmark not."""

_LONGEST_TYPED = 320
"""Characters of what was typed that go along: the longest e-mail address (RFC 5321 §4.5.3.1) has no more."""

_KNOWN_CODES = frozenset(
    code
    for literal in (RefusedCode, ProviderFailedCode, MisconfiguredCode)
    for code in get_args(literal)
    # The text of these says how long to wait, and the URL does not.
    if not code.endswith(("_throttled", "_limit", "_cooling_off"))
)

_HINTS = {
    "credential_wrong": ("keyboard", "capitals", "dashes"),
    "current_password_wrong": ("keyboard", "capitals"),
    "identity_provider_unavailable": ("still_works", "waits_for_thaid"),
}
"""What else the page says, line by line, below the text of a code: ids of `page.hint.…`."""

_WITHOUT_ITS_WAIT = {"recovery_limit": "page.recovery.limit"}
"""The text without the wait, for a code that a callback may be refused with."""

STATUS: dict[str, int] = {
    "flow_unknown": 404,
    "browser_unknown": 403,
    "callback_other_browser": 403,
    "callback_malformed": 400,
}
"""The HTTP status of a page that shows a refusal at once, where it is not 422."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What is to be said of a refused form, on its way to the page.

    Attributes:
        message_id: the text.
        code: the error's, stable.
        field: which input it marks.
        until: epoch seconds. Until then it is shown; where its text says how long to wait, that is the wait.
        at, typed: of the `Problem`.
    """

    message_id: str
    code: str = ""
    field: str | None = None
    until: float
    at: str = ""
    typed: dict[str, str] = field_of(default_factory=dict, repr=False)

    def sealed(self, keyring: Keyring, browser: Browser, path: str) -> str:
        """The path with this refusal in its query."""
        return carrying("refused", json.dumps(asdict(self)), keyring, browser, path)

    def problem(self, now: datetime, say: Say) -> Problem:
        """What the page says."""
        seconds = -int((now.timestamp() - self.until) // 1)
        return Problem(
            say(self.message_id, seconds=seconds),
            self.field,
            _for_help_desk(self.code),
            self.at,
            self.typed,
            _hints(self.code, say),
        )


def refusal_of(asked: Asked, error: ElaasIdentityError, now: datetime) -> Refusal:
    """What is to be said of the error."""
    stands = error.progress
    # In a recovery, the person cannot give another address.
    bound = error.code == "email_not_accepted" and stands is not None and "submit_email" not in stands.allowed
    # Which of the two is wrong is not told: the page marks both.
    field = "username" if error.code == "credential_wrong" else error.field
    typed = {name: asked.arguments.get(name, "") for name in ("email", "username")}
    return Refusal(
        message_id="page.recovery.email_not_accepted" if bound else f"error.{error.code}",
        code=error.code,
        field=None if bound else field,
        until=(now + (error.retry_after or SHOWN_FOR)).timestamp(),
        at=mark_of(asked.seen) if stands is None else mark(stands),
        typed={name: text for name, text in typed.items() if 0 < len(text) <= _LONGEST_TYPED},
    )


def opened(keyring: Keyring, browser: Browser, path: str, query: str, now: datetime) -> Refusal | None:
    """The refusal in a page's query; None where there is none of ours, for this browser and page, or it is over."""
    text = carried("refused", keyring, browser, path, query)
    try:
        refusal = Refusal(**json.loads(text or ""))
    except (ValueError, TypeError):
        return None
    return refusal if now.timestamp() < refusal.until else None


def is_overtaken(asked: Asked, error: ElaasIdentityError, progress: Progress) -> bool:
    """Whether the flow had moved on when the person acted (a double click, a second tab): the page shows the new step.

    A second click on "send" comes after the first one has sent the mail. "Wait" would confuse the person then.
    """
    if error.code == "mail_throttled":
        return mark_of(asked.seen) != mark(progress)
    return error.code == "out_of_order"


def is_session_over(code: str) -> bool:
    """Whether the person has to sign in again: the portal's session is no longer valid."""
    return code in ("sign_in_outdated", "account_unknown", "browser_unknown")


def known_problem(code: str, say: Say) -> Problem | None:
    """What came of a callback, which the URL names by its code; None for anything else than one of our codes."""
    if code in _WITHOUT_ITS_WAIT:
        return Problem(say(_WITHOUT_ITS_WAIT[code]), at="verify_identity")
    if code not in _KNOWN_CODES:
        return None
    return Problem(
        say(f"error.{code}", seconds=0),
        code=_for_help_desk(code),
        at="verify_identity",
        hints=_hints(code, say),
    )


def _hints(code: str, say: Say) -> tuple[Message, ...]:
    return tuple(say(f"page.hint.{hint}") for hint in _HINTS.get(code, ()))


def _for_help_desk(code: str) -> str:
    """The code, where the page shows it: the help desk needs it for a fault of a provider or of the portal."""
    return "" if code in get_args(RefusedCode) else code


def status_of(error: ElaasIdentityError) -> int:
    """The HTTP status of a page that shows a refusal at once."""
    if isinstance(error, Misconfigured):
        return 500
    if isinstance(error, ProviderFailed):
        return 503
    return STATUS.get(error.code, 422)
