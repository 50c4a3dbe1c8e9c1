"""The audit in four flavours: sync and async, in memory and on SQLite (invariant 11)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audit.trail import FLAVOURS, Trail, made


@pytest.fixture(params=FLAVOURS)
def trail(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Trail]:
    with made(request.param, tmp_path) as built:
        yield built
