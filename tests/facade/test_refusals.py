"""The audit trail (R7.1): one event for every refusal, told to listeners, so that none passes unseen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any, get_args

import pytest

from elaas_identity import Refused, transaction_digest
from elaas_identity.errors import RefusedCode
from elaas_identity.flow.policy import FOR_TESTS, Limit
from elaas_identity.flow.transitions import Purpose, Stage
from elaas_identity.mail.address import EmailPolicy
from elaas_identity.testing.citizens import LOW_ASSURANCE
from tests.facade import refusing as by
from tests.facade import refusing_later as later
from tests.facade.acts import ADDRESS, PAYMENT, Acts
from tests.facade.kinds import BY_APP, BY_KIND, BY_PASSWORD
from tests.facade.portal import ISSUED, STRANGER, USERNAME, Portal, made
from tests.facade.refusing import NO_ACCOUNT, Refusing, at

ANOTHER_PAYMENT = transaction_digest(b"pay 900 baht to somebody else")

NOTHING, ACCOUNT, FLOW, FLOW_ALONE = "nothing", "account", "flow", "a flow for no account yet"
REFUSED = "refused"

REFUSALS: list[tuple[str, str, str, str, Refusing]] = [
    # the refusal's code, the event's kind, its outcome, what it names, how to be refused
    ("credential_wrong", "sign_in.refused", REFUSED, ACCOUNT, by.wrong),
    ("credential_wrong", "sign_in.refused", REFUSED, NOTHING, by.unknown),
    ("issued_credential_expired", "sign_in.refused", REFUSED, ACCOUNT, by.expired_letter),
    ("approval_awaited", "sign_in.refused", REFUSED, ACCOUNT, later.who_waits),
    ("sign_in_throttled", "sign_in.throttled", REFUSED, NOTHING, by.throttled),
    ("browser_unknown", "sign_in.refused", REFUSED, NOTHING, by.foreign_token),
    ("browser_unknown", "flow.refused", REFUSED, NOTHING, by.foreign_token_later),
    ("flow_unknown", "flow.refused", REFUSED, NOTHING, by.unknown_flow),
    ("flow_unknown", "flow.refused", REFUSED, NOTHING, by.anothers_flow),
    ("flow_expired", "flow.expired", "done", FLOW, at(Stage.IDENTITY, by.too_late)),
    ("flow_superseded", "flow.superseded", "done", FLOW, at(Stage.IDENTITY, by.overtaken)),
    ("flow_ended", "flow.refused", REFUSED, FLOW, at(Stage.IDENTITY, by.after_the_end)),
    ("flow_limit", "flow.refused", REFUSED, ACCOUNT, by.too_many_flows),
    ("out_of_order", "flow.refused", REFUSED, FLOW, at(Stage.IDENTITY, by.out_of_order)),
    ("callback_malformed", "callback.refused", REFUSED, NOTHING, by.callback("code=a&code=b")),
    ("callback_unknown", "callback.refused", REFUSED, NOTHING, by.callback(f"code=a&state=k1.{'A' * 43}")),
    ("callback_unknown", "callback.refused", REFUSED, FLOW, at(Stage.IDENTITY, by.used_callback)),
    ("callback_other_browser", "callback.refused", REFUSED, FLOW, at(Stage.IDENTITY, by.other_browser)),
    ("callback_other_browser", "callback.refused", REFUSED, FLOW, at(Stage.IDENTITY, by.other_browser_again)),
    ("identity_denied", "identity.refused", REFUSED, FLOW, by.says("identity_denied")),
    ("identity_repeated", "identity.refused", REFUSED, FLOW, by.says("identity_repeated")),
    (
        "identity_stale",
        "identity.refused",
        REFUSED,
        FLOW,
        by.judged(lambda portal: setattr(portal.idp, "auth_time", portal.clock() - timedelta(days=1))),
    ),
    (
        "identity_assurance_low",
        "identity.refused",
        REFUSED,
        FLOW,
        by.judged(lambda portal: setattr(portal.idp, "citizen", LOW_ASSURANCE)),
    ),
    (
        "person_mismatch",
        "identity.refused",
        REFUSED,
        FLOW,
        by.judged(lambda portal: setattr(portal.idp, "citizen", STRANGER)),
    ),
    ("person_without_account", "identity.refused", REFUSED, FLOW_ALONE, by.nobodys),
    ("recovery_limit", "flow.refused", REFUSED, NOTHING, by.too_many_recoveries),
    ("email_invalid", "flow.refused", REFUSED, FLOW, by.email("no address")),
    ("email_not_allowed", "flow.refused", REFUSED, FLOW, by.email("clerk@throwaway.example.com")),
    ("email_not_accepted", "mail.failed", "failed", FLOW, at(Stage.EMAIL, by.recipient_refused)),
    ("mail_throttled", "flow.refused", REFUSED, FLOW, at(Stage.ONE_TIME_CODE, by.resend)),
    ("one_time_code_malformed", "flow.refused", REFUSED, FLOW, by.code(lambda _: "12")),
    ("one_time_code_wrong", "one_time_code.refused", REFUSED, FLOW, by.code(Portal.wrong_code)),
    ("one_time_code_expired", "flow.refused", REFUSED, FLOW, at(Stage.ONE_TIME_CODE, by.late_code)),
    ("one_time_code_exhausted", "flow.refused", REFUSED, FLOW, at(Stage.ONE_TIME_CODE, by.exhausted)),
    ("one_time_code_throttled", "flow.refused", REFUSED, FLOW, at(Stage.ONE_TIME_CODE, by.day_is_over)),
    ("password_too_short", "flow.refused", REFUSED, FLOW, by.password("short")),
    ("password_too_short", "flow.refused", REFUSED, FLOW, at(Stage.ONE_TIME_CODE, by.single_form)),
    ("password_too_long", "flow.refused", REFUSED, FLOW, by.password("x" * 129)),
    ("password_character_not_allowed", "flow.refused", REFUSED, FLOW, by.password("a\x00" * 10)),
    ("password_common", "flow.refused", REFUSED, FLOW, by.password("passwordpassword")),
    ("password_contextual", "flow.refused", REFUSED, FLOW, by.password(USERNAME + "laas2567")),
    ("password_same_as_before", "flow.refused", REFUSED, FLOW, by.password(ISSUED)),
    ("account_unknown", "account.refused", REFUSED, ACCOUNT, by.unknown_account),
    ("account_status", "account.refused", REFUSED, ACCOUNT, by.suspended),
    ("account_invalid", "account.refused", REFUSED, NOTHING, by.nobody_signs),
    ("account_invalid", "account.refused", REFUSED, NOTHING, by.empty_username),
    ("account_status", "account.refused", REFUSED, NOTHING, later.erases_who_holds),
    ("approval_unknown", "account.refused", REFUSED, ACCOUNT, at(Stage.IDENTITY, later.approves_nothing)),
    ("second_person_needed", "account.second_person_awaited", "done", ACCOUNT, later.first_of_two),
    # who is signed in
    (
        "sign_in_outdated",
        "flow.refused",
        REFUSED,
        ACCOUNT,
        later.signed_in(Purpose.STEP_UP, later.outdated_session),
    ),
    ("session_unknown", "session.refused", REFUSED, NOTHING, later.no_session),
    ("session_unknown", "session.refused", REFUSED, ACCOUNT, later.kept(later.signed_out)),
    ("session_expired", "session.refused", REFUSED, ACCOUNT, later.kept(later.half_an_hour_away)),
    ("sign_in_outdated", "session.refused", REFUSED, ACCOUNT, later.kept(later.left_behind)),
    (
        "account_unknown",
        "flow.refused",
        REFUSED,
        ACCOUNT,
        later.signed_in(Purpose.EMAIL_CHANGE, later.sessions_account_is_nowhere),
    ),
    (
        "flow_limit",
        "flow.refused",
        REFUSED,
        ACCOUNT,
        later.signed_in(Purpose.STEP_UP, later.three_times_and_again),
    ),
    (
        "current_password_wrong",
        "sign_in.refused",
        REFUSED,
        ACCOUNT,
        later.signed_in(Purpose.PASSWORD_CHANGE, later.wrong_current_password),
    ),
    ("step_up_mismatch", "flow.refused", REFUSED, FLOW, later.used_for("another session", PAYMENT)),
    ("step_up_mismatch", "flow.refused", REFUSED, FLOW, later.used_for(None, ANOTHER_PAYMENT)),
    ("flow_ended", "flow.refused", REFUSED, FLOW, at(Stage.PROOF, later.used_twice, Purpose.STEP_UP)),
    (
        "email_change_limit",
        "flow.refused",
        REFUSED,
        ACCOUNT,
        later.signed_in(Purpose.EMAIL_CHANGE, later.three_times_and_again),
    ),
    (
        "email_same_as_before",
        "flow.refused",
        REFUSED,
        FLOW,
        at(Stage.EMAIL, lambda acts: acts.give(ADDRESS), Purpose.EMAIL_CHANGE),
    ),
    (
        "email_cooling_off",
        "flow.refused",
        REFUSED,
        FLOW_ALONE,
        at(Stage.ONE_TIME_CODE, later.cooling_off, Purpose.EMAIL_CHANGE),
    ),
    # second factors
    ("password_outdated", "sign_in.refused", REFUSED, ACCOUNT, later.outdated_password),
    (
        "authenticator_code_malformed",
        "flow.refused",
        REFUSED,
        FLOW,
        later.at_the_app(lambda acts: later.app_code(acts, "12")),
    ),
    (
        "authenticator_code_wrong",
        "authenticator.refused",
        REFUSED,
        FLOW,
        later.at_the_app(lambda acts: later.app_code(acts, acts.wrong_app_code())),
    ),
    (
        "authenticator_code_wrong",
        "flow.refused",
        REFUSED,
        FLOW,
        at(Stage.AUTHENTICATOR, later.wrong_first_code, Purpose.AUTHENTICATOR),
    ),
    ("authenticator_code_exhausted", "flow.refused", REFUSED, FLOW, later.after_wrong_app_codes(5)),
    ("authenticator_code_throttled", "flow.refused", REFUSED, FLOW, later.after_wrong_app_codes(3)),
    # the person first
    ("trip_limit", "flow.refused", REFUSED, FLOW, at(Stage.IDENTITY, later.too_many_trips)),
    ("identity_first_limit", "flow.refused", REFUSED, NOTHING, later.too_many_identities_first),
    (
        "credential_wrong",
        "sign_in.refused",
        REFUSED,
        ACCOUNT,
        later.proven(later.credential(USERNAME, "wrong")),
    ),
    (
        "credential_wrong",
        "sign_in.refused",
        REFUSED,
        NOTHING,
        later.proven(later.credential("laas-nobody", "wrong")),
    ),
    ("sign_in_throttled", "sign_in.throttled", REFUSED, NOTHING, later.proven(later.guesses_of_a_person)),
    (
        "account_unknown",
        "flow.refused",
        REFUSED,
        FLOW_ALONE,
        later.proven(lambda acts: acts.account_chosen()),
    ),
]

OF_THE_APP = {
    "password_outdated",
    "authenticator_code_malformed",
    "authenticator_code_wrong",
    "authenticator_code_exhausted",
    "authenticator_code_throttled",
}
"""Refusals that need an account whose sign-in asks for an app."""

TIGHT = {
    "recovery_limit": replace(FOR_TESTS, recoveries_per_client=Limit(3, timedelta(hours=1))),
    "trip_limit": replace(FOR_TESTS, trips_per_client=Limit(3, timedelta(hours=1))),
    "identity_first_limit": replace(FOR_TESTS, identity_first_per_client=Limit(3, timedelta(hours=1))),
    "email_change_limit": replace(FOR_TESTS, email_changes_per_account=Limit(3, timedelta(days=1))),
    "authenticator_code_throttled": replace(
        BY_KIND, authenticator_attempts_per_account=Limit(3, timedelta(days=1))
    ),
    "second_person_needed": replace(FOR_TESTS, four_eyes=frozenset({"suspend"})),
    "flow_limit": replace(
        FOR_TESTS,
        flows_per_account=Limit(3, timedelta(hours=1)),
        session_flows_per_account=Limit(3, timedelta(hours=1)),
    ),
    "one_time_code_throttled": replace(FOR_TESTS, code_attempts_per_account=Limit(3, timedelta(days=1))),
    "email_not_allowed": replace(
        FOR_TESTS, email=EmailPolicy(refused_domains=frozenset({"throwaway.example.com"}))
    ),
}


def test_r7_1_every_refusal_that_can_be_reached_is_looked_at_here() -> None:
    """A new refusal would come without an event, and nobody would notice."""
    of_assertions = {"assertion_invalid", "assertion_expired", "assertion_replayed"}
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
    with made(flavour, tmp_path, TIGHT.get(code, BY_KIND)) as portal:
        acts = Acts(portal, BY_APP if code in OF_THE_APP else BY_PASSWORD)
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
        assert (None if kind.startswith("account.") else "req-1") == event.correlation_id
