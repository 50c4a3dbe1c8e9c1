"""A listener that writes each event as one line of JSON to `logging`. Events hold no secrets, nor does the log."""

from __future__ import annotations

import json
import logging
from dataclasses import fields
from datetime import datetime

from elaas_identity._discreet import discreet
from elaas_identity.events import Event

__all__ = ["EventLog"]


@discreet
class EventLog:
    """`ElaasIdentity(listeners=[EventLog()])`: one line an event, at INFO where it was done, else at WARNING.

    JSON in ASCII, so that no line feed, escape or direction mark can forge a line (ASVS 16.4.1).
    """

    def __init__(self, logger: logging.Logger | None = None) -> None:
        self._logger = logging.getLogger("elaas_identity.events") if logger is None else logger

    def __call__(self, event: Event) -> None:
        """Write the event."""
        told = {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name in _NAMES
            if (value := getattr(event, name)) is not None
        }
        level = logging.INFO if event.outcome == "done" else logging.WARNING
        self._logger.log(level, "%s", json.dumps(told, ensure_ascii=True))


_UNTOLD = ("version", "schema", "batch", "salt", "erased_by")
"""How an event is stored and sealed: no part of what happened."""

_NAMES = tuple(field.name for field in fields(Event) if field.name not in _UNTOLD)
