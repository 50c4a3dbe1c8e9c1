"""Both sides in four flavours: sync and async, the portal's store in memory and on SQLite (invariant 11)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.assertions.bridge import Bridge, bridged
from tests.facade.portal import FLAVOURS


@pytest.fixture(params=FLAVOURS)
def bridge(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bridge]:
    with bridged(request.param, tmp_path) as built:
        yield built
