"""What the call that brings a row about answers: the flow, its purpose, its end, and the step that `current` shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from elaas_identity import Ended, Progress
from elaas_identity.flow.steps import AuthorizationRequest
from elaas_identity.flow.transitions import TABLE, WITHOUT_ACCOUNT, Input, Purpose, Stage
from tests.facade.kinds import BY_KIND
from tests.facade.portal import Portal, made
from tests.facade.stored import stored_account, stored_flow
from tests.facade.test_events import acts_for

BY_OTHERS = (Input.APPROVED, Input.REJECTED, Input.EXPIRED, Input.SUPERSEDED, Input.AUTHORIZATION_RETURNED)
ROWS = [row for row in TABLE if row[2] not in BY_OTHERS]


OF_NOBODY = ((Purpose.RECOVERY, Stage.START), (Purpose.IDENTITY_FIRST, Stage.START))


class Recorded:
    """A facade that keeps what its last call answered."""

    def __init__(self, elaas: Any) -> None:
        self._elaas = elaas
        self.answer: Any = None

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._elaas, name)
        if name.startswith("_") or not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            self.answer = found(*args, **kwargs)
            return self.answer

        return call


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """One in which every row can be reached."""
    with made("sync-memory", tmp_path, BY_KIND) as built:
        yield built


@pytest.mark.parametrize(("purpose", "stage", "happened"), ROWS)
def test_r1_1_an_act_answers_where_the_flow_stands_by_then(
    portal: Portal, purpose: Purpose, stage: Stage, happened: Input
) -> None:
    """A page would show another step, or another end, than a reload of it."""
    acts = acts_for(portal, purpose, stage, happened)
    acts.arrive(purpose, stage)
    portal.elaas = acts.elaas = recorded = Recorded(portal.elaas)
    getattr(acts, happened.value)()
    answer, flow = recorded.answer, stored_flow(portal, acts.flow_id)
    if isinstance(answer, AuthorizationRequest):
        lifetime = portal.policy.attempt_lifetime
        assert (flow.id, portal.clock() + lifetime) == (answer.flow_id, answer.expires_at)
        return
    assert isinstance(answer, Progress)
    current = acts.elaas.current(acts.flow_id, browser=acts.browser)
    led = TABLE[purpose, stage, happened].stage
    if led is Stage.DONE and purpose is not Purpose.IDENTITY_FIRST:
        assert (flow.id, purpose, flow.expires_at, ()) == (
            answer.flow_id,
            answer.purpose,
            answer.expires_at,
            answer.allowed,
        )
        assert not isinstance(answer.step, Ended)
        assert Ended(reason="completed") == current.step
    elif led is not Stage.DONE:
        assert current == answer


@pytest.mark.parametrize(("purpose", "stage", "happened"), ROWS)
def test_r7_1_a_flow_names_its_account_from_when_it_has_one(
    portal: Portal, purpose: Purpose, stage: Stage, happened: Input
) -> None:
    """The trail would not say whose account it was; or an administrator's act would not end the flow."""
    acts = acts_for(portal, purpose, stage, happened)
    acts.arrive(purpose, stage)
    epoch = stored_account(portal, acts.account_id).epoch
    portal.events.clear()
    getattr(acts, happened.value)()
    row = TABLE[purpose, stage, happened]
    (event,) = (event for event in portal.events if event.kind == row.event)
    flow = stored_flow(portal, acts.flow_id)
    if not flow.account_id:
        assert (purpose, stage) in {*WITHOUT_ACCOUNT, *OF_NOBODY}
        assert happened is not Input.ACCOUNT_CHOSEN
        assert row.stage is not Stage.DONE
        assert (None, "") == (event.account_id, flow.account_id)
    else:
        assert (acts.account_id, acts.account_id) == (event.account_id, flow.account_id)
        enrolling = (
            Input.CREDENTIAL_AWAITS_AUTHENTICATOR
        )  # the app is enrolled on the way, which bumps the epoch
        assert flow.account_epoch == epoch + (happened is enrolling)
