"""A payment that wants a step-up: the person proves who they are once more, and another system hears who approved it.

The other system is played here, too: it believes the portal's assertion once, for this payment and no other.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs

from elaas_identity import (
    AsyncAssertionVerifier,
    AsyncElaasIdentity,
    Refused,
    Session,
    SteppedUp,
    StepUpProof,
    VerifiedAssertion,
    transaction_digest,
)
from elaas_identity.browser import Browser
from elaas_identity.errors import ElaasIdentityError
from elaas_identity.providers.memory import AsyncMemoryStore
from elaas_identity.web.calls import Problem
from elaas_identity.web.exchange import WebRequest, WebResponse
from elaas_identity.web.pages import Pages
from elaas_identity.web.posted_form import posted_form

BRIDGE = "urn:demo:e-payment"
"""The other system's one name."""


@dataclass(frozen=True, slots=True)
class Payment:
    """What is to be approved. It stays on the server: the browser names it by its number alone."""

    number: int
    payee: str
    baht: int

    def digest(self) -> str:
        """Of its content, to the last figure; both sides make it in the same way."""
        content = {"number": self.number, "payee": self.payee, "baht": self.baht}
        return transaction_digest(json.dumps(content, sort_keys=True).encode())


class Bridge:
    """The other system: it knows the portal's public keys and its own name, and keeps which assertions are used."""

    def __init__(
        self, issuer: str, keys: dict[str, list[dict[str, str]]], clock: Callable[[], datetime]
    ) -> None:
        self._verifier = AsyncAssertionVerifier(
            issuer=issuer, audience=BRIDGE, keys=keys, store=AsyncMemoryStore(), clock=clock
        )

    async def pay(self, payment: Payment, assertion: str) -> VerifiedAssertion:
        """Pay what an officer has approved.

        Raises:
            Refused: the assertion is not good for this payment, or was used.
        """
        return await self._verifier.verify(assertion, expected_transaction_digest=payment.digest())


class PaymentPages:
    """`POST /payments` begins, `GET /step-up` shows what is about to be done, `POST /step-up` does it."""

    def __init__(self, elaas: AsyncElaasIdentity, pages: Pages, bridge: Bridge) -> None:
        self._elaas = elaas
        self._pages = pages
        self._bridge = bridge
        self._by_flow: dict[str, Payment] = {}
        self._numbers = 0

    async def answer(self, request: WebRequest, browser: Browser, session: Session) -> WebResponse | None:
        """The answer; None: the page is none of these."""
        match request.method, request.path:
            case "POST", "/payments":
                return await self._begin(browser, session, request)
            case "GET", "/step-up":
                return await self._show(parse_qs(request.query).get("flow", [""])[0], browser, request)
            case "POST", "/step-up":
                flow_id = (posted_form(request) or {}).get("flow", "")
                return await self._approve(flow_id, browser, session, request)
            case _:
                return None

    async def _begin(self, browser: Browser, session: Session, request: WebRequest) -> WebResponse:
        self._numbers += 1
        payment = Payment(self._numbers, "ร้านค้าสมมติ (invented)", 12_000)
        try:
            progress = await self._elaas.step_up(session, payment.digest(), browser=browser)
        except ElaasIdentityError as error:
            return self._problem(request, error)
        self._by_flow[progress.flow_id] = payment
        return self._pages.drawing.redirect(self._pages.flow_url(progress.flow_id))

    async def _show(self, flow_id: str, browser: Browser, request: WebRequest) -> WebResponse:
        payment = self._by_flow.get(flow_id)
        try:
            progress = await self._elaas.current(flow_id, browser=browser)
        except ElaasIdentityError as error:
            return self._problem(request, error)
        if payment is None or not isinstance(progress.step, StepUpProof):
            return self._pages.drawing.redirect(self._pages.flow_url(flow_id))
        return self._pages.page(
            request,
            "payment.html",
            payment=payment,
            step=progress.step,
            progress=progress,
        )

    async def _approve(
        self, flow_id: str, browser: Browser, session: Session, request: WebRequest
    ) -> WebResponse:
        payment = self._by_flow.get(flow_id)
        if payment is None:
            return self._pages.drawing.redirect("/")
        try:
            progress = await self._elaas.consume_step_up(flow_id, session, payment.digest(), browser=browser)
            step = progress.step
            assert isinstance(step, SteppedUp)
            assertion = await self._elaas.assertions.assertion_for(
                BRIDGE,
                session,
                assurance=step.assurance,
                transaction_digest=step.transaction_digest,
                browser=browser,
            )
            believed = await self._bridge.pay(payment, assertion)
        except ElaasIdentityError as error:
            return self._problem(request, error)
        return self._pages.page(
            request,
            "paid.html",
            payment=payment,
            believed=believed,
            again=await self._again(payment, assertion),
        )

    async def _again(self, payment: Payment, assertion: str) -> str:
        """What the other system says when it is shown the same assertion once more."""
        try:
            await self._bridge.pay(payment, assertion)
        except Refused as refused:
            return refused.code
        return ""

    def _problem(self, request: WebRequest, error: ElaasIdentityError) -> WebResponse:
        problem = Problem(error.message, error.field, error.code)
        return self._pages.page(request, "problem.html", status=422, problem=problem)
