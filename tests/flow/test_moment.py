"""When an act happens, and the ids that are made from it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from elaas_identity import Browser, Keyring
from elaas_identity.flow.moment import Moment, is_id
from elaas_identity.testing.store_examples import NOW

KEYRING = Keyring({"k1": "c2VjcmV0IG9mIHRoZSB0ZXN0IHN1aXRlLCBub3QgYSBzZWNyZXQ"}, current="k1")
SEED = bytes(range(32))


def test_ids_sort_by_time_and_differ_by_what_they_name() -> None:
    """Two records of one act would share an id, or the newest would not stand last."""
    moment = Moment(NOW, SEED)
    ids = [moment.id("flow"), moment.id("event"), Moment(NOW, SEED[::-1]).id("flow")]
    assert 3 == len(set(ids))
    assert moment.id("flow") == Moment(NOW, SEED).id("flow")
    assert f"{int(NOW.timestamp() * 1000):012x}" == moment.id("flow")[:12]
    later = Moment(NOW + timedelta(milliseconds=1), SEED).id("flow")
    assert later > max(ids)
    assert all(map(is_id, [*ids, later]))


@pytest.mark.parametrize("text", ["", "0" * 31, "0" * 33, "g" * 32, "A" * 32, "0" * 31 + "\n", "٠" * 32])
def test_what_no_moment_made_is_no_id(text: str) -> None:
    """A store would be asked for anything that somebody puts into an address."""
    assert not is_id(text)


def test_a_part_of_a_long_act_has_ids_of_its_own() -> None:
    """The second account of a list would be given the first one's id."""
    moment = Moment(NOW, SEED, correlation_id="req-1", client="c", form="page", attempt="a")
    later = NOW + timedelta(seconds=1)
    part = moment.then(later, "1")
    assert (later, "req-1", "c", "page", "a") == (
        part.now,
        part.correlation_id,
        part.client,
        part.form,
        part.attempt,
    )
    assert 32 == len(part.seed)
    assert 3 == len({moment.seed, part.seed, moment.then(later, "2").seed})
    assert part == moment.then(later, "1")


def test_a_moment_knows_its_browser_by_digest_alone() -> None:
    """A network address would stand in every event."""
    browser = Browser.new(KEYRING, address="192.0.2.1", correlation_id="req-1")
    moment = Moment.of(NOW, SEED, KEYRING, browser)
    assert (NOW, SEED, "req-1", KEYRING.index("client", "192.0.2.1"), "", None) == (
        moment.now,
        moment.seed,
        moment.correlation_id,
        moment.client,
        moment.form,
        moment.attempt,
    )
    page = Browser(token=browser.token, form="page-1")
    assert (None, None, "page-1") == (
        (of := Moment.of(NOW, SEED, KEYRING, page)).correlation_id,
        of.client,
        of.form,
    )
    assert Moment(NOW, SEED) == Moment.of(NOW, SEED, KEYRING)


def test_f52_the_same_typed_on_one_page_is_one_attempt() -> None:
    """A double click would cost two guesses; or two pages, two texts, two flows would cost one."""
    page, other = (Moment(NOW, SEED, form=form) for form in ("page-1", "page-2"))
    typed = page.typed(KEYRING, "flow-1", "12345678").attempt
    assert typed == page.typed(KEYRING, "flow-1", "12345678").attempt is not None
    assert (
        typed
        == Moment(NOW + timedelta(seconds=9), SEED[::-1], form="page-1")
        .typed(KEYRING, "flow-1", "12345678")
        .attempt
    )
    others = [
        other.typed(KEYRING, "flow-1", "12345678").attempt,
        page.typed(KEYRING, "flow-2", "12345678").attempt,
        page.typed(KEYRING, "flow-1", "12345679").attempt,
        page.typed(KEYRING, "flow-1").attempt,
        KEYRING.digest("another label", "page-1", "flow-1", "12345678"),
    ]
    assert 6 == len({typed, *others})
    assert KEYRING.digest("attempt", "page-1", "flow-1", "12345678") == typed
    without = Moment(NOW, SEED)
    assert without is without.typed(KEYRING, "flow-1", "12345678")
