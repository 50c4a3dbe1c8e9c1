"""The chain: each sealed event has a link, and each link's head stands for all that came before it.

Events are written by whoever acts, in the commit of the act, and nobody waits for anybody. The sealer comes after
them: it takes what no batch has yet, puts a link behind the last one for each, and signs where the chain then ends.
Links and checkpoints are only ever inserted, so a database may allow no more than that.

What is personal in an event enters its link as a commitment (HMAC under a salt of the event's own). With field and
salt deleted, the commitment tells nothing about what was there, and the chain still holds (R7.4).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from elaas_identity.audit.checkpoint import AuditKeys, Checkpoint, CheckpointRecord
from elaas_identity.change import Change
from elaas_identity.events import Event

SETTLING = timedelta(seconds=10)
"""How old an event is before it is sealed. Our choice: longer than any commit takes, so that the chain's order is that
of time. One that comes later all the same is sealed in the next run, in a later place."""

BATCH = 200
"""Events sealed in one commit. Our choice: long enough to be cheap, and no writer of SQLite waits 50 ms for it."""

MOST_IN_BATCH = 1000
"""How many of a batch are read, whatever somebody put there: bounded, and above every `BATCH` there ever was."""

MOST_NAMED = 1000
"""Events that one statement of an erasure names. Our choice: its text stays under 14 kB, whichever events they are."""

SALT_BYTES = 32
"""As long as the hash: a commitment without its salt can be neither opened nor guessed."""

START = "0" * 64
"""The head of a chain that has no link yet."""

UNSEALED = ""
"""The batch of an event that has none yet."""

PERSONAL = ("by", "reason", "client", "correlation_id")
"""Fields of an event that may say something about a person, and can be erased."""

_ABOUT_THE_SEAL = ("version", "batch", "salt", "erased_by")
_PUBLIC = tuple(field.name for field in fields(Event) if field.name not in (*PERSONAL, *_ABOUT_THE_SEAL))


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLink:
    """An event's place in the chain.

    Attributes:
        id: the place, counted from 1, zero-padded.
        commitment: to the event's personal fields.
        digest: of the event's other fields and the commitment.
        head: of the head before it and the digest.
    """

    LOOKUPS: ClassVar[tuple[str, ...]] = ("batch",)
    UNIQUE: ClassVar[tuple[str, ...]] = ()

    id: str
    version: int = 0
    schema: int = 1
    batch: str
    event_id: str
    commitment: str
    digest: str
    head: str


def numbered(number: int) -> str:
    """A place in the chain, or a batch, as an id that sorts by number."""
    return f"{number:012}"


def public_part(event: Event) -> dict[str, object]:
    """What of an event is kept for good. A field without a value is left out, so that later versions may add some."""
    return _part(event, _PUBLIC)


def personal_part(event: Event) -> dict[str, object]:
    """What of an event can be erased; nothing, once it was."""
    return _part(event, PERSONAL)


def commitment_to(event: Event, salt: str) -> str:
    """What stands for the personal fields."""
    return hmac.new(salt.encode(), _canonical(personal_part(event)), hashlib.sha256).hexdigest()


def digest_of(event: Event, commitment: str) -> str:
    """What stands for the event."""
    return hashlib.sha256(
        b"\x00" + _canonical({"event": public_part(event), "personal": commitment})
    ).hexdigest()


def head_after(head: str, digest: str) -> str:
    """The head of a chain that is one event longer. Events and heads are hashed apart, as RFC 6962 §2.1 has it."""
    return hashlib.sha256(b"\x01" + head.encode() + digest.encode()).hexdigest()


def ripe(events: Sequence[Event], now: datetime, settling: timedelta) -> tuple[Event, ...]:
    """Those that have settled."""
    return tuple(event for event in events if event.at <= now - settling)


def sealed(
    latest: Checkpoint | None,
    events: Sequence[Event],
    keys: AuditKeys,
    *,
    now: datetime,
    random: Callable[[int], bytes],
) -> tuple[Checkpoint, Change]:
    """The events as the chain's next batch: their links, their mark, and the checkpoint, in one change.

    Another sealer's batch takes the same ids, so only one of two gets through.

    Raises:
        Misconfigured: `keyring`, when there is no private key.
    """
    number = 1 if latest is None else latest.batch + 1
    count, head = (0, START) if latest is None else (latest.count, latest.head)
    batch = numbered(number)
    links: list[AuditLink] = []
    marked: list[Event] = []
    for event in events:
        salt = random(SALT_BYTES).hex()
        commitment = commitment_to(event, salt)
        digest = digest_of(event, commitment)
        count, head = count + 1, head_after(head, digest)
        links.append(
            AuditLink(
                id=numbered(count),
                batch=batch,
                event_id=event.id,
                commitment=commitment,
                digest=digest,
                head=head,
            )
        )
        marked.append(replace(event, batch=batch, salt=salt))
    checkpoint = keys.sign(batch=number, count=count, head=head, now=now)
    record = CheckpointRecord(id=CheckpointRecord.id_of(number), jws=checkpoint.jws)
    return checkpoint, Change(writes=tuple(marked), inserts=(*links, record))


def erased(event: Event, statement: Event) -> Event:
    """The event without its personal fields, naming the event that says so."""
    return replace(
        event, by=None, reason=None, client=None, correlation_id=None, salt=None, erased_by=statement.id
    )


def named(places: Iterable[int]) -> str:
    """Places in the chain as text, runs of them by their ends."""
    runs: list[tuple[int, int]] = []
    for place in sorted(places):
        if runs and place == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return ",".join(f"{first}" if first == last else f"{first}-{last}" for first, last in runs)


def names(text: str, place: int) -> bool:
    """Whether that place is among those of the text; none is where the text is no such list."""
    if not _PLACES.fullmatch(text):
        return False
    runs = (run.partition("-") for run in text.split(","))
    return any(int(first) <= place <= int(last or first) for first, _, last in runs)


_PLACES = re.compile(r"\d{1,12}(-\d{1,12})?(,\d{1,12}(-\d{1,12})?)*", re.ASCII)


def _part(event: Event, names: Sequence[str]) -> dict[str, object]:
    part: dict[str, object] = {}
    for name in names:
        value = getattr(event, name)
        if isinstance(value, datetime):
            value = value.astimezone(UTC).isoformat(timespec="microseconds")
        if value is not None:
            part[name] = value
    return part


def _canonical(part: dict[str, object]) -> bytes:
    return json.dumps(part, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
