"""Where races after onboarding begin. One function a scene."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pyotp import TOTP

from elaas_identity import FirstUse, FlowPolicy, Refused, SignInPolicy
from elaas_identity.flow.policy import FOR_TESTS
from tests.facade.portal import ISSUED, Portal, wrong
from tests.world.scenes import TRANSACTION, Officer
from tests.world.ways import (
    A_WHILE,
    UNTIL_THEN,
    Beginning,
    at_password,
    forgotten,
    identified,
    outdate,
    recovery_at_account,
)


def step_up(begin: Beginning) -> Beginning:
    """A proof waits to be used; in the other browser, the person is about to change their password."""
    portal, begin = begin.portal, signed_in(begin)
    one, two = begin.one, begin.two
    flow_id = portal.elaas.step_up(one.session, TRANSACTION, browser=one.browser).flow_id
    changing = portal.elaas.change_password(two.session, two.password, browser=two.browser)
    return replace(
        begin,
        one=identified(portal, replace(one, flow_id=flow_id)),
        two=replace(two, flow_id=changing.flow_id),
    )


def authenticator_code(begin: Beginning) -> Beginning:
    """Two sign-ins of one person, who reads one code off the app; the first has one attempt left."""
    begin, secret, spare = with_app(begin)
    one, two = (_asked_for_code(begin, officer, secret, spare) for officer in (begin.one, begin.two))
    for _ in range(4):
        with pytest.raises(Refused, match="authenticator_code_wrong"):
            begin.portal.elaas.submit_authenticator_code(one.flow_id, wrong(one.code), browser=one.browser)
    return replace(begin, one=one, two=two, used=4)


def new_app(begin: Beginning) -> Beginning:
    """A sign-in with the app; in the other browser, the person is about to confirm another one."""
    begin, secret, spare = with_app(begin)
    portal, two = begin.portal, begin.two
    flow_id = portal.elaas.enrol_authenticator(two.session, browser=two.browser).flow_id
    two = identified(portal, replace(two, flow_id=flow_id))
    shown = portal.elaas.current(flow_id, browser=two.browser).step.secret
    two = replace(two, code=TOTP(shown).at(portal.clock() + UNTIL_THEN))
    return replace(begin, one=_asked_for_code(begin, begin.one, secret, spare), two=two)


def approval(begin: Beginning) -> Beginning:
    """Two people have done everything, and one of them may be let in."""
    portal = begin.portal
    portal.elaas.accounts.set_expected(
        begin.account_id, FirstUse(needs_approval=True), by="admin-1", reason="list"
    )
    one, two = (at_password(portal, officer, finish=True) for officer in (begin.one, begin.two))
    return replace(begin, one=one, two=two)


def email_change(begin: Beginning) -> Beginning:
    """The code for a new address is in its mailbox; in the other browser, the password is forgotten."""
    portal, begin = begin.portal, signed_in(begin)
    one = replace(begin.one, email="new@sommut.example.go.th")
    one = identified(
        portal, replace(one, flow_id=portal.elaas.change_email(one.session, browser=one.browser).flow_id)
    )
    portal.elaas.submit_email(one.flow_id, one.email, browser=one.browser)
    one = replace(one, code=portal.code())
    return replace(begin, one=one, two=recovery_at_account(portal, begin.two))


def credential(begin: Beginning) -> Beginning:
    """Two browsers of the account's person, who came by ThaID first; the password's hash is an old one."""
    begin = signed_in(begin)
    outdate(begin, begin.one.password)
    one, two = (proven(begin.portal, officer) for officer in (begin.one, begin.two))
    return replace(begin, one=one, two=two)


def issued_credential(begin: Beginning) -> Beginning:
    """Two people who came by ThaID first, with one letter."""
    one, two = (proven(begin.portal, replace(officer, password=ISSUED)) for officer in (begin.one, begin.two))
    return replace(begin, one=one, two=two)


def four_eyes(begin: Beginning) -> Beginning:
    return forgotten(begin)


LATER_BEGINNINGS = (
    step_up,
    authenticator_code,
    new_app,
    approval,
    email_change,
    credential,
    issued_credential,
    four_eyes,
)
_WITH_APP = replace(FOR_TESTS, sign_in=SignInPolicy.PASSWORD_AND_TOTP)
POLICIES: dict[str, FlowPolicy] = {
    "authenticator_code": _WITH_APP,
    "new_app": _WITH_APP,
    "sign_in_with_thaid": replace(FOR_TESTS, sign_in=SignInPolicy.PASSWORD_AND_THAID),
    "thaid_alone": replace(FOR_TESTS, sign_in=SignInPolicy.THAID),
    "handed_over": _WITH_APP,
    "four_eyes": replace(FOR_TESTS, four_eyes=frozenset({"unlock", "hand_over"})),
}
"""Scenes that are prepared, and played, by a policy of their own."""


def signed_in(begin: Beginning) -> Beginning:
    """Both browsers are the one person's, each with a session of the portal's."""
    begin = forgotten(begin)
    (password,) = begin.passwords
    one, two = (replace(officer, password=password) for officer in (begin.one, begin.two))
    step = begin.portal.begin(one.browser, password=password).step
    return replace(
        begin,
        one=replace(one, session=step.session("session one")),  # type: ignore[union-attr]
        two=replace(two, session=step.session("session two")),  # type: ignore[union-attr]
    )


def with_app(begin: Beginning) -> tuple[Beginning, str, tuple[str, ...]]:
    """The person's app counts, as its secret and its recovery codes say; both browsers are theirs."""
    begin = forgotten(begin)
    (password,) = begin.passwords
    portal, one = begin.portal, replace(begin.one, password=password)
    one = identified(portal, replace(one, flow_id=portal.begin(one.browser, password=password).flow_id))
    secret = portal.elaas.current(one.flow_id, browser=one.browser).step.secret
    enrolled = portal.elaas.confirm_authenticator(
        one.flow_id, TOTP(secret).at(portal.clock()), browser=one.browser
    ).step
    portal.clock.shift(A_WHILE)
    signing_in = portal.begin(one.browser, password=password).flow_id
    step = portal.elaas.submit_authenticator_code(
        signing_in, TOTP(secret).at(portal.clock()), browser=one.browser
    ).step
    portal.clock.shift(A_WHILE)
    two = replace(begin.two, password=password, session=step.session("session two"))
    return replace(begin, one=one, two=two), secret, enrolled.recovery_codes


def _asked_for_code(begin: Beginning, officer: Officer, secret: str, spare: tuple[str, ...]) -> Officer:
    portal = begin.portal
    flow_id = portal.begin(officer.browser, password=officer.password).flow_id
    code = TOTP(secret).at(portal.clock() + UNTIL_THEN)
    return replace(officer, flow_id=flow_id, code=code, spare=spare[0])


def proven(portal: Portal, officer: Officer) -> Officer:
    flow_id = portal.elaas.begin_with_thaid(browser=officer.browser).flow_id
    return identified(portal, replace(officer, flow_id=flow_id))
