"""A commit that loses its race: decided again on what stands, and given up after a hundred."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from elaas_identity import ProviderFailed, Refused
from elaas_identity.change import Change, Conflict
from elaas_identity.effects import Commit, Draw, Effect, Hash, Redeem, Send, Tell, Verify
from elaas_identity.flow.opening import MOST_CONFLICTS
from elaas_identity.flow.transitions import TABLE, WITHOUT_ACCOUNT, Input, Purpose, Stage
from tests.facade.acts import SIGNED, Acts
from tests.facade.interposed import interposed
from tests.facade.kinds import BY_KIND
from tests.facade.officer import onboard
from tests.facade.portal import CHOSEN, Portal, made
from tests.facade.stored import stored_flow
from tests.facade.test_events import acts_for

ENDS = (Input.EXPIRED, Input.SUPERSEDED)
NEVER_TWICE = (Draw, Hash, Verify, Redeem, Send)
"""What an act that decides again does not do again."""
OF_NOBODY = ((Purpose.RECOVERY, Stage.START), (Purpose.IDENTITY_FIRST, Stage.START))
"""What begins for no account has nothing that another act could change."""
ROWS = [
    row for row in TABLE if row[2] not in (*ENDS, Input.AUTHORIZATION_RETURNED) and row[:2] not in OF_NOBODY
]

NO_FLOW_OF_A_BROWSER = (
    Input.APPROVED,
    Input.REJECTED,
    Input.CREDENTIAL_ACCEPTED,
    Input.AUTHENTICATOR_CODE_ACCEPTED,
    Input.ACCOUNT_CHOSEN,
)
"""What an administrator decides, what begins another flow, and what no code by mail belongs to."""
OF_A_FLOW = [
    row
    for row in ROWS
    if row[1] is not Stage.START
    and row[2] not in NO_FLOW_OF_A_BROWSER
    and (row[2] is not Input.CANCELLED or row[0] is Purpose.ONBOARDING)
]

OF_THE_APP = (Purpose.SIGN_IN, Stage.AUTHENTICATOR_CODE, Input.AUTHENTICATOR_CODE_ACCEPTED)

COMMITS = {
    Input.IDENTITY_VERIFIED: 3,
    Input.PERSON_RECOGNISED: 3,
    Input.CODE_CONFIRMED: 2,
    Input.CODE_AND_PASSWORD_SET: 2,
    Input.AUTHENTICATOR_CODE_ACCEPTED: 2,
}
"""How many commits the act decides, where it is more than one: an attempt is made or reserved, used up, then judged."""


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """One in which every row can be reached."""
    with made("sync-memory", tmp_path, BY_KIND) as built:
        yield built


def is_decided(effect: Effect) -> bool:
    """Whether it is a commit of something that was read before, which another one may have changed since."""
    return isinstance(effect, Commit) and bool(effect.change.writes or effect.change.expects)


def losing(first: int, count: int) -> Callable[[Effect], Any]:
    """Lose that commit of those that were decided, and so many in all."""
    met = 0

    def before(effect: Effect) -> Any:
        nonlocal met
        if not is_decided(effect):
            return None
        met += 1
        return Conflict() if first <= met < first + count else None

    return before


def standing(portal: Portal, purpose: Purpose, stage: Stage, happened: Input) -> Acts:
    """Where the row begins."""
    acts = acts_for(portal, purpose, stage, happened)
    acts.arrive(purpose, stage)
    return acts


def kinds(effects: list[Effect]) -> list[str]:
    return [type(effect).__name__ for effect in effects if isinstance(effect, NEVER_TWICE)]


@pytest.mark.parametrize(("purpose", "stage", "happened"), ROWS)
def test_inv2_after_a_lost_race_the_act_goes_on_and_does_nothing_twice(
    tmp_path: Path, purpose: Purpose, stage: Stage, happened: Input
) -> None:
    """A person would be turned away because of another tab; or be mailed, or asked for a code, twice."""
    with made("sync-memory", tmp_path, BY_KIND) as portal:
        acts = standing(portal, purpose, stage, happened)
        with interposed(portal, lambda _: None) as undisturbed:
            getattr(acts, happened.value)()
    decided = sum(map(is_decided, undisturbed))
    assert decided
    for position in range(1, decided + 1):
        with made("sync-memory", tmp_path, BY_KIND) as portal:
            acts = standing(portal, purpose, stage, happened)
            portal.events.clear()
            with interposed(portal, losing(position, 1)) as effects:
                getattr(acts, happened.value)()
            assert kinds(undisturbed) == kinds(effects)
            assert 1 == portal.kinds().count(TABLE[purpose, stage, happened].event)
            assert not any(isinstance(effect, Tell) for effect in effects)


@pytest.mark.parametrize(("purpose", "stage", "happened"), ROWS)
def test_after_a_hundred_lost_races_the_act_is_given_up_as_contended(
    tmp_path: Path, purpose: Purpose, stage: Stage, happened: Input
) -> None:
    """An act would go on for ever; or the page would not know where the person stands."""
    for position in range(1, 1 + COMMITS.get(happened, 1)):
        with made("sync-memory", tmp_path, BY_KIND) as portal:
            acts = standing(portal, purpose, stage, happened)
            with (
                interposed(portal, losing(position, 10 * MOST_CONFLICTS)) as effects,
                pytest.raises(ProviderFailed) as failed,
            ):
                getattr(acts, happened.value)()
            assert "store_contended" == failed.value.code
            assert MOST_CONFLICTS == sum(map(is_decided, effects)) - (position - 1)
            begins = stage is Stage.START or happened in (Input.APPROVED, Input.REJECTED)
            assert begins or failed.value.progress is not None


def another_code_is_sent(acts: Acts) -> None:
    """The flow is open to what it was open to, and what was decided holds no longer."""
    flow = stored_flow(acts.portal, acts.flow_id)
    acts.portal.store.commit(Change(writes=(replace(flow, one_time_code_id="another"),)))


def an_administrator_unlocks(acts: Acts) -> None:
    """The flow is over, and nobody has written its end."""
    acts.elaas.accounts.unlock(acts.account_id, **SIGNED)


@pytest.mark.parametrize(
    ("purpose", "stage", "happened", "meanwhile"),
    [
        *((*row, another_code_is_sent) for row in OF_A_FLOW),
        *((*row, an_administrator_unlocks) for row in OF_A_FLOW if row[:2] not in WITHOUT_ACCOUNT),
        (*OF_THE_APP, an_administrator_unlocks),
    ],
)
def test_inv2_an_act_whose_flow_moved_on_meanwhile_is_refused_and_says_where_it_stands(
    tmp_path: Path, purpose: Purpose, stage: Stage, happened: Input, meanwhile: Callable[[Acts], None]
) -> None:
    """What was decided on a flow that stands otherwise by now would be written; or the page would show the old one."""
    for position in range(1, 1 + COMMITS.get(happened, 1)):
        with made("sync-memory", tmp_path, BY_KIND) as portal:
            acts = standing(portal, purpose, stage, happened)
            met = 0

            def before(effect: Effect) -> None:
                nonlocal met
                if is_decided(effect):
                    met += 1
                    if met == position:  # noqa: B023 - called within the loop
                        meanwhile(acts)  # noqa: B023
                        portal.events.clear()

            with interposed(portal, before), pytest.raises(Refused) as refused:
                getattr(acts, happened.value)()
            stored = stored_flow(portal, acts.flow_id)
            superseded = meanwhile is an_administrator_unlocks
            code = "flow_superseded" if superseded else "out_of_order"
            assert code == refused.value.code
            assert portal.elaas.current(acts.flow_id, browser=acts.browser) == refused.value.progress
            assert (Stage.ENDED if superseded else stage) is stored.stage
            event = portal.events[-1]
            told = ("flow.superseded", "done", None) if superseded else ("flow.refused", "refused", code)
            assert (*told, acts.flow_id, stored.stage, stored.account_id or None, "req-1") == (
                event.kind,
                event.outcome,
                event.code,
                event.flow_id,
                event.stage,
                event.account_id,
                event.correlation_id,
            )
            assert 1 == portal.kinds().count(event.kind)


@pytest.mark.parametrize("act", ["suspend", "unlock", "reissue"])
def test_inv7_who_is_acted_on_while_their_password_is_verified_does_not_sign_in(
    portal: Portal, act: str
) -> None:
    """A suspension would be overtaken by a sign-in that had read the account before."""
    account_id = onboard(portal)
    met = 0

    def before(effect: Effect) -> None:
        nonlocal met
        if is_decided(effect):
            met += 1
            if met == 1:
                getattr(portal.elaas.accounts, act)(account_id, **SIGNED)

    portal.events.clear()
    with interposed(portal, before), pytest.raises(Refused, match="credential_wrong"):
        portal.begin(portal.browser(), password=CHOSEN)
    assert "sign_in.refused" == portal.events[-1].kind
    assert (account_id, "credential_wrong") == (portal.events[-1].account_id, portal.events[-1].code)
