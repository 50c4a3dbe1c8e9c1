"""R11.3: what a whole onboarding asks of its store: loads, commits and statements, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine

from elaas_identity import ElaasIdentity, Keyring
from elaas_identity.policy import FOR_TESTS
from elaas_identity.providers.sql import SQLStore
from elaas_identity.testing import Outbox, SeededRandom, SteppingClock
from tests.facade.portal import CHOSEN, ISSUED, SECRET, USERNAME, Portal, ScriptedIdentityProvider
from tests.providers.counting import counted

LOADS_AND_COMMITS = {
    "begin": (1, 2),
    "authorize": (1, 1),
    "receive_callback": (1, 2),
    # Looks once more after the mail: meanwhile another tab may have used the last attempt.
    "submit_email": (2, 1),
    "submit_one_time_code": (1, 2),
    "set_password": (1, 1),
}


@pytest.fixture
def engine(sql_url: str) -> Iterator[Engine]:
    """A database with our tables in it."""
    engine = create_engine(sql_url)
    yield engine
    engine.dispose()


@pytest.fixture
def portal(engine: Engine) -> Iterator[Portal]:
    """A portal over that database, with an issued account."""
    clock, keyring, outbox, store = (
        SteppingClock(),
        Keyring({"k": SECRET}, current="k"),
        Outbox(),
        SQLStore(engine),
    )
    idp = ScriptedIdentityProvider(clock)
    elaas = ElaasIdentity(
        identity_provider=idp,
        mailer=outbox,
        store=store,
        keyring=keyring,
        policy=FOR_TESTS,
        clock=clock,
        random=SeededRandom(7),
    )
    portal = Portal(elaas, store, outbox, idp, clock, keyring, [], FOR_TESTS)
    portal.provision(contact="office@sommut.example.go.th")
    yield portal
    elaas.close()


def onboard(portal: Portal) -> Iterator[str]:
    """Make the calls of an onboarding, one after the other; the name of each once it is done."""
    elaas, browser = portal.elaas, portal.browser()
    flow_id = elaas.begin(USERNAME, ISSUED, browser=browser).flow_id
    yield "begin"
    query = portal.callback_query(flow_id, browser)
    yield "authorize"
    elaas.receive_callback(query, browser=browser)
    yield "receive_callback"
    elaas.submit_email(flow_id, "clerk@sommut.example.go.th", browser=browser)
    yield "submit_email"
    code = portal.code()
    elaas.submit_one_time_code(flow_id, code, browser=browser)
    yield "submit_one_time_code"
    elaas.set_password(flow_id, CHOSEN, browser=browser)
    yield "set_password"


def test_r11_3_an_onboarding_takes_at_most_45_statements(engine: Engine, portal: Portal) -> None:
    """22,000 agencies in one week would wait for the database and not for the hashing."""
    with counted(engine) as seen:
        calls = list(onboard(portal))
    assert list(LOADS_AND_COMMITS) == calls
    assert len(seen.statements) <= 45
    assert 9 == seen.commits


def test_r11_3_each_call_loads_once_for_each_commit_at_most(portal: Portal) -> None:
    """A call would read a record several times, and could decide on two states that never stood together."""
    driver, asked = portal.elaas._driver, Counter[str]()
    perform = driver.perform

    def counting(effect: Any) -> Any:
        asked[type(effect).__name__] += 1
        return perform(effect)

    driver.perform = counting
    found: dict[str, tuple[int, int]] = {}
    for call in onboard(portal):
        found[call] = asked["Load"], asked["Commit"]
        asked.clear()
    assert LOADS_AND_COMMITS == found
