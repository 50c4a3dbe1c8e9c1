"""What people do with a browser besides going straight on: tabs, double clicks, the back button, another browser."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from elaas_identity.testing.citizens import OFFICER
from tests.browser.person import (
    ADDRESS,
    CODE_PAGE,
    DONE,
    EMAIL,
    HOME,
    LAO,
    NEW_PASSWORD,
    PASSWORD,
    PHONE,
    VERIFY,
    Person,
)

pytestmark = pytest.mark.browser


def test_two_tabs_of_one_browser_go_on_together(person: Person) -> None:
    """Invariant 4: the second tab would be shut out; or it could do a step twice."""
    person.sign_in()
    first = person.page
    second = person.context.new_page()
    second.goto(first.url)
    person.verify()  # in the first tab
    person.at(EMAIL)

    person.page = second  # still shows the button to ThaID
    person.press("ไปยืนยันตัวตนผ่าน ThaID")
    person.at(EMAIL)
    person.give_email()
    person.at(CODE_PAGE)

    person.page = first  # still asks for the address
    first.bring_to_front()
    first.reload()
    person.at(CODE_PAGE)
    person.give_code(person.mailed_code())
    person.at(PASSWORD)

    person.page = second  # still asks for the code
    person.give_code(person.mailed_code())
    person.at(PASSWORD)
    person.give_password()
    person.at(DONE)

    person.page = first
    person.give_password("another long password")
    person.at(DONE)
    person.sign_in(LAO, NEW_PASSWORD)
    person.at(HOME)


def test_two_tabs_at_thaid_at_once(person: Person) -> None:
    """Invariant 4: the state of the first trip would be lost with the second."""
    person.sign_in()
    first = person.page
    second = person.context.new_page()
    second.goto(first.url)
    person.go_to_thaid()
    person.page = second
    person.verify()
    person.at(EMAIL)
    person.page = first
    first.get_by_role("button", name=OFFICER.name).click()
    person.at(EMAIL)


@pytest.mark.parametrize("step", ["sign_in", "email", "code", "password"])
def test_a_double_click_is_one_click(person: Person, step: str) -> None:
    """A double click would send two mails, or answer an error for what has just succeeded."""
    if step == "sign_in":
        person.page.goto(f"{person.world.origin}/sign-in")
        person.page.get_by_label("ชื่อผู้ใช้งาน").fill(LAO.username)
        person.page.locator("#password").fill(LAO.password)
    elif step == "email":
        person.reach_email()
        person.page.get_by_label("อีเมล", exact=False).fill(ADDRESS)
    elif step == "code":
        person.reach_code()
        person.page.locator("#one_time_code").fill(person.mailed_code())
    else:
        person.reach_password()
        person.page.locator("#new_password").fill(NEW_PASSWORD)
        person.page.locator("#new_password_again").fill(NEW_PASSWORD)
    person.page.locator("button.primary").dblclick(no_wait_after=True)
    person.at({"sign_in": VERIFY, "email": CODE_PAGE, "code": PASSWORD, "password": DONE}[step])
    expect(person.page.get_by_role("alert")).to_have_count(0)


def test_the_back_button_does_no_harm(person: Person) -> None:
    """Going back and sending an old page again would undo a step, do it twice, or show an error."""
    person.reach_password()
    person.page.go_back()
    person.page.reload()
    for _ in range(6):
        if person.page.url.startswith(person.world.identity_provider_url):
            break
        assert "code=" not in person.page.url
        person.page.go_back()
    person.press(OFFICER.name)  # approves a trip that has long been made
    person.at(PASSWORD)
    expect(person.page.get_by_role("alert")).to_have_count(0)
    person.give_password()
    person.at(DONE)


def test_a_callback_in_another_browser_is_refused_and_the_first_goes_on(
    person: Person, chromium: Browser, screenshots: Path
) -> None:
    """R5.1: an authorization code that was stolen, or sent as a bait, would be good in another browser."""
    thaid = person.world.thaid
    assert thaid is not None
    person.sign_in()
    person.go_to_thaid()
    callback = thaid.approve(person.page.url, OFFICER)

    with Person(chromium, person.world, screenshots, width=PHONE) as stranger:
        stranger.page.goto(callback)
        stranger.at("ดำเนินการไม่สำเร็จ")
        stranger.picture("19_other_browser")
        assert "code=" not in stranger.page.url
        stranger.saw_no_complaint()
    assert 0 == thaid.count("token")

    person.page.goto(callback)  # burnt by the stranger: it is of no use here either, and the flow goes on
    person.at(VERIFY)
    assert 0 == thaid.count("token")
    person.verify()
    person.at(EMAIL)


def test_the_flow_is_closed_to_another_browser(person: Person, chromium: Browser, screenshots: Path) -> None:
    """Invariant 4: a link to the flow, sent to somebody else, would open it."""
    person.reach_email()
    with Person(chromium, person.world, screenshots, width=PHONE) as stranger:
        stranger.page.goto(person.page.url)
        stranger.at("ดำเนินการไม่สำเร็จ")
        stranger.picture("20_no_cookie")
        stranger.page.goto(f"{person.world.origin}/sign-in")
        stranger.page.goto(person.page.url)
        stranger.at("ดำเนินการไม่สำเร็จ")
        stranger.picture("21_flow_unknown")
        stranger.page.goto(f"{person.world.origin}/sign-in")
        stranger.context.clear_cookies()
        stranger.press("ลืมรหัสผ่าน")
        stranger.at("ดำเนินการไม่สำเร็จ")
        stranger.page.reload()  # of the answer to a form: the browser would ask to send it again
        stranger.at("เข้าสู่ระบบ")
    person.give_email()
    person.at(CODE_PAGE)


def test_another_sites_form_does_nothing(person: Person) -> None:
    """R6.2: a page elsewhere could end the flow, or sign the person in as somebody else."""
    person.reach_email()
    ours = person.page.url
    token = person.page.locator("input[name=csrf]").first.get_attribute("value")
    elsewhere = f"http://localhost:{person.world.smtp.port + 1}/"
    form = (
        f'<form method="post" action="{ours}/cancel"><input name="csrf" value="{token}">'
        "<button>ชิงโชค</button></form>"
    )
    person.context.route(elsewhere, lambda route: route.fulfill(content_type="text/html", body=form))
    person.page.goto(elsewhere)
    person.page.get_by_role("button").click()
    person.at("ดำเนินการไม่สำเร็จ")
    person.page.goto(ours)
    person.at(EMAIL)


def test_each_sign_in_has_a_session_of_its_own(person: Person) -> None:
    """R6.4: who knows the session id from before the sign-in would be signed in, too."""

    def session() -> dict[str, object]:
        cookies: dict[str, dict[str, object]] = {c["name"]: {**c} for c in person.context.cookies()}
        return cookies["__Host-elaas-demo-session"]

    person.reach_password()
    person.give_password()
    person.at(DONE)
    person.sign_in(LAO, NEW_PASSWORD)
    person.at(HOME)
    before = session()
    person.sign_in(LAO, NEW_PASSWORD)
    person.at(HOME)
    assert before["value"] != session()["value"]
    assert (True, True, "Lax", "/") == tuple(
        before[key] for key in ("httpOnly", "secure", "sameSite", "path")
    )
    headers = {"cookie": f"{before['name']}={before['value']}", "accept": "text/html"}
    answer = httpx.get(person.world.origin, headers=headers)
    assert (303, "/sign-in") == (answer.status_code, answer.headers["location"].partition("?")[0])
