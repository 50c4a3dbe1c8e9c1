"""Everything this library raises on purpose.

    ElaasIdentityError
     ├── Refused          the person's act is not accepted: say why, offer the next step
     ├── ProviderFailed   an identity provider, mailer or store did not do its work: try again
     └── Misconfigured    the portal's configuration, or its registration at ThaID, is wrong: call its developer

The class says whose fault it is; `code` is a stable string to branch on; `message` is what a person may read, Thai
and English, and says what to do next. `detail` is for the portal's developers: never shown to a person, and without
secrets.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, cast

from elaas_identity.messages import Message, say

if TYPE_CHECKING:
    from elaas_identity.flow.steps import Progress

__all__ = [
    "ElaasIdentityError",
    "Message",
    "Misconfigured",
    "MisconfiguredCode",
    "ProviderFailed",
    "ProviderFailedCode",
    "Refused",
    "RefusedCode",
]

RefusedCode = Literal[
    # signing in
    "credential_wrong",  # unknown, wrong and suspended look alike (ASVS 6.3.8)
    "issued_credential_expired",
    "approval_awaited",  # told to the right password alone
    "sign_in_throttled",
    "password_outdated",
    "authenticator_code_malformed",
    "authenticator_code_wrong",
    "authenticator_code_exhausted",
    "authenticator_code_throttled",
    # the flow and its browser
    "browser_unknown",
    "flow_unknown",
    "flow_expired",
    "flow_superseded",
    "flow_ended",
    "flow_limit",
    "out_of_order",
    # the trip to the identity provider
    "callback_malformed",
    "callback_unknown",
    "callback_other_browser",
    "identity_denied",
    "identity_repeated",
    "identity_stale",
    "identity_assurance_low",
    "person_mismatch",
    "person_without_account",
    "recovery_limit",
    "identity_first_limit",
    "trip_limit",
    # who is signed in
    "session_unknown",
    "session_expired",
    "sign_in_outdated",
    "current_password_wrong",
    "step_up_mismatch",
    "email_change_limit",
    "email_same_as_before",
    "email_cooling_off",
    # the e-mail address and its one-time code
    "email_invalid",
    "email_not_allowed",
    "email_not_accepted",
    "mail_throttled",
    "one_time_code_malformed",
    "one_time_code_wrong",
    "one_time_code_expired",
    "one_time_code_exhausted",
    "one_time_code_throttled",
    # the new password
    "password_too_short",
    "password_too_long",
    "password_character_not_allowed",
    "password_common",
    "password_contextual",
    "password_same_as_before",
    # administrators' acts
    "account_unknown",
    "account_status",
    "account_invalid",
    "approval_unknown",
    "second_person_needed",
    # assertions for other systems
    "assertion_invalid",
    "assertion_expired",
    "assertion_replayed",
]
"""Every code that a `Refused` can carry. Codes are added in minor versions and removed only in major ones."""

ProviderFailedCode = Literal[
    "identity_provider_unavailable",
    "identity_provider_answer_invalid",
    "mail_recipient_refused",
    "mail_not_accepted",
    "mail_outcome_unknown",
    "store_unavailable",
    "store_contended",
    "hashing_failed",
    "assertion_keys_unavailable",
]
"""Every code that a `ProviderFailed` can carry."""

MisconfiguredCode = Literal[
    "keyring",
    "policy",
    "identity_provider_registration",
    "identity_evidence_missing",
    "identity_provider_settings",
    "listener_settings",
    "mailer_settings",
    "store_settings",
    "store_schema",
    "assertion_settings",
    "audit_settings",
    "page_settings",
    "extra_missing",
    "test_double",  # a clock or a random of a test, where people may be real
]
"""Every code that a `Misconfigured` can carry."""


class ElaasIdentityError(Exception):
    """The base of all errors of this library.

    Attributes:
        code: a stable string, one of the literals above.
        message: what the person may read, in Thai and English.
        field: which input it is about, by the name of the act's parameter (`"email"`, `"new_password"`, …), or of the
            `NewAccount`'s attribute in `provision`, for a form to mark; or None. docs/flow.md lists them.
        retry_after: after how long the same act may succeed, or None.
        progress: where the person stands now, where there is a flow; or None.
        detail: for the portal's developers and logs; holds no secret and no personal data.
    """

    def __init__(
        self,
        code: str,
        *,
        detail: str = "",
        field: str | None = None,
        retry_after: timedelta | None = None,
        progress: Progress | None = None,
    ) -> None:
        super().__init__(code, detail)
        self._code = code
        self.detail = detail
        self.field = field
        self.retry_after = retry_after
        self.progress = progress

    @property
    def code(self) -> str:
        """The stable string to branch on; a subclass says which there are."""
        return self._code

    @property
    def message(self) -> Message:
        """What the person may read: what happened as far as they may know it, and what to do next."""
        return say(f"error.{self.code}", seconds=whole_seconds(self.retry_after))

    def as_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`; `detail` is not for whoever reads the answer, and is left out."""
        return {
            "code": self.code,
            "message": {"th": self.message.th, "en": self.message.en},
            "field": self.field,
            "retry_after": None if self.retry_after is None else whole_seconds(self.retry_after),
            "progress": None if self.progress is None else self.progress.as_json(),
        }

    def __str__(self) -> str:
        return f"{self.code}: {self.detail or self.message.en}"


class Refused(ElaasIdentityError):
    """The person's act is not accepted; `message` says what to do instead, `progress` where they stand."""

    def __init__(
        self,
        code: RefusedCode,
        *,
        detail: str = "",
        field: str | None = None,
        retry_after: timedelta | None = None,
        progress: Progress | None = None,
    ) -> None:
        super().__init__(code, detail=detail, field=field, retry_after=retry_after, progress=progress)

    @property
    def code(self) -> RefusedCode:
        """Which of its codes."""
        return cast("RefusedCode", self._code)


class ProviderFailed(ElaasIdentityError):
    """A provider did not do its work. Nothing that was proven is lost: the same act may be tried again."""

    def __init__(
        self,
        code: ProviderFailedCode,
        *,
        detail: str = "",
        field: str | None = None,
        retry_after: timedelta | None = None,
        progress: Progress | None = None,
    ) -> None:
        super().__init__(code, detail=detail, field=field, retry_after=retry_after, progress=progress)

    @property
    def code(self) -> ProviderFailedCode:
        """Which of its codes."""
        return cast("ProviderFailedCode", self._code)


class Misconfigured(ElaasIdentityError):
    """The portal's configuration or registration is wrong. `detail` tells its developer what to change."""

    def __init__(
        self,
        code: MisconfiguredCode,
        *,
        detail: str,
        field: str | None = None,
        progress: Progress | None = None,
    ) -> None:
        super().__init__(code, detail=detail, field=field, progress=progress)

    @property
    def code(self) -> MisconfiguredCode:
        """Which of its codes."""
        return cast("MisconfiguredCode", self._code)


def whole_seconds(wait: timedelta | None) -> int:
    """Rounded up, so that who waits as told is not told to wait again."""
    return 0 if wait is None else -int(-wait.total_seconds() // 1)
