"""The other side of an assertion: find the key, verify, use it up. Act: `accept_assertion`."""

from __future__ import annotations

from elaas_identity.assertions.verification import Expected, VerifiedAssertion, key_id, used, verify
from elaas_identity.change import Change, Done
from elaas_identity.effects import Act, commit, fetch_keys, read_clock
from elaas_identity.errors import Refused


def accept_assertion(
    expected: Expected, assertion: str, *, expected_transaction_digest: str | None
) -> Act[VerifiedAssertion]:
    """What the portal states, if it states it to us, now, and for the first time."""
    now = yield from read_clock()
    keys = yield from fetch_keys(key_id(assertion), now=now)
    verified = verify(
        assertion, keys, expected, expected_transaction_digest=expected_transaction_digest, now=now
    )
    if not isinstance((yield from commit(Change(inserts=(used(verified),)))), Done):
        raise Refused("assertion_replayed", detail="the assertion was accepted before (`jti`)")
    return verified
