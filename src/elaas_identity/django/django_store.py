"""The store by Django's ORM: the portal's DATABASES, its migrations, its driver."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import AppRegistryNotReady
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.connection import ConnectionDoesNotExist

from elaas_identity._discreet import discreet
from elaas_identity.change import Budget, Change, Key, Outcome, Snapshot
from elaas_identity.errors import Misconfigured
from elaas_identity.not_pickled import NotPickled
from elaas_identity.providers.store_rules import certain, check_change, check_keys

if TYPE_CHECKING:
    from elaas_identity.django.store.own_connection import OwnConnections

_APP = "elaas_identity.django.store"


@discreet
class DjangoStore(NotPickled):
    """A `Store` by Django's ORM. Its app is "elaas_identity.django.store", and `manage.py migrate` makes its tables.

    Every act has a connection and a transaction of its own: what the portal rolls back, as under ATOMIC_REQUESTS,
    undoes nothing of what was counted. Within Django's `TestCase` it works in the test's transaction, and goes with it.

    Args:
        using: the alias in DATABASES. On SQLite, one with a file that the portal does not write in its own
            transactions.

    Raises:
        Misconfigured: `store_settings`, for a database that is not fit, or where the app is not installed.
    """

    def __init__(self, using: str = DEFAULT_DB_ALIAS) -> None:
        self._connections = _connections(using)

    def load(self, *keys: Key[Any] | Budget) -> Snapshot:
        """All of them as they stood at one moment.

        Raises:
            TypeError: a key by a field that its record type does not declare as a look-up, or one that follows a key
                which does not stand before it.
            ProviderFailed: `store_unavailable`.
            Misconfigured: `store_schema`, where the tables are missing or of another version.
        """
        from elaas_identity.django.store import acts

        check_keys(keys)
        return certain(self._connections.run(partial(acts.load, keys=keys)))

    def commit(self, change: Change) -> Outcome:
        """All of it or nothing. `Conflict` is looked for first, then `Exhausted`.

        Raises:
            TypeError: an expectation by a field that its record type does not declare as a look-up.
            ProviderFailed: `store_unavailable`; if it was lost on the way, the change may have happened.
                `store_contended`, on SQLite, where a transaction of the portal's around it has written.
            Misconfigured: `store_schema`, where the tables are missing or of another version.
        """
        from elaas_identity.django.store import acts

        check_change(change)
        return self._connections.run(partial(acts.commit, change=change), writing=True)

    def purge(self, before: datetime) -> int:
        """Delete expired records, flows with their attempts, and budgets that count nothing now.

        Returns how many rows went, budgets included.
        """
        from elaas_identity.django.store import acts

        return certain(self._connections.run(partial(acts.purge, before=before), writing=True))

    def close(self) -> None:
        """Close its connections; the portal's own are the portal's."""
        self._connections.close()


def _connections(alias: str) -> OwnConnections:
    try:
        is_installed = apps.is_installed(_APP)
    except AppRegistryNotReady:
        raise Misconfigured(
            "store_settings", detail="Django is not set up yet: make the store in a module that ELAAS names"
        ) from None
    if not is_installed:
        raise Misconfigured("store_settings", detail=f"INSTALLED_APPS in the settings: add {_APP!r}")
    from elaas_identity.django.store.fields import check_vendor
    from elaas_identity.django.store.own_connection import OwnConnections

    try:
        connection: Any = connections[alias]
    except ConnectionDoesNotExist:
        raise Misconfigured("store_settings", detail=f"DATABASES in the settings has no {alias!r}") from None
    check_vendor(connection)
    if connection.settings_dict["NAME"] == ":memory:":
        raise Misconfigured(
            "store_settings",
            detail="SQLite in memory has one connection, and so no transaction of our own: use MemoryStore",
        )
    return OwnConnections(alias)
