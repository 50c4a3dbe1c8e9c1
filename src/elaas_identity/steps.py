"""What the person has to do next, and what has come of it: every step and outcome, by name."""

from __future__ import annotations

from elaas_identity.flow.outcomes import (
    AuthenticatorEnrolled,
    EmailChanged,
    Ended,
    EndReason,
    OwnChange,
    PasswordSet,
    SignedIn,
    SteppedUp,
)
from elaas_identity.flow.steps import (
    AccountChoice,
    Action,
    AuthorizationRequest,
    AwaitApproval,
    ChooseAccount,
    EnrolAuthenticator,
    EnterAuthenticatorCode,
    EnterOneTimeCode,
    Progress,
    ProvideCredential,
    ProvideEmail,
    SetPassword,
    Step,
    StepUpProof,
    VerifyIdentity,
)
from elaas_identity.flow.transitions import Purpose
from elaas_identity.person.assurance import IAL, Assurance, Unmet
from elaas_identity.person.national_id import NationalID
from elaas_identity.person.verified import VerifiedIdentity

__all__ = [
    "IAL",
    "AccountChoice",
    "Action",
    "Assurance",
    "AuthenticatorEnrolled",
    "AuthorizationRequest",
    "AwaitApproval",
    "ChooseAccount",
    "EmailChanged",
    "EndReason",
    "Ended",
    "EnrolAuthenticator",
    "EnterAuthenticatorCode",
    "EnterOneTimeCode",
    "NationalID",
    "OwnChange",
    "PasswordSet",
    "Progress",
    "ProvideCredential",
    "ProvideEmail",
    "Purpose",
    "SetPassword",
    "SignedIn",
    "Step",
    "StepUpProof",
    "SteppedUp",
    "Unmet",
    "VerifiedIdentity",
    "VerifyIdentity",
]
