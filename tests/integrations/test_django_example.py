"""The smallest Django portal, as it stands in examples/: a process of its own, with a configuration of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "django_portal"

WALK = """
import django

django.setup()
from django.core.management import call_command
from django.test import Client

call_command("migrate", verbosity=0)
call_command("check", fail_level="WARNING")
call_command("makemigrations", check=True, verbosity=0)

import identity
from tests.integrations.django_portal import sending
from tests.integrations.visitor import Visitor
from tests.integrations.world import OFFICER, World

world = World()
world.emulator, world.sent.outbox = identity.thaid, identity.outbox
send = sending(Client(HTTP_HOST="portal.example.go.th"))
person = Visitor(world, send, username="laas-0001", issued="of the letter")
person.onboard()
person.open("/")
assert "/identity/sign-in?next=/" == person.url
person.sign_in()
assert "/" == person.url
assert OFFICER.name in person.page
person.open("/identity/sign-out")
person.follow(person.post("/sign-out"))
assert 303 == person.ask("GET", "/").status
identity.elaas.identity_provider.close()
identity.thaid.stop()
"""


def test_the_smallest_portal_onboards_signs_in_and_out(tmp_path: Path) -> None:
    """A developer would begin with an example that does not run, or that `manage.py check` has something to say of."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "settings",
        "PORTAL": "https://portal.example.go.th",
        "DJANGO_SECRET_KEY": "not a secret, and as long as Django wants it to be for its own check",
        "PYTHONPATH": os.pathsep.join([str(EXAMPLE), str(ROOT / "src"), str(ROOT)]),
    }
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", WALK],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert (0, "") == (ran.returncode, ran.stderr)


def test_it_is_as_short_as_the_page_says_and_the_same() -> None:
    """The page would promise twenty lines, and show others than the ones that were run."""
    page = (ROOT / "docs" / "django.md").read_text(encoding="utf-8")
    count = 0
    for name in ("settings.py", "urls.py"):
        code = (EXAMPLE / name).read_text(encoding="utf-8").split('"""\n\n', 1)[1]
        assert f"```python\n{code}```" in page
        count += len([line for line in code.splitlines() if line])
    assert 20 >= count
