"""How many statements and transactions an engine is asked for, by SQLAlchemy's events."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

_BRACKETS = ("BEGIN", "COMMIT", "ROLLBACK")


@dataclass
class Counted:
    """What was asked for; statements that begin or end a transaction are not among them."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0
    rollbacks: int = 0

    def of(self, table: str) -> list[str]:
        """The first word of each statement about a table."""
        return [text.split()[0] for text in self.statements if f"elaas_{table}" in text]


@contextmanager
def counted(engine: Engine) -> Iterator[Counted]:
    """Count what happens on the engine in here."""
    seen = Counted()

    def executed(_: object, __: object, statement: str, *___: Any) -> None:
        if not statement.startswith(_BRACKETS):
            seen.statements.append(statement)

    def committed(_: object) -> None:
        seen.commits += 1

    def rolled_back(_: object) -> None:
        seen.rollbacks += 1

    listeners: tuple[tuple[str, Any], ...] = (
        ("before_cursor_execute", executed),
        ("commit", committed),
        ("rollback", rolled_back),
    )
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield seen
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)
