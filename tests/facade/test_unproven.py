"""Who has proven nothing leaves nothing in the store that a purge does not take (F1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from elaas_identity import Browser, Refused
from elaas_identity.flow.transitions import TABLE, Input, Purpose, Stage
from tests.facade.kinds import BY_KIND
from tests.facade.portal import Portal, made
from tests.facade.test_events import acts_for

FIRST_STEP = {Purpose.RECOVERY: "recover", Purpose.IDENTITY_FIRST: "begin_with_thaid"}
"""The calls that ask for no proof of anything."""


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    with made("sync-memory", tmp_path, BY_KIND) as built:
        yield built


def rows_left(portal: Portal) -> int:
    """How many rows a purge leaves when all has run out."""
    portal.clock.shift(days=400)
    portal.elaas.purge(older_than=timedelta(0))
    return sum(map(len, portal.store.contents().values()))


def is_unproven(purpose: Purpose, stage: Stage, happened: Input) -> bool:
    """Said once more, and not by the code's own table: by what the person has shown so far."""
    if purpose not in FIRST_STEP:
        return False  # a password, or a session
    return stage in (Stage.START, Stage.IDENTITY) and happened not in (
        Input.IDENTITY_VERIFIED,
        Input.PERSON_RECOGNISED,
        Input.ACCOUNT_CHOSEN,
    )


@pytest.mark.parametrize(("purpose", "stage", "happened"), list(TABLE))
def test_f1_every_row_of_the_table_stores_its_event_only_where_something_is_proven(
    portal: Portal, purpose: Purpose, stage: Stage, happened: Input
) -> None:
    """Anybody could write to the trail without end, or what a proven person did would be missing there."""
    acts = acts_for(portal, purpose, stage, happened)
    acts.arrive(purpose, stage)
    before = events(portal)
    portal.events.clear()
    getattr(acts, happened.value)()
    kind = TABLE[purpose, stage, happened].event
    stored = [event for event in events(portal) if event not in before and event[1] == kind]
    assert kind in portal.kinds()
    assert is_unproven(purpose, stage, happened) == (stored == [])


def events(portal: Portal) -> list[tuple[object, object]]:
    """Id and kind of every event that is stored."""
    return [(event["id"], event["kind"]) for event in portal.store.contents().get("Event", [])]


def trips(portal: Portal, browser: Browser, flow_id: str) -> None:
    """To ThaID, and back with a refusal; and once in another browser."""
    for number in range(130):
        with suppress(Refused):
            query = portal.callback_query(flow_id, browser)
            denied = query.replace("code=authorization-code", "error=access_denied")
            portal.idp.failure = Refused("identity_denied")
            portal.elaas.receive_callback(denied, browser=portal.browser() if number % 2 else browser)


def cancelled(portal: Portal, browser: Browser, flow_id: str) -> None:
    portal.elaas.cancel(flow_id, browser=browser)


def expired(portal: Portal, browser: Browser, flow_id: str) -> None:
    portal.clock.shift(hours=2)
    with suppress(Refused):
        portal.elaas.authorize(flow_id, browser=browser)


@pytest.mark.parametrize("goes_on", [trips, cancelled, expired])
@pytest.mark.parametrize("first", FIRST_STEP.values())
def test_f1_nothing_that_the_unproven_do_outlives_a_purge(
    portal: Portal, first: str, goes_on: Callable[[Portal, Browser, str], None]
) -> None:
    """Anybody who can send a request would fill the database for good."""
    for _ in range(3):
        browser = portal.browser()
        goes_on(portal, browser, getattr(portal.elaas, first)(browser=browser).flow_id)
    assert 0 == rows_left(portal)


def test_f1_the_trips_of_a_flow_are_bounded(portal: Portal) -> None:
    """One flow would write attempts without end until it expires."""
    browser = portal.browser(None)
    flow_id = portal.elaas.begin_with_thaid(browser=browser).flow_id
    for _ in range(100):
        portal.elaas.authorize(flow_id, browser=browser)
    with pytest.raises(Refused) as refused:
        portal.elaas.authorize(flow_id, browser=browser)
    assert ("trip_limit", timedelta(hours=2)) == (refused.value.code, refused.value.retry_after)
    assert refused.value.progress is not None


def test_f1_the_trips_of_a_client_are_bounded_across_its_flows(portal: Portal) -> None:
    """Whoever begins again would go on without end."""
    sent, code = 0, ""
    while not code:
        browser = portal.browser("192.0.2.7")
        flow_id = portal.elaas.begin_with_thaid(browser=browser).flow_id
        for _ in range(90):
            try:
                portal.elaas.authorize(flow_id, browser=browser)
            except Refused as refused:
                code = refused.code
                break
            sent += 1
    assert (600, "trip_limit") == (sent, code)
