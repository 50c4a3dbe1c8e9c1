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

_HOME = {
    "Account": "accounts.account",
    "AccountChoice": "flow.steps",
    "AccountKind": "accounts.account",
    "AccountStatus": "accounts.account",
    "AssertionKeys": "assertions.signing_keys",
    "AssertionSettings": "assertions.signing_keys",
    "AssertionVerifier": "_sync.assertion_verifier",
    "Assertions": "_sync.assertions",
    "AsyncAssertionVerifier": "_async.assertion_verifier",
    "AsyncAssertions": "_async.assertions",
    "AsyncAudit": "_async.audit",
    "AsyncElaasIdentity": "_async.elaas_identity",
    "AsyncThaID": "_async.thaid",
    "Audit": "_sync.audit",
    "AuditKeys": "audit.checkpoint",
    "AuthenticatorEnrolled": "flow.outcomes",
    "AwaitApproval": "flow.steps",
    "Browser": "browser",
    "ChooseAccount": "flow.steps",
    "ElaasIdentity": "_sync.elaas_identity",
    "ElaasIdentityError": "errors",
    "EmailChanged": "flow.outcomes",
    "Ended": "flow.outcomes",
    "EnrolAuthenticator": "flow.steps",
    "EnterAuthenticatorCode": "flow.steps",
    "EnterOneTimeCode": "flow.steps",
    "Expected": "accounts.provisioning",
    "FirstUse": "accounts.provisioning",
    "FlowPolicy": "flow.policy",
    "Keyring": "keyring",
    "Misconfigured": "errors",
    "NationalID": "person.national_id",
    "NewAccount": "accounts.provisioning",
    "PasswordPolicy": "passwords.policy",
    "PasswordSet": "flow.outcomes",
    "PendingApproval": "accounts.approval",
    "Progress": "flow.steps",
    "ProvideCredential": "flow.steps",
    "ProvideEmail": "flow.steps",
    "ProviderFailed": "errors",
    "Refused": "errors",
    "Session": "sessions.session",
    "SetPassword": "flow.steps",
    "SignInPolicy": "flow.policy",
    "SignedIn": "flow.outcomes",
    "Step": "flow.steps",
    "StepUpProof": "flow.steps",
    "SteppedUp": "flow.outcomes",
    "ThaID": "_sync.thaid",
    "VerifiedAssertion": "assertions.verification",
    "VerifiedIdentity": "person.verified",
    "VerifyIdentity": "flow.steps",
    "transaction_digest": "assertions.assertion",
}


__getattr__ = lazily(__name__, _HOME)
