"""The demonstration's servers: that they start, serve, and end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from elaas_identity.demo.issued import ISSUED
from elaas_identity.demo.visitor import Visitor
from elaas_identity.demo.world import CannotStart, OtherProvider, World
from elaas_identity.errors import Message
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.messages import say
from elaas_identity.testing import Client, ThaIDEmulator
from elaas_identity.testing.citizens import COLLEAGUE


@pytest.fixture
def world() -> Iterator[World]:
    with World(policy=FOR_TESTS) as world:
        yield world


def get(url: str, **headers: str) -> httpx.Response:
    return httpx.get(url, headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C would leave threads, ports or a database behind."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = set(threading.enumerate())
    with World(policy=FOR_TESTS) as world:
        urls = (world.origin, world.identity_provider_url)
        assert 303 == get(world.origin, accept="text/html").status_code
        assert [] != list(tmp_path.iterdir())
    for url in urls:
        with pytest.raises(httpx.ConnectError):
            get(url)
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()
    assert [] == list(tmp_path.iterdir())


def test_a_port_that_is_taken_is_said(world: World) -> None:
    """The person would get a traceback, and the servers started before would go on."""
    port = int(world.origin.rpartition(":")[2])
    before = threading.active_count()
    with pytest.raises(CannotStart, match=str(port)):
        World(port=port, policy=FOR_TESTS).__enter__()
    assert before == threading.active_count()


@pytest.mark.parametrize("lang", ["th", "en"])
def test_the_first_page_says_what_one_can_try(world: World, lang: str) -> None:
    """Whoever starts the demonstration would meet a sign-in page, and know no username."""
    page = unescape(get(f"{world.origin}/start?lang={lang}", accept="text/html").text)
    for issued in ISSUED:
        assert issued.username in page
        assert issued.password in page
        anybody = say("page.demo.start.opens_for_anybody")
        who = Message(issued.citizen.name, issued.citizen.name_en) if issued.citizen else anybody
        assert getattr(who, lang) in page
    for path in ("/sign-in", "/mailbox", "/office"):
        assert f'href="{path}"' in page
        with Visitor() as visitor:
            visitor.open(f"{world.origin}{path}")
            assert 200 == visitor.status


def test_another_name_of_this_machine_leads_to_the_right_one(world: World) -> None:
    """At `localhost` the cookies are others, and the callback would come back to none; R6.1."""
    answer = get(f"{world.origin}/sign-in", host="localhost:1234")
    assert (303, f"{world.origin}/") == (answer.status_code, answer.headers["location"])


def test_no_header_makes_another_client(world: World) -> None:
    """R4.3: whoever invents X-Forwarded-For would have a budget of guesses for each address."""
    for attempt in range(6):
        with Visitor({"x-forwarded-for": f"203.0.113.{attempt}"}) as guesser:
            guesser.open(f"{world.origin}/sign-in")
            guesser.submit("/sign-in", username=ISSUED[0].username, password=f"guess-{attempt}-of-the-letter")
            code = "sign_in_throttled" if attempt == 5 else "credential_wrong"
            # The clock is the machine's, and goes on.
            said = [say(f"error.{code}", seconds=seconds).th for seconds in range(1, 61)]
            assert any(text in guesser.page.alert for text in said)


def test_the_portal_refuses_what_is_too_large(world: World) -> None:
    """Anybody could fill the portal's memory."""
    answer = httpx.post(f"{world.origin}/sign-in", content=b"a=" + b"a" * 1_000_000)
    assert 400 == answer.status_code


def test_sign_out_needs_our_own_form(world: World) -> None:
    """R6.2: another site could sign the person out."""
    answer = httpx.post(f"{world.origin}/sign-out", headers={"sec-fetch-site": "cross-site"}, data={})
    assert 403 == answer.status_code


def test_pages_have_their_guards_over_real_http(world: World) -> None:
    """R6.1, R6.2: a framework would drop a header that the pages set."""
    answer = get(f"{world.origin}/sign-in")
    assert 200 == answer.status_code
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert f"form-action 'self' {world.identity_provider_url}" in answer.headers["content-security-policy"]
    assert answer.headers["set-cookie"].startswith("__Host-elaas-browser=")
    assert "server" not in answer.headers


def test_another_provider_takes_the_emulators_place() -> None:
    """`--issuer` would still go to the emulator, or to another redirect URI than the registered one."""
    with World(policy=FOR_TESTS) as sketch:  # to learn a free port
        port = int(sketch.origin.rpartition(":")[2])
    redirect_uri = f"http://localhost:{port}/come/back"
    client = Client(client_id="c", client_secret="s" * 32, redirect_uris=(redirect_uri,))
    with ThaIDEmulator.served(clients=(client,)) as provider:
        other = OtherProvider(
            issuer=provider.issuer, client_id="c", client_secret="s" * 32, redirect_uri=redirect_uri
        )
        with World(other=other, policy=FOR_TESTS) as world, Visitor() as person:
            assert (None, f"http://localhost:{port}") == (world.thaid, world.origin)
            person.open(world.origin)
            person.submit("/sign-in", username=ISSUED[0].username, password=ISSUED[0].password)
            person.submit("/authorize")
            person.choose(
                COLLEAGUE.name
            )  # whom the account does not expect: here it opens for who comes first
            assert person.page.heading.startswith("ระบุอีเมลของท่าน")


def test_a_provider_that_is_none_is_said() -> None:
    """`--issuer` with a mistyped URL would fail only when somebody presses the button."""
    with ThaIDEmulator.served() as provider:
        other = OtherProvider(
            issuer=provider.issuer + "/x",
            client_id="c",
            client_secret="s",
            redirect_uri="http://127.0.0.1:0/auth/callback",
        )
        with pytest.raises(CannotStart, match="openid-configuration"):
            World(other=other, policy=FOR_TESTS).__enter__()
