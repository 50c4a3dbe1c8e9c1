"""Databases that released code wrote, brought to today's schema: everybody in them goes on where they were (F74).

`scripts/older_databases.py` made `older/`: the code of each schema ran there, and left people half-way.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, insert, inspect, select

from elaas_identity import Browser, ElaasIdentity, Keyring, PasswordSet, SignedIn
from elaas_identity.change import Key
from elaas_identity.events import Event
from elaas_identity.providers.sql import SQLStore, upgrade
from elaas_identity.providers.sql_schema import METADATA
from elaas_identity.testing.clock import SeededRandom, SteppingClock
from tests.facade.portal import OFFICER, STRANGER, Portal, made

OLDER = Path(__file__).parent / "older"
SCHEMAS = [path.stem for path in sorted(OLDER.glob("*.sql"))]
NEXT = "another long phrase of mine"


@dataclass
class Released:
    """A portal of today over a database of that schema, which is upgraded, at the time when it was left."""

    portal: Portal
    kept: dict[str, Any]

    def person(self, name: str) -> tuple[str, Browser, dict[str, Any]]:
        """A person's flow and browser, and what else they had in hand."""
        person = self.kept["people"][name]
        return person["flow_id"], Browser(token=person["browser"], address="192.0.2.1"), person


@contextmanager
def released(schema: str, url: str, folder: Path) -> Iterator[Released]:
    kept = json.loads((OLDER / f"{schema}.json").read_text(encoding="utf-8"))
    old = folder / "old.db"
    with closing(sqlite3.connect(old)) as database:
        database.executescript((OLDER / f"{schema}.sql").read_text(encoding="utf-8"))
    if url.startswith("sqlite"):
        url = f"sqlite:///{old}"
    else:
        copied(schema, f"sqlite:///{old}", url)
    upgrade(url)
    (folder / "new").mkdir()
    with made("sync-memory", folder / "new") as parts, closing(SQLStore(url)) as store:
        clock = SteppingClock(datetime.fromisoformat(kept["at"]))
        parts.idp.clock = clock
        elaas = ElaasIdentity(
            identity_provider=parts.idp,
            mailer=parts.outbox,
            store=store,
            keyring=Keyring({"k1": kept["key"]}, current="k1"),
            policy=parts.policy,
            clock=clock,
            random=SeededRandom(99),
        )
        yield Released(replace(parts, elaas=elaas, store=store, clock=clock), kept)
        elaas.close()


def copied(schema: str, old: str, new: str) -> None:
    """The same rows in another database of the same schema."""
    upgrade(new, schema)
    source, target = create_engine(old), create_engine(new)
    there = inspect(source)
    with source.connect() as reading, target.begin() as writing:
        for table in METADATA.sorted_tables:
            if there.has_table(table.name):
                names = {column["name"] for column in there.get_columns(table.name)}
                columns = [column for column in table.columns if column.name in names]
                if rows := reading.execute(select(*columns)).mappings().all():
                    writing.execute(insert(table), [dict(row) for row in rows])
    source.dispose()
    target.dispose()


def test_f74_each_schema_that_was_released_is_among_them() -> None:
    """An upgrade would be tried from rows that nobody ever had."""
    # 0002_assertions was never released by itself. A later schema is added here when it is released.
    assert ["0001", "0002_audit", "0003_account_life"] == SCHEMAS
    for schema in SCHEMAS:
        assert (
            f"INSERT INTO \"elaas_identity_version\" VALUES('{schema}')"
            in (OLDER / f"{schema}.sql").read_text()
        )


@pytest.mark.parametrize("schema", SCHEMAS)
def test_f74_who_was_half_way_in_a_released_version_finishes(
    schema: str, new_url: str, tmp_path: Path
) -> None:
    """Whoever onboards, or is signed up, on the day of an upgrade would have to begin again."""
    with released(schema, new_url, tmp_path) as world:
        portal, elaas = world.portal, world.portal.elaas
        for username, citizen in (("in-use", OFFICER), ("of-a-stranger", STRANGER)):
            step = portal.begin(portal.browser(), username, world.kept["chosen"]).step
            assert isinstance(step, SignedIn)
            assert citizen.national_id == step.person.national_id
        portal.idp.citizen = OFFICER
        # Where the code was mailed it is entered first, while it lives.
        for stage in ("code", "trip", "email", "identity", "password"):
            flow_id, browser, person = world.person(f"onboarding-{stage}")
            if stage in ("trip", "identity"):
                query = person.get("query") or portal.callback_query(flow_id, browser)
                elaas.receive_callback(query, browser=browser)
            if stage in ("trip", "identity", "email"):
                elaas.submit_email(flow_id, f"again-{stage}@sommut.example.go.th", browser=browser)
            if stage != "password":
                code = person.get("code") or portal.code()
                elaas.submit_one_time_code(flow_id, code, browser=browser)
            step = elaas.set_password(flow_id, NEXT, browser=browser).step
            assert isinstance(step, PasswordSet)
            step = portal.begin(portal.browser(), f"onboarding-{stage}", NEXT).step
            assert isinstance(step, SignedIn)
        with closing(sqlite3.connect(tmp_path / "old.db")) as old:
            ids = {event_id for (event_id,) in old.execute("SELECT id FROM elaas_events")}
        keys = [Key(Event, event_id) for event_id in sorted(ids)]
        there = portal.store.load(*keys)
        assert sorted(ids) == [event.id for key in keys for event in there.all(key)]


@pytest.mark.parametrize("stage", ["identity", "account", "code", "password"])
@pytest.mark.parametrize("schema", [schema for schema in SCHEMAS if schema != "0001"])
def test_f74_who_was_recovering_in_a_released_version_finishes(
    schema: str, stage: str, tmp_path: Path
) -> None:
    """Who has forgotten their password would have to begin again."""
    with released(schema, "sqlite", tmp_path) as world:
        portal, elaas = world.portal, world.portal.elaas
        portal.idp.citizen = STRANGER
        flow_id, browser, person = world.person(f"recovery-{stage}")
        if stage == "identity":
            elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
        if stage in ("identity", "account"):
            choices = elaas.current(flow_id, browser=browser).step.choices
            portal.clock.advance(portal.policy.mail_cool_down)
            elaas.choose_account(flow_id, choices[0].account.id, browser=browser)
        if stage != "password":
            elaas.submit_one_time_code(flow_id, person.get("code") or portal.code(), browser=browser)
        step = elaas.set_password(flow_id, NEXT, browser=browser).step
        assert isinstance(step, PasswordSet)
        step = portal.begin(portal.browser(), "of-a-stranger", NEXT).step
        assert isinstance(step, SignedIn)
