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
from typing import TypeAlias

from elaas_identity.events import EventKind

TABLE_VERSION = 3


class Purpose(StrEnum):
    """What a flow is for."""

    ONBOARDING = "onboarding"
    SIGN_IN = "sign_in"
    RECOVERY = "recovery"
    """A forgotten password: begins with the identity provider, and takes no username (ASVS 6.3.8)."""
    IDENTITY_FIRST = "identity_first"
    """Who the person is, and only then which account: for whom a guesser keeps out, and for sign-in without a password.
    It ends in an onboarding or a sign-in, which is a flow of its own."""
    AUTHENTICATOR = "authenticator"
    """An authenticator app is enrolled."""
    STEP_UP = "step_up"
    """Somebody who is signed in proves who they are once more, for one transaction."""
    EMAIL_CHANGE = "email_change"
    PASSWORD_CHANGE = "password_change"  # noqa: S105 - the name of a purpose


class Stage(StrEnum):
    """Where a flow stands: what has been proven so far."""

    START = "start"
    """Nothing is stored yet: the username and password are being checked."""
    IDENTITY = "identity"
    """The credential was right; the identity provider has yet to say who the person is."""
    ACCOUNT = "account"
    """The person is proven, and one of the accounts that they hold is to be chosen."""
    CREDENTIAL = "credential"
    """The person is proven, and the account's username and password are to be given."""
    AUTHENTICATOR_CODE = "authenticator_code"
    """The password was right; the code of the authenticator app is to be typed in."""
    AUTHENTICATOR = "authenticator"
    """The person is the right one; a new app has to show its first right code."""
    EMAIL = "email"
    """The person is the right one; an e-mail address is to be given."""
    ONE_TIME_CODE = "one_time_code"
    """A one-time code is in the mailbox, and is to be typed in."""
    PASSWORD = "password"  # noqa: S105 - the name of a stage
    """All is proven; the new password is to be set."""
    APPROVAL = "approval"
    """All is done by the person; an administrator has yet to approve."""
    PROOF = "proof"
    """The person is proven once more; the portal has yet to use that for the transaction."""
    DONE = "done"
    ENDED = "ended"
    """Ended without its result: cancelled, expired, superseded, rejected."""


class Input(StrEnum):
    """What has just been proven, or happened."""

    ASKED = "asked"
    """By somebody who is signed in; or who has nothing to show yet, and begins with the identity provider."""
    CREDENTIAL_ACCEPTED = "credential_accepted"
    CREDENTIAL_TOO_WEAK = "credential_too_weak"
    """Right, but shorter than today's policy asks for: it opens the change of password and nothing else."""
    CREDENTIAL_AWAITS_IDENTITY = "credential_awaits_identity"
    """Right, and by the sign-in policy the identity provider comes second."""
    CREDENTIAL_AWAITS_AUTHENTICATOR = "credential_awaits_authenticator"
    """Right, and by the sign-in policy the authenticator app comes second."""
    CREDENTIAL_OF_PROVEN_PERSON = "credential_of_proven_person"
    """An issued one, by the account's own person, whom an `IDENTITY_FIRST` flow has proven."""
    AUTHORIZATION_REQUESTED = "authorization_requested"
    AUTHORIZATION_RETURNED = "authorization_returned"
    """A callback came back with a live state, which is thereby consumed."""
    IDENTITY_VERIFIED = "identity_verified"
    PERSON_RECOGNISED = "person_recognised"
    """Proven, and bound to at least one active account."""
    ACCOUNT_CHOSEN = "account_chosen"
    AUTHENTICATOR_CODE_ACCEPTED = "authenticator_code_accepted"
    """Of the app, or one of the recovery codes in its place."""
    AUTHENTICATOR_CONFIRMED = "authenticator_confirmed"
    EMAIL_GIVEN = "email_given"
    CODE_RESENT = "code_resent"
    CODE_CONFIRMED = "code_confirmed"
    PASSWORD_SET = "password_set"  # noqa: S105 - the name of an input
    CODE_AND_PASSWORD_SET = "code_and_password_set"  # noqa: S105
    """The circular's single form: both or neither."""
    APPROVAL_ASKED = "approval_asked"
    """The person's last act, where the account opens only with an administrator's approval."""
    APPROVED = "approved"
    REJECTED = "rejected"
    PROOF_USED = "proof_used"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    """The account's epoch moved on: somebody else onboarded it, or an administrator acted."""


@dataclass(frozen=True, slots=True)
class Row:
    """Where an input leads, and the event that tells of it."""

    stage: Stage
    event: EventKind


Rows: TypeAlias = dict[tuple[Stage, Input], Row]

_TRIP: Rows = {
    (Stage.IDENTITY, Input.AUTHORIZATION_REQUESTED): Row(Stage.IDENTITY, "identity.requested"),
    (Stage.IDENTITY, Input.AUTHORIZATION_RETURNED): Row(Stage.IDENTITY, "identity.returned"),
}
"""To the identity provider and back, as often as it takes."""

_ONBOARDING: Rows = _TRIP | {
    (Stage.START, Input.CREDENTIAL_ACCEPTED): Row(Stage.IDENTITY, "onboarding.begun"),
    (Stage.START, Input.CREDENTIAL_OF_PROVEN_PERSON): Row(Stage.EMAIL, "onboarding.begun"),
    (Stage.IDENTITY, Input.IDENTITY_VERIFIED): Row(Stage.EMAIL, "identity.verified"),
    (Stage.EMAIL, Input.EMAIL_GIVEN): Row(Stage.ONE_TIME_CODE, "email.given"),
    # A mistyped address is corrected where it is noticed.
    (Stage.ONE_TIME_CODE, Input.EMAIL_GIVEN): Row(Stage.ONE_TIME_CODE, "email.given"),
    (Stage.ONE_TIME_CODE, Input.CODE_RESENT): Row(Stage.ONE_TIME_CODE, "one_time_code.resent"),
    (Stage.ONE_TIME_CODE, Input.CODE_CONFIRMED): Row(Stage.PASSWORD, "one_time_code.confirmed"),
    (Stage.ONE_TIME_CODE, Input.CODE_AND_PASSWORD_SET): Row(Stage.DONE, "password.set"),
    (Stage.ONE_TIME_CODE, Input.APPROVAL_ASKED): Row(Stage.APPROVAL, "approval.asked"),
    (Stage.PASSWORD, Input.PASSWORD_SET): Row(Stage.DONE, "password.set"),
    (Stage.PASSWORD, Input.APPROVAL_ASKED): Row(Stage.APPROVAL, "approval.asked"),
    (Stage.APPROVAL, Input.APPROVED): Row(Stage.DONE, "account.approved"),
    (Stage.APPROVAL, Input.REJECTED): Row(Stage.ENDED, "account.rejected"),
}

_SIGN_IN: Rows = _TRIP | {
    (Stage.START, Input.CREDENTIAL_ACCEPTED): Row(Stage.DONE, "sign_in.completed"),
    (Stage.START, Input.CREDENTIAL_TOO_WEAK): Row(Stage.PASSWORD, "sign_in.password_change_required"),
    (Stage.START, Input.CREDENTIAL_AWAITS_IDENTITY): Row(Stage.IDENTITY, "sign_in.begun"),
    (Stage.START, Input.CREDENTIAL_AWAITS_AUTHENTICATOR): Row(Stage.AUTHENTICATOR_CODE, "sign_in.begun"),
    (Stage.START, Input.ACCOUNT_CHOSEN): Row(Stage.DONE, "sign_in.completed"),
    (Stage.IDENTITY, Input.IDENTITY_VERIFIED): Row(Stage.DONE, "sign_in.completed"),
    (Stage.AUTHENTICATOR_CODE, Input.AUTHENTICATOR_CODE_ACCEPTED): Row(Stage.DONE, "sign_in.completed"),
    (Stage.PASSWORD, Input.PASSWORD_SET): Row(Stage.DONE, "password.set"),
}

_RECOVERY: Rows = _TRIP | {
    (Stage.START, Input.ASKED): Row(Stage.IDENTITY, "recovery.begun"),
    (Stage.IDENTITY, Input.PERSON_RECOGNISED): Row(Stage.ACCOUNT, "identity.verified"),
    # The code goes to the address that is bound: a mailbox that was lost needs an administrator, not a weaker check.
    (Stage.ACCOUNT, Input.ACCOUNT_CHOSEN): Row(Stage.ONE_TIME_CODE, "recovery.account_chosen"),
    (Stage.ONE_TIME_CODE, Input.CODE_RESENT): Row(Stage.ONE_TIME_CODE, "one_time_code.resent"),
    (Stage.ONE_TIME_CODE, Input.CODE_CONFIRMED): Row(Stage.PASSWORD, "one_time_code.confirmed"),
    (Stage.ONE_TIME_CODE, Input.CODE_AND_PASSWORD_SET): Row(Stage.DONE, "password.set"),
    (Stage.PASSWORD, Input.PASSWORD_SET): Row(Stage.DONE, "password.set"),
}

_IDENTITY_FIRST: Rows = _TRIP | {
    (Stage.START, Input.ASKED): Row(Stage.IDENTITY, "identity_first.begun"),
    (Stage.IDENTITY, Input.IDENTITY_VERIFIED): Row(Stage.CREDENTIAL, "identity.verified"),
    (Stage.CREDENTIAL, Input.CREDENTIAL_ACCEPTED): Row(Stage.DONE, "identity_first.completed"),
    # Only where the sign-in policy takes the identity provider's word alone.
    (Stage.CREDENTIAL, Input.ACCOUNT_CHOSEN): Row(Stage.DONE, "identity_first.completed"),
}

_AUTHENTICATOR: Rows = _TRIP | {
    (Stage.START, Input.ASKED): Row(Stage.IDENTITY, "authenticator.begun"),
    # A password alone enrols nothing: whoever stole it would enrol an app of their own.
    (Stage.START, Input.CREDENTIAL_ACCEPTED): Row(Stage.IDENTITY, "authenticator.begun"),
    (Stage.IDENTITY, Input.IDENTITY_VERIFIED): Row(Stage.AUTHENTICATOR, "identity.verified"),
    (Stage.AUTHENTICATOR, Input.AUTHENTICATOR_CONFIRMED): Row(Stage.DONE, "authenticator.enrolled"),
}

_STEP_UP: Rows = _TRIP | {
    (Stage.START, Input.ASKED): Row(Stage.IDENTITY, "step_up.begun"),
    (Stage.IDENTITY, Input.IDENTITY_VERIFIED): Row(Stage.PROOF, "identity.verified"),
    (Stage.PROOF, Input.PROOF_USED): Row(Stage.DONE, "step_up.used"),
}

_EMAIL_CHANGE: Rows = _TRIP | {
    (Stage.START, Input.ASKED): Row(Stage.IDENTITY, "email_change.begun"),
    (Stage.IDENTITY, Input.IDENTITY_VERIFIED): Row(Stage.EMAIL, "identity.verified"),
    (Stage.EMAIL, Input.EMAIL_GIVEN): Row(Stage.ONE_TIME_CODE, "email.given"),
    (Stage.ONE_TIME_CODE, Input.EMAIL_GIVEN): Row(Stage.ONE_TIME_CODE, "email.given"),
    (Stage.ONE_TIME_CODE, Input.CODE_RESENT): Row(Stage.ONE_TIME_CODE, "one_time_code.resent"),
    (Stage.ONE_TIME_CODE, Input.CODE_CONFIRMED): Row(Stage.DONE, "email.changed"),
}

_PASSWORD_CHANGE: Rows = {
    (Stage.START, Input.CREDENTIAL_ACCEPTED): Row(Stage.PASSWORD, "password_change.begun"),
    (Stage.PASSWORD, Input.PASSWORD_SET): Row(Stage.DONE, "password.set"),
}

LIVE = frozenset(Stage) - {Stage.START, Stage.DONE, Stage.ENDED}
"""Stages in which a flow waits for its person."""


WITHOUT_ACCOUNT = frozenset(
    {
        (Purpose.RECOVERY, Stage.IDENTITY),
        (Purpose.RECOVERY, Stage.ACCOUNT),
        (Purpose.IDENTITY_FIRST, Stage.IDENTITY),
        (Purpose.IDENTITY_FIRST, Stage.CREDENTIAL),
    }
)
"""Where a flow is for no account yet, and nobody's act on one can supersede it."""


UNPROVEN = frozenset(stands for stands in WITHOUT_ACCOUNT if stands[1] is Stage.IDENTITY)
"""Where nothing is proven yet: anybody gets there, as often as they like."""


def _with_ends(purpose: Purpose, rows: Rows) -> Rows:
    reached = {row.stage for row in rows.values()}
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
            (Purpose.IDENTITY_FIRST, _IDENTITY_FIRST),
            (Purpose.AUTHENTICATOR, _AUTHENTICATOR),
            (Purpose.STEP_UP, _STEP_UP),
            (Purpose.EMAIL_CHANGE, _EMAIL_CHANGE),
            (Purpose.PASSWORD_CHANGE, _PASSWORD_CHANGE),
        )
        for (stage, happened), row in _with_ends(purpose, rows).items()
    }
)
"""(purpose, stage, input) → where it leads, and the event that tells of it."""


def row(purpose: Purpose, stage: Stage, happened: Input) -> Row | None:
    """The row of that input there, or None: the input does not exist there."""
    return TABLE.get((purpose, stage, happened))
