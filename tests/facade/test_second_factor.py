"""The second factor of a sign-in: each code of the app, and of the paper, is good once, and few are wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elaas_identity import (
    Ended,
    EnterAuthenticatorCode,
)
from tests.authenticator_app.apps import shown
from tests.facade.app import App, asked, asking_for_an_app, confirmed, enrolled, scanned, sign_in
from tests.facade.officer import BOUND, WHY, at_once, refused, signed_in_of, through_thaid
from tests.facade.portal import (
    CHOSEN,
    FLAVOURS,
    USERNAME,
    Portal,
)

FORGOTTEN = "another long phrase of mine"


@pytest.fixture(params=FLAVOURS)
def portal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    """A portal whose officer has onboarded, and has no app yet."""
    with asking_for_an_app(request.param, tmp_path) as built:
        yield built


def used_up(portal: Portal, app: App) -> None:
    """The twenty wrong codes of the account's day."""
    for _ in range(4):
        browser = portal.browser()
        flow_id = asked(portal, browser).flow_id
        for _ in range(5):
            wrong = refused(portal.elaas.submit_authenticator_code, flow_id, app.wrong(), browser=browser)
            assert "authenticator_code_wrong" == wrong.code


def test_a_code_is_good_once(portal: Portal) -> None:
    """Who looks over a shoulder would sign in with the code that was just typed (ASVS 6.5.1)."""
    browser = portal.browser()
    progress = scanned(portal, browser)
    first = shown(progress.step.uri, portal.clock())  # type: ignore[union-attr]
    app = confirmed(portal, progress, browser)
    portal.clock.shift(minutes=-1)
    assert "authenticator_code_wrong" == refused(sign_in, portal, first).code  # used up by the enrolment
    portal.clock.shift(minutes=1)
    one, two = asked(portal, browser).flow_id, asked(portal, browser).flow_id
    code = app.code()
    signed_in_of(portal.elaas.submit_authenticator_code(one, code, browser=browser))
    again = refused(portal.elaas.submit_authenticator_code, two, code, browser=browser)
    assert again.progress is not None
    assert isinstance(again.progress.step, EnterAuthenticatorCode)
    assert ("authenticator_code_wrong", 4) == (again.code, again.progress.step.attempts_left)
    earlier = refused(portal.elaas.submit_authenticator_code, two, app.code(steps=-1), browser=browser)
    assert "authenticator_code_wrong" == earlier.code
    signed_in_of(portal.elaas.submit_authenticator_code(two, app.code(steps=1), browser=browser))


@pytest.mark.parametrize("of", ["app", "paper"])
def test_inv2_of_many_with_one_code_exactly_one_is_let_in(portal: Portal, of: str) -> None:
    """Two who type one code at the same moment would both be in."""
    app, browser = enrolled(portal), portal.browser()
    code = app.code() if of == "app" else app.codes[3]
    flows = [asked(portal, browser).flow_id for _ in range(8)]

    def submitting(flow_id: str) -> Callable[[Any], Any]:
        return lambda elaas: elaas.submit_authenticator_code(flow_id, code, browser=browser)

    told = at_once(portal, [submitting(flow_id) for flow_id in flows])
    assert ["authenticator_code_wrong"] * 7 + ["signed_in"] == told


@pytest.mark.parametrize("steps", [-2, -1, 0, 1, 2])
def test_a_phone_may_be_a_step_behind_or_ahead_and_no_more(portal: Portal, steps: int) -> None:
    """Slow fingers would be turned away, or a code would be good for minutes (RFC 6238 §5.2)."""
    app = enrolled(portal)
    portal.clock.shift(minutes=2)
    if abs(steps) <= 1:
        signed_in_of(sign_in(portal, app.code(steps=steps)))
    else:
        assert "authenticator_code_wrong" == refused(sign_in, portal, app.code(steps=steps)).code


def test_five_wrong_codes_end_the_sign_in_and_what_is_no_code_is_not_counted(portal: Portal) -> None:
    """Who has the password would go on guessing at six digits."""
    app, browser = enrolled(portal), portal.browser()
    flow_id = asked(portal, browser).flow_id
    for typed in ("12345", "1234567", "", "a recovery code"):
        malformed = refused(portal.elaas.submit_authenticator_code, flow_id, typed, browser=browser)
        assert "authenticator_code_malformed" == malformed.code
    left = []
    for _ in range(5):
        wrong = refused(portal.elaas.submit_authenticator_code, flow_id, app.wrong(), browser=browser)
        assert "authenticator_code_wrong" == wrong.code
        assert wrong.progress is not None
        left.append(getattr(wrong.progress.step, "attempts_left", wrong.progress.step))
    assert [4, 3, 2, 1, Ended(reason="authenticator_code_exhausted")] == left
    right = refused(portal.elaas.submit_authenticator_code, flow_id, app.code(), browser=browser)
    assert "authenticator_code_exhausted" == right.code
    ended = portal.elaas.current(flow_id, browser=browser)
    assert (Ended(reason="authenticator_code_exhausted"), ()) == (ended.step, ended.allowed)
    signed_in_of(sign_in(portal, app.code()))


def test_inv3_twenty_wrong_codes_end_the_accounts_day_even_for_the_right_one(portal: Portal) -> None:
    """A new sign-in would give five more guesses, as often as the attacker likes."""
    app, start = enrolled(portal), portal.clock()
    used_up(portal, app)
    portal.clock.shift(hours=1)
    for typed in (app.code(), app.codes[0]):
        throttled = refused(sign_in, portal, typed)
        assert "authenticator_code_throttled" == throttled.code
        assert start + timedelta(days=1) - portal.clock() == throttled.retry_after
        assert throttled.progress is not None
        assert isinstance(throttled.progress.step, EnterAuthenticatorCode)
    portal.clock.shift(hours=23)
    signed_in_of(sign_in(portal, app.code()))


def test_inv3_a_right_code_is_not_counted_against_the_account(portal: Portal) -> None:
    """Who signs in often would be locked out by it."""
    app = enrolled(portal)
    for _ in range(21):
        assert "otp" in signed_in_of(sign_in(portal, app.code())).assurance.methods
        portal.clock.shift(minutes=1)


@pytest.mark.parametrize("way", ["unlock", "reissue", "recover", "enrol"])
def test_inv5_who_was_locked_out_by_wrong_codes_comes_back(portal: Portal, way: str) -> None:
    """Somebody who has the password would keep its owner out for a day, and again the next."""
    app, browser = enrolled(portal), portal.browser()
    session = signed_in_of(sign_in(portal, app.code())).session("sid-1")
    used_up(portal, app)
    portal.clock.shift(minutes=1)
    account_id, password = session.account_id, CHOSEN
    if way == "unlock":
        portal.elaas.accounts.unlock(account_id, **WHY)
    elif way == "reissue":
        issued = portal.elaas.accounts.reissue(account_id, **WHY).password
        progress = through_thaid(portal, portal.begin(browser, password=issued), browser)
        portal.elaas.submit_email(progress.flow_id, BOUND, browser=browser)
        portal.elaas.confirm_and_set_password(progress.flow_id, portal.code(), CHOSEN, browser=browser)
        app = enrolled(portal)  # the one before is removed
    elif way == "recover":
        recover(portal, account_id)
        password = FORGOTTEN
    else:
        progress = portal.elaas.enrol_authenticator(session, browser=browser)
        app = confirmed(portal, through_thaid(portal, progress, browser), browser)
    flow_id = portal.begin(browser, password=password).flow_id
    back = signed_in_of(portal.elaas.submit_authenticator_code(flow_id, app.code(), browser=browser))
    assert account_id == back.account.id


def recover(portal: Portal, account_id: str) -> None:
    """A new password by ThaID and mailbox."""
    browser = portal.browser()
    progress = through_thaid(portal, portal.elaas.recover(browser=browser), browser)
    portal.elaas.choose_account(progress.flow_id, account_id, browser=browser)
    portal.elaas.confirm_and_set_password(progress.flow_id, portal.code(), FORGOTTEN, browser=browser)


def test_a_recovery_never_removes_the_app(portal: Portal) -> None:
    """ThaID and a mailbox would be all that it takes, whatever the sign-in policy says."""
    app, browser = enrolled(portal), portal.browser()
    recover(portal, portal.elaas.accounts.find(USERNAME).id)
    progress = portal.begin(browser, password=FORGOTTEN)
    assert isinstance(progress.step, EnterAuthenticatorCode)
    signed_in_of(portal.elaas.submit_authenticator_code(progress.flow_id, app.code(), browser=browser))


def test_a_recovery_code_is_good_once_and_the_person_hears_of_it(portal: Portal) -> None:
    """A sheet of paper that was found would open the account again and again, and nobody would notice."""
    app = enrolled(portal)
    typed = [app.codes[0], app.codes[1].upper().replace("-", " ")]
    for left, code in zip((9, 8), typed, strict=True):
        signed_in = signed_in_of(sign_in(portal, code))
        assert ("pwd", "otp", "mfa") == signed_in.assurance.methods
        notice = portal.outbox.latest
        assert BOUND == notice.recipient.value
        assert f": {left}\n" in notice.text
        used = next(each for each in portal.events[::-1] if each.kind == "authenticator.recovery_code_used")
        assert signed_in.binding_id == used.binding_id
        for secret in (code, code.replace("-", ""), app.codes[2], CHOSEN):
            assert secret not in notice.subject + notice.text + notice.html
    mails = len(portal.outbox.mails)
    for code in typed:
        assert "authenticator_code_wrong" == refused(sign_in, portal, code).code
    signed_in_of(sign_in(portal, app.code()))
    assert mails == len(portal.outbox.mails)  # the app's own code is nothing to be told of


def test_thaid_first_does_not_spare_the_app(portal: Portal) -> None:
    """The way round a guesser would be a way round the second factor."""
    app, browser = enrolled(portal), portal.browser()
    progress = through_thaid(portal, portal.elaas.begin_with_thaid(browser=browser), browser)
    progress = portal.elaas.submit_credential(progress.flow_id, USERNAME, CHOSEN, browser=browser)
    assert isinstance(progress.step, EnterAuthenticatorCode)
    done = portal.elaas.submit_authenticator_code(progress.flow_id, app.code(), browser=browser)
    assert ("pwd", "otp", "mfa") == signed_in_of(done).assurance.methods
