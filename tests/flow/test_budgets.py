"""Each budget by itself: its name, whose it is, its limit and its window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from elaas_identity import Keyring
from elaas_identity.change import Budget, Change, Charge, Done, Exhausted
from elaas_identity.flow import budgets
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.policy import FOR_TESTS, MANDATED, Limit
from elaas_identity.mail.address import EmailPolicy, parse_email
from elaas_identity.providers.memory import MemoryStore

KEYRING = Keyring({"k1": "c2VjcmV0IG9mIHRoZSB0ZXN0IHN1aXRlLCBub3QgYSBzZWNyZXQ"}, current="k1")
ADDRESS = parse_email("clerk@sommut.example.go.th", EmailPolicy())
ACCOUNT, FLOW, NAME, CLIENT, PERSON = "account-1", "flow-1", "laas-5100101", "192.0.2.1", "k1.person"


def minutes(count: int) -> Limit:
    """A limit that no other one is equal to."""
    return Limit(count, timedelta(minutes=count))


POLICY = replace(
    FOR_TESTS,
    flow_lifetime=timedelta(minutes=40),
    code_attempts_per_flow=4,
    mails_per_flow=9,
    trips_per_flow=29,
    trips_per_client=minutes(28),
    mail_cool_down=timedelta(seconds=70),
    flows_per_account=minutes(11),
    session_flows_per_account=minutes(12),
    email_changes_per_account=minutes(13),
    identity_first_per_client=minutes(14),
    recoveries_per_client=minutes(15),
    recoveries_per_person=minutes(16),
    client_failures=minutes(17),
    code_attempts_per_account=minutes(18),
    authenticator_attempts_per_account=minutes(19),
    mails_per_account_and_address=minutes(20),
    mails_per_address=minutes(21),
    mail_attempts_per_account=minutes(27),
    sign_in_failures=(minutes(22), minutes(23)),
    consecutive_failures=minutes(24),
    person_failures=(minutes(25), minutes(26)),
)
OF_CLIENT = KEYRING.index("budget.client", CLIENT)
OF_NAME = KEYRING.index("budget.username", NAME)
OF_ADDRESS = KEYRING.index("budget.address", ADDRESS.index_form)
OF_BOTH = KEYRING.index("budget.mail", f"{ACCOUNT}\n{ADDRESS.index_form}")
LIFETIMES = timedelta(minutes=80)
"""Two lifetimes of a flow: what is charged in its last minute counts until it is purged."""


def of(name: str, subject: str, count: int) -> Budget:
    return Budget(name, subject, count, timedelta(minutes=count))


USERNAME_FAILURES = (
    of("sign_in.1320", OF_NAME, 22),
    of("sign_in.1380", OF_NAME, 23),
    of("sign_in.consecutive", OF_NAME, 24),
)


@pytest.mark.parametrize(
    ("expected", "made"),
    [
        (USERNAME_FAILURES, lambda: budgets.username_failures(POLICY, KEYRING, NAME)),
        (of("sign_in.client", OF_CLIENT, 17), lambda: budgets.client_failures(POLICY, KEYRING, CLIENT)),
        ((of("flows", ACCOUNT, 11),), lambda: budgets.flows_begun(POLICY, KEYRING, ACCOUNT, CLIENT)),
        ((of("email_change", ACCOUNT, 13),), lambda: budgets.email_changes(POLICY, KEYRING, ACCOUNT, CLIENT)),
        (
            (of("identity_first.client", OF_CLIENT, 14),),
            lambda: budgets.identity_first_begun(POLICY, KEYRING, "", CLIENT),
        ),
        ((), lambda: budgets.identity_first_begun(POLICY, KEYRING, "", None)),
        (
            (of("recovery.client", OF_CLIENT, 15),),
            lambda: budgets.recoveries_begun(POLICY, KEYRING, "", CLIENT),
        ),
        ((), lambda: budgets.recoveries_begun(POLICY, KEYRING, "", None)),
        (
            (Budget("trips.flow", FLOW, 29, LIFETIMES), of("trips.client", OF_CLIENT, 28)),
            lambda: budgets.trips(POLICY, KEYRING, FLOW, CLIENT),
        ),
        (
            (USERNAME_FAILURES[-1], of("sign_in.in_a_row", OF_NAME, 24)),
            lambda: budgets.consecutive(POLICY, KEYRING, NAME),
        ),
        (of("flows.session", ACCOUNT, 12), lambda: budgets.session_flows(POLICY, ACCOUNT)),
        (
            (of("sign_in.person.1500", PERSON, 25), of("sign_in.person.1560", PERSON, 26)),
            lambda: budgets.person_failures(POLICY, PERSON),
        ),
        (of("recovery.person", PERSON, 16), lambda: budgets.recoveries_of(POLICY, PERSON)),
        (Budget("one_time_code.flow", FLOW, 4, LIFETIMES), lambda: budgets.code_attempts(POLICY, FLOW)),
        (of("one_time_code.account", ACCOUNT, 18), lambda: budgets.account_code_attempts(POLICY, ACCOUNT)),
        (
            of("authenticator_code.account", ACCOUNT, 19),
            lambda: budgets.authenticator_attempts(POLICY, ACCOUNT),
        ),
        (
            Budget("mail.cool_down", OF_BOTH, 1, timedelta(seconds=70)),
            lambda: budgets.cool_down(POLICY, KEYRING, ACCOUNT, ADDRESS),
        ),
        (
            (
                Budget("mail.cool_down", OF_BOTH, 1, timedelta(seconds=70)),
                of("mail.account_address", OF_BOTH, 20),
                of("mail.address", OF_ADDRESS, 21),
                Budget("mail.flow", FLOW, 9, LIFETIMES),
                of("mail.attempts", ACCOUNT, 27),
            ),
            lambda: budgets.mails(POLICY, KEYRING, FLOW, ACCOUNT, ADDRESS),
        ),
        (
            (
                *USERNAME_FAILURES,
                of("sign_in.in_a_row", OF_NAME, 24),
                of("one_time_code.account", ACCOUNT, 18),
                of("authenticator_code.account", ACCOUNT, 19),
                of("flows.session", ACCOUNT, 12),
                of("mail.attempts", ACCOUNT, 27),
                of("email_change", ACCOUNT, 13),
                of("flows", ACCOUNT, 11),
                Budget("mail.cool_down", OF_BOTH, 1, timedelta(seconds=70)),
                of("mail.account_address", OF_BOTH, 20),
                of("mail.address", OF_ADDRESS, 21),
            ),
            lambda: budgets.of_account(POLICY, KEYRING, ACCOUNT, NAME, [ADDRESS]),
        ),
    ],
)
def test_r3_6_a_budget_is_of_its_subject_with_the_limit_and_window_of_the_policy(
    expected: object, made: Callable[[], object]
) -> None:
    """Somebody would use up what is another's; or a charge would be forgotten early, or count for too long."""
    assert expected == made()


def test_an_account_is_charged_to_its_key_and_to_its_name_under_every_key() -> None:
    """Two machines with different current keys, or two versions at once, would make an account of one name each."""
    now, month = datetime(2026, 1, 5, tzinfo=UTC), timedelta(days=30)
    both = Keyring({"k1": b"1" * 32, "k2": b"2" * 32}, current="k2")
    assert (
        Charge(Budget("accounts.key", "", 2, month), "k2", now),
        *(
            Charge(Budget("accounts.username", index, 1, month), ACCOUNT, now)
            for index in both.indexes("username", NAME)
        ),
    ) == budgets.one_account(both, NAME, ACCOUNT, now)
    assert 2 == len(both.indexes("username", NAME))


def test_every_charge_of_an_act_has_its_own_id_and_the_acts_time() -> None:
    """A refund would give another charge back, or a charge would count from another time."""
    now = datetime(2026, 1, 5, tzinfo=UTC)
    moment, another = Moment(now, b"1" * 32), Moment(now, b"2" * 32)
    charged = budgets.charges(moment, USERNAME_FAILURES)
    assert USERNAME_FAILURES == tuple(charge.budget for charge in charged)
    assert {now} == {charge.at for charge in charged}
    other_subject = tuple(replace(budget, subject="another") for budget in USERNAME_FAILURES)
    ids = {charge.id for charge in charged}
    ids |= {charge.id for charge in budgets.charges(another, USERNAME_FAILURES)}
    ids |= {charge.id for charge in budgets.charges(moment, other_subject)}
    assert 9 == len(ids)
    assert charged == budgets.charges(moment, USERNAME_FAILURES)


def test_f13_no_name_waits_longer_than_a_day_and_an_account_is_closed_for_a_year() -> None:
    """How long a name waits would tell whether it is somebody's."""
    named = budgets.guesses(MANDATED, KEYRING, NAME)
    assert DAY == max(budget.window for budget in named[:-1])
    assert ("sign_in.in_a_row", 100, 365 * DAY) == (named[-1].name, named[-1].limit, named[-1].window)


SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WINDOWS = {
    "sign_in.60": (5, MINUTE),
    "sign_in.900": (10, 15 * MINUTE),
    "sign_in.3600": (20, HOUR),
    "sign_in.86400": (40, DAY),
    "sign_in.consecutive": (100, DAY),
    "sign_in.in_a_row": (100, 365 * DAY),
    "sign_in.client": (300, HOUR),
    "sign_in.person.900": (5, 15 * MINUTE),
    "sign_in.person.86400": (20, DAY),
    "flows": (30, HOUR),
    "flows.session": (60, HOUR),
    "email_change": (10, DAY),
    "identity_first.client": (300, HOUR),
    "recovery.client": (30, HOUR),
    "recovery.person": (10, DAY),
    "trips.flow": (100, 2 * HOUR),
    "trips.client": (600, HOUR),
    "one_time_code.flow": (5, 2 * HOUR),
    "one_time_code.account": (20, DAY),
    "authenticator_code.account": (20, DAY),
    "mail.cool_down": (1, 60 * SECOND),
    "mail.account_address": (5, HOUR),
    "mail.address": (30, HOUR),
    "mail.flow": (10, 2 * HOUR),
    "mail.attempts": (30, DAY),
}
"""R3.5, R3.6, R4.1, and the choices of the policy: how many, and within which window."""


def every_budget() -> dict[str, Budget]:
    """Those of the mandated policy, by name."""
    made: list[Budget] = [
        *budgets.of_account(MANDATED, KEYRING, ACCOUNT, NAME, [ADDRESS]),
        *budgets.mails(MANDATED, KEYRING, FLOW, ACCOUNT, ADDRESS),
        *budgets.trips(MANDATED, KEYRING, FLOW, CLIENT),
        *budgets.identity_first_begun(MANDATED, KEYRING, "", CLIENT),
        *budgets.recoveries_begun(MANDATED, KEYRING, "", CLIENT),
        *budgets.person_failures(MANDATED, PERSON),
        budgets.client_failures(MANDATED, KEYRING, CLIENT),
        budgets.recoveries_of(MANDATED, PERSON),
        budgets.code_attempts(MANDATED, FLOW),
    ]
    return {budget.name: budget for budget in made}


@pytest.mark.parametrize("name", WINDOWS)
def test_f64_a_charge_counts_for_its_window_and_not_at_its_end(name: str) -> None:
    """Somebody would be let in early, or kept out for longer than they were told."""
    budget, (limit, window) = every_budget()[name], WINDOWS[name]
    store, now, instant = MemoryStore(), datetime(2026, 1, 5, tzinfo=UTC), timedelta(microseconds=1)
    for number in range(limit):
        assert Done() == store.commit(Change(charges=(Charge(budget, f"c{number}", now),)))
    for at, outcome in (
        (now, Exhausted(budget, window)),
        (now + window - instant, Exhausted(budget, instant)),
        (now + window, Done()),
    ):
        assert outcome == store.commit(Change(charges=(Charge(budget, "one more", at),)))


def test_f64_every_budget_is_among_them() -> None:
    """A budget that is added would have no test of its window."""
    assert set(WINDOWS) == set(every_budget())
