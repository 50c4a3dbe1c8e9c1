"""A portal killed by the operating system, and one whose disk is full (R9.5)."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event

from elaas_identity import ElaasIdentityError
from tests.faults.test_every_call import check_nothing_is_good_twice, check_nothing_is_half_done
from tests.faults.world import Faults, Person, World, a_world

ROOT = Path(__file__).parents[2]


def test_r9_5_a_portal_killed_at_any_commit_is_gone_on_with_by_the_next(
    tmp_path: Path, template: Path
) -> None:
    """A machine that loses its process would leave a person, or an account, that nothing leads on from."""
    shutil.copy(template, tmp_path / "template.db")
    ran = subprocess.run(
        [sys.executable, "-m", "tests.faults.dying", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=120,
    )
    *ends, commits = ran.stdout.splitlines()
    # begin 2, authorize, callback 2, e-mail, code 2, password (R11.3: nine transactions); then a sign-in of 2.
    assert "commits 11" == commits
    assert [
        f"{number} {when} signed in reissued 0 epoch 2 bindings 1"
        for number in range(1, 12)
        for when in ("before", "after")
    ] == ends


def test_r9_5_a_commit_killed_half_way_through_is_no_commit(tmp_path: Path, template: Path) -> None:
    """The file would open with half an act in it: the rows of a transaction that never ended."""
    shutil.copy(template, tmp_path / "elaas.db")
    script = (
        "import os, signal, sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute('PRAGMA cache_size = 1')\n"
        "connection.execute('BEGIN IMMEDIATE')\n"
        "connection.execute(\"UPDATE elaas_accounts SET epoch = 99, status = 'active'\")\n"
        "connection.execute('CREATE TABLE filler (text)')\n"
        "connection.executemany('INSERT INTO filler VALUES (?)', [('x' * 4000,)] * 500)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    world = World("sync-sqlite", tmp_path, None, lambda answer: answer)
    world.close()
    ran = subprocess.run([sys.executable, "-c", script, str(tmp_path / "elaas.db")], check=False)
    assert -9 == ran.returncode
    world = World("sync-sqlite", tmp_path, None, lambda answer: answer, seed=8)
    person = Person(world).use(world.facade(Faults()))
    check_nothing_is_half_done(world, person, Faults())
    person.go_on()
    assert (True, 0) == (person.signed_in, person.reissued)
    world.close()


@pytest.fixture
def small_pages(template: Path, tmp_path: Path) -> Path:
    """A database of small pages, so that almost every commit needs another one."""
    small = tmp_path / "small.db"
    shutil.copy(template, small)
    with sqlite3.connect(small, isolation_level=None) as connection:
        for statement in ("PRAGMA journal_mode = DELETE", "PRAGMA page_size = 512", "VACUUM"):
            connection.execute(statement)
    connection.close()
    return small


def with_little_room(url: str, pages: int) -> Engine:
    """An engine on a disk that has room for so many pages more."""
    engine = create_engine(url, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _little_room(connection: Any, _: object) -> None:
        (used,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {used + pages}")

    return engine


def given(source: Engine | str) -> Engine | str:
    """What to open the database by."""
    return source


@pytest.mark.parametrize("flavour", ["sync-sqlite", "async-sqlite"])
def test_r9_5_a_full_disk_stops_the_act_and_not_the_person(
    flavour: str, tmp_path: Path, small_pages: Path
) -> None:
    """An act that found no room would be half stored, or end in an error of the driver's that quotes its row."""
    stopped: set[int] = set()
    with a_world(flavour, tmp_path, small_pages) as new_world:
        for pages in range(0, 40, 2):
            world, faults = new_world(), Faults()
            engine = with_little_room(world.url, pages)
            world.source = partial(given, engine)
            person = Person(world).use(world.facade(faults))
            error = None
            while error is None and not person.signed_in:
                try:
                    person.act()
                except ElaasIdentityError as failed:
                    error = failed
            engine.dispose()
            if error is None:
                break
            assert "store_unavailable" == error.code
            assert (None, None) == (error.__cause__, error.__context__)
            stopped.add(len(faults.calls))
            check_nothing_is_half_done(world, person, faults)

            # Somebody made room.
            world.source = partial(given, world.url)
            person.use(world.facade(Faults(identity_given=faults.identity_given))).go_on()
            assert (True, 0) == (person.signed_in, person.reissued)
            check_nothing_is_half_done(world, person, Faults(identity_given=True))
            check_nothing_is_good_twice(world, person)
    assert len(stopped) > 4, "the disk was full at too few places"
