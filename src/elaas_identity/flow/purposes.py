"""What differs from purpose to purpose, as data beside the table: no other code compares purposes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from elaas_identity.accounts.account import AccountStatus
from elaas_identity.flow import budgets
from elaas_identity.flow.budgets import Budgets
from elaas_identity.flow.policy import FlowPolicy
from elaas_identity.flow.transitions import Input, Purpose
from elaas_identity.keyring import Keyring

ChargedTo: TypeAlias = Callable[[FlowPolicy, Keyring, str, str | None], Budgets]
"""(policy, keyring, account id, client address) → the budgets that are charged when a flow begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeSpec:
    """What a flow of a purpose rests on, and what its end does.

    Attributes:
        account_status: what the account must be for the flow to go on.
        charged_to: what is charged when the flow begins.
        identity_proves: the input that a verified identity is: the account's person, or somebody who holds accounts.
        begins_another: the flow ends in another flow, under an id made from its own.
        thaid_alone: only accounts that ThaID alone opens can be chosen.
        binds_person: its end binds the person to the account.
        new_address: the address must be another one than the bound one.
        clears_guesses: its end clears what somebody who guesses has used up (R4.1).
    """

    account_status: AccountStatus = AccountStatus.ACTIVE
    charged_to: ChargedTo | None = None
    identity_proves: Input = Input.IDENTITY_VERIFIED
    begins_another: bool = False
    thaid_alone: bool = False
    binds_person: bool = False
    new_address: bool = False
    clears_guesses: bool = False

    def budgets(self, policy: FlowPolicy, keyring: Keyring, account_id: str, address: str | None) -> Budgets:
        """What is charged when such a flow begins, for an account (empty: none yet) from a client address."""
        return () if self.charged_to is None else self.charged_to(policy, keyring, account_id, address)


SPECS: Mapping[Purpose, PurposeSpec] = MappingProxyType(
    {
        Purpose.ONBOARDING: PurposeSpec(
            account_status=AccountStatus.ISSUED, charged_to=budgets.flows_begun, binds_person=True
        ),
        Purpose.SIGN_IN: PurposeSpec(),
        Purpose.RECOVERY: PurposeSpec(
            charged_to=budgets.recoveries_begun, identity_proves=Input.PERSON_RECOGNISED, clears_guesses=True
        ),
        Purpose.IDENTITY_FIRST: PurposeSpec(
            charged_to=budgets.identity_first_begun, begins_another=True, thaid_alone=True
        ),
        Purpose.AUTHENTICATOR: PurposeSpec(),
        Purpose.STEP_UP: PurposeSpec(),
        Purpose.EMAIL_CHANGE: PurposeSpec(charged_to=budgets.email_changes, new_address=True),
        Purpose.PASSWORD_CHANGE: PurposeSpec(),
    }
)
"""Every purpose has its row."""
