"""Four eyes: an act of an administrator that happens only when a second one asks for the very same (R1.3).

The first one's asking is kept. It names the account as it stood (its epoch), the act and what the act was given, so
that it is good for nothing else, and for nothing any more once the account has changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar
from unicodedata import normalize

from elaas_identity._discreet import discreet
from elaas_identity.accounts.account import AccountRecord
from elaas_identity.change import Change, Key
from elaas_identity.effects import Act, load
from elaas_identity.flow.advance import Rules, account_unchanged, plain_event
from elaas_identity.flow.moment import Moment, is_id
from elaas_identity.flow.policy import AdministratorAct


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAct:
    """What one administrator has asked for, and a second one has yet to ask for too."""

    LOOKUPS: ClassVar[tuple[str, ...]] = ("account_id",)
    UNIQUE: ClassVar[tuple[str, ...]] = ()

    id: str
    version: int = 0
    schema: int = 1
    account_id: str
    account_epoch: int
    act: str
    by: str
    reason: str
    asked_at: datetime
    expires_at: datetime


def asked_id(rules: Rules, account: AccountRecord, act: AdministratorAct, given: str) -> str:
    """The one id of that act, with what it was given, on the account as it stands."""
    return rules.keyring.digest("four_eyes", account.id, str(account.epoch), act, given)


def is_seconded(asked: AskedAct | None, by: str, now: datetime) -> bool:
    """Whether somebody else has asked for the same, and not too long ago."""
    return asked is not None and now < asked.expires_at and _name(asked.by) != _name(by)


def awaiting_second_person(moment: Moment, account_id: str) -> Act[tuple[AskedAct, ...]]:
    """What one administrator has asked for, and a second one has yet to ask for too, by the same call."""
    if not is_id(account_id):
        return ()
    account_key = Key(AccountRecord, account_id)
    key: Key[AskedAct] | None = Key(AskedAct, account_id, field="account_id")
    standing: list[AskedAct] = []
    while key is not None:
        read = yield from load(key, account_key)
        account = read.one(account_key)
        standing += (asked for asked in read.all(key) if stands(asked, account, moment.now))
        key = key.next(read.all(key))
    return tuple(standing)


def stands(asked: AskedAct, account: AccountRecord | None, now: datetime) -> bool:
    """Whether a second one may still ask for it: the account is as it was, and it is not too late."""
    return account is not None and asked.account_epoch == account.epoch and now < asked.expires_at


def second(change: Change, asked: AskedAct, now: datetime) -> Change:
    """The act, as long as the first one's asking stands, which is used up by it.

    Most acts change the account, and no asking outlives that; a rejection leaves the account as it is.
    """
    return replace(change, writes=(*change.writes, replace(asked, expires_at=now)))


def ask(
    rules: Rules,
    account: AccountRecord,
    before: AskedAct | None,
    moment: Moment,
    *,
    act: AdministratorAct,
    given: str,
    by: str,
    reason: str,
) -> Change:
    """The first one's asking, kept; where the same one asks again, it is kept anew."""
    record = AskedAct(
        id=asked_id(rules, account, act, given),
        version=0 if before is None else before.version,
        account_id=account.id,
        account_epoch=account.epoch,
        act=act,
        by=by,
        reason=reason,
        asked_at=moment.now,
        expires_at=moment.now + rules.policy.second_person_within,
    )
    event = plain_event(
        moment, "account.second_person_awaited", account_id=account.id, by=by, reason=f"{act}: {reason}"
    )
    return Change(
        writes=(record,) if before is not None else (),
        inserts=(event,) if before is not None else (event, record),
        expects=(account_unchanged(account),),
    )


def _name(by: str) -> str:
    """One person is one person, in capitals and full-width letters, too; an id of theirs is better still."""
    return " ".join(normalize("NFKC", by).casefold().split())
