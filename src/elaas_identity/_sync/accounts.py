# Generated from _async/accounts.py by scripts/unasync.py. Do not edit: edit that file and run it.
"""`elaas.accounts`: provisioning, and what is done to many accounts or to a person; the acts on one are its base."""

from __future__ import annotations

from collections.abc import Iterable

from elaas_identity._sync.acting import Signed
from elaas_identity._sync.administration import Administration
from elaas_identity._sync.shell import MOST_CONFLICTS
from elaas_identity._sync.traceless import traceless
from elaas_identity.accounts import administration, erasure
from elaas_identity.accounts.account import Account, AccountRecord, BindingRecord
from elaas_identity.accounts.provisioning import NewAccount, Provisioned, account_record
from elaas_identity.accounts.rekeying import rekeyed_account, rekeyed_binding
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord, rekeyed
from elaas_identity.change import Change, Done, Key
from elaas_identity.errors import Misconfigured, ProviderFailed, Refused
from elaas_identity.flow import sign_in
from elaas_identity.mail.address import parse_email
from elaas_identity.passwords.preparation import is_username, prepare_username
from elaas_identity.person.national_id import NationalID


class Accounts(Administration):
    """Provisioning and the administrator's acts, by account id."""

    @traceless
    def provision(self, new: Iterable[NewAccount], *, by: str, reason: str) -> list[Provisioned]:
        """Insert the accounts of a list. One whose username is there already is left as it is: a list may be run twice.

        Costs one Argon2 for each account that is given a `password`. Each account is a commit of its own, so a run
        that stops half-way is finished by running it again.

        Raises:
            Refused: `account_invalid`, with the field; the accounts before it have been provisioned.
        """
        signed = self._acting.signed_for(by, reason)
        with self._acting.telling(**signed):
            return [self._provision(one, signed) for one in new]

    @traceless
    def find(self, username: str) -> Account | None:
        """The account of that username, if there is one."""
        found = self._found(username)
        return None if found is None else found.view(self._rules.keyring)

    @traceless
    def erase_person(self, national_id: NationalID, *, by: str, reason: str) -> tuple[str, ...]:
        """Erase a person from every binding they had (PDPA s.33): identity, address, authenticator app.

        The bindings stay, as ids and times, so that old records go on pointing at somebody; an event tells that each
        was erased. Flows that the person left unfinished go with the next `purge`. It may be run again.

        Returns:
            The ids of the bindings, for `elaas.audit.erase_events(binding_id=…)`.

        Raises:
            Refused: `account_status`, while the person holds an account: close it, or hand it over, first;
                `account_invalid` when `by` or `reason` is missing.
        """
        signed = self._acting.signed_for(by, reason)
        keys = [
            Key(BindingRecord, index, field="person_index")
            for index in self._rules.keyring.indexes("person", national_id.reveal())
        ]
        moment = self._shell.moment()
        with self._acting.telling(**signed):
            for _ in range(MOST_CONFLICTS):
                read = self._shell.load(*keys)
                bindings = [binding for key in keys for binding in read.all(key)]
                apps = [Key(AuthenticatorRecord, binding.id) for binding in bindings]
                found = self._shell.load(*apps)
                changes = [
                    erasure.erased(binding, found.one(app), moment, **signed)
                    for binding, app in zip(bindings, apps, strict=True)
                ]
                if not changes:
                    return ()
                whole = Change(
                    writes=tuple(record for change in changes for record in change.writes),
                    inserts=tuple(record for change in changes for record in change.inserts),
                )
                if isinstance(self._shell.commit(whole), Done):
                    return tuple(binding.id for binding in bindings)
        raise ProviderFailed("store_contended")

    def rekey(self, retired: str) -> int:
        """Move every account, binding and app that stands under the key `retired` to the current one (R7.4).

        For after a rotation: accept the new key everywhere, promote it everywhere, run this, wait until the last flow
        begun under the old key has expired, then take the old key out. It may be run again, and beside everything
        else. Budgets begin anew under the new key.

        Returns:
            How many records were moved; none are left when it returns.

        Raises:
            Misconfigured: `keyring`, when `retired` is the current key, or is not in the keyring any more.
        """
        keyring = self._rules.keyring
        if retired == keyring.current:
            raise Misconfigured("keyring", detail="promote another key before this one is retired")
        moved = 0
        accounts = Key(AccountRecord, retired, field="key_id")
        bindings = Key(BindingRecord, retired, field="key_id")
        apps = Key(AuthenticatorRecord, retired, field="key_id")
        while True:
            read = self._shell.load(accounts, bindings, apps)
            changes = [
                *(Change(writes=(rekeyed_account(keyring, account),)) for account in read.all(accounts)),
                *(Change(writes=(rekeyed_binding(keyring, binding),)) for binding in read.all(bindings)),
                *(Change(writes=(rekeyed(keyring, app),)) for app in read.all(apps)),
            ]
            if not changes:
                return moved
            for change in changes:
                # One that somebody else is writing just now is met again in the next round.
                moved += isinstance(self._shell.commit(change), Done)

    def _found(self, username: str) -> AccountRecord | None:
        keys = sign_in.account_keys(self._rules, prepare_username(username))
        read = self._shell.load(*keys)
        return next((account for key in keys for account in read.all(key)), None)

    def _provision(self, new: NewAccount, signed: Signed) -> Provisioned:
        new.check()
        if not is_username(prepare_username(new.username)):
            raise Refused(
                "account_invalid", field="username", detail="RFC 8265 does not allow it as a username"
            )
        contact = None if new.contact is None else parse_email(new.contact, self._rules.policy.email).value
        there = self._found(new.username)
        if there is not None:
            return Provisioned(there.view(self._rules.keyring), created=False)
        moment = self._shell.moment()
        account = account_record(
            new,
            account_id=moment.id("account"),
            keyring=self._rules.keyring,
            prepared_username=prepare_username(new.username),
            password_hash=new.password_hash or self._hash(new.password or ""),
            contact=contact,
            lifetime=self._rules.policy.issued_credential_lifetime,
            now=moment.now,
        )
        outcome = self._shell.commit(administration.provisioned(account, moment, **signed))
        if isinstance(outcome, Done):
            return Provisioned(account.view(self._rules.keyring), created=True)
        there = self._found(new.username)  # another import was faster
        if there is None:
            raise ProviderFailed("store_contended")
        return Provisioned(there.view(self._rules.keyring), created=False)
