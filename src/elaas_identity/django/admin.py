"""The accounts in Django's admin: each with who waits, its flows under way and its audit trail; and the acts.

All of it comes from the facade, whatever its store is. Nothing is edited: an act is a page of its own that asks for the
reason, and `by` is the administrator's username.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.functional import lazy
from django.views.decorators.debug import sensitive_post_parameters

from elaas_identity._discreet import discreet
from elaas_identity.accounts.account import Account, AccountStatus
from elaas_identity.accounts.provisioning import Reissued
from elaas_identity.change import Key
from elaas_identity.django import models
from elaas_identity.django.admin_acts import ActForm, performed
from elaas_identity.django.admin_words import Words, text
from elaas_identity.django.settings import portal
from elaas_identity.django.views import outside_transactions
from elaas_identity.errors import ElaasIdentityError, Refused
from elaas_identity.events import Event
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.transitions import Stage
from elaas_identity.mail.composing import date_and_time
from elaas_identity.web.turns import Turn, ask

_OFFERED = {
    AccountStatus.ISSUED: ("reissue", "unlock", "suspend", "hand_over"),
    AccountStatus.ACTIVE: ("reissue", "unlock", "suspend", "hand_over"),
    AccountStatus.SUSPENDED: ("restore", "hand_over"),
    AccountStatus.CLOSED: (),
}
"""What an account can have done to it. The facade decides; a button that it would refuse is left out."""


_ModelAdmin: Any = admin.ModelAdmin  # which is generic for type checkers alone


@admin.register(models.Account)
class AccountAdmin(_ModelAdmin):
    """The pages: every account, one account, an act on it."""

    def __init__(self, model: Any, admin_site: Any) -> None:
        super().__init__(model, admin_site)
        # The name in the lists of the admin. In `Meta` it would be of one language, and in a migration.
        model._meta.verbose_name_plural = lazy(text, str)("page.admin.accounts")

    def get_urls(self) -> list[Any]:
        """Part of `ModelAdmin`."""
        name = "elaas_identity_account_{}".format
        return [
            path("", self._page(self.every_account), name=name("changelist")),
            path("<str:account_id>/change/", self._page(self.one_account), name=name("change")),
            path("<str:account_id>/<str:act>/", self._page(self.act_on), name=name("act")),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """An account comes with a list: `elaas.accounts.provision`."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Nothing is edited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """The history of an account stays."""
        return False

    def every_account(self, request: HttpRequest) -> HttpResponse:
        """Every account, oldest first; or the one of a username."""
        self._check(request, "view")
        asked, after = request.GET.get("q", "").strip(), request.GET.get("after", "")
        if asked:
            found = _answer(ask(lambda elaas: elaas.accounts.find(asked)))
            accounts: tuple[Account, ...] = () if found is None else (found,)
        else:
            accounts = _answer(ask(lambda elaas: elaas.accounts.page(after)))
        shown = {"accounts": [_shown(account) for account in accounts], "asked": asked}
        return self._shown(request, "accounts", shown | {"after": _next(accounts) if not asked else ""})

    def one_account(self, request: HttpRequest, account_id: str) -> HttpResponse:
        """One account: who waits, what is under way, and what happened."""
        self._check(request, "view")
        account = _account(account_id)
        after = request.GET.get("after", "")
        events_key = Key(Event, account.id, "account_id", after=after)
        flows_key = Key(FlowRecord, account.id, "account_id")
        waiting = _answer(ask(lambda elaas: elaas.accounts.awaiting_approval(account.id)))
        asked = _answer(ask(lambda elaas: elaas.accounts.awaiting_second_person(account.id)))
        kept = _answer(ask(lambda elaas: elaas.store.load(flows_key, events_key)))
        events = kept.all(events_key)
        shown = {
            "account": _shown(account),
            "acts": self._allowed(request, _OFFERED[account.status]),
            "decisions": self._allowed(request, ("approve", "reject")),
            "waiting": [(each, _when(each.expires_at)) for each in waiting],
            "asked": [(each, text(f"page.act.{each.act}"), _when(each.expires_at)) for each in asked],
            "flows": [_flow(flow) for flow in kept.all(flows_key) if _is_under_way(flow, account)],
            "events": [(each, _when(each.at)) for each in events],
            "after": _next(events),
        }
        return self._shown(request, "account", shown)

    @method_decorator(sensitive_post_parameters("national_id"))
    def act_on(self, request: HttpRequest, account_id: str, act: str) -> HttpResponse:
        """Ask for the reason, and do it. A fresh issued password is shown in the answer, this once."""
        if act not in models.ACTS:
            raise Http404
        self._check(request, act)
        account, flow_id = _account(account_id), request.GET.get("flow", "")
        form = ActForm(act, account, request.POST if request.method == "POST" else None)
        shown = {"account": _shown(account), "act": text(f"page.act.{act}"), "form": form}
        if not form.is_valid():
            return self._shown(request, "act", shown)
        back = redirect("admin:elaas_identity_account_change", account.id)
        try:
            done = _answer(performed(form, flow_id, by=request.user.get_username()))
        except Refused as refused:
            if refused.code == "second_person_needed":  # which keeps what was asked for
                messages.warning(request, text(refused.message))
                return back
            form.add_error(None, text(refused.message))
            return self._shown(request, "act", shown)
        if isinstance(done, Reissued):
            title = text("page.admin.letter", username=account.username)
            given = {"letter": title, "reissued": done, "until": _when(done.expires_at)}
            return self._shown(request, "letter", shown | given)
        said = text("page.admin.done", act=shown["act"], username=account.username)
        messages.success(request, said)
        return back

    def _page(self, view: Any) -> Any:
        @discreet
        def page(request: HttpRequest, **given: Any) -> HttpResponse:
            try:
                answer: HttpResponse = view(request, **given)
            except ElaasIdentityError as error:
                return self._shown(request, "problem", {"problem": text(error.message)}, status=503)
            return answer

        return outside_transactions(self.admin_site.admin_view(page))

    def _check(self, request: HttpRequest, act: str) -> None:
        if not _may(request, act):
            raise PermissionDenied

    def _allowed(self, request: HttpRequest, acts: tuple[str, ...]) -> list[tuple[str, str]]:
        return [(act, text(f"page.act.{act}")) for act in acts if _may(request, act)]

    def _shown(
        self, request: HttpRequest, name: str, shown: dict[str, Any], status: int = 200
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": text("page.admin.accounts"),
            "say": Words(),
            **shown,
        }
        answer = TemplateResponse(request, f"admin/elaas_identity/{name}.html", context, status=status)
        answer.render()  # here, where an error is still told without what a page has of a person
        return answer


def _may(request: HttpRequest, act: str) -> bool:
    user: Any = request.user
    return bool(user.has_perm(f"elaas_identity.{act}_account"))


def _answer(turn: Turn[Any]) -> Any:
    return portal().answered(turn)


def _account(account_id: str) -> Account:
    try:
        account: Account = _answer(ask(lambda elaas: elaas.accounts.get(account_id)))
    except Refused:
        raise Http404 from None
    return account


def _shown(account: Account) -> dict[str, Any]:
    return {
        "of": account,
        "kind": text(f"page.kind.{account.kind}"),
        "status": text(f"page.status.{account.status}"),
    }


def _is_under_way(flow: FlowRecord, account: Account) -> bool:
    """An account that has moved on ends its flows."""
    is_over = flow.stage in (Stage.DONE, Stage.ENDED) or flow.account_epoch != account.epoch
    return not is_over and portal().mounted.pages.clock() < flow.expires_at


def _flow(flow: FlowRecord) -> dict[str, Any]:
    stage = "confirmation" if flow.stage is Stage.PROOF else flow.stage
    return {
        "purpose": text(f"page.label.{flow.purpose}"),
        "stage": text(f"page.steps.{stage}"),
        "begun": _when(flow.created_at),
        "until": _when(flow.expires_at),
    }


def _when(at: datetime) -> str:
    """In Bangkok, as the library's pages and mails write it; whatever zone and formats Django's settings have."""
    return text(date_and_time(at, portal().mounted.pages.drawing.say))


def _next(page: tuple[Any, ...]) -> str:
    """What follows a page of a hundred comes after its last; the page after the last one is empty."""
    return page[-1].id if len(page) >= 100 else ""
