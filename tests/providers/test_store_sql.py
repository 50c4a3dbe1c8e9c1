"""The SQL stores' tables, engines and settings: what the contract suite, which knows no database, cannot see."""

from __future__ import annotations

import asyncio
import importlib
import os
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta, timezone
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, func, make_url, select, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import StaticPool

from elaas_identity.change import Change, Done, Exhausted, Key
from elaas_identity.errors import Misconfigured, ProviderFailed
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.transitions import Purpose, Stage
from elaas_identity.ports import Store
from elaas_identity.providers import migrations
from elaas_identity.providers.memory import MemoryStore
from elaas_identity.providers.sql import AsyncSQLStore, SQLStore, upgrade
from elaas_identity.providers.sql_schema import METADATA, VERSION_TABLE
from elaas_identity.providers.sql_transactions import MIGRATION_LOCK
from elaas_identity.testing.at_once import Awaited
from elaas_identity.testing.store_examples import (
    ACCOUNT,
    DAY,
    FLOW,
    GUESSES,
    MINUTE,
    NOW,
    a_charge,
    a_flow,
    an_account,
)


@pytest.fixture
def portal(sql_url: str) -> Any:
    """A portal's own engine, with a table of its own, over a database that has our tables too."""
    engine = create_engine(sql_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE visits (page TEXT)"))
    yield engine
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE visits"))
    engine.dispose()


def visits(portal: Engine) -> int:
    with portal.connect() as connection:
        found: int = connection.execute(text("SELECT count(*) FROM visits")).scalar_one()
        return found


# Tables


def test_migrations_make_the_tables_that_the_records_need(sql_url: str) -> None:
    """A field added to a record without its migration would fail in production and nowhere else."""
    engine = create_engine(sql_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "version_table": VERSION_TABLE}
        )
        assert [] == compare_metadata(context, METADATA)
    engine.dispose()


def test_upgrade_may_run_again_and_by_several_at_once(new_url: str) -> None:
    """Every worker of a portal may run it at its start; over an engine too, which stays open."""
    engine = create_engine(new_url)
    for _ in range(2):
        with ThreadPoolExecutor(4) as workers:
            assert [None] * 4 == list(workers.map(upgrade, [new_url, engine] * 2))
    assert Done() == SQLStore(engine).commit(Change(inserts=(a_flow(),)))
    engine.dispose()


def test_upgrades_of_several_databases_do_not_mix(tmp_path: Path) -> None:
    """Alembic's context is global: two upgrades at once would write into one another's database."""
    urls = [f"sqlite:///{tmp_path}/{number}.db" for number in range(4)]
    with ThreadPoolExecutor(4) as workers:
        assert [None] * 4 == list(workers.map(upgrade, urls))
    for url in urls:
        store = SQLStore(url)
        assert Done() == store.commit(Change(inserts=(a_flow(),)))
        store.close()


@pytest.mark.postgres
def test_upgrade_waits_for_another_process(postgresql_url: str) -> None:
    """Two workers that make the same tables at once would end one of them in an error."""
    engine = create_engine(postgresql_url)
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    with ThreadPoolExecutor(1) as worker, engine.connect() as other:
        other.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        upgrading = worker.submit(upgrade, postgresql_url)
        while not other.execute(waiting).scalar_one():
            assert not upgrading.done()
        other.rollback()
        assert upgrading.result() is None
    engine.dispose()


def test_upgrade_leaves_the_portals_own_migrations_alone(tmp_path: Path) -> None:
    """A version table of the portal's in the same database must be neither read nor written."""
    engine = create_engine(f"sqlite:///{tmp_path}/portal.db")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('the portal''s')"))
    upgrade(engine)
    with engine.connect() as connection:
        assert ["the portal's"] == list(connection.execute(text("SELECT * FROM alembic_version")).scalars())
        head = ScriptDirectory(str(Path(migrations.__file__).parent)).get_current_head()
        assert [head] == list(connection.execute(text(f"SELECT * FROM {VERSION_TABLE}")).scalars())
    engine.dispose()


def test_flow_of_schema_version_1_is_readable(sql_url: str) -> None:
    """A flow begun before an upgrade of this library must go on after it (allauth 65.13.1 crashed there)."""
    engine = create_engine(sql_url)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(
                text("SET TIME ZONE 'UTC'")
            )  # a test of Django's may have set another in this process
        connection.execute(
            text(
                """
                INSERT INTO elaas_flows (id, version, schema, purpose, stage, account_id, account_epoch,
                    browser_digest, created_at, expires_at, password_fingerprint, live_attempts, email_sealed,
                    one_time_code_id, one_time_code_digest, one_time_code_reference, one_time_code_sent_at,
                    one_time_code_expires_at)
                VALUES ('flow-1', 5, 1, 'onboarding', 'one_time_code', 'account-1', 3, 'k.browser',
                    '2026-01-31 23:59:59.999999', '2026-02-01 00:59:59.999999', 'k.fingerprint', '["a", "b"]',
                    'k.sealed', 'code-1', 'k.digest', 'ABCD', '2026-02-01 00:00:00.000000', NULL)
                """
            )
        )
    engine.dispose()
    store = SQLStore(sql_url)
    expected = FlowRecord(
        id="flow-1",
        version=5,
        schema=1,
        purpose=Purpose.ONBOARDING,
        stage=Stage.ONE_TIME_CODE,
        account_id="account-1",
        account_epoch=3,
        browser_digest="k.browser",
        created_at=NOW,
        expires_at=NOW + 60 * MINUTE,
        password_fingerprint="k.fingerprint",
        live_attempts=("a", "b"),
        email_sealed="k.sealed",
        one_time_code_id="code-1",
        one_time_code_digest="k.digest",
        one_time_code_reference="ABCD",
        one_time_code_sent_at=NOW + timedelta(microseconds=1),
    )
    assert expected == store.load(FLOW).one(FLOW)
    assert Done() == store.commit(Change(writes=(expected,)))
    store.close()


def test_value_of_a_newer_version_is_misconfigured(sql_url: str) -> None:
    """An old worker that meets a stage it does not know must say so, not crash or guess."""
    store = SQLStore(sql_url)
    store.commit(Change(inserts=(a_flow(),)))
    engine = create_engine(sql_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE elaas_flows SET stage = 'second_factor'"))
    engine.dispose()
    with pytest.raises(Misconfigured, match="store_schema: a Stage"):
        store.load(FLOW)
    store.close()


def test_times_of_another_zone_are_kept_in_utc(sql_url: str) -> None:
    """A time written in Bangkok must be the same moment when it is read, in UTC, and compare in the database."""
    bangkok = timezone(timedelta(hours=7))
    store = SQLStore(sql_url)
    store.commit(Change(inserts=(a_flow(expires_at=(NOW + MINUTE).astimezone(bangkok)),)))
    flow = store.load(FLOW).one(FLOW)
    assert flow is not None
    assert (NOW + MINUTE, timedelta(0)) == (flow.expires_at, flow.expires_at.utcoffset())
    assert [0, 1] == [store.purge(moment.astimezone(bangkok)) for moment in (NOW, NOW + 2 * MINUTE)]
    store.close()


def test_charges_out_of_their_window_are_dropped(sql_url: str) -> None:
    """Invariant 10: the row of a busy budget must not grow for ever, and an empty one must go."""
    store = SQLStore(sql_url)
    for day in range(5):
        store.commit(Change(charges=(a_charge(f"c{day}", NOW + day * DAY),)))
    engine = create_engine(sql_url)
    with engine.connect() as connection:
        charges = connection.execute(text("SELECT charges FROM elaas_budgets")).scalar_one()
        assert '{"c4": "2026-02-04T23:59:59.999999+00:00"}' == charges
    store.commit(Change(refunds=(a_charge("c4"),)))
    with engine.connect() as connection:
        assert 0 == connection.execute(text("SELECT count(*) FROM elaas_budgets")).scalar_one()
    engine.dispose()
    store.close()


def test_memory_shows_all_that_it_holds() -> None:
    """R7.2: the search for canaries must see a store in memory as it sees a database's dump."""
    store = MemoryStore()
    store.commit(Change(inserts=(an_account(), a_flow()), charges=(a_charge("c1"),)))
    contents = store.contents()
    assert ["AccountRecord", "Budget", "FlowRecord"] == sorted(contents)
    assert "k.index-of-account-1" == contents["AccountRecord"][0]["username_index"]
    assert {"c1": NOW} == contents["Budget"][0]["charges"]


# The portal's engine


def test_rollback_of_the_portal_undoes_nothing_of_ours(portal: Engine) -> None:
    """Invariant 3: a portal that rolls its request back after a wrong code would give the guess back."""
    store = SQLStore(portal)
    with portal.connect() as theirs:
        theirs.execute(text("SELECT * FROM visits"))
        if portal.dialect.name == "postgresql":
            # SQLite has one writer, so there the portal may only have read.
            theirs.execute(text("INSERT INTO visits VALUES ('/login')"))
        assert Done() == store.commit(Change(inserts=(a_flow(),), charges=(a_charge("c1"),)))
        theirs.rollback()
    snapshot = store.load(FLOW, GUESSES)
    assert a_flow(version=1) == snapshot.one(FLOW)
    assert 1 == snapshot.used(GUESSES, NOW)
    assert 0 == visits(portal)


def test_portals_connections_come_back_as_they_were(portal: Engine) -> None:
    """A connection that we left in autocommit would silently break the portal's next rollback."""
    store = SQLStore(portal)
    for _ in range(3):
        store.load(FLOW)
        store.commit(Change(inserts=(a_flow(),)))
        with portal.connect() as theirs:
            theirs.execute(text("INSERT INTO visits VALUES ('/login')"))
            theirs.rollback()
    assert 0 == visits(portal)
    store.close()
    assert 0 == visits(portal)


def test_engine_that_begins_by_itself_is_fit(sqlite_url: str) -> None:
    """SQLAlchemy's own recipe for SQLite begins each transaction in a listener, before we do."""
    engine = create_engine(sqlite_url)

    @event.listens_for(engine, "connect")
    def _no_driver_begin(connection: Any, _: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")

    store = SQLStore(engine)
    store.commit(Change(inserts=(an_account(),)))
    assert Done() == store.commit(Change(writes=(an_account(version=1, epoch=2),), charges=(a_charge("c1"),)))
    assert an_account(version=2, epoch=2) == store.load(ACCOUNT).one(ACCOUNT)
    engine.dispose()


@pytest.mark.postgres
def test_engine_with_a_stricter_isolation_is_fit(postgresql_url: str) -> None:
    """A portal on SERIALIZABLE must get the same answers: `Exhausted` and not an error when charges meet."""
    engine = create_engine(postgresql_url, isolation_level="SERIALIZABLE", pool_size=16)
    store = SQLStore(engine)
    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(lambda n: store.commit(Change(charges=(a_charge(f"c{n}"),))), range(16)))
    assert [3, 13] == [outcomes.count(Done()), outcomes.count(Exhausted(GUESSES, DAY))]
    engine.dispose()


def test_given_engine_is_not_closed(sqlite_url: str) -> None:
    """`close()` closes only what the object itself created."""
    engine = create_engine(sqlite_url)
    pool = engine.pool
    SQLStore(engine).close()
    assert pool is engine.pool
    with asyncio.Runner() as runner:
        runner.run(AsyncSQLStore(engine).close())
    assert pool is engine.pool
    engine.dispose()


def _over_engines(url: str, runner: asyncio.Runner) -> list[Store]:
    stores: list[Store] = [SQLStore(create_engine(url)), SQLStore(make_url(url))]
    stores += [Awaited(AsyncSQLStore(source), runner) for source in (create_engine(url), make_url(url))]
    if url.startswith("postgresql"):
        stores.append(Awaited(AsyncSQLStore(create_async_engine(url)), runner))
    return stores


def test_every_kind_of_source_is_taken(sql_url: str) -> None:
    """A URL, a sync engine and, where there is one, an async engine must all reach the same tables."""
    with asyncio.Runner() as runner:
        for number, store in enumerate(_over_engines(sql_url, runner)):
            assert Done() == store.commit(Change(inserts=(a_flow(f"flow-{number}"),)))
            found = Key(FlowRecord, "account-1", "account_id")
            assert number + 1 == len(store.load(found).all(found))
            assert 0 == store.purge(NOW - DAY)
            store.close()
            # What is ours was closed, and opens again; what is the portal's was left open.
            assert a_flow("flow-0", version=1) == store.load(found).one(found)
            inner: Any = store.awaited if isinstance(store, Awaited) else store
            runner.run(_dispose(inner))


async def _dispose(store: Any) -> None:
    database = getattr(store._database, "_database", store._database)
    engine = database._engine.here()
    if isinstance(engine, Engine):
        engine.dispose()
    else:
        await engine.dispose()
    if database is not store._database:
        await store.close()


# Settings


@pytest.mark.parametrize("make", [SQLStore, AsyncSQLStore, upgrade])
@pytest.mark.parametrize(
    ("source", "detail"),
    [
        ("not a URL, password=canary-7461", "not a database URL"),
        ("mysql://portal:canary-7461@db/portal", "SQLite or PostgreSQL, not mysql"),
        ("postgresql+nothing://portal:canary-7461@db/portal", "NoSuchModuleError for postgresql+nothing"),
        ("sqlite://", "use MemoryStore"),
        ("sqlite:///:memory:", "use MemoryStore"),
    ],
)
def test_unfit_database_is_told_at_once(make: Any, source: str, detail: str) -> None:
    """A wrong setting must fail when the portal starts, without repeating the URL, which may hold a password."""
    with pytest.raises(Misconfigured) as told:
        make(source)
    assert "store_settings" == told.value.code
    assert detail in told.value.detail
    assert "canary" not in str(told.value)


def test_engine_with_one_connection_is_unfit() -> None:
    """On a connection shared with the portal there is no transaction of our own."""
    for engine in (create_engine("sqlite://"), create_engine("sqlite:///x.db", poolclass=StaticPool)):
        with pytest.raises(Misconfigured, match="store_settings"):
            SQLStore(engine)


def test_async_engine_over_sqlite_is_unfit() -> None:
    """SQLite is driven in a thread: the message must say what to pass instead."""
    driver = ModuleType("aiosqlite")
    vars(driver).update(vars(sqlite3), has_stop=True)
    engine = create_async_engine("sqlite+aiosqlite:///x.db", module=driver)
    with pytest.raises(Misconfigured, match="store_settings: SQLite is driven in a thread"):
        AsyncSQLStore(engine)


def test_engine_without_transactions_is_unfit(sqlite_url: str) -> None:
    """Python 3.12's `autocommit=True` turns commit and rollback into nothing."""

    class Autocommitting(sqlite3.Connection):
        autocommit = True

    engine = create_engine(sqlite_url, connect_args={"factory": Autocommitting})
    with pytest.raises(Misconfigured, match="store_settings: sqlite3 with autocommit=True"):
        SQLStore(engine).commit(Change(inserts=(a_flow(),)))
    engine.dispose()


def test_making_a_store_touches_nothing(tmp_path: Path) -> None:
    """Constructors do no I/O: a portal must import while its database is away."""
    SQLStore(f"sqlite:///{tmp_path}/later.db").close()
    SQLStore("postgresql://portal@db.invalid/portal").close()
    AsyncSQLStore("postgresql://portal@db.invalid/portal")
    assert [] == list(tmp_path.iterdir())


def test_missing_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing extra must be told by the command that adds it."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    for make in (SQLStore, AsyncSQLStore):
        with pytest.raises(
            Misconfigured, match=r'extra_missing: psycopg: pip install "elaas-identity\[postgres\]"'
        ):
            make("postgresql://portal@db.invalid/portal")


def test_missing_alembic_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for `upgrade`."""
    monkeypatch.setitem(sys.modules, "alembic", None)
    with pytest.raises(Misconfigured, match=r'extra_missing: alembic: pip install "elaas-identity\[sql\]"'):
        upgrade("sqlite:///x.db")


def test_missing_sqlalchemy_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for the module itself, which cannot be imported without."""
    for name in [name for name in sys.modules if name.startswith("elaas_identity.providers.sql")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(
        Misconfigured, match=r'extra_missing: sqlalchemy: pip install "elaas-identity\[sql\]"'
    ):
        importlib.import_module("elaas_identity.providers.sql")


def test_a_write_that_the_portal_has_open_is_waited_for_and_told(sqlite_url: str) -> None:
    """F45: the documentation would promise an error that does not come, or a portal would hang without end."""
    store = SQLStore(f"{sqlite_url}?timeout=0.1")
    engine = create_engine(sqlite_url)
    with engine.begin() as theirs:
        theirs.execute(text("DELETE FROM elaas_flows"))
        with pytest.raises(ProviderFailed, match="store_unavailable"):
            store.commit(Change(inserts=(a_flow(),)))
    assert Done() == store.commit(Change(inserts=(a_flow(),)))
    store.close()
    engine.dispose()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
@pytest.mark.parametrize("make", [SQLStore, AsyncSQLStore, upgrade])
def test_a_new_sqlite_file_is_its_owners_alone(tmp_path: Path, make: Any) -> None:
    """F13: every account of the machine could read the database, and the log beside it."""
    file = tmp_path / "elaas.db"
    url = f"sqlite:///{file}"
    with asyncio.Runner() as runner:
        made = make(url)
        if made is not None:
            store = Awaited(made, runner) if isinstance(made, AsyncSQLStore) else made
            with pytest.raises(Misconfigured, match="store_schema"):
                store.load(FLOW)
            store.close()
        assert 0o600 == file.stat().st_mode & 0o777
        upgrade(url)
        writing = SQLStore(url)
        writing.commit(Change(inserts=(a_flow(),)))
        names = ["elaas.db", "elaas.db-shm", "elaas.db-wal"]
        assert dict.fromkeys(names, 0o600) == {
            each.name: each.stat().st_mode & 0o777 for each in tmp_path.iterdir()
        }
        writing.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_the_mode_of_a_sqlite_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    """F13: an administrator who lets a group read the file for backups would lose that at the next start."""
    file = tmp_path / "elaas.db"
    file.touch()
    file.chmod(0o640)
    upgrade(f"sqlite:///{file}")
    assert 0o640 == file.stat().st_mode & 0o777
