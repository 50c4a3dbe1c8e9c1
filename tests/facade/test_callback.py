"""The callback: the browser that began continues, an attempt is used once, nothing is asked of ThaID in vain."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from elaas_identity import Browser, Misconfigured, ProvideEmail, ProviderFailed, Refused, VerifyIdentity
from elaas_identity.testing.citizens import Citizen
from tests.facade.portal import OFFICER, STRANGER, Portal


def refused(portal: Portal, query: str, browser: Browser) -> Refused:
    """The refusal of a callback, which made no token request."""
    before = portal.idp.redeemed
    with pytest.raises(Refused) as raised:
        portal.elaas.receive_callback(query, browser=browser)
    assert before == portal.idp.redeemed
    return raised.value


@pytest.mark.parametrize(
    "query",
    [
        "",
        "code=x",
        "code=x&state=",
        "state=a&state=b&code=x",
        "code=x&code=y&state=k1.abc",
        "code=x&state=%FF",
        "code=x&error=access_denied&state=k1.abc",
    ],
)
def test_r5_1_a_malformed_callback_makes_no_token_request(portal: Portal, query: str) -> None:
    """A callback with a missing or doubled parameter would be acted upon."""
    portal.provision()
    assert refused(portal, query, portal.browser()).code in ("callback_malformed", "callback_unknown")


def test_r5_1_a_state_of_ours_that_was_never_sent_is_unknown(portal: Portal) -> None:
    """A forged state would be acted upon."""
    portal.provision()
    for state in ("k1." + "A" * 43, "k9." + "A" * 43, "no-key-id"):
        answer = refused(portal, f"code=x&state={state}", portal.browser())
        assert answer.code in ("callback_unknown", "callback_malformed")


def test_r5_1_a_state_is_good_once(portal: Portal) -> None:
    """A replayed callback would be exchanged again; instead the person sees where they stand."""
    portal.provision()
    browser = portal.browser()
    query = portal.callback_query(portal.begin(browser).flow_id, browser)
    portal.elaas.receive_callback(query, browser=browser)
    again = refused(portal, query, browser)
    assert again.progress is not None
    assert isinstance(again.progress.step, ProvideEmail)


def test_r5_1_a_state_is_good_once_even_when_the_person_said_no(portal: Portal) -> None:
    """An attempt that came to nothing would be open to a second callback."""
    portal.provision()
    browser = portal.browser()
    query = portal.callback_query(portal.begin(browser).flow_id, browser)
    portal.idp.failure = Refused("identity_denied")
    with pytest.raises(Refused, match="identity_denied") as denied:
        portal.elaas.receive_callback(query, browser=browser)
    assert denied.value.progress is not None
    assert isinstance(denied.value.progress.step, VerifyIdentity)
    portal.idp.failure = None
    assert "callback_unknown" == refused(portal, query, browser).code


def test_r5_1_an_attempt_expires(portal: Portal) -> None:
    """A state would be good for ever."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.begin(browser).flow_id
    early, late = (portal.callback_query(flow_id, browser) for _ in range(2))
    portal.clock.shift(timedelta(minutes=15) - timedelta(seconds=1))
    assert isinstance(portal.elaas.receive_callback(early, browser=browser).step, ProvideEmail)
    other = portal.browser()
    late = portal.callback_query(portal.begin(other).flow_id, other)
    portal.clock.shift(minutes=15)
    assert "callback_unknown" == refused(portal, late, other).code


@pytest.mark.parametrize("foreign", ["another browser", "no cookie", "forged cookie"])
def test_inv4_a_foreign_browser_burns_the_attempt_and_the_flow_goes_on_in_its_own(
    portal: Portal, foreign: str
) -> None:
    """A state that leaked would be good in the thief's browser, or the victim's flow would be stranded."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.begin(browser).flow_id
    query = portal.callback_query(flow_id, browser)
    other = {
        "another browser": portal.browser(),
        "no cookie": Browser.read(portal.keyring, None),
        "forged cookie": Browser(token="k1.forged.forged"),
    }[foreign]
    stolen = refused(portal, query, other)
    assert "callback_other_browser" == stolen.code
    assert stolen.progress is None
    assert "callback_unknown" == refused(portal, query, browser).code  # burnt for its own browser too
    fresh = portal.callback_query(flow_id, browser)
    assert isinstance(portal.elaas.receive_callback(fresh, browser=browser).step, ProvideEmail)


def test_inv4_several_tabs_of_one_browser_work(portal: Portal) -> None:
    """A second tab would make the first one's callback unknown (authlib #376)."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.begin(browser).flow_id
    first, second = portal.callback_query(flow_id, browser), portal.callback_query(flow_id, browser)
    assert first != second
    assert isinstance(portal.elaas.receive_callback(first, browser=browser).step, ProvideEmail)
    late = refused(portal, second, browser)
    assert "out_of_order" == late.code
    assert isinstance(late.progress.step, ProvideEmail)  # type: ignore[union-attr]


def test_inv10_a_sixth_attempt_replaces_the_oldest(portal: Portal) -> None:
    """Attempts would pile up without end, or a sixth would strand the person."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.begin(browser).flow_id
    queries = [portal.callback_query(flow_id, browser) for _ in range(6)]
    assert "callback_unknown" == refused(portal, queries[0], browser).code
    assert isinstance(portal.elaas.receive_callback(queries[1], browser=browser).step, ProvideEmail)


def test_inv4_another_browser_sees_no_flow(portal: Portal) -> None:
    """A flow id, which is no secret, would open the flow in another browser."""
    portal.provision()
    flow_id = portal.begin(portal.browser()).flow_id
    for act in (portal.elaas.current, portal.elaas.authorize, portal.elaas.cancel):
        with pytest.raises(Refused, match="flow_unknown"):
            act(flow_id, browser=portal.browser())
        with pytest.raises(Refused, match="browser_unknown"):
            act(flow_id, browser=Browser(token="made up"))
        with pytest.raises(Refused, match="flow_unknown"):
            act("0" * 32, browser=portal.browser())


@pytest.mark.parametrize(
    ("failure", "raised"),
    [
        (ProviderFailed("identity_provider_unavailable"), ProviderFailed),
        (Misconfigured("identity_evidence_missing", detail="no pid"), Misconfigured),
        (OSError("the adapter broke: state=secret"), ProviderFailed),
    ],
)
def test_inv5_a_provider_that_fails_leaves_the_flow_where_it_was(
    portal: Portal, failure: Exception, raised: type[Exception]
) -> None:
    """ThaID being down would advance the flow, strand it, or let an untyped error out."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.begin(browser).flow_id
    query = portal.callback_query(flow_id, browser)
    portal.idp.failure = failure
    with pytest.raises(raised) as failed:
        portal.elaas.receive_callback(query, browser=browser)
    assert "secret" not in str(failed.value)
    assert isinstance(failed.value.progress.step, VerifyIdentity)  # type: ignore[attr-defined]
    portal.idp.failure = None
    fresh = portal.callback_query(flow_id, browser)
    assert isinstance(portal.elaas.receive_callback(fresh, browser=browser).step, ProvideEmail)


def test_discovery_that_fails_makes_no_attempt(portal: Portal) -> None:
    """An authorization attempt would be counted although nobody could go anywhere."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.begin(browser).flow_id
    portal.idp.url_failure = OSError("down")
    with pytest.raises(ProviderFailed, match="identity_provider_unavailable"):
        portal.elaas.authorize(flow_id, browser=browser)
    assert "identity.requested" not in portal.kinds()


def test_the_authorization_request_is_fresh_each_time(portal: Portal) -> None:
    """State or nonce would repeat between attempts."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.begin(browser).flow_id
    requests = [portal.elaas.authorize(flow_id, browser=browser) for _ in range(2)]
    for name in ("state", "nonce"):
        assert 2 == len({parse_qs(urlsplit(request.url).query)[name][0] for request in requests})
    assert "state" not in repr(requests[0])


def test_a_flow_expires(portal: Portal) -> None:
    """A flow would stay open for ever, or its end would leave no event."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.begin(browser).flow_id
    portal.clock.shift(timedelta(minutes=60) - timedelta(seconds=1))
    assert isinstance(portal.elaas.current(flow_id, browser=browser).step, VerifyIdentity)
    portal.clock.shift(seconds=1)
    assert "ended" == portal.elaas.current(flow_id, browser=browser).step.kind
    assert "flow.expired" not in portal.kinds()  # `current` writes nothing
    with pytest.raises(Refused, match="flow_expired"):
        portal.elaas.authorize(flow_id, browser=browser)
    with pytest.raises(Refused, match="flow_expired"):
        portal.elaas.authorize(flow_id, browser=browser)
    assert 1 == portal.kinds().count("flow.expired")


@pytest.mark.parametrize("form", [str.encode, lambda query: f"?{query}", lambda query: f"?{query}".encode()])
def test_f55_a_query_comes_as_frameworks_give_it(portal: Portal, form: Any) -> None:
    """Flask's bytes would be a TypeError, and a single-page app's `location.search` would be refused."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.begin(browser).flow_id
    query = portal.callback_query(flow_id, browser)
    assert "provide_email" == portal.elaas.receive_callback(form(query), browser=browser).step.kind


def test_f55_bytes_that_are_no_query_are_refused(portal: Portal) -> None:
    """Bytes beyond ASCII would be an untyped error."""
    portal.provision()
    with pytest.raises(Refused, match="callback_malformed"):
        portal.elaas.receive_callback(b"state=\xff\xfe&code=\x80", browser=portal.browser())


@pytest.mark.parametrize(("open_to_code_injection", "expected"), [(True, 1), (False, 0)])
@pytest.mark.parametrize("citizen", [OFFICER, STRANGER], ids=["the officer", "a stranger"])
def test_f33_an_answer_that_nothing_ties_to_the_attempt_leaves_an_event(
    portal: Portal, citizen: Citizen, open_to_code_injection: bool, expected: int
) -> None:
    """F33: a portal open to code injection would look like any other in the audit trail."""
    portal.provision()
    browser = portal.browser()
    query = portal.callback_query(portal.begin(browser).flow_id, browser)
    portal.idp.citizen, portal.idp.open_to_code_injection = citizen, open_to_code_injection
    with nullcontext() if citizen is OFFICER else pytest.raises(Refused, match="person_mismatch"):
        portal.elaas.receive_callback(query, browser=browser)
    assert expected == portal.kinds().count("identity.nonce_absent")
