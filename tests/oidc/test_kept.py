from __future__ import annotations

from datetime import timedelta

import pytest

from elaas_identity.errors import ProviderFailed
from elaas_identity.oidc.kept import Kept
from tests.oidc.lying_provider import NOW

MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
DOWN = ProviderFailed("identity_provider_unavailable", detail="down")


@pytest.fixture
def kept() -> Kept[str]:
    """Fresh for ten minutes, stale for a day, cooling for one minute."""
    return Kept(fresh_for=10 * MINUTE, stale_for=timedelta(days=1), cool_down=MINUTE)


def lacking(_: str) -> bool:
    return True


def test_nothing_is_fetched_first(kept: Kept[str]) -> None:
    """Else there would never be a value."""
    assert kept.needs_fetch(NOW)


def test_a_value_is_fresh_for_its_time(kept: Kept[str]) -> None:
    """R5.6: else every verification would fetch, or none ever again."""
    kept.fetched("a", NOW)
    assert [False, False, True] == [
        kept.needs_fetch(NOW),
        kept.needs_fetch(NOW + 10 * MINUTE - TICK),
        kept.needs_fetch(NOW + 10 * MINUTE),
    ]


def test_a_clock_set_back_does_not_keep_a_value_for_ever(kept: Kept[str]) -> None:
    """Else keys fetched while the clock was wrong would be believed for years."""
    kept.fetched("a", NOW + timedelta(days=400))
    assert kept.needs_fetch(NOW)


def test_a_failure_without_a_value_is_not_kept(kept: Kept[str]) -> None:
    """Else one failed discovery would stop everybody for a while."""
    kept.failed(DOWN, NOW)
    assert kept.needs_fetch(NOW)


def test_f13_where_anybody_causes_a_fetch_a_failure_is_not_asked_after_at_once() -> None:
    """F13: else 500 callers would make 500 requests to a server that is down. After the cool-down it is asked again."""
    kept: Kept[str] = Kept(
        fresh_for=10 * MINUTE, stale_for=timedelta(days=1), cool_down=MINUTE, cool_down_without=MINUTE
    )
    assert kept.needs_fetch(NOW)
    kept.failed(DOWN, NOW)
    assert not kept.needs_fetch(NOW)
    assert not kept.needs_fetch(NOW + MINUTE - TICK)
    assert kept.needs_fetch(NOW + MINUTE)
    kept.fetched("keys", NOW + MINUTE)
    assert "keys" == kept.outcome(NOW + MINUTE)


def test_who_waited_gets_the_failure_anew(kept: Kept[str]) -> None:
    """Else two callers would share, and write to, one exception."""
    kept.failed(DOWN, NOW)
    with pytest.raises(ProviderFailed, match="down") as caught:
        kept.outcome(NOW)
    assert caught.value is not DOWN
    assert DOWN.code == caught.value.code


def test_a_success_forgets_the_failures_before_it() -> None:
    """Else an old failure would let a stale value stand in for one that nobody asked for anew."""
    kept: Kept[str] = Kept(fresh_for=MINUTE, stale_for=timedelta(days=1), cool_down=10 * MINUTE)
    kept.failed(DOWN, NOW)
    kept.fetched("a", NOW)
    assert kept.needs_fetch(NOW + MINUTE)


def test_an_old_value_stands_in_for_a_failure(kept: Kept[str]) -> None:
    """R5.6: an outage of the JWKS stops nobody whose key is known."""
    kept.fetched("a", NOW)
    later = NOW + 11 * MINUTE
    kept.failed(DOWN, later)
    assert "a" == kept.outcome(later)
    assert not kept.needs_fetch(later + MINUTE - TICK)
    assert kept.needs_fetch(later + MINUTE)


def test_an_old_value_does_not_stand_in_for_ever(kept: Kept[str]) -> None:
    """Else a withdrawn key would be believed as long as its JWKS can be kept down."""
    kept.fetched("a", NOW)
    kept.failed(DOWN, NOW + timedelta(days=1))
    with pytest.raises(ProviderFailed, match="down"):
        kept.outcome(NOW + timedelta(days=1))


def test_an_old_value_does_not_stand_in_unasked(kept: Kept[str]) -> None:
    """Else nobody would notice that a value is never renewed."""
    kept.fetched("a", NOW)
    with pytest.raises(ProviderFailed, match="nothing"):
        kept.outcome(NOW + 10 * MINUTE)


def test_what_is_lacking_is_fetched_once_in_a_cool_down(kept: Kept[str]) -> None:
    """R5.6: unknown `kid`s must not become a flood of fetches."""
    kept.fetched("a", NOW)
    assert kept.needs_fetch(NOW, lacking=lacking)
    kept.fetched("b", NOW)
    assert [False, False, True] == [
        kept.needs_fetch(NOW, lacking=lacking),
        kept.needs_fetch(NOW + MINUTE - TICK, lacking=lacking),
        kept.needs_fetch(NOW + MINUTE, lacking=lacking),
    ]


def test_the_cool_down_counts_failures_too(kept: Kept[str]) -> None:
    """R5.6: else a provider that is down would be asked again for each unknown `kid`."""
    kept.fetched("a", NOW)
    kept.failed(DOWN, NOW)
    assert not kept.needs_fetch(NOW, lacking=lacking)
    assert "a" == kept.outcome(NOW)


def test_a_regular_renewal_starts_no_cool_down(kept: Kept[str]) -> None:
    """R5.6: else a rotation just after a regular fetch would lock everybody out for a minute."""
    kept.fetched("a", NOW)
    kept.fetched("b", NOW + 10 * MINUTE)
    assert kept.needs_fetch(NOW + 10 * MINUTE, lacking=lacking)


def test_every_ended_fetch_is_a_round(kept: Kept[str]) -> None:
    """R5.6: who waited for the lock has to see that somebody else's fetch has ended."""
    kept.fetched("a", NOW)
    kept.failed(DOWN, NOW)
    assert 2 == kept.rounds
