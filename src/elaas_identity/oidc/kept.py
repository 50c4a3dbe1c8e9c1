"""A value fetched from the provider: how long it is fresh, and what happens when fetching it again fails. No I/O."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from elaas_identity.errors import ProviderFailed

T = TypeVar("T")


def still_asking() -> ProviderFailed:
    """What is told who has waited long enough for another one's fetch."""
    return ProviderFailed(
        "identity_provider_unavailable", detail="another request asks, and has had no answer yet"
    )


class Kept(Generic[T]):
    """One fetched value, kept between requests.

    Who fetches asks `needs_fetch`, fetches under a lock of its own, and tells the result. Who waited for the lock sees
    by `rounds` that a fetch has ended meanwhile, and takes its `outcome`, a failure included: a provider that is
    down is asked once, not once for each who waits.

    Args:
        fresh_for: how long a value is used without asking again.
        stale_for: how old it may be while asking again fails.
        cool_down: how long nobody asks again after a failure, or for what a fresh value lacks.
        cool_down_without: how long nobody asks again after a failure with nothing to stand in. Where anybody can cause
            a fetch, who sends rubbish would make us send as many requests to a server that is down. Zero where only a
            person's own step causes one: their next try is the next fetch.
    """

    def __init__(
        self,
        *,
        fresh_for: timedelta,
        stale_for: timedelta,
        cool_down: timedelta,
        cool_down_without: timedelta = timedelta(0),
    ) -> None:
        self._fresh_for = fresh_for
        self._stale_for = stale_for
        self._cool_down = cool_down
        self._cool_down_without = cool_down_without
        self._value: tuple[T, datetime] | None = None
        self._failure: tuple[ProviderFailed, datetime] | None = None
        self._renewed_at: datetime | None = None
        self.rounds = 0
        """How many fetches have ended, well or not."""

    def needs_fetch(self, now: datetime, *, lacking: Callable[[T], bool] = lambda _: False) -> bool:
        """Whether to fetch: nothing usable is here, or it is `lacking` something and may be renewed for that."""
        value = self._usable(now)
        if value is None:
            return not _cooling(self._failed_at, now, self._cool_down_without)
        return lacking(value) and not _cooling(self._renewed_at, now, self._cool_down)

    def fetched(self, value: T, now: datetime) -> None:
        """A fetch gave this."""
        self._ended(now)
        self._value, self._failure = (value, now), None

    def failed(self, error: ProviderFailed, now: datetime) -> None:
        """A fetch failed with this."""
        self._ended(now)
        self._failure = (error, now)

    def outcome(self, now: datetime) -> T:
        """The value: new, or after a failed fetch the old one while it may stand in.

        Raises:
            ProviderFailed: as the last fetch did, where no value may stand in.
        """
        value = self._usable(now)
        if value is not None:
            return value
        if self._failure is None:
            raise ProviderFailed("identity_provider_unavailable", detail="nothing was fetched yet")
        error, _ = self._failure
        raise ProviderFailed(error.code, detail=error.detail)

    def _usable(self, now: datetime) -> T | None:
        if self._value is None:
            return None
        value, fetched_at = self._value
        age = abs(now - fetched_at)  # a clock that was set back makes nothing fresh for ever
        if age < self._fresh_for:
            return value
        stands_in = age < self._stale_for and _cooling(self._failed_at, now, self._cool_down)
        return value if stands_in else None

    @property
    def _failed_at(self) -> datetime | None:
        return None if self._failure is None else self._failure[1]

    def _ended(self, now: datetime) -> None:
        if self._usable(now) is not None:
            self._renewed_at = now
        self.rounds += 1


def _cooling(since: datetime | None, now: datetime, cool_down: timedelta) -> bool:
    return since is not None and abs(now - since) < cool_down
