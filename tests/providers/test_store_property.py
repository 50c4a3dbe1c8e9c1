"""Random changes, put to a store in memory and to one in SQL: they must never part (invariant 11)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from elaas_identity.accounts.account import AccountRecord
from elaas_identity.change import Budget, Change, Charge, Key, Unchanged
from elaas_identity.flow.flow import AttemptRecord, FlowRecord
from elaas_identity.providers.memory import MemoryStore
from elaas_identity.providers.sql import SQLStore
from elaas_identity.providers.sql_schema import METADATA
from elaas_identity.testing.store_examples import NOW, a_flow, an_account, an_attempt

few = st.integers(0, 2)
versions = st.integers(0, 3)
moments = st.integers(-90, 90).map(lambda minutes: NOW + timedelta(minutes=minutes))
budgets = st.builds(
    Budget,
    name=st.sampled_from(["a", "b"]),
    subject=st.sampled_from(["x", "y"]),
    limit=few,
    window=st.sampled_from([timedelta(minutes=30), timedelta(hours=1)]),
)
charges = st.builds(Charge, budget=budgets, id=st.sampled_from("pqrs"), at=moments)


def accounts(number: int, version: int, name: int, epoch: int) -> AccountRecord:
    return an_account(f"account-{number}", version=version, username_index=f"k.{name}", epoch=epoch)


def flows(number: int, version: int, account: int, expires_at: datetime) -> FlowRecord:
    return a_flow(f"flow-{number}", version=version, account_id=f"account-{account}", expires_at=expires_at)


def attempts(number: int, version: int, flow: int, expires_at: datetime) -> AttemptRecord:
    return an_attempt(f"attempt-{number}", version=version, flow_id=f"flow-{flow}", expires_at=expires_at)


records: st.SearchStrategy[Any] = st.one_of(
    st.builds(accounts, few, versions, few, few),
    st.builds(flows, few, versions, few, moments),
    st.builds(attempts, few, versions, few, moments),
)
expectations = st.builds(
    Unchanged,
    st.one_of(
        st.builds(lambda n: Key(AccountRecord, f"account-{n}"), few),
        st.builds(lambda n: Key(AccountRecord, f"k.{n}", "username_index"), few),
    ),
    st.one_of(st.just({}), st.builds(lambda epoch: {"epoch": epoch}, few)),
)


def some(of: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, max_size=most).map(tuple)


changes = st.builds(
    Change,
    writes=some(records, 2),
    inserts=some(records, 3),
    expects=some(expectations, 1),
    charges=some(charges, 3),
    refunds=some(charges, 1),
    clears=some(budgets, 1),
)
acts = st.lists(st.one_of(changes, changes, changes, moments), max_size=12)

KEYS: list[Any] = [
    *(Key(AccountRecord, f"k.{n}", "username_index") for n in range(3)),
    *(Key(FlowRecord, f"account-{n}", "account_id", limit=2) for n in range(3)),
    *(Key(AttemptRecord, f"flow-{n}", "flow_id") for n in range(3)),
    *(Budget(name, subject, 0, timedelta(hours=1)) for name in "ab" for subject in "xy"),
]


@pytest.fixture
def emptied(sql_url: str) -> Iterator[Any]:
    """A SQL store, and what empties its tables between two examples."""
    engine = create_engine(sql_url)

    def empty() -> SQLStore:
        with engine.begin() as connection:
            for table in METADATA.tables.values():
                connection.execute(table.delete())
        return SQLStore(engine)

    yield empty
    engine.dispose()


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=acts)
def test_memory_and_sql_never_part(emptied: Any, acts: list[Change | datetime]) -> None:
    """Every outcome, every record, every charge and every purge must be the same, whatever was asked before."""
    sql, memory = emptied(), MemoryStore()
    for act in acts:
        if isinstance(act, Change):
            assert memory.commit(act) == sql.commit(act)
        else:
            assert memory.purge(act) == sql.purge(act)
        assert memory.load(*KEYS) == sql.load(*KEYS)
