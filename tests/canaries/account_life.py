"""What comes after onboarding, and its refusals: canaries on every path."""

from __future__ import annotations

from dataclasses import replace
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
    LABEL,
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
SIGNED_IN = "signed-in"


def account_life(w: Watched) -> None:
    """Everything that can happen to somebody who comes back, and to the account."""
    account_id = onboarded(w, WITH_APP, AccountKind.PROVINCIAL_OFFICE)
    session = authenticator_app(w)
    step_up(w, session)
    session = change_of_email(w, session, account_id)
    change_of_password(w, session)
    kept_sessions(w)
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
    w.clock.shift(hours=2)
    (made,) = w.call("accounts.provision", [NewAccount(**letter)], by="admin-1", reason="letter")
    return str(made.account.id)


def proven(w: Watched, flow_id: str, **citizen: Any) -> Any:
    """To ThaID and back."""
    return w.call("receive_callback", w.come_back(w.leave(flow_id), **citizen))


def onboarded(w: Watched, username: str, kind: AccountKind, **citizen: Any) -> str:
    person = {"person": Expected(citizen["citizen"].national_id)} if citizen else {}
    account_id = provisioned(w, username, kind, **person)
    flow_id = w.call("begin", username, ISSUED).flow_id
    proven(w, flow_id, **citizen)
    w.call("submit_email", flow_id, EMAIL)
    w.call("confirm_and_set_password", flow_id, w.mailed_code(), CHOSEN)
    return account_id


def authenticator_app(w: Watched) -> Session:
    """Enrolled, and used; a recovery code in its place."""
    flow_id = w.call("begin", WITH_APP, CHOSEN).flow_id
    step = proven(w, flow_id).step
    assert isinstance(step, EnrolAuthenticator)
    w.keep_enrolment(step)
    w.call("current", flow_id)
    shown = w.shown_by_app()
    w.refused("authenticator_code_wrong", "confirm_authenticator", flow_id, wrong(shown))
    step = w.call("confirm_authenticator", flow_id, shown).step
    assert isinstance(step, AuthenticatorEnrolled)
    w.keep_sheet(step)

    w.clock.shift(minutes=2)
    flow_id = w.call("begin", WITH_APP, CHOSEN).flow_id
    submit = "submit_authenticator_code"
    w.refused("authenticator_code_malformed", submit, flow_id, MISTYPED)
    w.refused("authenticator_code_wrong", submit, flow_id, NO_RECOVERY_CODE)
    w.refused("authenticator_code_wrong", submit, flow_id, shown)
    w.call(submit, flow_id, w.shown_by_app())
    flow_id = w.call("begin", WITH_APP, CHOSEN).flow_id
    signed_in = w.call(submit, flow_id, step.recovery_codes[0]).step
    assert isinstance(signed_in, SignedIn)
    session = signed_in.session(SESSION_REF)
    w.answers.append(session)
    flow_id = w.call("enrol_authenticator", session).flow_id
    w.call("cancel", flow_id)
    return session


def step_up(w: Watched, session: Session) -> None:
    """A proof, used; and an assertion on what it rests on."""
    w.refused("assertion_settings", "step_up", session, MISTYPED)
    flow_id = w.call("step_up", session, DIGEST).flow_id
    proven(w, flow_id)
    other = replace(session, ref=OTHER_REF)
    w.refused("step_up_mismatch", "consume_step_up", flow_id, other, DIGEST)
    step = w.call("consume_step_up", flow_id, session, DIGEST).step
    w.refused("flow_ended", "consume_step_up", flow_id, session, DIGEST)
    asserted = {"assurance": step.assurance, "transaction_digest": DIGEST}
    w.refused(
        "sign_in_outdated",
        "assertions.assertion_for",
        AUDIENCE,
        replace(session, binding_id=session.account_id),
        browser=w.browser,
        **asserted,
    )
    w.refused(
        "assertion_settings",
        "assertions.assertion_for",
        MISTYPED,
        session,
        **asserted,
    )
    w.tokens["assertion"] = w.call("assertions.assertion_for", AUDIENCE, session, **asserted)


def change_of_email(w: Watched, session: Session, account_id: str) -> Session:
    flow_id = w.call("change_email", session).flow_id
    proven(w, flow_id)
    w.refused("email_same_as_before", "submit_email", flow_id, EMAIL)
    w.call("submit_email", flow_id, NEW_MAILBOX)
    code = w.mailed_code()
    w.refused("one_time_code_wrong", "submit_one_time_code", flow_id, wrong(code))
    renewed = session.renewed(w.call("submit_one_time_code", flow_id, code).step, SESSION_REF)
    flow_id = w.call("recover").flow_id
    proven(w, flow_id)
    w.refused("email_cooling_off", "choose_account", flow_id, account_id)
    return renewed


def change_of_password(w: Watched, session: Session) -> None:
    w.refused("current_password_wrong", "change_password", session, MISTYPED)
    flow_id = w.call("change_password", session, CHOSEN).flow_id
    w.refused("password_same_as_before", "set_password", flow_id, CHOSEN)
    w.refused("password_too_short", "set_password", flow_id, TOO_SHORT[:7])
    w.call("set_password", flow_id, NEXT)
    w.refused("sign_in_outdated", "change_email", session)


def kept_sessions(w: Watched) -> None:
    """Sessions of the library's own, looked up, renewed and ended."""
    onboarded(w, SIGNED_IN, AccountKind.LOCAL_GOVERNMENT)
    step = w.call("begin", SIGNED_IN, CHOSEN).step
    token, other = (w.call("sessions.start", step, label=LABEL) for _ in range(2))
    w.clock.shift(minutes=2)
    session = w.call("sessions.of", token)
    w.call("sessions.of_account", session.account_id)
    flow_id = w.call("change_password", session, CHOSEN).flow_id
    renewed = w.call("sessions.renew", token, w.call("set_password", flow_id, NEXT).step)
    w.refused("sign_in_outdated", "sessions.of", other)
    w.refused("session_unknown", "sessions.of", token)
    w.refused("session_unknown", "sessions.of", MISTYPED)
    w.call("sessions.end_others", renewed)
    w.call("sessions.end", renewed)
    w.call("sessions.end_all", session.account_id, by="admin-1", reason="lost laptop")
    w.tokens |= {"session": token, "another session": other, "renewed session": renewed}


def approval(w: Watched) -> None:
    """Of somebody who came with ThaID first; and of somebody who is rejected."""
    account_id = provisioned(w, WAITING, AccountKind.LOCAL_GOVERNMENT, person=FirstUse(needs_approval=True))
    for decide in ("accounts.reject", "accounts.approve"):
        w.clock.shift(hours=2)
        flow_id = w.call("begin_with_thaid").flow_id
        proven(w, flow_id)
        w.refused("credential_wrong", "submit_credential", flow_id, WAITING, MISTYPED)
        w.refused("credential_wrong", "submit_credential", flow_id, MISTYPED, ISSUED)
        flow_id = w.call("submit_credential", flow_id, WAITING, ISSUED).flow_id
        w.call("submit_email", flow_id, EMAIL)
        w.call("confirm_and_set_password", flow_id, w.mailed_code(), CHOSEN)
        (waiting,) = w.call("accounts.awaiting_approval", account_id)
        w.refused("approval_unknown", decide, account_id, "nobody's", by="admin-1", reason="called")
        w.call(decide, account_id, waiting.flow_id, by="admin-1", reason="called")
        w.call("current", flow_id)


def thaid_alone(w: Watched) -> None:
    account_id = onboarded(w, BY_THAID, AccountKind.SUBORDINATE_AGENCY)
    flow_id = w.call("begin_with_thaid").flow_id
    proven(w, flow_id)
    w.refused("account_unknown", "choose_account", flow_id, MISTYPED)
    w.call("choose_account", flow_id, account_id)


def four_eyes(w: Watched, account_id: str) -> None:
    """The national ID that is given waits for a second person, and shows nowhere."""
    hand_over, whom = "accounts.hand_over", Expected(STRANGER.national_id)
    w.answers.append(whom)
    w.refused("second_person_needed", hand_over, account_id, whom, by="admin-1", reason="order 7")
    assert w.call("accounts.awaiting_second_person", account_id)
    w.refused("second_person_needed", hand_over, account_id, whom, by="Admin-1 ", reason="order 7")
    w.reissued.append(w.call(hand_over, account_id, whom, by="admin-2", reason="order 7").password)


def erasure(w: Watched) -> None:
    """Of the stranger: the officer's records stay, to be looked at."""
    person = STRANGER.national_id
    account_id = onboarded(w, STRANGERS, AccountKind.LOCAL_GOVERNMENT, citizen=STRANGER)
    w.refused("account_status", "accounts.erase_person", person, by="admin-1", reason="asked for")
    w.call("accounts.close_account", account_id, by="admin-1", reason="merged")
    assert w.call("accounts.erase_person", person, by="admin-1", reason="asked for")
