"""Sessions that the library keeps, in the store. Acts: `start`, `look_up`, `officer`, `renew`, `end`, `end_others`,
`end_all`, `of_account`.

A token names a session and is a secret; the store has its keyed index. Nothing has to end the sessions of an account
that changes: they are of its epoch.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import datetime

from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.accounts.authorship import sign
from elaas_identity.assertions.assertion import RANDOM_BYTES, RANDOM_TEXT, random_text
from elaas_identity.change import Change, Done, FieldOf, Key
from elaas_identity.effects import Act, commit, draw, load
from elaas_identity.errors import ProviderFailed, Refused
from elaas_identity.flow.advance import Rules, account_unchanged, plain_event
from elaas_identity.flow.moment import Moment, is_id
from elaas_identity.flow.opening import MOST_CONFLICTS, told
from elaas_identity.flow.outcomes import OwnChange, SignedIn
from elaas_identity.person.verified import VerifiedIdentity
from elaas_identity.sessions.policy import SEEN_EVERY, SessionPolicy
from elaas_identity.sessions.records import SessionRecord, ended, place_id, record_of, session_of
from elaas_identity.sessions.session import KeptSession, Officer, Session, account_key, held

LONGEST_LABEL = 100
"""Characters of a label that are kept. Our choice: a browser's name and a place."""

# Acts


def start(rules: Rules, moment: Moment, signed_in: SignedIn, label: str) -> Act[str]:
    """Begin a session for who has just signed in; answer its token."""
    token = yield from fresh_token()
    begun = signed_in.session(moment.id("session"))
    session = KeptSession(
        **{each.name: getattr(begun, each.name) for each in fields(begun)},
        assurance=signed_in.assurance,
        started_at=moment.now,
        last_seen_at=moment.now,
        label=label[:LONGEST_LABEL],
    )
    account, records = account_key(session), _of_account(session.account_id)
    for _ in range(MOST_CONFLICTS):
        read = yield from load(account, records)
        try:
            change = begin(rules, moment, session, token, read.one(account), read.all(records))
        except Refused as refusal:
            raise (
                yield from told(moment, "session.refused", refusal, account_id=session.account_id)
            ) from None
        if isinstance((yield from commit(change)), Done):
            return token
    raise ProviderFailed("store_contended")


def look_up(rules: Rules, moment: Moment, token: str) -> Act[KeptSession]:
    """The session of that token; that it was seen is written once a minute."""
    return (yield from _seen(rules, moment, token)).session


def officer(rules: Rules, moment: Moment, token: str) -> Act[Officer]:
    """The session of that token, its account, and who holds it: as `look_up`, and in the same load."""
    seen = yield from _seen(rules, moment, token)
    sealed = seen.binding.identity_sealed
    person = rules.keyring.open(f"binding.identity:{seen.binding.id}", sealed)
    return Officer(
        session=seen.session,
        account=seen.account.view(rules.keyring),
        person=VerifiedIdentity.restored(person),
    )


def _seen(rules: Rules, moment: Moment, token: str) -> Act[_Found]:
    for _ in range(MOST_CONFLICTS):
        found = yield from _found(rules, moment, token)
        if moment.now - found.record.last_seen_at < SEEN_EVERY:
            return found
        seen = used(rules, found.record, moment, token)
        if isinstance((yield from commit(Change(writes=(seen,)))), Done):
            return replace(found, session=replace(found.session, last_seen_at=moment.now))
    raise ProviderFailed("store_contended")


def renew(rules: Rules, moment: Moment, token: str, change: OwnChange) -> Act[str]:
    """Let the session go on that asked for the change, under a new token; answer that."""
    fresh = yield from fresh_token()
    for _ in range(MOST_CONFLICTS):
        found = yield from _found(rules, moment, token, change)
        account, renewed = found.account, found.session
        written = replace(
            used(rules, found.record, moment, fresh),
            epoch=renewed.epoch,
            credential_version=renewed.credential_version,
        )
        event = plain_event(moment, "session.renewed", account_id=account.id, binding_id=renewed.binding_id)
        outcome = yield from commit(
            Change(writes=(written,), inserts=(event,), expects=(account_unchanged(account),))
        )
        if isinstance(outcome, Done):
            return fresh
    raise ProviderFailed("store_contended")


def end(rules: Rules, moment: Moment, token: str) -> Act[None]:
    """Sign out. What is no session, or none any more, needs no end."""
    record, _, _ = yield from _of_token(rules, token)
    if record is not None:
        yield from _end(moment, record.account_id, lambda each: each.ref == record.ref)


def end_others(rules: Rules, moment: Moment, token: str, only: str | None) -> Act[None]:
    """End the account's other sessions, or one of them."""
    own = (yield from _found(rules, moment, token)).record
    yield from _end(
        moment, own.account_id, lambda each: each.ref != own.ref and (only is None or each.ref == only)
    )


def end_all(moment: Moment, account_id: str, *, by: str, reason: str) -> Act[None]:
    """End every session of the account; an administrator's act."""
    signed = yield from sign(moment, by, reason)
    if is_id(account_id):
        yield from _end(moment, account_id, lambda _: True, **signed._asdict())


def of_account(rules: Rules, moment: Moment, account_id: str) -> Act[tuple[KeptSession, ...]]:
    """The sessions of an account that are not over, the last used first."""
    if not is_id(account_id):
        return ()
    account, records = Key(AccountRecord, account_id), _of_account(account_id)
    read = yield from load(account, records)
    live: list[KeptSession] = []
    for record in read.all(records):
        with suppress(Refused):
            session = judge(rules, record, moment.now)
            held(session, read.one(account))
            live.append(session)
    return tuple(sorted(live, key=lambda session: session.last_seen_at, reverse=True))


# Parts of them


@dataclass(frozen=True, slots=True)
class _Found:
    """The session of a token, and what it is of."""

    record: SessionRecord
    session: KeptSession
    account: AccountRecord
    binding: BindingRecord


def fresh_token() -> Act[str]:
    """128 random bits (ASVS 7.2.3)."""
    return (yield from draw(lambda random: random_text(random.token_bytes(RANDOM_BYTES))))


def _of_account(account_id: str) -> Key[SessionRecord]:
    return Key(SessionRecord, account_id, field="account_id")


def _of_token(
    rules: Rules, token: str
) -> Act[tuple[SessionRecord | None, AccountRecord | None, BindingRecord | None]]:
    """The record under any key of the keyring, with its account and binding, in one load. What is no token is never
    asked for."""
    if not RANDOM_TEXT.fullmatch(token):
        return None, None, None
    records = [
        Key(SessionRecord, index, field="token_index") for index in rules.keyring.indexes("session", token)
    ]
    accounts = [Key(AccountRecord, FieldOf(key, "account_id")) for key in records]
    bindings = [Key(BindingRecord, FieldOf(key, "binding_id")) for key in records]
    read = yield from load(*records, *accounts, *bindings)
    for record, account, binding in zip(records, accounts, bindings, strict=True):
        if read.one(record) is not None:
            return read.one(record), read.one(account), read.one(binding)
    return None, None, None


def _found(rules: Rules, moment: Moment, token: str, change: OwnChange | None = None) -> Act[_Found]:
    """The session of a token, if it is not over; as it is after that change, where there is one.

    Raises:
        Refused: `session_unknown`, `session_expired`, `sign_in_outdated`.
    """
    record, account, binding = yield from _of_token(rules, token)
    try:
        if record is None or binding is None:
            raise Refused("session_unknown")
        session = judge(rules, record, moment.now)
        if change is not None:
            session = session.renewed(change, session.ref)
            if not rules.keyring.same_digest(change.session_digest or "", "session", session.ref):
                raise Refused("sign_in_outdated")
        return _Found(record, session, held(session, account), binding)
    except Refused as refusal:
        named = None if record is None else record.account_id
        yield from told(moment, "session.refused", refusal, account_id=named)
        raise


def _end(moment: Moment, account_id: str, which: Callable[[SessionRecord], bool], **signed: str) -> Act[None]:
    """End these sessions of the account, whatever else becomes of them meanwhile; `signed` by an administrator."""
    records = _of_account(account_id)
    for _ in range(MOST_CONFLICTS):
        read = yield from load(records)
        ending = [record for record in read.all(records) if record.sealed is not None and which(record)]
        if not ending:
            return
        event = plain_event(
            moment, "session.ended", account_id=account_id, binding_id=ending[0].binding_id, **signed
        )
        change = Change(writes=tuple(ended(record, moment.now) for record in ending), inserts=(event,))
        if isinstance((yield from commit(change)), Done):
            return
    raise ProviderFailed("store_contended")


# Decisions


def judge(rules: Rules, record: SessionRecord, now: datetime) -> KeptSession:
    """The session, if its time is not over. Its account is looked at by `held`.

    Raises:
        Refused: `session_unknown` once it has ended; `session_expired`.
    """
    session = session_of(rules.keyring, record)
    if session is None:
        raise Refused("session_unknown")
    # By the policy as it is now: a stricter one is heard at once.
    if rules.policy.sessions.is_over(record.started_at, record.last_seen_at, now):
        raise Refused("session_expired")
    return session


def begin(
    rules: Rules,
    moment: Moment,
    session: KeptSession,
    token: str,
    account: AccountRecord | None,
    records: tuple[SessionRecord, ...],
) -> Change:
    """The session begins in a place of its account's.

    Raises:
        Refused: `account_unknown`, `sign_in_outdated`.
    """
    holding, policy = held(session, account), rules.policy.sessions
    place, before = free_place(policy, session, records, moment.now)
    record = record_of(
        rules.keyring,
        session,
        token,
        place=place,
        version=0 if before is None else before.version,
        expires_at=policy.expires_at(session.started_at, session.last_seen_at),
    )
    event = plain_event(
        moment, "session.started", account_id=session.account_id, binding_id=session.binding_id
    )
    return Change(
        writes=() if before is None else (record,),
        inserts=(event,) if before is not None else (event, record),
        expects=(account_unchanged(holding),),
    )


def free_place(
    policy: SessionPolicy, session: Session, records: tuple[SessionRecord, ...], now: datetime
) -> tuple[str, SessionRecord | None]:
    """A place whose session is over, else one that was never used, else that of the session not used for longest."""
    by_place = {record.id: record for record in records}

    def rank(place: str) -> tuple[int, datetime]:
        record = by_place.get(place)
        if record is None:
            return 1, now
        is_over = (
            record.sealed is None
            or record.epoch != session.epoch
            or policy.is_over(record.started_at, record.last_seen_at, now)
        )
        return 0 if is_over else 2, record.last_seen_at

    chosen = min((place_id(session.account_id, number) for number in range(policy.per_account)), key=rank)
    return chosen, by_place.get(chosen)


def used(rules: Rules, record: SessionRecord, moment: Moment, token: str) -> SessionRecord:
    """The session as it was used now, by that token; its index is under the current key."""
    return replace(
        record,
        token_index=rules.keyring.index("session", token),
        last_seen_at=moment.now,
        expires_at=rules.policy.sessions.expires_at(record.started_at, moment.now),
    )
