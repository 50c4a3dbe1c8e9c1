"""Who is signed in to the demonstration portal: sessions of the library, and what the portal shows of a person."""

from __future__ import annotations

from elaas_identity import AsyncElaasIdentity, Refused, SignedIn
from elaas_identity.sessions import KeptSession
from elaas_identity.steps import OwnChange


class Sessions:
    """The session behind a cookie. Whom it belongs to is held in memory, by the binding."""

    def __init__(self, elaas: AsyncElaasIdentity) -> None:
        self._sessions = elaas.sessions
        self._people: dict[str, SignedIn] = {}

    async def begin(self, signed_in: SignedIn, old_token: str, label: str) -> str:
        """A new token at each sign-in, so that one planted beforehand is worth nothing (ASVS 7.2.4)."""
        await self._sessions.end(old_token)
        self._people[signed_in.binding_id] = signed_in
        return await self._sessions.start(signed_in, label=label)

    async def of(self, token: str) -> KeptSession | None:
        """The session of that cookie, if it is not over."""
        try:
            return await self._sessions.of(token)
        except Refused:
            return None

    async def renew(self, token: str, change: OwnChange) -> str:
        """The session goes on in which the person changed something; empty where none asked for it."""
        try:
            return await self._sessions.renew(token, change)
        except Refused:
            return ""

    def person(self, session: KeptSession) -> SignedIn:
        """Who they are, as they were when they signed in last."""
        return self._people[session.binding_id]
