"""Attempts in flight are no failures, and a clock that was ahead shuts nobody out (F71, F73)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from elaas_identity import ElaasIdentityError, EnterOneTimeCode, ProviderFailed, Refused, SignedIn
from elaas_identity.flow.sign_in_attempt import IN_FLIGHT
from tests.facade.portal import CHOSEN, USERNAME, Portal, made
from tests.facade.test_sign_in import WRONG, refusal

DAY = timedelta(days=1)


@pytest.fixture(params=["sync-memory", "sync-sqlite"])
def portal(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Portal]:
    """Somebody has taken the account up. Whoever waits moves the clock on."""
    with made(request.param, tmp_path) as built:
        monkeypatch.setattr(time, "sleep", lambda seconds: built.clock.shift(seconds=seconds))
        built.provision()
        built.onboarded()
        yield built


def die_in_flight(portal: Portal, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many processes die while they look at a password."""

    def die(stored: str, prepared: str) -> bool:
        raise KeyboardInterrupt

    hashing = portal.elaas._driver._hashing
    with monkeypatch.context() as dying:
        dying.setattr(hashing, "verify", die)
        for _ in range(times):
            with pytest.raises(KeyboardInterrupt):
                portal.begin(portal.browser(), password=CHOSEN)


def test_f71_what_a_crash_leaves_lapses_in_seconds(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever signs in after a crash would be told of failed attempts, and wait a minute."""
    die_in_flight(portal, 5, monkeypatch)
    before = portal.clock()
    assert isinstance(portal.begin(portal.browser(), password=CHOSEN).step, SignedIn)
    assert portal.clock() - before <= IN_FLIGHT


def test_f71_a_wrong_guess_counts_for_the_whole_window(portal: Portal) -> None:
    """A guess would be forgotten as soon as it is no longer in flight."""
    for _ in range(5):
        assert "credential_wrong" == refusal(portal).code
    portal.clock.shift(IN_FLIGHT)
    throttled = refusal(portal, password=CHOSEN)
    assert "sign_in_throttled" == throttled.code
    assert throttled.retry_after is not None
    assert throttled.retry_after > timedelta(seconds=49)


def test_f71_a_guess_whose_failure_could_not_be_counted_is_answered_neither_way(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who brings the database down while they guess would guess without being counted."""
    commit, asked = portal.store.commit, []

    def failing(change: object) -> object:
        asked.append(change)
        if len(asked) == 2:
            raise ConnectionResetError
        return commit(change)

    monkeypatch.setattr(portal.store, "commit", failing)
    with pytest.raises(ProviderFailed, match="store_unavailable"):
        portal.elaas.begin(USERNAME, WRONG, browser=portal.browser())


def test_f73_a_clock_that_was_ahead_keeps_nobody_from_signing_in(portal: Portal) -> None:
    """Five failures while the clock was a day ahead would shut a person out for a day, and not for a minute."""
    now = portal.clock()
    portal.clock.shift(DAY)
    for _ in range(5):
        refusal(portal)
    portal.clock.shift(now - portal.clock())
    throttled = refusal(portal, password=CHOSEN)
    assert ("sign_in_throttled", timedelta(minutes=1)) == (throttled.code, throttled.retry_after)
    portal.clock.shift(minutes=1)
    assert isinstance(portal.begin(portal.browser(), password=CHOSEN).step, SignedIn)


def test_f73_a_clock_that_was_ahead_keeps_no_mail_from_an_address(portal: Portal) -> None:
    """Nobody could get a code to that address until the clock has come there again."""
    portal.provision("laas-another")
    now = portal.clock()
    portal.clock.shift(DAY)
    browser = portal.browser()
    flow_id = portal.begin(browser, "laas-another").flow_id
    portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
    portal.elaas.submit_email(flow_id, "clerk@sommut.example.go.th", browser=browser)
    portal.clock.shift(now - portal.clock())
    with pytest.raises(Refused) as refused:
        portal.elaas.submit_email(flow_id, "clerk@sommut.example.go.th", browser=browser)
    assert ("mail_throttled", timedelta(minutes=1)) == (refused.value.code, refused.value.retry_after)
    portal.clock.shift(minutes=1)
    progress = portal.elaas.submit_email(flow_id, "clerk@sommut.example.go.th", browser=browser)
    assert isinstance(progress.step, EnterOneTimeCode)


def throttled_mail(portal: Portal, flow_id: str, browser: object) -> str | None:
    """The code of what keeps a mail from being sent; None where it is sent."""
    try:
        portal.elaas.submit_email(flow_id, "new@sommut.example.go.th", browser=browser)
    except ElaasIdentityError as error:
        return error.code
    return None


def test_f73_unlock_clears_the_mails_of_the_address_in_a_flow_under_way(portal: Portal) -> None:
    """An administrator would unlock the account, and its person would still wait an hour for a code."""
    account_id = portal.provision("laas-another")
    browser = portal.browser()
    for number in range(2):
        flow_id = portal.begin(browser, "laas-another").flow_id
        portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
        if number:
            assert "mail_throttled" == throttled_mail(portal, flow_id, browser)
            portal.elaas.accounts.unlock(account_id, by="admin-1", reason="officer called")
            flow_id = portal.begin(browser, "laas-another").flow_id
            portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
        assert throttled_mail(portal, flow_id, browser) is None
