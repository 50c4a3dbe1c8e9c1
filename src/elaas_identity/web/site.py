"""What the portal's pages have in common: its name and logo, whom to ask, its own style and texts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from elaas_identity._discreet import discreet
from elaas_identity.errors import Misconfigured
from elaas_identity.messages import Message
from elaas_identity.messages.help import Help
from elaas_identity.messages.own_texts import OwnTexts, fault_in, say_in_own

_PATH = re.compile(r"/(?![/\\])[^\s\\]*")
_OF_PAGES = ("page.", "error.", "ended.", "date.", "wait.")


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the portal's pages have in common.

    Attributes:
        name: the portal's name, at the top of each page.
        help: whom a person asks.
        banner: a notice at the very top, for example that this is a demonstration.
        logo: the path of a picture of the portal's own, in place of the library's.
        style: the path of a style sheet of the portal's own, read after the library's. Its `--elaas-…` variables set
            colours and fonts.
        texts: the portal's own wording, by the message's id (`page.…`, `error.…`, `ended.…`, `date.…`, `wait.…`), with
            the same `{places}` as the library's or fewer.

    Raises:
        Misconfigured: `page_settings`: a path that is none of this origin (`/static/logo.svg`), a text that no page
            has, or one with a place that is not filled.
    """

    name: Message
    help: Help | None = None
    banner: Message | None = None
    logo: str | None = None
    style: str | None = None
    texts: OwnTexts = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("logo", "style"):
            path = getattr(self, name)
            if path is not None and not _PATH.fullmatch(path):
                raise Misconfigured(
                    "page_settings", detail=f"{name} is a path of this origin, such as /{name}.svg"
                )
        if fault := fault_in(self.texts, *_OF_PAGES):
            raise Misconfigured("page_settings", detail=f"texts: {fault}")

    def say(self, message_id: str, /, **values: object) -> Message:
        """The message of that id, in the portal's own wording where it has one. As `messages.say`."""
        return say_in_own(self.texts, message_id, **values)
