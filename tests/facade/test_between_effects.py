"""Another tab, an administrator or a failing provider, between two effects of one act."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from elaas_identity import (
    Browser,
    Ended,
    EnterOneTimeCode,
    Progress,
    ProvideCredential,
    ProvideEmail,
    ProviderFailed,
)
from elaas_identity.change import Change, Conflict
from elaas_identity.effects import AuthorizationURL, Commit, Draw, Effect, Hash, Load, Redeem, Revoke, Verify
from elaas_identity.flow.policy import FOR_TESTS
from tests.facade.interposed import interposed, once
from tests.facade.officer import onboard, refused
from tests.facade.portal import CHOSEN, ISSUED, STRANGER, USERNAME, Portal, made
from tests.facade.stored import stored_flow
from tests.facade.test_identity_first import WRONG, proven


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """One whose effects can be told apart."""
    with made("sync-memory", tmp_path, FOR_TESTS) as built:
        yield built


def test_inv9_a_wrong_credential_says_which_field_only_where_the_person_is_proven(portal: Portal) -> None:
    """A page would mark no field; or a guesser would be told more than that it was wrong."""
    onboard(portal)
    browser = portal.browser()
    flow_id = proven(portal, browser).flow_id
    wrong = refused(portal.elaas.submit_credential, flow_id, USERNAME, WRONG, browser=browser)
    assert ("credential_wrong", "username") == (wrong.code, wrong.field)
    assert isinstance(wrong.progress and wrong.progress.step, ProvideCredential)
    wrong = refused(portal.begin, browser, password=WRONG)
    assert ("credential_wrong", None, None) == (wrong.code, wrong.field, wrong.progress)


def test_a_refused_credential_says_where_the_flow_stands_by_then(portal: Portal) -> None:
    """The page would show a form of a flow that another tab has ended."""
    onboard(portal)
    browser = portal.browser()
    flow_id = proven(portal, browser).flow_id
    with interposed(portal, once(Verify, lambda: portal.elaas.cancel(flow_id, browser=browser))):
        wrong = refused(portal.elaas.submit_credential, flow_id, USERNAME, WRONG, browser=browser)
    assert wrong.progress is not None
    assert Ended(reason="cancelled") == wrong.progress.step


def test_r4_1_who_is_overtaken_by_another_tab_has_not_failed(portal: Portal) -> None:
    """A right password would count as a wrong one; or the page would not go on with what the other tab began."""
    portal.provision()
    browser = portal.browser()
    flow_id = proven(portal, browser).flow_id

    def submit() -> None:
        portal.elaas.submit_credential(flow_id, USERNAME, ISSUED, browser=browser)

    with interposed(portal, once(Commit, submit, at=2)) as effects:
        late = refused(submit)
    assert "out_of_order" == late.code
    assert late.progress is not None
    assert isinstance(late.progress.step, ProvideEmail)
    changes = [effect.change for effect in effects if isinstance(effect, Commit)]
    charged, given_back = changes[0].charges, changes[-1].refunds
    assert [(each.budget, each.id) for each in charged] == [(each.budget, each.id) for each in given_back]


@pytest.mark.parametrize("store_fails", [False, True])
def test_r9_5_a_failure_of_hashing_is_told_whatever_the_store_does(portal: Portal, store_fails: bool) -> None:
    """The error of the failing provider would be replaced by one of a store that fails as well."""
    onboard(portal)
    browser = portal.browser()
    flow_id = proven(portal, browser).flow_id

    hashing = True

    def fails(effect: Effect) -> None:
        nonlocal hashing
        if isinstance(effect, Verify):
            hashing = False
            raise ProviderFailed("hashing_failed")
        if store_fails and not hashing and isinstance(effect, (Commit, Load)):
            raise ProviderFailed("store_unavailable")

    with interposed(portal, fails) as effects, pytest.raises(ProviderFailed) as failed:
        portal.elaas.submit_credential(flow_id, USERNAME, CHOSEN, browser=browser)
    assert "hashing_failed" == failed.value.code
    assert failed.value.progress is not None
    assert isinstance(failed.value.progress.step, ProvideCredential)
    given_back = [effect.change for effect in effects if isinstance(effect, Commit) and effect.change.refunds]
    assert [((), ())] == [(change.writes, change.inserts) for change in given_back]


@pytest.mark.parametrize(
    "begin",
    [
        lambda portal, browser: portal.begin(browser),
        lambda portal, browser: portal.elaas.recover(browser=browser),
        lambda portal, browser: portal.elaas.begin_with_thaid(browser=browser),
    ],
    ids=["begin", "recover", "begin_with_thaid"],
)
def test_r9_5_a_beginning_that_the_store_does_not_take_is_a_failure_of_ours(
    portal: Portal, begin: Callable[[Portal, Browser], object]
) -> None:
    """A password would be verified without having been counted; or a flow be shown that does not exist."""
    portal.provision()
    with (
        interposed(portal, lambda effect: Conflict() if isinstance(effect, Commit) else None) as effects,
        pytest.raises(ProviderFailed) as failed,
    ):
        begin(portal, portal.browser())
    assert "store_contended" == failed.value.code
    assert 1 == sum(isinstance(effect, Commit) for effect in effects)
    assert not any(isinstance(effect, Verify) for effect in effects)


def test_r4_1_a_portal_that_does_not_tell_the_client_has_its_failures_counted_by_name(portal: Portal) -> None:
    """Behind a proxy that hides the client nobody could sign in; or all would share one budget."""
    portal.provision()
    with interposed(portal, lambda _: None) as effects:
        portal.begin(portal.browser(address=None))
    charged = next(effect.change.charges for effect in effects if isinstance(effect, Commit))
    assert 5 == len(charged)
    assert "sign_in.client" not in {charge.budget.name for charge in charged}


def test_r1_6_thaid_is_asked_for_a_login_of_the_last_minute(portal: Portal) -> None:
    """An old session at ThaID would be proof of who sits there now."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.begin(browser).flow_id
    with interposed(portal, lambda _: None) as effects:
        portal.elaas.authorize(flow_id, browser=browser)
    (asked,) = (effect for effect in effects if isinstance(effect, AuthorizationURL))
    assert timedelta(seconds=60) == asked.max_age


def test_where_the_address_of_thaid_is_not_to_be_had_the_flow_says_where_it_stands(portal: Portal) -> None:
    """The page of the failure would offer nothing."""
    portal.provision()
    browser = portal.browser()
    begun = portal.begin(browser)
    portal.idp.url_failure = ProviderFailed("identity_provider_unavailable")
    with pytest.raises(ProviderFailed) as failed:
        portal.elaas.authorize(begun.flow_id, browser=browser)
    assert begun == failed.value.progress


FAR = timedelta(days=3650)


@pytest.mark.parametrize("act", ["code", "password", "resend", "cancel", "credential"])
def test_a_flow_that_is_purged_meanwhile_is_unknown(portal: Portal, act: str) -> None:
    """An act would fail untyped, or be done for a flow that is not there any more."""
    portal.provision()
    browser = portal.browser()
    begun: dict[str, Callable[[Browser], Progress]] = {
        "password": portal.confirmed,
        "credential": lambda browser: proven(portal, browser),
    }
    flow_id = begun.get(act, portal.mailed)(browser).flow_id
    portal.clock.shift(minutes=2)
    calls: dict[str, Callable[[], object]] = {
        "code": lambda: portal.elaas.submit_one_time_code(flow_id, portal.code(), browser=browser),
        "password": lambda: portal.elaas.set_password(flow_id, CHOSEN, browser=browser),
        "resend": lambda: portal.elaas.resend_one_time_code(flow_id, browser=browser),
        "cancel": lambda: portal.elaas.cancel(flow_id, browser=browser),
        "credential": lambda: portal.elaas.submit_credential(flow_id, USERNAME, ISSUED, browser=browser),
    }
    portal.events.clear()
    with interposed(portal, once(Commit, lambda: portal.store.purge(portal.clock() + FAR))):
        gone = refused(calls[act])
    assert ("flow_unknown", None) == (gone.code, gone.progress)
    (event,) = portal.events
    assert ("flow.refused", "refused", "flow_unknown", flow_id) == (
        event.kind,
        event.outcome,
        event.code,
        event.flow_id,
    )


def test_a_wrong_code_in_a_flow_that_is_purged_meanwhile_says_where_it_stood(portal: Portal) -> None:
    """The refusal would fail untyped."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.mailed(browser).flow_id
    purge = once(Commit, lambda: portal.store.purge(portal.clock() + FAR), at=2)
    with interposed(portal, purge):
        wrong = refused(portal.elaas.submit_one_time_code, flow_id, portal.wrong_code(), browser=browser)
    assert "one_time_code_wrong" == wrong.code
    assert wrong.progress is not None
    assert isinstance(wrong.progress.step, EnterOneTimeCode)


@pytest.mark.parametrize(("act", "code"), [("expire", "flow_expired"), ("unlock", "flow_superseded")])
def test_r7_1_an_end_that_another_tab_wrote_is_told_as_a_refusal(portal: Portal, act: str, code: str) -> None:
    """Of two tabs that find the end, one would leave no trace, or both would write it."""
    account_id = portal.provision()
    browser = portal.browser()
    progress = portal.mailed(browser)
    if act == "expire":
        portal.clock.shift(progress.expires_at - portal.clock())
    else:
        portal.elaas.accounts.unlock(account_id, by="admin-1", reason="called")
    other_tab = once(Commit, lambda: refused(portal.elaas.cancel, progress.flow_id, browser=browser))
    portal.events.clear()
    with interposed(portal, other_tab):
        late = refused(portal.elaas.resend_one_time_code, progress.flow_id, browser=browser)
    assert code == late.code
    assert [(code.replace("_", "."), None), ("flow.refused", code)] == [
        (event.kind, event.code) for event in portal.events
    ]


def test_a_reload_of_a_flow_that_another_one_follows_shows_that_one(portal: Portal) -> None:
    """The back button would show the end of the first flow, and not where the person stands."""
    portal.provision()
    browser = portal.browser()
    first = proven(portal, browser)
    begun = portal.elaas.submit_credential(first.flow_id, USERNAME, ISSUED, browser=browser)
    assert begun == portal.elaas.current(first.flow_id, browser=browser)
    portal.elaas.cancel(first.flow_id, browser=browser)
    assert Ended(reason="cancelled") == portal.elaas.current(begun.flow_id, browser=browser).step


def test_a_recovery_is_no_flow_that_another_one_follows(portal: Portal) -> None:
    """A flow that is done would be shown as another one, of the same id."""
    onboard(portal)
    browser = portal.browser()
    done = portal.begin(browser, password=CHOSEN)
    with interposed(portal, lambda _: None) as effects:
        assert Ended(reason="completed") == portal.elaas.current(done.flow_id, browser=browser).step
    assert 1 == len(effects)


def test_r5_1_what_the_request_was_made_with_is_what_its_callback_is_redeemed_with(portal: Portal) -> None:
    """The nonce or the PKCE verifier of another attempt would be compared, or none."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.begin(browser).flow_id
    with interposed(portal, lambda _: None) as effects:
        query = portal.callback_query(flow_id, browser)
        portal.elaas.receive_callback(query, browser=browser)
    (asked,) = (effect for effect in effects if isinstance(effect, AuthorizationURL))
    (redeemed,) = (effect for effect in effects if isinstance(effect, Redeem))
    (revoked,) = (effect for effect in effects if isinstance(effect, Revoke))
    assert asked.proof == redeemed.proof
    assert ("authorization-code", asked.proof.state) == (redeemed.callback.code, redeemed.callback.state)
    assert portal.clock() == redeemed.now
    assert ("access-token",) == revoked.grant.tokens


def test_an_onboarding_holds_no_secret_of_an_app(portal: Portal) -> None:
    """A secret that nobody asked for would be kept, and drawn in every callback."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.begin(browser).flow_id
    query = portal.callback_query(flow_id, browser)
    with interposed(portal, lambda _: None) as effects:
        portal.elaas.receive_callback(query, browser=browser)
    assert not any(isinstance(effect, Draw) for effect in effects)
    assert stored_flow(portal, flow_id).authenticator_sealed is None


def test_the_token_of_somebody_who_is_refused_is_given_back(portal: Portal) -> None:
    """A token of a person whom we turn away would stay good."""
    portal.provision()
    browser = portal.browser()
    query = portal.callback_query(portal.begin(browser).flow_id, browser)
    portal.idp.citizen = STRANGER
    with interposed(portal, lambda _: None) as effects:
        assert "person_mismatch" == refused(portal.elaas.receive_callback, query, browser=browser).code
    (revoked,) = (effect for effect in effects if isinstance(effect, Revoke))
    assert ("access-token",) == revoked.grant.tokens


def test_the_token_is_given_back_where_the_flow_moves_on_meanwhile(portal: Portal) -> None:
    """A token would stay good because of a lost race."""
    account_id = portal.provision()
    browser = portal.browser()
    query = portal.callback_query(portal.begin(browser).flow_id, browser)
    unlock = once(Redeem, lambda: portal.elaas.accounts.unlock(account_id, by="admin-1", reason="called"))
    with interposed(portal, unlock) as effects:
        assert "flow_superseded" == refused(portal.elaas.receive_callback, query, browser=browser).code
    (revoked,) = (effect for effect in effects if isinstance(effect, Revoke))
    assert ("access-token",) == revoked.grant.tokens


def test_inv2_of_two_tabs_with_one_callback_the_second_finds_it_used(portal: Portal) -> None:
    """The second would be tried again and again, and fail as contended."""
    portal.provision()
    browser = portal.browser()
    query = portal.callback_query(portal.begin(browser).flow_id, browser)

    def first() -> None:
        portal.elaas.receive_callback(query, browser=browser)

    with interposed(portal, once(Commit, first)):
        second = refused(portal.elaas.receive_callback, query, browser=browser)
    assert "out_of_order" == second.code
    assert second.progress is not None
    assert isinstance(second.progress.step, ProvideEmail)
    assert 1 == portal.idp.redeemed


def test_a_callback_that_comes_late_says_all_of_where_the_person_stands(portal: Portal) -> None:
    """The page would show attempts that are used up, or no account to choose."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.begin(browser).flow_id
    late = portal.callback_query(flow_id, browser)
    portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
    portal.elaas.submit_email(flow_id, "clerk@sommut.example.go.th", browser=browser)
    refused(portal.elaas.submit_one_time_code, flow_id, portal.wrong_code(), browser=browser)
    answer = refused(portal.elaas.receive_callback, late, browser=browser)
    assert "out_of_order" == answer.code
    assert portal.elaas.current(flow_id, browser=browser) == answer.progress
    assert answer.progress is not None
    assert isinstance(answer.progress.step, EnterOneTimeCode)
    assert 4 == answer.progress.step.attempts_left


def test_a_callback_whose_flow_is_purged_is_unknown(portal: Portal) -> None:
    """It would fail untyped."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.begin(browser).flow_id
    query = portal.callback_query(flow_id, browser)
    flow = stored_flow(portal, flow_id)
    portal.store.commit(Change(writes=(replace(flow, expires_at=portal.clock()),)))
    portal.store.purge(portal.clock() + timedelta(seconds=1))
    gone = refused(portal.elaas.receive_callback, query, browser=browser)
    assert ("callback_unknown", None) == (gone.code, gone.progress)


def test_a_callback_whose_flow_is_purged_while_it_is_looked_at_is_unknown(portal: Portal) -> None:
    """It would be tried a hundred times, and be told as a store that is contended."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.begin(browser).flow_id
    query = portal.callback_query(flow_id, browser)
    portal.events.clear()
    with interposed(portal, once(Commit, lambda: portal.store.purge(portal.clock() + FAR))) as effects:
        gone = refused(portal.elaas.receive_callback, query, browser=browser)
    assert ("callback_unknown", None) == (gone.code, gone.progress)
    assert 1 == sum(isinstance(effect, Commit) for effect in effects)
    (event,) = portal.events
    assert ("callback.refused", "callback_unknown", flow_id) == (event.kind, event.code, event.flow_id)
    assert 0 == portal.idp.redeemed


def test_an_end_that_a_process_with_a_slower_clock_wrote_is_the_one_that_is_told(portal: Portal) -> None:
    """Who cancelled in time would be told that the flow had expired, while the page beside it says cancelled."""
    portal.provision()
    browser = portal.browser()
    progress = portal.mailed(browser)
    portal.clock.shift(progress.expires_at - portal.clock())

    def cancel_in_time() -> None:
        portal.clock.shift(seconds=-1)
        portal.elaas.cancel(progress.flow_id, browser=browser)
        portal.clock.shift(seconds=1)

    with interposed(portal, once(Commit, cancel_in_time)):
        late = refused(portal.elaas.resend_one_time_code, progress.flow_id, browser=browser)
    assert "flow_ended" == late.code
    assert late.progress is not None
    assert Ended(reason="cancelled") == late.progress.step


@pytest.mark.parametrize("before", [0, 4])
def test_where_hashing_fails_after_a_right_code_the_page_says_what_a_reload_says(
    portal: Portal, before: int
) -> None:
    """It would offer an attempt that is used up; after the fifth, a form that is refused whatever is typed."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.mailed(browser).flow_id
    for _ in range(before):
        refused(portal.elaas.submit_one_time_code, flow_id, portal.wrong_code(), browser=browser)

    def fails(effect: Effect) -> None:
        if isinstance(effect, Hash):
            raise ProviderFailed("hashing_failed")

    with interposed(portal, fails), pytest.raises(ProviderFailed, match="hashing_failed") as failed:
        portal.elaas.confirm_and_set_password(flow_id, portal.code(), CHOSEN, browser=browser)
    assert portal.elaas.current(flow_id, browser=browser) == failed.value.progress
    assert failed.value.progress is not None
    assert (before == 4) is isinstance(failed.value.progress.step, Ended)
