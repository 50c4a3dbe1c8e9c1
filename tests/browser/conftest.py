"""Debian's Chromium over the demonstration's own servers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from elaas_identity.demo.world import World
from elaas_identity.flow.policy import FOR_TESTS
from tests.browser.person import DESK, Person

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS.split())
        yield browser
        browser.close()


@pytest.fixture
def world() -> Iterator[World]:
    # A person may ask for another code at once: nobody waits a minute in a test.
    with World(policy=replace(FOR_TESTS, mail_cool_down=timedelta(microseconds=1))) as world:
        yield world


@pytest.fixture
def screenshots(tmp_path: Path) -> Path:
    """Where the pictures go: `ELAAS_IDENTITY_SCREENSHOTS`, to look at them, or the test's own folder."""
    folder = Path(os.environ.get("ELAAS_IDENTITY_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def person(chromium: Browser, world: World, screenshots: Path) -> Iterator[Person]:
    """A person at a desk."""
    with Person(chromium, world, screenshots, width=DESK) as person:
        yield person
        person.saw_no_complaint()
