"""R9.1 over SQLite and PostgreSQL: in every order of a race, the database answers as the memory store does."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from elaas_identity.providers import sql_transaction
from tests.races.cast import Cast
from tests.races.database import Database
from tests.races.replaying import Replay
from tests.races.test_interleavings import NAMED
from tests.world.actor import Violation

OVER_SQLITE = [
    ("code", "right", "wrong"),
    ("code", "right", "right_too_late"),
    ("identity", "callback", "callback"),
    ("password", "set_password", "second_sets_password"),
    ("password", "set_password", "purge"),
    ("recovery_account", "choose", "suspend"),
    ("authenticator_code", "app_code", "second_app_code"),
    ("approval", "approve", "approve_other"),
    ("thaid_alone", "choose", "suspend"),
    ("key_retired", "rekey", "set_password"),
    ("handed_over", "erase_person", "second_sets_password"),
]
OVER_POSTGRESQL = [
    ("code", "right", "right_too_late"),
    ("password", "set_password", "second_sets_password"),
    ("password", "set_password", "purge"),
    ("key_retired", "rekey", "set_password"),
    ("handed_over", "erase_person", "second_sets_password"),
]
"""What the ordinary run replays; every named race is `long`."""

Record = Callable[[str, object], None]


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    """A SQLite file of this test's own."""
    database = Database(sqlite_url)
    yield database
    database.close()


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Database]:
    """The PostgreSQL of this test run."""
    database = Database(postgresql_url)
    yield database
    database.close()


def replay(cast: Cast, database: Database, acts: list[str], record_property: Record) -> None:
    """Judge the race in memory, then replay it over the database; what was replayed goes into the report."""
    cast.race(*acts)
    replayed = Replay(database, cast.scene, *acts).every_order()
    assert replayed.states > replayed.runs > 1
    record_property(f"runs over {database.name}", replayed.runs)
    record_property(f"states over {database.name}", replayed.states)


@pytest.mark.parametrize("race", OVER_SQLITE, ids="-".join)
def test_r9_1_in_every_order_sqlite_answers_as_memory_does(
    casts: dict[str, Cast], sqlite: Database, race: tuple[str, ...], record_property: Record
) -> None:
    """A race that nobody wins in memory would be won in SQLite."""
    scene, *acts = race
    replay(casts[scene], sqlite, acts, record_property)


@pytest.mark.postgres
@pytest.mark.parametrize("race", OVER_POSTGRESQL, ids="-".join)
def test_r9_1_in_every_order_postgresql_answers_as_memory_does(
    casts: dict[str, Cast], postgresql: Database, race: tuple[str, ...], record_property: Record
) -> None:
    """A race that nobody wins in memory would be won in PostgreSQL."""
    scene, *acts = race
    replay(casts[scene], postgresql, acts, record_property)


@pytest.mark.parametrize(
    ("guard", "race"),
    [
        ("_together_as_expected", ("recovery_account", "choose", "suspend")),
        ("_written", ("password", "set_password", "second_sets_password")),
    ],
)
def test_r9_1_a_database_without_its_guard_is_seen(
    casts: dict[str, Cast],
    sqlite: Database,
    monkeypatch: pytest.MonkeyPatch,
    guard: str,
    race: tuple[str, ...],
) -> None:
    """The replay would pass over a database that commits what it should not."""
    monkeypatch.setattr(sql_transaction, guard, lambda *given: True)
    scene, *acts = race
    with pytest.raises(Violation, match="the database"):
        Replay(sqlite, casts[scene].scene, *acts).every_order()


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("race", NAMED, ids="-".join)
def test_r9_1_every_named_race_over_sqlite(
    casts: dict[str, Cast], sqlite: Database, race: tuple[str, ...], record_property: Record
) -> None:
    """The same of every race that has a name."""
    scene, *acts = race
    replay(casts[scene], sqlite, acts, record_property)


@pytest.mark.long
@pytest.mark.postgres
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("race", NAMED, ids="-".join)
def test_r9_1_every_named_race_over_postgresql(
    casts: dict[str, Cast], postgresql: Database, race: tuple[str, ...], record_property: Record
) -> None:
    """The same of every race that has a name."""
    scene, *acts = race
    replay(casts[scene], postgresql, acts, record_property)
