"""Django's store: the contract on both databases, the same tables as the SQL store, and what Django rolls back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("django")

from tests.integrations import django_portal  # it configures Django

from django.core.management import call_command
from django.db import connections
from sqlalchemy import create_engine, make_url, text

from elaas_identity.django import DjangoStore
from elaas_identity.ports import Store
from elaas_identity.providers.sql_schema import METADATA
from elaas_identity.testing.store_contract import StoreContract

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
def migrated_server(postgresql_server: str) -> Iterator[str]:
    """The URL of a database that Django's migrations have made."""
    engine = create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE django"))
    url = make_url(postgresql_server).set(database="django").render_as_string(hide_password=False)
    add("template", **postgresql_entry(url))
    call_command("migrate", APP, database="template", verbosity=0)
    take_away("template")
    yield url
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE django WITH (FORCE)"))
    engine.dispose()


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
