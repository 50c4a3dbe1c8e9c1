# Generated from _async/accounts.py by scripts/unasync.py. Do not edit: edit that file and run it.
"""What an administrator does: `elaas.accounts`. Every act has `by` and `reason`, and leaves an event."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager

from elaas_identity._sync.shell import MOST_CONFLICTS, Shell
from elaas_identity._sync.traceless import traceless
from elaas_identity.accounts.account import Account, AccountRecord, BindingRecord
from elaas_identity.accounts.provisioning import NewAccount, Person, Provisioned, Reissued, account_record
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord, rekeyed
from elaas_identity.change import Change, Done, Key
from elaas_identity.errors import Misconfigured, ProviderFailed, Refused
from elaas_identity.flow import administration, sign_in
from elaas_identity.flow.moment import is_id
from elaas_identity.flow.rekeying import rekeyed_account, rekeyed_binding
from elaas_identity.one_time_code.email_address import parse_email
from elaas_identity.passwords.hashing import PasswordHashing
from elaas_identity.passwords.issued import generate_issued_password
from elaas_identity.passwords.preparation import is_username, prepare, prepare_username
from elaas_identity.providers.hash_workers import HashWorkers


class Accounts:
    """Provisioning and the administrator's acts, by account id."""

    def __init__(self, shell: Shell, hashing: PasswordHashing, workers: HashWorkers) -> None:
        self._shell = shell
        self._rules = shell.rules
        self._hashing = hashing
        self._workers = workers

    @traceless
    def provision(self, new: Iterable[NewAccount], *, by: str, reason: str) -> list[Provisioned]:
        """Insert the accounts of a list. One whose username is there already is left as it is: a list may be run twice.

        Costs one Argon2 for each account that is given a `password`. Each account is a commit of its own, so a run
        that stops half-way is finished by running it again.

        Raises:
            Refused: `account_invalid`, with the field; the accounts before it have been provisioned.
        """
        by, reason = self._signed_for(by, reason)
        with self._telling(by=by, reason=reason):
            return [self._provision(one, by=by, reason=reason) for one in new]

    @traceless
    def find(self, username: str) -> Account | None:
        """The account of that username, if there is one."""
        found = self._found(username)
        return None if found is None else found.view(self._rules.keyring)

    @traceless
    def reissue(self, account_id: str, *, by: str, reason: str) -> Reissued:
        """A fresh issued password: for a letter that was lost, or a person who cannot get in any more.

        The old password ends, and every flow and budget of the account with it. The account's person stays who it
        was: they onboard once more, through ThaID.

        Raises:
            Refused: `account_unknown`; `account_status` for an account that is suspended or closed; `account_invalid`
                when `by` or `reason` is missing.
        """
        by, reason = self._signed_for(by, reason)
        password = generate_issued_password(self._shell.random.below)
        password_hash = self._hash(password)
        moment = self._shell.moment()
        account = self._act(
            account_id,
            by,
            reason,
            lambda stands, _: administration.reissued(
                self._rules, stands, moment, password_hash=password_hash, by=by, reason=reason
            ),
        )
        assert account.password_expires_at is not None
        return Reissued(account.view(self._rules.keyring), password, account.password_expires_at)

    @traceless
    def unlock(self, account_id: str, *, by: str, reason: str) -> Account:
        """Clear the account's budgets: wrong passwords, wrong one-time codes, flows begun. Its password stays.

        Raises:
            Refused: as `reissue`.
        """
        by, reason = self._signed_for(by, reason)
        moment = self._shell.moment()
        account = self._act(
            account_id,
            by,
            reason,
            lambda stands, _: administration.unlocked(self._rules, stands, moment, by=by, reason=reason),
        )
        return account.view(self._rules.keyring)

    @traceless
    def suspend(self, account_id: str, *, by: str, reason: str) -> Account:
        """Nobody signs in to it, and its flows end, until it is restored. It answers like a name that does not exist.

        The portal drops the account's sessions: an act of an administrator bumps the account's `epoch`.

        Raises:
            Refused: `account_unknown`; `account_status` when it is suspended or closed already; `account_invalid` when
                `by` or `reason` is missing.
        """
        by, reason = self._signed_for(by, reason)
        moment = self._shell.moment()
        account = self._act(
            account_id,
            by,
            reason,
            lambda stands, _: administration.suspended(self._rules, stands, moment, by=by, reason=reason),
        )
        return account.view(self._rules.keyring)

    @traceless
    def restore(self, account_id: str, *, by: str, reason: str) -> Account:
        """The account is again what it was before it was suspended: its person and its password are the same.

        Raises:
            Refused: as `suspend`; `account_status` when it is not suspended.
        """
        by, reason = self._signed_for(by, reason)
        moment = self._shell.moment()
        account = self._act(
            account_id,
            by,
            reason,
            lambda stands, _: administration.restored(self._rules, stands, moment, by=by, reason=reason),
        )
        return account.view(self._rules.keyring)

    @traceless
    def close(self, account_id: str, *, by: str, reason: str) -> Account:
        """The end of an account: nobody signs in to it again, and no act opens it. Its history stays.

        Raises:
            Refused: as `suspend`.
        """
        by, reason = self._signed_for(by, reason)
        moment = self._shell.moment()
        account = self._act(
            account_id,
            by,
            reason,
            lambda stands, binding: administration.closed(
                self._rules, stands, binding, moment, by=by, reason=reason
            ),
        )
        return account.view(self._rules.keyring)

    @traceless
    def hand_over(self, account_id: str, person: Person, *, by: str, reason: str) -> Reissued:
        """The officer has moved: the account passes to `person`, who onboards with the fresh issued password.

        The old binding ends and is kept, so that old records go on pointing at the officer who made them; the new
        officer gets a binding of their own. Works on a suspended account too, which is then issued.

        Raises:
            Refused: as `suspend`; `account_status` when it is closed.
        """
        by, reason = self._signed_for(by, reason)
        password = generate_issued_password(self._shell.random.below)
        password_hash = self._hash(password)
        moment = self._shell.moment()
        account = self._act(
            account_id,
            by,
            reason,
            lambda stands, binding: administration.handed_over(
                self._rules,
                stands,
                binding,
                moment,
                person=person,
                password_hash=password_hash,
                by=by,
                reason=reason,
            ),
        )
        assert account.password_expires_at is not None
        return Reissued(account.view(self._rules.keyring), password, account.password_expires_at)

    @traceless
    def set_expected(self, account_id: str, person: Person, *, by: str, reason: str) -> Account:
        """Correct whom an issued account opens for, before anybody has taken it up. Its password stays.

        Raises:
            Refused: as `suspend`; `account_status` when somebody is bound: only a hand-over ends that (R1.3).
        """
        by, reason = self._signed_for(by, reason)
        moment = self._shell.moment()
        account = self._act(
            account_id,
            by,
            reason,
            lambda stands, _: administration.expected_set(
                self._rules, stands, moment, person=person, by=by, reason=reason
            ),
        )
        return account.view(self._rules.keyring)

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

    def _signed_for(self, by: str, reason: str) -> tuple[str, str]:
        with self._telling():
            return administration.signed_for(by, reason)

    @contextmanager
    def _telling(
        self, *, account_id: str | None = None, by: str | None = None, reason: str | None = None
    ) -> Generator[None]:
        """A refused act of an administrator is told of, like any other refusal (R7.1)."""
        try:
            yield
        except Refused as refused:
            named = account_id if account_id is not None and is_id(account_id) else None
            self._shell.tell_refused(
                self._shell.moment(), "account.refused", refused, account_id=named, by=by, reason=reason
            )
            raise

    def _found(self, username: str) -> AccountRecord | None:
        keys = sign_in.account_keys(self._rules, prepare_username(username))
        read = self._shell.load(*keys)
        return next((account for key in keys for account in read.all(key)), None)

    def _provision(self, new: NewAccount, *, by: str, reason: str) -> Provisioned:
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
        outcome = self._shell.commit(administration.provisioned(account, moment, by=by, reason=reason))
        if isinstance(outcome, Done):
            return Provisioned(account.view(self._rules.keyring), created=True)
        there = self._found(new.username)  # another import was faster
        if there is None:
            raise ProviderFailed("store_contended")
        return Provisioned(there.view(self._rules.keyring), created=False)

    def _hash(self, password: str) -> str:
        prepared, salt = prepare(password), self._shell.random.token_bytes(16)
        return self._workers.run(lambda: self._hashing.hash(prepared, salt))

    def _act(
        self,
        account_id: str,
        by: str,
        reason: str,
        decide: Callable[[AccountRecord, BindingRecord | None], Change],
    ) -> AccountRecord:
        """Reload and reapply until it is done: an administrator's act is not lost to somebody else's."""
        if not is_id(account_id):
            raise Refused("account_unknown")
        key = Key(AccountRecord, account_id)
        with self._telling(account_id=account_id, by=by, reason=reason):
            for _ in range(MOST_CONFLICTS):
                account = (self._shell.load(key)).one(key)
                if account is None:
                    raise Refused("account_unknown")
                change = decide(account, self._shell.binding_of(account))
                if isinstance(self._shell.commit(change), Done):
                    return next(record for record in change.writes if isinstance(record, AccountRecord))
            raise ProviderFailed("store_contended")
