"""Connections of the store's own to a database of Django's, so that nothing the portal rolls back undoes an act.

An act takes one that is idle, or opens one by the portal's DATABASES, and stands it in the place of the thread's own
connection for as long as it runs: the ORM then works on it. There are as many as acts run at once. They are closed when
a request ends and CONN_MAX_AGE is over, as Django closes its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock
from typing import Any, TypeVar

from django.core.exceptions import ImproperlyConfigured, SynchronousOnlyOperation
from django.core.signals import request_finished
from django.db import Error, connections
from django.db.transaction import atomic

from elaas_identity.change import Conflict
from elaas_identity.errors import ElaasIdentityError, Misconfigured, ProviderFailed
from elaas_identity.providers.database_codes import code_of, meaning
from elaas_identity.providers.per_process import PerProcess

T = TypeVar("T")


class OwnConnections:
    """Runs work on connections of its own to the database that has this alias."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self._idle: PerProcess[deque[Any]] = PerProcess(deque)
        # SQLite has one writer. The threads of a process take turns here, where waiting does not mean polling.
        self._turn = PerProcess(Lock)
        request_finished.connect(self._close_obsolete)

    def run(self, work: Callable[[Any], T], *, writing: bool = False) -> T | Conflict:
        """What the work returns, or `Conflict` where the database broke it off for another's sake.

        Raises:
            ProviderFailed: `store_unavailable`, `store_contended`.
            Misconfigured: `store_schema`, `store_settings`.
        """
        outer = connections[self.alias]
        takes_turns = writing and outer.vendor == "sqlite"
        turn: AbstractContextManager[Any] = self._turn.here() if takes_turns else nullcontext()
        error: Conflict | ElaasIdentityError
        try:
            with turn, self._connected(outer) as connection:
                return work(connection)
        except SynchronousOnlyOperation:
            error = Misconfigured(
                "store_settings",
                detail="in an event loop: call the facade by sync_to_async, or use AsyncSQLStore",
            )
        except ImproperlyConfigured as wrong:
            error = Misconfigured(
                "store_settings", detail=f"DATABASES in the settings: {type(wrong).__name__}"
            )
        except (Error, OSError, ValueError) as failure:
            error = _translated(failure, outer)
        # Raised out here, so that the driver's text, which may quote values, is not chained.
        if isinstance(error, ElaasIdentityError):
            raise error
        return error

    def close(self) -> None:
        """Close what was opened here and is idle."""
        for connection in self._idle.taken() or ():
            connection.close()

    @contextmanager
    def _connected(self, outer: Any) -> Generator[Any, None, None]:
        if any(block._from_testcase for block in outer.atomic_blocks):
            # Within Django's `TestCase`, which rolls back whatever the test has done: this as well.
            yield outer
            return
        own = self._taken(outer)
        connections[self.alias] = own
        try:
            yield own
        finally:
            connections[self.alias] = outer
            self._idle.here().append(own)

    def _taken(self, outer: Any) -> Any:
        try:
            own = self._idle.here().pop()
        except IndexError:
            own = outer.copy()
            own.settings_dict["AUTOCOMMIT"] = True  # transactions are begun and ended here
            own.inc_thread_sharing()  # one thread after the other
            return own
        if own.connection is not None and not own.is_usable():
            own.close()
        return own

    def _close_obsolete(self, **_: object) -> None:
        idle = self._idle.here()
        for _each in range(len(idle)):
            try:
                own = idle.popleft()
            except IndexError:  # an act took it meanwhile
                return
            own.close_if_unusable_or_obsolete()
            if own.connection is not None:
                idle.append(own)


@contextmanager
def transaction(connection: Any, *, writing: bool) -> Generator[None, None, None]:
    """A transaction of this connection; a savepoint of it within a `TestCase`.

    PostgreSQL: a read sees one snapshot; a write sees what is committed once it has its lock. SQLite: a write takes
    the database's one write lock at once, since a lock that has to be upgraded fails at a moment's notice.
    """
    is_outermost = not connection.in_atomic_block
    if is_outermost and connection.vendor == "sqlite":
        connection.ensure_connection()
        connection.transaction_mode = "IMMEDIATE" if writing else "DEFERRED"
    within: Any = atomic(using=connection.alias)
    with within:
        if is_outermost and connection.vendor == "postgresql":
            level = "READ COMMITTED" if writing else "REPEATABLE READ, READ ONLY"
            with connection.cursor() as cursor:
                cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
        yield


def _translated(failure: BaseException, outer: Any) -> Conflict | ElaasIdentityError:
    driver: Any = failure.__cause__ if isinstance(failure, Error) and failure.__cause__ else failure
    if code_of(driver).startswith("SQLITE_BUSY") and outer.in_atomic_block:
        return ProviderFailed(
            "store_contended",
            detail="SQLite has one writer, and the transaction around this call may be it: give the store a file of "
            "its own in DATABASES, or call it outside of `atomic`",
        )
    return meaning(driver, makes_tables="manage.py migrate")
