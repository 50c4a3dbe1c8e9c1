"""Statements written once for each shape and database, and run as text.

SQLAlchemy's own way to a statement (its key in the cache, its parameters, its rows) takes longer than SQLite does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Dialect
from sqlalchemy.types import TypeEngine

from elaas_identity.errors import Misconfigured
from elaas_identity.providers.sql_schema import BUDGETS, TABLES

SHAPES = 512
"""How many shapes of one kind of statement are kept. Our own acts have some dozens."""

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Target:
    """What statements are written for: a dialect, and the schema that the engine maps our tables to."""

    name: str
    driver: str
    paramstyle: str
    schema: str | None
    dialect: Dialect = field(compare=False, repr=False)


def target_of(connection: Connection) -> Target:
    """The target that a connection speaks to."""
    dialect = connection.dialect
    return Target(
        dialect.name, dialect.driver, dialect.paramstyle, connection.schema_for_object(BUDGETS), dialect
    )


def kept(write: Callable[..., S]) -> Callable[..., S]:
    """Call it once for each target and shape."""
    return lru_cache(maxsize=SHAPES)(write)


class Statement:
    """A statement as text, with its parameters' names and encodings."""

    __slots__ = ("_constants", "_encoders", "_positional", "text")

    def __init__(self, target: Target, statement: Any) -> None:
        mapped: dict[str, Any] = {}
        if target.schema is not None:
            mapped = {"schema_translate_map": {None: target.schema}, "render_schema_translate": True}
        compiled = statement.compile(dialect=target.dialect, **mapped)
        self.text = str(compiled)
        self._positional: bool = compiled.positional
        names = compiled.positiontup if self._positional else list(compiled.binds)
        self._encoders: list[tuple[str, Any]] = [
            (name, _encoder(compiled.binds[name].type, target.dialect)) for name in names
        ]

        self._constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}

    def run(self, connection: Connection, values: Mapping[str, Any]) -> CursorResult[Any]:
        """Execute it with these values.

        Raises:
            Misconfigured: `store_schema`, for a value that its column does not take; the value is not repeated.
        """
        if self._constants:
            values = {**self._constants, **values}
        try:
            encoded = [
                values[name] if encode is None else encode(values[name]) for name, encode in self._encoders
            ]
        except (TypeError, ValueError) as failure:
            kind = type(failure).__name__
        else:
            return connection.exec_driver_sql(
                self.text,
                tuple(encoded)
                if self._positional
                else dict(zip((name for name, _ in self._encoders), encoded, strict=True)),
            )
        raise Misconfigured("store_schema", detail=f"a record holds what its column does not take ({kind})")


class Reader:
    """Some columns of a row, decoded."""

    __slots__ = ("_decoders", "names")

    def __init__(self, target: Target, table: Any, names: Iterable[str]) -> None:
        self.names = tuple(names)
        decoders = (_decoder(table.c[name].type, target.dialect) for name in self.names)
        self._decoders = [(place, decode) for place, decode in enumerate(decoders) if decode is not None]

    def values(self, row: Sequence[Any]) -> list[Any]:
        """The values of a row that has these columns."""
        values = list(row)
        for place, decode in self._decoders:
            if values[place] is not None:
                values[place] = decode(values[place])
        return values


class RecordReader(Reader):
    """A whole record, read from a row that begins with its columns."""

    __slots__ = ("_record", "width")

    def __init__(self, target: Target, record: Any) -> None:
        super().__init__(target, TABLES[record].table, TABLES[record].names)
        self._record = record
        self.width = len(self.names)

    def record(self, row: Sequence[Any]) -> Any:
        """The record of a row that has its columns."""
        return self._record(**dict(zip(self.names, self.values(row), strict=True)))


@kept
def reader(target: Target, record: type[Any]) -> RecordReader:
    """The reader of a record type."""
    return RecordReader(target, record)


def _encoder(kind: TypeEngine[Any], dialect: Dialect) -> Any:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _decoder(kind: TypeEngine[Any], dialect: Dialect) -> Any:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
