"""The smallest portals, as they stand in examples/: short, and the whole flow all the same."""

from __future__ import annotations

import asyncio
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.integrations.visitor import Visitor
from tests.integrations.world import OFFICER, ORIGIN, WHY, Send, World, letter

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FRAMEWORKS = [name for name in ("fastapi", "flask") if find_spec(name) is not None]


def sending(name: str, app: Any) -> Send:
    if name == "fastapi":
        client = TestClient(app, base_url=ORIGIN, follow_redirects=False)
        return import_module("tests.integrations.fastapi_portal").sending(client)
    client = app.test_client(use_cookies=False)
    return import_module("tests.integrations.flask_portal").sending(client)


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_the_smallest_portal_onboards_signs_in_and_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer would begin with an example that does not run."""
    monkeypatch.syspath_prepend(str(EXAMPLES / f"{name}_portal"))
    facade, app = import_module(f"{name}_facade"), import_module(f"{name}_portal").app
    world = World()
    world.emulator = facade.emulator
    if name == "fastapi":
        world.sent = facade.outbox
        asyncio.run(facade.elaas.accounts.provision([letter()], **WHY))
    else:
        world.sent.outbox = facade.outbox
        facade.elaas.accounts.provision([letter()], **WHY)
    person = Visitor(world, sending(name, app))
    person.onboard()
    person.open("/")
    person.sign_in()
    assert ("/", True) == (person.url, person.says(OFFICER.name))
    person.open("/identity/sign-out")
    person.follow(person.post("/sign-out"))
    assert 303 == person.ask("GET", "/").status


@pytest.mark.parametrize("name", ["fastapi", "flask"])
def test_the_smallest_portal_is_twelve_lines(name: str) -> None:
    """The part that each portal writes anew would grow past what one takes in at a glance."""
    text = (EXAMPLES / f"{name}_portal" / f"{name}_portal.py").read_text(encoding="utf-8")
    assert 12 >= len([line for line in text.splitlines() if line.strip()])
