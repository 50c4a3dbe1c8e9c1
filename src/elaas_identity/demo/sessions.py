"""The demonstration portal's own sessions. They live in memory, so they end with the process."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from elaas_identity import Account, AsyncElaasIdentity, SignedIn
from elaas_identity.person.session_guidance import SessionGuidance


@dataclass(frozen=True, slots=True)
class _Held:
    signed_in: SignedIn
    begun_at: datetime
    seen_at: datetime


class Sessions:
    """Who is signed in, by session id; for 12 hours at most, and 30 minutes without a request (R6.5)."""

    def __init__(self, clock: Callable[[], datetime], guidance: SessionGuidance | None = None) -> None:
        self._clock = clock
        self._guidance = guidance or SessionGuidance()
        self._held: dict[str, _Held] = {}

    def begin(self, signed_in: SignedIn, old_id: str) -> str:
        """A new id at each sign-in, so that one planted beforehand is worth nothing (ASVS 7.2.4)."""
        self.end(old_id)
        session_id, now = secrets.token_urlsafe(32), self._clock()
        self._held[session_id] = _Held(signed_in, now, now)
        return session_id

    def of(self, session_id: str) -> SignedIn | None:
        """Who is signed in there."""
        held = self._held.get(session_id)
        return None if held is None else held.signed_in

    def end(self, session_id: str) -> None:
        """Sign out."""
        self._held.pop(session_id, None)

    def keep(self, session_id: str, account: Account) -> None:
        """The person changed something of the account in this session: it goes on, and the others end by the epoch."""
        if (held := self._held.get(session_id)) is not None:
            self._held[session_id] = replace(held, signed_in=replace(held.signed_in, account=account))

    async def end_if_over(self, session_id: str, elaas: AsyncElaasIdentity) -> None:
        """Too old, or idle; or the account's epoch is another: a new password (ASVS 7.4.3), an administrator's act."""
        held, now = self._held.get(session_id), self._clock()
        if held is None:
            return
        account = await elaas.accounts.find(held.signed_in.account.username)
        is_outdated = account is None or account.epoch != held.signed_in.account.epoch
        if is_outdated or self._guidance.is_over(held.begun_at, held.seen_at, now):
            self.end(session_id)
        else:
            self._held[session_id] = replace(held, seen_at=now)
