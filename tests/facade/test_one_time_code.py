"""The one-time code: single use, bounded guesses, bounded mails (R3), and one winner (invariant 2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from elaas_identity import Ended, EnterOneTimeCode, Refused, SetPassword
from elaas_identity.flow.standing import resend_at
from tests.facade.portal import STRANGER, Expected, Portal, code_in, wrong
from tests.facade.stored import stored_flow

ADDRESS = "clerk@sommut.example.go.th"


def refused(call: Any, *args: Any, **kwargs: Any) -> Refused:
    """The refusal that the call ends in."""
    with pytest.raises(Refused) as raised:
        call(*args, **kwargs)
    return raised.value


def test_r3_2_good_for_599_seconds_and_not_for_600(portal: Portal) -> None:
    """The code's life would be off by a second."""
    portal.provision()
    for seconds, accepted in ((599, True), (600, False)):
        browser = portal.browser()
        flow_id = portal.mailed(browser).flow_id
        portal.clock.shift(seconds=seconds)
        if accepted:
            step = portal.elaas.submit_one_time_code(flow_id, portal.code(), browser=browser).step
            assert isinstance(step, SetPassword)
        else:
            late = refused(portal.elaas.submit_one_time_code, flow_id, portal.code(), browser=browser)
            assert "one_time_code_expired" == late.code
            assert 5 == late.progress.step.attempts_left  # type: ignore[union-attr]


def test_r3_3_a_second_submit_of_the_right_code_is_refused(portal: Portal) -> None:
    """A code would be good twice."""
    portal.provision()
    browser = portal.browser()
    flow_id, code = portal.mailed(browser).flow_id, portal.code()
    portal.elaas.submit_one_time_code(flow_id, code, browser=browser)
    again = refused(portal.elaas.submit_one_time_code, flow_id, code, browser=browser)
    assert "out_of_order" == again.code
    assert isinstance(again.progress.step, SetPassword)  # type: ignore[union-attr]


def test_r3_3_a_code_of_another_flow_is_wrong(portal: Portal) -> None:
    """A code would open another flow of the same account and address."""
    portal.provision()
    first, second = portal.browser(), portal.browser()
    flow_one = portal.mailed(first).flow_id
    code_one = portal.code()
    portal.clock.shift(seconds=61)
    portal.mailed(second)
    assert code_one != portal.code()
    assert (
        "one_time_code_wrong"
        == refused(portal.elaas.submit_one_time_code, flow_one, portal.code(), browser=first).code
    )


def test_r3_3_a_code_of_another_account_is_wrong(portal: Portal) -> None:
    """A code would open another account that uses the same mailbox."""
    portal.provision()
    portal.provision("laas-5100102", person=Expected(portal.idp.citizen.national_id))
    one, two = portal.browser(), portal.browser()
    flow_one = portal.mailed(one).flow_id
    progress = portal.begin(two, username="laas-5100102")
    progress = portal.elaas.receive_callback(portal.callback_query(progress.flow_id, two), browser=two)
    portal.elaas.submit_email(progress.flow_id, ADDRESS, browser=two)
    assert (
        "one_time_code_wrong"
        == refused(portal.elaas.submit_one_time_code, flow_one, portal.code(), browser=one).code
    )


def test_r3_3_a_code_from_before_the_address_changed_is_refused(portal: Portal) -> None:
    """A code sent to a mistyped address would still be good after the correction."""
    portal.provision()
    browser = portal.browser()
    flow_id, old = portal.mailed(browser, "wrong@sommut.example.go.th").flow_id, portal.code()
    progress = portal.elaas.submit_email(flow_id, ADDRESS, browser=browser)
    assert ADDRESS == portal.outbox.latest.recipient.value
    assert (
        "one_time_code_wrong"
        == refused(portal.elaas.submit_one_time_code, flow_id, old, browser=browser).code
    )
    assert isinstance(
        portal.elaas.submit_one_time_code(progress.flow_id, portal.code(), browser=browser).step, SetPassword
    )


def test_r3_5_five_wrong_codes_end_the_flow_and_a_resend_gives_none_back(portal: Portal) -> None:
    """A resend would refill the guesses (better-auth #11162)."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.mailed(browser).flow_id
    for left in (4, 3, 2, 1):
        missed = refused(portal.elaas.submit_one_time_code, flow_id, portal.wrong_code(), browser=browser)
        assert ("one_time_code_wrong", left) == (missed.code, missed.progress.step.attempts_left)  # type: ignore[union-attr]
    portal.clock.shift(seconds=61)
    progress = portal.elaas.resend_one_time_code(flow_id, browser=browser)
    assert 1 == progress.step.attempts_left
    last = refused(portal.elaas.submit_one_time_code, flow_id, portal.wrong_code(), browser=browser)
    assert Ended(reason="one_time_code_exhausted") == last.progress.step  # type: ignore[union-attr]
    before = len(portal.outbox.mails)
    for call, argument in (
        (portal.elaas.submit_one_time_code, portal.code()),
        (portal.elaas.submit_email, ADDRESS),
    ):
        assert "one_time_code_exhausted" == refused(call, flow_id, argument, browser=browser).code
    assert (
        "one_time_code_exhausted" == refused(portal.elaas.resend_one_time_code, flow_id, browser=browser).code
    )
    assert before == len(portal.outbox.mails)
    assert stored_flow(portal, flow_id).stage == "one_time_code"  # the limit is never written as a stage
    portal.clock.shift(seconds=61)
    assert isinstance(portal.mailed(portal.browser()).step, EnterOneTimeCode)


def exhaust_the_day(portal: Portal) -> None:
    """Twenty wrong codes on the account, over four flows."""
    for _ in range(4):
        browser = portal.browser()
        flow_id = portal.mailed(browser).flow_id
        for _ in range(5):
            refused(portal.elaas.submit_one_time_code, flow_id, portal.wrong_code(), browser=browser)
        portal.clock.shift(minutes=61)


def test_r3_5_the_21st_on_the_account_is_refused_even_if_right(portal: Portal) -> None:
    """New flows would give new guesses without end."""
    account_id = portal.provision()
    exhaust_the_day(portal)
    browser = portal.browser()
    flow_id = portal.mailed(browser).flow_id
    late = refused(portal.elaas.submit_one_time_code, flow_id, portal.code(), browser=browser)
    assert "one_time_code_throttled" == late.code
    assert late.retry_after is not None
    assert timedelta(0) < late.retry_after <= timedelta(days=1)
    # An administrator's unlock ends it: the person begins anew, and gets in.
    portal.elaas.accounts.unlock(account_id, by="admin-1", reason="officer called")
    portal.clock.shift(seconds=61)
    assert isinstance(portal.confirmed(portal.browser()).step, SetPassword)


def test_r3_5_a_right_code_is_not_counted_against_the_account(portal: Portal) -> None:
    """An officer with many accounts' worth of right codes would be locked out: the charge is refunded."""
    portal.provision()
    for _ in range(25):
        browser = portal.browser()
        assert isinstance(portal.confirmed(browser).step, SetPassword)
        portal.clock.shift(minutes=13)


def test_r3_6_a_resend_replaces_the_code_and_waits_for_the_cool_down(portal: Portal) -> None:
    """Two codes would be alive at once, or mails would follow each other without pause."""
    portal.provision()
    browser = portal.browser()
    progress = portal.mailed(browser)
    old = portal.code()
    assert isinstance(progress.step, EnterOneTimeCode)
    assert portal.clock() + timedelta(seconds=60) == progress.step.resend_at
    portal.clock.shift(seconds=59)
    early = refused(portal.elaas.resend_one_time_code, progress.flow_id, browser=browser)
    assert ("mail_throttled", timedelta(seconds=1)) == (early.code, early.retry_after)
    portal.clock.shift(seconds=1)
    renewed = portal.elaas.resend_one_time_code(progress.flow_id, browser=browser)
    assert progress.step.reference != renewed.step.reference
    assert renewed.step.reference in portal.outbox.latest.subject
    assert (
        "one_time_code_wrong"
        == refused(portal.elaas.submit_one_time_code, progress.flow_id, old, browser=browser).code
    )


def test_r3_6_five_mails_an_hour_to_one_address_for_one_account(portal: Portal) -> None:
    """An account would mail one address without end."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.mailed(browser).flow_id
    for _ in range(4):
        portal.clock.shift(seconds=60)
        portal.elaas.resend_one_time_code(flow_id, browser=browser)
    portal.clock.shift(seconds=60)
    sixth = refused(portal.elaas.resend_one_time_code, flow_id, browser=browser)
    assert ("mail_throttled", timedelta(minutes=55)) == (sixth.code, sixth.retry_after)
    assert 5 == len(portal.outbox.mails)


def test_r3_6_case_variants_of_an_address_share_its_budget(portal: Portal) -> None:
    """`Clerk@` and `clerk@` would have a budget each."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.mailed(browser).flow_id
    early = refused(portal.elaas.submit_email, flow_id, ADDRESS.upper(), browser=browser)
    assert "mail_throttled" == early.code


def test_r3_6_thirty_mails_an_hour_to_one_address_whoever_asks(portal: Portal) -> None:
    """A shared mailbox could be flooded through many accounts."""
    for number in range(31):
        username = f"laas-{number:07}"
        portal.provision(username, person=Expected(STRANGER.national_id))
        portal.idp.citizen = STRANGER
        browser = portal.browser()
        flow_id = portal.begin(browser, username=username).flow_id
        portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
        if number < 30:
            portal.elaas.submit_email(flow_id, ADDRESS, browser=browser)
        else:
            late = refused(portal.elaas.submit_email, flow_id, ADDRESS, browser=browser)
            assert "mail_throttled" == late.code
    assert 30 == len(portal.outbox.mails)


def test_ten_mails_a_flow_however_often_the_address_is_corrected(portal: Portal) -> None:
    """A flow would mail strangers without end by correcting its address."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.mailed(browser).flow_id
    for number in range(9):
        portal.elaas.submit_email(flow_id, f"clerk{number}@sommut.example.go.th", browser=browser)
    late = refused(portal.elaas.submit_email, flow_id, "clerk-x@sommut.example.go.th", browser=browser)
    assert "mail_throttled" == late.code
    assert 10 == len(portal.outbox.mails)


def test_r3_7_thai_digits_and_separators_are_taken(portal: Portal) -> None:
    """A code typed as people type it would be refused."""
    portal.provision()
    browser = portal.browser()
    flow_id, code = portal.mailed(browser).flow_id, portal.code()
    thai = code.translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))
    typed = f" {thai[:4]}-{thai[4:]} "
    assert isinstance(portal.elaas.submit_one_time_code(flow_id, typed, browser=browser).step, SetPassword)


@pytest.mark.parametrize("typed", ["", "1234567", "123456789", "abcdefgh", "١٢٣٤٥٦٧٨"])
def test_what_cannot_be_a_code_is_not_counted(portal: Portal, typed: str) -> None:
    """A slip of the finger would cost an attempt."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.mailed(browser).flow_id
    slip = refused(portal.elaas.submit_one_time_code, flow_id, typed, browser=browser)
    assert ("one_time_code_malformed", "one_time_code") == (slip.code, slip.field)
    assert 5 == slip.progress.step.attempts_left  # type: ignore[union-attr]


def test_the_code_is_in_the_mail_alone(portal: Portal) -> None:
    """The code would show in the subject, where a locked phone displays it."""
    portal.provision()
    portal.mailed(portal.browser())
    mail = portal.outbox.latest
    code = code_in(mail.text)
    assert code not in mail.subject
    assert f"{code[:4]} {code[4:]}" in mail.text
    assert wrong(code) != code


def test_f58_a_code_of_before_the_times_of_its_mail_were_kept_is_sent_again_from_when_it_was_made(
    portal: Portal,
) -> None:
    """F58: after the upgrade whoever is at the code could read no page, or ask for no other mail."""
    browser = portal.browser()
    portal.provision()
    flow_id = portal.mailed(browser).flow_id
    kept = stored_flow(portal, flow_id)
    older = replace(kept, one_time_code_sent_at=None, one_time_code_asked_at=None)
    rules: Any = SimpleNamespace(policy=portal.policy)
    assert kept.one_time_code_asked_at == resend_at(rules, older)
