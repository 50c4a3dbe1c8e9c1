"""Approval of first use: the person has done everything, and an administrator decides whether the account is theirs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from elaas_identity._discreet import discreet
from elaas_identity.accounts.account import Account, AccountRecord
from elaas_identity.accounts.administration import carry_out
from elaas_identity.accounts.authorship import Signed
from elaas_identity.change import Change, Key
from elaas_identity.effects import Act, load
from elaas_identity.errors import Refused
from elaas_identity.flow.advance import Rules, Seen, advance, unchanged
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.moment import Moment, is_id
from elaas_identity.flow.notices import contact_of, notify
from elaas_identity.flow.password import complete
from elaas_identity.flow.standing import address_of, end_of, identity_of
from elaas_identity.flow.transitions import Input, Stage

MOST = 100
"""People who wait, in one answer. Our choice: more than a screen shows; who wants more asks for what follows."""


@discreet
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


# Acts


def awaiting_approval(
    rules: Rules, moment: Moment, account_id: str, after: str
) -> Act[tuple[PendingApproval, ...]]:
    """Who has done everything and waits for an administrator, oldest first, a page of them."""
    if not is_id(account_id) or (after and not is_id(after)):
        return ()
    account_key = Key(AccountRecord, account_id)
    key: Key[FlowRecord] | None = Key(
        FlowRecord,
        account_id,
        field="account_id",
        limit=MOST,
        after=after,
        where=(("stage", Stage.APPROVAL),),
    )
    page: list[PendingApproval] = []
    while key is not None and len(page) < MOST:  # some of a page may be over by now
        read = yield from load(key, account_key)
        waiting = (Seen(flow, read.one(account_key)) for flow in read.all(key))
        page += (_pending(rules, seen) for seen in waiting if end_of(rules, seen, moment.now) is None)
        key = key.next(read.all(key))
    return tuple(page[:MOST])


def approve(
    rules: Rules, moment: Moment, account_id: str, flow_id: str, *, by: str, reason: str
) -> Act[Account]:
    """Let the person in who awaits it in that flow; tell them, and the office, by mail."""
    found, change = yield from carry_out(
        rules,
        moment,
        "approve",
        account_id,
        by,
        reason,
        lambda found, signed: approve_flow(rules, found.waiting, moment, signed),
        given=flow_id,
        flow_id=flow_id,
    )
    waiting = awaited(rules, found.waiting, moment)
    done, name = waiting.after(change), identity_of(rules, waiting).display_name
    yield from notify(rules, moment, done, "account.approved", address_of(rules, waiting))
    yield from notify(
        rules, moment, done, "account.taken_up", contact_of(rules, waiting.held), person_name=name
    )
    return done.held.view(rules.keyring)


def reject(
    rules: Rules, moment: Moment, account_id: str, flow_id: str, *, by: str, reason: str
) -> Act[Account]:
    """Do not let the person in who awaits it in that flow; tell them by mail. The account stays issued."""
    found, _ = yield from carry_out(
        rules,
        moment,
        "reject",
        account_id,
        by,
        reason,
        lambda found, signed: reject_flow(rules, found.waiting, moment, signed),
        given=flow_id,
        flow_id=flow_id,
    )
    waiting = awaited(rules, found.waiting, moment)
    yield from notify(rules, moment, waiting, "account.rejected", address_of(rules, waiting))
    return found.account.view(rules.keyring)


# Decisions


def approve_flow(rules: Rules, waiting: Seen | None, moment: Moment, signed: Signed) -> Change:
    """The account becomes the person's, with the password that they have set.

    Raises:
        Refused: `approval_unknown`.
    """
    seen = awaited(rules, waiting, moment)
    assert seen.flow.password_hash is not None
    return complete(
        rules,
        seen,
        moment,
        Input.APPROVED,
        seen.flow.password_hash,
        seen.flow.new_password_fingerprint,
        **signed._asdict(),
    )


def reject_flow(rules: Rules, waiting: Seen | None, moment: Moment, signed: Signed) -> Change:
    """The flow ends; the account stays as it was.

    Raises:
        Refused: `approval_unknown`.
    """
    seen = awaited(rules, waiting, moment)
    flow, event = advance(seen.flow, Input.REJECTED, moment)
    return Change(writes=(flow,), inserts=(replace(event, **signed._asdict()),), expects=unchanged(seen))


def awaited(rules: Rules, waiting: Seen | None, moment: Moment) -> Seen:
    """The flow, if it still awaits an approval.

    Raises:
        Refused: `approval_unknown`.
    """
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
