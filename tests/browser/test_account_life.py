"""What comes after onboarding in a real browser, at a telephone's width and at a desk's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import Browser, expect
from pyotp import TOTP

from elaas_identity import AccountKind, FirstUse
from elaas_identity.demo.world import World
from elaas_identity.flow.policy import FOR_TESTS, SignInPolicy
from tests.browser.person import (
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
    another_code,
)
from tests.browser.small_portal import SmallPortal, serving
from tests.facade.portal import CHOSEN, ISSUED, OFFICER, USERNAME

pytestmark = pytest.mark.browser

ENROL, ENROLLED, APP_CODE, CREDENTIAL, APPROVAL, NEW_EMAIL, EMAIL_CHANGED = (
    "ลงทะเบียนแอป Authenticator",
    "ลงทะเบียนแอป Authenticator เรียบร้อยแล้ว",
    "กรอกรหัสจากแอป Authenticator",
    "กรอกชื่อผู้ใช้งานและรหัสผ่าน",
    "รอผู้ดูแลระบบอนุมัติ",
    "ระบุอีเมลใหม่ของท่าน",
    "เปลี่ยนอีเมลเรียบร้อยแล้ว",
)
OPEN_BY_THAID = "laas-5100103"


class Visitor(Person):
    """Somebody at the small portal."""

    portal: SmallPortal

    def come(self, password: str = CHOSEN, username: str = USERNAME) -> None:
        self.sign_in(replace(LAO, username=username), password)

    def prove(self) -> None:
        self.press("ไปยืนยันตัวตนผ่าน ThaID")

    def app_code(self, secret: str) -> str:
        return TOTP(secret).at(self.portal.test.clock())

    def enter(self, code: str, button: str) -> None:
        self.page.locator("#authenticator_code").fill(code)
        self.press(button)

    def refused(self) -> None:
        expect(self.page.get_by_role("alert")).to_be_visible()


@contextmanager
def visiting(chromium: Browser, screenshots: Path, policy: SignInPolicy) -> Iterator[Visitor]:
    """A visitor of a portal where one kind of account opens by ThaID alone."""
    rules = replace(
        FOR_TESTS,
        sign_in=policy,
        sign_in_by_kind={AccountKind.PROVINCIAL_OFFICE: SignInPolicy.THAID},
        mail_cool_down=timedelta(microseconds=1),
    )
    with (
        serving(rules) as portal,
        # What a person does is the same at either portal; only the way in differs.
        Visitor(chromium, cast("World", portal), screenshots, width=PHONE) as visitor,
    ):
        visitor.portal = portal
        yield visitor
        visitor.saw_no_complaint()


def test_an_app_is_enrolled_and_then_asked_for(chromium: Browser, screenshots: Path) -> None:
    """A clerk could not scan or type the key; or a sheet of codes would not fit, or open nothing."""
    with visiting(chromium, screenshots, SignInPolicy.PASSWORD_AND_TOTP) as visitor:
        page, portal = visitor.page, visitor.portal
        portal.test.provision()
        portal.test.onboarded()
        visitor.come()
        visitor.at(VERIFY)
        visitor.picture("40_authenticator_verify")
        visitor.prove()
        visitor.at(ENROL)
        visitor.picture("41_enrol_authenticator")
        box = page.locator("svg.qr").bounding_box()
        assert box is not None
        assert box["width"] == box["height"] >= 200
        secret = page.locator(".key").inner_text().replace(" ", "").replace("\n", "")
        assert 32 == len(secret)
        visitor.enter(another_code(visitor.app_code(secret)), "ลงทะเบียนแอปนี้")
        visitor.refused()
        visitor.picture("42_enrol_authenticator_wrong")
        visitor.enter(visitor.app_code(secret), "ลงทะเบียนแอปนี้")
        visitor.at(ENROLLED)
        visitor.picture("43_recovery_codes")
        codes = page.locator(".codes .code").all_inner_texts()
        assert page.locator(".codes").evaluate("list => list.scrollWidth <= list.clientWidth")
        assert 10 == len(set(codes))
        page.emulate_media(media="print")
        visitor.picture("44_recovery_codes_printed")
        printed = page.locator("main").inner_text()
        year = str(portal.test.clock().year + 543)
        assert all(word in printed for word in ("ระบบทดสอบ e-LAAS", OFFICER.name, USERNAME, year, *codes))
        assert "ขีดฆ่ารหัสที่ใช้แล้ว" in printed
        assert ENROLLED not in printed
        page.emulate_media(media="screen")
        expect(page.get_by_role("button", name="พิมพ์รหัสสำรอง")).to_be_visible()
        assert not any(word in page.url for word in (secret, *codes))
        page.reload()
        visitor.at(ENROLLED)
        expect(page.locator(".code")).to_have_count(0)
        visitor.picture("45_authenticator_completed")

        portal.test.clock.shift(minutes=2)
        visitor.come()
        visitor.at(APP_CODE)
        visitor.picture("46_enter_authenticator_code")
        visitor.enter(another_code(visitor.app_code(secret)), "ยืนยันรหัส")
        visitor.refused()
        visitor.picture("47_enter_authenticator_code_wrong")
        visitor.enter(visitor.app_code(secret), "ยืนยันรหัส")
        visitor.at(HOME)
        visitor.come()
        visitor.at(APP_CODE)
        visitor.enter(codes[3].upper(), "ยืนยันรหัส")
        visitor.at(HOME)
        visitor.walk_back()


def test_who_is_kept_out_by_a_guesser_begins_with_thaid(chromium: Browser, screenshots: Path) -> None:
    """R4.1: the victim would not find the way in, or be told to wait there too; ThaID alone would open nothing."""
    with visiting(chromium, screenshots, SignInPolicy.PASSWORD) as visitor:
        portal = visitor.portal
        portal.test.provision()
        portal.test.onboarded()
        for _ in range(6):
            visitor.come("a guess that is long enough")
        visitor.refused()
        visitor.picture("50_sign_in_throttled")
        visitor.press("เข้าสู่ระบบด้วย ThaID ก่อน")
        visitor.at(VERIFY)
        visitor.picture("51_identity_first_verify")
        visitor.prove()
        visitor.at(CREDENTIAL)
        visitor.picture("52_provide_credential")
        visitor.page.locator("#username").fill(USERNAME)
        visitor.page.locator("#password").fill("another guess, of my own")
        visitor.press("เข้าสู่ระบบ")
        visitor.at(CREDENTIAL)
        visitor.refused()
        expect(visitor.page.locator("#username")).to_have_value(USERNAME)
        visitor.picture("53_provide_credential_wrong")
        visitor.page.locator("#password").fill(CHOSEN)
        visitor.press("เข้าสู่ระบบ")
        visitor.at(HOME)

        portal.test.provision(OPEN_BY_THAID, kind=AccountKind.PROVINCIAL_OFFICE)
        visitor.come(ISSUED, OPEN_BY_THAID)
        visitor.prove()
        visitor.give_email("officer@example.go.th")
        visitor.give_code(portal.test.code())
        visitor.give_password()
        visitor.at(DONE)
        visitor.page.goto(f"{portal.origin}/sign-in")
        visitor.press("เข้าสู่ระบบด้วย ThaID ก่อน")
        visitor.prove()
        visitor.at(CREDENTIAL)
        visitor.picture("54_opens_now")
        visitor.press(OPEN_BY_THAID)
        visitor.at(HOME)


def test_a_first_use_awaits_its_approval(chromium: Browser, screenshots: Path) -> None:
    """R1.3: the person would not know that they wait, for whom, or until when."""
    with visiting(chromium, screenshots, SignInPolicy.PASSWORD_AND_THAID) as visitor:
        test = visitor.portal.test
        account_id = test.provision(person=FirstUse(needs_approval=True), contact="office@example.go.th")
        visitor.come(ISSUED)
        visitor.prove()
        visitor.at(EMAIL)
        visitor.give_email()
        visitor.at(CODE_PAGE)
        visitor.give_code(test.code())
        visitor.at(PASSWORD)
        visitor.give_password()
        visitor.at(APPROVAL)
        visitor.picture("60_await_approval")
        visitor.page.get_by_role("link", name="ตรวจสอบผลอีกครั้ง").click()
        visitor.at(APPROVAL)
        (awaited,) = test.elaas.accounts.awaiting_approval(account_id)
        test.elaas.accounts.approve(account_id, awaited.flow_id, by="admin-1", reason="test")
        visitor.page.get_by_role("link", name="ตรวจสอบผลอีกครั้ง").click()
        visitor.at(DONE)
        visitor.come(NEW_PASSWORD)
        visitor.at(VERIFY)
        visitor.picture("61_sign_in_verify")
        visitor.prove()
        visitor.at(HOME)
        visitor.walk_back()


def test_who_is_signed_in_changes_address_and_password_and_pays(chromium: Browser, screenshots: Path) -> None:
    """A change or a payment could not be made by hand, or would end on a page that leads nowhere."""
    with visiting(chromium, screenshots, SignInPolicy.PASSWORD) as visitor:
        page, portal = visitor.page, visitor.portal
        portal.test.provision()
        portal.test.onboarded()
        page.goto(f"{portal.origin}/account/password")
        visitor.at("เข้าสู่ระบบ")
        visitor.come()
        visitor.at(HOME)
        visitor.press("เปลี่ยนอีเมล")
        visitor.at(VERIFY)
        visitor.picture("70_email_change_verify")
        visitor.prove()
        visitor.at(NEW_EMAIL)
        visitor.picture("71_email_change_email")
        visitor.give_email("new.address@example.go.th")
        visitor.at(CODE_PAGE)
        visitor.picture("72_email_change_code")
        visitor.give_code(portal.test.code())
        visitor.at(EMAIL_CHANGED)
        visitor.picture("73_email_changed")
        page.get_by_role("link", name="กลับไปที่ระบบ").click()
        visitor.at(HOME)

        visitor.press("จ่ายเงิน")
        visitor.at(VERIFY)
        visitor.picture("74_step_up_verify")
        began = page.url
        visitor.prove()
        visitor.at("จ่าย 100 บาท")
        assert "/step-up?flow=" in page.url
        page.goto(began)
        visitor.at("จ่าย 100 บาท")
        visitor.press("ยืนยัน")
        visitor.at("จ่ายแล้ว")
        page.goto(began)
        visitor.at("ยืนยันรายการเรียบร้อยแล้ว")
        visitor.picture("75_step_up_completed")
        page.get_by_role("link", name="กลับไปที่ระบบ").click()
        visitor.at(HOME)
        visitor.press("จ่ายเงิน")
        visitor.press("ยกเลิกและออก")
        visitor.at("ขั้นตอนนี้สิ้นสุดแล้ว")
        visitor.picture("76_step_up_cancelled")

        page.goto(f"{portal.origin}/account/password")
        visitor.at("เปลี่ยนรหัสผ่าน")
        visitor.picture("77_change_password")
        page.locator("#current_password").fill("not the one of today")
        visitor.press("ดำเนินการต่อ")
        visitor.refused()
        visitor.picture("78_change_password_wrong")
        page.locator("#current_password").fill(CHOSEN)
        visitor.press("ดำเนินการต่อ")
        visitor.at(PASSWORD)
        visitor.picture("79_set_password")
        visitor.give_password()
        visitor.at(DONE)
        # Their own session goes on; an administrator's act ends it.
        page.goto(f"{portal.origin}/")
        visitor.at(HOME)
        account_id = portal.test.elaas.accounts.find(USERNAME).id
        portal.test.elaas.accounts.unlock(account_id, by="admin-1", reason="call")
        visitor.press("เปลี่ยนอีเมล")
        visitor.at("เข้าสู่ระบบ")
        visitor.picture("80_sign_in_outdated")
        visitor.walk_back()
