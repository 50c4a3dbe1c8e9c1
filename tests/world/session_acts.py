"""Acts on sessions that the library keeps: begun, used, renewed, ended; one at a time, and what a browser does."""

from __future__ import annotations

from typing import Any

from tests.facade.portal import USERNAME
from tests.world.act import Act, admin, person
from tests.world.actor import Play
from tests.world.scenes import Officer, Scene

SESSION = "session"


def _begins(elaas: Any, scene: Scene) -> Play:
    officer = scene.officers[0]
    signed_in = yield from elaas.begin(USERNAME, officer.password, browser=officer.browser)
    return (yield from elaas.sessions.start(signed_in.step))


def _goes_on(elaas: Any, officer: Officer) -> Play:
    """Sets another password, in the change of it that the session asked for, and goes on."""
    changed = yield from elaas.set_password(officer.flow_id, officer.chosen, browser=officer.browser)
    return (yield from elaas.sessions.renew(officer.token, changed.step))


SESSION_ACTS: tuple[Act, ...] = (
    admin("begins_session", SESSION, _begins, usual=False),
    person("uses_session", SESSION, lambda e, o: e.sessions.of(o.token), in_a_flow=False, usual=False),
    person(
        "second_uses_session",
        SESSION,
        lambda e, o: e.sessions.officer(o.token),
        officer=1,
        in_a_flow=False,
        usual=False,
    ),
    person("goes_on", SESSION, _goes_on, in_a_flow=False, usual=False),
    person("signs_out", SESSION, lambda e, o: e.sessions.end(o.token), in_a_flow=False, usual=False),
    person(
        "second_signs_others_out",
        SESSION,
        lambda e, o: e.sessions.end_others(o.token),
        officer=1,
        in_a_flow=False,
        usual=False,
    ),
    admin(
        "signs_all_out",
        SESSION,
        lambda e, s: e.sessions.end_all(s.account_id, by="admin-3", reason="lost"),
        usual=False,
    ),
    admin("lists_sessions", SESSION, lambda e, s: e.sessions.of_account(s.account_id), usual=False),
)
