"""Where races begin: accounts and flows at each stage, prepared by the real facade. One function a scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest

from elaas_identity import FirstUse, FlowPolicy, PasswordPolicy, Refused
from elaas_identity.accounts.account import AccountRecord
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.passwords.hashing import CHEAPEST_FOR_TESTS
from elaas_identity.testing.citizens import CITIZENS
from tests.facade.portal import ISSUED, USERNAME, Portal, made, wrong
from tests.races.scenes import OTHER_USERNAME, Officer, Scene
from tests.races.scheduler import Actor, run_alone
from tests.races.world import SharedWorld, performing

SHORT = "สั้นแต่เคยพอแล้ว"
"""A password of the person's own, from when the policy asked for less."""
STRICTER = FlowPolicy(passwords=PasswordPolicy(minimum_length=20, hashing=CHEAPEST_FOR_TESTS))
A_WHILE = timedelta(minutes=2)
"""Longer than the cool-down of a mail."""


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


Begun: TypeAlias = Callable[[Beginning], Beginning]


def prepared(folder: Path) -> dict[str, Scene]:
    """Every scene by name."""
    return {name: _scene(name, begun, folder) for name, begun in BEGINNINGS.items()}


def _scene(name: str, begun: Begun, folder: Path) -> Scene:
    with made("sync-memory", folder) as portal:
        account_id = portal.provision(person=FirstUse(), contact="office@sommut.example.go.th")
        one = Officer("one", CITIZENS[0], portal.browser(), "one@sommut.example.go.th")
        two = Officer("two", CITIZENS[1], portal.browser("192.0.2.2"), "two@sommut.example.go.th")
        begin = begun(Beginning(portal, account_id, one, two))
        portal.clock.advance(timedelta(seconds=61))
        scene = Scene(
            name=name,
            world=SharedWorld(portal.store),
            now=portal.clock(),
            keyring=portal.keyring,
            policy=begin.policy,
            account_id=account_id,
            officers=(begin.one, begin.two),
            successor=Officer("next", CITIZENS[1], portal.browser("192.0.2.3"), "next@sommut.example.go.th"),
            stranger=portal.browser(),
            used=begin.used,
            passwords=begin.passwords,
            other_id=begin.other_id,
        )
    return _in_change_of_password(scene) if begin.policy is STRICTER else scene


# Onboarding and sign-in


def identity(begin: Beginning) -> Beginning:
    portal = begin.portal
    one, two = _at_identity(portal, begin.one), _at_code(portal, begin.two)
    return replace(begin, one=_with_queries(portal, one), two=two)


def email(begin: Beginning) -> Beginning:
    return replace(begin, one=_at_email(begin.portal, begin.one), two=_at_code(begin.portal, begin.two))


def code(begin: Beginning) -> Beginning:
    one, two = _at_code(begin.portal, begin.one), _at_code(begin.portal, begin.two)
    return _nearly_used_up(replace(begin, one=one, two=two))


def password(begin: Beginning) -> Beginning:
    one, two = _at_password(begin.portal, begin.one), _at_password(begin.portal, begin.two)
    return replace(begin, one=one, two=two)


def reissued(begin: Beginning) -> Beginning:
    portal, one = begin.portal, begin.one
    _at_password(portal, one, finish=True)
    letter = portal.elaas.accounts.reissue(begin.account_id, by="admin-1", reason="lost").password
    portal.clock.advance(A_WHILE)
    one = _at_password(portal, one, password=letter)
    portal.clock.advance(A_WHILE)
    return replace(
        begin, one=one, two=_at_password(portal, replace(begin.two, citizen=one.citizen), password=letter)
    )


def active(begin: Beginning) -> Beginning:
    _at_password(begin.portal, begin.one, finish=True)
    _outdate(begin, begin.one.chosen)
    return begin


def too_short(begin: Beginning) -> Beginning:
    _at_password(begin.portal, begin.one, finish=True)
    _outdate(begin, SHORT)
    return replace(begin, passwords=(SHORT,), policy=STRICTER)


# Recovery, in two browsers of the one who holds the account


def recovery_identity(begin: Beginning) -> Beginning:
    begin = _forgotten(begin)
    one, two = _recovering(begin.portal, begin.one), _recovery_at_code(begin, begin.two)
    return replace(begin, one=_with_queries(begin.portal, one), two=two)


def recovery_account(begin: Beginning) -> Beginning:
    """Whoever holds it holds another as well, under another address."""
    portal = begin.portal
    begin = _forgotten(begin)
    other_id = portal.provision(OTHER_USERNAME, person=FirstUse())
    elsewhere = replace(begin.one, name="before", email="other@sommut.example.go.th")
    _at_password(portal, elsewhere, username=OTHER_USERNAME, finish=True)
    portal.clock.advance(A_WHILE)
    one, two = _recovery_at_account(portal, begin.one), _recovery_at_account(portal, begin.two)
    return replace(begin, one=one, two=two, other_id=other_id)


def recovery_code(begin: Beginning) -> Beginning:
    begin = _forgotten(begin)
    two = _recovery_at_code(begin, begin.two)
    return _nearly_used_up(replace(begin, one=_recovery_at_code(begin, begin.one), two=two))


def recovery_password(begin: Beginning) -> Beginning:
    begin = _forgotten(begin)
    two = _recovery_at_password(begin, begin.two)
    return replace(begin, one=_recovery_at_password(begin, begin.one), two=two)


def suspended(begin: Beginning) -> Beginning:
    """A recovery was under way when it was suspended."""
    begin = recovery_password(begin)
    begin.portal.elaas.accounts.suspend(begin.account_id, by="admin-1", reason="inquiry")
    return begin


BEGINNINGS: dict[str, Begun] = {
    begun.__name__: begun
    for begun in (
        identity,
        email,
        code,
        password,
        reissued,
        active,
        too_short,
        recovery_identity,
        recovery_account,
        recovery_code,
        recovery_password,
        suspended,
    )
}

# How they get there


def _at_identity(
    portal: Portal, officer: Officer, password: str = ISSUED, username: str = USERNAME
) -> Officer:
    flow_id = portal.begin(officer.browser, username=username, password=password).flow_id
    return replace(officer, flow_id=flow_id)


def _query(portal: Portal, officer: Officer) -> str:
    query = portal.callback_query(officer.flow_id, officer.browser)
    return query.replace("authorization-code", officer.name)


def _with_queries(portal: Portal, officer: Officer) -> Officer:
    return replace(officer, queries=tuple(_query(portal, officer) for _ in range(5)))


def _identified(portal: Portal, officer: Officer) -> Officer:
    query = _query(portal, officer)
    portal.idp.citizen = officer.citizen
    portal.elaas.receive_callback(query, browser=officer.browser)
    return replace(officer, queries=(query,) * 5)


def _at_email(portal: Portal, officer: Officer, password: str = ISSUED, username: str = USERNAME) -> Officer:
    return _identified(portal, _at_identity(portal, officer, password, username))


def _at_code(portal: Portal, officer: Officer, password: str = ISSUED, username: str = USERNAME) -> Officer:
    officer = _at_email(portal, officer, password, username)
    portal.elaas.submit_email(officer.flow_id, officer.email, browser=officer.browser)
    return replace(officer, code=portal.code())


def _at_password(
    portal: Portal,
    officer: Officer,
    *,
    password: str = ISSUED,
    username: str = USERNAME,
    finish: bool = False,
) -> Officer:
    officer = _confirmed(portal, _at_code(portal, officer, password, username))
    if finish:
        portal.elaas.set_password(officer.flow_id, officer.chosen, browser=officer.browser)
    return officer


def _confirmed(portal: Portal, officer: Officer) -> Officer:
    portal.elaas.submit_one_time_code(officer.flow_id, officer.code, browser=officer.browser)
    return officer


def _nearly_used_up(begin: Beginning, used: int = 4) -> Beginning:
    one = begin.one
    for _ in range(used):
        with pytest.raises(Refused, match="one_time_code_wrong"):
            begin.portal.elaas.submit_one_time_code(one.flow_id, wrong(one.code), browser=one.browser)
    return replace(begin, used=used)


def _outdate(begin: Beginning, password: str) -> None:
    """The account's hash becomes one that the next sign-in upgrades."""
    rows, key = begin.portal.store._rows, (AccountRecord, begin.account_id)
    rows[key] = replace(rows[key], password_hash=f"plain:{password}")


def _forgotten(begin: Beginning) -> Beginning:
    """Onboarded, with a password that the person does not set again; both browsers are theirs."""
    before = replace(begin.one, name="before")
    _at_password(begin.portal, before, finish=True)
    begin.portal.clock.advance(A_WHILE)
    two = replace(begin.two, citizen=before.citizen, email=before.email)
    return replace(begin, two=two, passwords=(before.chosen,))


def _recovering(portal: Portal, officer: Officer) -> Officer:
    return replace(officer, flow_id=portal.elaas.recover(browser=officer.browser).flow_id)


def _recovery_at_account(portal: Portal, officer: Officer) -> Officer:
    return _identified(portal, _recovering(portal, officer))


def _recovery_at_code(begin: Beginning, officer: Officer) -> Officer:
    portal = begin.portal
    officer = _recovery_at_account(portal, officer)
    portal.elaas.choose_account(officer.flow_id, begin.account_id, browser=officer.browser)
    portal.clock.advance(A_WHILE)
    return replace(officer, code=portal.code())


def _recovery_at_password(begin: Beginning, officer: Officer) -> Officer:
    return _confirmed(begin.portal, _recovery_at_code(begin, officer))


def _in_change_of_password(scene: Scene) -> Scene:
    """Two browsers of the account's person, each told to set a longer password."""
    world, officers = scene.world, []
    for seed, officer in enumerate(scene.officers, start=900):
        facade, browser = scene.facade(seed), officer.browser
        actor = Actor("begin", partial(facade.begin, USERNAME, SHORT, browser=browser))
        world, ended = run_alone(actor, world, performing(scene.world))
        officers.append(replace(officer, flow_id=ended.value.flow_id, citizen=scene.officers[0].citizen))
    return replace(scene, world=world, officers=(officers[0], officers[1]))
