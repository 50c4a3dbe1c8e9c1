"""Change of password: the current one is asked for again, and everything that was begun with it ends (R2.6)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from elaas_identity import Ended, PasswordSet, SetPassword, transaction_digest
from elaas_identity.flow.transitions import Purpose
from tests.facade.officer import (
    BOUND,
    WHY,
    at_once,
    counted_hashes,
    onboard,
    refused,
    session_of,
    signed_in_of,
    through_thaid,
)
from tests.facade.portal import CHOSEN, USERNAME, Portal
from tests.facade.stored import stored_account, stored_flow

ANOTHER, WRONG = "another long phrase of mine", "not the password of anybody"
ORDER = transaction_digest(b"pay 1200.00")


@pytest.fixture
def onboarded(portal: Portal) -> Portal:
    """A portal whose officer has onboarded."""
    onboard(portal)
    portal.clock.shift(minutes=2)
    return portal


def test_a_password_is_changed_by_who_knows_the_current_one(onboarded: Portal) -> None:
    """Nobody could change their password without forgetting it first."""
    portal, browser = onboarded, onboarded.browser()
    session = session_of(portal, browser)
    progress = portal.elaas.change_password(session, CHOSEN, browser=browser)
    assert isinstance(progress.step, SetPassword)
    expected = (Purpose.PASSWORD_CHANGE, 15, ("set_password", "cancel"))
    assert expected == (progress.purpose, progress.step.minimum_length, progress.allowed)
    assert progress == portal.elaas.current(progress.flow_id, browser=browser)
    before = stored_account(portal, session.account_id)
    with counted_hashes(portal) as verified:
        done = portal.elaas.set_password(progress.flow_id, ANOTHER, browser=browser).step
    assert isinstance(done, PasswordSet)
    after = stored_account(portal, session.account_id)
    assert [] == verified
    assert (before.epoch + 1, before.binding_id) == (after.epoch, after.binding_id)
    version = before.credential_version + 1
    assert (version, version) == (after.credential_version, done.credential_version)
    assert "credential_wrong" == refused(portal.begin, browser, password=CHOSEN).code
    signed_in_of(portal.begin(browser, password=ANOTHER))


def test_r2_6_a_session_alone_changes_nothing(onboarded: Portal) -> None:
    """Who finds a session open would shut its owner out."""
    portal, browser = onboarded, onboarded.browser()
    session = session_of(portal, browser)
    for typed in (WRONG, "", "x" * 5000, "with a zero width\u200bspace"):
        with counted_hashes(portal) as verified:
            wrong = refused(portal.elaas.change_password, session, typed, browser=browser)
        assert ("current_password_wrong", "current_password") == (wrong.code, wrong.field)
        assert (1, None) == (len(verified), wrong.progress)


def test_r4_1_the_current_password_is_guessed_at_no_more_often_than_at_sign_in(onboarded: Portal) -> None:
    """A session that was left open would be a place to guess at the password unhindered."""
    portal, browser = onboarded, onboarded.browser()
    session = session_of(portal, browser)
    for _ in range(3):
        wrong = refused(portal.elaas.change_password, session, WRONG, browser=browser)
        assert "current_password_wrong" == wrong.code
    for _ in range(2):
        assert "credential_wrong" == refused(portal.begin, browser, password=WRONG).code
    with counted_hashes(portal) as verified:
        throttled = [
            refused(portal.elaas.change_password, session, CHOSEN, browser=browser),
            refused(portal.begin, portal.browser("198.51.100.7"), password=CHOSEN),
        ]
    assert [("sign_in_throttled", timedelta(minutes=1))] * 2 == [(t.code, t.retry_after) for t in throttled]
    assert [] == verified
    portal.clock.shift(minutes=1)
    portal.elaas.change_password(session, CHOSEN, browser=browser)


def test_r4_1_a_right_password_is_not_counted(onboarded: Portal) -> None:
    """Who changes their mind a few times would be throttled at the next sign-in."""
    portal, browser = onboarded, onboarded.browser()
    session = session_of(portal, browser)
    for _ in range(7):
        flow_id = portal.elaas.change_password(session, CHOSEN, browser=browser).flow_id
        portal.elaas.cancel(flow_id, browser=browser)
    assert USERNAME == signed_in_of(portal.begin(browser, password=CHOSEN)).account.username


def test_r2_4_the_new_password_is_another_one_and_a_good_one(onboarded: Portal) -> None:
    """A change would change nothing, or to something that everybody tries first."""
    portal, browser = onboarded, onboarded.browser()
    progress = portal.elaas.change_password(session_of(portal, browser), CHOSEN, browser=browser)
    for typed, code in (
        (CHOSEN, "password_same_as_before"),
        ("xk7q9wzpm4vt2r", "password_too_short"),
        (f"{USERNAME}{USERNAME}", "password_contextual"),
    ):
        refusal = refused(portal.elaas.set_password, progress.flow_id, typed, browser=browser)
        assert (code, "new_password", progress) == (refusal.code, refusal.field, refusal.progress)


def test_r2_6_every_other_flow_and_session_ends(onboarded: Portal) -> None:
    """Who knew the old password would go on with what they began (ASVS 7.4.3)."""
    portal, thief, browser = onboarded, onboarded.browser(), onboarded.browser()
    stolen = session_of(portal, thief, ref="sid-thief")
    proof = through_thaid(portal, portal.elaas.step_up(stolen, ORDER, browser=thief), thief).flow_id
    change = portal.elaas.change_password(stolen, CHOSEN, browser=thief).flow_id
    session = session_of(portal, browser)
    flow_id = portal.elaas.change_password(session, CHOSEN, browser=browser).flow_id
    portal.elaas.set_password(flow_id, ANOTHER, browser=browser)
    for act in (
        lambda: portal.elaas.consume_step_up(proof, stolen, ORDER, browser=thief),
        lambda: portal.elaas.set_password(change, "a phrase of the thief", browser=thief),
    ):
        assert "flow_superseded" == refused(act).code
    for outdated in (stolen, session):
        again = refused(portal.elaas.change_password, outdated, ANOTHER, browser=browser)
        assert "sign_in_outdated" == again.code
    assert Ended(reason="completed") == portal.elaas.current(flow_id, browser=browser).step
    late = refused(portal.elaas.set_password, flow_id, "yet another long phrase", browser=browser)
    assert "flow_ended" == late.code
    assert stored_flow(portal, flow_id).session_digest is None
    portal.elaas.step_up(session_of(portal, browser, password=ANOTHER), ORDER, browser=browser)


def test_inv2_of_two_changes_at_once_one_is_made(onboarded: Portal) -> None:
    """Two would each be told that theirs is the password."""
    portal, browser = onboarded, onboarded.browser()
    session = session_of(portal, browser)
    one, two = (portal.elaas.change_password(session, CHOSEN, browser=browser).flow_id for _ in range(2))
    calls = [
        lambda elaas: elaas.set_password(one, ANOTHER, browser=browser),
        lambda elaas: elaas.set_password(two, "yet another long phrase", browser=browser),
    ]
    assert ["flow_superseded", "password_set"] == at_once(portal, calls)


def test_inv7_an_administrators_act_ends_a_change(onboarded: Portal) -> None:
    """A change under way would undo a suspension, or a re-issue."""
    portal, browser = onboarded, onboarded.browser()
    session = session_of(portal, browser)
    flow_id = portal.elaas.change_password(session, CHOSEN, browser=browser).flow_id
    portal.elaas.accounts.suspend(session.account_id, **WHY)
    portal.elaas.accounts.restore(session.account_id, **WHY)
    late = refused(portal.elaas.set_password, flow_id, ANOTHER, browser=browser)
    assert "flow_superseded" == late.code
    portal.elaas.accounts.close_account(session.account_id, **WHY)
    outdated = refused(portal.elaas.change_password, session, CHOSEN, browser=browser)
    assert "sign_in_outdated" == outdated.code


def test_r2_6_one_notice_without_either_password(onboarded: Portal) -> None:
    """The person would not hear of it, or would read a password in a mail."""
    portal, browser = onboarded, onboarded.browser()
    flow_id = portal.elaas.change_password(session_of(portal, browser), CHOSEN, browser=browser).flow_id
    mails = len(portal.outbox.mails)
    portal.elaas.set_password(flow_id, ANOTHER, browser=browser)
    (notice,) = portal.outbox.mails[mails:]
    assert BOUND == notice.recipient.value
    for secret in (CHOSEN, ANOTHER):
        assert secret not in notice.subject + notice.text + notice.html


def test_inv4_a_change_goes_on_in_its_own_browser_only(onboarded: Portal) -> None:
    """Whoever learns the flow's id would set the password."""
    portal, browser = onboarded, onboarded.browser()
    flow_id = portal.elaas.change_password(session_of(portal, browser), CHOSEN, browser=browser).flow_id
    other = refused(portal.elaas.set_password, flow_id, ANOTHER, browser=portal.browser())
    assert "flow_unknown" == other.code
