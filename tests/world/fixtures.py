"""Scenes as a fixture: prepared once for all tests of a process."""

from __future__ import annotations

import pytest

from tests.world.beginnings import prepared
from tests.world.scenes import Scene


@pytest.fixture(scope="session")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scene]:
    """Every scene by name."""
    return prepared(tmp_path_factory.mktemp("scenes"))
