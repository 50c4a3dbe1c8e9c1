"""Behind PgBouncer in transaction mode: each transaction may have another connection of the server's."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text

from elaas_identity.change import Change, Key
from elaas_identity.errors import Misconfigured
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.providers.sql import AsyncSQLStore, SQLStore, upgrade
from elaas_identity.providers.sql_drivers import connecting
from elaas_identity.testing.store_examples import GUESSES, NOW, a_charge, a_flow
from tests.providers.conftest import by_driver

pytestmark = pytest.mark.postgres

ROUNDS = 12
"""Psycopg prepares a statement that a connection has seen five times."""


@pytest.fixture
def pooler_url(postgresql_url: str) -> Iterator[str]:
    """The URL of a PgBouncer in transaction mode before the PostgreSQL of this test run."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("pgbouncer is not installed")
    server = make_url(postgresql_url)
    host = str(server.query.get("host") or server.host or "127.0.0.1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="elaas-pooler-"))
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        "[databases]\n"
        f"* = host={host} port={server.port or 5432} user={server.username}\n"
        "[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        "auth_type = any\npool_mode = transaction\ndefault_pool_size = 3\nmin_pool_size = 3\n"
        "server_round_robin = 1\nignore_startup_parameters = extra_float_digits\n",
        encoding="utf-8",
    )
    os.chmod(folder, 0o755)
    # It refuses to run as root, and needs to reach the server's socket: it runs as the server does.
    owner = Path(host).stat().st_uid if host.startswith("/") else os.getuid()
    as_other: dict[str, Any] = {"user": owner} if os.getuid() == 0 and owner else {}
    process = subprocess.Popen(
        [program, "-q", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_other
    )
    url = server.set(host="127.0.0.1", port=port, password=None, query={})
    try:
        _wait_for(process, port)
        yield url.render_as_string(hide_password=False)
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(100):
        if process.poll() is not None:
            pytest.skip(f"pgbouncer cannot start here: exit status {process.returncode}")
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.skip("pgbouncer does not answer here")


def change(worker: int, number: int) -> Change:
    charges = (a_charge(f"charge-{worker}", NOW),) if number == 0 else ()
    return Change(inserts=(a_flow(f"flow-{worker}-{number}"),), charges=charges)


def keys(worker: int, number: int) -> tuple[Any, ...]:
    return Key(FlowRecord, f"flow-{worker}-{number}"), GUESSES


def test_sync_calls_work_behind_a_pooler(pooler_url: str) -> None:
    """F42: a prepared statement would be asked for on another connection, or exist there: sign-ins fail."""
    store = SQLStore(f"{pooler_url}?prepared_statements=off")

    def works(worker: int) -> bool:
        for number in range(ROUNDS):
            store.commit(change(worker, number))
            assert store.load(keys(worker, number)[0]).one(keys(worker, number)[0]) is not None
            store.load(*keys(worker, number), Key(FlowRecord, "account-1", "account_id"))
        return True

    with ThreadPoolExecutor(3) as threads:
        assert [True] * 3 == list(threads.map(works, range(3)))
    store.close()


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_async_calls_work_behind_a_pooler(pooler_url: str, driver: str) -> None:
    """F42: the same, awaited, for each driver; the tables are made through it too."""
    pytest.importorskip(driver)
    url = f"{by_driver(pooler_url, driver)}?prepared_statements=off"
    upgrade(url)

    async def works(store: AsyncSQLStore, worker: int) -> bool:
        for number in range(ROUNDS):
            await store.commit(change(worker, number))
            found = await store.load(keys(worker, number)[0])
            assert found.one(keys(worker, number)[0]) is not None
            await store.load(*keys(worker, number), Key(FlowRecord, "account-1", "account_id"))
        return True

    async def work() -> list[bool]:
        store = AsyncSQLStore(url)
        try:
            return list(await asyncio.gather(*(works(store, worker) for worker in range(3))))
        finally:
            await store.close()

    with asyncio.Runner() as runner:
        assert [True] * 3 == runner.run(work())


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_a_connection_keeps_no_prepared_statement(postgresql_url: str, driver: str) -> None:
    """F42: what one connection of the server has, another has not; also where there is no pooler to try it with."""
    pytest.importorskip(driver)
    url = make_url(by_driver(postgresql_url, driver)).update_query_dict({"prepared_statements": "off"})

    async def left() -> list[str]:
        store = AsyncSQLStore(url)
        for number in range(ROUNDS):
            await store.commit(Change(inserts=(a_flow(f"flow-{number}"),)))
            await store.load(Key(FlowRecord, f"flow-{number}"))
        engine: Any = store._database
        async with engine._engine.here().connect() as connection:
            found = await connection.execute(text("SELECT name FROM pg_prepared_statements WHERE name <> ''"))
            names = [str(name) for name in found.scalars()]
        await store.close()
        return names

    with asyncio.Runner() as runner:
        assert [] == runner.run(left())


def test_a_driver_that_always_prepares_is_refused() -> None:
    """F42: the setting would be taken and do nothing."""
    url = make_url("postgresql+pg8000://db.invalid/portal?prepared_statements=off")
    with pytest.raises(Misconfigured, match="store_settings: pg8000 cannot do without prepared statements"):
        connecting(url)
