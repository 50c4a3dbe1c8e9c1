"""No canary is logged, whoever logs it, or told of in an event (R7.2)."""

from __future__ import annotations

import logging
import pickle
from typing import Any

from pydantic import TypeAdapter

from elaas_identity.events import Event
from elaas_identity.testing.secrecy import found
from tests.canaries.watched import Watched


def test_r7_2_no_canary_is_logged(watched: Watched) -> None:
    """A log, read by operators and kept for months, would hold what opens an account."""
    assert {"elaas_identity.events", "httpcore.connection"} <= {record.name for record in watched.log}
    if watched.flavour.endswith("sqlite"):
        assert any(record.name.startswith("sqlalchemy.engine") for record in watched.log)
    formatter = logging.Formatter("%(message)s %(pathname)s %(funcName)s")
    # aiosmtpd, the mail server of these tests, logs under `mail.log` what it is sent: it is the other side.
    lines = {
        f"{record.name}: {formatter.format(record)} {record.args!r} {_rest(record)!r}"
        for record in watched.log
        if record.name != "mail.log"
    }
    if found(watched.secrets, "\n".join(lines).encode("utf-8", "surrogatepass")):
        for line in lines:
            assert [] == found(watched.secrets, line.encode("utf-8", "surrogatepass")), line


def _rest(record: logging.LogRecord) -> dict[str, Any]:
    """What else is kept of it, but for when and by which thread: so that one line is looked through once."""
    varying = {
        "created",
        "msecs",
        "relativeCreated",
        "thread",
        "threadName",
        "process",
        "processName",
        "taskName",
    }
    return {name: value for name, value in record.__dict__.items() if name not in varying}


def test_r7_2_no_canary_is_in_an_event(watched: Watched) -> None:
    """The audit trail, kept for years, would hold what opens an account."""
    assert len(watched.events) > 30
    for event in watched.events:
        text = repr(event) + str(event) + TypeAdapter(Event).dump_json(event).decode()
        assert [] == found(watched.secrets, text.encode()), event.kind
        assert [] == found(watched.secrets, pickle.dumps(event)), event.kind
