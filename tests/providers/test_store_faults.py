"""What the SQL stores do when the database, the process or the connection gives way (R9.5)."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, text

from elaas_identity.change import Change, Conflict, Done, Key, Outcome, Unchanged
from elaas_identity.errors import ElaasIdentityError, Misconfigured, ProviderFailed
from elaas_identity.events import Event
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.providers.sql import AsyncSQLStore, SQLStore
from elaas_identity.testing.store_examples import (
    ACCOUNT,
    FLOW,
    GUESSES,
    NOW,
    a_charge,
    a_flow,
    an_account,
    an_event,
)
from elaas_identity.testing.store_races import CROWD, commit_together
from tests.providers.conftest import file_of

CANARY = "canary-7461"


def says_nothing(error: ElaasIdentityError) -> bool:
    """Nothing of what was stored is in the error, in whatever it is chained to, or in how it prints."""
    assert error.__cause__ is None
    assert error.__context__ is None
    return CANARY not in "".join(traceback.format_exception(error)) + repr(error)


def test_process_killed_anywhere_in_a_commit_leaves_all_or_nothing(sql_url: str) -> None:
    """Invariant 5: half a change left by a dead process would be an account nobody can open."""
    script = Path(__file__).parent / "dying.py"
    ran = subprocess.run([sys.executable, script, sql_url], capture_output=True, text=True, check=True)
    *deaths, life = ran.stdout.splitlines()
    assert "lived True True True True True" == life
    assert len(deaths) > 7
    assert {"died False False False False False"} == set(deaths)


def test_forked_worker_has_connections_of_its_own(sql_url: str) -> None:
    """Constructors survive a fork: a connection shared with the parent would mix up their answers."""
    script = Path(__file__).parent / "forking.py"
    ran = subprocess.run([sys.executable, script, sql_url], capture_output=True, text=True, check=True)
    assert ["parent connected", "child connected", "parent goes on"] == ran.stdout.splitlines()


def test_full_disk_stores_nothing_of_the_change(sqlite_url: str) -> None:
    """Invariant 5: a full disk must refuse the whole change, tell of itself, and leave what was there readable."""
    engine = create_engine(sqlite_url)

    @event.listens_for(engine, "connect")
    def _little_room(connection: Any, _: object) -> None:
        connection.execute("PRAGMA max_page_count = 80")

    store = SQLStore(engine)
    roomy = replace(GUESSES, limit=1_000)

    def filled(number: int) -> Change:
        record = an_event(f"event-{number}", flow_id=f"flow-{number}", reason=CANARY * 500)
        return Change(
            inserts=(a_flow(f"flow-{number}"), record), charges=(a_charge(f"c{number}", budget=roomy),)
        )

    number = 0
    with pytest.raises(ProviderFailed) as failed:  # noqa: PT012 - which commit fails is the disk's choice
        while Done() == store.commit(filled(number)):
            number += 1
    assert ("store_unavailable", "OperationalError SQLITE_FULL") == (failed.value.code, failed.value.detail)
    assert says_nothing(failed.value)
    assert number > 3
    keys = [Key(FlowRecord, f"flow-{each}") for each in range(number + 1)]
    events = [Key(Event, f"flow-{each}", "flow_id") for each in range(number + 1)]
    snapshot = store.load(*keys, *events, GUESSES)
    assert [True] * number + [False] == [bool(snapshot.all(key)) for key in keys]
    assert [True] * number + [False] == [bool(snapshot.all(key)) for key in events]
    assert number == snapshot.used(GUESSES, NOW)
    engine.dispose()


def test_locked_sqlite_is_unavailable_until_it_is_not(sqlite_url: str) -> None:
    """A write held elsewhere must end in a typed error that invites another try, not in a hang."""
    store = SQLStore(f"{sqlite_url}?timeout=0.01")
    holder = sqlite3.connect(file_of(sqlite_url), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(ProviderFailed) as failed:
        store.commit(Change(inserts=(a_flow(),)))
    assert ("store_unavailable", "OperationalError SQLITE_BUSY") == (failed.value.code, failed.value.detail)
    assert store.load(FLOW).one(FLOW) is None
    holder.execute("ROLLBACK")
    holder.close()
    assert Done() == store.commit(Change(inserts=(a_flow(),)))
    store.close()


def test_threads_of_one_process_queue_for_sqlite(sqlite_url: str) -> None:
    """A burst of threads must wait in a queue, not poll for the file's lock until some of them give up."""
    store = SQLStore(f"{sqlite_url}?timeout=0")
    outcomes = commit_together(store, [Change(inserts=(a_flow(f"flow-{each}"),)) for each in range(CROWD)])
    assert [Done()] * CROWD == outcomes
    store.close()


def test_processes_take_turns_on_one_sqlite_file(sqlite_url: str) -> None:
    """A commit that reads before it writes must hold the write lock from its begin, or fail at random."""
    stores = [SQLStore(sqlite_url) for _ in range(8)]  # each has its own queue, as each process has
    stores[0].commit(Change(inserts=(an_account(),)))
    roomy = replace(GUESSES, limit=1_000)

    def commit_some(number: int) -> set[Outcome]:
        return {
            stores[number].commit(
                Change(
                    expects=(Unchanged(ACCOUNT, {"epoch": 1}),),
                    charges=(a_charge(f"c{number}-{each}", budget=roomy),),
                )
            )
            for each in range(20)
        }

    with ThreadPoolExecutor(len(stores)) as threads:
        assert [{Done()}] * len(stores) == list(threads.map(commit_some, range(len(stores))))
    assert 160 == stores[0].load(roomy).used(roomy, NOW)
    for store in stores:
        store.close()


def test_unreachable_database_is_unavailable(tmp_path: Path) -> None:
    """A database that is not there must be a typed error without the URL's password."""
    for url in (
        f"sqlite:///{tmp_path}/no/such/folder/x.db",
        f"postgresql://portal:{CANARY}@127.0.0.1:1/portal",
    ):
        store = SQLStore(url)
        with pytest.raises(ProviderFailed) as failed:
            store.load(FLOW)
        assert "store_unavailable" == failed.value.code
        assert says_nothing(failed.value)
        store.close()
        with asyncio.Runner() as runner:
            again = AsyncSQLStore(url)
            with pytest.raises(ProviderFailed, match="store_unavailable"):
                runner.run(again.load(FLOW))
            runner.run(again.close())


def _end_connections(url: str) -> None:
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        )
    engine.dispose()


@pytest.mark.postgres
def test_restarted_database_is_not_noticed(postgresql_url: str) -> None:
    """Connections that died while idle must be replaced before a person's act fails on them."""
    store = SQLStore(postgresql_url)
    store.commit(Change(inserts=(an_account(),)))
    _end_connections(postgresql_url)
    assert store.load(ACCOUNT).one(ACCOUNT) is not None
    store.close()


@pytest.mark.postgres
def test_connection_lost_at_the_end_of_a_commit_is_unavailable(postgresql_url: str) -> None:
    """Nobody knows whether such a change happened: it must be neither `Done` nor `Conflict`."""
    engine = create_engine(postgresql_url)
    store = SQLStore(engine)

    event.listen(engine, "commit", lambda _: _end_connections(postgresql_url), once=True)
    with pytest.raises(ProviderFailed) as failed:
        store.commit(Change(inserts=(an_account(contact_sealed=CANARY),)))
    assert "store_unavailable" == failed.value.code
    assert says_nothing(failed.value)
    assert Done() == store.commit(Change(inserts=(an_account(),)))
    engine.dispose()


@pytest.mark.postgres
def test_deadlock_with_the_portal_is_a_conflict(postgresql_url: str) -> None:
    """A transaction that PostgreSQL broke off did not happen: load and decide again, as after any conflict."""
    store = SQLStore(postgresql_url)
    store.commit(Change(inserts=(an_account(), a_flow())))
    portal = create_engine(postgresql_url)

    async def meet() -> tuple[Any, Any]:
        with portal.connect() as theirs:
            theirs.execute(text("SET deadlock_timeout = '10s'"))
            theirs.execute(text("SELECT id FROM elaas_flows FOR UPDATE"))
            change = Change(writes=(an_account(version=1, epoch=2), a_flow(version=1)))
            ours = asyncio.create_task(asyncio.to_thread(store.commit, change))
            await _until_someone_waits(portal)
            await asyncio.to_thread(theirs.execute, text("SELECT id FROM elaas_accounts FOR UPDATE"))
            theirs.rollback()
            return await ours, store.load(ACCOUNT).one(ACCOUNT)

    outcome, account = asyncio.run(meet())
    assert Conflict() == outcome
    assert an_account(version=1) == account
    store.close()
    portal.dispose()


async def _until_someone_waits(engine: Engine) -> None:
    while True:
        with engine.connect() as connection:
            if connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one():
                return
        await asyncio.sleep(0.01)


@pytest.mark.postgres
def test_cancelled_commit_completes_on_postgresql(postgresql_url: str) -> None:
    """A browser that hangs up must not break off a commit and throw its connection away."""
    portal = create_engine(postgresql_url)

    async def hang_up() -> Any:
        store = AsyncSQLStore(postgresql_url)
        await store.commit(Change(inserts=(an_account(),)))
        with portal.connect() as theirs:
            theirs.execute(text("SELECT id FROM elaas_accounts FOR UPDATE"))
            ours = asyncio.create_task(store.commit(Change(writes=(an_account(version=1, epoch=2),))))
            await _until_someone_waits(portal)
            ours.cancel()
            with pytest.raises(asyncio.CancelledError):
                await ours
            theirs.rollback()
        await store.close()
        found = (await store.load(ACCOUNT)).one(ACCOUNT)
        await store.close()
        return found

    assert an_account(version=2, epoch=2) == asyncio.run(hang_up())
    portal.dispose()


def test_cancelled_commit_completes_on_sqlite(sqlite_url: str) -> None:
    """The same in a thread: it goes on, and what comes after waits for it."""

    async def hang_up() -> Any:
        store = AsyncSQLStore(sqlite_url)
        await store.commit(Change(inserts=(an_account(),)))
        holder = sqlite3.connect(file_of(sqlite_url), isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        ours = asyncio.create_task(store.commit(Change(writes=(an_account(version=1, epoch=2),))))
        await asyncio.sleep(0.05)
        ours.cancel()
        with pytest.raises(asyncio.CancelledError):
            await ours
        holder.execute("ROLLBACK")
        holder.close()
        found = (await store.load(ACCOUNT)).one(ACCOUNT)
        await store.close()
        return found

    assert an_account(version=2, epoch=2) == asyncio.run(hang_up())


def test_missing_tables_are_misconfigured(tmp_path: Path) -> None:
    """Nothing is made behind the portal's back: its developer is told what to run."""
    store = SQLStore(f"sqlite:///{tmp_path}/empty.db")
    for act in (
        lambda: store.load(FLOW),
        lambda: store.load(GUESSES),
        lambda: store.commit(Change(inserts=(a_flow(),))),
        lambda: store.purge(NOW),
    ):
        with pytest.raises(Misconfigured) as told:
            act()
        assert "store_schema" == told.value.code
        assert "elaas-identity db upgrade" in told.value.detail
    store.close()
    empty = sqlite3.connect(tmp_path / "empty.db")
    assert [] == empty.execute("SELECT * FROM sqlite_master").fetchall()
    empty.close()


@pytest.mark.postgres
def test_missing_tables_are_misconfigured_on_postgresql(postgresql_url: str) -> None:
    """The same there: PostgreSQL says it in another way."""
    engine = create_engine(postgresql_url, execution_options={"schema_translate_map": {None: "nowhere"}})
    with pytest.raises(Misconfigured) as told:
        SQLStore(engine).load(FLOW)
    assert "store_schema" == told.value.code
    with pytest.raises(Misconfigured, match="store_schema"):
        SQLStore(engine).commit(Change(inserts=(a_flow(),)))
    engine.dispose()


@pytest.mark.parametrize(
    "wrong", [{"agency_code": None}, {"created_at": NOW.replace(tzinfo=None)}, {"status": "unheard of"}]
)
def test_record_that_does_not_fit_is_misconfigured_and_not_repeated(
    sql_url: str, wrong: dict[str, Any]
) -> None:
    """R7.2: drivers quote the whole row in their errors; and a conflict it is not, or it would be tried for ever."""
    store = SQLStore(sql_url)
    with pytest.raises(Misconfigured) as told:
        store.commit(Change(inserts=(an_account(contact_sealed=CANARY, **wrong),)))
    assert "store_schema" == told.value.code
    assert says_nothing(told.value)
    store.close()


def test_conflict_leaves_no_trace_of_what_was_stored(sql_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """R7.2: with SQLAlchemy's logging at its loudest, our engine must not log the values."""
    caplog.set_level("DEBUG", logger="sqlalchemy")
    store = SQLStore(sql_url)
    for outcome in (Done(), Conflict()):
        assert outcome == store.commit(Change(inserts=(an_account(contact_sealed=CANARY),)))
    store.close()
    assert "INSERT INTO elaas_accounts" in caplog.text
    assert CANARY not in caplog.text
