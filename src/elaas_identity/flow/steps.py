"""What the person has to do next, as a typed value that the portal renders.

Each step has a literal `kind`, which is also its type in JSON. `match progress.step:` over `Step` is exhaustive under
mypy and pyright.
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

from elaas_identity._discreet import discreet
from elaas_identity.accounts.account import Account
from elaas_identity.flow.outcomes import (
    AuthenticatorEnrolled,
    EmailChanged,
    Ended,
    PasswordSet,
    SignedIn,
    SteppedUp,
)
from elaas_identity.flow.transitions import Purpose
from elaas_identity.json_form import Instant, json_form
from elaas_identity.not_pickled import NotPickled

Action = Literal[
    "authorize",
    "choose_account",
    "submit_credential",
    "submit_authenticator_code",
    "confirm_authenticator",
    "submit_email",
    "resend_one_time_code",
    "submit_one_time_code",
    "confirm_and_set_password",
    "set_password",
    "consume_step_up",
    "cancel",
]
"""A method of the facade that the person's next act may call. The callback is the identity provider's to call."""


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyIdentity:
    """Show a button that posts to `authorize`, which answers the URL of the identity provider to go to.

    Warn people who are inside another app's browser (LINE, Facebook) before they leave: ThaID comes back to the
    phone's default browser, where this flow is unknown.

    `account` is None where the person comes first: a recovery, and `begin_with_thaid`.
    """

    account: Account | None
    kind: Literal["verify_identity"] = "verify_identity"


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChoice:
    """One of the accounts that the person holds, and where its one-time code would go."""

    account: Account
    email_masked: str


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseAccount:
    """Show the verified name and the accounts, and post the chosen one's id to `choose_account`.

    One person may hold several (a small municipality's clerk), and one alone is shown all the same: sending a mail is
    theirs to ask for. It may be empty where an administrator acted meanwhile.
    """

    person_name: str = field(repr=False)
    choices: tuple[AccountChoice, ...]
    kind: Literal["choose_account"] = "choose_account"


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class ProvideCredential:
    """Show the verified name; ask for the account's username and password, and post them to `submit_credential`.

    `opens_now` are the person's accounts that need no password, by the sign-in policy: their ids go to
    `choose_account`. It is empty unless the policy is `THAID` for their kind.
    """

    person_name: str = field(repr=False)
    opens_now: tuple[Account, ...] = ()
    kind: Literal["provide_credential"] = "provide_credential"


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class EnterAuthenticatorCode:
    """Ask for the code that the authenticator app shows, or for one of the recovery codes in its place."""

    account: Account
    digits: int
    attempts_left: int
    kind: Literal["enter_authenticator_code"] = "enter_authenticator_code"


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolAuthenticator(NotPickled):
    """Show the secret as a QR code (`qr_svg(step.uri)`) and as text, and ask for the first code that the app shows.

    Both hold the secret: keep them out of logs, and out of anybody's cache.
    """

    account: Account
    secret: str = field(repr=False)
    uri: str = field(repr=False)
    digits: int
    kind: Literal["enrol_authenticator"] = "enrol_authenticator"

    def __deepcopy__(self, memo: object) -> Self:
        return self


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class ProvideEmail:
    """Show the account and the verified name, so that a person led here by another can stop; ask for an address."""

    account: Account
    person_name: str = field(repr=False)
    kind: Literal["provide_email"] = "provide_email"


@discreet
@dataclass(frozen=True, kw_only=True)
class EnterOneTimeCode:
    """Ask for the code that was mailed; show the reference, which the mail carries too.

    Attributes:
        email: the address in full, for the page of the browser that typed it, to be corrected; None where this flow did
            not ask for one (a recovery). An attribute and no field: no repr, JSON form or pickle has it.
        attempts_left: of this flow.
        resend_at: from when on a new mail to the same address may be asked for. It stays the same at each reload.
        mail: "sent": the mail server took the mail, as far as is known; "not_sent": it certainly did not, so say that
            none will come, and offer the resend and another address; "unknown": nobody knows.
    """

    account: Account
    email_masked: str
    reference: str
    digits: int
    attempts_left: int
    code_expires_at: Instant
    resend_at: Instant
    mail: Literal["sent", "not_sent", "unknown"] = "sent"
    kind: Literal["enter_one_time_code"] = "enter_one_time_code"
    if TYPE_CHECKING:
        email: str | None = None
    else:
        # `exclude` is read by pydantic: the description of the JSON form has no such field either.
        email: InitVar[str | None] = field(default=None, metadata={"exclude": True})

        def __post_init__(self, email):
            vars(self)["email"] = email

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "email"}


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class SetPassword:
    """Ask for the new password: `minimum_length` to `maximum_length` code points, any characters, paste allowed."""

    account: Account
    minimum_length: int
    maximum_length: int
    kind: Literal["set_password"] = "set_password"


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitApproval:
    """The person has done everything: say that an administrator has to approve, and that a mail will tell.

    `expires_at` of the `Progress` is until when. The password that was set opens the account from then on.
    """

    account: Account
    person_name: str = field(repr=False)
    email_masked: str
    kind: Literal["await_approval"] = "await_approval"


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class StepUpProof:
    """The person is proven once more: show what is about to be done, and call `consume_step_up` when they confirm it.

    Good once, until `expires_at` of the `Progress`, for the session and the transaction that it was asked for.
    """

    account: Account
    person_name: str = field(repr=False)
    transaction_digest: str
    proven_at: Instant
    kind: Literal["step_up_proof"] = "step_up_proof"


Step: TypeAlias = (
    VerifyIdentity
    | ChooseAccount
    | ProvideCredential
    | EnterAuthenticatorCode
    | EnrolAuthenticator
    | ProvideEmail
    | EnterOneTimeCode
    | SetPassword
    | AwaitApproval
    | StepUpProof
    | SignedIn
    | PasswordSet
    | EmailChanged
    | AuthenticatorEnrolled
    | SteppedUp
    | Ended
)


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a flow stands: what every call answers.

    Attributes:
        flow_id: names the flow in the next call. No secret: without the browser's cookie it opens nothing.
        step: what the person has to do next.
        expires_at: until when this flow can be finished (aware UTC).
        allowed: the acts that are allowed now, for a page to show and an API to list: no resend during the cool-down,
            and no code that has expired. A budget may still refuse one.
    """

    flow_id: str
    purpose: Purpose
    step: Step
    expires_at: Instant
    allowed: tuple[Action, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`, the same as pydantic and FastAPI make: no personal data of `SignedIn.person`.

        The secret of `EnrolAuthenticator` and the codes of `AuthenticatorEnrolled` are in it, for the person's page.
        """
        form: dict[str, Any] = json_form(self)
        return form


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest(NotPickled):
    """Where to send the person: answer a POST with a 303 to `url`. The URL is for this browser and once only."""

    flow_id: str
    url: str = field(repr=False)
    expires_at: Instant
