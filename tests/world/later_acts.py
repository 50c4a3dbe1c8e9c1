"""What comes after onboarding: acts of who is signed in, second factors, approval, ThaID first, four eyes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from elaas_identity import Expected, transaction_digest
from tests.facade.portal import USERNAME, wrong
from tests.world.act import Act, Played, admin, person
from tests.world.actor import Play
from tests.world.scenes import TRANSACTION, Officer, Scene

LATER = "step_up authenticator_code new_app approval email_change credential issued_credential four_eyes"
"""Scenes after onboarding."""
AFTER = "sign_in_with_thaid thaid_alone asked_for new_address handed_over key_retired"
"""Scenes of sign-in by ThaID, of flows that a session asked for, of people who left and keys that are retired."""
ANOTHER = transaction_digest(b"pay 200")


def _administrators(act: str, by: str, *more: Callable[[Scene], Any]) -> Played:
    def call(elaas: Any, scene: Scene) -> Play:
        given = [each(scene) for each in more]
        return getattr(elaas.accounts, act)(scene.account_id, *given, by=by, reason="order")  # type: ignore[no-any-return]

    return call


def _of(officer: int) -> Callable[[Scene], str]:
    return lambda scene: scene.officers[officer].flow_id


def _changes_password(elaas: Any, scene: Scene) -> Play:
    officer = scene.officers[0]
    begun = yield from elaas.change_password(officer.session, officer.password, browser=officer.browser)
    return (yield from elaas.set_password(begun.flow_id, officer.chosen, browser=officer.browser))


def _consumes(elaas: Any, officer: Officer, digest: str) -> Play:
    act = elaas.consume_step_up
    return act(officer.flow_id, officer.session, digest, browser=officer.browser)  # type: ignore[no-any-return]


def _types(elaas: Any, officer: Officer, code: str) -> Play:
    act = elaas.submit_authenticator_code
    return act(officer.flow_id, code, browser=officer.browser)  # type: ignore[no-any-return]


def _submits(elaas: Any, officer: Officer, password: str) -> Play:
    act = elaas.submit_credential
    return act(officer.flow_id, USERNAME, password, browser=officer.browser)  # type: ignore[no-any-return]


LATER_ACTS: tuple[Act, ...] = (
    person("consume", "step_up", lambda e, o: _consumes(e, o, TRANSACTION), usual=False),
    person("consume_for_another", "step_up", lambda e, o: _consumes(e, o, ANOTHER), usual=False),
    admin("change_password", "step_up email_change", _changes_password, usual=False),
    person("app_code", "authenticator_code new_app", lambda e, o: _types(e, o, o.code), usual=False),
    person("app_wrong", "authenticator_code", lambda e, o: _types(e, o, wrong(o.code)), usual=False),
    person("spare_code", "authenticator_code new_app", lambda e, o: _types(e, o, o.spare), usual=False),
    person(
        "second_app_code", "authenticator_code", lambda e, o: _types(e, o, o.code), officer=1, usual=False
    ),
    person(
        "second_spare_code", "authenticator_code", lambda e, o: _types(e, o, o.spare), officer=1, usual=False
    ),
    person(
        "confirm_app",
        "new_app",
        lambda e, o: e.confirm_authenticator(o.flow_id, o.code, browser=o.browser),
        officer=1,
        usual=False,
    ),
    admin("approve", "approval", _administrators("approve", "admin-3", _of(0)), usual=False),
    admin("approve_other", "approval", _administrators("approve", "admin-4", _of(1)), usual=False),
    admin("reject", "approval", _administrators("reject", "admin-3", _of(0)), usual=False),
    person(
        "submit_credential",
        "credential issued_credential",
        lambda e, o: _submits(e, o, o.password),
        usual=False,
    ),
    person(
        "submit_wrong",
        "credential issued_credential",
        lambda e, o: _submits(e, o, "not the password of anybody"),
        usual=False,
    ),
    person(
        "second_submits",
        "credential issued_credential",
        lambda e, o: _submits(e, o, o.password),
        officer=1,
        usual=False,
    ),
    admin("unlock_seconded", "four_eyes", _administrators("unlock", "admin-5"), usual=False),
    admin(
        "hand_over_seconded",
        "four_eyes",
        _administrators("hand_over", "admin-5", lambda s: Expected(s.successor.citizen.national_id)),
        usual=False,
    ),
    admin(
        "hand_over_to_another",
        "four_eyes",
        _administrators("hand_over", "admin-5", lambda s: Expected(s.officers[0].citizen.national_id)),
        usual=False,
    ),
)
