"""What must hold of every write of an account, a binding and an app, and of every account at rest."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.accounts.four_eyes import AskedAct
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.change import Change
from elaas_identity.events import Event
from tests.world.observed import expect, known, whose
from tests.world.shared import SharedWorld
from tests.world.tables import (
    BINDS,
    WRITES,
)


def judge_app_write(before: SharedWorld, new: AuthenticatorRecord, told: Counter[Any]) -> None:
    """A code is good once; an app is enrolled by its person, and removed by a re-issue alone."""
    old = before.row(AuthenticatorRecord, new.id)
    if told["authenticator.enrolled"]:
        expect(new.secret_sealed and len(new.recovery_codes_sealed) == 10, "an app that was enrolled by half")
        return
    assert old is not None
    if told["account.reissued"] or told["person.erased"]:
        expect(not new.is_confirmed and not new.recovery_codes_sealed, "an app was left behind")
        return
    expect(told["sign_in.completed"] == 1, "an app was written for nothing")
    expect(new.secret_sealed == old.secret_sealed, "a sign-in changed the app")
    spent = len(old.recovery_codes_sealed) - len(new.recovery_codes_sealed)
    expect(spent == told["authenticator.recovery_code_used"], f"{spent} recovery codes were spent")
    later = new.last_used_step > old.last_used_step
    expect(spent or later, "a code of the app was taken twice (invariant 4)")


def judge_rekeyed(before: SharedWorld, change: Change) -> None:
    """What no event tells of changes its key, and nothing else."""
    for record in change.writes:
        old, new = known(before.row(type(record), record.id)), asdict(record)  # type: ignore[call-overload]
        expect(
            new["key_id"] != old.key_id, f"a {type(record).__name__} was written, and nobody is told of it"
        )
        kept = {name for name in new if not name.endswith(("_index", "_sealed", "_fingerprint", "key_id"))}
        expect(all(new[name] == getattr(old, name) for name in kept), "a new key changed what it seals")


def judge_account_write(before: SharedWorld, new: AccountRecord, told: Counter[Any]) -> None:
    old = before.row(AccountRecord, new.id)
    if old is None:
        expect(told["account.provisioned"] == 1 and new.status == "issued", "an account from nowhere")
        return
    acts = [kind for kind in WRITES if told[kind]]
    expect(len(acts) == 1, f"an account was written by {acts or 'nobody'}")
    (act,) = acts
    rule = WRITES[act]
    expect(old.status in rule.come_from.split(), f"{act} of an account that is {old.status}")
    moved = new.epoch - old.epoch
    expect(moved == rule.bump, f"{act} moved the epoch by {moved} (invariant 7)")
    expect(new.credential_version == old.credential_version + rule.renews, f"{act}: the credential's version")
    to = rule.to or old.status
    if to == "issued or active":
        to = "issued" if old.password_is_issued else "active"
    expect(new.status == to, f"{act} made the account {new.status}")
    if rule.ends:
        expect(new.binding_id is None, f"{act} left somebody bound")
    if not rule.renews:
        kept = rule.ends or new.binding_id == old.binding_id
        expect(kept and new.password_is_issued == old.password_is_issued, f"half {act}")
    if not (rule.names or act in BINDS):
        expected = None if rule.forgets else old.expected_person_index
        same = (new.first_use, whose(new.expected_person_index)) == (old.first_use, whose(expected))
        expect(same, f"{act} changed whom the account opens for (R1.3)")


def judge_binding_write(before: SharedWorld, new: BindingRecord, told: Counter[Any]) -> None:
    old = before.row(BindingRecord, new.id)
    if old is None:
        expect(sum(told[act] for act in BINDS) == 1, "a binding from nowhere")
        return
    if told["person.erased"]:
        expect(old.ended_at and new.erased_at, "a person was erased who holds an account")
        gone = not any((new.person_index, new.subject_index, new.identity_sealed, new.email_sealed))
        expect(gone, "a person was erased by half (PDPA s.33)")
        return
    expect(old.ended_at is None, "a binding that had ended was written")
    changed = new.email_sealed != old.email_sealed
    expect(
        not changed or told.keys() & {*BINDS, "email.changed"}, "another address, and nobody is told of it"
    )
    same = (old.account_id, whose(old.person_index)) == (new.account_id, whose(new.person_index))
    expect(same, "a binding moved")
    ended = any(told[kind] for kind, rule in WRITES.items() if rule.ends)
    expect((new.ended_at is not None) == ended, "a binding ended without its act, or outlived it")


def judge_account(world: SharedWorld, account: AccountRecord) -> None:
    bindings = [each for each in world.rows(BindingRecord) if each.account_id == account.id]
    active = [each.id for each in bindings if each.ended_at is None]
    expect(len(active) <= 1, "two people hold one account")
    expect(account.binding_id == (active[0] if active else None), "the account and its binding disagree")
    issued = account.password_is_issued and account.password_expires_at is not None
    own = account.binding_id and not account.password_is_issued and account.password_expires_at is None
    match account.status:
        case "issued":
            expect(issued, "an issued account half changed")
        case "active":
            expect(own, "an active account that is half changed (invariant 5)")
        case "suspended":
            expect(issued or own, "a suspended account that cannot be restored")
        case "closed":
            expect(account.binding_id is None, "a closed account that somebody holds")


def judge_said(before: SharedWorld, change: Change, told: Counter[Any]) -> None:
    """What is said of an account, or asked for, is of the account as it stands."""
    for record in (*change.inserts, *change.writes):
        if isinstance(record, AskedAct) and told["account.second_person_awaited"]:
            account = known(before.row(AccountRecord, record.account_id))
            expect(account.epoch == record.account_epoch, "asked for, of an account as it was before")
        if isinstance(record, Event) and record.kind == "assertion.issued":
            account = known(before.row(AccountRecord, record.account_id or ""))
            held = account.status == "active" and account.binding_id == record.binding_id
            expect(held, "an assertion about who does not hold the account any more")
