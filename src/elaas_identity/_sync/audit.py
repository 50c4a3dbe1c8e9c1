# Generated from _async/audit.py by scripts/unasync.py. Do not edit: edit that file and run it.
"""The audit of the trail: sealing, verifying, exporting, erasing. `elaas.audit`, or by itself over a store."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from elaas_identity._sync.shell import MOST_CONFLICTS
from elaas_identity._sync.traceless import traceless
from elaas_identity.accounts.administration import signed_for
from elaas_identity.audit import chain, export
from elaas_identity.audit.chain import AuditLink
from elaas_identity.audit.checkpoint import AuditKeys, Checkpoint, CheckpointRecord
from elaas_identity.audit.verification import Batch, Verification, Verifier
from elaas_identity.change import Change, Done, Key, Outcome, Snapshot
from elaas_identity.errors import ElaasIdentityError, Misconfigured, ProviderFailed
from elaas_identity.events import Event
from elaas_identity.flow.advance import plain_event
from elaas_identity.flow.moment import Moment
from elaas_identity.ports import Clock, Listener, Random, Store
from elaas_identity.providers.system import SystemRandom, system_clock

_log = logging.getLogger("elaas_identity")

_LATEST = Key(CheckpointRecord, "events", field="chain", limit=1)
_UNSEALED = Key(Event, chain.UNSEALED, field="batch", limit=chain.BATCH)


class Audit:
    """Makes the events of a store tamper-evident. It starts no thread: call `seal` from a scheduler.

    Events are committed with the change that they tell of, by whoever acts; sealing them later keeps those from
    waiting for one another. Until it is sealed, an event is as safe as the database is.

    Args:
        store: the store of the facade.
        keys: what signs the checkpoints. Public keys alone verify and export.
        listeners: told of what was erased.
        settling: how old an event is before it is sealed.
        clock: aware UTC now.
        random: randomness fit for secrets.
    """

    def __init__(
        self,
        *,
        store: Store,
        keys: AuditKeys,
        listeners: Sequence[Listener] = (),
        settling: timedelta = chain.SETTLING,
        clock: Clock = system_clock,
        random: Random | None = None,
    ) -> None:
        self._store = store
        self._keys = keys
        self._listeners = tuple(listeners)
        self._settling = settling
        self._clock = clock
        self._random = SystemRandom() if random is None else random

    @traceless
    def seal(self) -> Checkpoint | None:
        """Chain the events that were committed since, and sign where the chain ends.

        It may run anywhere, as often as one likes, and in several processes at once: each batch is one commit, and
        of two that seal at once one wins. Keep the answer's `line()` where the database's owner cannot reach it.

        Returns:
            The last checkpoint that it signed; None where there was nothing to seal.

        Raises:
            Misconfigured: `keyring`, when there is no private key, or the chain does not end with a checkpoint that
                these keys signed: run `verify`.
            ProviderFailed: `store_unavailable`, `store_contended`; what was sealed before stays so.
        """
        return self._seal(self._settling)

    @traceless
    def verify(self, kept: Iterable[str] = ()) -> Verification:
        """Whether the trail is what was sealed. Reads it once, batch by batch, and stops at the first fault.

        Args:
            kept: checkpoints that were kept elsewhere, as lines. Without them a chain whose end was cut off, back to
                an earlier checkpoint, looks like one that has not come further.

        Raises:
            ProviderFailed: `store_unavailable`.
        """
        verifier = Verifier(self._keys, kept)
        for batch in self._batches():
            if not verifier.check(self._with_statements(batch)):
                return verifier.result
        return verifier.end()

    def export(self, *, personal: bool = False) -> Iterator[str]:
        """The sealed trail as lines of NDJSON, without their line feeds; see `elaas_identity.audit.export`.

        Args:
            personal: with who acted and why, client digests and correlation ids, as far as they are not erased.

        Raises:
            ProviderFailed: `store_unavailable`.
        """
        for batch in self._batches():
            for line in export.lines(batch, self._keys, personal=personal):
                yield line

    @traceless
    def erase_events(
        self,
        *,
        before: datetime,
        by: str,
        reason: str,
        account_id: str | None = None,
        binding_id: str | None = None,
    ) -> int:
        """Erase what is personal in the events of an account, of a binding, or of one within the other (PDPA s.33).

        The fact stays: what happened, when, to which account. Who did it and why, client and correlation go, and the
        chain still verifies. An event, `audit.erased`, says by whom and why this was done. It may be run again.

        Returns:
            How many events were erased.

        Raises:
            ValueError: neither an account nor a binding was named.
            Refused: `account_invalid`, when `by` or `reason` is missing.
            ProviderFailed: `store_unavailable`, `store_contended`; what was erased before stays so.
        """
        if account_id is None and binding_id is None:
            raise ValueError("whose events? To erase those of everybody there is erase_older_than")
        return self._erase(before, by=by, reason=reason, account_id=account_id, binding_id=binding_id)

    @traceless
    def erase_older_than(self, age: timedelta, *, by: str, reason: str) -> int:
        """Erase what is personal in every event that is older than that: the agency's retention (PDPA s.37).

        Returns:
            How many events were erased.

        Raises:
            Refused, ProviderFailed: as `erase_events`.
        """
        return self._erase(self._clock() - age, by=by, reason=reason)

    def _seal(self, settling: timedelta) -> Checkpoint | None:
        signed: Checkpoint | None = None
        conflicts = 0
        while conflicts < MOST_CONFLICTS:
            read = self._load(_LATEST, _UNSEALED)
            now = self._clock()
            events = chain.ripe(read.all(_UNSEALED), now, settling)
            if not events:
                return signed
            checkpoint, change = chain.sealed(
                self._latest(read), events, self._keys, now=now, random=self._random.token_bytes
            )
            if isinstance(self._commit(change), Done):
                signed, conflicts = checkpoint, 0
            else:
                conflicts += 1  # another sealer was faster
        raise ProviderFailed("store_contended")

    def _latest(self, read: Snapshot) -> Checkpoint | None:
        """Where the chain ends: by signature, since what is signed next vouches for all that came before."""
        record = read.one(_LATEST)
        if record is None:
            return None
        checkpoint = self._keys.read(record.jws)
        if checkpoint is None:
            raise Misconfigured(
                "keyring", detail="no audit key given here signed the latest checkpoint: run `audit verify`"
            )
        return checkpoint

    def _erase(
        self,
        before: datetime,
        *,
        by: str,
        reason: str,
        account_id: str | None = None,
        binding_id: str | None = None,
    ) -> int:
        by, reason = signed_for(by, reason)

        def is_concerned(event: Event) -> bool:
            return (
                event.salt is not None
                and event.at < before
                and account_id in (None, event.account_id)
                and binding_id in (None, event.binding_id)
            )

        # Only what is sealed can lose its fields and still be verified.
        self._seal(timedelta(0))
        moment = Moment(now=self._clock(), seed=self._random.token_bytes(32))
        statement = plain_event(
            moment, "audit.erased", account_id=account_id, binding_id=binding_id, by=by, reason=reason
        )
        count = 0
        for batch in self._batches():
            count += self._erase_in(batch, is_concerned, statement, is_said=count > 0)
        return count

    def _erase_in(
        self, batch: Batch, is_concerned: Callable[[Event], bool], statement: Event, *, is_said: bool
    ) -> int:
        events = batch.events
        for _ in range(MOST_CONFLICTS):
            writes = tuple(chain.erased(event, statement) for event in events if is_concerned(event))
            if not writes:
                return 0
            inserts = () if is_said else (statement,)
            if isinstance(self._commit(Change(writes=writes, inserts=inserts)), Done):
                return len(writes)
            events = (self._batch(batch.number)).events
        raise ProviderFailed("store_contended")

    def _batches(self) -> Iterator[Batch]:
        """One after the other, up to the end, or to the first that has no checkpoint."""
        number = 1
        while not (batch := self._batch(number)).is_past_the_end:
            yield batch
            if batch.checkpoint is None:
                return
            number += 1

    def _batch(self, number: int) -> Batch:
        checkpoint = Key(CheckpointRecord, CheckpointRecord.id_of(number))
        links = Key(AuditLink, chain.numbered(number), field="batch", limit=chain.MOST_IN_BATCH)
        events = Key(Event, chain.numbered(number), field="batch", limit=chain.MOST_IN_BATCH)
        read = self._load(checkpoint, _LATEST, links, events)
        return Batch(
            number=number,
            checkpoint=read.one(checkpoint),
            latest=read.one(_LATEST),
            links=read.all(links),
            events=read.all(events),
        )

    def _with_statements(self, batch: Batch) -> Batch:
        """The batch with the events that say why personal fields of it are gone."""
        keys = [Key(Event, event_id) for event_id in {event.erased_by for event in batch.events} if event_id]
        if not keys:
            return batch
        read = self._load(*keys)
        return replace(batch, statements={event.id: event for key in keys for event in read.all(key)})

    def _load(self, *keys: Key[Any]) -> Snapshot:
        try:
            return self._store.load(*keys)
        except ElaasIdentityError:
            raise
        except Exception as problem:
            raise ProviderFailed("store_unavailable", detail=type(problem).__name__) from None

    def _commit(self, change: Change) -> Outcome:
        try:
            outcome = self._store.commit(change)
        except ElaasIdentityError:
            raise
        except Exception as problem:
            raise ProviderFailed("store_unavailable", detail=type(problem).__name__) from None
        if isinstance(outcome, Done):
            for record in change.inserts:
                if isinstance(record, Event):
                    self._tell(record)
        return outcome

    def _tell(self, event: Event) -> None:
        for listener in self._listeners:
            try:
                listener(event)
            except Exception as problem:  # a listener is the portal's: it must not undo what is committed
                _log.warning("a listener failed on %s: %s", event.kind, type(problem).__name__)
