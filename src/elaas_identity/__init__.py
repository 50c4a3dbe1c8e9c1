"""The login flow that Thailand mandates for New e-LAAS, for portals to embed.

Issued username and password → identity through ThaID → an e-mail address → a one-time code by mail → a new password.
Start with `ElaasIdentity`, or `AsyncElaasIdentity`, which is the same, awaited.

A name is loaded when it is first asked for, so that a portal pays for what it uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from elaas_identity._lazy import lazily

if TYPE_CHECKING:
    from elaas_identity._async.assertion_verifier import AsyncAssertionVerifier
    from elaas_identity._async.assertions import AsyncAssertions
    from elaas_identity._async.audit import AsyncAudit
    from elaas_identity._async.elaas_identity import AsyncElaasIdentity
    from elaas_identity._async.thaid import AsyncThaID
    from elaas_identity._sync.assertion_verifier import AssertionVerifier
    from elaas_identity._sync.assertions import Assertions
    from elaas_identity._sync.audit import Audit
    from elaas_identity._sync.elaas_identity import ElaasIdentity
    from elaas_identity._sync.thaid import ThaID
    from elaas_identity.accounts.account import Account, AccountKind, AccountStatus
    from elaas_identity.accounts.approval import PendingApproval
    from elaas_identity.accounts.provisioning import Expected, FirstUse, NewAccount
    from elaas_identity.assertions.assertion import transaction_digest
    from elaas_identity.assertions.signing_keys import AssertionKeys, AssertionSettings
    from elaas_identity.assertions.verification import VerifiedAssertion
    from elaas_identity.audit.checkpoint import AuditKeys
    from elaas_identity.browser import Browser
    from elaas_identity.errors import ElaasIdentityError, Misconfigured, ProviderFailed, Refused
    from elaas_identity.flow.outcomes import (
        AuthenticatorEnrolled,
        EmailChanged,
        Ended,
        PasswordSet,
        SignedIn,
        SteppedUp,
    )
    from elaas_identity.flow.policy import FlowPolicy, SignInPolicy
    from elaas_identity.flow.steps import (
        AccountChoice,
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
    from elaas_identity.keyring import Keyring
    from elaas_identity.passwords.policy import PasswordPolicy
    from elaas_identity.person.national_id import NationalID
    from elaas_identity.person.verified import VerifiedIdentity
    from elaas_identity.sessions.session import Session

__version__ = "0.1.0"

__all__ = [
    "Account",
    "AccountChoice",
    "AccountKind",
    "AccountStatus",
    "AssertionKeys",
    "AssertionSettings",
    "AssertionVerifier",
    "Assertions",
    "AsyncAssertionVerifier",
    "AsyncAssertions",
    "AsyncAudit",
    "AsyncElaasIdentity",
    "AsyncThaID",
    "Audit",
    "AuditKeys",
    "AuthenticatorEnrolled",
    "AwaitApproval",
    "Browser",
    "ChooseAccount",
    "ElaasIdentity",
    "ElaasIdentityError",
    "EmailChanged",
    "Ended",
    "EnrolAuthenticator",
    "EnterAuthenticatorCode",
    "EnterOneTimeCode",
    "Expected",
    "FirstUse",
    "FlowPolicy",
    "Keyring",
    "Misconfigured",
    "NationalID",
    "NewAccount",
    "PasswordPolicy",
    "PasswordSet",
    "PendingApproval",
    "Progress",
    "ProvideCredential",
    "ProvideEmail",
    "ProviderFailed",
    "Refused",
    "Session",
    "SetPassword",
    "SignInPolicy",
    "SignedIn",
    "Step",
    "StepUpProof",
    "SteppedUp",
    "ThaID",
    "VerifiedAssertion",
    "VerifiedIdentity",
    "VerifyIdentity",
    "transaction_digest",
]

_MODULES = {
    "_async.assertion_verifier": "AsyncAssertionVerifier",
    "_async.assertions": "AsyncAssertions",
    "_async.audit": "AsyncAudit",
    "_async.elaas_identity": "AsyncElaasIdentity",
    "_async.thaid": "AsyncThaID",
    "_sync.assertion_verifier": "AssertionVerifier",
    "_sync.assertions": "Assertions",
    "_sync.audit": "Audit",
    "_sync.elaas_identity": "ElaasIdentity",
    "_sync.thaid": "ThaID",
    "accounts.account": "Account AccountKind AccountStatus",
    "accounts.approval": "PendingApproval",
    "accounts.provisioning": "Expected FirstUse NewAccount",
    "assertions.assertion": "transaction_digest",
    "assertions.signing_keys": "AssertionKeys AssertionSettings",
    "assertions.verification": "VerifiedAssertion",
    "audit.checkpoint": "AuditKeys",
    "browser": "Browser",
    "errors": "ElaasIdentityError Misconfigured ProviderFailed Refused",
    "flow.outcomes": "AuthenticatorEnrolled EmailChanged Ended PasswordSet SignedIn SteppedUp",
    "flow.policy": "FlowPolicy SignInPolicy",
    "flow.steps": (
        "AccountChoice AwaitApproval ChooseAccount EnrolAuthenticator EnterAuthenticatorCode "
        "EnterOneTimeCode Progress ProvideCredential ProvideEmail SetPassword Step StepUpProof "
        "VerifyIdentity"
    ),
    "keyring": "Keyring",
    "passwords.policy": "PasswordPolicy",
    "person.national_id": "NationalID",
    "person.verified": "VerifiedIdentity",
    "sessions.session": "Session",
}


__getattr__ = lazily(__name__, _MODULES)
