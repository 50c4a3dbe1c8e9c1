"""The trail as NDJSON: one line an event, in the chain's order, and one for each checkpoint.

Whoever has the public keys can check an export by itself: a line's digest is of its `event` and `commitment`, its head
of the head before it and the digest, and every checkpoint signs the head that it stands behind. JSON in ASCII, so that
no line feed, escape or direction mark forges a line (ASVS 16.4.1).
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from elaas_identity.audit.chain import personal_part, public_part
from elaas_identity.audit.checkpoint import AuditKeys
from elaas_identity.audit.verification import Batch

SCHEMA = 1
"""Counts up when the meaning of a member changes; new members alone do not change it."""


def lines(batch: Batch, keys: AuditKeys, *, personal: bool) -> Iterator[str]:
    """The lines of a batch, without their line feeds.

    Args:
        batch: what stands in the store; nothing is verified here.
        keys: a checkpoint that none of them signed is left out.
        personal: also what can be erased (`personal`), and the salt that the commitment opens with.
    """
    events = {event.id: event for event in batch.events}
    for link in batch.links:
        told: dict[str, object] = {"type": "event", "schema": SCHEMA, "place": int(link.id)}
        event = events.get(link.event_id)
        if event is None:
            told["missing"] = link.event_id
        else:
            told["event"] = public_part(event)
            if personal and event.salt is not None:
                told |= {"personal": personal_part(event), "salt": event.salt}
        told |= {"commitment": link.commitment, "digest": link.digest, "head": link.head}
        yield json.dumps(told, ensure_ascii=True)
    if batch.checkpoint is not None and (signed := keys.read(batch.checkpoint.jws)) is not None:
        yield signed.line()
