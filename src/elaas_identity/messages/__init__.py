"""What people read, in Thai and English, from gettext catalogues (`locale/<language>/LC_MESSAGES/<domain>.po`).

The texts of the pages (`page.…`) are the domain `pages`, all others `elaas_identity`. A message is named by a stable
id (`error.credential_wrong`, `mail.one_time_code.subject`); its wording lives in the catalogues alone, so that it can
be reviewed, and replaced, by someone who reads no Python. `scripts/messages.py` compiles and checks them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations
from importlib.resources import files
from typing import Literal

from elaas_identity._discreet import discreet

Language = Literal["th", "en"]

Say = Callable[..., "Message"]
"""`say`, or one that knows a portal's own texts."""


@discreet
@dataclass(frozen=True, slots=True)
class Message:
    """One message in both languages. `str()` gives Thai, then English, since a clerk reads it."""

    th: str
    en: str

    def text(self, language: Language) -> str:
        """The wording in one language."""
        return self.th if language == "th" else self.en

    def __str__(self) -> str:
        return f"{self.th}\n{self.en}"


def say(message_id: str, /, **values: object) -> Message:
    """The message of that id, its `{named}` places filled from `values`.

    A value that is itself a `Message` is said in the language around it. `seconds` may be worded as `{wait}`, too:
    see `waiting`. Only the wording is a format: braces in a value stay what they are.

    Raises:
        KeyError: no catalogue has the id. A test asks for every id that the code uses.
    """
    return filled(wording(message_id), values, say)


def filled(open_: Message, values: Mapping[str, object], say: Say) -> Message:
    """The message with its places filled, as `say` fills them; `say` words the wait."""
    if "{" not in open_.th + open_.en:
        return open_
    values = dict(values)
    if "seconds" in values:
        seconds = values["seconds"]
        values["wait"] = waiting(seconds, say) if isinstance(seconds, int) else seconds
    return Message(th=_in("th", open_.th, values), en=_in("en", open_.en, values))


def waiting(seconds: int, say: Say = say) -> Message:
    """How long to wait, as one says it: "90 seconds", "3 minutes", "2 days"; "a moment" where nobody knows.

    In the largest unit of which there are two, rounded up, so that who waits as told has waited long enough.
    """
    if seconds <= 0:
        return say("wait.moment")
    if seconds == 1:
        return say("wait.second")
    unit, length = next((unit, length) for unit, length in _UNITS if seconds >= 2 * length)
    return say(f"wait.{unit}", count=-(-seconds // length))


_UNITS = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))


def _in(language: Language, text: str, values: Mapping[str, object]) -> str:
    inner = {
        name: value.text(language) if isinstance(value, Message) else value for name, value in values.items()
    }
    return text.format_map(inner)


@cache
def wording(message_id: str) -> Message:
    """The wording in both languages, with its places still open."""
    domain = "pages" if message_id.startswith("page.") else "elaas_identity"
    found = Message(
        th=_catalogue("th", domain).gettext(message_id), en=_catalogue("en", domain).gettext(message_id)
    )
    if message_id in (found.th, found.en):
        raise KeyError(message_id)
    return found


@cache
def _catalogue(language: Language, domain: str) -> GNUTranslations:
    compiled = files("elaas_identity.messages") / "locale" / language / "LC_MESSAGES" / f"{domain}.mo"
    with compiled.open("rb") as stream:
        return GNUTranslations(stream)
