"""Sealing: every event once, in whatever order it was committed, whoever seals at the same time or dies at it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from elaas_identity._sync.audit import Audit
from elaas_identity.audit import chain
from elaas_identity.audit.chain import PERSONAL, AuditLink, public_part
from elaas_identity.audit.checkpoint import AuditKeys
from elaas_identity.audit.trail import read_batch
from elaas_identity.change import Change, Key
from elaas_identity.effects import Load
from elaas_identity.errors import Misconfigured, ProviderFailed
from elaas_identity.events import Event
from elaas_identity.testing.store_examples import an_event
from tests.audit.trail import FORGERS_KEYS, KEYS, MINUTE, Trail


def test_what_an_event_is_made_of_is_decided() -> None:
    """Fails if a new field of an event is neither sealed for good, nor erasable, nor the audit's own (R7.4)."""
    filled = {field.name: "x" for field in fields(Event) if field.name not in ("version", "schema", "at")}
    sealed = set(public_part(an_event(**filled)))
    own = {"version", "batch", "salt", "erased_by"}
    assert ("by", "reason", "client", "correlation_id") == PERSONAL
    assert {field.name for field in fields(Event)} == sealed | set(PERSONAL) | own
    assert set() == sealed & (set(PERSONAL) | own)


def test_everything_settled_is_sealed_once(trail: Trail) -> None:
    """Fails if an event stays out of the chain, or comes into it twice."""
    trail.write(1, 2, 3)
    first = trail.seal()
    assert first is not None
    assert (1, 3, "k1") == (first.batch, first.count, first.kid)
    assert None is trail.seal()
    trail.write(4)
    second = trail.seal()
    assert second is not None
    assert (2, 4) == (second.batch, second.count)
    assert ["event-0001", "event-0002", "event-0003", "event-0004"] == [
        trail.link(place).event_id for place in (1, 2, 3, 4)
    ]
    found = trail.verify(first.line(), second.line())
    assert (4, second.head, 0, None) == (found.count, found.head, found.erased, found.fault)


def test_nothing_is_nothing_to_verify(trail: Trail) -> None:
    """Fails if a portal's first day ends in an alarm."""
    assert None is trail.seal()
    found = trail.verify()
    assert (0, chain.START, None) == (found.count, found.head, found.fault)


def test_events_are_left_to_settle(trail: Trail) -> None:
    """Fails if an event is sealed before others of its time can have been committed."""
    trail.write(1)
    trail.clock.shift(chain.SETTLING - timedelta(seconds=1))
    assert None is trail.run(trail.audit().seal())
    trail.clock.shift(seconds=1)
    assert None is not trail.run(trail.audit().seal())


def test_a_late_commit_is_sealed_later(trail: Trail) -> None:
    """Fails if an event that sorts before a sealed one is left out for good, or breaks the chain."""
    trail.write(1, 3)
    first = trail.seal()
    trail.write(2, at=trail.clock() - 2 * MINUTE)
    second = trail.seal()
    assert first is not None
    assert second is not None
    assert "event-0002" == trail.link(3).event_id
    assert None is trail.fault(first.line(), second.line())


def test_a_backlog_is_sealed_in_bounded_batches(trail: Trail) -> None:
    """Fails if what piled up goes into one long transaction, or a part of it has to wait for the next run."""
    at = trail.clock()
    many = tuple(an_event(f"event-{number:04}", at=at) for number in range(2 * chain.BATCH + 1))
    trail.store.commit(Change(inserts=many))
    sealed = trail.seal()
    assert sealed is not None
    assert (3, len(many)) == (sealed.batch, sealed.count)
    assert len(many) == trail.verify(sealed.line()).count


class Interposed:
    """A store that something happens to before, or after, one of its operations."""

    def __init__(self, store: Any, happens: Callable[[str], None], *, after: bool = False) -> None:
        self._store, self._happens, self._after = store, happens, after

    def load(self, *keys: Any) -> Any:
        return self._around("load", lambda: self._store.load(*keys))

    def commit(self, change: Any) -> Any:
        return self._around("commit", lambda: self._store.commit(change))

    def _around(self, name: str, do: Callable[[], Any]) -> Any:
        if not self._after:
            self._happens(name)
        answer = do()
        if self._after:
            self._happens(name)
        return answer


class AsyncInterposed(Interposed):
    """The same, awaited."""

    async def load(self, *keys: Any) -> Any:
        return super().load(*keys)

    async def commit(self, change: Any) -> Any:
        return super().commit(change)


def interposed(trail: Trail, happens: Callable[[str], None], *, after: bool = False) -> Any:
    made = AsyncInterposed if trail.is_async else Interposed
    return made(trail.store, happens, after=after)


def test_of_two_sealers_one_wins(trail: Trail) -> None:
    """Fails if two schedulers that run at once seal an event twice, or one of them gives up."""
    trail.write(1, 2, 3)
    trail.clock.shift(MINUTE)
    meanwhile: list[Any] = []

    def other_seals(operation: str) -> None:
        if operation == "commit" and not meanwhile:
            meanwhile.append(Audit(store=trail.store, keys=KEYS, clock=trail.clock).seal())
            trail.write(4, at=trail.clock() - MINUTE)

    mine = trail.run(trail.audit(store=interposed(trail, other_seals)).seal())
    assert (1, 3) == (meanwhile[0].batch, meanwhile[0].count)
    assert (2, 4) == (mine.batch, mine.count)
    assert None is trail.fault(meanwhile[0].line(), mine.line())


def test_sealers_in_parallel(trail: Trail) -> None:
    """Fails if real concurrency breaks the chain (R9)."""
    trail.write(*range(1, 31))
    trail.clock.shift(MINUTE)
    with ThreadPoolExecutor(4) as workers:
        audits = [Audit(store=trail.store, keys=KEYS, clock=trail.clock) for _ in range(4)]
        list(workers.map(lambda audit: audit.seal(), audits))
    found = trail.verify()
    assert (30, None) == (found.count, found.fault)


def test_inv10_of_a_batch_no_more_is_read_than_any_batch_ever_had() -> None:
    """Fails if whoever owns the database can fill the memory of who verifies the trail."""
    asked = next(read_batch(7))
    assert isinstance(asked, Load)
    limits = {key.record: key.limit for key in asked.keys if isinstance(key, Key)}
    assert (chain.MOST_IN_BATCH, chain.MOST_IN_BATCH) == (limits[AuditLink], limits[Event])


def test_it_gives_up_a_race_that_does_not_end(trail: Trail) -> None:
    """Fails if a sealer that always loses runs for ever."""
    trail.write(1)
    trail.clock.shift(MINUTE)

    def touched(operation: str) -> None:
        if operation == "commit":
            event = trail.event(1)
            trail.edit(event, version=event.version + 1)

    with pytest.raises(ProviderFailed) as failed:
        trail.run(trail.audit(store=interposed(trail, touched)).seal())
    assert "store_contended" == failed.value.code


def test_a_race_for_every_batch_is_no_endless_one(trail: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails if two sealers of one backlog, of whom each loses half of the batches, give up on it."""
    monkeypatch.setattr("elaas_identity.audit.trail.MOST_CONFLICTS", 2)
    at = trail.clock()
    many = tuple(an_event(f"event-{number:04}", at=at) for number in range(2 * chain.BATCH + 1))
    trail.store.commit(Change(inserts=many))
    trail.clock.shift(MINUTE)
    commits = 0

    def lost_every_other_time(operation: str) -> None:
        nonlocal commits
        commits += operation == "commit"
        if operation == "commit" and commits % 2:
            event = trail.event(commits // 2 * chain.BATCH)
            trail.edit(event, version=event.version + 1)

    sealed = trail.run(trail.audit(store=interposed(trail, lost_every_other_time)).seal())
    assert (3, len(many), 6) == (sealed.batch, sealed.count, commits)


class Died(Exception):
    """The process is gone."""


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_anywhere_leaves_a_chain_that_verifies(trail: Trail, after: bool) -> None:
    """Fails if a sealer that dies between two operations leaves half a batch (R9.5)."""
    written = 0
    for dies_at in range(1, 10):
        trail.write(*range(written + 1, written + 3))
        written += 2
        trail.clock.shift(MINUTE)
        left = dies_at

        def dying(_: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Died

        with suppress(ProviderFailed):
            trail.run(trail.audit(store=interposed(trail, dying, after=after)).seal())
        lived = left > 0
        assert None is trail.fault()
        trail.run(trail.audit().seal())
        found = trail.verify()
        assert (written, None) == (found.count, found.fault)
        if lived:
            assert dies_at > 3
            return
    raise AssertionError("it never came to the end")


def test_a_store_that_fails_in_its_own_way_is_translated(trail: Trail) -> None:
    """Fails if a portal's scheduler meets an exception of the store's, whose text may hold anything."""

    def failing(_: str) -> None:
        raise Misconfigured("store_schema", detail="of its own")

    with pytest.raises(Misconfigured):
        trail.run(trail.audit(store=interposed(trail, failing)).verify())


def test_a_sealer_vouches_for_nothing_that_it_did_not_sign(trail: Trail) -> None:
    """Fails if whoever owns the database can have a chain of their own signed with the next batch."""
    trail.write(1, 2)
    trail.seal()
    own = FORGERS_KEYS.sign(batch=1, count=2, head=chain.START, now=trail.clock())
    trail.edit(trail.checkpoint(1), jws=own.jws)
    trail.write(3)
    with pytest.raises(Misconfigured) as refused:
        trail.seal()
    assert ("keyring", "no audit key given here signed the latest checkpoint: run `audit verify`") == (
        refused.value.code,
        refused.value.detail,
    )
    assert None is trail.find(AuditLink, chain.numbered(3))


def test_public_keys_do_not_seal(trail: Trail) -> None:
    """Fails if a process that may only verify is answered with anything but what it lacks."""
    trail.write(1)
    with pytest.raises(Misconfigured) as refused:
        trail.seal(AuditKeys(KEYS.public()))
    assert "private" in refused.value.detail


def test_events_of_before_the_audit_are_sealed_too(trail: Trail) -> None:
    """Fails if what an older version wrote, without the audit's fields, never comes into the chain."""
    assert ("", None, None) == (replace(an_event()).batch, an_event().salt, an_event().erased_by)
    trail.insert(an_event("event-0001", at=trail.clock(), version=1))
    sealed = trail.seal()
    assert sealed is not None
    assert 1 == sealed.count
