"""The numbers of the flow: which are refused, and what a kind of account is asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from elaas_identity import AccountKind, FlowPolicy, Misconfigured, PasswordPolicy, Refused, SignInPolicy
from elaas_identity.flow.policy import MANDATED, Limit
from elaas_identity.sessions.policy import SessionPolicy

PROVINCE, LOCAL, SUBORDINATE = (
    AccountKind.PROVINCIAL_OFFICE,
    AccountKind.LOCAL_GOVERNMENT,
    AccountKind.SUBORDINATE_AGENCY,
)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
NOTHING = timedelta(0)

BEYOND: list[tuple[str, Any]] = [
    ("one_time_code_lifetime", timedelta(minutes=10) + SECOND),
    ("one_time_code_lifetime", timedelta(seconds=59)),
    ("mail_cool_down", -SECOND),
    ("identity_freshness", -SECOND),
    ("issued_credential_lifetime", NOTHING),
    ("one_time_code_digits", 5),
    ("one_time_code_digits", 11),
    ("code_attempts_per_flow", 0),
    ("code_attempts_per_flow", 11),
    ("live_attempts", 0),
    ("live_attempts", 21),
    ("trips_per_flow", 4),
    ("trips_per_flow", 1001),
    ("mails_per_flow", 0),
    ("mails_per_flow", 51),
    ("attempt_lifetime", timedelta(seconds=59)),
    ("flow_lifetime", timedelta(minutes=15) - SECOND),
    ("step_up_lifetime", timedelta(seconds=29)),
    ("step_up_lifetime", timedelta(minutes=5) + SECOND),
    ("approval_lifetime", timedelta(minutes=60) - SECOND),
    ("email_cool_off", -SECOND),
    ("second_person_within", NOTHING),
    ("service_name", ""),
    ("service_name", " \t"),
    ("consecutive_failures", Limit(0, HOUR)),
    ("consecutive_failures", Limit(101, HOUR)),
]

AT_THE_BOUNDS: list[tuple[str, Any]] = [
    ("one_time_code_lifetime", timedelta(minutes=10)),
    ("one_time_code_lifetime", timedelta(minutes=1)),
    ("mail_cool_down", NOTHING),
    ("identity_freshness", NOTHING),
    ("issued_credential_lifetime", SECOND),
    ("one_time_code_digits", 6),
    ("one_time_code_digits", 10),
    ("code_attempts_per_flow", 1),
    ("code_attempts_per_flow", 10),
    ("live_attempts", 1),
    ("live_attempts", 20),
    ("trips_per_flow", 5),
    ("trips_per_flow", 1000),
    ("mails_per_flow", 1),
    ("mails_per_flow", 50),
    ("attempt_lifetime", timedelta(minutes=1)),
    ("flow_lifetime", timedelta(minutes=15)),
    ("step_up_lifetime", timedelta(seconds=30)),
    ("step_up_lifetime", timedelta(minutes=5)),
    ("approval_lifetime", timedelta(minutes=60)),
    ("email_cool_off", NOTHING),
    ("second_person_within", SECOND),
    ("service_name", "e"),
    ("consecutive_failures", Limit(1, HOUR)),
    ("consecutive_failures", Limit(100, HOUR)),
]

RULES = {
    "one_time_code_lifetime": "1 to 10 minutes",
    "mail_cool_down": "not negative",
    "identity_freshness": "not negative",
    "issued_credential_lifetime": "longer than nothing",
    "one_time_code_digits": "6 to 10",
    "code_attempts_per_flow": "1 to 10",
    "live_attempts": "1 to 20",
    "trips_per_flow": "live_attempts to 1000",
    "mails_per_flow": "1 to 50",
    "attempt_lifetime": "at least a minute",
    "flow_lifetime": "at least attempt_lifetime",
    "step_up_lifetime": "30 seconds to 5 minutes",
    "approval_lifetime": "at least flow_lifetime",
    "email_cool_off": "not negative",
    "second_person_within": "longer than nothing",
    "service_name": "not empty",
    "consecutive_failures": "1 to 100",
}

LIMITS = [
    "flows_per_account",
    "session_flows_per_account",
    "email_changes_per_account",
    "recoveries_per_client",
    "recoveries_per_person",
    "identity_first_per_client",
    "person_failures",
    "code_attempts_per_account",
    "authenticator_attempts_per_account",
    "mails_per_account_and_address",
    "mails_per_address",
    "mail_attempts_per_account",
    "sign_in_failures",
    "consecutive_failures",
    "client_failures",
    "trips_per_client",
]


def problem(**numbers: Any) -> str:
    """What a portal's developer is told of a policy that is refused."""
    with pytest.raises(Misconfigured) as refused:
        FlowPolicy(**numbers)
    assert "policy" == refused.value.code
    return refused.value.detail


@pytest.mark.parametrize(("name", "number"), BEYOND, ids=str)
def test_a_number_beyond_its_bound_is_refused_by_name(name: str, number: Any) -> None:
    """A portal would start with a number that a rule of the flow, or a source, forbids."""
    said = problem(**{name: number}).removeprefix("FlowPolicy: ").split("; ")
    assert f"{name}: {RULES[name]}" in said


@pytest.mark.parametrize(("name", "number"), AT_THE_BOUNDS, ids=str)
def test_a_number_at_its_bound_is_taken(name: str, number: Any) -> None:
    """The bound would be one off."""
    assert number == getattr(FlowPolicy(**{name: number}), name)


def test_every_limit_of_the_policy_is_looked_at_here() -> None:
    """A new limit would come without its test."""
    values = {name: getattr(MANDATED, name) for name in FlowPolicy.__dataclass_fields__}
    steps = (Limit, tuple)
    assert sorted(LIMITS) == sorted(name for name, value in values.items() if isinstance(value, steps))


def test_every_duration_of_the_policy_has_a_bound_here() -> None:
    """A duration of minus an hour would be taken, and nobody could finish."""
    durations = {
        name for name in FlowPolicy.__dataclass_fields__ if isinstance(getattr(MANDATED, name), timedelta)
    }
    assert set() == durations - {name for name, _ in BEYOND} - {name for name, _ in AT_THE_BOUNDS}


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_that_lets_nothing_through_or_never_ends_is_refused(name: str) -> None:
    """Everybody would be kept out from the start, or nobody ever."""
    several = isinstance(getattr(MANDATED, name), tuple)
    for limit, rule in (
        (Limit(0, HOUR), "every limit: at least 1"),
        (Limit(1, NOTHING), "every window: longer than nothing"),
    ):
        said = problem(**{name: (limit,) if several else limit})
        assert rule in said.removeprefix("FlowPolicy: ").split("; ")


def test_the_mandated_numbers_ask_for_no_second_factor() -> None:
    """The circular asks for a password once it is set; a portal that updates would ask for ThaID overnight."""
    assert {SignInPolicy.PASSWORD} == {MANDATED.sign_in_of(kind) for kind in AccountKind}
    assert frozenset() == MANDATED.four_eyes


def test_a_kind_of_account_may_be_asked_for_something_else() -> None:
    """A province could not ask its own officers for more than the municipalities."""
    policy = FlowPolicy(sign_in_by_kind={PROVINCE: SignInPolicy.PASSWORD_AND_TOTP})
    assert {
        PROVINCE: SignInPolicy.PASSWORD_AND_TOTP,
        LOCAL: SignInPolicy.PASSWORD,
        SUBORDINATE: SignInPolicy.PASSWORD,
    } == {kind: policy.sign_in_of(kind) for kind in AccountKind}


def test_what_differs_by_kind_cannot_be_changed_afterwards() -> None:
    """Whoever holds the mapping could weaken the policy of a running portal."""
    given = {PROVINCE: SignInPolicy.PASSWORD_AND_THAID}
    policy = FlowPolicy(sign_in_by_kind=given)
    given[PROVINCE] = SignInPolicy.PASSWORD
    assert SignInPolicy.PASSWORD_AND_THAID is policy.sign_in_of(PROVINCE)
    with pytest.raises(TypeError):
        policy.sign_in_by_kind[PROVINCE] = SignInPolicy.PASSWORD  # type: ignore[index]


@pytest.mark.parametrize(
    ("sign_in", "shortest"),
    [
        (SignInPolicy.PASSWORD, 15),
        (SignInPolicy.PASSWORD_AND_THAID, 8),
        (SignInPolicy.PASSWORD_AND_TOTP, 8),
        (SignInPolicy.THAID, 8),
    ],
)
def test_r2_1_the_shortest_password_follows_the_policy_of_the_kind(
    sign_in: SignInPolicy, shortest: int
) -> None:
    """A password that is the only factor could be short, or one beside a factor would have to be long."""
    passwords = FlowPolicy(sign_in_by_kind={PROVINCE: sign_in}).passwords_of(PROVINCE)
    good = "kmvtbxqzhdwpjrnc"
    passwords.check(good[:shortest], context_words=())
    with pytest.raises(Refused, match="password_too_short"):
        passwords.check(good[: shortest - 1], context_words=())


def test_r2_1_a_portals_own_lengths_are_kept() -> None:
    """What a portal asks for beyond the rules would be forgotten for one of the two."""
    passwords = PasswordPolicy(minimum_length=20, minimum_length_beside_factor=12, maximum_length=70)
    policy = FlowPolicy(passwords=passwords, sign_in_by_kind={PROVINCE: SignInPolicy.PASSWORD_AND_TOTP})
    assert passwords == policy.passwords_of(LOCAL)
    assert replace(passwords, minimum_length=12) == policy.passwords_of(PROVINCE)


def test_r2_1_fourteen_characters_are_refused_where_the_password_is_alone() -> None:
    """SP 800-63B-4 §3.1.1.2: fifteen, where nothing comes along; for one kind of account alone, too."""
    short, long_enough = PasswordPolicy(minimum_length=14), PasswordPolicy(minimum_length=15)
    beside = dict.fromkeys(AccountKind, SignInPolicy.PASSWORD_AND_THAID)
    alone_in_one = {**beside, SUBORDINATE: SignInPolicy.PASSWORD}
    for by_kind in ({}, alone_in_one):
        rule = "passwords.minimum_length: 15 where the password is the only factor (SP 800-63B-4 §3.1.1.2)"
        assert f"FlowPolicy: {rule}" == problem(passwords=short, sign_in_by_kind=by_kind)
        FlowPolicy(passwords=long_enough, sign_in_by_kind=by_kind)
    assert short == FlowPolicy(passwords=short, sign_in_by_kind=beside).passwords
    assert short == FlowPolicy(passwords=short, sign_in=SignInPolicy.PASSWORD_AND_TOTP).passwords


def test_r2_7_the_website_security_standard_changes_four_numbers_and_no_other() -> None:
    """An auditor would find a lock of another length; or a portal would lose a limit that it had (control 1.3.1)."""
    day, quarter = timedelta(days=1), timedelta(minutes=15)
    lock = Limit(5, quarter, locks=True)
    assert FlowPolicy.website_security_standard() == FlowPolicy(
        passwords=PasswordPolicy(remembered=5),
        sessions=SessionPolicy(idle=quarter),
        sign_in_failures=(lock, Limit(20, HOUR), Limit(40, day)),
        person_failures=(lock, Limit(20, day)),
    )
