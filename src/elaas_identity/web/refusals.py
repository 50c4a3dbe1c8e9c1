"""How a refusal is shown: what the page says, its status, and when it is better not mentioned."""

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
    # Their wording has a wait, which a URL does not carry.
    if not code.endswith(("_throttled", "_limit", "_cooling_off"))
)

_WITHOUT_ITS_WAIT = {"recovery_limit": "page.recovery.limit"}
"""What is said of a refusal that a callback meets, for whose wait a URL has no room."""

STATUS: dict[str, int] = {
    "flow_unknown": 404,
    "browser_unknown": 403,
    "callback_other_browser": 403,
    "callback_malformed": 400,
}
"""Of refusals that another status tells better than 422."""


def is_overtaken(asked: Asked, error: ElaasIdentityError, progress: Progress) -> bool:
    """Whether the person acted on a page that time has passed (a double click, a second tab): show them the present.

    A second click on "send" comes after the mail that the first one sent: being told to wait would only puzzle.
    """
    if error.code == "mail_throttled":
        return asked.seen != mark(progress)
    return error.code == "out_of_order"


def is_session_over(error: ElaasIdentityError) -> bool:
    """Whether the portal's session is worth nothing any more: the person has to sign in."""
    return error.code in ("sign_in_outdated", "account_unknown", "browser_unknown")


def problem_of(error: ElaasIdentityError) -> Problem:
    """What the page says of it. A code is shown where the help desk needs one: the fault is the provider's or ours."""
    ours = isinstance(error, ProviderFailed | Misconfigured)
    stands = error.progress
    if error.code == "email_not_accepted" and stands is not None and "submit_email" not in stands.allowed:
        # A recovery: there is no other address to give.
        return Problem(say("page.recovery.email_not_accepted"))
    return Problem(error.message, error.field, error.code if ours else "")


def known_problem(code: str) -> Problem | None:
    """The problem of a code that stands in a URL; None for anything that is no code of ours."""
    if code in _WITHOUT_ITS_WAIT:
        return Problem(say(_WITHOUT_ITS_WAIT[code]))
    if code not in _KNOWN_CODES:
        return None
    ours = code in get_args(ProviderFailedCode) or code in get_args(MisconfiguredCode)
    return Problem(say(f"error.{code}", seconds=0), code=code if ours else "")


def status_of(error: ElaasIdentityError) -> int:
    """The HTTP status of a page that refuses."""
    if isinstance(error, Misconfigured):
        return 500
    if isinstance(error, ProviderFailed):
        return 503
    if error.retry_after is not None:
        return 429
    return STATUS.get(error.code, 422)
