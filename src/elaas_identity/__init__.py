"""The login flow that Thailand mandates for New e-LAAS, for portals to embed.

Issued username and password → identity through ThaID → an e-mail address → a one-time code by mail → a new password.
Start with `ElaasIdentity`, or `AsyncElaasIdentity`, which is the same, awaited.

A name is loaded when it is first asked for, so that a portal pays for what it uses.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from elaas_identity._async.elaas_identity import AsyncElaasIdentity
    from elaas_identity._async.thaid import AsyncThaID
    from elaas_identity._sync.elaas_identity import ElaasIdentity
    from elaas_identity._sync.thaid import ThaID
    from elaas_identity.accounts.account import Account, AccountKind, AccountStatus
    from elaas_identity.accounts.provisioning import Expected, FirstUse, NewAccount
    from elaas_identity.browser import Browser
    from elaas_identity.errors import ElaasIdentityError, Misconfigured, ProviderFailed, Refused
    from elaas_identity.flow.policy import FlowPolicy
    from elaas_identity.flow.steps import (
        AccountChoice,
        ChooseAccount,
        Ended,
        EnterOneTimeCode,
        PasswordSet,
        Progress,
        ProvideEmail,
        SetPassword,
        SignedIn,
        Step,
        VerifyIdentity,
    )
    from elaas_identity.passwords.policy import PasswordPolicy
    from elaas_identity.person.keyring import Keyring
    from elaas_identity.person.national_id import NationalID
    from elaas_identity.person.verified import VerifiedIdentity

__version__ = "0.1.0"

__all__ = [
    "Account",
    "AccountChoice",
    "AccountKind",
    "AccountStatus",
    "AsyncElaasIdentity",
    "AsyncThaID",
    "Browser",
    "ChooseAccount",
    "ElaasIdentity",
    "ElaasIdentityError",
    "Ended",
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
    "Progress",
    "ProvideEmail",
    "ProviderFailed",
    "Refused",
    "SetPassword",
    "SignedIn",
    "Step",
    "ThaID",
    "VerifiedIdentity",
    "VerifyIdentity",
]

_HOME = {
    "Account": "accounts.account",
    "AccountChoice": "flow.steps",
    "AccountKind": "accounts.account",
    "AccountStatus": "accounts.account",
    "AsyncElaasIdentity": "_async.elaas_identity",
    "AsyncThaID": "_async.thaid",
    "Browser": "browser",
    "ChooseAccount": "flow.steps",
    "ElaasIdentity": "_sync.elaas_identity",
    "ElaasIdentityError": "errors",
    "Ended": "flow.steps",
    "EnterOneTimeCode": "flow.steps",
    "Expected": "accounts.provisioning",
    "FirstUse": "accounts.provisioning",
    "FlowPolicy": "flow.policy",
    "Keyring": "person.keyring",
    "Misconfigured": "errors",
    "NationalID": "person.national_id",
    "NewAccount": "accounts.provisioning",
    "PasswordPolicy": "passwords.policy",
    "PasswordSet": "flow.steps",
    "Progress": "flow.steps",
    "ProvideEmail": "flow.steps",
    "ProviderFailed": "errors",
    "Refused": "errors",
    "SetPassword": "flow.steps",
    "SignedIn": "flow.steps",
    "Step": "flow.steps",
    "ThaID": "_sync.thaid",
    "VerifiedIdentity": "person.verified",
    "VerifyIdentity": "flow.steps",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = found
    return found
