"""What is drawn: people, texts, fates, and the numbers that both the facade and the model are given."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from elaas_identity import NationalID, PasswordPolicy
from elaas_identity.flow import policy
from elaas_identity.flow.policy import FOR_TESTS, FlowPolicy
from elaas_identity.passwords.hashing import CHEAPEST_FOR_TESTS
from elaas_identity.testing.citizens import COLLEAGUE, LOW_ASSURANCE, OFFICER
from tests.fuzz.model_state import DAY, HOUR, MINUTE, Limit, Person, Rules
from tests.fuzz.model_table import PURPOSES

POLICY = replace(
    FOR_TESTS,
    passwords=PasswordPolicy(minimum_length=15, hashing=CHEAPEST_FOR_TESTS),
    live_attempts=2,
    sign_in_failures=(policy.Limit(4, MINUTE), policy.Limit(8, 15 * MINUTE)),
    flows_per_account=policy.Limit(7, HOUR),
    recoveries_per_client=policy.Limit(5, HOUR),
    recoveries_per_person=policy.Limit(4, DAY),
    code_attempts_per_account=policy.Limit(9, DAY),
    mails_per_account_and_address=policy.Limit(3, HOUR),
    mails_per_address=policy.Limit(5, HOUR),
    mails_per_flow=4,
)
"""Tight, so that a run of a few dozen acts meets every limit."""
STRICTER = replace(POLICY, passwords=PasswordPolicy(minimum_length=20, hashing=CHEAPEST_FOR_TESTS))


def rules_of(given: FlowPolicy) -> Rules:
    """The same numbers for the model."""

    def limit(of: policy.Limit) -> Limit:
        return Limit(of.limit, of.window)

    return Rules(
        flow_lifetime=given.flow_lifetime,
        attempt_lifetime=given.attempt_lifetime,
        live_attempts=given.live_attempts,
        guesses_per_flow=given.code_attempts_per_flow,
        mails_per_flow=given.mails_per_flow,
        minimum_length=given.passwords.minimum_length,
        sign_in_failures=[limit(step) for step in given.sign_in_failures],
        flows=limit(given.flows_per_account),
        guesses=limit(given.code_attempts_per_account),
        mails=limit(given.mails_per_account_and_address),
        mails_per_address=limit(given.mails_per_address),
        recoveries_per_client=limit(given.recoveries_per_client),
        recoveries_per_person=limit(given.recoveries_per_person),
    )


# People. One has no account and never gets one; one shares the officer's national ID, and is somebody else (R1.4).

CITIZENS = {
    citizen.national_id.reveal(): citizen
    for citizen in (OFFICER, COLLEAGUE, replace(COLLEAGUE, national_id=NationalID("1999900005058")))
}
THE_OFFICER, THE_COLLEAGUE, NOBODY = (Person(digits, f"subject of {digits}") for digits in CITIZENS)
NAMESAKE = Person(THE_OFFICER.national_id, "another subject")
WEAK = LOW_ASSURANCE

VERDICTS = ("identity_assurance_low", "identity_stale", "identity_denied", "down")
"""What ThaID's answer is refused for, whoever comes."""
somebody = st.sampled_from(
    ["right", "right", "right", THE_OFFICER, THE_COLLEAGUE, NAMESAKE, NOBODY, *VERDICTS]
)
"""Who comes back from ThaID, or what is wrong with what they bring."""
expected = st.sampled_from([THE_OFFICER.national_id, THE_COLLEAGUE.national_id, None])
"""Whom a letter, a correction or a hand-over names; None: whoever comes first."""

# Texts

SHORT, TINY, COMMON = "มะม่วงสุกกับข้าว12", "สั้น", "passwordpassword"
LONG = ("ข้าวเหนียวมะม่วง อร่อยที่สุดในโลก", "กล้วยบวชชีใส่กะทิ หวานน้อยหน่อย")
HOSTILE = (
    "\ud800",
    "\x00" * 9,
    "\u202emoc.live",
    "x" * 5000,
    "' OR 1=1 --",
    "\r\nSet-Cookie: a=b",
    "",
    "๑๒๓๔",
)
ADDRESSES = ("clerk@sommut.example.go.th", "palad@sommut.example.go.th")

passwords = st.sampled_from(["current", "current", "current", "issued", *LONG, SHORT, TINY, COMMON, *HOSTILE])
new_passwords = st.sampled_from(["issued", *LONG, *LONG, *LONG, SHORT, TINY, COMMON])
typed_codes = st.sampled_from(
    ["right", "right", "right", "right", "right", "wrong", "old", "12", "12345678", *HOSTILE]
)
account_ids = st.sampled_from(["theirs", "theirs", "another", "another", "account-unknown", *HOSTILE])

# Fates

FATES = ("mail_recipient_refused", "mail_not_accepted", "mail_outcome_unknown")
fates = st.sampled_from(["sent", "sent", *FATES])
PASSES = (timedelta(seconds=1), MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, HOUR, DAY, 30 * DAY)

# Which one

browsers = st.sampled_from([0, 1])
strangers = st.sampled_from([0, 0, 0, 0, 0, 1])
"""1: the browser that the flow is not of."""
flows = st.sampled_from([*PURPOSES, *PURPOSES, 0, 1, 2])
"""One of that purpose, at which the act is due, walked there where there is none; or one of the newest, due or not."""
accounts = st.sampled_from([0, 1, 2, 3])
