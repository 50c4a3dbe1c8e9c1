"""An authenticator app is enrolled with ThaID only, and what ends it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from elaas_identity import (
    Ended,
    EnrolAuthenticator,
    Expected,
    Keyring,
    VerifyIdentity,
)
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.change import Key
from elaas_identity.flow.transitions import Purpose
from elaas_identity.testing.clock import SeededRandom
from tests.authenticator_app.apps import shown
from tests.facade.app import WITH_APP, App, asked, asking_for_an_app, confirmed, enrolled, scanned, sign_in
from tests.facade.officer import BOUND, WHY, onboard, refused, signed_in_of, through_thaid
from tests.facade.portal import (
    CHOSEN,
    FLAVOURS,
    OFFICER,
    SECRET,
    STRANGER,
    USERNAME,
    Portal,
    made,
)
from tests.facade.stored import stored_account, stored_flow
from tests.facade.test_rekeying import NEWER


@pytest.fixture(params=FLAVOURS)
def portal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    """A portal whose officer has onboarded, and has no app yet."""
    with asking_for_an_app(request.param, tmp_path) as built:
        yield built


def record_of(portal: Portal) -> AuthenticatorRecord | None:
    """What stands of the app of who holds the account."""
    account = stored_account(portal, portal.elaas.accounts.find(USERNAME).id)
    assert account.binding_id is not None
    key = Key(AuthenticatorRecord, account.binding_id)
    found: AuthenticatorRecord | None = portal.store.load(key).one(key)
    return found


def test_a_stolen_password_enrols_nothing(portal: Portal) -> None:
    """Who has the password would enrol an app of their own, and be in from then on."""
    browser = portal.browser()
    progress = asked(portal, browser)
    assert (Purpose.AUTHENTICATOR, ("authorize", "cancel")) == (progress.purpose, progress.allowed)
    portal.idp.citizen = STRANGER
    assert "person_mismatch" == refused(through_thaid, portal, progress, browser).code
    refusal = refused(portal.elaas.confirm_authenticator, progress.flow_id, "000000", browser=browser)
    assert "out_of_order" == refusal.code
    assert stored_flow(portal, progress.flow_id).authenticator_sealed is None
    assert record_of(portal) is None


def test_the_qr_code_is_shown_again_and_wrong_codes_are_not_counted(portal: Portal) -> None:
    """A reload would give another secret than the one that was scanned; or slow fingers would end the enrolment."""
    browser = portal.browser()
    progress = scanned(portal, browser)
    assert isinstance(progress.step, EnrolAuthenticator)
    assert progress == portal.elaas.current(progress.flow_id, browser=browser)
    assert progress.step.secret in progress.step.uri
    assert progress.step.secret not in repr(progress)
    assert ("confirm_authenticator", "cancel") == progress.allowed
    assert "flow_unknown" == refused(portal.elaas.current, progress.flow_id, browser=portal.browser()).code
    app = App(portal, progress.step.uri, ())
    for typed in (*[app.wrong()] * 25, app.code(steps=2), "12345", ""):
        wrong = refused(portal.elaas.confirm_authenticator, progress.flow_id, typed, browser=browser)
        assert ("authenticator_code_wrong", progress) == (wrong.code, wrong.progress)
    assert 10 == len(set(confirmed(portal, progress, browser).codes))
    assert Ended(reason="completed") == portal.elaas.current(progress.flow_id, browser=browser).step
    assert stored_flow(portal, progress.flow_id).authenticator_sealed is None


def test_an_app_counts_only_once_it_has_shown_a_right_code(portal: Portal) -> None:
    """Who scans and stops there would be locked out, or would lose the app that they have."""
    scanned(portal, portal.browser())
    assert isinstance(asked(portal, portal.browser()).step, VerifyIdentity)
    app, browser = enrolled(portal), portal.browser()
    session = signed_in_of(sign_in(portal, app.code())).session("sid-1")
    progress = portal.elaas.enrol_authenticator(session, browser=browser)
    progress = through_thaid(portal, progress, browser)
    assert isinstance(progress.step, EnrolAuthenticator)
    portal.clock.shift(minutes=1)
    other = App(portal, progress.step.uri, ())
    assert "authenticator_code_wrong" == refused(sign_in, portal, other.code()).code
    signed_in_of(sign_in(portal, app.code()))


def test_a_new_app_ends_the_one_before_with_its_recovery_codes(portal: Portal) -> None:
    """The phone that was lost, or the sheet of paper that went with it, would go on opening the account."""
    old, browser = enrolled(portal), portal.browser()
    session = signed_in_of(sign_in(portal, old.code())).session("sid-1")
    progress = portal.elaas.enrol_authenticator(session, browser=browser)
    assert isinstance(progress.step, VerifyIdentity)
    waiting = portal.browser()
    flow_id = asked(portal, waiting).flow_id
    new = confirmed(portal, through_thaid(portal, progress, browser), browser)
    late = refused(portal.elaas.submit_authenticator_code, flow_id, new.code(), browser=waiting)
    assert "flow_superseded" == late.code
    for typed in (old.code(), *old.codes[:2]):
        assert "authenticator_code_wrong" == refused(sign_in, portal, typed).code
    signed_in_of(sign_in(portal, new.code()))
    signed_in_of(sign_in(portal, new.codes[0]))


def test_an_app_is_enrolled_by_the_sessions_own_person(portal: Portal) -> None:
    """Who finds a session open would put their own phone in the place of the officer's."""
    app, browser = enrolled(portal), portal.browser()
    session = signed_in_of(sign_in(portal, app.code())).session("sid-1")
    progress = portal.elaas.enrol_authenticator(session, browser=browser)
    portal.idp.citizen = STRANGER
    assert "person_mismatch" == refused(through_thaid, portal, progress, browser).code


def test_an_enrolment_is_told_of_without_its_secrets(portal: Portal) -> None:
    """An app that somebody else enrolled would go unnoticed, or the notice would give it away."""
    mails = len(portal.outbox.mails)
    app = enrolled(portal)
    (notice,) = portal.outbox.mails[mails:]
    assert BOUND == notice.recipient.value
    secret = app.uri.partition("secret=")[2].partition("&")[0]
    for hidden in (secret, *app.codes):
        assert hidden not in notice.subject + notice.text + notice.html


def test_a_re_issue_removes_the_app(portal: Portal) -> None:
    """Who has lost phone and paper would have no way on; or whoever found them would still have one."""
    app, browser = enrolled(portal), portal.browser()
    account_id = portal.elaas.accounts.find(USERNAME).id
    issued = portal.elaas.accounts.reissue(account_id, **WHY).password
    record = record_of(portal)
    assert record is not None
    assert (None, ()) == (record.secret_sealed, record.recovery_codes_sealed)
    flow_id = through_thaid(portal, portal.begin(browser, password=issued), browser).flow_id
    portal.elaas.submit_email(flow_id, BOUND, browser=browser)
    portal.elaas.confirm_and_set_password(flow_id, portal.code(), CHOSEN, browser=browser)
    assert isinstance(asked(portal, browser).step, VerifyIdentity)
    portal.clock.shift(minutes=2)
    new = enrolled(portal)
    assert "authenticator_code_wrong" == refused(sign_in, portal, app.codes[5]).code
    signed_in_of(sign_in(portal, new.code()))


def test_the_officer_who_takes_over_has_no_app(portal: Portal) -> None:
    """The one who left would be asked for at every sign-in of the next, and could still give the code."""
    enrolled(portal)
    account_id = portal.elaas.accounts.find(USERNAME).id
    handed = portal.elaas.accounts.hand_over(account_id, Expected(STRANGER.national_id), **WHY)
    portal.idp.citizen, browser = STRANGER, portal.browser()
    flow_id = through_thaid(portal, portal.begin(browser, password=handed.password), browser).flow_id
    portal.elaas.submit_email(flow_id, "next@sommut.example.go.th", browser=browser)
    portal.elaas.confirm_and_set_password(flow_id, portal.code(), CHOSEN, browser=browser)
    progress = asked(portal, browser)
    assert (Purpose.AUTHENTICATOR, VerifyIdentity) == (progress.purpose, type(progress.step))
    portal.idp.citizen = OFFICER
    assert "person_mismatch" == refused(through_thaid, portal, progress, browser).code


@pytest.mark.parametrize("flavour", ["sync-sqlite", "async-sqlite"])
def test_r7_4_the_app_works_on_after_the_keys_were_rotated(tmp_path: Path, flavour: str) -> None:
    """Everybody with an app would be locked out on the day the old key is taken out."""
    rings = [
        Keyring({"k1": SECRET}, current="k1"),
        Keyring({"k1": SECRET, "k2": NEWER}, current="k2"),
        Keyring({"k2": NEWER}, current="k2"),
    ]
    with ExitStack() as portals:
        before, rotated, after = (
            portals.enter_context(
                made(flavour, tmp_path, WITH_APP, keyring=keyring, random=SeededRandom(seed))
            )
            for seed, keyring in enumerate(rings)
        )
        onboard(before)
        before.clock.shift(minutes=2)
        app = enrolled(before)
        assert 3 == rotated.elaas.accounts.rekey("k1")
        after.keyring = rings[2]
        after.clock.shift(minutes=5)
        signed_in_of(sign_in(after, shown(app.uri, after.clock())))
        signed_in_of(sign_in(after, app.codes[9]))
        again = shown(app.uri, after.clock())
        assert "authenticator_code_wrong" == refused(sign_in, after, again).code
