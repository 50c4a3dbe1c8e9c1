"""One HTTP request and one answer, as plain values: what a framework's integration hands in and passes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from elaas_identity._discreet import discreet
from elaas_identity.not_pickled import NotPickled


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class WebRequest(NotPickled):
    """A request as it came in.

    Attributes:
        method: upper case.
        path: decoded, without the query.
        query: raw, as sent: a parsed mapping hides duplicates, and frameworks disagree which one wins.
        headers: names in lower case.
        cookies: by name.
        body: raw, whole; an integration reads at most `MAXIMUM_BODY` + 1 bytes.
    """

    method: str
    path: str
    query: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class WebResponse:
    """An answer, whole. Headers are a sequence, since `set-cookie` may come twice."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str | None:
        """The first header of that name (lower case), or None."""
        return next((value for key, value in self.headers if key == name), None)

    def with_header(self, name: str, value: str) -> WebResponse:
        """The same answer with one header more."""
        return replace(self, headers=(*self.headers, (name, value)))


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
"""Every one, to be handed in: what is not allowed is answered like everything else."""

MAXIMUM_BODY = 16 * 1024
"""Bytes of a form: the longest password is 1,024 bytes, three times that when percent-encoded. Our choice."""
