"""Every driver that a portal's URL may name: it works, or is refused when the store is made, by an error of ours."""

from __future__ import annotations

import asyncio
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from elaas_identity.change import Change, Conflict, Done
from elaas_identity.errors import Misconfigured, ProviderFailed
from elaas_identity.providers.sql import AsyncSQLStore, SQLStore, upgrade
from elaas_identity.providers.sql_drivers import connecting
from elaas_identity.providers.sql_failures import translated
from elaas_identity.testing.at_once import Awaited
from elaas_identity.testing.store_examples import FLOW, a_flow
from tests.providers.conftest import by_driver

MAKERS = [SQLStore, AsyncSQLStore, upgrade]
AWAY = "portal:canary-7461@127.0.0.1:1/portal"
"""Where no server listens."""


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Takes drivers away that may be installed here."""

    def take(*modules: str) -> None:
        for module in modules:
            monkeypatch.setitem(sys.modules, module, None)

    return take


def refusal(make: Any, url: Any) -> Misconfigured:
    """How the URL is refused; nothing in it, or behind it, holds the password."""
    with pytest.raises(Misconfigured) as told:
        make(url)
    assert told.value.__context__ is None
    assert "canary" not in "".join(traceback.format_exception_only(told.value)) + repr(told.value.args)
    return told.value


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(
    ("driver", "module"),
    [
        ("postgresql+psycopg", "psycopg"),
        ("postgresql", "psycopg"),
        ("postgresql+psycopg2", "psycopg2"),
        ("postgresql+pg8000", "pg8000"),
        ("postgresql+asyncpg", "asyncpg"),
        ("sqlite+pysqlcipher", "sqlcipher3"),
    ],
)
def test_a_driver_that_is_not_there_is_named(without: Any, make: Any, driver: str, module: str) -> None:
    """F43: the portal would start, or end in an import error, and not hear what to install."""
    without(module)
    told = refusal(make, f"{driver}://{AWAY}")
    # An async driver's dialect is refused as such where the name alone tells.
    assert told.code in ("extra_missing", "store_settings")
    assert (module in told.detail) or (driver in told.detail)


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(
    ("url", "detail"),
    [
        (f"postgresql+nothing://{AWAY}", "NoSuchModuleError for postgresql+nothing"),
        (f"sqlite+nothing://{AWAY}", "NoSuchModuleError for sqlite+nothing"),
        (f"oracle://{AWAY}", "SQLite or PostgreSQL, not oracle"),
        (make_url(f"mysql+aiomysql://{AWAY}"), "SQLite or PostgreSQL, not mysql"),
        (f"postgresql://{AWAY}?prepared_statements=canary", "prepared_statements is on or off"),
        ("sqlite:///x.db?timeout=canary", "ValueError for sqlite"),
        (None, "a database URL or an engine, not NoneType"),
        (Path("x.db"), "a database URL or an engine, not "),
    ],
)
def test_what_is_no_database_of_ours_is_told_at_once(make: Any, url: Any, detail: str) -> None:
    """F43: a slip in the URL would come as an error of SQLAlchemy's or Python's, or at the first sign-in."""
    told = refusal(make, url)
    assert "store_settings" == told.code
    assert detail in told.detail


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("password", ["canary:7461@", "canary@:7461/", ":canary/@canary", "canary:@canary:x"])
@pytest.mark.parametrize("driver", ["postgresql", "postgresql+asyncpg", "sqlite"])
def test_a_password_that_is_not_encoded_is_never_quoted(make: Any, driver: str, password: str) -> None:
    """F13: a password with `@`, `:` or `/` splits the URL elsewhere, and its tail would stand in the error."""
    try:
        store = make(f"{driver}://portal:{password}@127.0.0.1:1/portal")
        if isinstance(store, AsyncSQLStore):
            with asyncio.Runner() as runner:
                runner.run(store.load(FLOW))
        elif store is not None:
            store.load(FLOW)
    except (Misconfigured, ProviderFailed) as told:
        assert told.__context__ is None
        assert "canary" not in str(told) + repr(told.args)
    else:
        pytest.fail("there is no such database")


@pytest.mark.parametrize("make", MAKERS)
def test_a_url_that_cannot_be_read_says_how_to_write_a_password(make: Any) -> None:
    """F13: an administrator would look for the mistake in everything but the password."""
    told = refusal(make, "postgresql://portal:p@ss:canary/x@db/portal")
    assert "%40, %3A and %2F" in told.detail


def test_an_async_driver_is_refused_where_nothing_is_awaited() -> None:
    """F43: a sync store over asyncpg would be made, and fail at its first call with an error about greenlets."""
    pytest.importorskip("asyncpg", reason="asyncpg is not installed")
    for source in (f"postgresql+asyncpg://{AWAY}", create_engine(f"postgresql+asyncpg://{AWAY}")):
        assert "asyncpg is an async driver: use AsyncSQLStore" == refusal(SQLStore, source).detail
    engine = create_async_engine(f"postgresql+asyncpg://{AWAY}")
    assert "asyncpg is an async driver: use AsyncSQLStore" == refusal(SQLStore, engine).detail
    assert "store_settings" == refusal(upgrade, engine).code


def test_a_sync_driver_is_refused_where_all_is_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    """F43: an async store over psycopg2 would block the portal's event loop, or end in SQLAlchemy's error."""
    driver = ModuleType("psycopg2")
    for part in ("extensions", "extras"):
        setattr(driver, part, ModuleType(f"psycopg2.{part}"))
    vars(driver).update(__version__="2.9.10", paramstyle="pyformat", Error=Exception)
    monkeypatch.setitem(sys.modules, "psycopg2", driver)
    told = refusal(AsyncSQLStore, f"postgresql+psycopg2://{AWAY}")
    assert ("store_settings", "InvalidRequestError for postgresql+psycopg2") == (told.code, told.detail)


@pytest.mark.parametrize("make", [SQLStore, AsyncSQLStore])
def test_sqlite_by_the_name_of_its_async_driver_works(tmp_path: Path, without: Any, make: Any) -> None:
    """F43: the portal's one URL names aiosqlite, which is not needed here, and need not be installed."""
    without("aiosqlite")
    url = f"sqlite+aiosqlite:///{tmp_path}/elaas.db"
    upgrade(url)
    with asyncio.Runner() as runner:
        made = make(url)
        store = Awaited(made, runner) if isinstance(made, AsyncSQLStore) else made
        assert Done() == store.commit(Change(inserts=(a_flow(),)))
        assert a_flow(version=1) == store.load(FLOW).one(FLOW)
        store.close()


@pytest.mark.postgres
def test_tables_are_made_over_asyncpg(new_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """F43: where asyncpg alone is installed, nothing could make the tables; also within a running event loop."""
    pytest.importorskip("asyncpg", reason="asyncpg is not installed")
    if new_url.startswith("sqlite"):
        pytest.skip("asyncpg is PostgreSQL's")
    url = by_driver(new_url, "asyncpg")
    monkeypatch.setitem(sys.modules, "psycopg", None)

    async def use() -> list[Any]:
        upgrade(url)
        upgrade(url)
        engine = create_async_engine(url)
        written = []
        for source in (url, engine):
            store = AsyncSQLStore(source)
            written.append(await store.commit(Change(inserts=(a_flow(),))))
            await store.close()
        await engine.dispose()
        return written

    with asyncio.Runner() as runner:
        assert [Done(), Conflict()] == runner.run(use())


@pytest.mark.postgres
@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
@pytest.mark.parametrize(
    ("slip", "code"),
    [
        ({"database": "canary_7461"}, "store_unavailable"),
        ({"port": 1}, "store_unavailable"),
        ({"query": {"canary": "7461"}}, None),
        ({"query": {"timeout": "canary"}}, None),
        ({"query": {"connect_timeout": "canary"}}, None),
        ({"query": {"command_timeout": "canary"}}, None),
    ],
)
def test_a_server_that_does_not_take_us_is_a_typed_error(
    postgresql_url: str, driver: str, slip: dict[str, Any], code: str | None
) -> None:
    """F43: asyncpg's errors on connecting, and a parameter that it does not know, would reach the portal raw."""
    pytest.importorskip(driver)
    given = make_url(by_driver(postgresql_url, driver))
    url = given.update_query_dict(slip["query"]) if "query" in slip else given.set(**slip)

    async def use() -> None:
        store = AsyncSQLStore(url)
        try:
            await store.load(FLOW)
        finally:
            await store.close()

    with asyncio.Runner() as runner, pytest.raises((ProviderFailed, Misconfigured)) as told:
        runner.run(use())
    assert told.value.code in ([code] if code else ["store_settings", "store_unavailable"])
    assert told.value.__context__ is None
    assert "canary" not in str(told.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql+psycopg://db/x", {"connect_timeout": 10}),
        ("postgresql+psycopg2://db/x", {"connect_timeout": 10}),
        ("postgresql+asyncpg://db/x", {"timeout": 10}),
        ("postgresql+asyncpg://db/x?timeout=2.5", {"timeout": 2.5}),
        ("postgresql+psycopg://db/x?connect_timeout=3", {}),
        ("postgresql+pg8000://db/x", {"timeout": 10}),
        ("postgresql+other://db/x", {}),
        ("sqlite:///x.db", {"timeout": 5}),
    ],
)
def test_each_driver_has_its_own_word_for_a_time_limit(url: str, expected: dict[str, Any]) -> None:
    """F43: with another's word asyncpg and pg8000 end in a `TypeError` on connecting."""
    assert expected == connecting(make_url(url))[1]["connect_args"]


class _Psycopg2Error(Exception):
    pgcode = "23505"


@pytest.mark.parametrize("failure", [_Psycopg2Error(), Exception({"S": "ERROR", "C": "40001"})])
def test_a_conflict_is_one_whatever_the_driver_calls_its_code(failure: Exception) -> None:
    """F43: with psycopg2 or pg8000 two changes of one record would be an unavailable database."""
    assert Conflict() == translated(failure)
