"""What a portal's own sessions have to keep, as tests that they are put to:

    class TestOurSessions(SessionsContract):
        @pytest.fixture
        def sessions_of(self):
            return lambda elaas: OurSessions(elaas)

`OurSessions` is what the portal does at each request, as an object: see `PortalSessions`. The facade is the contract's
own. The time is `elaas.clock()`, and how long a session may last is in `elaas.policy.sessions`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar, Protocol, TypeAlias

from elaas_identity.errors import Refused
from elaas_identity.flow.outcomes import OwnChange, SignedIn
from elaas_identity.sessions.policy import LONGEST, LONGEST_IDLE
from elaas_identity.sessions.session import Session
from elaas_identity.testing.contract import Contract, nothing_secret, overheard, same
from elaas_identity.testing.signed_in_people import SignedInPeople

NOT_OURS = ("", "invented", "ก", "a" * 5000, "\r\nx: y", "../../etc/passwd", "0")


class PortalSessions(Protocol):
    """A portal's sessions: synchronous or, with the same names, asynchronous. `elaas.sessions` is one."""

    def start(self, signed_in: SignedIn, /) -> str:
        """Begin a session; answer what goes into the cookie."""
        ...

    def of(self, cookie: str, /) -> Session | None:
        """Who is signed in by that cookie: None, or `Refused`, where nobody is."""
        ...

    def renew(self, cookie: str, change: OwnChange, /) -> str:
        """Go on after a change that the person made in this session; answer the new cookie.

        Raises:
            Refused: the change was not made in this session.
        """
        ...

    def end(self, cookie: str, /) -> None:
        """Sign out."""
        ...


SessionsOf: TypeAlias = Callable[[Any], PortalSessions]
"""Makes the portal's sessions for a facade."""


class SessionsContract(Contract):
    """The promises of `PortalSessions`, one test each.

    Attributes:
        asynchronous: whether the sessions ask an `AsyncElaasIdentity`.
    """

    asynchronous: ClassVar[bool] = False

    def test_whoever_signed_in_is_signed_in(self, sessions_of: SessionsOf) -> None:
        """R6.6: acts would be asked for another account, person or password than the one that signed in."""
        with self._people() as people:
            sessions, signed_in = sessions_of(people.portals), people.sign_in()
            session = _found(sessions, sessions.start(signed_in))
            expected = signed_in.session("")
            for name in ("account_id", "binding_id", "epoch", "credential_version"):
                same((name, getattr(expected, name)), (name, getattr(session, name)))

    def test_acts_take_its_session(self, sessions_of: SessionsOf) -> None:
        """R6.6: nobody could change a password or confirm a payment."""
        with self._people() as people:
            sessions = sessions_of(people.portals)
            people.change_password(_found(sessions, sessions.start(people.sign_in())))

    def test_each_sign_in_has_a_cookie_of_its_own(self, sessions_of: SessionsOf) -> None:
        """ASVS 7.2.4: whoever planted a cookie beforehand would be signed in along with the person."""
        with self._people() as people:
            sessions = sessions_of(people.portals)
            cookies = [sessions.start(people.sign_in()) for _ in range(3)]
            same(3, len(set(cookies)))
            if min(map(len, cookies)) < 22:
                raise AssertionError(
                    "a cookie is shorter than 128 bits of base64, and can be guessed (ASVS 7.2.3)"
                )

    def test_nobody_else_is_signed_in(self, sessions_of: SessionsOf) -> None:
        """R6.6: one officer would act for another agency."""
        with self._people() as people:
            sessions = sessions_of(people.portals)
            first, second = people.sign_in("laas-0001"), people.sign_in("laas-0002")
            cookies = [sessions.start(first), sessions.start(second)]
            found = [_found(sessions, cookie).account_id for cookie in cookies]
            same([first.account.id, second.account.id], found)

    def test_an_invented_cookie_is_nobodys(self, sessions_of: SessionsOf) -> None:
        """R6.6: what anybody can send would sign them in, or end in a page with a traceback."""
        with self._people() as people:
            sessions = sessions_of(people.portals)
            cookie = sessions.start(people.sign_in())
            for wrong in (*NOT_OURS, cookie[:-1], f"{cookie}a", cookie.swapcase()):
                _nobody(sessions, wrong, "an invented cookie")

    def test_who_signed_out_is_out(self, sessions_of: SessionsOf) -> None:
        """ASVS 7.4.1: a copy of the cookie would stay good; and signing out twice is no error."""
        with self._people() as people:
            sessions = sessions_of(people.portals)
            cookie, other = sessions.start(people.sign_in()), sessions.start(people.sign_in())
            for ended in (cookie, cookie, *NOT_OURS):
                sessions.end(ended)
            _nobody(sessions, cookie, "a session that was ended")
            _found(sessions, other)

    def test_an_idle_session_ends(self, sessions_of: SessionsOf) -> None:
        """R6.5: an empty chair would stay signed in beyond thirty minutes (มรด. 1-2:2564, AAL2)."""
        with self._people() as people:
            sessions = sessions_of(people.portals)
            cookie = sessions.start(people.sign_in())
            people.clock.shift(LONGEST_IDLE)
            _nobody(sessions, cookie, "a session without a request for 30 minutes")

    def test_a_busy_session_goes_on_and_ends_all_the_same(self, sessions_of: SessionsOf) -> None:
        """R6.5: twelve hours at most, whatever the person does (มรด. 1-2:2564, AAL2); and not sooner."""
        with self._people() as people:
            sessions, pause = sessions_of(people.portals), timedelta(minutes=25)
            cookie = sessions.start(people.sign_in())
            for _ in range(LONGEST // pause):
                people.clock.shift(pause)
                _found(sessions, cookie)
            people.clock.shift(pause)
            _nobody(sessions, cookie, "a session of 12 hours")

    def test_an_account_that_changes_ends_its_sessions(self, sessions_of: SessionsOf) -> None:
        """Invariant 7: a suspended account would go on, and one that was restored would wake its old sessions."""
        with self._people() as people:
            sessions, who = sessions_of(people.portals), people.sign_in()
            cookie, other = sessions.start(who), sessions.start(people.sign_in("laas-0002"))
            people.elaas.accounts.suspend(who.account.id, by="a contract", reason="to see")
            _nobody(sessions, cookie, "a session of a suspended account")
            people.elaas.accounts.restore(who.account.id, by="a contract", reason="to see")
            _nobody(sessions, cookie, "a session from before the account was restored")
            _found(sessions, other)

    def test_a_change_of_password_ends_the_other_sessions(self, sessions_of: SessionsOf) -> None:
        """ASVS 7.4.3: whoever stole the old password would stay signed in."""
        with self._people() as people:
            sessions = sessions_of(people.portals)
            own, other = sessions.start(people.sign_in()), sessions.start(people.sign_in())
            step = people.change_password(_found(sessions, own))
            renewed = sessions.renew(own, step)
            _nobody(sessions, other, "another session, after the password was changed")
            if renewed == own:
                raise AssertionError("the session has the same cookie as before the change")
            _nobody(sessions, own, "the cookie from before the change")
            people.change_password(_found(sessions, renewed))

    def test_only_the_session_that_asked_goes_on(self, sessions_of: SessionsOf) -> None:
        """Invariant 7: after a recovery whoever was in before would stay in, thief included."""
        with self._people() as people:
            sessions = sessions_of(people.portals)
            cookie = sessions.start(people.sign_in())
            people.clock.shift(minutes=10)
            step = people.recover()
            try:
                renewed = sessions.renew(cookie, step)
            except Refused:
                renewed = ""
            for each in (renewed, cookie):
                _nobody(sessions, each, "a session from before a recovery")

    def test_nobody_elses_session_goes_on(self, sessions_of: SessionsOf) -> None:
        """Invariant 7: a colleague's session would be carried over to the account that changed."""
        with self._people() as people:
            sessions = sessions_of(people.portals)
            own, other = sessions.start(people.sign_in()), sessions.start(people.sign_in("laas-0002"))
            step = people.change_password(_found(sessions, own))
            try:
                renewed = sessions.renew(other, step)
            except Refused:
                return
            same(None, _session(sessions, renewed))

    def test_nothing_secret_is_told(self, sessions_of: SessionsOf) -> None:
        """R7.2: whoever reads the log would be in everybody's session."""
        with self._people() as people, overheard() as lines:
            sessions = sessions_of(people.portals)
            first = sessions.start(people.sign_in())
            second = sessions.renew(first, people.change_password(_found(sessions, first)))
            shown = f"{sessions!r} {_found(sessions, second)!r}"
            sessions.end(second)
            _session(sessions, second)
        secrets = (first, second, *self.secrets)
        nothing_secret("the log", "\n".join(lines), secrets)
        nothing_secret("the repr", shown, secrets)

    def _people(self) -> SignedInPeople:
        return SignedInPeople(asynchronous=self.asynchronous)


def _session(sessions: PortalSessions, cookie: str) -> Session | None:
    try:
        return sessions.of(cookie)
    except Refused:
        return None


def _found(sessions: PortalSessions, cookie: str) -> Session:
    session = _session(sessions, cookie)
    if session is None:
        raise AssertionError("a session that is not over was not found")
    return session


def _nobody(sessions: PortalSessions, cookie: str, of: str) -> None:
    if _session(sessions, cookie) is not None:
        raise AssertionError(f"{of} is taken for somebody who is signed in")
