"""A portal whose officer has onboarded, in each of the four flavours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.facade.officer import onboard
from tests.facade.portal import FLAVOURS, Portal, made


@pytest.fixture(params=FLAVOURS)
def portal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    with made(request.param, tmp_path) as built:
        onboard(built)
        yield built
