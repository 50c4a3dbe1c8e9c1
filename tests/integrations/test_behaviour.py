"""What a person, an attacker and a program meet in every framework alike (invariant 11)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.cookies import SimpleCookie
from importlib import import_module
from importlib.util import find_spec
from urllib.parse import quote, urlencode

import pytest

from elaas_identity import Browser, Refused
from elaas_identity.flow.budgets import CLIENT_FAILURES
from elaas_identity.messages import say
from elaas_identity.web import MAXIMUM_BODY
from tests.integrations.visitor import Visitor
from tests.integrations.world import CHOSEN, ISSUED, ORIGIN, PEER, USERNAME, WHY, Serving, World

ADAPTERS: dict[str, Serving] = {
    name: import_module(f"tests.integrations.{name}_portal").serving
    for name in ("fastapi", "flask", "django")
    if find_spec(name) is not None  # CI has all of them
}
IDENTITY = "/identity"


@pytest.fixture(params=ADAPTERS)
def serving(request: pytest.FixtureRequest) -> Serving:
    return ADAPTERS[request.param]


@pytest.fixture
def person(serving: Serving) -> Iterator[Visitor]:
    """Somebody with a letter in their hand."""
    world = World()
    world.provision()
    with serving(world) as send:
        yield Visitor(world, send)


@pytest.fixture
def officer(serving: Serving) -> Iterator[Visitor]:
    """Somebody whose account is theirs, in front of a fresh browser."""
    world = World()
    world.onboard()
    with serving(world) as send:
        yield Visitor(world, send)


def other(one: Visitor) -> Visitor:
    """Another browser in front of the same portal."""
    return Visitor(one.world, one.send)


def test_a_person_onboards_signs_in_sees_their_page_and_signs_out(person: Visitor) -> None:
    """R6.4, R6.6: the whole would not hold together in this framework."""
    person.onboard()
    assert "" == person.session
    assert "nobody" == person.open("/open").body.decode()
    person.sign_in()
    assert "/" == person.url
    assert USERNAME in person.open("/payments").body.decode()
    assert USERNAME == person.open("/open").body.decode()
    kept = dict(person.cookies)
    person.open(f"{IDENTITY}/sign-out")
    person.follow(person.post("/sign-out"))
    assert (f"{IDENTITY}/sign-in", "") == (person.url, person.session)
    person.cookies = kept
    assert 303 == person.ask("GET", "/payments").status


def test_a_protected_page_leads_to_the_sign_in_and_back(officer: Visitor) -> None:
    """R6.3: who follows a link of the portal's would end at its first page."""
    page = f"/payments?{urlencode({'year': '๒๕๖๘', 'next': '/x'})}"
    assert 200 == officer.open(page).status
    assert officer.url.startswith(f"{IDENTITY}/sign-in?next=")
    assert 200 == officer.sign_in().status
    assert page == officer.url


@pytest.mark.parametrize("headers", [{"sec-fetch-mode": "cors"}, {"accept": "application/json"}])
def test_a_program_is_told_in_its_own_way(officer: Visitor, headers: dict[str, str]) -> None:
    """R6.6: a script of the page would read the sign-in page as its data."""
    answer = officer.send("GET", "/payments", b"", headers, {})
    assert (401, "application/problem+json") == (answer.status, answer.header("content-type"))
    assert "no-store" == answer.header("cache-control")
    told = json.loads(answer.body)
    assert (401, "session_unknown", None) == (told["status"], told["code"], told["field"])


def test_who_has_proved_themselves_too_long_ago_signs_in_again(officer: Visitor) -> None:
    """`max_age`: a screen that was left alone for an hour would pay."""
    officer.sign_in()
    assert "fresh" == officer.open("/fresh").body.decode()
    officer.world.clock.shift(minutes=11)
    assert 200 == officer.open("/payments").status
    officer.open("/fresh")
    assert officer.url.startswith(f"{IDENTITY}/sign-in?")
    assert officer.says(say("error.session_expired").th)
    assert "fresh" == officer.sign_in().body.decode()
    assert "/fresh" == officer.url
    answer = officer.ask("GET", "/fresh", sec_fetch_mode="cors")
    assert 200 == answer.status


def test_a_level_that_no_sign_in_gives_is_said(officer: Visitor) -> None:
    """`ial`: the person would sign in again and again."""
    officer.sign_in()
    answer = officer.open("/strict")
    assert 403 == answer.status
    assert officer.says(say("error.identity_assurance_low").th)
    told = officer.ask("GET", "/strict", sec_fetch_mode="cors")
    assert (403, "identity_assurance_low") == (told.status, json.loads(told.body)["code"])


def test_a_refused_form_redirects_and_says_why_once(officer: Visitor) -> None:
    """A reload would send the password again."""
    officer.open(f"{IDENTITY}/sign-in")
    answer = officer.post("/sign-in", username=USERNAME, password="wrong")
    assert (303, "") == (answer.status, officer.session)
    assert 200 == officer.follow(answer).status
    assert officer.says(say("error.credential_wrong").th)


def test_a_double_click_is_harmless(person: Visitor) -> None:
    """The second click would burn an attempt at the code, or show an error over a success."""
    person.begin(ISSUED)
    person.open(person.approved())
    person.follow(person.post("/email", email="clerk@sommut.example.go.th"))
    wrong = "1" * 8 if person.world.outbox.code != "1" * 8 else "2" * 8
    first = person.post("/one-time-code", one_time_code=wrong)
    second = person.post("/one-time-code", one_time_code=wrong)
    assert (303, 303) == (first.status, second.status)
    person.post("/one-time-code", one_time_code=person.world.outbox.code)
    answer = person.post("/one-time-code", one_time_code=person.world.outbox.code)
    assert 200 == person.follow(answer).status
    assert any(action.endswith("/password") for action, _ in person.forms())


def test_the_wrong_browser_at_the_callback_gets_nothing(person: Visitor) -> None:
    """Invariant 4, R5.1: who steals the way back would go on with the flow, or cost ThaID a request."""
    person.begin(ISSUED)
    stolen, thief = person.approved(), other(person)
    answer = thief.open(stolen)
    assert (403, "") == (answer.status, thief.session)
    assert 0 == person.world.emulator.count("token")
    person.open(stolen)
    assert 0 == person.world.emulator.count("token")
    assert any(action.endswith("/authorize") for action, _ in person.forms())


def test_who_says_no_at_thaid_comes_back_to_the_button(person: Visitor) -> None:
    """A person who pressed the wrong button on the phone would be stranded."""
    person.begin(ISSUED)
    back = person.world.emulator.deny(person.to_thaid()).removeprefix(ORIGIN)
    person.open(back)
    assert "code=" not in person.url
    assert person.says(say("error.identity_denied").th)
    assert any(action.endswith("/authorize") for action, _ in person.forms())


def test_r5_1_a_parameter_that_comes_twice_is_seen(person: Visitor) -> None:
    """R5.1: a framework's mapping would hide the second `state`."""
    person.begin(ISSUED)
    back = person.approved()
    state = back.partition("state=")[2].partition("&")[0]
    person.open(f"{back}&state={state}")
    assert 0 == person.world.emulator.count("token")


def test_r2_6_a_change_of_password_keeps_this_session_and_ends_the_others(officer: Visitor) -> None:
    """R2.6, R6.6: the person would be thrown out by their own change, or a thief would stay."""
    elsewhere = other(officer)
    for each in (elsewhere, officer):
        each.sign_in()
    before = officer.session
    officer.open(f"{IDENTITY}/account/password")
    officer.follow(officer.post("/account/password", current_password=CHOSEN))
    new = "another long phrase of mine"
    officer.follow(officer.post("/password", new_password=new, new_password_again=new))
    assert before != officer.session
    assert 200 == officer.ask("GET", "/payments").status
    assert 303 == elsewhere.ask("GET", "/payments").status


def test_r6_6_a_suspension_ends_the_session_at_the_next_request(officer: Visitor) -> None:
    """R6.6: the office suspends somebody who goes on working; and lets them in by restoring the account."""
    officer.sign_in()
    accounts = officer.world.administrator.accounts
    account = accounts.find(USERNAME)
    assert account is not None
    accounts.suspend(account.id, **WHY)
    officer.open("/payments")
    assert officer.says(say("error.sign_in_outdated").th)
    accounts.restore(account.id, **WHY)
    assert 303 == officer.ask("GET", "/payments").status


def test_r6_1_cookies_are_locked_down(officer: Visitor) -> None:
    """R6.1: a framework would write a cookie anew, and lose what locks it down. The visitor inspects each."""
    officer.open("/payments")
    answer = officer.post("/sign-in", username=USERNAME, password=CHOSEN)
    lines = [value for name, value in answer.headers if name.lower() == "set-cookie"]
    set_now = {one.key for line in lines for one in SimpleCookie(line).values()}
    assert {"__Host-elaas-session", "__Host-elaas-return"} == set_now
    assert {"__Host-elaas-session", "__Host-elaas-browser"} == set(officer.cookies)
    assert USERNAME not in " ".join(lines)


@pytest.mark.parametrize("form", ["/sign-in", "/sign-out"])
def test_r6_2_another_sites_form_does_nothing(officer: Visitor, form: str) -> None:
    """R6.2: a picture on any page of the web would sign people in or out."""
    officer.sign_in()
    typed = {"username": USERNAME, "password": CHOSEN}
    officer.open(f"{IDENTITY}{form}")
    (token,) = {fields["csrf"] for action, fields in officer.forms() if action.endswith(form)}
    before = officer.session
    forged = urlencode({**typed, "csrf": "guessed"}).encode()
    assert 403 == officer.ask("POST", f"{IDENTITY}{form}", forged).status
    for sender in ({"sec_fetch_site": "cross-site"}, {"origin": "https://evil.example"}):
        body = urlencode({**typed, "csrf": token}).encode()
        assert 403 == officer.ask("POST", f"{IDENTITY}{form}", body, **sender).status
    assert before == officer.session
    assert 200 == officer.ask("GET", "/payments").status


@pytest.mark.parametrize("place", ["//evil.example", "/\\evil.example", "https:evil.example", "javascript:x"])
def test_r6_3_nobody_is_led_to_another_site(officer: Visitor, place: str) -> None:
    """R6.3: a link to our sign-in page would end at a page that asks for the password again."""
    officer.open(f"{IDENTITY}/sign-in?next={quote(place, safe='')}")
    officer.sign_in()
    assert "/" == officer.url


def test_r6_4_a_session_that_was_planted_is_worth_nothing(officer: Visitor) -> None:
    """R6.4: who planted a cookie beforehand would be signed in with the person."""
    attacker = other(officer)
    attacker.sign_in()
    officer.cookies["__Host-elaas-session"] = attacker.session
    officer.sign_in()
    assert officer.session != attacker.session
    assert 303 == attacker.ask("GET", "/payments").status
    assert 200 == officer.ask("GET", "/payments").status


@pytest.mark.parametrize(("proxies", "expected"), [((), PEER), ((PEER,), "198.51.100.7")])
def test_r4_3_a_header_that_anybody_sends_makes_no_other_client(
    serving: Serving, proxies: tuple[str, ...], expected: str
) -> None:
    """R4.3: each guess would come from a fresh address. Only what a trusted proxy wrote itself, at the end, counts."""
    world = World()
    with serving(world, proxies=proxies) as send:
        for guess in range(2):
            spoofed = {"x-forwarded-for": f"203.0.113.{guess}, 198.51.100.7"}
            Visitor(world, send, headers=spoofed).begin("a guess")
    browser = Browser.new(world.keyring, address=expected)
    with pytest.raises(Refused):
        world.administrator.begin(USERNAME, "a guess", browser=browser)
    budgets = [each for each in world.store.contents()["Budget"] if each["name"] == CLIENT_FAILURES]
    assert [3] == [len(each["charges"]) for each in budgets]


def test_below_another_path_everything_leads_where_it_is(serving: Serving) -> None:
    """A portal that shares its host with others would send people to their pages, or lose the way back."""
    world = World(root_path="/portal")
    world.provision()
    with serving(world) as send:
        person = Visitor(world, send)
        person.onboard()
        person.sign_in()
        assert "/portal/" == person.url
        person.cookies.clear()
        person.open("/portal/payments?page=2")
        assert person.url.startswith("/portal/identity/sign-in?next=")
        person.sign_in()
        assert "/portal/payments?page=2" == person.url
        assert USERNAME in person.page
        style = person.send("GET", "/portal/identity/static/elaas.css", b"", {}, {})
        assert (200, "text/css; charset=utf-8") == (style.status, style.header("content-type"))


def test_without_a_prefix_the_pages_stand_beside_the_portals_own(serving: Serving) -> None:
    """A portal at the root of its host would lose its own pages, or ours would have none."""
    world = World()
    world.provision()
    with serving(world, prefix="") as send:
        person = Visitor(world, send, prefix="")
        person.onboard()
        person.sign_in()
        assert USERNAME in person.open("/payments").body.decode()
        assert 404 == person.ask("GET", "/nothing").status
        assert 200 == person.ask("GET", "/static/elaas.css").status


def test_head_answers_as_get_does_and_says_nothing(officer: Visitor) -> None:
    """A monitor would take the portal for broken; or a HEAD of the callback would burn it."""
    answer = officer.ask("HEAD", f"{IDENTITY}/sign-in")
    assert (200, b"") == (answer.status, answer.body)
    assert 404 == officer.ask("HEAD", "/auth/callback?code=a&state=b").status


@pytest.mark.parametrize("length", [MAXIMUM_BODY + 1, 1_000_000])
def test_a_huge_body_is_refused(officer: Visitor, length: int) -> None:
    """Anybody could fill the portal's memory."""
    answer = officer.ask("POST", f"{IDENTITY}/sign-in", b"a=" + b"a" * length)
    assert 400 == answer.status
    assert 200 == officer.ask("GET", f"{IDENTITY}/sign-in").status


def test_what_there_is_not_below_the_prefix_is_our_page(officer: Visitor) -> None:
    """A person with a mistyped address would see the framework's bare words."""
    for path in (f"{IDENTITY}/nothing", f"{IDENTITY}/flow/none/of/these", f"{IDENTITY}/"):
        officer.open(path)
        assert officer.says(say("page.not_found").th), path


def test_answers_have_the_headers_of_the_pages(officer: Visitor) -> None:
    """R6.1: a framework would drop a header, or add a second type of content."""
    answer = officer.ask("GET", f"{IDENTITY}/sign-in")
    assert "no-store" == answer.header("cache-control")
    assert "frame-ancestors 'none'" in answer.header("content-security-policy")
    names = [name.lower() for name, _ in answer.headers]
    assert ["text/html; charset=utf-8"] == [
        value for name, value in answer.headers if name.lower() == "content-type"
    ]
    assert 1 == names.count("cache-control")


def test_what_an_officer_is_shown_is_not_stored(officer: Visitor) -> None:
    """ASVS 14.3.2: after the sign-out, the back button would show it to whoever comes to the computer next."""
    assert "" == officer.ask("GET", "/open").header("cache-control")
    officer.sign_in()
    for path in ("/payments", "/fresh", "/open"):
        assert "no-store" == officer.ask("GET", path).header("cache-control"), path
    assert "private, max-age=60" == officer.ask("GET", "/kept").header("cache-control")


def test_a_store_that_is_away_is_said_in_the_pages_words(officer: Visitor) -> None:
    """Invariant 5, R5.8: a raw error, or the sign-in page, where the database is away for a minute."""
    officer.sign_in()
    officer.world.store.away = True
    for path in ("/payments", "/open", f"{IDENTITY}/account/password"):
        assert 503 == officer.open(path).status
        assert officer.says(say("error.store_unavailable").th)
    told = officer.ask("GET", "/payments", sec_fetch_mode="cors")
    assert (503, "store_unavailable") == (told.status, json.loads(told.body)["code"])
    officer.world.store.away = False
    assert 200 == officer.open("/payments").status
