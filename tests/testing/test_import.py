"""What `elaas_identity.testing` gives away, and what it costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from elaas_identity import testing


def test_every_public_name_is_there() -> None:
    """A test helper that vanishes from the package breaks the portals that use it."""
    assert testing.__all__ == sorted(testing.__all__, key=lambda name: (not name.isupper(), name))
    assert sorted(testing.__all__) == sorted(" ".join(testing._MODULES.values()).split())
    assert [] == [name for name in testing.__all__ if not hasattr(testing, name)]


def test_an_unknown_name_is_an_attribute_error() -> None:
    """`hasattr` and `from … import` rely on it."""
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = testing.no_such_thing


def test_the_emulator_needs_neither_web_nor_mail() -> None:
    """The emulator works with the core dependencies alone, and importing the package loads none of it."""
    code = (
        "import sys, elaas_identity.testing;"
        "assert not [name for name in sys.modules if name.startswith('elaas_identity.testing.')];"
        "import elaas_identity.testing.thaid_emulator, elaas_identity.testing.loopback;"
        "print([name for name in ('jinja2', 'aiosmtpd', 'fastapi', 'sqlalchemy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()
