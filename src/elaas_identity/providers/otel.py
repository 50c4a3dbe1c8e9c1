"""A listener that counts events, and marks them in the trace of the request, with OpenTelemetry. Extra: `otel`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from elaas_identity._discreet import discreet
from elaas_identity.errors import Misconfigured
from elaas_identity.events import Event

try:
    from opentelemetry import metrics, trace
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Status, StatusCode, TracerProvider
except ModuleNotFoundError as missing:
    raise Misconfigured(
        "extra_missing", detail=f'{missing.name}: pip install "elaas-identity[otel]"'
    ) from None

__all__ = ["OpenTelemetryEvents"]


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

SCOPE = "elaas_identity"
"""The instrumentation scope: what a portal selects these by."""


@discreet
class OpenTelemetryEvents:
    """`ElaasIdentity(listeners=[OpenTelemetryEvents()])`: the counter `elaas_identity.events`, and a span an event.

    A span is of no length, stands in the trace that is current, and is named after the event's kind. Both carry kind,
    outcome, code, purpose and stage, of which there are a few hundred combinations, and no id of anything or anybody.

    Args:
        meter_provider: the global one by default.
        tracer_provider: the global one by default.
    """

    def __init__(
        self, *, meter_provider: MeterProvider | None = None, tracer_provider: TracerProvider | None = None
    ) -> None:
        self._counter = metrics.get_meter(SCOPE, meter_provider=meter_provider).create_counter(
            "elaas_identity.events", unit="{event}", description="What happened in the login flow."
        )
        self._tracer = trace.get_tracer(SCOPE, tracer_provider=tracer_provider)

    def __call__(self, event: Event) -> None:
        """Count the event, and mark it."""
        attributes = {
            f"elaas_identity.{name}": value
            for name in ("kind", "outcome", "code", "purpose", "stage")
            if (value := getattr(event, name)) is not None
        }
        self._counter.add(1, attributes)
        at = (event.at - _EPOCH) // timedelta(microseconds=1) * 1000
        span = self._tracer.start_span(event.kind, attributes=attributes, start_time=at)
        if event.outcome == "failed":
            span.set_status(Status(StatusCode.ERROR))
        span.end(end_time=at)
