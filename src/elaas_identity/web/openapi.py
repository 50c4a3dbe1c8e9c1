"""The JSON interface as OpenAPI 3.1 describes it: made from the same table and the same types, with an example of every
step and of every error."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, get_args

from elaas_identity.errors import (
    ElaasIdentityError,
    Misconfigured,
    MisconfiguredCode,
    ProviderFailed,
    ProviderFailedCode,
    Refused,
    RefusedCode,
)
from elaas_identity.flow.steps import AuthorizationRequest, Progress
from elaas_identity.json_form import json_form
from elaas_identity.messages import say
from elaas_identity.web.api import (
    API,
    DOCUMENT_PATH,
    OPERATIONS,
    OWN_PROBLEMS,
    SESSION_PATH,
    SIGN_OUT_PATH,
    OfficerDetails,
    ProblemDetails,
    api_status,
)
from elaas_identity.web.api_examples import OFFICER, PROGRESS, REQUEST, WAIT
from elaas_identity.web.routes import Route

NEVER = (
    "assertion_",
    "account_status",
    "account_invalid",
    "approval_unknown",
    "second_person_",
    "step_up_mismatch",
)
"""Beginnings of the codes that no operation here answers: an administrator's, another system's, the portal's own."""


@lru_cache(maxsize=8)
def openapi(prefix: str) -> Mapping[str, Any]:
    """The document, for an interface below that prefix.

    Raises:
        Misconfigured: `extra_missing`, where pydantic is not installed.
    """
    problems = _problems()
    paths = {f"{prefix}{API}{route.path}": {"post": _operation(route, problems)} for route in OPERATIONS}
    flow = f"{prefix}{API}/flow/{{flow_id}}"
    paths[flow] = {"get": _read("current", "Where the flow stands.", "Progress", problems, of_flow=True)}
    paths[f"{prefix}{API}{SESSION_PATH}"] = {
        "get": _read("session", "Who is signed in.", "OfficerDetails", problems)
    }
    sign_out: dict[str, Any] = {
        "operationId": "sign_out",
        "summary": "End the session.",
        "responses": {"204": _DONE},
    }
    sign_out["responses"] |= _refs(problems, (403, 503))
    described = {"operationId": "openapi", "summary": "This document.", "responses": {"200": _DOCUMENT}}
    paths[f"{prefix}{API}{DOCUMENT_PATH}"] = {"get": described}
    paths[f"{prefix}{API}{SIGN_OUT_PATH}"] = {"post": sign_out}
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "elaas-identity",
            "version": version("elaas-identity"),
            "description": "The login flow of New e-LAAS, for a front end on the portal's own site. Requests carry the "
            "cookies that this interface sets. A POST is JSON, and comes from a page of the same origin.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": _schemas(), "responses": problems},
    }


_DOCUMENT = {
    "description": HTTPStatus.OK.phrase,
    "content": {"application/json": {"schema": {"type": "object"}, "examples": {}}},
}
_DONE = {"description": HTTPStatus.NO_CONTENT.phrase}


def _operation(route: Route, problems: Mapping[str, Any]) -> dict[str, Any]:
    answers = "AuthorizationRequest" if route.act == "authorize" else "Progress"
    fields = {name: {"type": "string"} for name in route.fields}
    body = {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }
    statuses = {400, 403, 409, 410, 413, 415, 422, 429, 500, 503}
    statuses |= {404} if "{" in route.path or route.act == "receive_callback" else set()
    statuses |= {401} if route.session else set()
    return {
        "operationId": route.act,
        "summary": _summary(route.act),
        "parameters": [
            *([_FLOW_ID] if "{" in route.path else []),
            _ONCE,
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"200": _answer(answers), **_refs(problems, statuses)},
    }


def _read(
    name: str, summary: str, answers: str, problems: Mapping[str, Any], *, of_flow: bool = False
) -> dict[str, Any]:
    statuses = (403, 404, 500, 503) if of_flow else (401, 500, 503)
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [_FLOW_ID] if of_flow else [],
        "responses": {"200": _answer(answers), **_refs(problems, statuses)},
    }


_FLOW_ID = {
    "name": "flow_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
}
_ONCE = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Names the page that is sent: the same input under the same key counts as one attempt.",
    "schema": {"type": "string"},
}


def _summary(act: str) -> str:
    from elaas_identity._sync.elaas_identity import ElaasIdentity

    documented = (getattr(ElaasIdentity, act).__doc__ or "").strip()
    return documented.partition("\n")[0]


def _answer(schema: str) -> dict[str, Any]:
    examples: dict[str, Any] = {
        "Progress": {kind: {"value": json_form(each)} for kind, each in PROGRESS.items()},
        "AuthorizationRequest": {"authorization_request": {"value": json_form(REQUEST)}},
        "OfficerDetails": {"officer": {"value": json_form(OFFICER)}},
    }
    content = {"schema": {"$ref": f"#/components/schemas/{schema}"}, "examples": examples[schema]}
    return {"description": HTTPStatus.OK.phrase, "content": {"application/json": content}}


def _refs(problems: Mapping[str, Any], statuses: Iterable[int]) -> dict[str, Any]:
    names = {status: _name(status) for status in sorted(statuses)}
    return {
        str(status): {"$ref": f"#/components/responses/{name}"}
        for status, name in names.items()
        if name in problems
    }


def _name(status: int) -> str:
    return re.sub(r"\W", "", HTTPStatus(status).phrase)


def _problems() -> dict[str, Any]:
    """A response for each status, with every problem that has it as an example."""
    responses: dict[str, Any] = {}
    for status, code, details in _every_problem():
        response = responses.setdefault(
            _name(status),
            {
                "description": HTTPStatus(status).phrase,
                "content": {
                    "application/problem+json": {
                        "schema": {"$ref": "#/components/schemas/ProblemDetails"},
                        "examples": {},
                    }
                },
            },
        )
        response["content"]["application/problem+json"]["examples"][code] = {"value": json_form(details)}
        if details.retry_after is not None:
            wait = {"schema": {"type": "integer", "minimum": 0}, "description": "Seconds to wait."}
            response["headers"] = {"Retry-After": wait}
    return dict(sorted(responses.items()))


def _every_problem() -> Iterable[tuple[int, str, ProblemDetails]]:
    for code, status in OWN_PROBLEMS.items():
        yield status, code, _details(status, code, say(f"page.api.{code}"))
    for error in _every_error():
        if error.code.startswith(NEVER):
            continue
        status = api_status(error)
        waits = None if error.retry_after is None else int(error.retry_after.total_seconds())
        yield status, error.code, _details(status, error.code, error.message, waits)


def _details(status: int, code: str, message: Any, waits: int | None = None) -> ProblemDetails:
    return ProblemDetails(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=message.th,
        code=code,
        message=message,
        retry_after=waits,
    )


def _every_error() -> Iterable[ElaasIdentityError]:
    for refused in get_args(RefusedCode):
        waits = refused.endswith(("_throttled", "_limit", "_cooling_off"))
        yield Refused(refused, retry_after=WAIT if waits else None)
    for failed in get_args(ProviderFailedCode):
        yield ProviderFailed(failed)
    for misconfigured in get_args(MisconfiguredCode):
        yield Misconfigured(misconfigured, detail="")


def _schemas() -> dict[str, Any]:
    try:
        from pydantic import TypeAdapter
        from pydantic.json_schema import GenerateJsonSchema
    except ImportError:
        raise Misconfigured(
            "extra_missing", detail="the JSON interface needs pydantic: pip install 'elaas-identity[web]'"
        ) from None

    class AllThere(GenerateJsonSchema):
        """Every field is in every answer, those with a default included."""

        def field_is_required(self, field: Any, total: bool) -> bool:  # noqa: ARG002
            return True

    described: tuple[Any, ...] = (Progress, AuthorizationRequest, ProblemDetails, OfficerDetails)
    _, schemas = TypeAdapter.json_schemas(
        [(each, "serialization", TypeAdapter(each)) for each in described],
        ref_template="#/components/schemas/{model}",
        schema_generator=AllThere,
    )
    definitions: dict[str, Any] = schemas["$defs"]
    return dict(sorted(definitions.items()))
