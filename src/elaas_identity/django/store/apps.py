"""The app `elaas_identity.django.store`."""

from __future__ import annotations

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """Its label is `elaas_identity_store`."""

    name = "elaas_identity.django.store"
    label = "elaas_identity_store"
    verbose_name = "e-LAAS identity: store"
