"""What a sign-in asks for, by the kind of account, and what it rests on (R2.1, R3.8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elaas_identity import (
    AccountKind,
    Ended,
    EnterAuthenticatorCode,
    Misconfigured,
    PasswordPolicy,
    PasswordSet,
    SetPassword,
    SignInPolicy,
    VerifyIdentity,
)
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.flow.transitions import Purpose
from elaas_identity.passwords.hashing import CHEAPEST_FOR_TESTS
from elaas_identity.person.assurance import IAL
from elaas_identity.testing.clock import SeededRandom
from tests.authenticator_app.apps import shown
from tests.facade.officer import (
    WHY,
    answer,
    counted_hashes,
    onboard,
    refused,
    signed_in_of,
    through_thaid,
)
from tests.facade.portal import CHOSEN, FLAVOURS, OFFICER, STRANGER, USERNAME, Portal, made

ALONE, WITH_THAID, WITH_APP, BY_THAID = "laas-alone", "laas-with-thaid", "laas-with-app", "laas-by-thaid"
KIND_OF = {
    ALONE: AccountKind.LOCAL_GOVERNMENT,
    WITH_THAID: AccountKind.PROVINCIAL_OFFICE,
    WITH_APP: AccountKind.SUBORDINATE_AGENCY,
}
MIXED = replace(
    FOR_TESTS,
    sign_in_by_kind={
        AccountKind.PROVINCIAL_OFFICE: SignInPolicy.PASSWORD_AND_THAID,
        AccountKind.SUBORDINATE_AGENCY: SignInPolicy.PASSWORD_AND_TOTP,
    },
)
LETTERS = "xk7q9wzpm4vt2rb"
"""Fifteen of them, nobody's password."""


@pytest.fixture(params=FLAVOURS)
def mixed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    """Each kind of account has a policy of its own, and the officer holds one of each."""
    with made(request.param, tmp_path, MIXED) as portal:
        for username, kind in KIND_OF.items():
            onboard(portal, username, kind=kind)
        yield portal


@pytest.fixture(params=FLAVOURS)
def by_thaid(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    """ThaID alone will do, and the officer holds an account."""
    with made(request.param, tmp_path, replace(FOR_TESTS, sign_in=SignInPolicy.THAID)) as portal:
        onboard(portal)
        yield portal


def app_of(portal: Portal, browser: Any) -> str:
    """The authenticator app of the officer's account with one, enrolled at its first sign-in: the URI."""
    progress = through_thaid(portal, portal.begin(browser, WITH_APP, CHOSEN), browser)
    uri = str(progress.step.uri)  # type: ignore[union-attr]
    portal.elaas.confirm_authenticator(progress.flow_id, shown(uri, portal.clock()), browser=browser)
    portal.clock.shift(minutes=1)
    return uri


def test_each_kind_of_account_is_asked_for_what_its_policy_says(mixed: Portal) -> None:
    """A second factor that the policy asks for would be left out, or one asked for that it does not."""
    browser = mixed.browser()
    signed_in_of(mixed.begin(browser, ALONE, CHOSEN))
    progress = mixed.begin(browser, WITH_THAID, CHOSEN)
    assert isinstance(progress.step, VerifyIdentity)
    assert (Purpose.SIGN_IN, ("authorize", "cancel")) == (progress.purpose, progress.allowed)
    progress = mixed.begin(browser, WITH_APP, CHOSEN)
    assert isinstance(progress.step, VerifyIdentity)
    assert Purpose.AUTHENTICATOR == progress.purpose  # who has no app yet enrols one
    app_of(mixed, browser)
    progress = mixed.begin(browser, WITH_APP, CHOSEN)
    assert isinstance(progress.step, EnterAuthenticatorCode)
    assert (Purpose.SIGN_IN, 6, 5) == (progress.purpose, progress.step.digits, progress.step.attempts_left)
    assert ("submit_authenticator_code", "cancel") == progress.allowed


def test_r3_8_what_each_sign_in_rests_on_and_the_mailbox_is_never_part_of_it(mixed: Portal) -> None:
    """The portal would take a sign-in for stronger, or newer, than it is."""
    browser = mixed.browser()
    alone = signed_in_of(mixed.begin(browser, ALONE, CHOSEN)).assurance
    assert (("pwd",), mixed.clock(), IAL(2, 3)) == (alone.methods, alone.auth_time, alone.ial)

    uri = app_of(mixed, browser)
    flow_id = mixed.begin(browser, WITH_APP, CHOSEN).flow_id
    code = shown(uri, mixed.clock())
    with_app = signed_in_of(mixed.elaas.submit_authenticator_code(flow_id, code, browser=browser)).assurance
    expected = ("pwd", "otp", "mfa"), mixed.clock(), IAL(2, 3)
    assert expected == (with_app.methods, with_app.auth_time, with_app.ial)

    # ThaID says today how well the person is proven, and when: not what it said at the onboarding.
    mixed.idp.auth_time = mixed.clock() - timedelta(seconds=30)
    mixed.idp.citizen = replace(OFFICER, ial="2.1")
    progress = through_thaid(mixed, mixed.begin(browser, WITH_THAID, CHOSEN), browser)
    with_thaid = signed_in_of(progress).assurance
    expected = ("pwd", "thaid", "mfa"), mixed.idp.auth_time, IAL(2, 1)
    assert expected == (with_thaid.methods, with_thaid.auth_time, with_thaid.ial)
    with pytest.raises(Misconfigured, match="policy"):
        with_thaid.require(now=mixed.clock(), methods=("email",))


@pytest.mark.parametrize("auth_time", ["ahead", "absent"])
def test_a_login_that_thaid_dates_oddly_counts_from_now(mixed: Portal, auth_time: str) -> None:
    """A clock that is ahead would make a sign-in of the future, which is fresh for longer."""
    browser = mixed.browser()
    mixed.idp.auth_time = mixed.clock() + timedelta(seconds=40) if auth_time == "ahead" else None
    progress = through_thaid(mixed, mixed.begin(browser, WITH_THAID, CHOSEN), browser)
    assert mixed.clock() == signed_in_of(progress).assurance.auth_time


def test_a_password_where_thaid_would_do_alone_has_thaid_come_second(by_thaid: Portal) -> None:
    """The password alone would open an account whose policy is ThaID."""
    browser = by_thaid.browser()
    progress = by_thaid.begin(browser, password=CHOSEN)
    assert isinstance(progress.step, VerifyIdentity)
    assurance = signed_in_of(through_thaid(by_thaid, progress, browser)).assurance
    assert ("pwd", "thaid", "mfa") == assurance.methods


def test_thaid_alone_is_said_to_be_one_method(by_thaid: Portal) -> None:
    """A sign-in without a password would pass for one with two factors."""
    browser = by_thaid.browser()
    progress = through_thaid(by_thaid, by_thaid.elaas.begin_with_thaid(browser=browser), browser)
    by_thaid.clock.shift(minutes=3)
    account_id = by_thaid.elaas.accounts.find(USERNAME).id
    done = by_thaid.elaas.choose_account(progress.flow_id, account_id, browser=browser)
    assurance = signed_in_of(done).assurance
    expected = ("thaid",), by_thaid.clock() - timedelta(minutes=3), IAL(2, 3)
    assert expected == (assurance.methods, assurance.auth_time, assurance.ial)


def test_a_sign_in_is_handed_out_once(mixed: Portal) -> None:
    """A reload, or a second tab, would be given the sign-in again."""
    browser, uri = mixed.browser(), app_of(mixed, mixed.browser())
    flow_id = mixed.begin(browser, WITH_THAID, CHOSEN).flow_id
    query = mixed.callback_query(flow_id, browser)
    signed_in_of(mixed.elaas.receive_callback(query, browser=browser))
    assert Ended(reason="completed") == mixed.elaas.current(flow_id, browser=browser).step
    assert "flow_ended" == refused(mixed.elaas.receive_callback, query, browser=browser).code

    flow_id = mixed.begin(browser, WITH_APP, CHOSEN).flow_id
    code = shown(uri, mixed.clock())
    signed_in_of(mixed.elaas.submit_authenticator_code(flow_id, code, browser=browser))
    assert Ended(reason="completed") == mixed.elaas.current(flow_id, browser=browser).step
    mixed.clock.shift(minutes=1)
    code = shown(uri, mixed.clock())
    again = refused(mixed.elaas.submit_authenticator_code, flow_id, code, browser=browser)
    assert "flow_ended" == again.code
    signed_in_of(mixed.begin(browser, ALONE, CHOSEN))


@pytest.mark.parametrize("username", [WITH_THAID, WITH_APP])
def test_r1_4_another_persons_thaid_is_no_second_factor(mixed: Portal, username: str) -> None:
    """Who stole a password would come in, or enrol an app, with their own ThaID."""
    browser = mixed.browser()
    begun = mixed.begin(browser, username, CHOSEN)
    mixed.idp.citizen = STRANGER
    refusal = refused(through_thaid, mixed, begun, browser)
    assert ("person_mismatch", begun) == (refusal.code, refusal.progress)
    mixed.idp.citizen = OFFICER
    assert not isinstance(through_thaid(mixed, begun, browser).step, VerifyIdentity)


def test_an_old_session_at_thaid_is_no_second_factor(mixed: Portal) -> None:
    """Whoever finds a browser that ThaID remembers would need the password alone (R1.6)."""
    browser = mixed.browser()
    begun = mixed.begin(browser, WITH_THAID, CHOSEN)
    mixed.idp.auth_time = mixed.clock() - timedelta(minutes=5)
    assert "identity_stale" == refused(through_thaid, mixed, begun, browser).code


def test_inv9_all_that_fails_looks_alike_where_a_second_factor_follows(mixed: Portal) -> None:
    """The second step would tell which usernames exist, or the number of hashes would."""
    stopped = "laas-stopped"
    mixed.elaas.accounts.suspend(onboard(mixed, stopped, kind=KIND_OF[WITH_APP]), **WHY)
    names = (*KIND_OF, "laas-nobody")
    with counted_hashes(mixed) as verified:
        answers = {
            answer(refused(mixed.elaas.begin, *given, browser=mixed.browser()))
            for given in [*((name, "not the password of anybody") for name in names), (stopped, CHOSEN)]
        }
    assert (1, 5) == (len(answers), len(verified))


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize(
    ("policy", "shortest"), [(each, 15 if each == "password" else 8) for each in SignInPolicy]
)
def test_r2_1_the_password_is_as_long_as_the_policy_asks(
    tmp_path: Path, flavour: str, policy: SignInPolicy, shortest: int
) -> None:
    """A password that is the only factor could be short, or one beside a factor would have to be long."""
    with made(flavour, tmp_path, replace(FOR_TESTS, sign_in=policy)) as portal:
        portal.provision()
        browser = portal.browser()
        progress = portal.confirmed(browser)
        assert isinstance(progress.step, SetPassword)
        assert shortest == progress.step.minimum_length
        short = refused(portal.elaas.set_password, progress.flow_id, LETTERS[: shortest - 1], browser=browser)
        assert ("password_too_short", "new_password") == (short.code, short.field)
        done = portal.elaas.set_password(progress.flow_id, LETTERS[:shortest], browser=browser)
        assert isinstance(done.step, PasswordSet)


def longer(minimum: int) -> Any:
    """The policy that asks for ThaID beside a password of so many characters."""
    passwords = PasswordPolicy(minimum_length_beside_factor=minimum, hashing=CHEAPEST_FOR_TESTS)
    return replace(FOR_TESTS, sign_in=SignInPolicy.PASSWORD_AND_THAID, passwords=passwords)


@pytest.mark.parametrize("flavour", ["sync-sqlite", "async-sqlite"])
def test_r2_1_a_password_too_short_by_now_opens_nothing_beside_a_factor(tmp_path: Path, flavour: str) -> None:
    """Who stole a short password would set another one with it alone; or its owner had no way on."""
    with made(flavour, tmp_path, longer(8)) as portal:
        onboard(portal, password=LETTERS[:8])
    with made(flavour, tmp_path, longer(9), random=SeededRandom(8)) as portal:
        browser = portal.browser()
        for _ in range(8):  # right every time, so that none of them is counted as a failure
            outdated = refused(portal.begin, browser, password=LETTERS[:8])
            assert ("password_outdated", "password", None) == (
                outdated.code,
                outdated.field,
                outdated.progress,
            )
        assert "credential_wrong" == refused(portal.begin, browser, password=LETTERS[:9]).code
        portal.clock.shift(minutes=2)
        progress = through_thaid(portal, portal.elaas.recover(browser=browser), browser)
        account_id = portal.elaas.accounts.find(USERNAME).id
        portal.elaas.choose_account(progress.flow_id, account_id, browser=browser)
        portal.elaas.confirm_and_set_password(progress.flow_id, portal.code(), LETTERS[:9], browser=browser)
        assert isinstance(portal.begin(browser, password=LETTERS[:9]).step, VerifyIdentity)


@pytest.mark.parametrize("flavour", ["sync-sqlite", "async-sqlite"])
def test_r2_1_a_factor_taken_away_asks_for_a_longer_password(tmp_path: Path, flavour: str) -> None:
    """Eight characters would be all that keeps an account, once its policy is the password alone."""
    with made(flavour, tmp_path, longer(8)) as portal:
        onboard(portal, password=LETTERS[:14])
    with made(flavour, tmp_path, random=SeededRandom(8)) as portal:
        browser = portal.browser()
        progress = portal.begin(browser, password=LETTERS[:14])
        assert isinstance(progress.step, SetPassword)
        assert (15, ("set_password", "cancel")) == (progress.step.minimum_length, progress.allowed)
        portal.elaas.set_password(progress.flow_id, LETTERS, browser=browser)
        signed_in_of(portal.begin(browser, password=LETTERS))
