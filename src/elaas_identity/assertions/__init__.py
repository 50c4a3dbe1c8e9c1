"""Statements for other systems about who is signed in: keys, settings, and what a verifier answers."""

from __future__ import annotations

from elaas_identity.assertions.assertion import transaction_digest
from elaas_identity.assertions.signing_keys import AssertionKeys, AssertionSettings
from elaas_identity.assertions.verification import VerifiedAssertion

__all__ = [
    "AssertionKeys",
    "AssertionSettings",
    "VerifiedAssertion",
    "transaction_digest",
]
