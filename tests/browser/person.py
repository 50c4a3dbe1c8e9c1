"""Somebody in front of a real browser, and what they do there."""

from __future__ import annotations

import re
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, expect

from elaas_identity.demo.expecting import code_in
from elaas_identity.demo.issued import ISSUED, Issued
from elaas_identity.demo.world import World
from elaas_identity.testing.citizens import OFFICER, Citizen

VERIFY, ACCOUNT, EMAIL, CODE_PAGE, PASSWORD, DONE, HOME = (
    "ยืนยันตัวตนผ่าน ThaID",
    "เลือกบัญชีที่จะตั้งรหัสผ่านใหม่",
    "ระบุอีเมลของท่าน",
    "กรอกรหัสผ่านชั่วคราว (OTP)",
    "ตั้งรหัสผ่านใหม่",
    "ตั้งรหัสผ่านใหม่เรียบร้อยแล้ว",
    "ท่านเข้าสู่ระบบแล้ว",
)
PHONE, DESK, HEIGHT = 390, 1280, 844
ADDRESS = "clerk@example.go.th"
NEW_PASSWORD = "ทะเล ภูเขา walks 7 steps"
LAO, PLO, SUB = ISSUED


class Person:
    """One browser with its own cookies. `page` is the tab that is looked at."""

    def __init__(
        self,
        chromium: Browser,
        world: World,
        screenshots: Path,
        *,
        width: int,
        prefix: str = "",
        scripts: bool = True,
    ) -> None:
        self.world = world
        self.context = chromium.new_context(
            viewport={"width": width, "height": HEIGHT}, locale="th-TH", java_script_enabled=scripts
        )
        self.context.set_default_timeout(15_000)
        self._complaints: list[str] = []
        self.context.on("console", self._heard)
        self.context.on("weberror", lambda error: self._complaints.append(str(error.error)))
        self.page = self.context.new_page()
        self._screenshots = screenshots
        self._width = width
        self._sign_in = f"{world.origin}{prefix}/sign-in"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.context.close()

    def _heard(self, message: ConsoleMessage) -> None:
        # Chromium calls a page that answers 4xx an error; a violated policy or a missing file is one.
        refused = re.search(r"status of (401|403|404|422|429)", message.text)
        asset = urlsplit(message.location.get("url", "")).path.startswith(("/static/", "/favicon"))
        if message.type in ("error", "warning") and (asset or not refused):
            self._complaints.append(message.text)

    def saw_no_complaint(self) -> None:
        """Chromium had nothing to say: no violated policy, no missing file."""
        assert [] == self._complaints

    def walk_back(self) -> None:
        """Each page that the back button leads to is one: Chromium does not ask to send a form again."""
        walked = 0
        while self.page.go_back(wait_until="commit"):  # raises ERR_CACHE_MISS at the answer to a form
            walked += 1
            expect(self.page.locator("h1")).not_to_be_empty()
        assert walked

    def picture(self, name: str) -> None:
        """Keep the page at both widths, and look that nothing sticks out at its side."""
        for width in sorted((PHONE, DESK), key=lambda width: width == self._width):
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            self.page.screenshot(path=self._screenshots / f"{name}_{width}.png", full_page=True)
            assert self.page.evaluate("document.documentElement.scrollWidth") <= width

    def at(self, heading: str) -> None:
        """The page shown has this heading."""
        expect(self.page.locator("h1")).to_have_text(heading)

    def sign_in(self, issued: Issued = LAO, password: str | None = None) -> None:
        self.page.goto(self._sign_in)
        self.type_credential(issued.username, password or issued.password)

    def type_credential(self, username: str, password: str) -> None:
        self.page.get_by_label("ชื่อผู้ใช้งาน").fill(username)
        self.page.locator("#password").fill(password)
        self.page.get_by_role("button", name="เข้าสู่ระบบ", exact=True).click()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()

    def forget(self) -> None:
        self.page.goto(self._sign_in)
        self.press("ลืมรหัสผ่าน")
        self.at(VERIFY)

    def go_to_thaid(self) -> None:
        self.press("ไปยืนยันตัวตนผ่าน ThaID")
        assert self.page.url.startswith(self.world.identity_provider_url)

    def verify(self, citizen: Citizen = OFFICER) -> None:
        self.go_to_thaid()
        self.press(citizen.name)

    def give_email(self, address: str = ADDRESS) -> None:
        self.page.get_by_role("textbox", name="อีเมล").fill(address)
        self.press("ส่งรหัส OTP")

    def mailed_code(self, place: int = -1) -> str:
        """The code in a mail: the latest, unless told otherwise."""
        return code_in(self.world.smtp.mails[place])

    def give_code(self, code: str) -> None:
        self.page.locator("#one_time_code").fill(code)
        self.press("ยืนยันรหัส")

    def give_password(self, password: str = NEW_PASSWORD, again: str | None = None) -> None:
        self.page.locator("#new_password").fill(password)
        self.page.locator("#new_password_again").fill(password if again is None else again)
        self.press("บันทึกรหัสผ่านใหม่")

    def reach_email(self) -> None:
        self.sign_in()
        self.verify()
        self.at(EMAIL)

    def reach_code(self) -> None:
        self.reach_email()
        self.give_email()
        self.at(CODE_PAGE)

    def reach_password(self) -> None:
        self.reach_code()
        self.give_code(self.mailed_code())
        self.at(PASSWORD)

    def onboard(self, issued: Issued, citizen: Citizen, address: str, password: str) -> None:
        self.sign_in(issued)
        self.verify(citizen)
        self.give_email(address)
        self.give_code(self.code_for(address))
        self.give_password(password)
        self.at(DONE)

    def code_for(self, address: str) -> str:
        """The code that was mailed to this address last."""
        assert (address,) == self.world.smtp.mails[-1].recipients
        return self.mailed_code()


def another_code(code: str) -> str:
    """A code that is not this one."""
    return ("1" if code[0] != "1" else "2") + code[1:]
