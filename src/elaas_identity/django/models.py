"""Which user belongs to which binding, and what an administrator may do."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

ACTS = ("approve", "reject", "reissue", "unlock", "suspend", "restore", "hand_over")
"""The acts of an administrator that the admin has: each a method of `elaas.accounts`, and a permission."""


class BoundUser(models.Model):
    """The user that `user_for` made for a binding. Deactivated users stay: old records point at them."""

    binding_id: Any = models.CharField(max_length=64, primary_key=True)
    account_id: Any = models.CharField(max_length=64, db_index=True)
    user: Any = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return str(self.binding_id)


class Account(models.Model):
    """What the admin shows, and what its permissions are for. It has no table: the facade tells of the accounts."""

    class Meta:
        managed = False
        default_permissions = ("view",)
        permissions = tuple((f"{act}_account", f"Can {act.replace('_', ' ')} account") for act in ACTS)
