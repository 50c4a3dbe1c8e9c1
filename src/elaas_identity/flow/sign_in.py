"""Username and password: charged before they are looked at, and answered alike for every name that fails.

With an issued credential they begin an onboarding; with the person's own password, a sign-in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from elaas_identity.accounts.account import AccountRecord, AccountStatus, BindingRecord
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.change import Budget, Change, Charge, Key
from elaas_identity.errors import Refused
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, Seen, account_unchanged, advance, flow_event
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.outcomes import SignedIn
from elaas_identity.flow.person_first import begun_by
from elaas_identity.flow.policy import SignInPolicy
from elaas_identity.flow.standing import identity_of, opens_now
from elaas_identity.flow.transitions import Input, Purpose, Stage
from elaas_identity.passwords.preparation import prepare, prepare_username
from elaas_identity.person.assurance import THAID, Assurance
from elaas_identity.person.verified import VerifiedIdentity


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """A username as submitted: under which keys its account may be found, what the attempt is charged to, and what a
    right password clears."""

    keys: tuple[Key[AccountRecord], ...]
    charges: tuple[Charge, ...]
    clears: tuple[Budget, ...]


def attempt(rules: Rules, moment: Moment, username: str, address: str | None) -> SignInAttempt:
    """The attempt, whether or not there is such a name."""
    prepared = prepare_username(username)
    of_name = budgets.username_failures(rules.policy, rules.keyring, prepared)
    of_client = () if address is None else (budgets.client_failures(rules.policy, rules.keyring, address),)
    return SignInAttempt(
        keys=account_keys(rules, prepared),
        charges=budgets.charges(moment, (*of_name, *of_client)),
        clears=of_name[-1:],
    )


def attempt_of_person(rules: Rules, moment: Moment, username: str, proven: Seen) -> SignInAttempt:
    """The attempt of somebody whom the identity provider has proven: counted by who they are, and by nothing else, so
    that no guesser's failures are theirs (R4.1)."""
    prepared = prepare_username(username)
    assert proven.flow.person_index is not None
    of_person = budgets.person_failures(rules.policy, proven.flow.person_index)
    return SignInAttempt(
        keys=account_keys(rules, prepared),
        charges=budgets.charges(moment, of_person),
        clears=budgets.username_failures(rules.policy, rules.keyring, prepared)[-1:],
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
    return Change(refunds=tried.charges, clears=tried.clears)


def opens(
    rules: Rules,
    account: AccountRecord,
    prepared: str,
    authenticator: AuthenticatorRecord | None,
    *,
    proven: bool,
) -> tuple[Purpose, Input]:
    """What a right password is good for, by the account's status and its sign-in policy.

    Raises:
        Refused: `password_outdated`, for one that is too short by now where it is not the only factor: it alone must
            not set another.
    """
    if account.status is AccountStatus.ISSUED:
        return (
            Purpose.ONBOARDING,
            Input.CREDENTIAL_OF_PROVEN_PERSON if proven else Input.CREDENTIAL_ACCEPTED,
        )
    policy = rules.policy.sign_in_of(account.kind)
    if len(prepared) < rules.policy.passwords_of(account.kind).minimum_length:
        if policy is not SignInPolicy.PASSWORD:
            raise Refused("password_outdated", field="password")
        return Purpose.SIGN_IN, Input.CREDENTIAL_TOO_WEAK
    if policy is SignInPolicy.PASSWORD_AND_TOTP:
        if authenticator is None or not authenticator.is_confirmed:
            return Purpose.AUTHENTICATOR, Input.CREDENTIAL_ACCEPTED
        return Purpose.SIGN_IN, Input.CREDENTIAL_AWAITS_AUTHENTICATOR
    if policy is SignInPolicy.PASSWORD or proven:
        return Purpose.SIGN_IN, Input.CREDENTIAL_ACCEPTED
    return Purpose.SIGN_IN, Input.CREDENTIAL_AWAITS_IDENTITY


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
    authenticator: AuthenticatorRecord | None = None,
    proven: Seen | None = None,
) -> tuple[Change, FlowRecord]:
    """The flow that a right password begins: see `opens`.

    Args:
        authenticator: the app of the account's person, where they have one.
        proven: the flow that has proven the person beforehand, which this ends.

    Raises:
        Refused: as `opens`.
    """
    purpose, happened = opens(rules, account, prepared, authenticator, proven=proven is not None)
    start = FlowRecord(
        id=flow_id,
        purpose=purpose,
        stage=Stage.START,
        account_id=account.id,
        account_epoch=account.epoch,
        browser_digest=browser_digest,
        created_at=moment.now,
        expires_at=moment.now + rules.policy.flow_lifetime,
        password_fingerprint=rules.keyring.digest("password", account.id, prepared),
    )
    if proven is not None:
        start = _of_proven(rules, start, proven)
    flow, event = advance(start, happened, moment)
    onboarding = purpose is Purpose.ONBOARDING
    change = Change(
        inserts=(flow, replace(event, binding_id=account.binding_id)),
        charges=budgets.charges(moment, (budgets.flows_begun(rules.policy, account),)) if onboarding else (),
        refunds=tried.charges,
        clears=tried.clears,
    )
    if proven is not None:
        change = _ending(change, proven, Input.CREDENTIAL_ACCEPTED, account, moment)
    if upgraded_hash is None:
        return replace(change, expects=(account_unchanged(account),)), flow
    # Not a change of password: the epoch stays, and no flow or session ends by it (R2.5).
    upgraded = replace(account, password_hash=upgraded_hash, updated_at=moment.now)
    told = flow_event(moment, "password_hash.upgraded", flow)
    return replace(change, writes=(*change.writes, upgraded), inserts=(*change.inserts, told)), flow


def begun_without_password(
    rules: Rules, proven: Seen, account_id: str, moment: Moment, *, browser_digest: str
) -> tuple[Change, FlowRecord, AccountRecord]:
    """The sign-in to an account that opens by the identity provider's word alone.

    Raises:
        Refused: `account_unknown`, for one that is not the person's, or does not open so.
    """
    for account, binding in opens_now(rules, proven):
        if account.id == account_id:
            start = FlowRecord(
                id=begun_by(proven.flow.id),
                purpose=Purpose.SIGN_IN,
                stage=Stage.START,
                account_id=account.id,
                account_epoch=account.epoch,
                browser_digest=browser_digest,
                created_at=moment.now,
                expires_at=moment.now + rules.policy.flow_lifetime,
                password_fingerprint="",
            )
            flow, event = advance(start, Input.ACCOUNT_CHOSEN, moment)
            change = Change(
                inserts=(flow, replace(event, binding_id=binding.id)), expects=(account_unchanged(account),)
            )
            return _ending(change, proven, Input.ACCOUNT_CHOSEN, account, moment), flow, account
    raise Refused("account_unknown", field="account")


def _of_proven(rules: Rules, start: FlowRecord, proven: Seen) -> FlowRecord:
    """The new flow goes on with whom the one before it has proven; what is sealed is sealed for it anew."""
    identity = identity_of(rules, proven)
    return replace(
        start,
        identity_sealed=rules.keyring.seal(f"flow.identity:{start.id}", identity.serialised()),
        person_index=proven.flow.person_index,
        subject_index=proven.flow.subject_index,
    )


def _ending(change: Change, proven: Seen, happened: Input, account: AccountRecord, moment: Moment) -> Change:
    """The flow that proved the person has done its work, in the same commit: it begins one thing, once."""
    ended, event = advance(proven.flow, happened, moment, account_id=account.id, account_epoch=account.epoch)
    return replace(change, writes=(*change.writes, ended), inserts=(*change.inserts, event))


def signed_in(
    rules: Rules,
    account: AccountRecord,
    binding: BindingRecord,
    now: datetime,
    methods: tuple[str, ...],
    proven: VerifiedIdentity | None = None,
) -> SignedIn:
    """What the portal is given, once.

    Args:
        methods: what signed in, as `amr` values. The mailbox is never among them (SP 800-63B-4 §3.1.3.1).
        proven: whom the identity provider has just proven, where it was asked.

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
        assurance=assurance_of(person, methods, now)
        if proven is None
        else assurance_of(proven, methods, now),
        credential_version=account.credential_version,
    )


def assurance_of(identity: VerifiedIdentity, methods: tuple[str, ...], now: datetime) -> Assurance:
    """What a sign-in rests on; it happened when the person proved themselves, which is before `now`."""
    proven_at = identity.auth_time or identity.verified_at if THAID in methods else now
    return Assurance(ial=identity.ial, methods=methods, auth_time=min(proven_at, now))
