"""How people get to where a race begins: their steps through the real facade."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from elaas_identity import FlowPolicy, Refused
from elaas_identity.accounts.account import AccountRecord
from elaas_identity.flow.policy import FOR_TESTS
from tests.facade.portal import ISSUED, USERNAME, Portal, wrong
from tests.world.scenes import Officer

A_WHILE = timedelta(minutes=2)
"""Longer than the cool-down of a mail."""
UNTIL_THEN = timedelta(seconds=61)
"""From where a scene is prepared to where its races begin: after the cool-down of its last mail."""


@dataclass(frozen=True)
class Beginning:
    """The account in a portal, and who is where."""

    portal: Portal
    account_id: str
    one: Officer
    two: Officer
    used: int = 0
    passwords: tuple[str, ...] = ()
    other_id: str = ""
    policy: FlowPolicy = FOR_TESTS


def at_identity(
    portal: Portal, officer: Officer, password: str = ISSUED, username: str = USERNAME
) -> Officer:
    flow_id = portal.begin(officer.browser, username=username, password=password).flow_id
    return replace(officer, flow_id=flow_id)


def query_for(portal: Portal, officer: Officer) -> str:
    query = portal.callback_query(officer.flow_id, officer.browser)
    return query.replace("authorization-code", officer.name)


def with_queries(portal: Portal, officer: Officer) -> Officer:
    return replace(officer, queries=tuple(query_for(portal, officer) for _ in range(5)))


def identified(portal: Portal, officer: Officer) -> Officer:
    query = query_for(portal, officer)
    portal.idp.citizen = officer.citizen
    portal.elaas.receive_callback(query, browser=officer.browser)
    return replace(officer, queries=(query,) * 5)


def at_email(portal: Portal, officer: Officer, password: str = ISSUED, username: str = USERNAME) -> Officer:
    return identified(portal, at_identity(portal, officer, password, username))


def at_code(portal: Portal, officer: Officer, password: str = ISSUED, username: str = USERNAME) -> Officer:
    officer = at_email(portal, officer, password, username)
    portal.elaas.submit_email(officer.flow_id, officer.email, browser=officer.browser)
    return replace(officer, code=portal.code())


def at_password(
    portal: Portal,
    officer: Officer,
    *,
    password: str = ISSUED,
    username: str = USERNAME,
    finish: bool = False,
) -> Officer:
    officer = confirmed(portal, at_code(portal, officer, password, username))
    if finish:
        portal.elaas.set_password(officer.flow_id, officer.chosen, browser=officer.browser)
    return officer


def confirmed(portal: Portal, officer: Officer) -> Officer:
    portal.elaas.submit_one_time_code(officer.flow_id, officer.code, browser=officer.browser)
    return officer


def nearly_used_up(begin: Beginning, used: int = 4) -> Beginning:
    one = begin.one
    for _ in range(used):
        with pytest.raises(Refused, match="one_time_code_wrong"):
            begin.portal.elaas.submit_one_time_code(one.flow_id, wrong(one.code), browser=one.browser)
    return replace(begin, used=used)


def outdate(begin: Beginning, password: str) -> None:
    """The account's hash becomes one that the next sign-in upgrades."""
    rows, key = begin.portal.store._rows, (AccountRecord, begin.account_id)
    rows[key] = replace(rows[key], password_hash=f"plain:{password}")


def forgotten(begin: Beginning) -> Beginning:
    """Onboarded, with a password that the person does not set again; both browsers are theirs."""
    before = replace(begin.one, name="before")
    at_password(begin.portal, before, finish=True)
    begin.portal.clock.shift(A_WHILE)
    two = replace(begin.two, citizen=before.citizen, email=before.email)
    return replace(begin, two=two, passwords=(before.chosen,))


def recovering(portal: Portal, officer: Officer) -> Officer:
    return replace(officer, flow_id=portal.elaas.recover(browser=officer.browser).flow_id)


def recovery_at_account(portal: Portal, officer: Officer) -> Officer:
    return identified(portal, recovering(portal, officer))


def recovery_at_code(begin: Beginning, officer: Officer) -> Officer:
    portal = begin.portal
    officer = recovery_at_account(portal, officer)
    portal.elaas.choose_account(officer.flow_id, begin.account_id, browser=officer.browser)
    portal.clock.shift(A_WHILE)
    return replace(officer, code=portal.code())


def recovery_at_password(begin: Beginning, officer: Officer) -> Officer:
    return confirmed(begin.portal, recovery_at_code(begin, officer))
