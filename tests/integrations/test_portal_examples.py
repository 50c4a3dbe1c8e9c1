"""The smallest portals, as they stand in examples/: short, and the whole flow all the same."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.integrations.visitor import Visitor
from tests.integrations.world import OFFICER, ORIGIN, Send, World

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FRAMEWORKS = [name for name in ("fastapi", "flask") if find_spec(name) is not None]


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_the_smallest_portal_onboards_signs_in_and_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer would begin with an example that does not run."""
    monkeypatch.syspath_prepend(str(EXAMPLES / f"{name}_portal"))
    monkeypatch.setenv("PORTAL", ORIGIN)
    monkeypatch.delitem(sys.modules, f"{name}_facade", raising=False)  # it knows one origin
    facade, app = import_module(f"{name}_facade"), import_module(f"{name}_portal").app
    world = World()
    world.emulator = facade.thaid
    sending = import_module(f"tests.integrations.{name}_portal").sending
    if name == "fastapi":
        world.sent = facade.outbox
        # Its lifespan provisions, and closes what the facade made.
        with TestClient(app, base_url=ORIGIN, follow_redirects=False) as client:
            walk(world, sending(client))
    else:
        world.sent.outbox = facade.outbox
        walk(world, sending(app.test_client(use_cookies=False)))
        facade.elaas.identity_provider.close()
        facade.thaid.stop()


def walk(world: World, send: Send) -> None:
    person = Visitor(world, send, username="laas-0001", issued="of the letter")
    person.onboard()
    person.open("/")
    person.sign_in()
    assert ("/", True) == (person.url, person.says(OFFICER.name))
    assert "no-store" == person.ask("GET", "/").header("cache-control")
    person.open("/identity/sign-out")
    person.follow(person.post("/sign-out"))
    assert 303 == person.ask("GET", "/").status


@pytest.mark.parametrize("name", ["fastapi", "flask"])
def test_the_smallest_portal_is_twelve_lines(name: str) -> None:
    """The part that each portal writes anew would grow past what one takes in at a glance."""
    text = (EXAMPLES / f"{name}_portal" / f"{name}_portal.py").read_text(encoding="utf-8")
    assert 12 >= len([line for line in text.splitlines() if line.strip()])


@pytest.mark.parametrize(
    ("name", "facade"), [("fastapi", "fastapi_facade"), ("flask", "flask_facade"), ("django", "identity")]
)
def test_the_page_shows_the_facade_of_the_example(name: str, facade: str) -> None:
    """The page would show another portal than the one that was run."""
    page = (EXAMPLES.parent / "docs" / f"{name}.md").read_text(encoding="utf-8")
    text = (EXAMPLES / f"{name}_portal" / f"{facade}.py").read_text(encoding="utf-8")
    shown = text.partition("from __future__ import annotations\n\n")[2]
    assert f"```python\n{shown}```" in page
