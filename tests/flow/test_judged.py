"""What a decision raises on its way out: where the person stands, and a refusal told once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from elaas_identity import ElaasIdentityError, Ended, Misconfigured, Progress, Refused
from elaas_identity.effects import Effect, Tell
from elaas_identity.flow.advance import Seen
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.opening import judged
from elaas_identity.flow.outcomes import EndReason
from tests.facade.portal import Portal, made
from tests.facade.stored import stored_account, stored_flow


def begun(portal: Portal) -> Seen:
    """A flow as one load finds it."""
    account_id = portal.provision()
    flow_id = portal.begin(portal.browser()).flow_id
    return Seen(stored_flow(portal, flow_id), stored_account(portal, account_id))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (lambda: Refused("out_of_order"), ["flow.refused"]),
        (lambda: Misconfigured("keyring", detail="for tests"), []),
    ],
)
@pytest.mark.parametrize("says_where", [False, True])
def test_an_error_of_a_decision_says_where_the_person_stands_and_a_refusal_is_told(
    tmp_path: Path, error: Callable[[], ElaasIdentityError], told: list[str], says_where: bool
) -> None:
    """A page of a failure would offer nothing; or the trail of refusals would hold failures of ours."""
    with made("sync-memory", tmp_path) as portal:
        seen = begun(portal)
        raised = error()
        own = Progress(
            flow_id="own", purpose=seen.flow.purpose, step=Ended(reason="expired"), expires_at=portal.clock()
        )
        if says_where:
            raised.progress = own

        def decide() -> None:
            raise raised

        asked: list[Effect] = []

        def run() -> None:
            act = judged(portal.elaas._rules, Moment(portal.clock(), bytes(16)), seen, decide)
            for effect in act:
                asked.append(effect)  # noqa: PERF402 - what came before the error stays

        with pytest.raises(ElaasIdentityError) as met:
            run()
        assert raised is met.value
        assert raised.progress is not None
        assert ("own" if says_where else seen.flow.id) == raised.progress.flow_id
        assert told == [effect.event.kind for effect in asked if isinstance(effect, Tell)]


def test_every_end_says_what_to_do_now_in_both_languages() -> None:
    """A page of an end would be empty, or the same for two of them."""
    messages = [Ended(reason=reason).message for reason in get_args(EndReason)]
    assert all(message.th and message.en for message in messages)
    assert (
        len(messages)
        == len({message.th for message in messages})
        == len({message.en for message in messages})
    )
