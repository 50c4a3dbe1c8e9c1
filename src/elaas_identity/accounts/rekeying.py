"""Records moved to the keyring's current key, so that an older one can be retired (R7.4)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

from elaas_identity.accounts.account import AccountRecord, AccountStatus, BindingRecord
from elaas_identity.authenticator_app import authenticator
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.change import Change, Done, Key
from elaas_identity.effects import Act, commit, load, read_clock
from elaas_identity.errors import Misconfigured, ProviderFailed
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules
from elaas_identity.flow.opening import MOST_CONFLICTS
from elaas_identity.keyring import Keyring
from elaas_identity.passwords.preparation import prepare_username
from elaas_identity.person.verified import VerifiedIdentity, subject_of
from elaas_identity.sessions import records
from elaas_identity.sessions.records import SessionRecord

MOST_ROUNDS = 10
"""How often what stands under a retired key is looked for again. Our choice: a round that finds some although the one
before it moved all means that a machine still writes under that key."""

Moved: TypeAlias = AccountRecord | BindingRecord | AuthenticatorRecord | SessionRecord


def rekey(rules: Rules, retired: str) -> Act[int]:
    """Move every account, binding, app and session that stands under the key `retired` to the current one.

    Returns:
        How many records were moved; none are left.

    Raises:
        Misconfigured: `keyring`, when `retired` is the current key, or is not in the keyring any more; when two
            accounts have one username; when another machine still writes under the retired key.
    """
    keyring = rules.keyring
    if retired == keyring.current:
        raise Misconfigured("keyring", detail="promote another key before this one is retired")
    # A keyring without it is now good enough to provision by.
    freed = budgets.under(keyring, retired, (yield from read_clock()))
    if not isinstance((yield from commit(Change(refunds=(freed,)))), Done):
        raise ProviderFailed("store_contended")
    moved = 0
    for _ in range(MOST_ROUNDS):
        found = 0
        for record_type in (AccountRecord, BindingRecord, AuthenticatorRecord, SessionRecord):
            key: Key[Any] | None = Key(record_type, retired, field="key_id")
            while key is not None:
                page = (yield from load(key)).all(key)
                for record in page:
                    moved += yield from _move(keyring, record, retired)
                found += len(page)
                key = key.next(page)
        if not found:
            return moved
    raise Misconfigured(
        "keyring", detail=f"records are still written under key '{retired}': promote the other one everywhere"
    )


def _move(keyring: Keyring, record: Moved, retired: str) -> Act[bool]:
    """Move one record; whether it was us who did."""
    key = Key(type(record), record.id)
    for _ in range(MOST_CONFLICTS):
        renewed = _rekeyed(keyring, record)
        if isinstance(renewed, AccountRecord) and (yield from _is_taken(renewed)):
            # Two machines with keys that the other did not know have each made it, before that was refused.
            if renewed.status is not AccountStatus.CLOSED:
                raise Misconfigured(
                    "keyring",
                    detail=f"another account has the username of account {record.id}: close one, and run this again",
                )
            renewed = replace(renewed, username_index=keyring.index("username.closed", record.id))
        if isinstance((yield from commit(Change(writes=(renewed,)))), Done):
            return True
        again = (yield from load(key)).one(key)
        if again is None or again.key_id != retired:
            return False
        record = again
    raise ProviderFailed("store_contended")


def _is_taken(account: AccountRecord) -> Act[bool]:
    key = Key(AccountRecord, account.username_index, field="username_index")
    found = (yield from load(key)).one(key)
    return found is not None and found.id != account.id


def _rekeyed(keyring: Keyring, record: Moved) -> Moved:
    if isinstance(record, AccountRecord):
        return rekeyed_account(keyring, record)
    if isinstance(record, BindingRecord):
        return rekeyed_binding(keyring, record)
    if isinstance(record, SessionRecord):
        return records.rekeyed(keyring, record)
    return authenticator.rekeyed(keyring, record)


def rekeyed_account(keyring: Keyring, account: AccountRecord) -> AccountRecord:
    """The same account, indexed and sealed anew under the current key.

    Raises:
        Misconfigured: `keyring`, when the key it stands under is not in the keyring any more.
    """

    def resealed(context: str, sealed: str | None) -> str | None:
        return None if sealed is None else keyring.seal(context, keyring.open(context, sealed))

    username = keyring.open(f"account.username:{account.id}", account.username_sealed)
    person = (
        None
        if account.expected_person_sealed is None
        else keyring.open(f"account.person:{account.id}", account.expected_person_sealed)
    )
    return replace(
        account,
        key_id=keyring.current,
        username_index=keyring.index("username", prepare_username(username)),
        username_sealed=keyring.seal(f"account.username:{account.id}", username),
        expected_person_index=None if person is None else keyring.index("person", person),
        expected_person_sealed=resealed(f"account.person:{account.id}", account.expected_person_sealed),
        contact_sealed=resealed(f"account.contact:{account.id}", account.contact_sealed),
        # A digest cannot change its key: with the old one goes what it was compared by.
        issued_fingerprint=(
            account.issued_fingerprint
            if account.issued_fingerprint and keyring.is_current(account.issued_fingerprint)
            else None
        ),
        password_fingerprints=tuple(filter(keyring.is_current, account.password_fingerprints)),
    )


def rekeyed_binding(keyring: Keyring, binding: BindingRecord) -> BindingRecord:
    """The same binding, indexed and sealed anew under the current key.

    Raises:
        Misconfigured: as `rekeyed_account`.
    """
    if binding.erased_at is not None:
        return replace(binding, key_id=keyring.current)
    identity = VerifiedIdentity.restored(
        keyring.open(f"binding.identity:{binding.id}", binding.identity_sealed)
    )
    email = keyring.open(f"binding.email:{binding.id}", binding.email_sealed)
    return replace(
        binding,
        key_id=keyring.current,
        person_index=keyring.index("person", identity.national_id.reveal()),
        subject_index=keyring.index("subject", subject_of(identity)),
        identity_sealed=keyring.seal(f"binding.identity:{binding.id}", identity.serialised()),
        email_sealed=keyring.seal(f"binding.email:{binding.id}", email),
    )
