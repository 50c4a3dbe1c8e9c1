# Generated from _async/acting.py by scripts/unasync.py. Do not edit: edit that file and run it.
"""How an administrator's act is carried out: signed for, seconded where the policy asks, repeated until it is done."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypedDict

from elaas_identity._sync.notices import Notices
from elaas_identity._sync.shell import MOST_CONFLICTS, Shell
from elaas_identity.accounts import administration, four_eyes
from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.accounts.four_eyes import AskedAct
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.change import Change, Done, Key
from elaas_identity.errors import ProviderFailed, Refused
from elaas_identity.flow.advance import Seen
from elaas_identity.flow.moment import Moment, is_id
from elaas_identity.flow.policy import Act
from elaas_identity.mail.notices import NoticeKind

_TOLD_OF: dict[Act, NoticeKind] = {
    "reissue": "account.reissued",
    "unlock": "account.unlocked",
    "suspend": "account.suspended",
    "restore": "account.restored",
    "close": "account.closed",
    "hand_over": "account.handed_over",
}
"""Acts of which the account's person is told by mail."""


@dataclass(frozen=True, slots=True)
class Held:
    """An account as an act finds it: who is bound to it, and the flow that the act is about, where it is about one."""

    account: AccountRecord
    binding: BindingRecord | None
    authenticator: AuthenticatorRecord | None
    waiting: Seen | None


class Signed(TypedDict):
    """Who acts, and why: on one line each."""

    by: str
    reason: str


class Acting:
    """The acts' common part."""

    def __init__(self, shell: Shell, notices: Notices) -> None:
        self._shell = shell
        self._rules = shell.rules
        self._notices = notices

    def act(
        self,
        account_id: str,
        act: Act,
        moment: Moment,
        by: str,
        reason: str,
        decide: Callable[[Held, Signed], Change],
        *,
        given: str = "",
        flow_id: str | None = None,
    ) -> AccountRecord:
        """Reload and reapply until it is done: an administrator's act is not lost to somebody else's."""
        signed = self.signed_for(by, reason)
        with self.telling(account_id=account_id, **signed):
            for _ in range(MOST_CONFLICTS):
                held = self._held(account_id, flow_id)
                change = decide(held, signed)
                if act in self._rules.policy.four_eyes:
                    seconded = self._seconded(held, change, act, given, moment, signed)
                    if seconded is None:
                        continue
                    change = seconded
                if isinstance(self._shell.commit(change), Done):
                    break
            else:
                raise ProviderFailed("store_contended")
        written = (record for record in change.writes if isinstance(record, AccountRecord))
        account = next(written, held.account)
        self._tell(held, account, act, moment)
        return account

    def _held(self, account_id: str, flow_id: str | None) -> Held:
        if not is_id(account_id):
            raise Refused("account_unknown")
        key = Key(AccountRecord, account_id)
        account = (self._shell.load(key)).one(key)
        if account is None:
            raise Refused("account_unknown")
        waiting = None
        if flow_id is not None and is_id(flow_id):
            waiting = self._shell.see(flow_id)
            if waiting is None or waiting.flow.account_id != account_id:
                raise Refused("approval_unknown")
            account = waiting.held
        return Held(
            account,
            self._shell.binding_of(account),
            self._shell.authenticator_of(account),
            waiting,
        )

    def _seconded(
        self, held: Held, change: Change, act: Act, given: str, moment: Moment, signed: Signed
    ) -> Change | None:
        """The act, where somebody else has asked for the same; None: it was another race, look again.

        Raises:
            Refused: `second_person_needed`: this was the first.
        """
        key = Key(AskedAct, four_eyes.asked_id(self._rules, held.account, act, given))
        before = (self._shell.load(key)).one(key)
        if before is not None and four_eyes.is_seconded(before, signed["by"], moment.now):
            return four_eyes.seconded(change, before, moment.now)
        asking = four_eyes.asked(self._rules, held.account, before, moment, act=act, given=given, **signed)
        if isinstance(self._shell.commit(asking), Done):
            raise Refused("second_person_needed")
        return None

    def _tell(self, held: Held, account: AccountRecord, act: Act, moment: Moment) -> None:
        if held.waiting is not None and act == "approve":
            self._notices.approved(held.waiting, moment)
        elif held.waiting is not None and act == "reject":
            self._notices.rejected(held.waiting, moment)
        elif act in _TOLD_OF:
            self._notices.administrator_acted(account, held.binding, _TOLD_OF[act], moment)

    def signed_for(self, by: str, reason: str) -> Signed:
        """See `administration.signed_for`; what it refuses is told of."""
        with self.telling():
            by, reason = administration.signed_for(by, reason)
        return Signed(by=by, reason=reason)

    @contextmanager
    def telling(
        self, *, account_id: str | None = None, by: str | None = None, reason: str | None = None
    ) -> Generator[None]:
        """A refused act of an administrator is told of, like any other refusal (R7.1)."""
        try:
            yield
        except Refused as refused:
            if refused.code != "second_person_needed":  # its event is in the trail
                named = account_id if account_id is not None and is_id(account_id) else None
                self._shell.tell_refused(
                    self._shell.moment(), "account.refused", refused, account_id=named, by=by, reason=reason
                )
            raise
