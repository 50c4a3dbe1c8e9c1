"""`elaas.sessions`: who is signed in, kept in the store. A portal with sessions of its own needs none of it."""

from __future__ import annotations

from elaas_identity._async.driver import AsyncDriver, act
from elaas_identity.browser import Browser
from elaas_identity.effects import Act
from elaas_identity.flow.advance import Rules
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.outcomes import OwnChange, SignedIn
from elaas_identity.sessions import keeping
from elaas_identity.sessions.session import KeptSession, Officer


class AsyncSessions:
    """The sessions of the people who are signed in.

    A token is a secret of 128 bits for the portal's cookie (`__Host-…; Secure; HttpOnly; SameSite=Lax; Path=/`). The
    store keeps a keyed index of it. A session lasts as long as `FlowPolicy.sessions` says, and no longer than its
    account stays as it was: a suspension, a hand-over, a re-issue, a recovery, a change of password ends it.
    """

    def __init__(self, driver: AsyncDriver, rules: Rules) -> None:
        self._driver = driver
        self._rules = rules

    def _asked(self, browser: Browser | None = None) -> tuple[Rules, Moment]:
        clock, random = self._driver.clock, self._driver.random
        return self._rules, Moment.of(clock(), random.token_bytes(32), self._rules.keyring, browser)

    @act
    def start(self, signed_in: SignedIn, *, label: str = "", browser: Browser | None = None) -> Act[str]:
        """Begin a session; put the token into the cookie, in the place of any before it (ASVS 7.2.4).

        One session more than `per_account` ends the one that was not used for longest.

        Args:
            label: what the person will know the session by in a list, such as their browser's name. 100 characters are
                kept, sealed.
            browser: who is asking, for the event; so in the other calls.

        Raises:
            Refused: `sign_in_outdated`, when the account has changed since the sign-in.
        """
        return keeping.start(*self._asked(browser), signed_in, label)

    @act
    def of(self, token: str, *, browser: Browser | None = None) -> Act[KeptSession]:
        """The session of that token: asked at each request of the person.

        One load; that it was seen is written once a minute. Never asked for a request that a page makes by itself.

        Raises:
            Refused: `session_unknown` for no session, or one that has ended; `session_expired` for one whose time is
                over; `sign_in_outdated` for one whose account has changed. In each case, show the sign-in page.
        """
        return keeping.look_up(*self._asked(browser), token)

    @act
    def officer(self, token: str, *, browser: Browser | None = None) -> Act[Officer]:
        """The session of that token with its account and its person, for a page of the portal's own.

        In the place of `of`, and at the same cost: one load.

        Raises:
            Refused: as `of`.
        """
        return keeping.officer(*self._asked(browser), token)

    @act
    def renew(self, token: str, change: OwnChange, *, browser: Browser | None = None) -> Act[str]:
        """After a change that the person made by this session: it goes on under a new token, and the others have ended.

        Its twelve hours still count from the sign-in.

        Raises:
            Refused: `sign_in_outdated`: another session asked for the change, or none, as in a recovery; or the account
                has changed once more; and as `of`.
        """
        return keeping.renew(*self._asked(browser), token, change)

    @act
    def end(self, token: str, *, browser: Browser | None = None) -> Act[None]:
        """Sign out. A token that is no session, or none any more, is no error."""
        return keeping.end(*self._asked(browser), token)

    @act
    def end_others(self, token: str, *, only: str | None = None, browser: Browser | None = None) -> Act[None]:
        """End all other sessions of the account.

        Args:
            only: the `ref` of one of them, as `of_account` lists it; then the rest goes on.

        Raises:
            Refused: as `of`.
        """
        return keeping.end_others(*self._asked(browser), token, only)

    @act
    def end_all(self, account_id: str, *, by: str, reason: str) -> Act[None]:
        """An administrator's act: end every session of an account, for a computer that was lost.

        Its person may sign in again at once, and a flow that was begun in a session goes on: `suspend` ends that, too.

        Raises:
            Refused: `account_invalid` when `by` or `reason` is missing.
        """
        return keeping.end_all(self._asked()[1], account_id, by=by, reason=reason)

    @act
    def of_account(self, account_id: str) -> Act[tuple[KeptSession, ...]]:
        """The sessions of an account that are not over, the last used first. It is one person's: who holds the account.

        The one that asks is that with the same `ref`.
        """
        return keeping.of_account(*self._asked(), account_id)
