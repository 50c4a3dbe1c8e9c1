"""The table: the only place where a stage changes.

Two rules keep it true. Everything that decides *where a flow stands* is a row here: (purpose, stage, input) → (next
stage, event). Everything that decides *whether an input has occurred* (was the code right, is the person the expected
one) is decided before the table is asked, by pure functions beside it. A pair that has no row does not exist: it is
refused and nothing is written.

The diagram in the docs, the test of every (stage, input) pair and the actions offered to a person are made from this.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from elaas_identity.flow.events import EventKind

TABLE_VERSION = 2


class Purpose(StrEnum):
    """What a flow is for."""

    ONBOARDING = "onboarding"
    SIGN_IN = "sign_in"
    RECOVERY = "recovery"
    """A forgotten password: begins with the identity provider, and takes no username (ASVS 6.3.8)."""


class Stage(StrEnum):
    """Where a flow stands: what has been proven so far."""

    START = "start"
    """Nothing is stored yet: the username and password are being checked."""
    IDENTITY = "identity"
    """The credential was right; the identity provider has yet to say who the person is."""
    ACCOUNT = "account"
    """The person is proven, and one of the accounts that they hold is to be chosen."""
    EMAIL = "email"
    """The person is the right one; an e-mail address is to be given."""
    ONE_TIME_CODE = "one_time_code"
    """A one-time code is in the mailbox, and is to be typed in."""
    PASSWORD = "password"  # noqa: S105 - the name of a stage
    """All is proven; the new password is to be set."""
    DONE = "done"
    ENDED = "ended"
    """Ended without its result: cancelled, expired, superseded."""


class Input(StrEnum):
    """What has just been proven, or happened."""

    CREDENTIAL_ACCEPTED = "credential_accepted"
    CREDENTIAL_TOO_WEAK = "credential_too_weak"
    """Right, but shorter than today's policy asks for: it opens the change of password and nothing else."""
    RECOVERY_ASKED = "recovery_asked"
    AUTHORIZATION_REQUESTED = "authorization_requested"
    AUTHORIZATION_RETURNED = "authorization_returned"
    """A callback came back with a live state, which is thereby consumed."""
    IDENTITY_VERIFIED = "identity_verified"
    PERSON_RECOGNISED = "person_recognised"
    """Proven, and bound to at least one active account."""
    ACCOUNT_CHOSEN = "account_chosen"
    EMAIL_GIVEN = "email_given"
    CODE_RESENT = "code_resent"
    CODE_CONFIRMED = "code_confirmed"
    PASSWORD_SET = "password_set"  # noqa: S105 - the name of an input
    CODE_AND_PASSWORD_SET = "code_and_password_set"  # noqa: S105
    """The circular's single form: both or neither."""
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    """The account's epoch moved on: somebody else onboarded it, or an administrator acted."""


@dataclass(frozen=True, slots=True)
class Row:
    """Where an input leads, and the event that tells of it."""

    stage: Stage
    event: EventKind


_ONBOARDING: dict[tuple[Stage, Input], Row] = {
    (Stage.START, Input.CREDENTIAL_ACCEPTED): Row(Stage.IDENTITY, "onboarding.begun"),
    (Stage.IDENTITY, Input.AUTHORIZATION_REQUESTED): Row(Stage.IDENTITY, "identity.requested"),
    (Stage.IDENTITY, Input.AUTHORIZATION_RETURNED): Row(Stage.IDENTITY, "identity.returned"),
    (Stage.IDENTITY, Input.IDENTITY_VERIFIED): Row(Stage.EMAIL, "identity.verified"),
    (Stage.EMAIL, Input.EMAIL_GIVEN): Row(Stage.ONE_TIME_CODE, "email.given"),
    # A mistyped address is corrected where it is noticed.
    (Stage.ONE_TIME_CODE, Input.EMAIL_GIVEN): Row(Stage.ONE_TIME_CODE, "email.given"),
    (Stage.ONE_TIME_CODE, Input.CODE_RESENT): Row(Stage.ONE_TIME_CODE, "one_time_code.resent"),
    (Stage.ONE_TIME_CODE, Input.CODE_CONFIRMED): Row(Stage.PASSWORD, "one_time_code.confirmed"),
    (Stage.ONE_TIME_CODE, Input.CODE_AND_PASSWORD_SET): Row(Stage.DONE, "password.set"),
    (Stage.PASSWORD, Input.PASSWORD_SET): Row(Stage.DONE, "password.set"),
}

_SIGN_IN: dict[tuple[Stage, Input], Row] = {
    (Stage.START, Input.CREDENTIAL_ACCEPTED): Row(Stage.DONE, "sign_in.completed"),
    (Stage.START, Input.CREDENTIAL_TOO_WEAK): Row(Stage.PASSWORD, "sign_in.password_change_required"),
    (Stage.PASSWORD, Input.PASSWORD_SET): Row(Stage.DONE, "password.set"),
}

_RECOVERY: dict[tuple[Stage, Input], Row] = {
    (Stage.START, Input.RECOVERY_ASKED): Row(Stage.IDENTITY, "recovery.begun"),
    (Stage.IDENTITY, Input.AUTHORIZATION_REQUESTED): Row(Stage.IDENTITY, "identity.requested"),
    (Stage.IDENTITY, Input.AUTHORIZATION_RETURNED): Row(Stage.IDENTITY, "identity.returned"),
    (Stage.IDENTITY, Input.PERSON_RECOGNISED): Row(Stage.ACCOUNT, "identity.verified"),
    # The code goes to the address that is bound: a mailbox that was lost needs an administrator, not a weaker check.
    (Stage.ACCOUNT, Input.ACCOUNT_CHOSEN): Row(Stage.ONE_TIME_CODE, "recovery.account_chosen"),
    (Stage.ONE_TIME_CODE, Input.CODE_RESENT): Row(Stage.ONE_TIME_CODE, "one_time_code.resent"),
    (Stage.ONE_TIME_CODE, Input.CODE_CONFIRMED): Row(Stage.PASSWORD, "one_time_code.confirmed"),
    (Stage.ONE_TIME_CODE, Input.CODE_AND_PASSWORD_SET): Row(Stage.DONE, "password.set"),
    (Stage.PASSWORD, Input.PASSWORD_SET): Row(Stage.DONE, "password.set"),
}

LIVE = frozenset(Stage) - {Stage.START, Stage.DONE, Stage.ENDED}
"""Stages in which a flow waits for its person."""


WITHOUT_ACCOUNT = frozenset({(Purpose.RECOVERY, Stage.IDENTITY), (Purpose.RECOVERY, Stage.ACCOUNT)})
"""Where a flow is for no account yet, and nobody's act on one can supersede it."""


def _with_ends(purpose: Purpose, rows: dict[tuple[Stage, Input], Row]) -> dict[tuple[Stage, Input], Row]:
    reached = {stage for stage, _ in rows} | {row.stage for row in rows.values()}
    waiting = [stage for stage in Stage if stage in LIVE & reached]
    ends: dict[Input, EventKind] = {
        Input.CANCELLED: "flow.cancelled",
        Input.EXPIRED: "flow.expired",
        Input.SUPERSEDED: "flow.superseded",
    }
    return rows | {
        (stage, end): Row(Stage.ENDED, event)
        for stage in waiting
        for end, event in ends.items()
        if end is not Input.SUPERSEDED or (purpose, stage) not in WITHOUT_ACCOUNT
    }


TABLE = MappingProxyType(
    {
        (purpose, stage, happened): row
        for purpose, rows in (
            (Purpose.ONBOARDING, _ONBOARDING),
            (Purpose.SIGN_IN, _SIGN_IN),
            (Purpose.RECOVERY, _RECOVERY),
        )
        for (stage, happened), row in _with_ends(purpose, rows).items()
    }
)
"""(purpose, stage, input) → where it leads, and the event that tells of it."""


def row(purpose: Purpose, stage: Stage, happened: Input) -> Row | None:
    """The row of that input there, or None: the input does not exist there."""
    return TABLE.get((purpose, stage, happened))
