"""Changes of the address are rationed: each one that is finished mails two people."""

from __future__ import annotations

import pytest

from elaas_identity import Refused, SignedIn
from tests.facade.portal import CHOSEN, Portal


def test_changes_of_the_address_are_rationed(portal: Portal) -> None:
    """Who is signed in could begin as many changes as they like, and mail strangers by it."""
    account_id, browser = portal.provision(), portal.browser()
    portal.onboarded(browser)
    signed_in = portal.begin(browser, password=CHOSEN).step
    assert isinstance(signed_in, SignedIn)
    for _ in range(portal.policy.email_changes_per_account.limit):
        portal.elaas.change_email(signed_in.session("session-1"), browser=browser)
    with pytest.raises(Refused, match="email_change_limit"):
        portal.elaas.change_email(signed_in.session("session-1"), browser=browser)
    portal.elaas.enrol_authenticator(signed_in.session("session-1"), browser=browser)
    portal.elaas.accounts.unlock(account_id, by="admin-1", reason="it was them")
    portal.elaas.change_email(signed_in.session("session-1"), browser=browser)
