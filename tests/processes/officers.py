"""Several officers, each from the letter to a new password, in a process of its own. A test imports it into that
process, whose arguments are: the way to run, ThaID's issuer, the mail server's port, the database's URL.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import sys
from collections.abc import Generator, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx

from elaas_identity import (
    AccountKind,
    AsyncElaasIdentity,
    AsyncThaID,
    Browser,
    ElaasIdentity,
    Expected,
    Keyring,
    NewAccount,
    ThaID,
)
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.providers.smtp import AsyncSMTPMailer, SMTPMailer
from elaas_identity.providers.sql import AsyncSQLStore, SQLStore
from elaas_identity.testing import CITIZENS
from tests.facade.portal import CHOSEN, ISSUED, SECRET, code_in

CLIENT_ID, CLIENT_SECRET = "portal", "s3cret"
REDIRECT_URI = "https://portal.example.go.th/auth/callback"
OFFICERS = range(4)
PEOPLE = 2
"""Who are proven well enough: the first of `CITIZENS`. Each has two accounts."""

keyring = Keyring({"k1": SECRET}, current="k1")


class Post:
    """A mailer that sends, and remembers the code."""

    def __init__(self, mailer: Any) -> None:
        self._mailer, self._texts = mailer, dict[str, str]()

    def send(self, mail: Any) -> Any:
        self._texts[mail.recipient.value] = mail.text
        return self._mailer.send(mail)

    def close(self) -> Any:
        return self._mailer.close()

    def code(self, address: str) -> str:
        return code_in(self._texts[address])


class Portal:
    """The facade with the library's own providers over real sockets, synchronous or not."""

    def __init__(self, *, is_async: bool) -> None:
        _, _, issuer, port, url = sys.argv
        kinds: tuple[Any, ...] = (
            (AsyncSMTPMailer, AsyncThaID, AsyncSQLStore, AsyncElaasIdentity)
            if is_async
            else (SMTPMailer, ThaID, SQLStore, ElaasIdentity)
        )
        mailer, provider, store, facade = kinds
        sender = "no-reply@portal.example.go.th"
        self.post = Post(mailer("127.0.0.1", int(port), sender=sender, security="none"))
        self.provider = provider(
            client_id=CLIENT_ID, client_secret=CLIENT_SECRET, redirect_uri=REDIRECT_URI, issuer=issuer
        )
        self.store = store(url)
        self.elaas = facade(
            identity_provider=self.provider,
            mailer=self.post,
            store=self.store,
            keyring=keyring,
            policy=FOR_TESTS,
        )

    def officer(self, number: int) -> Generator[Any, Any, str]:
        """All calls of one onboarding, each to be awaited where the facade is asynchronous."""
        elaas, browser, address = self.elaas, Browser.new(keyring), f"officer-{number}@sommut.example.go.th"
        new = NewAccount(
            username=f"laas-{number}",
            password=ISSUED,
            kind=AccountKind.LOCAL_GOVERNMENT,
            agency_code="5100101",
            agency_name="เทศบาลตำบลสมมติ",
            person=Expected(CITIZENS[number % PEOPLE].national_id),
        )
        yield elaas.accounts.provision([new], by="admin-1", reason="letter 1/2567")
        flow_id = (yield elaas.begin(f"laas-{number}", ISSUED, browser=browser)).flow_id
        url = (yield elaas.authorize(flow_id, browser=browser)).url
        said_yes = httpx.post(url, data={"approve": str(number % PEOPLE)}, trust_env=False)
        yield elaas.receive_callback(urlsplit(said_yes.headers["location"]).query, browser=browser)
        yield elaas.submit_email(flow_id, address, browser=browser)
        done = yield elaas.confirm_and_set_password(flow_id, self.post.code(address), CHOSEN, browser=browser)
        return f"{done.step.kind} {number}"

    def onboard(self, number: int) -> None:
        calls = self.officer(number)
        answer: Any = None
        try:
            while True:
                answer = calls.send(answer)
        except StopIteration as ended:
            print(ended.value, flush=True)

    async def onboard_awaiting(self, number: int) -> None:
        calls = self.officer(number)
        answer: Any = None
        try:
            while True:
                asked = calls.send(answer)
                answer = await asked if inspect.isawaitable(asked) else asked
        except StopIteration as ended:
            print(ended.value, flush=True)

    async def onboard_at_once(self, *numbers: int) -> None:
        await asyncio.gather(*map(self.onboard_awaiting, numbers))

    def close(self) -> Iterator[Any]:
        """Each to be awaited where the facade is asynchronous."""
        return (each.close() for each in (self.elaas, self.provider, self.store))


def under_gevent() -> None:
    import gevent

    portal = Portal(is_async=False)
    gevent.joinall([gevent.spawn(portal.onboard, number) for number in OFFICERS], raise_error=True)
    list(portal.close())


def under_uvloop() -> None:
    import uvloop

    async def work() -> None:
        assert type(asyncio.get_running_loop()).__module__.startswith("uvloop")
        portal = Portal(is_async=True)
        await portal.onboard_at_once(*OFFICERS)
        for closed in portal.close():
            await closed

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work())


def after_a_fork() -> None:
    """As a server that preloads: what the parent made and used, its workers use, and so does the parent."""
    portal = Portal(is_async=False)
    portal.onboard(0)
    workers = []
    for number in (1, 2):
        worker = os.fork()
        if worker == 0:
            portal.onboard(number)
            list(portal.close())
            os._exit(0)
        workers.append(worker)
    assert [0, 0] == [os.waitpid(worker, 0)[1] for worker in workers]
    portal.onboard(3)
    list(portal.close())


def after_a_fork_awaiting() -> None:
    """The same with an asynchronous facade, whose every process has an event loop of its own."""
    portal = Portal(is_async=True)

    async def work(*numbers: int) -> None:
        await portal.onboard_at_once(*numbers)
        for closed in portal.close():
            await closed

    with asyncio.Runner() as runner:
        runner.run(work(0))
    worker = os.fork()
    with asyncio.Runner() as runner:
        runner.run(work(1, 2) if worker == 0 else work(3))
    if worker == 0:
        os._exit(0)
    assert 0 == os.waitpid(worker, 0)[1]


{
    "gevent": under_gevent,
    "uvloop": under_uvloop,
    "fork": after_a_fork,
    "fork, async": after_a_fork_awaiting,
}[sys.argv[1]]()
