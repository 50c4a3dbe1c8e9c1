"""What is judged of what the identity provider has proven, to the second and to the level."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from elaas_identity import FlowPolicy, Keyring, Misconfigured, NationalID, VerifiedIdentity
from elaas_identity.flow.advance import Rules
from elaas_identity.flow.evidence import assurance_of, judge_evidence, judge_person, require_evidence
from elaas_identity.person.assurance import IAL
from elaas_identity.testing.citizens import CITIZENS
from elaas_identity.testing.store_examples import NOW, a_binding, an_account, an_attempt

KEYRING = Keyring({"k1": "c2VjcmV0IG9mIHRoZSB0ZXN0IHN1aXRlLCBub3QgYSBzZWNyZXQ"}, current="k1")
RULES = Rules(FlowPolicy(), KEYRING)
INSTANT = timedelta(microseconds=1)


def level(text: str) -> IAL:
    return IAL.parse(text)


def proven(**changes: object) -> VerifiedIdentity:
    identity = VerifiedIdentity(
        issuer="https://thaid.test",
        subject="subject-1",
        national_id=CITIZENS[0].national_id,
        ial=level("2.3"),
        auth_time=NOW,
        verified_at=NOW,
    )
    return replace(identity, **changes)  # type: ignore[arg-type]


def test_r1_5_a_provider_that_states_no_level_is_refused_by_a_policy_that_wants_one() -> None:
    """A portal would start, and refuse every person."""
    with pytest.raises(Misconfigured) as refused:
        require_evidence(FlowPolicy(), SimpleNamespace(states_ial=False))
    said = "scopes must hold ial: FlowPolicy.minimum_ial is 2.1 (None asks for no level)"
    assert ("identity_provider_settings", said) == (refused.value.code, refused.value.detail)
    for policy, provider in (
        (FlowPolicy(minimum_ial=None), SimpleNamespace(states_ial=False)),
        (FlowPolicy(), SimpleNamespace(states_ial=True)),
        (FlowPolicy(), SimpleNamespace(states_ial=None)),
        (FlowPolicy(), object()),
    ):
        require_evidence(policy, provider)


@pytest.mark.parametrize(
    ("ial", "reason"),
    [
        ("2.1", None),
        ("2.3", None),
        ("3", None),
        ("2", "identity_assurance_low"),
        (None, "identity_assurance_low"),
    ],
)
def test_r1_5_the_level_is_the_policys_or_higher(ial: str | None, reason: str | None) -> None:
    """A person would be refused who is proven well enough, or let in who is not."""
    identity = proven(ial=None if ial is None else level(ial))
    assert reason == judge_evidence(RULES, an_attempt(), identity)
    assert judge_evidence(Rules(FlowPolicy(minimum_ial=None), KEYRING), an_attempt(), identity) is None


def test_r1_6_a_login_is_at_most_a_minute_older_than_the_attempt() -> None:
    """An old session at ThaID would pass for a fresh proof, or a fresh one for an old."""
    limit = an_attempt().created_at - timedelta(seconds=60)
    assert judge_evidence(RULES, an_attempt(), proven(auth_time=limit)) is None
    assert "identity_stale" == judge_evidence(RULES, an_attempt(), proven(auth_time=limit - INSTANT))
    unsaid = proven(auth_time=None)
    assert judge_evidence(RULES, an_attempt(), unsaid) is None
    strict = Rules(FlowPolicy(absent_auth_time="refuse"), KEYRING)
    assert "identity_stale" == judge_evidence(strict, an_attempt(), unsaid)
    assert judge_evidence(strict, an_attempt(), proven()) is None


def test_r1_4_the_person_is_the_expected_one_and_the_one_who_was_bound() -> None:
    """Somebody else would take the account up."""
    person = KEYRING.index("person", CITIZENS[0].national_id.reveal())
    subject = KEYRING.index("subject", "https://thaid.test\nsubject-1")
    expecting = an_account(expected_person_index=person)
    open_to_all = an_account(expected_person_index=None, first_use=True)
    assert judge_person(RULES, expecting, None, proven()) is None
    assert judge_person(RULES, open_to_all, None, proven()) is None
    assert judge_person(RULES, expecting, a_binding(subject_index=subject), proven()) is None
    other = NationalID(CITIZENS[1].national_id.reveal())
    for account, binding, identity in (
        (expecting, None, proven(national_id=other)),
        (an_account(expected_person_index=None, first_use=False), None, proven()),
        (expecting, a_binding(subject_index=subject), proven(subject="subject-2")),
        (open_to_all, a_binding(subject_index=subject), proven(issuer="https://another.test")),
    ):
        assert "person_mismatch" == judge_person(RULES, account, binding, identity)


def test_what_a_sign_in_rests_on_is_never_later_than_now() -> None:
    """A session would count its time from a clock that is ahead of ours."""
    early, late = NOW - timedelta(minutes=5), NOW + timedelta(minutes=5)
    for identity, methods, when in (
        (proven(auth_time=early), ("thaid",), early),
        (proven(auth_time=late), ("thaid",), NOW),
        (proven(auth_time=None, verified_at=early), ("pwd", "thaid"), early),
        (proven(auth_time=early), ("pwd",), NOW),
    ):
        rests_on = assurance_of(identity, methods, NOW)
        assert (level("2.3"), methods, when) == (rests_on.ial, rests_on.methods, rests_on.auth_time)
