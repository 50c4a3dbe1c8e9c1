"""The paths of the pages, and of the callback: `path("", include("elaas_identity.django.urls"))`."""

from __future__ import annotations

from re import escape
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.urls import re_path
from django.views.decorators.csrf import csrf_exempt

from elaas_identity.django.settings import portal
from elaas_identity.django.views import async_page, outside_transactions, page

app_name = "elaas_identity"

_portal = portal()
# The pages know their own forms (ASVS 3.5.1), and are for who is not signed in yet.
_view: Any = outside_transactions(csrf_exempt(login_not_required(async_page if _portal.is_async else page)))

# A route with a slash at its end is the beginning of paths; the others are paths.
urlpatterns = [
    re_path("^" + escape(route[1:]) + ("" if route.endswith("/") else r"\Z"), _view)
    for route in _portal.mounted.paths("")
]
