"""A fault at every call to every provider (R9.5): nothing is half done or done twice, and some act leads on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from elaas_identity import AccountStatus, ElaasIdentityError, Refused
from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.change import Key
from elaas_identity.events import Event
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.transitions import Stage
from tests.facade.portal import CHOSEN, FLAVOURS
from tests.faults.world import MODES, Faults, Mode, Person, World, a_world, unfinished
from tests.world.actor import Killed


def records(world: World, record: Any, field: str = "account_id") -> list[Any]:
    """What stands in the store of the account."""
    key = Key(record, world.account_id, field=field, limit=1000)
    return list(world.inspected.load(key).all(key))


def check_nothing_is_half_done(world: World, person: Person, faults: Faults) -> None:
    """No flow stands further than was proven; the account is the letter's, or wholly the person's."""
    flows = records(world, FlowRecord)
    assert {flow.stage for flow in flows if flow.purpose == "onboarding"} <= person.proven(faults)
    (account,) = records(world, AccountRecord, "id")
    bindings, events = records(world, BindingRecord), [event.kind for event in records(world, Event)]
    done = [flow for flow in flows if flow.stage is Stage.DONE and flow.purpose == "onboarding"]
    whole = (
        account.status is AccountStatus.ACTIVE,
        not account.password_is_issued,
        account.binding_id is not None and [account.binding_id] == [binding.id for binding in bindings],
        account.credential_version == 2,
        account.epoch == 2,
        len(done) == 1,
        events.count("password.set") == 1,
    )
    assert len(set(whole)) == 1, whole
    assert sorted(set(world.idp.states)) == sorted(world.idp.states), "one callback was exchanged twice"
    if not whole[0]:
        assert [] == bindings


def check_nothing_is_good_twice(world: World, person: Person) -> None:
    """Every callback and every code that was used is refused now, in every flow, and asks nothing of anybody."""
    before = world.idp.redeemed, len(world.outbox.mails)
    for query in person.queries:
        with pytest.raises(Refused):
            person.elaas.receive_callback(query, browser=person.browser)
    for flow_id in person.flows:
        for code in person.codes_typed:
            with pytest.raises(Refused):
                person.elaas.submit_one_time_code(flow_id, code, browser=person.browser)
            with pytest.raises(Refused):
                person.elaas.confirm_and_set_password(flow_id, code, CHOSEN, browser=person.browser)
    assert before == (world.idp.redeemed, len(world.outbox.mails))


def until_it_strikes(world: World, person: Person, faults: Faults) -> None:
    """Walk, act by act, until the fault has struck; it ends in a typed error, in nothing at all, or in death."""
    person.use(world.facade(faults))
    ended_in: list[BaseException] = []
    while not (ended_in or faults.struck or person.signed_in):
        try:
            person.act()
        except (Killed, ElaasIdentityError) as error:
            ended_in.append(error)
    for end in ended_in:
        if isinstance(end, Killed):
            assert "dies after" == faults.mode
        else:
            assert unfinished(end)


EVERYTHING = {
    "store.load",
    "store.commit",
    "idp.authorization_url",
    "idp.redeem",
    "idp.revoke",
    "mailer.send",
}


@pytest.mark.parametrize("single_form", [False, True], ids=["step-by-step", "single-form"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "flavour",
    [
        pytest.param(flavour, marks=pytest.mark.long if flavour.endswith("sqlite") else ())
        for flavour in FLAVOURS
    ],
)
def test_r9_5_a_fault_at_any_call_stops_nobody_for_good(
    flavour: str, mode: Mode, single_form: bool, tmp_path: Path, template: Path
) -> None:
    """A fault would let a person skip a step, do one twice, leave an account half changed, or strand them."""
    every_fault(flavour, mode, tmp_path, template, single_form=single_form, at=EVERYTHING)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("flavour", ["sync-sqlite", pytest.param("async-sqlite", marks=pytest.mark.long)])
def test_r9_5_a_fault_at_any_commit_to_a_database_stops_nobody_for_good(
    flavour: str, mode: Mode, tmp_path: Path, template: Path
) -> None:
    """The same in a real database, where the next process has nothing but the file."""
    every_fault(flavour, mode, tmp_path, template, single_form=False, at={"store.commit"})


def every_fault(
    flavour: str, mode: Mode, tmp_path: Path, template: Path, *, single_form: bool, at: set[str]
) -> None:
    """A person for each call of an onboarding, who meets a fault there, and gets through all the same."""
    with a_world(flavour, tmp_path, template) as new_world:
        world, counted = new_world(), Faults()
        person = Person(world, single_form=single_form).use(world.facade(counted))
        person.go_on()
        assert EVERYTHING == set(counted.calls)
        faulty = [(number, name) for number, name in enumerate(counted.calls) if name in at]

        for number, name in faulty:
            world, faults = new_world(), Faults(at=number, mode=mode)
            person = Person(world, single_form=single_form)
            until_it_strikes(world, person, faults)
            assert (True, name) == (faults.struck, faults.calls[number])
            check_nothing_is_half_done(world, person, faults)

            # Another process takes over, with nothing but the store.
            healthy = Faults(identity_given=faults.identity_given)
            person.use(world.facade(healthy))
            if not single_form:
                person.click_again()
                check_nothing_is_half_done(world, person, healthy)
            person.go_on()
            assert 0 == person.reissued, f"only an administrator leads on after {name} ({number})"
            check_nothing_is_half_done(world, person, healthy)
            check_nothing_is_good_twice(world, person)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("flavour", ["sync-memory", "async-memory"])
def test_r9_5_the_same_process_goes_on_after_a_fault(
    flavour: str, mode: Mode, tmp_path: Path, template: Path
) -> None:
    """An object that has met a fault would stay broken until its process is restarted."""
    with a_world(flavour, tmp_path, template) as new_world:
        world, counted = new_world(), Faults()
        Person(world).use(world.facade(counted)).go_on()
        for number in range(len(counted.calls)):
            world, faults = new_world(), Faults(at=number, mode=mode)
            person = Person(world)
            until_it_strikes(world, person, faults)
            person.go_on()
            check_nothing_is_half_done(world, person, faults)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("flavour", ["sync-memory", "async-sqlite"])
def test_r9_5_a_fault_in_an_administrators_act_leaves_the_account_whole(
    flavour: str, mode: Mode, tmp_path: Path, template: Path
) -> None:
    """A re-issue that fails would leave an account that neither the old nor a new letter opens."""
    with a_world(flavour, tmp_path, template) as new_world:
        world, counted = new_world(), Faults()
        world.facade(counted).accounts.reissue(world.account_id, by="admin-1", reason="lost")
        assert ["store.load", "store.commit"] == counted.calls
        for number in range(len(counted.calls)):
            world, faults = new_world(), Faults(at=number, mode=mode)
            try:
                world.facade(faults).accounts.reissue(world.account_id, by="admin-1", reason="lost")
                raise AssertionError("the fault was swallowed")
            except Killed:
                assert "dies after" == mode
            except ElaasIdentityError as error:
                assert unfinished(error)
            healthy = Faults()
            person = Person(world).use(world.facade(healthy))
            person.go_on()
            # Where the re-issue was committed and its password lost, it is issued once more.
            lost = (number, mode != "raises before") == (1, True)
            assert (lost, True) == (person.reissued == 1, person.signed_in)
