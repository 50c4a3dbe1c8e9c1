"""Two workers behind nginx, below a path, as docs/behind_nginx.md has them: real nginx, real processes, real TLS."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
import pytest

from elaas_identity import ElaasIdentity, Keyring, ThaID
from elaas_identity.demo.expecting import code_in
from elaas_identity.providers.sql import SQLStore, upgrade
from elaas_identity.testing import Client, LoopbackSMTP, Outbox, ThaIDEmulator
from tests.integrations import nginx
from tests.integrations.visitor import Visitor
from tests.integrations.world import OFFICER, ORIGIN, WHY, Answer, World, letter
from tests.web.test_markup import Markup

HOST = urlsplit(ORIGIN).hostname or ""
PATH = "/elaas"
FAILURES = 3
GUESSER, COLLEAGUE, INSIDER = "127.0.0.2", "127.0.0.3", "127.0.0.4"
"""Linux answers at each address of 127/8, and whoever connects may come from each."""


@dataclass
class Sent:
    """The mail server, as a visitor reads it."""

    smtp: LoopbackSMTP

    @property
    def code(self) -> str:
        return code_in(self.smtp.mails[-1])


@dataclass
class Deployed:
    """The portal, and what a visitor of it needs of the world."""

    port: int
    workers: list[int]
    folder: Path
    thaid: ThaIDEmulator
    outbox: Sent
    root_path: str = PATH
    answered_by: list[str] = field(default_factory=list)
    astray: set[tuple[str, str]] = field(default_factory=set)

    @property
    def emulator(self) -> Any:
        return self.thaid

    @cached_property
    def trusted(self) -> ssl.SSLContext:
        """Believes nginx's certificate alone."""
        return ssl.create_default_context(cafile=str(self.folder / "portal.pem"))

    def visitor(self, address: str, *, past_nginx: bool = False) -> Visitor:
        """A browser at that address; `astray` has what it comes across that leads out of the portal's path."""
        worker, front = f"http://127.0.0.1:{self.workers[0]}", f"https://127.0.0.1:{self.port}{PATH}"
        there = worker if past_nginx else front  # which takes the path off

        def send(
            method: str, url: str, body: bytes, headers: Mapping[str, str], cookies: Mapping[str, str]
        ) -> Answer:
            cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
            sent = {"host": HOST, **headers, "cookie": cookie}
            at_host = {"sni_hostname": HOST}
            request = httpx.Request(
                method, there + url.removeprefix(PATH), content=body, headers=sent, extensions=at_host
            )
            with httpx.HTTPTransport(verify=self.trusted, local_address=address) as transport:
                response = transport.handle_request(request)
                answer = Answer(response.status_code, response.headers.multi_items(), response.read())
            self.answered_by.append(answer.header("x-answered-by"))
            self.astray |= {(url, link) for link in links(answer) if not self._is_here(link)}
            return answer

        return Visitor(cast("World", self), send)

    def _is_here(self, link: str) -> bool:
        return link.startswith((f"{PATH}/", "#", "?", f"{self.thaid.issuer}/"))

    def logged(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")


def links(answer: Answer) -> list[str]:
    """Where an answer leads, and what it loads."""
    found = [answer.header("location")] if 300 <= answer.status < 400 else []
    if "html" in answer.header("content-type"):
        for _, attributes in Markup(answer.body.decode()).tags:
            found += [attributes[name] for name in ("href", "action", "src") if name in attributes]
    return found


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    program = nginx.program()
    if program is None:  # a person's machine may lack it; in CI that would hide what is broken
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "nginx is not installed: apt-get install nginx-light"
        )
    folder = tmp_path_factory.mktemp("deployed")
    database, callback = f"sqlite:///{folder / 'portal.sqlite'}", f"{ORIGIN}{PATH}/auth/callback"
    upgrade(database)
    client = Client(client_id="portal", client_secret="not a secret", redirect_uris=(callback,))
    with ThaIDEmulator.served(clients=[client]) as thaid, LoopbackSMTP() as smtp:
        registration: dict[str, Any] = {
            "issuer": thaid.issuer,
            "client_id": "portal",
            "client_secret": "not a secret",
            "redirect_uri": callback,
        }
        mail = {"host": smtp.host, "port": smtp.port, "sender": "no-reply@example.go.th", "security": "none"}
        settings = {"thaid": registration, "mail": mail, "database": database, "failures": FAILURES}
        store, keyring = SQLStore(database), Keyring({"k": b"k" * 32}, current="k")
        administrator = ElaasIdentity(
            identity_provider=ThaID(**registration), mailer=Outbox(), store=store, keyring=keyring
        )
        administrator.accounts.provision([letter()], **WHY)
        store.close()
        with nginx.running(program, folder, HOST, settings) as (port, workers):
            yield Deployed(port, workers, folder, thaid, Sent(smtp))


def test_an_officer_gets_through_by_workers_that_take_turns(deployed: Deployed) -> None:
    """R6.1, R6.3: a flow or a session would live in one process; or a link, form or cookie belong to another path."""
    person = deployed.visitor(GUESSER)
    person.headers["x-forwarded-host"] = "elsewhere.example"
    person.open(f"{PATH}/")
    assert f"{PATH}/identity/sign-in" == urlsplit(person.url).path
    styled = [link["href"] for link in Markup(person.page).of("link") if link.get("rel") == "stylesheet"]
    assert [200] == [person.ask("GET", url).status for url in styled]
    person.onboard()
    assert "" == person.session
    person.open(f"{PATH}/")
    person.sign_in()
    assert (f"{PATH}/", OFFICER.name) == (person.url, person.page)
    kept = dict(person.cookies)
    person.open(f"{PATH}/identity/sign-out")
    person.follow(person.post("/sign-out"))
    person.cookies = kept
    assert 303 == person.ask("GET", f"{PATH}/").status
    assert set() == deployed.astray
    assert all(one != other for one, other in pairwise(deployed.answered_by))
    assert {f"127.0.0.1:{worker}" for worker in deployed.workers} == set(deployed.answered_by)

    assert f'"GET {PATH}/auth/callback" 303' in deployed.logged("portal.access.log")
    assert [] == [log.name for log in deployed.folder.glob("*.log") if "code=" in deployed.logged(log.name)]


def test_an_error_in_the_callback_is_not_logged_with_its_query(deployed: Deployed) -> None:
    """R7.2: nginx quotes the request in its error log, an authorization code that nobody has used included."""
    person, too_large = deployed.visitor(GUESSER), b"x" * (1024 * 1024 + 1)
    for path in ("identity/sign-in", "auth/callback"):
        assert 413 == person.ask("POST", f"{PATH}/{path}?code=unused-{path[:4]}", too_large).status
    assert "code=unused-iden" in deployed.logged("portal.error.log")
    assert [] == [
        log.name for log in deployed.folder.glob("*.log") if "unused-auth" in deployed.logged(log.name)
    ]


def test_r4_3_a_client_has_one_budget_whatever_it_says_of_its_address(deployed: Deployed) -> None:
    """R4.3: a guesser would have as many guesses as addresses; or one guesser close the way for everybody."""

    def guess(number: int, address: str, said: str, **how: bool) -> str:
        body = json.dumps({"username": f"nobody-{address}-{number}", "password": "a guess, and a long one"})
        json_type = {"content_type": "application/json", "x_forwarded_for": said}
        asked = deployed.visitor(address, **how)
        answer = asked.ask("POST", f"{PATH}/identity/api/sign-in", body.encode(), **json_type)
        return str(json.loads(answer.body)["code"])

    forged = [f"198.51.100.{number}" for number in range(FAILURES + 1)]
    answers = [guess(number, GUESSER, said) for number, said in enumerate(forged)]
    assert [*["credential_wrong"] * FAILURES, "sign_in_throttled"] == answers
    assert "credential_wrong" == guess(0, COLLEAGUE, GUESSER)
    assert "sign_in_throttled" == guess(5, GUESSER, "127.0.0.1", past_nginx=True)
    assert "credential_wrong" == guess(0, INSIDER, GUESSER, past_nginx=True)
