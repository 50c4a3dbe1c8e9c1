"""The contract of a portal's sessions: kept by the library's and by small ones, and by none that breaks a promise."""

from __future__ import annotations

import logging
import secrets
import unittest
from collections.abc import Callable
from typing import Any

import pytest

from elaas_identity import Refused, Session
from elaas_identity.testing import SessionsContract
from tests.testing.broken import check_caught, check_every_promise_is_tried


class Kept:
    """A dictionary of a portal's, as docs/sessions.md words it."""

    def __init__(self, elaas: Any) -> None:
        self.elaas = elaas
        self.kept: dict[str, tuple[Session, str, Any, Any]] = {}

    def start(self, signed_in: Any) -> str:
        return self.keep(signed_in.session(self.new_id()), signed_in.account.username, self.elaas.clock())

    def new_id(self) -> str:
        return secrets.token_urlsafe(32)

    def keep(self, session: Session, username: str, started: Any) -> str:
        self.kept[session.ref] = session, username, started, self.elaas.clock()
        return session.ref

    def of(self, cookie: str) -> Session | None:
        if cookie not in self.kept:
            return None
        session, username, started, seen = self.kept[cookie]
        if self.is_over(started, seen) or self.has_changed(session, username):
            return None
        self.keep(session, username, started)
        return session

    def is_over(self, started: Any, seen: Any) -> bool:
        return bool(self.elaas.policy.sessions.is_over(started, seen, self.elaas.clock()))

    def has_changed(self, session: Session, username: str) -> bool:
        account = self.elaas.accounts.find(username)
        return account is None or account.epoch != session.epoch

    def renew(self, cookie: str, change: Any) -> str:
        session, username, started, _ = self.kept[cookie]
        renewed = session.renewed(change, self.new_id())
        del self.kept[cookie]
        return self.keep(renewed, username, started)

    def end(self, cookie: str) -> None:
        self.kept.pop(cookie, None)

    def __repr__(self) -> str:
        return "Kept()"


class TestOurs(SessionsContract):
    """What the library keeps."""

    @pytest.fixture
    def sessions_of(self) -> Callable[[Any], Any]:
        return lambda elaas: elaas.sessions


class TestOursAwaited(SessionsContract):
    """The same, awaited."""

    asynchronous = True

    @pytest.fixture
    def sessions_of(self) -> Callable[[Any], Any]:
        return lambda elaas: elaas.sessions


class TestKept(SessionsContract, unittest.TestCase):
    """A portal's own, as unittest's users write it."""

    def sessions_of(self, elaas: Any) -> Kept:
        return Kept(elaas)


def with_(**methods: Callable[..., Any]) -> type[Kept]:
    return type("Broken", (Kept,), methods)


class OneForAll(Kept):
    """Keeps who came last."""

    def of(self, cookie: str) -> Session | None:
        return next((each[0] for each in reversed(self.kept.values())), None) if super().of(cookie) else None


class Counting(Kept):
    def new_id(self) -> str:
        return f"session-{len(self.kept)}-of-a-portal-that-counts"[:9]


class Fixed(Kept):
    """The cookie of the browser, whoever signs in by it."""

    def new_id(self) -> str:
        return "the cookie that the browser had before"


class Raising(Kept):
    def of(self, cookie: str) -> Session | None:
        assert self.kept[cookie]
        return super().of(cookie)


class EndsTwice(Kept):
    def end(self, cookie: str) -> None:
        del self.kept[cookie]


class Carrying(Kept):
    """Takes every change for its own."""

    def renew(self, cookie: str, change: Any) -> str:
        try:
            return super().renew(cookie, change)
        except Refused:
            session, _, started, _ = self.kept[cookie]
            session = Session(
                ref=self.new_id(),
                account_id=change.account.id,
                binding_id=session.binding_id,
                epoch=change.account.epoch,
                credential_version=change.credential_version,
            )
            return self.keep(session, change.account.username, started)


def same_cookie(self: Kept, cookie: str, change: Any) -> str:
    session, username, started, _ = self.kept[cookie]
    return self.keep(session.renewed(change, cookie), username, started)


def both_cookies(self: Kept, cookie: str, change: Any) -> str:
    session, username, started, _ = self.kept[cookie]
    self.keep(session.renewed(change, cookie), username, started)
    return self.keep(session.renewed(change, self.new_id()), username, started)


def old_version(self: Kept, signed_in: Any) -> str:
    kept = signed_in.session(self.new_id())
    wrong = Session(
        ref=kept.ref,
        account_id=kept.account_id,
        binding_id=kept.binding_id,
        epoch=kept.epoch,
        credential_version=kept.credential_version - 1,
    )
    return self.keep(wrong, signed_in.account.username, self.elaas.clock())


def logging_of(self: Kept, cookie: str) -> Session | None:
    logging.getLogger("a.portal").debug("asked for %s", cookie)
    return Kept.of(self, cookie)


def only_epoch_grows(self: Kept, session: Session, username: str) -> bool:
    return bool(self.elaas.accounts.find(username).status == "suspended")


BROKEN: list[tuple[str, type[Kept]]] = [
    ("test_whoever_signed_in_is_signed_in", with_(of=lambda self, cookie: None)),
    ("test_whoever_signed_in_is_signed_in", with_(start=old_version)),
    ("test_acts_take_its_session", with_(start=old_version)),
    ("test_each_sign_in_has_a_cookie_of_its_own", Fixed),
    ("test_each_sign_in_has_a_cookie_of_its_own", Counting),
    ("test_nobody_else_is_signed_in", OneForAll),
    ("test_an_invented_cookie_is_nobodys", Raising),
    (
        "test_an_invented_cookie_is_nobodys",
        with_(
            of=lambda self, cookie: Kept.of(
                self, next((each for each in self.kept if each.startswith(cookie)), "")
            )
        ),
    ),
    ("test_who_signed_out_is_out", with_(end=lambda self, cookie: None)),
    ("test_who_signed_out_is_out", with_(end=lambda self, cookie: self.kept.clear())),
    ("test_who_signed_out_is_out", EndsTwice),
    ("test_an_idle_session_ends", with_(is_over=lambda self, started, seen: False)),
    (
        "test_an_idle_session_ends",
        with_(is_over=lambda self, started, seen: Kept.is_over(self, started, self.elaas.clock())),
    ),
    (
        "test_a_busy_session_goes_on_and_ends_all_the_same",
        with_(is_over=lambda self, started, seen: Kept.is_over(self, seen, seen)),
    ),
    (
        "test_a_busy_session_goes_on_and_ends_all_the_same",
        with_(is_over=lambda self, started, seen: Kept.is_over(self, started, started)),
    ),
    ("test_an_account_that_changes_ends_its_sessions", with_(has_changed=lambda *_: False)),
    ("test_an_account_that_changes_ends_its_sessions", with_(has_changed=only_epoch_grows)),
    ("test_a_change_of_password_ends_the_other_sessions", with_(has_changed=only_epoch_grows)),
    ("test_a_change_of_password_ends_the_other_sessions", with_(renew=same_cookie)),
    ("test_a_change_of_password_ends_the_other_sessions", with_(renew=both_cookies)),
    ("test_only_the_session_that_asked_goes_on", Carrying),
    ("test_nobody_elses_session_goes_on", Carrying),
    ("test_nothing_secret_is_told", with_(of=logging_of)),
    ("test_nothing_secret_is_told", with_(__repr__=lambda self: f"Kept({list(self.kept)})")),
]


@pytest.mark.parametrize(("promise", "broken"), BROKEN)
def test_broken_sessions_are_caught(promise: str, broken: type[Kept]) -> None:
    """A portal would keep somebody signed in who is not, or sign in somebody else."""
    check_caught(TestOurs(), promise, sessions_of=lambda elaas: broken(elaas))


def test_every_promise_is_broken_once() -> None:
    """A test of the contract that no sessions fail may hold nothing."""
    check_every_promise_is_tried(SessionsContract, {promise for promise, _ in BROKEN})
