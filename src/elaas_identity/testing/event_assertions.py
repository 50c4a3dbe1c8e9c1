"""Whether what was told is what should have been told, in that order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import TypeAlias

from elaas_identity._discreet import discreet
from elaas_identity.events import Event, EventKind

ExpectedEvent: TypeAlias = EventKind | tuple[EventKind, str]
"""The kind of an event, such as `"password.set"`; with the code of a refusal beside it, where that matters."""


@discreet
def assert_events(events: Iterable[Event], expected: Sequence[ExpectedEvent]) -> None:
    """Check that these events happened, in this order, and no others.

    Raises:
        AssertionError: with the place of the first difference, and all that happened.
    """
    told = list(events)
    for place, (event, wanted) in enumerate(zip_longest(told, expected)):
        kind, code = wanted if isinstance(wanted, tuple) else (wanted, None)
        if event is None or event.kind != kind or (code is not None and event.code != code):
            happened = [(event.kind, event.code) if event.code else event.kind for event in told]
            raise AssertionError(f"event {place + 1} should be {wanted!r}; these happened: {happened}")
