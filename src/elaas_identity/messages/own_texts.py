"""A portal's own wording in place of the library's, by the ids of the messages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from string import Formatter

from elaas_identity.messages import Message, filled, wording

OwnTexts = Mapping[str, Message]
"""Message id → the portal's own wording, with the same `{places}` as the library's, or fewer."""


def say_in_own(texts: OwnTexts, message_id: str, /, **values: object) -> Message:
    """As `messages.say`, in the portal's own wording where it has one."""
    return filled(texts.get(message_id) or wording(message_id), values, partial(say_in_own, texts))


def fault_in(texts: OwnTexts, *prefixes: str) -> str | None:
    """What is wrong with the first text that cannot be used; None where all can.

    Args:
        prefixes: how the ids begin that may be worded anew.
    """
    return next((fault for each, text in texts.items() if (fault := _fault(each, text, prefixes))), None)


def _fault(message_id: str, text: Message, prefixes: tuple[str, ...]) -> str | None:
    try:
        known = wording(message_id) if message_id.startswith(prefixes) else None
    except KeyError:
        known = None
    if known is None:
        return f"{message_id} is none of these texts"
    try:
        unknown = (_places(text.th) | _places(text.en)) - _places(known.th)
    except ValueError:
        return f"{message_id} has a brace too many"
    return f"{message_id} has a place that is not filled: {', '.join(sorted(unknown))}" if unknown else None


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
