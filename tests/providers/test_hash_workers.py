"""Password hashes at once: never more than the limit, in any thread, on any loop, after a fork."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from elaas_identity.errors import Misconfigured
from elaas_identity.providers.hash_workers import AsyncHashWorkers, HashWorkers

CALLS = 200


class Gauge:
    """Counts how many are inside at once; holds each until `limit` are, so that the limit is truly reached."""

    def __init__(self, limit: int) -> None:
        self.full = threading.Barrier(limit)
        self.lock = threading.Lock()
        self.inside = 0
        self.most = 0

    def __call__(self) -> int:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.full.wait(30)
        with self.lock:
            self.inside -= 1
        return 1


def run_threads(workers: HashWorkers, function: Callable[[], int]) -> int:
    results: list[int] = []
    threads = [threading.Thread(target=lambda: results.append(workers.run(function))) for _ in range(CALLS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(results)


def run_tasks(workers: AsyncHashWorkers, function: Callable[[], int]) -> int:
    async def everything() -> int:
        results = await asyncio.gather(*(workers.run(function) for _ in range(CALLS)))
        await workers.close()
        return sum(results)

    with asyncio.Runner() as runner:
        return runner.run(everything())


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("limit", [1, 4])
def test_200_calls_at_once_keep_to_the_limit(kind: str, limit: int) -> None:
    """A burst of sign-ins would take all memory, and make each slower (invariant 10)."""
    gauge = Gauge(limit)

    if kind == "sync":
        done = run_threads(HashWorkers(limit), gauge)
    else:
        done = run_tasks(AsyncHashWorkers(limit), gauge)

    assert CALLS == done
    assert limit == gauge.most


@pytest.mark.parametrize("kind", [HashWorkers, AsyncHashWorkers])
@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(kind: type, limit: int) -> None:
    """Every sign-in would wait for ever."""
    with pytest.raises(Misconfigured) as problem:
        kind(limit)

    assert "policy" == problem.value.code


def test_the_default_limit_is_the_cores_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container with two cores of sixty-four would run sixty-four hashes, each thirty times as slow."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {3, 5, 7}, raising=False)
    gauge = Gauge(3)
    three = HashWorkers()
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    second = Gauge(2)

    run_threads_of(three, gauge, 6)
    run_threads_of(HashWorkers(), second, 6)

    assert (3, 2) == (gauge.most, second.most)


def run_threads_of(workers: HashWorkers, function: Callable[[], int], count: int) -> None:
    threads = [threading.Thread(target=workers.run, args=(function,)) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def fails() -> int:
    raise LookupError("inside")


def test_what_the_function_raises_comes_out_and_frees_its_place() -> None:
    """One failure would take a place for ever, or be lost."""
    workers, tasks = HashWorkers(1), AsyncHashWorkers(1)

    async def twice() -> int:
        with pytest.raises(LookupError):
            await tasks.run(fails)
        done = await tasks.run(lambda: 7)
        await tasks.close()
        return done

    with pytest.raises(LookupError):
        workers.run(fails)
    assert 7 == workers.run(lambda: 7)
    with asyncio.Runner() as runner:
        assert 7 == runner.run(twice())


def test_making_them_starts_no_thread() -> None:
    """An import or a constructor would start threads that a fork then loses."""
    before = threading.active_count()

    HashWorkers()
    AsyncHashWorkers()

    assert before == threading.active_count()


def test_the_event_loop_goes_on_while_a_hash_runs() -> None:
    """One hash on the loop would stop everybody else's requests."""
    workers = AsyncHashWorkers(1)
    goes_on = threading.Event()

    async def both() -> bool:
        waiting = asyncio.ensure_future(workers.run(lambda: goes_on.wait(30)))
        await asyncio.sleep(0)
        goes_on.set()
        reached = await waiting
        await workers.close()
        return reached

    with asyncio.Runner() as runner:
        assert runner.run(both())


def test_closed_ones_end_their_threads_and_can_be_used_again() -> None:
    """Threads would outlive what the portal closed; a second start in one process would fail."""
    before = set(threading.enumerate())
    workers = AsyncHashWorkers(2)

    async def use_and_close() -> list[threading.Thread]:
        threads = [await workers.run(threading.current_thread) for _ in range(2)]
        await workers.close()
        await workers.close()
        return threads

    for _ in range(2):
        with asyncio.Runner() as runner:
            used = runner.run(use_and_close())
        for thread in used:
            thread.join(30)
    HashWorkers().close()

    assert set(threading.enumerate()) <= before


FORKS = """
import asyncio, os, sys, threading
from elaas_identity.providers.hash_workers import AsyncHashWorkers, HashWorkers

workers, tasks = HashWorkers(1), AsyncHashWorkers(1)

def ask():
    with asyncio.Runner() as runner:
        return workers.run(lambda: 1) + runner.run(tasks.run(lambda: 1))

assert ask() == 2
taken, release = threading.Event(), threading.Event()
# While the parent's only place is taken, a child must still find its own.
holder = threading.Thread(target=workers.run, args=(lambda: (taken.set(), release.wait(60)),))
holder.start()
taken.wait(60)
child = os.fork()
if child == 0:
    code = 0 if ask() == 2 else 1
    sys.exit(code)
_, status = os.waitpid(child, 0)
release.set()
holder.join()
assert ask() == 2
sys.exit(os.waitstatus_to_exitcode(status))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_after_a_fork_a_child_has_its_own() -> None:
    """A preloading server's workers would wait for threads and locks that only the parent has."""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKS],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (0, "") == (ran.returncode, ran.stderr)
