"""Scenes are prepared once, and databases are those of the stores' own tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.providers.conftest import (  # noqa: F401  fixtures
    postgresql_server,
    postgresql_url,
    sqlite_template,
    sqlite_url,
)
from tests.races.cast import Cast, comparisons_witnessed
from tests.races.scenes import Scene, prepared


@pytest.fixture(scope="session")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scene]:
    """Every scene by name."""
    return prepared(tmp_path_factory.mktemp("races"))


@pytest.fixture(scope="session")
def casts(scenes: dict[str, Scene]) -> Iterator[dict[str, Cast]]:
    """Every scene's actors, who remember what they did in earlier tests; comparisons of codes are witnessed."""
    with comparisons_witnessed():
        yield {name: Cast(scene) for name, scene in scenes.items()}
