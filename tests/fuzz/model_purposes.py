"""What differs between the purposes: whom the identity provider may name, and what reaching the end brings about."""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz.model_ground import Ground
from tests.fuzz.model_state import Flow, Person
from tests.fuzz.model_table import Purpose


def _expected(ground: Ground, flow: Flow, person: Person) -> str:
    return "" if flow.held.is_for(person) else "person_mismatch"


def _anybody(ground: Ground, flow: Flow, person: Person) -> str:
    """Which account it will be is said afterwards."""
    return ""


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
    "sign_in": ("identity_verified", _expected),
    "recovery": ("person_recognised", _holds_an_account),
    "identity_first": ("identity_verified", _anybody),
    "authenticator": ("identity_verified", _expected),
    "step_up": ("identity_verified", _expected),
    "email_change": ("identity_verified", _expected),
}
"""Purpose → what happens when its person comes back proven, and the refusal of anybody else."""


def _taken_up(ground: Ground, flow: Flow) -> None:
    """The person is bound, and is from now on the expected one."""
    assert flow.person is not None
    account = flow.held
    account.holder, account.mailbox, account.expected = flow.person, flow.email, flow.person.national_id
    account.needs_approval, account.email_changed_at = False, None
    account.opened_with = flow.began_with


def _way_in_is_free(ground: Ground, flow: Flow) -> None:
    """What somebody else guessed at does not stand in the way (R4.1)."""
    ground.sign_ins.pop(flow.held.username, None)
    flow.held.rations["app_guesses"].times.clear()


def _nothing_else(ground: Ground, flow: Flow) -> None:
    pass


AT_THE_END: dict[Purpose, Callable[[Ground, Flow], None]] = {
    "onboarding": _taken_up,
    "sign_in": _nothing_else,
    "recovery": _way_in_is_free,
    "password_change": _nothing_else,
}
"""Purpose → what comes with its new password."""
