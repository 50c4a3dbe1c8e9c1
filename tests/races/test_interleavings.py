"""R9.1: every order of the operations of two and three actors, acts of the real facade over the memory store.

Each race runs through every order of its actors' operations, also with one of them killed after any operation and its
person coming back. `oracle.py` says what must hold after every operation, at every end, and when all is at rest;
`leading_on.py`, that there is no dead end. The races of three with every act, and all crashes, are `long`:
`nox -s races`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import pytest

from tests.races.cast import Cast, races, usual, usual_at_home
from tests.world.acts import ACTS, EVERYWHERE, ONBOARDING, at_home

SCENES = EVERYWHERE.split()
USUAL = ONBOARDING.split()
"""Where the ordinary run plays every usual act; in the other scenes, the pairs named below."""

NAMED = [
    ("recovery_identity", "callback", "callback"),
    ("recovery_identity", "callback", "hand_over"),
    ("recovery_account", "choose", "choose"),
    ("recovery_account", "choose", "choose_other"),
    ("recovery_account", "choose", "second_chooses"),
    ("recovery_account", "choose", "cancel"),
    ("recovery_account", "choose_refused", "close_account"),
    ("recovery_code", "right", "wrong"),
    ("recovery_code", "right", "sign_in_as_before"),
    ("recovery_code", "confirm", "second_confirms"),
    ("recovery_code", "confirm", "hand_over"),
    ("recovery_code", "resend", "right"),
    ("recovery_code", "resend", "suspend_and_restore"),
    ("recovery_password", "set_password", "second_sets_password"),
    ("recovery_password", "set_password", "sign_in_as_before"),
    ("recovery_password", "set_password", "suspend_and_restore"),
    ("recovery_password", "set_password", "hand_over"),
    ("recovery_password", "set_password", "close_account"),
    ("suspended", "restore", "hand_over"),
    ("suspended", "restore", "set_password"),
    ("suspended", "restore", "sign_in_as_before"),
    ("identity", "callback", "hand_over"),
    ("identity", "callback", "set_expected"),
    ("code", "resend_refused", "suspend"),
    ("password", "set_password", "hand_over"),
    ("password", "set_password", "set_expected"),
    ("active", "sign_in", "suspend_and_restore"),
    ("active", "sign_in", "close_account"),
    ("too_short", "set_password", "hand_over"),
    ("step_up", "consume", "consume"),
    ("step_up", "consume", "consume_for_another"),
    ("step_up", "consume", "cancel"),
    ("step_up", "consume", "second_sets_password"),
    ("step_up", "consume", "change_password"),
    ("step_up", "consume", "hand_over"),
    ("step_up", "consume", "suspend"),
    ("step_up", "consume", "unlock"),
    ("authenticator_code", "app_code", "app_code"),
    ("authenticator_code", "app_code", "app_wrong"),
    ("authenticator_code", "app_wrong", "app_wrong"),
    ("authenticator_code", "app_code", "second_app_code"),
    ("authenticator_code", "app_code", "reissue"),
    ("authenticator_code", "spare_code", "second_spare_code"),
    ("authenticator_code", "spare_code", "reissue"),
    ("new_app", "app_code", "confirm_app"),
    ("new_app", "spare_code", "confirm_app"),
    ("new_app", "confirm_app", "confirm_app"),
    ("new_app", "confirm_app", "reissue"),
    ("approval", "approve", "approve"),
    ("approval", "approve", "approve_other"),
    ("approval", "approve", "cancel"),
    ("approval", "approve", "reject"),
    ("approval", "approve", "reissue"),
    ("approval", "approve", "hand_over"),
    ("email_change", "right", "second_chooses"),
    ("email_change", "right", "change_password"),
    ("email_change", "right", "hand_over"),
    ("email_change", "right", "right"),
    ("credential", "submit_credential", "submit_credential"),
    ("credential", "submit_credential", "second_submits"),
    ("credential", "submit_credential", "submit_wrong"),
    ("credential", "submit_wrong", "cancel"),
    ("credential", "submit_credential", "reissue"),
    ("credential", "submit_credential", "unlock"),
    ("credential", "submit_credential", "hand_over"),
    ("issued_credential", "submit_credential", "submit_credential"),
    ("issued_credential", "submit_credential", "second_submits"),
    ("issued_credential", "submit_credential", "reissue"),
    ("issued_credential", "submit_credential", "set_expected"),
    ("four_eyes", "unlock", "unlock"),
    ("four_eyes", "unlock", "unlock_seconded"),
    ("four_eyes", "hand_over", "hand_over_seconded"),
    ("four_eyes", "hand_over", "hand_over_to_another"),
    ("four_eyes", "unlock_seconded", "reissue"),
    ("sign_in_with_thaid", "callback", "second_callback"),
    ("sign_in_with_thaid", "callback", "suspend"),
    ("sign_in_with_thaid", "callback", "hand_over"),
    ("thaid_alone", "choose", "choose"),
    ("thaid_alone", "choose", "second_chooses"),
    ("thaid_alone", "choose", "suspend"),
    ("thaid_alone", "choose", "hand_over"),
    ("thaid_alone", "choose", "unlock"),
    ("thaid_alone", "choose", "purge"),
    ("asked_for", "callback", "second_callback"),
    ("asked_for", "callback", "suspend"),
    ("new_address", "email", "suspend"),
    ("handed_over", "erase_person", "erase_person"),
    ("handed_over", "erase_person", "second_sets_password"),
    ("handed_over", "erase_person", "hand_over"),
    ("handed_over", "erase_person", "close_account"),
    ("key_retired", "rekey", "rekey"),
    ("key_retired", "rekey", "set_password"),
    ("key_retired", "rekey", "second_right"),
    ("key_retired", "rekey", "begin_issued"),
    ("key_retired", "rekey", "hand_over"),
    ("key_retired", "rekey", "set_expected"),
    ("code", "right", "right_too_late"),
    ("code", "right", "purge"),
    ("code", "resend", "right_too_late"),
    ("password", "set_password", "sets_password_too_late"),
    ("password", "set_password", "purge"),
    ("recovery_account", "choose", "purge"),
    ("recovery_password", "set_password", "sets_password_too_late"),
    ("step_up", "consume", "consume_too_late"),
    ("step_up", "consume", "purge"),
    ("step_up", "states", "suspend"),
    ("step_up", "asks_new_app", "suspend"),
    ("step_up", "asks_new_password", "second_sets_password"),
    ("credential", "submit_credential", "purge"),
    ("session", "uses_session", "signs_out"),
    ("session", "uses_session", "suspend"),
    ("session", "uses_session", "uses_session"),
    ("session", "uses_session", "second_signs_others_out"),
    ("session", "goes_on", "signs_out"),
    ("session", "goes_on", "uses_session"),
    ("session", "goes_on", "suspend"),
    ("session", "goes_on", "second_signs_others_out"),
    ("session", "goes_on", "signs_all_out"),
    ("session", "begins_session", "suspend"),
    ("session", "begins_session", "begins_session"),
    ("session", "begins_session", "signs_all_out"),
    ("session", "second_uses_session", "purge"),
]
"""What the ordinary run plays of recovery, of what comes after onboarding, and of the administrators' acts that are not
usual."""

IMPORTANT = [
    ("code", "right", "right", "wrong"),
    ("code", "second_right", "second_right", "second_confirms"),
    ("code", "resend", "right", "wrong"),
    ("code", "confirm", "right", "second_confirms"),
    ("code", "other_email", "right", "unlock"),
    ("password", "set_password", "reissue", "second_sets_password"),
    ("password", "set_password", "set_password", "cancel"),
    ("identity", "callback", "callback", "authorize"),
    ("identity", "callback", "other_callback", "foreign_callback"),
    ("active", "sign_in", "sign_in", "reissue"),
    ("too_short", "set_password", "sign_in", "second_sets_password"),
    ("recovery_account", "choose", "choose_other", "cancel"),
    ("recovery_code", "confirm", "right", "hand_over"),
    ("recovery_password", "set_password", "sign_in_as_before", "suspend_and_restore"),
    ("step_up", "consume", "consume", "consume_for_another"),
    ("step_up", "consume", "second_sets_password", "suspend"),
    ("authenticator_code", "app_code", "app_wrong", "second_app_code"),
    ("approval", "approve", "approve_other", "reject"),
    ("email_change", "right", "second_chooses", "resend"),
    ("credential", "submit_credential", "second_submits", "reissue"),
    ("four_eyes", "unlock", "unlock_seconded", "reissue"),
]


def run(
    cast: Cast,
    wanted: Iterable[tuple[str, ...]],
    record_property: Callable[[str, object], None],
    crashes: int = 0,
) -> None:
    """All of these races; what was explored goes into the report."""
    figures: Counter[str] = Counter()
    for acts in wanted:
        explored = cast.race(*acts, crashes=crashes)
        figures.update(races=1, operations=explored.operations, states=explored.states, rests=explored.rests)
    assert figures["operations"] >= figures["races"] > 0
    for name, figure in figures.items():
        record_property(name, figure)


def somebody_at_home(scene: str, acts: Iterable[str]) -> list[tuple[str, ...]]:
    """Every pair of these acts of which at least one leads somewhere in the scene."""
    home = set(at_home(scene))
    short = tuple(name for name in acts if ACTS[name].home)
    return [pair for pair in races(scene, 2, lambda _: short) if home & set(pair)]


@pytest.mark.parametrize("scene", USUAL)
def test_r9_1_two_actors(
    casts: dict[str, Cast], scene: str, record_property: Callable[[str, object], None]
) -> None:
    """Two requests at once would break an invariant in some order of their operations."""
    run(casts[scene], somebody_at_home(scene, usual(ACTS)), record_property)


AT_EACH_CHANGE = ("password", "active")
"""Scenes whose crashes are tried in every run; those of the others take minutes."""


@pytest.mark.parametrize(
    "scene",
    [pytest.param(scene, marks=[] if scene in AT_EACH_CHANGE else [pytest.mark.long]) for scene in USUAL],
)
def test_r9_1_two_actors_and_a_crash(
    casts: dict[str, Cast], scene: str, record_property: Callable[[str, object], None]
) -> None:
    """A process killed after some operation would leave what its person, or the other, cannot go on from."""
    run(casts[scene], races(scene, 2, usual_at_home), record_property, crashes=1)


@pytest.mark.parametrize("race", NAMED, ids="-".join)
def test_r9_1_two_named_actors_and_a_crash(
    casts: dict[str, Cast], race: tuple[str, ...], record_property: Callable[[str, object], None]
) -> None:
    """The same of a recovery, of who is signed in, or of an officer who moves, leaves or is suspended meanwhile."""
    scene, *acts = race
    run(casts[scene], [tuple(acts)], record_property, crashes=1)


def test_r9_1_a_recovery_while_its_person_onboards_anew(
    casts: dict[str, Cast], record_property: Callable[[str, object], None]
) -> None:
    """A recovery's code would go to an address that is bound no more, when its account was read or its commit lost."""
    run(casts["recovery_account"], [("choose", "onboards_anew")], record_property)


@pytest.mark.parametrize("race", IMPORTANT, ids="-".join)
def test_r9_1_three_actors(
    casts: dict[str, Cast], race: tuple[str, ...], record_property: Callable[[str, object], None]
) -> None:
    """Three requests at once would break an invariant that two do not."""
    scene, *acts = race
    run(casts[scene], [tuple(acts)], record_property)


def test_r9_1_states_explored_once_are_all_schedules(casts: dict[str, Cast]) -> None:
    """F69: schedules that the exploration by states counts would not be those that there are."""
    for scene, acts in (("code", ("right", "wrong")), ("password", ("set_password", "reissue"))):
        by_states = casts[scene].race(*acts)
        one_by_one = casts[scene].race(*acts, deduplicate=False)
        assert by_states.schedules == one_by_one.schedules == one_by_one.rests
        assert by_states.states < one_by_one.states


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("scene", SCENES)
def test_r9_1_two_actors_wherever_they_are_and_a_crash(
    casts: dict[str, Cast], scene: str, record_property: Callable[[str, object], None]
) -> None:
    """As above with every act, also with those that come too early or too late."""
    run(casts[scene], somebody_at_home(scene, ACTS), record_property, crashes=1)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("scene", USUAL)
def test_r9_1_every_three_actors(
    casts: dict[str, Cast], scene: str, record_property: Callable[[str, object], None]
) -> None:
    """Some three requests at once would break an invariant."""
    run(casts[scene], races(scene, 3, usual_at_home), record_property)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("race", IMPORTANT, ids="-".join)
def test_r9_1_three_actors_and_a_crash(
    casts: dict[str, Cast], race: tuple[str, ...], record_property: Callable[[str, object], None]
) -> None:
    """Three requests at once, one of which dies, would break an invariant."""
    scene, *acts = race
    run(casts[scene], [tuple(acts)], record_property, crashes=1)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("scene", [scene for scene in USUAL if scene not in ("identity", "code")])
def test_r9_1_every_three_actors_and_a_crash(
    casts: dict[str, Cast], scene: str, record_property: Callable[[str, object], None]
) -> None:
    """The same for every three, where they are few enough; of the others, the important ones above."""
    run(casts[scene], races(scene, 3, usual_at_home), record_property, crashes=1)
