"""Mails: who they go to and what they say. Sending them is a provider's."""

from __future__ import annotations

from elaas_identity.mail.texts import MailTexts
from elaas_identity.messages.help import Help

__all__ = ["Help", "MailTexts"]
