"""Judges what the identity provider has proven: well and freshly enough, and the right person."""

from __future__ import annotations

from datetime import datetime, timedelta

from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.errors import Misconfigured, RefusedCode
from elaas_identity.flow.advance import Rules
from elaas_identity.flow.flow import AttemptRecord
from elaas_identity.flow.policy import FlowPolicy
from elaas_identity.person.assurance import THAID, Assurance
from elaas_identity.person.verified import VerifiedIdentity, subject_of

FRESH_LOGIN = timedelta(seconds=60)
"""The `max_age` asked for: an old session at the identity provider is no fresh proof (R1.6)."""


def require_evidence(policy: FlowPolicy, identity_provider: object) -> None:
    """Check that the provider's configuration can give what the policy wants; one that does not say is believed.

    Raises:
        Misconfigured: `identity_provider_settings`: every person would be refused, and told to enrol again.
    """
    if policy.minimum_ial is not None and getattr(identity_provider, "states_ial", True) is False:
        raise Misconfigured(
            "identity_provider_settings",
            detail=f"scopes must hold ial: FlowPolicy.minimum_ial is {policy.minimum_ial} (None asks for no level)",
        )


def judge_evidence(rules: Rules, attempt: AttemptRecord, identity: VerifiedIdentity) -> RefusedCode | None:
    """Whether the person is proven well and freshly enough; the reason where not.

    Asked before `judge_person`, so that weak evidence never tells whom an account expects.
    """
    policy = rules.policy
    if policy.minimum_ial is not None and (identity.ial is None or identity.ial < policy.minimum_ial):
        return "identity_assurance_low"
    if identity.auth_time is None:
        if policy.absent_auth_time == "refuse":
            return "identity_stale"
    elif identity.auth_time < attempt.created_at - policy.identity_freshness:
        return "identity_stale"
    return None


def judge_person(
    rules: Rules, account: AccountRecord, binding: BindingRecord | None, identity: VerifiedIdentity
) -> RefusedCode | None:
    """Whether this is the account's person; the reason where not."""
    keyring = rules.keyring
    if account.expected_person_index is not None:
        if not keyring.same_index(account.expected_person_index, "person", identity.national_id.reveal()):
            return "person_mismatch"
    elif not account.first_use:
        return "person_mismatch"
    # A person is (issuer, subject) and national ID: the one who was bound before is the same in both (R1.4).
    if binding is not None and not keyring.same_index(binding.subject_index, "subject", subject_of(identity)):
        return "person_mismatch"
    return None


def assurance_of(identity: VerifiedIdentity, methods: tuple[str, ...], now: datetime) -> Assurance:
    """What a sign-in rests on. It happened when the person proved themselves, which is before `now`."""
    proven_at = identity.auth_time or identity.verified_at if THAID in methods else now
    return Assurance(ial=identity.ial, methods=methods, auth_time=min(proven_at, now))
