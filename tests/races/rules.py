"""What must hold of every commit, every account and every mail, written from DESIGN §5 and the circular's clause 1."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.change import Change
from elaas_identity.flow.events import Event
from elaas_identity.flow.flow import AttemptRecord, FlowRecord
from elaas_identity.one_time_code.mail import Mail
from tests.races.scheduler import Violation
from tests.races.world import SharedWorld

MOVES = {
    # purpose, from, to → the events that tell of it, one of them in the same commit
    ("onboarding", None, "identity"): {"onboarding.begun"},
    ("onboarding", "identity", "identity"): {"identity.requested", "identity.returned"},
    ("onboarding", "identity", "email"): {"identity.verified"},
    ("onboarding", "email", "one_time_code"): {"email.given"},
    ("onboarding", "one_time_code", "one_time_code"): {"email.given", "one_time_code.resent", "mail.failed"},
    ("onboarding", "one_time_code", "password"): {"one_time_code.confirmed"},
    ("onboarding", "one_time_code", "done"): {"password.set"},
    ("onboarding", "password", "done"): {"password.set"},
    ("sign_in", None, "done"): {"sign_in.completed"},
    ("sign_in", None, "password"): {"sign_in.password_change_required"},
    ("sign_in", "password", "done"): {"password.set"},
}
"""The order of clause 1 (invariant 1). Every stage that waits may also end."""
ENDINGS = {"cancelled": "flow.cancelled", "expired": "flow.expired", "superseded": "flow.superseded"}
WAITING = {"identity", "email", "one_time_code", "password"}

BUMPS = {"password.set": 1, "account.reissued": 1, "account.unlocked": 1, "password_hash.upgraded": 0}
"""By how much the epoch of an account moves with what is told of it (invariant 7)."""


@dataclass(frozen=True)
class Compared:
    """A one-time code was compared: of which flow, against which code, and whether it matched."""

    flow_id: str
    code_id: str
    right: bool


def expect(holds: object, otherwise: str) -> None:
    """Raise `Violation` unless it holds."""
    if not holds:
        raise Violation(otherwise)


def judge_change(before: SharedWorld, after: SharedWorld, change: Change, witnessed: tuple[Any, ...]) -> None:
    told = Counter(event.kind for event in change.inserts if isinstance(event, Event))
    for record in (*change.inserts, *change.writes):
        if isinstance(record, FlowRecord):
            _judge_flow(before, after, record, told, witnessed)
        if isinstance(record, AccountRecord):
            _judge_account_write(before, after, record, told)
        if isinstance(record, AttemptRecord):
            old = before.row(AttemptRecord, record.id)
            expect(old is None or old.consumed_at is None, "an authorization attempt was consumed twice")
    for charge in change.charges:
        if charge.budget.name == "one_time_code.flow":
            flow = known(before.row(FlowRecord, charge.budget.subject))
            expect(flow.stage == "one_time_code", "an attempt was reserved at another stage")
            expect(is_pinned(before, flow), "an attempt was reserved in a flow that is superseded")


def _judge_flow(
    before: SharedWorld,
    after: SharedWorld,
    new: FlowRecord,
    told: Counter[Any],
    witnessed: tuple[Any, ...],
) -> None:
    old = before.row(FlowRecord, new.id)
    come_from = None if old is None else str(old.stage)
    expect(old is None or come_from in WAITING, f"a flow that is {come_from} was written")
    if new.stage == "ended":
        expect(new.end and told[ENDINGS[new.end]] == 1, f"ended as {new.end} without its event")
        if new.end == "superseded":
            expect(not is_pinned(before, new), "superseded, though nothing had moved on")
            return
    else:
        events = MOVES.get((new.purpose, come_from, str(new.stage)), set())
        expect(events, f"{come_from} → {new.stage}: a stage was skipped (invariant 1)")
        expect(
            sum(told[kind] for kind in events) == 1, f"{come_from} → {new.stage} without exactly its event"
        )
    expect(is_pinned(before, new), "written by a flow of an earlier epoch (invariant 7)")
    expect(len(new.live_attempts) <= 5, "more than five live attempts (invariant 10)")
    if (come_from, new.stage) == ("identity", "email"):
        attempts = [each for each in before.rows(AttemptRecord) if each.flow_id == new.id]
        redeemed = any(each.id in before.redeemed and each.consumed_at for each in attempts)
        expect(redeemed and new.identity_sealed, "an identity that nobody proved")
    if new.stage == "one_time_code":
        expect(new.email_sealed and new.one_time_code_digest, "no code to enter")
    if come_from == "one_time_code" and new.stage in ("password", "done"):
        assert old is not None
        expect(
            Compared(new.id, old.one_time_code_id or "", True) in witnessed,
            "confirmed without the right code",
        )
    if (come_from == "password" and new.stage == "done") or (come_from, new.stage) == (
        "one_time_code",
        "done",
    ):
        account = known(after.row(AccountRecord, new.account_id))
        was = known(before.row(AccountRecord, new.account_id))
        expect(account.status == "active" and account.version == was.version + 1, "done without its account")


def _judge_account_write(
    before: SharedWorld, after: SharedWorld, new: AccountRecord, told: Counter[Any]
) -> None:
    old = before.row(AccountRecord, new.id)
    if old is None:
        expect(told["account.provisioned"] == 1 and new.status == "issued", "an account from nowhere")
        return
    acts = [kind for kind in BUMPS if told[kind]]
    expect(len(acts) == 1, f"an account was written by {acts or 'nobody'}")
    (act,) = acts
    expect(
        new.epoch == old.epoch + BUMPS[act], f"{act} moved the epoch by {new.epoch - old.epoch} (invariant 7)"
    )
    renewed = act in ("password.set", "account.reissued")
    expect(new.credential_version == old.credential_version + renewed, f"{act}: the credential's version")
    status = {"password.set": "active", "account.reissued": "issued"}.get(act, old.status)
    expect(new.status == status, f"{act} made the account {new.status}")
    if not renewed:
        expect(
            (new.binding_id, new.password_is_issued) == (old.binding_id, old.password_is_issued),
            f"half {act}",
        )


def judge_account(world: SharedWorld, account: AccountRecord) -> None:
    bindings = [each for each in world.rows(BindingRecord) if each.account_id == account.id]
    active = [each.id for each in bindings if each.ended_at is None]
    expect(len(active) <= 1, "two people hold one account")
    expect(account.binding_id == (active[0] if active else None), "the account and its binding disagree")
    if account.status == "active":
        half = account.binding_id is None or account.password_is_issued or account.password_expires_at
        expect(not half, "an active account that is half changed (invariant 5)")
    else:
        expect(account.password_is_issued and account.password_expires_at, "an issued account half changed")


def judge_mail(before: SharedWorld, mail: Mail) -> None:
    same = (mail.recipient, mail.subject, mail.text)
    sent = [(each.recipient, each.subject, each.text) for each in before.mails]
    expect(same not in sent, "one mail was sent twice (invariant 5)")
    if _is_code(mail):
        others = [each for each in before.mails if _is_code(each) and each.recipient == mail.recipient]
        expect(not others, "two codes to one address within the cool-down (R3.6)")


def _is_code(mail: Mail) -> bool:
    return mail.subject.rpartition(" ")[2].strip("()").isupper()


def is_pinned(world: SharedWorld, flow: FlowRecord) -> bool:
    account = known(world.row(AccountRecord, flow.account_id))
    status = "issued" if flow.purpose == "onboarding" else "active"
    return bool(account.epoch == flow.account_epoch and account.status == status)


def known(record: Any) -> Any:
    assert record is not None
    return record
