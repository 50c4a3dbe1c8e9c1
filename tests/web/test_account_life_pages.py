"""The pages of what comes after onboarding: what a request asks, and what is answered."""

from __future__ import annotations

import inspect
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest

from elaas_identity import ElaasIdentity
from elaas_identity.errors import Refused, RefusedCode
from elaas_identity.flow.outcomes import (
    AuthenticatorEnrolled,
    EmailChanged,
    Ended,
    EndReason,
    PasswordSet,
    SignedIn,
)
from elaas_identity.flow.steps import (
    AwaitApproval,
    EnrolAuthenticator,
    EnterAuthenticatorCode,
    EnterOneTimeCode,
    ProvideCredential,
    ProvideEmail,
    SetPassword,
    Step,
    StepUpProof,
    VerifyIdentity,
)
from elaas_identity.flow.transitions import Purpose
from elaas_identity.messages import Message, say
from elaas_identity.person.assurance import Assurance
from elaas_identity.sessions.session import Session
from elaas_identity.web.calls import Asked, perform
from elaas_identity.web.exchange import WebResponse
from elaas_identity.web.forgery import form_token
from elaas_identity.web.pages import Pages
from elaas_identity.web.site import Site
from tests.web.test_pages import (
    ACCOUNT,
    BROWSER,
    CODE_STEP,
    KEYRING,
    NOON,
    ORIGIN,
    PAGES,
    SHOW,
    THAID,
    VERIFIED,
    answered,
    asks,
    followed,
    get,
    led_to,
    parsed,
    post,
    progress,
    refused,
    shown,
)

SESSION = Session(
    ref="canary-ref",
    account_id="a1",
    binding_id="b1",
    epoch=1,
    credential_version=2,
)
SECRET = "CANARYJBSWY3DPEHPK3PXPJBSWY3DPEH"
NAME = "นายสมมติ <i>ตัวอย่าง"
CODES = tuple(f"{number}k2m-p9xq-4trv-0c8h-w5nd-31gz" for number in range(10))
ENTER = EnterAuthenticatorCode(account=ACCOUNT, digits=6, attempts_left=4)
ENROL = EnrolAuthenticator(
    account=ACCOUNT, secret=SECRET, uri=f"otpauth://totp/New%20e-LAAS:lao?secret={SECRET}", digits=6
)
ENROLLED = AuthenticatorEnrolled(account=ACCOUNT, binding_id="b1", person_name=NAME, recovery_codes=CODES)
CHANGED = EmailChanged(account=ACCOUNT, binding_id="b1", email_masked="ne•••@example.go.th")
CREDENTIAL = ProvideCredential(person_name=NAME, opens_now=(replace(ACCOUNT, id="a2", username="lao-2"),))
WAITS = AwaitApproval(account=ACCOUNT, person_name=NAME, email_masked="so•••@example.go.th")
PROOF = StepUpProof(account=ACCOUNT, person_name=NAME, transaction_digest="d" * 43, proven_at=NOON)
SIGNED_IN = SignedIn(
    account=ACCOUNT,
    person=VERIFIED,
    binding_id="b1",
    assurance=Assurance(ial=None, methods=("pwd",), auth_time=NOON),
    credential_version=2,
)
NEW_STEPS: tuple[tuple[Step, Purpose], ...] = (
    (VerifyIdentity(account=None), Purpose.IDENTITY_FIRST),
    (CREDENTIAL, Purpose.IDENTITY_FIRST),
    (VerifyIdentity(account=ACCOUNT), Purpose.SIGN_IN),
    (ENTER, Purpose.SIGN_IN),
    (VerifyIdentity(account=ACCOUNT), Purpose.AUTHENTICATOR),
    (ENROL, Purpose.AUTHENTICATOR),
    (ENROLLED, Purpose.AUTHENTICATOR),
    (VerifyIdentity(account=ACCOUNT), Purpose.STEP_UP),
    (VerifyIdentity(account=ACCOUNT), Purpose.EMAIL_CHANGE),
    (ProvideEmail(account=ACCOUNT, person_name=NAME), Purpose.EMAIL_CHANGE),
    (CODE_STEP, Purpose.EMAIL_CHANGE),
    (CHANGED, Purpose.EMAIL_CHANGE),
    (SetPassword(account=ACCOUNT, minimum_length=15, maximum_length=128), Purpose.PASSWORD_CHANGE),
    (WAITS, Purpose.ONBOARDING),
)
"""Every page that is new or reads otherwise there, in the order in which a person comes to it."""
EVERY_NEW = pytest.mark.parametrize(
    ("step", "purpose"), NEW_STEPS, ids=[f"{purpose}-{step.kind}" for step, purpose in NEW_STEPS]
)
SIGNED_IN_PATHS = ("/account/email", "/account/authenticator", "/account/password")
NEW_PATHS = (
    "/with-thaid",
    *SIGNED_IN_PATHS,
    "/flow/f-1/credential",
    "/flow/f-1/authenticator-code",
    "/flow/f-1/authenticator",
)
FLOW_CALLS: tuple[tuple[str, dict[str, str], Asked], ...] = (
    ("/with-thaid", {}, asks("begin_with_thaid")),
    (
        "/flow/f-1/credential",
        {"username": "lao", "password": " รหัส "},
        asks("submit_credential", "f-1", username="lao", password=" รหัส "),
    ),
    ("/flow/f-1/account", {"account": "a2"}, asks("choose_account", "f-1", account_id="a2")),
    (
        "/flow/f-1/authenticator-code",
        {"authenticator_code": "7K2M-๑"},
        asks("submit_authenticator_code", "f-1", authenticator_code="7K2M-๑"),
    ),
    (
        "/flow/f-1/authenticator",
        {"authenticator_code": "123 456"},
        asks("confirm_authenticator", "f-1", authenticator_code="123 456"),
    ),
)
SESSION_CALLS: tuple[tuple[str, dict[str, str], Asked], ...] = (
    ("/account/email", {}, asks("change_email", session=SESSION)),
    ("/account/authenticator", {}, asks("enrol_authenticator", session=SESSION)),
    (
        "/account/password",
        {"current_password": " เดิม "},
        asks("change_password", session=SESSION, current_password=" เดิม "),
    ),
)


def answer_of(step: Step, asked: Asked = SHOW, purpose: Purpose = Purpose.SIGN_IN) -> WebResponse:
    return PAGES.render(asked, progress(step, (), purpose))


def location(answer: WebResponse) -> tuple[int, str | None]:
    return answer.status, answer.header("location")


# What a request asks


@pytest.mark.parametrize(("path", "fields", "expected"), FLOW_CALLS)
def test_each_form_asks_its_own_call(path: str, fields: dict[str, str], expected: Asked) -> None:
    """A form would act otherwise than its button says, or change what the person typed."""
    assert expected == parsed(post(path, fields))


@pytest.mark.parametrize(("path", "fields", "expected"), SESSION_CALLS)
def test_who_is_signed_in_asks_by_their_session(path: str, fields: dict[str, str], expected: Asked) -> None:
    """An act would be for another account than the one that is signed in."""
    asked = PAGES.parse(post(path, fields), session=SESSION)
    assert expected == asked


@pytest.mark.parametrize("path", SIGNED_IN_PATHS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_a_session_one_signs_in(path: str, method: str) -> None:
    """Somebody whose session is over would stand at an error; or act for nobody."""
    request = post(path) if method == "POST" else get(path)
    assert (303, "/sign-in") == location(answered(request))


def test_reading_the_new_addresses_changes_nothing() -> None:
    """R6.2: entering the address of a refused form again would act, or lead nowhere."""
    for path, target in (
        ("/with-thaid", "/sign-in"),
        ("/flow/f-1/credential", "/flow/f-1"),
        ("/flow/f-1/authenticator-code", "/flow/f-1"),
        ("/flow/f-1/authenticator", "/flow/f-1"),
    ):
        assert (303, target) == location(answered(get(path)))
    for path in ("/account/email", "/account/authenticator"):
        answer = PAGES.parse(get(path), session=SESSION)
        assert isinstance(answer, WebResponse)
        assert (303, "/") == location(answer)


@pytest.mark.parametrize("path", NEW_PATHS)
@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        ({}, {"sec_fetch_site": "cross-site"}),
        ({}, {"sec_fetch_site": "none"}),
        ({}, {"origin": "https://evil.example"}),
        ({}, {"content_type": "text/plain"}),
        ({"csrf": ""}, {}),
        ({"csrf": "test.x"}, {}),
    ],
)
def test_a_forged_form_is_refused(path: str, fields: dict[str, str], headers: dict[str, str]) -> None:
    """R6.2: another site could change the address, or enrol its own app, in the person's name."""
    for session in (SESSION, None):
        answer = PAGES.parse(post(path, fields, **headers), session=session)
        assert isinstance(answer, WebResponse)
        assert answer.status in (400, 403)


@pytest.mark.parametrize(
    ("asked", "method", "arguments"),
    [
        (asks("begin_with_thaid"), "begin_with_thaid", ()),
        (asks("choose_account", "f", account_id="a"), "choose_account", ("f", "a")),
        (asks("submit_credential", "f", username="u", password="p"), "submit_credential", ("f", "u", "p")),
        (
            asks("submit_authenticator_code", "f", authenticator_code="1"),
            "submit_authenticator_code",
            ("f", "1"),
        ),
        (asks("confirm_authenticator", "f", authenticator_code="1"), "confirm_authenticator", ("f", "1")),
        (asks("change_email", session=SESSION), "change_email", (SESSION,)),
        (asks("enrol_authenticator", session=SESSION), "enrol_authenticator", (SESSION,)),
        (asks("change_password", session=SESSION, current_password="p"), "change_password", (SESSION, "p")),
    ],
)
def test_each_call_is_one_method_of_the_facade(asked: Asked, method: str, arguments: tuple[Any, ...]) -> None:
    """A page would ask for another act, or mix up what it hands in."""
    facade = _Recorder()
    perform(facade, asked)  # type: ignore[call-overload]
    assert [(method, arguments, {"browser": BROWSER})] == facade.asked


class _Recorder:
    """A facade that only remembers what it was asked; its methods take what the real ones take."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        signature = inspect.signature(getattr(ElaasIdentity, name))

        def method(*arguments: Any, **named: Any) -> None:
            bound = signature.bind(self, *arguments, **named)
            self.asked.append((name, bound.args[1:], bound.kwargs))

        return method


# What is answered


@EVERY_NEW
def test_a_step_is_shown_and_guarded(step: Step, purpose: Purpose) -> None:
    """R6.2, R7.2: text from outside would be markup; a page could be kept, framed, or run a script."""
    answer = PAGES.render(SHOW, progress(step, ("cancel",), purpose))
    if isinstance(step, EmailChanged | AuthenticatorEnrolled):
        answer = followed(answer, purpose)
    page = answer.body.decode()
    assert 200 == answer.status
    assert "no-store" == answer.header("cache-control")
    assert "default-src 'none'; style-src 'self'" in (answer.header("content-security-policy") or "")
    assert not any(each in page for each in ("<b>", "<i>", "<script>", "<style", " style="))


def test_the_steps_of_each_purpose_are_its_own() -> None:
    """Somebody would be told to do what is done, or how far it is wrongly."""
    told = [
        (purpose.value, step.kind, f"ขั้นที่ {place} จาก {total}")
        for (step, purpose), place, total in zip(
            NEW_STEPS,
            (1, 2, 2, 2, 1, 2, 3, 1, 1, 2, 3, 0, 2, 6),
            (2, 2, 2, 2, 3, 3, 3, 2, 3, 3, 3, 0, 2, 6),
            strict=True,
        )
        if place
    ]
    seen = [
        (purpose.value, step.kind, position)
        for step, purpose in NEW_STEPS
        for position in (f"ขั้นที่ {place} จาก {total}" for total in range(1, 7) for place in range(1, total + 1))
        if position in shown(step, purpose)
    ]
    assert told == seen
    assert 'aria-current="step"' in _change_password_page()


@pytest.mark.parametrize("purpose", [*Purpose])
def test_why_thaid_is_asked_is_said(purpose: Purpose) -> None:
    """Somebody who is sent to ThaID in the middle of their work would not know what they consent to."""
    if purpose in (Purpose.PASSWORD_CHANGE, Purpose.ONBOARDING):  # no trip; the numbered steps say it
        return
    person_first = purpose in (Purpose.RECOVERY, Purpose.IDENTITY_FIRST)
    page = shown(VerifyIdentity(account=None if person_first else ACCOUNT), purpose)
    assert say(f"page.verify_identity.why.{purpose}").th in page


@pytest.mark.parametrize(
    "asked",
    [
        asks("receive_callback", raw_query="state=s"),
        asks("submit_authenticator_code", "f-1", authenticator_code="1"),
        asks("submit_credential", "f-1", username="u", password="p"),
        asks("choose_account", "f-1", account_id="a1"),
    ],
)
def test_whoever_is_in_goes_to_the_portal(asked: Asked) -> None:
    """R6.4: the portal's session begins at this redirect, whatever the sign-in ended with."""
    answer = answer_of(SIGNED_IN, asked)
    assert (303, "/", b"") == (*location(answer), answer.body)


def test_a_right_credential_leads_to_the_flow_that_it_began() -> None:
    """Whoever began with ThaID would stay at the flow that has done its work."""
    stands = replace(progress(ProvideEmail(account=ACCOUNT, person_name="")), flow_id="f-2")
    asked = asks("submit_credential", "f-1", username="u", password="p")
    assert (303, "/flow/f-2") == location(PAGES.render(asked, stands))


def test_a_proof_is_shown_by_the_portal() -> None:
    """the person would confirm a transaction that no page shows them."""
    for asked in (asks("receive_callback", raw_query="state=s"), SHOW):
        assert (303, "/step-up?flow=f-1") == location(answer_of(PROOF, asked, Purpose.STEP_UP))
    error = Refused("out_of_order", progress=progress(PROOF, (), Purpose.STEP_UP))
    assert (303, "/flow/f-1") == location(refused(asks("authorize", "f-1"), error))
    error = Refused("callback_unknown", progress=progress(PROOF, (), Purpose.STEP_UP))
    status, target = location(refused(asks("cancel", "f-1"), error))
    assert (303, "/flow/f-1") == (status, (target or "").partition("?")[0])


def test_the_portal_names_its_own_pages() -> None:
    """A portal below a prefix could not show the step-up that it began, or where to confirm it."""
    pages = Pages(
        keyring=KEYRING,
        origin=ORIGIN,
        site=Site(name=Message("ก", "A")),
        identity_provider_origins=(THAID,),
        prefix="/identity",
        signed_in_path="/home",
        step_up_path="/pay/confirm",
    )
    assert "/identity/flow/f-1" == pages.flow_url("f-1")
    stands = replace(progress(PROOF, (), Purpose.STEP_UP), flow_id="f 1&x")
    answer = pages.render(asks("current", "f 1&x"), stands)
    assert (303, "/pay/confirm?flow=f%201%26x") == location(answer)
    enrolled = pages.render(
        asks("confirm_authenticator", "f-1", authenticator_code="1"),
        progress(ENROLLED, (), Purpose.AUTHENTICATOR),
    )
    assert b'href="/home"' in followed(enrolled, Purpose.AUTHENTICATOR, pages).body


def test_recovery_codes_are_shown_once_and_at_once() -> None:
    """R7.2: the codes would be lost, stand in an address, or be shown to whoever sits down next."""
    led = answer_of(
        ENROLLED, asks("confirm_authenticator", "f-1", authenticator_code="123456"), Purpose.AUTHENTICATOR
    )
    name, _, attributes = (led.header("set-cookie") or "").partition("=")
    assert "__Host-elaas-browser-outcome" == name
    assert attributes.endswith("; Max-Age=120; Path=/; Secure; HttpOnly; SameSite=Lax")
    assert len(led.header("set-cookie") or "") < 4096
    assert (303, "/flow/f-1") == location(led)
    answer = followed(led, Purpose.AUTHENTICATOR)
    assert f"{name}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax" == answer.header("set-cookie")
    page = answer.body.decode()
    assert (200, "no-store") == (answer.status, answer.header("cache-control"))
    assert "hreflang" not in page  # the page in the other language would have none
    assert "นายสมมติ &lt;i&gt;ตัวอย่าง" in page
    assert 10 == page.count('<li><span class="code">')
    assert all(f">{code}<" in page for code in CODES)
    assert '<ol class="codes" aria-labelledby="codes"' in page
    assert "<form" not in page
    later = shown(Ended(reason="completed"), Purpose.AUTHENTICATOR)
    assert not any(code in later for code in CODES)
    assert "รหัสสำรองแสดงเพียงครั้งเดียว" in later


def test_a_changed_address_is_said_at_once_with_a_way_on() -> None:
    """The person would not see which address counts, or stand at the end of a road."""
    led = answer_of(CHANGED, asks("submit_one_time_code", "f-1", one_time_code="1"), Purpose.EMAIL_CHANGE)
    assert None is led.header("set-cookie")
    answer = followed(led, Purpose.EMAIL_CHANGE)
    assert (200, "no-store") == (answer.status, answer.header("cache-control"))
    page = answer.body.decode()
    assert "ne•••@example.go.th" in page
    assert '<a class="button" href="/">' in page


def test_the_key_of_an_app_is_in_no_address() -> None:
    """R7.2: the key of the second factor would stay in histories, logs and Referer headers."""
    page = shown(ENROL, Purpose.AUTHENTICATOR)
    assert SECRET not in page  # it is shown in groups of four
    assert "otpauth" not in page
    assert [SECRET[start : start + 4] for start in range(0, 32, 4)] == [
        part.partition("</span>")[0] for part in page.partition('class="key"')[2].split("<span>")[1:9]
    ]
    for asked in (
        asks("confirm_authenticator", "f-1", authenticator_code="canary-code"),
        asks("submit_authenticator_code", "f-1", authenticator_code="canary-code"),
        asks("submit_credential", "f-1", username="canary-name", password="canary-password"),
        asks("change_password", session=SESSION, current_password="canary-password"),
    ):
        for step in (ENROL, ENTER, CREDENTIAL, PROOF, SIGNED_IN, Ended(reason="completed")):
            answer = answer_of(step, asked)
            assert "canary" not in (answer.header("location") or "").lower()
            assert b"canary" not in answer.body
        assert "canary" not in repr(asked)


def test_the_picture_of_the_key_is_drawn_without_a_style() -> None:
    """A strict policy would leave the picture blank; a screen reader would read out nothing."""
    page = shown(ENROL, Purpose.AUTHENTICATOR)
    picture = page.partition('<div class="picture"')[2].partition("</div>")[0]
    assert 'role="img" aria-label="คิวอาร์โค้ดสำหรับแอป Authenticator"' in picture
    assert '<svg class="qr"' not in picture.partition("<svg")[0]
    assert "<path" in picture
    assert not any(each in picture for each in ("style", "script", "href", "&lt;"))


def test_without_segno_the_key_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A portal without the extra `totp` could not enrol anybody, or would tell them to scan nothing."""
    monkeypatch.setitem(sys.modules, "segno", None)
    page = shown(ENROL, Purpose.AUTHENTICATOR)
    assert "<svg" not in page
    assert "สแกน" not in page
    assert SECRET[:4] in page
    assert 'name="authenticator_code"' in page


def test_the_code_may_be_a_recovery_code() -> None:
    """Whoever has only their sheet of paper could not type letters; or would not know what is left to them."""
    page = shown(ENTER, Purpose.SIGN_IN)
    field = page.partition('<input id="authenticator_code"')[2].partition(">")[0]
    assert 'autocomplete="one-time-code"' in field
    assert not any(each in field for each in ("inputmode", "pattern", "maxlength"))
    assert "กรอกได้อีก 4 ครั้ง" in page
    assert "หากไม่มีทั้งโทรศัพท์และรหัสสำรองแล้ว โปรดติดต่อผู้ดูแลระบบ" in page
    enrolling = shown(ENROL, Purpose.AUTHENTICATOR)
    assert 'inputmode="numeric"' in enrolling


def test_an_account_that_thaid_opens_is_one_button() -> None:
    """The person would be asked for a password that they need not have; or press the button of another account."""
    page = shown(CREDENTIAL, Purpose.IDENTITY_FIRST)
    assert 1 == page.count('action="/flow/f-1/account"')
    form = page.partition('action="/flow/f-1/account"')[2].partition("</form>")[0]
    assert 'name="account" value="a2"' in form
    assert "lao-2" in form.partition("<button")[2]
    assert 'action="/flow/f-1/account"' not in shown(
        replace(CREDENTIAL, opens_now=()), Purpose.IDENTITY_FIRST
    )
    for each in (page, shown(replace(CREDENTIAL, opens_now=()), Purpose.IDENTITY_FIRST)):
        assert 1 == each.count('action="/flow/f-1/credential"')


def test_who_awaits_approval_reads_until_when() -> None:
    """R1.3: a time of day alone would be taken for today's."""
    page = shown(WAITS)
    assert "1 ตุลาคม 2569 เวลา 13.00 น." in page.replace("\N{NO-BREAK SPACE}", " ")
    assert "โปรดดำเนินการทุกขั้นตอนให้เสร็จภายในเวลา" not in page
    assert "so•••@example.go.th" in page
    assert 'action="/flow/f-1/cancel"' in page


def test_a_new_address_is_asked_for_as_one() -> None:
    """The person would give the address that they have already."""
    step = ProvideEmail(account=ACCOUNT, person_name="")
    assert "ระบุอีเมลใหม่ของท่าน" in shown(step, Purpose.EMAIL_CHANGE)
    assert "ระบุอีเมลใหม่ของท่าน" not in shown(step)


# How it ends


@pytest.mark.parametrize("purpose", [*Purpose])
def test_what_is_completed_leads_on(purpose: Purpose) -> None:
    """Somebody who is in would be told to sign in with a new password; or who has one, to go on without."""
    page = shown(Ended(reason="completed"), purpose)
    with_password = purpose in (Purpose.ONBOARDING, Purpose.RECOVERY)
    assert f'<a class="button" href="{"/sign-in" if with_password else "/"}">' in page
    assert (with_password or purpose is Purpose.PASSWORD_CHANGE) == ("ตั้งรหัสผ่านใหม่เรียบร้อยแล้ว" in page)
    assert with_password == ("โปรดเข้าสู่ระบบด้วยรหัสผ่านของท่าน" in page)


@pytest.mark.parametrize("reason", get_args(EndReason))
@pytest.mark.parametrize("purpose", [*Purpose])
def test_every_end_of_every_purpose_is_a_page_with_a_way_on(purpose: Purpose, reason: EndReason) -> None:
    """Invariant 5: a flow could end on a page that raises, or that leads nowhere."""
    page = shown(Ended(reason=reason), purpose)
    assert 1 == page.count('<a class="button" href="/')


def test_who_is_signed_in_need_not_sign_in_to_try_again() -> None:
    """Somebody who presses "cancel" would be sent out of a session that is as good as before."""
    page = shown(Ended(reason="cancelled"), Purpose.STEP_UP)
    assert 'href="/">' in page
    assert "เข้าสู่ระบบอีกครั้ง" not in page
    assert 'href="/sign-in">' in shown(Ended(reason="superseded"), Purpose.STEP_UP)


def test_a_new_password_is_as_before() -> None:
    """ASVS 7.4.3: the change would not lead to signing in with it."""
    done = PasswordSet(account=ACCOUNT, binding_id="b1", credential_version=3)
    asked = asks("set_password", "f-1", new_password="p")
    status, target = location(answer_of(done, asked, Purpose.PASSWORD_CHANGE))
    assert (303, "/flow/f-1") == (status, (target or "").partition("?")[0])


# What is refused


def test_a_guessed_at_account_is_offered_the_way_in_first() -> None:
    """R4.1: the victim would read "wait", and not find the way that is open to them."""
    wait = timedelta(seconds=41)
    page = led_to(asks("begin", username="lao", password="p"), Refused("sign_in_throttled", retry_after=wait))
    assert 1 == page.count('action="/with-thaid"')
    assert page.index('action="/with-thaid"') < page.index('action="/sign-in"')
    usual = answered(get("/sign-in")).body.decode()
    assert usual.index('action="/sign-in"') < usual.index('action="/with-thaid"')


def test_thaid_first_that_is_rationed_is_said_on_the_sign_in_page() -> None:
    """R4.1: the person would stand on a bare page, without the ways in that they have left."""
    error = Refused("identity_first_limit", retry_after=timedelta(minutes=30))
    page = led_to(asks("begin_with_thaid"), error)
    assert "30 นาที" in page
    assert 'action="/sign-in"' in page


def test_a_wrong_credential_keeps_the_name_and_not_the_password() -> None:
    """R7.2: the password would stand in the page; or the name would have to be typed again."""
    stands = progress(CREDENTIAL, (), Purpose.IDENTITY_FIRST)
    error = Refused("credential_wrong", field="username", progress=stands)
    page = led_to(
        asks("submit_credential", "f-1", username='lao"><b>', password="s3cret"),
        error,
        seen="provide_credential",
    )
    assert 'value="lao&#34;&gt;&lt;b&gt;"' in page
    assert "s3cret" not in page
    # Which of the two is wrong is not told.
    assert 2 == page.count('aria-invalid="true"')
    assert 2 == page.count('aria-describedby="username-problem hints"')
    assert 1 == page.count('<a href="#username">')


@pytest.mark.parametrize(
    ("asked", "code", "step"),
    [
        (
            asks("submit_authenticator_code", "f-1", authenticator_code="1"),
            "authenticator_code_throttled",
            ENTER,
        ),
        (asks("submit_credential", "f-1", username="u", password="p"), "sign_in_throttled", CREDENTIAL),
        (asks("choose_account", "f-1", account_id="a1"), "email_cooling_off", VerifyIdentity(account=None)),
    ],
)
def test_a_refusal_with_a_wait_says_how_long(asked: Asked, code: RefusedCode, step: Step) -> None:
    """R4.1: the person would try again and again, and be told the same."""
    purpose = Purpose.SIGN_IN if step is ENTER else Purpose.IDENTITY_FIRST
    error = Refused(code, retry_after=timedelta(hours=3), progress=progress(step, (), purpose))
    assert "3 ชั่วโมง" in led_to(asked, error)


@pytest.mark.parametrize("code", get_args(RefusedCode))
def test_no_address_makes_a_page_promise_a_wait(code: RefusedCode) -> None:
    """R6.3: a link could tell the person to wait "a moment", where nobody knows how long."""
    asked = parsed(get("/flow/f-1", f"problem={code}"))
    with_wait = "{wait}" in _wording(code)
    if with_wait:
        assert asked.problem is None or "สักครู่" not in asked.problem.message.th
    else:
        assert asked.problem is not None


def _wording(code: str) -> str:
    short, long = (Refused(code, retry_after=timedelta(days=days)).message.th for days in (3, 4))  # type: ignore[arg-type]
    return "{wait}" if short != long else short


def test_a_wrong_code_is_marked_on_its_page() -> None:
    """A screen reader would not say which input the problem is about."""
    for step, asked, purpose in (
        (ENTER, asks("submit_authenticator_code", "f-1", authenticator_code="1"), Purpose.SIGN_IN),
        (ENROL, asks("confirm_authenticator", "f-1", authenticator_code="1"), Purpose.AUTHENTICATOR),
    ):
        stands = progress(step, (), purpose)
        error = Refused("authenticator_code_wrong", field="authenticator_code", progress=stands)
        assert 1 == led_to(asked, error).count('aria-invalid="true"')


def test_a_wrong_current_password_is_said_on_its_form() -> None:
    """ASVS 6.2.3: the person would stand on a bare page, or read their password in it."""
    page = led_to(
        asks("change_password", session=SESSION, current_password="s3cret"),
        Refused("current_password_wrong", field="current_password"),
    )
    assert 'action="/account/password"' in page
    assert 1 == page.count('aria-invalid="true"')
    assert "s3cret" not in page
    throttled = led_to(
        asks("change_password", session=SESSION, current_password="p"),
        Refused("sign_in_throttled", retry_after=timedelta(minutes=15)),
    )
    assert "15 นาที" in throttled
    assert 'action="/account/password"' in throttled


@pytest.mark.parametrize(
    "asked",
    [
        asks("change_email", session=SESSION),
        asks("enrol_authenticator", session=SESSION),
        asks("change_password", session=SESSION, current_password="p"),
    ],
)
def test_a_session_that_is_over_leads_to_signing_in(asked: Asked) -> None:
    """Somebody whose account has changed would be led in circles."""
    assert 'href="/sign-in"' in led_to(asked, Refused("sign_in_outdated"))


def test_an_act_that_is_rationed_leads_back_to_the_portal() -> None:
    """Somebody who is signed in would be told to sign in, which changes nothing."""
    error = Refused("email_change_limit", retry_after=timedelta(hours=5))
    page = led_to(asks("change_email", session=SESSION), error)
    assert "5 ชั่วโมง" in page
    assert '<a class="button" href="/">' in page
    assert 'href="/sign-in"' not in page


def _change_password_page() -> str:
    answer = PAGES.parse(get("/account/password"), session=SESSION)
    assert isinstance(answer, WebResponse)
    return answer.body.decode()


def test_the_form_of_the_current_password_is_this_browsers() -> None:
    """R6.2: the form could not be sent; or, without a cookie, never, whatever the person tries."""
    page = _change_password_page()
    assert form_token(KEYRING, BROWSER) in page
    assert 'autocomplete="current-password"' in page
    answer = PAGES.parse(replace(get("/account/password"), cookies={}), session=SESSION)
    assert isinstance(answer, WebResponse)
    assert answer.header("set-cookie") is not None


def test_a_code_by_mail_is_corrected_in_a_change_of_address() -> None:
    """R3.3: a mistyped new address would have to be given from the beginning."""
    assert isinstance(CODE_STEP, EnterOneTimeCode)
    assert 'action="/flow/f-1/email"' in shown(CODE_STEP, Purpose.EMAIL_CHANGE, "submit_email")
