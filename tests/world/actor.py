"""An actor: one act of one person or administrator, stepped from request to request.

An actor is a function from the answers it was given to its next request, and is remembered as such: where it has been
given the same answers before, it is not run again.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol, TypeAlias, TypeVar

from elaas_identity.change import Snapshot

Request: TypeAlias = Any
"""What an actor asks of the world: frozen, comparable, and known to the world that performs it."""


Play: TypeAlias = Generator[Request, Any, Any]
"""What an actor does: yields requests, receives their answers."""


class World(Protocol):
    """What actors share, as a value."""

    @property
    def key(self) -> Any:
        """Hashable, and equal for worlds that nobody can tell apart."""
        ...


W = TypeVar("W", bound=World)


class Violation(AssertionError):
    """Something that must not happen did, after this schedule."""


class Killed(BaseException):
    """The process is no more: nothing of ours catches this."""


@dataclass(frozen=True)
class Ended:
    """How an actor ended: what its call returned or raised."""

    value: Any = None
    error: BaseException | None = None


_witnessing: list[list[Any]] = []
"""What the actor that runs just now witnesses, if one runs."""


def witness(what: Any) -> None:
    """Note something (hashable) that the running actor does alone, for the oracle."""
    if _witnessing:
        _witnessing[-1].append(what)


@dataclass
class Place:
    """Where an actor stands after the answers it was given: at its next request, or at its end."""

    answers: tuple[Any, ...]
    request: Request | None
    ended: Ended | None
    witnessed: tuple[Any, ...]
    """What it did alone and without asking, as `witness` was told."""
    running: Play | None = None
    """The generator that stands here, until it is driven on."""
    then: dict[Any, Place] = field(default_factory=dict)


@dataclass(eq=False)
class Actor:
    """One act of one person or administrator.

    Args:
        name: for schedules that are shown.
        play: makes the generator anew.
        about: the flow that its answers are about, if they are about one.
        next: who follows when this one's process is killed.
        later: how much later than the others it acts; its clock stands there.
    """

    name: str
    play: Callable[[], Play]
    about: str | None = None
    next: Actor | None = None
    later: timedelta = timedelta(0)
    runs: int = 0
    _first: Place | None = None

    def start(self) -> Place:
        """Before its first request."""
        if self._first is None:
            self._first = self._run(())
        return self._first

    def on(self, place: Place, answer: Any) -> Place:
        """Where it stands once its request at `place` was answered."""
        known = as_key(answer)
        following = place.then.get(known)
        if following is None:
            following = place.then[known] = self._run((*place.answers, answer), place)
        return following

    def _run(self, answers: tuple[Any, ...], before: Place | None = None) -> Place:
        self.runs += 1
        if before is not None and before.running is not None:
            running, before.running = before.running, None
            witnessed = list(before.witnessed)
            return self._to_the_next_request(running, answers, witnessed, answers[-1:])
        return self._to_the_next_request(self._played(), answers, [], (None, *answers))

    def _played(self) -> Play:
        """The act, which may be refused before its first request."""
        return (yield from self.play())

    def _to_the_next_request(
        self,
        running: Play,
        answers: tuple[Any, ...],
        witnessed: list[Any],
        to_send: tuple[Any, ...],
    ) -> Place:
        request = None
        _witnessing.append(witnessed)
        try:
            for answer in to_send:
                request = running.send(answer)
        except StopIteration as stopped:
            return Place(answers, None, Ended(value=stopped.value), tuple(witnessed))
        except (Exception, Killed) as error:  # an actor may end in any error: the oracle judges which
            # Without its frames, which would keep all that the act held.
            return Place(answers, None, Ended(error=error.with_traceback(None)), tuple(witnessed))
        finally:
            _witnessing.pop()
        return Place(answers, request, None, tuple(witnessed), running)


def as_key(answer: Any) -> Any:
    """An answer as a dictionary's key."""
    if isinstance(answer, Snapshot):
        return (
            tuple(answer.records.items()),
            tuple((budget, tuple(sorted(charges.items()))) for budget, charges in answer.charges.items()),
        )
    return answer


@dataclass(frozen=True)
class Seat:
    """An actor in a state: at a place; or at its end, of which only what the oracle judges is kept."""

    actor: Actor
    place: Place | None
    witnessed: tuple[Any, ...] = ()
    memory: Any = None
    """What the oracle remembers along the way (hashable)."""
    result: Any = None
    """The oracle's summary of how it ended (hashable); None while it goes on."""
    killed: bool = False

    @property
    def key(self) -> Any:
        return id(self.actor), id(self.place), self.witnessed, self.memory, self.result, self.killed


def run_alone(actor: Actor, world: W, perform: Callable[[W, Request], tuple[W, Any]]) -> tuple[W, Ended]:
    """One actor from start to end, with nobody beside it."""
    place = actor.start()
    while place.ended is None:
        world, answer = perform(world, place.request)
        place = actor.on(place, answer)
    return world, place.ended
