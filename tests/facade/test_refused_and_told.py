"""What listeners are told of a refusal, and what a caller is, where an act comes to it by a rare way (R7.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elaas_identity import Browser, ProviderFailed, Session
from elaas_identity.change import Conflict, Exhausted
from elaas_identity.effects import Commit, Effect, Hash, Pause, Revoke, Verify
from elaas_identity.flow.policy import FOR_TESTS
from tests.facade.acts import PAYMENT
from tests.facade.app import asked, asking_for_an_app, enrolled
from tests.facade.interposed import interposed, once
from tests.facade.officer import WHY, onboard, refused, session_of, through_thaid
from tests.facade.portal import CHOSEN, Portal, made
from tests.facade.test_identity_first import WRONG
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
