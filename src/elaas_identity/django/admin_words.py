"""The administrator's pages in the language of Django's admin: Thai where that is chosen, English otherwise."""

from __future__ import annotations

from django.utils.translation import get_language

from elaas_identity.django.settings import portal
from elaas_identity.messages import Message


def text(said: str | Message, **values: object) -> str:
    """The message, or that of the id in the portal's own wording, in the one language."""
    message = portal().mounted.pages.drawing.say(said, **values) if isinstance(said, str) else said
    return message.text("th" if (get_language() or "").startswith("th") else "en")


_ELSEWHERE = {
    "username": "page.sign_in.username",
    "agency": "page.account.agency",
    "status": "page.account.status",
}


class Words:
    """The texts of the pages, by the last word of their ids: a template asks for `say.reason`."""

    def __getitem__(self, name: str) -> str:
        return text(_ELSEWHERE.get(name, f"page.admin.{name}"))
