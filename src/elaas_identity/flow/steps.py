"""What the person has to do next, as a typed value that the portal renders.

Each step has a literal `kind`, which is also its type in JSON. `match progress.step:` over `Step` is exhaustive under
mypy and pyright.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from elaas_identity.accounts.account import Account
from elaas_identity.flow.transitions import Purpose
from elaas_identity.messages import Message, say
from elaas_identity.person.assurance import Assurance
from elaas_identity.person.verified import VerifiedIdentity

Action = Literal[
    "authorize",
    "choose_account",
    "submit_email",
    "resend_one_time_code",
    "submit_one_time_code",
    "confirm",
    "set_password",
    "cancel",
]
"""A method of the facade that the person's next act may call. The callback is the identity provider's to call."""

EndReason = Literal["completed", "cancelled", "expired", "superseded", "one_time_code_exhausted"]
"""Why a flow takes no further act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyIdentity:
    """Show a button that posts to `authorize`, which answers the URL of the identity provider to go to.

    Warn people who are inside another app's browser (LINE, Facebook) before they leave: ThaID comes back to the
    phone's default browser, where this flow is unknown.

    `account` is None in a recovery, which names none before the person is proven.
    """

    account: Account | None
    kind: Literal["verify_identity"] = "verify_identity"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChoice:
    """One of the accounts that the person holds, and where its one-time code would go."""

    account: Account
    email_masked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseAccount:
    """Show the verified name and the accounts, and post the chosen one's id to `choose_account`.

    One person may hold several (a small municipality's clerk), and one alone is shown all the same: sending a mail is
    theirs to ask for. It may be empty where an administrator acted meanwhile.
    """

    person_name: str = field(repr=False)
    choices: tuple[AccountChoice, ...]
    kind: Literal["choose_account"] = "choose_account"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvideEmail:
    """Show the account and the verified name, so that a person led here by another can stop; ask for an address."""

    account: Account
    person_name: str = field(repr=False)
    kind: Literal["provide_email"] = "provide_email"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterOneTimeCode:
    """Ask for the code that was mailed; show the reference, which the mail carries too.

    `attempts_left` counts this flow's; `resend_at` is when a new mail to the same address may be asked for.
    """

    account: Account
    email_masked: str
    reference: str
    digits: int
    attempts_left: int
    code_expires_at: datetime
    resend_at: datetime
    kind: Literal["enter_one_time_code"] = "enter_one_time_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPassword:
    """Ask for the new password: `minimum_length` to `maximum_length` code points, any characters, paste allowed."""

    account: Account
    minimum_length: int
    maximum_length: int
    kind: Literal["set_password"] = "set_password"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """The person is in. Handed out once, by the call that made it so: give them a new session id now (ASVS 7.2.4).

    Keep `binding_id` as the user of your records and `credential_version` in the session; `person` is personal data.
    """

    account: Account
    person: VerifiedIdentity = field(repr=False)
    binding_id: str
    assurance: Assurance
    credential_version: int
    kind: Literal["signed_in"] = "signed_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordSet:
    """The account is the person's: send them to sign in with the password they just set.

    Handed out once. Drop the account's sessions that carry an older `credential_version`.
    """

    account: Account
    binding_id: str
    credential_version: int
    kind: Literal["password_set"] = "password_set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """This flow takes no further act; `message` says what to do instead."""

    reason: EndReason
    kind: Literal["ended"] = "ended"

    @property
    def message(self) -> Message:
        """What happened and what to do now, in Thai and English."""
        return say(f"ended.{self.reason}")


Step: TypeAlias = (
    VerifyIdentity
    | ChooseAccount
    | ProvideEmail
    | EnterOneTimeCode
    | SetPassword
    | SignedIn
    | PasswordSet
    | Ended
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a flow stands: what every call answers.

    Attributes:
        flow_id: names the flow in the next call. No secret: without the browser's cookie it opens nothing.
        step: what the person has to do next.
        expires_at: until when this flow can be finished (aware UTC).
        allowed: the acts that make sense now, for a page to show and an API to list.
    """

    flow_id: str
    purpose: Purpose
    step: Step
    expires_at: datetime
    allowed: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """Where to send the person: answer a POST with a 303 to `url`. The URL is for this browser and once only."""

    flow_id: str
    url: str = field(repr=False)
    expires_at: datetime
