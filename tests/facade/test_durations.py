"""Durations at both ends, counted from the instant that the docs name; and a policy that is stricter by now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from elaas_identity import (
    Browser,
    EnterOneTimeCode,
    PasswordSet,
    Progress,
    ProvideEmail,
    VerifyIdentity,
)
from elaas_identity.flow.advance import Rules
from elaas_identity.flow.policy import FOR_TESTS, FlowPolicy
from elaas_identity.mail.address import EmailPolicy
from tests.facade.officer import onboard, refused, session_of
from tests.facade.portal import CHOSEN, Portal, made, progress_of
from tests.facade.test_email_change import mailed, recognised

INSTANT = timedelta(microseconds=1)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    with made("sync-memory", tmp_path, FOR_TESTS) as built:
        yield built


def step_of(portal: Portal, progress: Progress, browser: Browser) -> EnterOneTimeCode:
    """The step that asks for a code, as it is shown now."""
    step = portal.elaas.current(progress.flow_id, browser=browser).step
    assert isinstance(step, EnterOneTimeCode)
    return step


@pytest.mark.parametrize(("passed", "works"), [(15 * MINUTE - INSTANT, True), (15 * MINUTE, False)])
def test_r5_1_an_attempt_is_good_for_fifteen_minutes_and_not_at_their_end(
    portal: Portal, passed: timedelta, works: bool
) -> None:
    """A trip to ThaID would be good for longer, or shorter, than its page says."""
    portal.provision()
    browser = portal.browser()
    query = portal.callback_query(portal.begin(browser).flow_id, browser)
    portal.clock.advance(passed)
    if works:
        assert isinstance(portal.elaas.receive_callback(query, browser=browser).step, ProvideEmail)
        return
    late = refused(portal.elaas.receive_callback, query, browser=browser)
    assert "callback_unknown" == late.code
    assert late.progress is not None
    assert isinstance(late.progress.step, VerifyIdentity)


def test_r5_1_no_attempt_outlives_its_flow(portal: Portal) -> None:
    """A person would be told that they have longer than the flow lasts."""
    portal.provision()
    browser = portal.browser()
    begun = portal.begin(browser)
    request = portal.elaas.authorize(begun.flow_id, browser=browser)
    assert portal.clock() + 15 * MINUTE == request.expires_at
    portal.clock.advance(50 * MINUTE)
    query = portal.callback_query(begun.flow_id, browser)
    assert begun.expires_at == portal.elaas.authorize(begun.flow_id, browser=browser).expires_at
    portal.clock.advance(10 * MINUTE - INSTANT)
    assert isinstance(portal.elaas.receive_callback(query, browser=browser).step, ProvideEmail)


@pytest.mark.parametrize(("passed", "left"), [(DAY - INSTANT, INSTANT), (DAY, None)])
def test_a_new_address_is_trusted_a_day_after_it_was_confirmed(
    portal: Portal, passed: timedelta, left: timedelta | None
) -> None:
    """The day would be counted from when the change began, and the notice to the old mailbox come too late."""
    account_id = onboard(portal)
    portal.clock.advance(2 * MINUTE)
    browser = portal.browser()
    session = session_of(portal, browser)
    flow_id = mailed(portal, session, browser).flow_id
    portal.clock.advance(9 * MINUTE)
    portal.elaas.submit_one_time_code(flow_id, portal.code(), browser=browser)
    portal.clock.advance(passed)
    recovery = recognised(portal, browser)
    if left is not None:
        early = refused(portal.elaas.choose_account, recovery.flow_id, account_id, browser=browser)
        assert ("email_cooling_off", left, None) == (early.code, early.retry_after, early.field)
        return
    chosen = portal.elaas.choose_account(recovery.flow_id, account_id, browser=browser)
    assert isinstance(chosen.step, EnterOneTimeCode)


def test_f58_f60_a_new_mail_may_be_asked_for_from_one_instant_on(portal: Portal) -> None:
    """F58, F60: the page would count to an instant that moves away at each reload, or offer what is refused."""
    portal.provision()
    browser = portal.browser()
    progress = portal.mailed(browser)
    at = portal.clock() + MINUTE
    for passed in (timedelta(0), MINUTE - INSTANT):
        portal.clock.advance(passed)
        early = refused(portal.elaas.resend_one_time_code, progress.flow_id, browser=browser)
        assert ("mail_throttled", at - portal.clock()) == (early.code, early.retry_after)
        stands = portal.elaas.current(progress.flow_id, browser=browser)
        assert stands == early.progress
        assert (at, False) == (stands.step.resend_at, "resend_one_time_code" in stands.allowed)
    for passed in (INSTANT, MINUTE):
        portal.clock.advance(passed)
        stands = portal.elaas.current(progress.flow_id, browser=browser)
        assert (at, True) == (stands.step.resend_at, "resend_one_time_code" in stands.allowed)
    resent = portal.elaas.resend_one_time_code(progress.flow_id, browser=browser)
    assert portal.clock() + MINUTE == resent.step.resend_at
    assert portal.clock() + 10 * MINUTE == resent.step.code_expires_at


def test_f58_a_code_that_has_expired_is_not_asked_for(portal: Portal) -> None:
    """F58: a page that shows what is allowed would ask for a code that is refused whatever is typed."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.mailed(browser).flow_id
    code, by_code = portal.code(), {"submit_one_time_code", "confirm_and_set_password"}
    portal.clock.advance(10 * MINUTE - INSTANT)
    assert by_code <= set(portal.elaas.current(flow_id, browser=browser).allowed)
    portal.clock.advance(INSTANT)
    stands = portal.elaas.current(flow_id, browser=browser)
    assert ("submit_email", "resend_one_time_code", "cancel") == stands.allowed
    assert (
        "one_time_code_expired"
        == refused(portal.elaas.submit_one_time_code, flow_id, code, browser=browser).code
    )


def test_r3_6_after_a_mail_that_was_certainly_not_sent_another_may_be_asked_for_at_once(
    portal: Portal,
) -> None:
    """The person would wait for a mail that nobody sent."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.identify(browser).flow_id
    portal.outbox.fail_next("mail_recipient_refused")
    failed = refused(portal.elaas.submit_email, flow_id, "clerk@sommut.example.go.th", browser=browser)
    assert ("email_not_accepted", "email") == (failed.code, failed.field)
    assert failed.progress is not None
    assert isinstance(failed.progress.step, EnterOneTimeCode)
    assert portal.clock() == failed.progress.step.resend_at
    asked_at = portal.clock()
    portal.clock.advance(MINUTE)
    assert asked_at == step_of(portal, failed.progress, browser).resend_at
    resent = portal.elaas.resend_one_time_code(flow_id, browser=browser)
    assert portal.clock() + MINUTE == resent.step.resend_at


STRICTER = replace(
    FOR_TESTS,
    email=EmailPolicy(refused_domains=frozenset({"sommut.example.go.th"})),
    passwords=replace(FOR_TESTS.passwords, minimum_length=30),
    one_time_code_lifetime=MINUTE,
)
"""What was accepted before would be refused by it."""


def under(portal: Portal, policy: FlowPolicy) -> None:
    """From now on, as after a deployment."""
    portal.elaas._rules = Rules(policy, portal.keyring)


@pytest.mark.parametrize("stage", ["code", "password"])
def test_what_was_accepted_goes_on_under_a_stricter_policy(portal: Portal, stage: str) -> None:
    """A deployment would strand who is half-way: with an address or a code that was accepted."""
    portal.provision()
    browser = portal.browser()
    progress = portal.mailed(browser) if stage == "code" else portal.confirmed(browser)
    portal.clock.advance(2 * MINUTE)
    under(portal, STRICTER)
    current = progress_of(portal.elaas.current(progress.flow_id, browser=browser))
    assert set(progress.allowed) <= set(current.allowed)
    if stage == "code":
        portal.elaas.submit_one_time_code(progress.flow_id, portal.code(), browser=browser)
    too_short = refused(portal.elaas.set_password, progress.flow_id, "x" * 20, browser=browser)
    assert "password_too_short" == too_short.code
    done = portal.elaas.set_password(progress.flow_id, CHOSEN, browser=browser)
    assert isinstance(done.step, PasswordSet)


def test_a_changed_address_that_a_stricter_policy_refuses_is_still_told(portal: Portal) -> None:
    """The notices of a change of address would fail for who was accepted before."""
    onboard(portal)
    portal.clock.advance(2 * MINUTE)
    browser = portal.browser()
    session = session_of(portal, browser)
    flow_id = mailed(portal, session, browser).flow_id
    under(portal, STRICTER)
    mails = len(portal.outbox.mails)
    portal.elaas.submit_one_time_code(flow_id, portal.code(), browser=browser)
    assert 2 == len(portal.outbox.mails) - mails
