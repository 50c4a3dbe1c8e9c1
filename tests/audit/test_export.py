"""The export: one line of NDJSON an event, and enough in it to check the chain without the database."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from elaas_identity.audit.checkpoint import AuditKeys
from tests.audit.trail import FORGERS_KEYS, KEYS, Trail


def exported(trail: Trail, keys: AuditKeys = KEYS, **options: Any) -> list[dict[str, Any]]:
    lines: list[str] = trail.run(trail.audit(keys).export(**options))
    assert [] == [line for line in lines if "\n" in line or not line.isascii()]
    return [json.loads(line) for line in lines]


def test_nothing_personal_unless_it_is_asked_for(trail: Trail) -> None:
    """Fails if a trail that is handed on carries names, addresses or reasons (R7.2)."""
    trail.write(1)
    trail.seal()
    event, checkpoint = exported(trail)
    assert ["event", "checkpoint"] == [event["type"], checkpoint["type"]]
    assert {"type", "schema", "place", "event", "commitment", "digest", "head"} == set(event)
    assert (1, 1) == (event["schema"], event["place"])
    assert {"id", "schema", "at", "kind", "outcome", "account_id"} == set(event["event"])
    salt = trail.event(1).salt
    for kept in ("administrator (invented)", "letter 1", "k1.client", "req-1", str(salt)):
        assert kept not in json.dumps([event, checkpoint])


def test_with_what_is_personal(trail: Trail) -> None:
    """Fails if an agency cannot hand over who acted, or hands over what was erased."""
    trail.write(1)
    trail.write(2, account_id="account-2")
    trail.seal()
    trail.run(trail.audit().erase_events(before=trail.clock(), account_id="account-2", by="x", reason="y"))
    first, second, _ = exported(trail, personal=True)
    assert {
        "by": "administrator (invented)",
        "reason": "letter 1",
        "client": "k1.client",
        "correlation_id": "req-1",
    } == first["personal"]
    assert set() == {"personal", "salt"} & set(second)


def test_it_can_be_checked_by_somebody_outside(trail: Trail) -> None:
    """Fails if what the page says of digests and heads is not how they are made."""
    trail.write(1, 2)
    trail.seal()
    trail.write(3)
    trail.seal()
    outside = AuditKeys(KEYS.public())
    head, places = "0" * 64, list[int]()
    for line in exported(trail, personal=True):
        if line["type"] == "checkpoint":
            signed = outside.read(line["jws"])
            assert signed is not None
            assert (places[-1], head) == (signed.count, signed.head)
            continue

        def canonical(value: object) -> bytes:
            return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()

        commitment = hmac.new(line["salt"].encode(), canonical(line["personal"]), hashlib.sha256).hexdigest()
        assert line["commitment"] == commitment
        content = canonical({"event": line["event"], "personal": commitment})
        assert line["digest"] == hashlib.sha256(b"\x00" + content).hexdigest()
        head = hashlib.sha256(b"\x01" + (head + line["digest"]).encode()).hexdigest()
        assert head == line["head"]
        places.append(line["place"])
    assert [1, 2, 3] == places


def test_no_text_forges_a_line(trail: Trail) -> None:
    """Fails if a line feed, an escape or a direction mark in a reason reaches the file (R7.3)."""
    trail.write(1, reason="a\n{}\r\x1b[2J\u202e\u2028ก")
    trail.seal()
    assert "a\n{}\r\x1b[2J\u202e\u2028ก" == exported(trail, personal=True)[0]["personal"]["reason"]


def test_a_missing_event_leaves_its_place(trail: Trail) -> None:
    """Fails if a deleted event shifts the others, or ends the export."""
    trail.write(1, 2)
    trail.seal()
    trail.delete(trail.event(1))
    first, second, _ = exported(trail)
    assert (1, "event-0001", False) == (first["place"], first["missing"], "event" in first)
    assert (2, "event-0002") == (second["place"], second["event"]["id"])


def test_a_forged_checkpoint_is_not_handed_on(trail: Trail) -> None:
    """Fails if an export makes a checkpoint look true that no trusted key signed."""
    trail.write(1)
    trail.seal()
    assert ["event"] == [line["type"] for line in exported(trail, FORGERS_KEYS)]
