"""The mandated flow from end to end, and that nothing else leads through it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from elaas_identity import (
    AccountStatus,
    Ended,
    EnterOneTimeCode,
    PasswordSet,
    Progress,
    ProvideEmail,
    Refused,
    SetPassword,
    SignedIn,
    VerifyIdentity,
)
from elaas_identity.flow.transitions import Stage
from tests.facade.portal import CHOSEN, ISSUED, OFFICER, USERNAME, Portal, progress_of
from tests.facade.stored import stored_account, stored_flow


def test_clause_1_from_issued_password_to_signed_in(portal: Portal) -> None:
    """The circular's clause 1 would not work."""
    portal.provision()
    browser = portal.browser()

    progress = portal.begin(browser)
    assert isinstance(progress.step, VerifyIdentity)
    assert progress.step.account is not None
    assert USERNAME == progress.step.account.username

    progress = portal.elaas.receive_callback(
        portal.callback_query(progress.flow_id, browser), browser=browser
    )
    assert isinstance(progress.step, ProvideEmail)
    assert OFFICER.name == progress.step.person_name

    progress = portal.elaas.submit_email(progress.flow_id, "clerk@sommut.example.go.th", browser=browser)
    assert isinstance(progress.step, EnterOneTimeCode)
    assert "clerk@sommut.example.go.th" == progress.step.email
    assert progress.step.reference in portal.outbox.latest.subject
    assert 5 == progress.step.attempts_left

    progress = portal.elaas.submit_one_time_code(progress.flow_id, portal.code(), browser=browser)
    assert isinstance(progress.step, SetPassword)

    progress = portal.elaas.set_password(progress.flow_id, CHOSEN, browser=browser)
    assert isinstance(progress.step, PasswordSet)
    assert AccountStatus.ACTIVE is progress.step.account.status

    signed_in = portal.begin(browser, password=CHOSEN).step
    assert isinstance(signed_in, SignedIn)
    assert OFFICER.national_id == signed_in.person.national_id
    assert progress.step.binding_id == signed_in.binding_id
    assert 1 == portal.idp.revoked


def test_confirm_is_the_single_form_of_the_circular(portal: Portal) -> None:
    """Code and password in one form would not complete the flow."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.mailed(browser).flow_id
    progress = portal.elaas.confirm_and_set_password(flow_id, portal.code(), CHOSEN, browser=browser)
    assert isinstance(progress.step, PasswordSet)
    assert isinstance(portal.begin(browser, password=CHOSEN).step, SignedIn)


def test_confirm_with_a_wrong_code_sets_no_password(portal: Portal) -> None:
    """Both or neither: a wrong code would have changed something."""
    account_id = portal.provision()
    browser = portal.browser()
    flow_id = portal.mailed(browser).flow_id
    before = stored_account(portal, account_id)
    with pytest.raises(Refused, match="one_time_code_wrong"):
        portal.elaas.confirm_and_set_password(flow_id, portal.wrong_code(), CHOSEN, browser=browser)
    assert before == stored_account(portal, account_id)


def test_confirm_with_a_bad_password_costs_no_attempt_at_the_code(portal: Portal) -> None:
    """Password rules would be checked after the reservation (invariant 2)."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.mailed(browser).flow_id
    for code in (portal.wrong_code(), portal.code()):
        with pytest.raises(Refused, match="password_too_short") as refused:
            portal.elaas.confirm_and_set_password(flow_id, code, "short", browser=browser)
        assert "new_password" == refused.value.field
        current = portal.elaas.current(flow_id, browser=browser)
        assert current == refused.value.progress
        assert isinstance(current.step, EnterOneTimeCode)
        assert 5 == current.step.attempts_left
    assert isinstance(
        portal.elaas.confirm_and_set_password(flow_id, portal.code(), CHOSEN, browser=browser).step,
        PasswordSet,
    )


def test_signed_in_and_password_set_are_handed_out_once(portal: Portal) -> None:
    """A reload would hand out the result of a flow again."""
    portal.provision()
    browser = portal.browser()
    done = portal.onboarded(browser)
    assert Ended(reason="completed") == portal.elaas.current(done.flow_id, browser=browser).step
    signed_in = portal.begin(browser, password=CHOSEN)
    assert isinstance(signed_in.step, SignedIn)
    assert Ended(reason="completed") == portal.elaas.current(signed_in.flow_id, browser=browser).step


def test_r1_2_one_verify_and_one_hash(portal: Portal) -> None:
    """An onboarding would cost more than its two Argon2."""
    portal.provision()
    hashing = _facade(portal)._driver._hashing
    counted: list[str] = []
    for name in ("verify", "hash"):
        setattr(hashing, name, _counted(name, getattr(hashing, name), counted))
    portal.onboarded()
    assert ["verify", "hash"] == counted


@pytest.mark.parametrize(("form", "transactions"), [("two steps", 9), ("one form", 8)])
def test_an_onboarding_is_nine_transactions(portal: Portal, form: str, transactions: int) -> None:
    """R11.3: an onboarding would cost more commits than nine, or eight with `confirm`."""
    portal.provision()
    store = portal.store._driven if hasattr(portal.store, "_driven") else portal.store
    counted: list[str] = []
    store.commit = _counted("commit", store.commit, counted)
    browser = portal.browser()
    if form == "one form":
        portal.elaas.confirm_and_set_password(
            portal.mailed(browser).flow_id, portal.code(), CHOSEN, browser=browser
        )
    else:
        portal.onboarded(browser)
    assert transactions == len(counted)


def _facade(portal: Portal) -> Any:
    return getattr(portal.elaas, "_driven", portal.elaas)


def _counted(name: str, function: Callable[..., Any], counted: list[str]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        counted.append(name)
        return function(*args, **kwargs)

    return call


ACTS: dict[str, Callable[[Portal, str, Any], Any]] = {
    "authorize": lambda p, flow, b: p.elaas.authorize(flow, browser=b),
    "submit_email": lambda p, flow, b: p.elaas.submit_email(flow, "other@sommut.example.go.th", browser=b),
    "resend_one_time_code": lambda p, flow, b: p.elaas.resend_one_time_code(flow, browser=b),
    "submit_one_time_code": lambda p, flow, b: p.elaas.submit_one_time_code(flow, "12345678", browser=b),
    "set_password": lambda p, flow, b: p.elaas.set_password(flow, CHOSEN, browser=b),
    "confirm_and_set_password": lambda p, flow, b: p.elaas.confirm_and_set_password(
        flow, "12345678", CHOSEN, browser=b
    ),
    "cancel": lambda p, flow, b: p.elaas.cancel(flow, browser=b),
}


def past_the_cool_down(portal: Portal, browser: Any, progress: Progress) -> Progress:
    """The same step, once a new mail may be asked for."""
    portal.clock.shift(minutes=1)
    return progress_of(portal.elaas.current(progress.flow_id, browser=browser))


REACH: dict[Stage, Callable[[Portal, Any], Progress]] = {
    Stage.IDENTITY: lambda p, b: p.begin(b),
    Stage.EMAIL: lambda p, b: p.identify(b),
    Stage.ONE_TIME_CODE: lambda p, b: past_the_cool_down(p, b, p.mailed(b)),
    Stage.PASSWORD: lambda p, b: p.confirmed(b),
    Stage.DONE: lambda p, b: p.onboarded(b),
    Stage.ENDED: lambda p, b: p.elaas.cancel(p.begin(b).flow_id, browser=b),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("stage", REACH)
def test_r1_1_an_act_that_is_not_offered_is_refused_and_changes_nothing(
    portal: Portal, stage: Stage, act: str
) -> None:
    """A disallowed (stage, act) pair would go through, or change the record."""
    portal.provision()
    browser = portal.browser()
    progress = REACH[stage](portal, browser)
    current = portal.elaas.current(progress.flow_id, browser=browser)
    if act in current.allowed:
        return
    before = stored_flow(portal, progress.flow_id)
    assert stage is before.stage
    with pytest.raises(Refused) as refused:
        ACTS[act](portal, progress.flow_id, browser)
    expected = "flow_ended" if stage in (Stage.DONE, Stage.ENDED) else "out_of_order"
    assert expected == refused.value.code
    assert current == refused.value.progress
    assert before == stored_flow(portal, progress.flow_id)


def test_what_is_offered_is_what_the_table_has(portal: Portal) -> None:
    """`allowed` would offer an act that is refused, or hide one that is not."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.begin(browser).flow_id
    assert ("authorize", "cancel") == portal.elaas.current(flow_id, browser=browser).allowed
    flow_id = past_the_cool_down(portal, browser, portal.mailed(browser)).flow_id
    assert (
        "submit_email",
        "resend_one_time_code",
        "submit_one_time_code",
        "confirm_and_set_password",
        "cancel",
    ) == portal.elaas.current(flow_id, browser=browser).allowed


def test_a_flow_that_is_over_keeps_nothing_of_the_person(portal: Portal) -> None:
    """A finished flow would keep the sealed identity, the address or the code's digest."""
    portal.provision()
    done = portal.onboarded()
    flow = stored_flow(portal, done.flow_id)
    kept = (flow.identity_sealed, flow.person_index, flow.email_sealed, flow.one_time_code_digest)
    assert (None, None, None, None) == kept


def test_cancel_ends_the_flow_and_leaves_the_account(portal: Portal) -> None:
    """A person who stops would have changed the account, or could not begin anew."""
    account_id = portal.provision()
    browser = portal.browser()
    before = stored_account(portal, account_id)
    progress = portal.elaas.cancel(portal.identify(browser).flow_id, browser=browser)
    assert Ended(reason="cancelled") == progress.step
    assert before == stored_account(portal, account_id)
    assert isinstance(portal.begin(browser, password=ISSUED).step, VerifyIdentity)
