"""What an act on sessions keeps, expects and tells, in full."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elaas_identity import ElaasIdentityError, ProviderFailed, SignedIn
from elaas_identity.change import Conflict
from elaas_identity.effects import Commit
from elaas_identity.events import Event
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.person.assurance import IAL, Assurance
from elaas_identity.sessions import SessionPolicy
from elaas_identity.sessions.records import SessionRecord, place_id
from tests.facade.interposed import interposed, once
from tests.facade.officer import WHY, onboard, refused, signed_in_of
from tests.facade.portal import OFFICER, Portal, made
from tests.facade.stored import stored_account
from tests.sessions.test_sessions import MINUTE, change_password, of, signed_in, started, stored

IDLE, ABSOLUTE = timedelta(minutes=30), timedelta(hours=12)


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """One whose effects can be told apart."""
    with made("sync-memory", tmp_path) as built:
        onboard(built)
        yield built


def told(portal: Portal, act: Callable[[], Any]) -> list[Event]:
    """What listeners heard meanwhile, but for the ids and versions of the events."""
    before = len(portal.events)
    with suppress(ElaasIdentityError):
        act()
    return [replace(event, id="", version=0) for event in portal.events[before:]]


def fact(portal: Portal, kind: Any, **fields: Any) -> Event:
    return Event(id="", at=portal.clock(), kind=kind, **fields)


def test_r6_6_a_session_is_kept_as_it_began(portal: Portal) -> None:
    """It would be somebody else's, or last for another time than the policy says."""
    step, now = signed_in(portal), portal.clock()
    token = portal.elaas.sessions.start(step, label="สำนักปลัด")
    (record,) = stored(portal, step.account.id)
    session, keyring = of(portal, token), portal.keyring
    account = stored_account(portal, step.account.id)
    assert record.sealed is not None
    said = json.loads(keyring.open(f"session:{session.ref}", record.sealed))
    auth_time = step.assurance.auth_time
    assert auth_time is not None
    assert {
        "label": "สำนักปลัด",
        "ial": "2.3",
        "methods": ["pwd"],
        "auth_time": auth_time.isoformat(),
    } == said
    expected = SessionRecord(
        id=place_id(account.id, 0),
        version=1,
        ref=session.ref,
        token_index=keyring.index("session", token),
        account_id=account.id,
        binding_id=step.binding_id,
        epoch=account.epoch,
        credential_version=account.credential_version,
        key_id="k1",
        sealed=record.sealed,
        started_at=now,
        last_seen_at=now,
        expires_at=now + IDLE,
    )
    assert expected == record
    assert 32 == len(record.id)  # no column is longer


@pytest.mark.parametrize("proven", [True, False])
def test_r2_5_a_session_rests_on_what_the_sign_in_rested_on(portal: Portal, proven: bool) -> None:
    """A portal would let somebody do what they are not proven enough for."""
    assurance = Assurance(
        ial=IAL.parse_or_none("2.3") if proven else None,
        methods=("pwd", "otp") if proven else ("pwd",),
        auth_time=portal.clock() - MINUTE if proven else None,
    )
    token = portal.elaas.sessions.start(replace(signed_in(portal), assurance=assurance))
    session = of(portal, token)
    assert (assurance, "") == (session.assurance, session.label)


def test_r7_3_every_act_on_sessions_is_told_with_whose_they_are(portal: Portal) -> None:
    """Nobody could say later who was signed in when, or which administrator ended it."""
    step, sessions = signed_in(portal), portal.elaas.sessions
    of_officer = {"account_id": step.account.id, "binding_id": step.binding_id}
    tokens = list[str]()
    assert [fact(portal, "session.started", **of_officer)] == told(
        portal, lambda: tokens.append(sessions.start(step))
    )
    own = tokens[0]
    other = started(portal)
    assert [fact(portal, "session.ended", **of_officer)] == told(portal, lambda: sessions.end(other))
    no_more = {"account_id": step.account.id, "outcome": "refused", "code": "session_unknown"}
    assert [fact(portal, "session.refused", **no_more)] == told(portal, lambda: sessions.of(other))
    unknown = {"outcome": "refused", "code": "session_unknown"}
    assert [fact(portal, "session.refused", **unknown)] == told(portal, lambda: sessions.of("A" * 22))
    change = change_password(portal, of(portal, own))
    assert [fact(portal, "session.renewed", **of_officer)] == told(
        portal, lambda: tokens.append(sessions.renew(own, change))
    )
    outdated = {"account_id": step.account.id, "outcome": "refused", "code": "sign_in_outdated"}
    assert [fact(portal, "session.refused", **outdated)] == told(portal, lambda: sessions.start(step))
    assert [fact(portal, "session.ended", **of_officer, **WHY)] == told(
        portal, lambda: sessions.end_all(step.account.id, **WHY)
    )
    assert [] == told(portal, lambda: sessions.end_all(step.account.id, **WHY))


def test_r7_4_a_session_that_ended_is_kept_without_what_it_said(portal: Portal) -> None:
    """The name of somebody's computer would stand in the store after they signed out."""
    token = started(portal, "home")
    account_id = of(portal, token).account_id
    (before,) = stored(portal, account_id)
    portal.clock.shift(MINUTE)
    portal.elaas.sessions.end(token)
    assert (replace(before, version=2, sealed=None, expires_at=portal.clock()),) == stored(portal, account_id)


def test_r6_5_being_seen_moves_the_end_and_nothing_else(portal: Portal) -> None:
    """A purge would take a session that is in use, or keep one that is over."""
    token = started(portal)
    account_id = of(portal, token).account_id
    (before,) = stored(portal, account_id)
    portal.clock.shift(MINUTE)
    of(portal, token)
    now = portal.clock()
    (seen,) = stored(portal, account_id)
    assert replace(before, version=2, last_seen_at=now, expires_at=now + IDLE) == seen
    while portal.clock() + IDLE < before.started_at + ABSOLUTE:
        portal.clock.shift(IDLE - MINUTE)
        of(portal, token)
    assert before.started_at + ABSOLUTE == stored(portal, account_id)[0].expires_at


def test_inv7_a_suspension_while_a_session_begins_or_goes_on_is_not_missed(portal: Portal) -> None:
    """A suspended officer would have a session that began a moment later."""
    step = signed_in(portal)

    def suspended() -> None:
        portal.elaas.accounts.suspend(step.account.id, **WHY)
        portal.elaas.accounts.restore(step.account.id, **WHY)

    own = started(portal)
    change = change_password(portal, of(portal, own))
    with interposed(portal, once(Commit, suspended)):
        assert "sign_in_outdated" == refused(portal.elaas.sessions.renew, own, change).code
    step = signed_in_of(portal.begin(portal.browser(), password="another long phrase of mine"))
    with interposed(portal, once(Commit, suspended)):
        assert "sign_in_outdated" == refused(portal.elaas.sessions.start, step).code


@pytest.mark.parametrize("act", ["start", "of", "renew", "end", "end_others", "end_all"])
def test_r9_5_an_act_on_sessions_that_the_store_never_takes_ends(portal: Portal, act: str) -> None:
    """A request would be tried for ever, or answer that a session was ended which goes on."""
    step, own, _ = signed_in(portal), started(portal), started(portal)
    change = change_password(portal, of(portal, own)) if act == "renew" else None
    portal.clock.shift(MINUTE)
    sessions = portal.elaas.sessions
    acts: dict[str, Callable[[], Any]] = {
        "start": lambda: sessions.start(step),
        "of": lambda: sessions.of(own),
        "renew": lambda: sessions.renew(own, change),
        "end": lambda: sessions.end(own),
        "end_others": lambda: sessions.end_others(own),
        "end_all": lambda: sessions.end_all(step.account.id, **WHY),
    }
    with (
        interposed(portal, lambda effect: Conflict() if isinstance(effect, Commit) else None),
        pytest.raises(ProviderFailed, match="store_contended"),
    ):
        acts[act]()


def places(portal: Portal, step: SignedIn) -> dict[str, int]:
    """The label of each session that is not over, and its place."""
    numbers = {place_id(step.account.id, number): number for number in range(10)}
    refs = {record.ref: numbers[record.id] for record in stored(portal, step.account.id)}
    return {session.label: refs[session.ref] for session in portal.elaas.sessions.of_account(step.account.id)}


def test_inv10_which_place_a_session_takes(tmp_path: Path) -> None:
    """A session in use would be ended although a place was free, or the one that was used last."""
    policy = replace(FOR_TESTS, sessions=SessionPolicy(idle=3 * MINUTE, per_account=3))
    with made("sync-memory", tmp_path, policy) as portal:
        onboard(portal)
        step = signed_in(portal)
        tokens = {}
        for label in "abc":
            tokens[label] = portal.elaas.sessions.start(step, label=label)
        assert {"a": 0, "b": 1, "c": 2} == places(portal, step)
        portal.clock.shift(MINUTE)
        of(portal, tokens["a"])
        portal.elaas.sessions.start(step, label="d")
        assert {"a": 0, "d": 1, "c": 2} == places(portal, step)  # b and c are as old: the first of them
        portal.elaas.sessions.end(tokens["a"])
        portal.elaas.sessions.start(step, label="e")
        assert {"e": 0, "d": 1, "c": 2} == places(portal, step)
        portal.clock.shift(2 * MINUTE)  # c is over
        portal.elaas.sessions.start(step, label="f")
        assert {"e": 0, "d": 1, "f": 2} == places(portal, step)
        portal.elaas.accounts.suspend(step.account.id, **WHY)
        portal.elaas.accounts.restore(step.account.id, **WHY)
        again = signed_in(portal)
        portal.elaas.sessions.start(again, label="g")  # all three are of an earlier epoch
        assert {"g": 0} == places(portal, again)
        portal.elaas.sessions.start(again, label="h")  # as old as g, which goes on
        assert {"g": 0, "h": 1} == places(portal, again)


def test_inv10_a_session_that_is_over_however_busy_gives_its_place(tmp_path: Path) -> None:
    """A session in use would be ended for one whose twelve hours are over."""
    policy = replace(FOR_TESTS, sessions=SessionPolicy(absolute=10 * MINUTE, idle=3 * MINUTE, per_account=2))
    with made("sync-memory", tmp_path, policy) as portal:
        onboard(portal)
        step = signed_in(portal)
        first, busy = (portal.elaas.sessions.start(step, label=label) for label in ("first", "busy"))
        for _ in range(4):
            portal.clock.shift(2 * MINUTE)
            of(portal, busy)
        portal.elaas.sessions.end(first)
        portal.elaas.sessions.start(step, label="later")
        portal.clock.shift(MINUTE)
        of(portal, busy)
        portal.clock.shift(MINUTE)
        portal.elaas.sessions.start(step, label="latest")
        assert {"later": 0, "latest": 1} == places(portal, step)


def test_an_officer_is_who_holds_the_account(portal: Portal) -> None:
    """A page would greet somebody else, or show another agency."""
    onboard(portal, "laas-another", agency_name="เทศบาลตำบลอื่น")
    step = signed_in(portal)
    token = portal.elaas.sessions.start(step)
    officer = portal.elaas.sessions.officer(token)
    assert (of(portal, token), portal.elaas.accounts.get(step.account.id)) == (
        officer.session,
        officer.account,
    )
    assert (OFFICER.national_id, OFFICER.name) == (officer.person.national_id, officer.person.name_th)


def test_inv7_a_session_speaks_for_its_person_and_password_alone(portal: Portal) -> None:
    """A portal that mixes up two sessions of an account would let one person act as the other."""
    session = of(portal, started(portal))
    for changes in (
        {"binding_id": "0" * 32},
        {"credential_version": session.credential_version + 1},
        {"epoch": session.epoch + 1},
    ):
        wrong: Any = replace(session, **changes)
        assert "sign_in_outdated" == refused(portal.elaas.change_email, wrong, browser=portal.browser()).code


def test_a_store_is_never_asked_for_an_account_that_cannot_be(portal: Portal) -> None:
    """What a portal took from a cookie would reach the database as a key."""
    nobody = replace(of(portal, started(portal)), account_id="../etc")
    with interposed(portal, lambda _: None) as effects:
        assert "account_unknown" == refused(portal.elaas.change_email, nobody, browser=portal.browser()).code
    assert "../etc" not in [key.value for effect in effects for key in getattr(effect, "keys", ())]
