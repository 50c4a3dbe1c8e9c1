"""Erasure of a person (R7.4, PDPA s.33): what is theirs goes from every binding, and history keeps its ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select

from elaas_identity import Expected, Keyring, ProvideCredential, Refused, SignedIn
from elaas_identity.accounts.account import BindingRecord
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.change import Key
from elaas_identity.events import Event
from elaas_identity.person.verified import subject_of
from elaas_identity.providers.sql_schema import METADATA
from elaas_identity.testing.citizens import CITIZENS
from tests.audit.trail import KEYS
from tests.authenticator_app.apps import shown
from tests.facade.portal import CHOSEN, FLAVOURS, ISSUED, OFFICER, STRANGER, USERNAME, Portal, made
from tests.facade.stored import stored_account, stored_bindings
from tests.facade.test_rekeying import BOTH, with_keys

WHY: dict[str, Any] = {"by": "data protection officer (invented)", "reason": "request 7/2569"}
SECOND_NAME, THIRD_NAME = "laas-5100102", "laas-5100103"
HERS, HIS = "clerk@sommut.example.go.th", "next@sommut.example.go.th"


@dataclass
class World:
    """A portal whose officer has left two accounts: one was handed over, the other closed."""

    portal: Portal
    folder: Path
    handed_over: str
    closed: str

    @property
    def accounts(self) -> Any:
        return self.portal.elaas.accounts

    def erase(self) -> tuple[str, ...]:
        erased = self.accounts.erase_person(OFFICER.national_id, **WHY)
        assert isinstance(erased, tuple)
        return erased

    def bindings(self, account_id: str) -> tuple[BindingRecord, ...]:
        return stored_bindings(self.portal, account_id)

    def left(self) -> tuple[BindingRecord, BindingRecord]:
        """The officer's two bindings."""
        return self.bindings(self.handed_over)[0], self.bindings(self.closed)[0]

    def at_rest(self) -> str:
        """Everything in the store."""
        if self.portal.flavour.endswith("memory"):
            return repr(self.portal.store.contents())
        engine = create_engine(f"sqlite:///{self.folder / 'elaas.db'}")
        with engine.connect() as connection:
            rows = [connection.execute(select(table)).all() for table in METADATA.sorted_tables]
        engine.dispose()
        return repr(rows)

    def of_the_person(self) -> set[str]:
        """All that stands in the store about them, and what it would be looked for by."""
        portal = self.portal
        identity = portal.idp.identity_of(OFFICER, portal.clock())
        found = {
            OFFICER.national_id.reveal(),
            OFFICER.name,
            OFFICER.family_name,
            HERS,
            *portal.keyring.indexes("person", OFFICER.national_id.reveal()),
            *portal.keyring.indexes("subject", subject_of(identity)),
        }
        for binding in self.left():
            found |= {binding.identity_sealed, binding.email_sealed}
            app = app_of(portal, binding.id)
            if app is not None:
                assert app.secret_sealed is not None
                found |= {app.secret_sealed, *app.recovery_codes_sealed}
        return found


def app_of(portal: Portal, binding_id: str) -> AuthenticatorRecord | None:
    key = Key(AuthenticatorRecord, binding_id)
    found = portal.store.load(key).one(key)
    assert found is None or isinstance(found, AuthenticatorRecord)
    return found


def onboard(
    portal: Portal, username: str = USERNAME, issued: str = ISSUED, email: str = HERS, chosen: str = CHOSEN
) -> None:
    """The whole flow, by whom the identity provider proves."""
    portal.clock.shift(minutes=2)
    browser = portal.browser()
    flow_id = portal.begin(browser, username, issued).flow_id
    portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
    portal.elaas.submit_email(flow_id, email, browser=browser)
    portal.elaas.confirm_and_set_password(flow_id, portal.code(), chosen, browser=browser)


def enrol(portal: Portal, username: str) -> None:
    """An authenticator app for who signs in there."""
    browser = portal.browser()
    signed_in = portal.begin(browser, username, CHOSEN).step
    assert isinstance(signed_in, SignedIn)
    flow_id = portal.elaas.enrol_authenticator(signed_in.session("ref"), browser=browser).flow_id
    step = portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser).step
    portal.elaas.confirm_authenticator(flow_id, shown(step.uri, portal.clock()), browser=browser)


@pytest.fixture(params=FLAVOURS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with made(request.param, tmp_path, audit_keys=KEYS) as portal:
        handed_over, closed = portal.provision(), portal.provision(SECOND_NAME, contact=HERS)
        onboard(portal)
        onboard(portal, SECOND_NAME)
        enrol(portal, SECOND_NAME)
        # A recovery and a wrong password leave what they are counted by.
        browser = portal.browser()
        flow_id = portal.elaas.recover(browser=browser).flow_id
        portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
        accounts = portal.elaas.accounts
        next_one = accounts.hand_over(handed_over, Expected(STRANGER.national_id), **WHY)
        accounts.close_account(closed, **WHY)
        portal.idp.citizen = STRANGER
        onboard(portal, issued=next_one.password, email=HIS)
        portal.idp.citizen = OFFICER
        yield World(portal, tmp_path, handed_over, closed)


def test_r7_4_nothing_of_the_person_is_left(world: World) -> None:
    """Somebody's ID, name, address or app would stay in a record that nobody thought of."""
    theirs, before = world.of_the_person(), world.left()
    assert app_of(world.portal, before[1].id) is not None
    assert before[0].person_index in world.at_rest()
    assert {binding.id for binding in before} == set(world.erase())
    # What they left unfinished, and what they are counted by, goes with time.
    world.portal.clock.shift(days=3)
    world.portal.elaas.purge()
    kept = world.at_rest()
    assert [] == [text for text in theirs if text in kept]


def test_r7_4_the_bindings_stay_as_ids_and_times(world: World) -> None:
    """A portal's old records would point at nobody, or the next officer would be erased with the one before."""
    before, next_one = world.left(), world.bindings(world.handed_over)[1]
    world.erase()
    after = world.left()
    for was, now in zip(before, after, strict=True):
        assert (was.id, was.account_id, was.started_at, was.ended_at) == (
            now.id,
            now.account_id,
            now.started_at,
            now.ended_at,
        )
        assert ("", "", "", "") == (
            now.person_index,
            now.subject_index,
            now.identity_sealed,
            now.email_sealed,
        )
        assert world.portal.clock() == now.erased_at
    assert next_one == world.bindings(world.handed_over)[1]
    assert isinstance(world.portal.begin(world.portal.browser(), password=CHOSEN).step, SignedIn)


def test_r7_4_each_binding_has_its_event(world: World) -> None:
    """Nobody would answer for what is gone."""
    world.portal.events.clear()
    world.erase()
    expected = {
        ("person.erased", "done", binding.account_id, binding.id, *WHY.values()) for binding in world.left()
    }
    events = world.portal.events
    assert 2 == len(events)
    assert expected == {
        (event.kind, event.outcome, event.account_id, event.binding_id, event.by, event.reason)
        for event in events
    }


def test_it_runs_twice(world: World) -> None:
    """A run that died half-way could not be repeated, or would say that it did what was done before."""
    world.erase()
    world.portal.events.clear()
    assert () == world.erase()
    assert () == world.accounts.erase_person(CITIZENS[2].national_id, **WHY)
    assert [] == world.portal.events


@pytest.mark.parametrize("then", ["nothing", "reissue", "suspend"])
def test_r7_4_who_holds_an_account_is_not_erased(world: World, then: str) -> None:
    """An account would be somebody's of whom nothing is known; or half of a person would be gone."""
    third = world.portal.provision(THIRD_NAME)
    onboard(world.portal, THIRD_NAME)
    if then != "nothing":
        getattr(world.accounts, then)(third, **WHY)
    before = (*world.left(), *world.bindings(third))
    app = app_of(world.portal, before[1].id)
    world.portal.events.clear()
    with pytest.raises(Refused, match="account_status") as refused:
        world.erase()
    assert third in (refused.value.detail or "")
    assert before == (*world.left(), *world.bindings(third))
    assert app == app_of(world.portal, before[1].id)
    assert [("account.refused", "account_status", *WHY.values())] == [
        (event.kind, event.code, event.by, event.reason) for event in world.portal.events
    ]
    world.accounts.close_account(third, **WHY)
    assert 3 == len(world.erase())


def test_somebody_answers_for_it(world: World) -> None:
    """An erasure would leave nobody to ask."""
    before = world.left()
    for by, reason in ((" ", "request"), ("officer", "")):
        with pytest.raises(Refused, match="account_invalid"):
            world.accounts.erase_person(OFFICER.national_id, by=by, reason=reason)
    assert before == world.left()


def test_who_held_one_account_twice_is_erased_from_both(world: World) -> None:
    """An officer who came back and left again could not be erased: two events would be one."""
    portal, accounts = world.portal, world.accounts
    again = accounts.hand_over(world.handed_over, Expected(OFFICER.national_id), **WHY)
    onboard(portal, issued=again.password, chosen="another long phrase of mine")
    accounts.close_account(world.handed_over, **WHY)
    portal.events.clear()
    first, _, third = world.bindings(world.handed_over)
    assert {first.id, third.id, world.bindings(world.closed)[0].id} == set(world.erase())
    assert 3 == len({event.id for event in portal.events})


def test_a_closed_account_forgets_whom_it_expected(world: World) -> None:
    """The national ID and the mailbox would stay with an account that nobody opens again (PDPA s.37)."""
    closed = stored_account(world.portal, world.closed)
    assert (None, None, None, False) == (
        closed.expected_person_index,
        closed.expected_person_sealed,
        closed.contact_sealed,
        closed.first_use,
    )


def test_who_was_erased_is_nobody(world: World) -> None:
    """Somebody who was erased would still be recognised."""
    world.erase()
    portal, browser = world.portal, world.portal.browser()
    flow_id = portal.elaas.recover(browser=browser).flow_id
    with pytest.raises(Refused, match="person_without_account"):
        portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
    flow_id = portal.elaas.begin_with_thaid(browser=browser).flow_id
    progress = portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
    assert isinstance(progress.step, ProvideCredential)
    assert () == progress.step.opens_now
    for username in (USERNAME, SECOND_NAME):
        with pytest.raises(Refused, match="credential_wrong"):
            portal.elaas.submit_credential(flow_id, username, CHOSEN, browser=browser)


def test_who_was_erased_may_come_back(world: World) -> None:
    """An erasure would keep somebody out for ever, or give them back what was erased."""
    world.erase()
    erased = world.left()
    third = world.portal.provision(THIRD_NAME)
    onboard(world.portal, THIRD_NAME)
    (new,) = world.bindings(third)
    assert new.id not in {binding.id for binding in erased}
    assert erased == world.left()


def test_r7_4_what_is_left_moves_to_a_new_key(world: World) -> None:
    """The old key could never be retired: nothing opens what is not there."""
    world.erase()
    with_keys(world.portal, Keyring(BOTH, current="k2"))
    # Two accounts, three bindings, one app.
    assert 6 == world.accounts.rekey("k1")
    assert 0 == world.accounts.rekey("k1")
    for binding in world.left():
        assert ("k2", "", "") == (binding.key_id, binding.person_index, binding.identity_sealed)


def test_r7_4_a_person_is_found_under_every_key(world: World) -> None:
    """In the middle of a rotation half of a person would stay."""
    with_keys(world.portal, Keyring(BOTH, current="k2"))
    third = world.portal.provision(THIRD_NAME)
    onboard(world.portal, THIRD_NAME)
    world.accounts.close_account(third, **WHY)
    assert ["k1", "k1", "k2"] == [one.key_id for one in (*world.left(), *world.bindings(third))]
    assert 3 == len(world.erase())


def test_r7_4_the_trail_forgets_them_too_and_still_holds(world: World) -> None:
    """The clients that a person came from would stay in the trail, or their erasure look like tampering."""
    portal, audit = world.portal, world.portal.elaas.audit
    portal.clock.shift(minutes=1)
    sealed = audit.seal()
    erased = world.erase()
    portal.clock.shift(minutes=1)
    counts = [
        audit.erase_events(before=portal.clock(), binding_id=binding_id, **WHY) for binding_id in erased
    ]
    assert all(counts)
    portal.clock.shift(minutes=1)
    audit.seal()
    found = audit.verify([sealed.line()])
    assert (None, sum(counts)) == (found.fault, found.erased)
    for account_id in (world.handed_over, world.closed):
        key = Key(Event, account_id, field="account_id", limit=1000)
        theirs = [
            event
            for event in portal.store.load(key).all(key)
            if event.binding_id in erased and event.kind != "audit.erased"
        ]
        assert theirs != []
        assert [(None, None)] * len(theirs) == [(event.client, event.correlation_id) for event in theirs]
