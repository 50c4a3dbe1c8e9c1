"""What a portal puts in place of the library's own: whom to ask, logo, style, texts; and the colours that are ours."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from elaas_identity.errors import Misconfigured, ProviderFailed, Refused
from elaas_identity.messages import Message
from elaas_identity.messages.help import Help
from elaas_identity.web.drawing import Drawing
from elaas_identity.web.site import Site
from tests.web.test_pages import HELP, STEPS, answered, asks, get, led_to, progress, shown

NAME = Message("พอร์ทัล", "Portal")
STYLE = (files("elaas_identity.web") / "static" / "elaas.css").read_text()


def _drawn(site: Site, template: str = "problem.html") -> str:
    return Drawing(site, prefix="", form_targets=()).page(template).body.decode()


@pytest.mark.parametrize(
    ("telephone", "expected"),
    [
        ("02-241-9000", "tel:022419000"),
        ("02 241 9000 ต่อ 1234", "tel:022419000"),
        ("+66 (2) 241 9000", "tel:+6622419000"),
        ("ต่อ 1234", ""),
        ("", ""),
        ('"><b>', ""),
    ],
)
def test_a_number_can_be_called(telephone: str, expected: str) -> None:
    """A tap would call the extension as if it were part of the number, or something that is no number."""
    assert expected == Help(office=NAME, telephone=telephone).call


def test_whom_to_ask_stands_on_every_page() -> None:
    """A clerk who is told to ask the administrator would not know whom, where and when."""
    for page in (answered(get("/nowhere")).body.decode(), shown(STEPS[0])):
        for said in (HELP.office.th, HELP.telephone, HELP.hours.th if HELP.hours else ""):
            assert said in page.partition('id="help"')[2]


@pytest.mark.parametrize(("code", "expected"), [("credential_wrong", True), ("password_outdated", False)])
def test_a_text_that_names_the_administrator_leads_there(code: str, expected: bool) -> None:
    """The way to the office would be looked for; or a link would stand where nobody is named."""
    page = led_to(asks("begin", username="u", password="p"), Refused(code))  # type: ignore[arg-type]
    assert expected == ('<a href="#help">' in page)


def test_a_wrong_credential_comes_with_what_to_check_at_the_keyboard() -> None:
    """Most wrong passwords are the wrong keyboard: the clerk would try again until the account is locked."""
    page = led_to(asks("begin", username="u", password="p"), Refused("credential_wrong"))
    assert all(word in page for word in ("แป้นพิมพ์", "Caps Lock", "ขีด (-)"))
    assert "แป้นพิมพ์" not in led_to(asks("begin", username="u", password="p"), Refused("password_outdated"))


def test_while_thaid_is_down_the_page_says_what_still_works() -> None:
    """R5.6: everybody would wait, also who can sign in without ThaID."""
    stands = progress(STEPS[0])
    error = ProviderFailed("identity_provider_unavailable", progress=stands)
    page = led_to(asks("authorize", "f-1"), error)
    assert "ระหว่างนี้ท่านยังเข้าสู่ระบบด้วยชื่อผู้ใช้งานและรหัสผ่านได้" in page
    assert "ต้องรอจนกว่า ThaID จะใช้งานได้" in page


def test_a_portals_own_logo_style_and_texts_stand_in_place_of_ours() -> None:
    """A portal could not look like itself, or speak in its own words."""
    site = Site(
        name=NAME,
        logo="/static/logo.png",
        style="/static/portal.css?v=2",
        texts={
            "page.problem.title": Message("ทำไม่สำเร็จ", "No luck"),
            "page.steps.position": Message("{current}/{total}", "{current}/{total}"),
        },
    )
    page = _drawn(site)
    assert '<img src="/static/logo.png"' in page
    assert '<link rel="stylesheet" href="/static/portal.css?v=2">' in page
    assert page.index("elaas.css") < page.index("portal.css")
    assert "<h1>ทำไม่สำเร็จ</h1>" in page
    assert Message("2/5", "2/5") == site.say("page.steps.position", current=2, total=5, name="x")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "logo.png",
        "//evil.example/x",
        "/\\evil.example",
        "https://evil.example/x",
        "/a b",
        "/a\n",
        "data:,",
    ],
)
@pytest.mark.parametrize("setting", ["logo", "style"])
def test_a_path_leads_to_this_origin(setting: str, path: str) -> None:
    """R7.2: the pages would fetch from another server; the policy forbids it, and the picture would be missing."""
    with pytest.raises(Misconfigured):
        Site(name=NAME, **{setting: path})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("message_id", "text"),
    [
        ("page.no_such", "x"),
        ("mail.greeting", "x"),
        ("", "x"),
        ("page.steps.position", "{current} {else_}"),
        ("page.steps.position", "{current.__class__}"),
        ("page.steps.position", "{current"),
        ("page.skip", "{}"),
    ],
)
def test_a_text_that_no_page_could_show_is_refused_at_once(message_id: str, text: str) -> None:
    """The mistake would come to light when a person is shown that page, as a failure."""
    for own in (Message(text, "x"), Message("x", text)):
        with pytest.raises(Misconfigured):
            Site(name=NAME, texts={message_id: own})


def _colours(block: str) -> dict[str, tuple[float, float, float]]:
    found = re.findall(r"--elaas-([a-z-]+): (#[0-9a-f]{3,6})\b", block)
    whole = {
        name: value if len(value) == 7 else "#" + "".join(2 * each for each in value[1:])
        for name, value in found
    }
    return {
        name: (int(value[1:3], 16) / 255, int(value[3:5], 16) / 255, int(value[5:7], 16) / 255)
        for name, value in whole.items()
    }


def _luminance(colour: tuple[float, float, float]) -> float:
    parts = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


_LIGHT, _, _REST = STYLE.partition("@media screen and (prefers-color-scheme: dark)")
_DARK = _REST.partition("* { box-sizing")[0]


@pytest.mark.parametrize("block", [_LIGHT, _DARK], ids=["light", "dark"])
def test_colours_can_be_told_apart(block: str) -> None:
    """WCAG 2.2, 1.4.3 and 1.4.11: text, or the edge of a field, could not be read, in the dark above all."""
    colour = _colours(block)
    grounds = ("paper", "ground", "bad-ground", "warn-ground", "good-ground")
    text = [(ink, ground) for ink in ("ink", "link", "quiet") for ground in ("paper", "ground")]
    text += [("ink", ground) for ground in (*grounds, "focus")]
    text += [("bad", "paper"), ("bad", "bad-ground"), ("paper", "bad"), ("paper", "good")]
    text += [("brand-ink", "brand"), ("accent-ink", "accent"), ("act-ink", "act"), ("act-ink", "act-hover")]
    edges = [("edge", "paper"), ("act", "paper"), ("warn", "warn-ground"), ("good", "good-ground")]
    assert [] == [pair for pair in text if _contrast(colour[pair[0]], colour[pair[1]]) < 4.5]
    assert [] == [pair for pair in edges if _contrast(colour[pair[0]], colour[pair[1]]) < 3]


def test_every_colour_is_a_variable_of_both_sets() -> None:
    """A colour set in one place alone would stay as it is in the dark, or whatever the portal chooses."""
    assert set(_colours(_LIGHT)) == set(_colours(_DARK))
    used = set(re.findall(r"var\(--elaas-([a-z-]+)\)", STYLE))
    assert used <= {*_colours(_LIGHT), "font", "mono", "radius"}
    written = re.findall(r"#[0-9a-f]{3,6}\b", _REST.replace(_DARK, ""))
    assert {"#fff"} >= set(written)  # paper to print on, a QR code's ground, a mail's
