"""Who is signed in."""

from __future__ import annotations

from elaas_identity.person.session_guidance import SessionGuidance
from elaas_identity.sessions.session import Session

__all__ = [
    "Session",
    "SessionGuidance",
]
