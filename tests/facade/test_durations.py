"""Durations at both ends, counted from the instant that the docs name; and a policy that is stricter by now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from elaas_identity import (
    AccountKind,
    Browser,
    EnterOneTimeCode,
    FirstUse,
    PasswordSet,
    Progress,
    ProvideEmail,
    SignInPolicy,
    VerifyIdentity,
)
from elaas_identity.flow.advance import Rules
from elaas_identity.flow.policy import FOR_TESTS, FlowPolicy
from elaas_identity.flow.transitions import TABLE, Purpose, Stage
from elaas_identity.mail.address import EmailPolicy
from elaas_identity.person.assurance import IAL
from tests.facade.acts import Acts
from tests.facade.kinds import BY_KIND, kind_for
from tests.facade.officer import onboard, refused, session_of
from tests.facade.portal import CHOSEN, Portal, made, progress_of
from tests.facade.stored import stored_flow
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
    portal.clock.shift(passed)
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
    portal.clock.shift(50 * MINUTE)
    query = portal.callback_query(begun.flow_id, browser)
    assert begun.expires_at == portal.elaas.authorize(begun.flow_id, browser=browser).expires_at
    portal.clock.shift(10 * MINUTE - INSTANT)
    assert isinstance(portal.elaas.receive_callback(query, browser=browser).step, ProvideEmail)


@pytest.mark.parametrize(("passed", "left"), [(DAY - INSTANT, INSTANT), (DAY, None)])
def test_a_new_address_is_trusted_a_day_after_it_was_confirmed(
    portal: Portal, passed: timedelta, left: timedelta | None
) -> None:
    """The day would be counted from when the change began, and the notice to the old mailbox come too late."""
    account_id = onboard(portal)
    portal.clock.shift(2 * MINUTE)
    browser = portal.browser()
    session = session_of(portal, browser)
    flow_id = mailed(portal, session, browser).flow_id
    portal.clock.shift(9 * MINUTE)
    portal.elaas.submit_one_time_code(flow_id, portal.code(), browser=browser)
    portal.clock.shift(passed)
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
        portal.clock.shift(passed)
        early = refused(portal.elaas.resend_one_time_code, progress.flow_id, browser=browser)
        assert ("mail_throttled", at - portal.clock()) == (early.code, early.retry_after)
        stands = portal.elaas.current(progress.flow_id, browser=browser)
        assert stands == early.progress
        assert (at, False) == (stands.step.resend_at, "resend_one_time_code" in stands.allowed)
    for passed in (INSTANT, MINUTE):
        portal.clock.shift(passed)
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
    portal.clock.shift(10 * MINUTE - INSTANT)
    assert by_code <= set(portal.elaas.current(flow_id, browser=browser).allowed)
    portal.clock.shift(INSTANT)
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
    portal.clock.shift(MINUTE)
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
    portal.elaas._rules = portal.elaas.accounts._rules = Rules(policy, portal.keyring)


@pytest.mark.parametrize("stage", ["code", "password"])
def test_what_was_accepted_goes_on_under_a_stricter_policy(portal: Portal, stage: str) -> None:
    """A deployment would strand who is half-way: with an address or a code that was accepted."""
    portal.provision()
    browser = portal.browser()
    progress = portal.mailed(browser) if stage == "code" else portal.confirmed(browser)
    portal.clock.shift(2 * MINUTE)
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
    portal.clock.shift(2 * MINUTE)
    browser = portal.browser()
    session = session_of(portal, browser)
    flow_id = mailed(portal, session, browser).flow_id
    under(portal, STRICTER)
    mails = len(portal.outbox.mails)
    portal.elaas.submit_one_time_code(flow_id, portal.code(), browser=browser)
    assert 2 == len(portal.outbox.mails) - mails


TIGHTENED = replace(
    BY_KIND,
    email=STRICTER.email,
    passwords=replace(FOR_TESTS.passwords, minimum_length=30, minimum_length_beside_factor=30, remembered=5),
    sign_in=SignInPolicy.PASSWORD_AND_TOTP,
    sign_in_by_kind=dict.fromkeys(AccountKind, SignInPolicy.PASSWORD_AND_THAID),
    minimum_ial=IAL.parse("2.3"),
    flow_lifetime=MINUTE,
    attempt_lifetime=MINUTE,
    live_attempts=1,
    approval_lifetime=HOUR,
    step_up_lifetime=MINUTE / 2,
    one_time_code_digits=10,
    one_time_code_lifetime=MINUTE,
    code_attempts_per_flow=1,
    mails_per_flow=3,
    mail_cool_down=MINUTE / 2,
    four_eyes=frozenset({"suspend"}),
)
LOOSENED = replace(
    BY_KIND,
    sign_in_by_kind={},
    minimum_ial=None,
    flow_lifetime=3 * HOUR,
    one_time_code_digits=6,
    code_attempts_per_flow=10,
    mail_cool_down=MINUTE / 60,
)
GOES_ON = {
    Stage.IDENTITY: Acts.returned,
    Stage.ACCOUNT: Acts.account_chosen,
    Stage.CREDENTIAL: Acts.credential_accepted,
    Stage.EMAIL: lambda acts: acts.give("clerk@other.example.go.th"),
    Stage.ONE_TIME_CODE: Acts.code_confirmed,
    Stage.PASSWORD: Acts.sets,
    Stage.APPROVAL: Acts.approved,
    Stage.AUTHENTICATOR: Acts.authenticator_confirmed,
    Stage.AUTHENTICATOR_CODE: Acts.authenticator_code_accepted,
    Stage.PROOF: Acts.proof_used,
}
"""What a person, or their administrator, does next where they stand."""


WHERE = sorted(
    {(purpose, stage) for purpose, stage, _ in TABLE if stage not in (Stage.START, Stage.DONE, Stage.ENDED)}
)


def test_f61_every_stage_at_which_a_policy_can_change_is_played() -> None:
    """A stage that is added would be left out of the next test."""
    played = {stage for _, stage in WHERE}
    assert set(GOES_ON) == played == set(Stage) - {Stage.START, Stage.DONE, Stage.ENDED}


@pytest.mark.parametrize("policy", [TIGHTENED, LOOSENED], ids=["tightened", "loosened"])
@pytest.mark.parametrize(("purpose", "stage"), WHERE)
def test_f61_who_is_half_way_goes_on_under_another_policy(
    tmp_path: Path, purpose: Purpose, stage: Stage, policy: FlowPolicy
) -> None:
    """A deployment would end the way of who is on it, or ask again for what was accepted."""
    with made("sync-memory", tmp_path, BY_KIND) as portal:
        awaits = {"person": FirstUse(needs_approval=True)} if stage is Stage.APPROVAL else {}
        acts = Acts(portal, kind_for(purpose, stage), **awaits)
        acts.arrive(purpose, stage)
        before = portal.elaas.current(acts.flow_id, browser=acts.browser)
        under(portal, policy)
        if stage is not Stage.PROOF:
            portal.clock.shift(2 * MINUTE)
        after = portal.elaas.current(acts.flow_id, browser=acts.browser)
        assert before.step.kind == after.step.kind
        assert set(before.allowed) <= set(after.allowed)
        assert before.expires_at == after.expires_at
        for _ in range(6):
            reached = stored_flow(portal, acts.flow_id)
            if reached.stage is Stage.DONE:
                break
            GOES_ON[reached.stage](acts)
        assert Stage.DONE is stored_flow(portal, acts.flow_id).stage


@pytest.mark.parametrize("digits", [6, 7, 10])
def test_f61_a_code_is_as_long_as_it_was_made(portal: Portal, digits: int) -> None:
    """The code in the mail would not fit into the page, and no attempt at it would count."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.mailed(browser).flow_id
    code = portal.code()
    under(portal, replace(FOR_TESTS, one_time_code_digits=digits))
    assert 8 == portal.elaas.current(flow_id, browser=browser).step.digits
    short = refused(
        portal.elaas.submit_one_time_code, flow_id, code[:digits].ljust(digits, "0"), browser=browser
    )
    assert ("one_time_code_malformed", "not 8 digits") == (short.code, short.detail)
    assert "set_password" == portal.elaas.submit_one_time_code(flow_id, code, browser=browser).step.kind


@pytest.mark.parametrize("lifetime", [MINUTE, 9 * MINUTE])
def test_f61_a_mail_that_was_not_sent_may_be_asked_for_again_whatever_codes_live_for_now(
    portal: Portal, lifetime: timedelta
) -> None:
    """The person would wait nine minutes for a mail that nobody sent."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.identify(browser).flow_id
    portal.outbox.fail_next("mail_recipient_refused")
    refused(portal.elaas.submit_email, flow_id, "clerk@sommut.example.go.th", browser=browser)
    asked_at = portal.clock()
    under(portal, replace(FOR_TESTS, one_time_code_lifetime=lifetime))
    assert asked_at == portal.elaas.current(flow_id, browser=browser).step.resend_at
    assert "enter_one_time_code" == portal.elaas.resend_one_time_code(flow_id, browser=browser).step.kind


def test_f61_whose_attempts_are_used_up_by_a_lower_limit_begins_again(portal: Portal) -> None:
    """Who has typed a wrong code before the limit was lowered would be stuck at the code, or past it."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.mailed(browser).flow_id
    refused(portal.elaas.submit_one_time_code, flow_id, portal.wrong_code(), browser=browser)
    with_limit = replace(FOR_TESTS, code_attempts_per_flow=1)
    under(portal, with_limit)
    over = refused(portal.elaas.submit_one_time_code, flow_id, portal.code(), browser=browser)
    assert "one_time_code_exhausted" == over.code
    portal.clock.shift(2 * MINUTE)
    assert isinstance(portal.onboarded(browser).step, PasswordSet)


def test_f61_a_code_that_was_right_stays_so_under_a_lower_limit(portal: Portal) -> None:
    """Who is past the code would be sent back to it."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.mailed(browser).flow_id
    refused(portal.elaas.submit_one_time_code, flow_id, portal.wrong_code(), browser=browser)
    portal.elaas.submit_one_time_code(flow_id, portal.code(), browser=browser)
    under(portal, replace(FOR_TESTS, code_attempts_per_flow=1))
    assert isinstance(portal.elaas.set_password(flow_id, CHOSEN, browser=browser).step, PasswordSet)
