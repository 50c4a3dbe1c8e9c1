"""A deterministic scheduler: every interleaving of a few actors at their operations on what they share.

An actor is an act of the real facade, a generator. The scheduler steps it, and it stops where it asks something of the
world: a load or a commit of the store, an exchange at the identity provider, a mail. Between two such operations it
computes alone, so an order of the operations is a schedule. Each actor has its own facade, as if in a process of its
own, and its own seeded randomness: what it draws does not depend on the others.

The world is a value that each operation copies. States that are the same (world, and each actor's place) are explored
once and their schedules counted, so that the count is exact though the work is by states.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, Protocol

from elaas_identity.change import Snapshot
from tests.world.actor import Actor, Ended, Request, Seat, Violation, W


class Oracle(Protocol[W]):
    """Judges every step and every end; raises `Violation`."""

    def perform(self, world: W, request: Request) -> tuple[W, Any]:
        """The request done on a copy of the world, and its answer."""
        ...

    def shown(self, request: Request) -> str:
        """The request in a schedule that is shown, in short."""
        ...

    def after_step(self, before: W, after: W, seats: tuple[Seat, ...], moved: int, request: Request) -> Any:
        """Judge one operation of seat `moved` (its witnesses are those from before it); answer every seat's memory."""
        ...

    def at_end(self, world: W, seat: Seat, ended: Ended) -> Any:
        """Judge how an actor ended; answer a summary."""
        ...

    def at_rest(self, world: W, seats: tuple[Seat, ...]) -> None:
        """Judge a world in which everybody is done."""
        ...


@dataclass(frozen=True)
class Explored:
    """What was explored.

    Attributes:
        schedules: the exact number of different orders of operations (and crashes) through these states: path
            arithmetic, for the test that compares it with those run one by one, and no measure of work.
        operations: how many were done, each from one state.
    """

    schedules: int
    operations: int
    states: int
    rests: int
    """Different states in which everybody is done."""


class Exploration(Generic[W]):
    """All schedules of some actors from one world."""

    def __init__(self, oracle: Oracle[W], *, crashes: int = 0, deduplicate: bool = True) -> None:
        self._oracle = oracle
        self._crashes = crashes
        self._deduplicate = deduplicate
        self._counted: dict[Any, int] = {}
        self._states = 0
        self._operations = 0
        self._rests = 0
        self._schedule: list[str] = []

    def explore(self, world: W, *actors: Actor) -> Explored:
        """Run every schedule.

        Raises:
            Violation: with the schedule that led there.
        """
        seats = tuple(self._seated(world, actor) for actor in actors)
        try:
            schedules = self._from(world, seats, self._crashes)
        except Violation as violation:
            raise Violation(f"{violation}\n  after: " + "\n         ".join(self._schedule)) from None
        return Explored(schedules, self._operations, self._states, self._rests)

    def _from(self, world: W, seats: tuple[Seat, ...], crashes: int) -> int:
        key = (world.key, tuple(seat.key for seat in seats), crashes)
        known = self._counted.get(key) if self._deduplicate else None
        if known is not None:
            return known
        self._states += 1
        schedules = 0
        for index, seat in enumerate(seats):
            if seat.result is None and not seat.killed:
                schedules += self._step(world, seats, index, crashes)
                # Killed before its first operation, it was never there.
                if crashes and seat.place is not None and seat.place.answers:
                    schedules += self._kill(world, seats, index, crashes)
        if all(seat.result is not None or seat.killed for seat in seats):
            self._oracle.at_rest(world, seats)
            self._rests += 1
            schedules = 1
        if self._deduplicate:
            self._counted[key] = schedules
        return schedules

    def _seated(self, world: W, actor: Actor) -> Seat:
        place = actor.start()
        seat = Seat(actor, place)
        if place.ended is None:
            return seat
        return Seat(actor, None, place.witnessed, result=self._oracle.at_end(world, seat, place.ended))

    def _step(self, world: W, seats: tuple[Seat, ...], index: int, crashes: int) -> int:
        seat = seats[index]
        assert seat.place is not None
        request = seat.place.request
        self._schedule.append(f"{seat.actor.name}: {self._oracle.shown(request)}")
        after, answer = self._oracle.perform(world, request)
        self._operations += 1
        self._schedule[-1] += f" → {shown(answer)}"
        memories = self._oracle.after_step(world, after, seats, index, request)
        place = seat.actor.on(seat.place, answer)
        moved = Seat(seat.actor, place, place.witnessed, memories[index])
        then = [_remembering(other, memory) for other, memory in zip(seats, memories, strict=True)]
        then[index] = moved
        schedules = 0
        if place.ended is not None:
            if crashes:  # the last operation was done, and its caller never hears of it
                schedules += self._kill(after, tuple(then), index, crashes)
            self._schedule[-1] += f"; ends: {shown(place.ended.error or place.ended.value)}"
            result = self._oracle.at_end(after, moved, place.ended)
            then[index] = Seat(seat.actor, None, place.witnessed, None, result)
        schedules += self._from(after, tuple(then), crashes)
        self._schedule.pop()
        return schedules

    def _kill(self, world: W, seats: tuple[Seat, ...], index: int, crashes: int) -> int:
        seat = seats[index]
        self._schedule.append(f"{seat.actor.name} is killed")
        dead = Seat(seat.actor, None, seat.witnessed, killed=True)
        then = (*seats[:index], dead, *seats[index + 1 :])
        if seat.actor.next is not None:
            then = (*then, self._seated(world, seat.actor.next))
        schedules = self._from(world, then, crashes - 1)
        self._schedule.pop()
        return schedules


def _remembering(seat: Seat, memory: Any) -> Seat:
    if seat.memory == memory:
        return seat
    return Seat(seat.actor, seat.place, seat.witnessed, memory, seat.result, seat.killed)


def shown(what: Any) -> str:
    """A request or an answer in a schedule that is shown: short."""
    if isinstance(what, Snapshot):
        return "read"
    text = repr(what)
    return text if len(text) <= 160 else text[:159] + "…"
