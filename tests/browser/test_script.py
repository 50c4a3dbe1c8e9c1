"""What the script adds to the pages, in Chromium; without it each of them works as before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from elaas_identity.flow.steps import Progress, SetPassword, Step
from elaas_identity.flow.transitions import Purpose
from elaas_identity.web.calls import Asked
from elaas_identity.web.exchange import WebRequest, WebResponse
from tests.browser.every_page import BROWSER, CODE, NOON, ORIGIN, PAGES, STATES

pytestmark = pytest.mark.browser

SUBMIT = "document.querySelector('form[action$=\"/password\"] button[type=submit]').click()"
IN_SIGHT = """() => {
  const [field, warning] =
    [document.activeElement, document.querySelector('.ending')].map((each) => each.getBoundingClientRect());
  return document.activeElement.id === 'one_time_code' && field.bottom <= warning.top;
}"""
PASSWORD = next(step for step, *_ in STATES.values() if isinstance(step, SetPassword))


class Tab:
    """A tab, and how often each form was sent."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.answer = WebResponse(status=204)
        self.sent: list[str] = []
        page.route("**/*", self._served)

    def _served(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        answer = self.answer
        if route.request.method == "POST":
            self.sent.append(path)
            answer = WebResponse(status=204)  # The page stays, as it does while an answer is on its way.
        elif "/static/" in path:
            parsed = PAGES.parse(WebRequest(method="GET", path=path))
            assert isinstance(parsed, WebResponse)
            answer = parsed
        route.fulfill(status=answer.status, headers=dict(answer.headers), body=answer.body)

    def load(self, step: Step, ends_in: timedelta = timedelta(hours=1)) -> None:
        stands = Progress(
            flow_id="f-1",
            purpose=Purpose.ONBOARDING,
            step=step,
            expires_at=NOON + ends_in,
            allowed=("cancel", "submit_email"),
        )
        self.answer = PAGES.render(Asked(act="current", flow_id="f-1", browser=BROWSER), stands)
        self.page.goto(f"{ORIGIN}/flow/f-1")


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Tab]:
    context = chromium.new_context()
    page = context.new_page()
    page.clock.install(time=NOON + timedelta(days=3))  # a computer whose clock is wrong
    yield Tab(page)
    context.close()


def test_a_new_password_is_shown_and_counted_and_sent_once(tab: Tab) -> None:
    """R2.4: the person would type fifteen characters blindly, and count them; or two clicks would be two attempts."""
    tab.load(PASSWORD)
    field, page = tab.page.locator("#new_password"), tab.page
    show = page.get_by_role("button", name="แสดงรหัสผ่าน (รหัสผ่านใหม่)", exact=True)
    page.get_by_text("ให้ระบบแนะนำรหัสผ่าน").click()
    suggested = page.locator(".suggestion .key").inner_text()
    page.get_by_role("button", name="ใช้รหัสผ่านนี้").click()
    expect(page.locator(".length")).to_have_text("ความยาวเพียงพอแล้ว")
    assert [suggested] * 2 == [field.input_value(), page.locator("#new_password_again").input_value()]
    field.fill("")
    field.press_sequentially("e\u0301" + "😀" * 5 + "ทะเล")
    expect(page.locator(".length")).to_have_text(f"อีก {PASSWORD.minimum_length - 10} ตัวอักษร")
    field.press_sequentially("x" * (PASSWORD.minimum_length - 10))
    expect(page.locator(".length")).to_have_text("ความยาวเพียงพอแล้ว")
    show.click()
    assert ("text", "true") == (field.get_attribute("type"), show.get_attribute("aria-pressed"))
    page.locator("#new_password_again").fill("x")
    page.evaluate(f"{SUBMIT}; {SUBMIT}")
    expect(field).to_have_attribute("type", "password")  # what stands in a text field is remembered
    assert ["/flow/f-1/password"] == tab.sent
    page.evaluate(f"dispatchEvent(new Event('pageshow')); {SUBMIT}")  # back from the next page
    page.wait_for_function("true")
    assert 2 == len(tab.sent)


def test_the_code_page_counts_down_by_the_servers_clock(tab: Tab) -> None:
    """WCAG 2.2, 2.2.1: the person would press too early, or lose what they typed without a warning."""
    in_a_minute = replace(
        CODE, resend_at=NOON + timedelta(seconds=58), code_expires_at=NOON + timedelta(minutes=10)
    )
    tab.load(in_a_minute, ends_in=timedelta(minutes=12))
    resend = tab.page.get_by_role("button", name="ส่งรหัส OTP ใหม่")
    expect(resend).to_be_disabled()
    expect(tab.page.locator("[data-opens]")).to_have_text(re.compile("ในอีก 5[5-8] วินาที"))
    warning = tab.page.locator(".ending")
    expect(warning).to_be_empty()
    tab.page.clock.run_for(60_000)
    tab.page.set_viewport_size({"width": 320, "height": 640})
    tab.page.locator("#one_time_code").focus()
    expect(resend).to_be_enabled()
    tab.page.clock.run_for(7 * 60_000)
    expect(warning).to_contain_text("เหลือเวลาอีก 4 นาที")
    assert tab.page.evaluate(IN_SIGHT)
    tab.page.clock.run_for(4 * 60_000)
    expect(warning).to_contain_text("หมดเวลาแล้ว")
    expect(tab.page.get_by_text("รหัสนี้หมดอายุแล้ว")).to_be_visible()
