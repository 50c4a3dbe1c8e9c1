"""One language on a page: which one, how a person changes it, and that it stays."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from elaas_identity.errors import Refused
from elaas_identity.flow.steps import Step
from elaas_identity.flow.transitions import Purpose
from elaas_identity.web.exchange import WebRequest, WebResponse
from elaas_identity.web.language import COOKIE, accepted, reading_of
from tests.web.test_account_life_pages import NEW_STEPS, SESSION
from tests.web.test_markup import said
from tests.web.test_pages import (
    PAGES,
    RECOVERY_STEPS,
    STEPS,
    answered,
    asks,
    get,
    parsed,
    post,
    progress,
    refused,
)

THAI = re.compile("[\u0e00-\u0e7f]")
FROM_OUTSIDE = re.compile("เทศบาลตำบลสมมติ|นายสมมติ|ตัวอย่าง")
"""Names of the tests' people and agencies, which no page translates."""


def _shown(path: str, query: str = "", /, **headers: str) -> str:
    return answered(get(path, query, **headers)).body.decode()


def _link(page: str) -> str:
    """Where the link to the other language leads."""
    (link,) = re.findall(r'class="language" href="([^"]*)"', page)
    return unescape(link)


def _language(page: str) -> str:
    (language,) = re.findall('<html lang="(..)">', page)
    return str(language)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "th"),
        ("th", "th"),
        ("en", "en"),
        ("th-TH,th;q=0.9,en;q=0.8", "th"),
        ("en-US,en;q=0.9,th;q=0.8", "en"),
        ("en-US;q=0.2, th-TH;q=0.7", "th"),
        ("en;q=0.2;q=1, th;q=0.1", "th"),
        ("EN-gb ; Q=1.000 , th ; q=0.999", "en"),
        ("de-DE, fr;q=0.9", "th"),
        ("de-DE, en;q=0.1", "en"),
        ("*", "th"),
        ("en;q=0, *", "th"),
        ("th;q=0, *;q=0.5", "en"),
        ("th;q=0, en;q=0", "th"),
        ("th;q=nan, en;q=0.001", "en"),
        ("en;q=2, th;q=0.1", "th"),
        ("en;q=-1", "th"),
        ("english", "th"),
        ("en\x00", "th"),
        (",,, ;q=1,", "th"),
        ("en" * 5_000, "th"),
    ],
)
def test_the_browsers_wish_is_weighed(header: str, expected: str) -> None:
    """A person whose browser prefers one language would be shown the other, or a strange header would raise."""
    assert expected == accepted(header)


@pytest.mark.parametrize(
    ("query", "cookie", "header", "expected"),
    [
        ("", "", "", "th"),
        ("", "", "en", "en"),
        ("", "th", "en", "th"),
        ("lang=en", "th", "th", "en"),
        ("lang=fr", "en", "th", "en"),
        ("lang=EN", "", "", "th"),
        ("lang=en&lang=th", "", "", "en"),
        ("lang=", "en", "", "en"),
        ("lang=en%00", "", "", "th"),
        ("", "<b>", "", "th"),
    ],
)
def test_a_choice_comes_before_the_browsers_wish(query: str, cookie: str, header: str, expected: str) -> None:
    """Who chose a language would be shown another one; or a made-up one would be believed."""
    request = get("/sign-in", query, accept_language=header)
    request = replace(request, cookies={**request.cookies, COOKIE: cookie})
    assert expected == _language(answered(request).body.decode())
    assert expected == parsed(replace(request, path="/flow/f-1")).reading.language


EVERY_REQUEST: list[WebRequest] = [
    get("/sign-in"),
    get("/first-time"),
    get("/nowhere"),
    get("/account/password"),
    get("/problem/callback_unknown"),
    get("/flow/f-1"),
]


def _page(request: WebRequest) -> str:
    asked = PAGES.parse(request, session=SESSION)
    if not isinstance(asked, WebResponse):
        asked = PAGES.render(asked, progress(STEPS[0]))
    return asked.body.decode()


@pytest.mark.parametrize("request_", EVERY_REQUEST, ids=lambda request: request.path)
def test_a_link_leads_to_the_same_page_in_the_other_language(request_: WebRequest) -> None:
    """WCAG 3.1.1: somebody who reads no Thai could not go on; or the page would call itself what it is not."""
    thai = _page(request_)
    assert "?lang=en" == _link(thai)
    english = _page(replace(request_, query=_link(thai)[1:]))
    assert ("th", "en") == (_language(thai), _language(english))
    assert "?lang=th" == _link(english)
    assert said(thai) == said(_page(replace(request_, query=_link(english)[1:])))


@pytest.mark.parametrize(
    ("step", "purpose"),
    [
        *((step, None) for step in (*STEPS, *RECOVERY_STEPS)),
        *((step, purpose) for step, purpose in NEW_STEPS),
    ],
    ids=str,
)
def test_a_page_is_in_one_language(step: Step, purpose: Purpose | None) -> None:
    """An English page would say a part in Thai: the other half of the texts would push the act off the screen."""
    stands = progress(step, ("cancel", "submit_email"))
    if purpose is not None:
        stands = replace(stands, purpose=purpose)
    page = PAGES.render(parsed(get("/flow/f-1", "lang=en")), stands).body.decode()
    said = FROM_OUTSIDE.sub("", page.replace('hreflang="th">ไทย<', ""))
    assert [] == THAI.findall(said)


@pytest.mark.parametrize("request_", EVERY_REQUEST[:5], ids=lambda request: request.path)
def test_an_english_page_without_a_flow_is_in_one_language(request_: WebRequest) -> None:
    """An English page would say a part in Thai."""
    page = _page(replace(request_, query="lang=en"))
    assert [] == THAI.findall(page.replace('hreflang="th">ไทย<', ""))


def test_what_was_refused_is_still_said_in_the_other_language() -> None:
    """Who changes the language to understand what went wrong would be told nothing any more."""
    to = refused(asks("begin", username="lao", password="p"), Refused("credential_wrong")).header("location")
    path, _, query = (to or "").partition("?")
    thai = _shown(path, query)
    english = _shown(path, _link(thai)[1:])
    assert "ชื่อผู้ใช้งานหรือรหัสผ่านไม่ถูกต้อง" in thai
    assert "The username or password is not right." in english
    assert 'value="lao"' in english
    named = _page(get("/flow/f-1", "problem=identity_denied&lang=en"))
    assert "ThaID did not confirm the verification." in named


def test_the_choice_is_kept_and_nothing_else_changes() -> None:
    """R6.1, R6.2: the next page would be in the old language; a link would act; or a script could read the choice."""
    answer = answered(get("/sign-in", "lang=en"))
    cookies = [value for name, value in answer.headers if name == "set-cookie"]
    assert [f"{COOKIE}=en; Path=/; Max-Age=31536000; Secure; HttpOnly; SameSite=Lax"] == cookies
    assert answered(get("/sign-in")).header("set-cookie") is None
    assert answered(get("/sign-in", "lang=fr")).header("set-cookie") is None
    new = answered(replace(get("/sign-in", "lang=en"), cookies={}))
    assert [PAGES.cookie.name, COOKIE] == sorted(
        value.partition("=")[0] for name, value in new.headers if name == "set-cookie"
    )


def test_a_link_carries_nothing_that_leads_elsewhere() -> None:
    """R6.3: a query could break out of the link, or make it lead to another page."""
    page = _shown("/sign-in", "lang=en&x=%22%3E%3Cb%3E&//evil.example&lang=th&%6cang=fr&y=%0d%0aset-cookie:a")
    assert "<b>" not in page
    assert re.fullmatch(r"\?lang=th&[A-Za-z0-9%=&._+-]*", _link(page))
    assert 1 == _link(page).count("lang=")


def test_what_answers_a_form_has_no_link_that_loses_it() -> None:
    """The recovery codes are shown once: following a link from there would lose them."""
    assert reading_of(post("/flow/f-1/authenticator")).other is None
    assert 'class="language"' not in answered(post("/sign-in", sec_fetch_site="cross-site")).body.decode()
