"""The tamper-evident trail: its keys, its checkpoints, and what a verification says."""

from __future__ import annotations

from elaas_identity.audit.checkpoint import SEED_BYTES, AuditKeys, Checkpoint
from elaas_identity.audit.verification import Fault, Verification

__all__ = [
    "SEED_BYTES",
    "AuditKeys",
    "Checkpoint",
    "Fault",
    "Verification",
]
