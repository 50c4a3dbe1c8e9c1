"""Pages for the mandated flow, pure: a request is parsed into a call, and its result is rendered."""

from __future__ import annotations

from elaas_identity.authenticator_app.enrolment import qr_svg
from elaas_identity.client_address import TrustedProxies
from elaas_identity.messages.help import Help
from elaas_identity.web.browser_cookie import BrowserCookie
from elaas_identity.web.calls import Asked, Problem, perform
from elaas_identity.web.drawing import Drawing
from elaas_identity.web.exchange import MAXIMUM_BODY, WebRequest, WebResponse
from elaas_identity.web.language import Reading
from elaas_identity.web.mounted import Answer, Mounted, MountSettings
from elaas_identity.web.pages import Pages, PageSettings
from elaas_identity.web.posted_form import posted_form
from elaas_identity.web.return_path import ReturnCookie
from elaas_identity.web.site import Site
from elaas_identity.web.turns import answered, answered_async

__all__ = [
    "MAXIMUM_BODY",
    "Answer",
    "Asked",
    "BrowserCookie",
    "Drawing",
    "Help",
    "MountSettings",
    "Mounted",
    "PageSettings",
    "Pages",
    "Problem",
    "Reading",
    "ReturnCookie",
    "Site",
    "TrustedProxies",
    "WebRequest",
    "WebResponse",
    "answered",
    "answered_async",
    "perform",
    "posted_form",
    "qr_svg",
]
