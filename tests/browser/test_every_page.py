"""Every page at the widths of a phone and a desk, in both languages: nothing sticks out, and axe finds no fault."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Route

from elaas_identity.errors import MisconfiguredCode, ProviderFailedCode, RefusedCode
from elaas_identity.messages import Language, say
from elaas_identity.web.exchange import WebRequest
from tests.browser.every_page import ORIGIN, PAGES, STATES, drawn
from tests.messages.test_messages import WORDINGS

pytestmark = pytest.mark.browser

NARROW, PHONE, DESK = 320, 360, 1280
"""CSS pixels. 320 is also what 1280 pixels are at 400 % (WCAG 2.2, 1.4.10)."""

READ_FIRST = {"enrol_authenticator", "authenticator_enrolled", "await_approval"}
"""Pages that are to be read, scanned or kept before there is anything to press."""

AXE = Axe()
WCAG_22_AA: dict[str, Any] = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "rules": {"target-size": {"enabled": True}},  # 2.5.8, which axe leaves off by itself
    "resultTypes": ["violations"],
}

FIRST_CONTROL = """async () => {
  // A browser gives `autofocus` the focus as it draws, which may be after the page has been loaded.
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  const first = document.querySelector('main :is(input:not([type=hidden]):not(.unseen), button, a.button)');
  const place = first.getBoundingClientRect();
  return {top: place.top, bottom: place.bottom, focus: document.activeElement.id,
          alert: document.querySelector('#problem a:not([href="#help"])')?.getAttribute('href') ?? null};
}"""
SIDEWAYS = "() => document.documentElement.scrollWidth - innerWidth"
TEXTS_THAT_STICK_OUT = """(texts) => texts.filter((text) => {
  for (const place of document.querySelectorAll('#problem p:first-of-type, .what-is-wrong')) place.textContent = text;
  return document.documentElement.scrollWidth > innerWidth;
})"""

TEXTS_CUT_WITHIN_A_WORD = """(texts) => texts.filter((text) => {
  const words = [...new Intl.Segmenter('th', {granularity: 'word'}).segment(text)];
  const cuts = new Set(words.map((word) => word.index));
  return [...text.matchAll(/กรอก|กลับ|เตรียม|ข้อความ/g)].some(({0: word, index}) =>
    [...word].some((_, at) => at > 0 && cuts.has(index + at)));
})"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A tab for which the pages are drawn as it asks for them; nothing goes over a network."""
    context = chromium.new_context(viewport={"width": PHONE, "height": 640})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: _told(message, complaints))
    page.route("**/*", _answer)
    yield page
    context.close()
    assert [] == complaints


def _told(message: ConsoleMessage, complaints: list[str]) -> None:
    # Chromium calls a page that answers 4xx an error; a violated policy or a missing file is one.
    if message.type in ("error", "warning") and "responded with a status of 40" not in message.text:
        complaints.append(message.text)


def _answer(route: Route) -> None:
    path = urlsplit(route.request.url).path
    if path.startswith("/state/"):
        _, _, name, language = path.split("/")
        answer = drawn(STATES[name], "th" if language == "th" else "en")
    else:
        parsed = PAGES.parse(WebRequest(method="GET", path=path))
        assert not hasattr(parsed, "act")
        answer = parsed
    headers = {name: value for name, value in answer.headers if name != "set-cookie"}
    route.fulfill(status=answer.status, headers=headers, body=answer.body)


def _sideways(page: Page, width: int, *, text: int = 100) -> int:
    """By how many pixels the page is wider than its window, at that size of text in percent."""
    page.set_viewport_size({"width": width, "height": 640})
    page.evaluate("(size) => { document.documentElement.style.fontSize = size }", f"{text}%")
    return int(page.evaluate(SIDEWAYS))


@pytest.mark.parametrize("language", get_args(Language))
def test_every_page_fits_and_shows_its_act(page: Page, language: Language) -> None:
    """WCAG 2.2 AA: a clerk would scroll sideways; or not see what to do, least of all after an error; or not read it.

    One language is looked at in the light, the other in the dark.
    """
    page.emulate_media(color_scheme="dark" if language == "en" else "light")
    hidden, wide, lost, violations = [], [], [], []
    for name, (_, _, code, field) in STATES.items():
        page.set_viewport_size({"width": PHONE, "height": 640})
        page.goto(f"{ORIGIN}/state/{name}/{language}")
        seen: dict[str, Any] = page.evaluate(FIRST_CONTROL)
        if name not in READ_FIRST and not (0 <= seen["top"] and seen["bottom"] <= 640):
            hidden.append((name, round(seen["bottom"])))
        if code and (seen["focus"], seen["alert"]) != ((field, f"#{field}") if field else ("problem", None)):
            lost.append((name, seen["focus"], seen["alert"]))
        found = AXE.run(page, options=WCAG_22_AA).response["violations"]
        violations += [(name, each["id"], [node["html"] for node in each["nodes"]]) for each in found]
        for width, text in ((NARROW, 100), (DESK, 100), (PHONE, 200)):
            if _sideways(page, width, text=text) > 0:
                wide.append((name, width, text))
    assert ([], [], [], []) == (hidden, wide, lost, violations)


def test_letters_twice_as_large_leave_the_head_readable(page: Page) -> None:
    """WCAG 2.2, 1.4.4: the name of the portal would stand one letter a line, and push the page off the screen."""
    page.goto(f"{ORIGIN}/state/sign_in/th")
    assert _sideways(page, NARROW, text=200) <= 0
    assert page.locator("header").bounding_box()["height"] < 320  # type: ignore[index]


def test_no_line_of_thai_breaks_within_a_word(page: Page) -> None:
    """R8.1: browsers find the words by a dictionary, and took `แล้วกรอก` for `แล้วก` and `รอก`."""
    page.goto(f"{ORIGIN}/state/sign_in/th")
    assert ["แล้วกรอก"] == page.evaluate(TEXTS_CUT_WITHIN_A_WORD, ["แล้วกรอก"])
    assert [] == page.evaluate(TEXTS_CUT_WITHIN_A_WORD, list(WORDINGS["th"].values()))


@pytest.mark.parametrize("language", get_args(Language))
def test_no_text_of_a_problem_sticks_out(page: Page, language: Language) -> None:
    """WCAG 2.2, 1.4.10: an address, a code or a long Latin word would push the page sideways on a phone."""
    codes = [code for each in (RefusedCode, ProviderFailedCode, MisconfiguredCode) for code in get_args(each)]
    texts = [say(f"error.{code}", seconds=90_000).text(language) for code in codes]
    page.goto(f"{ORIGIN}/state/provide_email_invalid/{language}")
    page.set_viewport_size({"width": NARROW, "height": 640})
    assert [] == page.evaluate(
        TEXTS_THAT_STICK_OUT, [*texts, "x" * 200, f"{'a' * 64}@{'b' * 63}.example.go.th"]
    )
