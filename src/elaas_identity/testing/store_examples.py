"""Invented records and budgets, as they are stored, for tests of stores."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from elaas_identity.accounts.account import AccountKind, AccountRecord, AccountStatus, BindingRecord
from elaas_identity.accounts.four_eyes import AskedAct
from elaas_identity.assertions.records import PersonReference, UsedAssertion
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.change import Budget, Charge, Key
from elaas_identity.events import Event
from elaas_identity.flow.flow import AttemptRecord, FlowRecord
from elaas_identity.flow.transitions import Purpose, Stage
from elaas_identity.sessions.records import SessionRecord

NOW = datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
GUESSES = Budget("one_time_code.account", "account-1", limit=3, window=DAY)
MAILS = Budget("mail.address", "digest-1", limit=2, window=timedelta(hours=1))
ACCOUNT = Key(AccountRecord, "account-1")
FLOW = Key(FlowRecord, "flow-1")


def an_account(record_id: str = "account-1", **changes: Any) -> AccountRecord:
    """An invented account, as it is stored."""
    return replace(
        AccountRecord(
            id=record_id,
            epoch=1,
            status=AccountStatus.ISSUED,
            kind=AccountKind.LOCAL_GOVERNMENT,
            agency_code="6990001",
            agency_name="เทศบาลตำบลสมมติ (invented)",
            province="จังหวัดสมมติ",
            key_id="k",
            username_index=f"k.index-of-{record_id}",
            username_sealed="k.sealed",
            password_hash="$argon2id$invented",  # noqa: S106 - not one
            password_is_issued=True,
            password_expires_at=NOW + 30 * DAY,
            credential_version=1,
            first_use=False,
            expected_person_index="k.person",
            expected_person_sealed="k.sealed-person",
            contact_sealed=None,
            binding_id=None,
            created_at=NOW,
            updated_at=NOW,
        ),
        **changes,
    )


def a_flow(record_id: str = "flow-1", **changes: Any) -> FlowRecord:
    """An invented onboarding, as it is stored."""
    return replace(
        FlowRecord(
            id=record_id,
            purpose=Purpose.ONBOARDING,
            stage=Stage.IDENTITY,
            account_id="account-1",
            account_epoch=1,
            browser_digest="k.browser",
            created_at=NOW,
            expires_at=NOW + 60 * MINUTE,
            password_fingerprint="k.fingerprint",  # noqa: S106 - not one
        ),
        **changes,
    )


def an_attempt(record_id: str = "attempt-1", **changes: Any) -> AttemptRecord:
    """An invented authorization attempt, as it is stored."""
    return replace(
        AttemptRecord(id=record_id, flow_id="flow-1", created_at=NOW, expires_at=NOW + 15 * MINUTE), **changes
    )


def a_binding(record_id: str = "binding-1", **changes: Any) -> BindingRecord:
    """An invented binding, as it is stored."""
    return replace(
        BindingRecord(
            id=record_id,
            account_id="account-1",
            key_id="k",
            person_index="k.person",
            subject_index="k.subject",
            identity_sealed="k.sealed-identity",
            email_sealed="k.sealed-email",
            started_at=NOW,
        ),
        **changes,
    )


def an_event(record_id: str = "event-1", **changes: Any) -> Event:
    """An invented event."""
    return replace(Event(id=record_id, at=NOW, kind="onboarding.begun", account_id="account-1"), **changes)


def a_person_reference(record_id: str = "reference-1", **changes: Any) -> PersonReference:
    """What an invented system knows an invented person by."""
    return replace(
        PersonReference(
            id=record_id,
            binding_id="binding-1",
            audience="https://gfms.example.go.th",
            reference="invented",
            created_at=NOW,
        ),
        **changes,
    )


def a_used_assertion(record_id: str = "used-1", **changes: Any) -> UsedAssertion:
    """An assertion that was accepted."""
    return replace(UsedAssertion(id=record_id, expires_at=NOW + MINUTE), **changes)


def an_authenticator(record_id: str = "binding-1", **changes: Any) -> AuthenticatorRecord:
    """An invented authenticator app, as it is stored."""
    return replace(
        AuthenticatorRecord(
            id=record_id,
            key_id="k",
            secret_sealed="k.sealed-secret",  # noqa: S106 - not one
            last_used_step=58_999_999,
            recovery_codes_sealed=("k.sealed-code-2", "k.sealed-code-1"),
        ),
        **changes,
    )


def an_asked_act(record_id: str = "asked-1", **changes: Any) -> AskedAct:
    """What one invented administrator has asked for, and a second one has yet to."""
    return replace(
        AskedAct(
            id=record_id,
            account_id="account-1",
            account_epoch=1,
            act="suspend",
            by="ผู้ดูแล (invented)",
            reason="invented",
            asked_at=NOW,
            expires_at=NOW + DAY,
        ),
        **changes,
    )


def a_session(record_id: str = "session-1", **changes: Any) -> SessionRecord:
    """The session of an invented person, as it is stored."""
    return replace(
        SessionRecord(
            id=record_id,
            ref=f"ref-of-{record_id}",
            token_index=f"k.index-of-{record_id}",
            account_id="account-1",
            binding_id="binding-1",
            epoch=2,
            credential_version=2,
            key_id="k",
            sealed="k.sealed",
            started_at=NOW,
            last_seen_at=NOW,
            expires_at=NOW + 30 * MINUTE,
        ),
        **changes,
    )


def a_charge(charge_id: str, at: datetime = NOW, budget: Budget = GUESSES) -> Charge:
    """A charge of `GUESSES`, or of another budget."""
    return Charge(budget, charge_id, at)
