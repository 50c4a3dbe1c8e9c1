"""R9.2: 64 threads and 64 tasks at once on real databases: SQLite files and PostgreSQL, the sync and the async facade.

What the schedules of `test_interleavings.py` show for every order, this shows for real locks, transactions and pools.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeAlias

import pytest

from elaas_identity import (
    AsyncElaasIdentity,
    Browser,
    ElaasIdentity,
    ElaasIdentityError,
    FirstUse,
    Keyring,
)
from elaas_identity.accounts.account import BindingRecord
from elaas_identity.change import Key
from elaas_identity.events import Event
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.one_time_code import one_time_code
from elaas_identity.passwords.hashing import PasswordHashing
from elaas_identity.providers.sql import AsyncSQLStore, SQLStore
from elaas_identity.testing.clock import SeededRandom, SteppingClock
from elaas_identity.testing.outbox import AsyncOutbox, Outbox
from tests.facade.portal import (
    CHOSEN,
    ISSUED,
    SECRET,
    USERNAME,
    AsyncScriptedIdentityProvider,
    Driven,
    Portal,
    ScriptedIdentityProvider,
)
from tests.facade.stored import stored_account, stored_bindings, stored_flow

MANY = 64

Act: TypeAlias = Callable[[Any], Any]


class Crowd(Portal):
    """A portal that many use at once."""

    at_once: Callable[[list[Act]], list[Any]]
    """Runs the calls at once, each given the facade: what each returned, or the typed error that it raised."""

    def told(self, outcomes: list[Any]) -> Counter[str]:
        """How often each outcome came: a step's kind or an error's code."""
        return Counter(
            each.code if isinstance(each, ElaasIdentityError) else each.step.kind for each in outcomes
        )

    def count(self, kind: str, account_id: str) -> int:
        """How many events of a kind the account has."""
        key = Key(Event, account_id, field="account_id", limit=1_000)
        return sum(event.kind == kind for event in self.store.load(key).all(key))


@pytest.fixture(params=["threads", "tasks"])
def crowd(request: pytest.FixtureRequest, database_url: str) -> Iterator[Crowd]:
    """The sync facade in threads, the async one in tasks."""
    clock = SteppingClock()
    idp, outbox = ScriptedIdentityProvider(clock), Outbox()
    keyring = Keyring({"k1": SECRET}, current="k1")
    common: dict[str, Any] = {
        "keyring": keyring,
        "policy": FOR_TESTS,
        "clock": clock,
        "random": SeededRandom(11),
    }
    with asyncio.Runner() as runner:
        elaas: Any
        store: Any
        if request.param == "threads":
            store = SQLStore(database_url)
            elaas = ElaasIdentity(identity_provider=idp, mailer=outbox, store=store, **common)
            crowd = Crowd(elaas, store, outbox, idp, clock, keyring, [], FOR_TESTS)
            crowd.at_once = lambda calls: in_threads(elaas, calls)
        else:
            mailer = AsyncOutbox()
            store = AsyncSQLStore(database_url)
            elaas = AsyncElaasIdentity(
                identity_provider=AsyncScriptedIdentityProvider(idp), mailer=mailer, store=store, **common
            )
            driven, driven_store = Driven(elaas, runner.run), Driven(store, runner.run)
            crowd = Crowd(driven, driven_store, mailer, idp, clock, keyring, [], FOR_TESTS)
            crowd.at_once = lambda calls: runner.run(in_tasks(elaas, calls))
        yield crowd
        crowd.elaas.close()
        crowd.store.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Each database, empty."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


def in_threads(elaas: ElaasIdentity, calls: list[Act]) -> list[Any]:
    """All of them at once, a thread for each; an untyped error fails the test."""
    start = Barrier(len(calls))

    def run(call: Act) -> Any:
        start.wait(30)
        try:
            return call(elaas)
        except ElaasIdentityError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


async def in_tasks(elaas: AsyncElaasIdentity, calls: list[Act]) -> list[Any]:
    """All of them at once, a task for each."""

    async def run(call: Act) -> Any:
        try:
            return await call(elaas)
        except ElaasIdentityError as error:
            return error

    return await asyncio.gather(*(run(call) for call in calls))


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Every comparison of a one-time code, and what it said."""
    said: list[bool] = []
    real = one_time_code.matches

    def matches(*given: Any, **named: Any) -> bool:
        said.append(real(*given, **named))
        return said[-1]

    monkeypatch.setattr(one_time_code, "matches", matches)
    return said


def act(method: str, *arguments: str, browser: Browser) -> Act:
    """A call that waits to be made."""
    return lambda elaas: getattr(elaas, method)(*arguments, browser=browser)


def code_submits(flow_id: str, browser: Browser, *codes: str) -> list[Act]:
    """Each of these codes typed in."""
    return [act("submit_one_time_code", flow_id, code, browser=browser) for code in codes]


def test_r9_2_of_64_right_codes_one_wins(crowd: Crowd, compared: list[bool]) -> None:
    """A code would be good for several requests that arrive together."""
    account_id, browser = crowd.provision(), crowd.browser()
    flow_id = crowd.mailed(browser).flow_id
    told = crowd.told(crowd.at_once(code_submits(flow_id, browser, *[crowd.code()] * MANY)))
    assert 1 == told["set_password"]
    assert {"set_password", "out_of_order", "one_time_code_exhausted"} >= set(told)
    assert 1 == crowd.count("one_time_code.confirmed", account_id)
    assert 1 <= len(compared) <= 5
    assert "password" == stored_flow(crowd, flow_id).stage


def test_r9_2_of_64_wrong_codes_five_are_compared(crowd: Crowd, compared: list[bool]) -> None:
    """Guesses that arrive together would be more than five (CWE-362)."""
    account_id, browser = crowd.provision(), crowd.browser()
    flow_id = crowd.mailed(browser).flow_id
    told = crowd.told(crowd.at_once(code_submits(flow_id, browser, *[crowd.wrong_code()] * MANY)))
    assert [False] * 5 == compared
    assert {"one_time_code_wrong": 5, "one_time_code_exhausted": MANY - 5} == told
    assert 5 == crowd.count("one_time_code.refused", account_id)


def test_r9_2_a_right_code_among_four_wrong_ones_wins(crowd: Crowd, compared: list[bool]) -> None:
    """Wrong codes would turn a right one away that is within the limit."""
    crowd.provision()
    browser = crowd.browser()
    flow_id = crowd.mailed(browser).flow_id
    codes = [crowd.wrong_code()] * 4 + [crowd.code()]
    outcomes = crowd.at_once(code_submits(flow_id, browser, *codes))
    assert "set_password" == outcomes[-1].step.kind
    assert 1 == sum(compared)
    assert {"set_password", "one_time_code_wrong", "out_of_order"} >= set(crowd.told(outcomes))


def test_r9_2_of_64_passwords_one_is_set(crowd: Crowd) -> None:
    """An account would be taken up twice, or half."""
    account_id, browser = crowd.provision(), crowd.browser()
    flow_id = crowd.confirmed(browser).flow_id
    epoch = stored_account(crowd, account_id).epoch
    told = crowd.told(
        crowd.at_once(
            [act("set_password", flow_id, f"{CHOSEN} {number}", browser=browser) for number in range(MANY)]
        )
    )
    assert 1 == told["password_set"]
    assert {"password_set", "out_of_order", "flow_ended"} >= set(told)
    assert epoch + 1 == stored_account(crowd, account_id).epoch
    assert 1 == crowd.count("password.set", account_id)
    (binding,) = stored_bindings(crowd, account_id)
    assert binding.id == stored_account(crowd, account_id).binding_id


def test_r9_2_of_two_officers_one_takes_the_account_up(crowd: Crowd) -> None:
    """Two people would hold one account (invariant 7)."""
    account_id = crowd.provision(person=FirstUse())
    flows = [(browser, crowd.confirmed(browser).flow_id) for browser in two_browsers(crowd)]
    calls = [
        act("set_password", flow_id, f"{CHOSEN} {flow_id}", browser=browser)
        for browser, flow_id in flows
        for _ in range(MANY // 2)
    ]
    outcomes = crowd.at_once(calls)
    told = crowd.told(outcomes)
    assert 1 == told["password_set"]
    assert {"password_set", "out_of_order", "flow_ended", "flow_superseded"} >= set(told)
    assert told["flow_superseded"] >= 1
    key = Key(BindingRecord, account_id, field="account_id")
    assert 1 == len(crowd.store.load(key).all(key))


def two_browsers(crowd: Crowd) -> Iterator[Browser]:
    """Two browsers, one after the other; the cool-down of the shared mailbox between them."""
    yield crowd.browser("192.0.2.1")
    crowd.clock.shift(seconds=61)
    yield crowd.browser("192.0.2.2")


def test_r9_2_of_64_callbacks_one_is_exchanged(crowd: Crowd) -> None:
    """An authorization code would be exchanged twice (R5.1)."""
    account_id, browser = crowd.provision(), crowd.browser()
    query = crowd.callback_query(crowd.begin(browser).flow_id, browser)
    exchanged: list[str] = []
    crowd.idp.before_redeem = lambda: exchanged.append("once")
    told = crowd.told(crowd.at_once([act("receive_callback", query, browser=browser)] * MANY))
    assert ["once"] == exchanged
    assert 1 == told["provide_email"]
    assert {"provide_email", "callback_unknown", "out_of_order"} >= set(told)
    assert 1 == crowd.count("identity.returned", account_id)


def test_r9_2_64_trips_of_one_flow_all_get_away(crowd: Crowd) -> None:
    """Many tabs of one browser would be refused as contended; or leave more than five live states (invariant 10)."""
    crowd.provision()
    browser = crowd.browser()
    flow_id = crowd.begin(browser).flow_id
    outcomes = crowd.at_once([act("authorize", flow_id, browser=browser)] * MANY)
    assert [] == [each for each in outcomes if isinstance(each, ElaasIdentityError)]
    assert MANY == len({each.url for each in outcomes})
    assert 5 == len(stored_flow(crowd, flow_id).live_attempts)


def test_r9_2_64_officers_begin(crowd: Crowd) -> None:
    """Accounts would stand in each other's way on the first morning."""
    usernames = [f"laas-51{number:05}" for number in range(MANY)]
    for username in usernames:
        crowd.provision(username)
    browsers = [crowd.browser() for _ in usernames]
    told = crowd.told(
        crowd.at_once(
            [
                act("begin", username, ISSUED, browser=browser)
                for username, browser in zip(usernames, browsers, strict=True)
            ]
        )
    )
    assert {"verify_identity": MANY} == told


def test_r9_2_of_64_wrong_passwords_five_are_verified(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guesses that arrive together would each cost an Argon2, and be more than the limit (R4.1)."""
    crowd.provision()
    verified: list[bool] = []
    real = PasswordHashing.verify

    def verify(hashing: PasswordHashing, stored: str, prepared: str) -> bool:
        verified.append(real(hashing, stored, prepared))
        return verified[-1]

    monkeypatch.setattr(PasswordHashing, "verify", verify)
    browser = crowd.browser()
    guesses = [act("begin", USERNAME, "not the one in the letter", browser=browser)] * MANY
    assert {"credential_wrong": 5, "sign_in_throttled": MANY - 5} == crowd.told(crowd.at_once(guesses))
    assert [False] * 5 == verified


def test_f71_right_passwords_that_arrive_together_all_sign_in(crowd: Crowd) -> None:
    """An office whose officers share an account would be refused as if somebody had guessed."""
    crowd.provision()
    crowd.onboarded()
    right = [act("begin", USERNAME, CHOSEN, browser=crowd.browser())] * 16
    assert {"signed_in": 16} == crowd.told(crowd.at_once(right))
    wrong = [act("begin", USERNAME, "not the one in the letter", browser=crowd.browser())] * 5
    assert {"credential_wrong": 5} == crowd.told(crowd.at_once(wrong))
