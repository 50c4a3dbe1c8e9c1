"""Whom a person asks: it stands on every page and in every mail."""

from __future__ import annotations

import re
from dataclasses import dataclass

from elaas_identity._discreet import discreet
from elaas_identity.messages import Message

_NUMBER = re.compile(r"\+?[0-9][0-9 ()-]*")


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """Whom a person asks, at the bottom of every page and near the end of every mail.

    Attributes:
        office: who helps.
        telephone: as people read it; what begins as a number can be called by a tap.
        hours: when somebody answers.
    """

    office: Message
    telephone: str = ""
    hours: Message | None = None

    @property
    def call(self) -> str:
        """The `tel:` URL (RFC 3966) of the number that `telephone` begins with; empty where it begins with none."""
        number = _NUMBER.match(self.telephone)
        return f"tel:{re.sub('[^+0-9]', '', number[0])}" if number else ""
