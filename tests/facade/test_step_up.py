"""Step-up: proven once more by ThaID, for one transaction, once, within five minutes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from elaas_identity import (
    AssertionSettings,
    Browser,
    Ended,
    FirstUse,
    Misconfigured,
    Progress,
    Session,
    SteppedUp,
    StepUpProof,
    VerifyIdentity,
    transaction_digest,
)
from elaas_identity.flow.policy import FOR_TESTS, Limit
from elaas_identity.flow.transitions import Purpose
from elaas_identity.person.assurance import IAL
from tests.assertions.bridge import E_PAYMENT, GFMS, KEYS, PORTAL, Bridge
from tests.facade.officer import (
    WHY,
    at_once,
    onboard,
    refused,
    session_of,
    signed_in_of,
    through_thaid,
)
from tests.facade.portal import CHOSEN, FLAVOURS, OFFICER, STRANGER, USERNAME, Portal, made
from tests.facade.stored import stored_flow

ORDER, OTHER = transaction_digest(b'{"pay":"1200.00"}'), transaction_digest(b'{"pay":"9200.00"}')
ANOTHER = "another long phrase of mine"


@pytest.fixture(params=FLAVOURS)
def portal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    """A portal whose officer has onboarded, and which states to other systems who is signed in."""
    settings = AssertionSettings(keys=KEYS, issuer=PORTAL, audiences={GFMS, E_PAYMENT})
    with made(request.param, tmp_path, assertions=settings) as built:
        onboard(built)
        yield built


def proof(portal: Portal, session: Session, browser: Browser, digest: str = ORDER) -> Progress:
    """Up to the proof."""
    progress = through_thaid(portal, portal.elaas.step_up(session, digest, browser=browser), browser)
    assert isinstance(progress.step, StepUpProof)
    return progress


def change_password(portal: Portal, session: Session) -> None:
    """Another password, set in another browser."""
    browser = portal.browser()
    flow_id = portal.elaas.change_password(session, CHOSEN, browser=browser).flow_id
    portal.elaas.set_password(flow_id, ANOTHER, browser=browser)


ACTS: dict[str, Callable[[Portal, Session], object]] = {
    "change of password": change_password,
    "suspend": lambda portal, session: portal.elaas.accounts.suspend(session.account_id, **WHY),
    "close_account": lambda portal, session: portal.elaas.accounts.close_account(session.account_id, **WHY),
    "reissue": lambda portal, session: portal.elaas.accounts.reissue(session.account_id, **WHY),
    "hand_over": lambda portal, session: portal.elaas.accounts.hand_over(
        session.account_id, FirstUse(), **WHY
    ),
}


def test_a_step_up_proves_the_person_once_more_for_one_transaction(portal: Portal) -> None:
    """A sensitive act could not ask who is there; or what was proven for would not be said."""
    browser = portal.browser()
    session = session_of(portal, browser)
    begun = portal.elaas.step_up(session, ORDER, browser=browser)
    assert isinstance(begun.step, VerifyIdentity)
    assert (Purpose.STEP_UP, ("authorize", "cancel")) == (begun.purpose, begun.allowed)
    assert session.ref not in repr(stored_flow(portal, begun.flow_id)) + repr(session)
    portal.clock.shift(minutes=4)
    progress = through_thaid(portal, begun, browser)
    assert isinstance(progress.step, StepUpProof)
    expected = (ORDER, OFFICER.name, portal.clock())
    assert expected == (
        progress.step.transaction_digest,
        progress.step.person_name,
        progress.step.proven_at,
    )
    assert ("consume_step_up", "cancel") == progress.allowed
    assert portal.clock() + timedelta(minutes=5) == progress.expires_at
    assert progress == portal.elaas.current(progress.flow_id, browser=browser)
    assert OFFICER.name not in repr(progress)
    done = portal.elaas.consume_step_up(progress.flow_id, session, ORDER, browser=browser).step
    assert isinstance(done, SteppedUp)
    assert (session.binding_id, ORDER) == (done.binding_id, done.transaction_digest)
    assert OFFICER.national_id == done.person.national_id
    expected_assurance = (("thaid",), IAL(2, 3), portal.clock())
    assert expected_assurance == (done.assurance.methods, done.assurance.ial, done.assurance.auth_time)


def test_a_proof_is_good_once(portal: Portal) -> None:
    """One look at a phone would send a payment twice."""
    browser = portal.browser()
    session = session_of(portal, browser)
    flow_id = proof(portal, session, browser).flow_id
    portal.elaas.consume_step_up(flow_id, session, ORDER, browser=browser)
    again = refused(portal.elaas.consume_step_up, flow_id, session, ORDER, browser=browser)
    assert "flow_ended" == again.code
    assert Ended(reason="completed") == portal.elaas.current(flow_id, browser=browser).step
    record = stored_flow(portal, flow_id)
    assert (None, None, None) == (record.session_digest, record.transaction_digest, record.identity_sealed)


def test_inv2_of_many_who_use_one_proof_exactly_one_does(portal: Portal) -> None:
    """A button pressed twice would send a payment twice."""
    browser = portal.browser()
    session = session_of(portal, browser)
    flow_id = proof(portal, session, browser).flow_id
    calls = [lambda elaas: elaas.consume_step_up(flow_id, session, ORDER, browser=browser) for _ in range(8)]
    assert ["flow_ended"] * 7 + ["stepped_up"] == at_once(portal, calls)


def test_a_proof_is_for_its_session_and_its_transaction(portal: Portal) -> None:
    """What was proven for one payment would send another, or another session's."""
    second = onboard(portal, "laas-second")
    browser = portal.browser()
    session = session_of(portal, browser)
    progress = proof(portal, session, browser)
    other_account = session_of(portal, browser, "laas-second")
    assert second == other_account.account_id
    for wrong, digest in (
        (session, OTHER),
        (session, ORDER.swapcase()),
        (session, ""),
        (replace(session, ref="sid-2"), ORDER),
        (other_account, ORDER),
    ):
        refusal = refused(portal.elaas.consume_step_up, progress.flow_id, wrong, digest, browser=browser)
        assert ("step_up_mismatch", progress) == (refusal.code, refusal.progress)
    stranger = portal.browser()
    foreign = refused(portal.elaas.consume_step_up, progress.flow_id, session, ORDER, browser=stranger)
    assert "flow_unknown" == foreign.code
    done = portal.elaas.consume_step_up(progress.flow_id, session, ORDER, browser=browser)
    assert isinstance(done.step, SteppedUp)  # what did not fit has not used it up


def test_a_session_that_says_too_much_uses_no_proof(portal: Portal) -> None:
    """A session with another password's version, or another person's binding, would pass for the one that asked."""
    other = onboard(portal, "laas-second")
    browser = portal.browser()
    session = session_of(portal, browser)
    foreign = session_of(portal, browser, "laas-second").binding_id
    flow_id = proof(portal, session, browser).flow_id
    for wrong in (
        replace(session, credential_version=session.credential_version - 1),
        replace(session, binding_id=foreign),
        replace(session, binding_id="nobody"),
        replace(session, account_id=other),
    ):
        for act in (
            lambda: portal.elaas.consume_step_up(flow_id, wrong, ORDER, browser=browser),  # noqa: B023
            lambda: portal.elaas.step_up(wrong, ORDER, browser=browser),  # noqa: B023
        ):
            assert "sign_in_outdated" == refused(act).code
    unknown = replace(session, account_id="no such account")
    assert "account_unknown" == refused(portal.elaas.step_up, unknown, ORDER, browser=browser).code


@pytest.mark.parametrize("seconds", [299, 300])
def test_a_proof_is_good_for_five_minutes_after_the_trip(portal: Portal, seconds: int) -> None:
    """A browser that was left alone would still pay; or the trip's own minutes would be taken off."""
    browser = portal.browser()
    session = session_of(portal, browser)
    begun = portal.elaas.step_up(session, ORDER, browser=browser)
    portal.clock.shift(minutes=10)
    flow_id = through_thaid(portal, begun, browser).flow_id
    portal.clock.shift(seconds=seconds)
    if seconds < 300:
        done = portal.elaas.consume_step_up(flow_id, session, ORDER, browser=browser)
        assert isinstance(done.step, SteppedUp)
        return
    late = refused(portal.elaas.consume_step_up, flow_id, session, ORDER, browser=browser)
    assert "flow_expired" == late.code
    assert Ended(reason="expired") == portal.elaas.current(flow_id, browser=browser).step
    assert stored_flow(portal, flow_id).identity_sealed is None


@pytest.mark.parametrize("seconds", [60, 61])
def test_r1_6_an_old_session_at_thaid_is_no_step_up(portal: Portal, seconds: int) -> None:
    """A browser that ThaID remembers would be all it takes."""
    browser = portal.browser()
    begun = portal.elaas.step_up(session_of(portal, browser), ORDER, browser=browser)
    portal.idp.auth_time = portal.clock() - timedelta(seconds=seconds)
    if seconds <= 60:
        assert isinstance(through_thaid(portal, begun, browser).step, StepUpProof)
    else:
        stale = refused(through_thaid, portal, begun, browser)
        assert ("identity_stale", begun) == (stale.code, stale.progress)


def test_r1_4_another_persons_thaid_is_no_step_up(portal: Portal) -> None:
    """Who finds a session open would pay with their own ThaID."""
    browser = portal.browser()
    begun = portal.elaas.step_up(session_of(portal, browser), ORDER, browser=browser)
    portal.idp.citizen = STRANGER
    mismatch = refused(through_thaid, portal, begun, browser)
    assert ("person_mismatch", begun) == (mismatch.code, mismatch.progress)


def test_inv1_nothing_is_used_before_it_is_proven(portal: Portal) -> None:
    """ThaID could be left out."""
    browser = portal.browser()
    session = session_of(portal, browser)
    begun = portal.elaas.step_up(session, ORDER, browser=browser)
    early = refused(portal.elaas.consume_step_up, begun.flow_id, session, ORDER, browser=browser)
    assert ("out_of_order", begun) == (early.code, early.progress)
    portal.elaas.cancel(begun.flow_id, browser=browser)
    assert "flow_ended" == refused(portal.elaas.authorize, begun.flow_id, browser=browser).code


@pytest.mark.parametrize("act", [*ACTS, "unlock"])
def test_inv7_what_happens_to_the_account_ends_the_proof(portal: Portal, act: str) -> None:
    """A proof from before would be good after an administrator stopped the account, or its password was changed."""
    browser = portal.browser()
    session = session_of(portal, browser)
    flow_id = proof(portal, session, browser).flow_id
    if act == "unlock":
        portal.elaas.accounts.unlock(session.account_id, **WHY)
    else:
        ACTS[act](portal, session)
    late = refused(portal.elaas.consume_step_up, flow_id, session, ORDER, browser=browser)
    assert "flow_superseded" == late.code
    assert Ended(reason="superseded") == portal.elaas.current(flow_id, browser=browser).step


@pytest.mark.parametrize("act", ACTS)
def test_r2_6_a_session_that_the_account_has_left_behind_begins_nothing(portal: Portal, act: str) -> None:
    """The officer who left, or who stole the old password, would go on acting in a session of theirs."""
    browser = portal.browser()
    session = session_of(portal, browser)
    ACTS[act](portal, session)
    for begin in (
        lambda: portal.elaas.step_up(session, ORDER, browser=browser),
        lambda: portal.elaas.change_email(session, browser=browser),
        lambda: portal.elaas.change_password(session, CHOSEN, browser=browser),
        lambda: portal.elaas.enrol_authenticator(session, browser=browser),
    ):
        assert "sign_in_outdated" == refused(begin).code
    if act == "suspend":
        portal.elaas.accounts.restore(session.account_id, **WHY)
        assert "sign_in_outdated" == refused(portal.elaas.step_up, session, ORDER, browser=browser).code


def test_a_proof_is_stated_to_another_system_which_believes_it_once(portal: Portal) -> None:
    """What the portal states would not be what was proven; or e-Payment could be shown it for another payment."""
    browser = portal.browser()
    session = session_of(portal, browser)
    portal.idp.auth_time = portal.clock() - timedelta(seconds=20)
    flow_id = proof(portal, session, browser).flow_id
    portal.clock.shift(minutes=2)
    done = portal.elaas.consume_step_up(flow_id, session, ORDER, browser=browser).step
    assert isinstance(done, SteppedUp)
    stated = [
        portal.elaas.assertions.assertion_for(
            GFMS,
            session,
            assurance=done.assurance,
            transaction_digest=done.transaction_digest,
            browser=browser,
        )
        for _ in range(2)
    ]
    verifier = Bridge(portal).verifier()
    believed = verifier.verify(stated[0], expected_transaction_digest=ORDER)
    assert (ORDER, session.account_id) == (believed.transaction_digest, believed.account_id)
    expected = (("thaid",), IAL(2, 3), portal.clock() - timedelta(seconds=140))
    assurance = believed.assurance
    assert expected == (assurance.methods, assurance.ial, assurance.auth_time)
    assert assurance.require(now=portal.clock(), max_age=timedelta(minutes=3), methods=("thaid",)) is None
    assert session.credential_version == believed.credential_version
    again = refused(verifier.verify, stated[0], expected_transaction_digest=ORDER)
    assert "assertion_replayed" == again.code
    other = refused(verifier.verify, stated[1], expected_transaction_digest=OTHER)
    assert "assertion_invalid" == other.code
    elsewhere = Bridge(portal).verifier(audience=E_PAYMENT)
    assert "assertion_invalid" == refused(elsewhere.verify, stated[1]).code


def test_what_is_no_digest_is_the_portals_mistake(portal: Portal) -> None:
    """A transaction itself would be stored, and be in events; or an empty one would fit any."""
    browser = portal.browser()
    session = session_of(portal, browser)
    for digest in ("", "pay 1200.00", ORDER + "=", ORDER[:-1]):
        with pytest.raises(Misconfigured, match="assertion_settings"):
            portal.elaas.step_up(session, digest, browser=browser)


def test_r1_2_no_session_begins_for_an_account_that_was_not_onboarded(portal: Portal) -> None:
    """A session made up for an issued account would stand in for its onboarding."""
    browser = portal.browser()
    made_up = replace(
        session_of(portal, browser), account_id=portal.provision("laas-issued"), credential_version=0
    )
    assert "sign_in_outdated" == refused(portal.elaas.step_up, made_up, ORDER, browser=browser).code
    foreign = replace(browser, token="not one of ours")
    session = session_of(portal, browser)
    assert "browser_unknown" == refused(portal.elaas.step_up, session, ORDER, browser=foreign).code


def test_inv10_a_session_begins_only_so_many(tmp_path: Path) -> None:
    """A stolen session could fill the store."""
    policy = replace(FOR_TESTS, session_flows_per_account=Limit(3, timedelta(hours=1)))
    with made("sync-sqlite", tmp_path, policy) as portal:
        onboard(portal)
        browser = portal.browser()
        session = session_of(portal, browser)
        for _ in range(3):
            portal.elaas.step_up(session, ORDER, browser=browser)
            portal.clock.shift(minutes=10)
        limited = refused(portal.elaas.step_up, session, ORDER, browser=browser)
        assert ("flow_limit", timedelta(minutes=30)) == (limited.code, limited.retry_after)
        signed_in_of(portal.begin(browser, USERNAME, CHOSEN))
        portal.elaas.accounts.unlock(session.account_id, **WHY)
        proof(portal, session_of(portal, browser), browser)
