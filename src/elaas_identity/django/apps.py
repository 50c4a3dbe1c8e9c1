"""The app `elaas_identity.django`."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks
from django.core.signals import setting_changed


class ElaasIdentityConfig(AppConfig):
    """Its label is `elaas_identity`."""

    name = "elaas_identity.django"
    label = "elaas_identity"
    verbose_name = "e-LAAS identity"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect what Django tells of: a sign-out, a check of the settings, a test that changes them."""
        from django.contrib.auth.signals import user_logged_out

        from elaas_identity.django.settings import forget
        from elaas_identity.django.signing_in import end_session
        from elaas_identity.django.system_checks import check

        user_logged_out.connect(end_session)
        setting_changed.connect(forget)
        checks.register(check)
