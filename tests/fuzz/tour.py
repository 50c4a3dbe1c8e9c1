"""Every row of the table once, by people who know the way: what the machine then does in any order."""

from __future__ import annotations

from tests.fuzz.drawn import ADDRESSES, KINDS, LONG, THE_OFFICER
from tests.fuzz.machine import AnyOrder
from tests.fuzz.model_state import DAY, MINUTE
from tests.fuzz.model_table import PLACES
from tests.fuzz.stories_of_life import SECOND


def tour() -> None:
    """From nothing; what must hold after every act is looked at after every stop."""
    machine = AnyOrder()
    try:
        machine.a_flow_to_begin_with(taken_up=1)
        for stop in (_ends, _second_factors, _thaid_first, _signed_in, _approvals, _codes, _passwords):
            stop(machine)
    finally:
        machine.teardown()


def _look(machine: AnyOrder) -> None:
    machine.every_flow_stands_where_the_model_says()
    machine.every_account_is_whose_the_model_says()
    machine.who_awaits_an_approval_is_shown()


def _ends(machine: AnyOrder) -> None:
    for place in PLACES:
        machine.it_ends_here(place=place, first=0)
        _look(machine)


def _second_factors(machine: AnyOrder) -> None:
    for kind in KINDS:
        machine.they_sign_in(kind=kind, browser=0)
    machine.another_phone(asked=False, typed=["wrong", "right"])
    machine.another_phone(asked=True, typed=["right"])
    machine.a_password_beside_a_factor_becomes_too_short(kind="subordinate_agency")
    machine.restart("ordinary")
    for seconds in (0, 60):
        machine.pass_time(MINUTE)
        machine.codes_of_the_app_are_typed(typed=["right", "used", "on paper", "used"], seconds=seconds)
    machine.somebody_guesses_codes_of_the_app(flows=2)
    _look(machine)


def _thaid_first(machine: AnyOrder) -> None:
    for kind in KINDS:
        for issued in (True, False):
            machine.pass_time(DAY)
            machine.thaid_comes_first(
                kind=kind, issued=issued, words=["wrong", "another's", "right", "right"]
            )
    machine.pass_time(DAY)
    machine.thaid_alone(choices=["theirs", "theirs"])
    machine.restart("ordinary")
    machine.a_password_becomes_too_short(new=LONG[1])
    machine.restart("ordinary")
    machine.pass_time(DAY)
    machine.somebody_guesses_while_the_person_comes_with_thaid(kind="local_government")
    _look(machine)


def _signed_in(machine: AnyOrder) -> None:
    machine.a_step_up_is_used(
        tries=[("another", 0), ("renamed", 0), ("their own", 1)], seconds=299, twice=True
    )
    for passing, address in ((DAY, "the same"), (DAY - SECOND, "another"), (DAY, "another")):
        machine.an_address_is_changed(passing=passing, address=address, fate="sent")
    machine.a_step_up_is_used(tries=[], seconds=300, twice=False)
    machine.a_password_is_changed(current="wrong", new="another")
    machine.a_password_is_changed(current="right", new="another")
    machine.they_ask_again_and_again(purpose="email_change", times=5)
    _look(machine)


def _approvals(machine: AnyOrder) -> None:
    for acts in ([("reject", 0), ("approve", 1)], [("approve", 0), ("approve", 1)]):
        for one_form in (False, True):
            machine.pass_time(DAY)
            machine.two_people_wait(acts=acts, one_form=one_form, days=13 + one_form)
            _look(machine)


def _codes(machine: AnyOrder) -> None:
    machine.pass_time(DAY)
    machine.provision(THE_OFFICER.national_id)
    for purpose in ("onboarding", "recovery", "email_change"):
        machine.a_mail_goes_astray(purpose=purpose, fate="mail_not_accepted", address="", again="sent")
        machine.a_mail_goes_astray(
            purpose=purpose, fate="mail_not_accepted", address=ADDRESSES[1], again="sent"
        )
        machine.code_and_password_come_in_one_form(purpose=purpose, new=LONG[1])
        _look(machine)


def _passwords(machine: AnyOrder) -> None:
    for purpose, stage in PLACES:
        if stage == "password":
            machine.pass_time(DAY)
            flow = machine.walked_to(purpose, stage)
            assert flow is not None
            for new in LONG:  # one of them may be the one that they had
                machine.do_set_password(flow, flow.browser, new)
            _look(machine)
