"""Which user belongs to which binding."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models


class BoundUser(models.Model):
    """The user that `user_for` made for a binding. Deactivated users stay: old records point at them."""

    binding_id: Any = models.CharField(max_length=64, primary_key=True)
    account_id: Any = models.CharField(max_length=64, db_index=True)
    user: Any = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return str(self.binding_id)
