"""The part of `Doubles` that goes through a portal's own pages, in front of a test client."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from elaas_identity._discreet import discreet
from elaas_identity.testing import page_walk
from elaas_identity.testing.credential import Credential
from elaas_identity.testing.outbox import Outbox
from elaas_identity.testing.thaid_emulator import ThaIDEmulator

OWN_PASSWORD = "own words of the officer"  # noqa: S105 - nobody's


@discreet
class AtPages(ABC):
    """Signs in, and takes an account up, as a person does."""

    thaid: ThaIDEmulator
    outbox: Outbox

    @property
    @abstractmethod
    def origin(self) -> str:
        """The portal's own."""

    @abstractmethod
    def _taken_up(self, credential: Credential) -> Credential:
        """Check that the account is the officer's from now on."""

    def sign_in_as(self, client: Any, credential: Credential, *, prefix: str = "/identity") -> str:
        """Sign in through the portal's own pages, in front of its test client, which keeps the cookies.

        Args:
            client: of Starlette and FastAPI (`TestClient`), Flask, Django, httpx, or a `Page` of Playwright's
                synchronous API before a portal that is served, with an emulator that is served too.
            prefix: what the paths of the library's pages begin with.

        Returns:
            The URL of the portal that the officer is led to.

        Raises:
            ValueError: the credential is the letter's: call `onboard_as` first.
            AssertionError: a page refused something; with its words.
            TypeError: no such client.
        """
        walked = self._walk(credential, prefix, issued=False)
        return _left(page_walk.carried(client, walked, self.origin), prefix)

    async def async_sign_in_as(
        self, client: Any, credential: Credential, *, prefix: str = "/identity"
    ) -> str:
        """`sign_in_as`, for `httpx.AsyncClient` and Django's `AsyncClient`."""
        walked = self._walk(credential, prefix, issued=False)
        return _left(await page_walk.carried_async(client, walked, self.origin), prefix)

    def onboard_as(
        self,
        client: Any,
        credential: Credential,
        *,
        new_password: str = OWN_PASSWORD,
        prefix: str = "/identity",
    ) -> Credential:
        """Take the account up through the pages; arguments and errors as of `sign_in_as`. Nobody is signed in by it.

        Returns:
            The officer's own credential from now on.
        """
        walked = self._walk(credential, prefix, issued=True, new_password=new_password)
        page_walk.carried(client, walked, self.origin)
        return self._taken_up(replace(credential, password=new_password, issued=False))

    async def async_onboard_as(
        self,
        client: Any,
        credential: Credential,
        *,
        new_password: str = OWN_PASSWORD,
        prefix: str = "/identity",
    ) -> Credential:
        """`onboard_as`, for `httpx.AsyncClient` and Django's `AsyncClient`."""
        walked = self._walk(credential, prefix, issued=True, new_password=new_password)
        await page_walk.carried_async(client, walked, self.origin)
        return self._taken_up(replace(credential, password=new_password, issued=False))

    def _walk(
        self, credential: Credential, prefix: str, *, issued: bool, new_password: str = ""
    ) -> page_walk.Walk:
        if credential.issued != issued:
            raise ValueError(
                "the first use was made already: call sign_in_as"
                if issued
                else "the letter's password does not sign in: call onboard_as, or make an onboarded_account"
            )
        person = page_walk.Person(
            username=credential.username,
            password=credential.password,
            email=credential.email,
            new_password=new_password,
            thaid=self.thaid.issuer,
            at_thaid=lambda url: self.thaid.approve(url, credential.citizen),
            one_time_code=lambda: self.outbox.wait_for(credential.email).one_time_code,
        )
        return page_walk.walk(self.origin, prefix, person)


def _left(url: str, prefix: str) -> str:
    if page_walk.is_ours(url, prefix):
        raise AssertionError(f"nobody is signed in: the pages end at {urlsplit(url).path}")
    return url
