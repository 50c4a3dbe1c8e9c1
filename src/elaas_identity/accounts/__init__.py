"""Accounts, what provisions them, and what the calls of `elaas.accounts` answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elaas_identity._lazy import lazily

if TYPE_CHECKING:
    from elaas_identity.accounts.account import Account as Account
    from elaas_identity.accounts.account import AccountKind as AccountKind
    from elaas_identity.accounts.account import AccountRecord as AccountRecord
    from elaas_identity.accounts.account import AccountStatus as AccountStatus
    from elaas_identity.accounts.account import BindingRecord as BindingRecord
    from elaas_identity.accounts.approval import PendingApproval as PendingApproval
    from elaas_identity.accounts.four_eyes import AskedAct as AskedAct
    from elaas_identity.accounts.provisioning import Expected as Expected
    from elaas_identity.accounts.provisioning import FirstUse as FirstUse
    from elaas_identity.accounts.provisioning import NewAccount as NewAccount
    from elaas_identity.accounts.provisioning import Person as Person
    from elaas_identity.accounts.provisioning import Provisioned as Provisioned
    from elaas_identity.accounts.provisioning import Reissued as Reissued

__all__ = [
    "Account",
    "AccountKind",
    "AccountRecord",
    "AccountStatus",
    "AskedAct",
    "BindingRecord",
    "Expected",
    "FirstUse",
    "NewAccount",
    "PendingApproval",
    "Person",
    "Provisioned",
    "Reissued",
]

_MODULES = {
    "accounts.account": "Account AccountKind AccountRecord AccountStatus BindingRecord",
    "accounts.approval": "PendingApproval",
    "accounts.four_eyes": "AskedAct",
    "accounts.provisioning": "Expected FirstUse NewAccount Person Provisioned Reissued",
}

__getattr__ = lazily(__name__, _MODULES)
