"""Three kinds of account that sign in differently, so that one portal reaches every row of the table."""

from __future__ import annotations

from dataclasses import replace

from elaas_identity import AccountKind, SignInPolicy
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.flow.transitions import Input, Purpose, Stage

BY_PASSWORD = AccountKind.LOCAL_GOVERNMENT
BY_THAID = AccountKind.PROVINCIAL_OFFICE
BY_APP = AccountKind.SUBORDINATE_AGENCY
BY_KIND = replace(
    FOR_TESTS, sign_in_by_kind={BY_THAID: SignInPolicy.THAID, BY_APP: SignInPolicy.PASSWORD_AND_TOTP}
)
"""The policy of a portal with all three."""


def kind_for(purpose: Purpose, stage: Stage, happened: Input | None = None) -> AccountKind:
    """The kind of account for which there is such a row."""
    if happened is Input.CREDENTIAL_AWAITS_IDENTITY:
        return BY_THAID
    if happened is Input.ACCOUNT_CHOSEN and purpose in (Purpose.SIGN_IN, Purpose.IDENTITY_FIRST):
        return BY_THAID
    if purpose is Purpose.SIGN_IN and stage is Stage.IDENTITY:
        return BY_THAID
    if happened is Input.CREDENTIAL_AWAITS_AUTHENTICATOR or stage is Stage.AUTHENTICATOR_CODE:
        return BY_APP
    if (purpose, happened) == (Purpose.AUTHENTICATOR, Input.CREDENTIAL_ACCEPTED):
        return BY_APP
    return BY_PASSWORD
