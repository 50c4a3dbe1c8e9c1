"""The authentication backend: whom the library has signed in, and nobody else."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from elaas_identity.django.settings import portal
from elaas_identity.flow.outcomes import SignedIn


class BindingBackend(ModelBackend):
    """Takes `authenticate(request, signed_in=…)` alone: no username and no password. Permissions are Django's own."""

    def authenticate(
        self,
        request: HttpRequest | None,  # noqa: ARG002
        username: str | None = None,  # noqa: ARG002
        password: str | None = None,  # noqa: ARG002
        **given: Any,
    ) -> AbstractBaseUser | None:
        """The user of the binding, if `USER_FOR` gives one that is active."""
        signed_in = given.get("signed_in")
        if not isinstance(signed_in, SignedIn):
            return None
        user = portal().user_for(signed_in.binding_id, signed_in.account, signed_in.person)
        return user if user is not None and self.user_can_authenticate(user) else None

    async def aauthenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,  # noqa: ARG002
        password: str | None = None,  # noqa: ARG002
        **given: Any,
    ) -> AbstractBaseUser | None:
        """`authenticate`, awaited. The one that is inherited takes a password."""
        return await sync_to_async(self.authenticate)(request, **given)
