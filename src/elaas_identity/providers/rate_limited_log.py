"""A listener that writes events as `EventLog` does, and only so many of those that anybody can cause.

What somebody does who has proven nothing leaves no trace in the database. The log tells of it, and would be filled by
it, and with it the disk.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from threading import Lock

from elaas_identity._discreet import discreet
from elaas_identity.events import Event
from elaas_identity.providers.event_log import EventLog

__all__ = ["RateLimitedLog"]


LINES_A_MINUTE = 60
"""Such events of one kind that are written in a minute. Our choice: what an administrator can still read."""

_MINUTE = timedelta(minutes=1)


@discreet
class RateLimitedLog:
    """`ElaasIdentity(listeners=[RateLimitedLog()])`: every event; refusals, and what is about no account and no
    administrator's, so many of each kind.

    When some of a kind were left out, one line says how many, before the next of that kind is written. Time is
    that of the events.
    """

    def __init__(self, logger: logging.Logger | None = None, *, lines_a_minute: int = LINES_A_MINUTE) -> None:
        self._logger = logging.getLogger("elaas_identity.events") if logger is None else logger
        self._log = EventLog(self._logger)
        self._limit = lines_a_minute
        self._lock = Lock()
        self._counted: dict[str, tuple[datetime, int]] = {}
        """By kind: since when it is counted, and how many there were."""

    def __call__(self, event: Event) -> None:
        """Write the event, or count it."""
        if event.outcome != "refused" and (event.account_id is not None or event.by is not None):
            self._log(event)
            return
        with self._lock:
            since, count = self._counted.get(event.kind, (event.at, 0))
            suppressed = 0
            if event.at - since >= _MINUTE:
                suppressed = max(0, count - self._limit)
                since, count = event.at, 0
            self._counted[event.kind] = since, count + 1
        if suppressed:
            told = {"kind": event.kind, "suppressed": suppressed, "at": event.at.isoformat()}
            self._logger.warning("%s", json.dumps(told))
        if count < self._limit:
            self._log(event)
