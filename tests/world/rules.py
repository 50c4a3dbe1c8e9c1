"""What must hold of every commit and every mail, from docs/security.md and the circular's clause 1."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.change import Change
from elaas_identity.events import Event
from elaas_identity.flow.flow import AttemptRecord, FlowRecord
from elaas_identity.mail.composing import Mail
from elaas_identity.sessions.records import SessionRecord
from tests.world.account_rules import (
    judge_account_write,
    judge_app_write,
    judge_binding_write,
    judge_rekeyed,
    judge_said,
)
from tests.world.observed import Compared, Tried, expect, is_holder, is_pinned, known, whose
from tests.world.session_rules import is_seen, judge_session_write
from tests.world.shared import SharedWorld
from tests.world.stepping import Granted
from tests.world.tables import (
    CHOICE,
    ENDINGS,
    LEAVES_THE_ACCOUNT,
    MOVES,
    NOTICES,
    PROVEN,
    STEPS,
)


def judge_change(before: SharedWorld, after: SharedWorld, change: Change, witnessed: tuple[Any, ...]) -> None:
    told = Counter(event.kind for event in (*change.inserts, *change.tells) if isinstance(event, Event))
    at = next((event.at for event in (*change.inserts, *change.tells) if isinstance(event, Event)), None)
    if not (told or change.charges or change.refunds or change.clears or change.expects or change.inserts):
        if not is_seen(before, change):
            judge_rekeyed(before, change)
        return
    judge_said(before, change, told)
    for record in (*change.inserts, *change.writes):
        if isinstance(record, FlowRecord):
            _judge_flow(before, after, record, told, witnessed, known(at))
            judge_what_came_before(before, record, change, witnessed)
        if isinstance(record, AccountRecord):
            judge_account_write(before, record, told)
        if isinstance(record, BindingRecord):
            judge_binding_write(before, record, told)
        if isinstance(record, AuthenticatorRecord):
            judge_app_write(before, record, told)
        if isinstance(record, SessionRecord):
            judge_session_write(before, record, told)
        if isinstance(record, AttemptRecord):
            old = before.row(AttemptRecord, record.id)
            expect(old is None or old.consumed_at is None, "an authorization attempt was consumed twice")
            if told["identity.returned"]:
                flow = known(before.row(FlowRecord, record.flow_id))
                is_open = flow.stage == "identity" and record.id in flow.live_attempts
                expect(is_open, "an attempt was used in a flow that had moved on (invariant 2)")
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
        told = [each for each in (*change.inserts, *change.tells) if isinstance(each, Event)]
        expect(all(each.by and each.reason for each in told), "approved by nobody")


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
