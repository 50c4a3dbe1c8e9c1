"""ThaID first (R4.1): the way in for whom a guesser keeps out, and for sign-in without a password."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from elaas_identity import (
    AccountKind,
    Browser,
    Ended,
    Expected,
    FirstUse,
    PasswordSet,
    Progress,
    ProvideCredential,
    ProvideEmail,
    SignInPolicy,
    VerifyIdentity,
)
from elaas_identity.flow.policy import FOR_TESTS, Limit
from elaas_identity.flow.transitions import Purpose
from elaas_identity.person.assurance import IAL
from tests.facade.officer import (
    BOUND,
    WHY,
    answer,
    at_once,
    counted_hashes,
    onboard,
    refused,
    signed_in_of,
    through_thaid,
)
from tests.facade.portal import CHOSEN, FLAVOURS, ISSUED, OFFICER, STRANGER, USERNAME, Portal, made
from tests.facade.stored import stored_bindings, stored_flow

WRONG = "not the password of anybody"


def proven(portal: Portal, browser: Browser) -> Progress:
    """Up to the step that asks for username and password."""
    progress = through_thaid(portal, portal.elaas.begin_with_thaid(browser=browser), browser)
    assert isinstance(progress.step, ProvideCredential)
    return progress


def attack(portal: Portal, address: str = "198.51.100.7") -> None:
    """Guesses at the officer's username until it is throttled."""
    codes = [
        refused(portal.elaas.begin, USERNAME, "a guess", browser=portal.browser(address)).code
        for _ in range(6)
    ]
    assert "sign_in_throttled" == codes[-1]


def test_r4_1_the_victim_signs_in_while_the_attack_goes_on(portal: Portal) -> None:
    """Who guesses at a username could keep its person out for as long as they like."""
    onboard(portal)
    attack(portal)
    browser = portal.browser()
    assert "sign_in_throttled" == refused(portal.begin, browser, password=CHOSEN).code
    begun = portal.elaas.begin_with_thaid(browser=browser)
    assert VerifyIdentity(account=None) == begun.step
    assert (Purpose.IDENTITY_FIRST, ("authorize", "cancel")) == (begun.purpose, begun.allowed)
    portal.idp.citizen = replace(OFFICER, ial="2.1")  # it is today's proof that the sign-in rests on
    progress = through_thaid(portal, begun, browser)
    assert ProvideCredential(person_name=OFFICER.name) == progress.step
    assert ("submit_credential", "cancel") == progress.allowed
    assert OFFICER.name not in repr(progress)
    attack(portal)
    done = portal.elaas.submit_credential(progress.flow_id, USERNAME, CHOSEN, browser=browser)
    assurance = signed_in_of(done).assurance
    assert (("pwd", "thaid", "mfa"), IAL(2, 1)) == (assurance.methods, assurance.ial)
    assert progress.flow_id != done.flow_id
    for flow_id in (progress.flow_id, done.flow_id):
        assert Ended(reason="completed") == portal.elaas.current(flow_id, browser=browser).step
    assert "sign_in_throttled" == refused(portal.begin, browser, password=CHOSEN).code  # the attack goes on


def test_r4_1_the_victim_onboards_while_the_attack_goes_on(portal: Portal) -> None:
    """A guesser could keep an account from being taken up; or ThaID would be asked for twice."""
    account_id, browser = portal.provision(), portal.browser()
    attack(portal)
    assert "sign_in_throttled" == refused(portal.begin, browser).code
    first = proven(portal, browser)
    trips = portal.idp.redeemed
    progress = portal.elaas.submit_credential(first.flow_id, USERNAME, ISSUED, browser=browser)
    assert isinstance(progress.step, ProvideEmail)
    assert (Purpose.ONBOARDING, OFFICER.name) == (progress.purpose, progress.step.person_name)
    assert progress == portal.elaas.current(progress.flow_id, browser=browser)
    assert "out_of_order" == refused(portal.elaas.authorize, progress.flow_id, browser=browser).code
    portal.elaas.submit_email(progress.flow_id, BOUND, browser=browser)
    same = refused(
        portal.elaas.confirm_and_set_password, progress.flow_id, portal.code(), ISSUED, browser=browser
    )
    assert "password_same_as_before" == same.code
    done = portal.elaas.confirm_and_set_password(progress.flow_id, portal.code(), CHOSEN, browser=browser)
    assert isinstance(done.step, PasswordSet)
    assert trips == portal.idp.redeemed
    assert 1 == len(stored_bindings(portal, account_id))
    signed_in_of(
        portal.elaas.submit_credential(proven(portal, browser).flow_id, USERNAME, CHOSEN, browser=browser)
    )


def test_r4_1_it_is_the_person_who_is_counted_and_neither_name_nor_address(tmp_path: Path) -> None:
    """Whoever shares the victim's address, or proves to be somebody else, could use up what the victim has."""
    policy = replace(FOR_TESTS, client_failures=Limit(3, timedelta(hours=1)))
    with made("sync-sqlite", tmp_path, policy) as portal:
        onboard(portal)
        for name in ("laas-1", "laas-2", "laas-3"):
            assert "credential_wrong" == refused(portal.begin, portal.browser(), name, WRONG).code
        assert "sign_in_throttled" == refused(portal.begin, portal.browser(), "laas-4", WRONG).code
        portal.idp.citizen, thief = STRANGER, portal.browser()
        flow_id = proven(portal, thief).flow_id
        codes = [
            refused(portal.elaas.submit_credential, flow_id, USERNAME, CHOSEN, browser=thief).code
            for _ in range(6)
        ]
        assert ["credential_wrong"] * 5 + ["sign_in_throttled"] == codes
        portal.idp.citizen, browser = OFFICER, portal.browser()
        progress = proven(portal, browser)
        signed_in_of(portal.elaas.submit_credential(progress.flow_id, USERNAME, CHOSEN, browser=browser))
        # Nor are a proven person's failures those of the name, which a thief could use up in this way.
        signed_in_of(portal.begin(portal.browser("198.51.100.7"), password=CHOSEN))


def test_r4_1_a_persons_guesses_are_used_up_across_flows_and_cost_no_argon2_then(portal: Portal) -> None:
    """A proven person could go on guessing at the accounts of others: by beginning anew, or for ever."""
    onboard(portal)
    browser = portal.browser()
    for _ in range(5):
        flow_id = proven(portal, browser).flow_id
        wrong = refused(portal.elaas.submit_credential, flow_id, USERNAME, WRONG, browser=browser)
        assert "credential_wrong" == wrong.code
        portal.clock.shift(minutes=1)
    progress = proven(portal, browser)
    with counted_hashes(portal) as verified:
        throttled = refused(
            portal.elaas.submit_credential, progress.flow_id, USERNAME, CHOSEN, browser=browser
        )
    assert ("sign_in_throttled", timedelta(minutes=10)) == (throttled.code, throttled.retry_after)
    assert (progress, []) == (throttled.progress, verified)
    portal.clock.shift(minutes=10)
    signed_in_of(portal.elaas.submit_credential(progress.flow_id, USERNAME, CHOSEN, browser=browser))


def test_r4_1_who_signs_in_often_is_not_counted(portal: Portal) -> None:
    """A right password would use up what is there for wrong ones."""
    onboard(portal)
    browser = portal.browser()
    for _ in range(7):
        flow_id = proven(portal, browser).flow_id
        progress = portal.elaas.submit_credential(flow_id, USERNAME, CHOSEN, browser=browser)
        assert USERNAME == signed_in_of(progress).account.username


def test_inv9_another_persons_account_looks_like_a_name_that_does_not_exist(portal: Portal) -> None:
    """R1.7: a proven person would learn which usernames exist, whose they are, or that a password is right."""
    onboard(portal)
    portal.provision("laas-others", person=Expected(STRANGER.national_id))
    stopped = onboard(portal, "laas-stopped")
    portal.elaas.accounts.suspend(stopped, **WHY)
    browser = portal.browser()
    progress = proven(portal, browser)
    given = [
        (USERNAME, WRONG),
        ("laas-nobody", CHOSEN),
        ("laas-others", ISSUED),
        ("laas-stopped", CHOSEN),
        ("\u202ehostile\x00" * 1000, WRONG),
    ]
    with counted_hashes(portal) as verified:
        answers = [
            refused(portal.elaas.submit_credential, progress.flow_id, *each, browser=browser)
            for each in given
        ]
    assert 1 == len(set(map(answer, answers)))
    expected = ("credential_wrong", "username", progress)
    assert expected == (answers[0].code, answers[0].field, answers[0].progress)
    assert len(given) == len(verified)


def test_r1_4_the_same_national_id_under_another_subject_is_another_person(portal: Portal) -> None:
    """(issuer, subject) would not count where ThaID comes first."""
    onboard(portal)
    identity = portal.idp.identity_of(OFFICER, portal.clock())
    portal.idp.identity, browser = replace(identity, subject="somebody else"), portal.browser()
    flow_id = proven(portal, browser).flow_id
    wrong = refused(portal.elaas.submit_credential, flow_id, USERNAME, CHOSEN, browser=browser)
    assert "credential_wrong" == wrong.code


def test_a_person_without_an_account_gets_nowhere_and_takes_up_what_is_for_first_use(portal: Portal) -> None:
    """Any ThaID would open something; or an account for whoever comes first could not be taken up this way."""
    portal.provision()
    portal.provision("laas-first-use", person=FirstUse())
    portal.idp.citizen, browser = STRANGER, portal.browser()
    progress = proven(portal, browser)
    assert isinstance(progress.step, ProvideCredential)
    assert () == progress.step.opens_now
    wrong = refused(portal.elaas.submit_credential, progress.flow_id, USERNAME, ISSUED, browser=browser)
    assert "credential_wrong" == wrong.code
    step = portal.elaas.submit_credential(progress.flow_id, "laas-first-use", ISSUED, browser=browser).step
    assert isinstance(step, ProvideEmail)
    assert STRANGER.name == step.person_name


def test_the_credential_comes_after_thaid_and_from_its_own_browser(portal: Portal) -> None:
    """The counter of a proven person would be there for nobody in particular (invariants 1 and 4)."""
    onboard(portal)
    browser = portal.browser()
    flow_id = portal.elaas.begin_with_thaid(browser=browser).flow_id
    early = refused(portal.elaas.submit_credential, flow_id, USERNAME, CHOSEN, browser=browser)
    assert "out_of_order" == early.code
    portal.idp.auth_time = portal.clock() - timedelta(minutes=5)
    stale = refused(through_thaid, portal, portal.elaas.current(flow_id, browser=browser), browser)
    assert "identity_stale" == stale.code
    portal.idp.auth_time = "now"
    flow_id = proven(portal, browser).flow_id
    other = refused(portal.elaas.submit_credential, flow_id, USERNAME, CHOSEN, browser=portal.browser())
    assert "flow_unknown" == other.code


def test_inv2_a_proof_begins_one_thing_once(portal: Portal) -> None:
    """One trip to ThaID would open every account of the person, one after the other, or one of them twice."""
    onboard(portal)
    portal.provision("laas-second")
    browser = portal.browser()
    flow_id = proven(portal, browser).flow_id
    portal.elaas.submit_credential(flow_id, "laas-second", ISSUED, browser=browser)
    for username, password in (("laas-second", ISSUED), (USERNAME, CHOSEN)):
        again = refused(portal.elaas.submit_credential, flow_id, username, password, browser=browser)
        assert "out_of_order" == again.code
    assert stored_flow(portal, flow_id).identity_sealed is None


def test_inv2_of_many_tabs_one_begins_and_the_others_are_no_failures(portal: Portal) -> None:
    """Tabs that are posted together would each be signed in by the one proof, or use up the person's guesses."""
    onboard(portal)
    browser = portal.browser()
    flow_id = proven(portal, browser).flow_id
    calls = [
        lambda elaas: elaas.submit_credential(flow_id, USERNAME, CHOSEN, browser=browser) for _ in range(5)
    ]
    assert ["flow_ended"] * 4 + ["signed_in"] == at_once(portal, calls)
    flow_id = proven(portal, browser).flow_id
    for _ in range(5):
        wrong = refused(portal.elaas.submit_credential, flow_id, USERNAME, WRONG, browser=browser)
        assert "credential_wrong" == wrong.code


def test_r1_2_an_expired_letter_is_named_to_its_own_person_only(portal: Portal) -> None:
    """An issued password would be good for ever where ThaID comes first; or a stranger would hear whose it is."""
    portal.provision()
    portal.clock.shift(days=90)
    browser = portal.browser()
    progress = proven(portal, browser)
    for _ in range(7):  # the password was right: no failure
        late = refused(portal.elaas.submit_credential, progress.flow_id, USERNAME, ISSUED, browser=browser)
        assert ("issued_credential_expired", progress) == (late.code, late.progress)
    portal.idp.citizen = STRANGER
    flow_id = proven(portal, browser).flow_id
    wrong = refused(portal.elaas.submit_credential, flow_id, USERNAME, ISSUED, browser=browser)
    assert "credential_wrong" == wrong.code


def test_inv10_one_address_begins_only_so_many(tmp_path: Path) -> None:
    """One address could fill the store with flows that nobody has signed in for."""
    policy = replace(FOR_TESTS, identity_first_per_client=Limit(2, timedelta(hours=1)))
    with made("sync-sqlite", tmp_path, policy) as portal:
        for _ in range(2):
            portal.elaas.begin_with_thaid(browser=portal.browser())
            portal.clock.shift(minutes=10)
        limited = refused(portal.elaas.begin_with_thaid, browser=portal.browser())
        assert ("identity_first_limit", timedelta(minutes=40)) == (limited.code, limited.retry_after)
        portal.elaas.begin_with_thaid(browser=portal.browser("198.51.100.7"))
        portal.elaas.recover(browser=portal.browser())  # on a counter of its own
        portal.clock.shift(minutes=40)
        portal.elaas.begin_with_thaid(browser=portal.browser())


@pytest.fixture(params=FLAVOURS)
def by_thaid(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    """Provincial offices sign in by ThaID alone, the others by password; the officer holds one of each."""
    kinds = {AccountKind.PROVINCIAL_OFFICE: SignInPolicy.THAID}
    with made(request.param, tmp_path, replace(FOR_TESTS, sign_in_by_kind=kinds)) as portal:
        onboard(portal)
        onboard(portal, "laas-province", kind=AccountKind.PROVINCIAL_OFFICE)
        yield portal


def test_thaid_alone_opens_what_its_policy_says_and_nothing_else(by_thaid: Portal) -> None:
    """An account that asks for a password would open without one."""
    portal, browser = by_thaid, by_thaid.browser()
    progress = proven(portal, browser)
    assert isinstance(progress.step, ProvideCredential)
    (offered,) = progress.step.opens_now
    assert "laas-province" == offered.username
    assert ("choose_account", "submit_credential", "cancel") == progress.allowed
    other = portal.elaas.accounts.find(USERNAME).id
    for account_id in (other, "no such account", ""):
        unknown = refused(portal.elaas.choose_account, progress.flow_id, account_id, browser=browser)
        assert ("account_unknown", progress) == (unknown.code, unknown.progress)
    done = portal.elaas.choose_account(progress.flow_id, offered.id, browser=browser)
    assert offered.id == signed_in_of(done).account.id
    for flow_id in (progress.flow_id, done.flow_id):
        assert Ended(reason="completed") == portal.elaas.current(flow_id, browser=browser).step
    again = refused(portal.elaas.choose_account, progress.flow_id, offered.id, browser=browser)
    assert "flow_ended" == again.code


@pytest.mark.parametrize("act", ["unlock", "reissue"])
def test_inv3_an_administrator_ends_the_wait_of_a_proven_person(portal: Portal, act: str) -> None:
    """Who mistyped their password too often after ThaID would wait, whatever the help desk does."""
    account_id = onboard(portal)
    browser = portal.browser()
    flow_id = proven(portal, browser).flow_id
    for _ in range(5):
        refused(portal.elaas.submit_credential, flow_id, USERNAME, WRONG, browser=browser)
    waits = refused(portal.elaas.submit_credential, flow_id, USERNAME, CHOSEN, browser=browser)
    assert "sign_in_throttled" == waits.code
    getattr(portal.elaas.accounts, act)(account_id, **WHY)
    wrong = refused(portal.elaas.submit_credential, flow_id, USERNAME, WRONG, browser=browser)
    assert "credential_wrong" == wrong.code


def test_a_double_click_is_led_on_to_what_the_first_one_began(portal: Portal) -> None:
    """The person would stand on an ended flow, while the onboarding that they began is nowhere to be found."""
    portal.provision()
    browser = portal.browser()
    flow_id = proven(portal, browser).flow_id
    begun = portal.elaas.submit_credential(flow_id, USERNAME, ISSUED, browser=browser)
    assert begun == portal.elaas.current(flow_id, browser=browser)
    again = refused(portal.elaas.submit_credential, flow_id, USERNAME, ISSUED, browser=browser)
    assert ("out_of_order", begun) == (again.code, again.progress)
    assert "flow_unknown" == refused(portal.elaas.current, flow_id, browser=portal.browser()).code


def test_thaid_alone_opens_no_account_of_somebody_else_or_out_of_use(by_thaid: Portal) -> None:
    """Any ThaID would open it, or an administrator's suspension would not hold."""
    portal, browser = by_thaid, by_thaid.browser()
    account_id = portal.elaas.accounts.find("laas-province").id
    earlier = proven(portal, browser).flow_id
    portal.idp.citizen = STRANGER
    strangers = proven(portal, browser)
    portal.idp.citizen = OFFICER
    portal.elaas.accounts.suspend(account_id, **WHY)
    for flow_id in (earlier, strangers.flow_id, proven(portal, browser).flow_id):
        shown = portal.elaas.current(flow_id, browser=browser)
        assert ((), ("submit_credential", "cancel")) == (shown.step.opens_now, shown.allowed)
        unknown = refused(portal.elaas.choose_account, flow_id, account_id, browser=browser)
        assert "account_unknown" == unknown.code
    portal.elaas.accounts.restore(account_id, **WHY)
    done = portal.elaas.choose_account(earlier, account_id, browser=browser)
    assert account_id == signed_in_of(done).account.id


def test_inv2_of_many_tabs_one_is_signed_in_without_a_password(by_thaid: Portal) -> None:
    """Tabs that are posted together would each be signed in by the one proof."""
    browser = by_thaid.browser()
    flow_id, account_id = (
        proven(by_thaid, browser).flow_id,
        by_thaid.elaas.accounts.find("laas-province").id,
    )
    calls = [lambda elaas: elaas.choose_account(flow_id, account_id, browser=browser) for _ in range(8)]
    assert ["flow_ended"] * 7 + ["signed_in"] == at_once(by_thaid, calls)
