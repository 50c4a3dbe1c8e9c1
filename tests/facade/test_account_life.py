"""What administrators do after onboarding: suspend, restore, close, hand over, correct the expected person (R1.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from elaas_identity import AccountStatus, Ended, FirstUse, PasswordSet, Refused, SignedIn, VerifyIdentity
from elaas_identity.accounts.account import AccountRecord
from tests.facade.portal import CHOSEN, ISSUED, OFFICER, STRANGER, Expected, Portal
from tests.facade.stored import stored_account, stored_bindings

WHY: dict[str, str] = {"by": "admin-1", "reason": "order 7/2568"}

ACTS: dict[str, Callable[[Any, str], Any]] = {
    "reissue": lambda accounts, account_id: accounts.reissue(account_id, **WHY),
    "unlock": lambda accounts, account_id: accounts.unlock(account_id, **WHY),
    "suspend": lambda accounts, account_id: accounts.suspend(account_id, **WHY),
    "restore": lambda accounts, account_id: accounts.restore(account_id, **WHY),
    "close_account": lambda accounts, account_id: accounts.close_account(account_id, **WHY),
    "hand_over": lambda accounts, account_id: accounts.hand_over(account_id, FirstUse(), **WHY),
    "set_expected": lambda accounts, account_id: accounts.set_expected(account_id, FirstUse(), **WHY),
}

IN_STATUS: dict[AccountStatus, set[str]] = {
    AccountStatus.ISSUED: {"reissue", "unlock", "suspend", "close_account", "hand_over", "set_expected"},
    AccountStatus.ACTIVE: {"reissue", "unlock", "suspend", "close_account", "hand_over"},
    AccountStatus.SUSPENDED: {"restore", "close_account", "hand_over"},
    AccountStatus.CLOSED: set(),
}


def account_in(portal: Portal, status: AccountStatus) -> str:
    """An account in that status."""
    account_id = portal.provision()
    if status is AccountStatus.ACTIVE:
        portal.onboarded()
    if status is AccountStatus.SUSPENDED:
        portal.elaas.accounts.suspend(account_id, **WHY)
    if status is AccountStatus.CLOSED:
        portal.elaas.accounts.close_account(account_id, **WHY)
    return account_id


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("status", AccountStatus)
def test_r1_3_every_act_in_every_status(portal: Portal, status: AccountStatus, act: str) -> None:
    """An act would go through where it makes no sense; or not bump the epoch, or leave no event."""
    account_id = account_in(portal, status)
    before: AccountRecord = stored_account(portal, account_id)
    portal.events.clear()
    if act in IN_STATUS[status]:
        ACTS[act](portal.elaas.accounts, account_id)
        assert before.epoch + 1 == stored_account(portal, account_id).epoch
        (event,) = portal.events
        assert ("done", account_id, "admin-1", "order 7/2568") == (
            event.outcome,
            event.account_id,
            event.by,
            event.reason,
        )
        return
    with pytest.raises(Refused, match="account_status"):
        ACTS[act](portal.elaas.accounts, account_id)
    assert before == stored_account(portal, account_id)
    assert ["account.refused"] == portal.kinds()


@pytest.mark.parametrize("act", ACTS)
def test_every_act_names_its_account_and_who_asks_for_it(portal: Portal, act: str) -> None:
    """A wrong id would raise something untyped."""
    with pytest.raises(Refused, match="account_unknown"):
        ACTS[act](portal.elaas.accounts, "no-such-account")


def test_inv9_a_suspended_account_looks_like_a_name_that_does_not_exist(portal: Portal) -> None:
    """Who guesses would learn that the account is there; or its person could still sign in."""
    account_id = portal.provision()
    portal.onboarded()
    portal.elaas.accounts.suspend(account_id, **WHY)
    answers = []
    for username in ("laas-5100101", "laas-nobody"):
        with pytest.raises(Refused) as refused:
            portal.elaas.begin(username, CHOSEN, browser=portal.browser())
        answers.append((str(refused.value), refused.value.progress))
    assert answers[0] == answers[1]


def test_a_restored_account_is_what_it_was(portal: Portal) -> None:
    """A suspension would cost the person their password, or an issued letter its use."""
    account_id = portal.provision()
    portal.elaas.accounts.suspend(account_id, **WHY)
    assert AccountStatus.ISSUED is portal.elaas.accounts.restore(account_id, **WHY).status
    assert isinstance(portal.begin(portal.browser(), password=ISSUED).step, VerifyIdentity)
    portal.onboarded()
    portal.elaas.accounts.suspend(account_id, **WHY)
    assert AccountStatus.ACTIVE is portal.elaas.accounts.restore(account_id, **WHY).status
    assert isinstance(portal.begin(portal.browser(), password=CHOSEN).step, SignedIn)


def onboard(portal: Portal, password: str, chosen: str) -> PasswordSet:
    """The whole flow with an issued password, by whom the identity provider will prove."""
    portal.clock.shift(minutes=2)
    browser = portal.browser()
    flow_id = portal.begin(browser, password=password).flow_id
    portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
    portal.elaas.submit_email(flow_id, "next@sommut.example.go.th", browser=browser)
    step = portal.elaas.confirm_and_set_password(flow_id, portal.code(), chosen, browser=browser).step
    assert isinstance(step, PasswordSet)
    return step


def test_an_account_passes_to_a_new_officer_and_keeps_its_history(portal: Portal) -> None:
    """The old officer could still get in, the new one could not, or old records would point at nobody."""
    account_id = portal.provision()
    first = portal.onboarded()
    handed = portal.elaas.accounts.hand_over(account_id, Expected(STRANGER.national_id), **WHY)
    assert handed.password not in repr(handed)
    (old,) = stored_bindings(portal, account_id)
    assert portal.clock() == old.ended_at
    with pytest.raises(Refused, match="credential_wrong"):
        portal.begin(portal.browser(), password=CHOSEN)
    portal.idp.citizen = OFFICER
    with pytest.raises(Refused, match="person_mismatch"):
        onboard(portal, handed.password, "another long phrase of mine")

    portal.idp.citizen = STRANGER
    second = onboard(portal, handed.password, "another long phrase of mine")
    assert isinstance(first.step, PasswordSet)
    assert first.step.binding_id != second.binding_id
    kept, current = stored_bindings(portal, account_id)
    assert (old, second.binding_id, None) == (kept, current.id, current.ended_at)
    signed_in = portal.begin(portal.browser(), password="another long phrase of mine").step
    assert isinstance(signed_in, SignedIn)
    assert STRANGER.national_id == signed_in.person.national_id
    told = next(event for event in portal.events if event.kind == "account.handed_over")
    assert old.id == told.binding_id


def test_f37_a_person_whose_subject_has_changed_is_handed_their_account_again(portal: Portal) -> None:
    """F37: after a move to another registration at ThaID, nobody could get back in, and no act would lead on."""
    account_id = portal.provision()
    portal.onboarded()
    same_person = portal.idp.identity_of(OFFICER, portal.clock())
    portal.idp.identity = replace(same_person, subject="as the new registration names them", auth_time=None)

    browser = portal.browser()
    flow_id = portal.elaas.recover(browser=browser).flow_id
    with pytest.raises(Refused, match="person_without_account"):
        portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
    reissued = portal.elaas.accounts.reissue(account_id, **WHY)
    with pytest.raises(Refused, match="person_mismatch"):
        onboard(portal, reissued.password, "another long phrase of mine")

    handed = portal.elaas.accounts.hand_over(account_id, Expected(OFFICER.national_id), **WHY)
    again = onboard(portal, handed.password, "another long phrase of mine")
    before, current = stored_bindings(portal, account_id)
    assert (again.binding_id, None) == (current.id, current.ended_at)
    assert before.ended_at is not None
    browser = portal.browser()
    flow_id = portal.elaas.recover(browser=browser).flow_id
    step = portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser).step
    assert "verify_identity" != step.kind


def test_inv7_a_hand_over_ends_the_flow_of_the_officer_who_leaves(portal: Portal) -> None:
    """The old officer could finish what they had begun."""
    account_id = portal.provision()
    browser = portal.browser()
    flow_id = portal.confirmed(browser).flow_id
    portal.elaas.accounts.hand_over(account_id, Expected(STRANGER.national_id), **WHY)
    with pytest.raises(Refused, match="flow_superseded"):
        portal.elaas.set_password(flow_id, CHOSEN, browser=browser)
    assert Ended(reason="superseded") == portal.elaas.current(flow_id, browser=browser).step


def test_the_expected_person_is_corrected_before_the_account_is_taken_up(portal: Portal) -> None:
    """A slip in the list could only be mended by a new letter."""
    account_id = portal.provision(person=Expected(STRANGER.national_id))
    portal.elaas.accounts.set_expected(account_id, Expected(OFFICER.national_id), **WHY)
    assert isinstance(portal.onboarded().step, PasswordSet)


def test_r1_3_nobody_is_unseated_by_a_correction(portal: Portal) -> None:
    """A re-issued account would be opened for somebody else without a hand-over."""
    account_id = portal.provision()
    portal.onboarded()
    portal.elaas.accounts.reissue(account_id, **WHY)
    with pytest.raises(Refused, match="account_status"):
        portal.elaas.accounts.set_expected(account_id, Expected(STRANGER.national_id), **WHY)


def test_a_closed_account_ends_its_binding_and_never_opens_again(portal: Portal) -> None:
    """A closed account would still have an officer, or could be restored."""
    account_id = portal.provision()
    portal.onboarded()
    assert AccountStatus.CLOSED is portal.elaas.accounts.close_account(account_id, **WHY).status
    (binding,) = stored_bindings(portal, account_id)
    assert portal.clock() == binding.ended_at
    with pytest.raises(Refused, match="credential_wrong"):
        portal.begin(portal.browser(), password=CHOSEN)
