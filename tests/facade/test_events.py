"""The audit trail (R7.1): one event for every row of the table; who, what, when, outcome."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from elaas_identity import FirstUse, Refused
from elaas_identity.change import Key
from elaas_identity.events import Event
from elaas_identity.flow.transitions import TABLE, Input, Purpose, Stage
from tests.facade.acts import SIGNED, Acts
from tests.facade.kinds import BY_KIND, kind_for
from tests.facade.portal import CHOSEN, FLAVOURS, USERNAME, Portal, made
from tests.facade.stored import stored_flow

BY_AN_ADMINISTRATOR = (Input.APPROVED, Input.REJECTED)
AWAITED = (Input.APPROVAL_ASKED, Input.APPROVED, Input.REJECTED)


@pytest.fixture(params=FLAVOURS)
def portal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    """One in which every row can be reached."""
    with made(request.param, tmp_path, BY_KIND) as built:
        yield built


def acts_for(portal: Portal, purpose: Purpose, stage: Stage, happened: Input) -> Acts:
    """An account of the kind that the row is about."""
    awaited = stage is Stage.APPROVAL or happened in AWAITED
    person = {"person": FirstUse(needs_approval=True)} if awaited else {}
    return Acts(portal, kind_for(purpose, stage, happened), **person)


@pytest.mark.parametrize(("purpose", "stage", "happened"), list(TABLE))
def test_r7_1_every_row_of_the_table_tells_exactly_its_event(
    portal: Portal, purpose: Purpose, stage: Stage, happened: Input
) -> None:
    """A step of a person would be missing from the trail, told twice, or told wrongly."""
    acts = acts_for(portal, purpose, stage, happened)
    acts.arrive(purpose, stage)
    portal.events.clear()
    beside = getattr(acts, happened.value)()
    row = TABLE[purpose, stage, happened]
    assert sorted([row.event, *beside]) == sorted(portal.kinds())
    (event,) = (event for event in portal.events if event.kind == row.event)
    assert row.stage is stored_flow(portal, acts.flow_id).stage
    by_admin = happened in BY_AN_ADMINISTRATOR
    assert (
        portal.clock(),
        UTC,
        "done",
        None,
        purpose.value,
        row.stage.value,
        stored_flow(portal, acts.flow_id).account_id or None,
        acts.flow_id,
        None if by_admin else "req-1",
        None if by_admin else portal.keyring.index("client", "192.0.2.1"),
        (SIGNED["by"], SIGNED["reason"]) if by_admin else (None, None),
    ) == (
        event.at,
        event.at.tzinfo,
        event.outcome,
        event.code,
        event.purpose,
        event.stage,
        event.account_id,
        event.flow_id,
        event.correlation_id,
        event.client,
        (event.by, event.reason),
    )
    assert_the_trail_is_what_was_told(portal, acts.account_id, acts.flow_id, acts.proven_id)


def trail(portal: Portal, account_id: str, *flow_ids: str) -> list[Event]:
    """The events of an account, or of flows, that stand in the store, as they were when they were told."""
    keys = [
        Key(Event, account_id, field="account_id", limit=1000),
        *(Key(Event, flow_id, field="flow_id", limit=1000) for flow_id in flow_ids),
    ]
    read = portal.store.load(*keys)
    return list({event.id: replace(event, version=0) for key in keys for event in read.all(key)}.values())


def assert_the_trail_is_what_was_told(portal: Portal, account_id: str, *flow_ids: str) -> None:
    """Everything told that changed something is in the trail (told since the list was last cleared), word for word.

    But what a flow does that is about no account yet, and in which nothing is proven.
    """
    stored = {event.id: event for event in trail(portal, account_id, *flow_ids)}
    changing = [event for event in portal.events if event.id in stored]
    assert [stored[event.id] for event in changing] == changing
    only_told = [event for event in portal.events if event.id not in stored]
    assert all("refused" == event.outcome or event.account_id is None for event in only_told), only_told
    assert len({event.id for event in portal.events}) == len(portal.events)


def test_r7_1_a_whole_onboarding_is_in_the_trail_as_it_was_told(portal: Portal) -> None:
    """Listener and trail would tell two stories."""
    account_id = portal.provision(contact="palad@sommut.example.go.th")
    portal.onboarded()
    portal.begin(portal.browser(), password=CHOSEN)
    portal.elaas.accounts.reissue(account_id, by="admin-2", reason="letter lost")
    portal.elaas.accounts.unlock(account_id, by="admin-2", reason="called")
    by_id = {event.id: event for event in portal.events}
    assert by_id == {event.id: event for event in trail(portal, account_id)}
    assert [
        "account.provisioned",
        "onboarding.begun",
        "identity.requested",
        "identity.returned",
        "identity.verified",
        "email.given",
        "one_time_code.confirmed",
        "password.set",
        "sign_in.completed",
        "account.reissued",
        "account.unlocked",
    ] == portal.kinds()
    acted = [(event.by, event.reason) for event in portal.events if event.kind.startswith("account.")]
    assert [("admin-1", "letter 1/2567"), ("admin-2", "letter lost"), ("admin-2", "called")] == acted
    assert all(
        event.binding_id for event in portal.events if event.kind in ("password.set", "sign_in.completed")
    )


def test_r7_1_looking_tells_nothing(portal: Portal) -> None:
    """`current` would write: a reload, or a monitor, would fill the trail."""
    acts = Acts(portal)
    flows = [portal.begin(acts.browser).flow_id, portal.identify(acts.browser).flow_id]
    flows.append(portal.mailed(acts.browser).flow_id)
    portal.clock.shift(seconds=61)
    flows.append(portal.confirmed(acts.browser).flow_id)
    portal.elaas.cancel(flows[0], browser=acts.browser)
    portal.events.clear()
    before = trail(portal, acts.account_id)
    for passing in (timedelta(0), portal.policy.flow_lifetime):
        portal.clock.shift(passing)
        for flow_id in flows:
            portal.elaas.current(flow_id, browser=acts.browser)
        with suppress(Refused):
            portal.elaas.current("no such flow", browser=acts.browser)
        portal.elaas.accounts.find(USERNAME)
    assert [] == portal.events
    assert before == trail(portal, acts.account_id)
