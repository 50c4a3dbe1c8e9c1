"""The acts of an administrator on one account. Every act has `by` and `reason`, and leaves an event."""

from __future__ import annotations

from elaas_identity._async.acting import AsyncActing
from elaas_identity._async.notices import AsyncNotices
from elaas_identity._async.shell import AsyncShell
from elaas_identity._async.traceless import traceless
from elaas_identity.accounts import administration, approval, four_eyes
from elaas_identity.accounts.account import Account, AccountRecord
from elaas_identity.accounts.approval import PendingApproval
from elaas_identity.accounts.four_eyes import AskedAct
from elaas_identity.accounts.provisioning import Person, Reissued, told_apart
from elaas_identity.change import Key
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.moment import is_id
from elaas_identity.passwords.hashing import PasswordHashing
from elaas_identity.passwords.issued import generate_issued_password
from elaas_identity.passwords.preparation import prepare
from elaas_identity.providers.hash_workers import AsyncHashWorkers


class AsyncAdministration:
    """An administrator's acts, by account id."""

    def __init__(
        self,
        shell: AsyncShell,
        hashing: PasswordHashing,
        workers: AsyncHashWorkers,
        notices: AsyncNotices,
    ) -> None:
        self._shell = shell
        self._rules = shell.rules
        self._hashing = hashing
        self._workers = workers
        self._acting = AsyncActing(shell, notices)

    @traceless
    async def reissue(self, account_id: str, *, by: str, reason: str) -> Reissued:
        """A fresh issued password: for a letter that was lost, or a person who cannot get in any more.

        The old password ends, and with it every flow and budget of the account and its person's authenticator app. The
        person stays who it was: they onboard once more, through ThaID.

        Raises:
            Refused: `account_unknown`; `account_status` for an account that is suspended or closed; `account_invalid`
                when `by` or `reason` is missing; `second_person_needed` where the policy asks for four eyes.
        """
        self._acting.signed_for(by, reason)
        password = generate_issued_password(self._shell.random.below)
        password_hash = await self._hash(password)
        rules, moment = self._rules, self._shell.moment()
        account = await self._acting.act(
            account_id,
            "reissue",
            moment,
            by,
            reason,
            lambda held, signed: administration.reissued(
                rules, held.account, held.authenticator, moment, password_hash=password_hash, **signed
            ),
        )
        assert account.password_expires_at is not None
        return Reissued(account.view(rules.keyring), password, account.password_expires_at)

    @traceless
    async def unlock(self, account_id: str, *, by: str, reason: str) -> Account:
        """Clear the account's budgets: wrong passwords, wrong codes, flows begun. Its password stays.

        Raises:
            Refused: as `reissue`.
        """
        rules, moment = self._rules, self._shell.moment()
        account = await self._acting.act(
            account_id,
            "unlock",
            moment,
            by,
            reason,
            lambda held, signed: administration.unlocked(rules, held.account, moment, **signed),
        )
        return account.view(rules.keyring)

    @traceless
    async def suspend(self, account_id: str, *, by: str, reason: str) -> Account:
        """Nobody signs in to it, and its flows end, until it is restored. It answers like a name that does not exist.

        The portal drops the account's sessions: an act of an administrator bumps the account's `epoch`.

        Raises:
            Refused: `account_unknown`; `account_status` when it is suspended or closed already; `account_invalid` when
                `by` or `reason` is missing; `second_person_needed` where the policy asks for four eyes.
        """
        rules, moment = self._rules, self._shell.moment()
        account = await self._acting.act(
            account_id,
            "suspend",
            moment,
            by,
            reason,
            lambda held, signed: administration.suspended(rules, held.account, moment, **signed),
        )
        return account.view(rules.keyring)

    @traceless
    async def restore(self, account_id: str, *, by: str, reason: str) -> Account:
        """The account is again what it was before it was suspended: its person and its password are the same.

        Raises:
            Refused: as `suspend`; `account_status` when it is not suspended.
        """
        rules, moment = self._rules, self._shell.moment()
        account = await self._acting.act(
            account_id,
            "restore",
            moment,
            by,
            reason,
            lambda held, signed: administration.restored(rules, held.account, moment, **signed),
        )
        return account.view(rules.keyring)

    @traceless
    async def close(self, account_id: str, *, by: str, reason: str) -> Account:
        """The end of an account: nobody signs in to it again, and no act opens it. Its history stays.

        Raises:
            Refused: as `suspend`.
        """
        rules, moment = self._rules, self._shell.moment()
        account = await self._acting.act(
            account_id,
            "close",
            moment,
            by,
            reason,
            lambda held, signed: administration.closed(rules, held.account, held.binding, moment, **signed),
        )
        return account.view(rules.keyring)

    @traceless
    async def hand_over(self, account_id: str, person: Person, *, by: str, reason: str) -> Reissued:
        """The officer has moved: the account passes to `person`, who onboards with the fresh issued password.

        The old binding ends and is kept, so that old records go on pointing at the officer who made them; the new
        officer gets a binding of their own. Works on a suspended account too, which is then issued.

        Raises:
            Refused: as `suspend`; `account_status` when it is closed.
        """
        self._acting.signed_for(by, reason)
        password = generate_issued_password(self._shell.random.below)
        password_hash = await self._hash(password)
        rules, moment = self._rules, self._shell.moment()
        account = await self._acting.act(
            account_id,
            "hand_over",
            moment,
            by,
            reason,
            lambda held, signed: administration.handed_over(
                rules,
                held.account,
                held.binding,
                moment,
                person=person,
                password_hash=password_hash,
                **signed,
            ),
            given=told_apart(person),
        )
        assert account.password_expires_at is not None
        return Reissued(account.view(rules.keyring), password, account.password_expires_at)

    @traceless
    async def set_expected(self, account_id: str, person: Person, *, by: str, reason: str) -> Account:
        """Correct whom an issued account opens for, before anybody has taken it up. Its password stays.

        Raises:
            Refused: as `suspend`; `account_status` when somebody is bound: only a hand-over ends that (R1.3).
        """
        rules, moment = self._rules, self._shell.moment()
        account = await self._acting.act(
            account_id,
            "set_expected",
            moment,
            by,
            reason,
            lambda held, signed: administration.expected_set(
                rules, held.account, moment, person=person, **signed
            ),
            given=told_apart(person),
        )
        return account.view(rules.keyring)

    @traceless
    async def awaiting_approval(self, account_id: str) -> tuple[PendingApproval, ...]:
        """Who has done everything and waits for an administrator, oldest first (`FirstUse(needs_approval=True)`).

        There may be several: whoever held the letter. Approving one ends the others.
        """
        if not is_id(account_id):
            return ()
        key = Key(FlowRecord, account_id, field="account_id", limit=approval.MOST)
        account_key = Key(AccountRecord, account_id)
        read = await self._shell.load(key, account_key)
        account, now = read.one(account_key), self._shell.moment().now
        return approval.pending(self._rules, account, read.all(key), now)

    @traceless
    async def approve(self, account_id: str, flow_id: str, *, by: str, reason: str) -> Account:
        """Let the person in who awaits it in that flow: the account is theirs, with the password that they set.

        They are told by mail, and so is the office's contact. Make sure beforehand whom you speak with.

        Raises:
            Refused: `approval_unknown`, when nobody awaits it there (any more); `account_unknown`, `account_invalid`,
                `second_person_needed`.
        """
        rules, moment = self._rules, self._shell.moment()
        account = await self._acting.act(
            account_id,
            "approve",
            moment,
            by,
            reason,
            lambda held, signed: approval.approved(rules, held.waiting, held.binding, moment, **signed),
            given=flow_id,
            flow_id=flow_id,
        )
        return account.view(rules.keyring)

    @traceless
    async def reject(self, account_id: str, flow_id: str, *, by: str, reason: str) -> Account:
        """Do not let the person in who awaits it in that flow. They are told by mail; the account stays issued.

        The letter still opens it for whoever holds it: re-issue it where it has fallen into wrong hands.

        Raises:
            Refused: as `approve`.
        """
        rules, moment = self._rules, self._shell.moment()
        account = await self._acting.act(
            account_id,
            "reject",
            moment,
            by,
            reason,
            lambda held, signed: approval.rejected(rules, held.waiting, moment, **signed),
            given=flow_id,
            flow_id=flow_id,
        )
        return account.view(rules.keyring)

    @traceless
    async def awaiting_second_person(self, account_id: str) -> tuple[AskedAct, ...]:
        """What one administrator has asked for, and a second one has yet to ask for too, by the same call."""
        if not is_id(account_id):
            return ()
        key, account_key = Key(AskedAct, account_id, field="account_id"), Key(AccountRecord, account_id)
        read = await self._shell.load(key, account_key)
        account, now = read.one(account_key), self._shell.moment().now
        return tuple(asked for asked in read.all(key) if four_eyes.stands(asked, account, now))

    async def _hash(self, password: str) -> str:
        prepared, salt = prepare(password), self._shell.random.token_bytes(16)
        return await self._workers.run(lambda: self._hashing.hash(prepared, salt))
