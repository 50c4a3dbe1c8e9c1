"""That whatever proved something once is refused afterwards: in its own flow, and in another one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from elaas_identity import AccountStatus, Refused, SignInPolicy
from elaas_identity.flow.transitions import Stage
from tests.facade.portal import CHOSEN, USERNAME
from tests.faults.scenarios import DIGEST, StepUp
from tests.faults.walker import Walker


def check_nothing_is_good_twice(walker: Walker) -> None:
    """Everything that was given is refused now, in every flow, and asks nothing of anybody."""
    world = walker.world
    before = world.idp.redeemed, len(world.outbox.mails)
    for method, *given in _given_again(walker):
        with pytest.raises(Refused):
            getattr(walker.elaas, method)(*given, browser=walker.browser)
    assert before == (world.idp.redeemed, len(world.outbox.mails))


def _given_again(walker: Walker) -> Iterator[tuple[Any, ...]]:
    for query in walker.queries:
        yield "receive_callback", query
    for flow_id in walker.given:
        for code in walker.one_time_codes:
            yield "submit_one_time_code", flow_id, code
        for factor in {each for typed in walker.typed.values() for each in typed}:
            yield "submit_authenticator_code", flow_id, factor
            yield "confirm_authenticator", flow_id, factor
        if isinstance(walker, StepUp):
            yield "consume_step_up", flow_id, walker.session, DIGEST


def check_factors_are_good_once(walker: Walker) -> None:
    """No two flows were opened by one code, and a new sign-in is not opened by one that was used."""
    done = {flow.id for flow in walker.flows().values() if flow.stage is Stage.DONE}
    used = [typed[-1] for flow_id, typed in walker.typed.items() if flow_id in done]
    assert sorted(set(used)) == sorted(used), "one code opened two flows"
    asked_for = walker.POLICY.sign_in is SignInPolicy.PASSWORD_AND_TOTP
    if not asked_for or walker.account().status is not AccountStatus.ACTIVE:
        return
    for factor in used:
        flow_id = walker.elaas.begin(USERNAME, CHOSEN, browser=walker.browser).flow_id
        with pytest.raises(Refused, match="authenticator_code_wrong"):
            walker.elaas.submit_authenticator_code(flow_id, factor, browser=walker.browser)
