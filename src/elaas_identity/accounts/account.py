"""An agency's seat in e-LAAS, the binding that makes it a person's, and how both are stored.

The account and the natural person are two things (circular, clause 1): onboarding binds one verified person to one
issued account, and a hand-over ends that binding and leaves the account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from elaas_identity._discreet import discreet
from elaas_identity.keyring import Keyring


class AccountKind(StrEnum):
    """The three kinds of user that the circular names."""

    PROVINCIAL_OFFICE = "provincial_office"
    """สำนักงานส่งเสริมการปกครองท้องถิ่นจังหวัด (สถจ.)"""
    LOCAL_GOVERNMENT = "local_government"
    """องค์กรปกครองส่วนท้องถิ่น (อปท.)"""
    SUBORDINATE_AGENCY = "subordinate_agency"
    """หน่วยงานภายใต้สังกัดของ อปท."""


class AccountStatus(StrEnum):
    """Where an account is in its life."""

    ISSUED = "issued"
    """Holds an issued credential, good for onboarding only."""
    ACTIVE = "active"
    """A person has onboarded and set a password of their own."""
    SUSPENDED = "suspended"
    CLOSED = "closed"


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account as the portal sees it: no credential, no person."""

    id: str
    kind: AccountKind
    status: AccountStatus
    username: str
    agency_code: str
    agency_name: str
    epoch: int
    """Bumped by every administrator's act and every change of password, mail or binding."""


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRecord:
    """An account as it is stored: look-ups by keyed index, personal data sealed."""

    LOOKUPS: ClassVar[tuple[str, ...]] = ("username_index", "key_id")
    UNIQUE: ClassVar[tuple[str, ...]] = ("username_index",)

    id: str
    version: int = 0
    schema: int = 1
    epoch: int
    status: AccountStatus
    kind: AccountKind
    agency_code: str
    agency_name: str
    province: str
    key_id: str
    """Which key of the keyring indexed and sealed what is below."""
    username_index: str
    username_sealed: str
    password_hash: str
    password_is_issued: bool
    password_expires_at: datetime | None
    credential_version: int
    """Bumped with every new password: a portal drops the sessions that carry an older one."""
    first_use: bool
    """Whoever verifies first may have it: chosen at provisioning, never a default."""
    expected_person_index: str | None
    expected_person_sealed: str | None
    contact_sealed: str | None
    """Who is told by mail that the account was taken up."""
    binding_id: str | None
    created_at: datetime
    updated_at: datetime
    needs_approval: bool = False
    """Whoever verifies first may have it only once an administrator has approved them."""
    issued_fingerprint: str | None = None
    """Keyed digest of the issued password that opened it: it is never the new one, nor any after that (R1.2)."""
    password_is_generated: bool = False
    """While it is issued: this library made it, so it is taken as people type it from paper (R1.8)."""
    password_fingerprints: tuple[str, ...] = ()
    """Keyed digests of the person's last passwords, newest first; none unless the policy asks for them (R2.7)."""

    def view(self, keyring: Keyring) -> Account:
        """The account as the portal sees it.

        Raises:
            Misconfigured: `keyring`, when the key that sealed the username is not in the keyring.
        """
        return Account(
            id=self.id,
            kind=self.kind,
            status=self.status,
            username=keyring.open(f"account.username:{self.id}", self.username_sealed),
            agency_code=self.agency_code,
            agency_name=self.agency_name,
            epoch=self.epoch,
        )


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class BindingRecord:
    """The link person → account, made at onboarding and ended at hand-over; kept, so that history has its officer."""

    LOOKUPS: ClassVar[tuple[str, ...]] = ("account_id", "person_index", "key_id")
    UNIQUE: ClassVar[tuple[str, ...]] = ()

    id: str
    version: int = 0
    schema: int = 1
    account_id: str
    key_id: str
    """Which key of the keyring indexed and sealed what is below."""
    person_index: str
    """Keyed index of the national ID."""
    subject_index: str
    """Keyed index of (issuer, subject)."""
    identity_sealed: str
    email_sealed: str
    started_at: datetime
    ended_at: datetime | None = None
    email_changed_at: datetime | None = None
    """When the address was changed last: for a while a recovery does not trust it."""
    erased_at: datetime | None = None
    """Since when nothing of the person is left in it; what names the binding goes on pointing at it."""
