"""The pages, sessions and users of a Django portal. `docs/django.md` mounts them.

INSTALLED_APPS        "elaas_identity.django"; with `DjangoStore`, "elaas_identity.django.store" too
MIDDLEWARE            "elaas_identity.django.middleware.officer_middleware", after Django's AuthenticationMiddleware
AUTHENTICATION_BACKENDS   "elaas_identity.django.backends.BindingBackend"
ELAAS_IDENTITY        see `elaas_identity.django.settings`
urlpatterns           path("", include("elaas_identity.django.urls"))
"""

from __future__ import annotations

from importlib.util import find_spec

from elaas_identity.errors import Misconfigured

if find_spec("django") is None:
    raise Misconfigured(
        "extra_missing", detail="the Django app needs Django: pip install 'elaas-identity[django]'"
    )

from elaas_identity.django.decorators import officer_required
from elaas_identity.django.django_store import DjangoStore
from elaas_identity.django.requests import OfficerRequest, VisitorRequest
from elaas_identity.django.signing_in import sign_in
from elaas_identity.django.users import UserFor, deactivate_at_hand_over

__all__ = [
    "DjangoStore",
    "OfficerRequest",
    "UserFor",
    "VisitorRequest",
    "deactivate_at_hand_over",
    "officer_required",
    "sign_in",
]
