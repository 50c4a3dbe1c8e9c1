"""R9.5: the table of acts has every act of the facade, so that each meets its faults and its races."""

from __future__ import annotations

from typing import Any

from elaas_identity import Audit, ElaasIdentity
from elaas_identity._sync.accounts import Accounts
from elaas_identity._sync.assertions import Assertions
from elaas_identity._sync.sessions import Sessions
from tests.world.actor import Actor, run_alone
from tests.world.acts import ACTS
from tests.world.scenes import Scene
from tests.world.shared import performing

CALL = ElaasIdentity.begin.__code__
"""What the driver's decorator makes of every act."""
PARTS = {"accounts": Accounts, "assertions": Assertions, "audit": Audit, "sessions": Sessions}


class Noting:
    """A facade, or a part of it, that notes which of its acts are called."""

    def __init__(self, noted: Any, called: set[str], part: str = "") -> None:
        self._noted, self._called, self._part = noted, called, part

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._noted, name)
        if name in PARTS:
            return Noting(found, self._called, f"{name}.")
        self._called.add(f"{self._part}{name}")
        return found


def acts_of(described: type[Any], part: str = "") -> set[str]:
    """The public acts of a class."""
    return {
        f"{part}{name}"
        for name in dir(described)
        if not name.startswith("_") and getattr(getattr(described, name), "__code__", None) is CALL
    }


def test_r9_5_every_act_of_the_facade_is_in_the_table(scenes: dict[str, Scene]) -> None:
    """An act would meet neither faults nor races, because nobody taught it to the tests."""
    called: set[str] = set()
    for name, act in ACTS.items():
        scene = scenes[(*act.home, "recovery_account")[0]]

        def play(scene: Scene = scene, act: Any = act) -> Any:
            return act.play(Noting(scene.facade(1, later=act.later), called), scene)

        run_alone(Actor(name, play), scene.world, performing(scene.world))
    every = acts_of(ElaasIdentity).union(
        *(acts_of(described, f"{part}.") for part, described in PARTS.items())
    )
    assert every == called
