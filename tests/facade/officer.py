"""The officer after the onboarding: signed in, through ThaID once more, refused; and many requests at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from elaas_identity import Browser, Progress, Refused, Session, SignedIn
from tests.facade.portal import CHOSEN, USERNAME, Driven, Portal, progress_of
from tests.races.test_parallel import in_tasks, in_threads

BOUND = "clerk@sommut.example.go.th"
WHY: dict[str, str] = {"by": "admin-1", "reason": "order 7/2568"}


def onboard(portal: Portal, username: str = USERNAME, password: str = CHOSEN, **changes: Any) -> str:
    """An account that the officer has onboarded, provisioned with those changes; its id."""
    account_id, browser = portal.provision(username, **changes), portal.browser()
    flow_id = through_thaid(portal, portal.begin(browser, username), browser).flow_id
    portal.elaas.submit_email(flow_id, BOUND, browser=browser)
    portal.elaas.confirm_and_set_password(flow_id, portal.code(), password, browser=browser)
    return account_id


def through_thaid(portal: Portal, progress: Progress, browser: Browser) -> Progress:
    """The trip to ThaID and back."""
    query = portal.callback_query(progress.flow_id, browser)
    return progress_of(portal.elaas.receive_callback(query, browser=browser))


def signed_in_of(progress: Progress) -> SignedIn:
    """What the portal is given."""
    assert isinstance(progress.step, SignedIn)
    return progress.step


def session_of(
    portal: Portal,
    browser: Browser,
    username: str = USERNAME,
    *,
    password: str = CHOSEN,
    ref: str = "sid-1",
) -> Session:
    """The officer's session, where the password alone signs in."""
    return signed_in_of(portal.begin(browser, username, password)).session(ref)


def refused(act: Callable[..., Any], *given: Any, **named: Any) -> Refused:
    """The refusal of an act."""
    with pytest.raises(Refused) as refusal:
        act(*given, **named)
    return refusal.value


def answer(refusal: Refused) -> tuple[Any, ...]:
    """All that a person can tell two refusals apart by."""
    return (
        refusal.code,
        str(refusal),
        str(refusal.message),
        refusal.field,
        refusal.retry_after,
        refusal.progress,
    )


@contextmanager
def counted_hashes(portal: Portal) -> Iterator[list[str]]:
    """Against what each Argon2 within was verified."""
    hashing = getattr(portal.elaas, "_driven", portal.elaas)._driver._hashing
    verify, verified = hashing.verify, list[str]()

    def counted(stored: str, prepared: str) -> bool:
        verified.append(stored)
        return bool(verify(stored, prepared))

    hashing.verify = counted
    try:
        yield verified
    finally:
        hashing.verify = verify


def at_once(portal: Portal, calls: list[Callable[[Any], Any]]) -> list[str]:
    """The kind of the step or the code of the error that each met."""
    outcomes = together(portal, calls)
    return sorted(each.step.kind if isinstance(each, Progress) else each.code for each in outcomes)


def together(portal: Portal, calls: list[Callable[[Any], Any]]) -> list[Any]:
    """All of them at once, in threads or in tasks: what each answered, or the error that it met."""
    if isinstance(portal.elaas, Driven):
        return list(portal.elaas._run(in_tasks(portal.elaas._driven, calls)))
    return in_threads(portal.elaas, calls)
