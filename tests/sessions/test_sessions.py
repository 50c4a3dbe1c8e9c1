"""`elaas.sessions`: who is signed in, by an opaque token, for as long as the policy says (R6.6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elaas_identity import ElaasIdentityError, Expected, Keyring, PasswordSet, SignedIn
from elaas_identity.change import Change, Key
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.sessions import KeptSession, SessionPolicy
from elaas_identity.sessions.records import SessionRecord
from tests.facade.officer import WHY, onboard, refused, signed_in_of, through_thaid, together
from tests.facade.portal import CHOSEN, OFFICER, STRANGER, Portal, made

INSTANT, MINUTE = timedelta(microseconds=1), timedelta(minutes=1)
NEXT = "another long phrase of mine"


def signed_in(portal: Portal, password: str = CHOSEN) -> SignedIn:
    return signed_in_of(portal.begin(portal.browser(), password=password))


def started(portal: Portal, label: str = "", password: str = CHOSEN) -> str:
    return str(portal.elaas.sessions.start(signed_in(portal, password), label=label))


def of(portal: Portal, token: str) -> KeptSession:
    session = portal.elaas.sessions.of(token)
    assert isinstance(session, KeptSession)
    return session


def assert_stands(portal: Portal, token: str) -> None:
    assert of(portal, token).account_id


def stored(portal: Portal, account_id: str) -> tuple[SessionRecord, ...]:
    key = Key(SessionRecord, account_id, field="account_id")
    return tuple(portal.store.load(key).all(key))


def commits(portal: Portal, act: Callable[[], Any]) -> int:
    """How many changes were committed meanwhile."""
    driver = getattr(portal.elaas, "_driven", portal.elaas)._driver
    commit, counted = driver._commit, list[Change]()

    def counting(change: Change) -> Any:
        counted.append(change)
        return commit(change)

    driver._commit = counting
    try:
        act()
    finally:
        driver._commit = commit
    return len(counted)


def test_r6_6_a_token_is_whose_session_it_is(portal: Portal) -> None:
    """A request would be taken for somebody else's, or the person's sign-in would not be what it was."""
    step = signed_in(portal)
    token = portal.elaas.sessions.start(step, label="สำนักปลัด (Firefox)")
    session = of(portal, token)
    assert (step.account.id, step.binding_id, step.account.epoch) == (
        session.account_id,
        session.binding_id,
        session.epoch,
    )
    assert (step.assurance, "สำนักปลัด (Firefox)") == (session.assurance, session.label)
    assert (portal.clock(), portal.clock()) == (session.started_at, session.last_seen_at)
    assert "session.started" == portal.events[-1].kind
    portal.elaas.change_email(session, browser=portal.browser())


def test_r6_6_the_store_has_neither_token_nor_label(portal: Portal) -> None:
    """Who reads the store would be in every session, or learn where people work."""
    token = started(portal, "สำนักปลัด")
    (record,) = stored(portal, of(portal, token).account_id)
    assert 22 == len(token)  # 128 bits in base64url
    assert token not in repr(record) + repr(vars_of(record))
    assert "สำนักปลัด" not in repr(vars_of(record))
    assert token not in repr(of(portal, token)) + repr(portal.events)


def vars_of(record: SessionRecord) -> dict[str, object]:
    return {name: getattr(record, name) for name in record.__slots__}


def test_r6_4_each_sign_in_has_a_token_of_its_own(portal: Portal) -> None:
    """Who planted a token before the sign-in would be signed in."""
    assert started(portal) != started(portal)


@pytest.mark.parametrize(
    "text", ["", "nobody's", "A" * 22, "ก" * 22, "A" * 4000, "\udcff" * 22, "A" * 21 + "\n"]
)
def test_r6_6_what_is_no_token_is_refused(portal: Portal, text: str) -> None:
    """A cookie that anybody can write would raise something untyped, or let somebody in."""
    assert "session_unknown" == refused(portal.elaas.sessions.of, text).code
    assert "session_unknown" == refused(portal.elaas.sessions.end_others, text).code
    portal.elaas.sessions.end(text)


def test_r6_6_a_cookie_is_useless_after_the_sign_out(portal: Portal) -> None:
    """Who copied the cookie would stay in; or signing out twice would be an error (ASVS 7.4.1)."""
    token, other = started(portal), started(portal)
    account_id = of(portal, token).account_id
    portal.elaas.sessions.end(token)
    assert ("session.ended", account_id) == (portal.events[-1].kind, portal.events[-1].account_id)
    assert "session_unknown" == refused(portal.elaas.sessions.of, token).code
    assert ("session.refused", account_id) == (portal.events[-1].kind, portal.events[-1].account_id)
    portal.elaas.sessions.end(token)
    assert_stands(portal, other)


@pytest.mark.parametrize(
    ("away", "over"), [(timedelta(minutes=30) - INSTANT, False), (timedelta(minutes=30), True)]
)
def test_r6_5_thirty_minutes_idle(portal: Portal, away: timedelta, over: bool) -> None:
    """Whoever sits down at a terminal that was left would be signed in."""
    token = started(portal)
    portal.clock.shift(away)
    if over:
        assert "session_expired" == refused(portal.elaas.sessions.of, token).code
        assert () == portal.elaas.sessions.of_account(signed_in(portal).account.id)
    else:
        assert_stands(portal, token)


def test_r6_5_twelve_hours_however_busy(portal: Portal) -> None:
    """A terminal that is never left would stay signed in for days."""
    token, start = started(portal), portal.clock()
    for _ in range(24):
        portal.clock.shift(minutes=29)
        assert_stands(portal, token)
    portal.clock.shift(start + timedelta(hours=12) - INSTANT - portal.clock())
    assert_stands(portal, token)
    portal.clock.shift(INSTANT)
    assert "session_expired" == refused(portal.elaas.sessions.of, token).code


def test_r6_5_a_stricter_policy_is_heard_at_once(tmp_path: Path) -> None:
    """Sessions of yesterday's policy would outlive today's."""
    with made("sync-sqlite", tmp_path) as portal:
        onboard(portal)
        token = started(portal)
        portal.clock.shift(minutes=15)
        stricter = replace(FOR_TESTS, sessions=SessionPolicy(idle=timedelta(minutes=15)))
        portal.elaas._rules = portal.elaas.sessions._rules = replace(portal.elaas._rules, policy=stricter)
        assert "session_expired" == refused(portal.elaas.sessions.of, token).code


def test_r6_6_being_seen_is_written_once_a_minute(portal: Portal) -> None:
    """Every picture on a page would cost a write; or nobody could say when a session was last used."""
    token, start = started(portal), portal.clock()
    portal.clock.shift(MINUTE - INSTANT)
    assert 0 == commits(portal, lambda: of(portal, token))
    assert start == of(portal, token).last_seen_at
    portal.clock.shift(INSTANT)
    assert 1 == commits(portal, lambda: of(portal, token))
    assert 0 == commits(portal, lambda: of(portal, token))
    assert portal.clock() == of(portal, token).last_seen_at


def test_r6_6_the_list_of_a_person_and_the_end_of_the_others(portal: Portal) -> None:
    """Nobody could see, or end, what they left open elsewhere (ASVS 7.5.2)."""
    home = started(portal, "home")
    portal.clock.shift(MINUTE)
    office, phone = started(portal, "office"), started(portal, "phone")
    portal.clock.shift(MINUTE)
    own = of(portal, office)
    listed = portal.elaas.sessions.of_account(own.account_id)
    assert ["office", "phone", "home"] == [each.label for each in listed]
    assert own == listed[0]
    onboard(portal, "laas-another", person=Expected(OFFICER.national_id))
    another = str(
        portal.elaas.sessions.start(signed_in_of(portal.begin(portal.browser(), "laas-another", CHOSEN)))
    )

    portal.elaas.sessions.end_others(office, only=of(portal, another).ref)
    portal.elaas.sessions.end_others(office, only=own.ref)
    portal.elaas.sessions.end_others(office, only=listed[2].ref)
    assert "session_unknown" == refused(portal.elaas.sessions.of, home).code
    assert_stands(portal, phone)
    portal.elaas.sessions.end_others(office)
    assert "session_unknown" == refused(portal.elaas.sessions.of, phone).code
    assert (of(portal, office).ref,) == tuple(
        each.ref for each in portal.elaas.sessions.of_account(own.account_id)
    )
    assert_stands(portal, another)
    assert () == portal.elaas.sessions.of_account("no such account")


ENDED: dict[str, Callable[[Portal, str], object]] = {
    "suspend": lambda portal, account_id: portal.elaas.accounts.suspend(account_id, **WHY),
    "close_account": lambda portal, account_id: portal.elaas.accounts.close_account(account_id, **WHY),
    "reissue": lambda portal, account_id: portal.elaas.accounts.reissue(account_id, **WHY),
    "unlock": lambda portal, account_id: portal.elaas.accounts.unlock(account_id, **WHY),
    "hand_over": lambda portal, account_id: portal.elaas.accounts.hand_over(
        account_id, Expected(STRANGER.national_id), **WHY
    ),
}


@pytest.mark.parametrize("act", ENDED)
def test_r6_6_an_administrators_act_ends_every_session(portal: Portal, act: str) -> None:
    """Who was suspended, or has left, would go on in the browser that is open (ASVS 7.4.2)."""
    tokens = [started(portal), started(portal)]
    account_id = of(portal, tokens[0]).account_id
    ENDED[act](portal, account_id)
    assert () == portal.elaas.sessions.of_account(account_id)
    if act == "suspend":  # what a restored account had before stays dead
        portal.elaas.accounts.restore(account_id, **WHY)
    for token in tokens:
        assert "sign_in_outdated" == refused(portal.elaas.sessions.of, token).code
        assert "sign_in_outdated" == refused(portal.elaas.sessions.end_others, token).code
    if act in ("suspend", "unlock"):
        assert_stands(portal, started(portal))


def test_r6_6_an_administrator_signs_somebody_out_everywhere(portal: Portal) -> None:
    """A lost computer would stay signed in until the account is suspended; or nobody could say later who did it."""
    tokens = [started(portal), started(portal)]
    account_id = of(portal, tokens[0]).account_id
    assert "account_invalid" == refused(portal.elaas.sessions.end_all, account_id, by="", reason="x").code
    portal.elaas.sessions.end_all("no such account", **WHY)
    assert_stands(portal, tokens[0])
    portal.elaas.sessions.end_all(account_id, **WHY)
    event = portal.events[-1]
    assert ("session.ended", account_id, WHY["by"], WHY["reason"]) == (
        event.kind,
        event.account_id,
        event.by,
        event.reason,
    )
    for token in tokens:
        assert "session_unknown" == refused(portal.elaas.sessions.of, token).code
    assert_stands(portal, started(portal))


def test_r6_6_a_sign_in_that_the_account_has_left_behind_begins_no_session(portal: Portal) -> None:
    """A suspension between the sign-in and the session would be missed."""
    step = signed_in(portal)
    portal.elaas.accounts.suspend(step.account.id, **WHY)
    assert "sign_in_outdated" == refused(portal.elaas.sessions.start, step).code
    assert () == stored(portal, step.account.id)


def change_password(portal: Portal, session: KeptSession, password: str = NEXT) -> PasswordSet:
    browser = portal.browser()
    flow_id = portal.elaas.change_password(session, CHOSEN, browser=browser).flow_id
    step = portal.elaas.set_password(flow_id, password, browser=browser).step
    assert isinstance(step, PasswordSet)
    return step


def test_r6_6_the_session_that_asked_for_a_change_goes_on_under_a_new_token(portal: Portal) -> None:
    """Who changes a password because somebody else knows it would leave them in, or be thrown out (ASVS 7.4.3)."""
    own, other = started(portal, "own"), started(portal)
    session, start = of(portal, own), portal.clock()
    portal.clock.shift(minutes=5)
    step = change_password(portal, session)
    assert step.session_digest is not None
    fresh = portal.elaas.sessions.renew(own, step)
    assert "session.renewed" == portal.events[-1].kind
    goes_on = of(portal, fresh)
    assert replace(session, epoch=step.account.epoch, credential_version=step.credential_version,
                   last_seen_at=portal.clock()) == goes_on  # fmt: skip
    assert start == goes_on.started_at
    portal.elaas.change_email(goes_on, browser=portal.browser())
    for dead, code in ((own, "session_unknown"), (other, "sign_in_outdated")):
        assert code == refused(portal.elaas.sessions.of, dead).code
        assert code == refused(portal.elaas.sessions.renew, dead, step).code
    assert "sign_in_outdated" == refused(portal.elaas.sessions.renew, fresh, step).code


def test_r6_6_a_portals_own_session_goes_on_as_well(portal: Portal) -> None:
    """A portal with sessions of its own would sign people out for a change that they made."""
    session = signed_in(portal).session("sid-1")
    step = change_password(portal, session)  # type: ignore[arg-type]
    renewed = session.renewed(step, "sid-2")
    assert "sid-2" == renewed.ref
    portal.elaas.change_email(renewed, browser=portal.browser())
    assert "sign_in_outdated" == refused(renewed.renewed, step, "sid-3").code
    assert "sign_in_outdated" == refused(replace(session, account_id="another").renewed, step, "sid-3").code


def test_r6_6_no_session_goes_on_after_a_recovery(portal: Portal) -> None:
    """Who is in an open browser would go on after the person has taken the account back."""
    token, browser = started(portal), portal.browser()
    portal.clock.shift(minutes=2)
    flow_id = through_thaid(portal, portal.elaas.recover(browser=browser), browser).flow_id
    portal.elaas.choose_account(flow_id, of(portal, token).account_id, browser=browser)
    portal.elaas.submit_one_time_code(flow_id, portal.code(), browser=browser)
    step = portal.elaas.set_password(flow_id, NEXT, browser=browser).step
    assert step.session_digest is None
    assert "sign_in_outdated" == refused(portal.elaas.sessions.renew, token, step).code
    assert "sign_in_outdated" == refused(portal.elaas.sessions.of, token).code


def test_r6_6_no_session_goes_on_that_an_administrator_has_ended_meanwhile(portal: Portal) -> None:
    """A change by the person would take back the suspension."""
    token = started(portal)
    step = change_password(portal, of(portal, token))
    portal.elaas.accounts.suspend(step.account.id, **WHY)
    portal.elaas.accounts.restore(step.account.id, **WHY)
    assert "sign_in_outdated" == refused(portal.elaas.sessions.renew, token, step).code


def test_inv10_one_session_too_many_ends_the_one_not_used_for_longest(portal: Portal) -> None:
    """Somebody who signs in again and again would fill the store; or the person would be shut out."""
    limit, tokens = SessionPolicy().per_account, list[str]()
    for _ in range(limit):
        tokens.append(started(portal))
        portal.clock.shift(MINUTE)
    of(portal, tokens[0])
    tokens.append(started(portal))
    account_id = of(portal, tokens[-1]).account_id
    assert limit == len(portal.elaas.sessions.of_account(account_id)) == len(stored(portal, account_id))
    assert "session_unknown" == refused(portal.elaas.sessions.of, tokens[1]).code
    assert_stands(portal, tokens[0])


def test_inv10_places_of_sessions_that_are_over_are_used_first(portal: Portal) -> None:
    """Records of sessions that ended would pile up until the next purge, or cost a live one its place."""
    live = started(portal)
    account_id = of(portal, live).account_id
    for _ in range(2 * SessionPolicy().per_account):
        portal.elaas.sessions.end(started(portal))
    assert_stands(portal, live)
    assert 2 == len(stored(portal, account_id))


def test_inv10_many_sign_ins_at_once_are_never_too_many(portal: Portal) -> None:
    """Two that begin at once would each see the last place free."""
    limit = SessionPolicy().per_account
    steps = [signed_in(portal) for _ in range(limit + 2)]
    tokens = together(portal, [starting(step) for step in steps])
    assert len(steps) == len(set(tokens))
    assert limit == len(stored(portal, steps[0].account.id))


def test_r9_1_no_request_that_is_under_way_brings_a_signed_out_session_back(portal: Portal) -> None:
    """Who signs out with other tabs open would stay signed in: each writes when the session was seen."""
    token = started(portal)
    portal.clock.shift(MINUTE)
    calls: list[Callable[[Any], Any]] = [lambda elaas: elaas.sessions.of(token)] * 7
    answers = together(portal, [*calls, lambda elaas: elaas.sessions.end(token)])
    assert {"session_unknown"} >= {each.code for each in answers if isinstance(each, ElaasIdentityError)}
    assert "session_unknown" == refused(portal.elaas.sessions.of, token).code


def starting(step: SignedIn) -> Callable[[Any], Any]:
    return lambda elaas: elaas.sessions.start(step)


def test_r7_4_a_session_outlives_a_change_of_keys(tmp_path: Path) -> None:
    """Everybody would be signed out by a new key; or the old one could never be taken out."""
    old, new = {"k1": b"o" * 32}, {"k2": b"n" * 32}
    rings = [Keyring(old, current="k1"), Keyring(old | new, current="k2"), Keyring(new, current="k2")]
    token = ""
    for place, keyring in enumerate(rings):
        with made("sync-sqlite", tmp_path, keyring=keyring) as portal:
            portal = replace(portal, keyring=keyring)
            portal.clock.shift(place * MINUTE)
            if place == 0:
                onboard(portal)
                token = started(portal, "office")
                portal.elaas.sessions.end(started(portal, "a session that has ended"))
            if place == 1:
                assert 0 < portal.elaas.accounts.rekey("k1")
            session = of(portal, token)
            assert ("office", 1) == (session.label, len(portal.elaas.sessions.of_account(session.account_id)))


def test_r7_4_nothing_is_left_of_the_sessions_of_an_erased_person(portal: Portal) -> None:
    """The name of somebody's computer would outlive them in the store."""
    token = started(portal, "home of the invented officer")
    account_id = of(portal, token).account_id
    portal.elaas.accounts.close_account(account_id, **WHY)
    portal.elaas.accounts.erase_person(OFFICER.national_id, **WHY)
    (record,) = stored(portal, account_id)
    assert (None, portal.clock()) == (record.sealed, record.expires_at)
    portal.clock.shift(days=1, seconds=1)
    portal.elaas.purge()
    assert () == stored(portal, account_id)


def test_a_purge_takes_sessions_that_are_over(portal: Portal) -> None:
    """The store would fill with them; or a live one would be lost."""
    token = started(portal)
    account_id = of(portal, token).account_id
    portal.clock.shift(minutes=29)
    portal.elaas.purge(older_than=timedelta(0))
    assert_stands(portal, token)
    portal.clock.shift(minutes=30, seconds=1)
    portal.elaas.purge(older_than=timedelta(0))
    assert () == stored(portal, account_id)
    assert "session_unknown" == refused(portal.elaas.sessions.of, token).code


def test_r6_6_one_look_up_is_one_load(portal: Portal) -> None:
    """Every request of a signed-in person would ask the database several times."""
    token = started(portal)
    driver = getattr(portal.elaas, "_driven", portal.elaas)._driver
    load, loads = driver.store.load, list[Any]()

    def counting(*keys: Any) -> Any:
        loads.append(keys)
        return load(*keys)

    driver.store.load = counting
    try:
        of(portal, token)
    finally:
        driver.store.load = load
    assert 1 == len(loads)


def test_a_long_label_is_cut(portal: Portal) -> None:
    """A browser that names itself in a thousand letters would fill the store."""
    assert "ก" * 100 == of(portal, started(portal, "ก" * 4000)).label
