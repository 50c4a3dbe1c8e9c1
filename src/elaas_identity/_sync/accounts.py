# Generated from _async/accounts.py by scripts/unasync.py. Do not edit: edit that file and run it.
"""`elaas.accounts`: provisioning, and what an administrator does. Each call has `by` and `reason`."""

from __future__ import annotations

from collections.abc import Iterable

from elaas_identity._sync.driver import Driver, act
from elaas_identity.accounts import administration, approval, erasure, four_eyes, provisioning, rekeying
from elaas_identity.accounts.account import Account
from elaas_identity.accounts.approval import PendingApproval
from elaas_identity.accounts.four_eyes import AskedAct
from elaas_identity.accounts.provisioning import NewAccount, Person, Provisioned, Reissued
from elaas_identity.effects import Act
from elaas_identity.flow.advance import Rules
from elaas_identity.flow.moment import Moment
from elaas_identity.passwords.hashing import PasswordHashing
from elaas_identity.person.national_id import NationalID


class Accounts:
    """Provisioning and the administrator's acts, by account id."""

    def __init__(self, driver: Driver, rules: Rules, hashing: PasswordHashing) -> None:
        self._driver = driver
        self._rules = rules
        self._hashing = hashing

    def _asked(self) -> tuple[Rules, Moment]:
        """What every act of an administrator begins with: by which rules, and when."""
        clock, random = self._driver.clock, self._driver.random
        return self._rules, Moment.of(clock(), random.token_bytes(32), self._rules.keyring)

    @act
    def provision(self, new: Iterable[NewAccount], *, by: str, reason: str) -> Act[list[Provisioned]]:
        """Insert the accounts of a list. One whose username is there already is left as it is: a list may be run twice.

        Costs one Argon2 for each account that is given a `password`. Each account is a commit of its own, so a run
        that stops half-way is finished by running it again.

        Raises:
            Refused: `account_invalid` or `email_invalid`, when entries of the list were refused: with the field of the
                first, and a `detail` that gives each one's place in the list (from 1) and its reason. Every other
                account of the list has been provisioned. Also when `by` or `reason` is missing: then none has.
            Misconfigured: `keyring`, when another machine provisions under a key that is not in this one's keyring:
                the two would not see each other's usernames.
        """
        rules, moment = self._asked()
        return provisioning.provision(rules, self._hashing, moment, new, by=by, reason=reason)

    @act
    def find(self, username: str) -> Act[Account | None]:
        """The account of that username, if there is one."""
        return provisioning.find(self._rules, username)

    @act
    def get(self, account_id: str) -> Act[Account]:
        """The account of that id.

        Raises:
            Refused: `account_unknown`.
        """
        return provisioning.get(self._rules, account_id)

    @act
    def page(self, after: str = "") -> Act[tuple[Account, ...]]:
        """Every account, oldest first, at most 100 at a time.

        For what follows give the last one's id as `after`, until nothing is answered. Several officers of one agency
        have an account each, with the same `agency_code`.
        """
        return provisioning.page(self._rules, after)

    @act
    def reissue(self, account_id: str, *, by: str, reason: str) -> Act[Reissued]:
        """A fresh issued password: for a letter that was lost, or a person who cannot get in any more.

        The old password ends, and with it every flow and budget of the account and its person's authenticator app. The
        person stays who it was: they onboard once more, through ThaID.

        Raises:
            Refused: `account_unknown`; `account_status` for an account that is suspended or closed; `account_invalid`
                when `by` or `reason` is missing; `second_person_needed` where the policy asks for four eyes.
        """
        return administration.issue_anew(*self._asked(), "reissue", account_id, by=by, reason=reason)

    @act
    def unlock(self, account_id: str, *, by: str, reason: str) -> Act[Account]:
        """Clear the account's budgets: wrong passwords, wrong codes, flows begun. Its password stays.

        Raises:
            Refused: as `reissue`.
        """
        return administration.administer(*self._asked(), "unlock", account_id, by=by, reason=reason)

    @act
    def suspend(self, account_id: str, *, by: str, reason: str) -> Act[Account]:
        """Nobody signs in to it, and its flows end, until it is restored. It answers like a name that does not exist.

        Its sessions have ended, and a restored account does not bring them back.

        Raises:
            Refused: `account_unknown`; `account_status` when it is suspended or closed already; `account_invalid` when
                `by` or `reason` is missing; `second_person_needed` where the policy asks for four eyes.
        """
        return administration.administer(*self._asked(), "suspend", account_id, by=by, reason=reason)

    @act
    def restore(self, account_id: str, *, by: str, reason: str) -> Act[Account]:
        """The account is again what it was before it was suspended: its person and its password are the same.

        Raises:
            Refused: as `suspend`; `account_status` when it is not suspended.
        """
        return administration.administer(*self._asked(), "restore", account_id, by=by, reason=reason)

    @act
    def close_account(self, account_id: str, *, by: str, reason: str) -> Act[Account]:
        """The end of an account: nobody signs in to it again, and no act opens it. Its history stays.

        Raises:
            Refused: as `suspend`.
        """
        return administration.administer(*self._asked(), "close_account", account_id, by=by, reason=reason)

    @act
    def hand_over(self, account_id: str, person: Person, *, by: str, reason: str) -> Act[Reissued]:
        """The officer has moved: the account passes to `person`, who onboards with the fresh issued password.

        The old binding ends and is kept, so that old records go on pointing at the officer who made them; the new
        officer gets a binding of their own. Works on a suspended account too, which is then issued.

        Raises:
            Refused: as `suspend`; `account_status` when it is closed.
        """
        return administration.issue_anew(
            *self._asked(), "hand_over", account_id, by=by, reason=reason, person=person
        )

    @act
    def set_expected(self, account_id: str, person: Person, *, by: str, reason: str) -> Act[Account]:
        """Correct whom an issued account opens for, before anybody has taken it up. Its password stays.

        Raises:
            Refused: as `suspend`; `account_status` when somebody is bound: only a hand-over ends that (R1.3).
        """
        return administration.administer(
            *self._asked(), "set_expected", account_id, by=by, reason=reason, person=person
        )

    @act
    def awaiting_approval(self, account_id: str, *, after: str = "") -> Act[tuple[PendingApproval, ...]]:
        """Who has done everything and waits for an administrator, oldest first (`FirstUse(needs_approval=True)`).

        There may be several: whoever held the letter. Approving one ends the others. At most 100 at a time: for what
        follows give the last one's `flow_id` as `after`, until nothing is answered.
        """
        return approval.awaiting_approval(*self._asked(), account_id, after)

    @act
    def approve(self, account_id: str, flow_id: str, *, by: str, reason: str) -> Act[Account]:
        """Let the person in who awaits it in that flow: the account is theirs, with the password that they set.

        They are told by mail, and so is the office's contact. Make sure beforehand whom you speak with.

        Raises:
            Refused: `approval_unknown`, when nobody awaits it there (any more); `account_unknown`, `account_invalid`,
                `second_person_needed`.
        """
        return approval.approve(*self._asked(), account_id, flow_id, by=by, reason=reason)

    @act
    def reject(self, account_id: str, flow_id: str, *, by: str, reason: str) -> Act[Account]:
        """Do not let the person in who awaits it in that flow. They are told by mail; the account stays issued.

        The letter still opens it for whoever holds it: re-issue it where it has fallen into wrong hands.

        Raises:
            Refused: as `approve`.
        """
        return approval.reject(*self._asked(), account_id, flow_id, by=by, reason=reason)

    @act
    def awaiting_second_person(self, account_id: str) -> Act[tuple[AskedAct, ...]]:
        """What one administrator has asked for, and a second one has yet to ask for too, by the same call."""
        return four_eyes.awaiting_second_person(self._asked()[1], account_id)

    @act
    def erase_person(self, national_id: NationalID, *, by: str, reason: str) -> Act[tuple[str, ...]]:
        """Erase a person from every binding they had (PDPA s.33): identity, address, authenticator app, sessions.

        The bindings stay, as ids and times, so that old records go on pointing at somebody; an event tells that each
        was erased. Flows that the person left unfinished go with the next `purge`. It may be run again.

        Returns:
            The ids of the bindings, for `elaas.audit.erase_events(binding_id=…)`.

        Raises:
            Refused: `account_status`, while the person holds an account: close it, or hand it over, first;
                `account_invalid` when `by` or `reason` is missing.
        """
        return erasure.erase_person(*self._asked(), national_id, by=by, reason=reason)

    @act
    def rekey(self, retired: str) -> Act[int]:
        """Move every account, binding, app and session that stands under the key `retired` to the current one (R7.4).

        For after a rotation: accept the new key everywhere, promote it everywhere, run this, wait until the last flow
        begun under the old key has expired, then take the old key out. It may be run again, and beside everything else.
        Budgets begin anew under the new key. A session that is used goes over to it by itself.

        Returns:
            How many records were moved; none are left when it returns.

        Raises:
            Misconfigured: `keyring`, when `retired` is the current key, or is not in the keyring any more; when a
                machine still writes under it; when two accounts have one username, as an import by machines with
                different keys once made them: close one of the two, and run it again.
        """
        return rekeying.rekey(self._rules, retired)
