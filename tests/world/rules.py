"""What must hold of every commit, every account and every mail, from docs/security.md and the circular's clause 1."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.change import Change
from elaas_identity.events import Event
from elaas_identity.flow.flow import AttemptRecord, FlowRecord
from elaas_identity.mail.composing import Mail
from elaas_identity.testing.citizens import CITIZENS
from tests.world.actor import Violation
from tests.world.scenes import RETIRING
from tests.world.shared import SharedWorld
from tests.world.stepping import Granted
from tests.world.tables import (
    BINDS,
    CHOICE,
    ENDINGS,
    LEAVES_THE_ACCOUNT,
    MOVES,
    NOTICES,
    PERSON_FIRST,
    PROVEN,
    STATUS,
    STEPS,
    WRITES,
)


@dataclass(frozen=True)
class Compared:
    """A one-time code was compared: of which flow, against which code, and whether it matched."""

    flow_id: str
    code_id: str
    right: bool


@dataclass(frozen=True)
class Tried:
    """A code of the authenticator app was compared: of which flow, and whether it was good."""

    flow_id: str
    right: bool


def expect(holds: object, otherwise: str) -> None:
    """Raise `Violation` unless it holds."""
    if not holds:
        raise Violation(otherwise)


def judge_change(before: SharedWorld, after: SharedWorld, change: Change, witnessed: tuple[Any, ...]) -> None:
    told = Counter(event.kind for event in change.inserts if isinstance(event, Event))
    at = next((event.at for event in change.inserts if isinstance(event, Event)), None)
    if not (told or change.charges or change.refunds or change.clears or change.expects or change.inserts):
        judge_rekeyed(before, change)
        return
    for record in (*change.inserts, *change.writes):
        if isinstance(record, FlowRecord):
            _judge_flow(before, after, record, told, witnessed, known(at))
            judge_what_came_before(before, record, change, witnessed)
        if isinstance(record, AccountRecord):
            _judge_account_write(before, record, told)
        if isinstance(record, BindingRecord):
            _judge_binding_write(before, record, told)
        if isinstance(record, AuthenticatorRecord):
            judge_app_write(before, record, told)
        if isinstance(record, AttemptRecord):
            old = before.row(AttemptRecord, record.id)
            expect(old is None or old.consumed_at is None, "an authorization attempt was consumed twice")
    for charge in change.charges:
        if charge.budget.name == "one_time_code.flow":
            flow = known(before.row(FlowRecord, charge.budget.subject))
            expect(
                flow.stage in ("one_time_code", "authenticator_code"),
                "an attempt was reserved at another stage",
            )
            expect(is_pinned(before, flow), "an attempt was reserved in a flow that is superseded")
    if told["identity.verified"]:
        counted = sum(charge.budget.name == "recovery.person" for charge in change.charges)
        recovers = any(isinstance(each, FlowRecord) and each.purpose == "recovery" for each in change.writes)
        expect(counted == recovers, "a recovery was not charged to its person")


def _judge_flow(
    before: SharedWorld,
    after: SharedWorld,
    new: FlowRecord,
    told: Counter[Any],
    witnessed: tuple[Any, ...],
    at: datetime,
) -> None:
    old = before.row(FlowRecord, new.id)
    come_from = None if old is None else str(old.stage)
    move = (str(new.purpose), come_from, str(new.stage))
    expect(old is None or come_from in STEPS, f"a flow that is {come_from} was written")
    if old is not None and move not in (CHOICE, PROVEN):
        expect(old.account_id == new.account_id, "a flow went over to another account")
    if new.stage == "ended":
        expect(new.end and told[ENDINGS[new.end]] == 1, f"ended as {new.end} without its event")
        expect(
            (new.end == "expired") == (old is not None and at >= old.expires_at),
            f"ended as {new.end} at {at}",
        )
        if new.end == "expired":
            return
        if new.end == "superseded":
            expect(not is_pinned(before, new), "superseded, though nothing had moved on")
            return
    else:
        expect(old is None or at < old.expires_at, "a flow that had expired went on")
        events = MOVES.get(move, set())
        expect(events, f"{come_from} → {new.stage}: a stage was skipped (invariant 1)")
        expect(
            sum(told[kind] for kind in events) == 1, f"{come_from} → {new.stage} without exactly its event"
        )
    expect(is_pinned(before, new), "written by a flow of an earlier epoch (invariant 7)")
    expect(len(new.live_attempts) <= 5, "more than five live attempts (invariant 10)")
    if come_from == "identity" and new.stage not in ("identity", "ended"):
        attempts = {
            each.id for each in before.rows(AttemptRecord) if each.flow_id == new.id and each.consumed_at
        }
        given = [each for each in witnessed if isinstance(each, Granted)]
        (proven,) = [each.person for each in given if each.attempt_id in attempts & {*before.redeemed}] or (
            None,
        )
        expect(proven and (new.identity_sealed or new.stage == "done"), "an identity that nobody proved")
        if new.stage == "done":
            expect(is_holder(before, new, proven), "signed in by the proof of somebody else")
        else:
            expect(whose(new.person_index) == proven, "another person was proven")
    if new.stage == "one_time_code":
        expect(new.email_sealed and new.one_time_code_digest, "no code to enter")
    if come_from == "one_time_code" and new.stage in ("password", "approval", "done"):
        assert old is not None
        expect(
            Compared(new.id, old.one_time_code_id or "", True) in witnessed,
            "confirmed without the right code",
        )
        expect(at < known(old.one_time_code_expires_at), "confirmed by a code that had expired (R3.2)")
    if move == CHOICE:
        expect(is_holder(before, new), "an account was chosen that is not the person's")
    if come_from is not None and new.stage == "done" and not told.keys() & LEAVES_THE_ACCOUNT:
        account = known(after.row(AccountRecord, new.account_id))
        was = known(before.row(AccountRecord, new.account_id))
        expect(account.status == "active" and account.version == was.version + 1, "done without its account")
        _judge_person(before, known(old), was, account)


def _judge_person(before: SharedWorld, flow: FlowRecord, was: AccountRecord, now: AccountRecord) -> None:
    """Who opened the account is who may (invariant 6)."""
    if flow.purpose == "onboarding":
        expected = was.expected_person_index
        expect(
            flow.person_index and (whose(flow.person_index) == whose(expected) or was.first_use),
            "taken up by somebody whom it does not expect",
        )
        same = whose(now.expected_person_index) == whose(flow.person_index)
        expect(same, "whoever took it up is not the expected one")
    else:
        expect(now.binding_id == was.binding_id, f"{flow.purpose} moved a binding")
        same = whose(now.expected_person_index) == whose(was.expected_person_index)
        expect(same, f"{flow.purpose} names a person")
    if flow.person_index is not None and flow.purpose != "onboarding":
        expect(is_holder(before, flow), "the account was changed by somebody who does not hold it")


def is_holder(world: SharedWorld, flow: FlowRecord, person: str | None = None) -> bool:
    """Whether the flow's person, or the one named, holds its account."""
    account = known(world.row(AccountRecord, flow.account_id))
    binding = world.row(BindingRecord, account.binding_id or "")
    held = binding is not None and binding.ended_at is None
    return held and whose(known(binding).person_index) == (person or whose(flow.person_index))


def judge_what_came_before(
    before: SharedWorld, new: FlowRecord, change: Change, witnessed: tuple[Any, ...]
) -> None:
    """What a flow of a purpose after onboarding rests on."""
    old = before.row(FlowRecord, new.id)
    move = (str(new.purpose), None if old is None else str(old.stage), str(new.stage))
    if move == ("onboarding", None, "email"):
        proven = [each for each in change.writes if getattr(each, "purpose", "") == "identity_first"]
        expect(len(proven) == 1, "an onboarding without ThaID")
        was = known(before.row(FlowRecord, proven[0].id))
        expect(whose(was.person_index) == whose(new.person_index), "another person goes on than was proven")
    if move == ("sign_in", None, "done"):
        for first in change.writes:
            if isinstance(first, FlowRecord):
                person = whose(known(before.row(FlowRecord, first.id)).person_index)
                expect(is_holder(before, new, person), "signed in to an account of somebody else")
    if move == ("sign_in", "authenticator_code", "done"):
        expect(Tried(new.id, True) in witnessed, "signed in without the right code of the app")
        used = [each for each in change.writes if isinstance(each, AuthenticatorRecord)]
        expect(len(used) == 1, "signed in by a code that stays good (invariant 4)")
    if move == ("step_up", "proof", "done"):
        expect(is_holder(before, known(old)), "somebody who does not hold the account stepped up")
    if move[1] == "approval" and new.stage != "ended":
        told = [each for each in change.inserts if isinstance(each, Event)]
        expect(all(each.by and each.reason for each in told), "approved by nobody")


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


def _judge_account_write(before: SharedWorld, new: AccountRecord, told: Counter[Any]) -> None:
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


def _judge_binding_write(before: SharedWorld, new: BindingRecord, told: Counter[Any]) -> None:
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


def judge_mail(before: SharedWorld, mail: Mail, happened: Counter[str]) -> None:
    """`happened`: what has, since the race began."""
    same = (mail.recipient, mail.subject, mail.text)
    sent = [(each.recipient, each.subject, each.text) for each in before.mails]
    if _is_code(mail):
        expect(same not in sent, "one mail was sent twice (invariant 5)")
        others = [each for each in before.mails if _is_code(each) and each.recipient == mail.recipient]
        expect(not others, "two codes to one address within the cool-down (R3.6)")
        return
    times = sum(happened[kind] for kind in NOTICES[mail.subject.rpartition(" · ")[2]])
    expect(
        sent.count(same) < times, f"one mail was sent twice (invariant 5), for what happened {times} times"
    )


def _is_code(mail: Mail) -> bool:
    return mail.subject.rpartition(" ")[2].strip("()").isupper()


def is_pinned(world: SharedWorld, flow: FlowRecord) -> bool:
    if not flow.account_id:
        expect(flow.purpose in PERSON_FIRST, f"a flow for {flow.purpose} has no account")
        expect((flow.purpose, flow.stage) != CHOICE[::2], "a flow past its choice has no account")
        return True  # nobody's act on an account is about it yet
    account = known(world.row(AccountRecord, flow.account_id))
    statuses = STATUS.get(
        flow.purpose, account.status
    )  # a proof is good for an issued one, and for one in use
    return bool(account.epoch == flow.account_epoch and account.status == statuses)


_WHOSE = {
    index: citizen.national_id.reveal()
    for citizen in CITIZENS
    for index in RETIRING.indexes("person", citizen.national_id.reveal())
}


def whose(index: str | None) -> str | None:
    """Whose index it is, under any key; the index itself where it is nobody's that the tests know."""
    return _WHOSE.get(index or "", index)


def known(record: Any) -> Any:
    assert record is not None
    return record
