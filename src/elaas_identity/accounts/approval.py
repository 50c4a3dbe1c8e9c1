"""Approval of first use: the person has done everything, and an administrator decides whether the account is theirs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.change import Change
from elaas_identity.errors import Refused
from elaas_identity.flow import completion
from elaas_identity.flow.advance import Rules, Seen, advance, unchanged
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.standing import address_of, end_of, identity_of
from elaas_identity.flow.transitions import Input, Stage

MOST = 1000
"""Flows of one account that are looked through: more than `flows_per_account` lets begin before they are purged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingApproval:
    """Somebody who awaits an administrator's approval.

    Attributes:
        flow_id: what to approve, or to reject.
        person_name: as verified: compare it with who the office says it is. Personal data.
        email_masked: where they read their mail, in part.
        ial: how well they are proven, such as `"2.3"`; None where it is not known.
        expires_at: until when it can be approved.
    """

    flow_id: str
    person_name: str = field(repr=False)
    email_masked: str
    ial: str | None
    expires_at: datetime


def pending(
    rules: Rules, account: AccountRecord | None, flows: Iterable[FlowRecord], now: datetime
) -> tuple[PendingApproval, ...]:
    """Who awaits it, oldest first."""
    waiting = (Seen(flow, account) for flow in flows if flow.stage is Stage.APPROVAL)
    return tuple(_pending(rules, seen) for seen in waiting if end_of(rules, seen, now) is None)


def approved(
    rules: Rules,
    waiting: Seen | None,
    binding: BindingRecord | None,
    moment: Moment,
    *,
    by: str,
    reason: str,
) -> Change:
    """The account becomes the person's, with the password that they have set.

    Raises:
        Refused: `approval_unknown`.
    """
    seen = _awaiting(rules, waiting, moment)
    assert seen.flow.password_hash is not None
    return completion.completed(
        rules, seen, binding, moment, Input.APPROVED, seen.flow.password_hash, by=by, reason=reason
    )


def rejected(rules: Rules, waiting: Seen | None, moment: Moment, *, by: str, reason: str) -> Change:
    """The flow ends; the account stays as it was.

    Raises:
        Refused: `approval_unknown`.
    """
    seen = _awaiting(rules, waiting, moment)
    flow, event = advance(seen.flow, Input.REJECTED, moment)
    return Change(writes=(flow,), inserts=(replace(event, by=by, reason=reason),), expects=unchanged(seen))


def _awaiting(rules: Rules, waiting: Seen | None, moment: Moment) -> Seen:
    if (
        waiting is None
        or waiting.flow.stage is not Stage.APPROVAL
        or end_of(rules, waiting, moment.now) is not None
    ):
        raise Refused("approval_unknown")
    return waiting


def _pending(rules: Rules, seen: Seen) -> PendingApproval:
    identity = identity_of(rules, seen)
    return PendingApproval(
        flow_id=seen.flow.id,
        person_name=identity.display_name,
        email_masked=address_of(rules, seen).masked,
        ial=None if identity.ial is None else str(identity.ial),
        expires_at=seen.flow.expires_at,
    )
