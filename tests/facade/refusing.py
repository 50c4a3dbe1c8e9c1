"""How to be refused up to the end of an onboarding: each gets there, clears what was told until then, and acts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from elaas_identity import Browser, ProviderFailed, Refused
from elaas_identity.accounts.account import AccountStatus
from elaas_identity.change import Change
from elaas_identity.flow.transitions import Purpose, Stage
from tests.facade.acts import ADDRESS, SIGNED, Acts
from tests.facade.portal import ISSUED, USERNAME, Portal
from tests.facade.stored import stored_account

NO_ACCOUNT = "0" * 32

Refusing = Callable[[Acts], object]


def wrong(acts: Acts) -> object:
    return acts.portal.begin(acts.browser, password="not the password")


def unknown(acts: Acts) -> object:
    return acts.portal.begin(acts.browser, username="laas-nobody")


def expired_letter(acts: Acts) -> object:
    acts.portal.clock.shift(days=90)
    return acts.portal.begin(acts.browser)


def throttled(acts: Acts) -> object:
    for _ in range(5):
        with pytest.raises(Refused, match="credential_wrong"):
            wrong(acts)
    acts.portal.events.clear()
    return acts.portal.begin(acts.browser)


def foreign_token(acts: Acts) -> object:
    return acts.elaas.begin(USERNAME, ISSUED, browser=Browser(token="not ours", correlation_id="req-1"))


def foreign_token_later(acts: Acts) -> object:
    acts.arrive(Purpose.ONBOARDING, Stage.EMAIL)
    acts.portal.events.clear()
    return acts.elaas.submit_email(
        acts.flow_id, ADDRESS, browser=Browser(token="not ours", correlation_id="req-1")
    )


def unknown_flow(acts: Acts) -> object:
    return acts.elaas.authorize("no such flow", browser=acts.browser)


def anothers_flow(acts: Acts) -> object:
    acts.arrive(Purpose.ONBOARDING, Stage.EMAIL)
    acts.portal.events.clear()
    return acts.elaas.cancel(acts.flow_id, browser=acts.portal.browser())


def at(stage: Stage, act: Refusing, purpose: Purpose = Purpose.ONBOARDING) -> Refusing:
    """Stand at a stage, then act."""

    def arrived(acts: Acts) -> object:
        acts.arrive(purpose, stage)
        acts.portal.events.clear()
        return act(acts)

    return arrived


def too_late(acts: Acts) -> object:
    acts.portal.clock.shift(acts.portal.policy.flow_lifetime)
    return acts.elaas.authorize(acts.flow_id, browser=acts.browser)


def overtaken(acts: Acts) -> object:
    acts.elaas.accounts.unlock(acts.account_id, **SIGNED)
    acts.portal.events.clear()
    return acts.elaas.authorize(acts.flow_id, browser=acts.browser)


def after_the_end(acts: Acts) -> object:
    acts.elaas.cancel(acts.flow_id, browser=acts.browser)
    acts.portal.events.clear()
    return acts.elaas.cancel(acts.flow_id, browser=acts.browser)


def too_many_flows(acts: Acts) -> object:
    for _ in range(3):
        acts.portal.begin(acts.browser)
    acts.portal.events.clear()
    return acts.portal.begin(acts.browser)


def callback(query: str) -> Refusing:
    return lambda acts: acts.elaas.receive_callback(query, browser=acts.browser)


def used_callback(acts: Acts) -> object:
    query = acts.portal.callback_query(acts.flow_id, acts.browser)
    acts.portal.idp.failure = ProviderFailed("identity_provider_unavailable")
    with pytest.raises(ProviderFailed):
        acts.elaas.receive_callback(query, browser=acts.browser)
    acts.portal.events.clear()
    return acts.elaas.receive_callback(query, browser=acts.browser)


def other_browser(acts: Acts) -> object:
    query = acts.portal.callback_query(acts.flow_id, acts.browser)
    acts.portal.events.clear()
    return acts.elaas.receive_callback(query, browser=acts.portal.browser())


def other_browser_again(acts: Acts) -> object:
    query = acts.portal.callback_query(acts.flow_id, acts.browser)
    with pytest.raises(Refused):
        acts.elaas.receive_callback(query, browser=acts.portal.browser())
    acts.portal.events.clear()
    return acts.elaas.receive_callback(query, browser=acts.portal.browser())


def judged(change: Callable[[Portal], object]) -> Refusing:
    def come_back(acts: Acts) -> object:
        change(acts.portal)
        query = acts.portal.callback_query(acts.flow_id, acts.browser)
        acts.portal.events.clear()
        try:
            return acts.elaas.receive_callback(query, browser=acts.browser)
        finally:
            assert "identity.returned" == acts.portal.events.pop(0).kind

    return at(Stage.IDENTITY, come_back)


def says(code: Any) -> Refusing:
    return judged(lambda portal: setattr(portal.idp, "failure", Refused(code)))


def nobodys(acts: Acts) -> None:
    acts.purpose = Purpose.RECOVERY
    acts.asked()
    try:
        acts.returned()
    finally:
        assert "identity.returned" == acts.portal.events.pop(0).kind


def too_many_recoveries(acts: Acts) -> object:
    for _ in range(3):
        acts.elaas.recover(browser=acts.browser)
        acts.portal.events.clear()
    return acts.elaas.recover(browser=acts.browser)


def email(text: str) -> Refusing:
    return at(Stage.EMAIL, lambda acts: acts.elaas.submit_email(acts.flow_id, text, browser=acts.browser))


def recipient_refused(acts: Acts) -> object:
    acts.portal.outbox.fail_next("mail_recipient_refused")
    try:
        return acts.elaas.submit_email(acts.flow_id, ADDRESS, browser=acts.browser)
    finally:
        assert "email.given" == acts.portal.events.pop(0).kind


def code(typed: Callable[[Portal], str]) -> Refusing:
    return at(
        Stage.ONE_TIME_CODE,
        lambda acts: acts.elaas.submit_one_time_code(acts.flow_id, typed(acts.portal), browser=acts.browser),
    )


def late_code(acts: Acts) -> object:
    acts.portal.clock.shift(minutes=10)
    return acts.elaas.submit_one_time_code(acts.flow_id, acts.portal.code(), browser=acts.browser)


def guess(acts: Acts, times: int) -> None:
    for _ in range(times):
        with pytest.raises(Refused, match="one_time_code_wrong"):
            acts.elaas.submit_one_time_code(acts.flow_id, acts.portal.wrong_code(), browser=acts.browser)


def exhausted(acts: Acts) -> object:
    guess(acts, 5)
    acts.portal.events.clear()
    return acts.elaas.submit_one_time_code(acts.flow_id, acts.portal.code(), browser=acts.browser)


def day_is_over(acts: Acts) -> object:
    guess(acts, 3)
    acts.portal.events.clear()
    return acts.elaas.submit_one_time_code(acts.flow_id, acts.portal.code(), browser=acts.browser)


def password(text: str) -> Refusing:
    return at(Stage.PASSWORD, lambda acts: acts.elaas.set_password(acts.flow_id, text, browser=acts.browser))


def single_form(acts: Acts) -> object:
    return acts.elaas.confirm_and_set_password(
        acts.flow_id, acts.portal.code(), "short", browser=acts.browser
    )


def unknown_account(acts: Acts) -> object:
    return acts.elaas.accounts.reissue(NO_ACCOUNT, **SIGNED)


def suspended(acts: Acts) -> object:
    account = stored_account(acts.portal, acts.account_id)
    acts.portal.store.commit(Change(writes=(replace(account, status=AccountStatus.SUSPENDED),)))
    return acts.elaas.accounts.unlock(acts.account_id, **SIGNED)


def nobody_signs(acts: Acts) -> object:
    return acts.elaas.accounts.unlock(acts.account_id, by=" ", reason="test")


def empty_username(acts: Acts) -> object:
    return acts.portal.provision("  ")


def resend(acts: Acts) -> object:
    return acts.elaas.resend_one_time_code(acts.flow_id, browser=acts.browser)


def out_of_order(acts: Acts) -> object:
    return acts.elaas.submit_email(acts.flow_id, ADDRESS, browser=acts.browser)
