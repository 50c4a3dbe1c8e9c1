"""Whoever owns the database changes it: each way is found, and named with its place (issue: a hand-edited, a deleted
and a cut-off row)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from elaas_identity.audit.chain import AuditLink, commitment_to, digest_of, head_after, numbered
from elaas_identity.audit.checkpoint import AuditKeys, CheckpointRecord
from elaas_identity.events import Event
from elaas_identity.testing.store_examples import an_event
from tests.audit.trail import FORGERS_KEYS, KEYS, Trail, a_key


@pytest.fixture
def sealed(trail: Trail) -> Trail:
    """Six events in three batches."""
    for first in (1, 3, 5):
        trail.write(first, first + 1)
        trail.seal()
    assert None is trail.fault()
    return trail


EDITS: dict[str, tuple[object, ...]] = {
    "kind": ("account.unlocked",),
    "outcome": ("refused",),
    "code": ("person_mismatch",),
    "account_id": ("account-2", None),
    "flow_id": ("flow-9",),
    "binding_id": ("binding-9",),
    "by": ("somebody else (invented)", None),
    "reason": ("", None),
    "client": ("k1.other",),
    "correlation_id": (None,),
    "schema": (2,),
    "salt": ("00", "not hexadecimal"),
}


@pytest.mark.parametrize(
    ("field", "value"), [(name, value) for name, given in EDITS.items() for value in given]
)
def test_a_hand_edited_event(sealed: Trail, field: str, value: object) -> None:
    """Fails if somebody can change what an event says, who did it or why."""
    sealed.edit(sealed.event(4), **{field: value})
    assert ("edited", 4) == sealed.fault()


def test_a_hand_edited_time(sealed: Trail) -> None:
    """Fails if an event can be moved in time by the smallest step that is stored."""
    event = sealed.event(3)
    sealed.edit(event, at=event.at + timedelta(microseconds=1))
    assert ("edited", 3) == sealed.fault()


def test_what_is_written_at_every_commit_is_no_edit(sealed: Trail) -> None:
    """Fails if a store's own bookkeeping breaks the chain."""
    sealed.edit(sealed.event(3), version=9)
    assert None is sealed.fault()


@pytest.mark.parametrize("field", ["commitment", "digest", "head", "event_id"])
def test_a_hand_edited_link(sealed: Trail, field: str) -> None:
    """Fails if a link that no longer fits its event or its neighbour passes."""
    sealed.edit(sealed.link(3), **{field: "ff" * 32})
    assert sealed.fault() in (("edited", 3), ("removed", 3))


def test_a_deleted_event(sealed: Trail) -> None:
    """Fails if an event can vanish."""
    sealed.delete(sealed.event(3))
    assert ("removed", 3) == sealed.fault()


def test_a_deleted_event_with_its_link(sealed: Trail) -> None:
    """Fails if it can vanish when its link goes with it: first, middle or last of its batch."""
    for place in (6, 5, 1):
        sealed.delete(sealed.event(place), sealed.link(place))
        assert ("removed", place) == sealed.fault()


def test_a_deleted_batch(sealed: Trail) -> None:
    """Fails if a whole batch out of the middle can vanish, or is an end to it."""
    sealed.delete(sealed.event(3), sealed.event(4), sealed.link(3), sealed.link(4), sealed.checkpoint(2))
    assert ("removed", 3) == sealed.fault()


def test_an_event_hidden_from_its_batch(sealed: Trail) -> None:
    """Fails if an event that was marked as unsealed again, and so is sealed a second time, passes."""
    sealed.edit(sealed.event(2), batch="")
    assert ("removed", 2) == sealed.fault()
    sealed.seal()
    assert ("removed", 2) == sealed.fault()


@pytest.mark.parametrize("batch", [1, 2, 3, 4])
def test_an_inserted_event(sealed: Trail, batch: int) -> None:
    """Fails if an event can be slipped among the sealed ones."""
    sealed.insert(an_event("event-0002a", version=2, batch=numbered(batch), salt="00"))
    assert ("inserted", 7 if batch == 4 else 2 * batch) == sealed.fault()


def test_an_inserted_link(sealed: Trail) -> None:
    """Fails if the chain can be made longer, with heads that follow, by whoever cannot sign."""
    event = an_event("event-0007", version=2, batch=numbered(3), salt="00")
    commitment = commitment_to(event, "00")
    digest = digest_of(event, commitment)
    link = AuditLink(
        id=numbered(7),
        version=1,
        batch=numbered(3),
        event_id=event.id,
        commitment=commitment,
        digest=digest,
        head=head_after(sealed.link(6).head, digest),
    )
    sealed.insert(event, link)
    assert ("inserted", 7) == sealed.fault()
    sealed.edit(link, batch=numbered(4))
    sealed.edit(event, batch=numbered(4))
    assert ("inserted", 7) == sealed.fault()
    sealed.delete(event)
    assert ("removed", 7) == sealed.fault()


@pytest.mark.parametrize("place", ["", "0", "000000000002x"])
def test_a_link_at_an_impossible_place(sealed: Trail, place: str) -> None:
    """Fails if a link between two others passes, or ends the verification in an exception."""
    sealed.insert(replace(sealed.link(2), id=place))
    assert sealed.fault() in (("inserted", 1), ("removed", 3), ("inserted", 3))


def test_reordered_links(sealed: Trail) -> None:
    """Fails if two rows can change places, whole or in what they hold."""
    third, fourth = sealed.link(3), sealed.link(4)
    sealed.delete(third, fourth)
    sealed.insert(replace(third, id=fourth.id), replace(fourth, id=third.id))
    assert ("reordered", 3) == sealed.fault()
    sealed.delete(replace(third, id=fourth.id), replace(fourth, id=third.id))
    sealed.insert(
        replace(third, id=fourth.id, head=fourth.head), replace(fourth, id=third.id, head=third.head)
    )
    assert ("reordered", 3) == sealed.fault()


def test_events_under_each_others_ids(sealed: Trail) -> None:
    """Fails if what two events say can be exchanged."""
    third, fourth = sealed.event(3), sealed.event(4)
    sealed.delete(third, fourth)
    sealed.insert(replace(third, id=fourth.id), replace(fourth, id=third.id))
    assert ("edited", 3) == sealed.fault()


def rebuild(trail: Trail, start: int, end: int) -> str:
    """Links from `start` to `end` made anew over what the events say now, as anybody can; answers the head."""
    head = trail.link(start - 1).head
    for place in range(start, end + 1):
        link = trail.link(place)
        event = trail.find(Event, link.event_id)
        commitment = commitment_to(event, event.salt)
        digest = digest_of(event, commitment)
        head = head_after(head, digest)
        trail.edit(link, commitment=commitment, digest=digest, head=head)
    return head


def test_a_chain_made_anew(sealed: Trail) -> None:
    """Fails if whoever can calculate hashes, and not sign, can rewrite history."""
    sealed.edit(sealed.event(3), kind="account.unlocked")
    rebuild(sealed, 3, 6)
    assert ("rewritten", 3) == sealed.fault()


@pytest.mark.parametrize("signer", [FORGERS_KEYS, None], ids=["another key", "no signature"])
def test_a_forged_checkpoint(sealed: Trail, signer: AuditKeys | None) -> None:
    """Fails if the rewritten chain passes with a checkpoint that somebody else signed."""
    sealed.edit(sealed.event(5), kind="account.unlocked")
    head = rebuild(sealed, 5, 6)
    forged = (signer or KEYS).sign(batch=3, count=6, head=head, now=sealed.clock()).jws
    if signer is None:
        forged = forged.rpartition(".")[0] + "."
    sealed.edit(sealed.checkpoint(3), jws=forged)
    assert ("forged", 5) == sealed.fault()


def test_a_checkpoint_of_another_batch(sealed: Trail) -> None:
    """Fails if a true checkpoint passes in another's place."""
    sealed.edit(sealed.checkpoint(3), jws=sealed.checkpoint(2).jws)
    assert ("forged", 5) == sealed.fault()


@pytest.mark.parametrize("jws", ["", "junk", "a.b.c", "é.é.é", "x" * 10_000])
def test_a_checkpoint_that_is_none(sealed: Trail, jws: str) -> None:
    """Fails if junk in the table ends the verification in an exception."""
    sealed.insert(CheckpointRecord(id="000000000000", version=1, jws=jws))
    assert ("forged", 7) == sealed.fault()
    lines = sealed.run(sealed.audit().export())
    assert 6 + 3 == len(lines), "an export ends where the chain does"


def test_a_deleted_checkpoint(sealed: Trail) -> None:
    """Fails if a batch without its signature passes: the last, or one before it."""
    sealed.delete(sealed.checkpoint(3))
    assert ("inserted", 5) == sealed.fault()
    sealed.delete(sealed.checkpoint(1))
    assert ("inserted", 1) == sealed.fault()


def cut_off(trail: Trail, batch: int, places: tuple[int, ...]) -> None:
    """The end of the chain removed without a trace in the database."""
    for place in places:
        trail.delete(trail.event(place), trail.link(place))
    trail.delete(trail.checkpoint(batch))


def test_a_cut_off_end(sealed: Trail) -> None:
    """Fails if the last events can be dropped when a checkpoint of them was kept elsewhere."""
    kept = KEYS.read(sealed.checkpoint(3).jws)
    assert kept is not None
    cut_off(sealed, 3, (5, 6))
    assert None is sealed.fault(), "the database alone cannot show it"
    assert ("cut_off", 5) == sealed.fault(kept.line())


def test_a_cut_off_end_with_a_new_one(sealed: Trail) -> None:
    """Fails if the chain that our own sealer continues after the cut passes for the one that was there."""
    kept = KEYS.read(sealed.checkpoint(3).jws)
    assert kept is not None
    cut_off(sealed, 3, (5, 6))
    sealed.write(7, 8, 9)
    sealed.seal()
    assert None is sealed.fault()
    assert ("rewritten", 6) == sealed.fault(kept.line())


def test_everything_cut_off(sealed: Trail) -> None:
    """Fails if an emptied database passes for a new one."""
    kept = KEYS.read(sealed.checkpoint(1).jws)
    assert kept is not None
    for batch, places in ((3, (5, 6)), (2, (3, 4)), (1, (1, 2))):
        cut_off(sealed, batch, places)
    assert None is sealed.fault()
    assert ("cut_off", 1) == sealed.fault(kept.line())


FORGED_LINES: dict[str, Callable[[str], str]] = {
    "another key": lambda _: FORGERS_KEYS.sign(batch=1, count=2, head="0" * 64, now=an_event().at).line(),
    "no signature": lambda line: line.replace('"jws": "', '"jws": "x'),
    "no member": lambda _: '{"type": "checkpoint"}',
    "no object": lambda _: "[]",
    "no JSON": lambda _: "checkpoint",
}


@pytest.mark.parametrize("forge", FORGED_LINES.values(), ids=FORGED_LINES)
def test_a_forged_line(sealed: Trail, forge: Callable[[str], str]) -> None:
    """Fails if a kept checkpoint counts that nobody signed, or is passed over."""
    kept = KEYS.read(sealed.checkpoint(1).jws)
    assert kept is not None
    assert ("forged", 0) == sealed.fault(kept.line(), forge(kept.line()))
    first = sealed.verify(kept.line(), forge(kept.line()), forge(kept.line())).fault
    assert first is not None
    assert first.detail.startswith("line 2 ")


def test_lines_of_an_export_are_checkpoints_too(sealed: Trail) -> None:
    """Fails if who keeps exports has to keep checkpoints besides; empty lines are none."""
    lines = sealed.run(sealed.audit().export())
    assert None is sealed.fault("", *lines)
    cut_off(sealed, 3, (5, 6))
    assert ("cut_off", 5) == sealed.fault(*lines)


def test_keys_rotate(sealed: Trail) -> None:
    """Fails if a new key makes what the old one signed unreadable, or a dropped one is believed for ever."""
    old = KEYS.public()
    both = AuditKeys(f'{{"keys": [{a_key("k2")}, {old[old.index("[") + 1 : old.rindex("]")]}]}}')
    sealed.write(7)
    rotated = sealed.seal(both)
    assert rotated is not None
    assert "k2" == rotated.kid
    assert None is sealed.fault(rotated.line(), keys=both)
    assert ("forged", 1) == sealed.fault(keys=AuditKeys(a_key("k2")))
    assert ("forged", 7) == sealed.fault(keys=KEYS)
