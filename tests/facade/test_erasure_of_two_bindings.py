"""A person may have held one account twice: their erasure covers both (PDPA s.33)."""

from __future__ import annotations

from elaas_identity import Expected
from tests.facade.portal import CHOSEN, OFFICER, STRANGER, Portal

WHY: dict[str, str] = {"by": "admin-1", "reason": "request 7/2569"}


def test_whoever_came_back_to_an_account_is_erased_from_both_bindings(portal: Portal) -> None:
    """Two bindings of one account would ask for one event twice, and nobody of that history could be erased."""
    account_id = portal.provision()
    portal.onboarded()
    portal.elaas.accounts.hand_over(account_id, Expected(STRANGER.national_id), **WHY)
    again = portal.elaas.accounts.hand_over(account_id, Expected(OFFICER.national_id), **WHY)
    browser = portal.browser()
    flow_id = portal.begin(browser, password=again.password).flow_id
    portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
    portal.elaas.submit_email(flow_id, "another@sommut.example.go.th", browser=browser)
    portal.elaas.confirm(flow_id, portal.code(), CHOSEN, browser=browser)
    portal.elaas.accounts.close(account_id, **WHY)
    assert 2 == len(portal.elaas.accounts.erase_person(OFFICER.national_id, **WHY))
    assert 2 == portal.kinds().count("person.erased")
