"""What differs between the purposes: whom the identity provider may name, and what reaching the end brings about."""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz.model_ground import Ground
from tests.fuzz.model_state import Flow, Person
from tests.fuzz.model_table import Purpose


def _expected(ground: Ground, flow: Flow, person: Person) -> str:
    """An account opens for its expected person, and once bound for the very same one (R1.4)."""
    account = flow.held
    right = account.expected in (None, person.national_id) and account.holder in (None, person)
    return "" if right else "person_mismatch"


def _holds_an_account(ground: Ground, flow: Flow, person: Person) -> str:
    """A recovery is for who holds an account in use, a few times a day."""
    if not ground.choices(person):
        return "person_without_account"
    tally = ground.recognised.setdefault(person.national_id, ground.rules.recoveries_per_person.tally())
    if not tally.room(ground.now):
        return "recovery_limit"
    tally.charge(ground.now)
    return ""


PROVEN: dict[Purpose, tuple[str, Callable[[Ground, Flow, Person], str]]] = {
    "onboarding": ("identity_verified", _expected),
    "recovery": ("person_recognised", _holds_an_account),
}
"""Purpose → what happens when its person comes back proven, and the refusal of anybody else."""


def _taken_up(ground: Ground, flow: Flow) -> None:
    """The person is bound, and is from now on the expected one."""
    assert flow.person is not None
    account = flow.held
    account.holder, account.mailbox, account.expected = flow.person, flow.email, flow.person.national_id


def _way_in_is_free(ground: Ground, flow: Flow) -> None:
    """Wrong passwords that somebody else tried do not stand in the way (R4.1)."""
    ground.sign_ins.pop(flow.held.username, None)


def _nothing_else(ground: Ground, flow: Flow) -> None:
    pass


AT_THE_END: dict[Purpose, Callable[[Ground, Flow], None]] = {
    "onboarding": _taken_up,
    "sign_in": _nothing_else,
    "recovery": _way_in_is_free,
}
"""Purpose → what comes with its new password."""
