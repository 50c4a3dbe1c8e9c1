"""Moves a flow along the table and makes the event that tells of it. No other code writes a stage."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from elaas_identity.accounts.account import AccountRecord, AccountStatus, BindingRecord
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.browser import Browser
from elaas_identity.change import Change, Key, Unchanged
from elaas_identity.errors import Refused
from elaas_identity.events import Event, EventKind
from elaas_identity.flow.budgets import CODE_ATTEMPTS
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.policy import FlowPolicy
from elaas_identity.flow.transitions import UNPROVEN, Input, Purpose, Stage, row
from elaas_identity.keyring import Keyring
from elaas_identity.mail.texts import LIBRARY_TEXTS, MailTexts


@dataclass(frozen=True, slots=True)
class Rules:
    """What every decision is made by."""

    policy: FlowPolicy
    keyring: Keyring
    mail_texts: MailTexts = LIBRARY_TEXTS


@dataclass(frozen=True, slots=True)
class Seen:
    """What one load finds of a flow: the flow, its account, who is bound to it, and what was used up."""

    flow: FlowRecord
    account: AccountRecord | None
    """None where the person comes first, and has chosen none yet (`WITHOUT_ACCOUNT`)."""
    codes_used: int = 0
    """Attempts at a code that were reserved in this flow."""
    attempts: frozenset[str] = frozenset()
    """The ids of their charges."""
    choices: tuple[tuple[AccountRecord, BindingRecord], ...] = ()
    """What there is to choose from, where an account can be chosen."""
    binding: BindingRecord | None = None
    """Who holds the account, if somebody does."""
    authenticator: AuthenticatorRecord | None = None
    """The authenticator app of who holds the account, if there is one."""

    @property
    def held(self) -> AccountRecord:
        """The account of a flow that has one."""
        assert self.account is not None
        return self.account

    @property
    def bound(self) -> BindingRecord:
        """The binding of an active account, which always has one."""
        assert self.binding is not None
        return self.binding

    def after(self, change: Change) -> Seen:
        """As it stands once the change has been committed."""
        flow, account, binding = self.flow, self.account, self.binding
        for record in (*change.writes, *change.inserts):
            if isinstance(record, FlowRecord) and record.id == self.flow.id:
                flow = replace(record, version=record.version + 1)
            elif isinstance(record, AccountRecord) and record.id == self.held.id:
                account = replace(record, version=record.version + 1)
            elif isinstance(record, BindingRecord) and record.account_id == self.flow.account_id:
                binding = replace(record, version=record.version + 1)
        tried = sum(
            charge.budget.name == CODE_ATTEMPTS and charge.id not in self.attempts
            for charge in change.charges
        )
        codes_used = self.codes_used + tried
        return replace(self, flow=flow, account=account, binding=binding, codes_used=codes_used)

    def same_footing(self, other: Seen) -> bool:
        """Whether a decision made on this one still holds on the other: stage, one-time code and epoch are the same."""
        return (
            self.flow.stage == other.flow.stage
            and self.flow.one_time_code_id == other.flow.one_time_code_id
            and _pinned(self.account) == _pinned(other.account)
        )


def start_flow(
    rules: Rules,
    moment: Moment,
    browser: Browser,
    purpose: Purpose,
    account: AccountRecord | None,
    flow_id: str,
) -> FlowRecord:
    """A flow before its first input, pinned to the account as it stands; None: no account is chosen yet."""
    return FlowRecord(
        id=flow_id,
        purpose=purpose,
        stage=Stage.START,
        account_id="" if account is None else account.id,
        account_epoch=0 if account is None else account.epoch,
        browser_digest=browser.digest(rules.keyring),
        created_at=moment.now,
        expires_at=moment.now + rules.policy.flow_lifetime,
        password_fingerprint="",
    )


def advance(flow: FlowRecord, happened: Input, moment: Moment, **fields: Any) -> tuple[FlowRecord, Event]:
    """The flow after that input, with `fields` changed along, and its event.

    A flow that is over keeps nothing of the person: no sealed identity, address or digest.

    Raises:
        Refused: `out_of_order`, when the table has no such row.
    """
    led = row(flow.purpose, flow.stage, happened)
    if led is None:
        raise Refused("out_of_order")
    if led.stage in (Stage.DONE, Stage.ENDED):
        fields |= {
            "end": happened.value if led.stage is Stage.ENDED else None,
            "live_attempts": (),
            "identity_sealed": None,
            "person_index": None,
            "subject_index": None,
            "email_sealed": None,
            "one_time_code_id": None,
            "one_time_code_digest": None,
            "one_time_code_reference": None,
            "one_time_code_digits": None,
            "one_time_code_asked_at": None,
            "one_time_code_sent_at": None,
            "one_time_code_expires_at": None,
            "session_digest": None,
            "transaction_digest": None,
            "authenticator_sealed": None,
            "password_hash": None,
            "new_password_fingerprint": None,
        }
    moved = replace(flow, stage=led.stage, **fields)
    return moved, flow_event(moment, led.event, moved)


def flow_event(moment: Moment, kind: EventKind, flow: FlowRecord, **fields: Any) -> Event:
    """A fact about a flow."""
    return Event(
        id=moment.id(f"event.{kind}.{flow.id}"),
        at=moment.now,
        kind=kind,
        purpose=flow.purpose.value,
        stage=flow.stage.value,
        account_id=flow.account_id or None,
        flow_id=flow.id,
        client=moment.client,
        correlation_id=moment.correlation_id,
        **fields,
    )


def recorded(change: Change, before: FlowRecord, *events: Event) -> Change:
    """The change with events of a flow that stood as `before`: stored, or told only where nothing is proven.

    Nothing ever deletes a stored event, so that nobody causes one who has proven nothing.
    """
    for event in events:
        stands = before.stage if event.stage == Stage.ENDED else Stage(event.stage or before.stage)
        if (before.purpose, stands) in UNPROVEN:
            change = replace(change, tells=(*change.tells, event))
        else:
            change = replace(change, inserts=(*change.inserts, event))
    return change


def plain_event(moment: Moment, kind: EventKind, **fields: Any) -> Event:
    """A fact that belongs to no flow."""
    return Event(
        id=moment.id(f"event.{kind}.{fields.get('account_id', '')}"),
        at=moment.now,
        kind=kind,
        client=moment.client,
        correlation_id=moment.correlation_id,
        **fields,
    )


def _pinned(account: AccountRecord | None) -> tuple[int, AccountStatus] | None:
    return None if account is None else (account.epoch, account.status)


def unchanged(seen: Seen) -> tuple[Unchanged, ...]:
    """What every commit of a flow expects of its account, where it has one (invariant 7)."""
    return () if seen.account is None else (account_unchanged(seen.account),)


def account_unchanged(account: AccountRecord) -> Unchanged:
    """That nobody else has acted on the account since it was read."""
    return Unchanged(Key(AccountRecord, account.id), {"epoch": account.epoch, "status": account.status})
