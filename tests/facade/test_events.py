"""The audit trail (R7.1): one event for every row of the table and for every refusal; who, what, when, outcome."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any, get_args

import pytest

from elaas_identity import Browser, ProviderFailed, Refused
from elaas_identity.accounts.account import AccountStatus
from elaas_identity.change import Change, Key
from elaas_identity.errors import RefusedCode
from elaas_identity.flow.events import Event
from elaas_identity.flow.policy import FOR_TESTS, Limit
from elaas_identity.flow.transitions import TABLE, Input, Purpose, Stage
from elaas_identity.one_time_code.email_address import EmailPolicy
from elaas_identity.passwords.hashing import CHEAPEST_FOR_TESTS, PasswordHashing
from elaas_identity.passwords.preparation import prepare
from elaas_identity.testing.citizens import LOW_ASSURANCE
from tests.facade.portal import CHOSEN, ISSUED, STRANGER, USERNAME, Portal, made
from tests.facade.stored import stored_account, stored_flow

SHORT = "มะม่วงสุก 12"
ADDRESS = "clerk@sommut.example.go.th"
NO_ACCOUNT = "0" * 32


def weaken(portal: Portal, account_id: str) -> None:
    """Give the account a password that was long enough once."""
    account = stored_account(portal, account_id)
    weak = PasswordHashing(CHEAPEST_FOR_TESTS).hash(prepare(SHORT), b"0123456789abcdef")
    portal.store.commit(Change(writes=(replace(account, password_hash=weak),)))


class Acts:
    """One account, one browser, and the acts that the rows of the table are made of."""

    def __init__(self, portal: Portal) -> None:
        self.portal, self.elaas = portal, portal.elaas
        self.browser = portal.browser()
        self.account_id = portal.provision()
        self.flow_id = ""

    def arrive(self, purpose: Purpose, stage: Stage) -> None:
        """Stand at a stage."""
        if purpose is Purpose.RECOVERY:
            self.portal.onboarded()
            self.portal.clock.advance(timedelta(minutes=2))
            for reached, step in self.recovery_steps:
                if stage is Stage.START:
                    return
                step()
                if stage is reached:
                    return
        if purpose is Purpose.SIGN_IN:
            self.portal.onboarded()
            if stage is Stage.PASSWORD:
                weaken(self.portal, self.account_id)
                self.flow_id = self.portal.begin(self.browser, password=SHORT).flow_id
            return
        walks: dict[Stage, Callable[[Browser], Any]] = {
            Stage.IDENTITY: self.portal.begin,
            Stage.EMAIL: self.portal.identify,
            Stage.ONE_TIME_CODE: self.portal.mailed,
            Stage.PASSWORD: self.portal.confirmed,
        }
        if stage is not Stage.START:
            self.flow_id = walks[stage](self.browser).flow_id

    @property
    def recovery_steps(self) -> list[tuple[Stage, Callable[[], object]]]:
        return [
            (Stage.IDENTITY, self.recovery_asked),
            (Stage.ACCOUNT, self.returned),
            (Stage.ONE_TIME_CODE, self.account_chosen),
            (Stage.PASSWORD, self.code_confirmed),
        ]

    def recovery_asked(self) -> list[str]:
        self.flow_id = self.elaas.recover(browser=self.browser).flow_id
        return []

    def person_recognised(self) -> list[str]:
        return self.identity_verified()

    def account_chosen(self) -> list[str]:
        self.elaas.choose_account(self.flow_id, self.account_id, browser=self.browser)
        return []

    def sign_in(self, password: str) -> list[str]:
        self.flow_id = self.portal.begin(self.browser, password=password).flow_id
        return []

    def credential_accepted(self) -> list[str]:
        issued = stored_account(self.portal, self.account_id).status is AccountStatus.ISSUED
        return self.sign_in(ISSUED if issued else CHOSEN)

    def credential_too_weak(self) -> list[str]:
        weaken(self.portal, self.account_id)
        return self.sign_in(SHORT)

    def authorization_requested(self) -> list[str]:
        self.elaas.authorize(self.flow_id, browser=self.browser)
        return []

    def returned(self) -> None:
        query = self.portal.callback_query(self.flow_id, self.browser)
        self.portal.events.clear()
        self.elaas.receive_callback(query, browser=self.browser)

    def authorization_returned(self) -> list[str]:
        self.portal.idp.failure = ProviderFailed("identity_provider_unavailable")
        with pytest.raises(ProviderFailed):
            self.returned()
        return ["identity.refused"]

    def identity_verified(self) -> list[str]:
        self.returned()
        return ["identity.returned"]

    def email_given(self) -> list[str]:
        self.elaas.submit_email(self.flow_id, "another@sommut.example.go.th", browser=self.browser)
        return []

    def code_resent(self) -> list[str]:
        self.portal.clock.advance(timedelta(seconds=60))
        self.elaas.resend_one_time_code(self.flow_id, browser=self.browser)
        return []

    def code_confirmed(self) -> list[str]:
        self.elaas.submit_one_time_code(self.flow_id, self.portal.code(), browser=self.browser)
        return []

    def password_set(self) -> list[str]:
        self.elaas.set_password(self.flow_id, CHOSEN + "!", browser=self.browser)
        return []

    def code_and_password_set(self) -> list[str]:
        self.elaas.confirm(self.flow_id, self.portal.code(), CHOSEN + "!", browser=self.browser)
        return []

    def cancelled(self) -> list[str]:
        self.elaas.cancel(self.flow_id, browser=self.browser)
        return []

    def expired(self) -> list[str]:
        self.portal.clock.advance(self.portal.policy.flow_lifetime)
        with pytest.raises(Refused, match="flow_expired"):
            self.elaas.cancel(self.flow_id, browser=self.browser)
        return []

    def superseded(self) -> list[str]:
        self.elaas.accounts.unlock(self.account_id, by="admin-1", reason="test")
        with pytest.raises(Refused, match="flow_superseded"):
            self.elaas.cancel(self.flow_id, browser=self.browser)
        return ["account.unlocked"]


@pytest.mark.parametrize(("purpose", "stage", "happened"), list(TABLE))
def test_r7_1_every_row_of_the_table_tells_exactly_its_event(
    portal: Portal, purpose: Purpose, stage: Stage, happened: Input
) -> None:
    """A step of a person would be missing from the trail, told twice, or told wrongly."""
    acts = Acts(portal)
    acts.arrive(purpose, stage)
    portal.events.clear()
    beside = getattr(acts, happened.value)()
    row = TABLE[purpose, stage, happened]
    assert sorted([row.event, *beside]) == sorted(portal.kinds())
    (event,) = (event for event in portal.events if event.kind == row.event)
    assert row.stage is stored_flow(portal, acts.flow_id).stage
    assert (
        portal.clock(),
        UTC,
        "done",
        None,
        purpose.value,
        row.stage.value,
        stored_flow(portal, acts.flow_id).account_id or None,
        acts.flow_id,
        "req-1",
        portal.keyring.index("client", "192.0.2.1"),
    ) == (
        event.at,
        event.at.tzinfo,
        event.outcome,
        event.code,
        event.purpose,
        event.stage,
        event.account_id,
        event.flow_id,
        event.correlation_id,
        event.client,
    )
    assert_the_trail_is_what_was_told(portal, acts.account_id, acts.flow_id)


def trail(portal: Portal, account_id: str, flow_id: str = "") -> list[Event]:
    """The events of an account, or of a flow, that stand in the store, as they were when they were told."""
    keys = [
        Key(Event, account_id, field="account_id", limit=1000),
        Key(Event, flow_id, field="flow_id", limit=1000),
    ]
    read = portal.store.load(*keys)
    return list({event.id: replace(event, version=0) for key in keys for event in read.all(key)}.values())


def assert_the_trail_is_what_was_told(portal: Portal, account_id: str, flow_id: str = "") -> None:
    """Everything told that changed something is in the trail (told since the list was last cleared), word for word."""
    stored = {event.id: event for event in trail(portal, account_id, flow_id)}
    changing = [event for event in portal.events if event.id in stored]
    assert [stored[event.id] for event in changing] == changing
    only_told = [event for event in portal.events if event.id not in stored]
    assert all("refused" == event.outcome for event in only_told), only_told
    assert len({event.id for event in portal.events}) == len(portal.events)


def test_r7_1_a_whole_onboarding_is_in_the_trail_as_it_was_told(portal: Portal) -> None:
    """Listener and trail would tell two stories."""
    account_id = portal.provision(contact="palad@sommut.example.go.th")
    portal.onboarded()
    portal.begin(portal.browser(), password=CHOSEN)
    portal.elaas.accounts.reissue(account_id, by="admin-2", reason="letter lost")
    portal.elaas.accounts.unlock(account_id, by="admin-2", reason="called")
    by_id = {event.id: event for event in portal.events}
    assert by_id == {event.id: event for event in trail(portal, account_id)}
    assert [
        "account.provisioned",
        "onboarding.begun",
        "identity.requested",
        "identity.returned",
        "identity.verified",
        "email.given",
        "one_time_code.confirmed",
        "password.set",
        "sign_in.completed",
        "account.reissued",
        "account.unlocked",
    ] == portal.kinds()
    acted = [(event.by, event.reason) for event in portal.events if event.kind.startswith("account.")]
    assert [("admin-1", "letter 1/2567"), ("admin-2", "letter lost"), ("admin-2", "called")] == acted
    assert all(
        event.binding_id for event in portal.events if event.kind in ("password.set", "sign_in.completed")
    )


def test_r7_1_looking_tells_nothing(portal: Portal) -> None:
    """`current` would write: a reload, or a monitor, would fill the trail."""
    acts = Acts(portal)
    flows = [portal.begin(acts.browser).flow_id, portal.identify(acts.browser).flow_id]
    flows.append(portal.mailed(acts.browser).flow_id)
    portal.clock.advance(timedelta(seconds=61))
    flows.append(portal.confirmed(acts.browser).flow_id)
    portal.elaas.cancel(flows[0], browser=acts.browser)
    portal.events.clear()
    before = trail(portal, acts.account_id)
    for passing in (timedelta(0), portal.policy.flow_lifetime):
        portal.clock.advance(passing)
        for flow_id in flows:
            portal.elaas.current(flow_id, browser=acts.browser)
        with suppress(Refused):
            portal.elaas.current("no such flow", browser=acts.browser)
        portal.elaas.accounts.find(USERNAME)
    assert [] == portal.events
    assert before == trail(portal, acts.account_id)


# Each refusal: the event that tells it, whether it names account and flow, and how to be refused.
Refusing = Callable[[Acts], object]


def _wrong(acts: Acts) -> object:
    return acts.portal.begin(acts.browser, password="not the password")


def _unknown(acts: Acts) -> object:
    return acts.portal.begin(acts.browser, username="laas-nobody")


def _expired_letter(acts: Acts) -> object:
    acts.portal.clock.advance(timedelta(days=90))
    return acts.portal.begin(acts.browser)


def _throttled(acts: Acts) -> object:
    for _ in range(5):
        with pytest.raises(Refused, match="credential_wrong"):
            _wrong(acts)
    acts.portal.events.clear()
    return acts.portal.begin(acts.browser)


def _foreign_token(acts: Acts) -> object:
    return acts.elaas.begin(USERNAME, ISSUED, browser=Browser(token="not ours", correlation_id="req-1"))


def _foreign_token_later(acts: Acts) -> object:
    acts.arrive(Purpose.ONBOARDING, Stage.EMAIL)
    acts.portal.events.clear()
    return acts.elaas.submit_email(
        acts.flow_id, ADDRESS, browser=Browser(token="not ours", correlation_id="req-1")
    )


def _unknown_flow(acts: Acts) -> object:
    return acts.elaas.authorize("no such flow", browser=acts.browser)


def _anothers_flow(acts: Acts) -> object:
    acts.arrive(Purpose.ONBOARDING, Stage.EMAIL)
    acts.portal.events.clear()
    return acts.elaas.cancel(acts.flow_id, browser=acts.portal.browser())


def at(stage: Stage, act: Refusing) -> Refusing:
    """Stand at a stage, then act."""

    def arrived(acts: Acts) -> object:
        acts.arrive(Purpose.ONBOARDING, stage)
        acts.portal.events.clear()
        return act(acts)

    return arrived


def _too_late(acts: Acts) -> object:
    acts.portal.clock.advance(acts.portal.policy.flow_lifetime)
    return acts.elaas.authorize(acts.flow_id, browser=acts.browser)


def _overtaken(acts: Acts) -> object:
    acts.elaas.accounts.unlock(acts.account_id, by="admin-1", reason="test")
    acts.portal.events.clear()
    return acts.elaas.authorize(acts.flow_id, browser=acts.browser)


def _after_the_end(acts: Acts) -> object:
    acts.elaas.cancel(acts.flow_id, browser=acts.browser)
    acts.portal.events.clear()
    return acts.elaas.cancel(acts.flow_id, browser=acts.browser)


def _too_many_flows(acts: Acts) -> object:
    for _ in range(3):
        acts.portal.begin(acts.browser)
    acts.portal.events.clear()
    return acts.portal.begin(acts.browser)


def _callback(query: str) -> Refusing:
    return lambda acts: acts.elaas.receive_callback(query, browser=acts.browser)


def _used_callback(acts: Acts) -> object:
    query = acts.portal.callback_query(acts.flow_id, acts.browser)
    acts.portal.idp.failure = ProviderFailed("identity_provider_unavailable")
    with pytest.raises(ProviderFailed):
        acts.elaas.receive_callback(query, browser=acts.browser)
    acts.portal.events.clear()
    return acts.elaas.receive_callback(query, browser=acts.browser)


def _other_browser(acts: Acts) -> object:
    query = acts.portal.callback_query(acts.flow_id, acts.browser)
    acts.portal.events.clear()
    return acts.elaas.receive_callback(query, browser=acts.portal.browser())


def _other_browser_again(acts: Acts) -> object:
    query = acts.portal.callback_query(acts.flow_id, acts.browser)
    with pytest.raises(Refused):
        acts.elaas.receive_callback(query, browser=acts.portal.browser())
    acts.portal.events.clear()
    return acts.elaas.receive_callback(query, browser=acts.portal.browser())


def _judged(change: Callable[[Portal], object]) -> Refusing:
    def come_back(acts: Acts) -> object:
        change(acts.portal)
        query = acts.portal.callback_query(acts.flow_id, acts.browser)
        acts.portal.events.clear()
        try:
            return acts.elaas.receive_callback(query, browser=acts.browser)
        finally:
            assert "identity.returned" == acts.portal.events.pop(0).kind

    return at(Stage.IDENTITY, come_back)


def _says(code: Any) -> Refusing:
    return _judged(lambda portal: setattr(portal.idp, "failure", Refused(code)))


def _nobodys(acts: Acts) -> None:
    acts.recovery_asked()
    try:
        acts.returned()
    finally:
        assert "identity.returned" == acts.portal.events.pop(0).kind


def _too_many_recoveries(acts: Acts) -> object:
    for _ in range(3):
        acts.elaas.recover(browser=acts.browser)
        acts.portal.events.clear()
    return acts.elaas.recover(browser=acts.browser)


def _email(text: str) -> Refusing:
    return at(Stage.EMAIL, lambda acts: acts.elaas.submit_email(acts.flow_id, text, browser=acts.browser))


def _recipient_refused(acts: Acts) -> object:
    acts.portal.outbox.fail_next("mail_recipient_refused")
    try:
        return acts.elaas.submit_email(acts.flow_id, ADDRESS, browser=acts.browser)
    finally:
        assert "email.given" == acts.portal.events.pop(0).kind


def _code(typed: Callable[[Portal], str]) -> Refusing:
    return at(
        Stage.ONE_TIME_CODE,
        lambda acts: acts.elaas.submit_one_time_code(acts.flow_id, typed(acts.portal), browser=acts.browser),
    )


def _late_code(acts: Acts) -> object:
    acts.portal.clock.advance(timedelta(minutes=10))
    return acts.elaas.submit_one_time_code(acts.flow_id, acts.portal.code(), browser=acts.browser)


def _guess(acts: Acts, times: int) -> None:
    for _ in range(times):
        with pytest.raises(Refused, match="one_time_code_wrong"):
            acts.elaas.submit_one_time_code(acts.flow_id, acts.portal.wrong_code(), browser=acts.browser)


def _exhausted(acts: Acts) -> object:
    _guess(acts, 5)
    acts.portal.events.clear()
    return acts.elaas.submit_one_time_code(acts.flow_id, acts.portal.code(), browser=acts.browser)


def _day_is_over(acts: Acts) -> object:
    _guess(acts, 3)
    acts.portal.events.clear()
    return acts.elaas.submit_one_time_code(acts.flow_id, acts.portal.code(), browser=acts.browser)


def _password(text: str) -> Refusing:
    return at(Stage.PASSWORD, lambda acts: acts.elaas.set_password(acts.flow_id, text, browser=acts.browser))


def _single_form(acts: Acts) -> object:
    return acts.elaas.confirm(acts.flow_id, acts.portal.code(), "short", browser=acts.browser)


def _unknown_account(acts: Acts) -> object:
    return acts.elaas.accounts.reissue(NO_ACCOUNT, by="admin-1", reason="test")


def _suspended(acts: Acts) -> object:
    account = stored_account(acts.portal, acts.account_id)
    acts.portal.store.commit(Change(writes=(replace(account, status=AccountStatus.SUSPENDED),)))
    return acts.elaas.accounts.unlock(acts.account_id, by="admin-1", reason="test")


def _nobody_signs(acts: Acts) -> object:
    return acts.elaas.accounts.unlock(acts.account_id, by=" ", reason="test")


def _empty_username(acts: Acts) -> object:
    return acts.portal.provision("  ")


def _resend(acts: Acts) -> object:
    return acts.elaas.resend_one_time_code(acts.flow_id, browser=acts.browser)


def _out_of_order(acts: Acts) -> object:
    return acts.elaas.submit_email(acts.flow_id, ADDRESS, browser=acts.browser)


NOTHING, ACCOUNT, FLOW, FLOW_ALONE = "nothing", "account", "flow", "a flow for no account yet"
REFUSED = "refused"

REFUSALS: list[tuple[str, str, str, str, Refusing]] = [
    # the refusal's code, the event's kind, its outcome, what it names, how to be refused
    ("credential_wrong", "sign_in.refused", REFUSED, ACCOUNT, _wrong),
    ("credential_wrong", "sign_in.refused", REFUSED, NOTHING, _unknown),
    ("issued_credential_expired", "sign_in.refused", REFUSED, ACCOUNT, _expired_letter),
    ("sign_in_throttled", "sign_in.throttled", REFUSED, NOTHING, _throttled),
    ("browser_unknown", "sign_in.refused", REFUSED, NOTHING, _foreign_token),
    ("browser_unknown", "flow.refused", REFUSED, NOTHING, _foreign_token_later),
    ("flow_unknown", "flow.refused", REFUSED, NOTHING, _unknown_flow),
    ("flow_unknown", "flow.refused", REFUSED, NOTHING, _anothers_flow),
    ("flow_expired", "flow.expired", "done", FLOW, at(Stage.IDENTITY, _too_late)),
    ("flow_superseded", "flow.superseded", "done", FLOW, at(Stage.IDENTITY, _overtaken)),
    ("flow_ended", "flow.refused", REFUSED, FLOW, at(Stage.IDENTITY, _after_the_end)),
    ("flow_limit", "flow.refused", REFUSED, ACCOUNT, _too_many_flows),
    ("out_of_order", "flow.refused", REFUSED, FLOW, at(Stage.IDENTITY, _out_of_order)),
    ("callback_malformed", "callback.refused", REFUSED, NOTHING, _callback("code=a&code=b")),
    ("callback_unknown", "callback.refused", REFUSED, NOTHING, _callback(f"code=a&state=k1.{'A' * 43}")),
    ("callback_unknown", "callback.refused", REFUSED, FLOW, at(Stage.IDENTITY, _used_callback)),
    ("callback_other_browser", "callback.refused", REFUSED, FLOW, at(Stage.IDENTITY, _other_browser)),
    ("callback_other_browser", "callback.refused", REFUSED, FLOW, at(Stage.IDENTITY, _other_browser_again)),
    ("identity_denied", "identity.refused", REFUSED, FLOW, _says("identity_denied")),
    ("identity_repeated", "identity.refused", REFUSED, FLOW, _says("identity_repeated")),
    (
        "identity_stale",
        "identity.refused",
        REFUSED,
        FLOW,
        _judged(lambda portal: setattr(portal.idp, "auth_time", portal.clock() - timedelta(days=1))),
    ),
    (
        "identity_assurance_low",
        "identity.refused",
        REFUSED,
        FLOW,
        _judged(lambda portal: setattr(portal.idp, "citizen", LOW_ASSURANCE)),
    ),
    (
        "person_mismatch",
        "identity.refused",
        REFUSED,
        FLOW,
        _judged(lambda portal: setattr(portal.idp, "citizen", STRANGER)),
    ),
    ("person_without_account", "identity.refused", REFUSED, FLOW_ALONE, _nobodys),
    ("recovery_limit", "flow.refused", REFUSED, NOTHING, _too_many_recoveries),
    ("email_invalid", "flow.refused", REFUSED, FLOW, _email("no address")),
    ("email_not_allowed", "flow.refused", REFUSED, FLOW, _email("clerk@throwaway.example.com")),
    ("email_not_accepted", "mail.failed", "failed", FLOW, at(Stage.EMAIL, _recipient_refused)),
    ("mail_throttled", "flow.refused", REFUSED, FLOW, at(Stage.ONE_TIME_CODE, _resend)),
    ("one_time_code_malformed", "flow.refused", REFUSED, FLOW, _code(lambda _: "12")),
    ("one_time_code_wrong", "one_time_code.refused", REFUSED, FLOW, _code(Portal.wrong_code)),
    ("one_time_code_expired", "flow.refused", REFUSED, FLOW, at(Stage.ONE_TIME_CODE, _late_code)),
    ("one_time_code_exhausted", "flow.refused", REFUSED, FLOW, at(Stage.ONE_TIME_CODE, _exhausted)),
    ("one_time_code_throttled", "flow.refused", REFUSED, FLOW, at(Stage.ONE_TIME_CODE, _day_is_over)),
    ("password_too_short", "flow.refused", REFUSED, FLOW, _password("short")),
    ("password_too_short", "flow.refused", REFUSED, FLOW, at(Stage.ONE_TIME_CODE, _single_form)),
    ("password_too_long", "flow.refused", REFUSED, FLOW, _password("x" * 129)),
    ("password_character_not_allowed", "flow.refused", REFUSED, FLOW, _password("a\x00" * 10)),
    ("password_common", "flow.refused", REFUSED, FLOW, _password("passwordpassword")),
    ("password_contextual", "flow.refused", REFUSED, FLOW, _password(USERNAME + "laas2567")),
    ("password_same_as_before", "flow.refused", REFUSED, FLOW, _password(ISSUED)),
    ("account_unknown", "account.refused", REFUSED, ACCOUNT, _unknown_account),
    ("account_status", "account.refused", REFUSED, ACCOUNT, _suspended),
    ("account_invalid", "account.refused", REFUSED, NOTHING, _nobody_signs),
    ("account_invalid", "account.refused", REFUSED, NOTHING, _empty_username),
]

TIGHT = {
    "recovery_limit": replace(FOR_TESTS, recoveries_per_client=Limit(3, timedelta(hours=1))),
    "flow_limit": replace(FOR_TESTS, flows_per_account=Limit(3, timedelta(hours=1))),
    "one_time_code_throttled": replace(FOR_TESTS, code_attempts_per_account=Limit(3, timedelta(days=1))),
    "email_not_allowed": replace(
        FOR_TESTS, email=EmailPolicy(refused_domains=frozenset({"throwaway.example.com"}))
    ),
}


def test_r7_1_every_refusal_that_can_be_reached_is_looked_at_here() -> None:
    """A new refusal would come without an event, and nobody would notice."""
    of_assertions = {"sign_in_outdated", "assertion_invalid", "assertion_expired", "assertion_replayed"}
    assert set(get_args(RefusedCode)) - of_assertions == {code for code, *_ in REFUSALS}


@pytest.mark.parametrize("flavour", ["sync-memory", "async-sqlite"])
@pytest.mark.parametrize(
    ("code", "kind", "outcome", "names", "refusing"),
    REFUSALS,
    ids=[f"{number}-{case[0]}" for number, case in enumerate(REFUSALS)],
)
def test_r7_1_every_refusal_tells_exactly_one_event(
    flavour: str, code: str, kind: str, outcome: str, names: str, refusing: Refusing, tmp_path: Any
) -> None:
    """An attack, or a person in trouble, would leave no trace; or several for one refusal."""
    with made(flavour, tmp_path, TIGHT.get(code, FOR_TESTS)) as portal:
        acts = Acts(portal)
        portal.events.clear()
        with pytest.raises(Refused) as refused:
            refusing(acts)
        assert code == refused.value.code
        (event,) = portal.events
        expected_code = {"done": None, "failed": "mail_recipient_refused", REFUSED: code}[outcome]
        assert (kind, outcome, expected_code) == (event.kind, event.outcome, event.code)
        account_id = NO_ACCOUNT if code == "account_unknown" else acts.account_id
        assert (account_id if names in (ACCOUNT, FLOW) else None) == event.account_id
        assert (acts.flow_id if names in (FLOW, FLOW_ALONE) else None) == event.flow_id
        assert (portal.clock(), UTC) == (event.at, event.at.tzinfo)
        assert (None if kind == "account.refused" else "req-1") == event.correlation_id
