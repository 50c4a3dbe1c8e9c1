"""An authenticator app as it is stored: what it shares with us sealed, never plain."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from elaas_identity.keyring import Keyring


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticatorRecord:
    """The app of one binding: a person's and not an account's, so that a hand-over leaves it behind.

    Every use writes the record, so that of two requests with one code the second meets a conflict.
    """

    LOOKUPS: ClassVar[tuple[str, ...]] = ("key_id",)
    UNIQUE: ClassVar[tuple[str, ...]] = ()

    id: str
    """The binding's id: a binding has one app that counts."""
    version: int = 0
    schema: int = 1
    key_id: str
    """Which key of the keyring sealed what is below."""
    secret_sealed: str | None = None
    """Of the app that counts; None once it was removed. An app that is being enrolled is none of this record's."""
    last_used_step: int = 0
    """The time step of the code that was last accepted: neither it nor an earlier one is accepted again."""
    recovery_codes_sealed: tuple[str, ...] = ()
    """SHA-256 of each unused recovery code. Sealed and not keyed, since a keyed digest could not change its key."""

    @property
    def is_confirmed(self) -> bool:
        """Whether there is an app that counts: one that has shown a right code."""
        return self.secret_sealed is not None


def rekeyed(keyring: Keyring, record: AuthenticatorRecord) -> AuthenticatorRecord:
    """The same app, sealed anew under the current key.

    Raises:
        Misconfigured: `keyring`, when the key it stands under is not in the keyring any more.
    """

    def resealed(place: str, sealed: str) -> str:
        context = f"authenticator.{place}:{record.id}"
        return keyring.seal(context, keyring.open(context, sealed))

    return replace(
        record,
        key_id=keyring.current,
        secret_sealed=None if record.secret_sealed is None else resealed("secret", record.secret_sealed),
        recovery_codes_sealed=tuple(
            resealed("recovery_code", sealed) for sealed in record.recovery_codes_sealed
        ),
    )


def removed(record: AuthenticatorRecord) -> AuthenticatorRecord:
    """No app counts any more, and no recovery code: for an administrator's re-issue. The last used step stays.

    The record stays too, so that who removes the app and who uses it just then meet each other by its version.
    """
    return replace(record, secret_sealed=None, recovery_codes_sealed=())
