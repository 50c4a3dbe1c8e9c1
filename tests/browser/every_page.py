"""Every page in every state that a person may meet, drawn without a server: what a browser is shown, and measures."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from elaas_identity.accounts.account import Account, AccountKind, AccountStatus
from elaas_identity.browser import Browser
from elaas_identity.flow.outcomes import AuthenticatorEnrolled, EmailChanged, Ended, PasswordSet
from elaas_identity.flow.steps import (
    AccountChoice,
    AwaitApproval,
    ChooseAccount,
    EnrolAuthenticator,
    EnterAuthenticatorCode,
    EnterOneTimeCode,
    Progress,
    ProvideCredential,
    ProvideEmail,
    SetPassword,
    Step,
    VerifyIdentity,
)
from elaas_identity.flow.transitions import Purpose
from elaas_identity.keyring import Keyring
from elaas_identity.messages import Language, Message
from elaas_identity.messages.help import Help
from elaas_identity.sessions.session import Session
from elaas_identity.web.calls import Asked
from elaas_identity.web.exchange import WebRequest, WebResponse
from elaas_identity.web.language import Reading
from elaas_identity.web.pages import Pages
from elaas_identity.web.refusals import Refusal
from elaas_identity.web.site import Site

NOON = datetime(2026, 10, 1, 5, 0, 30, tzinfo=UTC)
KEYRING = Keyring({"test": bytes(range(32))}, current="test")
BROWSER = Browser.read(KEYRING, KEYRING.mint_browser_token(b"b" * 32))
ORIGIN = "https://portal.example.go.th"
PAGES = Pages(
    keyring=KEYRING,
    origin=ORIGIN,
    site=Site(
        name=Message(
            "ระบบบัญชี New e-LAAS ของ อปท. (ตัวอย่าง)",
            "New e-LAAS accounting system (example)",
        ),
        help=Help(
            office=Message("สำนักงานส่งเสริมการปกครองท้องถิ่นจังหวัดสมมติ", "Provincial office of Sommut"),
            telephone="02-000-0000 ต่อ 1234",
            hours=Message("วันราชการ เวลา 8.30–16.30 น.", "Mon–Fri, 8:30–16:30"),
        ),
    ),
    identity_provider_origins=("https://thaid.example",),
    clock=lambda: NOON,
)
ACCOUNT = Account(
    id="a1",
    kind=AccountKind.LOCAL_GOVERNMENT,
    status=AccountStatus.ISSUED,
    username="lao-sommut-tuayang-0001",
    agency_code="1",
    agency_name="องค์การบริหารส่วนตำบลสมมติตัวอย่าง อำเภอสมมติ จังหวัดตัวอย่าง",
    epoch=1,
)
OTHER = replace(ACCOUNT, id="a2", username="lao-2")
NAME = "นางสาวสมมติรัก ทดลอง ทดสอบดี ณ ตัวอย่าง"
MAILBOX = "so•••@office.sommut-tuayang.example.go.th"
CODE = EnterOneTimeCode(
    account=ACCOUNT,
    email_masked=MAILBOX,
    reference="KXPR",
    digits=8,
    attempts_left=4,
    code_expires_at=NOON,
    resend_at=NOON,
)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CODES = tuple(f"{number}k2m-p9xq-4trv-0c8h-w5nd-31gz" for number in range(10))
SET = SetPassword(account=ACCOUNT, minimum_length=15, maximum_length=128)
SET_NOW = PasswordSet(account=ACCOUNT, binding_id="b1", credential_version=2)
VERIFY = VerifyIdentity(account=ACCOUNT)
EMAIL = ProvideEmail(account=ACCOUNT, person_name=NAME)
ENTER = EnterAuthenticatorCode(account=ACCOUNT, digits=6, attempts_left=4)
ENROL = EnrolAuthenticator(account=ACCOUNT, secret=SECRET, uri=f"otpauth://totp/x?secret={SECRET}", digits=6)
CREDENTIAL = ProvideCredential(person_name=NAME, opens_now=())

State = tuple[Step | str, Purpose, str, str | None]
"""A step or a path, its purpose, the code of what was refused, and the field that it marks."""

FIRST, LOST = Purpose.ONBOARDING, Purpose.RECOVERY
STATES: dict[str, State] = {
    "sign_in": ("/sign-in", FIRST, "", None),
    "sign_in_wrong": ("/sign-in", FIRST, "credential_wrong", "username"),
    "sign_in_waiting": ("/sign-in", FIRST, "approval_awaited", None),
    "sign_in_throttled": ("/sign-in", FIRST, "sign_in_throttled", None),
    "first_time": ("/first-time", FIRST, "", None),
    "verify_identity": (VERIFY, FIRST, "", None),
    "verify_identity_denied": (VERIFY, FIRST, "identity_denied", None),
    "verify_identity_unavailable": (VERIFY, FIRST, "identity_provider_unavailable", None),
    "verify_identity_registration": (VERIFY, FIRST, "identity_provider_registration", None),
    "verify_identity_recovery": (VerifyIdentity(account=None), LOST, "", None),
    "verify_identity_step_up": (VERIFY, Purpose.STEP_UP, "", None),
    "provide_email": (EMAIL, FIRST, "", None),
    "provide_email_invalid": (EMAIL, FIRST, "email_invalid", "email"),
    "provide_email_change": (EMAIL, Purpose.EMAIL_CHANGE, "", None),
    "enter_one_time_code": (CODE, FIRST, "", None),
    "enter_one_time_code_wrong": (CODE, FIRST, "one_time_code_wrong", "one_time_code"),
    "enter_one_time_code_throttled": (CODE, LOST, "one_time_code_throttled", "one_time_code"),
    "enter_one_time_code_unknown": (replace(CODE, mail="unknown"), FIRST, "mail_outcome_unknown", None),
    "enter_one_time_code_not_sent": (replace(CODE, mail="not_sent"), FIRST, "", None),
    "set_password": (SET, FIRST, "", None),
    "set_password_short": (SET, FIRST, "password_too_short", "new_password"),
    "set_password_common": (SET, LOST, "password_common", "new_password"),
    "choose_account": (
        ChooseAccount(
            person_name=NAME,
            choices=(
                AccountChoice(account=ACCOUNT, email_masked=MAILBOX),
                AccountChoice(account=OTHER, email_masked="cl•••@example.go.th"),
            ),
        ),
        LOST,
        "",
        None,
    ),
    "choose_account_none": (ChooseAccount(person_name=NAME, choices=()), LOST, "", None),
    "provide_credential": (CREDENTIAL, Purpose.IDENTITY_FIRST, "", None),
    "provide_credential_wrong": (CREDENTIAL, Purpose.IDENTITY_FIRST, "credential_wrong", "username"),
    "provide_credential_open": (replace(CREDENTIAL, opens_now=(OTHER,)), Purpose.IDENTITY_FIRST, "", None),
    "authenticator_code": (ENTER, Purpose.SIGN_IN, "", None),
    "authenticator_code_wrong": (ENTER, Purpose.SIGN_IN, "authenticator_code_wrong", "authenticator_code"),
    "enrol_authenticator": (ENROL, Purpose.AUTHENTICATOR, "", None),
    "enrol_authenticator_wrong": (
        ENROL,
        Purpose.AUTHENTICATOR,
        "authenticator_code_wrong",
        "authenticator_code",
    ),
    "authenticator_enrolled": (
        AuthenticatorEnrolled(account=ACCOUNT, binding_id="b1", person_name=NAME, recovery_codes=CODES),
        Purpose.AUTHENTICATOR,
        "",
        None,
    ),
    "await_approval": (
        AwaitApproval(account=ACCOUNT, person_name=NAME, email_masked=MAILBOX),
        FIRST,
        "",
        None,
    ),
    "email_changed": (
        EmailChanged(account=ACCOUNT, binding_id="b1", email_masked=MAILBOX),
        Purpose.EMAIL_CHANGE,
        "",
        None,
    ),
    "password_set": (SET_NOW, FIRST, "", None),
    "password_set_again": (SET_NOW, Purpose.PASSWORD_CHANGE, "", None),
    "ended": (Ended(reason="completed"), FIRST, "", None),
    "ended_superseded": (Ended(reason="superseded"), FIRST, "", None),
    "ended_cancelled": (Ended(reason="cancelled"), Purpose.STEP_UP, "", None),
    "change_password": ("/account/password", FIRST, "", None),
    "change_password_wrong": ("/account/password", FIRST, "current_password_wrong", "current_password"),
    "not_found": ("/nowhere", FIRST, "", None),
    "problem": ("/problem/callback_other_browser", FIRST, "", None),
}
SESSION = Session(ref="r", account_id="a1", binding_id="b1", epoch=1, credential_version=2)


def drawn(state: State, language: Language, pages: Pages = PAGES) -> WebResponse:
    """The page of a state."""
    at, purpose, code, marked = state
    refusal = Refusal(
        message_id=f"error.{code}", code=code, field=marked, until=(NOON + timedelta(minutes=7)).timestamp()
    )
    if isinstance(at, str):
        query = f"{refusal.sealed(KEYRING, BROWSER, at).partition('?')[2]}&" if code else ""
        request = WebRequest(
            method="GET", path=at, query=f"{query}lang={language}", cookies={pages.cookie.name: BROWSER.token}
        )
        answer = pages.parse(request, session=SESSION)
        assert isinstance(answer, WebResponse)
        return answer
    asked = Asked(
        act="current",
        flow_id="f-1",
        browser=BROWSER,
        problem=refusal.problem(NOON, pages.drawing.say) if code else None,
        reading=Reading(language, other="?lang=en" if language == "th" else "?lang=th"),
    )
    stands = Progress(
        flow_id="f-1",
        purpose=purpose,
        step=at,
        expires_at=NOON + timedelta(hours=1),
        allowed=("cancel", "submit_email", "resend_one_time_code") if purpose is FIRST else ("cancel",),
    )
    answer = pages.render(asked, stands)
    return answer if answer.status == HTTPStatus.OK else _led_to(answer, stands, language, pages)


def _led_to(answer: WebResponse, stands: Progress, language: Language, pages: Pages) -> WebResponse:
    """The page of a completed flow that the answer redirects to, with the cookie that it sets."""
    path, _, query = (answer.header("location") or "").partition("?")
    name, _, value = (answer.header("set-cookie") or "").partition(";")[0].partition("=")
    request = WebRequest(
        method="GET",
        path=path,
        query=f"{query}&lang={language}",
        cookies={pages.cookie.name: BROWSER.token, name: value},
    )
    asked = pages.parse(request)
    assert isinstance(asked, Asked)
    return pages.render(asked, replace(stands, step=Ended(reason="completed"), allowed=()))
