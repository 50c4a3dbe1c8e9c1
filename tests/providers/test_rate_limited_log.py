"""The log that nobody can fill: refusals are cut off, everything else is written."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

import pytest

from elaas_identity.providers.rate_limited_log import RateLimitedLog
from elaas_identity.testing.store_examples import NOW, an_event


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Any:
    """What was written, read."""
    caplog.set_level(logging.INFO, "elaas_identity.events")
    return lambda: [json.loads(record.getMessage()) for record in caplog.records]


def refused(seconds: float, kind: Any = "sign_in.refused") -> Any:
    return an_event(kind=kind, outcome="refused", at=NOW + timedelta(seconds=seconds))


def test_refusals_of_a_kind_are_bounded(lines: Any) -> None:
    """Fails if anybody with a loop can fill the disk, or drown another kind of event."""
    log = RateLimitedLog(lines_a_minute=2)
    for second in range(5):
        log(refused(second))
    log(refused(5, "callback.refused"))
    assert ["sign_in.refused", "sign_in.refused", "callback.refused"] == [line["kind"] for line in lines()]


def test_what_was_left_out_is_counted(lines: Any) -> None:
    """Fails if an attack that was cut off leaves no trace of how large it was."""
    log = RateLimitedLog(lines_a_minute=2)
    for second in (0, 1, 2, 3, 59.999):
        log(refused(second))
    assert 2 == len(lines())
    log(refused(60))
    *_, told, written = lines()
    assert ({"kind": "sign_in.refused", "suppressed": 3}, "refused") == (
        {name: told[name] for name in ("kind", "suppressed")},
        written["outcome"],
    )
    log(refused(180))
    assert 1 == sum("suppressed" in line for line in lines())


@pytest.mark.parametrize("outcome", ["done", "failed"])
def test_what_happened_is_always_written(lines: Any, outcome: str) -> None:
    """Fails if 22,000 agencies that start in one week are cut off like an attack."""
    log = RateLimitedLog(lines_a_minute=1)
    for _ in range(3):
        log(an_event(outcome=outcome))
    assert 3 == len(lines())


def test_it_writes_where_it_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """Fails if a portal cannot keep these lines apart from its own."""
    caplog.set_level(logging.INFO)
    RateLimitedLog(logging.getLogger("portal.audit"))(refused(0))
    assert ["portal.audit"] == [record.name for record in caplog.records]
