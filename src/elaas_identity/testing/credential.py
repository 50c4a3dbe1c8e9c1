"""What an officer has in hand, in a test."""

from __future__ import annotations

from dataclasses import dataclass, field

from elaas_identity._discreet import discreet
from elaas_identity.browser import Browser
from elaas_identity.flow.steps import Progress
from elaas_identity.testing.citizens import Citizen


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """The username and password of the letter, or from the first use on the officer's own.

    Attributes:
        account_id: of the account that the username is for.
        citizen: who proves themselves at ThaID.
        email: the officer's address; bound to the account at the first use.
        issued: True: the password is the letter's, good for the first use only.
    """

    account_id: str
    username: str
    password: str = field(repr=False)
    citizen: Citizen
    email: str = field(repr=False)
    issued: bool


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class FlowAt:
    """A flow that was brought to a stage, in a browser of its own."""

    flow_id: str
    browser: Browser
    progress: Progress
    credential: Credential
