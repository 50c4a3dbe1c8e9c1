"""One deadline and one bound on size for a whole HTTP exchange, counted at its connection, below HTTP.

An HTTP library bounds each wait by itself. So a server that sends a byte a second is never late, and interim answers
(1xx), header lines and chunk extensions come without end and are no part of the body. Here each read of the connection
is given the time that is left, and what it brings is counted.

A library's requests take a mapping of time-outs, which it asks once for each phase, and a `trace`, which is told of
each connection that it opens (https://www.python-httpx.org/advanced/extensions/). A connection that something else
opened, by a client that the portal lends, is bounded from the head of its answer on; up to there each wait is.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from dataclasses import dataclass
from time import monotonic
from typing import Any, Self

from elaas_identity._discreet import discreet
from elaas_identity.errors import ProviderFailed
from elaas_identity.oidc.http import MAX_ANSWER_BYTES

MOST_BYTES = 4 * MAX_ANSWER_BYTES
"""What may arrive for one answer, framing included. Our choice: the largest body in chunks of eight bytes fits."""


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimits:
    """Seconds. Our choice: who waits for a page waits no longer than `total`, and a healthy answer takes one second.

    Attributes:
        connect: to reach the server, TLS included.
        read: between two arrivals of bytes.
        write: to hand over the request.
        pool: to get a connection where all are busy.
        total: from the request to the last byte of the answer.
    """

    connect: float = 5.0
    read: float = 10.0
    write: float = 5.0
    pool: float = 5.0
    total: float = 20.0


DEFAULT_TIME_LIMITS = TimeLimits()


class Exchange:
    """One request and its answer. As a context, it is what the connections that are read in it count for."""

    def __init__(self, limits: TimeLimits) -> None:
        self._limits = limits
        self._deadline = monotonic() + limits.total
        self._arrived = 0
        self._outer: Token[Exchange | None] | None = None

    def __enter__(self) -> Self:
        self._outer = _CURRENT.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._outer is not None
        _CURRENT.reset(self._outer)

    def extensions(self, *, awaited: bool) -> dict[str, Any]:
        """What a request takes along."""

        def trace(_name: str, told: dict[str, Any]) -> None:
            bound(told.get("return_value"))

        async def trace_awaited(name: str, told: dict[str, Any]) -> None:
            trace(name, told)

        return {"timeout": _TimeLeft(self), "trace": trace_awaited if awaited else trace}

    def left(self, at_most: float | None = None) -> float:
        """Seconds until the deadline, at most so many.

        Raises:
            TimeoutError: it is past.
        """
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        return left if at_most is None else min(left, at_most)

    def limit(self, phase: str) -> float:
        """Seconds for the phase of that name."""
        return self.left(getattr(self._limits, phase))

    def count(self, data: bytes) -> bytes:
        """The bytes, which have arrived.

        Raises:
            ProviderFailed: they are too many.
        """
        self._arrived += len(data)
        if self._arrived > MOST_BYTES:
            detail = "the answer is larger than 4 MiB with its framing"
            raise ProviderFailed("identity_provider_answer_invalid", detail=detail)
        return data


_CURRENT: ContextVar[Exchange | None] = ContextVar("elaas_identity_http_exchange", default=None)


def bound(stream: Any) -> None:
    """Count each read of a connection for the exchange that it is in; anything else is left alone."""
    read: Any = getattr(stream, "read", None)
    if not hasattr(stream, "get_extra_info") or hasattr(read, "bound"):
        return
    if hasattr(stream, "aclose"):

        async def read_awaited(max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's
            exchange = _CURRENT.get()
            data: bytes = await read(max_bytes, timeout)
            return data if exchange is None else exchange.count(data)

        bounded: Any = read_awaited
    else:

        def read_within(max_bytes: int, timeout: float | None = None) -> bytes:
            exchange = _CURRENT.get()
            data: bytes = read(max_bytes, timeout if exchange is None else exchange.left(timeout))
            return data if exchange is None else exchange.count(data)

        bounded = read_within
    bounded.bound = True
    stream.read = bounded


class _TimeLeft(dict[str, float]):
    """Time-outs by phase, cut to what is left whenever a phase begins."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__({phase: exchange.limit(phase) for phase in ("connect", "read", "write", "pool")})
        self._exchange = exchange

    def get(self, phase: str, _default: object = None) -> float:
        return self._exchange.limit(phase)
