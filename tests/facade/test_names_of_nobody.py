"""What is counted of a name, and for how long: the same is told of one that is nobody's (F11, F13)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from elaas_identity import SignedIn
from tests.facade.portal import CHOSEN, USERNAME, Portal, made
from tests.facade.test_sign_in import refusal

SPREAD = timedelta(hours=2)
"""Between two failures: no step of the growing delay is reached."""


def test_f13_after_a_hundred_failures_a_name_that_is_nobodys_waits_no_longer_than_a_used_one(
    tmp_path: Path,
) -> None:
    """How long the wait is would tell which names are somebody's."""
    with made("sync-memory", tmp_path) as portal:
        portal.provision()
        portal.onboarded()
        told: dict[str, list[Any]] = {USERNAME: [], "laas-nobody": []}
        for number in range(130):
            for name, answers in told.items():
                answer = refusal(portal, name, address=None)
                answers.append((answer.code, str(answer.message), answer.retry_after))
            if number == 60:
                assert isinstance(portal.begin(portal.browser(), password=CHOSEN).step, SignedIn)
            portal.clock.shift(SPREAD)
        assert told[USERNAME] == told["laas-nobody"]


def test_r4_1_a_hundred_failures_in_a_row_close_an_account_however_slow_they_come(tmp_path: Path) -> None:
    """Somebody patient would have 40 guesses a day for ever; or would be told that the right one was right."""
    with made("sync-memory", tmp_path) as portal:
        account_id = portal.provision()
        portal.onboarded()
        for _ in range(99):
            refusal(portal, address=None)
            portal.clock.shift(SPREAD)
        assert isinstance(portal.begin(portal.browser(), password=CHOSEN).step, SignedIn)
        for _ in range(100):
            refusal(portal, address=None)
            portal.clock.shift(SPREAD)
        assert "credential_wrong" == refusal(portal, password=CHOSEN, address=None).code
        portal.elaas.accounts.unlock(account_id, by="admin-1", reason="officer called")
        assert isinstance(portal.begin(portal.browser(), password=CHOSEN).step, SignedIn)


def test_f11_nothing_is_kept_of_names_that_are_nobodys(tmp_path: Path) -> None:
    """Whoever tries names that nobody has would fill the database, and nothing would empty it for a year."""
    with made("sync-memory", tmp_path) as portal:
        for number in range(50):
            refusal(portal, f"laas-nobody-{number}")
        portal.clock.shift(days=1)
        portal.elaas.purge(older_than=timedelta(0))
        assert [] == held_budgets(portal)


def test_f11_the_failures_of_an_account_are_kept(tmp_path: Path) -> None:
    """A purge would give a patient guesser the hundred failures in a row back."""
    with made("sync-memory", tmp_path) as portal:
        portal.provision()
        refusal(portal)
        portal.clock.shift(days=300)
        portal.elaas.purge(older_than=timedelta(0))
        assert ["sign_in.in_a_row"] == held_budgets(portal)


def held_budgets(portal: Portal) -> list[str]:
    """The names of all budgets that the store keeps."""
    return [str(budget["name"]) for budget in portal.store.contents().get("Budget", [])]
