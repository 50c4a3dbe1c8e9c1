"""The pages' markup: what a keyboard, a screen reader and a password manager find."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from elaas_identity.flow.transitions import Purpose
from elaas_identity.messages import say
from elaas_identity.web.exchange import WebResponse
from tests.web.test_account_life_pages import NEW_STEPS, SESSION
from tests.web.test_pages import PAGES, RECOVERY_STEPS, SHOW, STEPS, get, progress, shown


class Markup(HTMLParser):
    """Every start tag with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def of(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag in tags]


def said(page: str) -> str:
    """What a page says: each page that is shown has a name of its own."""
    return re.sub(r'name="seen" value="[^"]+"', "", page)


def _body(answer: object) -> str:
    assert isinstance(answer, WebResponse)
    return answer.body.decode()


SHOWN = {
    "sign_in": _body(PAGES.parse(get("/sign-in"))),
    "first_time": _body(PAGES.parse(get("/first-time"))),
    "not_found": _body(PAGES.parse(get("/nowhere"))),
    **{getattr(step, "reason", step.kind): _body(PAGES.render(SHOW, progress(step))) for step in STEPS},
    **{f"recovery_{step.kind}": shown(step, Purpose.RECOVERY) for step in RECOVERY_STEPS},
    **{f"{purpose}_{step.kind}": shown(step, purpose) for step, purpose in NEW_STEPS},
    "change_password": _body(PAGES.parse(get("/account/password"), session=SESSION)),
}
EVERY_PAGE = pytest.mark.parametrize("markup", [Markup(page) for page in SHOWN.values()], ids=list(SHOWN))


@EVERY_PAGE
def test_every_input_has_its_label_and_every_id_is_one(markup: Markup) -> None:
    """A screen reader would call an input nameless, or read another one's hint."""
    ids = [attributes["id"] for _, attributes in markup.tags if "id" in attributes]
    assert sorted(set(ids)) == sorted(ids)
    labelled = {attributes["for"] for attributes in markup.of("label")}
    for attributes in markup.of("input"):
        if attributes.get("type") != "hidden" and "aria-hidden" not in attributes:
            assert attributes["id"] in labelled
            assert set(attributes.get("aria-describedby", "").split()) <= set(ids)


@EVERY_PAGE
def test_every_form_posts_with_its_token_and_one_button(markup: Markup) -> None:
    """A form could not be sent with the keyboard, or would be refused as forged."""
    forms = markup.of("form")
    assert {"post"} >= {form["method"] for form in forms}
    assert len(forms) == sum(1 for field in markup.of("input") if field.get("name") == "csrf")
    assert len(forms) == len(markup.of("button"))


@EVERY_PAGE
def test_nothing_runs_and_nothing_is_fetched_from_elsewhere(markup: Markup) -> None:
    """Text from outside could run; or another server would be told who signs in."""
    names = {name for _, attributes in markup.tags for name in attributes}
    assert not any(name.startswith("on") or name == "style" for name in names)
    assert [] == markup.of("style", "base", "iframe")
    assert ["/static/elaas.js"] == [each["src"].partition("?")[0] for each in markup.of("script")]
    for _, attributes in markup.tags:
        for link in ("href", "src", "action"):
            assert re.match(r"(?:/(?!/)|#|\?lang=en|tel:[+0-9]+$|$)", attributes.get(link, ""))


@EVERY_PAGE
def test_one_heading_leads(markup: Markup) -> None:
    """A screen reader's list of headings would have no beginning."""
    assert 1 == len(markup.of("h1"))
    assert 1 == len(markup.of("main"))


@pytest.mark.parametrize(
    ("page", "name", "expected"),
    [
        ("sign_in", "username", {"autocomplete": "username", "type": "text", "autocapitalize": "none"}),
        ("sign_in", "password", {"autocomplete": "current-password", "type": "password"}),
        ("provide_email", "email", {"autocomplete": "email", "type": "email"}),
        ("enter_one_time_code", "one_time_code", {"autocomplete": "one-time-code", "inputmode": "numeric"}),
        (
            "sign_in_enter_authenticator_code",
            "authenticator_code",
            {"autocomplete": "one-time-code", "type": "text", "autocapitalize": "none"},
        ),
        (
            "authenticator_enrol_authenticator",
            "authenticator_code",
            {"autocomplete": "one-time-code", "inputmode": "numeric"},
        ),
        ("identity_first_provide_credential", "username", {"autocomplete": "username", "value": ""}),
        (
            "identity_first_provide_credential",
            "password",
            {"autocomplete": "current-password", "type": "password"},
        ),
        ("change_password", "current_password", {"autocomplete": "current-password", "type": "password"}),
        ("set_password", "username", {"autocomplete": "username", "value": "lao-<b>1"}),
        ("set_password", "new_password", {"autocomplete": "new-password", "type": "password"}),
        ("set_password", "new_password_again", {"autocomplete": "new-password", "type": "password"}),
    ],
)
def test_inputs_tell_managers_and_keyboards_what_they_are(
    page: str, name: str, expected: dict[str, str]
) -> None:
    """R2.2: a password manager or a phone's keyboard would offer the wrong thing."""
    field = next(field for field in Markup(SHOWN[page]).of("input") if field.get("name") == name)
    assert expected == {key: field[key] for key in expected}
    assert "maxlength" not in field  # a pasted code has spaces, and a password is never cut off


def test_the_order_of_the_steps_is_the_circulars() -> None:
    """The person would be told another order than the mandated one."""
    current = [
        (page, SHOWN[page].split('aria-current="step"')[0].count('<span class="number"') + 1)
        for page in ("verify_identity", "provide_email", "enter_one_time_code", "set_password")
    ]
    assert [
        ("verify_identity", 2),
        ("provide_email", 3),
        ("enter_one_time_code", 4),
        ("set_password", 5),
    ] == current


def test_the_steps_of_a_recovery_are_its_own() -> None:
    """Who forgot a password would be told to sign in first, or that an address is still to be given."""
    for place, step in enumerate(RECOVERY_STEPS, 1):
        page = SHOWN[f"recovery_{step.kind}"]
        assert place == page.split('aria-current="step"')[0].count('<span class="number"') + 1
        assert 4 == page.count('<span class="number"')
        assert f"ขั้นที่ {place} จาก 4" in page
    assert "aria-current" not in shown(RECOVERY_STEPS[3], Purpose.SIGN_IN)


@pytest.mark.parametrize("kind", ["provincial_office", "local_government", "subordinate_agency"])
def test_every_kind_of_account_has_a_name(kind: str) -> None:
    """The page after signing in would raise for one of the three kinds."""
    assert say(f"page.kind.{kind}").th
