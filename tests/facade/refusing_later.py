"""How to be refused after the onboarding: who is signed in, second factors, the person first, administrators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from elaas_identity import Refused
from elaas_identity.flow.transitions import Purpose, Stage
from tests.facade.acts import SIGNED, Acts, weaken
from tests.facade.portal import CHOSEN, ISSUED, OFFICER, USERNAME
from tests.facade.refusing import NO_ACCOUNT, Refusing, at
from tests.facade.waiting import await_it, provisioned

# Who is signed in


def signed_in(purpose: Purpose, act: Refusing) -> Refusing:
    """With a session, then act."""
    return at(Stage.START, act, purpose)


def outdated_session(acts: Acts) -> object:
    acts.elaas.accounts.reissue(acts.account_id, **SIGNED)
    acts.portal.events.clear()
    return acts.asked()


def sessions_account_is_nowhere(acts: Acts) -> object:
    assert acts.session is not None
    acts.session = replace(acts.session, account_id=NO_ACCOUNT)
    return acts.asked()


def no_session(acts: Acts) -> object:
    return acts.elaas.sessions.of("nobody's", browser=acts.browser)


def kept(refusing: Callable[[Acts, str], object]) -> Refusing:
    """A session that the library keeps, then act, and look it up."""

    def look_up(acts: Acts) -> object:
        acts.portal.onboarded()
        step = acts.portal.begin(acts.browser, password=CHOSEN).step
        token = acts.elaas.sessions.start(step, browser=acts.browser)
        refusing(acts, token)
        acts.portal.events.clear()
        return acts.elaas.sessions.of(token, browser=acts.browser)

    return look_up


def signed_out(acts: Acts, token: str) -> None:
    acts.elaas.sessions.end(token, browser=acts.browser)


def half_an_hour_away(acts: Acts, token: str) -> None:
    acts.portal.clock.shift(minutes=30)


def left_behind(acts: Acts, token: str) -> None:
    acts.elaas.accounts.unlock(acts.account_id, **SIGNED)


def wrong_current_password(acts: Acts) -> object:
    return acts.elaas.change_password(acts.session, "not the password", browser=acts.browser)


def used_for(ref: str | None, digest: str) -> Refusing:
    def use(acts: Acts) -> object:
        assert acts.session is not None
        session = acts.session if ref is None else replace(acts.session, ref=ref)
        return acts.elaas.consume_step_up(acts.flow_id, session, digest, browser=acts.browser)

    return at(Stage.PROOF, use, Purpose.STEP_UP)


def used_twice(acts: Acts) -> object:
    acts.proof_used()
    acts.portal.events.clear()
    return acts.proof_used()


def three_times_and_again(acts: Acts) -> object:
    for _ in range(3):
        acts.asked()
    acts.portal.events.clear()
    return acts.asked()


def cooling_off(acts: Acts) -> object:
    acts.code_confirmed()
    acts.wait()
    acts.purpose = Purpose.RECOVERY
    acts.asked()
    acts.returned()
    acts.portal.events.clear()
    return acts.account_chosen()


# Second factors


def who_waits(acts: Acts) -> object:
    acts.account_id = provisioned(acts.portal, "laas-waits")
    await_it(acts.portal, username="laas-waits")
    acts.portal.events.clear()
    return acts.portal.begin(acts.browser, "laas-waits", CHOSEN)


def outdated_password(acts: Acts) -> object:
    acts.portal.onboarded()
    weaken(acts.portal, acts.account_id, "สั้นไป1")
    acts.portal.events.clear()
    return acts.signs_in("สั้นไป1")


def at_the_app(act: Refusing) -> Refusing:
    """Where a sign-in asks for the code of the app."""
    return at(Stage.AUTHENTICATOR_CODE, act, Purpose.SIGN_IN)


def app_code(acts: Acts, typed: str) -> object:
    return acts.elaas.submit_authenticator_code(acts.flow_id, typed, browser=acts.browser)


def after_wrong_app_codes(times: int) -> Refusing:
    def guess(acts: Acts) -> object:
        for _ in range(times):
            with pytest.raises(Refused, match="authenticator_code_wrong"):
                app_code(acts, acts.wrong_app_code())
        acts.portal.events.clear()
        return app_code(acts, acts.app_code())

    return at_the_app(guess)


def wrong_first_code(acts: Acts) -> object:
    acts.scan()
    return acts.elaas.confirm_authenticator(acts.flow_id, acts.wrong_app_code(), browser=acts.browser)


# The person first


def proven(act: Refusing) -> Refusing:
    """Where a proven person is asked for a credential."""
    return at(Stage.CREDENTIAL, act, Purpose.IDENTITY_FIRST)


def credential(username: str, password: str) -> Refusing:
    return lambda acts: acts.elaas.submit_credential(acts.flow_id, username, password, browser=acts.browser)


def guesses_of_a_person(acts: Acts) -> object:
    for _ in range(5):
        with pytest.raises(Refused, match="credential_wrong"):
            credential(USERNAME, "not the password")(acts)
    acts.portal.events.clear()
    return credential(USERNAME, ISSUED)(acts)


def too_many_identities_first(acts: Acts) -> object:
    acts.purpose = Purpose.IDENTITY_FIRST
    return three_times_and_again(acts)


def too_many_trips(acts: Acts) -> object:
    for _ in range(3):
        acts.elaas.authorize(acts.flow_id, browser=acts.browser)
    acts.portal.events.clear()
    return acts.elaas.authorize(acts.flow_id, browser=acts.browser)


# Administrators


def approves_nothing(acts: Acts) -> object:
    return acts.elaas.accounts.approve(acts.account_id, acts.flow_id, **SIGNED)


def first_of_two(acts: Acts) -> object:
    return acts.elaas.accounts.suspend(acts.account_id, **SIGNED)


def erases_who_holds(acts: Acts) -> object:
    acts.portal.onboarded()
    acts.portal.events.clear()
    return acts.elaas.accounts.erase_person(OFFICER.national_id, **SIGNED)
