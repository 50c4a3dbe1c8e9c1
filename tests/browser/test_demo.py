"""What the demonstration's own pages offer, in a real browser, at a telephone's width and at a desk's."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from pyotp.totp import TOTP

from elaas_identity.demo.world import World
from elaas_identity.testing.citizens import COLLEAGUE, OFFICER
from tests.browser.person import ADDRESS, DONE, HOME, LAO, NEW_PASSWORD, PHONE, PLO, SUB, VERIFY, Person

pytestmark = pytest.mark.browser


def signed_in(chromium: Browser, world: World, screenshots: Path) -> Person:
    person = Person(chromium, world, screenshots, width=PHONE)
    person.onboard(LAO, OFFICER, ADDRESS, NEW_PASSWORD)
    person.sign_in(LAO, NEW_PASSWORD)
    person.at(HOME)
    return person


def test_a_payment_and_another_mailbox(chromium: Browser, world: World, screenshots: Path) -> None:
    """A step-up, its assertion or a change of address would not be met in the demonstration."""
    with signed_in(chromium, world, screenshots) as person:
        person.picture("50_home")
        person.press("อนุมัติการจ่ายเงินสมมติ")
        person.at(VERIFY)
        person.verify()
        person.at("ตรวจสอบรายการก่อนอนุมัติ")
        person.picture("51_payment")
        person.press("อนุมัติการจ่ายเงิน")
        person.at("อนุมัติการจ่ายเงินแล้ว")
        expect(person.page.locator("main")).to_contain_text("assertion_replayed")
        person.picture("52_paid")
        person.page.goto(f"{world.origin}/")
        person.press("เปลี่ยนอีเมล")
        person.verify()
        person.give_email("treasurer@example.go.th")
        person.give_code(person.code_for("treasurer@example.go.th"))
        person.at("เปลี่ยนอีเมลเรียบร้อยแล้ว")
        person.page.goto(f"{world.origin}/")
        person.at(HOME)
        person.saw_no_complaint()


def test_the_administrators_desk(chromium: Browser, world: World, screenshots: Path) -> None:
    """Approval, suspension, hand-over or the trail would be out of reach in the demonstration."""
    with signed_in(chromium, world, screenshots) as administrator:
        with Person(chromium, world, screenshots, width=PHONE) as newcomer:
            newcomer.sign_in(SUB)
            newcomer.verify()
            newcomer.give_email("nursery@example.go.th")
            newcomer.give_code(newcomer.mailed_code())
            newcomer.give_password()
            newcomer.at("รอผู้ดูแลระบบอนุมัติ")
            page = administrator.page
            page.goto(f"{world.origin}/office")
            administrator.at("งานของผู้ดูแลระบบ (สาธิต)")
            administrator.picture("53_office")
            page.get_by_role("button", name="อนุมัติ", exact=True).click()
            expect(page.locator("main")).not_to_contain_text("รอการอนุมัติ")
            newcomer.sign_in(SUB, NEW_PASSWORD)
            newcomer.verify()
            newcomer.at(HOME)
            page.locator("form:has(input[value=suspend]) button").first.click()
            expect(page.locator("main")).to_contain_text("ยกเลิกการระงับ")
            page.goto(f"{world.origin}/")
            administrator.at("เข้าสู่ระบบ")
            page.goto(f"{world.origin}/office")
            page.locator("form:has(input[value=hand_over]) button").first.click()
            expect(page.get_by_role("status")).to_contain_text(LAO.username)
            administrator.picture("54_letter")
            page.locator("form:has(input[value=close]) button").first.click()
            administrator.press("ผนึกและตรวจสอบ")
            expect(page.get_by_role("status")).to_contain_text("บันทึกครบถ้วน")
            administrator.picture("55_audit")
            newcomer.saw_no_complaint()
        administrator.saw_no_complaint()


def test_an_app_as_second_factor(person: Person, world: World) -> None:
    """The account that asks for an app would not open in the demonstration."""
    person.onboard(PLO, COLLEAGUE, ADDRESS, NEW_PASSWORD)
    person.at(DONE)
    person.sign_in(PLO, NEW_PASSWORD)
    person.verify(COLLEAGUE)
    secret = "".join(person.page.locator(".key").inner_text().split())
    person.page.locator("#authenticator_code").fill(TOTP(secret).at(world.now()))
    person.press("ลงทะเบียนแอปนี้")
    expect(person.page.locator(".codes li")).to_have_count(10)
    person.sign_in(PLO, NEW_PASSWORD)
    expect(person.page.locator("#authenticator_code")).to_be_visible()
