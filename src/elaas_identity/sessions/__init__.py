"""Who is signed in."""

from __future__ import annotations

from elaas_identity.sessions.policy import SessionPolicy
from elaas_identity.sessions.session import KeptSession, Officer, Session

__all__ = [
    "KeptSession",
    "Officer",
    "Session",
    "SessionPolicy",
]
