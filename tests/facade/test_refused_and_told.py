"""What listeners are told of a refusal, and what a caller is, where an act comes to it by a rare way (R7.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elaas_identity import AccountKind, Browser, Ended, ProviderFailed, Session, SignInPolicy
from elaas_identity.change import Change, Conflict, Exhausted
from elaas_identity.effects import CheckDeliverability, Commit, Effect, Hash, Pause, Revoke, Verify
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.flow.transitions import Stage
from elaas_identity.mail.address import EmailPolicy
from tests.facade.acts import PAYMENT
from tests.facade.app import asked, asking_for_an_app, enrolled
from tests.facade.interposed import interposed, once
from tests.facade.officer import BOUND, WHY, onboard, refused, session_of, through_thaid
from tests.facade.portal import CHOSEN, Portal, made
from tests.facade.stored import stored_flow
from tests.facade.test_identity_first import WRONG, proven
from tests.facade.waiting import await_it, provisioned


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """One whose officer has onboarded."""
    with made("sync-memory", tmp_path, FOR_TESTS) as built:
        onboard(built)
        built.clock.shift(minutes=2)
        yield built


ACTS: dict[str, Callable[[Any, Session, Browser], Any]] = {
    "recover": lambda elaas, _, browser: elaas.recover(browser=browser),
    "begin_with_thaid": lambda elaas, _, browser: elaas.begin_with_thaid(browser=browser),
    "change_password": lambda elaas, session, browser: elaas.change_password(
        session, CHOSEN, browser=browser
    ),
    "change_email": lambda elaas, session, browser: elaas.change_email(session, browser=browser),
    "enrol_authenticator": lambda elaas, session, browser: elaas.enrol_authenticator(
        session, browser=browser
    ),
    "step_up": lambda elaas, session, browser: elaas.step_up(session, PAYMENT, browser=browser),
}


@pytest.mark.parametrize("act", ACTS)
def test_inv4_a_token_that_is_not_ours_is_told_as_a_refused_flow(portal: Portal, act: str) -> None:
    """Who tries forged cookies would leave no trace."""
    session = session_of(portal, portal.browser())
    forged = replace(portal.browser(), token="forged")
    portal.events.clear()
    assert "browser_unknown" == refused(ACTS[act], portal.elaas, session, forged).code
    (event,) = portal.events
    assert ("flow.refused", "refused", "browser_unknown", None, None, "req-1") == (
        event.kind,
        event.outcome,
        event.code,
        event.flow_id,
        event.account_id,
        event.correlation_id,
    )


@pytest.mark.parametrize("known", [True, False])
def test_a_session_that_is_outdated_is_told_by_its_account_where_there_can_be_one(
    portal: Portal, known: bool
) -> None:
    """The trail would hold what a broken portal calls an account."""
    browser = portal.browser()
    session = session_of(portal, browser)
    if known:
        portal.elaas.accounts.suspend(session.account_id, by="admin-1", reason="order 7/2568")
    else:
        session = replace(session, account_id="no id at all")
    portal.events.clear()
    code = "sign_in_outdated" if known else "account_unknown"
    assert code == refused(portal.elaas.change_email, session, browser=browser).code
    (event,) = portal.events
    assert ("flow.refused", code, session.account_id if known else None, "req-1") == (
        event.kind,
        event.code,
        event.account_id,
        event.correlation_id,
    )


def test_a_failure_that_the_store_does_not_count_is_answered_neither_way(portal: Portal) -> None:
    """Whoever makes the store refuse to count would guess without end."""
    met = 0

    def before(effect: Effect) -> Conflict | None:
        nonlocal met
        met += isinstance(effect, Commit)
        return Conflict() if isinstance(effect, Commit) and met == 2 else None

    with interposed(portal, before), pytest.raises(ProviderFailed) as failed:
        portal.begin(portal.browser(), password=WRONG)
    assert "store_contended" == failed.value.code


def test_an_account_that_is_not_the_persons_is_refused_by_its_field(portal: Portal) -> None:
    """A page would mark nothing."""
    browser = portal.browser()
    progress = through_thaid(portal, portal.elaas.recover(browser=browser), browser)
    unknown = refused(portal.elaas.choose_account, progress.flow_id, "f" * 32, browser=browser)
    assert ("account_unknown", "account_id") == (unknown.code, unknown.field)


def test_inv3_the_sixth_code_of_the_app_at_once_is_refused_by_how_long_to_wait(tmp_path: Path) -> None:
    """Five that come in between use the attempts up after this one was let in."""
    with asking_for_an_app("sync-memory", tmp_path) as portal:
        app, browser = enrolled(portal), portal.browser()
        flow_id = asked(portal, browser).flow_id

        def five() -> None:
            for _ in range(5):
                refused(portal.elaas.submit_authenticator_code, flow_id, app.wrong(), browser=browser)

        with interposed(portal, once(Commit, five)):
            late = refused(portal.elaas.submit_authenticator_code, flow_id, app.code(), browser=browser)
        assert ("authenticator_code_exhausted", portal.policy.flow_lifetime * 2) == (
            late.code,
            late.retry_after,
        )


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
    chosen = portal.elaas.choose_account(
        progress.flow_id,
        progress.step.choices[0].account.id,
        browser=browser,  # type: ignore[union-attr]
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


def test_the_flow_of_a_proven_person_knows_whose_it_is(portal: Portal) -> None:
    """The approval of another person's flow would be looked at."""
    browser = portal.browser()
    flow_id = proven(portal, browser).flow_id
    done = portal.elaas.submit_credential(flow_id, "laas-5100101", CHOSEN, browser=browser)
    assert "signed_in" == done.step.kind
    assert ("pwd", "mfa") == tuple(
        method for method in done.step.assurance.methods if method in ("pwd", "mfa")
    )


@pytest.mark.parametrize("store_fails", [False, True])
def test_inv5_a_notice_of_an_administrators_act_that_fails_is_told_by_the_account(
    portal: Portal, caplog: pytest.LogCaptureFixture, store_fails: bool
) -> None:
    """Nobody would learn that the officer was not told; or an act that is done would look undone."""
    account_id = session_of(portal, portal.browser()).account_id
    portal.outbox.fail_next("mail_not_accepted")
    portal.events.clear()

    def before(effect: Effect) -> None:
        is_of_notice = isinstance(effect, Commit) and any(
            getattr(each, "kind", "") == "notice.failed" for each in effect.change.inserts
        )
        if store_fails and is_of_notice:
            raise ProviderFailed("store_unavailable")

    with interposed(portal, before), caplog.at_level("WARNING"):
        account = portal.elaas.accounts.suspend(account_id, by="admin-1", reason="order 7/2568")
    assert "suspended" == account.status
    told = [(each.kind, each.outcome, each.code, each.account_id, each.flow_id) for each in portal.events]
    failed = ("notice.failed", "failed", "mail_not_accepted", account_id, None)
    assert [("account.suspended", "done", None, account_id, None), failed][: 1 if store_fails else 2] == told
    said = [record.getMessage() for record in caplog.records]
    assert (["an event was not recorded: notice.failed: store_unavailable"] if store_fails else []) == said


def test_r9_5_a_token_that_thaid_does_not_take_back_is_logged_by_its_code(
    portal: Portal, caplog: pytest.LogCaptureFixture
) -> None:
    """An operator would not learn that tokens stay good."""
    browser = portal.browser()
    portal.provision("another")
    progress = portal.begin(browser, "another")

    def before(effect: Effect) -> None:
        if isinstance(effect, Revoke):
            raise ProviderFailed("identity_provider_unavailable")

    with interposed(portal, before), caplog.at_level("WARNING"):
        assert "provide_email" == through_thaid(portal, progress, browser).step.kind
    assert ["revocation failed: identity_provider_unavailable"] == [
        record.getMessage() for record in caplog.records
    ]


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


def test_r9_5_who_changes_the_password_while_hashing_fails_has_not_failed(portal: Portal) -> None:
    """A right password would count as wrong ones, until the person is shut out."""
    browser = portal.browser()
    session = session_of(portal, browser)

    def before(effect: Effect) -> None:
        if isinstance(effect, Verify):
            raise ProviderFailed("hashing_failed")

    with interposed(portal, before) as effects, pytest.raises(ProviderFailed, match="hashing_failed"):
        portal.elaas.change_password(session, CHOSEN, browser=browser)
    charged, given_back = (effect.change for effect in effects if isinstance(effect, Commit))
    assert [each.id for each in charged.charges] == [each.id for each in given_back.refunds] != []


def test_r9_5_who_signs_in_while_they_wait_and_hashing_fails_has_not_failed(tmp_path: Path) -> None:
    """The same of who awaits an approval, whose new password is looked at."""
    with made("sync-memory", tmp_path, FOR_TESTS) as portal:
        provisioned(portal)
        await_it(portal)

        def before(effect: Effect) -> None:
            if isinstance(effect, Verify):
                raise ProviderFailed("hashing_failed")

        with interposed(portal, before) as effects, pytest.raises(ProviderFailed, match="hashing_failed"):
            portal.begin(portal.browser(), password=CHOSEN)
        charged, given_back = (effect.change for effect in effects if isinstance(effect, Commit))
        assert [each.id for each in charged.charges] == [each.id for each in given_back.refunds] != []


def test_inv7_who_is_suspended_while_they_begin_is_told_so(portal: Portal) -> None:
    """A session that an administrator has just ended would begin a change of the address."""
    browser = portal.browser()
    session = session_of(portal, browser)
    suspend = once(Commit, lambda: portal.elaas.accounts.suspend(session.account_id, **WHY))
    with interposed(portal, suspend):
        late = refused(portal.elaas.change_email, session, browser=browser)
    assert "sign_in_outdated" == late.code
    assert ("flow.refused", "sign_in_outdated", session.account_id) == (
        portal.events[-1].kind,
        portal.events[-1].code,
        portal.events[-1].account_id,
    )


def test_f71_who_waits_for_a_turn_waits_no_longer_than_was_said(portal: Portal) -> None:
    """One more turn than it takes until the first of those in flight lapses; or a refusal before that."""

    def before(effect: Effect) -> Exhausted | None:
        if isinstance(effect, Commit) and effect.change.charges:
            return Exhausted(effect.change.charges[0].budget, timedelta(seconds=1))
        return timedelta(0) if isinstance(effect, Pause) else None  # type: ignore[return-value]

    with interposed(portal, before) as effects:
        throttled = refused(portal.begin, portal.browser(), password=CHOSEN)
    assert "sign_in_throttled" == throttled.code
    waited = [effect.length for effect in effects if isinstance(effect, Pause)]
    assert [timedelta(milliseconds=100)] * 10 == waited


def test_what_cannot_be_an_id_is_never_asked_of_a_store(portal: Portal) -> None:
    """A database would be sent whatever stands in an address line."""
    with interposed(portal, lambda _: None) as effects:
        assert "account_unknown" == refused(portal.elaas.accounts.get, "no id at all").code
    assert [] == effects


def test_r1_3_an_entry_that_is_there_already_costs_no_hash(portal: Portal) -> None:
    """A list that is imported again would take minutes."""
    with interposed(portal, lambda _: None) as effects:
        portal.provision("twice")
        first = sum(isinstance(effect, Hash) for effect in effects)
        portal.provision("twice")
    assert 1 == first == sum(isinstance(effect, Hash) for effect in effects)
