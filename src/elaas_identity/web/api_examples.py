"""An example of every step, with invented people and agencies, for the description of the JSON interface."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from elaas_identity.accounts.account import Account, AccountKind, AccountStatus
from elaas_identity.flow.outcomes import (
    AuthenticatorEnrolled,
    EmailChanged,
    Ended,
    PasswordSet,
    SignedIn,
    SteppedUp,
)
from elaas_identity.flow.steps import (
    AccountChoice,
    Action,
    AuthorizationRequest,
    AwaitApproval,
    ChooseAccount,
    EnrolAuthenticator,
    EnterAuthenticatorCode,
    EnterOneTimeCode,
    Progress,
    ProvideCredential,
    ProvideEmail,
    SetPassword,
    Step,
    StepUpProof,
    VerifyIdentity,
)
from elaas_identity.flow.transitions import Purpose
from elaas_identity.person.assurance import IAL, Assurance
from elaas_identity.person.national_id import NationalID
from elaas_identity.person.verified import VerifiedIdentity
from elaas_identity.web.api import OfficerDetails

NOW: Final = datetime(2026, 10, 1, 2, 30, tzinfo=UTC)
WAIT: Final = timedelta(minutes=1)
FLOW_ID: Final = "019a0b1c2d3e4f5061728394a5b6c7d8"
ACCOUNT: Final = Account(
    id="019a0b1c2d3e00112233445566778899",
    kind=AccountKind.LOCAL_GOVERNMENT,
    status=AccountStatus.ISSUED,
    username="laas-0001",
    agency_code="0001",
    agency_name="เทศบาลตำบลสมมติ",
    epoch=1,
)
NAME: Final = "นายสมมติ ตัวอย่าง"
MASKED: Final = "of•••@example.go.th"
PERSON: Final = VerifiedIdentity(
    issuer="https://imauthsbx.bora.dopa.go.th",
    subject="invented",
    national_id=NationalID("1999900001010"),
    name_th=NAME,
    ial=IAL.parse("2.3"),
    auth_time=NOW,
    verified_at=NOW,
)
ASSURANCE: Final = Assurance(ial=IAL.parse("2.3"), methods=("pwd", "thaid", "mfa"), auth_time=NOW)
DIGEST: Final = "mFXe3kyKzAvAp3SMNXV7FSzpkQpbN9u2dH7Ty1zYSAE"

_EXAMPLES: Final[tuple[tuple[Step, Purpose, tuple[Action, ...]], ...]] = (
    (VerifyIdentity(account=ACCOUNT), Purpose.ONBOARDING, ("authorize", "cancel")),
    (
        ChooseAccount(person_name=NAME, choices=(AccountChoice(account=ACCOUNT, email_masked=MASKED),)),
        Purpose.RECOVERY,
        ("choose_account", "cancel"),
    ),
    (ProvideCredential(person_name=NAME), Purpose.IDENTITY_FIRST, ("submit_credential", "cancel")),
    (
        EnterAuthenticatorCode(account=ACCOUNT, digits=6, attempts_left=5),
        Purpose.SIGN_IN,
        ("submit_authenticator_code", "cancel"),
    ),
    (
        EnrolAuthenticator(
            account=ACCOUNT,
            secret="EXAMPLESECRETOFTHEAPP234567ABCDE",  # noqa: S106 - an example
            uri="otpauth://totp/New%20e-LAAS:laas-0001?secret=EXAMPLESECRETOFTHEAPP234567ABCDE",
            digits=6,
        ),
        Purpose.AUTHENTICATOR,
        ("confirm_authenticator", "cancel"),
    ),
    (ProvideEmail(account=ACCOUNT, person_name=NAME), Purpose.ONBOARDING, ("submit_email", "cancel")),
    (
        EnterOneTimeCode(
            account=ACCOUNT,
            email_masked=MASKED,
            reference="KXW7",
            digits=8,
            attempts_left=5,
            code_expires_at=NOW + timedelta(minutes=10),
            resend_at=NOW + timedelta(minutes=1),
        ),
        Purpose.ONBOARDING,
        ("submit_email", "submit_one_time_code", "confirm_and_set_password", "cancel"),
    ),
    (
        SetPassword(account=ACCOUNT, minimum_length=15, maximum_length=128),
        Purpose.ONBOARDING,
        ("set_password", "cancel"),
    ),
    (
        AwaitApproval(account=ACCOUNT, person_name=NAME, email_masked=MASKED),
        Purpose.ONBOARDING,
        ("cancel",),
    ),
    (
        StepUpProof(account=ACCOUNT, person_name=NAME, transaction_digest=DIGEST, proven_at=NOW),
        Purpose.STEP_UP,
        ("consume_step_up", "cancel"),
    ),
    (
        SignedIn(account=ACCOUNT, person=PERSON, binding_id="b-1", assurance=ASSURANCE, credential_version=2),
        Purpose.SIGN_IN,
        (),
    ),
    (PasswordSet(account=ACCOUNT, binding_id="b-1", credential_version=2), Purpose.ONBOARDING, ()),
    (EmailChanged(account=ACCOUNT, binding_id="b-1", email_masked=MASKED), Purpose.EMAIL_CHANGE, ()),
    (
        AuthenticatorEnrolled(
            account=ACCOUNT,
            binding_id="b-1",
            person_name=NAME,
            recovery_codes=("0k2m-p9xq-4trv-0c8h-w5nd-31gz",),
        ),
        Purpose.AUTHENTICATOR,
        (),
    ),
    (
        SteppedUp(
            account=ACCOUNT,
            person=PERSON,
            binding_id="b-1",
            assurance=ASSURANCE,
            transaction_digest=DIGEST,
        ),
        Purpose.STEP_UP,
        (),
    ),
    (Ended(reason="completed"), Purpose.ONBOARDING, ()),
)

PROGRESS: Final = {
    step.kind: Progress(
        flow_id=FLOW_ID, purpose=purpose, step=step, expires_at=NOW + timedelta(hours=1), allowed=allowed
    )
    for step, purpose, allowed in _EXAMPLES
}
REQUEST: Final = AuthorizationRequest(
    flow_id=FLOW_ID,
    url="https://imauthsbx.bora.dopa.go.th/api/v2/oauth2/auth/?response_type=code&client_id=portal",
    expires_at=NOW + timedelta(minutes=15),
)
OFFICER: Final = OfficerDetails(
    account=ACCOUNT, binding_id="b-1", person_name=NAME, assurance=ASSURANCE, started_at=NOW
)
