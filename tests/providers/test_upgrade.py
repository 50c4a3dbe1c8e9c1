"""An upgrade keeps what is under way alive: whoever is half-way when it comes, finishes.

The rows are those of a facade that runs today, without what the older schema has no column for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from sqlalchemy import Table, create_engine, insert, inspect, select

from elaas_identity import (
    AccountStatus,
    Browser,
    ChooseAccount,
    ElaasIdentity,
    Expected,
    PasswordSet,
    SignedIn,
    SteppedUp,
    transaction_digest,
)
from elaas_identity.change import Key
from elaas_identity.errors import Misconfigured
from elaas_identity.events import Event
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.providers.sql import SQLStore, upgrade
from elaas_identity.providers.sql_schema import METADATA
from elaas_identity.testing.clock import SeededRandom
from tests.facade.portal import CHOSEN, STRANGER, USERNAME, Portal, made
from tests.facade.stored import stored_account, stored_flow

BEFORE = "0002_audit"
DIGEST = transaction_digest(b"what is about to be done")
Upgraded: TypeAlias = Callable[..., Portal]
NEXT = "another long phrase of mine"


@dataclass
class HalfWay:
    """Somebody's flow, as far as it has come."""

    browser: Browser
    flow_id: str
    query: str = ""


@pytest.fixture
def upgraded(before: Portal, new_url: str) -> Iterator[Upgraded]:
    """Makes the same portal over a database of the older version, which is upgraded now."""
    with ExitStack() as closing:
        yield lambda *, first=False: moved(before, new_url, closing, first=first)


def moved(portal: Portal, url: str, closing: ExitStack, *, first: bool) -> Portal:
    """See `upgraded`.

    Args:
        first: the upgrade comes before the rows: a process of the older version goes on writing meanwhile.
    """
    upgrade(url, BEFORE)
    engine = create_engine(url)
    tables = {table: columns_of(engine, table) for table in METADATA.sorted_tables}
    if first:
        upgrade(url)
    source = create_engine(portal.store._database._engine.here().url)
    with source.connect() as old, engine.begin() as new:
        for table, columns in tables.items():
            if columns:
                rows = old.execute(select(*(table.c[column] for column in columns))).mappings().all()
                if rows:
                    new.execute(insert(table), [dict(row) for row in rows])
    source.dispose()
    engine.dispose()
    if not first:
        upgrade(url)
    store = SQLStore(url)
    closing.callback(store.close)
    elaas = ElaasIdentity(
        identity_provider=portal.idp,
        mailer=portal.outbox,
        store=store,
        keyring=portal.keyring,
        policy=portal.policy,
        clock=portal.clock,
        random=SeededRandom(99),
    )
    closing.callback(elaas.close)
    return Portal(elaas, store, portal.outbox, portal.idp, portal.clock, portal.keyring, [], portal.policy)


def columns_of(engine: Any, table: Table) -> list[str]:
    """The columns that the table has in that database; none where there is no such table."""
    inspector = inspect(engine)
    if not inspector.has_table(table.name):
        return []
    there = {column["name"] for column in inspector.get_columns(table.name)}
    return [column.name for column in table.columns if column.name in there]


@pytest.fixture
def before(tmp_path: Path) -> Iterator[Portal]:
    """The portal before the upgrade."""
    folder = tmp_path / "before"
    folder.mkdir()
    with made("sync-sqlite", folder) as portal:
        yield portal


def at_identity(portal: Portal) -> HalfWay:
    browser = portal.browser()
    return HalfWay(browser, portal.begin(browser).flow_id)


def on_the_trip(portal: Portal) -> HalfWay:
    there = at_identity(portal)
    return HalfWay(there.browser, there.flow_id, portal.callback_query(there.flow_id, there.browser))


def at_email(portal: Portal) -> HalfWay:
    browser = portal.browser()
    return HalfWay(browser, portal.identify(browser).flow_id)


def at_one_time_code(portal: Portal) -> HalfWay:
    browser = portal.browser()
    return HalfWay(browser, portal.mailed(browser).flow_id)


def at_password(portal: Portal) -> HalfWay:
    browser = portal.browser()
    return HalfWay(browser, portal.confirmed(browser).flow_id)


def returned(portal: Portal, person: HalfWay) -> None:
    query = person.query or portal.callback_query(person.flow_id, person.browser)
    portal.elaas.receive_callback(query, browser=person.browser)


def mailed(portal: Portal, person: HalfWay) -> None:
    portal.elaas.submit_email(person.flow_id, "clerk@sommut.example.go.th", browser=person.browser)


def confirmed(portal: Portal, person: HalfWay) -> None:
    portal.elaas.submit_one_time_code(person.flow_id, portal.code(), browser=person.browser)


def chosen(portal: Portal, person: HalfWay) -> None:
    step = portal.elaas.current(person.flow_id, browser=person.browser).step
    assert isinstance(step, ChooseAccount)
    portal.elaas.choose_account(person.flow_id, step.choices[0].account.id, browser=person.browser)


Rest: TypeAlias = tuple[Callable[[Portal, HalfWay], None], ...]

ONBOARDING: dict[str, tuple[Callable[[Portal], HalfWay], Rest]] = {
    "identity": (at_identity, (returned, mailed, confirmed)),
    "on the trip": (on_the_trip, (returned, mailed, confirmed)),
    "email": (at_email, (mailed, confirmed)),
    "one-time code": (at_one_time_code, (confirmed,)),
    "password": (at_password, ()),
}
"""How far a person has come, and what they do after the upgrade, up to the new password."""


@pytest.mark.parametrize("first", [False, True], ids=["then upgraded", "written by an older process"])
@pytest.mark.parametrize("where", ONBOARDING)
def test_an_onboarding_goes_on_after_the_upgrade(
    before: Portal, upgraded: Upgraded, where: str, first: bool
) -> None:
    """Whoever onboards on the day of the upgrade would have to begin again, or meet an error (allauth 65.13.1)."""
    half_way, rest = ONBOARDING[where]
    account_id = before.provision()
    person = half_way(before)
    portal = upgraded(first=first)
    assert stored_account(before, account_id) == stored_account(portal, account_id)
    assert stored_flow(before, person.flow_id) == stored_flow(portal, person.flow_id)
    for act in rest:
        act(portal, person)
    step = portal.elaas.set_password(person.flow_id, CHOSEN, browser=person.browser).step
    assert isinstance(step, PasswordSet)
    assert isinstance(portal.begin(portal.browser(), password=CHOSEN).step, SignedIn)


def begun(portal: Portal) -> HalfWay:
    browser = portal.browser()
    return HalfWay(browser, portal.elaas.recover(browser=browser).flow_id)


def recognised(portal: Portal) -> HalfWay:
    person = begun(portal)
    returned(portal, person)
    return person


def sent(portal: Portal) -> HalfWay:
    person = recognised(portal)
    chosen(portal, person)
    return person


def almost(portal: Portal) -> HalfWay:
    person = sent(portal)
    confirmed(portal, person)
    return person


RECOVERY: dict[str, tuple[Callable[[Portal], HalfWay], Rest]] = {
    "identity": (begun, (returned, chosen, confirmed)),
    "account": (recognised, (chosen, confirmed)),
    "one-time code": (sent, (confirmed,)),
    "password": (almost, ()),
}


@pytest.mark.parametrize("where", RECOVERY)
def test_a_recovery_goes_on_after_the_upgrade(before: Portal, upgraded: Upgraded, where: str) -> None:
    """Who has forgotten their password would have to begin again."""
    half_way, rest = RECOVERY[where]
    before.provision()
    before.onboarded()
    before.clock.advance(timedelta(minutes=2))
    person = half_way(before)
    portal = upgraded()
    for act in rest:
        act(portal, person)
    step = portal.elaas.set_password(person.flow_id, NEXT, browser=person.browser).step
    assert isinstance(step, PasswordSet)
    assert isinstance(portal.begin(portal.browser(), password=NEXT).step, SignedIn)


@pytest.mark.parametrize("first", [False, True], ids=["then upgraded", "written by an older process"])
def test_an_account_that_is_in_use_stays_so(before: Portal, upgraded: Upgraded, first: bool) -> None:
    """People could not sign in after the upgrade, or nothing new would work for who onboarded before it."""
    account_id = before.provision()
    before.provision("laas-5100102", person=Expected(STRANGER.national_id))
    before.onboarded()
    portal = upgraded(first=first)
    browser = portal.browser()
    signed_in = portal.begin(browser, password=CHOSEN).step
    assert isinstance(signed_in, SignedIn)
    session = signed_in.session("session-1")
    flow_id = portal.elaas.step_up(session, DIGEST, browser=browser).flow_id
    portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
    step = portal.elaas.consume_step_up(flow_id, session, DIGEST, browser=browser).step
    assert isinstance(step, SteppedUp)
    accounts = portal.elaas.accounts
    assert (
        AccountStatus.CLOSED is accounts.close_account(account_id, by="admin-1", reason="order 7/2568").status
    )
    assert 1 == len(accounts.erase_person(step.person.national_id, by="admin-1", reason="request 7/2569"))


def test_what_happened_before_stays_told(before: Portal, upgraded: Upgraded) -> None:
    """The trail would begin with the upgrade."""
    account_id = before.provision()
    before.onboarded()
    portal = upgraded()
    key = Key(Event, account_id, field="account_id", limit=1000)
    events = portal.store.load(key).all(key)
    assert {event.id for event in before.events} == {event.id for event in events}
    assert events == before.store.load(key).all(key)


def test_an_older_schema_is_told_and_not_written_to(before: Portal, new_url: str) -> None:
    """A portal that was deployed before its database was upgraded would fail with a driver's error, half-way."""
    upgrade(new_url, BEFORE)
    store = SQLStore(new_url)
    before.provision()
    flow = stored_flow(before, before.begin(before.browser(), USERNAME).flow_id)
    with pytest.raises(Misconfigured, match="store_schema"):
        store.load(Key(FlowRecord, flow.id))
    store.close()
