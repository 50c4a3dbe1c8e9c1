"""The mailbox: a one-time code sent, an attempt at it reserved, compared, confirmed.

An attempt is reserved by a commit of charges before anything is compared, so that of N guesses at once at most the
limit are looked at; the charges touch no record, so that a right one among wrong ones is not turned away (invariant 2).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from elaas_identity.change import Change, Charge, Key, Unchanged
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, Seen, advance, flow_event, unchanged
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.standing import address_of
from elaas_identity.flow.transitions import Input
from elaas_identity.mail.address import EmailAddress
from elaas_identity.one_time_code import one_time_code
from elaas_identity.one_time_code.one_time_code import FreshCode


def code_sent(
    rules: Rules, seen: Seen, moment: Moment, happened: Input, address: EmailAddress, fresh: FreshCode
) -> Change:
    """A fresh code is stored and its mail charged, before it is sent: at most one mail a code. The old code is dead."""
    flow, event = advance(
        seen.flow,
        happened,
        moment,
        email_sealed=rules.keyring.seal(f"flow.email:{seen.flow.id}", address.value),
        one_time_code_id=fresh.id,
        one_time_code_digest=one_time_code.digest(
            rules.keyring,
            fresh.code,
            flow_id=seen.flow.id,
            account_id=seen.flow.account_id,
            email=address.value,
            code_id=fresh.id,
        ),
        one_time_code_reference=fresh.reference,
        one_time_code_sent_at=moment.now,
        one_time_code_expires_at=moment.now + rules.policy.one_time_code_lifetime,
    )
    charged = budgets.mails(rules.policy, rules.keyring, flow.id, flow.account_id, address)
    return Change(
        writes=(flow,),
        inserts=(event,),
        expects=unchanged(seen),
        charges=budgets.charges(moment, charged),
    )


def certainly_not_sent(seen: Seen, moment: Moment, charges: tuple[Charge, ...], code: str) -> Change:
    """The mail server refused it for certain: charge and cool-down are given back."""
    event = flow_event(moment, "mail.failed", seen.flow, outcome="failed", code=code)
    return Change(
        writes=(replace(seen.flow, one_time_code_sent_at=None),),
        inserts=(event,),
        expects=unchanged(seen),
        refunds=charges,
    )


def perhaps_not_sent(seen: Seen, moment: Moment, code: str) -> Change:
    """Nobody knows whether the mail went out: the person has a resend after the cool-down."""
    return Change(inserts=(flow_event(moment, "mail.failed", seen.flow, outcome="failed", code=code),))


def is_expired(flow: FlowRecord, now: datetime) -> bool:
    """A code is good for its life, and not at its very end: 599 s of 600 (R3.2)."""
    return flow.one_time_code_expires_at is None or now >= flow.one_time_code_expires_at


def reserved(rules: Rules, seen: Seen, moment: Moment) -> Change:
    """One attempt at the code, charged to flow and account."""
    flow = seen.flow
    return Change(
        expects=(
            *unchanged(seen),
            Unchanged(
                Key(FlowRecord, flow.id), {"stage": flow.stage, "one_time_code_id": flow.one_time_code_id}
            ),
        ),
        charges=budgets.charges(
            moment,
            (
                budgets.code_attempts(rules.policy, flow.id),
                budgets.account_code_attempts(rules.policy, flow.account_id),
            ),
        ),
    )


def is_right(rules: Rules, seen: Seen, typed: str) -> bool:
    """Whether what was typed is the code of this flow, account and address. Constant time."""
    flow = seen.flow
    assert flow.one_time_code_digest is not None
    assert flow.one_time_code_id is not None
    return one_time_code.matches(
        rules.keyring,
        flow.one_time_code_digest,
        typed,
        flow_id=flow.id,
        account_id=flow.account_id,
        email=address_of(rules, seen).value,
        code_id=flow.one_time_code_id,
    )


def wrong(seen: Seen, moment: Moment) -> Change:
    """A wrong code: its charges stay."""
    return Change(
        inserts=(
            flow_event(
                moment, "one_time_code.refused", seen.flow, outcome="refused", code="one_time_code_wrong"
            ),
        )
    )


def confirmed(rules: Rules, seen: Seen, moment: Moment) -> Change:
    """The right code: consumed, and the account's charge given back."""
    flow, event = advance(
        seen.flow, Input.CODE_CONFIRMED, moment, one_time_code_digest=None, one_time_code_id=None
    )
    return Change(
        writes=(flow,),
        inserts=(event,),
        expects=unchanged(seen),
        refunds=account_refund(rules, seen, moment),
    )


def account_refund(rules: Rules, seen: Seen, moment: Moment) -> tuple[Charge, ...]:
    """The charge that `reserved` made to the account in the same act."""
    return budgets.charges(moment, (budgets.account_code_attempts(rules.policy, seen.flow.account_id),))
