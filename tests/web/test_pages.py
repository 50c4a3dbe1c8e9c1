"""The pages without a framework: what a request asks, and what is answered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlencode

import pytest

from elaas_identity.accounts.account import Account, AccountKind, AccountStatus
from elaas_identity.browser import Browser
from elaas_identity.errors import (
    ElaasIdentityError,
    Misconfigured,
    ProviderFailed,
    Refused,
    RefusedCode,
)
from elaas_identity.flow.outcomes import AuthenticatorEnrolled, EmailChanged, Ended, PasswordSet, SignedIn
from elaas_identity.flow.steps import (
    AccountChoice,
    Action,
    AuthorizationRequest,
    ChooseAccount,
    EnterOneTimeCode,
    Progress,
    ProvideEmail,
    SetPassword,
    Step,
    VerifyIdentity,
)
from elaas_identity.flow.transitions import Purpose
from elaas_identity.keyring import Keyring
from elaas_identity.messages import Message
from elaas_identity.messages.help import Help
from elaas_identity.person.assurance import Assurance
from elaas_identity.person.national_id import NationalID
from elaas_identity.person.verified import VerifiedIdentity
from elaas_identity.sessions.session import Session
from elaas_identity.web.calls import Asked
from elaas_identity.web.exchange import MAXIMUM_BODY, WebRequest, WebResponse
from elaas_identity.web.forgery import form_token
from elaas_identity.web.pages import Pages
from elaas_identity.web.site import Site

KEYRING = Keyring({"test": bytes(range(32))}, current="test")
BROWSER = Browser.read(KEYRING, KEYRING.mint_browser_token(b"b" * 32))
ORIGIN = "https://portal.example.go.th"
THAID = "https://imauth.bora.dopa.go.th"
HELP = Help(
    office=Message("สำนักทดสอบ", "Test office"),
    telephone="02 000 0000 ext. 12",
    hours=Message("วันราชการ 8.30–16.30 น.", "Mon–Fri 8:30–16:30"),
)
PAGES = Pages(
    keyring=KEYRING,
    origin=ORIGIN,
    site=Site(name=Message("พอร์ทัล", "Portal"), help=HELP),
    identity_provider_origins=(THAID,),
)
NOON = datetime(2026, 10, 1, 5, 0, 30, tzinfo=UTC)
ACCOUNT = Account(
    id="a1",
    kind=AccountKind.LOCAL_GOVERNMENT,
    status=AccountStatus.ISSUED,
    username="lao-<b>1",
    agency_code="1",
    agency_name="เทศบาลตำบลสมมติ & Co",
    epoch=1,
)
CODE_STEP = EnterOneTimeCode(
    account=ACCOUNT,
    email_masked="so•••@example.go.th",
    reference="KXPR",
    digits=8,
    attempts_left=4,
    code_expires_at=NOON,
    resend_at=NOON,
)
VERIFIED = VerifiedIdentity(
    issuer=THAID, subject="s", national_id=NationalID("1999900001010"), name_th="สมมติ", verified_at=NOON
)
CHOOSE = ChooseAccount(
    person_name="นายสมมติ <i>ตัวอย่าง",
    choices=(
        AccountChoice(account=ACCOUNT, email_masked="so•••@example.go.th"),
        AccountChoice(
            account=replace(ACCOUNT, id="a2", username="lao-2"), email_masked="cl•••@example.go.th"
        ),
    ),
)
STEPS: tuple[Step, ...] = (
    VerifyIdentity(account=ACCOUNT),
    ProvideEmail(account=ACCOUNT, person_name="นายสมมติ <i>ตัวอย่าง"),
    CODE_STEP,
    SetPassword(account=ACCOUNT, minimum_length=15, maximum_length=128),
    Ended(reason="completed"),
    Ended(reason="superseded"),
)


RECOVERY_STEPS: tuple[Step, ...] = (
    VerifyIdentity(account=None),
    CHOOSE,
    CODE_STEP,
    SetPassword(account=ACCOUNT, minimum_length=15, maximum_length=128),
)


def asks(act: str, flow_id: str | None = None, *, session: Session | None = None, **arguments: str) -> Asked:
    return Asked(act=act, flow_id=flow_id, session=session, arguments=arguments, browser=BROWSER)


SHOW = asks("current", "f-1")


def progress(
    step: Step, allowed: tuple[Action, ...] = ("cancel",), purpose: Purpose = Purpose.ONBOARDING
) -> Progress:
    if isinstance(step, ChooseAccount):  # which no other flow has
        purpose = Purpose.RECOVERY
    return Progress(
        flow_id="f-1",
        purpose=purpose,
        step=step,
        expires_at=NOON + timedelta(hours=1),
        allowed=allowed,
    )


def shown(step: Step, purpose: Purpose = Purpose.ONBOARDING, *allowed: Action) -> str:
    stands = progress(step, ("cancel", *allowed), purpose)
    if isinstance(step, PasswordSet | EmailChanged | AuthenticatorEnrolled):
        return followed(PAGES.render(asks("set_password", "f-1"), stands), purpose).body.decode()
    return PAGES.render(SHOW, stands).body.decode()


def followed(answer: WebResponse, purpose: Purpose, pages: Pages = PAGES) -> WebResponse:
    """The page of a completed flow that an answer leads to, with the cookie that the answer sets."""
    assert (303, b"") == (answer.status, answer.body)
    path, _, query = (answer.header("location") or "").partition("?")
    name, _, value = (answer.header("set-cookie") or "").partition(";")[0].partition("=")
    request = get(path, query)
    asked = pages.parse(replace(request, cookies={**request.cookies, name: value}))
    assert isinstance(asked, Asked)
    return pages.render(asked, progress(Ended(reason="completed"), (), purpose))


def get(path: str, query: str = "", /, **headers: str) -> WebRequest:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    cookies = {PAGES.cookie.name: BROWSER.token}
    return WebRequest(method="GET", path=path, query=query, headers=sent, cookies=cookies)


def post(path: str, fields: Mapping[str, str] | None = None, /, **headers: str) -> WebRequest:
    form = {"csrf": form_token(KEYRING, BROWSER), **(fields or {})}
    request = get(
        path, "", **{"content_type": "application/x-www-form-urlencoded", "origin": ORIGIN, **headers}
    )
    return replace(request, method="POST", body=urlencode(form).encode())


def parsed(request: WebRequest) -> Asked:
    asked = PAGES.parse(request)
    assert isinstance(asked, Asked), asked
    return asked


def answered(request: WebRequest) -> WebResponse:
    answer = PAGES.parse(request)
    assert isinstance(answer, WebResponse), answer
    return answer


def refused(asked: Asked, error: ElaasIdentityError, *, seen: str = "") -> WebResponse:
    return PAGES.render(replace(asked, seen=seen), error)


def led_to(asked: Asked, error: ElaasIdentityError, *, seen: str = "", stands: Progress | None = None) -> str:
    """F51: the page that a refused form leads to, by a redirect that no reload sends again."""
    answer = refused(asked, error, seen=seen)
    assert (303, b"") == (answer.status, answer.body)
    path, _, query = (answer.header("location") or "").partition("?")
    got = PAGES.parse(get(path, query), session=asked.session)
    if isinstance(got, Asked):
        assert "current" == got.act
        shows = error.progress or stands
        assert shows is not None
        got = PAGES.render(got, shows)
    assert 200 == got.status
    return got.body.decode()


# What a request asks


@pytest.mark.parametrize(
    ("path", "fields", "expected"),
    [
        (
            "/sign-in",
            {"username": "lao", "password": " รหัส "},
            asks("begin", username="lao", password=" รหัส "),
        ),
        ("/recover", {}, asks("recover")),
        ("/flow/f-1/authorize", {}, asks("authorize", "f-1")),
        ("/flow/f-1/account", {"account": "a2"}, asks("choose_account", "f-1", account_id="a2")),
        (
            "/flow/f-1/email",
            {"email": "a@example.go.th"},
            asks("submit_email", "f-1", email="a@example.go.th"),
        ),
        ("/flow/f-1/resend", {}, asks("resend_one_time_code", "f-1")),
        (
            "/flow/f-1/one-time-code",
            {"one_time_code": "๑๒"},
            asks("submit_one_time_code", "f-1", one_time_code="๑๒"),
        ),
        (
            "/flow/f-1/password",
            {"new_password": "น ew", "new_password_again": "น ew"},
            asks("set_password", "f-1", new_password="น ew"),
        ),
        ("/flow/f-1/cancel", {}, asks("cancel", "f-1")),
    ],
)
def test_each_form_asks_its_own_call(path: str, fields: dict[str, str], expected: Asked) -> None:
    """A form would act otherwise than its button says, or change what the person typed."""
    assert expected == parsed(post(path, fields))


def test_the_callback_is_handed_on_raw() -> None:
    """R5.1: a parsed query would hide a parameter that is there twice."""
    request = get("/auth/callback", "code=a&code=b&state=%73")
    assert asks("receive_callback", raw_query="code=a&code=b&state=%73") == parsed(request)


@pytest.mark.parametrize(
    "path", ["/sign-in", "/recover", "/flow/f-1", "/static/elaas.css", "/problem/callback_unknown", "/"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_changes_nothing(path: str, method: str) -> None:
    """R6.2: a GET that acts could be made by any page, prefetcher or mail scanner."""
    asked = PAGES.parse(replace(get(path), method=method))
    assert isinstance(asked, WebResponse) or asked == SHOW


@pytest.mark.parametrize(
    "act", ["authorize", "account", "email", "resend", "one-time-code", "password", "cancel"]
)
def test_the_address_of_a_form_shows_the_flow(act: str) -> None:
    """R6.2: entering the address of a refused form again would act, or lead nowhere."""
    answer = answered(get(f"/flow/f-1/{act}"))
    assert (303, "/flow/f-1") == (answer.status, answer.header("location"))


def test_the_address_of_a_refused_recovery_shows_the_sign_in_page() -> None:
    """R6.2: entering it again would begin a recovery that nobody asked for, or lead nowhere."""
    answer = answered(get("/recover"))
    assert (303, "/sign-in") == (answer.status, answer.header("location"))


def test_the_callback_is_not_for_head_or_post() -> None:
    """R6.2: a HEAD that consumes the attempt would lose the person's trip."""
    assert 404 == answered(replace(get("/auth/callback", "state=a&code=b"), method="HEAD")).status
    assert 404 == answered(post("/auth/callback")).status


@pytest.mark.parametrize(
    "path", ["/flow/", "/flow/a b", "/flow/" + "a" * 65, "/flow/a/b/c", "/static/../pages.py", "/x"]
)
def test_unknown_paths_are_a_page(path: str) -> None:
    """A path that is nothing would raise, or reach into the package's files."""
    assert 404 == answered(get(path)).status


def test_a_prefix_moves_everything_but_the_callback() -> None:
    """A portal that mounts the pages below a path would get links that lead out of it."""
    pages = Pages(
        keyring=KEYRING,
        origin=ORIGIN,
        site=Site(name=Message("ก", "A")),
        identity_provider_origins=(THAID,),
        prefix="/identity",
    )
    answer = pages.parse(get("/identity/sign-in"))
    assert isinstance(answer, WebResponse)
    assert b'action="/identity/sign-in"' in answer.body
    assert b'href="/identity/static/elaas.css' in answer.body
    shown = pages.parse(get("/identity/flow/f-1"))
    assert isinstance(shown, Asked)
    assert SHOW == shown
    assert "/identity/flow/f-1" == pages.render(
        asks("cancel", "f-1"), progress(Ended(reason="cancelled"))
    ).header("location")


# Cookie and forgery


def test_the_browser_cookie_is_locked_down() -> None:
    """R6.1: a script, another host or another site's POST could use the browser's token."""
    answer = answered(replace(get("/sign-in"), cookies={}))
    name, _, value = (answer.header("set-cookie") or "").partition("=")
    token, *attributes = value.split("; ")
    assert "__Host-elaas-browser" == name
    assert KEYRING.is_browser_token(token)
    assert ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"] == sorted(attributes)


def test_a_browser_that_we_know_keeps_its_token() -> None:
    """A new token on each visit would cut the person off from the flow in another tab."""
    assert answered(get("/sign-in")).header("set-cookie") is None


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
        {"origin": "https://portal.example.go.th.evil.example"},
        {"origin": "null"},
        {"content_type": "text/plain"},
        {"content_type": "application/json"},
        {"content_type": "multipart/form-data; boundary=x"},
    ],
)
@pytest.mark.parametrize(
    "path",
    [
        "/sign-in",
        "/recover",
        "/flow/f-1/authorize",
        "/flow/f-1/account",
        "/flow/f-1/cancel",
        "/flow/f-1/email",
    ],
)
def test_a_post_from_elsewhere_is_refused(path: str, headers: dict[str, str]) -> None:
    """R6.2: another site could act in the person's name, sign-in included."""
    assert answered(post(path, None, **headers)).status in (400, 403)


@pytest.mark.parametrize(
    "token",
    ["", "test.x", form_token(KEYRING, Browser.new(KEYRING)), KEYRING.digest("browser", BROWSER.token)],
    ids=["none", "forged", "another browser's", "another kind"],
)
@pytest.mark.parametrize("path", ["/sign-in", "/recover", "/flow/f-1/authorize"])
def test_a_form_needs_this_browsers_token(path: str, token: str) -> None:
    """R6.2: a form taken from another browser, or made up, would be accepted."""
    assert 403 == answered(post(path, {"csrf": token})).status


def test_the_form_token_is_not_the_browsers() -> None:
    """R6.1: the cookie's value would stand in the page, where HttpOnly protects nothing."""
    page = PAGES.render(SHOW, progress(STEPS[0])).body.decode()
    assert form_token(KEYRING, BROWSER) in page
    assert BROWSER.token not in page


def test_without_sec_fetch_site_the_origin_decides() -> None:
    """R6.2: a browser from before 2023 could not sign in at all."""
    assert asks("cancel", "f-1") == parsed(post("/flow/f-1/cancel", origin=ORIGIN))


def test_a_browser_without_cookies_is_told_so() -> None:
    """The person would be sent in circles without a word about cookies."""
    answer = answered(replace(post("/sign-in"), cookies={}))
    assert 403 == answer.status
    assert "คุกกี้".encode() in answer.body


@pytest.mark.parametrize(
    "body",
    [
        b"csrf=a&csrf=b",
        b"csrf=%ff",
        "csrf=ก".encode(),
        b"&".join(b"f%d=" % number for number in range(30)),
        b"csrf=" + b"a" * MAXIMUM_BODY,
    ],
)
def test_a_form_that_is_none_of_ours_is_refused(body: bytes) -> None:
    """A field that comes twice, or bytes that are no text, would mean something else further on."""
    assert 400 == answered(replace(post("/sign-in"), body=body)).status


# What is answered


@pytest.mark.parametrize("step", [*STEPS, CHOOSE], ids=lambda step: getattr(step, "reason", step.kind))
def test_a_step_is_shown_and_escaped(step: Step) -> None:
    """Text from outside would be markup in the page."""
    answer = PAGES.render(SHOW, progress(step))
    page = answer.body.decode()
    assert 200 == answer.status
    assert '<html lang="th">' in page
    assert "<b>" not in page
    assert "<i>" not in page
    assert 1 == page.count("<script")


@pytest.mark.parametrize(
    "answer",
    [
        PAGES.parse(get("/sign-in")),
        PAGES.parse(get("/nowhere")),
        PAGES.parse(post("/sign-in", sec_fetch_site="cross-site")),
        *(PAGES.render(SHOW, progress(step)) for step in (*STEPS, CHOOSE)),
    ],
)
def test_every_page_has_its_guards(answer: WebResponse) -> None:
    """R6.2: a page could be framed, kept, or made to load from elsewhere."""
    assert "no-store" == answer.header("cache-control")
    assert "nosniff" == answer.header("x-content-type-options")
    assert "same-origin" == answer.header("referrer-policy")
    assert (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        f"form-action 'self' {THAID}; frame-ancestors 'none'; base-uri 'none'; script-src 'self'"
    ) == answer.header("content-security-policy")


def test_an_act_that_is_taken_leads_to_the_flows_page() -> None:
    """A reload would send the form again."""
    answer = PAGES.render(asks("cancel", "f-1"), progress(STEPS[0]))
    assert (303, "/flow/f-1") == (answer.status, answer.header("location"))


def test_authorize_leads_to_the_identity_provider() -> None:
    """The person would not get to ThaID; or its answer would be told where they came from."""
    request = AuthorizationRequest(flow_id="f-1", url=THAID + "/auth?state=s", expires_at=NOON)
    answer = PAGES.render(asks("authorize", "f-1"), request)
    assert (303, THAID + "/auth?state=s") == (answer.status, answer.header("location"))
    assert "no-referrer" == answer.header("referrer-policy")


def test_what_is_handed_out_once_is_not_shown_by_us() -> None:
    """R6.4: the portal's session begins at the redirect, which must not carry anything of it."""
    assurance = Assurance(ial=None, methods=("pwd",), auth_time=NOON)
    signed_in = SignedIn(
        account=ACCOUNT, person=VERIFIED, binding_id="b", assurance=assurance, credential_version=2
    )
    done = PasswordSet(account=ACCOUNT, binding_id="b", credential_version=2)
    begin, choose = asks("begin", username="u", password="p"), asks("set_password", "f-1", new_password="p")
    answer = PAGES.render(begin, progress(signed_in))
    assert (303, "/", b"") == (answer.status, answer.header("location"), answer.body)
    answer = PAGES.render(choose, progress(done))
    assert (303, b"") == (answer.status, answer.body)
    assert ACCOUNT.username not in unquote(answer.header("location") or "")


def test_a_new_password_says_which_username_to_use_from_now_on() -> None:
    """The clerk of three accounts would try the password with each; or a stranger who has the address reads it."""
    done = PasswordSet(account=ACCOUNT, binding_id="b", credential_version=2)
    answer = PAGES.render(asks("set_password", "f-1", new_password="p"), progress(done))
    path, _, query = (answer.header("location") or "").partition("?")
    for purpose, leads, says in (
        (Purpose.ONBOARDING, "/sign-in", "ได้รับตามหนังสือแจ้งใช้ไม่ได้แล้ว"),
        (Purpose.RECOVERY, "/sign-in", "รหัสผ่านเดิมใช้ไม่ได้แล้ว"),
        (Purpose.PASSWORD_CHANGE, "/", "รหัสผ่านเดิมใช้ไม่ได้แล้ว"),
    ):
        page = followed(answer, purpose).body.decode()
        assert "จากนี้ไป โปรดเข้าสู่ระบบด้วยชื่อผู้ใช้งาน lao-&lt;b&gt;1 " in page
        assert 1 == page.count('<a class="button"')
        assert f'<a class="button" href="{leads}">' in page
        assert says in page
    stranger = Browser.read(KEYRING, KEYRING.mint_browser_token(b"s" * 32))
    for request in (
        replace(get(path, query), cookies={PAGES.cookie.name: stranger.token}),
        get("/flow/f-2", query),
        get(path, query.replace(".", ".A")),
    ):
        assert {} == parsed(request).left


def test_a_suggested_password_is_made_for_one_showing() -> None:
    """R2.4: who opens the page after somebody else would know what was suggested to them."""
    step = SetPassword(account=ACCOUNT, minimum_length=15, maximum_length=128)
    suggested = {
        re.findall(r'data-fills="[^"]+">([a-z]+(?:-[a-z]+){3})</p>', shown(step))[0] for _ in range(20)
    }
    assert 20 == len(suggested)
    assert "data-fills" not in shown(CODE_STEP)


def test_a_refused_sign_in_keeps_the_name_and_not_the_password() -> None:
    """R7.2: the password would stand in the page; or the name would have to be typed again."""
    page = led_to(
        asks("begin", username='lao"><b>', password="s3cret-of-letter"), Refused("credential_wrong")
    )
    assert "lao&#34;&gt;&lt;b&gt;" in page
    assert "s3cret-of-letter" not in page
    assert 'role="alert"' in page


def test_a_recovery_that_is_rationed_is_said_on_the_sign_in_page() -> None:
    """R4.1: the person would stand on a bare page, without the way in that they have left."""
    page = led_to(asks("recover"), Refused("recovery_limit", retry_after=timedelta(minutes=30)))
    assert 'role="alert"' in page
    assert "30 นาที" in page
    assert 'action="/sign-in"' in page
    assert 'action="/recover"' in page


def test_a_throttled_answer_says_when() -> None:
    """R4.1: who waits as told would be told to wait again."""
    error = Refused("sign_in_throttled", retry_after=timedelta(seconds=41.2))
    assert "42 วินาที" in led_to(asks("begin", username="lao", password="p"), error)


def test_a_refused_input_is_marked_on_its_page() -> None:
    """A screen reader would not say which input the problem is about."""
    error = Refused("one_time_code_wrong", field="one_time_code", progress=progress(CODE_STEP))
    page = led_to(
        asks("submit_one_time_code", "f-1", one_time_code="1"), error, seen="enter_one_time_code KXPR"
    )
    assert 'aria-invalid="true" autofocus aria-describedby="one_time_code-problem one_time_code-hint"' in page
    assert 1 == page.count("aria-invalid")


def test_two_passwords_that_differ_are_not_set() -> None:
    """A slip of the finger would become the person's password."""
    answer = answered(
        post("/flow/f-1/password", {"new_password": "a", "new_password_again": "b", "seen": "set_password"})
    )
    path, _, query = (answer.header("location") or "").partition("?")
    assert (303, "/flow/f-1") == (answer.status, path)
    page = PAGES.render(parsed(get(path, query)), progress(STEPS[3])).body
    assert 2 == page.count(b'aria-invalid="true"')


def test_out_of_order_shows_where_the_person_stands() -> None:
    """A double click would show an error for what has just succeeded."""
    answer = refused(
        asks("submit_email", "f-1", email="a@b.th"), Refused("out_of_order", progress=progress(STEPS[3]))
    )
    assert (303, "/flow/f-1") == (answer.status, answer.header("location"))


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        ("provide_email", False),
        ("enter_one_time_code QQQQ#4", False),
        ("enter_one_time_code KXPR", True),
        ("enter_one_time_code KXPR#4", True),
    ],
)
def test_a_second_click_on_send_is_no_refusal(seen: str, said: bool) -> None:
    """A double click on "send" would answer "wait", though the mail has gone out."""
    error = Refused("mail_throttled", retry_after=timedelta(seconds=59), progress=progress(CODE_STEP))
    page = led_to(asks("submit_email", "f-1", email="a@b.th"), error, seen=seen)
    assert said == ('role="alert"' in page)


def test_a_mail_that_failed_is_said_at_the_code() -> None:
    """Invariant 5: the person would wait for a mail that never went out."""
    error = ProviderFailed("mail_not_accepted", progress=progress(CODE_STEP))
    page = led_to(asks("submit_email", "f-1", email="a@b.th"), error, seen="provide_email")
    assert "mail_not_accepted" in page


@pytest.mark.parametrize(
    ("error", "target"),
    [
        (Refused("callback_other_browser"), "/problem/callback_other_browser"),
        (Refused("person_mismatch", progress=progress(STEPS[0])), "/flow/f-1?problem=person_mismatch"),
        (Misconfigured("identity_evidence_missing", detail="pid"), "/problem/identity_evidence_missing"),
    ],
)
def test_a_refused_callback_leaves_its_address_at_once(error: ElaasIdentityError, target: str) -> None:
    """The authorization code would stay in the address bar, the history and the next Referer."""
    answer = refused(asks("receive_callback", raw_query="state=s&code=secret"), error)
    assert (303, target, "no-referrer") == (
        answer.status,
        answer.header("location"),
        answer.header("referrer-policy"),
    )


@pytest.mark.parametrize("code", ["person_without_account", "recovery_limit"])
def test_a_recovery_refused_after_thaid_says_why(code: RefusedCode) -> None:
    """The person would come back from ThaID to the same button, without a word."""
    stands = progress(RECOVERY_STEPS[0], ("authorize", "cancel"), Purpose.RECOVERY)
    error = Refused(code, retry_after=timedelta(days=1), progress=stands)
    answer = refused(asks("receive_callback", raw_query="state=s&code=secret"), error)
    assert (303, f"/flow/f-1?problem={code}") == (answer.status, answer.header("location"))
    page = PAGES.render(parsed(get("/flow/f-1", f"problem={code}")), stands).body.decode()
    assert 'role="alert"' in page
    assert "{" not in page
    assert "โปรด" in page.partition('role="alert"')[2].partition("</div>")[0]


def test_a_problem_in_the_address_is_one_of_ours_or_nothing() -> None:
    """R6.3: a link could make our page say what its sender likes."""
    known = parsed(get("/flow/f-1", "problem=person_mismatch"))
    assert known.problem is not None
    assert b'role="alert"' in PAGES.render(known, progress(STEPS[0])).body
    assert parsed(get("/flow/f-1", "problem=<b>you+won")).problem is None
    assert 404 == answered(get("/problem/you-won")).status


def test_a_flow_that_is_unknown_here_says_so() -> None:
    """A link from another browser would show a bare error, or the flow."""
    assert 404 == refused(SHOW, Refused("flow_unknown")).status
    new = replace(SHOW, browser=Browser.new(KEYRING))
    answer = PAGES.render(new, Refused("flow_unknown"))
    assert 403 == answer.status
    assert "คุกกี้".encode() in answer.body


def test_our_own_faults_name_their_code_and_not_their_detail() -> None:
    """R7.2: what is for the developer's log would be read by the person; or the help desk would have no code."""
    error = Misconfigured("keyring", detail="key 'x' is gone")
    page = led_to(asks("authorize", "f-1"), error, stands=progress(STEPS[0]))
    assert "keyring" in page
    assert "gone" not in page


IN_LINE = "Mozilla/5.0 (iPhone) Safari Line/14.1.0"


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (IN_LINE, "LINE แล้วเลือก"),
        ("Mozilla/5.0 [FBAN/FBIOS;FBAV/450.0]", "เปิดในเบราว์เซอร์ภายนอก"),
        ("x Instagram 300.0", "เปิดในเบราว์เซอร์ภายนอก"),
    ],
)
def test_a_browser_inside_an_app_is_told_at_the_first_page_and_before_it_leaves(
    agent: str, expected: str
) -> None:
    """Invariant 4: the person would come back from ThaID to a browser that knows nothing of the flow."""

    def pages(agent: str) -> list[str]:
        led_on = PAGES.render(parsed(get("/flow/f-1", user_agent=agent)), progress(STEPS[0]))
        return [page.body.decode() for page in (answered(get("/sign-in", user_agent=agent)), led_on)]

    for inside in pages(agent):
        assert expected in inside
        assert ("/sign-in?openExternalBrowser=1" in inside) is (agent == IN_LINE)
    assert not any("warning strong" in outside for outside in pages("Mozilla/5.0 Chrome/140"))


# A forgotten password


def test_a_recovery_names_no_account_before_thaid() -> None:
    """ASVS 6.3.8: the page would tell of an account, or raise where there is none yet."""
    assert "<dt>" not in shown(RECOVERY_STEPS[0], Purpose.RECOVERY)
    assert "<dt>" in shown(STEPS[0])


def test_every_account_of_the_person_is_offered_with_where_its_code_goes() -> None:
    """A clerk of two accounts would choose blindly, or send the id of the other one."""
    page = shown(CHOOSE, Purpose.RECOVERY, "choose_account")
    assert 2 == page.count('action="/flow/f-1/account"')
    first, second = page.split('action="/flow/f-1/account"')[1:]
    for form, account_id, username, address in (
        (first, "a1", "lao-&lt;b&gt;1", "so•••@example.go.th"),
        (second, "a2", "lao-2", "cl•••@example.go.th"),
    ):
        assert f'name="account" value="{account_id}"' in form
        assert f'<dd class="literal">{username}</dd>' in form
        assert address in form
        assert username in form.partition("<button")[2]


def test_a_person_who_lost_their_accounts_meanwhile_is_told_whom_to_turn_to() -> None:
    """A page without an account would be a dead end."""
    page = shown(ChooseAccount(person_name="", choices=()), Purpose.RECOVERY)
    assert "/account" not in page
    assert "หรือติดต่อผู้ดูแลระบบ" in page
    assert "โปรดดำเนินการทุกขั้นตอนให้เสร็จ" not in page
    assert 'action="/flow/f-1/cancel"' in page


def test_an_address_is_corrected_only_where_it_may_be() -> None:
    """A recovery would offer to send the code elsewhere, and refuse it when asked."""
    assert 'action="/flow/f-1/email"' in shown(CODE_STEP, Purpose.ONBOARDING, "submit_email")
    page = shown(CODE_STEP, Purpose.RECOVERY)
    assert 'action="/flow/f-1/email"' not in page
    assert "หากท่านเปิดอ่านอีเมลนี้ไม่ได้แล้ว โปรดติดต่อผู้ดูแลระบบ" in page


def test_a_bound_mailbox_that_refuses_mail_is_not_the_persons_to_correct() -> None:
    """Invariant 5: the person would be told to give another address, where there is no such input."""
    in_recovery = progress(CODE_STEP, ("cancel",), Purpose.RECOVERY)
    error = Refused("email_not_accepted", field="email", progress=in_recovery)
    assert "ติดต่อผู้ดูแลระบบ" in led_to(asks("choose_account", "f-1", account_id="a1"), error)
    onboarding = progress(CODE_STEP, ("submit_email", "cancel"))
    error = Refused("email_not_accepted", field="email", progress=onboarding)
    page = led_to(asks("submit_email", "f-1", email="a@b.th"), error)
    assert "ระบุอีเมลอื่น" in page
    assert 'aria-invalid="true"' in page


def test_who_forgot_everything_reads_the_username_to_sign_in_with() -> None:
    """The person would have a new password, and no name to use it with."""
    assert "ชื่อผู้ใช้งาน lao-&lt;b&gt;1 และรหัสผ่านใหม่นี้" in shown(RECOVERY_STEPS[3], Purpose.RECOVERY)


def test_a_recovery_states_only_rules_that_it_keeps() -> None:
    """The page would forbid the old password, which a recovery cannot know: the person has forgotten it."""
    assert "รหัสผ่านเดิม" in shown(STEPS[3])
    page = shown(RECOVERY_STEPS[3], Purpose.RECOVERY)
    assert "รหัสผ่านเดิม" not in page
    assert "ห้ามใช้ชื่อผู้ใช้งาน" in page


def test_times_are_bangkoks_and_never_promise_too_much() -> None:
    """A code would be shown as good for a second more than it is, or a resend offered too early."""
    page = PAGES.render(SHOW, progress(CODE_STEP)).body.decode()
    assert "ใช้ได้ถึงเวลา 12.00\N{NO-BREAK SPACE}น." in page
    assert "ขอรหัสใหม่ได้ตั้งแต่เวลา 12.01\N{NO-BREAK SPACE}น." in page


def test_static_files_are_kept_by_their_version() -> None:
    """A new style sheet would not be seen for a year."""
    answer = answered(get("/static/elaas.css", "v=1"))
    assert "text/css; charset=utf-8" == answer.header("content-type")
    assert "public, max-age=31536000, immutable" == answer.header("cache-control")
    assert b"/static/elaas.css?v=" in answered(get("/sign-in")).body


def test_secrets_are_in_no_repr() -> None:
    """R7.2: a log of a request would hold its password, code or cookie."""
    request = post("/sign-in", {"username": "canary-user", "password": "canary-password"})
    text = (
        repr(request) + repr(PAGES.parse(request)) + repr(parsed(get("/auth/callback", "code=canary-code")))
    )
    assert "canary" not in text
    assert BROWSER.token not in text


@pytest.mark.parametrize(
    ("mail", "says", "asks_for_code"),
    [
        ("sent", "ระบบส่งรหัส 8 หลักไปยังอีเมลของท่านแล้ว", True),
        ("not_sent", "ระบบอีเมลปลายทางไม่รับอีเมลฉบับนี้ ท่านจะไม่ได้รับรหัส", False),
        ("unknown", "ระบบไม่ทราบว่าอีเมลที่มีรหัส 8 หลักถูกส่งออกไปหรือไม่", True),
    ],
)
def test_f22_the_page_says_whether_the_mail_was_sent(mail: Any, says: str, asks_for_code: bool) -> None:
    """F22: the person would wait for a mail that the server refused."""
    page = shown(replace(CODE_STEP, mail=mail), Purpose.ONBOARDING, "submit_email", "resend_one_time_code")
    told = ("ระบบส่งรหัส", "ไม่รับอีเมลฉบับนี้", "ระบบไม่ทราบว่าอีเมล")
    assert says in page
    assert 1 == sum(each in page for each in told)
    assert asks_for_code == ('name="one_time_code"' in page)


def test_who_comes_for_the_first_time_is_told_what_to_have_at_hand() -> None:
    """A clerk would begin without the letter, the phone or the mailbox, and find out half-way."""
    assert '<a href="/first-time">' in answered(get("/sign-in")).body.decode()
    answer = answered(replace(get("/first-time"), cookies={}))
    page = answer.body.decode()
    assert (200, None) == (answer.status, answer.header("set-cookie"))
    assert all(word in page for word in ("หนังสือแจ้ง", "โทรศัพท์", "อีเมล", 'href="/sign-in"'))
    assert 5 == page.count('<span class="number"')
    picture = re.search(r'src="(/static/letter\.svg)\?v=', page)
    assert picture
    drawn = answered(get(picture[1]))
    assert "image/svg+xml" == drawn.header("content-type")
    marked = drawn.body.decode()
    assert "ตัวอย่าง ข้อมูลสมมติ · EXAMPLE, INVENTED" in marked
    assert not re.search(r"<script|<style| style=|href|on[a-z]+=", marked)
