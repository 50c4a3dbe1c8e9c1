"""What comes after onboarding, and its refusals: canaries on every path."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from elaas_identity import (
    AccountKind,
    AuthenticatorEnrolled,
    EnrolAuthenticator,
    Expected,
    FirstUse,
    NewAccount,
    Session,
    SignedIn,
    transaction_digest,
)
from tests.canaries.values import (
    CHOSEN,
    CONTACT,
    EMAIL,
    ISSUED,
    MISTYPED,
    NEW_MAILBOX,
    NEXT,
    NO_RECOVERY_CODE,
    OFFICER,
    OTHER_REF,
    SESSION_REF,
    STRANGER,
    TOO_SHORT,
)
from tests.canaries.watched import AUDIENCE, Watched
from tests.facade.portal import wrong

DIGEST = transaction_digest(b"pay 100 baht")
WITH_APP, WAITING, BY_THAID, STRANGERS = "with-app", "waiting", "by-thaid", "strangers"


def account_life(w: Watched) -> None:
    """Everything that can happen to somebody who comes back, and to the account."""
    account_id = onboarded(w, WITH_APP, AccountKind.PROVINCIAL_OFFICE)
    session = authenticator_app(w)
    step_up(w, session)
    change_of_email(w, session, account_id)
    change_of_password(w, session)
    approval(w)
    thaid_alone(w)
    four_eyes(w, account_id)
    erasure(w)


def provisioned(w: Watched, username: str, kind: AccountKind, **changes: Any) -> str:
    letter: dict[str, Any] = {
        "username": username,
        "password": ISSUED,
        "kind": kind,
        "agency_code": "5100101",
        "agency_name": "เทศบาลตำบลตัวอย่าง",
        "person": Expected(OFFICER.national_id),
        "contact": CONTACT,
        **changes,
    }
    w.clock.advance(timedelta(hours=2))
    (made,) = w.call(w.elaas.accounts.provision, [NewAccount(**letter)], by="admin-1", reason="letter")
    return str(made.account.id)


def proven(w: Watched, flow_id: str, **citizen: Any) -> Any:
    """To ThaID and back."""
    return w.call(w.elaas.receive_callback, w.come_back(w.leave(flow_id), **citizen), browser=w.browser)


def onboarded(w: Watched, username: str, kind: AccountKind, **citizen: Any) -> str:
    person = {"person": Expected(citizen["citizen"].national_id)} if citizen else {}
    account_id = provisioned(w, username, kind, **person)
    flow_id = w.call(w.elaas.begin, username, ISSUED, browser=w.browser).flow_id
    proven(w, flow_id, **citizen)
    w.call(w.elaas.submit_email, flow_id, EMAIL, browser=w.browser)
    w.call(w.elaas.confirm_and_set_password, flow_id, w.mailed_code(), CHOSEN, browser=w.browser)
    return account_id


def authenticator_app(w: Watched) -> Session:
    """Enrolled, and used; a recovery code in its place."""
    elaas, browser = w.elaas, w.browser
    flow_id = w.call(elaas.begin, WITH_APP, CHOSEN, browser=browser).flow_id
    step = proven(w, flow_id).step
    assert isinstance(step, EnrolAuthenticator)
    w.keep_enrolment(step)
    w.call(elaas.current, flow_id, browser=browser)
    shown = w.shown_by_app()
    w.refused("authenticator_code_wrong", elaas.confirm_authenticator, flow_id, wrong(shown), browser=browser)
    step = w.call(elaas.confirm_authenticator, flow_id, shown, browser=browser).step
    assert isinstance(step, AuthenticatorEnrolled)
    w.keep_sheet(step)

    w.clock.advance(timedelta(minutes=2))
    flow_id = w.call(elaas.begin, WITH_APP, CHOSEN, browser=browser).flow_id
    submit = elaas.submit_authenticator_code
    w.refused("authenticator_code_malformed", submit, flow_id, MISTYPED, browser=browser)
    w.refused("authenticator_code_wrong", submit, flow_id, NO_RECOVERY_CODE, browser=browser)
    w.refused("authenticator_code_wrong", submit, flow_id, shown, browser=browser)
    w.call(submit, flow_id, w.shown_by_app(), browser=browser)
    flow_id = w.call(elaas.begin, WITH_APP, CHOSEN, browser=browser).flow_id
    signed_in = w.call(submit, flow_id, step.recovery_codes[0], browser=browser).step
    assert isinstance(signed_in, SignedIn)
    session = signed_in.session(SESSION_REF)
    w.answers.append(session)
    flow_id = w.call(elaas.enrol_authenticator, session, browser=browser).flow_id
    w.call(elaas.cancel, flow_id, browser=browser)
    return session


def step_up(w: Watched, session: Session) -> None:
    """A proof, used; and an assertion on what it rests on."""
    elaas, browser = w.elaas, w.browser
    w.refused("assertion_settings", elaas.step_up, session, MISTYPED, browser=browser)
    flow_id = w.call(elaas.step_up, session, DIGEST, browser=browser).flow_id
    proven(w, flow_id)
    other = replace(session, ref=OTHER_REF)
    w.refused("step_up_mismatch", elaas.consume_step_up, flow_id, other, DIGEST, browser=browser)
    step = w.call(elaas.consume_step_up, flow_id, session, DIGEST, browser=browser).step
    w.refused("flow_ended", elaas.consume_step_up, flow_id, session, DIGEST, browser=browser)
    asserted = {"account_id": session.account_id, "assurance": step.assurance, "transaction_digest": DIGEST}
    w.refused(
        "sign_in_outdated",
        elaas.assertions.assertion_for,
        AUDIENCE,
        binding_id=session.account_id,
        browser=browser,
        **asserted,
    )
    w.refused(
        "assertion_settings",
        elaas.assertions.assertion_for,
        MISTYPED,
        binding_id=session.binding_id,
        **asserted,
    )
    w.tokens["assertion"] = w.call(
        elaas.assertions.assertion_for, AUDIENCE, binding_id=session.binding_id, **asserted
    )


def change_of_email(w: Watched, session: Session, account_id: str) -> None:
    elaas, browser = w.elaas, w.browser
    flow_id = w.call(elaas.change_email, session, browser=browser).flow_id
    proven(w, flow_id)
    w.refused("email_same_as_before", elaas.submit_email, flow_id, EMAIL, browser=browser)
    w.call(elaas.submit_email, flow_id, NEW_MAILBOX, browser=browser)
    code = w.mailed_code()
    w.refused("one_time_code_wrong", elaas.submit_one_time_code, flow_id, wrong(code), browser=browser)
    w.call(elaas.submit_one_time_code, flow_id, code, browser=browser)
    flow_id = w.call(elaas.recover, browser=browser).flow_id
    proven(w, flow_id)
    w.refused("email_cooling_off", elaas.choose_account, flow_id, account_id, browser=browser)


def change_of_password(w: Watched, session: Session) -> None:
    elaas, browser = w.elaas, w.browser
    w.refused("current_password_wrong", elaas.change_password, session, MISTYPED, browser=browser)
    flow_id = w.call(elaas.change_password, session, CHOSEN, browser=browser).flow_id
    w.refused("password_same_as_before", elaas.set_password, flow_id, CHOSEN, browser=browser)
    w.refused("password_too_short", elaas.set_password, flow_id, TOO_SHORT[:7], browser=browser)
    w.call(elaas.set_password, flow_id, NEXT, browser=browser)
    w.refused("sign_in_outdated", elaas.change_email, session, browser=browser)


def approval(w: Watched) -> None:
    """Of somebody who came with ThaID first; and of somebody who is rejected."""
    elaas, browser = w.elaas, w.browser
    account_id = provisioned(w, WAITING, AccountKind.LOCAL_GOVERNMENT, person=FirstUse(needs_approval=True))
    for decide in (elaas.accounts.reject, elaas.accounts.approve):
        w.clock.advance(timedelta(hours=2))
        flow_id = w.call(elaas.begin_with_thaid, browser=browser).flow_id
        proven(w, flow_id)
        w.refused("credential_wrong", elaas.submit_credential, flow_id, WAITING, MISTYPED, browser=browser)
        w.refused("credential_wrong", elaas.submit_credential, flow_id, MISTYPED, ISSUED, browser=browser)
        flow_id = w.call(elaas.submit_credential, flow_id, WAITING, ISSUED, browser=browser).flow_id
        w.call(elaas.submit_email, flow_id, EMAIL, browser=browser)
        w.call(elaas.confirm_and_set_password, flow_id, w.mailed_code(), CHOSEN, browser=browser)
        (waiting,) = w.call(elaas.accounts.awaiting_approval, account_id)
        w.refused("approval_unknown", decide, account_id, "nobody's", by="admin-1", reason="called")
        w.call(decide, account_id, waiting.flow_id, by="admin-1", reason="called")
        w.call(elaas.current, flow_id, browser=browser)


def thaid_alone(w: Watched) -> None:
    account_id = onboarded(w, BY_THAID, AccountKind.SUBORDINATE_AGENCY)
    flow_id = w.call(w.elaas.begin_with_thaid, browser=w.browser).flow_id
    proven(w, flow_id)
    w.refused("account_unknown", w.elaas.choose_account, flow_id, MISTYPED, browser=w.browser)
    w.call(w.elaas.choose_account, flow_id, account_id, browser=w.browser)


def four_eyes(w: Watched, account_id: str) -> None:
    """The national ID that is given waits for a second person, and shows nowhere."""
    hand_over, whom = w.elaas.accounts.hand_over, Expected(STRANGER.national_id)
    w.answers.append(whom)
    w.refused("second_person_needed", hand_over, account_id, whom, by="admin-1", reason="order 7")
    assert w.call(w.elaas.accounts.awaiting_second_person, account_id)
    w.refused("second_person_needed", hand_over, account_id, whom, by="Admin-1 ", reason="order 7")
    w.reissued.append(w.call(hand_over, account_id, whom, by="admin-2", reason="order 7").password)


def erasure(w: Watched) -> None:
    """Of the stranger: the officer's records stay, to be looked at."""
    accounts, person = w.elaas.accounts, STRANGER.national_id
    account_id = onboarded(w, STRANGERS, AccountKind.LOCAL_GOVERNMENT, citizen=STRANGER)
    w.refused("account_status", accounts.erase_person, person, by="admin-1", reason="asked for")
    w.call(accounts.close_account, account_id, by="admin-1", reason="merged")
    assert w.call(accounts.erase_person, person, by="admin-1", reason="asked for")
