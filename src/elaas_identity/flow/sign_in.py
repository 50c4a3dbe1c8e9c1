"""Username and password: charged before they are looked at, and answered alike for every name that fails.

With an issued credential they begin an onboarding; with the person's own password, a sign-in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from elaas_identity.accounts.account import AccountRecord, AccountStatus, BindingRecord
from elaas_identity.change import Budget, Change, Charge, Key
from elaas_identity.errors import Refused
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, account_unchanged, advance, flow_event
from elaas_identity.flow.events import Event
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.steps import SignedIn
from elaas_identity.flow.transitions import Input, Purpose, Stage
from elaas_identity.passwords.preparation import prepare, prepare_username
from elaas_identity.person.assurance import Assurance
from elaas_identity.person.verified import VerifiedIdentity


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """A username as submitted: under which keys its account may be found, and what the attempt is charged to."""

    keys: tuple[Key[AccountRecord], ...]
    charges: tuple[Charge, ...]
    consecutive: Budget


def attempt(rules: Rules, moment: Moment, username: str, address: str | None) -> SignInAttempt:
    """The attempt, whether or not there is such a name."""
    prepared = prepare_username(username)
    of_name = budgets.username_failures(rules.policy, rules.keyring, prepared)
    of_client = () if address is None else (budgets.client_failures(rules.policy, rules.keyring, address),)
    return SignInAttempt(
        keys=account_keys(rules, prepared),
        charges=budgets.charges(moment, (*of_name, *of_client)),
        consecutive=of_name[-1],
    )


def account_keys(rules: Rules, prepared_username: str) -> tuple[Key[AccountRecord], ...]:
    """Where the account of a username may stand: under every accepted key."""
    return tuple(
        Key(AccountRecord, index, field="username_index")
        for index in rules.keyring.indexes("username", prepared_username)
    )


def submitted_password(password: str) -> str:
    """The password in the form that is hashed; one that cannot be prepared becomes one that nothing matches.

    It is not told apart from a wrong one, in words or in work.
    """
    try:
        return prepare(password)
    except Refused:
        return "\x00"


def may_sign_in(account: AccountRecord | None) -> bool:
    """Whether the account's password is looked at at all; a decoy's is where not (ASVS 6.3.8)."""
    return account is not None and account.status in (AccountStatus.ISSUED, AccountStatus.ACTIVE)


def is_expired(account: AccountRecord, now: datetime) -> bool:
    """Whether the issued password has run out (ASVS 6.4.1)."""
    return (
        account.password_is_issued
        and account.password_expires_at is not None
        and now >= account.password_expires_at
    )


def refunded(tried: SignInAttempt) -> Change:
    """The password was right: the failure that was charged beforehand did not happen."""
    return Change(refunds=tried.charges, clears=(tried.consecutive,))


def begun(
    rules: Rules,
    tried: SignInAttempt,
    account: AccountRecord,
    moment: Moment,
    *,
    prepared: str,
    browser_digest: str,
    flow_id: str,
    upgraded_hash: str | None,
) -> tuple[Change, FlowRecord]:
    """The flow that a right password begins: an onboarding, a sign-in, or a change of a password too short by now."""
    onboarding = account.status is AccountStatus.ISSUED
    fits = len(prepared) >= rules.policy.passwords.minimum_length
    start = FlowRecord(
        id=flow_id,
        purpose=Purpose.ONBOARDING if onboarding else Purpose.SIGN_IN,
        stage=Stage.START,
        account_id=account.id,
        account_epoch=account.epoch,
        browser_digest=browser_digest,
        created_at=moment.now,
        expires_at=moment.now + rules.policy.flow_lifetime,
        password_fingerprint=rules.keyring.digest("password", account.id, prepared),
    )
    happened = Input.CREDENTIAL_ACCEPTED if onboarding or fits else Input.CREDENTIAL_TOO_WEAK
    flow, event = advance(start, happened, moment)
    inserts: tuple[FlowRecord | Event, ...] = (flow, replace(event, binding_id=account.binding_id))
    change = Change(
        inserts=inserts,
        charges=budgets.charges(moment, (budgets.flows_begun(rules.policy, account),)) if onboarding else (),
        refunds=tried.charges,
        clears=(tried.consecutive,),
    )
    if upgraded_hash is None:
        return replace(change, expects=(account_unchanged(account),)), flow
    # Not a change of password: the epoch stays, and no flow or session ends by it (R2.5).
    upgraded = replace(account, password_hash=upgraded_hash, updated_at=moment.now)
    told = flow_event(moment, "password_hash.upgraded", flow)
    return replace(change, writes=(upgraded,), inserts=(*inserts, told)), flow


def signed_in(rules: Rules, account: AccountRecord, binding: BindingRecord, now: datetime) -> SignedIn:
    """What the portal is given, once.

    Raises:
        Misconfigured: `keyring`, when the key that sealed the person is not in the keyring.
    """
    person = VerifiedIdentity.restored(
        rules.keyring.open(f"binding.identity:{binding.id}", binding.identity_sealed)
    )
    return SignedIn(
        account=account.view(rules.keyring),
        person=person,
        binding_id=binding.id,
        # The mailbox is never a factor (SP 800-63B-4 §3.1.3.1): what signed in is a password.
        assurance=Assurance(ial=person.ial, methods=("pwd",), auth_time=now),
        credential_version=account.credential_version,
    )
