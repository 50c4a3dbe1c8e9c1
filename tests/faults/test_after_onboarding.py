"""A fault at every call after onboarding (R9.5): nothing is half done or done twice, and some act leads on."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from elaas_identity import ElaasIdentityError
from elaas_identity.flow.transitions import Purpose, Stage
from tests.facade.portal import FLAVOURS
from tests.faults.administrators import SCENARIOS
from tests.faults.single_use import check_factors_are_good_once, check_nothing_is_good_twice
from tests.faults.walker import NEEDED, Walker
from tests.faults.world import MODES, Faults, Killed, Mode, a_world, unfinished


def check_nothing_is_half_done(walker: Walker) -> None:
    """No flow stands further than was proven, and what is changed is changed as a whole."""
    needed = {**NEEDED, (Purpose.SIGN_IN, Stage.DONE): walker.SIGNED_IN_BY}
    for flow_id, flow in walker.flows().items():
        if flow_id not in walker.before and flow.stage is not Stage.ENDED:
            given = walker.given.get(flow_id, walker.unclaimed)
            assert set() == needed[flow.purpose, flow.stage] - given, (flow.purpose, flow.stage)
    whole = walker.whole()
    assert len(set(whole)) <= 1, whole
    assert sorted(set(walker.world.idp.states)) == sorted(walker.world.idp.states), (
        "a callback was exchanged twice"
    )


def until_it_strikes(walker: Walker, faults: Faults) -> None:
    """Act by act, until the fault has struck; it ends in a typed error, in nothing at all, or in death."""
    walker.use(faults)
    while not (faults.struck or walker.reached):
        try:
            walker.act()
        except Killed:
            assert "dies after" == faults.mode
        except ElaasIdentityError as error:
            assert unfinished(error)
            # Without a fault, no act of theirs is refused.
            assert faults.struck, error


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
@pytest.mark.parametrize(
    "flavour",
    [
        pytest.param(flavour, marks=pytest.mark.long if flavour != "sync-memory" else ())
        for flavour in FLAVOURS
    ],
)
def test_r9_5_a_fault_at_any_call_after_onboarding_stops_nobody_for_good(
    flavour: str, scenario: type[Walker], mode: Mode, tmp_path: Path, template: Path
) -> None:
    """A fault would sign in somebody half proven, take a code twice, leave an account half changed, or strand them."""
    options = {"policy": scenario.POLICY, "opens_for": scenario.OPENS_FOR}
    with a_world(flavour, tmp_path, template, **options) as new_world:
        counted = Faults()
        walker = scenario(new_world())
        walker.use(counted)
        walker.go_on()
        check_nothing_is_half_done(walker)
        assert {True} >= set(walker.whole()), "without a fault, it is done"
        assert {"store.load", "store.commit"} <= set(counted.calls)

        for number, name in enumerate(counted.calls):
            faults, walker = Faults(at=number, mode=mode), scenario(new_world())
            until_it_strikes(walker, faults)
            assert (True, name) == (faults.struck, faults.calls[number])
            check_nothing_is_half_done(walker)

            # Another process takes over, with nothing but the store.
            walker.use(Faults())
            with suppress(ElaasIdentityError):
                walker.act()
            check_nothing_is_half_done(walker)
            walker.go_on()
            check_nothing_is_half_done(walker)
            assert {True} >= set(walker.whole()), f"not done in the end, after {name} ({number})"
            check_nothing_is_good_twice(walker)
            check_factors_are_good_once(walker)
