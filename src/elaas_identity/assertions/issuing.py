"""Assertions for other systems: look who holds the account now, keep what the person is called there, sign.

Act: `issue_assertion`.
"""

from __future__ import annotations

from datetime import timedelta

from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.assertions.assertion import RANDOM_BYTES, AssertionIssuer, current_account, random_text
from elaas_identity.assertions.records import PersonReference, reference_id
from elaas_identity.assertions.signing_keys import AssertionKeys
from elaas_identity.change import Change, Done, Key
from elaas_identity.effects import Act, commit, draw, load
from elaas_identity.errors import ProviderFailed, Refused
from elaas_identity.flow.advance import account_unchanged, plain_event
from elaas_identity.flow.moment import Moment, is_id
from elaas_identity.flow.opening import MOST_CONFLICTS, told
from elaas_identity.person.assurance import Assurance


def issue_assertion(
    moment: Moment,
    issuer: AssertionIssuer,
    keys: AssertionKeys,
    audience: str,
    *,
    account_id: str,
    binding_id: str,
    assurance: Assurance,
    transaction_digest: str | None,
    lifetime: timedelta,
) -> Act[str]:
    """A signed statement for one other system about who is signed in."""
    issuer.check(audience, transaction_digest, lifetime)
    if not (is_id(account_id) and is_id(binding_id)):
        raise (yield from told(moment, "assertion.refused", Refused("account_unknown")))
    reference, assertion_id = yield from draw(
        lambda random: (
            random_text(random.token_bytes(RANDOM_BYTES)),
            random_text(random.token_bytes(RANDOM_BYTES)),
        )
    )
    made = PersonReference(
        id=reference_id(binding_id, audience),
        binding_id=binding_id,
        audience=audience,
        reference=reference,
        created_at=moment.now,
    )
    account_key, binding_key = Key(AccountRecord, account_id), Key(BindingRecord, binding_id)
    reference_key = Key(PersonReference, made.id)
    for _ in range(MOST_CONFLICTS):
        read = yield from load(account_key, binding_key, reference_key)
        try:
            account = current_account(read.one(account_key), read.one(binding_key), binding_id)
        except Refused as refusal:
            yield from told(moment, "assertion.refused", refusal, account_id=account_id)
            raise
        known = read.one(reference_key)
        event = plain_event(
            moment, "assertion.issued", account_id=account.id, binding_id=binding_id, audience=audience
        )
        change = Change(
            inserts=(event,) if known is not None else (event, made), expects=(account_unchanged(account),)
        )
        if isinstance((yield from commit(change)), Done):
            claims = issuer.claims(
                audience,
                assertion_id=assertion_id,
                reference=(known or made).reference,
                account=account,
                assurance=assurance,
                transaction_digest=transaction_digest,
                now=moment.now,
                lifetime=lifetime,
            )
            return keys.sign(claims)
    raise ProviderFailed("store_contended")
