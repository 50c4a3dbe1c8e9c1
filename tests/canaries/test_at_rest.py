"""Nothing at rest is worth stealing (invariant 8)."""

from __future__ import annotations

import json

from elaas_identity.testing.secrecy import found
from tests.canaries.watched import Watched
from tests.facade.portal import USERNAME


def test_inv8_nothing_at_rest_is_worth_stealing(watched: Watched) -> None:
    """A stolen backup would open accounts, or name people. A plain hash of an ID or a code is as good as the thing."""
    if watched.flavour.endswith("memory"):
        contents = getattr(watched.store, "_driven", watched.store).contents()
        assert {
            "AccountRecord",
            "AskedAct",
            "AuthenticatorRecord",
            "FlowRecord",
            "AttemptRecord",
            "BindingRecord",
            "Event",
            "Budget",
            "PersonReference",
            "SessionRecord",
        } == set(contents)
        dumps = {"memory": repr(contents).encode() + json.dumps(contents, default=str).encode()}
    else:
        dumps = {file.name: file.read_bytes() for file in watched.folder.glob("elaas.db*")}
        assert "elaas.db-wal" in dumps
        assert any(USERNAME.encode() not in dump and b"onboarding.begun" in dump for dump in dumps.values())
    for name, dump in dumps.items():
        assert [] == found(watched.secrets, dump), name
