"""The walk of an officer through a portal in each framework, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import Browser, expect

from elaas_identity.demo.world import World
from elaas_identity.testing.citizens import OFFICER
from tests.browser.frameworks import serving
from tests.browser.person import ADDRESS, DESK, HOME, LAO, NEW_PASSWORD, PHONE, Person

pytestmark = pytest.mark.browser

SIGN_IN, SIGN_OUT = "เข้าสู่ระบบ", "ออกจากระบบ"


@pytest.mark.parametrize(
    ("framework", "width", "scripts"),
    [("fastapi", DESK, True), ("flask", PHONE, True), ("django", DESK, False)],
)
def test_the_whole_walk_in_each_framework(
    chromium: Browser, screenshots: Path, framework: str, width: int, scripts: bool
) -> None:
    """R1.1, R6.6: cookies, redirects or a policy would fail in a browser; or the back button show who was there."""
    with (
        serving(framework) as portal,
        Person(
            chromium, cast("World", portal), screenshots, width=width, prefix="/identity", scripts=scripts
        ) as person,
    ):
        page = person.page
        page.goto(f"{portal.origin}/")
        person.at(SIGN_IN)
        person.onboard(LAO, OFFICER, ADDRESS, NEW_PASSWORD)
        page.goto(f"{portal.origin}/")
        person.at(SIGN_IN)
        person.type_credential(LAO.username, NEW_PASSWORD)
        person.at(HOME)
        assert f"{portal.origin}/" == page.url
        expect(page.get_by_text(OFFICER.name)).to_be_visible()
        page.get_by_role("link", name=SIGN_OUT).click()
        person.at(SIGN_OUT)
        person.press(SIGN_OUT)
        person.at(SIGN_IN)
        for _ in range(3):  # the page with the button, the officer's page, and the sign-in before it
            page.go_back()
            person.at(SIGN_IN)
            assert OFFICER.name not in page.content()
        person.saw_no_complaint()
