"""The emulator's page: marked as what it is, harmless, and usable without a mouse."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from elaas_identity.oidc.http import Request, Response
from elaas_identity.testing import Client, ThaIDEmulator
from elaas_identity.testing.citizens import CITIZENS, OFFICER
from tests.testing.relying_party import (
    ISSUER,
    PORTAL,
    REDIRECT_URI,
    RelyingParty,
    authorization_url,
    emulator,
)

HOSTILE = "<script>alert('x')</script>&\""


def page(thaid: ThaIDEmulator | None = None, **changes: str | None) -> Response:
    return (thaid or emulator()).handle(Request(method="GET", url=authorization_url(**changes)))


class Elements(HTMLParser):
    """Every element with its attributes, and every closing tag."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.opened: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(response.body.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.opened if name == tag]


def test_it_says_what_it_is() -> None:
    """Nobody may take the emulator for ThaID: title and head say so, Thai first."""
    text = Elements(page()).text
    assert 2 == text.count("ตัวจำลอง ThaID — สำหรับทดสอบเท่านั้น")
    assert "ThaID emulator — for testing only" in text
    assert text.index("ตัวจำลอง ThaID") < text.index("ThaID emulator")


def test_it_offers_each_person_and_a_way_to_say_no() -> None:
    """A person who is not on the page cannot be tried out in the demonstration."""
    elements = Elements(page())
    assert [
        *[{"class": "person", "name": "approve", "value": str(n)} for n in range(len(CITIZENS))],
        {"class": "deny", "name": "deny", "value": "user_denied"},
    ] == elements.named("button")
    assert [] == [
        name for citizen in CITIZENS for name in (citizen.name, citizen.name_en) if name not in elements.text
    ]


@pytest.mark.parametrize(("field", "status"), [({"approve": "1"}, 302), ({"deny": "access_denied"}, 302)])
def test_its_form_posts_to_its_own_url(field: dict[str, str], status: int) -> None:
    """With an action of its own the form would lose the state; the answer must lead back to the portal."""
    assert [{"method": "post"}] == Elements(page()).named("form")
    response = RelyingParty(emulator()).post(authorization_url().removeprefix(ISSUER), field, client=None)
    assert (status, "no-store") == (response.status, response.headers["cache-control"])
    assert response.headers["location"].startswith(REDIRECT_URI + "?")


def test_it_shows_no_national_id_and_no_state() -> None:
    """Common fault of public integrations: personal data and tokens rendered into HTML (R7.2)."""
    html = page(state="canary-state", nonce="canary-nonce").body.decode()
    digits = [citizen.national_id.reveal() for citizen in CITIZENS]
    assert [] == [text for text in ("canary-state", "canary-nonce", *digits) if text in html]


def test_it_fetches_nothing_and_runs_nothing() -> None:
    """A page that fetches would need a network, and one with a script a looser policy."""
    elements = Elements(page())
    fetching = {"src", "href", "srcset", "data", "action", "style", "poster", "background"}
    assert [] == [name for _, attributes in elements.opened for name in attributes if name in fetching]
    assert [] == [name for _, attributes in elements.opened for name in attributes if name.startswith("on")]
    assert [] == [tag for tag in ("script", "link", "img", "iframe", "object") if elements.named(tag)]
    assert b"url(" not in page().body
    assert b"@import" not in page().body


def test_its_headers() -> None:
    """Framed, cached or sniffed, even an emulator's page is a bad example."""
    response = page()
    style = re.search("<style>(.*?)</style>", response.body.decode(), re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "content-security-policy": f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self' https://portal.example.go.th",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    } == response.headers


def test_an_apps_own_scheme_may_be_returned_to() -> None:
    """The browser would stop the redirect to `go.example.app:/callback` without its scheme in `form-action`."""
    thaid = emulator()
    thaid.register(replace(PORTAL, redirect_uris=("go.example.app:/callback",)))
    policy = page(thaid, redirect_uri="go.example.app:/callback").headers["content-security-policy"]
    assert policy.endswith("form-action 'self' go.example.app:")


def test_everything_shown_is_escaped() -> None:
    """A name or a client id with markup in it must stay text."""
    hostile = replace(OFFICER, family_name=HOSTILE, family_name_en=HOSTILE, ial=HOSTILE)
    client = Client(client_id=HOSTILE, client_secret="s", redirect_uris=(REDIRECT_URI,))
    thaid = ThaIDEmulator(ISSUER, clients=(client,), citizens=(hostile,))
    response = page(thaid, client_id=HOSTILE)
    assert 200 == response.status
    assert b"<script" not in response.body
    assert 4 == Elements(response).text.count(HOSTILE)


def test_the_panel_is_the_same_for_the_same_client() -> None:
    """A picture that changes with each load would make screenshots differ for nothing."""
    assert page().body == page(state="another").body
    assert b"<svg" in page().body
