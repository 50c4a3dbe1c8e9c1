"""What is drawn: people, texts, fates, and the numbers that both the facade and the model are given."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from elaas_identity import AccountKind, NationalID, PasswordPolicy, SignInPolicy, transaction_digest
from elaas_identity.flow import policy
from elaas_identity.flow.policy import FOR_TESTS, FlowPolicy
from elaas_identity.passwords.hashing import CHEAPEST_FOR_TESTS
from elaas_identity.testing.citizens import COLLEAGUE, LOW_ASSURANCE, OFFICER
from tests.fuzz.model_state import APPROVED, DAY, HOUR, MINUTE, Kind, Limit, Person, Rules, SignIn
from tests.fuzz.model_table import PURPOSES

POLICY = replace(
    FOR_TESTS,
    passwords=PasswordPolicy(minimum_length=15, hashing=CHEAPEST_FOR_TESTS),
    sign_in_by_kind={
        AccountKind.PROVINCIAL_OFFICE: SignInPolicy.PASSWORD_AND_TOTP,
        AccountKind.SUBORDINATE_AGENCY: SignInPolicy.PASSWORD_AND_THAID,
    },
    live_attempts=2,
    sign_in_failures=(policy.Limit(4, MINUTE), policy.Limit(8, 15 * MINUTE)),
    flows_per_account=policy.Limit(7, HOUR),
    recoveries_per_client=policy.Limit(5, HOUR),
    recoveries_per_person=policy.Limit(4, DAY),
    identity_first_per_client=policy.Limit(6, HOUR),
    person_failures=(policy.Limit(3, 15 * MINUTE), policy.Limit(6, DAY)),
    session_flows_per_account=policy.Limit(7, HOUR),
    email_changes_per_account=policy.Limit(4, DAY),
    authenticator_attempts_per_account=policy.Limit(8, DAY),
    code_attempts_per_account=policy.Limit(9, DAY),
    mails_per_account_and_address=policy.Limit(3, HOUR),
    mails_per_address=policy.Limit(5, HOUR),
    mail_attempts_per_account=policy.Limit(7, DAY),
    mails_per_flow=4,
)
"""Tight, so that a run of a few dozen acts meets every limit."""
POLICIES = {
    "ordinary": POLICY,
    "stricter": replace(
        POLICY,
        passwords=PasswordPolicy(
            minimum_length=20, minimum_length_beside_factor=12, hashing=CHEAPEST_FOR_TESTS
        ),
    ),
    "ThaID alone": replace(
        POLICY,
        sign_in_by_kind={
            AccountKind.PROVINCIAL_OFFICE: SignInPolicy.PASSWORD_AND_TOTP,
            AccountKind.SUBORDINATE_AGENCY: SignInPolicy.THAID,
        },
    ),
}
"""What the portal may be restarted with."""


def rules_of(given: FlowPolicy) -> Rules:
    """The same numbers for the model."""

    def limit(of: policy.Limit) -> Limit:
        return Limit(of.limit, of.window)

    sign_in: dict[Kind, SignIn] = {
        "local_government": given.sign_in_of(AccountKind.LOCAL_GOVERNMENT).value,
        "provincial_office": given.sign_in_of(AccountKind.PROVINCIAL_OFFICE).value,
        "subordinate_agency": given.sign_in_of(AccountKind.SUBORDINATE_AGENCY).value,
    }
    return Rules(
        flow_lifetime=given.flow_lifetime,
        attempt_lifetime=given.attempt_lifetime,
        live_attempts=given.live_attempts,
        guesses_per_flow=given.code_attempts_per_flow,
        mails_per_flow=given.mails_per_flow,
        minimum_length=given.passwords.minimum_length,
        minimum_beside=given.passwords.minimum_length_beside_factor,
        sign_in=sign_in,
        approval_lifetime=given.approval_lifetime,
        step_up_lifetime=given.step_up_lifetime,
        email_cool_off=given.email_cool_off,
        sign_in_failures=[limit(step) for step in given.sign_in_failures],
        person_failures=[limit(step) for step in given.person_failures],
        rations={
            "flows": limit(given.flows_per_account),
            "guesses": limit(given.code_attempts_per_account),
            "app_guesses": limit(given.authenticator_attempts_per_account),
            "session_flows": limit(given.session_flows_per_account),
            "email_changes": limit(given.email_changes_per_account),
            "mail_attempts": limit(given.mail_attempts_per_account),
        },
        mails=limit(given.mails_per_account_and_address),
        mails_per_address=limit(given.mails_per_address),
        recoveries_per_client=limit(given.recoveries_per_client),
        recoveries_per_person=limit(given.recoveries_per_person),
        identity_first_per_client=limit(given.identity_first_per_client),
    )


# People. One has no account and never gets one; one shares the officer's national ID, and is somebody else (R1.4).

CITIZENS = {
    citizen.national_id.reveal(): citizen
    for citizen in (OFFICER, COLLEAGUE, replace(COLLEAGUE, national_id=NationalID("1999900005058")))
}
THE_OFFICER, THE_COLLEAGUE, NOBODY = (Person(digits, f"subject of {digits}") for digits in CITIZENS)
TWO_PEOPLE = (THE_OFFICER, THE_COLLEAGUE)
NAMESAKE = Person(THE_OFFICER.national_id, "another subject")
WEAK = LOW_ASSURANCE

VERDICTS = ("identity_assurance_low", "identity_stale", "identity_denied", "down")
"""What ThaID's answer is refused for, whoever comes."""
somebody = st.sampled_from(
    ["right", "right", "right", THE_OFFICER, THE_COLLEAGUE, NAMESAKE, NOBODY, *VERDICTS]
)
"""Who comes back from ThaID, or what is wrong with what they bring."""
expected = st.sampled_from([THE_OFFICER.national_id, THE_COLLEAGUE.national_id, None, APPROVED])
"""Whom a letter, a correction or a hand-over names; None: whoever comes first."""
KINDS: tuple[Kind, ...] = ("local_government", "provincial_office", "subordinate_agency")
kinds = st.sampled_from(KINDS)

# Texts

SHORT, TINY, COMMON = "มะม่วงสุกกับข้าว12", "สั้น", "passwordpassword"
BESIDE = "มะม่วงสุก"
"""Long enough beside a second factor, until the policy becomes stricter."""
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

DIGESTS = (transaction_digest(b"pay 100 baht"), transaction_digest(b"pay 900 baht"))

passwords = st.sampled_from(["current", "current", "current", "issued", *LONG, SHORT, TINY, COMMON, *HOSTILE])
new_passwords = st.sampled_from(["issued", *LONG, *LONG, *LONG, SHORT, BESIDE, TINY, COMMON])
typed_codes = st.sampled_from(
    ["right", "right", "right", "right", "right", "wrong", "old", "12", "12345678", *HOSTILE]
)
app_codes = st.sampled_from(["right", "right", "right", "wrong", "used", "on paper", "12", *HOSTILE])
"""Of an authenticator app; "on paper": a recovery code in its place."""
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
accounts = st.sampled_from([0, 1, 2, 3, 4, 5])

sessions = st.sampled_from(
    ["their own", "their own", "their own", "another", "renamed", "mixed", "of nobody"]
)
"""Whose session asks; "renamed": by another name than the portal's; "mixed": with the binding of another."""
digests = st.sampled_from([0, 0, 0, 1])
