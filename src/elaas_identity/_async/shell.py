"""Load → decide → commit → tell: the straight lines between the ports and the pure parts. No rule lives here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.browser import Browser
from elaas_identity.change import Budget, Change, Done, Exhausted, Key, Outcome, Snapshot
from elaas_identity.errors import ElaasIdentityError, ProviderFailed, Refused, RefusedCode
from elaas_identity.events import Event, EventKind
from elaas_identity.flow import budgets, person_first
from elaas_identity.flow.advance import Rules, Seen, advance, flow_event, plain_event
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.moment import Moment, is_id
from elaas_identity.flow.standing import identity_of, progress, standing
from elaas_identity.flow.transitions import Input, Purpose, Stage, row
from elaas_identity.person.verified import VerifiedIdentity
from elaas_identity.ports import AsyncStore, Clock, Listener, Random

MOST_CONFLICTS = 100
"""After so many lost races the act is given up as contended. Our choice: each is one that another act won, so that 64
tabs of one browser all get through."""

_log = logging.getLogger("elaas_identity")

_REFUSAL_OF_BUDGET: dict[str, RefusedCode] = {
    "sign_in": "sign_in_throttled",
    "flows": "flow_limit",
    "recovery": "recovery_limit",
    "identity_first": "identity_first_limit",
    "email_change": "email_change_limit",
    "authenticator_code": "authenticator_code_throttled",
    "mail": "mail_throttled",
    "one_time_code.flow": "one_time_code_exhausted",
    "one_time_code.account": "one_time_code_throttled",
}


class AsyncShell:
    """The store, the clock, randomness and listeners, as every act uses them."""

    def __init__(
        self, *, store: AsyncStore, rules: Rules, clock: Clock, random: Random, listeners: Sequence[Listener]
    ) -> None:
        self.rules = rules
        self.random = random
        self._store = store
        self._clock = clock
        self._listeners = tuple(listeners)

    def moment(self, browser: Browser | None = None) -> Moment:
        """Now, with a fresh seed."""
        client = None
        if browser is not None and browser.address is not None:
            client = self.rules.keyring.index("client", browser.address)
        return Moment(
            now=self._clock(),
            seed=self.random.token_bytes(32),
            correlation_id=None if browser is None else browser.correlation_id,
            client=client,
        )

    async def load(self, *keys: Key[Any] | Budget) -> Snapshot:
        """What stands under the keys.

        Raises:
            ProviderFailed: `store_unavailable`.
        """
        try:
            return await self._store.load(*keys)
        except ElaasIdentityError:
            raise
        except Exception as problem:
            raise ProviderFailed("store_unavailable", detail=type(problem).__name__) from None

    async def commit(self, change: Change) -> Outcome:
        """Commit, and tell the listeners of what was done.

        Raises:
            ProviderFailed: `store_unavailable`; whether it was committed is then unknown.
        """
        try:
            outcome = await self._store.commit(change)
        except ElaasIdentityError:
            raise
        except Exception as problem:
            raise ProviderFailed("store_unavailable", detail=type(problem).__name__) from None
        if isinstance(outcome, Done):
            for record in change.inserts:
                if isinstance(record, Event):
                    self.tell(record)
        return outcome

    async def record(self, event: Event) -> None:
        """Commit a fact on its own, best effort: what it tells of has happened, and is not undone by a failure here."""
        try:
            await self.commit(Change(inserts=(event,)))
        except ElaasIdentityError as problem:
            self.note(f"an event was not recorded: {event.kind}", problem)

    def tell(self, event: Event) -> None:
        """Tell the listeners; what one of them raises is logged and stops nothing."""
        for listener in self._listeners:
            try:
                listener(event)
            except Exception as problem:  # a listener is the portal's: it must not undo what is committed
                self.note(f"a listener failed on {event.kind}", problem)

    def note(self, what: str, problem: Exception) -> None:
        """Log what went wrong beside the flow and stops nothing: its kind alone, since its text may hold a secret."""
        _log.warning("%s: %s", what, getattr(problem, "code", type(problem).__name__))

    def tell_refused(
        self,
        moment: Moment,
        kind: EventKind,
        refused: Refused,
        seen: Seen | None = None,
        *,
        account_id: str | None = None,
        by: str | None = None,
        reason: str | None = None,
    ) -> Refused:
        """Tell of a refusal that changes nothing: to listeners, not to the trail, which anybody could fill."""
        told: dict[str, Any] = {"outcome": "refused", "code": refused.code}
        if seen is None:
            event = plain_event(moment, kind, account_id=account_id, by=by, reason=reason, **told)
        else:
            event = flow_event(moment, kind, seen.flow, **told)
        self.tell(event)
        return refused

    async def see(self, flow_id: str, account_id: str | None = None) -> Seen | None:
        """The flow with its account, as they stand at one moment: read one after the other, they may never have met.

        `account_id` saves a look-up where it is known; a flow that has one keeps it.
        """
        flow_key = Key(FlowRecord, flow_id)
        if account_id is None:
            flow = (await self.load(flow_key)).one(flow_key)
            if flow is None:
                return None
            account_id = flow.account_id
            if not account_id:
                return await self._with_choices(Seen(flow, None))
        account_key = Key(AccountRecord, account_id)
        codes = budgets.code_attempts(self.rules.policy, flow_id)
        read = await self.load(flow_key, account_key, codes)
        flow, account = read.one(flow_key), read.one(account_key)
        if flow is None or account is None:
            return None
        seen = Seen(flow, account, read.used(codes, self._clock()))
        if flow.stage not in (Stage.AUTHENTICATOR, Stage.AUTHENTICATOR_CODE):
            return seen
        return replace(seen, authenticator=await self.authenticator_of(account))

    async def see_again(self, seen: Seen) -> Seen:
        """What was seen, as it stands now; as it was seen, where a purge has taken it."""
        return await self.see(seen.flow.id, _known(seen)) or seen

    async def _with_choices(self, seen: Seen) -> Seen:
        if row(seen.flow.purpose, seen.flow.stage, Input.ACCOUNT_CHOSEN) is None:
            return seen
        return replace(seen, choices=await self.accounts_of(identity_of(self.rules, seen)))

    async def accounts_of(
        self, identity: VerifiedIdentity
    ) -> tuple[tuple[AccountRecord, BindingRecord], ...]:
        """The active accounts that a proven person holds, with what binds them."""
        keys = person_first.binding_keys(self.rules, identity)
        read = await self.load(*keys)
        held = [
            (Key(AccountRecord, binding.account_id), Key(BindingRecord, binding.id))
            for key in keys
            for binding in read.all(key)
        ]
        # Both at one moment: a binding read before its account may still have the address of before a re-issue.
        found = await self.load(*(key for pair in held for key in pair))
        pairs = ((found.one(account), found.one(binding)) for account, binding in held)
        return tuple(
            (account, binding)
            for account, binding in pairs
            if account is not None
            and binding is not None
            and person_first.is_held(self.rules, account, binding, identity)
        )

    async def seen_by(self, flow_id: str, browser: Browser) -> Seen:
        """The flow, if it is this browser's; the one that it began, where it has begun one.

        Raises:
            Refused: `browser_unknown` for a token that is not ours; `flow_unknown` for no such flow, and for another
                browser's.
        """
        keyring = self.rules.keyring
        if not keyring.is_browser_token(browser.token):
            raise Refused("browser_unknown")
        seen = await self.see(flow_id) if is_id(flow_id) else None
        if seen is None or not keyring.same_digest(seen.flow.browser_digest, "browser", browser.token):
            raise Refused("flow_unknown")
        return await self.led_on(seen)

    async def led_on(self, seen: Seen) -> Seen:
        """The flow that this one has begun, where it has begun one."""
        if (seen.flow.purpose, seen.flow.stage) != (Purpose.IDENTITY_FIRST, Stage.DONE):
            return seen
        return await self.see(person_first.begun_by(seen.flow.id)) or seen

    async def open(self, flow_id: str, browser: Browser, happened: Input, moment: Moment) -> Seen:
        """The flow, if it is this browser's and open to that input.

        Raises:
            Refused: with where the person stands; an end that only time or the account brought about is written now.
        """
        try:
            seen = await self.seen_by(flow_id, browser)
        except Refused as refused:
            self.tell_refused(moment, "flow.refused", refused)
            raise
        await self.admit(seen, happened, moment)
        return seen

    async def admit(self, seen: Seen, happened: Input, moment: Moment) -> None:
        """That the flow is open to that input; see `open`."""
        stands = standing(self.rules, seen, happened, moment.now)
        told = False
        if stands.to_write is not None:
            ended, event = advance(seen.flow, stands.to_write, moment)
            told = isinstance(await self.commit(Change(writes=(ended,), inserts=(event,))), Done)
        if stands.refusal is not None:
            if not told:
                self.tell_refused(moment, "flow.refused", stands.refusal, seen)
            raise stands.refusal

    async def settle(
        self, seen: Seen, happened: Input, moment: Moment, decide: Callable[[Seen], Change]
    ) -> Seen:
        """Commit what was decided; after a lost race once more on what stands now, where the decision still holds.

        Nothing is compared, exchanged, hashed or mailed again.

        Raises:
            Refused: the flow has moved on, or a budget is used up; with where the person stands.
            ProviderFailed: `store_contended`.
        """
        for _ in range(MOST_CONFLICTS):
            change = decide(seen)
            outcome = await self.commit(change)
            if isinstance(outcome, Done):
                return seen.after(change)
            if isinstance(outcome, Exhausted):
                raise await self._exhausted(outcome, seen, moment)
            again = await self.see(seen.flow.id, _known(seen))
            if again is None:
                raise self.tell_refused(moment, "flow.refused", Refused("flow_unknown"), seen)
            if not seen.same_footing(again):
                await self.admit(again, happened, moment)
                moved_on = Refused("out_of_order", progress=progress(self.rules, again, moment.now))
                raise self.tell_refused(moment, "flow.refused", moved_on, again)
            seen = again
        raise ProviderFailed("store_contended", progress=progress(self.rules, seen, moment.now))

    async def _exhausted(self, outcome: Exhausted, seen: Seen, moment: Moment) -> Refused:
        again = await self.see_again(seen)
        refused = exhausted(outcome, seen)
        refused.progress = progress(self.rules, again, moment.now)
        return self.tell_refused(moment, "flow.refused", refused, again)

    async def binding_of(self, account: AccountRecord) -> BindingRecord | None:
        """Who holds the account, if somebody does."""
        if account.binding_id is None:
            return None
        key = Key(BindingRecord, account.binding_id)
        return (await self.load(key)).one(key)

    async def authenticator_of(self, account: AccountRecord) -> AuthenticatorRecord | None:
        """The authenticator app of who holds the account, if there is one."""
        if account.binding_id is None:
            return None
        key = Key(AuthenticatorRecord, account.binding_id)
        return (await self.load(key)).one(key)

    @contextmanager
    def at(self, seen: Seen, moment: Moment) -> Generator[None]:
        """Errors raised within say where the person stands."""
        try:
            yield
        except ElaasIdentityError as error:
            if error.progress is None:
                error.progress = progress(self.rules, seen, moment.now)
            raise

    @contextmanager
    def judging(self, seen: Seen, moment: Moment) -> Generator[None]:
        """As `at`, for what the person gave: a refusal within is told of."""
        with self.at(seen, moment):
            try:
                yield
            except Refused as refused:
                self.tell_refused(moment, "flow.refused", refused, seen)
                raise

    async def purge(self, older_than: timedelta) -> int:
        """Delete what expired longer ago than that."""
        try:
            return await self._store.purge(self._clock() - older_than)
        except ElaasIdentityError:
            raise
        except Exception as problem:
            raise ProviderFailed("store_unavailable", detail=type(problem).__name__) from None


def exhausted(outcome: Exhausted, seen: Seen | None = None) -> Refused:
    """The refusal that a used-up budget means."""
    name = outcome.budget.name
    if seen is not None and seen.flow.stage is Stage.AUTHENTICATOR_CODE and name == "one_time_code.flow":
        return Refused("authenticator_code_exhausted", retry_after=outcome.retry_after)
    code = _REFUSAL_OF_BUDGET.get(name) or _REFUSAL_OF_BUDGET[name.partition(".")[0]]
    return Refused(code, retry_after=outcome.retry_after)


def _known(seen: Seen) -> str | None:
    return None if seen.account is None else seen.account.id
