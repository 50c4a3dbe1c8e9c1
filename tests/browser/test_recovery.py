"""A forgotten password in a real browser, at a telephone's width and at a desk's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from elaas_identity.demo.world import World
from elaas_identity.testing.citizens import COLLEAGUE, OFFICER
from tests.browser.person import (
    ACCOUNT,
    ADDRESS,
    CODE_PAGE,
    DONE,
    HOME,
    LAO,
    NEW_PASSWORD,
    PASSWORD,
    PHONE,
    VERIFY,
    Person,
    another_code,
)

pytestmark = pytest.mark.browser

FORGOTTEN = "ลืมไปแล้ว แต่ตั้งใหม่ได้"
OTHER_ADDRESS = "office@example.go.th"
ANOTHER = replace(LAO, username="lao-9900103", agency_code="9900103", agency_name="เทศบาลตำบลทดลอง")


def test_the_whole_recovery(chromium: Browser, world: World, screenshots: Path) -> None:
    """A clerk of two accounts could not get back in alone; or a page would not fit its width."""
    with Person(chromium, world, screenshots, width=PHONE) as person:
        person.onboard(LAO, OFFICER, ADDRESS, NEW_PASSWORD)
        world.administrator.accounts.provision([ANOTHER.new_account()], by="demo", reason="a second seat")
        person.onboard(ANOTHER, OFFICER, OTHER_ADDRESS, NEW_PASSWORD)
        person.page.goto(f"{world.origin}/sign-in")
        person.picture("30_sign_in")
        person.forget()
        person.picture("31_verify_identity")
        person.verify(COLLEAGUE)
        person.at(VERIFY)
        expect(person.page.get_by_role("alert")).to_contain_text("ไม่พบบัญชีที่ท่านเป็นผู้รับผิดชอบ")
        person.picture("32_person_without_account")
        person.verify()
        person.at(ACCOUNT)
        expect(person.page.locator(".who")).to_have_text(OFFICER.name)
        person.picture("33_choose_account")
        person.press(LAO.username)
        person.at(CODE_PAGE)
        expect(person.page.locator("#email")).to_have_count(0)
        person.picture("34_enter_one_time_code")
        person.give_code(another_code(person.code_for(ADDRESS)))
        person.at(CODE_PAGE)
        person.give_code(person.mailed_code())
        person.at(PASSWORD)
        expect(person.page.locator("main")).to_contain_text(LAO.username)
        person.picture("35_set_password")
        person.give_password(FORGOTTEN)
        person.at(DONE)
        person.picture("36_done")
        person.sign_in(LAO, NEW_PASSWORD)
        expect(person.page.get_by_role("alert")).to_be_visible()
        person.sign_in(LAO, FORGOTTEN)
        person.at(HOME)
        person.sign_in(ANOTHER, NEW_PASSWORD)
        person.at(HOME)
        person.saw_no_complaint()


def test_a_double_click_on_an_account_is_one_click(person: Person) -> None:
    """A double click would send two mails, or answer an error for what has just succeeded."""
    person.onboard(LAO, OFFICER, ADDRESS, NEW_PASSWORD)
    mails = len(person.world.smtp.mails)
    person.forget()
    person.verify()
    person.page.get_by_role("button", name=LAO.username).dblclick(no_wait_after=True)
    person.at(CODE_PAGE)
    expect(person.page.get_by_role("alert")).to_have_count(0)
    assert mails + 1 == len(person.world.smtp.mails)


def test_an_account_that_closes_meanwhile_is_told(person: Person, screenshots: Path) -> None:
    """Invariant 5: the person would stand on an empty page, or be mailed a code that leads nowhere."""
    person.onboard(LAO, OFFICER, ADDRESS, NEW_PASSWORD)
    person.forget()
    person.verify()
    person.at(ACCOUNT)
    accounts = person.world.administrator.accounts
    account = accounts.find(LAO.username)
    assert account is not None
    accounts.suspend(account.id, by="demo", reason="test")
    mails = len(person.world.smtp.mails)  # the notice of it among them
    person.press(LAO.username)
    person.at(ACCOUNT)
    expect(person.page.get_by_role("alert")).to_be_visible()
    expect(person.page.get_by_role("button", name=LAO.username)).to_have_count(0)
    expect(person.page.get_by_role("main")).to_contain_text("ขณะนี้ท่านไม่มีบัญชีที่ตั้งรหัสผ่านใหม่ได้")
    person.picture("37_no_account_left")
    assert mails == len(person.world.smtp.mails)
    person.press("ยกเลิกและออก")
    person.at("ขั้นตอนนี้สิ้นสุดแล้ว")
