"""The audit over each store, PostgreSQL among them: what it asks of a store, every store gives."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from elaas_identity._sync.audit import Audit
from elaas_identity.audit.checkpoint import SEED_BYTES, AuditKeys
from elaas_identity.change import Change, Done, Key
from elaas_identity.events import Event
from elaas_identity.ports import Store
from elaas_identity.providers.sql import SQLStore
from elaas_identity.testing.clock import SteppingClock
from elaas_identity.testing.store_examples import MINUTE, NOW, an_event

KEYS = AuditKeys(AuditKeys.fresh_key("k1", b"x" * SEED_BYTES))


def test_seal_erase_and_verify(store: Store) -> None:
    """Fails if a store gives back an event otherwise than it was sealed, to the microsecond."""
    clock = SteppingClock(NOW)
    audit = Audit(store=store, keys=KEYS, clock=clock)
    for number in range(3):
        event = an_event(f"event-{number}", at=clock(), by="somebody (invented)", reason="กขค\n")
        assert Done() == store.commit(Change(inserts=(event,)))
        clock.shift(MINUTE)
        assert None is not audit.seal()
    assert 3 == audit.erase_events(before=clock(), account_id="account-1", by="x", reason="y")
    clock.shift(MINUTE)
    audit.seal()
    found = audit.verify()
    assert (4, 3, None) == (found.count, found.erased, found.fault)
    key = Key(Event, "event-1")
    (event,) = store.load(key).all(key)
    store.commit(Change(writes=(replace(event, at=event.at + timedelta(microseconds=1)),)))
    fault = audit.verify().fault
    assert fault is not None
    assert ("edited", 2) == (fault.kind, fault.place)


@pytest.mark.postgres
def test_sealers_in_parallel_on_postgresql(postgresql_url: str) -> None:
    """Fails if two schedulers' batches interleave where writers do not wait for each other (R9.2)."""
    store = SQLStore(postgresql_url)
    clock = SteppingClock(NOW)
    events = tuple(an_event(f"event-{number:04}", at=NOW) for number in range(450))
    assert Done() == store.commit(Change(inserts=events))
    clock.shift(MINUTE)
    audits = [Audit(store=store, keys=KEYS, clock=clock) for _ in range(4)]
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda audit: audit.seal(), audits))
    found = audits[0].verify()
    assert (450, None) == (found.count, found.fault)
    store.close()
