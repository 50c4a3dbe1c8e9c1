"""Django's store: the contract on both databases, the same tables as the SQL store, and what Django rolls back."""

from __future__ import annotations

import shutil
import sqlite3
import unittest
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("django")

from tests.integrations import django_portal  # isort: skip  it configures Django

from asgiref.sync import async_to_sync
from django.core.management import call_command
from django.core.signals import request_finished
from django.db import connections
from django.db.backends.signals import connection_created
from django.db.transaction import atomic
from django.http import HttpRequest, HttpResponse
from django.test import Client, TestCase, modify_settings, override_settings
from django.urls import path
from sqlalchemy import Engine, create_engine, inspect, make_url, text

from elaas_identity import AsyncElaasIdentity, Misconfigured, ProviderFailed, Refused
from elaas_identity.audit.checkpoint import AuditKeys
from elaas_identity.change import Change, Done
from elaas_identity.django import DjangoStore
from elaas_identity.django.store.fields import check_vendor
from elaas_identity.django.store.models import MODELS
from elaas_identity.events import Event
from elaas_identity.ports import Store
from elaas_identity.providers.sql_schema import METADATA
from elaas_identity.testing.store_contract import StoreContract
from elaas_identity.testing.store_examples import ACCOUNT, an_account, an_event
from tests.facade.portal import wrong
from tests.integrations.world import World

APP = "elaas_identity_store"
WRITE_AHEAD = {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL"}
BOTH = pytest.mark.parametrize(
    "alias", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


def add(alias: str, **entry: Any) -> None:
    """An entry of DATABASES that the tests' own configuration does not have."""
    connections.settings[alias] = connections.configure_settings({"default": {}, alias: entry})[alias]


def take_away(alias: str) -> None:
    connections[alias].close()
    del connections[alias]
    del connections.settings[alias]


def postgresql_entry(url: str, **more: Any) -> dict[str, Any]:
    at = make_url(url)
    host = at.host or at.query["host"]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": at.database,
        "USER": at.username,
        "PASSWORD": at.password or "",
        "HOST": host,
        "PORT": at.port or "",
        **more,
    }


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that Django's migrations have made, to be copied."""
    path = tmp_path_factory.mktemp("django") / "template.db"
    add("template", ENGINE="django.db.backends.sqlite3", NAME=path)
    call_command("migrate", APP, database="template", verbosity=0)
    take_away("template")
    return path


@pytest.fixture(scope="session")
def migrated_server(postgresql_server: str) -> str:
    """The URL of a database that Django's migrations have made."""
    engine = create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE django"))
    engine.dispose()
    url = make_url(postgresql_server).set(database="django").render_as_string(hide_password=False)
    add("template", **postgresql_entry(url))
    call_command("migrate", APP, database="template", verbosity=0)
    take_away("template")
    return url


@pytest.fixture
def alias(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of this test's own, with the store's tables in it, and nothing in them."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "django.db")
        add("own", ENGINE="django.db.backends.sqlite3", NAME=tmp_path / "django.db", OPTIONS=WRITE_AHEAD)
    else:
        url = request.getfixturevalue("migrated_server")
        add("own", **postgresql_entry(url))
        with connections["own"].cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(METADATA.tables)}")
    yield "own"
    take_away("own")


@BOTH
class TestDjangoStore(StoreContract):
    """The promises of every store."""

    @pytest.fixture
    def store(self, alias: str) -> Iterator[Store]:
        store = DjangoStore(alias)
        yield store
        store.close()


@pytest.fixture
def store(alias: str) -> Iterator[DjangoStore]:
    store = DjangoStore(alias)
    yield store
    store.close()


# The tables


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_the_tables_are_those_of_the_sql_store(request: pytest.FixtureRequest, database: str) -> None:
    """A report, or `elaas-identity --url`, would read one store and fail on the other."""
    if database == "sqlite":
        ours = f"sqlite:///{request.getfixturevalue('migrated_file')}"
        theirs = f"sqlite:///{request.getfixturevalue('sqlite_template')}"
    else:
        ours, theirs = (request.getfixturevalue(name) for name in ("migrated_server", "postgresql_server"))
    assert described(theirs) == described(ours)


def described(url: str) -> dict[str, Any]:
    """Of each of our tables: its columns, its key, what is unique and what is indexed."""
    engine = create_engine(url)
    seen = inspect(engine)
    found = {}
    for name in sorted(METADATA.tables):
        columns = {
            each["name"]: (str(each["type"]), each["nullable"], getattr(each["type"], "collation", None))
            for each in seen.get_columns(name)
        }
        key = seen.get_pk_constraint(name)["constrained_columns"]
        indexes = {(tuple(each["column_names"]), bool(each["unique"])) for each in seen.get_indexes(name)}
        indexes |= {(tuple(each["column_names"]), True) for each in seen.get_unique_constraints(name)}
        if (
            engine.dialect.name == "sqlite"
        ):  # where SQLAlchemy overlooks what is unique in the column's own words
            indexes |= of_sqlite(engine, name) - {(tuple(key), True)}
        found[name] = columns, key, indexes
    engine.dispose()
    return found


def test_the_migrations_are_those_of_the_models() -> None:
    """A portal's `makemigrations` would write a migration into the library."""
    call_command("makemigrations", APP, check=True, dry_run=True, verbosity=0)


def of_sqlite(engine: Engine, table: str) -> set[tuple[tuple[str, ...], bool]]:
    """The indexes that SQLite itself tells of."""
    with engine.connect() as connection:
        found = connection.execute(text(f"PRAGMA index_list({table})")).mappings().all()
        return {
            (
                tuple(
                    one["name"]
                    for one in connection.execute(text(f"PRAGMA index_info({each['name']})")).mappings()
                ),
                bool(each["unique"]),
            )
            for each in found
        }


@BOTH
def test_a_report_reads_the_rows_by_models(alias: str, store: DjangoStore) -> None:
    """A portal would write SQL by hand for what Django's ORM asks in a line."""
    store.commit(Change(inserts=(an_account(), an_event(by="ผู้ดูแล (invented)"))))
    (event,) = MODELS[Event].objects.using(alias).filter(by__startswith="ผู้ดูแล")
    assert (an_event().at, an_event().kind) == (event.at, event.kind)
    (account,) = MODELS[type(an_account())].objects.using(alias).filter(status=an_account().status)
    assert an_account().status is account.status


# What the portal rolls back


class Failed(Exception):
    """What goes wrong in the portal's own view."""


@BOTH
def test_r3_5_under_atomic_requests_a_wrong_code_stays_spent(alias: str, store: DjangoStore) -> None:
    """R3.5: whoever makes the view fail would guess for ever, and use a code twice."""
    world = World(store=store)
    connections.settings[alias]["ATOMIC_REQUESTS"] = True
    world.provision()
    elaas, browser, flow_id = mailed(world)
    typed = ""

    def view(request: HttpRequest) -> HttpResponse:
        assert connections[alias].in_atomic_block
        elaas.submit_one_time_code(flow_id, typed, browser=browser)
        raise Failed

    def tried(code: str) -> Any:
        nonlocal typed
        typed = code
        with override_settings(ROOT_URLCONF=urls, MIDDLEWARE=[], CSRF_USE_SESSIONS=False):
            return Client().get("/guess")

    urls = django_portal.module_of([path("guess", view)])
    right = world.outbox.code
    for left in (4, 3):
        with pytest.raises(Refused) as raised:
            tried(wrong(right))
        assert raised.value.progress is not None
        assert left == raised.value.progress.step.attempts_left  # type: ignore[union-attr]
    with pytest.raises(Failed):
        tried(right)
    with pytest.raises(Refused, match="out_of_order"):
        tried(right)


def mailed(world: World) -> Any:
    """Somebody whose code is under way."""
    from elaas_identity import Browser
    from tests.integrations.world import ISSUED, OFFICER, USERNAME

    elaas, browser = world.administrator, Browser.new(world.keyring)
    flow_id = elaas.begin(USERNAME, ISSUED, browser=browser).flow_id
    back = world.emulator.approve(elaas.authorize(flow_id, browser=browser).url, OFFICER)
    elaas.receive_callback(back.partition("?")[2], browser=browser)
    elaas.submit_email(flow_id, "clerk@sommut.example.go.th", browser=browser)
    return elaas, browser, flow_id


@BOTH
def test_the_portals_own_transaction_goes_on_as_it_was(alias: str, store: DjangoStore) -> None:
    """An act would commit what the portal means to roll back."""
    outer = connections[alias]

    @atomic(using=alias)
    def view() -> None:
        assert Done() == store.commit(Change(inserts=(an_account(),)))
        assert outer is connections[alias]
        assert outer.in_atomic_block
        written_by_the_portal(alias)
        raise Failed

    with pytest.raises(Failed):
        view()
    assert store.load(ACCOUNT).one(ACCOUNT) is not None
    assert 0 == MODELS[Event].objects.using(alias).count()


def written_by_the_portal(alias: str) -> None:
    """A row, in whatever transaction the portal is in."""
    event = an_event()
    row = {each.name: getattr(event, each.name) for each in fields(event)}
    MODELS[Event].objects.using(alias).create(**row)


@BOTH
def test_within_a_test_case_it_goes_with_the_test(alias: str, store: DjangoStore) -> None:
    """An account of one test would be there in the next; and on SQLite the test's own write would shut it out."""

    class OfThePortal(TestCase):  # type: ignore[misc, unused-ignore]
        databases = {alias}

        def test_it(self) -> None:
            written_by_the_portal(alias)
            with atomic(using=alias):
                assert Done() == store.commit(Change(inserts=(an_account(),)))
            assert store.load(ACCOUNT).one(ACCOUNT) is not None
            assert Done() != store.commit(Change(inserts=(an_account(),)))
            assert store.load(ACCOUNT).one(ACCOUNT) is not None

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(OfThePortal).run(result)
    assert ([], [], 1) == (result.errors, result.failures, result.testsRun)
    assert store.load(ACCOUNT).one(ACCOUNT) is None


@pytest.mark.parametrize("alias", ["sqlite"], indirect=True)
def test_on_sqlite_a_write_of_the_portals_around_it_is_named(alias: str) -> None:
    """F45: the call waits for its own caller, and nobody would know for whom."""
    connections.settings[alias]["OPTIONS"] = {**WRITE_AHEAD, "timeout": 0}
    store = DjangoStore(alias)
    with atomic(using=alias):
        written_by_the_portal(alias)
        with pytest.raises(ProviderFailed, match=r"store_contended.*file of its own"):
            store.commit(Change(inserts=(an_account(),)))
    assert Done() == store.commit(Change(inserts=(an_account(),)))
    with closing(sqlite3.connect(connections.settings[alias]["NAME"])) as elsewhere:
        elsewhere.execute("BEGIN IMMEDIATE")
        with pytest.raises(ProviderFailed, match="store_unavailable"):
            store.commit(Change(inserts=(an_account("account-2"),)))
    store.close()


# Its connections


@pytest.fixture
def opened(alias: str) -> Iterator[list[Any]]:
    """Every connection that is opened."""
    found: list[Any] = []

    def see(connection: Any, **_: Any) -> None:
        found.append(connection)

    connection_created.connect(see)
    yield found
    connection_created.disconnect(see)


@BOTH
@pytest.mark.parametrize(("age", "afterwards"), [(0, 2), (None, 1)])
def test_connections_live_as_long_as_djangos_own(
    alias: str, age: int | None, afterwards: int, opened: list[Any]
) -> None:
    """Each act would connect anew, or connections would stay open that the portal wants closed (CONN_MAX_AGE)."""
    connections.settings[alias]["CONN_MAX_AGE"] = age
    store = DjangoStore(alias)
    for _ in range(3):
        assert store.load(ACCOUNT).one(ACCOUNT) is None
    assert 1 == len(opened)
    request_finished.send(None)
    store.load(ACCOUNT)
    assert afterwards == len(opened)
    store.close()
    assert [None] * afterwards == [each.connection for each in opened]
    store.load(ACCOUNT)
    store.close()


@pytest.mark.postgres
@pytest.mark.parametrize("alias", ["postgresql"], indirect=True)
def test_a_connection_that_was_cut_is_made_anew(alias: str, store: DjangoStore) -> None:
    """The first sign-in after a restart of the server would fail."""
    store.load(ACCOUNT)
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert Done() == store.commit(Change(inserts=(an_account(),)))


@pytest.mark.postgres
@pytest.mark.parametrize("alias", ["postgresql"], indirect=True)
def test_times_are_right_without_time_zones(alias: str) -> None:
    """A code would live for seven hours more, or be over at once, in a portal with USE_TZ = False."""
    with override_settings(USE_TZ=False, TIME_ZONE="Asia/Bangkok"):
        store = DjangoStore(alias)
        store.commit(Change(inserts=(an_account(),)))
        found = store.load(ACCOUNT).one(ACCOUNT)
        store.close()
    assert found is not None
    assert an_account().created_at == found.created_at
    assert an_account().created_at.utcoffset() == found.created_at.utcoffset()


# What is refused


@pytest.mark.parametrize("alias", ["sqlite"], indirect=True)
def test_missing_tables_are_made_by_migrate(alias: str, tmp_path: Path) -> None:
    """A developer would be left with the driver's error."""
    connections.settings[alias]["NAME"] = tmp_path / "empty.db"
    store = DjangoStore(alias)
    with pytest.raises(Misconfigured, match=r"store_schema.*manage.py migrate"):
        store.load(ACCOUNT)
    store.close()


@pytest.mark.parametrize("alias", ["sqlite"], indirect=True)
def test_within_an_event_loop_it_says_what_to_do(alias: str, store: DjangoStore) -> None:
    """Django refuses its database there, and the facade would call the store away."""

    async def view() -> None:
        store.load(ACCOUNT)

    with pytest.raises(Misconfigured, match="sync_to_async"):
        async_to_sync(view)()


def test_what_is_no_store_is_refused_when_it_is_made() -> None:
    """The first officer of the day would find out."""
    with pytest.raises(Misconfigured, match="has no 'nowhere'"):
        DjangoStore("nowhere")
    add("memory", ENGINE="django.db.backends.sqlite3", NAME=":memory:")
    with pytest.raises(Misconfigured, match="use MemoryStore"):
        DjangoStore("memory")
    take_away("memory")
    without = modify_settings(INSTALLED_APPS={"remove": ["elaas_identity.django.store"]})
    with without, pytest.raises(Misconfigured, match=r"add 'elaas_identity.django.store'"):
        DjangoStore()
    with pytest.raises(Misconfigured, match="SQLite or PostgreSQL, not MySQL"):
        check_vendor(SimpleNamespace(vendor="mysql", display_name="MySQL"))


@pytest.mark.parametrize("alias", ["sqlite"], indirect=True)
def test_an_asynchronous_facade_refuses_it(alias: str, store: DjangoStore) -> None:
    """Every act of it would block the event loop, or fail there."""
    world = World(store=store)
    with pytest.raises(Misconfigured, match="store"):
        AsyncElaasIdentity(
            identity_provider=world.async_facade().identity_provider,
            mailer=world.sent,
            store=store,  # type: ignore[arg-type]
            keyring=world.keyring,
        )


@pytest.mark.parametrize("alias", ["sqlite"], indirect=True)
def test_manage_py_hands_the_portal_to_the_command(
    alias: str, store: DjangoStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The trail of a Django portal would be sealed by nobody, or over another store."""
    world = World(store=store)
    world.provision()
    monkeypatch.setenv("ELAAS_IDENTITY_AUDIT_KEYS", AuditKeys.fresh_key("k", bytes(40)))
    monkeypatch.setenv("ELAAS_IDENTITY_APP", "")
    monkeypatch.delenv("ELAAS_IDENTITY_APP")
    world.clock.shift(days=1)
    with override_settings(ELAAS_IDENTITY={"ELAAS": world.facade(), "SITE": world.site}):
        call_command("elaas", "audit", "seal")
        call_command("elaas", "audit", "export")
        assert "account.provisioned" in capsys.readouterr().out
        with pytest.raises(SystemExit):
            call_command("elaas", "doctor")
        assert "ok    store: DjangoStore answers" in capsys.readouterr().out
        with pytest.raises(SystemExit):
            call_command("elaas", "db", "upgrade")
        assert "its store is DjangoStore" in capsys.readouterr().err
