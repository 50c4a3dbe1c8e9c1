"""One portal in four flavours: sync and async, in memory and on SQLite. What holds, holds for all (invariant 11).

By default two of them run, each driver and each kind of store once: see `tests/conftest.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.facade.portal import FLAVOURS, Portal, made


@pytest.fixture(params=FLAVOURS)
def portal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    with made(request.param, tmp_path) as built:
        yield built
