"""The pages with their sessions, as every framework carries them: one generator, two drivers."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from elaas_identity.errors import Misconfigured, ProviderFailed
from elaas_identity.messages import Message
from elaas_identity.sessions.session import Officer
from elaas_identity.web import Mounted, Pages, Site, TrustedProxies, WebRequest, WebResponse
from elaas_identity.web.return_path import LONGEST, return_path
from elaas_identity.web.turns import answered, answered_async
from tests.facade.officer import BOUND, WHY, onboard
from tests.facade.portal import CHOSEN, ISSUED, OFFICER, USERNAME, Portal, made
from tests.web.test_markup import Markup

ORIGIN = "https://portal.example.go.th"


@dataclass
class Visitor:
    """A browser in front of the mounted pages: keeps cookies, sends the forms that it is shown."""

    portal: Portal
    mounted: Mounted
    cookies: dict[str, str] = field(default_factory=dict)
    path: str = ""
    page: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, url: str, body: bytes = b"", **headers: str) -> WebResponse:
        """One request; the answer as it is."""
        path, _, query = url.partition("?")
        sent = {
            "origin": ORIGIN,
            "content-type": "application/x-www-form-urlencoded",
            **self.headers,
            **headers,
        }
        answer = self.turn(
            self.mounted.answer(self.request(method, path, query, sent, body), peer="192.0.2.1")
        )
        assert isinstance(answer, WebResponse)
        for name, value in answer.headers:
            if name == "set-cookie":
                for one in SimpleCookie(value).values():
                    assert one["secure"]
                    assert one["httponly"]
                    assert ("/", "Lax", "") == (one["path"], one["samesite"], one["domain"])
                    if one["max-age"] == "0":
                        self.cookies.pop(one.key, None)
                    else:
                        self.cookies[one.key] = one.value
        return answer

    def request(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: dict[str, str] | None = None,
        body: bytes = b"",
    ) -> WebRequest:
        return WebRequest(
            method=method,
            path=path,
            query=query,
            headers=headers or {},
            cookies=dict(self.cookies),
            body=body,
        )

    def turn(self, turn: Any) -> Any:
        """What the turn comes to, with the facade of this flavour."""
        elaas = self.portal.elaas
        if hasattr(elaas, "_driven"):
            return elaas._run(answered_async(elaas._driven, turn))
        return answered(elaas, turn)

    def load(self, url: str) -> str:
        """A page, and whatever it redirects to on the library's own paths."""
        answer = self.ask("GET", url)
        while answer.status == 303:
            url = answer.header("location") or ""
            if not url.startswith(("/flow", "/sign-in", "/problem")):
                self.path = url
                return ""
            answer = self.ask("GET", url)
        self.path, self.page = url, answer.body.decode()
        return self.page

    def send(self, action: str, **typed: str) -> WebResponse:
        """The form of the page shown whose action ends with that."""
        forms: list[tuple[str, dict[str, str]]] = []
        for tag, attributes in Markup(self.page).tags:
            if tag == "form":
                forms.append((attributes["action"], {}))
            elif tag == "input":
                forms[-1][1][attributes["name"]] = attributes.get("value", "")
        path, fields = next(form for form in forms if form[0].endswith(action))
        return self.ask("POST", path, urlencode({**fields, **typed}).encode())

    def follow(self, answer: WebResponse) -> str:
        assert answer.status == 303, answer
        return self.load(answer.header("location") or "")

    def sign_in(self, start: str = "/sign-in", **headers: str) -> str:
        """By the password; the path that the person is led to."""
        self.headers = headers
        self.load(start)
        self.follow(self.send("/sign-in", username=USERNAME, password=CHOSEN))
        return self.path

    def officer(self) -> Officer | None:
        found = self.turn(self.mounted.officer(self.request("GET", "/")))
        assert found is None or isinstance(found, Officer)
        return found

    @property
    def session(self) -> str:
        return self.cookies.get(self.mounted.session_cookie.name, "")


def pages_of(portal: Portal, **settings: Any) -> Pages:
    return Pages.of(portal.elaas, Site(name=Message("ระบบทดสอบ", "Test portal")), **settings)


@pytest.fixture(params=["sync-memory", "async-sqlite"])
def visitor(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Visitor]:
    with made(request.param, tmp_path) as portal:
        yield Visitor(portal, Mounted(pages_of(portal)))


def test_a_person_is_onboarded_signed_in_and_signed_out_by_the_pages_alone(visitor: Visitor) -> None:
    """R6.4, R6.6: a framework's integration would have to know the flow, or the cookie would outlive the sign-out."""
    visitor.portal.provision()
    visitor.load("/sign-in")
    visitor.follow(visitor.send("/sign-in", username=USERNAME, password=ISSUED))
    there = visitor.send("/authorize").header("location") or ""
    assert there.startswith("https://thaid.example/")
    (state,) = parse_qs(urlsplit(there).query)["state"]
    visitor.load(f"/auth/callback?code=authorization-code&state={state}")
    visitor.follow(visitor.send("/email", email=BOUND))
    visitor.follow(visitor.send("/one-time-code", one_time_code=visitor.portal.code()))
    visitor.follow(visitor.send("/password", new_password=CHOSEN, new_password_again=CHOSEN))
    assert visitor.officer() is None
    assert "/" == visitor.sign_in()
    found = visitor.officer()
    assert found is not None
    assert (USERNAME, OFFICER.name) == (found.account.username, found.person.display_name)
    kept = visitor.session
    visitor.load("/sign-in")
    token = visitor.page.partition('name="csrf" value="')[2].partition('"')[0]
    out = visitor.ask("POST", "/sign-out", urlencode({"csrf": token}).encode())
    assert (303, "/sign-in", "") == (out.status, out.header("location"), visitor.session)
    visitor.cookies[visitor.mounted.session_cookie.name] = kept
    assert visitor.officer() is None


def test_r6_2_another_sites_page_signs_nobody_out(visitor: Visitor) -> None:
    """R6.2: a picture on any page of the web would end sessions."""
    onboard(visitor.portal)
    visitor.sign_in()
    assert 403 == visitor.ask("POST", "/sign-out", b"csrf=guessed").status
    assert 403 == visitor.ask("POST", "/sign-out", b"", **{"sec-fetch-site": "cross-site"}).status
    assert 200 == visitor.ask("GET", "/sign-out").status  # a page with the button
    assert visitor.officer() is not None
    visitor.cookies.clear()
    assert "/sign-in" == visitor.ask("GET", "/sign-out").header("location")


def test_r6_4_a_session_that_was_there_before_is_worth_nothing_after_the_sign_in(visitor: Visitor) -> None:
    """R6.4: who planted a cookie beforehand would be signed in with the person."""
    onboard(visitor.portal)
    visitor.sign_in()
    before = visitor.session
    visitor.sign_in()
    assert visitor.session not in ("", before)
    visitor.cookies[visitor.mounted.session_cookie.name] = before
    assert visitor.officer() is None


def test_r6_6_who_changes_the_password_stays_signed_in_and_the_others_do_not(visitor: Visitor) -> None:
    """R6.6, R2.6: the person would be thrown out by their own change, or a thief would stay."""
    onboard(visitor.portal)
    thief = Visitor(visitor.portal, visitor.mounted)
    for each in (thief, visitor):
        each.sign_in()
    before = visitor.session
    visitor.load("/account/password")
    visitor.follow(visitor.send("/account/password", current_password=CHOSEN))
    other = "another long phrase of mine"
    visitor.follow(visitor.send("/password", new_password=other, new_password_again=other))
    assert before != visitor.session
    assert visitor.officer() is not None
    assert thief.officer() is None


def test_r6_6_a_suspended_officer_is_signed_out_at_the_next_request(visitor: Visitor) -> None:
    """R6.6: the office suspends somebody who goes on working."""
    account_id = onboard(visitor.portal)
    visitor.sign_in()
    visitor.portal.elaas.accounts.suspend(account_id, **WHY)
    assert visitor.officer() is None
    visitor.portal.elaas.accounts.restore(account_id, **WHY)
    assert visitor.officer() is None
    answer = visitor.ask("GET", "/account/password")
    assert (303, "/sign-in") == (answer.status, answer.header("location"))


def test_r6_3_the_person_comes_back_to_the_page_that_they_came_for(visitor: Visitor) -> None:
    """R6.3: every bookmark would end at the portal's first page."""
    onboard(visitor.portal)
    asked = visitor.request("GET", "/จ่าย/7", "page=2&q=%E0%B8%81")
    url = visitor.mounted.sign_in_url(asked)
    assert "/%E0%B8%88%E0%B9%88%E0%B8%B2%E0%B8%A2/7?page=2&q=%E0%B8%81" == visitor.sign_in(url)
    assert "/" == visitor.sign_in()  # it is remembered once
    assert "/sign-in" == visitor.mounted.sign_in_url(visitor.request("POST", "/pay"))


ELSEWHERE = (
    "//evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "https:evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "evil",
    "",
    " /",
    "/\r\nset-cookie: a=b",
    "/\x00",
    "/a b",
    "/ก",
    f"/{'a' * LONGEST}",
)


@pytest.mark.parametrize("place", ELSEWHERE)
def test_r6_3_nobody_is_led_to_another_site(visitor: Visitor, place: str) -> None:
    """R6.3: a link to our sign-in page would end at a page that looks like it, and asks for the password again."""
    assert None is return_path(place)
    onboard(visitor.portal)
    assert "/" == visitor.sign_in(f"/sign-in?next={quote(place, safe='')}")
    visitor.cookies["__Host-elaas-return"] = quote(place, safe="")
    assert "/" == visitor.sign_in()
    assert "/" == visitor.sign_in(f"/sign-in?next=/a&next={quote(place, safe='')}")


def test_without_its_store_the_portal_says_so(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """R5.8, invariant 5: a raw error, or the sign-in page, where the database is away for a minute."""
    onboard(visitor.portal)
    visitor.sign_in()
    store = getattr(visitor.portal.store, "_driven", visitor.portal.store)
    monkeypatch.setattr(store, "load", _away_async if inspect.iscoroutinefunction(store.load) else _away)
    answer = visitor.ask("GET", "/sign-in")
    assert 503 == answer.status
    assert "no-store" == answer.header("cache-control")
    assert 200 == visitor.ask("GET", "/static/elaas.css").status
    with pytest.raises(ProviderFailed, match="store_unavailable"):
        visitor.officer()


def _away(*_: Any) -> Any:
    raise ProviderFailed("store_unavailable")


async def _away_async(*_: Any) -> Any:
    raise ProviderFailed("store_unavailable")


def test_r4_3_the_clients_address_is_what_trusted_proxies_say(tmp_path: Path) -> None:
    """R4.3: a header that anybody sends would give a guesser a fresh address each time."""
    with made("sync-memory", tmp_path) as portal:
        pages = pages_of(portal)
        spoofed = {"x-forwarded-for": "203.0.113.9"}
        request = WebRequest(method="GET", path="/", headers=spoofed)
        assert "192.0.2.1" == Mounted(pages).address(request, "192.0.2.1")
        behind = Mounted(pages, proxies=TrustedProxies(["192.0.2.1"]))
        assert "203.0.113.9" == behind.address(request, "192.0.2.1")


def test_the_session_goes_by_the_browsers_name(visitor: Visitor) -> None:
    """R6.6: in the list of sessions, nobody could tell the lost phone from the computer."""
    account_id = onboard(visitor.portal)
    visitor.sign_in(**{"user-agent": "Firefox on a computer"})
    (listed,) = visitor.portal.elaas.sessions.of_account(account_id)
    assert "Firefox on a computer" == listed.label


def test_the_pages_know_from_the_identity_provider_where_they_are(tmp_path: Path) -> None:
    """A portal would repeat its own address three times, and one of them would be wrong."""
    with made("sync-memory", tmp_path) as portal:
        pages = pages_of(portal, prefix="/identity")
        page = pages.parse(WebRequest(method="GET", path="/identity/sign-in"))
        assert isinstance(page, WebResponse)
        assert "form-action 'self' https://thaid.example;" in (page.header("content-security-policy") or "")
        portal.elaas._identity_provider = object()
        with pytest.raises(Misconfigured, match="page_settings"):
            pages_of(portal)
