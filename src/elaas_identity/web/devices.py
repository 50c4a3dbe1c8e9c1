"""What a browser says that it runs in: another app, or a phone. It only changes words, and a redirect into a link."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_APPS: Final = {
    "line": re.compile(r"\bLine/"),
    "facebook": re.compile(r"\bFBA[NV]\b|\bFB_IAB\b|\bInstagram\b"),
}
_PHONE: Final = re.compile(r"\bMobi|\bAndroid\b|\biPhone\b|\biPad\b|\biPod\b")


def app_of(headers: Mapping[str, str]) -> str:
    """The app that the browser is a part of, `line` or `facebook` (its Messenger and Instagram too); empty: none.

    ThaID comes back to the phone's default browser, where a flow that was begun inside an app is unknown.
    """
    agent = headers.get("user-agent", "")
    return next((app for app, known in _APPS.items() if known.search(agent)), "")


def is_on_phone(headers: Mapping[str, str]) -> bool:
    """Whether the browser is a phone's or a tablet's: by its client hint, which Chromium sends, or its user agent.

    An iPad may call itself a Mac, and is taken for a computer then.
    """
    hinted = headers.get("sec-ch-ua-mobile", "").strip() == "?1"
    return hinted or _PHONE.search(headers.get("user-agent", "")) is not None
