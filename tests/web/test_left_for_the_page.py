"""What an act leaves for the page it redirects to: the link to ThaID on a phone, and that a mail went out again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest

from elaas_identity.browser import Browser
from elaas_identity.flow.outcomes import Ended
from elaas_identity.flow.steps import AuthorizationRequest, Progress, Step, VerifyIdentity
from elaas_identity.flow.transitions import Purpose
from elaas_identity.messages import Message
from elaas_identity.web.calls import Asked, mark
from elaas_identity.web.exchange import WebRequest, WebResponse
from elaas_identity.web.forgery import form_token
from elaas_identity.web.pages import Pages
from elaas_identity.web.site import Site
from tests.web.test_markup import Markup
from tests.web.test_pages import ACCOUNT, BROWSER, CODE_STEP, KEYRING, NOON, ORIGIN, THAID

IPHONE = {
    "user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/15E148 Safari"
}
ANDROID = {"user-agent": "Mozilla/5.0 (Linux; Android 10; K) Chrome/140.0.0.0 Mobile Safari/537.36"}
HINTED = {"user-agent": "Mozilla/5.0", "sec-ch-ua-mobile": "?1"}
DESK = {"user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0", "sec-ch-ua-mobile": "?0"}
URL = f"{THAID}/auth?state=s&nonce=n"
SENT = AuthorizationRequest(flow_id="f-1", url=URL, expires_at=NOON + timedelta(minutes=15))


class Time:
    """What the pages take for now."""

    def __init__(self) -> None:
        self.now = NOON


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def pages(time: Time) -> Pages:
    return Pages(
        keyring=KEYRING,
        origin=ORIGIN,
        site=Site(name=Message("พอร์ทัล", "Portal")),
        identity_provider_origins=(THAID,),
        clock=lambda: time.now,
    )


def posted(pages: Pages, path: str, headers: dict[str, str], seen: str = "") -> Asked:
    form = urlencode({"csrf": form_token(KEYRING, BROWSER), "seen": seen, "email": "somchai@example.go.th"})
    sent = {"content-type": "application/x-www-form-urlencoded", "origin": ORIGIN, **headers}
    cookies = {pages.cookie.name: BROWSER.token}
    asked = pages.parse(
        WebRequest(method="POST", path=path, headers=sent, cookies=cookies, body=form.encode())
    )
    assert isinstance(asked, Asked)
    return asked


def standing(step: Step) -> Progress:
    return Progress(
        flow_id="f-1",
        purpose=Purpose.ONBOARDING,
        step=step,
        expires_at=NOON + timedelta(hours=1),
        allowed=("cancel", "submit_email"),
    )


def loaded(pages: Pages, url: str, step: Step, browser: Browser = BROWSER) -> str:
    """The flow's page at that address, as a GET finds it."""
    path, _, query = url.partition("?")
    cookies = {pages.cookie.name: browser.token}
    asked = pages.parse(WebRequest(method="GET", path=path, query=query, cookies=cookies))
    assert isinstance(asked, Asked)
    return pages.render(asked, standing(step)).body.decode()


def location(answer: WebResponse) -> str:
    assert 303 == answer.status
    return answer.header("location") or ""


@pytest.mark.parametrize("headers", [IPHONE, ANDROID, HINTED], ids=["iphone", "android", "hinted"])
def test_a_phone_reaches_thaid_by_a_link(pages: Pages, headers: dict[str, str]) -> None:
    """Invariant 4: iOS opens the ThaID app for a tap on a link alone; a redirect after a form stays in the browser."""
    led_to = location(pages.render(posted(pages, "/flow/f-1/authorize", headers), SENT))
    page = Markup(loaded(pages, led_to, VerifyIdentity(account=ACCOUNT)))
    assert [URL] == [unescape(link["href"]) for link in page.of("a") if link.get("class") == "button"]
    assert ["/flow/f-1/cancel"] == [form["action"] for form in page.of("form")]


def test_a_desk_is_redirected_to_thaid(pages: Pages) -> None:
    """A person at a computer would have to press a second time."""
    assert URL == location(pages.render(posted(pages, "/flow/f-1/authorize", DESK), SENT))


def test_the_link_is_for_this_browser_and_its_time_and_in_no_address(pages: Pages, time: Time) -> None:
    """R7.2: an access log would keep the state of a flow, or another browser's page would show a link to it."""
    led_to = location(pages.render(posted(pages, "/flow/f-1/authorize", IPHONE), SENT))
    step = VerifyIdentity(account=ACCOUNT)
    assert "state" not in led_to
    other = Browser.read(KEYRING, KEYRING.mint_browser_token(b"o" * 32))
    assert THAID not in loaded(pages, led_to, step, other)
    assert THAID not in loaded(pages, led_to.replace("f-1", "f-2"), step)
    assert THAID not in loaded(pages, led_to, Ended(reason="superseded"))
    assert THAID not in loaded(pages, led_to + "x", step)
    time.now = SENT.expires_at
    assert THAID not in loaded(pages, led_to, step)


@pytest.mark.parametrize("act", ["resend", "email"])
def test_the_code_page_confirms_another_mail(pages: Pages, time: Time, act: str) -> None:
    """Nobody would see that the button did anything, and would press it until no mail is left."""
    before, after = CODE_STEP, replace(CODE_STEP, reference="NEWR")
    time.now = NOON + timedelta(minutes=7)
    asked = posted(pages, f"/flow/f-1/{act}", DESK, seen=f"{mark(standing(before))}#4")
    led_to = location(pages.render(asked, standing(after)))
    time.now += timedelta(minutes=2)
    assert "ส่งรหัสใหม่แล้ว เวลา 12.07" in loaded(pages, led_to, after)
    assert "ส่งรหัสใหม่แล้ว" not in loaded(pages, led_to, before)
    assert "ส่งรหัสใหม่แล้ว" not in loaded(pages, led_to, replace(after, mail="not_sent"))
    assert "ส่งรหัสใหม่แล้ว" not in loaded(pages, "/flow/f-1", after)


def test_the_first_mail_is_not_called_another_one(pages: Pages) -> None:
    """The person would look for two mails."""
    asked = posted(pages, "/flow/f-1/email", DESK, seen="provide_email#x")
    assert "/flow/f-1" == location(pages.render(asked, standing(CODE_STEP)))


def test_the_address_is_shown_in_full_to_be_corrected(pages: Pages) -> None:
    """A slip behind the mask would not be seen, and the address would be typed anew."""
    page = loaded(pages, "/flow/f-1", replace(CODE_STEP, email="somchia@example.go.th"))
    (field,) = [field for field in Markup(page).of("input") if field.get("name") == "email"]
    assert "somchia@example.go.th" == field["value"]
    assert ">somchia@example.go.th" in page
    assert "•••" not in page
