"""The single-page front end of examples/spa_portal, over the JSON interface, in a real browser."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, expect

from elaas_identity.demo.world import World
from elaas_identity.testing.citizens import COLLEAGUE, OFFICER
from tests.browser.person import (
    ACCOUNT,
    ADDRESS,
    CODE_PAGE,
    DONE,
    EMAIL,
    HOME,
    NEW_PASSWORD,
    PASSWORD,
    PHONE,
    VERIFY,
    Person,
    another_code,
)
from tests.browser.servers import asgi

pytestmark = pytest.mark.browser

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SIGN_IN = "เข้าสู่ระบบ"


def test_the_whole_walk_in_a_front_end_of_ones_own(
    chromium: Browser, screenshots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A developer would begin with a front end that loses its place, or whose refusals say nothing."""
    for folder in ("fastapi_portal", "spa_portal"):
        monkeypatch.syspath_prepend(str(EXAMPLES / folder))
    monkeypatch.delitem(sys.modules, "fastapi_facade", raising=False)  # it knows one origin

    def application(origin: str) -> Any:
        monkeypatch.setenv("PORTAL", origin)
        return import_module("spa_portal").app

    with asgi(application) as origin:
        facade: Any = import_module("fastapi_facade")
        facade.origin = origin
        with Person(chromium, cast("World", facade), screenshots, width=PHONE) as person:
            walk(person, origin, facade)


def walk(person: Person, origin: str, facade: Any) -> None:
    page = person.page
    alert = page.get_by_role("alert")

    def give(label: str, typed: str, button: str) -> None:
        page.get_by_label(label, exact=True).fill(typed)
        person.press(button)

    def sign_in(password: str) -> None:
        page.get_by_label("ชื่อผู้ใช้งาน").fill(facade.letter.username)
        page.get_by_label("รหัสผ่าน", exact=True).fill(password)
        page.get_by_role("button", name=SIGN_IN, exact=True).click()

    page.goto(origin)
    person.at(SIGN_IN)
    expect(alert).to_be_empty()
    sign_in("a guess, and a long one")
    expect(alert).not_to_be_empty()
    expect(page.get_by_label("ชื่อผู้ใช้งาน")).to_have_value(facade.letter.username)
    sign_in(facade.letter.password)
    person.at(VERIFY)
    page.reload()
    person.at(VERIFY)
    person.press("ไปยืนยันตัวตนผ่าน ThaID")
    person.press(COLLEAGUE.name)
    person.at(VERIFY)
    expect(alert).not_to_be_empty()
    person.press("ไปยืนยันตัวตนผ่าน ThaID")
    person.press(OFFICER.name)
    person.at(EMAIL)
    assert "code=" not in page.url
    expect(page.get_by_text(OFFICER.name)).to_be_visible()
    give("อีเมล", ADDRESS, "ส่งรหัส OTP")
    person.at(CODE_PAGE)
    give("รหัส OTP", another_code(facade.outbox.code), "ยืนยันรหัส")
    expect(alert).not_to_be_empty()
    expect(page.get_by_text("กรอกได้อีก 4 ครั้ง")).to_be_visible()
    give("รหัส OTP", facade.outbox.code, "ยืนยันรหัส")
    person.at(PASSWORD)
    page.get_by_label("แสดงรหัสผ่าน").check()
    give("รหัสผ่านใหม่", "short", "บันทึกรหัสผ่านใหม่")
    expect(alert).not_to_be_empty()
    give("รหัสผ่านใหม่", NEW_PASSWORD, "บันทึกรหัสผ่านใหม่")
    person.at(DONE)
    expect(alert).to_be_empty()
    page.get_by_role("link").click()
    sign_in(NEW_PASSWORD)
    person.at(HOME)
    page.reload()
    person.at(HOME)
    expect(page.get_by_text(OFFICER.name)).to_be_visible()
    assert 200 == page.request.get(f"{origin}/payments").status
    person.press("ออกจากระบบ")
    person.at(SIGN_IN)
    assert 401 == page.request.get(f"{origin}/payments").status
    page.go_back()
    person.at("ขั้นตอนนี้สิ้นสุดแล้ว")
    page.get_by_role("link").click()
    person.press("ลืมรหัสผ่าน")
    person.at(VERIFY)
    person.press("ไปยืนยันตัวตนผ่าน ThaID")
    person.press(OFFICER.name)
    person.at(ACCOUNT)  # a step that the front end leaves to the library's pages
    person.saw_no_complaint()
