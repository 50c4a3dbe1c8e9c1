"""Scenes are prepared once, and databases are those of the stores' own tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.providers.conftest import (  # noqa: F401  fixtures
    postgresql_server,
    postgresql_url,
    sqlite_template,
    sqlite_url,
)
from tests.races.cast import Cast
from tests.world import fixtures
from tests.world.scenes import Scene
from tests.world.witnessing import comparisons_witnessed

scenes = fixtures.scenes


@pytest.fixture
def casts(scenes: dict[str, Scene]) -> Iterator[dict[str, Cast]]:
    """Every scene's actors, who remember what they did for the length of a test; comparisons of codes are witnessed."""
    with comparisons_witnessed():
        yield {name: Cast(scene) for name, scene in scenes.items()}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was explored, in figures (R9.1: "report the count")."""
    figures: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        if "tests/races/" in report.nodeid:
            figures.update({name: int(str(figure)) for name, figure in report.user_properties})
    if figures:
        terminalreporter.write_line(
            "interleavings: " + ", ".join(f"{figure:,} {name}" for name, figure in figures.items())
        )
