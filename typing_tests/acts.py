"""How an act is written, as a type checker sees it. Checked by mypy and pyright, never run.

Where a line is marked with `type: ignore`, the error is the point: both checkers complain about a marker that has
become needless.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import assert_type

from elaas_identity import Progress
from elaas_identity.accounts.account import AccountRecord
from elaas_identity.change import Change, Conflict, Done, Exhausted, Key, Outcome, Snapshot
from elaas_identity.effects import (
    Act,
    AuthorizationURL,
    CheckDeliverability,
    Commit,
    Draw,
    Effect,
    FetchKeys,
    Hash,
    Load,
    Log,
    Pause,
    Purge,
    ReadClock,
    Redeem,
    Revoke,
    Send,
    Tell,
    Verify,
    authorization_url,
    commit,
    draw,
    fetch_keys,
    hash_password,
    load,
    log,
    pause,
    purge,
    read_clock,
    redeem,
    revoke,
    send,
    takes_mail,
    tell,
    verify_password,
)
from elaas_identity.events import Event
from elaas_identity.mail.address import EmailAddress
from elaas_identity.mail.composing import Mail
from elaas_identity.oidc.authorization import AttemptProof, Callback
from elaas_identity.oidc.jwks import SigningKeys
from elaas_identity.oidc.token import Grant
from elaas_identity.passwords.hashing import Verified

KEY = Key(AccountRecord, "account id")


def every_effect_answers_in_its_own_type(
    change: Change,
    event: Event,
    proof: AttemptProof,
    callback: Callback,
    grant: Grant,
    address: EmailAddress,
    mail: Mail,
    now: datetime,
) -> Act[Progress | None]:
    snapshot = yield from load(KEY)
    assert_type(snapshot, Snapshot)
    assert_type(snapshot.one(KEY), AccountRecord | None)
    assert_type((yield from commit(change)), Outcome)
    assert_type((yield from purge(now)), int)
    assert_type((yield from read_clock()), datetime)
    assert_type((yield from draw(lambda random: random.token_bytes(32))), bytes)
    assert_type((yield from draw(lambda random: random.below(6))), int)
    assert_type((yield from hash_password("prepared")), str)
    assert_type((yield from verify_password(None, "prepared")), Verified)
    assert_type((yield from authorization_url(proof, max_age=None)), str)
    assert_type((yield from redeem(callback, proof, now=now)), Grant)
    assert_type((yield from fetch_keys("key id", now=now)), SigningKeys)
    assert_type((yield from takes_mail(address, timeout=now - now)), bool | None)
    yield from tell(event)
    yield from pause(now - now)
    yield from log("revocation failed", "identity_provider_unavailable")
    yield from revoke(grant)
    yield from send(mail)
    return None


def every_effect_is_performed(effect: Effect) -> str:
    """Exhaustive: an effect that is added makes both checkers complain here, as it does in the driver."""
    match effect:
        case Load(keys=keys):
            return f"{len(keys)}"
        case Commit(change=change):
            assert_type(change, Change)
            return "commit"
        case Pause(length=length):
            assert_type(length, timedelta)
            return "pause"
        case Purge(before=moment) | Redeem(now=moment) | FetchKeys(now=moment):
            assert_type(moment, datetime)
            return moment.isoformat()
        case Tell(event=event):
            return event.kind
        case Log(what=what, code=code):
            return f"{what}: {code}"
        case Hash(prepared=prepared) | Verify(prepared=prepared):
            return prepared
        case ReadClock() | Draw() | AuthorizationURL() | Revoke() | CheckDeliverability() | Send():
            return "another"


def every_outcome_of_a_commit_is_told_apart(change: Change) -> Act[str]:
    outcome = yield from commit(change)
    match outcome:
        case Done():
            return "done"
        case Conflict():
            return "somebody else was faster"
        case Exhausted(budget=budget, retry_after=retry_after):
            return f"{budget.name} {retry_after}"


def a_snapshot_is_no_outcome() -> Act[None]:
    outcome: Outcome = yield from load(KEY)  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    assert outcome is not None


def an_outcome_is_no_snapshot(change: Change) -> Act[None]:
    snapshot = yield from commit(change)
    snapshot.one(KEY)  # type: ignore[union-attr]  # pyright: ignore[reportAttributeAccessIssue]


def an_outcome_does_not_say_by_itself_that_it_is_done(change: Change) -> Act[None]:
    """A conflict would be taken for success: every object is true."""
    done: bool = yield from commit(change)  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    if done and (yield from commit(change)):  # type: ignore[truthy-bool]
        return


def what_was_verified_is_no_bool(prepared: str) -> Act[bool]:
    """A wrong password would be taken for a right one."""
    if (yield from verify_password(None, prepared)):  # type: ignore[truthy-bool]
        return True
    matches: bool = yield from verify_password(None, prepared)  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    assert matches
    return (yield from verify_password(None, prepared))  # type: ignore[return-value]  # pyright: ignore[reportReturnType]


def an_act_answers_what_it_says() -> Act[Progress]:
    found = (yield from load(KEY)).one(KEY)
    return found  # type: ignore[return-value]  # pyright: ignore[reportReturnType]


def an_act_that_answers_something_has_a_return() -> Act[Progress]:  # type: ignore[return]  # pyright: ignore[reportReturnType]
    yield from read_clock()


def the_record_of_another_key_is_another_record(budget_key: Key[Event]) -> Act[AccountRecord | None]:
    read = yield from load(budget_key)
    return read.one(budget_key)  # type: ignore[return-value]  # pyright: ignore[reportReturnType]


def nothing_but_an_effect_is_yielded(change: Change) -> Act[None]:
    yield "a text"  # type: ignore[misc]  # pyright: ignore[reportReturnType]
    yield change  # type: ignore[misc]  # pyright: ignore[reportReturnType]
    yield Commit  # type: ignore[misc]  # pyright: ignore[reportReturnType]
    # Without `from` it is the generator that is yielded, and nothing is committed.
    yield commit(change)  # type: ignore[misc]  # pyright: ignore[reportReturnType]


def an_act_is_driven_and_not_called(change: Change) -> None:
    load(KEY).one(KEY)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    outcome: Outcome = commit(change)  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    assert outcome is not None


def an_effect_takes_what_it_is_for(change: Change, now: datetime) -> Act[None]:
    yield from load("account id")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    yield from commit(KEY)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    yield from draw(now)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    yield from hash_password(b"prepared")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    # That there is no hash to compare with is said: None.
    yield from verify_password("prepared")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
