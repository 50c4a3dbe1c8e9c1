"""How a page shows a refusal: its text, its HTTP status, and when the page says nothing of it."""

from __future__ import annotations

from typing import get_args

from elaas_identity.errors import (
    ElaasIdentityError,
    Misconfigured,
    MisconfiguredCode,
    ProviderFailed,
    ProviderFailedCode,
    RefusedCode,
)
from elaas_identity.flow.steps import Progress
from elaas_identity.messages import say
from elaas_identity.web.calls import Asked, Problem, mark

_KNOWN_CODES = frozenset(
    code
    for literal in (RefusedCode, ProviderFailedCode, MisconfiguredCode)
    for code in get_args(literal)
    # The text of these says how long to wait, and the URL does not.
    if not code.endswith(("_throttled", "_limit", "_cooling_off"))
)

_WITHOUT_ITS_WAIT = {"recovery_limit": "page.recovery.limit"}
"""The text without the wait, for a code that a callback may be refused with."""

STATUS: dict[str, int] = {
    "flow_unknown": 404,
    "browser_unknown": 403,
    "callback_other_browser": 403,
    "callback_malformed": 400,
}
"""The HTTP status of a refusal, where it is not 422."""


def is_overtaken(asked: Asked, error: ElaasIdentityError, progress: Progress) -> bool:
    """Whether the flow had moved on when the person acted (a double click, a second tab): the page shows the new step.

    A second click on "send" comes after the first one has sent the mail. "Wait" would confuse the person then.
    """
    if error.code == "mail_throttled":
        return asked.seen != mark(progress)
    return error.code == "out_of_order"


def is_session_over(error: ElaasIdentityError) -> bool:
    """Whether the person has to sign in again: the portal's session is no longer valid."""
    return error.code in ("sign_in_outdated", "account_unknown", "browser_unknown")


def problem_of(error: ElaasIdentityError) -> Problem:
    """What the page says of the refusal."""
    stands = error.progress
    if error.code == "email_not_accepted" and stands is not None and "submit_email" not in stands.allowed:
        # In a recovery, the person cannot give another address.
        return Problem(say("page.recovery.email_not_accepted"))
    return Problem(error.message, error.field, _for_help_desk(error.code))


def known_problem(code: str) -> Problem | None:
    """The problem that a URL names by its code; None for anything else than one of our codes."""
    if code in _WITHOUT_ITS_WAIT:
        return Problem(say(_WITHOUT_ITS_WAIT[code]))
    if code not in _KNOWN_CODES:
        return None
    return Problem(say(f"error.{code}", seconds=0), code=_for_help_desk(code))


def _for_help_desk(code: str) -> str:
    """The code, where the page shows it: the help desk needs it for a fault of a provider or of the portal."""
    return "" if code in get_args(RefusedCode) else code


def status_of(error: ElaasIdentityError) -> int:
    """The HTTP status of a page that shows a refusal."""
    if isinstance(error, Misconfigured):
        return 500
    if isinstance(error, ProviderFailed):
        return 503
    if error.retry_after is not None:
        return 429
    return STATUS.get(error.code, 422)
