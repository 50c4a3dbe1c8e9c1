"""The policy for portals that are audited by the Website Security Standard (R2.7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from elaas_identity import ChooseAccount, FirstUse, FlowPolicy, Misconfigured, PasswordPolicy, SignedIn
from elaas_identity.flow.policy import MANDATED
from elaas_identity.passwords.hashing import CHEAPEST_FOR_TESTS
from tests.facade.officer import (
    WHY,
    counted_hashes,
    onboard,
    refused,
    session_of,
    signed_in_of,
    through_thaid,
)
from tests.facade.portal import CHOSEN, ISSUED, Portal, made
from tests.facade.stored import stored_account

STANDARD = FlowPolicy.website_security_standard()
AUDITED = replace(STANDARD, passwords=replace(STANDARD.passwords, hashing=CHEAPEST_FOR_TESTS))
LOCK = timedelta(minutes=15)
SECOND = timedelta(seconds=1)


def own(number: int) -> str:
    return f"the {number}th long phrase of the officer"


@pytest.fixture
def audited(tmp_path: Path) -> Iterator[Portal]:
    with made("sync-sqlite", tmp_path, AUDITED) as built:
        yield built


def begin_change(portal: Portal, current: str) -> str:
    browser = portal.browser()
    session = session_of(portal, browser, password=current)
    return str(portal.elaas.change_password(session, current, browser=browser).flow_id)


def change(portal: Portal, current: str, new: str) -> None:
    browser = portal.browser()
    session = session_of(portal, browser, password=current)
    flow_id = portal.elaas.change_password(session, current, browser=browser).flow_id
    portal.elaas.set_password(flow_id, new, browser=browser)


def code_of_change(portal: Portal, current: str, new: str) -> str:
    browser = portal.browser()
    session = session_of(portal, browser, password=current)
    flow_id = portal.elaas.change_password(session, current, browser=browser).flow_id
    with counted_hashes(portal) as verified:
        refusal = refused(portal.elaas.set_password, flow_id, new, browser=browser)
    assert [] == verified
    return refusal.code


def test_r2_7_the_fifth_last_password_is_refused_and_the_sixth_last_passes(audited: Portal) -> None:
    """An auditor would find a password set anew that the standard forbids; or more would be forbidden than it asks."""
    onboard(audited, password=own(1))
    for number in range(1, 6):
        change(audited, own(number), own(number + 1))
    for number in range(2, 7):  # the present one is the last of the five
        assert "password_same_as_before" == code_of_change(audited, own(6), own(number))
    change(audited, own(6), own(1))
    assert isinstance(audited.begin(audited.browser(), password=own(1)).step, SignedIn)


def test_r2_7_a_recovery_brings_no_old_password_back(audited: Portal) -> None:
    """Forgetting the password would be the way round the rule: a recovery does not begin with the present one."""
    onboard(audited, password=CHOSEN)
    audited.clock.shift(minutes=2)
    browser = audited.browser()
    chosen = through_thaid(audited, audited.elaas.recover(browser=browser), browser)
    assert isinstance(chosen.step, ChooseAccount)
    audited.elaas.choose_account(chosen.flow_id, chosen.step.choices[0].account.id, browser=browser)
    audited.elaas.submit_one_time_code(chosen.flow_id, audited.code(), browser=browser)
    again = refused(audited.elaas.set_password, chosen.flow_id, CHOSEN, browser=browser)
    assert "password_same_as_before" == again.code
    audited.elaas.set_password(chosen.flow_id, own(1), browser=browser)


def test_r2_7_a_password_that_awaited_approval_is_remembered_too(audited: Portal) -> None:
    """The first password of an approved account could be set anew."""
    account_id = audited.provision(person=FirstUse(needs_approval=True))
    waiting = audited.onboarded()
    audited.elaas.accounts.approve(account_id, waiting.flow_id, **WHY)
    change(audited, CHOSEN, own(1))
    assert "password_same_as_before" == code_of_change(audited, own(1), CHOSEN)


def test_r2_7_the_next_officer_begins_without_the_last_ones_passwords(audited: Portal) -> None:
    """A refusal would tell the new officer what the old one's password was."""
    account_id = onboard(audited, password=own(1))
    audited.clock.shift(minutes=2)
    assert stored_account(audited, account_id).password_fingerprints
    audited.elaas.accounts.hand_over(account_id, FirstUse(), **WHY)
    assert () == stored_account(audited, account_id).password_fingerprints


def test_r2_7_by_default_no_password_of_a_person_is_remembered(tmp_path: Path) -> None:
    """A fingerprint that nobody asked for would be there to be guessed at."""
    assert 0 == MANDATED.passwords.remembered
    with made("sync-memory", tmp_path) as portal:
        account_id = onboard(portal, password=own(1))
        change(portal, own(1), own(2))
        assert () == stored_account(portal, account_id).password_fingerprints
        change(portal, own(2), own(1))


def test_r2_7_it_counts_from_the_day_that_the_policy_is_chosen(tmp_path: Path) -> None:
    """The password that stands on that day could be set anew at once."""
    with made("sync-sqlite", tmp_path) as before:
        onboard(before, password=own(1))
    with made("sync-sqlite", tmp_path, AUDITED) as portal:
        change(portal, own(1), own(2))
        assert "password_same_as_before" == code_of_change(portal, own(2), own(1))


def test_r2_7_five_failures_lock_for_fifteen_minutes_from_the_fifth(audited: Portal) -> None:
    """The standard's lock would be shorter than it says, or never open."""
    audited.provision()
    for _ in range(4):
        assert "credential_wrong" == refused(audited.begin, audited.browser(), password="wrong " * 3).code
        audited.clock.shift(minutes=3)
    assert "credential_wrong" == refused(audited.begin, audited.browser(), password="wrong " * 3).code
    locked = refused(audited.begin, audited.browser(), password=ISSUED)
    assert ("sign_in_throttled", LOCK) == (locked.code, locked.retry_after)
    audited.clock.shift(LOCK - SECOND)
    last = refused(audited.begin, audited.browser(), password=ISSUED)
    assert ("sign_in_throttled", SECOND) == (last.code, last.retry_after)
    audited.clock.shift(SECOND)
    assert "verify_identity" == audited.begin(audited.browser()).step.kind


def test_r2_7_failures_that_lie_further_apart_do_not_lock(audited: Portal) -> None:
    """Five slips in a day would shut a person out."""
    audited.provision()
    for _ in range(6):
        assert "credential_wrong" == refused(audited.begin, audited.browser(), password="wrong " * 3).code
        audited.clock.shift(minutes=4)
    assert "verify_identity" == audited.begin(audited.browser()).step.kind


def test_r2_7_the_lock_is_that_of_a_proven_person_too(audited: Portal) -> None:
    """Whoever holds a ThaID of their own would have twice the guesses."""
    assert STANDARD.person_failures[0] == STANDARD.sign_in_failures[0]
    assert STANDARD.person_failures[0].locks


@pytest.mark.parametrize("remembered", [-1, 25])
def test_r2_7_how_many_are_remembered_is_bounded(remembered: int) -> None:
    """An account would grow with every change of its password."""
    with pytest.raises(Misconfigured, match="remembered"):
        PasswordPolicy(remembered=remembered)
    assert 24 == PasswordPolicy(remembered=24).remembered


def test_r2_7_a_session_lasts_fifteen_minutes_without_a_request(audited: Portal) -> None:
    """An auditor would find a screen that was left for longer, and is still signed in."""
    onboard(audited)
    step = signed_in_of(audited.begin(audited.browser(), password=CHOSEN))
    token = audited.elaas.sessions.start(step)
    audited.clock.shift(LOCK - SECOND)
    assert audited.elaas.sessions.of(token).ref
    audited.clock.shift(LOCK)
    assert "session_expired" == refused(audited.elaas.sessions.of, token).code


def test_r2_7_an_idle_session_ends_after_fifteen_minutes() -> None:
    """An auditor would find a page still open that nobody has used for half an hour."""
    assert timedelta(minutes=15) == STANDARD.sessions.idle
    assert timedelta(minutes=30) == MANDATED.sessions.idle
