"""How an act finds its flow, and how it commits: read once, check that the flow is open, commit, and after a lost race
decide again on what stands now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from elaas_identity.accounts.account import AccountRecord, AccountStatus, BindingRecord
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.browser import Browser
from elaas_identity.change import Change, Done, Exhausted, FieldOf, Key, Snapshot
from elaas_identity.effects import Act, commit, load, tell
from elaas_identity.errors import ElaasIdentityError, ProviderFailed, Refused, RefusedCode
from elaas_identity.events import EventKind
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, Seen, advance, flow_event, plain_event, recorded
from elaas_identity.flow.flow import FlowRecord, begun_by
from elaas_identity.flow.moment import Moment, is_id
from elaas_identity.flow.purposes import SPECS
from elaas_identity.flow.standing import Closed, identity_of, out_of_order, over, progress
from elaas_identity.flow.transitions import Input, Stage, row
from elaas_identity.person.national_id import NationalID
from elaas_identity.person.verified import VerifiedIdentity, subject_of

MOST_CONFLICTS = 100
"""After so many lost races the act is given up as contended. Our choice: each is one that another act won, so that 64
tabs of one browser all get through."""

_REFUSAL_OF_BUDGET: dict[str, RefusedCode] = {
    "sign_in": "sign_in_throttled",
    "flows": "flow_limit",
    "recovery": "recovery_limit",
    "identity_first": "identity_first_limit",
    "trips": "trip_limit",
    "email_change": "email_change_limit",
    "authenticator_code": "authenticator_code_throttled",
    "mail": "mail_throttled",
    budgets.CODE_ATTEMPTS: "one_time_code_exhausted",
    "one_time_code.account": "one_time_code_throttled",
}

T = TypeVar("T")

Holder = tuple[Key[AccountRecord], Key[BindingRecord], Key[AuthenticatorRecord]]
"""Keys of an account, of the binding that holds it, and of that binding's authenticator app."""


# Reading


def holder_keys(account: Key[AccountRecord]) -> Holder:
    """The account, and who holds it."""
    return (
        account,
        Key(BindingRecord, FieldOf(account, "binding_id")),
        Key(AuthenticatorRecord, FieldOf(account, "binding_id")),
    )


def see(rules: Rules, moment: Moment, flow_id: str) -> Act[Seen | None]:
    """A flow with its account and who holds it, in one load; a second one for accounts to choose from."""
    flow_key = Key(FlowRecord, flow_id)
    holder = holder_keys(Key(AccountRecord, FieldOf(flow_key, "account_id")))
    codes = budgets.code_attempts(rules.policy, flow_id)
    read = yield from load(flow_key, *holder, codes)
    seen = seen_in(read, flow_key, holder)
    if seen is None:
        return None
    seen = replace(seen, codes_used=read.used(codes, moment.now), attempts=frozenset(read.charges[codes]))
    if row(seen.flow.purpose, seen.flow.stage, Input.ACCOUNT_CHOSEN) is None:
        return seen
    return replace(seen, choices=(yield from accounts_of(rules, identity_of(rules, seen))))


def seen_in(read: Snapshot, flow_key: Key[FlowRecord], holder: Holder) -> Seen | None:
    """What a snapshot has of a flow; None for no flow, or one whose account is gone."""
    flow, account = read.one(flow_key), read.one(holder[0])
    if flow is None or (account is None and flow.account_id):
        return None
    return Seen(flow, account, binding=read.one(holder[1]), authenticator=read.one(holder[2]))


def see_again(rules: Rules, moment: Moment, seen: Seen) -> Act[Seen]:
    """Reload; the old snapshot where a purge has deleted the flow."""
    return (yield from see(rules, moment, seen.flow.id)) or seen


def stands_now(rules: Rules, moment: Moment, seen: Seen) -> Act[Seen]:
    """Reload after a lost race, to decide again.

    Raises:
        Refused: `flow_unknown`, where a purge has deleted the flow.
    """
    stands = yield from see(rules, moment, seen.flow.id)
    if stands is None:
        raise (yield from told(moment, "flow.refused", Refused("flow_unknown"), seen))
    return stands


def led_on(rules: Rules, moment: Moment, seen: Seen) -> Act[Seen]:
    """The flow that this one began at its end, where it began one."""
    if not SPECS[seen.flow.purpose].begins_another or seen.flow.stage is not Stage.DONE:
        return seen
    return (yield from see(rules, moment, begun_by(seen.flow.id))) or seen


def bindings_of(
    rules: Rules, national_id: NationalID
) -> Act[list[tuple[BindingRecord, AccountRecord | None]]]:
    """Every binding that a person ever had, with its account: a load for each hundred."""
    found: list[tuple[BindingRecord, AccountRecord | None]] = []
    left: list[Key[BindingRecord]] = [
        Key(BindingRecord, index, field="person_index")
        for index in rules.keyring.indexes("person", national_id.reveal())
    ]
    while left:
        accounts = [Key(AccountRecord, FieldOf(key, "account_id")) for key in left]
        read = yield from load(*left, *accounts)
        by_id = {account.id: account for key in accounts for account in read.all(key)}
        found += ((binding, by_id.get(binding.account_id)) for key in left for binding in read.all(key))
        left = [further for key in left if (further := key.next(read.all(key))) is not None]
    return found


def accounts_of(
    rules: Rules, identity: VerifiedIdentity
) -> Act[tuple[tuple[AccountRecord, BindingRecord], ...]]:
    """The active accounts that a proven person holds, with what binds them."""
    return tuple(
        (account, binding)
        for binding, account in (yield from bindings_of(rules, identity.national_id))
        if account is not None and is_held(rules, account, binding, identity)
    )


def is_held(rules: Rules, account: AccountRecord, binding: BindingRecord, identity: VerifiedIdentity) -> bool:
    """Whether the binding is this person's, (issuer, subject) included, and is what holds an active account."""
    return (
        account.status is AccountStatus.ACTIVE
        and account.binding_id == binding.id
        and binding.ended_at is None
        and rules.keyring.same_index(binding.subject_index, "subject", subject_of(identity))
    )


# Admission


def seen_by(rules: Rules, moment: Moment, flow_id: str, browser: Browser) -> Act[Seen]:
    """The flow, if it is this browser's; the one that it began, where it has begun one.

    Raises:
        Refused: `browser_unknown` for a token that is not ours; `flow_unknown` for no such flow, and for another
            browser's.
    """
    keyring = rules.keyring
    if not keyring.is_browser_token(browser.token):
        raise Refused("browser_unknown")
    seen = (yield from see(rules, moment, flow_id)) if is_id(flow_id) else None
    if seen is None or not keyring.same_digest(seen.flow.browser_digest, "browser", browser.token):
        raise Refused("flow_unknown")
    return (yield from led_on(rules, moment, seen))


def opened(rules: Rules, moment: Moment, browser: Browser, flow_id: str, happened: Input) -> Act[Seen]:
    """The flow, if it is this browser's and open to that input.

    Raises:
        Refused: with where the person stands; an end that only time or the account brought about is written now.
    """
    try:
        seen = yield from seen_by(rules, moment, flow_id, browser)
    except Refused as refusal:
        yield from told(moment, "flow.refused", refusal)
        raise
    yield from admit(rules, moment, seen, happened)
    return seen


def admit(rules: Rules, moment: Moment, seen: Seen, happened: Input) -> Act[None]:
    """Check that the flow is open to that input; see `opened`."""
    closed = over(rules, seen, moment.now)
    if closed is None and row(seen.flow.purpose, seen.flow.stage, happened) is None:
        closed = out_of_order(rules, seen, moment.now)
    if closed is not None:
        raise (yield from turned_away(rules, moment, seen, closed))


def moved_on(rules: Rules, moment: Moment, stands: Seen) -> Act[Refused]:
    """The refusal of an act whose flow moved on while it was decided."""
    closed = over(rules, stands, moment.now) or out_of_order(rules, stands, moment.now)
    return (yield from turned_away(rules, moment, stands, closed))


def turned_away(rules: Rules, moment: Moment, seen: Seen, closed: Closed) -> Act[Refused]:
    """The refusal, once it is told, or once the end that brought it about is written."""
    if closed.to_write is not None:
        ended, event = advance(seen.flow, closed.to_write, moment)
        if isinstance((yield from commit(recorded(Change(writes=(ended,)), seen.flow, event))), Done):
            return closed.refusal
        # Another act was faster: what it made of the flow is told.
        seen = yield from see_again(rules, moment, seen)
        closed = over(rules, seen, moment.now) or closed
    return (yield from told(moment, "flow.refused", closed.refusal, seen))


def check_browser(rules: Rules, moment: Moment, browser: Browser, kind: EventKind) -> Act[None]:
    """Check that the browser's token is one of ours.

    Raises:
        Refused: `browser_unknown`, told as an event of that kind.
    """
    if not rules.keyring.is_browser_token(browser.token):
        raise (yield from told(moment, kind, Refused("browser_unknown")))


# Committing


def settle(rules: Rules, moment: Moment, seen: Seen, decide: Callable[[Seen], Change]) -> Act[Seen]:
    """Commit what was decided; after a lost race once more on what stands now, where the decision still holds.

    Nothing is compared, exchanged, hashed or mailed again.

    Raises:
        Refused: the flow has moved on, or a budget is used up, or `decide` refuses; with where the person stands.
        ProviderFailed: `store_contended`.
    """
    for _ in range(MOST_CONFLICTS):
        change = yield from judged(rules, moment, seen, lambda: decide(seen))  # noqa: B023 - called at once
        outcome = yield from commit(change)
        if isinstance(outcome, Done):
            return seen.after(change)
        if isinstance(outcome, Exhausted):
            again = yield from see_again(rules, moment, seen)
            refusal = exhausted(outcome, seen)
            refusal.progress = progress(rules, again, moment.now)
            yield from told(moment, "flow.refused", refusal, again)
            raise refusal
        stands = yield from stands_now(rules, moment, seen)
        if not seen.same_footing(stands):
            raise (yield from moved_on(rules, moment, stands))
        seen = stands
    raise ProviderFailed("store_contended", progress=progress(rules, seen, moment.now))


def judged(rules: Rules, moment: Moment, seen: Seen, decide: Callable[[], T]) -> Act[T]:
    """What `decide` answers. Its errors say where the person stands, and a refusal is told."""
    try:
        return decide()
    except ElaasIdentityError as error:
        if error.progress is None:
            error.progress = progress(rules, seen, moment.now)
        if isinstance(error, Refused):
            yield from told(moment, "flow.refused", error, seen)
        raise


def exhausted(outcome: Exhausted, seen: Seen | None = None) -> Refused:
    """The refusal that a used-up budget means."""
    name = outcome.budget.name
    if seen is not None and seen.flow.stage is Stage.AUTHENTICATOR_CODE and name == budgets.CODE_ATTEMPTS:
        return Refused("authenticator_code_exhausted", retry_after=outcome.retry_after)
    code = _REFUSAL_OF_BUDGET.get(name) or _REFUSAL_OF_BUDGET[name.partition(".")[0]]
    return Refused(code, retry_after=outcome.retry_after)


# Telling


def told(
    moment: Moment,
    kind: EventKind,
    refusal: Refused,
    seen: Seen | None = None,
    *,
    account_id: str | None = None,
    by: str | None = None,
    reason: str | None = None,
) -> Act[Refused]:
    """The refusal, once listeners were told of it: it changes nothing, and the trail is not for anybody to fill."""
    if seen is not None:
        event = flow_event(moment, kind, seen.flow, outcome="refused", code=refusal.code)
    else:
        who: dict[str, Any] = {"account_id": account_id, "by": by, "reason": reason}
        event = plain_event(moment, kind, outcome="refused", code=refusal.code, **who)
    yield from tell(event)
    return refusal
