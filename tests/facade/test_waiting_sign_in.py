"""Who awaits an approval signs in meanwhile: the right password is told so, and nobody else (R1.4, R4.2)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elaas_identity import AccountStatus, Keyring, ProvideEmail, Refused, VerifyIdentity
from elaas_identity.change import Change
from elaas_identity.flow.policy import FOR_TESTS
from tests.facade.officer import answer, counted_hashes, refused, through_thaid
from tests.facade.portal import CHOSEN, ISSUED, OFFICER, SECRET, STRANGER, USERNAME, Portal, made
from tests.facade.stored import stored_account, stored_flow
from tests.facade.waiting import WHY, accounts_of, await_it, provisioned

OTHER = "another long phrase of mine"
WRONG = "not the password of anybody"


@pytest.fixture
def here(tmp_path: Path) -> Any:
    """The portal over memory: what is decided does not differ by the store."""
    with made("sync-memory", tmp_path, FOR_TESTS) as portal:
        yield portal


def told(portal: Portal, password: str, username: str = USERNAME) -> Refused:
    """What another browser is told."""
    return refused(portal.begin, portal.browser(), username=username, password=password)


def test_r1_4_the_right_password_is_told_that_it_waits(portal: Portal) -> None:
    """The person would believe that they mistyped it, set it anew by the letter, and wait once more."""
    account_id = provisioned(portal)
    await_it(portal)
    before = stored_account(portal, account_id)
    portal.events.clear()
    each = [told(portal, CHOSEN) for _ in range(8)]  # no failures: so many of those would be throttled
    assert {("approval_awaited", None, None)} == {
        (waits.code, waits.progress, waits.retry_after) for waits in each
    }
    assert {("sign_in.refused", "approval_awaited", account_id)} == {
        (event.kind, event.code, event.account_id) for event in portal.events
    }
    assert "อนุมัติ" in each[0].message.th
    assert before == stored_account(portal, account_id)
    # The letter still opens what it opened.
    assert isinstance(portal.begin(portal.browser(), password=ISSUED).step, VerifyIdentity)


def test_r4_2_a_wrong_password_learns_nothing_of_who_waits(here: Portal) -> None:
    """Whoever guesses would learn that somebody waits: by the words, the hashes, or what is read."""
    provisioned(here)
    here.provision("laas-expected")
    suspended = here.provision("laas-suspended")
    accounts_of(here).suspend(suspended, **WHY)
    await_it(here)
    driver = here.elaas._driver
    perform, asked = driver.perform, list[str]()

    def counting(effect: Any) -> Any:
        asked.append(type(effect).__name__)
        return perform(effect)

    driver.perform = counting
    seen = []
    for username in (USERNAME, "laas-expected", "laas-suspended", "laas-nobody"):
        asked.clear()
        with counted_hashes(here) as verified:
            seen.append((answer(told(here, WRONG, username)), len(verified), Counter(asked)))
    assert 1 == seen[0][1]
    assert all(each == seen[0] for each in seen)
    with counted_hashes(here) as verified:
        assert "approval_awaited" == told(here, CHOSEN).code
        here.begin(here.browser(), password=ISSUED)
    assert 2 == len(verified)


def test_r1_4_who_waits_no_more_is_not_told_so(here: Portal) -> None:
    """Who was refused, or came too late, would go on waiting."""
    account_id = provisioned(here)
    waiting = await_it(here)
    accounts_of(here).reject(account_id, waiting.flow_id, **WHY)
    assert "credential_wrong" == told(here, CHOSEN).code
    await_it(here)
    here.clock.shift(FOR_TESTS.approval_lifetime)
    assert "credential_wrong" == told(here, CHOSEN).code
    here.clock.shift(days=1)
    waiting = await_it(here)
    accounts_of(here).suspend(account_id, **WHY)
    assert "credential_wrong" == told(here, CHOSEN).code
    accounts_of(here).restore(account_id, **WHY)
    assert "credential_wrong" == told(here, CHOSEN).code  # the suspension has ended the waiting
    waiting = await_it(here)
    accounts_of(here).approve(account_id, waiting.flow_id, **WHY)
    assert AccountStatus.ACTIVE is stored_account(here, account_id).status
    assert "signed_in" == here.begin(here.browser(), password=CHOSEN).step.kind


def test_of_several_who_wait_each_is_told_in_their_own_browser(here: Portal) -> None:
    """One password is looked at for one that is typed; the person who is at their own browser would be told "wrong"."""
    provisioned(here)
    first = await_it(here)
    second = await_it(here, STRANGER, "stranger@elsewhere.example.go.th", chosen=OTHER)
    assert "approval_awaited" == refused(here.begin, first.browser, password=CHOSEN).code
    assert "credential_wrong" == refused(here.begin, first.browser, password=OTHER).code
    assert ("approval_awaited", "credential_wrong") == (told(here, OTHER).code, told(here, CHOSEN).code)
    flow = stored_flow(here, second.flow_id)
    here.store.commit(Change(writes=(replace(flow, created_at=flow.created_at - timedelta(days=1)),)))
    assert ("credential_wrong", "approval_awaited") == (told(here, OTHER).code, told(here, CHOSEN).code)
    assert isinstance(here.begin(first.browser, password=ISSUED).step, VerifyIdentity)


@pytest.mark.parametrize(("citizen", "code"), [(OFFICER, "approval_awaited"), (STRANGER, "credential_wrong")])
def test_a_proven_person_is_told_of_their_own_waiting_alone(here: Portal, citizen: Any, code: str) -> None:
    """Who proved to be somebody else would learn that another person's password is right."""
    provisioned(here)
    await_it(here)
    here.idp.citizen, browser = citizen, here.browser()
    begun = through_thaid(here, here.elaas.begin_with_thaid(browser=browser), browser)
    refusal = refused(here.elaas.submit_credential, begun.flow_id, USERNAME, CHOSEN, browser=browser)
    assert (code, begun.step) == (refusal.code, refusal.progress and refusal.progress.step)
    opened = here.elaas.submit_credential(begun.flow_id, USERNAME, ISSUED, browser=browser)
    assert isinstance(opened.step, ProvideEmail)


def test_the_letter_opens_also_where_its_key_was_retired_meanwhile(here: Portal) -> None:
    """Nothing would tell the two passwords apart, and the letter be refused as wrong for a fortnight."""
    provisioned(here)
    flow = stored_flow(here, await_it(here).flow_id)
    retired = Keyring({"gone": SECRET}, current="gone").digest("password", flow.account_id, ISSUED)
    here.store.commit(Change(writes=(replace(flow, password_fingerprint=retired),)))
    assert "credential_wrong" == told(here, CHOSEN).code
    assert isinstance(here.begin(here.browser(), password=ISSUED).step, VerifyIdentity)
