"""What the portal's pages have in common: its name and logo, whom to ask, its own style and texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter

from elaas_identity._discreet import discreet
from elaas_identity.errors import Misconfigured
from elaas_identity.messages import Message, filled, say, wording

_PATH = re.compile(r"/(?![/\\])[^\s\\]*")
_NUMBER = re.compile(r"\+?[0-9][0-9 ()-]*")
_OF_PAGES = ("page.", "error.", "ended.")


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """Whom a person asks, at the bottom of every page.

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
        texts: the portal's own wording, by the message's id (`page.…`, `error.…`, `ended.…`), with the same `{places}`
            as the library's or fewer.

    Raises:
        Misconfigured: `page_settings`: a path that is none of this origin (`/static/logo.svg`), a text that no page
            has, or one with a place that is not filled.
    """

    name: Message
    help: Help | None = None
    banner: Message | None = None
    logo: str | None = None
    style: str | None = None
    texts: Mapping[str, Message] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("logo", "style"):
            path = getattr(self, name)
            if path is not None and not _PATH.fullmatch(path):
                raise Misconfigured(
                    "page_settings", detail=f"{name} is a path of this origin, such as /{name}.svg"
                )
        for message_id, text in self.texts.items():
            if fault := _fault(message_id, text):
                raise Misconfigured("page_settings", detail=f"texts: {message_id} {fault}")

    def say(self, message_id: str, /, **values: object) -> Message:
        """The message of that id, in the portal's own wording where it has one. As `messages.say`."""
        own = self.texts.get(message_id)
        return say(message_id, **values) if own is None else filled(own, values)


def _fault(message_id: str, text: Message) -> str | None:
    """What is wrong with a text of the portal's own."""
    try:
        known = wording(message_id) if message_id.startswith(_OF_PAGES) else None
    except KeyError:
        known = None
    if known is None:
        return "is no text of a page"
    try:
        unknown = (_places(text.th) | _places(text.en)) - _places(known.th)
    except ValueError:
        return "has a brace too many"
    return f"has a place that is not filled: {', '.join(sorted(unknown))}" if unknown else None


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
