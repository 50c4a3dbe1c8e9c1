"""A session that the account has left behind asks for nothing: every act × every way to leave it behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from inspect import getmembers, isfunction
from pathlib import Path
from typing import Any

import pytest

from elaas_identity import (
    AssertionSettings,
    ElaasIdentity,
    Expected,
    Refused,
    Session,
    transaction_digest,
)
from elaas_identity._sync.assertions import Assertions
from elaas_identity.person.assurance import Assurance
from tests.assertions.bridge import GFMS, KEYS, PORTAL
from tests.facade.officer import BOUND, WHY, onboard, refused, session_of, through_thaid
from tests.facade.portal import CHOSEN, OFFICER, Portal, made, progress_of

ORDER = transaction_digest(b"what is about to be done")
A_WHILE = timedelta(minutes=2)
ASSURANCE = Assurance(ial=None, methods=("pwd",), auth_time=None)
NEXT = "another long phrase of mine"


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """A portal whose officer has onboarded, and which states to other systems who is signed in."""
    settings = AssertionSettings(keys=KEYS, issuer=PORTAL, audiences={GFMS})
    with made("sync-memory", tmp_path, assertions=settings) as built:
        onboard(built)
        yield built


def suspend_and_restore(portal: Portal, session: Session) -> None:
    portal.elaas.accounts.suspend(session.account_id, **WHY)
    portal.elaas.accounts.restore(session.account_id, **WHY)


def reissue(portal: Portal, session: Session) -> None:
    onboard_again(portal, portal.elaas.accounts.reissue(session.account_id, **WHY).password)


def hand_over(portal: Portal, session: Session) -> None:
    """To the very same person, who has the same account, and a binding of another id."""
    person = Expected(OFFICER.national_id)
    onboard_again(portal, portal.elaas.accounts.hand_over(session.account_id, person, **WHY).password)


def onboard_again(portal: Portal, letter: str) -> None:
    browser = portal.browser()
    portal.clock.shift(A_WHILE)
    flow_id = through_thaid(portal, portal.begin(browser, password=letter), browser).flow_id
    portal.elaas.submit_email(flow_id, BOUND, browser=browser)
    portal.elaas.confirm_and_set_password(flow_id, portal.code(), NEXT, browser=browser)


def recover(portal: Portal, session: Session) -> None:
    browser = portal.browser()
    portal.clock.shift(A_WHILE)
    flow_id = through_thaid(portal, portal.elaas.recover(browser=browser), browser).flow_id
    portal.elaas.choose_account(flow_id, session.account_id, browser=browser)
    portal.elaas.submit_one_time_code(flow_id, portal.code(), browser=browser)
    portal.elaas.set_password(flow_id, NEXT, browser=browser)


def change_password(portal: Portal, _: Session) -> None:
    browser = portal.browser()
    elsewhere = session_of(portal, browser, ref="another session")
    flow_id = portal.elaas.change_password(elsewhere, CHOSEN, browser=browser).flow_id
    portal.elaas.set_password(flow_id, NEXT, browser=browser)


def change_email(portal: Portal, _: Session) -> None:
    browser = portal.browser()
    portal.clock.shift(A_WHILE)
    elsewhere = session_of(portal, browser, ref="another session")
    begun = portal.elaas.change_email(elsewhere, browser=browser)
    flow_id = through_thaid(portal, begun, browser).flow_id
    portal.elaas.submit_email(flow_id, "new@sommut.example.go.th", browser=browser)
    portal.elaas.submit_one_time_code(flow_id, portal.code(), browser=browser)


LEFT_BEHIND: dict[str, Callable[[Portal, Session], None]] = {
    "suspend and restore": suspend_and_restore,
    "re-issue": reissue,
    "hand-over": hand_over,
    "recovery": recover,
    "password changed elsewhere": change_password,
    "address changed elsewhere": change_email,
    "unlock": lambda portal, session: portal.elaas.accounts.unlock(session.account_id, **WHY),
}
SIGNED_IN_ACTS: dict[str, Callable[[Portal, Session, Any], object]] = {
    "step_up": lambda portal, session, browser: portal.elaas.step_up(session, ORDER, browser=browser),
    "change_email": lambda portal, session, browser: portal.elaas.change_email(session, browser=browser),
    "change_password": lambda portal, session, browser: portal.elaas.change_password(
        session, CHOSEN, browser=browser
    ),
    "enrol_authenticator": lambda portal, session, browser: portal.elaas.enrol_authenticator(
        session, browser=browser
    ),
    "consume_step_up": lambda portal, session, browser: portal.elaas.consume_step_up(
        fresh_proof(portal, session, browser), session, ORDER, browser=browser
    ),
    "assertion_for": lambda portal, session, _: portal.elaas.assertions.assertion_for(
        GFMS, session, assurance=ASSURANCE
    ),
}


def fresh_proof(portal: Portal, session: Session, browser: Any) -> str:
    """A step-up that is proven now, by a session of today that has the name of the old one."""
    try:
        today = session_of(portal, browser, ref=session.ref)
    except Refused:  # by the password that they have now
        today = session_of(portal, browser, password=NEXT, ref=session.ref)
    begun = progress_of(portal.elaas.step_up(today, ORDER, browser=browser))
    return through_thaid(portal, begun, browser).flow_id


@pytest.mark.parametrize("asked", SIGNED_IN_ACTS)
@pytest.mark.parametrize("left", LEFT_BEHIND)
def test_f8_r6_6_a_session_that_the_account_has_left_behind_asks_for_nothing(
    portal: Portal, left: str, asked: str
) -> None:
    """F8: a session older than a recovery would still be stated to other systems, or change the address."""
    browser = portal.browser()
    session = session_of(portal, browser)
    LEFT_BEHIND[left](portal, session)
    refusal = refused(SIGNED_IN_ACTS[asked], portal, session, browser)
    assert "sign_in_outdated" == refusal.code
    event = portal.events[-1]
    assert ("sign_in_outdated", session.account_id) == (event.code, event.account_id)


@pytest.mark.parametrize("asked", SIGNED_IN_ACTS)
def test_f8_a_session_that_stands_asks_for_everything(portal: Portal, asked: str) -> None:
    """F8: the check would keep everybody out."""
    browser = portal.browser()
    assert SIGNED_IN_ACTS[asked](portal, session_of(portal, browser), browser)


def test_f8_every_act_that_takes_a_session_is_among_them() -> None:
    """F8: an act that is written later would not be held to it."""
    takes = {
        name
        for of in (ElaasIdentity, Assertions)
        for name, method in getmembers(of, isfunction)
        if "session" in method.__annotations__
    }
    assert set(SIGNED_IN_ACTS) == takes
