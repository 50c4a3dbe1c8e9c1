"""Where races begin: accounts and flows at each stage, prepared by the real facade."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from elaas_identity import (
    Browser,
    FirstUse,
    FlowPolicy,
    Keyring,
    PasswordPolicy,
    Refused,
)
from elaas_identity.accounts.account import AccountRecord
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.passwords.hashing import CHEAPEST_FOR_TESTS
from elaas_identity.testing.citizens import CITIZENS, Citizen
from tests.facade.portal import CHOSEN, ISSUED, USERNAME, Portal, made, wrong
from tests.races.scheduler import Actor, run_alone
from tests.races.world import SharedWorld, performing, suspending_facade

SHORT = "สั้นแต่เคยพอแล้ว"
"""A password of the person's own, from when the policy asked for less."""
STRICTER = FlowPolicy(passwords=PasswordPolicy(minimum_length=20, hashing=CHEAPEST_FOR_TESTS))
NO_CODE = "00000000"


@dataclass(frozen=True)
class Officer:
    """A person in a browser, with one flow."""

    name: str
    citizen: Citizen
    browser: Browser
    email: str
    flow_id: str = ""
    code: str = NO_CODE
    queries: tuple[str, ...] = ()
    """Callbacks that the identity provider sends the browser back with."""

    @property
    def chosen(self) -> str:
        """The password they set."""
        return f"{CHOSEN} {self.name}"


@dataclass(frozen=True)
class Scene:
    """A world, and who is in it."""

    name: str
    world: SharedWorld
    now: datetime
    keyring: Keyring
    policy: FlowPolicy
    account_id: str
    officers: tuple[Officer, Officer]
    stranger: Browser
    used: int = 0
    """Attempts at the first officer's code that were used before."""

    def facade(self, seed: int, *, mail_arrives: bool = True, later: timedelta = timedelta(0)) -> Any:
        """A facade as if in a process of its own."""
        return suspending_facade(
            keyring=self.keyring,
            policy=self.policy,
            now=self.now + later,
            seed=seed,
            citizens={officer.name: officer.citizen for officer in self.officers},
            mail_arrives=mail_arrives,
            legacy_verifiers=(PlainForTests(),),
        )


class PlainForTests:
    """A legacy verifier, so that a sign-in upgrades the hash."""

    def recognises(self, stored: str) -> bool:
        return stored.startswith("plain:")

    def verify(self, stored: str, password: str) -> bool:
        return stored == f"plain:{password}"


def prepared(folder: Path) -> dict[str, Scene]:
    """Every scene by name."""
    return {
        name: _scene(name, folder)
        for name in ("identity", "email", "code", "password", "reissued", "active", "too_short")
    }


def _scene(name: str, folder: Path) -> Scene:
    with made("sync-memory", folder) as portal:
        account_id = portal.provision(person=FirstUse(), contact="office@sommut.example.go.th")
        one = Officer("one", CITIZENS[0], portal.browser(), "one@sommut.example.go.th")
        two = Officer("two", CITIZENS[1], portal.browser("192.0.2.2"), "two@sommut.example.go.th")
        used = 0
        match name:
            case "identity":
                one, two = _at_identity(portal, one), _at_code(portal, two)
                one = replace(one, queries=tuple(_query(portal, one) for _ in range(5)))
            case "email":
                one, two = _at_email(portal, one), _at_code(portal, two)
            case "code":
                one, two, used = _at_code(portal, one), _at_code(portal, two), 4
                for _ in range(used):
                    _refused(portal, one)
            case "password":
                one, two = _at_password(portal, one), _at_password(portal, two)
            case "reissued":
                _at_password(portal, one, finish=True)
                password = portal.elaas.accounts.reissue(account_id, by="admin-1", reason="lost").password
                portal.clock.advance(timedelta(minutes=2))
                one = _at_password(portal, one, password=password)
                portal.clock.advance(timedelta(minutes=2))
                two = _at_password(portal, replace(two, citizen=one.citizen), password=password)
            case "active":
                _at_password(portal, one, finish=True)
                _outdate(portal, account_id, one.chosen)
            case "too_short":
                _at_password(portal, one, finish=True)
                _outdate(portal, account_id, SHORT)
        portal.clock.advance(timedelta(seconds=61))
        scene = Scene(
            name,
            SharedWorld(portal.store),
            portal.clock(),
            portal.keyring,
            FOR_TESTS if name != "too_short" else STRICTER,
            account_id,
            (one, two),
            portal.browser(),
            used,
        )
    if name == "too_short":
        return _in_change_of_password(scene)
    return scene


def _at_identity(portal: Portal, officer: Officer, password: str = ISSUED) -> Officer:
    return replace(officer, flow_id=portal.begin(officer.browser, password=password).flow_id)


def _query(portal: Portal, officer: Officer) -> str:
    query = portal.callback_query(officer.flow_id, officer.browser)
    return query.replace("authorization-code", officer.name)


def _at_email(portal: Portal, officer: Officer, password: str = ISSUED) -> Officer:
    officer = _at_identity(portal, officer, password)
    query = _query(portal, officer)
    portal.idp.citizen = officer.citizen
    portal.elaas.receive_callback(query, browser=officer.browser)
    return replace(officer, queries=(query,) * 5)


def _at_code(portal: Portal, officer: Officer, password: str = ISSUED) -> Officer:
    officer = _at_email(portal, officer, password)
    portal.elaas.submit_email(officer.flow_id, officer.email, browser=officer.browser)
    return replace(officer, code=portal.code())


def _refused(portal: Portal, officer: Officer) -> None:
    with pytest.raises(Refused, match="one_time_code_wrong"):
        portal.elaas.submit_one_time_code(officer.flow_id, wrong(officer.code), browser=officer.browser)


def _at_password(
    portal: Portal, officer: Officer, *, password: str = ISSUED, finish: bool = False
) -> Officer:
    officer = _at_code(portal, officer, password)
    portal.elaas.submit_one_time_code(officer.flow_id, officer.code, browser=officer.browser)
    if finish:
        portal.elaas.set_password(officer.flow_id, officer.chosen, browser=officer.browser)
    return officer


def _outdate(portal: Portal, account_id: str, password: str) -> None:
    """The account's hash becomes one that the next sign-in upgrades."""
    stored = portal.store._rows[AccountRecord, account_id]
    portal.store._rows[AccountRecord, account_id] = replace(stored, password_hash=f"plain:{password}")


def _in_change_of_password(scene: Scene) -> Scene:
    """Two browsers of the account's person, each told to set a longer password."""
    world, officers = scene.world, []
    for seed, officer in enumerate(scene.officers, start=900):
        facade, browser = scene.facade(seed), officer.browser
        actor = Actor("begin", partial(facade.begin, USERNAME, SHORT, browser=browser))
        world, ended = run_alone(actor, world, performing(scene.world))
        officers.append(replace(officer, flow_id=ended.value.flow_id, citizen=scene.officers[0].citizen))
    return replace(scene, world=world, officers=(officers[0], officers[1]))
