"""Acts of who is signed in, of time and of upkeep: asking, expiry, purge, erasure, keys, reading, statements, audit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from elaas_identity.person.assurance import Assurance
from tests.assertions.bridge import GFMS
from tests.facade.portal import USERNAME
from tests.world.act import Act, admin, person
from tests.world.actor import Play
from tests.world.scenes import TRANSACTION, Scene

CODE_EXPIRED = timedelta(minutes=10)
"""At the very end of a code's life, when it is good no more."""
FLOW_EXPIRED = timedelta(hours=1)
PURGED = timedelta(days=3)
"""When a daily purge has deleted what expired."""


def _states(elaas: Any, scene: Scene) -> Play:
    session = scene.officers[0].session  # None before anybody has signed in: refused
    rests_on = Assurance(ial=None, methods=("pwd",), auth_time=scene.now)
    return elaas.assertions.assertion_for(GFMS, session, assurance=rests_on)  # type: ignore[no-any-return]


def _erases(elaas: Any, scene: Scene) -> Play:
    national_id = scene.officers[0].citizen.national_id
    return elaas.accounts.erase_person(national_id, by="admin-6", reason="request")  # type: ignore[no-any-return]


def _late(name: str, home: str, call: Any, later: timedelta) -> Act:
    return person(name, home, call, usual=False, later=later)


SIGNED_IN_ACTS: tuple[Act, ...] = (
    person(
        "asks_step_up",
        "step_up",
        lambda e, o: e.step_up(o.session, TRANSACTION, browser=o.browser),
        in_a_flow=False,
        usual=False,
    ),
    person(
        "asks_new_app",
        "step_up",
        lambda e, o: e.enrol_authenticator(o.session, browser=o.browser),
        in_a_flow=False,
        usual=False,
    ),
    person(
        "asks_new_address",
        "step_up",
        lambda e, o: e.change_email(o.session, browser=o.browser),
        in_a_flow=False,
        usual=False,
    ),
    person(
        "asks_new_password",
        "step_up",
        lambda e, o: e.change_password(o.session, o.password, browser=o.browser),
        in_a_flow=False,
        usual=False,
    ),
    person(
        "begins_with_thaid",
        "credential",
        lambda e, o: e.begin_with_thaid(browser=o.browser),
        in_a_flow=False,
        usual=False,
    ),
    person(
        "second_callback",
        "asked_for sign_in_with_thaid",
        lambda e, o: e.receive_callback(o.query(0), browser=o.browser),
        officer=1,
        usual=False,
    ),
    person("looks", "code", lambda e, o: e.current(o.flow_id, browser=o.browser), usual=False),
    _late(
        "right_too_late",
        "code recovery_code email_change",
        lambda e, o: e.submit_one_time_code(o.flow_id, o.code, browser=o.browser),
        CODE_EXPIRED,
    ),
    _late(
        "sets_password_too_late",
        "password recovery_password",
        lambda e, o: e.set_password(o.flow_id, o.chosen, browser=o.browser),
        FLOW_EXPIRED,
    ),
    _late(
        "consume_too_late",
        "step_up",
        lambda e, o: e.consume_step_up(o.flow_id, o.session, TRANSACTION, browser=o.browser),
        FLOW_EXPIRED,
    ),
    admin(
        "purge",
        "identity code password recovery_account step_up credential thaid_alone",
        lambda e, s: e.purge(),
        usual=False,
        later=PURGED,
    ),
    admin("erase_person", "handed_over", _erases, usual=False),
    admin("rekey", "key_retired", lambda e, s: e.accounts.rekey("k1"), usual=False),
    admin("finds", "code", lambda e, s: e.accounts.find(USERNAME), usual=False),
    admin("gets", "code", lambda e, s: e.accounts.get(s.account_id), usual=False),
    admin("pages", "code", lambda e, s: e.accounts.page(), usual=False),
    admin(
        "awaits_approval", "approval", lambda e, s: e.accounts.awaiting_approval(s.account_id), usual=False
    ),
    admin(
        "awaits_second",
        "four_eyes",
        lambda e, s: e.accounts.awaiting_second_person(s.account_id),
        usual=False,
    ),
    admin("states", "step_up", _states, usual=False),
    admin("seals", "code", lambda e, s: e.audit.seal(), usual=False, later=PURGED),
    admin("verifies", "code", lambda e, s: e.audit.verify(), usual=False),
    admin(
        "erases_old_events",
        "code",
        lambda e, s: e.audit.erase_older_than(timedelta(minutes=1), by="admin-6", reason="retention"),
        usual=False,
    ),
    admin(
        "erases_events",
        "code",
        lambda e, s: e.audit.erase_events(
            before=s.now, account_id=s.account_id, by="admin-6", reason="request"
        ),
        usual=False,
    ),
)
