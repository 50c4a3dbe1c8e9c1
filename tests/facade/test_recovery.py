"""A forgotten password: ThaID first, no username, the bound mailbox, and never a weaker check."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elaas_identity import (
    Ended,
    EnterOneTimeCode,
    Expected,
    FirstUse,
    PasswordSet,
    Progress,
    Refused,
    SetPassword,
    SignedIn,
    VerifyIdentity,
)
from elaas_identity.flow.policy import FOR_TESTS, Limit
from elaas_identity.flow.steps import ChooseAccount
from tests.facade.portal import CHOSEN, ISSUED, OFFICER, STRANGER, USERNAME, Portal, made
from tests.facade.stored import stored_account, stored_flow

FORGOTTEN = "another long phrase of mine"
BOUND = "clerk@sommut.example.go.th"


@pytest.fixture
def onboarded(portal: Portal) -> Portal:
    """A portal whose officer has onboarded."""
    portal.provision()
    portal.onboarded()
    portal.clock.shift(minutes=2)
    return portal


def recognised(portal: Portal, browser: Any) -> Progress:
    """Up to the choice of an account."""
    flow_id = portal.elaas.recover(browser=browser).flow_id
    progress = portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
    assert isinstance(progress, Progress)
    return progress


def chosen(portal: Portal, browser: Any) -> Progress:
    """Up to the one-time code."""
    progress = recognised(portal, browser)
    assert isinstance(progress.step, ChooseAccount)
    account_id = progress.step.choices[0].account.id
    answer = portal.elaas.choose_account(progress.flow_id, account_id, browser=browser)
    assert isinstance(answer, Progress)
    return answer


def test_a_forgotten_password_is_replaced(onboarded: Portal) -> None:
    """The person could not get back in without an administrator."""
    portal, browser = onboarded, onboarded.browser()
    progress = portal.elaas.recover(browser=browser)
    assert VerifyIdentity(account=None) == progress.step
    assert ("authorize", "cancel") == progress.allowed

    progress = portal.elaas.receive_callback(
        portal.callback_query(progress.flow_id, browser), browser=browser
    )
    assert isinstance(progress.step, ChooseAccount)
    assert progress.step == portal.elaas.current(progress.flow_id, browser=browser).step
    (choice,) = progress.step.choices
    assert (USERNAME, "cl•••@sommut.example.go.th") == (choice.account.username, choice.email_masked)
    assert OFFICER.name == progress.step.person_name
    assert OFFICER.name not in repr(progress)

    progress = portal.elaas.choose_account(progress.flow_id, choice.account.id, browser=browser)
    assert isinstance(progress.step, EnterOneTimeCode)
    assert progress.step.email is None  # nobody typed it here: it stays behind its mask
    assert BOUND == portal.outbox.latest.recipient.value
    progress = portal.elaas.submit_one_time_code(progress.flow_id, portal.code(), browser=browser)
    assert isinstance(progress.step, SetPassword)
    before = stored_account(portal, choice.account.id)
    done = portal.elaas.set_password(progress.flow_id, FORGOTTEN, browser=browser).step
    assert isinstance(done, PasswordSet)
    after = stored_account(portal, choice.account.id)
    assert (before.epoch + 1, before.binding_id) == (after.epoch, after.binding_id)
    assert before.credential_version + 1 == done.credential_version
    assert BOUND == portal.outbox.latest.recipient.value  # the notice that it was set

    with pytest.raises(Refused, match="credential_wrong"):
        portal.begin(browser, password=CHOSEN)
    assert isinstance(portal.begin(browser, password=FORGOTTEN).step, SignedIn)


def test_the_single_form_serves_recovery_too(onboarded: Portal) -> None:
    """Code and password could not be given together, as in the onboarding."""
    browser = onboarded.browser()
    flow_id = chosen(onboarded, browser).flow_id
    step = onboarded.elaas.confirm_and_set_password(
        flow_id, onboarded.code(), FORGOTTEN, browser=browser
    ).step
    assert isinstance(step, PasswordSet)


def refused_after_thaid(portal: Portal) -> Refused:
    """What a person is told whom the recovery has nothing for."""
    browser = portal.browser()
    flow_id = portal.elaas.recover(browser=browser).flow_id
    with pytest.raises(Refused) as refused:
        portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
    assert refused.value.progress is not None
    assert VerifyIdentity(account=None) == refused.value.progress.step
    return refused.value


def test_a_person_without_an_account_is_told_and_nothing_is_mailed(onboarded: Portal) -> None:
    """Somebody else's ThaID would open an account, or a mail would go out."""
    onboarded.idp.citizen = STRANGER
    mails = len(onboarded.outbox.mails)
    assert "person_without_account" == refused_after_thaid(onboarded).code
    assert mails == len(onboarded.outbox.mails)


def test_it_never_activates_an_account_that_was_not_onboarded(portal: Portal) -> None:
    """ThaID alone would take the place of the issued letter."""
    portal.provision()
    assert "person_without_account" == refused_after_thaid(portal).code


@pytest.mark.parametrize("act", ["suspend", "close_account", "reissue", "hand_over"])
def test_an_account_that_is_not_in_use_is_not_offered(onboarded: Portal, act: str) -> None:
    """A recovery would undo what an administrator did."""
    account_id = onboarded.elaas.accounts.find(USERNAME).id
    arguments = (account_id, FirstUse()) if act == "hand_over" else (account_id,)
    getattr(onboarded.elaas.accounts, act)(*arguments, by="admin-1", reason="test")
    assert "person_without_account" == refused_after_thaid(onboarded).code


def test_the_same_national_id_under_another_subject_is_nobody(onboarded: Portal) -> None:
    """(issuer, subject) would not count (R1.4)."""
    identity = onboarded.idp.identity_of(OFFICER, onboarded.clock())
    onboarded.idp.identity = replace(identity, subject="somebody else")
    assert "person_without_account" == refused_after_thaid(onboarded).code


@pytest.mark.parametrize("evidence", ["old", "weak"])
def test_the_evidence_is_judged_as_strictly_as_in_the_onboarding(onboarded: Portal, evidence: str) -> None:
    """An old session, or a person hardly proven, would be enough to recover (R1.5, R1.6)."""
    identity = onboarded.idp.identity_of(OFFICER, onboarded.clock())
    stale = replace(identity, auth_time=onboarded.clock() - timedelta(minutes=5))
    onboarded.idp.identity = stale if evidence == "old" else replace(identity, ial=None)
    expected = "identity_stale" if evidence == "old" else "identity_assurance_low"
    assert expected == refused_after_thaid(onboarded).code


def test_the_code_goes_to_the_bound_address_only(onboarded: Portal) -> None:
    """Whoever holds the phone could have the code sent to a mailbox of their own."""
    browser = onboarded.browser()
    flow_id = chosen(onboarded, browser).flow_id
    with pytest.raises(Refused, match="out_of_order") as refused:
        onboarded.elaas.submit_email(flow_id, "thief@sommut.example.go.th", browser=browser)
    assert "submit_email" not in refused.value.progress.allowed  # type: ignore[union-attr]


def test_one_person_with_two_accounts_chooses(portal: Portal) -> None:
    """R1.7: a clerk of several accounts would recover the wrong one, or an account of somebody else."""
    first, second = portal.provision(), portal.provision("laas-5100102")
    portal.onboarded()
    portal.clock.shift(minutes=2)
    browser = portal.browser()
    flow_id = portal.begin(browser, username="laas-5100102").flow_id
    portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
    portal.elaas.submit_email(flow_id, "other@sommut.example.go.th", browser=browser)
    portal.elaas.confirm_and_set_password(
        flow_id, portal.code(), "the phrase of the second one", browser=browser
    )
    foreign = portal.provision("laas-5100103", person=Expected(STRANGER.national_id))
    portal.clock.shift(minutes=2)

    progress = recognised(portal, browser)
    assert isinstance(progress.step, ChooseAccount)
    assert {first, second} == {choice.account.id for choice in progress.step.choices}
    for account_id in (foreign, "no such account", ""):
        with pytest.raises(Refused, match="account_unknown") as refused:
            portal.elaas.choose_account(progress.flow_id, account_id, browser=browser)
        assert progress.step == refused.value.progress.step  # type: ignore[union-attr]
    portal.elaas.choose_account(progress.flow_id, second, browser=browser)
    assert "other@sommut.example.go.th" == portal.outbox.latest.recipient.value
    portal.elaas.confirm_and_set_password(progress.flow_id, portal.code(), FORGOTTEN, browser=browser)
    assert isinstance(portal.begin(browser, password=CHOSEN).step, SignedIn)
    step = portal.begin(browser, username="laas-5100102", password=FORGOTTEN).step
    assert isinstance(step, SignedIn)


def test_inv7_an_administrators_act_ends_a_recovery(onboarded: Portal) -> None:
    """A recovery under way would go on after a re-issue."""
    browser = onboarded.browser()
    flow_id = chosen(onboarded, browser).flow_id
    account_id, code = stored_flow(onboarded, flow_id).account_id, onboarded.code()
    onboarded.elaas.accounts.reissue(account_id, by="admin-1", reason="test")
    with pytest.raises(Refused, match="flow_superseded"):
        onboarded.elaas.submit_one_time_code(flow_id, code, browser=browser)
    assert Ended(reason="superseded") == onboarded.elaas.current(flow_id, browser=browser).step


def test_inv2_wrong_codes_of_a_recovery_count_like_any_other(onboarded: Portal) -> None:
    """A recovery would give guesses that an onboarding does not."""
    browser = onboarded.browser()
    flow_id = chosen(onboarded, browser).flow_id
    for _ in range(5):
        with pytest.raises(Refused, match="one_time_code_wrong"):
            onboarded.elaas.submit_one_time_code(flow_id, onboarded.wrong_code(), browser=browser)
    with pytest.raises(Refused, match="one_time_code_exhausted"):
        onboarded.elaas.submit_one_time_code(flow_id, onboarded.code(), browser=browser)


def test_inv4_another_browser_continues_nothing(onboarded: Portal) -> None:
    """A recovery would go on in a browser that did not begin it."""
    browser = onboarded.browser()
    progress = recognised(onboarded, browser)
    assert isinstance(progress.step, ChooseAccount)
    with pytest.raises(Refused, match="flow_unknown"):
        onboarded.elaas.choose_account(
            progress.flow_id, progress.step.choices[0].account.id, browser=onboarded.browser()
        )


def test_r4_1_the_way_back_works_while_the_attack_goes_on(onboarded: Portal) -> None:
    """Who guesses at a username could keep its person out for as long as they like."""
    portal, attacker = onboarded, onboarded.browser("198.51.100.7")
    for _ in range(8):
        with pytest.raises(Refused):
            portal.elaas.begin(USERNAME, "a guess of the attacker", browser=attacker)
    browser = portal.browser()
    with pytest.raises(Refused, match="sign_in_throttled"):
        portal.begin(browser, password=CHOSEN)
    flow_id = chosen(portal, browser).flow_id
    with pytest.raises(Refused, match="sign_in_throttled"):
        portal.elaas.begin(USERNAME, "a guess of the attacker", browser=attacker)
    step = portal.elaas.confirm_and_set_password(flow_id, portal.code(), FORGOTTEN, browser=browser).step
    assert isinstance(step, PasswordSet)
    assert isinstance(portal.begin(browser, password=FORGOTTEN).step, SignedIn)


def test_inv10_recoveries_are_rationed(tmp_path: Path) -> None:
    """Nobody has signed in: the store could be filled with flows, or a mailbox with codes."""
    policy = replace(
        FOR_TESTS,
        recoveries_per_client=Limit(4, timedelta(hours=1)),
        recoveries_per_person=Limit(2, timedelta(days=1)),
    )
    with made("sync-memory", tmp_path, policy) as portal:
        portal.provision()
        portal.onboarded()
        for _ in range(2):
            recognised(portal, portal.browser())
        browser = portal.browser()
        flow_id = portal.elaas.recover(browser=browser).flow_id
        with pytest.raises(Refused, match="recovery_limit") as refused:
            portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
        assert timedelta(days=1) == refused.value.retry_after
        portal.elaas.recover(browser=browser)
        with pytest.raises(Refused, match="recovery_limit"):
            portal.elaas.recover(browser=browser)
        assert VerifyIdentity(account=None) == portal.elaas.recover(browser=portal.browser("192.0.2.2")).step


def test_each_step_of_a_recovery_leaves_its_event(onboarded: Portal) -> None:
    """The audit trail would have a gap (R7.1)."""
    onboarded.events.clear()
    browser = onboarded.browser()
    flow_id = chosen(onboarded, browser).flow_id
    onboarded.elaas.confirm_and_set_password(flow_id, onboarded.code(), FORGOTTEN, browser=browser)
    assert [
        "recovery.begun",
        "identity.requested",
        "identity.returned",
        "identity.verified",
        "recovery.account_chosen",
        "password.set",
    ] == onboarded.kinds()
    accounts = [event.account_id is not None for event in onboarded.events]
    assert [False, False, False, False, True, True] == accounts


def test_r1_4_the_officer_who_left_recovers_nothing(onboarded: Portal) -> None:
    """After a hand-over the old officer would get the account back by ThaID and their old mailbox."""
    portal = onboarded
    account_id = portal.elaas.accounts.find(USERNAME).id
    handed = portal.elaas.accounts.hand_over(
        account_id, Expected(STRANGER.national_id), by="admin-1", reason="moved"
    )
    portal.idp.citizen = STRANGER
    browser = portal.browser()
    flow_id = portal.begin(browser, password=handed.password).flow_id
    portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
    portal.elaas.submit_email(flow_id, "next@sommut.example.go.th", browser=browser)
    portal.elaas.confirm_and_set_password(flow_id, portal.code(), FORGOTTEN, browser=browser)
    assert isinstance(recognised(portal, portal.browser()).step, ChooseAccount)
    portal.idp.citizen = OFFICER
    assert "person_without_account" == refused_after_thaid(portal).code


def test_r1_2_the_letters_password_is_never_the_new_one(onboarded: Portal) -> None:
    """Whoever still has the letter would have the account once its person has forgotten their own password."""
    browser = onboarded.browser()
    flow_id = chosen(onboarded, browser).flow_id
    with pytest.raises(Refused, match="password_same_as_before"):
        onboarded.elaas.confirm_and_set_password(flow_id, onboarded.code(), ISSUED, browser=browser)
    step = onboarded.elaas.confirm_and_set_password(
        flow_id, onboarded.code(), FORGOTTEN, browser=browser
    ).step
    assert isinstance(step, PasswordSet)
