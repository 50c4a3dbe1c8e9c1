"""A scheduler at the boundary of a real store: every order of two actors' store operations, replayed over a database.

Each run begins with the scene restored in the database, follows one order, and stops where everybody is done, or where
another run has been: at the same world with the actors at the same places. So every operation of every order is done
in the database once. The world in memory goes along: each answer of the database has to be the memory store's, and so
has what stands in it where the run stops. What must hold of those answers, `tests.world.oracle` has judged in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from elaas_identity.effects import Commit, Load, Purge
from tests.races.database import Database, contents_of
from tests.world.acting import actor_of
from tests.world.actor import Place, as_key
from tests.world.observed import expect
from tests.world.scenes import Scene
from tests.world.shared import SharedWorld, performing, shown


@dataclass(frozen=True)
class Replayed:
    """What was replayed."""

    runs: int
    states: int


class Replay:
    """The runs of one race over one database."""

    def __init__(self, database: Database, scene: Scene, *acts: str) -> None:
        self._database, self._scene = database, scene
        self._actors = [actor_of(scene, name, seat) for seat, name in enumerate(acts)]
        self._perform = performing(scene.world)
        self._states: set[Any] = set()
        self._unrun: list[tuple[int, ...]] = [()]
        self._order: list[str] = []

    def every_order(self) -> Replayed:
        """All of them.

        Raises:
            Violation: the database answered otherwise than the memory store, or holds something else.
        """
        runs = 0
        while self._unrun:
            self._run(self._unrun.pop())
            runs += 1
        return Replayed(runs, len(self._states))

    def _run(self, beginning: tuple[int, ...]) -> None:
        """One run, whose first steps are those of these actors."""
        self._database.restore(self._scene.world)
        world, places, order = self._scene.world, [actor.start() for actor in self._actors], list(beginning)
        self._order.clear()
        for actor in range(len(places)):
            world, places[actor] = self._alone(world, actor, places[actor])
        for actor in beginning:
            world, places[actor] = self._step(world, actor, places[actor])
        while True:
            key = world.key, tuple(id(place) for place in places)
            waiting = [actor for actor, place in enumerate(places) if place.ended is None]
            if key in self._states or not waiting:
                self._states.add(key)
                break
            self._states.add(key)
            self._unrun += [(*order, other) for other in waiting[1:]]
            actor = waiting[0]
            order.append(actor)
            world, places[actor] = self._step(world, actor, places[actor])
        expect(
            contents_of(world) == self._database.contents(), self._told("the database holds something else")
        )

    def _step(self, world: SharedWorld, actor: int, place: Place) -> tuple[SharedWorld, Place]:
        """One store operation, in the database and in memory."""
        request = place.request
        self._order.append(f"{self._actors[actor].name}: {shown(request)}")
        world, in_memory = self._perform(world, request)
        answer = self._asked(request)
        told = self._told(f"the database answered {answer}, and the memory store {in_memory}")
        expect(as_key(in_memory) == as_key(answer), told)
        return self._alone(world, actor, self._actors[actor].on(place, answer))

    def _alone(self, world: SharedWorld, actor: int, place: Place) -> tuple[SharedWorld, Place]:
        """On to its next store operation: mails and exchanges on the way are no choice of order here."""
        while place.ended is None and not isinstance(place.request, Load | Commit | Purge):
            world, answer = self._perform(world, place.request)
            place = self._actors[actor].on(place, answer)
        return world, place

    def _asked(self, request: Any) -> Any:
        store = self._database.store
        match request:
            case Load(keys):
                return store.load(*keys)
            case Commit(change):
                return store.commit(change)
            case Purge(before):
                return store.purge(before)

    def _told(self, what: str) -> str:
        return f"{what}\n  after: " + "\n         ".join(self._order)
