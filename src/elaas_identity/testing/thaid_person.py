"""The person in front of the emulator's authorization page, who takes as long as people do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from elaas_identity._discreet import discreet
from elaas_identity.oidc.http import Response
from elaas_identity.testing.citizens import Citizen
from elaas_identity.testing.thaid_page import PAGE_REFERENCE


class NotRedirected(Exception):
    """The authorization endpoint sent nobody back to the client: it answered `response`."""

    def __init__(self, response: Response) -> None:
        said = response.body[:200].decode("utf-8", "replace")
        super().__init__(f"the authorization endpoint answered {response.status}: {said}")
        self.response = response


@discreet
class ShownPage:
    """The authorization page in front of one person, for 120 seconds.

    Attributes:
        reference: the code that stands on it.
    """

    def __init__(
        self,
        reference: str,
        citizens: Sequence[Citizen],
        submit: Callable[[dict[str, str]], str],
        denial: str,
    ) -> None:
        self.reference = reference
        self._citizens = citizens
        self._submit = submit
        self._denial = denial

    def approve(self, citizen: Citizen) -> str:
        """The person says yes: the callback URL with code and state; the second time, with `duplicate_request`.

        Raises:
            NotRedirected: it is too late. The person sees a page that says so, and the portal hears nothing.
            ValueError: it is none of the emulator's citizens.
        """
        return self._submit({"approve": str(self._citizens.index(citizen)), "page": self.reference})

    def deny(self) -> str:
        """The person says no: the callback URL with error and state.

        Raises:
            NotRedirected: it is too late.
        """
        return self._submit({"deny": self._denial, "page": self.reference})


def reference_on(response: Response) -> str:
    """The reference of the page that was answered.

    Raises:
        NotRedirected: no page was.
    """
    found = PAGE_REFERENCE.search(response.body)
    if found is None:
        raise NotRedirected(response)
    return found[1].decode()
