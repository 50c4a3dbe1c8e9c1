"""One page that is sent twice, as a double click does, is one attempt; everything else is another (R4.1, R3.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from elaas_identity import Browser, Refused
from elaas_identity.change import Key
from elaas_identity.events import Event
from elaas_identity.flow.policy import FOR_TESTS, Limit
from tests.facade.app import App, asked, asking_for_an_app, enrolled
from tests.facade.officer import onboard, refused
from tests.facade.portal import CHOSEN, FLAVOURS, USERNAME, Portal, made
from tests.facade.test_identity_first import WRONG, proven

FIVE = FOR_TESTS.person_failures[0].limit


@pytest.fixture(params=FLAVOURS)
def portal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    """One in which nobody has signed in yet."""
    with made(request.param, tmp_path) as built:
        yield built


def on_page(browser: Browser, form: str) -> Browser:
    """The browser, with a page of its own that can be sent twice."""
    return replace(browser, form=form)


def left(refusal: Refused) -> int:
    """How many attempts at a code the page says are left."""
    assert refusal.progress is not None
    return int(getattr(refusal.progress.step, "attempts_left", 0))


@pytest.mark.parametrize("act", ["submit_one_time_code", "confirm_and_set_password"])
def test_f52_a_wrong_code_on_a_page_that_is_sent_twice_counts_once(portal: Portal, act: str) -> None:
    """A double click would cost two of five guesses; or a guesser would have as many as they like on one page."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.mailed(browser).flow_id

    def guess(form: str, typed: str) -> int:
        password = (CHOSEN,) if act == "confirm_and_set_password" else ()
        page = on_page(browser, form)
        wrong = refused(getattr(portal.elaas, act), flow_id, typed, *password, browser=page)
        assert "one_time_code_wrong" == wrong.code
        return left(wrong)

    wrong = portal.wrong_code()
    spaced, another = f" {wrong[:4]} {wrong[4:]} ", f"{(int(wrong) + 1) % 10**8:08}"
    portal.events.clear()
    assert [4, 4, 4] == [guess("page-1", typed) for typed in (wrong, wrong, spaced)]
    assert ["one_time_code.refused"] * 3 == portal.kinds()
    first, *again = portal.events
    assert all(
        (first.flow_id, first.account_id, "one_time_code_wrong", "refused", "one_time_code", "req-1")
        == (each.flow_id, each.account_id, each.code, each.outcome, each.stage, each.correlation_id)
        for each in again
    )
    assert [3, 2] == [guess("page-1", another), guess("page-2", wrong)]
    assert [1, 0] == [guess("", another), guess("", another)]


def test_f52_of_the_wrong_codes_of_one_page_the_trail_has_one(portal: Portal) -> None:
    """Whoever holds a page would fill the trail, which nothing ever deletes from."""
    portal.provision()
    browser = on_page(portal.browser(), "page-1")
    flow_id = portal.mailed(browser).flow_id
    wrong = portal.wrong_code()
    sealed = len(portal.store.load(of_flow(flow_id)).all(of_flow(flow_id)))
    for _ in range(3):
        refused(portal.elaas.submit_one_time_code, flow_id, wrong, browser=browser)
    assert sealed + 1 == len(portal.store.load(of_flow(flow_id)).all(of_flow(flow_id)))


def test_f52_the_same_digits_are_another_attempt_once_another_code_was_sent(portal: Portal) -> None:
    """A guess at the second code would be free where the first one was guessed at."""
    portal.provision()
    browser = on_page(portal.browser(), "page-1")
    flow_id = portal.mailed(browser).flow_id
    wrong = portal.wrong_code()
    assert 4 == left(refused(portal.elaas.submit_one_time_code, flow_id, wrong, browser=browser))
    portal.clock.shift(minutes=2)
    portal.elaas.resend_one_time_code(flow_id, browser=browser)
    assert wrong != portal.code()
    assert 3 == left(refused(portal.elaas.submit_one_time_code, flow_id, wrong, browser=browser))


def test_f52_the_same_digits_in_another_flow_are_another_attempt(portal: Portal) -> None:
    """A guess in one flow would spare one in another."""
    portal.provision()
    browser = on_page(portal.browser(), "page-1")
    flow_id = portal.mailed(browser).flow_id
    wrong = portal.wrong_code()
    assert 4 == left(refused(portal.elaas.submit_one_time_code, flow_id, wrong, browser=browser))
    portal.clock.shift(minutes=2)
    second = portal.mailed(browser).flow_id
    assert wrong != portal.code()
    assert 4 == left(refused(portal.elaas.submit_one_time_code, second, wrong, browser=browser))
    assert 4 == left(refused(portal.elaas.submit_one_time_code, second, wrong, browser=browser))


def test_f52_a_code_of_the_app_on_a_page_that_is_sent_twice_counts_once(tmp_path: Path) -> None:
    """A double click would cost two of five; and half a minute later the app shows other digits."""
    with asking_for_an_app("sync-memory", tmp_path) as portal:
        app, browser = enrolled(portal), portal.browser()
        portal.clock.shift(minutes=2)
        portal.clock.shift(seconds=30 - portal.clock().timestamp() % 30)
        flow_id = asked(portal, browser).flow_id
        wrong = wrong_of(app)

        def guess(form: str, typed: str) -> int:
            page = on_page(browser, form)
            refusal = refused(portal.elaas.submit_authenticator_code, flow_id, typed, browser=page)
            assert "authenticator_code_wrong" == refusal.code
            return left(refusal)

        portal.events.clear()
        assert [4, 4] == [guess("page-1", wrong), guess("page-1", f"{wrong[:3]} {wrong[3:]}")]
        first, second = portal.events
        assert "authenticator.refused" == first.kind
        assert replace(first, id=second.id) == second
        portal.clock.shift(seconds=29)
        assert 4 == guess("page-1", wrong)
        portal.clock.shift(seconds=1)
        assert 3 == guess("page-1", wrong)
        assert 2 == guess("page-2", wrong)
        assert 1 == guess("page-2", f"{(int(wrong) + 1) % 10**6:06}")
        another = asked(portal, browser).flow_id
        page = on_page(browser, "page-1")
        assert 4 == left(refused(portal.elaas.submit_authenticator_code, another, wrong, browser=page))


def test_inv3_the_same_guess_in_another_flow_counts_against_the_account(tmp_path: Path) -> None:
    """One page would do for a guess in every flow that an attacker begins."""
    with asking_for_an_app("sync-memory", tmp_path) as portal:
        app, browser = enrolled(portal), portal.browser()
        wrong = app.wrong()
        for _ in range(4):
            flow_id = asked(portal, browser).flow_id
            for number in range(5):
                page = on_page(browser, f"page-{number}")
                guess = refused(portal.elaas.submit_authenticator_code, flow_id, wrong, browser=page)
                assert "authenticator_code_wrong" == guess.code
        flow_id = asked(portal, browser).flow_id
        late = refused(portal.elaas.submit_authenticator_code, flow_id, app.code(), browser=browser)
        assert "authenticator_code_throttled" == late.code


def of_flow(flow_id: str) -> Key[Event]:
    """The events of a flow that the trail has."""
    return Key(Event, flow_id, field="flow_id", limit=1000)


def wrong_of(app: App) -> str:
    """Six digits that the app shows neither now nor just before or after."""
    return next(
        each
        for each in map("{:06}".format, range(10))
        if each not in {app.code(steps=steps) for steps in (-1, 0, 1)}
    )


def sign_in(portal: Portal, browser: Browser, password: str, username: str = USERNAME) -> str:
    """The code of the refusal."""
    return str(refused(portal.begin, browser, username=username, password=password).code)


def test_f52_a_wrong_password_on_a_page_that_is_sent_twice_counts_once(portal: Portal) -> None:
    """Five clicks would shut a person out for a minute."""
    portal.provision()
    page = on_page(portal.browser(), "page-1")
    assert ["credential_wrong"] * (FIVE + 1) == [sign_in(portal, page, WRONG) for _ in range(FIVE + 1)]
    others = [sign_in(portal, page, f"another guess {number}") for number in range(FIVE)]
    assert ["credential_wrong"] * (FIVE - 1) + ["sign_in_throttled"] == others


def test_f52_without_a_page_each_wrong_password_counts(portal: Portal) -> None:
    """A program that sends no page would guess without end."""
    portal.provision()
    told = [sign_in(portal, portal.browser(), WRONG) for _ in range(FIVE + 1)]
    assert ["credential_wrong"] * FIVE + ["sign_in_throttled"] == told


def test_f52_a_client_is_charged_for_each_time_that_a_page_is_sent(tmp_path: Path) -> None:
    """One page would cost the server as many hashes as somebody likes."""
    policy = replace(FOR_TESTS, client_failures=Limit(3, timedelta(hours=1)))
    with made("sync-memory", tmp_path, policy) as portal:
        portal.provision()
        page = on_page(portal.browser(), "page-1")
        assert ["credential_wrong"] * 3 + ["sign_in_throttled"] == [
            sign_in(portal, page, WRONG) for _ in range(4)
        ]


def test_f52_a_proven_persons_page_that_is_sent_twice_counts_once(portal: Portal) -> None:
    """The person that ThaID names would be shut out by a double click; or guess at any name for one attempt."""
    onboard(portal)
    browser = on_page(portal.browser(), "page-1")
    flow_id = proven(portal, browser).flow_id

    def guess(username: str) -> str:
        return str(refused(portal.elaas.submit_credential, flow_id, username, WRONG, browser=browser).code)

    assert ["credential_wrong"] * (FIVE + 1) == [guess(USERNAME) for _ in range(FIVE + 1)]
    names = [guess(f"office-{number}") for number in range(FIVE)]
    assert ["credential_wrong"] * (FIVE - 1) + ["sign_in_throttled"] == names


def test_f52_what_is_kept_of_a_wrong_password_is_twelve_bits(portal: Portal) -> None:
    """More would help to find a wrong password by, which is the right one elsewhere; fewer would spare guesses."""
    portal.provision()

    def bits(password: str, first: int, last: int) -> str:
        return portal.keyring.digest("attempt.password", password)[first:last]

    def like(first: int, last: int) -> str:
        """Another password of which those letters of the digest are the same, and not all of the others."""
        candidates = (f"another guess {number}" for number in count())
        return next(
            each
            for each in candidates
            if bits(each, first, last) == bits(WRONG, first, last)
            and bits(each, -5, -1) != bits(WRONG, -5, -1)
        )

    same = like(-3, -1)
    near = next(
        each
        for each in (f"near {number}" for number in count())
        if bits(each, -3, -2) == bits(WRONG, -3, -2) and bits(each, -2, -1) != bits(WRONG, -2, -1)
    )
    page = on_page(portal.browser(), "page-1")
    assert ["credential_wrong"] * (FIVE + 1) == [
        sign_in(portal, page, password) for password in (WRONG, same, WRONG, same, WRONG, same)
    ]
    for number in range(FIVE - 2):
        assert "credential_wrong" == sign_in(portal, on_page(page, f"page {number}"), WRONG)
    assert "credential_wrong" == sign_in(portal, page, near)
    assert "sign_in_throttled" == sign_in(portal, page, "one more")
