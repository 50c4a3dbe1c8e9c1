"""Each duration of the policies at its two boundaries, from the instant that the docs name (F63, F64)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from elaas_identity import Refused
from elaas_identity.errors import ElaasIdentityError
from elaas_identity.flow import budgets
from elaas_identity.flow.policy import FOR_TESTS, FlowPolicy, Limit
from elaas_identity.mail.address import EmailPolicy, parse_email
from elaas_identity.passwords.policy import PasswordPolicy
from elaas_identity.sessions.policy import SessionPolicy
from tests.facade.acts import PAYMENT
from tests.facade.officer import onboard, session_of, through_thaid
from tests.facade.portal import Portal, made
from tests.facade.test_email_change import mailed, recognised
from tests.facade.waiting import WHY, await_it, provisioned

INSTANT = timedelta(microseconds=1)
LATER = timedelta(minutes=2)
Played = Callable[[Portal, timedelta], object]


def works(call: Callable[..., object], *given: Any, **named: Any) -> bool:
    """Whether the act is accepted."""
    try:
        call(*given, **named)
    except ElaasIdentityError:
        return False
    return True


def second_person(portal: Portal, passed: timedelta) -> bool:
    """From the first one's asking."""
    account_id, accounts = portal.provision(), portal.elaas.accounts
    with pytest.raises(Refused, match="second_person_needed"):
        accounts.suspend(account_id, by="admin-1", reason="test")
    portal.clock.shift(passed)
    return works(accounts.suspend, account_id, by="admin-2", reason="test")


def flow(portal: Portal, passed: timedelta) -> bool:
    """From the beginning of the flow."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.begin(browser).flow_id
    portal.clock.shift(passed)
    return works(portal.elaas.authorize, flow_id, browser=browser)


def attempt(portal: Portal, passed: timedelta) -> bool:
    """From the moment when the person is sent away."""
    portal.provision()
    browser = portal.browser()
    begun = portal.begin(browser)
    portal.clock.shift(LATER)
    query = portal.callback_query(begun.flow_id, browser)
    portal.clock.shift(passed)
    return works(portal.elaas.receive_callback, query, browser=browser)


def approval(portal: Portal, passed: timedelta) -> bool:
    """From the person's last act."""
    account_id = provisioned(portal)
    waiting = await_it(portal)
    portal.clock.shift(passed)
    return works(portal.elaas.accounts.approve, account_id, waiting.flow_id, **WHY)


def step_up(portal: Portal, passed: timedelta) -> bool:
    """From the return from ThaID, and not from the beginning."""
    onboard(portal)
    portal.clock.shift(LATER)
    browser = portal.browser()
    session = session_of(portal, browser)
    begun = portal.elaas.step_up(session, PAYMENT, browser=browser)
    portal.clock.shift(LATER)
    through_thaid(portal, begun, browser)
    portal.clock.shift(passed)
    return works(portal.elaas.consume_step_up, begun.flow_id, session, PAYMENT, browser=browser)


def cool_off(portal: Portal, passed: timedelta) -> bool:
    """From the code at the new address, which completes the change: until then no recovery trusts it."""
    account_id = onboard(portal)
    portal.clock.shift(LATER)
    browser = portal.browser()
    flow_id = mailed(portal, session_of(portal, browser), browser).flow_id
    portal.clock.shift(LATER)
    portal.elaas.submit_one_time_code(flow_id, portal.code(), browser=browser)
    portal.clock.shift(passed)
    recovery = recognised(portal, browser)
    return not works(portal.elaas.choose_account, recovery.flow_id, account_id, browser=browser)


def letter(portal: Portal, passed: timedelta) -> bool:
    """From the provisioning."""
    portal.provision()
    portal.clock.shift(passed)
    return works(portal.begin, portal.browser())


def reissued_letter(portal: Portal, passed: timedelta) -> bool:
    """From the re-issue."""
    account_id = portal.provision()
    portal.clock.shift(LATER)
    reissued = portal.elaas.accounts.reissue(account_id, **WHY)
    portal.clock.shift(passed)
    return works(portal.begin, portal.browser(), password=reissued.password)


def freshness(portal: Portal, passed: timedelta) -> bool:
    """Before the person is sent away; a login as old as that still counts."""
    portal.provision()
    browser = portal.browser()
    query = portal.callback_query(portal.begin(browser).flow_id, browser)
    portal.idp.auth_time = portal.clock() - passed - INSTANT
    portal.clock.shift(LATER)
    return works(portal.elaas.receive_callback, query, browser=browser)


def code(portal: Portal, passed: timedelta) -> bool:
    """From the mail."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.identify(browser).flow_id
    portal.clock.shift(LATER)
    portal.elaas.submit_email(flow_id, "clerk@sommut.example.go.th", browser=browser)
    portal.clock.shift(passed)
    return works(portal.elaas.submit_one_time_code, flow_id, portal.code(), browser=browser)


def cool_down(portal: Portal, passed: timedelta) -> bool:
    """From the last mail: until then no other is sent."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.mailed(browser).flow_id
    portal.clock.shift(LATER)
    portal.elaas.resend_one_time_code(flow_id, browser=browser)
    portal.clock.shift(passed)
    return not works(portal.elaas.resend_one_time_code, flow_id, browser=browser)


ODD = timedelta(minutes=4, seconds=13)
"""Nobody's default, so that each number is seen to be the policy's."""
PLAYED: list[tuple[str, timedelta, Played]] = [
    ("second_person_within", ODD, second_person),
    ("flow_lifetime", timedelta(minutes=47), flow),
    ("attempt_lifetime", ODD, attempt),
    ("approval_lifetime", timedelta(hours=7), approval),
    ("step_up_lifetime", ODD, step_up),
    ("email_cool_off", timedelta(hours=5), cool_off),
    ("issued_credential_lifetime", timedelta(days=11), letter),
    ("issued_credential_lifetime", timedelta(days=11), reissued_letter),
    ("identity_freshness", ODD, freshness),
    ("one_time_code_lifetime", ODD, code),
    ("mail_cool_down", timedelta(seconds=73), cool_down),
]
"""The field, a value of it, and whether what it bounds still holds so long afterwards."""


@pytest.mark.parametrize(("name", "duration", "played"), PLAYED, ids=[each[2].__name__ for each in PLAYED])
def test_f63_a_duration_holds_until_its_last_instant_and_no_longer(
    tmp_path: Path, name: str, duration: timedelta, played: Played
) -> None:
    """It would be counted from another instant, or its end be on the wrong side."""
    changes: dict[str, Any] = {name: duration, "four_eyes": frozenset({"suspend"})}
    policy = replace(FOR_TESTS, **changes)
    for passed, holds in ((duration - INSTANT, True), (duration, False)):
        folder = tmp_path / str(holds)
        folder.mkdir()
        with made("sync-memory", folder, policy) as portal:
            assert holds is played(portal, passed)


SUBJECT = parse_email("clerk@sommut.example.go.th", EmailPolicy())


def budgets_of(portal: Portal, policy: FlowPolicy) -> dict[str, tuple[Any, ...]]:
    """The budgets that each limit of the policy makes."""
    keyring = portal.keyring
    mails = budgets.mails(policy, keyring, "f", "a", SUBJECT)
    by_name = {budget.name: budget for budget in mails}
    # The last one is what is told of consecutive failures, which nobody waits out for longer than a day.
    *steps, _ = budgets.username_failures(policy, keyring, "name")
    return {
        "trips_per_client": budgets.trips(policy, keyring, "f", "192.0.2.1")[1:],
        "flows_per_account": budgets.flows_begun(policy, keyring, "a", None),
        "session_flows_per_account": (budgets.session_flows(policy, "a"),),
        "email_changes_per_account": budgets.email_changes(policy, keyring, "a", None),
        "recoveries_per_client": budgets.recoveries_begun(policy, keyring, "a", "192.0.2.1"),
        "recoveries_per_person": (budgets.recoveries_of(policy, "p"),),
        "identity_first_per_client": budgets.identity_first_begun(policy, keyring, "a", "192.0.2.1"),
        "person_failures": budgets.person_failures(policy, "p"),
        "code_attempts_per_account": (budgets.account_code_attempts(policy, "a"),),
        "authenticator_attempts_per_account": (budgets.authenticator_attempts(policy, "a"),),
        "mails_per_account_and_address": (by_name["mail.account_address"],),
        "mails_per_address": (by_name["mail.address"],),
        "mail_attempts_per_account": (by_name["mail.attempts"],),
        "sign_in_failures": tuple(steps),
        "consecutive_failures": (budgets.in_a_row(policy, keyring, "name"),),
        "client_failures": (budgets.client_failures(policy, keyring, "192.0.2.1"),),
    }


def limits_of(policy: FlowPolicy) -> dict[str, tuple[Limit, ...]]:
    found = {each.name: getattr(policy, each.name) for each in fields(policy)}
    found = {name: (value,) if isinstance(value, Limit) else value for name, value in found.items()}
    return {name: value for name, value in found.items() if isinstance(value, tuple) and value}


def test_f63_f64_each_limit_counts_for_its_own_window(tmp_path: Path) -> None:
    """A budget would forget what was charged before its window is over, or keep it for longer."""
    with made("sync-memory", tmp_path) as portal:
        made_of = budgets_of(portal, FOR_TESTS)
        limits = limits_of(FOR_TESTS)
        assert set(limits) == set(made_of)
        for name, budgeted in made_of.items():
            assert [(each.limit, each.window) for each in limits[name]] == [
                (each.limit, each.window) for each in budgeted
            ], name
        of_a_flow = (
            budgets.code_attempts(FOR_TESTS, "f"),
            *budgets.trips(FOR_TESTS, portal.keyring, "f", None),
            *(
                each
                for each in budgets.mails(FOR_TESTS, portal.keyring, "f", "a", SUBJECT)
                if each.name == "mail.flow"
            ),
        )
        assert all(each.window >= FOR_TESTS.flow_lifetime for each in of_a_flow)


ELSEWHERE = {
    ("EmailPolicy", "deliverability_timeout"): ("tests/providers/test_deliverability.py", "PATIENCE"),
    ("SessionPolicy", "absolute"): ("tests/sessions/test_policy.py", "absolute"),
    ("SessionPolicy", "idle"): ("tests/sessions/test_policy.py", "idle"),
}
"""Durations that have their tests beside what they bound: where, and a word of it."""


def test_f63_every_duration_of_the_policies_is_tried() -> None:
    """A duration that is added would have no test of when it begins and ends."""
    durations = {
        (policy.__name__, name)
        for policy in (FlowPolicy, EmailPolicy, PasswordPolicy, SessionPolicy)
        for name, hint in get_type_hints(policy).items()
        if hint is timedelta
    }
    assert durations == {("FlowPolicy", name) for name, _, _ in PLAYED} | set(ELSEWHERE)
    for path, word in ELSEWHERE.values():
        assert word in (Path(__file__).parents[2] / path).read_text(encoding="utf-8")
