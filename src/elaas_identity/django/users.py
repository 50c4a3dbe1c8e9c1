"""The Django user of a binding: this person in this account."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password

from elaas_identity._discreet import discreet
from elaas_identity.accounts.account import Account
from elaas_identity.events import Event
from elaas_identity.person.verified import VerifiedIdentity

if TYPE_CHECKING:  # models, which there are none of before Django is set up
    from django.contrib.auth.base_user import AbstractBaseUser

UserFor: TypeAlias = "Callable[[str, Account, VerifiedIdentity], AbstractBaseUser | None]"
"""`USER_FOR`: gives the user of a binding, account and person, at each sign-in; None refuses them."""

_LONGEST = 150 - 33
"""Characters of the account's username that are kept: Django's users have 150, and the binding's id has 32."""


def user_for(binding_id: str, account: Account, _person: VerifiedIdentity) -> AbstractBaseUser:
    """The user of this binding, made at the first sign-in, without a password.

    Users of earlier bindings of the account are deactivated. Nothing of the person is kept: a page finds it in
    `request.officer`, where it was opened for this request.
    """
    from elaas_identity.django.models import BoundUser

    model: Any = get_user_model()
    user, _ = model.objects.get_or_create(
        **{model.USERNAME_FIELD: f"{account.username[:_LONGEST]}.{binding_id}"},
        defaults={"password": make_password(None)},
    )
    BoundUser.objects.get_or_create(binding_id=binding_id, defaults={"account_id": account.id, "user": user})
    _deactivate(account.id, but=binding_id)
    return cast("AbstractBaseUser", user)


@discreet
def deactivate_at_hand_over(event: Event) -> None:
    """A listener for the facade: deactivates the users of `user_for` when their account is handed over or closed.

    Their sessions end without it. It is for what goes by the user alone, such as an access token of an API.
    """
    if event.kind not in ("account.handed_over", "account.closed") or event.account_id is None:
        return
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        _deactivate(event.account_id)
    else:
        task = loop.create_task(sync_to_async(_deactivate)(event.account_id))
        _UNDER_WAY.add(task)
        task.add_done_callback(_UNDER_WAY.discard)


_UNDER_WAY = set[asyncio.Task[None]]()
"""A loop itself keeps no task alive."""


def _deactivate(account_id: str, *, but: str = "") -> None:
    from elaas_identity.django.models import BoundUser

    former = BoundUser.objects.filter(account_id=account_id).exclude(binding_id=but)
    get_user_model().objects.filter(pk__in=former.values("user_id"), is_active=True).update(is_active=False)
