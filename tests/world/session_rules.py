"""What must hold of every write of a session (R6.6)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from elaas_identity.accounts.account import AccountRecord
from elaas_identity.change import Change
from elaas_identity.sessions.records import SessionRecord
from tests.world.actor import Seat
from tests.world.observed import expect, known
from tests.world.scenes import Scene
from tests.world.shared import SharedWorld

SIGN_OUTS = {"signs_out": (0,), "second_signs_others_out": (0,), "signs_all_out": (0, 1)}
"""Acts that end sessions, and whose."""


def is_seen(before: SharedWorld, change: Change) -> bool:
    """Whether the change says no more than that a session was seen."""
    if not change.writes or not all(isinstance(each, SessionRecord) for each in change.writes):
        return False
    (new,) = change.writes
    assert isinstance(new, SessionRecord)
    old = known(before.row(SessionRecord, new.id))
    expect(old.sealed is not None, "a session that had ended was seen")
    same = replace(new, last_seen_at=old.last_seen_at, expires_at=old.expires_at)
    expect(replace(same, token_index=old.token_index) == old, "being seen changed a session")
    return True


def judge_session_write(before: SharedWorld, new: SessionRecord, told: Counter[Any]) -> None:
    """One begins or goes on for an account as it stands; and what has ended never comes back."""
    old = before.row(SessionRecord, new.id)
    if told["session.ended"] or told["person.erased"]:
        expect(old is not None and new.sealed is None, "a session ended by half")
        return
    account = known(before.row(AccountRecord, new.account_id))
    stands = (account.status, account.epoch, account.binding_id) == ("active", new.epoch, new.binding_id)
    expect(stands, "a session of an account that has changed (invariant 7)")
    if told["session.started"]:
        expect(old is None or old.ref != new.ref, "a session began twice")
        return
    expect(told["session.renewed"] == 1 and old is not None, "a session was written for nothing")
    expect(known(old).sealed is not None, "a session that had ended went on")
    expect(known(old).token_index != new.token_index, "a session went on under the same token")


def judge_sign_out(world: SharedWorld, seat: Seat, scene: Scene) -> None:
    """Whoever was signed out is out, whatever was done at the same time. A token that was renewed is none any more."""
    act = seat.actor.name.partition("#")[0]
    of_account = [each for each in world.rows(SessionRecord) if each.account_id == scene.account_id]
    live = [each for each in of_account if each.sealed is not None]
    for officer in (scene.officers[number] for number in SIGN_OUTS.get(act, ())):
        assert officer.session is not None
        if act == "signs_out":
            index = scene.keyring.index("session", officer.token)
            expect(index not in [each.token_index for each in live], "a token outlived its sign-out")
        else:
            ref = officer.session.ref
            expect(ref not in [each.ref for each in live], "a session outlived its sign-out")
