"""An act of an administrator within Django's admin: what it asks for, and what it asks of the facade."""

from __future__ import annotations

from typing import Any

from django import forms

from elaas_identity.accounts.account import Account
from elaas_identity.accounts.provisioning import Expected
from elaas_identity.django.admin_words import text
from elaas_identity.person.national_id import NationalID
from elaas_identity.person.typed import compact
from elaas_identity.web.turns import Turn, ask


class _NotShownAgain(forms.TextInput):
    """What was typed is not in the page that says what was wrong with it."""

    def format_value(self, value: Any) -> None:  # noqa: ARG002
        """Part of `forms.Widget`."""
        return


class ActForm(forms.Form):
    """The reason; for a hand-over the successor's national ID; and which account it was that the page showed."""

    reason: Any = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    epoch: Any = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, act: str, account: Account, data: Any = None) -> None:
        super().__init__(data, initial={"epoch": account.epoch}, label_suffix="")
        self.act, self.account = act, account
        self.fields["reason"].label = text("page.admin.reason")
        self.fields["reason"].help_text = text("page.admin.reason_hint")
        if act == "hand_over":
            self.fields["national_id"] = forms.CharField(
                label=text("page.admin.national_id"),
                max_length=64,
                widget=_NotShownAgain(attrs={"autocomplete": "off", "inputmode": "numeric"}),
            )

    def clean_national_id(self) -> NationalID:
        """The successor."""
        try:
            return NationalID(compact(self.cleaned_data["national_id"]))
        except ValueError:
            raise forms.ValidationError(text("page.admin.national_id_wrong")) from None

    def clean(self) -> None:
        """A page that was sent twice, or lay open while another administrator acted, does nothing."""
        if self.cleaned_data.get("epoch") != self.account.epoch:
            raise forms.ValidationError(text("page.admin.changed"))


def performed(form: ActForm, flow_id: str, *, by: str) -> Turn[Any]:
    """What the form asks for, done."""
    act, given = form.act, form.cleaned_data
    what: tuple[Any, ...] = ()
    if act == "hand_over":
        what = (Expected(given["national_id"]),)
    elif act in ("approve", "reject"):
        what = (flow_id,)
    reason = given["reason"]
    return ask(lambda elaas: getattr(elaas.accounts, act)(form.account.id, *what, by=by, reason=reason))
