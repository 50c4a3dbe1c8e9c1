"""What a right password is good for, by the account's status and its sign-in policy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from elaas_identity import AccountKind, Keyring, PasswordPolicy, Refused, SignInPolicy
from elaas_identity.accounts.account import AccountStatus
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.flow.advance import Rules
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.flow.signing_in import Holder, opens
from elaas_identity.flow.transitions import Input, Purpose
from elaas_identity.testing.store_examples import an_account

KEYRING = Keyring({"k": b"-" * 32}, current="k")
NO_APP = None
REMOVED = AuthenticatorRecord(id="binding-1", key_id="k")
APP = replace(REMOVED, secret_sealed="k.sealed")
ENOUGH, EIGHT, SEVEN = "x" * 15, "x" * 8, "x" * 7

COMPLETES = (Purpose.SIGN_IN, Input.CREDENTIAL_ACCEPTED)
CHANGES = (Purpose.SIGN_IN, Input.CREDENTIAL_TOO_WEAK)
AWAITS_THAID = (Purpose.SIGN_IN, Input.CREDENTIAL_AWAITS_IDENTITY)
AWAITS_APP = (Purpose.SIGN_IN, Input.CREDENTIAL_AWAITS_AUTHENTICATOR)
ENROLS = (Purpose.AUTHENTICATOR, Input.CREDENTIAL_ACCEPTED)

ALONE, BESIDE_THAID, BESIDE_APP, THAID = (
    SignInPolicy.PASSWORD,
    SignInPolicy.PASSWORD_AND_THAID,
    SignInPolicy.PASSWORD_AND_TOTP,
    SignInPolicy.THAID,
)


def opened(policy: SignInPolicy, password: str, app: AuthenticatorRecord | None, **changes: Any) -> Any:
    """What an account's right password opens."""
    proven = changes.pop("proven", False)
    rules = Rules(replace(FOR_TESTS, sign_in=policy), KEYRING)
    account = an_account(**{"status": AccountStatus.ACTIVE, **changes})
    return opens(rules, Holder(account, None, app), password, proven=proven)


@pytest.mark.parametrize(
    ("policy", "password", "app", "proven", "expected"),
    [
        (ALONE, ENOUGH, NO_APP, False, COMPLETES),
        (ALONE, ENOUGH, APP, False, COMPLETES),
        (ALONE, ENOUGH, NO_APP, True, COMPLETES),
        (ALONE, ENOUGH[:-1], NO_APP, False, CHANGES),
        (ALONE, ENOUGH[:-1], NO_APP, True, CHANGES),
        (BESIDE_THAID, EIGHT, NO_APP, False, AWAITS_THAID),
        (BESIDE_THAID, EIGHT, APP, False, AWAITS_THAID),
        (BESIDE_THAID, EIGHT, NO_APP, True, COMPLETES),
        (BESIDE_APP, EIGHT, APP, False, AWAITS_APP),
        (BESIDE_APP, EIGHT, APP, True, AWAITS_APP),
        (BESIDE_APP, EIGHT, NO_APP, False, ENROLS),
        (BESIDE_APP, EIGHT, NO_APP, True, ENROLS),
        (BESIDE_APP, EIGHT, REMOVED, False, ENROLS),
        (THAID, EIGHT, NO_APP, False, AWAITS_THAID),
        (THAID, EIGHT, NO_APP, True, COMPLETES),
    ],
)
def test_a_right_password_opens_what_the_policy_says(
    policy: SignInPolicy,
    password: str,
    app: AuthenticatorRecord | None,
    proven: bool,
    expected: tuple[Purpose, Input],
) -> None:
    """A sign-in would ask for less than its policy, or for more than the person has."""
    assert expected == opened(policy, password, app, proven=proven)


@pytest.mark.parametrize("policy", [BESIDE_THAID, BESIDE_APP, THAID])
@pytest.mark.parametrize("proven", [False, True])
def test_r2_1_an_outdated_password_beside_a_factor_opens_nothing(policy: SignInPolicy, proven: bool) -> None:
    """The password alone would set another one, and the second factor be no factor."""
    with pytest.raises(Refused, match="password_outdated") as refused:
        opened(policy, SEVEN, APP, proven=proven)
    assert "password" == refused.value.field


def test_r2_1_the_length_is_that_of_the_accounts_own_kind() -> None:
    """A kind with a second factor would have to change its passwords; or one without would keep short ones."""
    account = an_account(status=AccountStatus.ACTIVE)
    beside = replace(FOR_TESTS, sign_in_by_kind={account.kind: BESIDE_THAID})
    assert AWAITS_THAID == opens(Rules(beside, KEYRING), Holder(account, None, None), EIGHT, proven=False)
    others = {kind: BESIDE_THAID for kind in AccountKind if kind is not account.kind}
    alone = replace(FOR_TESTS, sign_in_by_kind=others)
    assert CHANGES == opens(Rules(alone, KEYRING), Holder(account, None, None), EIGHT, proven=False)


@pytest.mark.parametrize("policy", SignInPolicy)
@pytest.mark.parametrize("password", [ENOUGH, "x"])
def test_an_issued_password_opens_the_onboarding_whatever_the_policy(
    policy: SignInPolicy, password: str
) -> None:
    """A letter would be good for a sign-in, or a short one for nothing."""
    for proven, happened in ((False, Input.CREDENTIAL_ACCEPTED), (True, Input.CREDENTIAL_OF_PROVEN_PERSON)):
        expected = (Purpose.ONBOARDING, happened)
        assert expected == opened(policy, password, NO_APP, proven=proven, status=AccountStatus.ISSUED)


def test_r2_1_a_portal_may_ask_for_longer_ones() -> None:
    """A stricter policy would not be looked at when somebody signs in."""
    passwords = PasswordPolicy(minimum_length=20, minimum_length_beside_factor=12)
    rules = Rules(replace(FOR_TESTS, passwords=passwords), KEYRING)
    holder = Holder(an_account(status=AccountStatus.ACTIVE), None, NO_APP)
    assert CHANGES == opens(rules, holder, "x" * 19, proven=False)
    assert COMPLETES == opens(rules, holder, "x" * 20, proven=False)
