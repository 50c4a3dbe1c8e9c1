"""Who plays in a race: the acts of a scene as actors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations_with_replacement

from tests.races.scheduler import Exploration, Explored
from tests.world.acting import actor_of
from tests.world.actor import Actor, Violation
from tests.world.acts import ACTS, at_home
from tests.world.leading_on import leads_on
from tests.world.oracle import RaceOracle
from tests.world.scenes import Scene


class Cast:
    """The actors of one scene. They remember what they did, so that a race begins where others have been."""

    def __init__(self, scene: Scene, oracle: RaceOracle | None = None) -> None:
        self.scene = scene
        self._oracle = oracle or RaceOracle(scene, leads_on=leads_on)
        self._actors: dict[tuple[str, int], Actor] = {}

    def race(self, *acts: str, crashes: int = 0, deduplicate: bool = True) -> Explored:
        """Every schedule of these acts.

        Raises:
            Violation: with the scene, the acts and the schedule.
        """
        actors = [self._actor(act, seat) for seat, act in enumerate(acts)]
        exploration = Exploration(self._oracle, crashes=crashes, deduplicate=deduplicate)
        try:
            return exploration.explore(self.scene.world, *actors)
        except Violation as violation:
            raise Violation(f"{self.scene.name}: {' against '.join(acts)}: {violation}") from None

    def _actor(self, name: str, seat: int) -> Actor:
        known = self._actors.get((name, seat))
        if known is None:
            known = self._actors[name, seat] = actor_of(self.scene, name, seat)
        return known


def usual(names: Iterable[str]) -> tuple[str, ...]:
    """Those of the acts that the ordinary run plays against everything."""
    return tuple(name for name in names if ACTS[name].usual)


def usual_at_home(scene: str) -> tuple[str, ...]:
    """The usual acts that lead somewhere in the scene."""
    return usual(at_home(scene))


def races(scene: str, actors: int, who: Callable[[str], tuple[str, ...]] = at_home) -> list[tuple[str, ...]]:
    """Every choice of so many acts, an act against itself included."""
    return list(combinations_with_replacement(who(scene), actors))
