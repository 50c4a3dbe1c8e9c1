"""The OpenTelemetry listener, collected by the SDK in memory (R7.2: no personal data)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from elaas_identity.events import Event
from elaas_identity.providers.otel import OpenTelemetryEvents
from elaas_identity.testing.store_examples import NOW, an_event


class Collected:
    """The listener, and what it came to."""

    def __init__(self) -> None:
        self.reader, self.exporter = InMemoryMetricReader(), InMemorySpanExporter()
        self.meters = MeterProvider(metric_readers=[self.reader], shutdown_on_exit=False)
        self.tracers = TracerProvider(shutdown_on_exit=False)
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.listener = OpenTelemetryEvents(meter_provider=self.meters, tracer_provider=self.tracers)

    def counts(self) -> dict[frozenset[tuple[str, Any]], Any]:
        """How often, by attributes."""
        data = self.reader.get_metrics_data()
        assert data is not None
        (metric,) = data.resource_metrics[0].scope_metrics[0].metrics
        assert "elaas_identity.events" == metric.name
        return {
            frozenset((point.attributes or {}).items()): point.value  # type: ignore[union-attr]
            for point in metric.data.data_points
        }

    def spans(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()


@pytest.fixture
def collected() -> Iterator[Collected]:
    built = Collected()
    yield built
    built.meters.shutdown()
    built.tracers.shutdown()


def full(**changes: Any) -> Event:
    """An event with a value in every field."""
    return an_event(
        **{
            "outcome": "refused",
            "kind": "flow.refused",
            "code": "person_mismatch",
            "purpose": "onboarding",
            "stage": "identity",
            "flow_id": "canary-flow",
            "account_id": "canary-account",
            "binding_id": "canary-binding",
            "by": "canary-by",
            "reason": "canary-reason",
            "client": "canary-client",
            "correlation_id": "canary-correlation",
            **changes,
        }
    )


def test_events_are_counted_by_what_they_are(collected: Collected) -> None:
    """Fails if an administrator cannot see how many of what there were."""
    for event in (full(), full(), an_event()):
        collected.listener(event)
    refused = {
        ("elaas_identity.kind", "flow.refused"),
        ("elaas_identity.outcome", "refused"),
        ("elaas_identity.code", "person_mismatch"),
        ("elaas_identity.purpose", "onboarding"),
        ("elaas_identity.stage", "identity"),
    }
    done = {("elaas_identity.kind", "onboarding.begun"), ("elaas_identity.outcome", "done")}
    assert {frozenset(refused): 2, frozenset(done): 1} == collected.counts()


def test_a_span_stands_in_the_trace_of_the_request(collected: Collected) -> None:
    """Fails if an event cannot be found from the request that it came from, or at its time."""
    with collected.tracers.get_tracer("portal").start_as_current_span("POST /sign-in"):
        collected.listener(full())
    event, request = collected.spans()
    assert "flow.refused" == event.name
    assert request.context is not None
    assert event.parent is not None
    assert request.context.span_id == event.parent.span_id
    nanoseconds = (NOW - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000
    assert (nanoseconds, nanoseconds) == (event.start_time, event.end_time)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [("done", StatusCode.UNSET), ("refused", StatusCode.UNSET), ("failed", StatusCode.ERROR)],
)
def test_only_failures_are_errors(collected: Collected, outcome: str, status: StatusCode) -> None:
    """Fails if a mistyped password rings the alarm, or a failing mailer does not."""
    collected.listener(full(outcome=outcome))
    assert [status] == [span.status.status_code for span in collected.spans()]


def test_nothing_personal_and_no_id_leaves(collected: Collected) -> None:
    """Fails if telemetry, which goes to others, tells who it was (R7.2), or counts without bound."""
    collected.listener(full())
    told = "".join(span.to_json() for span in collected.spans()) + repr(collected.counts())
    assert "person_mismatch" in told
    assert "canary" not in told


def test_without_the_extra_it_names_what_to_install() -> None:
    """Fails if a portal without OpenTelemetry is left with a ModuleNotFoundError, or pays for it unasked."""
    code = """
import sys
sys.modules["opentelemetry"] = None
import elaas_identity
try:
    import elaas_identity.providers.otel
except elaas_identity.Misconfigured as missing:
    print(missing.code, missing.detail)
"""
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert 'extra_missing opentelemetry: pip install "elaas-identity[otel]"' == run.stdout.strip()
