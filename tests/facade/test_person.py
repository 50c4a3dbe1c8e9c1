"""The right person (invariant 6): who may take an account up, how well and how freshly proven."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from elaas_identity import Expected, FirstUse, ProvideEmail, Refused, SignedIn, VerifyIdentity
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.person.assurance import IAL
from elaas_identity.testing.citizens import LOW_ASSURANCE, NO_ASSURANCE
from tests.facade.portal import CHOSEN, OFFICER, STRANGER, Portal, made
from tests.facade.stored import stored_account, stored_bindings, stored_flow


def refused_callback(portal: Portal) -> Refused:
    """Begin, go to the identity provider, come back, and be refused."""
    browser = portal.browser()
    flow_id = portal.begin(browser).flow_id
    query = portal.callback_query(flow_id, browser)
    before = stored_flow(portal, flow_id)
    with pytest.raises(Refused) as refused:
        portal.elaas.receive_callback(query, browser=browser)
    after = stored_flow(portal, flow_id)
    assert before == after
    assert refused.value.progress is not None
    assert isinstance(refused.value.progress.step, VerifyIdentity)
    assert "authorize" in refused.value.progress.allowed
    return refused.value


def test_r1_4_the_wrong_person_is_refused_and_learns_nothing(portal: Portal) -> None:
    """A's password and B's valid ThaID would open A's account, or tell B of A."""
    portal.provision()
    portal.idp.citizen = STRANGER
    refused = refused_callback(portal)
    assert "person_mismatch" == refused.code
    told = f"{refused}{refused.message}{refused.progress}{refused.args}"
    for fact in (
        OFFICER.name,
        OFFICER.national_id.reveal(),
        OFFICER.family_name,
        STRANGER.national_id.reveal(),
    ):
        assert fact not in told
    assert "identity.refused" in portal.kinds()
    assert "person_mismatch" == portal.events[-1].code
    assert 1 == portal.idp.revoked


def test_r1_4_the_right_person_goes_on_after_the_wrong_one(portal: Portal) -> None:
    """A mismatch would strand the account's own person."""
    portal.provision()
    portal.idp.citizen = STRANGER
    browser = portal.browser()
    flow_id = portal.begin(browser).flow_id
    with pytest.raises(Refused, match="person_mismatch"):
        portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
    portal.idp.citizen = OFFICER
    progress = portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
    assert isinstance(progress.step, ProvideEmail)


def test_r1_4_first_use_opens_for_whoever_comes_first_and_then_for_them_only(portal: Portal) -> None:
    """A `FirstUse` account would stay open to anybody after it has been taken up."""
    account_id = portal.provision(person=FirstUse(), contact="office@sommut.example.go.th")
    portal.idp.citizen = STRANGER
    portal.onboarded()
    (binding,) = stored_bindings(portal, account_id)
    assert portal.keyring.same_index(binding.person_index, "person", STRANGER.national_id.reveal())
    assert stored_account(portal, account_id).first_use is False

    reissued = portal.elaas.accounts.reissue(account_id, by="admin-1", reason="letter lost")
    portal.idp.citizen = OFFICER
    browser = portal.browser()
    flow_id = portal.begin(browser, password=reissued.password).flow_id
    with pytest.raises(Refused, match="person_mismatch"):
        portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)


def test_r1_4_the_contact_is_told_that_the_account_was_taken_up(portal: Portal) -> None:
    """Nobody in the office would hear of a first use."""
    portal.provision(person=FirstUse(), contact="office@sommut.example.go.th")
    portal.onboarded()
    recipients = [mail.recipient.value for mail in portal.outbox.mails]
    assert [
        "clerk@sommut.example.go.th",
        "clerk@sommut.example.go.th",
        "office@sommut.example.go.th",
    ] == recipients


def test_r1_4_the_same_national_id_under_another_subject_is_another_person(portal: Portal) -> None:
    """After a re-issue, another (issuer, subject) with the same national ID would be taken for the bound person."""
    account_id = portal.provision()
    portal.onboarded()
    reissued = portal.elaas.accounts.reissue(account_id, by="admin-1", reason="letter lost")
    portal.idp.identity = replace(portal.idp.identity_of(OFFICER, portal.clock()), subject="somebody else")
    browser = portal.browser()
    flow_id = portal.begin(browser, password=reissued.password).flow_id
    with pytest.raises(Refused, match="person_mismatch"):
        portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)


@pytest.mark.parametrize("citizen", [LOW_ASSURANCE, NO_ASSURANCE], ids=["low", "absent"])
def test_r1_5_weak_or_missing_assurance_is_refused(portal: Portal, citizen: object) -> None:
    """A missing assurance claim would not count as the weakest."""
    portal.provision(person=FirstUse())
    portal.idp.citizen = citizen  # type: ignore[assignment]
    assert "identity_assurance_low" == refused_callback(portal).code


def test_r1_5_the_minimum_itself_is_enough(portal: Portal) -> None:
    """The boundary would be off by one level."""
    portal.provision()
    identity = portal.idp.identity_of(OFFICER, portal.clock())
    portal.idp.identity = replace(identity, ial=IAL.parse("2.1"))
    assert isinstance(portal.identify(portal.browser()).step, ProvideEmail)
    portal.idp.identity = replace(identity, ial=IAL.parse("1.3"))
    assert "identity_assurance_low" == refused_callback(portal).code


def test_r1_6_an_old_login_is_no_fresh_proof(portal: Portal) -> None:
    """A ThaID session from before the attempt would count as the person being there now."""
    portal.provision()
    portal.idp.auth_time = portal.clock() - timedelta(seconds=60)
    assert isinstance(portal.identify(portal.browser()).step, ProvideEmail)
    portal.idp.auth_time = portal.clock() - timedelta(seconds=61)
    assert "identity_stale" == refused_callback(portal).code


def test_r1_6_an_absent_auth_time_is_tolerated_with_an_event(portal: Portal) -> None:
    """ThaID without `auth_time` would be refused, or taken without a trace."""
    portal.provision()
    portal.idp.auth_time = None
    assert isinstance(portal.identify(portal.browser()).step, ProvideEmail)
    assert "identity.auth_time_absent" in portal.kinds()


def test_r1_6_an_absent_auth_time_is_refused_where_the_policy_says_so(tmp_path: Path) -> None:
    """The policy's choice would have no effect."""
    with made("sync-memory", tmp_path, replace(FOR_TESTS, absent_auth_time="refuse")) as portal:
        portal.provision()
        portal.idp.auth_time = None
        assert "identity_stale" == refused_callback(portal).code


def test_the_page_after_thaid_shows_account_and_person(portal: Portal) -> None:
    """A victim of a relayed QR code could not see whose account they are opening (residual risk)."""
    portal.provision()
    step = portal.identify(portal.browser()).step
    assert isinstance(step, ProvideEmail)
    assert (OFFICER.name, "เทศบาลตำบลสมมติ") == (step.person_name, step.account.agency_name)
    assert OFFICER.name not in repr(step)


def test_r1_7_two_officers_of_one_agency_have_an_account_each(portal: Portal) -> None:
    """An agency would have one officer, or each of its officers could act for the others."""
    hers = portal.provision("officer-1")
    his = portal.provision("officer-2", person=Expected(STRANGER.national_id))
    for username, citizen in (("officer-1", OFFICER), ("officer-2", STRANGER)):
        browser = portal.browser()
        flow_id = portal.begin(browser, username).flow_id
        for who in (STRANGER if citizen is OFFICER else OFFICER, citizen):
            portal.idp.citizen = who
            query = portal.callback_query(flow_id, browser)
            if who is citizen:
                portal.elaas.receive_callback(query, browser=browser)
            else:
                with pytest.raises(Refused, match="person_mismatch"):
                    portal.elaas.receive_callback(query, browser=browser)
        portal.elaas.submit_email(flow_id, f"{username}@sommut.example.go.th", browser=browser)
        portal.elaas.submit_one_time_code(flow_id, portal.code(), browser=browser)
        portal.elaas.set_password(flow_id, f"{username} {CHOSEN}", browser=browser)
    assert {"5100101"} == {account.agency_code for account in portal.elaas.accounts.page()}
    for username, account_id, citizen in (("officer-1", hers, OFFICER), ("officer-2", his, STRANGER)):
        step = portal.begin(portal.browser(), username, f"{username} {CHOSEN}").step
        assert isinstance(step, SignedIn)
        assert (account_id, citizen.national_id) == (step.account.id, step.person.national_id)
        other = "officer-2" if username == "officer-1" else "officer-1"
        with pytest.raises(Refused, match="credential_wrong"):
            portal.begin(portal.browser(), username, f"{other} {CHOSEN}")
