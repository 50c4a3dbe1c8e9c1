"""What an approval granted, and the codes and tokens that stand for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from elaas_identity.testing.citizens import Citizen
from elaas_identity.testing.signing_key import base64url, left_half
from elaas_identity.testing.thaid_published import CODE_LIFE, PAGE_LIFE, TOKEN_LIFE


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """What one citizen granted to one client."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    citizen: Citizen
    nonce: str | None = field(repr=False)
    code_challenge: str | None = field(repr=False)
    auth_time: datetime

    @property
    def scope(self) -> str:
        """The scopes as one text."""
        return " ".join(self.scopes)

    @property
    def subject(self) -> str:
        """`sub`: at the sandbox the national ID itself, the same for every client."""
        return self.citizen.national_id.reveal()

    def released(self) -> dict[str, Any]:
        """The claims that the scopes release: each the one of its own name, where the person has it."""
        claims = self.citizen.claims()
        return {scope: claims[scope] for scope in self.scopes if scope in claims}

    def id_token_claims(self, issuer: str, access_token: str, now: datetime) -> dict[str, Any]:
        """The claims of an ID token, but for the nonce."""
        return {
            **self.released(),
            "iss": issuer,
            "sub": self.subject,
            "aud": self.client_id,
            "exp": int((now + TOKEN_LIFE).timestamp()),
            "iat": int(now.timestamp()),
            "auth_time": int(self.auth_time.timestamp()),
            "at_hash": left_half(access_token),
            "version": "1.0",
        }


@dataclass(frozen=True, slots=True)
class _Issued:
    authorization: Authorization
    expires_at: datetime


@dataclass(slots=True)
class _Page:
    expires_at: datetime
    is_answered: bool = False


class Grants:
    """Pages, codes and tokens by their text. `random` gives the bytes that they are made of."""

    def __init__(self, random: Callable[[int], bytes]) -> None:
        self._random = random
        self._pages: dict[str, _Page] = {}
        self._codes: dict[str, _Issued] = {}
        self._access_tokens: dict[str, _Issued] = {}
        self._refresh_tokens: dict[str, Authorization] = {}

    def new_page(self, now: datetime) -> str:
        """The reference of a page that is shown to somebody."""
        self._pages = {shown: page for shown, page in self._pages.items() if now < page.expires_at}
        reference = base64url(self._random(6))
        self._pages[reference] = _Page(now + PAGE_LIFE)
        return reference

    def answer_page(self, reference: str, now: datetime) -> Literal["first", "again", "too late"]:
        """Somebody answers a page: for the first time, once more, or when it is gone."""
        page = self._pages.get(reference)
        if page is None or page.expires_at <= now:
            return "too late"
        answered, page.is_answered = page.is_answered, True
        return "again" if answered else "first"

    def new_code(self, authorization: Authorization, now: datetime) -> str:
        """An authorization code."""
        return self._issue(self._codes, authorization, now, CODE_LIFE)

    def new_access_token(self, authorization: Authorization, now: datetime) -> str:
        """An access token."""
        return self._issue(self._access_tokens, authorization, now, TOKEN_LIFE)

    def new_refresh_token(self, authorization: Authorization) -> str:
        """A refresh token, good until it is revoked."""
        token = base64url(self._random(32))
        self._refresh_tokens[token] = authorization
        return token

    def redeem_code(self, code: str, now: datetime) -> Authorization | None:
        """What a code stands for; None: unknown, used or expired. It is used from now on, whatever comes of it."""
        return _live(self._codes.pop(code, None), now)

    def by_access_token(self, token: str, now: datetime) -> Authorization | None:
        """What an access token stands for; None: unknown, revoked or expired."""
        return _live(self._access_tokens.get(token), now)

    def by_refresh_token(self, token: str) -> Authorization | None:
        """What a refresh token stands for; None: unknown or revoked."""
        return self._refresh_tokens.get(token)

    def revoke(self, token: str, client_id: str) -> None:
        """Make a token of this client useless. An unknown one is no error (RFC 7009 §2.2)."""
        access = self._access_tokens.get(token)
        if access is not None and access.authorization.client_id == client_id:
            del self._access_tokens[token]
        refresh = self._refresh_tokens.get(token)
        if refresh is not None and refresh.client_id == client_id:
            del self._refresh_tokens[token]

    def _issue(
        self, kept: dict[str, _Issued], authorization: Authorization, now: datetime, life: timedelta
    ) -> str:
        # All in one dict live equally long, so the oldest stand first: an emulator that runs for days stays small.
        while kept and kept[oldest := next(iter(kept))].expires_at <= now:
            del kept[oldest]
        token = base64url(self._random(32))
        kept[token] = _Issued(authorization, now + life)
        return token


def _live(issued: _Issued | None, now: datetime) -> Authorization | None:
    return issued.authorization if issued is not None and now < issued.expires_at else None
