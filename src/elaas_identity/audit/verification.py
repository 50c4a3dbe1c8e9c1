"""Whether the chain is what was sealed: batch after batch, up to the first place that is not.

What it rests on is the signed checkpoints. The last one in the store shows every change before it; one that was kept
elsewhere shows also that the chain was cut off, or made anew by somebody who can sign.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from elaas_identity._discreet import discreet
from elaas_identity.audit.chain import (
    START,
    UNSEALED,
    AuditLink,
    commitment_to,
    digest_of,
    head_after,
    names,
    numbered,
    personal_part,
)
from elaas_identity.audit.checkpoint import AuditKeys, Checkpoint, CheckpointRecord
from elaas_identity.events import Event

FaultKind = Literal["edited", "removed", "inserted", "reordered", "rewritten", "cut_off", "forged"]
"""What can be wrong: an event or link was changed, taken out, put in or moved; a stretch of the chain was made anew;
its end is missing; a checkpoint is not signed by a key that is trusted here."""


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The first place in the chain that does not hold, counted from 1, and what is wrong there."""

    place: int
    kind: FaultKind
    detail: str


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was found: how many events hold, the head after them, how many of them were erased, and the fault if any.

    Attributes:
        erased_unnamed: how many of the erased ones no statement names, but only one that says whose events it was
            about, as earlier versions wrote it. Whether such an event was erased then, or emptied by hand since, the
            trail cannot tell.
    """

    count: int
    head: str
    erased: int
    fault: Fault | None = None
    erased_unnamed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One batch as it stands at one moment, with the store's latest checkpoint."""

    number: int
    checkpoint: CheckpointRecord | None
    latest: CheckpointRecord | None
    links: tuple[AuditLink, ...]
    events: tuple[Event, ...]
    statements: Mapping[str, Event] = field(default_factory=dict[str, Event])
    """The events that say why personal fields of this batch are gone, by id."""

    @property
    def is_past_the_end(self) -> bool:
        """Whether nothing has this number, as it should be behind the latest checkpoint."""
        last = None if self.number == 1 else CheckpointRecord.id_of(self.number - 1)
        ends_before = (None if self.latest is None else self.latest.id) == last
        return ends_before and not (self.checkpoint or self.links or self.events)


class Verifier:
    """Takes the batches in order; holds no more than where it is, and the checkpoints it was given.

    Args:
        keys: whose signatures are believed.
        kept: checkpoints that were kept elsewhere, as lines (`Checkpoint.line`, or those of an export).
    """

    def __init__(self, keys: AuditKeys, kept: Iterable[str] = ()) -> None:
        self._keys = keys
        self._count, self._head, self._erased, self._erased_unnamed = 0, START, 0, 0
        self._fault: Fault | None = None
        self._kept: defaultdict[int, list[Checkpoint]] = defaultdict(list)
        """Those not met yet, by the place that each speaks of."""
        for number, line in enumerate(kept, start=1):
            self._keep(number, line)

    @property
    def result(self) -> Verification:
        """What was found so far."""
        return Verification(
            count=self._count,
            head=self._head,
            erased=self._erased,
            fault=self._fault,
            erased_unnamed=self._erased_unnamed,
        )

    def check(self, batch: Batch) -> bool:
        """Take the next batch; whether everything holds, so that it is worth going on."""
        if self._fault is None:
            self._fault = self._fault_in(batch)
        return self._fault is None

    def end(self) -> Verification:
        """There are no more batches: whether there should have been."""
        if self._fault is None and self._kept:
            furthest = max(self._kept)
            at = self._kept[furthest][0].at.isoformat()
            self._fault = Fault(
                place=self._count + 1,
                kind="cut_off",
                detail=f"a checkpoint of {at} counts {furthest} events; {self._count} are left",
            )
        return self.result

    def _keep(self, number: int, line: str) -> None:
        text = _signed_text(line)
        if text is None:
            return
        checkpoint = self._keys.read(text)
        if checkpoint is not None:
            self._kept[checkpoint.count].append(checkpoint)
        elif self._fault is None:
            self._fault = Fault(
                place=0,
                kind="forged",
                detail=f"line {number} of the kept checkpoints is signed by no trusted key",
            )

    def _fault_in(self, batch: Batch) -> Fault | None:
        first = self._count + 1
        events = {event.id: event for event in batch.events}
        for link in batch.links:
            fault = self._fault_of(link, batch) or self._fault_about(
                link, events.pop(link.event_id, None), batch
            )
            if fault is not None:
                return fault
            self._count, self._head = self._count + 1, link.head
            for kept in self._kept.pop(self._count, ()):
                if kept.head != self._head:
                    return _rewritten(self._count, f"a kept checkpoint of {kept.at.isoformat()}")
        return self._fault_at_end(batch, first) or next(
            (
                Fault(place=self._count, kind="inserted", detail=f"event {event_id} has no link in its batch")
                for event_id in events
            ),
            None,
        )

    def _fault_of(self, link: AuditLink, batch: Batch) -> Fault | None:
        """What is wrong with the link itself."""
        place = self._count + 1
        if link.id != numbered(place):
            kind: FaultKind = "removed" if link.id > numbered(place) else "inserted"
            return Fault(place=place, kind=kind, detail=f"the link found here is {link.id}")
        if head_after(self._head, link.digest) == link.head:
            return None
        for other in batch.links:
            if other is not link and head_after(self._head, other.digest) in (link.head, other.head):
                return Fault(place=place, kind="reordered", detail=f"what belongs here stands at {other.id}")
        return Fault(
            place=place, kind="edited", detail="the link's head does not follow from the one before it"
        )

    def _fault_about(self, link: AuditLink, event: Event | None, batch: Batch) -> Fault | None:
        """What is wrong with the event that the link is for."""
        place = self._count + 1
        if event is None:
            return Fault(
                place=place, kind="removed", detail=f"event {link.event_id} is not there, or not in its batch"
            )
        detail = None
        if digest_of(event, link.commitment) != link.digest:
            detail = "is not what was sealed"
        elif event.salt is not None:
            if commitment_to(event, event.salt) != link.commitment:
                detail = "has another actor, reason or client than was sealed"
        elif personal_part(event):
            detail = "was erased, and has an actor, reason or client again"
        elif (statement := _said_by(event, place, batch)) is None:
            detail = "lost its actor, reason and client, and no event says why"
        else:
            self._erased += 1
            self._erased_unnamed += statement.erases is None
        if detail is None:
            return None
        return Fault(place=place, kind="edited", detail=f"event {event.id} {detail}")

    def _fault_at_end(self, batch: Batch, first: int) -> Fault | None:
        """What is wrong with the batch's checkpoint, or with the batch by it."""
        if batch.checkpoint is None:
            if batch.latest is not None and self._keys.read(batch.latest.jws) is None:
                return _forged(first, "the latest checkpoint is signed by no trusted key")
            if batch.links or batch.events:
                return Fault(
                    place=first, kind="inserted", detail="no checkpoint was signed for what stands here"
                )
            return Fault(place=first, kind="removed", detail=f"batch {batch.number} is missing")
        checkpoint = self._keys.read(batch.checkpoint.jws)
        if checkpoint is None or checkpoint.batch != batch.number:
            return _forged(
                first, f"the checkpoint of batch {batch.number} is not the one that was signed for it"
            )
        if checkpoint.count > self._count:
            return Fault(
                place=self._count + 1,
                kind="removed",
                detail=f"batch {batch.number} was signed with {checkpoint.count} events so far",
            )
        if checkpoint.count < self._count:
            return Fault(
                place=checkpoint.count + 1,
                kind="inserted",
                detail=f"batch {batch.number} was signed with {checkpoint.count} events so far",
            )
        if checkpoint.head != self._head:
            return _rewritten(first, f"the checkpoint of batch {batch.number}")
        return None


def _said_by(event: Event, place: int, batch: Batch) -> Event | None:
    """The event of the trail that says that this one's personal fields were erased.

    A statement names each event by its place. One that an earlier version wrote says only whose events it was about.
    """
    statement = batch.statements.get(event.erased_by or "")
    if (
        statement is None
        or statement.kind != "audit.erased"
        or statement.account_id not in (None, event.account_id)
        or statement.binding_id not in (None, event.binding_id)
        or event.at > statement.at
        or (statement.erases is not None and not names(statement.erases, place))
        or (statement.cutoff is not None and event.at >= statement.cutoff)
        or not _is_in_the_trail(statement, batch)
    ):
        return None
    return statement


def _is_in_the_trail(statement: Event, batch: Batch) -> bool:
    """Whether the statement is in a batch that is checked too, or is going to be in one."""
    if statement.batch == UNSEALED:
        return True
    number = statement.batch
    if batch.latest is None or not (
        number.isascii() and number.isdecimal() and len(number) == len(numbered(1))
    ):
        return False
    return CheckpointRecord.id_of(int(number)) >= batch.latest.id


def _signed_text(line: str) -> str | None:
    """The JWS of a line; None for a line that holds none: an empty one, or an event of an export."""
    if not line.strip():
        return None
    try:
        told = json.loads(line)
        return None if told["type"] == "event" else str(told["jws"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _rewritten(place: int, by: str) -> Fault:
    return Fault(
        place=place, kind="rewritten", detail=f"{by} has another head: the chain was made anew before it"
    )


def _forged(place: int, detail: str) -> Fault:
    return Fault(place=place, kind="forged", detail=detail)
