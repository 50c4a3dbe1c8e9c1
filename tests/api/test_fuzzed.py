"""Schemathesis reads the OpenAPI document, and asks for everything that it names and for what it forbids (R9.4)."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import schemathesis
from hypothesis import HealthCheck, assume, settings
from schemathesis import Case

from tests.integrations.fastapi_portal import portal
from tests.integrations.world import World

WORLD = World()
WORLD.provision()
SCHEMA = schemathesis.openapi.from_asgi(
    "/identity/api/openapi.json", portal(WORLD.async_facade(), WORLD.site)
)

REFUSED_THOUGH_WELL_FORMED: list[Any] = [
    # A password may be wrong, and a budget used up: 422 and 429 are answers to what the document allows.
    schemathesis.checks.CHECKS.get_one("positive_data_acceptance"),
]


@SCHEMA.parametrize()
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_r9_4_every_answer_is_one_that_the_document_names(case: Case[Any]) -> None:
    """R9.4: a raw error, an answer of another form, or a status that a front end does not expect."""
    # Starlette takes no path with a line break in it: its own 404 comes before any answer of ours.
    assume(not any("\n" in unquote(str(value)) for value in case.path_parameters.values()))
    case.call_and_validate(
        headers={"sec-fetch-site": "same-origin"}, excluded_checks=REFUSED_THOUGH_WELL_FORMED
    )
