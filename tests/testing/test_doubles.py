"""What a portal's tests begin with: accounts and flows to order, and what is to be seen of them."""

from __future__ import annotations

import asyncio
import logging
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from flask import Flask

from elaas_identity import FirstUse, Misconfigured, ProviderFailed, Refused, SignInPolicy
from elaas_identity.errors import Message
from elaas_identity.fastapi import Officer, current_officer, elaas_router
from elaas_identity.flask import ElaasFlask, officer_required
from elaas_identity.flask import current_officer as flask_officer
from elaas_identity.messages import say
from elaas_identity.policy import FOR_TESTS
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.providers.sql import AsyncSQLStore, SQLStore, upgrade
from elaas_identity.testing import CITIZENS, Doubles
from elaas_identity.web import Site

SITE = Site(name=Message("ระบบทดสอบ", "Test portal"))
ADDRESS = "https://portal.test"


@pytest.fixture
def doubles() -> Doubles:
    return Doubles()


@pytest.mark.parametrize(
    ("purpose", "stage", "kind"),
    [
        ("onboarding", "identity", "verify_identity"),
        ("onboarding", "email", "provide_email"),
        ("onboarding", "one_time_code", "enter_one_time_code"),
        ("onboarding", "password", "set_password"),
        ("recovery", "identity", "verify_identity"),
        ("recovery", "account", "choose_account"),
        ("recovery", "one_time_code", "enter_one_time_code"),
        ("recovery", "password", "set_password"),
        ("identity_first", "credential", "provide_credential"),
        ("identity_first", "email", "provide_email"),
    ],
)
def test_a_flow_stands_where_it_was_ordered(doubles: Doubles, purpose: Any, stage: Any, kind: str) -> None:
    """A test would begin somewhere else than it says."""
    at = doubles.flow_at(stage, purpose=purpose)
    stands = doubles.elaas.current(at.flow_id, browser=at.browser)
    assert kind == at.progress.step.kind == stands.step.kind


def test_a_stage_that_the_purpose_has_not_is_no_endless_walk(doubles: Doubles) -> None:
    """A test with a mistake would hang, or end at a step that it did not ask for."""
    for stage, purpose in (("account", "onboarding"), ("otp", "recovery"), ("identity", "recover")):
        with pytest.raises(
            ValueError, match="onboarding: identity, email, one_time_code, password; recovery: "
        ):
            doubles.flow_at(stage, purpose=purpose)  # type: ignore[arg-type]
    officer = doubles.onboarded_account()
    with pytest.raises(LookupError, match="has no stage 'email': it is at signed_in"):
        doubles.flow_at("email", officer, purpose="identity_first")
    with pytest.raises(TypeError, match="the letter"):
        doubles.onboarded_account(CITIZENS[1])  # type: ignore[arg-type]


def test_a_fault_waits_until_the_test_itself_asks_thaid(doubles: Doubles) -> None:
    """A fault would happen where the doubles make what the test begins with."""
    doubles.thaid.fail("down")
    officer = doubles.onboarded_account()
    doubles.flow_at("email")
    doubles.signed_in(officer)
    assert (("token", "down"),) == doubles.thaid.faults_left
    with pytest.raises(AssertionError, match="never happened"), doubles:
        pass
    with pytest.raises(ZeroDivisionError), doubles:
        raise ZeroDivisionError


def test_a_failure_of_the_mailer_waits_until_the_test_itself_sends_a_mail(doubles: Doubles) -> None:
    """It would happen where the doubles make what the test begins with, or be forgotten there."""
    doubles.outbox.fail_next("mail_not_accepted")
    doubles.outbox.hold()
    doubles.signed_in(doubles.onboarded_account())
    at = doubles.flow_at("one_time_code")
    assert ("mail_not_accepted",) == doubles.outbox.failures_left
    with pytest.raises(AssertionError, match="never happened, since no mail was sent"), doubles:
        pass
    arrived = len(doubles.outbox.mails)
    doubles.clock.shift(minutes=2)
    with pytest.raises(ProviderFailed, match="mail_not_accepted"):
        doubles.elaas.resend_one_time_code(at.flow_id, browser=at.browser)
    doubles.elaas.resend_one_time_code(at.flow_id, browser=at.browser)
    assert (arrived, 1) == (len(doubles.outbox.mails), len(doubles.outbox.held))
    with doubles:
        pass


def test_two_orders_are_two_accounts_and_two_browsers(doubles: Doubles) -> None:
    """One flow would get into the other's way."""
    first, second = doubles.flow_at("email"), doubles.flow_at("email")
    assert first.credential.username != second.credential.username
    with pytest.raises(Refused, match="flow_unknown"):
        doubles.elaas.current(first.flow_id, browser=second.browser)


def test_what_the_policy_asks_for_is_done(doubles: Doubles) -> None:
    """Accounts could be had under the default policy alone."""
    with_thaid = Doubles(policy=replace(FOR_TESTS, sign_in=SignInPolicy.PASSWORD_AND_THAID))
    assert {"pwd", "thaid", "mfa"} == {*with_thaid.signed_in().assurance.methods}
    with_app = Doubles(policy=replace(FOR_TESTS, sign_in=SignInPolicy.PASSWORD_AND_TOTP))
    with pytest.raises(AssertionError, match="enrol_authenticator"):
        with_app.signed_in()
    awaits = doubles.account(person=FirstUse(needs_approval=True))
    with pytest.raises(AssertionError, match="was not taken up"):
        doubles.onboarded_account(awaits)


def test_r9_both_facades_are_over_one_store(doubles: Doubles, tmp_path: Any) -> None:
    """An asynchronous portal would not find the account that its test made."""
    url = f"sqlite:///{tmp_path / 'elaas.db'}"
    upgrade(url)
    with closing(SQLStore(url)) as store:
        alone = Doubles(store=store)
        with pytest.raises(Misconfigured, match="there is no async store"):
            _ = alone.async_elaas

        async def found() -> str | None:
            over_sql = Doubles(store=store, async_store=AsyncSQLStore(url))
            account = await over_sql.async_elaas.accounts.find(alone.account().username)
            await over_sql.async_elaas.store.close()
            return None if account is None else account.agency_name

        assert "เทศบาลตำบลสมมติ" == asyncio.run(found())
    with pytest.raises(Misconfigured, match="accounts would be made where it does not look"):
        Doubles(async_store=AsyncMemoryStore())
    shared = MemoryStore()
    Doubles(store=shared, async_store=AsyncMemoryStore(shared))


def test_a_store_of_ones_own_is_taken_while_it_is_empty() -> None:
    """A store that has a length would be replaced by ours, and the test would pass whatever it does."""

    class Counted(MemoryStore):
        def __len__(self) -> int:
            return sum(map(len, self.contents().values()))

    store = Counted()
    assert 0 == len(store)
    doubles = Doubles(store=store)
    doubles.account()
    assert doubles.elaas.store is store
    assert len(store) > 0


def test_an_emulator_and_an_address_are_not_both_given() -> None:
    """The address would be ignored."""
    with pytest.raises(ValueError, match="one of the two"):
        Doubles(thaid=Doubles().thaid, redirect_uri="https://portal.example.go.th/auth/callback")


# Through the pages


def fastapi_portal(doubles: Doubles) -> FastAPI:
    app = FastAPI()
    app.include_router(elaas_router(doubles.async_elaas, SITE))

    @app.get("/payments")
    async def payments(officer: Annotated[Officer, Depends(current_officer)]) -> str:
        return officer.account.username

    return app


@pytest.fixture(params=["password", "password_and_thaid"])
def asking(request: pytest.FixtureRequest) -> Doubles:
    """A portal's policy."""
    return Doubles(policy=replace(FOR_TESTS, sign_in=SignInPolicy(request.param)))


def test_fastapis_client_is_signed_in(asking: Doubles) -> None:
    """A test of a page behind the sign-in would have to walk through it by hand."""
    client = TestClient(fastapi_portal(asking), base_url=ADDRESS)
    officer = asking.onboard_as(client, asking.account())
    assert 401 == client.get("/payments").status_code
    assert f"{ADDRESS}/" == asking.sign_in_as(client, officer)
    assert officer.username == client.get("/payments").json()


def test_an_awaited_client_is_signed_in(asking: Doubles) -> None:
    """Asynchronous tests would have nothing."""

    letter = asking.account()

    async def walked() -> object:
        transport = httpx.ASGITransport(fastapi_portal(asking))
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            officer = await asking.async_onboard_as(client, letter)
            await asking.async_sign_in_as(client, officer)
            return (await client.get("/payments")).json()

    assert letter.username == asyncio.run(walked())


def flask_client(doubles: Doubles) -> Any:
    app = Flask(__name__)
    ElaasFlask(app, doubles.elaas, SITE)

    @app.get("/payments")
    @officer_required
    def payments() -> str:
        return flask_officer.account.username

    return app.test_client()


def test_flasks_client_is_signed_in(asking: Doubles) -> None:
    """As above."""
    client = flask_client(asking)
    officer = asking.onboard_as(client, asking.account())
    asking.sign_in_as(client, officer)
    assert officer.username == client.get("/payments").text


def test_what_cannot_be_signed_in_says_why(doubles: Doubles) -> None:
    """A test would go on as nobody, and fail far from the mistake."""
    client = TestClient(fastapi_portal(doubles), base_url=ADDRESS)
    letter, officer = doubles.account(), doubles.onboarded_account()
    with pytest.raises(ValueError, match="call onboard_as"):
        doubles.sign_in_as(client, letter)
    with pytest.raises(ValueError, match="call sign_in_as"):
        doubles.onboard_as(client, officer)
    with pytest.raises(AssertionError, match=say("error.credential_wrong").th):
        doubles.sign_in_as(client, replace(officer, password="another one"))
    with pytest.raises(AssertionError, match="/identity/flow/"):
        doubles.onboard_as(client, replace(letter, citizen=CITIZENS[1]))
    with pytest.raises(TypeError, match="https"):
        doubles.sign_in_as(TestClient(fastapi_portal(doubles)), officer)
    with pytest.raises(TypeError, match="no client"):
        doubles.sign_in_as(object(), officer)
    with pytest.raises(TypeError, match="is not awaited"):
        asyncio.run(doubles.async_sign_in_as(client, officer))
    with pytest.raises(AssertionError, match="404"):
        doubles.sign_in_as(client, officer, prefix="/elsewhere")
    doubles.elaas.accounts.suspend(officer.account_id, by="admin-1", reason="order 7/2568")
    with pytest.raises(AssertionError, match=say("error.credential_wrong").th):
        doubles.sign_in_as(client, officer)


def test_a_portal_at_the_root_of_its_paths_is_walked_too(doubles: Doubles) -> None:
    """Its own pages would be taken for ours, or ours for its own."""
    app = FastAPI()
    app.include_router(elaas_router(doubles.async_elaas, SITE, prefix=""))
    client = TestClient(app, base_url=ADDRESS)
    officer = doubles.onboard_as(client, doubles.account(), prefix="")
    assert f"{ADDRESS}/" == doubles.sign_in_as(client, officer, prefix="")


# What is to be seen


def test_events_are_those_of_the_test(doubles: Doubles) -> None:
    """A test could not say what it expects without knowing how its beginning was made."""
    at = doubles.flow_at("one_time_code")
    doubles.assert_events([])
    with pytest.raises(Refused):
        doubles.elaas.submit_one_time_code(at.flow_id, "00000000", browser=at.browser)
    for wrong in (
        [],
        ["one_time_code.confirmed"],
        [("one_time_code.refused", "one_time_code_expired")],
        ["one_time_code.refused", "password.set"],
    ):
        with pytest.raises(AssertionError, match=r"event [12] should be"):
            doubles.assert_events(wrong)  # type: ignore[arg-type]
    doubles.assert_events([("one_time_code.refused", "one_time_code_wrong")])
    doubles.assert_events([])


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def test_r7_2_every_secret_of_the_doubles_is_looked_for_wherever_it_may_be(
    doubles: Doubles, log: pytest.LogCaptureFixture
) -> None:
    """A portal's own log line with a code in it would pass its tests."""
    at = doubles.flow_at("password")
    doubles.elaas.set_password(at.flow_id, "words that I choose", browser=at.browser)
    doubles.assert_no_secret_in(log)
    officer = doubles.onboarded_account()
    secrets = [
        officer.password,
        at.credential.password,
        officer.citizen.national_id.reveal(),
        doubles.outbox.code,
        doubles.thaid.clients[0].client_secret,
    ]
    logger = logging.getLogger("portal")
    for secret in secrets:
        assert secret in doubles.secrets.values()
        for said in (
            partial(logger.info, "who: %s", secret),
            partial(logger.info, "who", extra={"who": {"inner": secret}}),
            partial(logger.error, "failed", exc_info=ValueError(secret)),
        ):
            log.clear()
            said()
            with pytest.raises(AssertionError) as found:
                doubles.assert_no_secret_in(log)
            assert secret not in str(found.value)
        for place in (secret, secret.encode(), [{"a": (secret,)}], KeyError(secret), f"?q={secret}"):
            with pytest.raises(AssertionError):
                doubles.assert_no_secret_in(place)
    log.clear()
    logger.info("nobody")
    doubles.assert_no_secret_in(log)
    doubles.assert_no_secret_in([None, 1, True, "nobody"])
    for unreadable in (None, object(), 5):
        with pytest.raises(TypeError, match="give its texts"):
            doubles.assert_no_secret_in(unreadable)


def test_r7_2_an_answer_of_a_client_is_looked_through(doubles: Doubles) -> None:
    """The answer that a portal's test has in its hand would pass whatever it holds."""
    officer = doubles.onboarded_account()
    for answer in (
        httpx.Response(200, text=f"<p>{officer.password}</p>"),
        httpx.Response(303, headers={"location": f"/?who={officer.citizen.national_id.reveal()}"}),
        Flask(__name__).response_class(officer.password),
    ):
        with pytest.raises(AssertionError, match=r"there is a secret in \w*Response"):
            doubles.assert_no_secret_in(answer)
    doubles.assert_no_secret_in(httpx.Response(200, text="nothing"))
