"""What goes wrong under SQLAlchemy, told as this library's own errors: the one boundary between the two."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from elaas_identity.change import Conflict
from elaas_identity.errors import ElaasIdentityError
from elaas_identity.providers.database_codes import meaning


def failures(engine: Engine | AsyncEngine) -> tuple[type[BaseException], ...]:
    """What may come out of that engine: SQLAlchemy wraps most of it, but not all that happens on connecting."""
    dbapi: Any = engine.dialect.loaded_dbapi
    found: tuple[type[BaseException], ...] = (SQLAlchemyError, OSError, dbapi.Error)
    if (asyncpg := getattr(dbapi, "asyncpg", None)) is not None:
        # SQLAlchemy gives it the errors of a usual driver, but not on connecting.
        found += (asyncpg.PostgresError, asyncpg.InterfaceError)
    return found


def translated(failure: BaseException) -> Conflict | ElaasIdentityError:
    """What one of `failures` means."""
    driver: Any = getattr(failure, "orig", None) or failure
    return meaning(driver, makes_tables="elaas-identity db upgrade --url …")
