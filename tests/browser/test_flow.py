"""The mandated flow in a real browser, at a telephone's width and at a desk's."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from elaas_identity.demo.world import World
from elaas_identity.testing.citizens import COLLEAGUE, OFFICER
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
    PLO,
    VERIFY,
    Person,
    another_code,
)

pytestmark = pytest.mark.browser


def test_the_whole_flow(chromium: Browser, world: World, screenshots: Path) -> None:
    """R1.1: a person could not get through; or a page would not fit, or break its own policy."""
    with Person(chromium, world, screenshots, width=PHONE) as person:
        person.page.goto(world.origin)
        person.picture("01_sign_in")
        person.sign_in(LAO, "wrong-password-here")
        person.picture("02_sign_in_refused")
        person.sign_in()
        person.at(VERIFY)
        person.picture("03_verify_identity")
        person.go_to_thaid()
        person.picture("04_thaid")
        person.press(COLLEAGUE.name)
        person.at(VERIFY)
        person.picture("05_person_mismatch")
        person.verify()
        person.at(EMAIL)
        assert "code=" not in person.page.url
        expect(person.page.locator(".who")).to_have_text(OFFICER.name)
        person.picture("06_provide_email")
        person.give_email("not an address")
        person.picture("07_email_invalid")
        person.give_email()
        person.at(CODE_PAGE)
        person.picture("08_enter_one_time_code")
        person.give_code(another_code(person.mailed_code()))
        person.at(CODE_PAGE)
        person.picture("09_one_time_code_wrong")
        person.give_code(person.mailed_code())
        person.at(PASSWORD)
        person.picture("10_set_password")
        person.give_password("short")
        person.picture("11_password_too_short")
        person.give_password()
        person.at(DONE)
        person.picture("12_done")
        person.page.get_by_role("link", name="เข้าสู่ระบบด้วยรหัสผ่านใหม่").click()
        person.sign_in(LAO, NEW_PASSWORD)
        person.at(HOME)
        person.picture("13_home")
        person.page.goto(f"{world.origin}/mailbox")
        person.picture("14_mailbox")
        person.page.locator(".mails a").last.click()
        expect(person.page.frame_locator("iframe").locator("body")).to_contain_text(
            world.smtp.mails[0].message["subject"].split(" · ")[0][-4:]
        )
        person.picture("15_mail")
        person.page.goto(world.origin)
        person.page.get_by_role("button", name="ออกจากระบบ", exact=True).click()
        person.at("เข้าสู่ระบบ")
        person.saw_no_complaint()


def test_a_declined_verification_is_offered_again(person: Person) -> None:
    """Invariant 5: who presses "no" at ThaID by mistake would have to begin anew."""
    person.sign_in()
    person.go_to_thaid()
    person.press("ไม่ยินยอม")
    person.at(VERIFY)
    expect(person.page.get_by_role("alert")).to_be_visible()
    person.verify()
    person.at(EMAIL)


def test_a_mistyped_address_is_corrected_where_it_is_noticed(person: Person) -> None:
    """R3.3: the person would be stuck at a mailbox that is not theirs; or its code would still be good."""
    person.reach_email()
    person.give_email("clrek@example.go.th")
    person.at(CODE_PAGE)
    stale = person.mailed_code()
    person.page.get_by_label("อีเมลที่ถูกต้อง").fill(ADDRESS)
    person.press("แก้ไขอีเมลและส่งรหัสใหม่")
    person.at(CODE_PAGE)
    assert [("clrek@example.go.th",), (ADDRESS,)] == [mail.recipients for mail in person.world.smtp.mails]
    person.give_code(stale)
    person.at(CODE_PAGE)
    person.give_code(person.mailed_code())
    person.at(PASSWORD)


def test_a_resend_replaces_the_code(person: Person) -> None:
    """R3.6: the old code would still be good, or the reference on the page be another one than in the mail."""
    person.reach_code()
    before = person.page.locator(".reference").inner_text()
    person.press("ส่งรหัส OTP ใหม่")
    expect(person.page.locator(".reference")).not_to_have_text(before)
    reference = person.page.locator(".reference").inner_text()
    assert reference in person.world.smtp.mails[1].message["subject"]
    person.give_code(person.mailed_code(0))
    person.at(CODE_PAGE)
    person.give_code(person.mailed_code(1))
    person.at(PASSWORD)


def test_five_wrong_codes_end_the_flow_with_a_way_on(person: Person, screenshots: Path) -> None:
    """R3.5: guessing would go on; or the person would stand at a dead end."""
    person.reach_code()
    for _ in range(5):
        person.give_code(another_code(person.mailed_code()))
    person.at("ขั้นตอนนี้สิ้นสุดแล้ว")
    person.picture("16_ended")
    person.page.get_by_role("link", name="ไปที่หน้าเข้าสู่ระบบ").click()
    person.reach_email()


def test_f51_a_double_click_a_reload_and_the_back_button_cost_one_attempt(person: Person) -> None:
    """F51: a person with a slow connection would use up their attempts without typing anything."""
    person.reach_code()
    left = person.page.locator("#one_time_code-hint")
    person.page.locator("#one_time_code").fill(another_code(person.mailed_code()))
    person.page.get_by_role("button", name="ยืนยันรหัส").dblclick()
    expect(person.page.get_by_role("alert")).to_be_visible()
    expect(left).to_contain_text("กรอกได้อีก 4 ครั้ง")
    person.page.reload()
    expect(person.page.get_by_role("alert")).to_be_visible()
    expect(left).to_contain_text("กรอกได้อีก 4 ครั้ง")
    person.page.go_back()
    person.page.go_forward()
    expect(left).to_contain_text("กรอกได้อีก 4 ครั้ง")
    person.give_code(person.mailed_code())
    person.at(PASSWORD)


def test_cancel_ends_the_flow(person: Person) -> None:
    """R1.4: a person led here by someone else could not stop."""
    person.reach_email()
    person.press("ยกเลิกและออก")
    person.at("ขั้นตอนนี้สิ้นสุดแล้ว")
    person.picture("17_cancelled")


def test_two_passwords_that_differ(person: Person) -> None:
    """A slip of the finger would become the password, and lock the person out."""
    person.reach_password()
    person.give_password(NEW_PASSWORD, NEW_PASSWORD + "x")
    expect(person.page.get_by_role("alert")).to_be_visible()
    person.picture("18_passwords_differ")
    person.give_password()
    person.at(DONE)


def test_the_keyboard_alone_is_enough(person: Person) -> None:
    """Who cannot use a mouse could not sign in: an input out of order, a button that Enter does not press."""
    keyboard = person.page.keyboard

    def tab_to(identity: str) -> None:
        for _ in range(12):
            keyboard.press("Tab")
            if (
                person.page.evaluate("document.activeElement.id || document.activeElement.className")
                == identity
            ):
                return
        raise AssertionError(f"Tab does not reach {identity}")

    person.page.goto(f"{person.world.origin}/sign-in")
    keyboard.press("Tab")
    assert "skip" == person.page.evaluate("document.activeElement.className")
    tab_to("username")
    keyboard.type(LAO.username)
    keyboard.press("Tab")
    keyboard.type(LAO.password)
    keyboard.press("Enter")
    person.at(VERIFY)
    tab_to("primary")
    keyboard.press("Enter")
    expect(person.page.get_by_role("button", name=OFFICER.name)).to_be_visible()
    keyboard.press("Tab")
    assert person.page.evaluate("document.activeElement.innerText").startswith(OFFICER.name)
    keyboard.press("Enter")
    person.at(EMAIL)
    tab_to("email")
    keyboard.type(ADDRESS)
    keyboard.press("Enter")
    person.at(CODE_PAGE)
    tab_to("one_time_code")
    keyboard.type(person.mailed_code())
    keyboard.press("Enter")
    person.at(PASSWORD)
    tab_to("new_password")
    keyboard.type(NEW_PASSWORD)
    tab_to("new_password_again")  # past the button that shows the first one
    keyboard.type(NEW_PASSWORD)
    keyboard.press("Enter")
    person.at(DONE)
    tab_to("button")
    keyboard.press("Enter")
    person.at("เข้าสู่ระบบ")


def test_another_persons_account_stays_closed(person: Person) -> None:
    """R1.4: the issued letter of another agency would be enough."""
    person.sign_in(PLO)
    person.verify(OFFICER)
    person.at(VERIFY)
    assert COLLEAGUE.name not in person.page.content()
    person.verify(COLLEAGUE)
    person.at(EMAIL)
