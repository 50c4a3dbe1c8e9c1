"""The forms of a page, as a browser without scripts sees them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class Form:
    """A form: where it goes, what it is filled with, and its buttons."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict, repr=False)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    """Name, value and text of each."""


class Page(HTMLParser):
    """A page's forms and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.heading = ""
        self.text = ""
        self.alert = ""
        self._form: Form | None = None
        self._inside: list[str] = []
        self.feed(html)

    def form(self, action_ends: str) -> Form | None:
        """The first form whose action ends so."""
        return next((form for form in self.forms if form.action.endswith(action_ends)), None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Part of `HTMLParser`."""
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(values.get("action", ""), values.get("method", "get").upper())
            self.forms.append(self._form)
        elif self._form and tag == "input" and "name" in values:
            self._form.fields[values["name"]] = values.get("value", "")
        elif self._form and tag == "button":
            self._form.buttons.append((values.get("name", ""), values.get("value", ""), ""))
        if tag in ("h1", "button") or values.get("role") == "alert":
            self._inside.append("alert" if values.get("role") == "alert" else tag)
        elif tag == "div" and self._inside:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Part of `HTMLParser`."""
        if tag == "form":
            self._form = None
        if tag in ("h1", "button", "div") and self._inside:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        """Part of `HTMLParser`."""
        where, said = (self._inside[0] if self._inside else ""), " ".join(data.split())
        if not said:
            return
        self.text = f"{self.text} {said}".strip()
        if where == "h1":
            self.heading = f"{self.heading} {said}".strip()
        elif where == "alert":
            self.alert = f"{self.alert} {said}".strip()
        elif where == "button" and self._form and self._form.buttons:
            name, value, text = self._form.buttons[-1]
            self._form.buttons[-1] = (name, value, f"{text} {said}".strip())
