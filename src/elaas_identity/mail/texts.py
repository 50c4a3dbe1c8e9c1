"""What a portal says in the library's mails: whom to ask, and its own wording."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from elaas_identity._discreet import discreet
from elaas_identity.errors import Misconfigured
from elaas_identity.messages import Message
from elaas_identity.messages.help import Help
from elaas_identity.messages.own_texts import OwnTexts, fault_in, say_in_own

_LINK = re.compile(r"://|\bwww\.|\bmailto:", re.IGNORECASE)


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class MailTexts:
    """What a portal says in the library's mails.

    Attributes:
        help: whom a person asks, near the end of each mail.
        texts: the portal's own wording, by the message's id (`mail.…`, `date.…`, `wait.…`), with the same `{places}` as
            the library's or fewer. Put no link into it: the mails say that they never have one (R3.9).

    Raises:
        Misconfigured: `mailer_settings`: a text that no mail has, one with a place that is not filled, or with a link.
    """

    help: Help | None = None
    texts: OwnTexts = field(default_factory=dict)

    def __post_init__(self) -> None:
        fault = fault_in(self.texts, "mail.", "date.", "wait.") or next(
            (f"{each} has a link" for each, text in self.texts.items() if _LINK.search(str(text))), None
        )
        if fault:
            raise Misconfigured("mailer_settings", detail=f"texts: {fault}")

    def say(self, message_id: str, /, **values: object) -> Message:
        """The message of that id, in the portal's own wording where it has one. As `messages.say`."""
        return say_in_own(self.texts, message_id, **values)

    @property
    def whom_to_ask(self) -> tuple[Message, ...]:
        """The paragraph that names the office, its telephone and hours; none where no help was given."""
        if self.help is None:
            return ()
        parts = [self.say("mail.help", office=self.help.office)]
        if self.help.telephone:
            parts.append(self.say("mail.help.telephone", telephone=self.help.telephone))
        if self.help.hours is not None:
            parts.append(self.help.hours)
        return (Message(th=" · ".join(each.th for each in parts), en=" · ".join(each.en for each in parts)),)


LIBRARY_TEXTS = MailTexts()
"""The library's own wording, and nobody to ask."""
