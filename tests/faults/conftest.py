"""A SQLite file with our tables in it, made once and copied for each world."""

from __future__ import annotations

from pathlib import Path

import pytest

from elaas_identity.providers.sql import upgrade
from tests.world import fixtures

scenes = fixtures.scenes


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """To be copied."""
    path = tmp_path_factory.mktemp("template") / "elaas.db"
    upgrade(f"sqlite:///{path}")
    return path
