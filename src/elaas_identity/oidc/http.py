"""HTTP messages as plain values: what the sans-I/O parts build and read, and a transport carries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from elaas_identity._discreet import discreet
from elaas_identity.not_pickled import NotPickled

MAX_ANSWER_BYTES = 1024 * 1024
"""A transport reads no larger body (R5.8). Our choice: a JWKS of a hundred keys with certificates fits many times."""


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Request(NotPickled):
    """One request. Headers and body may hold secrets, so neither is in the repr."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Response(NotPickled):
    """One answer, whole. Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


def json_object(text: bytes) -> dict[str, Any]:
    """The JSON object that the text is. Stricter than `json.loads`: UTF-8 only, no member twice, no NaN, not too deep.

    Raises:
        ValueError: it is not such an object. The error has no cause and repeats nothing of the text.
    """
    try:
        value = _DECODER.decode(text.decode("utf-8"))
    except (ValueError, RecursionError):
        raise ValueError("not a JSON object") from None
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member occurs twice")
    return members


def _no_constant(_name: str) -> NoReturn:
    raise ValueError("not a JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_no_constant)
