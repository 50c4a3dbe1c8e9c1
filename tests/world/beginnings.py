"""Where races begin: accounts and flows at each stage, prepared by the real facade. One function a scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from elaas_identity import FirstUse, FlowPolicy, PasswordPolicy
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.passwords.hashing import CHEAPEST_FOR_TESTS
from elaas_identity.testing.citizens import CITIZENS
from tests.facade.portal import USERNAME, made
from tests.world.actor import Actor, run_alone
from tests.world.later_beginnings import LATER_BEGINNINGS, POLICIES
from tests.world.scenes import OTHER_USERNAME, RETIRING, Officer, Scene
from tests.world.shared import SharedWorld, performing
from tests.world.signed_in_beginnings import SIGNED_IN_BEGINNINGS
from tests.world.ways import (
    A_WHILE,
    UNTIL_THEN,
    Beginning,
    at_code,
    at_email,
    at_identity,
    at_password,
    forgotten,
    nearly_used_up,
    outdate,
    recovering,
    recovery_at_account,
    recovery_at_code,
    recovery_at_password,
    with_queries,
)

SHORT = "สั้นแต่เคยพอแล้ว"
"""A password of the person's own, from when the policy asked for less."""
STRICTER = FlowPolicy(passwords=PasswordPolicy(minimum_length=20, hashing=CHEAPEST_FOR_TESTS))

Begun: TypeAlias = Callable[[Beginning], Beginning]


def prepared(folder: Path) -> dict[str, Scene]:
    """Every scene by name."""
    return {name: _scene(name, begun, folder) for name, begun in BEGINNINGS.items()}


def _scene(name: str, begun: Begun, folder: Path) -> Scene:
    policy = POLICIES.get(name, FOR_TESTS)
    with made("sync-memory", folder, policy) as portal:
        account_id = portal.provision(person=FirstUse(), contact="office@sommut.example.go.th")
        one = Officer("one", CITIZENS[0], portal.browser(), "one@sommut.example.go.th")
        two = Officer("two", CITIZENS[1], portal.browser("192.0.2.2"), "two@sommut.example.go.th")
        begin = begun(Beginning(portal, account_id, one, two, policy=policy))
        portal.clock.shift(UNTIL_THEN)
        scene = Scene(
            name=name,
            world=SharedWorld(portal.store),
            now=portal.clock(),
            keyring=RETIRING if name == "key_retired" else portal.keyring,
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
    one, two = at_identity(portal, begin.one), at_code(portal, begin.two)
    return replace(begin, one=with_queries(portal, one), two=two)


def email(begin: Beginning) -> Beginning:
    return replace(begin, one=at_email(begin.portal, begin.one), two=at_code(begin.portal, begin.two))


def code(begin: Beginning) -> Beginning:
    one, two = at_code(begin.portal, begin.one), at_code(begin.portal, begin.two)
    return nearly_used_up(replace(begin, one=one, two=two))


def password(begin: Beginning) -> Beginning:
    one, two = at_password(begin.portal, begin.one), at_password(begin.portal, begin.two)
    return replace(begin, one=one, two=two)


def reissued(begin: Beginning) -> Beginning:
    portal, one = begin.portal, begin.one
    at_password(portal, one, finish=True)
    letter = portal.elaas.accounts.reissue(begin.account_id, by="admin-1", reason="lost").password
    portal.clock.shift(A_WHILE)
    one = at_password(portal, one, password=letter)
    portal.clock.shift(A_WHILE)
    return replace(
        begin, one=one, two=at_password(portal, replace(begin.two, citizen=one.citizen), password=letter)
    )


def active(begin: Beginning) -> Beginning:
    at_password(begin.portal, begin.one, finish=True)
    outdate(begin, begin.one.chosen)
    return begin


def too_short(begin: Beginning) -> Beginning:
    at_password(begin.portal, begin.one, finish=True)
    outdate(begin, SHORT)
    return replace(begin, passwords=(SHORT,), policy=STRICTER)


# Recovery, in two browsers of the one who holds the account


def recovery_identity(begin: Beginning) -> Beginning:
    begin = forgotten(begin)
    one, two = recovering(begin.portal, begin.one), recovery_at_code(begin, begin.two)
    return replace(begin, one=with_queries(begin.portal, one), two=two)


def recovery_account(begin: Beginning) -> Beginning:
    """Whoever holds it holds another as well, under another address."""
    portal = begin.portal
    begin = forgotten(begin)
    other_id = portal.provision(OTHER_USERNAME, person=FirstUse())
    elsewhere = replace(begin.one, name="before", email="other@sommut.example.go.th")
    at_password(portal, elsewhere, username=OTHER_USERNAME, finish=True)
    portal.clock.shift(A_WHILE)
    one, two = recovery_at_account(portal, begin.one), recovery_at_account(portal, begin.two)
    return replace(begin, one=one, two=two, other_id=other_id)


def recovery_code(begin: Beginning) -> Beginning:
    begin = forgotten(begin)
    two = recovery_at_code(begin, begin.two)
    return nearly_used_up(replace(begin, one=recovery_at_code(begin, begin.one), two=two))


def recovery_password(begin: Beginning) -> Beginning:
    begin = forgotten(begin)
    two = recovery_at_password(begin, begin.two)
    return replace(begin, one=recovery_at_password(begin, begin.one), two=two)


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
        *LATER_BEGINNINGS,
        *SIGNED_IN_BEGINNINGS,
    )
}


def _in_change_of_password(scene: Scene) -> Scene:
    """Two browsers of the account's person, each told to set a longer password."""
    world, officers = scene.world, []
    for seed, officer in enumerate(scene.officers, start=900):
        facade, browser = scene.facade(seed), officer.browser
        actor = Actor("begin", partial(facade.begin, USERNAME, SHORT, browser=browser))
        world, ended = run_alone(actor, world, performing(scene.world))
        officers.append(replace(officer, flow_id=ended.value.flow_id, citizen=scene.officers[0].citizen))
    return replace(scene, world=world, officers=(officers[0], officers[1]))
