"""The trail of events: sealed batch by batch, read, verified, and erased of what is personal.

Acts: `seal`, `verify`, `read_batch`, `erase`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from elaas_identity.accounts.authorship import signed_for
from elaas_identity.audit import chain
from elaas_identity.audit.chain import AuditLink
from elaas_identity.audit.checkpoint import AuditKeys, Checkpoint, CheckpointRecord
from elaas_identity.audit.verification import Batch, Verification, Verifier
from elaas_identity.change import Change, Done, Key, Snapshot
from elaas_identity.effects import Act, commit, draw, load, read_clock
from elaas_identity.errors import Misconfigured, ProviderFailed
from elaas_identity.events import Event
from elaas_identity.flow.advance import plain_event
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.opening import MOST_CONFLICTS

_LATEST = Key(CheckpointRecord, "events", field="chain", limit=1)
_UNSEALED = Key(Event, chain.UNSEALED, field="batch", limit=chain.BATCH)


def seal(keys: AuditKeys, settling: timedelta) -> Act[Checkpoint | None]:
    """Chain the events that are older than `settling`, and sign where the chain ends."""
    signed: Checkpoint | None = None
    while (checkpoint := (yield from _seal_batch(keys, settling))) is not None:
        signed = checkpoint
    return signed


def verify(keys: AuditKeys, kept: Iterable[str]) -> Act[Verification]:
    """Whether the trail is what was sealed. Reads it once, batch by batch, and stops at the first fault."""
    verifier, number = Verifier(keys, kept), 1
    while (batch := (yield from read_batch(number))) is not None:
        if not verifier.check((yield from _with_statements(batch))):
            return verifier.result
        number += 1
    return verifier.end()


def read_batch(number: int) -> Act[Batch | None]:
    """The batch of that number; None past the end."""
    checkpoint = Key(CheckpointRecord, CheckpointRecord.id_of(number))
    links = Key(AuditLink, chain.numbered(number), field="batch", limit=chain.MOST_IN_BATCH)
    events = Key(Event, chain.numbered(number), field="batch", limit=chain.MOST_IN_BATCH)
    read = yield from load(checkpoint, _LATEST, links, events)
    batch = Batch(
        number=number,
        checkpoint=read.one(checkpoint),
        latest=read.one(_LATEST),
        links=read.all(links),
        events=read.all(events),
    )
    return None if batch.is_past_the_end else batch


def next_after(batch: Batch) -> int:
    """The number of the batch after this one; 0 where none follows: a batch without a checkpoint ends the trail."""
    return 0 if batch.checkpoint is None else batch.number + 1


def erase(
    moment: Moment,
    keys: AuditKeys,
    before: datetime,
    *,
    by: str,
    reason: str,
    account_id: str | None = None,
    binding_id: str | None = None,
) -> Act[int]:
    """Erase what is personal in the events before then, of an account, of a binding, or of everybody.

    Returns:
        How many events were erased.
    """
    signed = signed_for(by, reason)

    def is_concerned(event: Event) -> bool:
        return (
            event.salt is not None
            and event.at < before
            and account_id in (None, event.account_id)
            and binding_id in (None, event.binding_id)
        )

    # Only what is sealed can lose its fields and still be verified.
    yield from seal(keys, timedelta(0))
    moment = replace(moment, now=(yield from read_clock()))
    count, number = 0, 1
    while number:
        first = number
        batches, places, number = yield from _concerned(first, is_concerned)
        statement = plain_event(
            moment,
            "audit.erased",
            account_id=account_id,
            binding_id=binding_id,
            erases=chain.named(places),
            cutoff=before,
            **signed._asdict(),
        )
        statement = replace(statement, id=moment.id(f"event.audit.erased.{first}"))
        said = False
        for each in batches:
            erased = yield from _erase_in(each, is_concerned, statement, is_said=said)
            count, said = count + erased, said or erased > 0
    return count


def _seal_batch(keys: AuditKeys, settling: timedelta) -> Act[Checkpoint | None]:
    """Chain one batch and sign its end; None where no event is old enough."""
    for _ in range(MOST_CONFLICTS):
        read = yield from load(_LATEST, _UNSEALED)
        now = yield from read_clock()
        events = chain.ripe(read.all(_UNSEALED), now, settling)
        if not events:
            return None
        latest = _latest(keys, read)
        checkpoint, change = yield from draw(
            lambda random: chain.sealed(latest, events, keys, now=now, random=random.token_bytes)  # noqa: B023
        )
        if isinstance((yield from commit(change)), Done):
            return checkpoint
    raise ProviderFailed("store_contended")


def _concerned(number: int, is_concerned: Callable[[Event], bool]) -> Act[tuple[list[int], list[int], int]]:
    """From that batch on: the batches with something to erase, its places, and the number of the batch to go on with.

    No more than one statement can name; 0 where the trail has ended.
    """
    batches: list[int] = []
    places: list[int] = []
    while number and len(places) <= chain.MOST_NAMED - chain.BATCH:
        batch = yield from read_batch(number)
        if batch is None:
            return batches, places, 0
        place_of = {link.event_id: int(link.id) for link in batch.links if link.id.isdecimal()}
        concerned = [event.id for event in batch.events if is_concerned(event)]
        if concerned:
            batches.append(number)
            places += (place_of[event_id] for event_id in concerned if event_id in place_of)
        number = next_after(batch)
    return batches, places, number


def _erase_in(
    number: int, is_concerned: Callable[[Event], bool], statement: Event, *, is_said: bool
) -> Act[int]:
    for _ in range(MOST_CONFLICTS):
        batch = yield from read_batch(number)
        events = () if batch is None else batch.events
        writes = tuple(chain.erased(event, statement) for event in events if is_concerned(event))
        if not writes:
            return 0
        inserts = () if is_said else (statement,)
        if isinstance((yield from commit(Change(writes=writes, inserts=inserts))), Done):
            return len(writes)
    raise ProviderFailed("store_contended")


def _with_statements(batch: Batch) -> Act[Batch]:
    """The batch with the events that say why personal fields of it are gone."""
    keys = [Key(Event, event_id) for event_id in {event.erased_by for event in batch.events} if event_id]
    if not keys:
        return batch
    read = yield from load(*keys)
    return replace(batch, statements={event.id: event for key in keys for event in read.all(key)})


def _latest(keys: AuditKeys, read: Snapshot) -> Checkpoint | None:
    """Where the chain ends: by signature, since what is signed next vouches for all that came before."""
    record = read.one(_LATEST)
    if record is None:
        return None
    checkpoint = keys.read(record.jws)
    if checkpoint is None:
        raise Misconfigured(
            "keyring", detail="no audit key given here signed the latest checkpoint: run `audit verify`"
        )
    return checkpoint
