"""Another tab, an administrator or a failing provider, between two effects of one act."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from elaas_identity import Ended, ProvideCredential, ProviderFailed
from elaas_identity.effects import Effect, Verify
from elaas_identity.flow.policy import FOR_TESTS
from tests.facade.interposed import interposed, once
from tests.facade.officer import onboard, refused
from tests.facade.portal import CHOSEN, USERNAME, Portal, made
from tests.facade.test_identity_first import WRONG, proven


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """One whose effects can be told apart."""
    with made("sync-memory", tmp_path, FOR_TESTS) as built:
        yield built


def test_r8_1_a_wrong_credential_says_which_field_only_where_the_person_is_proven(portal: Portal) -> None:
    """A page would mark no field; or a guesser would be told more than that it was wrong."""
    onboard(portal)
    browser = portal.browser()
    flow_id = proven(portal, browser).flow_id
    wrong = refused(portal.elaas.submit_credential, flow_id, USERNAME, WRONG, browser=browser)
    assert ("credential_wrong", "credential") == (wrong.code, wrong.field)
    assert isinstance(wrong.progress and wrong.progress.step, ProvideCredential)
    wrong = refused(portal.begin, browser, password=WRONG)
    assert ("credential_wrong", None, None) == (wrong.code, wrong.field, wrong.progress)


def test_a_refused_credential_says_where_the_flow_stands_by_then(portal: Portal) -> None:
    """The page would show a form of a flow that another tab has ended."""
    onboard(portal)
    browser = portal.browser()
    flow_id = proven(portal, browser).flow_id
    with interposed(portal, once(Verify, lambda: portal.elaas.cancel(flow_id, browser=browser))):
        wrong = refused(portal.elaas.submit_credential, flow_id, USERNAME, WRONG, browser=browser)
    assert wrong.progress is not None
    assert Ended(reason="cancelled") == wrong.progress.step


def test_r9_5_after_a_failure_of_ours_nothing_more_is_asked_of_the_store(portal: Portal) -> None:
    """The error of the failing provider would be replaced by one of a store that fails as well."""
    onboard(portal)
    browser = portal.browser()
    flow_id = proven(portal, browser).flow_id

    def fails(effect: Effect) -> None:
        if isinstance(effect, Verify):
            raise ProviderFailed("hashing_failed")

    with interposed(portal, fails) as effects, pytest.raises(ProviderFailed) as failed:
        portal.elaas.submit_credential(flow_id, USERNAME, CHOSEN, browser=browser)
    assert "hashing_failed" == failed.value.code
    assert failed.value.progress is not None
    assert isinstance(failed.value.progress.step, ProvideCredential)
    assert isinstance(effects[-1], Verify)
