"""Somebody who is signed in at the portal asks for something: a flow of the account that their session holds.

The session is the portal's; what it has kept of `SignedIn` says who asks. A session that the account has left behind
(a new password, a hand-over, a suspension) begins nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from elaas_identity.accounts.account import AccountRecord, AccountStatus, BindingRecord
from elaas_identity.change import Change
from elaas_identity.errors import Refused
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, account_unchanged, advance
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.moment import Moment, is_id
from elaas_identity.flow.transitions import Input, Purpose, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who is signed in, as the portal's own session has kept it: `signed_in.session(ref)`.

    Attributes:
        ref: what the portal itself knows the session by (its id, which is a secret). Only a keyed digest is kept.
        account_id, binding_id, credential_version: of `SignedIn`.
    """

    ref: str = field(repr=False)
    account_id: str
    binding_id: str
    credential_version: int


def check(session: Session) -> None:
    """That it names an account and a binding at all: what cannot be an id is never asked of a store.

    Raises:
        Refused: `account_unknown`, `sign_in_outdated`.
    """
    if not is_id(session.account_id):
        raise Refused("account_unknown")
    if not is_id(session.binding_id):
        raise Refused("sign_in_outdated")


def held(session: Session, account: AccountRecord | None, binding: BindingRecord | None) -> AccountRecord:
    """The session's account, if it is still the one that was signed in to.

    Raises:
        Refused: `account_unknown`; `sign_in_outdated` when it is not active any more, has passed to somebody else, or
            has another password since.
    """
    if account is None:
        raise Refused("account_unknown")
    if (
        account.status is not AccountStatus.ACTIVE
        or account.credential_version != session.credential_version
        or account.binding_id != session.binding_id
        or binding is None
        or binding.account_id != account.id
        or binding.ended_at is not None
    ):
        raise Refused("sign_in_outdated")
    return account


def begun(
    rules: Rules,
    account: AccountRecord,
    moment: Moment,
    purpose: Purpose,
    *,
    browser_digest: str,
    session: Session,
    happened: Input = Input.ASKED,
    password_fingerprint: str = "",
    transaction_digest: str | None = None,
) -> tuple[Change, FlowRecord]:
    """The flow that was asked for, charged to the account; a change of the address a second time, since it mails."""
    start = FlowRecord(
        id=moment.id("flow"),
        purpose=purpose,
        stage=Stage.START,
        account_id=account.id,
        account_epoch=account.epoch,
        browser_digest=browser_digest,
        created_at=moment.now,
        expires_at=moment.now + rules.policy.flow_lifetime,
        password_fingerprint=password_fingerprint,
        session_digest=digest_of(rules, session.ref),
        transaction_digest=transaction_digest,
    )
    flow, event = advance(start, happened, moment)
    charged = [budgets.session_flows(rules.policy, account.id)]
    if purpose is Purpose.EMAIL_CHANGE:
        charged.append(budgets.email_changes(rules.policy, account.id))
    return (
        Change(
            inserts=(flow, event),
            expects=(account_unchanged(account),),
            charges=budgets.charges(moment, tuple(charged)),
        ),
        flow,
    )


def digest_of(rules: Rules, ref: str) -> str:
    """What a flow keeps of the portal's session."""
    return rules.keyring.digest("session", ref)
