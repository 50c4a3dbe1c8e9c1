# Generated from _async/assertions.py by scripts/unasync.py. Do not edit: edit that file and run it.
"""Assertions for other systems: look who holds the account now, remember what the person is called there, sign."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Self

from elaas_identity._sync.shell import MOST_CONFLICTS, Shell
from elaas_identity._sync.traceless import traceless
from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.assertions.assertion import (
    MAX_LIFETIME,
    RANDOM_BYTES,
    current_account,
    random_text,
)
from elaas_identity.assertions.records import PersonReference, reference_id
from elaas_identity.assertions.signing_keys import AssertionKeys, AssertionSettings
from elaas_identity.browser import Browser
from elaas_identity.change import Change, Done, Key
from elaas_identity.errors import ProviderFailed, Refused
from elaas_identity.flow.advance import Rules, account_unchanged, plain_event
from elaas_identity.flow.moment import is_id
from elaas_identity.flow.policy import MANDATED
from elaas_identity.keyring import Keyring
from elaas_identity.person.assurance import Assurance
from elaas_identity.ports import Clock, Listener, Random, Store
from elaas_identity.providers.system import SystemRandom, system_clock


class Assertions:
    """States to other systems who is signed in at the portal.

    Args:
        shell: over the store that holds accounts and bindings.
        settings: issuer, audiences and keys.
    """

    def __init__(self, shell: Shell, settings: AssertionSettings) -> None:
        self._shell = shell
        self._keys = settings.keys
        self._issuer = settings.as_issuer()

    @classmethod
    def over(
        cls,
        store: Store,
        *,
        keyring: Keyring,
        keys: AssertionKeys,
        issuer: str,
        audiences: Collection[str],
        listeners: Sequence[Listener] = (),
        clock: Clock = system_clock,
        random: Random | None = None,
    ) -> Self:
        """Over a portal's store alone: a process that signs assertions need not be one that signs people in."""
        shell = Shell(
            store=store,
            rules=Rules(MANDATED, keyring),
            clock=clock,
            random=SystemRandom() if random is None else random,
            listeners=listeners,
        )
        return cls(shell, AssertionSettings(keys=keys, issuer=issuer, audiences=audiences))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(issuer={self._issuer.url!r}, {self._keys!r})"

    @traceless
    def assertion_for(
        self,
        audience: str,
        *,
        account_id: str,
        binding_id: str,
        assurance: Assurance,
        transaction_digest: str | None = None,
        lifetime: timedelta = MAX_LIFETIME,
        browser: Browser | None = None,
    ) -> str:
        """A signed statement for one other system: hand it over at once, and log it nowhere.

        It says which account, agency and kind, how well the person is proven, and who, by a reference that is random
        and another one for each system. `account_id`, `binding_id` and `assurance` come from the person's `SignedIn`.

        Args:
            audience: one of the `audiences`.
            transaction_digest: SHA-256, in base64url without padding, of what the statement is about.
            lifetime: whole seconds, 60 at most.
            browser: who is asking, for the event.

        Raises:
            Refused: `account_unknown`; `sign_in_outdated` when the account is not active any more, or not this
                binding's.
            ProviderFailed: `store_unavailable`, `store_contended`; nothing was signed.
            Misconfigured: `assertion_settings`: another audience, digest or lifetime than may be.
        """
        self._issuer.check(audience, transaction_digest, lifetime)
        shell, moment = self._shell, self._shell.moment(browser)
        if not (is_id(account_id) and is_id(binding_id)):
            raise shell.tell_refused(moment, "assertion.refused", Refused("account_unknown"))
        made = PersonReference(
            id=reference_id(binding_id, audience),
            binding_id=binding_id,
            audience=audience,
            reference=random_text(shell.random.token_bytes(RANDOM_BYTES)),
            created_at=moment.now,
        )
        assertion_id = random_text(shell.random.token_bytes(RANDOM_BYTES))
        account_key, binding_key = Key(AccountRecord, account_id), Key(BindingRecord, binding_id)
        reference_key = Key(PersonReference, made.id)
        for _ in range(MOST_CONFLICTS):
            read = shell.load(account_key, binding_key, reference_key)
            try:
                account = current_account(read.one(account_key), read.one(binding_key), binding_id)
            except Refused as refused:
                raise shell.tell_refused(
                    moment, "assertion.refused", refused, account_id=account_id
                ) from None
            known = read.one(reference_key)
            event = plain_event(
                moment, "assertion.issued", account_id=account.id, binding_id=binding_id, audience=audience
            )
            change = Change(
                inserts=(event,) if known is not None else (event, made),
                expects=(account_unchanged(account),),
            )
            if isinstance(shell.commit(change), Done):
                claims = self._issuer.claims(
                    audience,
                    assertion_id=assertion_id,
                    reference=(known or made).reference,
                    account=account,
                    assurance=assurance,
                    transaction_digest=transaction_digest,
                    now=moment.now,
                    lifetime=lifetime,
                )
                return self._keys.sign(claims)
        raise ProviderFailed("store_contended")

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public keys, for the other systems: publish it where they look for it, or hand it to them."""
        return self._keys.jwks()
