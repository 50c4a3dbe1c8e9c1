"""Who races: what persons and administrators do, each act with the scenes in which it leads somewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from elaas_identity import AccountKind, Ended, Expected, FirstUse, NewAccount, PasswordSet
from tests.facade.portal import ISSUED, USERNAME, wrong
from tests.world.act import Act, admin, by_admin, choice, person
from tests.world.actor import Play
from tests.world.going_on import go_on
from tests.world.later_acts import AFTER, LATER, LATER_ACTS
from tests.world.scenes import Scene
from tests.world.session_acts import SESSION_ACTS
from tests.world.signed_in_acts import SIGNED_IN_ACTS

NEW_USERNAME = "laas-5100199"


def _suspended_for_a_while(elaas: Any, scene: Scene) -> Play:
    yield from elaas.accounts.suspend(scene.account_id, by="admin-3", reason="inquiry")
    return (yield from elaas.accounts.restore(scene.account_id, by="admin-3", reason="over"))


def _onboards_anew(elaas: Any, scene: Scene) -> Play:
    """Their letter was lost too: another one, and all of the onboarding once more, with another address."""
    letter = yield from elaas.accounts.reissue(scene.account_id, by="admin-1", reason="lost")
    officer = replace(scene.officers[1], email="new@sommut.example.go.th")
    progress = yield from elaas.begin(USERNAME, letter.password, browser=officer.browser)
    officer = replace(officer, flow_id=progress.flow_id)
    while not isinstance(progress.step, (PasswordSet, Ended)):
        progress = yield from go_on(elaas, officer)
    return progress


ONBOARDING = "identity email code password reissued active too_short"
"""And sign-in."""
RECOVERY = "recovery_identity recovery_account recovery_code recovery_password"
IN_USE = f"{ONBOARDING} {RECOVERY}"
EVERYWHERE = f"{IN_USE} suspended {LATER} {AFTER}"
BY_THAID = "sign_in_with_thaid asked_for"
NEW_LIST = tuple(
    NewAccount(
        username=username,
        password=ISSUED,
        kind=AccountKind.SUBORDINATE_AGENCY,
        agency_code="5100199",
        agency_name="โรงเรียนสมมติ",
        person=FirstUse(),
    )
    for username in (USERNAME, NEW_USERNAME)
)

ACTS: dict[str, Act] = {
    act.name: act
    for act in (
        person(
            "right",
            "code recovery_code email_change",
            lambda e, o: e.submit_one_time_code(o.flow_id, o.code, browser=o.browser),
        ),
        person(
            "wrong",
            "code recovery_code email_change",
            lambda e, o: e.submit_one_time_code(o.flow_id, wrong(o.code), browser=o.browser),
        ),
        person(
            "confirm",
            "code recovery_code",
            lambda e, o: e.confirm_and_set_password(o.flow_id, o.code, o.chosen, browser=o.browser),
        ),
        person(
            "callback",
            f"identity recovery_identity {BY_THAID}",
            lambda e, o: e.receive_callback(o.query(0), browser=o.browser),
        ),
        person(
            "other_callback",
            f"identity recovery_identity {BY_THAID}",
            lambda e, o: e.receive_callback(o.query(1), browser=o.browser),
        ),
        Act(
            "foreign_callback",
            ("identity", "recovery_identity", *BY_THAID.split()),
            lambda e, s: e.receive_callback(s.officers[0].query(0), browser=s.stranger),
            in_a_flow=False,
        ),
        person(
            "authorize",
            f"identity recovery_identity {BY_THAID}",
            lambda e, o: e.authorize(o.flow_id, browser=o.browser),
        ),
        person(
            "email", "email new_address", lambda e, o: e.submit_email(o.flow_id, o.email, browser=o.browser)
        ),
        person(
            "other_email",
            "email code email_change",
            lambda e, o: e.submit_email(o.flow_id, f"other-{o.email}", browser=o.browser),
        ),
        person(
            "resend",
            "code recovery_code email_change",
            lambda e, o: e.resend_one_time_code(o.flow_id, browser=o.browser),
        ),
        person(
            "resend_refused",
            "code recovery_code",
            lambda e, o: e.resend_one_time_code(o.flow_id, browser=o.browser),
            mail_arrives=False,
        ),
        person(
            "set_password",
            "password reissued too_short recovery_password suspended key_retired",
            lambda e, o: e.set_password(o.flow_id, o.chosen, browser=o.browser),
        ),
        person(
            "cancel",
            f"identity email code password reissued too_short {RECOVERY} {LATER} {AFTER}",
            lambda e, o: e.cancel(o.flow_id, browser=o.browser),
        ),
        person(
            "second_confirms",
            "identity email code recovery_identity recovery_code",
            lambda e, o: e.confirm_and_set_password(o.flow_id, o.code, o.chosen, browser=o.browser),
            officer=1,
        ),
        person(
            "second_right",
            "code recovery_code key_retired",
            lambda e, o: e.submit_one_time_code(o.flow_id, o.code, browser=o.browser),
            officer=1,
        ),
        person(
            "second_sets_password",
            "password reissued too_short recovery_password step_up handed_over",
            lambda e, o: e.set_password(o.flow_id, o.chosen, browser=o.browser),
            officer=1,
        ),
        person(
            "begin_issued",
            "identity code key_retired",
            lambda e, o: e.begin(USERNAME, ISSUED, browser=o.browser),
            in_a_flow=False,
        ),
        person(
            "sign_in",
            "active password recovery_password",
            lambda e, o: e.begin(USERNAME, o.chosen, browser=o.browser),
            in_a_flow=False,
        ),
        Act(
            "sign_in_as_before",
            ("recovery_code", "recovery_password", "suspended"),
            lambda e, s: e.begin(USERNAME, "".join(s.passwords[:1]), browser=s.stranger),
            officer=None,
            in_a_flow=False,
            usual=False,
        ),
        person(
            "recover",
            "recovery_identity",
            lambda e, o: e.recover(browser=o.browser),
            in_a_flow=False,
            usual=False,
        ),
        choice("choose", "recovery_account thaid_alone", lambda s: s.account_id),
        choice("choose_other", "recovery_account", lambda s: s.other_id),
        choice("choose_refused", "recovery_account", lambda s: s.account_id, mail_arrives=False),
        choice(
            "second_chooses", "recovery_account email_change thaid_alone", lambda s: s.account_id, officer=1
        ),
        admin("onboards_anew", "", _onboards_anew, usual=False),
        admin(
            "reissue", EVERYWHERE, lambda e, s: e.accounts.reissue(s.account_id, by="admin-1", reason="lost")
        ),
        admin(
            "unlock", EVERYWHERE, lambda e, s: e.accounts.unlock(s.account_id, by="admin-2", reason="call")
        ),
        admin(
            "provision", "active", lambda e, s: e.accounts.provision(NEW_LIST, by="admin-1", reason="list")
        ),
        by_admin("suspend", EVERYWHERE),
        by_admin("restore", "suspended"),
        admin("suspend_and_restore", IN_USE, _suspended_for_a_while, usual=False),
        by_admin("close_account", EVERYWHERE),
        by_admin("hand_over", EVERYWHERE, lambda s: Expected(s.successor.citizen.national_id)),
        by_admin(
            "set_expected",
            "identity email code password approval issued_credential key_retired",
            lambda s: Expected(s.successor.citizen.national_id),
        ),
        *LATER_ACTS,
        *SIGNED_IN_ACTS,
        *SESSION_ACTS,
    )
}


def at_home(scene: str) -> tuple[str, ...]:
    """The acts that lead somewhere in the scene."""
    return tuple(name for name, act in ACTS.items() if scene in act.home)
