"""The administrator's page: the acts of `elaas.accounts`, each by a button. Whoever opens the demonstration may."""

from __future__ import annotations

from elaas_identity import Account, AsyncElaasIdentity, Expected, FirstUse
from elaas_identity.accounts.provisioning import Person, Reissued
from elaas_identity.demo.issued import ISSUED
from elaas_identity.errors import ElaasIdentityError
from elaas_identity.messages import say
from elaas_identity.testing.citizens import COLLEAGUE, OFFICER
from elaas_identity.web.calls import Problem
from elaas_identity.web.exchange import WebRequest, WebResponse
from elaas_identity.web.pages import Pages
from elaas_identity.web.posted_form import posted_form

BY, REASON = "demo office", "demonstration"

_PLAIN = ("unlock", "suspend", "restore", "close_account")
_SUCCESSORS: dict[str, Person] = {
    "officer": Expected(OFFICER.national_id),
    "colleague": Expected(COLLEAGUE.national_id),
    "first_use": FirstUse(needs_approval=True),
}


class OfficePages:
    """`GET /office` lists the accounts, `POST /office` acts on one; `POST /office/audit` seals and verifies."""

    def __init__(self, elaas: AsyncElaasIdentity, pages: Pages) -> None:
        self._elaas = elaas
        self._pages = pages

    async def answer(self, request: WebRequest) -> WebResponse | None:
        """The answer; None: the page is none of these."""
        match request.method, request.path:
            case (("GET" | "HEAD"), "/office"):
                return await self._page(request)
            case "POST", "/office":
                return await self._act(request, posted_form(request) or {})
            case "POST", "/office/audit":
                await self._elaas.audit.seal()
                found = await self._elaas.audit.verify()
                said = say(
                    "page.demo.office.audit.intact"
                    if found.fault is None
                    else "page.demo.office.audit.broken",
                    count=found.count,
                )
                return await self._page(request, notice=said)
            case _:
                return None

    async def _act(self, request: WebRequest, form: dict[str, str]) -> WebResponse:
        account_id, act = form.get("account", ""), form.get("act", "")
        accounts = self._elaas.accounts
        try:
            if act in _PLAIN:
                await getattr(accounts, act)(account_id, by=BY, reason=REASON)
            elif act == "reissue":
                return await self._letter(request, await accounts.reissue(account_id, by=BY, reason=REASON))
            elif act == "hand_over" and (person := _SUCCESSORS.get(form.get("person", ""))):
                return await self._letter(
                    request, await accounts.hand_over(account_id, person, by=BY, reason=REASON)
                )
            elif act in ("approve", "reject"):
                decide = accounts.approve if act == "approve" else accounts.reject
                await decide(account_id, form.get("flow", ""), by=BY, reason=REASON)
        except ElaasIdentityError as error:
            problem = Problem(error.message, error.field, error.code)
            return await self._page(request, status=422, problem=problem)
        return self._pages.drawing.redirect("/office")

    async def _letter(self, request: WebRequest, reissued: Reissued) -> WebResponse:
        """The issued password, this once: in real life it goes into a letter."""
        said = say("page.demo.office.letter", username=reissued.account.username, password=reissued.password)
        return await self._page(request, notice=said)

    async def _page(self, request: WebRequest, *, status: int = 200, **said: object) -> WebResponse:
        accounts = [account for one in ISSUED if (account := await self._account(one.username)) is not None]
        waiting = {
            account.id: await self._elaas.accounts.awaiting_approval(account.id) for account in accounts
        }
        return self._pages.page(
            request,
            "office.html",
            status=status,
            accounts=accounts,
            waiting=waiting,
            **{"notice": None, **said},
        )

    async def _account(self, username: str) -> Account | None:
        return await self._elaas.accounts.find(username)
