"""An upgrade on PostgreSQL beside processes that go on working: nobody is broken off, and it ends (F70)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import count as count_from
from pathlib import Path
from queue import SimpleQueue

import pytest
from sqlalchemy import Connection, Engine, create_engine, inspect, text

from elaas_identity import ElaasIdentity, Expected, PasswordSet
from elaas_identity.cli import main
from elaas_identity.errors import ProviderFailed
from elaas_identity.providers import sql_upgrade
from elaas_identity.providers.sql import SQLStore, upgrade
from elaas_identity.testing.citizens import CITIZENS
from elaas_identity.testing.clock import SeededRandom
from tests.facade.portal import CHOSEN, made
from tests.providers.conftest import by_driver

pytestmark = pytest.mark.postgres

STEP = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "{revision}", "{before}"


def upgrade() -> None:
    for table in ("flows", "events", "budgets", "bindings", "accounts"):
        op.add_column(f"elaas_{{table}}", sa.Column("{revision}", sa.Text(), nullable=True))
"""
"""A step of a version to come, in an order that no commit keeps to."""

AN_EVENT = (
    "INSERT INTO elaas_events (id, version, schema, at, kind, outcome) VALUES ('e', 1, 1, now(), 'k', 'o')"
)


@pytest.fixture
def database(postgresql_server: str) -> Iterator[tuple[str, Engine]]:
    """A database of this test's own, with today's tables, and an engine over it."""
    engine = create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE rolling"))
    url = engine.url.set(database="rolling").render_as_string(hide_password=False)
    upgrade(url)
    inside = create_engine(url)
    yield url, inside
    inside.dispose()
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE rolling WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Makes this the library of some versions later: its steps, and so many more."""
    steps = tmp_path / "migrations"
    shutil.copytree(sql_upgrade.STEPS, steps)
    monkeypatch.setattr(sql_upgrade, "STEPS", steps)

    def follows(count: int) -> None:
        from alembic.script import ScriptDirectory

        before = ScriptDirectory(str(steps)).get_current_head()
        revision = f"next_{count}"
        (steps / "versions" / f"{revision}.py").write_text(STEP.format(revision=revision, before=before))

    return follows


def columns_of_events(engine: Engine) -> set[str]:
    return {column["name"] for column in inspect(engine).get_columns("elaas_events")}


def wait_for_one_who_waits(connection: Connection) -> None:
    """Until the upgrade waits for a table that somebody else holds."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'relation'")
    while not connection.scalar(waiting):
        pass


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_f70_an_upgrade_gives_way_to_a_commit_that_is_half_way(
    database: tuple[str, Engine], next_version: Callable[[int], None], driver: str
) -> None:
    """The commit holds an account and wants an event, the upgrade the other way round: one of them is broken off."""
    pytest.importorskip(driver)
    url, engine = database
    next_version(1)
    with ThreadPoolExecutor(1) as thread, engine.connect() as watching:
        with engine.begin() as commit:
            commit.execute(text("SELECT id FROM elaas_accounts FOR SHARE"))
            upgraded = thread.submit(upgrade, by_driver(url, driver))
            wait_for_one_who_waits(watching)
            commit.execute(text(AN_EVENT))
        upgraded.result()
    assert "next_1" in columns_of_events(engine)


@pytest.mark.parametrize("within", [False, True], ids=["by itself", "within the portal's own migration"])
def test_f70_an_upgrade_that_gets_no_turn_ends_in_the_operators_words(
    database: tuple[str, Engine],
    next_version: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    within: bool,
) -> None:
    """It would wait for ever, and everybody behind it; or tell the operator what is meant for a person."""
    url, engine = database
    next_version(1)
    monkeypatch.setattr(sql_upgrade, "TRIES", 2)
    monkeypatch.setattr(sql_upgrade, "PAUSE_SECONDS", 0)
    with engine.begin() as commit:
        commit.execute(text("SELECT id FROM elaas_flows FOR SHARE"))
        if within:
            with engine.connect() as connection, connection.begin():
                connection.execute(text("SET LOCAL lock_timeout = '7s'"))
                with pytest.raises(ProviderFailed, match="store_contended: the tables were in use"):
                    upgrade(connection)
        else:
            assert 1 == main(["db", "upgrade", "--url", url])
            assert "run it again" in capsys.readouterr().err
    assert "next_1" not in columns_of_events(engine)
    upgrade(url)
    assert "next_1" in columns_of_events(engine)


def test_f70_the_portals_own_time_limit_stands_again_afterwards(
    database: tuple[str, Engine], next_version: Callable[[int], None]
) -> None:
    """The rest of the portal's own migration would be given up after a third of a second."""
    _, engine = database
    next_version(1)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '7s'"))
        upgrade(connection)
        assert "7s" == connection.scalar(text("SHOW lock_timeout"))


def test_f70_people_go_on_while_the_tables_are_upgraded(
    database: tuple[str, Engine], next_version: Callable[[int], None], tmp_path: Path
) -> None:
    """Who is half-way in a process of the older version would meet an error at the moment of the upgrade."""
    url, engine = database
    onboarded: SimpleQueue[int] = SimpleQueue()

    def portal_of(number: int) -> None:
        folder = tmp_path / f"portal-{number}"
        folder.mkdir()
        with made("sync-memory", folder) as parts, closing(SQLStore(url)) as store:
            elaas = ElaasIdentity(
                identity_provider=parts.idp,
                mailer=parts.outbox,
                store=store,
                keyring=parts.keyring,
                policy=parts.policy,
                clock=parts.clock,
                random=SeededRandom(number),
            )
            portal = replace(parts, elaas=elaas, store=store)
            portal.idp.citizen = citizen = CITIZENS[number]
            for count in count_from(0):
                if "next_3" in columns_of_events(engine):
                    break
                username = f"laas-{number}-{count}"
                portal.provision(username, person=Expected(citizen.national_id))
                browser = portal.browser()
                flow_id = portal.begin(browser, username).flow_id
                elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
                elaas.submit_email(flow_id, f"{username}@sommut.example.go.th", browser=browser)
                elaas.submit_one_time_code(flow_id, portal.code(), browser=browser)
                step = elaas.set_password(flow_id, CHOSEN, browser=browser).step
                assert isinstance(step, PasswordSet)
                onboarded.put(number)
            elaas.close()

    with ThreadPoolExecutor(2) as threads:
        portals = [threads.submit(portal_of, number) for number in range(2)]
        for count in (1, 2, 3):
            for _ in range(2):
                onboarded.get(timeout=60)
            next_version(count)
            upgrade(url)
        for portal in portals:
            portal.result()
