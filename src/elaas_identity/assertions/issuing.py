"""Assertions for other systems: look who holds the account now, keep what the person is called there, sign.

Act: `issue_assertion`.
"""

from __future__ import annotations

from datetime import timedelta

from elaas_identity.assertions.assertion import RANDOM_BYTES, AssertionIssuer, random_text
from elaas_identity.assertions.records import PersonReference, reference_id
from elaas_identity.assertions.signing_keys import AssertionKeys
from elaas_identity.change import Change, Done, Key
from elaas_identity.effects import Act, commit, draw, load
from elaas_identity.errors import ProviderFailed, Refused
from elaas_identity.flow.advance import account_unchanged, plain_event
from elaas_identity.flow.moment import Moment, is_id
from elaas_identity.flow.opening import MOST_CONFLICTS, told
from elaas_identity.person.assurance import Assurance
from elaas_identity.sessions.session import Session, account_key, held


def issue_assertion(
    moment: Moment,
    issuer: AssertionIssuer,
    keys: AssertionKeys,
    audience: str,
    session: Session,
    *,
    assurance: Assurance,
    transaction_digest: str | None,
    lifetime: timedelta,
) -> Act[str]:
    """A signed statement for one other system about who is signed in."""
    issuer.check(audience, transaction_digest, lifetime)
    reference, assertion_id = yield from draw(
        lambda random: (
            random_text(random.token_bytes(RANDOM_BYTES)),
            random_text(random.token_bytes(RANDOM_BYTES)),
        )
    )
    binding_id = session.binding_id if is_id(session.binding_id) else ""
    made = PersonReference(
        id=reference_id(binding_id, audience),
        binding_id=binding_id,
        audience=audience,
        reference=reference,
        created_at=moment.now,
    )
    key, reference_key = account_key(session), Key(PersonReference, made.id)
    for _ in range(MOST_CONFLICTS):
        read = yield from load(key, reference_key)
        try:
            account = held(session, read.one(key))
        except Refused as refusal:
            named = session.account_id if key.value else None
            yield from told(moment, "assertion.refused", refusal, account_id=named)
            raise
        known = read.one(reference_key)
        event = plain_event(
            moment,
            "assertion.issued",
            account_id=account.id,
            binding_id=account.binding_id,
            audience=audience,
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
