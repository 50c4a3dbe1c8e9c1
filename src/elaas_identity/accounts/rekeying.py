"""Records moved to the keyring's current key, so that an older one can be retired (R7.4)."""

from __future__ import annotations

from dataclasses import replace

from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord, rekeyed
from elaas_identity.change import Change, Done, Key
from elaas_identity.effects import Act, commit, load
from elaas_identity.errors import Misconfigured
from elaas_identity.flow.advance import Rules
from elaas_identity.keyring import Keyring
from elaas_identity.passwords.preparation import prepare_username
from elaas_identity.person.verified import VerifiedIdentity, subject_of


def rekey(rules: Rules, retired: str) -> Act[int]:
    """Move every account, binding and authenticator app that stands under the key `retired` to the current one.

    Returns:
        How many records were moved; none are left.

    Raises:
        Misconfigured: `keyring`, when `retired` is the current key, or is not in the keyring any more.
    """
    keyring = rules.keyring
    if retired == keyring.current:
        raise Misconfigured("keyring", detail="promote another key before this one is retired")
    moved = 0
    accounts = Key(AccountRecord, retired, field="key_id")
    bindings = Key(BindingRecord, retired, field="key_id")
    apps = Key(AuthenticatorRecord, retired, field="key_id")
    while True:
        read = yield from load(accounts, bindings, apps)
        changes = [
            *(Change(writes=(rekeyed_account(keyring, account),)) for account in read.all(accounts)),
            *(Change(writes=(rekeyed_binding(keyring, binding),)) for binding in read.all(bindings)),
            *(Change(writes=(rekeyed(keyring, app),)) for app in read.all(apps)),
        ]
        if not changes:
            return moved
        for change in changes:
            # One that somebody else is writing just now is met again in the next round.
            moved += isinstance((yield from commit(change)), Done)


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
        issued_fingerprint=None,
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
