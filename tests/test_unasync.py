"""The generated side is what the script makes of the written one, and the check sees every way to differ."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import unasync

WRITTEN = '''"""AsyncThing lives in _async/."""

from collections.abc import Awaitable, Callable

from elaas_identity.ports import AsyncStore


class AsyncThing:
    """An AsyncStore's user."""

    def __init__(self, store: AsyncStore, ask: Callable[[str], Awaitable[list[int]]]) -> None:
        self._store, self._ask = store, ask

    async def __aenter__(self) -> "AsyncThing":
        return self

    async def total(self) -> int:
        async with self:
            return sum([number async for number in self.numbers()]) + len(await self._ask("await me"))
'''
GENERATED = '''"""Thing lives in _sync/."""

from collections.abc import Callable

from elaas_identity.ports import Store


class Thing:
    """An Store's user."""

    def __init__(self, store: Store, ask: Callable[[str], list[int]]) -> None:
        self._store, self._ask = store, ask

    def __enter__(self) -> "Thing":
        return self

    def total(self) -> int:
        with self:
            return sum([number for number in self.numbers()]) + len(self._ask("await me"))
'''


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with one written module and its generated twin."""
    for side in ("_async", "_sync"):
        (tmp_path / side).mkdir()
    (tmp_path / "_async" / "thing.py").write_text(WRITTEN, encoding="utf-8")
    monkeypatch.setattr(unasync, "HAND_WRITTEN", frozenset())
    unasync.main([], tmp_path)
    return tmp_path


def test_a_module_loses_every_await_and_keeps_its_words() -> None:
    """Fails if a keyword stays, a name keeps its prefix, or a string that only mentions `await` is changed."""
    assert unasync.formatted(GENERATED) == unasync.formatted(unasync.unasync(WRITTEN))


def test_what_is_generated_says_so(package: Path) -> None:
    """Fails if somebody could edit the generated side without being told which file to edit instead."""
    first = (package / "_sync" / "thing.py").read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# Generated from _async/thing.py by scripts/unasync.py. Do not edit")


def test_what_was_just_written_passes(package: Path) -> None:
    """Fails if the check and the writing disagree, so that no run would ever pass."""
    assert 0 == unasync.main(["--check"], package)


def test_a_file_that_lost_its_end_is_found(package: Path) -> None:
    """Fails if texts are compared line by line up to the shorter one's end."""
    twin = package / "_sync" / "thing.py"
    text = twin.read_text(encoding="utf-8")
    twin.write_text(text[: text.rindex("def total")], encoding="utf-8")
    assert 1 == unasync.main(["--check"], package)


def test_a_missing_file_is_found(package: Path) -> None:
    """Fails if only files that exist on both sides are compared."""
    (package / "_sync" / "thing.py").unlink()
    assert 1 == unasync.main(["--check"], package)
    assert not (package / "_sync" / "thing.py").exists(), "a check writes nothing"


def test_a_stale_file_is_found_and_deleted(package: Path) -> None:
    """Fails if a module that was renamed leaves its old twin behind, importable."""
    stale = package / "_sync" / "old_name.py"
    stale.write_text("", encoding="utf-8")
    assert 1 == unasync.main(["--check"], package)
    assert stale.exists(), "a check writes nothing"
    unasync.main([], package)
    assert not stale.exists()


def test_a_hand_written_pair_has_both_sides(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails if a file exempted from generation may exist on one side only."""
    monkeypatch.setattr(unasync, "HAND_WRITTEN", frozenset({"waiting.py"}))
    (package / "_async" / "waiting.py").write_text("", encoding="utf-8")
    with pytest.raises(unasync.LonelyFile):
        unasync.main(["--check"], package)
    (package / "_sync" / "waiting.py").write_text("# differs on purpose\n", encoding="utf-8")
    assert 0 == unasync.main(["--check"], package)
