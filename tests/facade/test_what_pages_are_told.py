"""What a page is told of where its person stands, where a policy, an older record or a mail makes it rare (R3, R8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from elaas_identity import AccountKind, ChooseAccount, Ended, ProviderFailed, SignInPolicy
from elaas_identity.change import Change
from elaas_identity.effects import CheckDeliverability, Effect
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.flow.transitions import Stage
from elaas_identity.mail.address import EmailPolicy
from tests.facade.interposed import interposed
from tests.facade.officer import BOUND, onboard, refused, through_thaid
from tests.facade.portal import Portal, made
from tests.facade.stored import stored_flow


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """One whose officer has onboarded."""
    with made("sync-memory", tmp_path, FOR_TESTS) as built:
        onboard(built)
        built.clock.shift(minutes=2)
        yield built


def test_r8_3_the_domain_of_the_address_is_asked_for_as_long_as_the_policy_says(tmp_path: Path) -> None:
    """Another domain would be asked for, or a person wait for a resolver that is down."""
    policy = replace(FOR_TESTS, email=EmailPolicy(check_deliverability=True))
    with made("sync-memory", tmp_path, policy) as portal:
        portal.provision()
        browser = portal.browser()
        flow_id = portal.identify(browser).flow_id

        def before(effect: Effect) -> bool | None:
            return True if isinstance(effect, CheckDeliverability) else None

        with interposed(portal, before) as effects:
            portal.elaas.submit_email(flow_id, BOUND, browser=browser)
        (question,) = (effect for effect in effects if isinstance(effect, CheckDeliverability))
        assert (BOUND, policy.email.deliverability_timeout) == (question.address.value, question.timeout)


@pytest.mark.parametrize("digits", [6, 10])
def test_r3_1_a_code_has_the_digits_that_the_policy_said_when_it_was_made(
    tmp_path: Path, digits: int
) -> None:
    """A restart with another policy would make every code that is under way malformed."""
    with made("sync-memory", tmp_path, replace(FOR_TESTS, one_time_code_digits=digits)) as portal:
        portal.provision()
        browser = portal.browser()
        progress = portal.mailed(browser)
        assert (digits, digits) == (len(portal.code()), progress.step.digits)  # type: ignore[union-attr]
        rules = portal.elaas._rules
        with_other = replace(rules, policy=replace(rules.policy, one_time_code_digits=8))
        portal.elaas._rules = with_other
        stands = portal.elaas.current(progress.flow_id, browser=browser)
        assert digits == stands.step.digits
        wrong = refused(
            portal.elaas.submit_one_time_code, progress.flow_id, portal.wrong_code(), browser=browser
        )
        assert "one_time_code_wrong" == wrong.code


def test_a_person_who_has_typed_the_address_sees_it_and_nobody_else(portal: Portal) -> None:
    """A mistyped letter would be seen by nobody; or the address of an account by whoever recovers it."""
    browser = portal.browser()
    progress = through_thaid(portal, portal.elaas.recover(browser=browser), browser)
    assert isinstance(progress.step, ChooseAccount)
    chosen = portal.elaas.choose_account(
        progress.flow_id, progress.step.choices[0].account.id, browser=browser
    )
    assert (None, "cl•••@sommut.example.go.th") == (chosen.step.email, chosen.step.email_masked)
    portal.provision("another")
    other = portal.browser()
    started = portal.begin(other, "another")
    mailed = portal.elaas.submit_email(
        through_thaid(portal, started, other).flow_id, "typed@sommut.example.go.th", browser=other
    )
    assert "typed@sommut.example.go.th" == mailed.step.email


def test_inv5_a_mail_whose_fate_is_unknown_is_in_doubt_until_the_next_one(portal: Portal) -> None:
    """A page would say for ever that nobody knows; or say that it was sent."""
    portal.provision("another")
    browser = portal.browser()
    started = portal.begin(browser, "another")
    flow_id = through_thaid(portal, started, browser).flow_id
    portal.outbox.fail_next("mail_outcome_unknown")
    with pytest.raises(ProviderFailed):
        portal.elaas.submit_email(flow_id, "typed@sommut.example.go.th", browser=browser)
    assert "unknown" == portal.elaas.current(flow_id, browser=browser).step.mail
    portal.clock.shift(minutes=2)
    assert "sent" == portal.elaas.resend_one_time_code(flow_id, browser=browser).step.mail


@pytest.mark.parametrize(("seconds", "minutes"), [(600, 10), (599, 9), (120, 2)])
def test_r3_2_the_mail_says_no_longer_life_than_its_code_has(
    tmp_path: Path, seconds: int, minutes: int
) -> None:
    """A person would type a code in time by the mail, and be refused."""
    policy = replace(FOR_TESTS, one_time_code_lifetime=timedelta(seconds=seconds))
    with made("sync-memory", tmp_path, policy) as portal:
        portal.provision()
        portal.mailed(portal.browser())
        assert f"ภายใน {minutes} นาที" in portal.outbox.latest.text


def test_a_flow_of_an_older_version_is_read_by_the_policy(portal: Portal) -> None:
    """After an upgrade the people under way would find a page that fails."""
    portal.provision("another")
    browser = portal.browser()
    flow_id = through_thaid(portal, portal.begin(browser, "another"), browser).flow_id
    portal.elaas.submit_email(flow_id, "typed@sommut.example.go.th", browser=browser)
    flow = stored_flow(portal, flow_id)
    asked_at = flow.one_time_code_asked_at
    older = replace(flow, one_time_code_digits=None, one_time_code_asked_at=None, one_time_code_sent_at=None)
    portal.store.commit(Change(writes=(older,)))
    step = portal.elaas.current(flow_id, browser=browser).step
    assert (8, "not_sent", asked_at) == (step.digits, step.mail, step.resend_at)
    confirmed = portal.elaas.submit_one_time_code(flow_id, portal.code(), browser=browser)
    assert "set_password" == confirmed.step.kind


def test_a_flow_that_ended_without_a_word_was_cancelled(portal: Portal) -> None:
    """A flow of a version that kept no reason would have no page."""
    browser = portal.browser()
    flow_id = portal.elaas.recover(browser=browser).flow_id
    flow = stored_flow(portal, flow_id)
    portal.store.commit(Change(writes=(replace(flow, stage=Stage.ENDED, end=None),)))
    assert Ended(reason="cancelled") == portal.elaas.current(flow_id, browser=browser).step


def test_a_code_that_ends_before_the_next_mail_may_go_leaves_nothing_to_press_but_a_new_address(
    tmp_path: Path,
) -> None:
    """A page would offer a code that is over, or a mail that would be refused."""
    policy = replace(
        FOR_TESTS, one_time_code_lifetime=timedelta(minutes=1), mail_cool_down=timedelta(minutes=5)
    )
    with made("sync-memory", tmp_path, policy) as portal:
        portal.provision()
        browser = portal.browser()
        flow_id = portal.mailed(browser).flow_id
        portal.clock.shift(minutes=1)
        assert ("submit_email", "cancel") == portal.elaas.current(flow_id, browser=browser).allowed
        portal.clock.shift(minutes=4)
        assert "resend_one_time_code" in portal.elaas.current(flow_id, browser=browser).allowed


def test_r2_1_the_page_and_the_check_follow_the_accounts_kind(tmp_path: Path) -> None:
    """A page would ask for fifteen characters where eight will do, or the other way about."""
    policy = replace(
        FOR_TESTS, sign_in_by_kind={AccountKind.LOCAL_GOVERNMENT: SignInPolicy.PASSWORD_AND_THAID}
    )
    with made("sync-memory", tmp_path, policy) as portal:
        portal.provision()
        browser = portal.browser()
        progress = portal.confirmed(browser)
        assert 8 == progress.step.minimum_length  # type: ignore[union-attr]
        done = portal.elaas.set_password(progress.flow_id, "kmvtbxqz", browser=browser)
        assert "password_set" == done.step.kind
