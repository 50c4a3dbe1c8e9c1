"""The numbers and rules of the flow, each with its source, and what they are made of."""

from __future__ import annotations

from elaas_identity.flow.policy import FOR_TESTS, MANDATED, AdministratorAct, FlowPolicy, Limit, SignInPolicy
from elaas_identity.mail.address import EmailPolicy
from elaas_identity.passwords.hashing import (
    CHEAPEST_FOR_TESTS,
    OWASP,
    RFC9106_LOW_MEMORY,
    Argon2Profile,
    LegacyVerifier,
)
from elaas_identity.passwords.policy import PasswordPolicy
from elaas_identity.passwords.stored import HashBounds
from elaas_identity.person.assurance import IAL
from elaas_identity.sessions.policy import SessionPolicy

__all__ = [
    "CHEAPEST_FOR_TESTS",
    "FOR_TESTS",
    "IAL",
    "MANDATED",
    "OWASP",
    "RFC9106_LOW_MEMORY",
    "AdministratorAct",
    "Argon2Profile",
    "EmailPolicy",
    "FlowPolicy",
    "HashBounds",
    "LegacyVerifier",
    "Limit",
    "PasswordPolicy",
    "SessionPolicy",
    "SignInPolicy",
]
