"""The bound address changed: ThaID, a code to the new one, notices to both, a while in which no recovery trusts it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from elaas_identity import (
    Browser,
    EmailChanged,
    Ended,
    EnterOneTimeCode,
    Progress,
    ProvideEmail,
    Session,
    VerifyIdentity,
    transaction_digest,
)
from elaas_identity.flow.policy import FOR_TESTS, Limit
from elaas_identity.flow.transitions import Purpose
from tests.facade.officer import (
    BOUND,
    WHY,
    at_once,
    onboard,
    refused,
    session_of,
    signed_in_of,
    through_thaid,
)
from tests.facade.portal import CHOSEN, OFFICER, STRANGER, Portal, made, progress_of
from tests.facade.stored import stored_account, stored_flow

NEW = "officer@sommut.example.go.th"
ORDER = transaction_digest(b"pay 1200.00")


@pytest.fixture
def onboarded(portal: Portal) -> Portal:
    """A portal whose officer has onboarded, a while ago."""
    onboard(portal)
    portal.clock.shift(minutes=2)
    return portal


def proven(portal: Portal, session: Session, browser: Browser) -> Progress:
    """Up to the step that asks for the new address."""
    progress = through_thaid(portal, portal.elaas.change_email(session, browser=browser), browser)
    assert isinstance(progress.step, ProvideEmail)
    return progress


def mailed(portal: Portal, session: Session, browser: Browser, email: str = NEW) -> Progress:
    """Up to the step that asks for the code."""
    flow_id = proven(portal, session, browser).flow_id
    return progress_of(portal.elaas.submit_email(flow_id, email, browser=browser))


def changed(portal: Portal, browser: Browser) -> Session:
    """All of it; the session with which it was done, as it goes on."""
    session = session_of(portal, browser)
    flow_id = mailed(portal, session, browser).flow_id
    step = portal.elaas.submit_one_time_code(flow_id, portal.code(), browser=browser).step
    assert isinstance(step, EmailChanged)
    return session.renewed(step, session.ref)


def recognised(portal: Portal, browser: Browser) -> Progress:
    """A recovery, up to the choice of an account."""
    return through_thaid(portal, portal.elaas.recover(browser=browser), browser)


def test_the_address_is_changed_step_by_step(onboarded: Portal) -> None:
    """A step could be left out, or the code would go to the mailbox that is bound already."""
    portal, browser = onboarded, onboarded.browser()
    session = session_of(portal, browser)
    begun = portal.elaas.change_email(session, browser=browser)
    assert isinstance(begun.step, VerifyIdentity)
    assert (Purpose.EMAIL_CHANGE, ("authorize", "cancel")) == (begun.purpose, begun.allowed)
    early = refused(portal.elaas.submit_email, begun.flow_id, NEW, browser=browser)
    assert ("out_of_order", begun) == (early.code, early.progress)
    progress = through_thaid(portal, begun, browser)
    assert isinstance(progress.step, ProvideEmail)
    assert (OFFICER.name, ("submit_email", "cancel")) == (progress.step.person_name, progress.allowed)
    mails = len(portal.outbox.mails)
    progress = portal.elaas.submit_email(progress.flow_id, NEW, browser=browser)
    assert isinstance(progress.step, EnterOneTimeCode)
    assert [NEW] == [mail.recipient.value for mail in portal.outbox.mails[mails:]]
    allowed = ("submit_email", "submit_one_time_code", "cancel")
    assert allowed == progress.allowed
    for act in (
        lambda: portal.elaas.confirm_and_set_password(
            progress.flow_id, portal.code(), "a long new phrase", browser=browser
        ),
        lambda: portal.elaas.set_password(progress.flow_id, "a long new phrase", browser=browser),
    ):
        assert "out_of_order" == refused(act).code  # no way to a new password without the current one
    before = stored_account(portal, session.account_id)
    done = portal.elaas.submit_one_time_code(progress.flow_id, portal.code(), browser=browser).step
    assert isinstance(done, EmailChanged)
    assert (session.binding_id, "of•••@sommut.example.go.th") == (done.binding_id, done.email_masked)
    after = stored_account(portal, session.account_id)
    assert (before.epoch + 1, before.epoch + 1) == (after.epoch, done.account.epoch)
    assert (before.password_hash, before.binding_id) == (after.password_hash, after.binding_id)
    assert Ended(reason="completed") == portal.elaas.current(progress.flow_id, browser=browser).step
    assert stored_flow(portal, progress.flow_id).email_sealed is None
    signed_in_of(portal.begin(browser, password=CHOSEN))


def test_r2_6_both_mailboxes_are_told_without_a_secret(onboarded: Portal) -> None:
    """A thief who put another mailbox in its place would be the only one to hear of it."""
    portal, browser = onboarded, onboarded.browser()
    flow_id = mailed(portal, session_of(portal, browser), browser).flow_id
    code, mails = portal.code(), len(portal.outbox.mails)
    portal.elaas.submit_one_time_code(flow_id, code, browser=browser)
    to_old, to_new = portal.outbox.mails[mails:]
    assert (BOUND, NEW) == (to_old.recipient.value, to_new.recipient.value)
    assert "of•••@sommut.example.go.th" in to_old.text
    for notice in (to_old, to_new):
        for secret in (NEW, code, f"{code[:4]} {code[4:]}", CHOSEN):
            assert secret not in notice.subject + notice.text + notice.html


def test_a_change_stands_although_nobody_could_be_told(onboarded: Portal) -> None:
    """A mail server that is down would leave the change half done, and no trace of the notices."""
    portal, browser = onboarded, onboarded.browser()
    flow_id = mailed(portal, session_of(portal, browser), browser).flow_id
    code = portal.code()
    for _ in range(2):
        portal.outbox.fail_next("mail_not_accepted")
    step = portal.elaas.submit_one_time_code(flow_id, code, browser=browser).step
    assert isinstance(step, EmailChanged)
    assert 2 == portal.kinds().count("notice.failed")


def test_a_recovery_trusts_the_new_address_only_after_a_day(onboarded: Portal) -> None:
    """Who got hold of a session for a moment would have the password as well, before the notice is read."""
    portal, browser = onboarded, onboarded.browser()
    account_id = changed(portal, browser).account_id
    for after, left in (
        (timedelta(0), timedelta(days=1)),
        (timedelta(hours=23, minutes=59), timedelta(minutes=1)),
    ):
        portal.clock.shift(after)
        progress = recognised(portal, browser)
        mails = len(portal.outbox.mails)
        early = refused(portal.elaas.choose_account, progress.flow_id, account_id, browser=browser)
        assert ("email_cooling_off", left, progress) == (early.code, early.retry_after, early.progress)
        assert mails == len(portal.outbox.mails)
    portal.clock.shift(seconds=59, microseconds=999_999)
    flow_id = recognised(portal, browser).flow_id
    early = refused(portal.elaas.choose_account, flow_id, account_id, browser=browser)
    assert timedelta(microseconds=1) == early.retry_after
    portal.clock.shift(microseconds=1)
    portal.elaas.choose_account(flow_id, account_id, browser=browser)
    assert NEW == portal.outbox.latest.recipient.value


def test_only_the_sessions_own_person_changes_it(onboarded: Portal) -> None:
    """Who finds a session open would have the codes sent to a mailbox of their own."""
    portal, browser = onboarded, onboarded.browser()
    begun = portal.elaas.change_email(session_of(portal, browser), browser=browser)
    portal.idp.citizen = STRANGER
    mismatch = refused(through_thaid, portal, begun, browser)
    assert ("person_mismatch", begun) == (mismatch.code, mismatch.progress)
    portal.idp.citizen = OFFICER
    portal.idp.auth_time = portal.clock() - timedelta(minutes=5)
    assert "identity_stale" == refused(through_thaid, portal, begun, browser).code


@pytest.mark.parametrize("same", [BOUND, "clerk@SOMMUT.example.go.th", f" {BOUND} "])
def test_the_address_that_is_bound_already_is_no_change(onboarded: Portal, same: str) -> None:
    """A change to the same would end every other flow, and keep recovery away for a day."""
    portal, browser = onboarded, onboarded.browser()
    progress = proven(portal, session_of(portal, browser), browser)
    mails = len(portal.outbox.mails)
    refusal = refused(portal.elaas.submit_email, progress.flow_id, same, browser=browser)
    expected = ("email_same_as_before", "email", progress)
    assert expected == (refusal.code, refusal.field, refusal.progress)
    assert mails == len(portal.outbox.mails)


def test_a_mistyped_address_is_corrected_and_its_code_is_dead(onboarded: Portal) -> None:
    """The mailbox of a stranger, mistyped, would confirm the address that was meant (R3.3)."""
    portal, browser = onboarded, onboarded.browser()
    flow_id = mailed(portal, session_of(portal, browser), browser, "ofifcer@sommut.example.go.th").flow_id
    first = portal.code()
    portal.elaas.submit_email(flow_id, NEW, browser=browser)
    wrong = refused(portal.elaas.submit_one_time_code, flow_id, first, browser=browser)
    assert "one_time_code_wrong" == wrong.code
    step = portal.elaas.submit_one_time_code(flow_id, portal.code(), browser=browser).step
    assert isinstance(step, EmailChanged)


def test_inv3_wrong_codes_are_counted_like_any_other(onboarded: Portal) -> None:
    """A mailbox that is not theirs could be bound by guessing."""
    portal, browser = onboarded, onboarded.browser()
    flow_id = mailed(portal, session_of(portal, browser), browser).flow_id
    for _ in range(5):
        wrong = refused(portal.elaas.submit_one_time_code, flow_id, portal.wrong_code(), browser=browser)
        assert "one_time_code_wrong" == wrong.code
    late = refused(portal.elaas.submit_one_time_code, flow_id, portal.code(), browser=browser)
    assert "one_time_code_exhausted" == late.code


def step_up(portal: Portal, session: Session, browser: Browser) -> str:
    """A proof that waits to be used."""
    return through_thaid(portal, portal.elaas.step_up(session, ORDER, browser=browser), browser).flow_id


def recovery(portal: Portal, session: Session, browser: Browser) -> str:
    """A code in the mailbox that was bound until now."""
    flow_id = recognised(portal, browser).flow_id
    portal.elaas.choose_account(flow_id, session.account_id, browser=browser)
    return flow_id


def other_change(portal: Portal, session: Session, browser: Browser) -> str:
    """A change to another address."""
    return mailed(portal, session, browser, "other@sommut.example.go.th").flow_id


@pytest.mark.parametrize("begin", [step_up, recovery, other_change])
def test_inv7_a_change_ends_the_other_flows_of_the_account(
    onboarded: Portal, begin: Callable[[Portal, Session, Browser], str]
) -> None:
    """A thief's flow from before would go on: a recovery by the old mailbox, a change of their own."""
    portal, other = onboarded, onboarded.browser()
    flow_id = begin(portal, session_of(portal, other, ref="sid-2"), other)
    session = changed(portal, portal.browser())
    assert "flow_superseded" == refused(portal.elaas.cancel, flow_id, browser=other).code
    assert Ended(reason="superseded") == portal.elaas.current(flow_id, browser=other).step
    portal.elaas.step_up(session, ORDER, browser=other)  # the session that asked for it goes on


def test_inv7_an_administrators_act_ends_a_change(onboarded: Portal) -> None:
    """A change under way would go on in an account that was just stopped, or handed over."""
    portal, browser = onboarded, onboarded.browser()
    session = session_of(portal, browser)
    flow_id, code = mailed(portal, session, browser).flow_id, portal.code()
    portal.elaas.accounts.suspend(session.account_id, **WHY)
    late = refused(portal.elaas.submit_one_time_code, flow_id, code, browser=browser)
    assert "flow_superseded" == late.code


def test_inv2_of_two_changes_at_once_one_is_made(onboarded: Portal) -> None:
    """Two addresses would each be told that they are the account's."""
    portal, browser = onboarded, onboarded.browser()
    session = session_of(portal, browser)
    first, one = mailed(portal, session, browser).flow_id, portal.code()
    second, two = other_change(portal, session, browser), portal.code()
    calls = [
        lambda elaas: elaas.submit_one_time_code(first, one, browser=browser),
        lambda elaas: elaas.submit_one_time_code(second, two, browser=browser),
    ]
    assert ["email_changed", "flow_superseded"] == at_once(portal, calls)


def test_inv10_changes_are_rationed(tmp_path: Path) -> None:
    """Who has a session could have mail sent to strangers all day, or keep recovery away for good."""
    policy = replace(FOR_TESTS, email_changes_per_account=Limit(2, timedelta(days=1)))
    with made("sync-sqlite", tmp_path, policy) as portal:
        onboard(portal)
        browser = portal.browser()
        session = session_of(portal, browser)
        for _ in range(2):
            portal.elaas.change_email(session, browser=browser)
            portal.clock.shift(hours=1)
        limited = refused(portal.elaas.change_email, session, browser=browser)
        assert ("email_change_limit", timedelta(hours=22)) == (limited.code, limited.retry_after)
        portal.elaas.step_up(session, ORDER, browser=browser)
        portal.elaas.accounts.unlock(session.account_id, **WHY)
        portal.elaas.change_email(session_of(portal, browser), browser=browser)
