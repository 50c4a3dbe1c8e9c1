"""Where races of further flows begin: sign-in by ThaID, flows of who is signed in, keys retired, people who left."""

from __future__ import annotations

from dataclasses import replace

from elaas_identity import Expected
from tests.facade.portal import Portal
from tests.world.later_beginnings import proven, signed_in, with_app
from tests.world.scenes import Officer
from tests.world.ways import (
    A_WHILE,
    Beginning,
    at_code,
    at_identity,
    at_password,
    forgotten,
    identified,
    with_queries,
)


def sign_in_with_thaid(begin: Beginning) -> Beginning:
    """Two sign-ins of one person: the password was right, and ThaID comes second."""
    begin = forgotten(begin)
    (password,) = begin.passwords
    one, two = (
        with_queries(begin.portal, at_identity(begin.portal, officer, password))
        for officer in (begin.one, begin.two)
    )
    return replace(begin, one=one, two=two)


def thaid_alone(begin: Beginning) -> Beginning:
    """Two sign-ins of one person, whose account opens by ThaID alone, and is to be chosen."""
    begin = forgotten(begin)
    one, two = (proven(begin.portal, officer) for officer in (begin.one, begin.two))
    return replace(begin, one=one, two=two)


def asked_for(begin: Beginning) -> Beginning:
    """Somebody who is signed in has asked for a step-up, and for another app; both go to ThaID first."""
    portal, begin = begin.portal, signed_in(begin)
    one, two = begin.one, begin.two
    flow_id = portal.elaas.change_email(one.session, browser=one.browser).flow_id
    enrolling = portal.elaas.enrol_authenticator(two.session, browser=two.browser).flow_id
    one, two = (
        replace(one, flow_id=flow_id, email="new@sommut.example.go.th"),
        replace(two, flow_id=enrolling),
    )
    return replace(begin, one=with_queries(portal, one), two=with_queries(portal, two))


def new_address(begin: Beginning) -> Beginning:
    """A new address is to be given; in the other browser, a first app is to be confirmed."""
    begin = asked_for(begin)
    one, two = (identified(begin.portal, officer) for officer in (begin.one, begin.two))
    return replace(begin, one=one, two=two)


def handed_over(begin: Beginning) -> Beginning:
    """Who held the account has left, and is still known; their successor, in the other browser, sets a password."""
    before = begin.two
    begin, _, _ = with_app(begin)
    portal = begin.portal
    letter = portal.elaas.accounts.hand_over(
        begin.account_id, Expected(before.citizen.national_id), by="admin-1", reason="moved"
    ).password
    portal.clock.shift(A_WHILE)
    two = at_password(portal, before, password=letter)
    return replace(begin, two=two, one=replace(begin.one, flow_id="", session=None), passwords=())


def key_retired(begin: Beginning) -> Beginning:
    """Everything stands under the key before, which is to be retired; the first officer is about to onboard."""
    one = at_password(begin.portal, begin.one)
    return replace(begin, one=one, two=at_code(begin.portal, begin.two))


def session(begin: Beginning) -> Beginning:
    """Two sessions that the library keeps; in the first, the person is about to change their password."""
    portal, begin = begin.portal, signed_in(begin)
    one, two = (_kept(portal, officer) for officer in (begin.one, begin.two))
    changing = portal.elaas.change_password(one.session, one.password, browser=one.browser)
    return replace(begin, one=replace(one, flow_id=changing.flow_id), two=two)


def _kept(portal: Portal, officer: Officer) -> Officer:
    step = portal.begin(officer.browser, password=officer.password).step
    token = portal.elaas.sessions.start(step)
    return replace(officer, token=token, session=portal.elaas.sessions.of(token))


SIGNED_IN_BEGINNINGS = (
    sign_in_with_thaid,
    thaid_alone,
    asked_for,
    new_address,
    handed_over,
    key_retired,
    session,
)
